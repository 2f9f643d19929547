//! Ends processes of a world if its supervisor could not.
//! It ends each process that works in the world, runs one of its programs, or names it in its command line or
//! environment.

use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getpid};
use postfix_fakes::regular;

/// How often is looked for more of them: those that are being started while others are ended.
const ROUNDS: usize = 200;

/// How much of a process's words is looked at.
const MOST_WORDS: u64 = 4 << 20;

/// Ends them, until there is none any more, or only such as this process may not end.
pub(crate) fn end(root: &Path) {
    for _ in 0..ROUNDS {
        let found = of(root);
        if found.is_empty() {
            return;
        }
        for process in found {
            // A stopped process dies as well.
            let _ = kill(process, Signal::SIGKILL);
        }
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

fn of(root: &Path) -> Vec<Pid> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbered =
        entries.filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())));
    let others = numbered.filter(|(process, _)| *process != getpid().as_raw());
    others
        .filter(|(_, place)| has_to_do_with(root, place))
        .map(|(process, _)| Pid::from_raw(process))
        .collect()
}

fn has_to_do_with(root: &Path, process: &Path) -> bool {
    let leads_there = |name| fs::read_link(process.join(name)).is_ok_and(|path| path.starts_with(root));
    let names_it = |name| {
        let words = File::open(process.join(name)).and_then(|file| regular::whole(&file, MOST_WORDS));
        let root = root.as_os_str().as_bytes();
        words.is_ok_and(|words| words.windows(root.len()).any(|part| part == root))
    };
    leads_there("exe") || leads_there("cwd") || names_it("environ") || names_it("cmdline")
}
