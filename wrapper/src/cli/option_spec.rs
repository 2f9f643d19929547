//! How an option is described to people: what follows its name, and its lines in `--help`.
//!
//! Knows nothing of which options there are.

use std::fmt::Write;

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

/// Adds what an option does beside its name, which is at most `width` wide.
pub(crate) fn describe(text: &mut String, mut name: String, width: usize, help: &[&str]) {
    for line in help {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {name:<width$}  {line}");
        name.clear();
    }
}
