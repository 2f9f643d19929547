//! Lists the options of both programs in one table.
//! The table has the texts of `--help`, and what the shells and the manual pages must know. Options with a letter are
//! those of postmulti(1), and mean the same.
//!
//! Knows nothing of how a command line is read.

use std::fmt::Write;

use crate::cli::option_spec::{OptionId, OptionSpec, Value};

/// A program with a command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    /// `postfix-wrapper`
    Manager,
    /// `postfix-multi`
    Multi,
}

/// The words for the form of a summary.
pub(crate) const FORMATS: [&str; 2] = ["table", "json"];

/// All options.
const OPTIONS: [OptionSpec; 28] = [
    OptionSpec::new(
        OptionId::List,
        "--list",
        &["list instances: name, group, whether enabled (y, n, or damaged),", "configuration directory"],
    )
    .letter('l'),
    OptionSpec::new(
        OptionId::Postfix,
        "--postfix",
        &["run postfix(1) with the command that follows, for each instance"],
    )
    .letter('p'),
    OptionSpec::new(
        OptionId::Unix,
        "--execute",
        &["run the command that follows, with each instance's environment"],
    )
    .letter('x'),
    OptionSpec::new(
        OptionId::Edit,
        "--edit",
        &["init, create, import, destroy, deport, enable, disable, assign, ensure"],
    )
    .letter('e')
    .value(Value::Needed("ACTION")),
    OptionSpec::new(OptionId::All, "--all", &["all instances; with -e, in front of all secondary ones"])
        .letter('a'),
    OptionSpec::new(
        OptionId::Group,
        "--group",
        &["the instances of a group; with -e, in front of its first one"],
    )
    .letter('g')
    .value(Value::Needed("GROUP")),
    OptionSpec::new(
        OptionId::Instance,
        "--instance",
        &[
            "the instance of that name, with or without \"postfix-\", or of that",
            "configuration directory; \"-\" is the default instance",
        ],
    )
    .letter('i')
    .value(Value::Needed("NAME")),
    OptionSpec::new(OptionId::SetGroup, "--set-group", &["with -e: the group to be in; \"-\" for none"])
        .letter('G')
        .value(Value::Needed("GROUP")),
    OptionSpec::new(OptionId::SetName, "--set-name", &["with -e: the name to have; \"-\" for none"])
        .letter('I')
        .value(Value::Needed("NAME")),
    OptionSpec::new(OptionId::Reverse, "--reverse", &["the last instance first"]).letter('R'),
    OptionSpec::new(
        OptionId::Json,
        "--json",
        &["a line of JSON for each instance; with -e init, ensure: what is changed"],
    )
    .letter('j'),
    OptionSpec::new(OptionId::Format, "--format", &["table or json; with \"status\" also openmetrics"])
        .value(Value::Needed("FORM")),
    OptionSpec::new(
        OptionId::Check,
        "--check",
        &["with \"status\": one line for a monitor, and its exit statuses"],
    ),
    OptionSpec::new(
        OptionId::Warning,
        "--warning",
        &[
            "with --check: warn if an instance has more messages than LIMIT:",
            "a number for all that wait, or QUEUE=NUMBER, or both, with commas",
        ],
    )
    .letter('w')
    .value(Value::Needed("LIMIT")),
    OptionSpec::new(OptionId::Critical, "--critical", &["with --check: the same for the state critical"])
        .letter('c')
        .value(Value::Needed("LIMIT")),
    OptionSpec::new(
        OptionId::Wait,
        "--wait",
        &["with -e: how long to wait for another one to end (2m by default)"],
    )
    .value(Value::Needed("TIME")),
    OptionSpec::new(
        OptionId::Jobs,
        "--jobs",
        &[
            "with -p, -x, foreground: let up to N instances be busy at once, or with",
            "\"auto\" twice as many as there are processors; the default for N is 1",
        ],
    )
    .value(Value::Needed("N"))
    .in_manager(&[
        "let up to N instances be busy at once, or with \"auto\" twice as",
        "many as there are processors; the default instance keeps its",
        "place before or after all others, instances of one",
        "multi_instance_group follow one another, and what an instance",
        "prints stays together and in order; the default for N is 1",
    ]),
    OptionSpec::new(
        OptionId::Timeout,
        "--timeout",
        &["with -p, -x, foreground: end an instance's command that takes longer"],
    )
    .value(Value::Needed("TIME"))
    .in_manager(&[
        "end an instance's command that takes longer (90, 90s, 5m, 1h):",
        "TERM, later KILL, to whatever it has started; it counts as failed",
    ]),
    OptionSpec::new(
        OptionId::QueryTimeout,
        "--query-timeout",
        &[
            "take an instance for damaged about which postconf(1) does not",
            "answer within this time (10s by default)",
        ],
    )
    .value(Value::Needed("TIME"))
    .in_manager(&[
        "take an instance for damaged about which postconf(1) does not",
        "answer within this time; the default is 10s",
    ]),
    OptionSpec::new(
        OptionId::Summary,
        "--summary",
        &["with -p, -x: print at the end what became of each instance"],
    )
    .value(Value::Possible("json"))
    .in_manager(&[
        "print a table at the end: instance, group, command, result, time;",
        "or a line of JSON for each instance",
    ]),
    OptionSpec::new(
        OptionId::DryRun,
        "--dry-run",
        &[
            "with -p, -x: print what would be run, and why; run nothing",
            "with -e: show what would be changed; change nothing",
        ],
    )
    .in_manager(&["print what would be run, in which order, and why; run nothing"]),
    OptionSpec::new(OptionId::Enabled, "--enabled", &["with -e ensure: it is enabled"]),
    OptionSpec::new(
        OptionId::Disabled,
        "--disabled",
        &["with -e ensure: it is not enabled; with --absent: it may be enabled"],
    ),
    OptionSpec::new(OptionId::Absent, "--absent", &["with -e ensure: it is not there"]),
    OptionSpec::new(
        OptionId::From,
        "--from",
        &["with -e ensure: it has the main.cf of this folder, and the master.cf"],
    )
    .value(Value::Needed("FOLDER")),
    OptionSpec::new(
        OptionId::Verbose,
        "--verbose",
        &["tell each step, and have Postfix's own programs do so"],
    )
    .letter('v')
    .in_manager(&["tell each step, as \"MAIL_VERBOSE\" in the environment does"]),
    OptionSpec::new(OptionId::Help, "--help", &["show this text"]).in_manager(&["show this text"]),
    OptionSpec::new(OptionId::Version, "--version", &["show the version"]).in_manager(&["show the version"]),
];

