//! Compares paths by where they lead: to the same directory, or one into the other, through any links and mounts.
//!
//! Knows nothing of whose a directory is.

use std::io;
use std::path::{Path, PathBuf};

use crate::os::files::directory::Directory;
use crate::os::files::file_identity::Identity;
use crate::os::files::mounts::{Location, Mounts};
use crate::os::files::reach::{Links, Way, reach};

/// Something by which a directory is known. Two directories with a key in common are one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// Device and inode of one that is there.
    Identity(Identity),
    /// One that is not there: the names behind a directory that is.
    Missing(Identity, PathBuf),
    /// Its place in its file system, which tells bind mounts.
    Location(Location),
    /// As it is written.
    Path(PathBuf),
}

/// A directory's place among all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spot {
    /// What it is known by.
    pub(crate) own: Vec<Key>,
    /// What the directories above it are known by.
    pub(crate) above: Vec<Key>,
}

impl Spot {
    /// The place that a path says, as it is written.
    pub(crate) fn written(path: &Path) -> Self {
        let above = path.ancestors().skip(1).filter(|above| *above != Path::new(""));
        Self {
            own: vec![Key::Path(path.to_owned())],
            above: above.map(|above| Key::Path(above.into())).collect(),
        }
    }

    /// The place where a path leads, through links of any owner; the path as written, if it leads nowhere.
    pub(crate) fn of_path(path: &Path, mounts: &Mounts) -> Self {
        let led = reach(path, Links::Any).ok().and_then(|way| Self::of_way(&way, mounts).ok());
        led.map_or_else(
            || Self::written(path),
            |mut spot| {
                spot.own.push(Key::Path(path.to_owned()));
                spot
            },
        )
    }

    /// The place where a way has led.
    pub(crate) fn of_way(way: &Way, mounts: &Mounts) -> io::Result<Self> {
        let chain = chain(&way.directory)?;
        let location = mounts.location(&way.directory);
        let missing: PathBuf = way.missing.iter().collect();
        let mut spot = Self { own: Vec::new(), above: Vec::new() };
        let mut here = chain.iter().copied();
        if way.missing.is_empty() {
            spot.own.extend(here.next().map(Key::Identity));
        } else if let Some(base) = chain.first() {
            spot.own.push(Key::Missing(*base, missing.clone()));
            let above = missing.ancestors().skip(1).filter(|above| !above.as_os_str().is_empty());
            spot.above.extend(above.map(|above| Key::Missing(*base, above.to_owned())));
        }
        spot.above.extend(here.map(Key::Identity));
        if let Some(Location { device, path }) = location {
            let at = |path: &Path| Key::Location(Location { device: device.clone(), path: path.to_owned() });
            let path = path.join(&missing);
            spot.own.push(at(&path));
            spot.above.extend(path.ancestors().skip(1).map(at));
        }
        if let Some(below) = mounts.below_overlay(&way.directory) {
            // Whoever has the directory below an overlay has what is written to the overlay.
            let Self { own, above } = Self::of_path(&below.join(&missing), mounts);
            spot.own.extend(own);
            spot.above.extend(above);
        }
        Ok(spot)
    }
}

/// A directory and all above it, up to the root.
fn chain(directory: &Directory) -> io::Result<Vec<Identity>> {
    let mut chain = vec![directory.identity()?];
    let mut above = directory.parent()?;
    loop {
        let identity = above.identity()?;
        if chain.last() == Some(&identity) {
            return Ok(chain);
        }
        chain.push(identity);
        above = above.parent()?;
    }
}
