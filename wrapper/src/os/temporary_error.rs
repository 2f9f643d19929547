//! Decides which system errors are temporary, and when to try again.
//!
//! Knows nothing of what is tried.

use std::io::{self, ErrorKind};
use std::time::Duration;

use nix::errno::Errno;

/// How often something is tried while the system lacks something that others may give back, when nothing of ours runs
/// that could.
pub(crate) const TRIES: u32 = 6;

/// The time before the second try; it doubles from try to try.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// How long to wait after so many tries.
pub(crate) fn pause(tries: u32) -> Duration {
    FIRST_PAUSE * 2_u32.pow(tries.clamp(1, TRIES) - 1)
}

/// Whether a program could be run, or a file opened, later: the system, or we, have too much of something just now.
pub(crate) fn is_temporary(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::OutOfMemory | ErrorKind::ExecutableFileBusy)
        || is_out_of_descriptors(error)
}

/// Whether the system, or we, have too many open files.
pub(crate) fn is_out_of_descriptors(error: &io::Error) -> bool {
    const TOO_MANY: [Errno; 2] = [Errno::EMFILE, Errno::ENFILE];
    TOO_MANY.iter().any(|errno| error.raw_os_error() == Some(*errno as i32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_from_try_to_try_up_to_a_bound() {
        assert_eq!([1, 2, 3, TRIES, 1000].map(|tries| pause(tries).as_millis()), [50, 100, 200, 1600, 1600]);
    }

    #[test]
    fn what_others_may_give_back_passes() {
        use Errno::{EACCES, EAGAIN, EMFILE, ENFILE, ENOENT, ENOEXEC, ENOMEM, ETXTBSY};
        for errno in [EAGAIN, EMFILE, ENFILE, ENOMEM, ETXTBSY] {
            assert!(is_temporary(&errno.into()), "{errno}");
        }
        for errno in [EACCES, ENOENT, ENOEXEC] {
            assert!(!is_temporary(&errno.into()), "{errno}");
        }
    }
}
