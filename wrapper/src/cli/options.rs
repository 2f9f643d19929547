//! The manager's options, in one table: what `--help` says of them, and what the shells and the manual page must
//! know. Which of them there are is said here and nowhere else.
//!
//! Knows nothing of how a command line is read.

use crate::cli::option_spec::Value;

/// One option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OptionSpec {
    /// Its name, with the dashes.
    pub(crate) name: &'static str,
    /// What follows it, if anything.
    pub(crate) value: Value,
    /// What it does, in lines that fit beside its name.
    pub(crate) help: &'static [&'static str],
}

/// How wide the names of options are at most.
pub(crate) const WIDTH: usize = 20;

/// The words for the form of a summary.
pub(crate) const FORMS: [&str; 2] = ["table", "json"];

/// All options.
pub(crate) const OPTIONS: [OptionSpec; 8] = [
    OptionSpec {
        name: "--jobs",
        value: Value::Needed("N"),
        help: &[
            "let up to N instances be busy at once, or with \"auto\" twice as",
            "many as there are processors; the default instance keeps its",
            "place before or after all others, instances of one",
            "multi_instance_group follow one another, and what an instance",
            "prints stays together and in order; the default for N is 1",
        ],
    },
    OptionSpec {
        name: "--timeout",
        value: Value::Needed("TIME"),
        help: &[
            "end an instance's command that takes longer (90, 90s, 5m, 1h):",
            "TERM, later KILL, to whatever it has started; it counts as failed",
        ],
    },
    OptionSpec {
        name: "--query-timeout",
        value: Value::Needed("TIME"),
        help: &[
            "take an instance for damaged about which postconf(1) does not",
            "answer within this time; the default is 10s",
        ],
    },
    OptionSpec {
        name: "--summary",
        value: Value::Possible("json"),
        help: &[
            "print a table at the end: instance, group, command, result, time;",
            "or a line of JSON for each instance",
        ],
    },
    OptionSpec {
        name: "--plan",
        value: Value::None,
        help: &["print what would be run, in which order, and why; run nothing"],
    },
    OptionSpec {
        name: "--verbose",
        value: Value::None,
        help: &["tell each step, as \"MAIL_VERBOSE\" in the environment does"],
    },
    OptionSpec { name: "--help", value: Value::None, help: &["show this text"] },
    OptionSpec { name: "--version", value: Value::None, help: &["show the version"] },
];

impl OptionSpec {
    /// The option as a description shows it.
    pub(crate) fn shown(&self) -> String {
        self.value.after(self.name)
    }
}

/// The option that somebody may have meant.
pub(crate) fn nearest(word: &str) -> Option<&'static OptionSpec> {
    let name = word.split('=').next().unwrap_or(word);
    let close = OPTIONS.iter().map(|option| (distance(name, option.name), option));
    let (distance, option) = close.min_by_key(|(distance, _)| *distance)?;
    (distance <= name.len() / 3).then_some(option)
}

