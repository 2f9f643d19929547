//! Reads expected failures: which cases fail for a manager or a multi-instance tool, and why.
//! An expected failure that passes is an error, too.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use postfix_fakes::regular::{self, Links};
use postfix_fakes::releases::Releases;
use postfix_fakes::version::PostfixVersion;
use postfix_process::suite_command::suite_command;
use serde::Deserialize;
use toml::Spanned;

use crate::catalogue::case::Case;
use crate::catalogue::case_reader::is_path;
use crate::catalogue::contents::Catalogue;
use crate::catalogue::similar_names::did_you_mean;
use crate::catalogue::testbed_name::TestbedName;
use crate::catalogue::toml_mistake::{Position, explained};
use crate::judge::verdict::Verdict;
use crate::subject::faulty;
use crate::subject::faulty::PREFIX;
use crate::subject::manager::{Manager, NAMES};
use crate::subject::multi_tool::MultiTool;

/// How large such a file may be, in bytes.
const MOST: u64 = 16 << 20;

/// The version of such files. A file that does not say its own is of this one.
const VERSION: u32 = 1;

/// Who is judged: a manager, and the multi-instance tool beside it.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// The manager.
    pub manager: &'a Manager,
    /// The tool.
    pub multi_tool: &'a MultiTool,
    /// Where.
    pub testbed: TestbedName,
    /// On which Postfix; nothing if this machine lacks the testbed.
    pub postfix: Option<PostfixVersion>,
}

impl Judged<'_> {
    /// Whether this testbed and this Postfix can judge a case.
    fn can_be_asked(&self, case: &Case) -> bool {
        case.excluded_from(self.testbed).is_none()
            && !self.postfix.is_some_and(|postfix| case.needs_newer_than(postfix))
    }
}

/// What people call them.
impl fmt::Display for Judged<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.multi_tool.is_own() {
            return self.manager.fmt(formatter);
        }
        write!(formatter, "{}, with {} for the multi-instance tool", self.manager, self.multi_tool)
    }
}

/// One expected failure.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedFailure {
    /// A case by its name.
    case: Option<String>,
    /// Or a clause: at least one case that has it first fails.
    clause: Option<String>,
    /// The managers: their names, or their values of `multi_instance_wrapper`; without it, any manager.
    manager: Option<Spanned<Names>>,
    /// The multi-instance tools, as `--multi-tool` names them; without it, any tool.
    multi_tool: Option<Spanned<Names>>,
    /// On which releases of Postfix; without it, on all.
    postfix: Option<String>,
    /// Why.
    reason: String,
    /// The address of the page where this is dealt with.
    issue: Option<String>,
}

/// One name or several. A `*` in a name stands for any text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    Several(Vec<String>),
}

impl Names {
    fn all(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedFailuresFile {
    #[serde(rename = "version")]
    _version: Option<u32>,
    #[serde(default)]
    expected_failure: Vec<Spanned<ExpectedFailure>>,
}

/// Enough of a file to tell whether the rest can be understood.
#[derive(Deserialize)]
struct FileVersion {
    version: Option<Spanned<toml::Value>>,
}

/// All expected failures of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExpectedFailures {
    entries: Vec<ExpectedFailure>,
}

/// Why a file tells no expected failures.
#[derive(Debug, thiserror::Error)]
pub enum ExpectedFailuresError {
    /// It cannot be read.
    #[error("--expected-failures {path}: {source}; name a file of [[expected_failure]] tables")]
    File {
        /// Its path.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A line of it is wrong.
    #[error("{path}:{position}: {what}")]
    Line {
        /// The file.
        path: PathBuf,
        /// Where; of an entry, where it begins.
        position: Position,
        /// What is wrong, and what to do.
        what: String,
    },
}

/// What is expected of who is judged, case by case, as they are judged.
#[derive(Clone, Debug)]
pub struct Expecting {
    awaited: Vec<Awaited>,
}

/// An entry, and which of the cases that it is about and that can be judged are yet to pass.
#[derive(Clone, Debug)]
struct Awaited {
    entry: ExpectedFailure,
    left: BTreeSet<String>,
}

impl Expecting {
    /// Tells about a case that was judged why it was expected to fail, if that matters: it fails; or it passes, and
    /// with it all that the entry is about. An entry is left undecided if those were not all judged.
    pub fn judged(&mut self, case: &Case, verdict: &Verdict) -> Option<String> {
        let about = || self.awaited.iter().filter(|awaited| awaited.entry.is_about(case));
        match verdict {
            Verdict::Failed(_) => about().next().map(|awaited| awaited.entry.why()),
            Verdict::Passed => {
                let mut passed = None;
                for awaited in self.awaited.iter_mut().filter(|awaited| awaited.entry.is_about(case)) {
                    if awaited.left.remove(&case.name) && awaited.left.is_empty() {
                        passed.get_or_insert_with(|| awaited.entry.as_passed());
                    }
                }
                passed
            }
            Verdict::Skipped(_) | Verdict::Broken(_) => None,
        }
    }
}

impl ExpectedFailures {
    /// What a file says.
    ///
    /// # Errors
    /// When it cannot be read, or names something that is not there.
    pub fn read(path: &Path, catalogue: &Catalogue) -> Result<Self, ExpectedFailuresError> {
        let text = regular::read_to_string(path, MOST, Links::Followed)
            .map_err(|source| ExpectedFailuresError::File { path: path.to_path_buf(), source })?;
        Self::parse(path, &text, catalogue)
    }

