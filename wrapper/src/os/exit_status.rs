//! Computes the manager's exit status from the outcome of the commands.
//!
//! Knows nothing of how a command is run.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

/// Everything succeeded.
pub(crate) const SUCCESS: u8 = 0;
/// Something failed, and which program called does not care what: the front end's status, as it is postmulti's.
pub(crate) const FAILURE: u8 = 1;
/// The manager was called wrongly (`EX_USAGE`).
pub(crate) const USAGE: u8 = 64;
/// The system refused something that the manager itself needs (`EX_OSERR`).
pub(crate) const SYSTEM: u8 = 71;
/// Help or version could not be written (`EX_IOERR`).
pub(crate) const OUTPUT: u8 = 74;
/// main.cf does not tell what the manager must know (`EX_CONFIG`).
pub(crate) const CONFIGURATION: u8 = 78;
/// A command took too long, as timeout(1) says it.
pub(crate) const TIMED_OUT: u8 = 124;
/// A program is there, but cannot be run.
pub(crate) const NOT_EXECUTABLE: u8 = 126;
/// A program is not there.
pub(crate) const NOT_FOUND: u8 = 127;
/// Added to the number of the signal that ended a command, or the manager.
pub(crate) const SIGNAL: u8 = 128;

/// What became of an instance's command.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// There was nothing to do for it.
    Skipped,
    /// Its command ended by itself, with this status.
    Exited(u8),
    /// A signal with this number ended its command.
    Killed(i32),
    /// Its command could not be run.
    NotRun(io::Error),
    /// It took longer than this, and was ended.
    TimedOut(Duration),
    /// The manager was asked to end, by the signal with this number, before its turn came.
    NotBegun(i32),
    /// It is damaged, and got no command; its failure stands for this status.
    Damaged(u8),
}

impl Outcome {
    /// What became of a process that has ended.
    pub(crate) fn of(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (_, Some(signal)) => Self::Killed(signal),
            (Some(code), None) => Self::Exited(u8::try_from(code).unwrap_or(u8::MAX)),
            // The system knows no third way to end.
            (None, None) => Self::Exited(u8::MAX),
        }
    }

    /// The exit status that says this; 0 for success only.
    pub(crate) fn status(&self) -> u8 {
        match self {
            Self::Skipped => SUCCESS,
            Self::Exited(status) | Self::Damaged(status) => *status,
            Self::Killed(signal) | Self::NotBegun(signal) => killed(*signal),
            Self::TimedOut(_) => TIMED_OUT,
            Self::NotRun(error) => not_run(error),
        }
    }
}

/// The status for something that a signal has ended.
pub(crate) fn killed(signal: i32) -> u8 {
    SIGNAL.saturating_add(u8::try_from(signal).unwrap_or(u8::MAX))
}

/// The status for a program that could not be run, told apart as shells do.
pub(crate) fn not_run(error: &io::Error) -> u8 {
    if error.kind() == io::ErrorKind::NotFound { NOT_FOUND } else { NOT_EXECUTABLE }
}

/// The status of a whole run: that of the last failure in run order, or success when there is none.
pub(crate) fn of_all<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> u8 {
    outcomes.into_iter().map(Outcome::status).filter(|status| *status != SUCCESS).last().unwrap_or(SUCCESS)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_outcome_has_its_status() {
        assert_eq!(Outcome::of(ExitStatus::from_raw(3 << 8)).status(), 3);
        assert_eq!(Outcome::of(ExitStatus::from_raw(9)).status(), 137);
        assert_eq!(Outcome::of(ExitStatus::from_raw(0x80 | 0x0b)).status(), 139);
        assert_eq!(Outcome::Skipped.status(), 0);
        assert_eq!(Outcome::NotBegun(15).status(), 143);
        assert_eq!(Outcome::TimedOut(Duration::from_secs(1)).status(), 124);
        assert_eq!(Outcome::Damaged(CONFIGURATION).status(), 78);
        assert_eq!(Outcome::NotRun(io::ErrorKind::NotFound.into()).status(), 127);
        assert_eq!(Outcome::NotRun(io::ErrorKind::PermissionDenied.into()).status(), 126);
    }

    proptest! {
        #[test]
        fn zero_for_success_only_and_otherwise_the_last_failure(statuses: Vec<u8>) {
            let outcomes: Vec<Outcome> = statuses.iter().copied().map(Outcome::Exited).collect();
            let mut expected = 0;
            for status in statuses {
                if status != 0 {
                    expected = status;
                }
            }
            prop_assert_eq!(of_all(&outcomes), expected);
        }
    }
}
