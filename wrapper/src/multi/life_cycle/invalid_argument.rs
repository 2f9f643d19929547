//! The errors in names and directories that a user gives for an instance, and their messages.
//!
//! Knows nothing of the system.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use crate::os::printable::printable;

/// Why it cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum InvalidArgument {
    /// A name with characters that a file's name should not have.
    UnsafeName(OsString),
    /// A name without the prefix.
    NoPrefix(OsString),
    /// A group with characters that do not belong there.
    UnsafeGroup(OsString),
    /// An argument that is not `name=value`.
    Malformed(OsString),
    /// A parameter that cannot be given, or not with this action.
    UnknownParameter(OsString),
    /// A parameter that is said in another way.
    Reserved(OsString, &'static str),
    /// A parameter with a value of more than one line, or with other control characters.
    UnwritableValue(OsString),
    /// A parameter of an instance that is not to be there.
    OfOneThatIsAbsent(OsString),
    /// A directory that is not absolute.
    NotAbsolute(OsString),
    /// The root directory.
    Root(OsString),
    /// A directory that main.cf, or a script of Postfix, cannot hold as it is.
    Unwritable(OsString),
    /// A directory that is neither given nor follows from a name.
    Missing(&'static str),
    /// The default instance's directory is of no help.
    DefaultNotAbsolute(&'static str, PathBuf),
}

impl fmt::Display for InvalidArgument {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnsafeName(name) => write!(
                formatter,
                "\"{}\" cannot be an instance's name; use letters, digits and !@%-_=+:. alone",
                printable(name)
            ),
            Self::NoPrefix(name) => write!(
                formatter,
                "\"{0}\" cannot be an instance's name, as those begin with \"postfix-\"; \
                 use \"postfix-{0}\" instead",
                printable(name)
            ),
            Self::UnsafeGroup(name) => write!(
                formatter,
                "\"{}\" cannot be a group's name; use letters, digits and !@%-_=+:./ alone",
                printable(name)
            ),
            Self::Malformed(argument) if argument.as_encoded_bytes().starts_with(b"-") => {
                write!(
                    formatter,
                    "\"{}\" comes too late: options come before NAME=VALUE",
                    printable(argument)
                )
            }
            Self::Malformed(argument) => {
                write!(formatter, "\"{}\" is not a setting; say NAME=VALUE", printable(argument))
            }
            Self::UnknownParameter(name) => write!(
                formatter,
                "{} cannot be given here; create takes config_directory, queue_directory and data_directory, \
                 import takes config_directory",
                printable(name)
            ),
            Self::Reserved(name, instead) => {
                write!(formatter, "{} is not said as a parameter; use {instead}", printable(name))
            }
            Self::UnwritableValue(name) => write!(
                formatter,
                "the value of {} has control characters; write it in one line, with blanks alone",
                printable(name)
            ),
            Self::OfOneThatIsAbsent(name) => write!(
                formatter,
                "{} says nothing of an instance that is to be absent; leave it out, as all but config_directory",
                printable(name)
            ),
            Self::NotAbsolute(argument) => write!(
                formatter,
                "\"{}\" does not give an absolute path; begin it with a slash",
                printable(argument)
            ),
            Self::Root(argument) => {
                write!(formatter, "\"{}\" gives the root directory; choose another", printable(argument))
            }
            Self::Unwritable(argument) => write!(
                formatter,
                "\"{}\" gives a path that main.cf or Postfix's scripts cannot hold; choose one without blanks, commas, \
                 quotes, backslashes, $ * ? [ and control characters",
                printable(argument)
            ),
            Self::Missing(parameter) => write!(
                formatter,
                "there is no {parameter} for the new instance; name the instance with -I, or give \
                 {parameter}=/PATH"
            ),
            Self::DefaultNotAbsolute(parameter, path) => write!(
                formatter,
                "{parameter} of the default instance is \"{}\", which is no absolute path; give \
                 {parameter}=/PATH",
                printable(path)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_told_with_what_to_do() {
        let told = [
            InvalidArgument::UnsafeName("a b".into()),
            InvalidArgument::NoPrefix("mx".into()),
            InvalidArgument::UnsafeGroup("a b".into()),
            InvalidArgument::Malformed("nonsense".into()),
            InvalidArgument::UnknownParameter("mail_owner".into()),
            InvalidArgument::Reserved("multi_instance_name".into(), "-I"),
            InvalidArgument::UnwritableValue("relayhost".into()),
            InvalidArgument::OfOneThatIsAbsent("relayhost".into()),
            InvalidArgument::NotAbsolute("queue_directory=here".into()),
            InvalidArgument::Root("queue_directory=/".into()),
            InvalidArgument::Unwritable("queue_directory=/a b".into()),
            InvalidArgument::Missing("queue_directory"),
            InvalidArgument::DefaultNotAbsolute("queue_directory", "here".into()),
        ];
        insta::assert_snapshot!(told.map(|invalid| invalid.to_string()).join("\n"));
    }
}
