//! Says which signals this process ignores.
//! It inherits them from the process that started it, such as nohup(1), or a shell without job control that runs it
//! in the background.

use nix::sys::signal::Signal;

/// Whether this process ignores a signal; never if there is no `/proc`.
#[must_use]
pub fn is_ignored(signal: Signal) -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| names(&status, signal))
}

/// Whether a signal is among those that `/proc/PID/status` calls ignored.
fn names(status: &str, signal: Signal) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask & (1 << (signal as i32 - 1)) != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ignored_is_told_by_its_bit() {
        let status = "Name:\tnohup\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000001\n";
        assert!(names(status, Signal::SIGHUP) && !names(status, Signal::SIGINT));
        assert!(!names("", Signal::SIGHUP));
    }
}
