//! Runs the subjects of fuzzing on stored inputs.
//! These are every kept input, every input that once broke something, and some that are too large to be kept.

use std::path::{Path, PathBuf};

use crate::fuzzed::SUBJECTS;
use crate::runtime::fuzz_subject::Subject;

/// Runs a subject on an input: a panic fails the test, and so does memory beyond what the subject may take.
fn replay(subject: &Subject, input: &[u8], directory: &Path, what: &dyn std::fmt::Display) {
    let taken = allocation_counter::measure(|| (subject.run)(input, directory)).bytes_max;
    let most = (subject.most_memory)(input);
    let is_within = usize::try_from(taken).is_ok_and(|taken| taken <= most);
    assert!(
        is_within,
        "{}: {what}: {taken} bytes of memory for {} read, at most {most}",
        subject.name,
        input.len()
    );
}

/// The inputs of a subject: its corpus, and what was found.
fn kept(subject: &Subject) -> Vec<(PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../harness/fuzz");
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
    let scratch = tempfile::tempdir().unwrap();
    for subject in SUBJECTS {
        let inputs = kept(&subject);
        assert!(inputs.len() > 2, "{}: no corpus is kept", subject.name);
        for (path, input) in inputs {
            replay(&subject, &input, scratch.path(), &path.display());
        }
    }
}

#[test]
fn megabytes_are_read_within_bounds() {
    let scratch = tempfile::tempdir().unwrap();
    let mebibyte = 1 << 20;
    let repeated = |text: &str, count: usize| text.repeat(count).into_bytes();
    let wrapped = |before: &str, open: &str, middle: &str, close: &str, count: usize| {
        [before, &open.repeat(count), middle, &close.repeat(count), "\n"].concat().into_bytes()
    };
    let numbered = |line: &dyn Fn(usize) -> String| (0..5_000).map(line).collect::<String>().into_bytes();
    let texts = [
        repeated("x", mebibyte),
        repeated("\n", mebibyte),
        repeated("\0", mebibyte),
        repeated("a=\n", mebibyte / 3),
        wrapped("a = ", "x", "", "", mebibyte),
        wrapped("a = ", "", "", "\n b", mebibyte / 3),
        wrapped("a = ", "$", "", "", mebibyte),
        wrapped("a = ", "$b", "", "", mebibyte / 2),
        wrapped("a = ", "${", "b", "}", mebibyte / 9),
        wrapped("a = ", "${", "", "", mebibyte / 2),
        wrapped("a = ", "${b:{", "x", "}}", mebibyte / 7),
        wrapped("a = ", "{", "", "}", mebibyte / 2),
        wrapped("mail_name = ", "{", "", "", mebibyte),
        wrapped("mail_name = ", "{", "", "}", mebibyte / 2),
        wrapped("a = ", "${{", "x", "} == {x}}", 5_000),
        numbered(&|number| format!("a{number} = $a{}\n", number + 1)),
        numbered(&|number| format!("a{number} = $a{next}$a{next}\n", next = number + 1)),
        numbered(&|number| format!("smtp inet n - y - - smtpd -o a{number}=$b\n")),
    ];
    for subject in SUBJECTS {
        // What stands before the last part, if there are several.
        let front = match subject.name {
            "edit" => "-e\na=1\n---\n",
            "postconf" | "postfix" => "3.7\n-x\n---\n",
            _ => "",
        };
        for (at, text) in texts.iter().enumerate() {
            let input = [front.as_bytes(), text].concat();
            replay(&subject, &input, scratch.path(), &format_args!("text {at}"));
        }
    }
}
