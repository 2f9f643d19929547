//! Records what one side did with a case, with equal names for paths, and compares it with the other side.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Something that is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aspect {
    /// What was written to standard output.
    Stdout,
    /// What was written to standard error.
    Stderr,
    /// How the command ended.
    End,
    /// What is in the files left behind, their types and modes.
    Files,
    /// What the recording programs wrote down.
    Journal,
}

impl fmt::Display for Aspect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Stdout => "standard output",
            Self::Stderr => "standard error",
            Self::End => "end",
            Self::Files => "files left behind",
            Self::Journal => "journal",
        })
    }
}

/// What one side did, each aspect by the number of the command and as text; files count after the last command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    seen: BTreeMap<(usize, Aspect), Vec<String>>,
}

/// Something that both sides did differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The number of the command.
    pub command: usize,
    /// What differs.
    pub aspect: Aspect,
    /// The lines of the simulated side.
    pub simulated: Vec<String>,
    /// The lines of the installed side.
    pub installed: Vec<String>,
}

impl Observation {
    /// Notes an aspect of a command.
    pub fn note(&mut self, command: usize, aspect: Aspect, lines: Vec<String>) {
        self.seen.insert((command, aspect), lines);
    }

    /// Notes an aspect of a command that is a text of bytes.
    pub fn note_text(&mut self, command: usize, aspect: Aspect, text: &[u8]) {
        let shown = |line: &[u8]| line.escape_ascii().to_string();
        self.note(command, aspect, text.split_inclusive(|byte| *byte == b'\n').map(shown).collect());
    }

    /// The lines of an aspect of a command.
    pub fn lines(&self, command: usize, aspect: Aspect) -> &[String] {
        self.seen.get(&(command, aspect)).map_or(&[], Vec::as_slice)
    }

    /// Where this, of the simulated side, and that of the installed one differ.
    pub fn differences(&self, installed: &Self) -> Vec<Difference> {
        let keys: std::collections::BTreeSet<_> = self.seen.keys().chain(installed.seen.keys()).collect();
        keys.into_iter()
            .filter(|key| self.seen.get(key) != installed.seen.get(key))
            .map(|&(command, aspect)| Difference {
                command,
                aspect,
                simulated: self.lines(command, aspect).to_vec(),
                installed: installed.lines(command, aspect).to_vec(),
            })
            .collect()
    }
}

impl Difference {
    /// Whether this is about the same aspect of the same command.
    pub fn is_of(&self, other: &Self) -> bool {
        (self.command, self.aspect) == (other.command, other.aspect)
    }

    /// Whether both sides have the same words, in another order. What a manager joins to one sentence ends with a
    /// semicolon, whatever comes last.
    pub fn is_order(&self) -> bool {
        words(&self.simulated) == words(&self.installed)
    }

    /// Whether both sides name a setting that nothing refers to. If there are several and a manager passes on one of
    /// them, chance chooses which.
    pub fn is_choice(&self) -> bool {
        let names_one = |lines: &[String]| lines.iter().any(|line| line.contains(": unused parameter: "));
        names_one(&self.simulated) && names_one(&self.installed)
    }
}

fn words(lines: &[String]) -> Vec<&str> {
    let words = lines.iter().flat_map(|line| line.split_whitespace());
    let mut words: Vec<&str> = words.map(|word| word.trim_end_matches(';')).collect();
    words.sort_unstable();
    words
}

/// The lines that only one side has, the others left out.
impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} of command {}:", self.aspect, self.command + 1)?;
        let same = |lines: &[String], line: &String| lines.contains(line);
        let mut shown = 0;
        for (mark, own, other) in
            [("simulated", &self.simulated, &self.installed), ("installed", &self.installed, &self.simulated)]
        {
            let only: Vec<&String> = own.iter().filter(|line| !same(other, line)).collect();
            for lines in only.chunk_by(|one, next| one == next) {
                write!(formatter, "\n    {mark}: {}", lines[0])?;
                if lines.len() > 1 {
                    write!(formatter, " ({} times)", lines.len())?;
                }
                shown += 1;
            }
        }
        if shown == 0 {
            write!(formatter, "\n    the same lines, in another order or number")?;
            for (mark, own) in [("simulated", &self.simulated), ("installed", &self.installed)] {
                write!(formatter, "\n    {mark}: {own:?}")?;
            }
        }
        Ok(())
    }
}

