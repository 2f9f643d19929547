//! Reads the environment that postfix(1) sets for its manager.
//!
//! Knows nothing of instances, commands or processes.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;

use crate::os::printable::printable;

/// The variable that names an instance's configuration directory to Postfix's programs.
pub(crate) const MAIL_CONFIG: &str = "MAIL_CONFIG";

/// The variables that the manager reads; all three directories are absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Environment {
    /// Where `postfix`, `postconf` and `postlog` are.
    pub(crate) command_directory: PathBuf,
    /// The default instance.
    pub(crate) config_directory: PathBuf,
    /// The name that Postfix programs of the default instance log under.
    pub(crate) log_tag: OsString,
}

/// Why the manager was not, or not properly, started by postfix(1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EnvironmentError {
    /// The variable is not there.
    Missing(&'static str),
    /// The variable is there, but is no absolute path.
    NotAbsolute(&'static str, OsString),
}

impl fmt::Display for EnvironmentError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(formatter, "the environment has no {name}"),
            Self::NotAbsolute(name, value) => {
                let value = printable(value);
                write!(formatter, "{name} in the environment is \"{value}\", not an absolute path")
            }
        }
    }
}

impl Environment {
    /// Reads the environment through `lookup`, which tells the value of a variable.
    pub(crate) fn read(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, EnvironmentError> {
        let directory = |name: &'static str| {
            let path = PathBuf::from(lookup(name).ok_or(EnvironmentError::Missing(name))?);
            if path.is_absolute() {
                Ok(path)
            } else {
                Err(EnvironmentError::NotAbsolute(name, path.into_os_string()))
            }
        };
        let command_directory = directory("command_directory")?;
        let config_directory = directory("config_directory")?;
        // The manager runs nothing from there, but only postfix(1) sets all three.
        directory("daemon_directory")?;
        let log_tag =
            lookup("MAIL_LOGTAG").filter(|tag| !tag.is_empty()).unwrap_or_else(|| OsString::from("postfix"));
        Ok(Self { command_directory, config_directory, log_tag })
    }

    /// One of Postfix's commands.
    pub(crate) fn program(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.command_directory.join(name.as_ref())
    }
}

/// The value of a variable of this process's environment.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Environment, EnvironmentError> {
        Environment::read(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        })
    }

    const ALL: [(&str, &str); 3] =
        [("command_directory", "/c"), ("config_directory", "/e"), ("daemon_directory", "/d")];

    #[test]
    fn every_directory_is_needed_and_must_be_absolute() {
        assert_eq!(read(&ALL).unwrap().program("postfix"), PathBuf::from("/c/postfix"));
        for (at, (name, _)) in ALL.iter().enumerate() {
            let mut fewer = ALL.to_vec();
            fewer.remove(at);
            assert_eq!(read(&fewer), Err(EnvironmentError::Missing(name)));
            for wrong in ["", "relative"] {
                let mut relative = ALL;
                relative[at].1 = wrong;
                assert_eq!(read(&relative), Err(EnvironmentError::NotAbsolute(name, wrong.into())));
            }
        }
    }

    #[test]
    fn an_empty_log_tag_counts_as_none() {
        let with_tag = |tag| read(&[ALL[0], ALL[1], ALL[2], ("MAIL_LOGTAG", tag)]).unwrap().log_tag;
        assert_eq!(with_tag("mta"), "mta");
        assert_eq!(with_tag(""), "postfix");
    }
}
