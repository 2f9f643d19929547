//! Limits what a command may use: processes, output, disk space. Reports the first limit that it exceeds.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::statvfs::statvfs;
use nix::unistd::getpid;

use super::request::{FILLED_DISK, PRINTED_TOO_MUCH, RAN_AWAY};
use crate::outcome::{MOST_OUTPUT, MOST_ROOM};
use postfix_process::process_tree;

/// How many processes one command may have at a time. The deepest chain of an honest manager is a dozen.
const MOST_PROCESSES: usize = 400;

/// How many files a world may have.
const MOST_FILES: u64 = 20_000;

/// How often a look at all processes is taken even if their number seems to be as before, in looks.
const RARELY: u32 = 20;

/// Of what there is too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Excess {
    Processes,
    Output,
    Room,
}

impl Excess {
    /// The exit status of a supervisor that ends a command for it.
    pub(super) fn status(self) -> u8 {
        match self {
            Self::Processes => RAN_AWAY,
            Self::Output => PRINTED_TOO_MUCH,
            Self::Room => FILLED_DISK,
        }
    }
}

/// Sets what the system itself counts, for this process and those below it. Of the superuser's processes it counts none.
pub(super) fn impose() {
    let processes = threads_of_all().unwrap_or(0) + u64::try_from(2 * MOST_PROCESSES).unwrap_or(0);
    for (resource, most) in
        [(Resource::RLIMIT_FSIZE, MOST_ROOM), (Resource::RLIMIT_CORE, 0), (Resource::RLIMIT_NPROC, processes)]
    {
        // A lower limit is somebody's wish, and one that cannot be set leaves the watching.
        let (soft, hard) = getrlimit(resource).unwrap_or((most, most));
        let _ = setrlimit(resource, soft.min(most), hard.min(most));
    }
}

/// What is looked at again and again.
pub(super) struct Meter {
    outputs: Vec<File>,
    world: PathBuf,
    looks: u32,
    /// The threads of the whole system, but for the command's own, when they were counted.
    others: u64,
    /// What was free when the world was measured last.
    free: Free,
}

/// What a file system has left.
#[derive(Clone, Copy, Debug, Default)]
struct Free {
    bytes: u64,
    files: u64,
}

impl Meter {
    /// For a command in this world, which writes to these files.
    pub(super) fn new(world: &Path, outputs: Vec<File>) -> Self {
        let free = Free::of(world).unwrap_or_default();
        Self { outputs, world: world.to_path_buf(), looks: 0, others: threads_of_all().unwrap_or(0), free }
    }

    /// Tells what there is too much of, if there is.
    pub(super) fn look(&mut self) -> Option<Excess> {
        self.looks = self.looks.wrapping_add(1);
        if self.outputs.iter().any(|file| file.metadata().is_ok_and(|found| found.len() > MOST_OUTPUT)) {
            return Some(Excess::Output);
        }
        if self.are_too_many() {
            return Some(Excess::Processes);
        }
        self.is_filled().then_some(Excess::Room)
    }

    /// To look at each process takes a while if others have many: first the system's own number is asked for.
    fn are_too_many(&mut self) -> bool {
        let all = threads_of_all().unwrap_or(u64::MAX);
        let half = u64::try_from(MOST_PROCESSES / 2).unwrap_or(0);
        if all < self.others.saturating_add(half) && self.looks % RARELY != 0 {
            return false;
        }
        let own = process_tree::descendants(getpid()).len();
        self.others = all.saturating_sub(u64::try_from(own).unwrap_or(0));
        own > MOST_PROCESSES
    }

    fn is_filled(&mut self) -> bool {
        let Some(free) = Free::of(&self.world) else { return false };
        let is_as_before = free.bytes.saturating_add(MOST_ROOM / 2) >= self.free.bytes
            && free.files.saturating_add(MOST_FILES / 2) >= self.free.files;
        if is_as_before {
            return false;
        }
        self.free = free;
        let mut used = Free::default();
        !add_up(&self.world, &mut used)
    }
}

impl Free {
    fn of(directory: &Path) -> Option<Self> {
        let found = statvfs(directory).ok()?;
        let bytes = found.blocks_available().saturating_mul(found.fragment_size());
        Some(Self { bytes, files: found.files_available() })
    }
}

/// Adds up what is below a directory. Stops if it is too much, and says so by `false`.
fn add_up(directory: &Path, used: &mut Free) -> bool {
    use std::os::unix::fs::MetadataExt;
    let mut left = vec![directory.to_path_buf()];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let Ok(found) = entry.metadata() else { continue };
            used.files += 1;
            // The programs are links to a file that is another's.
            used.bytes += if found.nlink() > 1 && found.is_file() { 0 } else { found.blocks() * 512 };
            if used.files > MOST_FILES || used.bytes > MOST_ROOM {
                return false;
            }
            if found.is_dir() {
                left.push(entry.path());
            }
        }
    }
    true
}

/// How many threads the whole system has.
fn threads_of_all() -> Option<u64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split(' ').nth(3)?.split_once('/')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Free, MOST_FILES, MOST_ROOM, add_up, threads_of_all};

    #[test]
    fn what_is_below_a_directory_is_added_up_until_it_is_too_much() {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("a")).unwrap();
        fs::write(place.path().join("a/file"), [1; 10_000]).unwrap();
        let mut used = Free::default();
        assert!(add_up(place.path(), &mut used));
        assert!(used.files == 2 && used.bytes >= 10_000, "{used:?}");
        for mut used in
            [Free { bytes: MOST_ROOM - 9_000, files: 0 }, Free { bytes: 0, files: MOST_FILES - 1 }]
        {
            assert!(!add_up(place.path(), &mut used), "{used:?}");
        }
    }

    #[test]
    fn the_system_tells_how_many_threads_it_has() {
        assert!(threads_of_all().unwrap() > 1);
    }
}
