//! Lists the mount points that this process sees.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// Every place where something is mounted, in the order in which it was.
pub(crate) fn places() -> Vec<PathBuf> {
    // Where there is no /proc there are no mounts of anybody's that could be told.
    let mounts = fs::read("/proc/self/mountinfo").unwrap_or_default();
    let place = |line: &[u8]| line.split(|byte| *byte == b' ').nth(4).map(unescaped);
    mounts.split(|byte| *byte == b'\n').filter_map(place).collect()
}

/// Takes away what is mounted below a directory. A program that may mount things may have laid the whole machine there,
/// and the removal of the directory would remove that.
///
/// # Errors
/// When something stays.
pub(crate) fn clear_below(directory: &Path) -> std::io::Result<()> {
    for place in places().iter().rev().filter(|place| place.starts_with(directory) && *place != directory) {
        nix::mount::umount2(place, nix::mount::MntFlags::MNT_DETACH)?;
    }
    Ok(())
}

/// A path as the kernel writes it there: spaces, tabs, ends of lines and backslashes are three octal digits.
pub(crate) fn unescaped(field: &[u8]) -> PathBuf {
    let mut path = Vec::with_capacity(field.len());
    let mut rest = field;
    while let [first, after @ ..] = rest {
        let digits =
            after.get(..3).filter(|_| *first == b'\\').and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok());
        path.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[3..] } else { after };
    }
    OsString::from_vec(path).into()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::unescaped;

    #[test]
    fn paths_of_mounts_are_read_as_the_kernel_writes_them() {
        for (written, path) in [
            ("/a", "/a"),
            (r"/a\040b\011c\012d\134e", "/a b\tc\nd\\e"),
            (r"/a\134040", r"/a\040"),
            (r"/a\04", r"/a\04"),
            (r"/a\999", r"/a\999"),
        ] {
            assert_eq!(unescaped(written.as_bytes()), Path::new(path), "{written}");
        }
    }
}
