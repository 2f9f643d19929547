//! Runs the fuzz subjects on every kept input, and on some that are too large to be kept.

use std::path::{Path, PathBuf};

use super::{ORACLE_MAIN_CF, Subject};

/// Runs a subject on an input: a panic fails the test, and so does memory beyond what the subject may take.
fn replay(subject: &Subject, input: &[u8], what: &dyn std::fmt::Display) {
    let taken = allocation_counter::measure(|| (subject.run)(input)).bytes_max;
    let most = (subject.most_memory)(input);
    let is_within = usize::try_from(taken).is_ok_and(|taken| taken <= most);
    let name = subject.name;
    assert!(is_within, "{name}: {what}: {taken} bytes of memory for {} read, at most {most}", input.len());
}

/// The inputs of a subject: its corpus, and what was found.
fn kept(subject: &Subject) -> Vec<(PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let mut inputs = Vec::new();
    for folder in ["corpus", "found"].map(|folder| root.join(folder).join(subject.name)) {
        // A subject that never broke has nothing there; one without a corpus fails below.
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            let input = std::fs::read(&path).unwrap();
            inputs.push((path, input));
        }
    }
    inputs
}

#[test]
fn every_kept_input_is_read_within_bounds() {
    for subject in [ORACLE_MAIN_CF] {
        let inputs = kept(&subject);
        assert!(inputs.len() > 2, "{}: no corpus is kept", subject.name);
        for (path, input) in inputs {
            replay(&subject, &input, &path.display());
        }
    }
}

#[test]
fn megabytes_are_read_within_bounds() {
    let mebibyte = 1 << 20;
    let repeated = |text: &str| text.repeat(mebibyte);
    let numbered = |line: &dyn Fn(usize) -> String| (0..500).map(line).collect::<String>();
    let texts = [
        repeated("x"),
        repeated("\n"),
        repeated("\0"),
        repeated("a=\n"),
        repeated("a = $b\n"),
        ["x = ", &repeated("$x")].concat(),
        ["x = ", &repeated("${")].concat(),
        ["x = ", &repeated("${x?"), &repeated("}")].concat(),
        numbered(&|number| format!("a{number} = $a{}\n", number + 1)),
        numbered(&|number| format!("a{number} = $a{next}$a{next}\n", next = number + 1)),
    ];
    for subject in [ORACLE_MAIN_CF] {
        for (at, text) in texts.iter().enumerate() {
            replay(&subject, text.as_bytes(), &format!("text {at}"));
        }
    }
}
