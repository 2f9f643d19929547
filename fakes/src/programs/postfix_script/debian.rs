//! Does what only Debian's packages of 3.5 and older do in the script.
//! Their script is quiet on request, and can start an instance without all checks. It does not complain if it must
//! end an instance that does not run. Knows nothing of the checks, nor of the mark that a quick stop leaves for the
//! next start: that is upstream's.

use super::Script;
use crate::protocol::features::Feature;
use crate::runtime::messages::Severity;

/// What a command begins with that is to be done without a word on how it goes.
const QUIET: &[u8] = b"quiet-";

impl Script<'_> {
    /// The command itself, once it is noted whether it is to be quiet.
    pub(super) fn without_quiet<'c>(&mut self, command: &'c [u8]) -> &'c [u8] {
        let rest = command.strip_prefix(QUIET).filter(|_| self.has(Feature::QuickCommands));
        self.is_quiet = rest.is_some();
        rest.unwrap_or(command)
    }

    /// The status of a command that ends an instance which does not run.
    pub(super) fn status_of_idle(&self) -> u8 {
        u8::from(!self.has(Feature::IdleStopSucceeds))
    }

    pub(super) fn quick_check(&self) -> Result<(), u8> {
        self.must_be_complete(Severity::Warning)
    }

    /// Starts the instance behind the script's back: nobody learns how that goes.
    pub(super) fn start_unchecked(&self) -> Result<(), u8> {
        self.must_not_run()?;
        self.run_itself(Self::quick_check).or_else(|failed| self.integrity_check_failed(failed))?;
        self.info(b"starting the Postfix mail system");
        let _ = self.state.start();
        Ok(())
    }
}
