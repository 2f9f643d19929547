//! Makes files that nobody could read to their end, in place of a main.cf or master.cf.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

/// What it is called, in a message; and how it is put there.
pub(crate) type Kind = (&'static str, fn(&Path));

/// All kinds.
pub(crate) const KINDS: [Kind; 7] = [
    ("is a FIFO, not a regular file", |path| {
        nix::unistd::mkfifo(path, nix::sys::stat::Mode::S_IRUSR | nix::sys::stat::Mode::S_IWUSR).unwrap();
    }),
    ("is a socket, not a regular file", |path| {
        // Its whole path may be too long for a socket's address.
        let place = tempfile::tempdir().unwrap();
        drop(UnixListener::bind(place.path().join("socket")).unwrap());
        if fs::rename(place.path().join("socket"), path).is_err() {
            postfix_process::skip::skip("the tests' files and temporary ones are on two file systems");
            symlink("/dev/null", path).unwrap();
        }
    }),
    ("is a directory, not a regular file", |path| fs::create_dir(path).unwrap()),
    ("is a device, not a regular file", |path| symlink("/dev/zero", path).unwrap()),
    ("is larger than 4 MiB", |path| File::create(path).unwrap().set_len((4 << 20) + 1).unwrap()),
    ("is larger than 4 MiB", |path| File::create(path).unwrap().set_len(1 << 40).unwrap()),
    ("is made up by the kernel while it is read", |path| symlink("/proc/self/maps", path).unwrap()),
];

/// Puts something in the place of a file.
pub(crate) fn put(path: &Path, kind: Kind) {
    let _ = fs::remove_file(path);
    kind.1(path);
}
