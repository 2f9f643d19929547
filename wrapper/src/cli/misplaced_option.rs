//! Finds an option that selects instances, but stands after the command instead of before it.
//! Every instance would get it as an argument there.
//!
//! Knows nothing of instances, and of what a command does.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use crate::cli::option_spec::{OptionId, Value};
use crate::cli::options::Program;
use crate::os::messages::MULTI;
use crate::os::printable::{printable, shell_word};

/// The commands of postfix(1) that take no arguments. postfix-script ignores what stands behind them.
pub(crate) const COMMANDS: [&str; 11] = [
    "start",
    "start-fg",
    "stop",
    "quick-stop",
    "abort",
    "drain",
    "reload",
    "flush",
    "status",
    "check",
    "logrotate",
];

/// An option in a place where it does not do what its author means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Misplaced {
    /// What stands in front of the command: postfix(1) and its options, or nothing.
    before: Vec<OsString>,
    command: OsString,
    choice: Choice,
}

/// Who is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Choice {
    All,
    Group(Option<OsString>),
    Instance(Option<OsString>),
}

impl Misplaced {
    /// Looks behind a command of postfix(1).
    pub(crate) fn behind<'a>(words: impl IntoIterator<Item = &'a OsStr>) -> Option<Self> {
        let mut words = words.into_iter();
        let command = words.next()?;
        if !COMMANDS.iter().any(|known| command == *known) {
            return None;
        }
        let choice = choice(words)?;
        Some(Self { before: Vec::new(), command: command.to_owned(), choice })
    }

    /// The same, if a program and its arguments are postfix(1) with such a command.
    pub(crate) fn behind_postfix<'a>(words: impl IntoIterator<Item = &'a OsStr>) -> Option<Self> {
        let words: Vec<&OsStr> = words.into_iter().collect();
        let (program, mut rest) = words.split_first()?;
        if std::path::Path::new(program).file_name()? != "postfix" {
            return None;
        }
        loop {
            rest = match rest {
                [option, _, rest @ ..] if *option == "-c" => rest,
                [option, rest @ ..] if *option == "--" => break Self::of(&words, rest),
                [option, rest @ ..] if option.as_bytes().starts_with(b"-") => rest,
                _ => break Self::of(&words, rest),
            }
        }
    }

    fn of(words: &[&OsStr], rest: &[&OsStr]) -> Option<Self> {
        let before = words[..words.len() - rest.len()].iter().copied().map(OsStr::to_owned).collect();
        Self::behind(rest.iter().copied()).map(|found| Self { before, ..found })
    }

    /// What is wrong, and what to use, for somebody who calls postfix-multi with these options.
    pub(crate) fn for_a_caller(&self, options: &str) -> String {
        let (option, chosen) = (self.choice.letter(), self.choice.shown());
        let words: Vec<&OsString> = self.before.iter().chain([&self.command]).collect();
        let command: Vec<String> = words.iter().map(shell_word).collect();
        format!(
            "{option} belongs before {}: {MULTI} {options} {chosen} {}",
            printable(words[0]),
            command.join(" ")
        )
    }

    /// The same, for somebody who calls postfix(1), which runs this program.
    pub(crate) fn for_a_caller_of_postfix(&self) -> String {
        let (command, option) = (shell_word(&self.command), self.choice.letter());
        let advice = match &self.choice {
            Choice::All => format!("\"postfix {command}\" is for all instances already"),
            Choice::Group(_) => format!("for a group use \"{MULTI} -p {} {command}\"", self.choice.shown()),
            Choice::Instance(Some(name)) if name.as_bytes().first() == Some(&b'/') => {
                format!("for one instance use \"postfix -c {} {command}\"", shell_word(name))
            }
            Choice::Instance(_) => format!(
                "for one instance use \"postfix -c DIR {command}\" with its configuration directory, or \
                 \"{MULTI} -p {} {command}\"",
                self.choice.shown()
            ),
        };
        format!("{option} is no option of \"postfix {command}\", which is for all instances; {advice}")
    }
}

impl Choice {
    fn letter(&self) -> &'static str {
        match self {
            Self::All => "-a",
            Self::Group(_) => "-g",
            Self::Instance(_) => "-i",
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::All => "-a".to_owned(),
            Self::Group(group) => format!("-g {}", or_word(group.as_deref(), "GROUP")),
            Self::Instance(name) => format!("-i {}", or_word(name.as_deref(), "NAME")),
        }
    }
}

/// A value, or the word that stands for one that is not there.
fn or_word(value: Option<&OsStr>, word: &str) -> String {
    value.map_or_else(|| word.to_owned(), shell_word)
}

/// Whether a letter of postfix-multi takes no value and chooses no instance, so that others follow behind one dash.
fn may_come_first(letter: u8) -> bool {
    Program::Multi
        .with_letter(letter)
        .is_some_and(|option| option.value == Value::None && option.id != OptionId::All)
}

