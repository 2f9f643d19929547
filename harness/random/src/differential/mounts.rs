//! Lists, makes and undoes bind mounts that show a directory of the container in a second place.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use nix::mount::{MntFlags, MsFlags, mount, umount2};

/// A directory that is shown in a second place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Where it is shown.
    pub place: PathBuf,
    /// What is shown there.
    pub origin: PathBuf,
}

/// The directories that are shown elsewhere on the root's own file system, the last one first.
///
/// # Errors
/// When the list of mounts cannot be read.
pub fn all() -> io::Result<Vec<Mount>> {
    Ok(parse(&fs::read("/proc/self/mountinfo")?))
}

fn parse(text: &[u8]) -> Vec<Mount> {
    let mut mounts = Vec::new();
    let mut device = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        let words: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
        let [_, _, on, root, place, ..] = words.as_slice() else { continue };
        if *place == b"/" {
            device = on.to_vec();
        } else if *on == device {
            mounts.push(Mount { place: unescaped(place), origin: unescaped(root) });
        }
    }
    mounts.reverse();
    mounts
}

/// A path as the kernel writes it there: blanks and the like are a backslash and three octal digits.
fn unescaped(text: &[u8]) -> PathBuf {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) if *first == b'\\' => {
                bytes.push(byte);
                rest = &behind[3..];
            }
            _ => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    PathBuf::from(OsString::from_vec(bytes))
}

/// Shows a directory in a second place, which is made if it does not exist.
///
/// # Errors
/// When that is not allowed, or there is no such directory.
pub fn bind(origin: &Path, place: &Path) -> io::Result<()> {
    fs::create_dir_all(place)?;
    Ok(mount(Some(origin), place, None::<&str>, MsFlags::MS_BIND, None::<&str>)?)
}

/// Undoes what was shown in a second place, in these folders.
///
/// # Errors
/// When one cannot be undone.
pub fn undo(is_ours: impl Fn(&Path) -> bool) -> io::Result<bool> {
    let mut some = false;
    for mount in all()?.into_iter().filter(|mount| is_ours(&mount.place)) {
        umount2(&mount.place, MntFlags::MNT_DETACH)?;
        some = true;
    }
    Ok(some)
}

/// Where a path leads that has no symbolic link in it, without the second places.
pub fn origin_of(path: &Path, mounts: &[Mount]) -> PathBuf {
    let mut path = path.to_path_buf();
    // What is shown may lie in a place where something is shown, and so on.
    for _ in 0..=mounts.len() {
        let shown = mounts.iter().find_map(|mount| Some((mount, path.strip_prefix(&mount.place).ok()?)));
        let Some((mount, rest)) = shown else { break };
        let origin = mount.origin.join(rest);
        if origin == path {
            break;
        }
        path = origin;
    }
    path
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{Mount, origin_of, parse};

    #[test]
    fn what_is_shown_in_a_second_place_is_found_and_led_back() {
        let text = b"1 0 0:50 / / rw - overlay overlay rw\n\
            2 1 0:51 / /proc rw - proc proc rw\n\
            3 1 0:50 /var/lib/postfix /srv/a\\040b rw - overlay overlay rw\n";
        let mounts = parse(text);
        let origin = PathBuf::from("/var/lib/postfix");
        assert_eq!(mounts, [Mount { place: "/srv/a b".into(), origin: origin.clone() }]);
        assert_eq!(origin_of(Path::new("/srv/a b/x"), &mounts), origin.join("x"));
        assert_eq!(origin_of(Path::new("/srv/other"), &mounts), Path::new("/srv/other"));
    }
}
