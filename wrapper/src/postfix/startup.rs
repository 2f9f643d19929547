//! Finds out whether Postfix's programs start to work with the main.cf of an instance.
//! They check many values first, of whatever parameters they use, and end if one is wrong: then nothing works, not
//! even `postfix stop`. postconf(1) prints such values without a message.
//!
//! So a program is asked that does nothing then: postmap(1), for a key in a table that has the same value for each key
//! and is in no file. Knows nothing of parameters.

use std::path::Path;

use crate::os::files::unfit;
use crate::os::processes::capture::Captured;
use crate::os::signals::Signals;
use crate::postfix::environment::Environment;
use crate::postfix::instance::MAIN_CF;
use crate::postfix::query::{Interrupted, captured_for_each, last_lines};

/// The question.
const QUESTION: [&str; 3] = ["-q", "x", "static:x"];

/// What stands before a program's last words.
const FATAL: &str = "fatal: ";

/// What keeps Postfix's programs from working with the main.cf in each of some directories, as they say it. A program
/// that cannot be run, or does not answer in time, tells nothing.
pub(crate) fn faults(
    environment: &Environment,
    signals: &Signals,
    directories: &[&Path],
) -> Result<Vec<Option<String>>, Interrupted> {
    let program = environment.program("postmap");
    let mut faults = vec![None; directories.len()];
    let is_fit = |at: &usize| {
        let main_cf = directories[*at].join(MAIN_CF);
        main_cf.is_file() && unfit::find(&main_cf).is_none()
    };
    let asked: Vec<usize> = (0..directories.len()).filter(is_fit).collect();
    let meant: Vec<&Path> = asked.iter().map(|at| directories[*at]).collect();
    for (at, captured) in asked.into_iter().zip(captured_for_each(&meant, &program, &QUESTION, signals)?) {
        faults[at] = captured.ok().and_then(|captured| fault(&captured));
    }
    Ok(faults)
}

/// The reason that a program gives for its end.
fn fault(captured: &Captured) -> Option<String> {
    if captured.status.success() {
        return None;
    }
    let said = last_lines(&captured.complaints)?;
    if said.ends_with("Permission denied") {
        // It is this program's caller that lacks a right.
        return None;
    }
    said.rfind(FATAL).map(|at| said[at + FATAL.len()..].to_owned())
}

/// The parameter that such a reason is about: it is named behind one of some words.
pub(crate) fn parameter(fault: &str) -> Option<&str> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    ["parameter ", "variable ", "configuration: ", " < 1: ", "unknown "].iter().find_map(|words| {
        let rest = &fault[fault.find(words)? + words.len()..];
        let end = rest.find(|letter| !is_name(letter)).unwrap_or(rest.len());
        let name = &rest[..end];
        (name.contains('_') || ["myhostname", "mydomain", "myorigin", "biff"].contains(&name)).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameter_is_found_in_what_postfix_says() {
        for (fault, name) in [
            (
                "file /etc/postfix/main.cf: parameter myhostname: bad parameter value: [192.0.2.10]",
                "myhostname",
            ),
            ("bad numerical configuration: message_size_limit = foo", "message_size_limit"),
            ("bad boolean configuration: soft_bounce = perhaps", "soft_bounce"),
            ("parameter inet_interfaces: no local interface found for 192.0.2.77", "inet_interfaces"),
            ("config variable inet_interfaces: host not found: no.such.host.invalid", "inet_interfaces"),
            ("unknown inet_protocols value \"ipv5\" in \"ipv5\"", "inet_protocols"),
        ] {
            assert_eq!(parameter(fault), Some(name), "{fault}");
        }
        assert_eq!(parameter("open /etc/postfix/main.cf: Permission denied"), None);
        assert_eq!(parameter("unknown service: x"), None);
    }
}
