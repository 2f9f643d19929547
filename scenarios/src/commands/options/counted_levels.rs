//! The options that say which failures count.

use clap::Args;

use crate::catalogue::clause::Level;
use crate::judge::expected_failures::Judged;

/// Which failures count.
#[derive(Clone, Copy, Debug, Args)]
pub struct LevelOptions {
    /// Which failures count: those of this level and of the levels before it [default: robust for our own programs,
    /// reference for others]
    #[arg(long, value_name = "LEVEL", value_enum)]
    pub level: Option<Level>,

    /// The same as `--level robust`
    #[arg(long, conflicts_with = "level")]
    pub strict: bool,
}

impl LevelOptions {
    /// The last level that counts for these.
    pub(crate) fn last(self, judged: Judged<'_>) -> Level {
        let is_ours = judged.manager.is_own() && judged.multi_tool.is_own();
        self.level.unwrap_or(if self.strict { Level::Robust } else { Level::usually_last(is_ours) })
    }
}
