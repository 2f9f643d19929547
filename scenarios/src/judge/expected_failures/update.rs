//! Writes what failed in a run into a file of expected failures. What it does not change stays as it is, byte for byte.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use toml::{Spanned, Value};

use super::{ExpectedFailure, ExpectedFailures, ExpectedFailuresError, Judged, Names, entries};
use crate::catalogue::case::Case;
use crate::catalogue::contents::Catalogue;
use crate::catalogue::toml_mistake::Position;
use crate::judge::verdict::Verdict;

/// A file of expected failures without any.
const EMPTY: &str = "version = 1\n";

/// What became of the cases of a run.
#[derive(Clone, Debug, Default)]
pub struct Came {
    failed: Vec<String>,
    passed: BTreeSet<String>,
}

impl Came {
    /// Adds what became of a case.
    pub fn add(&mut self, case: &Case, verdict: &Verdict) {
        match verdict {
            Verdict::Failed(_) => self.failed.push(case.name.clone()),
            Verdict::Passed => {
                self.passed.insert(case.name.clone());
            }
            Verdict::Skipped(_) | Verdict::Broken(_) => {}
        }
    }
}

/// A file of expected failures after a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Updated {
    /// Its text.
    pub text: String,
    /// How many entries are new.
    pub added: usize,
    /// How many are gone, because all that they are about passes.
    pub removed: usize,
    /// How many are no longer about what was judged, but about others.
    pub narrowed: usize,
    /// How many stay although all that they are about passes: others may need them.
    pub left: usize,
}

/// What an entry becomes.
enum Fate {
    /// It stays.
    Kept,
    /// It goes, with the comment above it.
    Removed,
    /// The manager or tool that passes is taken out of its list.
    Narrowed(Range<usize>, String),
    /// It passes, and stays for others whom the program cannot tell apart.
    Left,
}

/// The file at `path` with this text, after a run. A file that is to be made has no text.
///
/// # Errors
/// When the file has a mistake, or an entry cannot be taken out of it.
pub fn updated(
    path: &Path,
    text: Option<&str>,
    catalogue: &Catalogue,
    judged: Judged<'_>,
    came: &Came,
    reason: &str,
) -> Result<Updated, ExpectedFailuresError> {
    let text = text.unwrap_or(EMPTY);
    let old = ExpectedFailures::parse(path, text, catalogue)?;
    let entries = entries(path, text)?;
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let (mut removed, mut narrowed, mut left) = (0, 0, 0);
    for (number, entry) in entries.iter().enumerate() {
        match fate(entry.get_ref(), catalogue, judged, came) {
            Fate::Kept => {}
            Fate::Left => left += 1,
            Fate::Narrowed(span, names) => {
                narrowed += 1;
                edits.push((span, names));
            }
            Fate::Removed => {
                let next = entries.get(number + 1).map_or(text.len(), |next| next.span().start);
                let before = number.checked_sub(1).and_then(|before| entries.get(before));
                let before = before.map_or(0, |before| before.span().start);
                let range = block(text, before, entry.span().start, next).ok_or_else(|| {
                    let position = Position::of(text, entry.span().start);
                    let what = "this entry passes and cannot be taken out by the program; write each entry as a table \
                                of its own, [[expected_failure]]";
                    ExpectedFailuresError::Line { path: path.to_path_buf(), position, what: what.to_owned() }
                })?;
                edits.push((range, String::new()));
                removed += 1;
            }
        }
    }
    let mut text = text.to_owned();
    for (range, new) in edits.into_iter().rev() {
        text.replace_range(range, &new);
    }
    let mut text = text.trim_end().to_owned();
    text.push('\n');
    let failed = came.failed.iter().filter_map(|name| catalogue.case(name));
    let new: Vec<&Case> = failed.filter(|case| old.reason(judged, case).is_none()).collect();
    for case in &new {
        text.push_str(&entry_of(case, judged, reason));
    }
    Ok(Updated { text, added: new.len(), removed, narrowed, left })
}

