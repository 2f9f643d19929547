//! Rules about how tests are written: none is switched off in silence, none waits for the clock.

use super::file::File;
use super::finding::Finding;

/// Put together here so that this file does not carry it.
const THREAD_SLEEP: &str = concat!("thread::", "sleep");

/// A `sleep` this long is a process that lives until somebody ends it; a shorter one is a guess about time.
const LIVES_UNTIL_ENDED: u64 = 600;

/// A test that is switched off says why.
pub(super) fn says_why_a_test_is_ignored(file: &File) -> Vec<Finding> {
    if !file.is_rust() {
        return Vec::new();
    }
    let cure = "say why: #[ignore = \"...\"], or let the test say `skipped` and the reason";
    Finding::in_lines(file, "ignored-test", cure, |line| line.trim_start().starts_with("#[ignore]"))
}

/// A fixed wait is too long on one machine and too short on another.
pub(super) fn waits_for_no_fixed_time(file: &File) -> Vec<Finding> {
    if !(file.is_rust()
        || file.extension() == "toml"
        || file.extension() == "sh"
        || file.path.starts_with(".ci")
        || file.path.starts_with("wrapper/tests/fakes"))
    {
        return Vec::new();
    }
    // clippy.toml forbids the function by its name.
    let is_clippys = file.name() == "clippy.toml";
    let cure = "wait for an event, a gate or a deadline instead of a fixed time";
    Finding::in_lines(file, "fixed-wait", cure, |line| {
        line.contains(THREAD_SLEEP) && !is_clippys || sleeps_briefly(line)
    })
}

/// Whether a line runs sleep(1) for less than what only an end by signal explains.
fn sleeps_briefly(line: &str) -> bool {
    line.match_indices("sleep ").any(|(start, word)| {
        let whole_word =
            !line[..start].ends_with(|letter: char| letter.is_alphanumeric() || "_-.".contains(letter));
        let rest = &line[start + word.len()..];
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let fraction = rest[digits.len()..].starts_with('.');
        whole_word && digits.parse::<u64>().is_ok_and(|seconds| seconds < LIVES_UNTIL_ENDED || fraction)
    })
}

#[cfg(test)]
mod tests {
    use super::super::file::sample;
    use super::*;

    #[test]
    fn an_ignored_test_has_a_reason() {
        let findings = says_why_a_test_is_ignored(&sample("a.rs", "#[test]\n    #[ignore]\nfn a() {}\n"));
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].line, 2);
        assert_eq!(says_why_a_test_is_ignored(&sample("a.rs", "#[ignore = \"needs two hosts\"]\n")), []);
    }

    #[test]
    fn fixed_waits_are_found() {
        let pause = "sleep";
        for bad in
            [format!("std::{THREAD_SLEEP}(a)\n"), format!("\"{pause} 2; true\"\n"), format!("{pause} 0.1\n")]
        {
            assert_eq!(waits_for_no_fixed_time(&sample("tests/a.rs", &bad)).len(), 1, "{bad}");
            assert_eq!(waits_for_no_fixed_time(&sample(".ci/run", &bad)).len(), 1, "{bad}");
            let stand_in = sample("wrapper/tests/fakes/waiting", &bad);
            assert_eq!(waits_for_no_fixed_time(&stand_in).len(), 1, "{bad}");
        }
    }

    #[test]
    fn a_process_that_lives_until_it_is_ended_is_no_wait() {
        for good in ["exec sleep 1000\n", "// they sleep well\n", "nosleep 1\n"] {
            assert_eq!(waits_for_no_fixed_time(&sample("tests/a.rs", good)), [], "{good}");
        }
        assert_eq!(waits_for_no_fixed_time(&sample("clippy.toml", &format!("std::{THREAD_SLEEP}\n"))), []);
    }
}
