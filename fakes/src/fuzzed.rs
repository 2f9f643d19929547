//! What fuzzing calls: each reader of foreign text by itself, on bytes that may be anything, with the memory that
//! it may take at most. Compiled for fuzzing and for the tests alone. Knows nothing of what calls it.
//!
//! A subject comes back, whatever the input, and does not panic. Beyond that it asserts only what holds for every
//! input. Where an input has several parts, a line `---` divides them.

#[cfg(test)]
mod replay;

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::bytes::ByteString;
use crate::configuration::Configuration;
use crate::main_cf::{self, MainCf, Mode, Work};
pub use crate::postconf::fuzzed::{EDIT, MASTER_CF, OPTIONS, POSTCONF};
use crate::postfix;
use crate::version::PostfixVersion;
use crate::world::{Settings, World};

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

/// main.cf, and the lists in it.
pub const MAIN_CF: Subject = Subject {
    name: "main_cf",
    run: |input, _| read_main_cf(input),
    // The shortest setting is four bytes long and costs two names, its entry and, set anew, a warning.
    most_memory: |input| 4096 + 128 * input.len(),
};

/// References in values, each followed as far as it leads.
pub const EXPANSION: Subject = Subject {
    name: "expansion",
    run: |input, _| expand_all(input),
    most_memory: |input| 4096 + 8 * WORK + 128 * input.len(),
};

/// What postfix(1) makes of main.cf before it hands over.
pub const POSTFIX: Subject = Subject {
    name: "postfix",
    run: configure_postfix,
    most_memory: |input| TABLE + 8 * WORK + 128 * input.len(),
};

/// All subjects of this crate.
pub const SUBJECTS: [Subject; 7] = [MAIN_CF, EXPANSION, MASTER_CF, OPTIONS, EDIT, POSTCONF, POSTFIX];

/// How much may be expanded here: little, so that too much is found out on small inputs.
pub(crate) const WORK: usize = 64 << 10;

/// What the table of all parameters takes, and an answer of all of them.
pub(crate) const TABLE: usize = 512 << 10;

/// The parts of an input; those that it lacks are empty.
pub(crate) fn parts<const COUNT: usize>(input: &[u8]) -> [&[u8]; COUNT] {
    const DIVIDER: &[u8] = b"\n---\n";
    let mut rest = Some(input);
    std::array::from_fn(|index| {
        let text = rest.take().unwrap_or_default();
        let end = text.windows(DIVIDER.len()).position(|window| window == DIVIDER);
        match end.filter(|_| index + 1 < COUNT) {
            Some(end) => {
                rest = Some(&text[end + DIVIDER.len()..]);
                &text[..end]
            }
            None => text,
        }
    })
}

/// The arguments that a part lists, one a line. None holds a NUL: the system could not hand it over.
pub(crate) fn arguments(part: &[u8]) -> Vec<OsString> {
    let lines = part.split(|byte| *byte == b'\n').filter(|_| !part.is_empty());
    lines.map(|line| OsStr::from_bytes(up_to_nul(line)).to_owned()).collect()
}

fn up_to_nul(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// A world that simulates the version that a line names, or the newest.
pub(crate) fn world(directory: &Path, version: &[u8]) -> World {
    let newest = PostfixVersion::KNOWN.into_iter().next_back();
    let named = std::str::from_utf8(version).ok().and_then(|version| version.parse().ok()).or(newest);
    World {
        root: directory.to_owned(),
        settings: Settings {
            default_config_directory: ByteString::from(directory.to_owned()),
            postfix_version: named.map(PostfixVersion::full).unwrap_or_default().to_owned(),
            real_programs: std::collections::BTreeMap::new(),
            built_with: std::collections::BTreeMap::new(),
            commands_on_path: None,
            host: None,
        },
    }
}

/// Puts a configuration file into the subject's directory.
pub(crate) fn put(directory: &Path, name: &str, text: &[u8]) {
    if let Err(error) = std::fs::write(directory.join(name), text) {
        panic!("cannot write {name} below {}: {error}", directory.display());
    }
}

fn read_main_cf(input: &[u8]) {
    let mut warnings = Vec::new();
    let lines = main_cf::logical_lines(input, b"main.cf", PostfixVersion::V3_11, &mut warnings);
    assert!(lines.iter().map(|line| line.text.len()).sum::<usize>() <= input.len(), "text out of nothing");
    assert!(lines.windows(2).all(|pair| pair[0].number < pair[1].number), "lines out of order");
    drop(lines);
    let mut settings = MainCf::of(PostfixVersion::V3_11);
    // What was read before the line that is no setting stays.
    let _ = settings.parse(input, b"main.cf", &mut warnings);
    for (_, value) in settings.iter() {
        let words = main_cf::split(value, main_cf::COMMA_SPACE);
        assert!(words.iter().all(|word| !word.is_empty()), "an empty element");
        let _ = main_cf::split_braced(value);
        let _ = main_cf::level(value);
    }
}

fn expand_all(input: &[u8]) {
    let mut settings = MainCf::of(PostfixVersion::V3_11);
    let _ = settings.parse(input, b"main.cf", &mut Vec::new());
    let version = settings.version();
    let mut lookup = |name: &[u8]| settings.get(name).map(<[u8]>::to_vec);
    for (_, value) in settings.iter() {
        let work = Work::of(WORK);
        let expansion = main_cf::expand(value, Mode::Recursive, version, &work, &mut lookup, &mut Vec::new());
        assert!(!expansion.overflows || expansion.failed, "an overflow that is no failure");
        assert!(expansion.text.len() <= value.len() + WORK, "more text than was paid for");
        let scanned =
            main_cf::expand(value, Mode::Scan, version, &Work::default(), &mut lookup, &mut Vec::new());
        assert!(scanned.text.is_empty(), "text of a scan");
    }
}

fn configure_postfix(input: &[u8], directory: &Path) {
    let [version, text] = parts(input);
    put(directory, "main.cf", text);
    let given = ByteString::from(directory.to_owned()).0;
    let mut warnings = Vec::new();
    let world = world(directory, version);
    if let Ok(configuration) =
        Configuration::read_with(Work::of(WORK), &world, "postfix", Some(given), &mut warnings)
    {
        let _ = postfix::exported(&world, &configuration, &std::env::vars_os().collect());
        let _ = postfix::command(&configuration, false, &[]);
    }
}