    /// The text of a file, if there is one.
    ///
    /// # Errors
    /// When something else is there, or it cannot be read.
    pub fn text(path: &Path) -> io::Result<Option<String>> {
        match regular::read_to_string(path, MOST, Links::Followed) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        }
    }

    /// What a file of this text says.
    ///
    /// # Errors
    /// When it names something that is not there.
    pub fn parse(path: &Path, text: &str, catalogue: &Catalogue) -> Result<Self, ExpectedFailuresError> {
        let entries = entries(path, text)?;
        for entry in &entries {
            if let Some(what) = mistake(entry.get_ref(), catalogue) {
                let position = Position::of(text, entry.span().start);
                return Err(ExpectedFailuresError::Line { path: path.to_path_buf(), position, what });
            }
        }
        Ok(Self { entries: entries.into_iter().map(Spanned::into_inner).collect() })
    }

    /// Why these are expected to fail a case.
    pub fn reason(&self, judged: Judged<'_>, case: &Case) -> Option<String> {
        let found = self.entries.iter().find(|entry| entry.is_of(judged) && entry.is_about(case));
        found.map(ExpectedFailure::why)
    }

    /// What is expected of these.
    pub fn expecting(&self, catalogue: &Catalogue, judged: Judged<'_>) -> Expecting {
        let of_judged = self.entries.iter().filter(|entry| entry.is_of(judged));
        let awaited = of_judged.map(|entry| {
            let about =
                catalogue.cases().iter().filter(|case| entry.is_about(case) && judged.can_be_asked(case));
            Awaited { entry: entry.clone(), left: about.map(|case| case.name.clone()).collect() }
        });
        Expecting { awaited: awaited.collect() }
    }

    /// Whether there are entries, and none for these: perhaps a name was mistyped.
    pub fn is_for_others(&self, judged: Judged<'_>) -> bool {
        !self.entries.is_empty() && !self.entries.iter().any(|entry| entry.is_of(judged))
    }
}

impl ExpectedFailure {
    fn is_of(&self, judged: Judged<'_>) -> bool {
        let Judged { manager, multi_tool, .. } = judged;
        let is_among = |releases: &String, version| {
            Releases::parse(releases.as_bytes()).is_some_and(|all| all.contain(version))
        };
        let is_manager = |names: &Names| names.all().iter().any(|pattern| manager.answers_to(pattern));
        let is_tool = |names: &Names| names.all().iter().any(|pattern| multi_tool.answers_to(pattern));
        self.manager.as_ref().is_none_or(|names| is_manager(names.get_ref()))
            && self.multi_tool.as_ref().is_none_or(|names| is_tool(names.get_ref()))
            && self.postfix.as_ref().zip(judged.postfix).is_none_or(|(all, one)| is_among(all, one))
    }

    fn is_about(&self, case: &Case) -> bool {
        self.case.as_ref() == Some(&case.name)
            || self.clause.is_some() && self.clause.as_ref() == case.clauses.first()
    }

    /// The reason, if all that it is about passes.
    fn as_passed(&self) -> String {
        match &self.clause {
            Some(clause) => format!("all cases of {clause} pass; {}", self.why()),
            None => self.why(),
        }
    }

