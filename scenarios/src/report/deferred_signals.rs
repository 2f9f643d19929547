//! Defers the signals that would end this program while a report is put in its place.

use std::io;

use nix::sys::signal::{SigSet, SigmaskHow, Signal};

/// Signals wait while this value is there. Those that have come do what they would have done when it goes.
#[derive(Debug)]
#[must_use = "signals are put off as long as it is there"]
pub(super) struct DeferredSignals {
    before: SigSet,
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
        Ok(Self { before: ending.thread_swap_mask(SigmaskHow::SIG_BLOCK)? })
    }
}

impl Drop for DeferredSignals {
    fn drop(&mut self) {
        // It was the mask a moment ago.
        let _ = self.before.thread_set_mask();
    }
}
