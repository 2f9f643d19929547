//! Classifies a postfix(1) command: start, stop, needs a running instance, or other. Arguments are passed on unread.
//!
//! Knows nothing of instances.

use std::ffi::{OsStr, OsString};

/// What the manager was asked to do on every instance, exactly as it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    name: OsString,
    arguments: Vec<OsString>,
}

/// What a manager must know of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Makes an instance run.
    Start,
    /// Ends an instance that runs.
    Stop,
    /// Has a meaning only for an instance that runs.
    NeedsRunning,
    /// Anything else, known to us or not: for every instance, enabled or not.
    Other,
}

impl Command {
    /// A command and its arguments; nothing when there is no command.
    pub(crate) fn new(words: impl IntoIterator<Item = OsString>) -> Option<Self> {
        let mut words = words.into_iter();
        let name = words.next()?;
        Some(Self { name, arguments: words.collect() })
    }

    /// A command without arguments.
    pub(crate) fn without_arguments(name: impl Into<OsString>) -> Self {
        Self { name: name.into(), arguments: Vec::new() }
    }

    /// The command's own name.
    pub(crate) fn name(&self) -> &OsStr {
        &self.name
    }

    /// Whether it makes sense for a single instance only: one in the foreground keeps all others from their turn,
    /// and postfix-script refuses it wherever secondary instances are listed.
    pub(crate) fn is_for_one_instance(&self) -> bool {
        self.name == "start-fg"
    }

    /// The name and the arguments, as they came.
    pub(crate) fn words(&self) -> impl Iterator<Item = &OsStr> {
        std::iter::once(&self.name).chain(&self.arguments).map(OsString::as_os_str)
    }
}

/// Which commands are of which class: postconf(5) has a parameter for each of the first three.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Classes {
    /// `postmulti_start_commands`.
    pub(crate) start: Vec<OsString>,
    /// `postmulti_stop_commands`.
    pub(crate) stop: Vec<OsString>,
    /// `postmulti_control_commands`.
    pub(crate) control: Vec<OsString>,
}

impl Default for Classes {
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(OsString::from).collect();
        Self {
            start: names(&["start"]),
            stop: names(&["stop", "abort", "drain", "quick-stop"]),
            control: names(&["reload", "flush"]),
        }
    }
}

impl Classes {
    /// The class of a command. One that is in several lists is of the first list's class.
    pub(crate) fn of(&self, command: &Command) -> Class {
        let lists =
            [(&self.start, Class::Start), (&self.stop, Class::Stop), (&self.control, Class::NeedsRunning)];
        let found = lists.into_iter().find(|(names, _)| names.contains(&command.name));
        found.map_or(Class::Other, |(_, class)| class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_alone_decides_the_class_and_byte_for_byte() {
        let class = |name: &str| Classes::default().of(&Command::new([name.into(), "stop".into()]).unwrap());
        assert_eq!(class("start"), Class::Start);
        for name in ["stop", "quick-stop", "abort", "drain"] {
            assert_eq!(class(name), Class::Stop);
        }
        for name in ["flush", "reload"] {
            assert_eq!(class(name), Class::NeedsRunning);
        }
        for name in ["", "check", "status", "Start", "start ", "start-fg", "/bin/stop", "quickstop"] {
            assert_eq!(class(name), Class::Other, "{name:?}");
        }
    }

    #[test]
    fn lists_of_ones_own_replace_the_defaults() {
        let classes = Classes {
            start: vec!["launch".into()],
            stop: vec!["launch".into(), "halt".into()],
            control: vec![],
        };
        let class = |name: &str| classes.of(&Command::new([name.into()]).unwrap());
        assert_eq!(class("launch"), Class::Start);
        assert_eq!(class("halt"), Class::Stop);
        for name in ["start", "stop", "reload"] {
            assert_eq!(class(name), Class::Other, "{name}");
        }
    }

    #[test]
    fn no_words_make_no_command() {
        assert_eq!(Command::new([]), None);
    }
}
