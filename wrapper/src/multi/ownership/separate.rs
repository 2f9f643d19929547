//! Suggests a directory or a name of its own for an instance that shares one.
//!
//! Knows nothing of files: the caller says whether something exists.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::multi::ownership::claims::{Claim, Claims, DATA, NAME, QUEUE};
use crate::multi::request::selection::NAME_PREFIX;
use crate::multi::system::installation::Installation;

/// The last number that is tried behind a name.
const LAST_NUMBER: u32 = 9;

/// A directory that is nobody's and can stand in a list, called like the instance that claims another one; nothing if
/// none is known. `is_there` tells whether a place is taken.
pub(crate) fn directory(
    claim: &Claim,
    name: Option<&OsStr>,
    installation: &Installation,
    claims: &Claims<'_>,
    is_there: impl Fn(&Path) -> bool,
) -> Option<PathBuf> {
    let default = match claim.parameter {
        QUEUE => &installation.queue_directory,
        DATA => &installation.data_directory,
        _ => return None,
    };
    let name = name.or_else(|| claim.owner.file_name())?;
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-+@%:".contains(byte);
    let suffixes = std::iter::once(String::new()).chain((2..=LAST_NUMBER).map(|number| format!("-{number}")));
    let mut dirs = suffixes.filter_map(|suffix| {
        let mut name = name.to_owned();
        name.push(suffix);
        Some(default.parent()?.join(name))
    });
    dirs.find(|place| {
        let wanted = Claim { value: place.clone().into_os_string(), ..claim.clone() };
        let is_free = !is_there(place) && claims.conflict(&wanted).is_none();
        is_free && place.as_os_str().as_bytes().iter().all(is_plain)
    })
}

/// The last part of the instance's directory, if that can be a name and is free; else no name, `-`.
pub(crate) fn name(claim: &Claim, claims: &Claims<'_>) -> OsString {
    let name = claim.owner.file_name().filter(|name| name.as_bytes().starts_with(NAME_PREFIX));
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-+@%:".contains(byte);
    let free = name.filter(|name| {
        let wanted = Claim { parameter: NAME, value: (*name).to_owned(), ..claim.clone() };
        claims.conflict(&wanted).is_none() && name.as_bytes().iter().all(is_plain)
    });
    free.unwrap_or(OsStr::new("-")).to_owned()
}

/// A name for an instance that has none: like the last part of its directory, and free; nothing if none is.
pub(crate) fn new_name(directory: &Path, claims: &Claims<'_>) -> Option<OsString> {
    let last = directory.file_name()?;
    let mut base = OsString::new();
    if !last.as_bytes().starts_with(NAME_PREFIX) {
        base.push(OsStr::from_bytes(NAME_PREFIX));
    }
    base.push(last);
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-+@%:".contains(byte);
    let suffixes = std::iter::once(String::new()).chain((2..=LAST_NUMBER).map(|number| format!("-{number}")));
    let mut names = suffixes.map(|suffix| [base.as_os_str(), OsStr::new(&suffix)].into_iter().collect());
    names.find(|name: &OsString| {
        let wanted = Claim { owner: directory.to_owned(), parameter: NAME, value: name.clone() };
        claims.conflict(&wanted).is_none() && name.as_bytes().iter().all(is_plain)
    })
}
