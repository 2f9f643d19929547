//! Defers the signals that would end this program while a report is put in its place.

use std::io;
use std::sync::MutexGuard;

use nix::sys::signal::{SigSet, SigmaskHow, Signal};

use crate::judge::interruption;

/// Signals wait while this value is there. Those that have come do what they would have done when it goes.
#[must_use = "signals are put off as long as it is there"]
pub(super) struct DeferredSignals {
    before: SigSet,
    _nothing_ends: MutexGuard<'static, ()>,
}

impl DeferredSignals {
    /// From now on, in this thread: to be called when the others have done their work.
    ///
    /// # Errors
    /// When the system does not let it.
    pub(super) fn begin() -> io::Result<Self> {
        let mut ending = SigSet::empty();
        for signal in [Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM] {
            ending.add(signal);
        }
        let nothing_ends = interruption::while_writing();
        Ok(Self { _nothing_ends: nothing_ends, before: ending.thread_swap_mask(SigmaskHow::SIG_BLOCK)? })
    }
}

impl Drop for DeferredSignals {
    fn drop(&mut self) {
        // It was the mask a moment ago.
        let _ = self.before.thread_set_mask();
    }
}
