//! Defines what a self-test judges: a faulty implementation, or a reference that must pass the cases that it fails.

use postfix_fakes::bytes::ByteString;
use postfix_harness::run_directory::RunDirectory;

use crate::catalogue::case::TimeoutFactor;
use crate::judge::judge_case::{Judge, Kept};
use crate::subject::manager::Manager;
use crate::subject::multi_tool::MultiTool;
use crate::subject::testbed_choice::PreparedTestbed;

/// Who is judged, and where.
pub(super) struct Subject {
    /// The manager.
    pub(super) manager: ByteString,
    /// Where, and with which fakes or tool.
    pub(super) testbed: PreparedTestbed,
}

impl Subject {
    /// What judges it.
    pub(super) fn judge<'a>(&'a self, run: &'a RunDirectory, factor: Option<TimeoutFactor>) -> Judge<'a> {
        Judge { testbed: &self.testbed, run, manager: &self.manager, keep: Kept::No, factor }
    }
}

/// A reference: what it is called, and who that is and where it can be judged, or why it cannot.
pub(super) type FoundReference = (&'static str, Result<ReferenceSubject, String>);

/// Somebody who is not faulty.
pub(super) struct ReferenceSubject {
    /// The manager.
    pub(super) manager: Manager,
    /// The tool beside it.
    pub(super) multi_tool: MultiTool,
    /// Where they are judged.
    pub(super) testbed: PreparedTestbed,
}