impl Program {
    /// Its options.
    pub(crate) fn options(self) -> impl Iterator<Item = &'static OptionSpec> {
        OPTIONS.iter().filter(move |option| !self.help(option).is_empty())
    }

    /// The option with a letter.
    pub(crate) fn with_letter(self, letter: u8) -> Option<&'static OptionSpec> {
        match self {
            Self::Manager => None,
            Self::Multi => OPTIONS.iter().find(|option| option.letter == Some(char::from(letter))),
        }
    }

    /// What `--help` says of an option.
    pub(crate) fn help(self, option: &OptionSpec) -> &'static [&'static str] {
        match self {
            Self::Manager => option.manager_help,
            Self::Multi => option.help,
        }
    }

    /// How wide the names of options are at most.
    pub(crate) fn width(self) -> usize {
        match self {
            Self::Manager => 20,
            Self::Multi => 24,
        }
    }

    /// An option as `--help` shows it.
    pub(crate) fn shown(self, option: &OptionSpec) -> String {
        self.indented(option.letter, &option.value.after(option.name))
    }

    fn indented(self, letter: Option<char>, name: &str) -> String {
        match (self, letter) {
            (Self::Manager, _) => name.to_owned(),
            (Self::Multi, Some(letter)) => format!("-{letter}, {name}"),
            (Self::Multi, None) => format!("    {name}"),
        }
    }

    /// The part of `--help` about the options.
    pub(crate) fn described(self) -> String {
        let mut text = String::new();
        let mut describe = |mut name: String, help: &[&str]| {
            for line in help {
                // Writing to a string does not fail.
                let _ = writeln!(text, "  {name:<width$}  {line}", width = self.width());
                name.clear();
            }
        };
        for option in self.options() {
            describe(self.shown(option), self.help(option));
        }
        describe(self.indented(None, "--"), &["the command follows, even if it begins with a dash"]);
        text
    }
}

#[cfg(test)]
mod tests;
