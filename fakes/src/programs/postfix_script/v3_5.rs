//! Does what only Debian's script of 3.5 and older does: continues if an installation is incomplete, is quiet on
//! request, and starts without all its checks. Knows nothing of the checks.

use super::{Ended, Script};
use crate::protocol::features::Feature;
use crate::runtime::messages::Severity;
use crate::runtime::program::UNSUPPORTED;

/// What a command begins with that is to be done without a word on how it goes.
const QUIET: &[u8] = b"quiet-";

impl Ended {
    /// Goes on all the same, but for what is not simulated.
    pub(super) fn passed_over(self) -> Result<(), Self> {
        if self.0 == UNSUPPORTED { Err(self) } else { Ok(()) }
    }
}

impl Script<'_> {
    /// The command itself, once it is noted whether it is to be quiet.
    pub(super) fn without_quiet(&mut self, command: Vec<u8>) -> Vec<u8> {
        match command.strip_prefix(QUIET) {
            Some(rest) if self.has(Feature::QuickCommands) => {
                self.is_quiet = true;
                rest.to_vec()
            }
            _ => command,
        }
    }

    /// The status of a command that ends an instance which does not run.
    pub(super) fn status_of_idle(&self) -> u8 {
        u8::from(!self.has(Feature::IdleStopSucceeds))
    }

    pub(super) fn quick_check(&self) -> Result<(), Ended> {
        self.must_be_complete(Severity::Warning)
    }

    /// Starts the instance behind the script's back: nobody learns how that goes.
    pub(super) fn start_unchecked(&self) -> Result<(), Ended> {
        self.must_not_run()?;
        self.run_itself(Self::quick_check).or_else(|failed| self.integrity_check_failed(failed))?;
        self.info(b"starting the Postfix mail system");
        let _ = self.state.start();
        Ok(())
    }
}
