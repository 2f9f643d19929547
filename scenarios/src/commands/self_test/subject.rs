//! Defines what a self-test judges: a faulty implementation, or a reference that must pass where it fails.

use postfix_fakes::bytes::ByteString;
use postfix_harness::testbed::Testbed;

use crate::subject::manager::Manager;
use crate::subject::multi_tool::MultiTool;

/// Who is judged, and where.
pub(super) struct Subject<'a> {
    /// The manager.
    pub(super) manager: ByteString,
    /// Where, and with which fakes or tool.
    pub(super) testbed: Box<dyn Testbed + 'a>,
}

/// A reference: what it is called, and who that is and where it can be judged, or why it cannot.
pub(super) type FoundReference<'a> = (&'static str, Result<ReferenceSubject<'a>, String>);

/// Somebody who is not faulty.
pub(super) struct ReferenceSubject<'a> {
    /// The manager.
    pub(super) manager: Manager,
    /// The tool beside it.
    pub(super) multi_tool: MultiTool,
    /// Where they are judged.
    pub(super) testbed: Box<dyn Testbed + 'a>,
}