/// How many letters have to be put in, left out or replaced to make one word of another.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, letter) in one.chars().enumerate() {
        let mut diagonal = above;
        row[0] = above + 1;
        for (at, against) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *against);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(diagonal + 1).min(row[at] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::os::exit_status;

    const MANUAL: &str = include_str!("../../man/postfix-wrapper.1");

    /// The words in a text that begin with `start` and go on like the name of an option, without it.
    fn words_after<'a>(text: &'a str, start: &str) -> BTreeSet<&'a str> {
        let pieces = text.split(start).skip(1);
        let words = pieces.map(|piece| {
            let is_other = |letter: char| !letter.is_ascii_lowercase() && letter != '-';
            let end = piece.find(is_other).unwrap_or(piece.len());
            &piece[..end]
        });
        words.filter(|word| word.len() > 1).collect()
    }

    fn names() -> BTreeSet<&'static str> {
        OPTIONS.iter().map(|option| &option.name[2..]).collect()
    }

    #[test]
    fn words_are_as_far_apart_as_letters_must_be_changed() {
        for (one, other, far) in [
            ("", "", 0),
            ("a", "", 1),
            ("", "abc", 3),
            ("jobs", "jobs", 0),
            ("jbos", "jobs", 2),
            ("xbc", "abc", 1),
        ] {
            assert_eq!(distance(one, other), far, "{one} {other}");
        }
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn the_shells_know_the_options_and_no_others() {
        let bash = include_str!("../../completions/postfix-wrapper.bash");
        let zsh = include_str!("../../completions/_postfix-wrapper");
        let fish = include_str!("../../completions/postfix-wrapper.fish");
        assert_eq!(words_after(bash, "--"), names());
        assert_eq!(words_after(zsh, "--"), names());
        assert_eq!(words_after(fish, " -l "), names());
        for shell in [bash, zsh, fish] {
            for form in FORMS {
                assert!(shell.contains(form), "{form}");
            }
        }
    }

    #[test]
    fn the_manual_knows_the_options_and_no_others() {
        let (synopsis, rest) = MANUAL.split_once(".Sh DESCRIPTION").unwrap();
        let (_, options) = rest.split_once(".Sh OPTIONS").unwrap();
        let (options, _) = options.split_once(".Sh ENVIRONMENT").unwrap();
        assert_eq!(words_after(synopsis, " -"), names());
        let items: String = options.lines().filter(|line| line.starts_with(".It ")).collect();
        assert_eq!(words_after(&items, "Fl -"), names());
        for option in OPTIONS {
            let item = match option.value {
                Value::None => format!(".It Fl -{}\n", &option.name[2..]),
                Value::Needed(value) => format!(".It Fl -{} Ar {value}\n", &option.name[2..]),
                Value::Possible(value) => format!(".It Fl -{} Ns Op = Ns Ar {value}\n", &option.name[2..]),
            };
            assert!(options.contains(&item), "{item}");
        }
    }

    #[test]
    fn the_manual_and_the_help_know_the_same_exit_statuses() {
        let (_, statuses) = MANUAL.split_once(".Sh EXIT STATUS").unwrap();
        let (statuses, _) = statuses.split_once(".Sh EXAMPLES").unwrap();
        let manual: Vec<String> = statuses
            .lines()
            .filter_map(|line| line.strip_prefix(".It "))
            .map(|item| item.replace(' ', ""))
            .collect();
        let help = crate::cli::parse::help();
        let (_, statuses) = help.split_once("Exit status:\n").unwrap();
        let help: Vec<String> = statuses
            .lines()
            .map(|line| line.get(2..15).unwrap_or_default().replace(' ', ""))
            .filter(|status| !status.is_empty())
            .collect();
        assert_eq!(manual, help);
        for constant in [
            exit_status::USAGE,
            exit_status::SYSTEM,
            exit_status::OUTPUT,
            exit_status::CONFIGURATION,
            exit_status::TIMED_OUT,
        ] {
            assert!(manual.contains(&constant.to_string()), "{constant}");
        }
    }

    #[test]
    fn a_slip_is_understood_and_nonsense_is_not() {
        let meant = |word| nearest(word).map(|option| option.name);
        assert_eq!(meant("--job"), Some("--jobs"));
        assert_eq!(meant("--jbos=3"), Some("--jobs"));
        assert_eq!(meant("-jobs"), Some("--jobs"));
        assert_eq!(meant("--timout"), Some("--timeout"));
        assert_eq!(meant("--summery=json"), Some("--summary"));
        assert_eq!(meant("--dry-run"), None);
        assert_eq!(meant("-c"), None);
        assert_eq!(meant("-"), None);
    }

    #[test]
    fn descriptions_fit_on_a_line() {
        for option in OPTIONS {
            assert!(option.shown().len() <= WIDTH, "{}", option.name);
            for line in option.help {
                assert!(line.len() <= 68, "{line}");
            }
        }
    }
}
