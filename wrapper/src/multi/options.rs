//! The options of postfix-multi, in one table: what `--help` says of them, and what the shells and the manual page
//! must know. Those with a letter are postmulti(1)'s, and mean the same.
//!
//! Knows nothing of how a command line is read.

use crate::option_text::Value;

/// One option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Described {
    /// Which it is.
    pub(crate) option: Known,
    /// Its letter, if it has one.
    pub(crate) letter: Option<char>,
    /// Its name, with the dashes.
    pub(crate) name: &'static str,
    /// What follows it, if anything.
    pub(crate) value: Value,
    /// What it does, in lines that fit beside its name.
    pub(crate) help: &'static [&'static str],
}

/// Which option it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    List,
    Postfix,
    Unix,
    Edit,
    All,
    Group,
    Instance,
    SetGroup,
    SetName,
    Reverse,
    Json,
    Verbose,
    DryRun,
    Wait,
    Jobs,
    Timeout,
    Summary,
    Plan,
    Help,
    Version,
}

/// The actions that `-e` takes.
pub(crate) const ACTIONS: [&str; 8] =
    ["init", "create", "import", "destroy", "deport", "enable", "disable", "assign"];

const fn plain(
    option: Known,
    letter: Option<char>,
    name: &'static str,
    help: &'static [&'static str],
) -> Described {
    Described { option, letter, name, value: Value::None, help }
}

const fn with(
    option: Known,
    letter: Option<char>,
    name: &'static str,
    value: &'static str,
    help: &'static [&'static str],
) -> Described {
    Described { option, letter, name, value: Value::Needed(value), help }
}

/// All options.
pub(crate) const OPTIONS: [Described; 20] = [
    plain(
        Known::List,
        Some('l'),
        "--list",
        &["list instances: name, group, whether enabled (y, n, or damaged),", "configuration directory"],
    ),
    plain(
        Known::Postfix,
        Some('p'),
        "--postfix",
        &["run postfix(1) with the command that follows, for each instance"],
    ),
    plain(
        Known::Unix,
        Some('x'),
        "--execute",
        &["run the command that follows, with each instance's environment"],
    ),
    with(
        Known::Edit,
        Some('e'),
        "--edit",
        "ACTION",
        &["init, create, import, destroy, deport, enable, disable, assign"],
    ),
    plain(Known::All, Some('a'), "--all", &["all instances; with -e, in front of all secondary ones"]),
    with(
        Known::Group,
        Some('g'),
        "--group",
        "GROUP",
        &["the instances of a group; with -e, in front of its first one"],
    ),
    with(
        Known::Instance,
        Some('i'),
        "--instance",
        "NAME",
        &[
            "the instance of that name, with or without \"postfix-\", or of that",
            "configuration directory; \"-\" is the default instance",
        ],
    ),
    with(
        Known::SetGroup,
        Some('G'),
        "--set-group",
        "GROUP",
        &["with -e: the group to be in; \"-\" for none"],
    ),
    with(Known::SetName, Some('I'), "--set-name", "NAME", &["with -e: the name to have; \"-\" for none"]),
    plain(Known::Reverse, Some('R'), "--reverse", &["the last instance first"]),
    plain(Known::Json, Some('j'), "--json", &["a line of JSON for each instance"]),
    plain(Known::Verbose, Some('v'), "--verbose", &["tell each step, and have Postfix's own programs do so"]),
    plain(Known::DryRun, None, "--dry-run", &["with -e: show what would be changed; change nothing"]),
    with(
        Known::Wait,
        None,
        "--wait",
        "TIME",
        &["with -e: how long to wait for another one to end (2m by default)"],
    ),
    with(
        Known::Jobs,
        None,
        "--jobs",
        "N",
        &[
            "with -p, -x: let up to N instances be busy at once, or with \"auto\"",
            "twice as many as there are processors; the default for N is 1",
        ],
    ),
    with(
        Known::Timeout,
        None,
        "--timeout",
        "TIME",
        &["with -p, -x: end an instance's command that takes longer"],
    ),
    Described {
        option: Known::Summary,
        letter: None,
        name: "--summary",
        value: Value::Possible("json"),
        help: &["with -p, -x: print at the end what became of each instance"],
    },
    plain(Known::Plan, None, "--plan", &["with -p, -x: print what would be run, and why; run nothing"]),
    plain(Known::Help, None, "--help", &["show this text"]),
    plain(Known::Version, None, "--version", &["show the version"]),
];

impl Described {
    /// The option as a description shows it.
    pub(crate) fn shown(&self) -> String {
        let letter = self.letter.map_or_else(|| "    ".to_owned(), |letter| format!("-{letter}, "));
        letter + &self.value.after(self.name)
    }
}
