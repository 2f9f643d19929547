//! Defines the cases that both sides get, as they are drawn, shrunk, printed and read back.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use postfix_fakes::bytes::ByteString;
use serde::{Deserialize, Serialize};

use super::changes::Change;
use postfix_harness::invocation::{Invocation, Program};
use postfix_harness::layout::Layout;
use postfix_harness::supervisor::request::Caller;

/// An account and a group with no power, which every system has by these numbers.
const NOBODY: Caller = Caller { user: 65534, group: 65534 };

/// Expires only when something is broken. The installed scripts begin a hundred processes for one command, many of them
/// at a time, and a busy machine is no difference.
const DEADLINE: Duration = Duration::from_secs(300);

/// Something to do on both sides. Written as JSON of one line, so that a command line can hold it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Case {
    /// One call of postconf(1) on one pair of configuration files.
    Postconf(PostconfCase),
    /// One call of postfix(1) in a multi-instance system.
    Postfix(SystemCase),
    /// Several commands in a multi-instance system, the one after the other.
    Sequence(SystemCase),
    /// One call of postconf(1) on one configuration of a corpus.
    Corpus(CorpusCase),
    /// One call of another program in a multi-instance system.
    Programs(SystemCase),
    /// One call of postfix(1), with its own scripts, in a multi-instance system.
    Scripts(SystemCase),
}

/// One call of postconf(1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PostconfCase {
    /// The text of main.cf; absent: there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub main_cf: Option<ByteString>,
    /// The text of master.cf; absent: there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub master_cf: Option<ByteString>,
    /// The arguments after `-c DIRECTORY`.
    pub arguments: Vec<ByteString>,
    /// Whether the directory is given in `MAIL_CONFIG` instead of with `-c`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub by_environment: bool,
}

/// One call of postconf(1) on a configuration that somebody uses, or on what is left of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorpusCase {
    /// The folder of the corpus that it is from; nothing is read there.
    pub folder: ByteString,
    /// The call.
    pub call: PostconfCase,
}

/// Commands in a multi-instance system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemCase {
    /// The system.
    pub layout: Layout,
    /// What is changed in its directories before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// What is done in it.
    pub commands: Vec<Step>,
}

/// One command.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The program.
    pub program: Program,
    /// Its arguments; they may hold a layout's placeholders.
    pub arguments: Vec<ByteString>,
    /// Additions to its environment; values may hold a layout's placeholders.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, ByteString>,
    /// What it reads on standard input.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub stdin: ByteString,
    /// Who runs it.
    #[serde(default, skip_serializing_if = "Runner::is_usual")]
    pub runner: Runner,
}

/// Who runs a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Runner {
    /// The superuser of the sandbox.
    #[default]
    Superuser,
    /// An ordinary user, whom a program with a group of its own has no reason to trust.
    OrdinaryUser,
}

impl Runner {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
    fn is_usual(&self) -> bool {
        *self == Self::Superuser
    }
}

fn is_empty(text: &ByteString) -> bool {
    text.0.is_empty()
}

impl Case {
    /// The row of the table that it counts in.
    pub fn row(&self) -> Row {
        match self {
            Self::Postconf(_) => Row::Postconf,
            Self::Corpus(_) => Row::Corpus,
            Self::Postfix(_) => Row::Postfix,
            Self::Sequence(_) => Row::Sequence,
            Self::Programs(_) => Row::Programs,
            Self::Scripts(_) => Row::Scripts,
        }
    }
}

impl Step {
    /// The command as a testbed takes it.
    pub fn invocation(&self) -> Invocation {
        Invocation {
            entry: self.program,
            arguments: self.arguments.clone(),
            environment: self.environment.clone(),
            stdin: self.stdin.clone(),
            caller: (self.runner == Runner::OrdinaryUser).then_some(NOBODY),
            // Up to 3.7, postfix(1) and postlog(1) tell their errors only to a terminal and to the system's log.
            terminal: true,
            deadline: DEADLINE,
            ..Invocation::postfix(&[])
        }
    }
}

impl From<&Invocation> for Step {
    fn from(invocation: &Invocation) -> Self {
        Self {
            program: invocation.entry,
            arguments: invocation.arguments.clone(),
            environment: invocation.environment.clone(),
            stdin: ByteString::default(),
            runner: Runner::default(),
        }
    }
}

