//! Runs a command to its end, and reads the calls that the fake for postfix recorded.
//! The tests of both programs use it.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use assert_cmd::assert::Assert;

/// Expires only when something is broken.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// One call of a fake for postfix: everything that follows the program's name.
pub(crate) type Call = Vec<OsString>;

/// The calls in a journal, in their order; none if it is not there.
pub(crate) fn in_journal(path: &Path) -> Vec<Call> {
    let bytes = fs::read(path).unwrap_or_default();
    let mut words = bytes.split(|byte| *byte == 0).map(|word| OsString::from_vec(word.to_vec()));
    let mut calls = Vec::new();
    while let Some(count) = words.next().filter(|count| !count.is_empty()) {
        let count: usize = count.to_str().unwrap().parse().unwrap();
        calls.push(words.by_ref().take(count).collect());
    }
    calls
}

/// Runs a command to its end, or fails at the deadline. Whatever it says, numbers of errors are for nobody.
pub(crate) fn finish(command: Command) -> Assert {
    let assert = assert_cmd::Command::from_std(command).timeout(DEADLINE).assert();
    let output = assert.get_output();
    for text in [&output.stdout, &output.stderr] {
        let text = String::from_utf8_lossy(text);
        assert!(!text.contains("(os error"), "{text}");
    }
    assert
}
