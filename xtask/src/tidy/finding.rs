//! Defines a finding: a place that breaks a rule, and how to mend it.

use std::fmt;
use std::path::{Path, PathBuf};

use super::file::File;

/// A place that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    pub(super) file: PathBuf,
    /// Counted from 1.
    pub(super) line: usize,
    pub(super) rule: &'static str,
    pub(super) cure: String,
}

impl Finding {
    pub(super) fn new(file: &Path, line: usize, rule: &'static str, cure: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, rule, cure: cure.into() }
    }

    /// A finding for each line that breaks a rule.
    pub(super) fn in_lines(
        file: &File,
        rule: &'static str,
        cure: &str,
        breaks: impl Fn(&str) -> bool,
    ) -> Vec<Self> {
        let lines = file.lines().filter(|(_, line)| breaks(line));
        lines.map(|(number, _)| Self::new(&file.path, number, rule, cure)).collect()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}: {}", self.file.display(), self.line, self.rule, self.cure)
    }
}
