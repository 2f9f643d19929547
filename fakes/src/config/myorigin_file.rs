//! Reads `myorigin` from a file if it is a path, as Debian's packages do.
//! The origin is the first line of the file. Knows where a world has the file and how its first line is read, not
//! what an origin must be.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;

use crate::config::main_cf::{trim_end, trim_start};
use crate::protocol::bytes::path_of;
use crate::protocol::world::World;
use crate::runtime::fatal::{Fatal, system_message};
use crate::runtime::world_boundary;

/// Who may put another link in the place of one.
const OTHERS_MAY_WRITE: u32 = 0o022;

/// Whether an origin is to be read from a file.
pub(crate) fn is_file(origin: &[u8]) -> bool {
    origin.starts_with(b"/")
}

/// What the programs make of such an origin: the line without the space around it.
pub(crate) fn taken_in(world: &World, origin: &[u8]) -> Result<Vec<u8>, Fatal> {
    let path = world_boundary::seen(world, path_of(origin));
    if let Some(why) = path.as_ref().and_then(|path| mistrusted(world, path)) {
        return Err(Fatal::of(&[origin, b": ", why.as_bytes()]));
    }
    let line = first_line(path)
        .map_err(|error| Fatal::of(&[origin, b": cannot open file: ", system_message(&error).as_bytes()]))?;
    // What cannot be read is empty. A program ends the text at the first byte that ends a string.
    let line = line.unwrap_or_default();
    let text = trim_start(trim_end(line.split(|byte| *byte == 0).next().unwrap_or_default()));
    if text.is_empty() {
        return Err(Fatal::of(&[b"myorigin file ", origin, b" is empty"]));
    }
    Ok(text.to_vec())
}

/// What head(1) gives a script of the file, or says.
pub(crate) fn head(world: &World, origin: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    let said = |start: &[u8], end: &[u8], why: io::Error| {
        [b"head: ", start, origin, end, system_message(&why).as_bytes(), b"\n"].concat()
    };
    first_line(world_boundary::seen(world, path_of(origin)))
        .map_err(|why| said(b"cannot open '", b"' for reading: ", why))?
        .map_err(|why| said(b"error reading '", b"': ", why))
}

/// Why the programs do not read what can be opened. The user who created the world counts as root.
fn mistrusted(world: &World, path: &Path) -> Option<String> {
    let found = fs::metadata(path).ok()?;
    if found.nlink() != 1 {
        return Some(format!("file has {} hard links", found.nlink()));
    }
    if found.is_dir() {
        return Some("file is a directory".to_owned());
    }
    let owner = world.root.metadata().ok()?.uid();
    let is_safe = |found: &fs::Metadata| [0, owner].contains(&found.uid());
    let link = fs::symlink_metadata(path).ok().filter(fs::Metadata::is_symlink)?;
    let parent = path.parent()?.metadata().ok()?;
    let is_closed = is_safe(&parent) && parent.mode() & OTHERS_MAY_WRITE == 0;
    (!is_closed || !is_safe(&link)).then(|| "file is a symbolic link".to_owned())
}

/// The first line, unless the file cannot be opened, or not be read then. If there is no path, there is no file either.
fn first_line(path: Option<PathBuf>) -> io::Result<io::Result<Vec<u8>>> {
    let file = File::open(path.ok_or(Errno::ENOENT)?)?;
    Ok(BufReader::new(file).split(b'\n').next().unwrap_or_else(|| Ok(Vec::new())))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::{head, taken_in};
    use crate::protocol::world::World;
    use crate::runtime::fatal::Fatal;
    use crate::runtime::fuzz_subject::world;

    #[test]
    fn an_origin_is_the_first_line_without_the_space_around_it() {
        let place = tempfile::tempdir().unwrap();
        let world = world(place.path(), b"3.11");
        let path = place.path().join("origin");
        let name = path.to_str().unwrap();
        let of = |text: &[u8]| {
            std::fs::write(&path, text).unwrap();
            match taken_in(&world, name.as_bytes()) {
                Ok(origin) => String::from_utf8(origin).unwrap(),
                Err(Fatal::Postfix(why) | Fatal::NotSimulated(why)) => {
                    String::from_utf8(why).unwrap().replace(name, "FILE")
                }
            }
        };
        let empty = "myorigin file FILE is empty";
        for (text, origin) in [
            (&b"x.example\nmore\n"[..], "x.example"),
            (b" \t\x0b\x0cx.example\x0b\r\n", "x.example"),
            (b"x.example", "x.example"),
            (b"x\0y\n", "x"),
            (b"a b\n", "a b"),
            (b"", empty),
            (b"\nx.example\n", empty),
            (b"\0x.example\n", empty),
        ] {
            assert_eq!(of(text), origin, "{text:?}");
        }
        assert_eq!(head(&world, name.as_bytes()).unwrap(), b"\0x.example");
        let (link, directory) = (place.path().join("closed/link"), place.path().join("closed"));
        std::fs::create_dir(&directory).unwrap();
        std::os::unix::fs::symlink("../origin", &link).unwrap();
        std::fs::write(&path, "x.example").unwrap();
        let of_link = |mode: u32| {
            std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(mode)).unwrap();
            taken_in(&world, link.to_str().unwrap().as_bytes()).map_err(|why| why.to_string())
        };
        assert_eq!(of_link(0o755), Ok(b"x.example".to_vec()));
        for mode in [0o775, 0o757] {
            assert!(of_link(mode).unwrap_err().ends_with("/link: file is a symbolic link"));
        }
        std::fs::hard_link(&path, place.path().join("other")).unwrap();
        assert_eq!(of(b"x.example"), "FILE: file has 2 hard links");
    }

    #[test]
    fn a_file_outside_of_the_world_is_the_machines_or_nobodys() {
        let place = tempfile::tempdir().unwrap();
        let (root, machine) = (place.path().join("world"), place.path().join("machine"));
        std::fs::create_dir_all(&root).unwrap();
        std::fs::create_dir_all(machine.join("etc")).unwrap();
        std::fs::write(machine.join("etc/origin"), "m.example\n").unwrap();
        std::os::unix::fs::symlink(&machine, root.join("way-out")).unwrap();
        let said = |world: &World, name: &str| {
            String::from_utf8(head(world, name.as_bytes()).unwrap_or_else(|why| why)).unwrap()
        };
        let mut with = world(&root, b"3.11");
        with.settings.host = Some(machine.into());
        assert_eq!(said(&with, "/etc/origin"), "m.example");
        assert_eq!(said(&with, "/etc"), "head: error reading '/etc': Is a directory\n");
        let without = world(&root, b"3.11");
        for name in ["/etc/origin", "/etc", "/etc/passwd", root.join("way-out/etc/origin").to_str().unwrap()]
        {
            let missing = format!("head: cannot open '{name}' for reading: No such file or directory\n");
            assert_eq!(said(&without, name), missing);
        }
        let own = root.join("file/x");
        std::fs::write(root.join("file"), "").unwrap();
        let shown = own.to_str().unwrap();
        assert_eq!(
            said(&without, shown),
            format!("head: cannot open '{shown}' for reading: Not a directory\n")
        );
    }
}