/// A row of the table: what kind of case it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Row {
    /// Calls of postconf(1).
    Postconf,
    /// Calls of postfix(1).
    Postfix,
    /// Sequences of commands.
    Sequence,
    /// Calls of the other programs.
    Programs,
    /// Calls of postfix(1) with the scripts that it comes with.
    Scripts,
    /// Calls of postconf(1) on a corpus of configurations.
    Corpus,
}

impl Row {
    /// All rows, in the order of the table.
    pub const ALL: [Self; 6] =
        [Self::Postconf, Self::Postfix, Self::Sequence, Self::Programs, Self::Scripts, Self::Corpus];
}

impl fmt::Display for Row {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Postconf => "postconf",
            Self::Postfix => "postfix",
            Self::Sequence => "sequences",
            Self::Programs => "programs",
            Self::Scripts => "scripts",
            Self::Corpus => "corpus",
        })
    }
}

/// A case for people: the files, then the commands.
impl fmt::Display for Case {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postconf(case) => case.fmt(formatter),
            Self::Corpus(case) => write!(formatter, "from {}:\n{}", case.folder, case.call),
            Self::Postfix(case) | Self::Sequence(case) | Self::Programs(case) | Self::Scripts(case) => {
                let layout = serde_json::to_string(&case.layout).map_err(|_| fmt::Error)?;
                write!(formatter, "layout: {layout}")?;
                for change in &case.changes {
                    write!(formatter, "\n{change}")?;
                }
                for step in &case.commands {
                    write!(formatter, "\n$ {step}")?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for PostconfCase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.main_cf {
            Some(text) => show_file(formatter, "main.cf", text)?,
            None => writeln!(formatter, "main.cf: none")?,
        }
        match &self.master_cf {
            Some(text) if text.0.is_empty() => {}
            Some(text) => show_file(formatter, "master.cf", text)?,
            None => writeln!(formatter, "master.cf: none")?,
        }
        let way = if self.by_environment { "MAIL_CONFIG=. postconf" } else { "postconf -c ." };
        write!(formatter, "$ {way}{}", words(&self.arguments))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.runner == Runner::OrdinaryUser {
            formatter.write_str("(as an ordinary user) ")?;
        }
        if !self.stdin.0.is_empty() {
            write!(formatter, "printf {:?} | ", self.stdin)?;
        }
        for (name, value) in &self.environment {
            write!(formatter, "{name}={value:?} ")?;
        }
        let program = match self.program {
            Program::Postfix => "postfix",
            Program::Manager => "MANAGER",
            Program::Multi => "MULTI",
            Program::Postconf => "postconf",
            Program::Other => "PROGRAM",
            Program::Postqueue => "postqueue",
            Program::Postdrop => "postdrop",
        };
        write!(formatter, "{program}{}", words(&self.arguments))
    }
}

fn show_file(formatter: &mut fmt::Formatter<'_>, name: &str, text: &ByteString) -> fmt::Result {
    writeln!(formatter, "{name}:")?;
    for line in text.0.split_inclusive(|byte| *byte == b'\n') {
        writeln!(formatter, "    {}", line.escape_ascii())?;
    }
    Ok(())
}

fn words(arguments: &[ByteString]) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_./@=,:+".contains(byte);
    let word = |argument: &ByteString| {
        if !argument.0.is_empty() && argument.0.iter().all(plain) {
            format!(" {argument}")
        } else {
            format!(" {argument:?}")
        }
    };
    arguments.iter().map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::{Case, PostconfCase};
    use postfix_fakes::bytes::ByteString;

    #[test]
    fn a_case_survives_being_written_down() {
        let case = Case::Postconf(PostconfCase {
            main_cf: Some(ByteString(b"a = \xff\n".to_vec())),
            master_cf: Some(ByteString::default()),
            arguments: vec!["-h".into(), "a".into()],
            ..PostconfCase::default()
        });
        let line = serde_json::to_string(&case).unwrap();
        assert!(!line.contains('\n'), "{line}");
        assert_eq!(serde_json::from_str::<Case>(&line).unwrap(), case);
        assert_eq!(case.to_string(), "main.cf:\n    a = \\xff\\n\n$ postconf -c . -h a");
    }
}