fn fate(entry: &ExpectedFailure, catalogue: &Catalogue, judged: Judged<'_>, came: &Came) -> Fate {
    let about = catalogue.cases().iter().filter(|case| entry.is_about(case) && judged.can_be_asked(case));
    let mut about = about.peekable();
    // An entry of which a case was not judged is undecided.
    if !entry.is_of(judged) || about.peek().is_none() || !about.all(|case| came.passed.contains(&case.name)) {
        return Fate::Kept;
    }
    let managers = others(entry.manager.as_ref(), |name| judged.manager.answers_to(name));
    let tools = others(entry.multi_tool.as_ref(), |name| judged.multi_tool.answers_to(name));
    match (managers, tools) {
        (Others::None, Others::None) => Fate::Removed,
        (Others::Named(span, names), Others::None) | (Others::None, Others::Named(span, names)) => {
            Fate::Narrowed(span, format!("[{}]", names.join(", ")))
        }
        _ => Fate::Left,
    }
}

/// Whom an entry is about beside who was judged.
enum Others {
    /// Nobody.
    None,
    /// These; and where the list is that has them.
    Named(Range<usize>, Vec<String>),
    /// Whoever has a name like that of who was judged.
    Unknown,
}

fn others(names: Option<&Spanned<Names>>, is_judged: impl Fn(&str) -> bool) -> Others {
    let Some(names) = names else { return Others::None };
    let (judged, others): (Vec<&String>, Vec<&String>) =
        names.get_ref().all().iter().partition(|name| is_judged(name));
    if judged.iter().any(|name| name.contains('*')) {
        return Others::Unknown;
    }
    if others.is_empty() {
        return Others::None;
    }
    Others::Named(names.span(), others.into_iter().map(|name| quoted(name)).collect())
}

/// The part of a text that an entry takes up, with the lines of comment directly above it and the empty lines after it.
/// `before` and `next` are where the entries around it begin. Nothing, if it is no table of its own.
fn block(text: &str, before: usize, header: usize, next: usize) -> Option<Range<usize>> {
    let end = header + end_of_table(text.get(header..next)?)?;
    let empty = text.get(end..next)?.split_inclusive('\n').take_while(|line| line.trim().is_empty());
    let end = end + empty.map(str::len).sum::<usize>();
    // The last line of the entry before may look like a comment.
    let free = before + end_of_table(text.get(before..header)?).unwrap_or(0);
    let above = text.get(free..header)?.split_inclusive('\n').rev();
    let comment = above.take_while(|line| line.trim_start().starts_with('#'));
    Some(header - comment.map(str::len).sum::<usize>()..end)
}

/// Where the last line of the table ends that this text begins with, if it begins with one. A line of a text over several
/// lines may look like a comment, so the end of the last value counts.
fn end_of_table(text: &str) -> Option<usize> {
    let header = text.starts_with("[[").then(|| text.find('\n'))?? + 1;
    let body = text.get(header..)?;
    let values: BTreeMap<String, Spanned<Value>> = toml::from_str(body).ok()?;
    let last = values.values().map(|value| value.span().end).max()?;
    let rest = body.get(last..)?.find('\n').map_or(body.len() - last, |end| end + 1);
    Some(header + last + rest)
}

/// A new entry.
fn entry_of(case: &Case, judged: Judged<'_>, reason: &str) -> String {
    let Judged { manager, multi_tool, .. } = judged;
    let (case, manager) = (quoted(&case.name), quoted(&manager.listed_name()));
    let tool = if multi_tool.is_own() {
        String::new()
    } else {
        format!("multi_tool = {}\n", quoted(&multi_tool.to_string()))
    };
    let reason = quoted(reason);
    format!("\n[[expected_failure]]\ncase = {case}\nmanager = {manager}\n{tool}reason = {reason}\n")
}

/// A text as TOML has it.
fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests;
