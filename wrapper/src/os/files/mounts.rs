//! Finds the place of a directory within its file system, independent of mounts.
//!
//! Device and inode tell that two directories are one, even if one is a bind mount of the other. That one lies within
//! the other cannot be seen from them if a bind mount is between; the kernel's list of mounts tells it.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use crate::os::files::directory::Directory;

/// A place in a file system.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Location {
    /// The file system, as the kernel numbers it: `254:0`.
    pub(crate) device: OsString,
    /// The path from the file system's own root.
    pub(crate) path: PathBuf,
}

/// The mounts of this process's namespace, by their numbers. There are none if the system does not tell.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mounts(HashMap<u64, Mount>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Mount {
    device: OsString,
    /// What of the file system is mounted.
    root: PathBuf,
    /// Where.
    point: PathBuf,
    /// Of an overlay, the directory that has what is written to it.
    upper: Option<PathBuf>,
}

impl Mounts {
    /// Reads the kernel's list.
    pub(crate) fn read() -> Self {
        Self::parse(&fs::read("/proc/self/mountinfo").unwrap_or_default())
    }

    fn parse(text: &[u8]) -> Self {
        Self(text.split(|byte| *byte == b'\n').filter_map(mount).collect())
    }

    /// Whether the system tells nothing of its mounts.
    pub(crate) fn are_unknown(&self) -> bool {
        cfg!(target_os = "linux") && self.0.is_empty()
    }

    /// Where a directory is; nothing if the system does not tell.
    pub(crate) fn location(&self, directory: &Directory) -> Option<Location> {
        let (mount, path) = self.within_mount(directory)?;
        Some(Location { device: mount.device.clone(), path })
    }

    /// Where something is mounted at a path or below it, the deepest first, as often as something is. The path has no link.
    pub(crate) fn within(&self, path: &Path) -> Vec<PathBuf> {
        let points = self.0.values().map(|mount| &mount.point);
        let mut points: Vec<PathBuf> = points.filter(|point| point.starts_with(path)).cloned().collect();
        points.sort_by_key(|point| (std::cmp::Reverse(point.components().count()), point.clone()));
        points
    }

    /// Of a directory on an overlay, the path of the directory below it that is changed in its place. It is nothing if
    /// that is not to be seen here, as within a container.
    pub(crate) fn below_overlay(&self, directory: &Directory) -> Option<PathBuf> {
        let (mount, path) = self.within_mount(directory)?;
        let upper = mount.upper.as_ref().filter(|upper| upper.is_dir())?;
        Some(upper.join(path.strip_prefix("/").unwrap_or(&path)))
    }

    /// Whether something is mounted at a path.
    pub(crate) fn are_at(&self, path: &Path) -> bool {
        self.0.values().any(|mount| mount.point == path)
    }

    /// The mount that a directory is on, and the path from the file system's own root.
    fn within_mount(&self, directory: &Directory) -> Option<(&Mount, PathBuf)> {
        let mount = self.0.get(&mount_number(directory)?)?;
        let path = fs::read_link(format!("/proc/self/fd/{}", directory.number())).ok()?;
        let below = path.strip_prefix(&mount.point).ok()?;
        Some((mount, mount.root.join(below)))
    }
}

/// The number of the mount that a directory is on; nothing if the system does not tell.
pub(crate) fn mount_number(directory: &Directory) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/self/fdinfo/{}", directory.number())).ok()?;
    text.lines().find_map(|line| line.strip_prefix("mnt_id:")).and_then(|number| number.trim().parse().ok())
}

/// The place of fstab(5) that is nearest above a path and has nothing mounted yet: what mount(8) must be given.
pub(crate) fn unmounted_above(path: &Path) -> Option<PathBuf> {
    let mounts = Mounts::read();
    if mounts.are_unknown() {
        return None;
    }
    nearest(path, &fs::read("/etc/fstab").unwrap_or_default(), |point| mounts.are_at(point))
}

fn nearest(wanted: &Path, fstab: &[u8], is_mounted: impl Fn(&Path) -> bool) -> Option<PathBuf> {
    let point = |line: &[u8]| -> Option<PathBuf> {
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        (!words.next()?.starts_with(b"#")).then(|| words.next().map(path))?
    };
    let points = fstab.split(|byte| *byte == b'\n').filter_map(point);
    let above = points.filter(|point| wanted.starts_with(point) && !is_mounted(point));
    above.max_by_key(|point| point.components().count())
}

