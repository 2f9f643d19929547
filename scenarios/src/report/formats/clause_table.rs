//! Prints what failed in at most 80 columns: clauses, each with its claim, and names of cases by section.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::report::model::ClauseRecord;
use crate::report::tally::{ClauseTally, Standing, Tally};
use crate::report::terminal::{Look, Paint};

/// The widest line.
const WIDTH: usize = 80;
/// What comes before a claim: id, level, counts.
const BEFORE: usize = 30;
/// Up to so many clauses, their claims are printed in full; of more, a line of each.
const MOST_IN_FULL: usize = 10;

/// Prints the clauses that are not met: those that count with their claims, the others by their ids alone, unless all
/// others are met.
///
/// # Errors
/// When it cannot be written.
pub fn write(
    out: &mut dyn Write,
    tally: &Tally,
    clauses: &BTreeMap<String, ClauseRecord>,
    paint: Paint,
) -> io::Result<()> {
    let stand = |wanted: Standing| tally.clauses.iter().filter(move |clause| clause.standing() == wanted);
    let counted: Vec<&ClauseTally> = stand(Standing::Fails).collect();
    let others: Vec<&ClauseTally> = stand(Standing::NotCounted).collect();
    if counted.is_empty() && others.is_empty() {
        return Ok(());
    }
    // Beside what counts, the rest would push it off the screen.
    let (shown, look, named) =
        if counted.is_empty() { (others, Look::Yellow, Vec::new()) } else { (counted, Look::Red, others) };
    let header = format!("{:<9}{:<12}{:<9}what must hold", "clause", "level", "failed");
    writeln!(out, "{}", paint.look(Look::Faint, header))?;
    let are_few = shown.len() <= MOST_IN_FULL;
    for clause in shown {
        let claim = clauses.get(&clause.id).map_or("", |clause| clause.claim.as_str());
        let claim = wrapped(claim.split(' '), WIDTH - BEFORE);
        let counts = format!("{:<9}", counts(clause));
        let (first, more) = claim.split_first().map_or(("", &claim[..]), |(first, more)| (first, more));
        let cut = if !are_few && !more.is_empty() { " ..." } else { "" };
        let before = format!("{:<9}{:<12}{}", clause.id, clause.level, paint.look(look, counts));
        writeln!(out, "{before}{first}{cut}")?;
        for line in more.iter().filter(|_| are_few) {
            writeln!(out, "{:BEFORE$}{line}", "")?;
        }
    }
    if !named.is_empty() {
        writeln!(out, "{}", paint.look(Look::Yellow, "not counted:"))?;
        let words: Vec<String> =
            named.iter().map(|clause| format!("{}\u{a0}{},", clause.id, counts(clause))).collect();
        print(out, "  ", &wrapped(words.iter().map(String::as_str), WIDTH - 2))?;
    }
    writeln!(out)
}

/// How many of the cases that decide about a clause failed.
fn counts(clause: &ClauseTally) -> String {
    let counts = clause.decisive();
    format!("{}/{}", counts.failed + counts.not_counted, counts.judged())
}

/// Prints names of cases, section by section.
///
/// # Errors
/// When it cannot be written.
pub fn names(out: &mut dyn Write, names: &[&str]) -> io::Result<()> {
    let mut sections: Vec<(&str, Vec<String>)> = Vec::new();
    for name in names {
        let (section, rest) = name.split_once('/').unwrap_or(("", name));
        if sections.last().is_none_or(|(last, _)| *last != section) {
            sections.push((section, vec![format!("{section}/")]));
        }
        sections.last_mut().into_iter().for_each(|(_, words)| words.push(format!("{rest},")));
    }
    for (_, words) in sections {
        print(out, "  ", &wrapped(words.iter().map(String::as_str), WIDTH - 4))?;
    }
    Ok(())
}

/// Prints lines, the first after `indent`, the others two columns further, without the comma at the end.
fn print(out: &mut dyn Write, indent: &str, lines: &[String]) -> io::Result<()> {
    for (number, line) in lines.iter().enumerate() {
        let line = if number + 1 == lines.len() { line.trim_end_matches(',') } else { line };
        let further = if number == 0 { "" } else { "  " };
        writeln!(out, "{indent}{further}{}", line.replace('\u{a0}', " "))?;
    }
    Ok(())
}

/// Words in lines of at most `width` columns; a longer word has a line of its own.
fn wrapped<'a>(words: impl Iterator<Item = &'a str>, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{names, wrapped};

    #[test]
    fn no_line_is_wider_than_it_may_be_unless_one_word_is() {
        let lines = wrapped("aa bb cc dddddd e".split(' '), 5);
        assert_eq!(lines, ["aa bb", "cc", "dddddd", "e"]);
        assert_eq!(wrapped(std::iter::empty(), 5), Vec::<String>::new());
    }

    #[test]
    fn names_are_together_by_their_section() {
        let mut text = Vec::new();
        names(&mut text, &["manager/one", "manager/two", "enable/three", "./seed-1.toml"]).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(text, "  manager/ one, two\n  enable/ three\n  ./ seed-1.toml\n");
    }
}
