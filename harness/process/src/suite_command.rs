//! Finds out how the user calls the suite, so that a command in a message can be typed as it is printed.

use std::env;

/// Holds how people here call the suite, if not by the path of its program: `cargo xtask conformance`.
pub const VARIABLE: &str = "POSTFIX_CONFORMANCE_COMMAND";

/// How the suite is called in a clone of its sources.
pub const IN_A_CLONE: &str = "cargo xtask conformance";

/// How it is called if it is found by PATH.
const INSTALLED: &str = "postfix-conformance";

/// How to call the suite again.
pub fn suite_command() -> String {
    command(env::var(VARIABLE).ok(), env::args_os().next().and_then(|first| first.into_string().ok()))
}

/// Whether it was called in a clone of its sources, so that messages may name cargo.
pub fn is_in_a_clone() -> bool {
    env::var(VARIABLE).is_ok_and(|told| told.trim() == IN_A_CLONE)
}

/// The same of what the variable holds, and of the name under which the program was started.
fn command(told: Option<String>, started_as: Option<String>) -> String {
    match (told.filter(|told| !told.trim().is_empty()), started_as) {
        (Some(told), _) => told,
        // A program that was found by PATH is found again by its name alone.
        (None, Some(path)) if path.contains('/') => quoted(&path),
        (None, _) => INSTALLED.to_owned(),
    }
}

/// A word as a shell takes it.
pub fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+=:@%,".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::{command, quoted};

    #[test]
    fn the_suite_is_called_again_as_it_was_called() {
        let called =
            |told: Option<&str>, started_as| command(told.map(str::to_owned), Some(String::from(started_as)));
        assert_eq!(
            called(Some("cargo xtask conformance"), "/x/postfix-conformance"),
            "cargo xtask conformance"
        );
        assert_eq!(called(Some(" "), "postfix-conformance"), "postfix-conformance");
        assert_eq!(called(None, "target/release/postfix-conformance"), "target/release/postfix-conformance");
        assert_eq!(called(None, "/my builds/suite"), "'/my builds/suite'");
        assert_eq!(command(None, None), "postfix-conformance");
    }

    #[test]
    fn a_shell_takes_back_what_was_quoted() {
        assert_eq!(quoted("/usr/sbin/x"), "/usr/sbin/x");
        assert_eq!(quoted("$daemon_directory/x -p --"), "'$daemon_directory/x -p --'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
