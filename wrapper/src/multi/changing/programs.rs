//! Finds out whether no command of postfix(1) works for an instance, as a directory of its programs lacks one.
//!
//! Knows nothing of what is done about it.

use std::path::Path;

use crate::os::printable::printable;

/// The parameters of directories of programs, and the program that every command needs in each.
pub(crate) const NEEDED: [(&str, &str); 2] =
    [("daemon_directory", "postfix-script"), ("command_directory", "postconf")];

/// What is said of a value of one of these parameters, if the program is not there.
pub(crate) fn complaint(name: &str, program: &str, value: &Path) -> Option<String> {
    if !value.is_absolute() || value.join(program).exists() {
        return None;
    }
    Some(format!("{name} {} has no {program}, so that no command of postfix(1) works", printable(value)))
}
