//! The options of postfix-multi, in one table: what `--help` says of them, and what the shells and the manual page
//! must know. Those with a letter are postmulti(1)'s, and mean the same.
//!
//! Knows nothing of how a command line is read.

use crate::cli::option_spec::Value;

/// One option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OptionSpec {
    /// Which it is.
    pub(crate) option: OptionId,
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
pub(crate) enum OptionId {
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
    QueryTimeout,
    Summary,
    Plan,
    Help,
    Version,
}

/// The actions that `-e` takes.
pub(crate) const ACTIONS: [&str; 8] =
    ["init", "create", "import", "destroy", "deport", "enable", "disable", "assign"];

const fn plain(
    option: OptionId,
    letter: Option<char>,
    name: &'static str,
    help: &'static [&'static str],
) -> OptionSpec {
    OptionSpec { option, letter, name, value: Value::None, help }
}

const fn with(
    option: OptionId,
    letter: Option<char>,
    name: &'static str,
    value: &'static str,
    help: &'static [&'static str],
) -> OptionSpec {
    OptionSpec { option, letter, name, value: Value::Needed(value), help }
}

/// All options.
pub(crate) const OPTIONS: [OptionSpec; 21] = [
    plain(
        OptionId::List,
        Some('l'),
        "--list",
        &["list instances: name, group, whether enabled (y, n, or damaged),", "configuration directory"],
    ),
    plain(
        OptionId::Postfix,
        Some('p'),
        "--postfix",
        &["run postfix(1) with the command that follows, for each instance"],
    ),
    plain(
        OptionId::Unix,
        Some('x'),
        "--execute",
        &["run the command that follows, with each instance's environment"],
    ),
    with(
        OptionId::Edit,
        Some('e'),
        "--edit",
        "ACTION",
        &["init, create, import, destroy, deport, enable, disable, assign"],
    ),
    plain(OptionId::All, Some('a'), "--all", &["all instances; with -e, in front of all secondary ones"]),
    with(
        OptionId::Group,
        Some('g'),
        "--group",
        "GROUP",
        &["the instances of a group; with -e, in front of its first one"],
    ),
    with(
        OptionId::Instance,
        Some('i'),
        "--instance",
        "NAME",
        &[
            "the instance of that name, with or without \"postfix-\", or of that",
            "configuration directory; \"-\" is the default instance",
        ],
    ),
    with(
        OptionId::SetGroup,
        Some('G'),
        "--set-group",
        "GROUP",
        &["with -e: the group to be in; \"-\" for none"],
    ),
    with(OptionId::SetName, Some('I'), "--set-name", "NAME", &["with -e: the name to have; \"-\" for none"]),
    plain(OptionId::Reverse, Some('R'), "--reverse", &["the last instance first"]),
    plain(OptionId::Json, Some('j'), "--json", &["a line of JSON for each instance"]),
    plain(
        OptionId::Verbose,
        Some('v'),
        "--verbose",
        &["tell each step, and have Postfix's own programs do so"],
    ),
    plain(OptionId::DryRun, None, "--dry-run", &["with -e: show what would be changed; change nothing"]),
    with(
        OptionId::Wait,
        None,
        "--wait",
        "TIME",
        &["with -e: how long to wait for another one to end (2m by default)"],
    ),
    with(
        OptionId::Jobs,
        None,
        "--jobs",
        "N",
        &[
            "with -p, -x: let up to N instances be busy at once, or with \"auto\"",
            "twice as many as there are processors; the default for N is 1",
        ],
    ),
    with(
        OptionId::Timeout,
        None,
        "--timeout",
        "TIME",
        &["with -p, -x: end an instance's command that takes longer"],
    ),
    with(
        OptionId::QueryTimeout,
        None,
        "--query-timeout",
        "TIME",
        &[
            "take an instance for damaged about which postconf(1) does not",
            "answer within this time (10s by default)",
        ],
    ),
    OptionSpec {
        option: OptionId::Summary,
        letter: None,
        name: "--summary",
        value: Value::Possible("json"),
        help: &["with -p, -x: print at the end what became of each instance"],
    },
    plain(OptionId::Plan, None, "--plan", &["with -p, -x: print what would be run, and why; run nothing"]),
    plain(OptionId::Help, None, "--help", &["show this text"]),
    plain(OptionId::Version, None, "--version", &["show the version"]),
];