/// The first choice among arguments. Behind `--` there are no options.
fn choice<'a>(arguments: impl Iterator<Item = &'a OsStr>) -> Option<Choice> {
    let mut arguments = arguments.take_while(|argument| *argument != "--");
    while let Some(argument) = arguments.next() {
        let bytes = argument.as_bytes();
        let value = |at: usize| OsStr::from_bytes(&bytes[at..]).to_owned();
        let mut next = || arguments.next().map(OsStr::to_owned);
        match bytes {
            b"--all" => return Some(Choice::All),
            b"--group" => return Some(Choice::Group(next())),
            b"--instance" => return Some(Choice::Instance(next())),
            [b'-', b'-', ..] => {
                if bytes.starts_with(b"--group=") {
                    return Some(Choice::Group(Some(value(8))));
                }
                if bytes.starts_with(b"--instance=") {
                    return Some(Choice::Instance(Some(value(11))));
                }
            }
            [b'-', letters @ ..] => {
                let at = letters.iter().position(|letter| !may_come_first(*letter)).map(|at| at + 1);
                let Some(at) = at else { continue };
                let mut glued = || if at + 1 < bytes.len() { Some(value(at + 1)) } else { next() };
                match bytes[at] {
                    b'a' => return Some(Choice::All),
                    b'g' => return Some(Choice::Group(glued())),
                    b'i' => return Some(Choice::Instance(glued())),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn behind(words: &[&str]) -> Option<String> {
        Misplaced::behind(words.iter().map(OsStr::new)).map(|found| found.for_a_caller("-p"))
    }

    fn behind_postfix(words: &[&str]) -> Option<String> {
        Misplaced::behind_postfix(words.iter().map(OsStr::new)).map(|found| found.for_a_caller("-x"))
    }

    #[test]
    fn a_choice_of_instances_is_found_in_each_of_its_forms() {
        let out = "-i belongs before stop: postfix-multi -p -i out stop";
        for words in [
            &["stop", "-i", "out"][..],
            &["stop", "-iout"],
            &["stop", "--instance", "out"],
            &["stop", "--instance=out"],
            &["stop", "-vi", "out"],
            &["stop", "-Riout"],
            &["stop", "now", "-i", "out", "-g", "mx"],
        ] {
            assert_eq!(behind(words).as_deref(), Some(out), "{words:?}");
        }
        let mx = "-g belongs before reload: postfix-multi -p -g mx reload";
        for words in [
            &["reload", "-g", "mx"][..],
            &["reload", "-gmx"],
            &["reload", "--group", "mx"],
            &["reload", "--group=mx"],
        ] {
            assert_eq!(behind(words).as_deref(), Some(mx), "{words:?}");
        }
        for all in ["-a", "--all", "-va"] {
            let told = behind(&["status", all]);
            assert_eq!(told.as_deref(), Some("-a belongs before status: postfix-multi -p -a status"));
        }
        let nobody = behind(&["stop", "-i"]);
        assert_eq!(nobody.as_deref(), Some("-i belongs before stop: postfix-multi -p -i NAME stop"));
    }

    #[test]
    fn all_commands_without_arguments_are_known_and_no_others() {
        for command in COMMANDS {
            assert!(behind(&[command, "-i", "out"]).is_some(), "{command}");
        }
        for command in ["set-permissions", "tls", "post-install", "/bin/program", "own", ""] {
            assert_eq!(behind(&[command, "-i", "out"]), None, "{command}");
        }
        assert_eq!(behind(&[]), None);
    }

    #[test]
    fn what_only_looks_like_a_choice_is_handed_on() {
        for words in [
            &["start", "a b", "", "*", "-", "--", "-i"][..],
            &["start", "-v", "-x", "-lR", "i", "a"],
            &["start", "-ei", "out"],
            &["start", "--instances", "--groups=1", "--alle", "--i"],
        ] {
            assert_eq!(behind(words), None, "{words:?}");
        }
    }

    #[test]
    fn a_call_of_postfix_is_looked_at_whatever_its_own_options_are() {
        let told = |words: &[&str]| behind_postfix(words).unwrap();
        assert_eq!(
            told(&["postfix", "stop", "-i", "out"]),
            "-i belongs before postfix: postfix-multi -x -i out postfix stop"
        );
        assert_eq!(
            told(&["/usr/sbin/postfix", "-v", "-c", "/etc/a", "stop", "-iout"]),
            "-i belongs before /usr/sbin/postfix: postfix-multi -x -i out /usr/sbin/postfix -v -c /etc/a stop"
        );
        assert!(behind_postfix(&["postfix", "--", "stop", "-a"]).is_some());
        for words in [
            &["postfix"][..],
            &["postfix", "-c"],
            &["postfix", "-c", "stop", "-i", "out"],
            &["postqueue", "-i", "A1"],
            &["sh", "stop", "-i", "out"],
            &[],
        ] {
            assert_eq!(behind_postfix(words), None, "{words:?}");
        }
    }

    #[test]
    fn who_calls_postfix_is_told_what_that_takes() {
        let told = |words: &[&str]| {
            Misplaced::behind(words.iter().map(OsStr::new)).unwrap().for_a_caller_of_postfix()
        };
        let no_option = "is no option of \"postfix stop\", which is for all instances;";
        assert_eq!(
            told(&["stop", "-i", "/etc/postfix-out"]),
            format!("-i {no_option} for one instance use \"postfix -c /etc/postfix-out stop\"")
        );
        assert_eq!(
            told(&["stop", "-iout"]),
            format!(
                "-i {no_option} for one instance use \"postfix -c DIR stop\" with its configuration directory, or \
                 \"postfix-multi -p -i out stop\""
            )
        );
        assert_eq!(
            told(&["stop", "-g", "mx"]),
            format!("-g {no_option} for a group use \"postfix-multi -p -g mx stop\"")
        );
        assert_eq!(
            told(&["stop", "-a"]),
            format!("-a {no_option} \"postfix stop\" is for all instances already")
        );
    }
}