    /// The reason, and where to read more.
    fn why(&self) -> String {
        match &self.issue {
            Some(issue) => format!("{} ({issue})", self.reason.trim()),
            None => self.reason.clone(),
        }
    }
}

/// The entries of a file of this text, each with its place.
///
/// # Errors
/// When it is no such file.
fn entries(path: &Path, text: &str) -> Result<Vec<Spanned<ExpectedFailure>>, ExpectedFailuresError> {
    let wrong = |position, what| ExpectedFailuresError::Line { path: path.to_path_buf(), position, what };
    if let Some(version) = toml::from_str::<FileVersion>(text).ok().and_then(|label| label.version) {
        if *version.get_ref() != toml::Value::Integer(VERSION.into()) {
            let what = format!(
                "this is version {} of such files, and this program reads version {VERSION}; write it for that with \
                 `version = {VERSION}`, or take the release that it is for",
                version.get_ref()
            );
            return Err(wrong(Position::of(text, version.span().start), what));
        }
    }
    let file: ExpectedFailuresFile = toml::from_str(text).map_err(|error| {
        let (position, what) = explained(text, &error);
        let what = format!(
            "{what}; each [[expected_failure]] has a case or a clause, a manager or a multi_tool, a reason"
        );
        wrong(position, what)
    })?;
    Ok(file.expected_failure)
}

fn mistake(entry: &ExpectedFailure, catalogue: &Catalogue) -> Option<String> {
    // A case of another file is in the catalogue only if that file is judged.
    let about_any = entry.case.as_deref().is_some_and(is_path)
        || catalogue.cases().iter().any(|case| entry.is_about(case));
    match (&entry.case, &entry.clause) {
        (Some(_), Some(_)) | (None, None) => Some("give either a case or a clause".to_owned()),
        (Some(case), None) if !about_any => {
            let hint = did_you_mean(case, catalogue.cases().iter().map(|case| case.name.as_str()));
            Some(format!("there is no case {case:?}{hint}; `{} list` has them all", suite_command()))
        }
        (None, Some(clause)) if !about_any => {
            let hint = did_you_mean(clause, catalogue.clauses().iter().map(|clause| clause.id.as_str()));
            Some(format!(
                "no case has the clause {clause:?} first{hint}; `{} list` has them all",
                suite_command()
            ))
        }
        _ if entry.reason.trim().is_empty() => {
            Some("say the reason; it is what remains to be read later".to_owned())
        }
        _ => nobody(entry).or_else(|| no_releases(entry)).or_else(|| no_address(entry)),
    }
}

/// What is wrong with the address of an entry's issue.
fn no_address(entry: &ExpectedFailure) -> Option<String> {
    let issue = entry.issue.as_ref()?;
    let is_address = ["https://", "http://"]
        .iter()
        .any(|scheme| issue.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
    let is_address = is_address && !issue.contains(char::is_whitespace);
    (!is_address).then(|| format!("{issue:?} is no address; give one that begins with https:// or http://"))
}

/// What is wrong with the releases that an entry is about.
fn no_releases(entry: &ExpectedFailure) -> Option<String> {
    let releases =
        entry.postfix.as_ref().filter(|releases| Releases::parse(releases.as_bytes()).is_none())?;
    Some(format!(
        "{releases:?} names no releases of Postfix; give ranges such as \"3.9-\", \"-3.7\" or \"3.7-3.9 3.11\", with \
         \"debian\" or \"upstream\" beside them if only their builds are meant"
    ))
}

/// What is wrong with whom an entry is about.
fn nobody(entry: &ExpectedFailure) -> Option<String> {
    let managers = entry.manager.as_ref().map(|names| names.get_ref().all());
    let tools = entry.multi_tool.as_ref().map(|names| names.get_ref().all());
    if managers.is_none() && tools.is_none() {
        let what = "name the manager, or by `multi_tool` the multi-instance tool that --multi-tool names";
        return Some(what.to_owned());
    }
    if [managers, tools].into_iter().flatten().any(<[String]>::is_empty) {
        return Some("this list of names is empty: the entry is about nobody".to_owned());
    }
    no_manager(managers.unwrap_or_default()).or_else(|| no_tool(tools.unwrap_or_default()))
}

/// What is wrong with the managers of an entry.
fn no_manager(names: &[String]) -> Option<String> {
    let wrong = names.iter().find(|name| name.trim().is_empty() || !is_manager(name))?;
    if wrong.trim().is_empty() {
        return Some("name the manager".to_owned());
    }
    Some(format!(
        "there is no manager {wrong:?}{}; give one of {}, {PREFIX}NAME, or a value of multi_instance_wrapper that begins \
         with / or $; * stands for any text",
        did_you_mean(wrong, NAMES),
        NAMES.join(", ")
    ))
}

/// What is wrong with the multi-instance tools of an entry.
fn no_tool(names: &[String]) -> Option<String> {
    let plain = names.iter().filter(|name| !name.contains('*'));
    plain
        .filter_map(|name| MultiTool::from_option(Some(OsStr::new(name))).err())
        .map(|error| error.to_string())
        .next()
}

/// Whether `--manager` could come to be called so. Of a value only its beginning can be told: it may be elsewhere.
fn is_manager(called: &str) -> bool {
    if called.contains('*') {
        return true;
    }
    match called.strip_prefix(PREFIX) {
        Some(name) => faulty::manager(name).is_ok_and(|found| found.is_some()),
        None => NAMES.contains(&called) || called.starts_with(['/', '$']),
    }
}

pub mod update;

#[cfg(test)]
mod tests;