impl OptionSpec {
    /// The option as a description shows it.
    pub(crate) fn shown(&self) -> String {
        let letter = self.letter.map_or_else(|| "    ".to_owned(), |letter| format!("-{letter}, "));
        letter + &self.value.after(self.name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const MANUAL: &str = include_str!("../../../man/postfix-multi.1");
    const BASH: &str = include_str!("../../../completions/postfix-multi.bash");
    const ZSH: &str = include_str!("../../../completions/_postfix-multi");
    const FISH: &str = include_str!("../../../completions/postfix-multi.fish");

    /// The names that follow `start` in a text.
    fn names_after<'a>(text: &'a str, start: &str) -> BTreeSet<&'a str> {
        let names = text.split(start).skip(1).map(|piece| {
            let end = piece.find(|letter: char| !letter.is_ascii_lowercase() && letter != '-');
            &piece[..end.unwrap_or(piece.len())]
        });
        names.filter(|name| name.len() > 1).collect()
    }

    fn names() -> BTreeSet<&'static str> {
        OPTIONS.iter().map(|option| &option.name[2..]).collect()
    }

    #[test]
    fn the_shells_know_the_options_and_no_others() {
        assert_eq!(names_after(BASH, "--"), names());
        assert_eq!(names_after(ZSH, "--"), names());
        // Lines with a condition name options, too, and offer none.
        let offers: String = FISH.lines().filter(|line| !line.contains(" -n ")).collect();
        assert_eq!(names_after(&offers, " -l "), names());
        for OptionSpec { letter, name, .. } in OPTIONS {
            let name = &name[2..];
            match letter {
                Some(letter) => {
                    assert!(BASH.contains(&format!(" -{letter} ")) || BASH.contains(&format!("'-{letter} ")));
                    assert!(ZSH.contains(&format!("(-{letter} --{name})")) || name == "verbose", "{name}");
                    assert!(
                        FISH.contains(&format!("complete -c postfix-multi -s {letter} -l {name} ")),
                        "{name}"
                    );
                }
                None => assert!(FISH.contains(&format!("complete -c postfix-multi -l {name} ")), "{name}"),
            }
        }
    }

    #[test]
    fn the_shells_know_the_actions() {
        for shell in [BASH, ZSH, FISH] {
            assert!(shell.contains(&ACTIONS.join(" ")));
        }
    }

    #[test]
    fn the_manual_describes_every_option_and_no_other() {
        let (_, options) = MANUAL.split_once(".Sh OPTIONS").unwrap();
        let (options, _) = options.split_once(".Sh ACTIONS").unwrap();
        let items: String = options.lines().filter(|line| line.starts_with(".It ")).collect();
        assert_eq!(names_after(&items, "Fl -"), names());
        for OptionSpec { letter, name, value, .. } in OPTIONS {
            let name = format!("Fl {}", &name[1..]);
            let (glued, behind) = match value {
                Value::None => (String::new(), String::new()),
                Value::Needed(value) => (String::new(), format!(" Ar {value}")),
                Value::Possible(value) => (format!(" Ns Op = Ns Ar {value}"), String::new()),
            };
            let item = match letter {
                Some(letter) => format!(".It Fl {letter}{behind} , {name}{behind}\n"),
                None => format!(".It {name}{glued}{behind}\n"),
            };
            assert!(options.contains(&item), "{item}");
        }
    }

    #[test]
    fn the_manual_describes_every_action() {
        let (_, actions) = MANUAL.split_once(".Sh ACTIONS").unwrap();
        let (actions, _) = actions.split_once(".Sh FILES").unwrap();
        let described: BTreeSet<&str> = actions
            .lines()
            .filter_map(|line| line.strip_prefix(".It Cm "))
            .flat_map(|names| names.split(" , "))
            .collect();
        assert_eq!(described, ACTIONS.into_iter().collect());
    }

    #[test]
    fn the_manual_names_the_exit_statuses_of_the_help() {
        let (_, statuses) = MANUAL.split_once(".Sh EXIT STATUS").unwrap();
        let (statuses, _) = statuses.split_once(".Sh EXAMPLES").unwrap();
        let items: Vec<&str> = statuses.lines().filter_map(|line| line.strip_prefix(".It ")).collect();
        assert_eq!(items, ["0", "1", "128 + N"]);
        let help = crate::multi::cli::help::text();
        let (_, statuses) = help.split_once("Exit status:\n").unwrap();
        for item in items {
            assert!(statuses.contains(&format!("  {}  ", item.replace(' ', ""))), "{item}");
        }
    }
}
