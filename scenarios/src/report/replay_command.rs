//! The command that judges a case again, quoted for a shell.

use std::env;

use postfix_fakes::version::PostfixVersion;

use crate::subject::manager::Manager;
use crate::subject::multi_tool::MultiTool;

/// Holds how people here call this program, if not by its name: `cargo xtask conformance`.
pub const COMMAND_VARIABLE: &str = "POSTFIX_CONFORMANCE_COMMAND";

/// How this program is called.
#[derive(Clone, Debug)]
pub struct Replay {
    program: String,
    options: String,
}

impl Replay {
    /// For runs on this testbed, with the version or image that was asked for, with this manager.
    pub fn new(
        testbed: &str,
        version: Option<PostfixVersion>,
        image: Option<&str>,
        manager: &Manager,
    ) -> Self {
        let program = env::var(COMMAND_VARIABLE).unwrap_or_default();
        let program = if program.trim().is_empty() { "postfix-conformance".to_owned() } else { program };
        let mut options = format!("--testbed {testbed}");
        if let Some(version) = version {
            options.push_str(" --postfix-version ");
            options.push_str(&version.to_string());
        }
        if let Some(image) = image {
            options.push_str(" --image ");
            options.push_str(&quoted(image));
        }
        if !manager.is_own() {
            options.push_str(" --manager ");
            options.push_str(&quoted(&manager.option().to_string()));
        }
        Self { program, options }
    }

    /// The same with this multi-instance tool.
    #[must_use]
    pub fn with_multi_tool(mut self, multi_tool: &MultiTool) -> Self {
        if !multi_tool.is_own() {
            self.options.push_str(" --multi-tool ");
            self.options.push_str(&quoted(&multi_tool.to_string()));
        }
        self
    }

    /// The command that judges the case of this name again and leaves its world.
    pub fn command(&self, case: &str) -> String {
        format!("{} {case}", self.prefix())
    }

    /// All of that command but for the case's name.
    pub fn prefix(&self) -> String {
        format!("{} run {} --keep", self.program, self.options)
    }
}

/// A word as a shell takes it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+=:@%,".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_shell_takes_back_what_was_quoted() {
        assert_eq!(quoted("/usr/sbin/x"), "/usr/sbin/x");
        assert_eq!(quoted("$daemon_directory/x -p --"), "'$daemon_directory/x -p --'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
