//! The command that judges a case again, quoted for a shell.

use std::path::PathBuf;

use postfix_fakes::version::PostfixVersion;
use postfix_process::suite_command::{quoted, suite_command};

use crate::catalogue::case::TimeoutFactor;
use crate::catalogue::clause::Level;
use crate::subject::manager::Manager;
use crate::subject::multi_tool::MultiTool;

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
        let mut replay = Self { program: suite_command(), options: format!("--testbed {testbed}") };
        if let Some(version) = version {
            replay.add("--postfix-version", &version.to_string());
        }
        if let Some(image) = image {
            replay.add("--image", image);
        }
        if !manager.is_own() {
            replay.add("--manager", &manager.option().to_string());
        }
        replay
    }

    fn add(&mut self, option: &str, value: &str) {
        self.options.extend([" ", option, " ", &quoted(value)]);
    }

    /// The same with this multi-instance tool.
    #[must_use]
    pub fn with_multi_tool(mut self, multi_tool: &MultiTool) -> Self {
        if !multi_tool.is_own() {
            self.add("--multi-tool", &multi_tool.to_string());
        }
        self
    }

    /// The same with these files of clauses.
    #[must_use]
    pub fn with_clauses(mut self, files: &[PathBuf]) -> Self {
        for file in files {
            self.add("--clauses", &file.display().to_string());
        }
        self
    }

    /// The same with longer time limits.
    #[must_use]
    pub fn with_timeout_factor(mut self, factor: Option<TimeoutFactor>) -> Self {
        if let Some(factor) = factor {
            self.add("--timeout-factor", &factor.to_string());
        }
        self
    }

    /// The same up to this level of failures that count, if usually another one is the last.
    #[must_use]
    pub fn with_level(mut self, last: Level, usual: Level) -> Self {
        if last != usual {
            self.add("--level", last.name());
        }
        self
    }

    /// The command that judges the case of this name again and leaves its world.
    pub fn command(&self, case: &str) -> String {
        format!("{} {}", self.prefix(), quoted(case))
    }

    /// The command that generates cases again, and prints the files of those that fail.
    pub fn generating(&self, count: u64, seed: u64) -> String {
        format!("{} run {} --generate {count} --seed {seed}", self.program, self.options)
    }

    /// All of the command that judges a case but for the case's name.
    pub fn prefix(&self) -> String {
        format!("{} run {} --keep", self.program, self.options)
    }
}
