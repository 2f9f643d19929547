//! Reads the kernel's list of file locks, which shows the holder of a lock without a try to take it.
//!
//! Trying a lock can keep a master from starting; reading the list disturbs nothing. It has no
//! names of files, only devices and inodes, and leaves out processes that cannot be seen from here. Knows nothing of
//! whose a file is.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::sys::stat::{major, minor};

/// Who holds what, by inodes.
#[derive(Debug, Default)]
pub(crate) struct Locks {
    by_inode: HashMap<u64, Vec<Holder>>,
}

/// A process that holds a file for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holder {
    /// Its number; 0 or less if it cannot be seen from here.
    pub(crate) process: i32,
    device: (u64, u64),
}

impl Holder {
    /// Whether the list has the device of this file. For some file systems it has another one.
    pub(crate) fn is_on_device_of(&self, metadata: &Metadata) -> bool {
        self.device == (major(metadata.dev()), minor(metadata.dev()))
    }
}

impl Locks {
    /// The list, or nothing if there is none.
    pub(crate) fn read(proc: &Path) -> Option<Self> {
        fs::read_to_string(proc.join("locks")).ok().map(|text| Self::parse(&text))
    }

    /// A line is, for example, `1: FLOCK ADVISORY WRITE 164 00:87:1573745 0 EOF`. Who waits for a lock has `->` in
    /// front of `FLOCK`.
    fn parse(text: &str) -> Self {
        let mut locks = Self::default();
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [_, "FLOCK" | "POSIX" | "OFDLCK", _, "WRITE", process, file, ..] = words[..] else {
                continue;
            };
            if let (Ok(process), Some((device, inode))) = (process.parse(), file_of(file)) {
                locks.by_inode.entry(inode).or_default().push(Holder { process, device });
            }
        }
        locks
    }

    /// Who holds a file with this inode, on whatever device.
    pub(crate) fn holders(&self, inode: u64) -> &[Holder] {
        self.by_inode.get(&inode).map_or(&[], Vec::as_slice)
    }
}

/// `MAJOR:MINOR:INODE`, the first two in hexadecimal digits.
fn file_of(text: &str) -> Option<((u64, u64), u64)> {
    let mut parts = text.split(':');
    let mut number = |radix| u64::from_str_radix(parts.next()?, radix).ok();
    let device = (number(16)?, number(16)?);
    Some((device, number(10)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn processes(text: &str) -> Vec<i32> {
        Locks::parse(text).holders(1_573_745).iter().map(|holder| holder.process).collect()
    }

    #[test]
    fn who_holds_a_file_for_itself_is_found_whatever_kind_of_lock_it_is() {
        for kind in ["FLOCK ", "POSIX ", "OFDLCK"] {
            let line = format!("1: {kind} ADVISORY  WRITE 164 00:87:1573745 0 EOF\n");
            assert_eq!(processes(&line), [164], "{kind}");
        }
        assert_eq!(processes("1: FLOCK  ADVISORY  WRITE -1 00:87:1573745 0 EOF\n"), [-1]);
    }

    #[test]
    fn who_shares_it_or_waits_for_it_or_holds_another_one_is_not() {
        for line in [
            "1: FLOCK  ADVISORY  READ 164 00:87:1573745 0 EOF\n",
            "1: -> FLOCK  ADVISORY  WRITE 164 00:87:1573745 0 EOF\n",
            "1: LEASE  ACTIVE  WRITE 164 00:87:1573745 0 EOF\n",
            "1: FLOCK  ADVISORY  WRITE 164 00:87:157374 0 EOF\n",
            "1: FLOCK  ADVISORY  WRITE 164 1573745 0 EOF\n",
            "nonsense\n",
        ] {
            assert!(processes(line).is_empty(), "{line}");
        }
    }

    #[test]
    fn devices_are_in_hexadecimal_digits() {
        let metadata = fs::metadata(".").unwrap();
        let (major, minor) = (major(metadata.dev()), minor(metadata.dev()));
        let holder = |major: u64| {
            let line = format!("1: FLOCK ADVISORY WRITE 7 {major:02x}:{minor:02x}:5 0 EOF");
            Locks::parse(&line).holders(5)[0]
        };
        assert!(holder(major).is_on_device_of(&metadata));
        assert!(!holder(major + 1).is_on_device_of(&metadata));
    }
}
