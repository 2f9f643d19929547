//! Lists the subjects of fuzzing: each reader of foreign text, with the memory that it may take.
//! Compiled for fuzzing and for tests only.
//!
//! A subject returns on any input and does not panic. Beyond that it asserts only what holds for every input. The parts
//! of an input are separated by a line `---`.

#[cfg(test)]
mod replay;

use std::path::Path;

use crate::config::mail_params::{Configuration, Reading};
use crate::config::main_cf::{self, ExpansionLimit, MainCf, Mode};
pub use crate::programs::postconf::fuzzed::{EDIT, MASTER_CF, OPTIONS, POSTCONF};
use crate::programs::postfix;
use crate::protocol::bytes::ByteString;
use crate::protocol::version::PostfixVersion;
pub use crate::runtime::fuzz_subject::Subject;
use crate::runtime::fuzz_subject::{EXPANSION_LIMIT, TABLE, parts, put, world};

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
    most_memory: |input| 4096 + 8 * EXPANSION_LIMIT + 128 * input.len(),
};

/// What postfix(1) makes of main.cf before it hands over.
pub const POSTFIX: Subject = Subject {
    name: "postfix",
    run: configure_postfix,
    most_memory: |input| TABLE + 8 * EXPANSION_LIMIT + 128 * input.len(),
};

/// All subjects of this crate.
pub const SUBJECTS: [Subject; 7] = [MAIN_CF, EXPANSION, MASTER_CF, OPTIONS, EDIT, POSTCONF, POSTFIX];

fn read_main_cf(input: &[u8]) {
    let mut warnings = Vec::new();
    let lines = main_cf::logical_lines(input, b"main.cf", PostfixVersion::NEWEST, &mut warnings);
    assert!(lines.iter().map(|line| line.text.len()).sum::<usize>() <= input.len(), "text out of nothing");
    assert!(lines.windows(2).all(|pair| pair[0].number < pair[1].number), "lines out of order");
    drop(lines);
    let mut settings = MainCf::of(PostfixVersion::NEWEST);
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
    let mut settings = MainCf::of(PostfixVersion::NEWEST);
    let _ = settings.parse(input, b"main.cf", &mut Vec::new());
    let version = settings.version();
    let mut lookup = |name: &[u8]| settings.get(name).map(<[u8]>::to_vec);
    for (_, value) in settings.iter() {
        let limit = ExpansionLimit::of(EXPANSION_LIMIT);
        let expansion =
            main_cf::expand(value, Mode::Recursive, version, &limit, &mut lookup, &mut Vec::new());
        assert!(!expansion.overflows || expansion.failed, "an overflow that is no failure");
        assert!(expansion.text.len() <= value.len() + EXPANSION_LIMIT, "more text than was paid for");
        let ample = ExpansionLimit::default();
        let scanned = main_cf::expand(value, Mode::Scan, version, &ample, &mut lookup, &mut Vec::new());
        assert!(scanned.text.is_empty(), "text of a scan");
    }
}

fn configure_postfix(input: &[u8], directory: &Path) {
    let [version, text] = parts(input);
    put(directory, "main.cf", text);
    let given = ByteString::from(directory).0;
    let mut warnings = Vec::new();
    let world = world(directory, version);
    let reading = Reading { limit: ExpansionLimit::of(EXPANSION_LIMIT), ..Reading::default() };
    if let Ok(configuration) =
        Configuration::read_with(reading, &world, "postfix", Some(given), &mut warnings)
    {
        let _ = postfix::exported(&world, &configuration, &std::env::vars_os().collect());
        let _ = postfix::command(&configuration, false, &[]);
    }
}
