//! Says of a mistake in a TOML file where it is and what was meant.

use std::fmt;

use crate::catalogue::similar_names::did_you_mean;

/// A place in a file, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    line: usize,
    column: usize,
}

impl Position {
    /// Where this byte of a text is.
    pub fn of(text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or_default();
        let begin = before.rfind('\n').map_or(0, |end| end + 1);
        let column = before.get(begin..).unwrap_or_default().chars().count() + 1;
        Self { line: before.matches('\n').count() + 1, column }
    }
}

/// As editors and compilers write it.
impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.line, self.column)
    }
}

/// Where a file of this text has the mistake, and what was meant.
pub fn explained(text: &str, error: &toml::de::Error) -> (Position, String) {
    let span = error.span().unwrap_or_default();
    (Position::of(text, span.start), advice(error.message(), text.get(span).unwrap_or_default()))
}

/// What the reader says about a part of a file, and what to do about it.
fn advice(message: &str, written: &str) -> String {
    let message = message.trim_end().replace('\n', ", ");
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let (first, others) = quoted.split_first().map_or(("", &[][..]), |(first, others)| (*first, others));
    if message.starts_with("unknown field") {
        unknown("key", first, others)
    } else if message.starts_with("unknown variant") {
        unknown("value", first, others)
    } else if message.starts_with("missing field") {
        format!("the key `{first}` is missing here")
    } else if message.contains("untagged enum Written") {
        "a run is written \"INSTANCE: COMMAND ARGUMENT\" or [\"INSTANCE\", \"COMMAND\", \"ARGUMENT\"]"
            .to_owned()
    } else if message.contains("untagged enum Status") {
        let word = written.trim_matches(['"', '\'']);
        let hint = did_you_mean(word, ["failure", "any"]);
        format!("a status is a number up to 255, a list of such numbers, \"failure\" or \"any\"{hint}")
    } else if message.contains("untagged enum") {
        "this is a text, or its bytes as a list of numbers up to 255".to_owned()
    } else {
        message
    }
}

/// About a word that is not there: the one that was meant, or else all that there are.
fn unknown(what: &str, word: &str, all: &[&str]) -> String {
    let hint = did_you_mean(word, all.iter().copied());
    if !hint.is_empty() {
        return format!("there is no {what} `{word}` here{hint}");
    }
    match all {
        [] => format!("there is no {what} `{word}` here; leave it out"),
        all => format!("there is no {what} `{word}` here; take one of {}", all.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Position, explained};
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[serde(rename = "colour")]
        _colour: String,
        #[serde(rename = "number")]
        _number: Option<u8>,
    }

    fn said(text: &str) -> String {
        let (position, what) = explained(text, &toml::from_str::<Sample>(text).unwrap_err());
        format!("{position}: {what}")
    }

    #[test]
    fn a_mistake_has_a_line_a_column_and_a_cure() {
        assert_eq!(
            said("colour = \"x\"\n  nubmer = 1\n"),
            "2:3: there is no key `nubmer` here (did you mean number?)"
        );
        assert_eq!(said("zzzzz = 1\n"), "1:1: there is no key `zzzzz` here; take one of colour, number");
        assert_eq!(said("number = 1\n"), "1:1: the key `colour` is missing here");
        assert!(
            said("colour = \"x\"\nnumber\n").starts_with("2:7: "),
            "{}",
            said("colour = \"x\"\nnumber\n")
        );
    }

    #[test]
    fn columns_are_characters() {
        let text = "ä = \"ö\"; x\n";
        assert_eq!(Position::of(text, text.find('x').unwrap()), Position { line: 1, column: 10 });
        assert_eq!(Position::of("a\nb", 99), Position { line: 1, column: 1 });
    }
}
