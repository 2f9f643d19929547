//! Proves that a directory belongs to one instance alone.
//! Only a proven directory, a value of [`Owned`], can be removed, moved or given away; only [`prove`] creates one.
//!
//! The directory is held open from the proof to the change: what was compared is what is changed. Knows nothing of what
//! is changed, and why.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

use crate::multi::ownership::claims::{CONFIG, Claim, Claims, Conflict, QUEUE};
use crate::multi::ownership::linked_files::{self, LinkedFile};
use crate::multi::ownership::spot::Spot;
use crate::os::files::directory::Directory;
use crate::os::files::file_identity::identity_of;
use crate::os::files::mounts::Mounts;
use crate::os::files::reach::{Exposure, Links, ReachError, Way, reach};
use crate::os::files::trust::{Access, can_be_written_by_others};
use crate::os::printable::{printable, shell_word};

/// A directory that is one instance's alone.
#[derive(Debug)]
pub(crate) struct Owned {
    claim: Claim,
    way: Way,
}

/// What is to be done with a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// What is in it is removed by file descriptor, which nobody can lead elsewhere.
    Removal,
    /// Programs of Postfix change what is in it, and go there by its path.
    ByPath,
}

/// Why a directory is not proved to be an instance's alone.
#[derive(Debug)]
pub(crate) enum Denial {
    /// It is somebody else's as well, or lies in or around what is.
    Conflict(Box<Conflict>),
    /// It cannot be reached, or only on a way that somebody else can change.
    Way(Claim, ReachError),
    /// Somebody else can put another directory in its place.
    Exposed(Claim, Exposure),
    /// Somebody else can change what is in it, where root puts or gives away files.
    Open(Claim, Access),
    /// It is no place that an instance can have for itself.
    Place(Claim),
    /// A file in it is another instance's as well.
    File(LinkedFile),
}

impl fmt::Display for Denial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict(conflict) => write!(formatter, "{conflict}; give one of them another directory"),
            Self::Way(claim, ReachError::NotAbsolute(_)) => write!(
                formatter,
                "{} is no absolute path; nothing was changed; use \"postconf -c {} -e {}=/PATH\" with the right path first",
                shown(claim),
                shell_word(&claim.owner),
                claim.parameter
            ),
            Self::Way(claim, error) => write!(
                formatter,
                "{} cannot be trusted: {error}; let only root change the way there, or give the instance another one",
                shown(claim)
            ),
            Self::Exposed(claim, exposure) => write!(
                formatter,
                "{} cannot be trusted: {} can put something else in the place of {}; let only root change the way \
                 there, or give the instance another one",
                shown(claim),
                exposure.by,
                printable(&exposure.path)
            ),
            Self::Open(claim, Access { user, mode }) => write!(
                formatter,
                "{} can be changed by users other than root (its owner is user {user}, its mode {:04o}); give the \
                 instance another directory, or, if this one is to be Postfix's, use \"chown root {2} && chmod go-w {2}\" \
                 first",
                shown(claim),
                mode & 0o7777,
                shell_word(&claim.value)
            ),
            Self::File(linked) => write!(
                formatter,
                "{} is another instance's as well, as {} is a symbolic link to it; nothing was changed; use \"{}\" \
                 first",
                printable(&linked.file),
                printable(&linked.link),
                linked.mend()
            ),
            Self::Place(claim) => write!(
                formatter,
                "{} is no directory of its own; give the instance another one, written without \"..\" at its end",
                shown(claim)
            ),
        }
    }
}

fn shown(claim: &Claim) -> String {
    format!("{}={} of {}", claim.parameter, printable(&claim.value), printable(&claim.owner))
}

/// Proves that a directory belongs to its claimant alone: it is not another one's, lies in none, contains none, and is
/// reached without a symbolic link that anybody but root can have made.
pub(crate) fn prove(
    claim: Claim,
    purpose: Purpose,
    claims: &Claims<'_>,
    mounts: &Mounts,
) -> Result<Owned, Denial> {
    let way = match reach(Path::new(&claim.value), Links::Trusted) {
        Ok(way) => way,
        Err(error) => return Err(Denial::Way(claim, error)),
    };
    if mounts.are_unknown() {
        let error = std::io::Error::other("the system does not tell its mounts; mount /proc first");
        return Err(Denial::Way(claim, ReachError::System(way.directory.path().to_owned(), error)));
    }
    let spot = match Spot::of_way(&way, mounts) {
        Ok(spot) => spot,
        Err(error) => {
            let path = PathBuf::from(&claim.value);
            return Err(Denial::Way(claim, ReachError::System(path, error)));
        }
    };
    if let Some(conflict) = claims.conflict_at(&claim, &spot) {
        return Err(Denial::Conflict(Box::new(conflict)));
    }
    if way.missing.is_empty() && way.entry.is_none() {
        return Err(Denial::Place(claim));
    }
    let access = way.missing.is_empty().then(|| way.directory.status().map(|status| Access::of(&status)));
    if let (Purpose::ByPath, CONFIG | QUEUE, Some(Ok(access))) = (purpose, claim.parameter, access) {
        if can_be_written_by_others(access) {
            return Err(Denial::Open(claim, access));
        }
    }
    match &way.exposed {
        Some(exposure) if purpose == Purpose::ByPath => {
            let exposure = exposure.clone();
            Err(Denial::Exposed(claim, exposure))
        }
        _ => Ok(Owned { claim, way }),
    }
}

/// Proves that no file in a configuration directory is what a file of another instance leads to.
pub(crate) fn prove_files(config: &Owned, claims: &Claims<'_>) -> Result<(), Denial> {
    let Some(own) = config.directory().and_then(|directory| directory.identity().ok()) else { return Ok(()) };
    let is_own = |directory: &Path| identity_of(directory) == Some(own);
    let leads_here = |linked: &LinkedFile| linked.file.parent().is_some_and(is_own);
    let others = claims.configurations().filter(|other| !is_own(other));
    match others.flat_map(linked_files::of_instance).find(leads_here) {
        Some(linked) => Err(Denial::File(linked)),
        None => Ok(()),
    }
}

impl Owned {
    /// The path that the instance's main.cf has.
    pub(crate) fn path(&self) -> &Path {
        Path::new(&self.claim.value)
    }

    /// The directory; nothing if it is not there.
    pub(crate) fn directory(&self) -> Option<&Directory> {
        self.way.missing.is_empty().then_some(&self.way.directory)
    }

    /// The directory that has an entry for it, and the entry's name; nothing if it is not there.
    pub(crate) fn entry(&self) -> Option<(&Directory, &OsStr)> {
        let entry: Option<&(Directory, OsString)> =
            self.way.entry.as_ref().filter(|_| self.way.missing.is_empty());
        entry.map(|(above, name)| (above, name.as_os_str()))
    }
}