/// A line, for example `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw`.
fn mount(line: &[u8]) -> Option<(u64, Mount)> {
    let mut words = line.split(|byte| *byte == b' ');
    let number = std::str::from_utf8(words.next()?).ok()?.parse().ok()?;
    let device = OsStr::from_bytes(words.nth(1)?).to_owned();
    let (root, point) = (path(words.next()?), path(words.next()?));
    let mut options = words.next_back()?.split(|byte| *byte == b',');
    let upper = options.find_map(|option| option.strip_prefix(b"upperdir=")).map(path);
    Some((number, Mount { device, root, point, upper }))
}

/// A path in which blanks and the like stand as `\` and three octal digits.
fn path(mut word: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(word.len());
    while let Some((first, rest)) = word.split_first() {
        let digits =
            rest.get(..3).filter(|_| *first == b'\\').and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            bytes.push(byte);
            word = &rest[3..];
        } else {
            bytes.push(*first);
            word = rest;
        }
    }
    Path::new(&OsString::from_vec(bytes)).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::files::reach::{Links, reach};

    #[test]
    fn the_nearest_place_that_is_not_mounted_is_wanted() {
        let fstab =
            b"# a comment\nUUID=1 / ext4 defaults 0 1\nUUID=2\t/srv\text4\n  UUID=3 /srv/my\\040mail xfs\n\
                      #UUID=4 /srv/my\\040mail/q xfs\nUUID=5 none swap sw\nnonsense\n";
        let found = |wanted: &str, mounted: &[&str]| {
            nearest(Path::new(wanted), fstab, |point| mounted.iter().any(|path| Path::new(path) == point))
        };
        assert_eq!(found("/srv/my mail/q", &["/", "/srv"]), Some("/srv/my mail".into()));
        assert_eq!(found("/srv/my mail/q", &["/", "/srv", "/srv/my mail"]), None);
        assert_eq!(found("/srv/my", &["/"]), Some("/srv".into()));
        assert_eq!(found("/var/q", &["/"]), None);
    }

    #[test]
    fn lines_are_read_with_their_blanks() {
        let mounts = Mounts::parse(
            b"36 35 98:0 /mnt\\0401 /srv/my\\040mail rw,noatime master:1 - ext3 /dev/root rw\nnonsense\n",
        );
        let mount = &mounts.0[&36];
        assert_eq!(mount.device, "98:0");
        assert_eq!(
            (mount.root.as_path(), mount.point.as_path()),
            (Path::new("/mnt 1"), Path::new("/srv/my mail"))
        );
        assert_eq!(mounts.0.len(), 1);
        assert_eq!(mount.upper, None);
        let overlay = Mounts::parse(
            b"7 1 0:9 / /m rw - overlay none rw,lowerdir=/l,upperdir=/srv/u\\040p,workdir=/w\n",
        );
        assert_eq!(overlay.0[&7].upper.as_deref(), Some(Path::new("/srv/u p")));
    }

    #[test]
    fn mounts_within_a_directory_are_told_in_the_order_in_which_they_can_be_undone() {
        let line = |number, point| format!("{number} 1 0:9 / {point} rw - tmpfs none rw\n");
        let points = ["/srv", "/srv/a", "/srv/ab", "/srv/a/c", "/srv/a/b/log", "/srv/a", "/"];
        let text: String = points.iter().enumerate().map(|(number, point)| line(number, point)).collect();
        let told = Mounts::parse(text.as_bytes()).within(Path::new("/srv/a"));
        assert_eq!(told, ["/srv/a/b/log", "/srv/a/c", "/srv/a", "/srv/a"].map(PathBuf::from));
    }

    #[test]
    fn what_lies_below_a_directory_has_a_location_below_its_own() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("below")).unwrap();
        let mounts = Mounts::read();
        let location = |path: &Path| mounts.location(&reach(path, Links::Any).unwrap().directory);
        let Some(above) = location(directory.path()) else {
            postfix_process::skip::skip("the system does not tell its mounts");
            return;
        };
        let below = location(&directory.path().join("below")).unwrap();
        assert_eq!(below, Location { path: above.path.join("below"), ..above });
    }
}
