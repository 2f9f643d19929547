//! Defines the parts of an option: its names, the value that follows it, and its line in `--help`.
//!
//! Knows nothing of which options there are.

/// One option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OptionSpec {
    /// Which it is.
    pub(crate) id: OptionId,
    /// Its letter, if it has one. The manager takes no letters.
    pub(crate) letter: Option<char>,
    /// Its name, with the dashes.
    pub(crate) name: &'static str,
    /// What follows it, if anything.
    pub(crate) value: Value,
    /// What it does, in lines that fit beside its name.
    pub(crate) help: &'static [&'static str],
    /// The same, for the manager. Nothing if the manager does not have the option.
    pub(crate) manager_help: &'static [&'static str],
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
    Format,
    Check,
    Warning,
    Critical,
    Wait,
    Jobs,
    Timeout,
    QueryTimeout,
    Summary,
    DryRun,
    Enabled,
    Disabled,
    Absent,
    From,
    Verbose,
    Help,
    Version,
}

/// What follows an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    /// Nothing.
    None,
    /// A value, in the next argument or after `=`. What it is called in descriptions.
    Needed(&'static str),
    /// Nothing, or a value after `=`.
    Possible(&'static str),
}

impl OptionSpec {
    /// An option without a letter and a value, which the manager does not have.
    pub(crate) const fn new(id: OptionId, name: &'static str, help: &'static [&'static str]) -> Self {
        Self { id, letter: None, name, value: Value::None, help, manager_help: &[] }
    }

    /// The same with a letter.
    pub(crate) const fn letter(mut self, letter: char) -> Self {
        self.letter = Some(letter);
        self
    }

    /// The same with a value.
    pub(crate) const fn value(mut self, value: Value) -> Self {
        self.value = value;
        self
    }

    /// The same, which the manager has, too.
    pub(crate) const fn in_manager(mut self, help: &'static [&'static str]) -> Self {
        self.manager_help = help;
        self
    }
}

impl Value {
    /// An option's name with what follows it.
    pub(crate) fn after(self, name: &str) -> String {
        match self {
            Self::None => name.to_owned(),
            Self::Needed(value) => format!("{name} {value}"),
            Self::Possible(value) => format!("{name}[={value}]"),
        }
    }
}
