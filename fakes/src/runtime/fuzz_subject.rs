//! The type of a subject of fuzzing, and what the subjects share. Compiled for fuzzing and for tests only.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::protocol::bytes::ByteString;
use crate::protocol::version::PostfixVersion;
use crate::protocol::world::{Settings, World};

/// Something that reads what it did not write.
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    /// The name of the fuzz target, and of the folders of its inputs.
    pub name: &'static str,
    /// Reads one input. It may write files to the directory, which is its own.
    pub run: fn(&[u8], &Path),
    /// How many bytes of memory it may hold at once while it reads this input.
    pub most_memory: fn(&[u8]) -> usize,
}

/// How much may be expanded here: little, so that too much is found out on small inputs.
pub(crate) const EXPANSION_LIMIT: usize = 64 << 10;

/// What the table of all parameters takes, and an answer of all of them.
pub(crate) const TABLE: usize = 512 << 10;

/// The parts of an input; those that it lacks are empty.
pub(crate) fn parts<const COUNT: usize>(input: &[u8]) -> [&[u8]; COUNT] {
    const DIVIDER: &[u8] = b"\n---\n";
    let mut rest = input;
    std::array::from_fn(|index| {
        let end = rest.windows(DIVIDER.len()).position(|window| window == DIVIDER);
        let (part, after) = rest.split_at(end.filter(|_| index + 1 < COUNT).unwrap_or(rest.len()));
        rest = after.strip_prefix(DIVIDER).unwrap_or_default();
        part
    })
}

/// The arguments that a part lists, one a line. None holds a NUL: the system could not hand it over.
pub(crate) fn arguments(part: &[u8]) -> Vec<OsString> {
    let lines = part.split(|byte| *byte == b'\n').filter(|_| !part.is_empty());
    let words = lines.filter_map(|line| line.split(|byte| *byte == 0).next());
    words.map(|word| OsStr::from_bytes(word).to_owned()).collect()
}

/// A world that simulates the version that a line names, or the newest.
pub(crate) fn world(directory: &Path, version: &[u8]) -> World {
    let named = std::str::from_utf8(version).ok().and_then(|version| version.parse().ok());
    let version: PostfixVersion = named.unwrap_or(PostfixVersion::NEWEST);
    World {
        root: directory.to_owned(),
        settings: Settings {
            default_config_directory: ByteString::from(directory),
            postfix_version: version.full(),
            postfix_vendor: version.vendor,
            ..Settings::default()
        },
    }
}

/// Puts a configuration file into the subject's directory.
pub(crate) fn put(directory: &Path, name: &str, text: &[u8]) {
    std::fs::write(directory.join(name), text)
        .unwrap_or_else(|error| panic!("cannot write {name} below {}: {error}", directory.display()));
}