/// What comes before something that is chance: the process id of a master in what postfix-script says, and the place
/// in the queue in what postdrop(1) says.
const BEFORE_CHANCE: [(&[u8], &str); 2] = [(b"running: PID: ", "@pid@"), (b"queue_id\0", "@place@")];

/// What comes before the number of a line of the script, if its shell prints one.
const BEFORE_LINE: &[u8] = b"/postfix-script: ";

/// What a message has in place of its middle, if it would be too long.
const LEFT_OUT: &[u8] = b" [...] ";

/// How much of the text is the end of the path, whose beginning was left out.
fn end_of_path(text: &[u8], path: &[u8]) -> Option<usize> {
    let is_end = |length: &usize| {
        text.strip_prefix(&path[path.len() - length..]).is_some_and(|after| after.starts_with(b"/"))
    };
    (1..path.len()).rev().find(is_end)
}

/// Text in which each of `names` (what it is, how it is named) is replaced, the first that fits, and what is chance.
pub(super) fn named_alike(text: &[u8], names: &[(Vec<u8>, &str)]) -> Vec<u8> {
    let mut result = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.first() {
        if let Some(after) = rest.strip_prefix(BEFORE_LINE) {
            let digits = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
            result.extend_from_slice(BEFORE_LINE);
            let follows = digits > 0 && after[digits..].starts_with(b": ");
            rest = &after[if follows { digits + 2 } else { 0 }..];
            continue;
        }
        let before = BEFORE_CHANCE.iter().find(|(before, _)| rest.starts_with(before));
        if let Some((before, name)) = before {
            let after = &rest[before.len()..];
            let length = after.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            result.extend_from_slice(before);
            result.extend_from_slice(if length > 0 { name.as_bytes() } else { b"" });
            rest = &after[length..];
            continue;
        }
        if let Some(after) = rest.strip_prefix(LEFT_OUT) {
            let found = names.iter().find_map(|(path, name)| Some((end_of_path(after, path)?, name)));
            result.extend_from_slice(LEFT_OUT);
            result.extend_from_slice(found.map_or(b"", |(_, name)| name.as_bytes()));
            rest = &after[found.map_or(0, |(length, _)| length)..];
            continue;
        }
        let found = names.iter().find(|(path, _)| !path.is_empty() && rest.starts_with(path));
        if let Some((path, name)) = found {
            result.extend_from_slice(name.as_bytes());
            rest = &rest[path.len()..];
        } else {
            result.push(*first);
            rest = &rest[1..];
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::{Aspect, Observation, named_alike};

    #[test]
    fn what_only_one_side_has_is_a_difference() {
        let mut one = Observation::default();
        one.note_text(0, Aspect::Stdout, b"a\nb\n");
        let mut other = one.clone();
        assert_eq!(one.differences(&other), []);
        other.note_text(0, Aspect::Stdout, b"a\nc\n");
        other.note_text(1, Aspect::End, b"exit status 1");
        let shown: Vec<String> = one.differences(&other).iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "standard output of command 1:\n    simulated: b\\n\n    installed: c\\n",
                "end of command 2:\n    installed: exit status 1",
            ]
        );
    }

    #[test]
    fn the_first_name_that_fits_is_taken() {
        let names = [(b"/w/etc".to_vec(), "@default@"), (b"/w".to_vec(), "@root@")];
        assert_eq!(named_alike(b"/w/etc/x /w/y", &names), b"@default@/x @root@/y");
        assert_eq!(named_alike(b"is running: PID: 17\n/w", &names), b"is running: PID: @pid@\n@root@");
        assert_eq!(named_alike(b"/w/postfix-script: 41: x", &names), b"@root@/postfix-script: x");
        assert_eq!(named_alike(b"/w/postfix-script: x", &names), b"@root@/postfix-script: x");
        assert_eq!(named_alike(b"queue_id\x000A1\0\0", &names), b"queue_id\0@place@\0\0");
        assert_eq!(named_alike(b"is running: PID: \n", &names), b"is running: PID: \n");
    }

    #[test]
    fn the_end_of_a_path_whose_beginning_was_left_out_is_named() {
        let names = [(b"/run/world-a4".to_vec(), "@root@")];
        assert_eq!(named_alike(b"x [...] 4/etc", &names), b"x [...] @root@/etc");
        assert_eq!(named_alike(b"x [...] ld-a4/etc", &names), b"x [...] @root@/etc");
        assert_eq!(named_alike(b"x [...] 5/etc", &names), b"x [...] 5/etc");
    }
}
