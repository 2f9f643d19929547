//! `postfix tls` of the fakes beside the installed script: the same calls in two sandboxes of the same layout must
//! give the same output, log, status, main.cf and files, with the moments in file names and new keys made alike.
//!
//! Where no Postfix is installed, or no openssl, or there are no private namespaces, the tests say `skipped` and why.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed, and one that is skipped says so"
)]

mod tls_script {
    pub(crate) mod calls;
    pub(crate) mod files;
    pub(crate) mod pair;
}

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tls_script::calls::{self, Call};
use tls_script::pair::Pair;

/// How many calls are tried at a time: the installed programs rest now and then.
const WORKERS: usize = 6;

#[test]
fn wrong_command_lines_are_told_alike() {
    compare(calls::COMMAND_LINES);
}

#[test]
fn questions_are_answered_alike() {
    compare(calls::QUESTIONS);
}

#[test]
fn the_client_is_set_up_alike() {
    compare(calls::CLIENT);
}

#[test]
fn the_server_is_set_up_alike() {
    compare(calls::SERVER);
}

#[test]
fn keys_and_certificates_are_made_alike() {
    compare(calls::NEW);
}

#[test]
fn keys_and_certificates_are_deployed_alike() {
    compare(calls::DEPLOYMENT);
}

#[test]
fn requests_and_records_are_put_out_alike() {
    compare(calls::REQUESTS);
}

#[test]
fn edits_fail_alike() {
    compare(calls::EDITS);
}

#[test]
fn openssl_is_found_or_missed_alike() {
    compare(calls::OPENSSL_PATHS);
}

/// Makes each call on both sides, and fails unless they agree in all of them.
#[track_caller]
fn compare(calls: &[Call]) {
    assert!(!calls.is_empty(), "nothing to compare");
    let Some(pair) = Pair::new() else { return };
    let (next, differences) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(call) = calls.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(difference) = difference(&pair, call) {
                        differences.lock().unwrap().push(difference);
                    }
                }
            });
        }
    });
    let differences = differences.into_inner().unwrap();
    println!("{} calls compared", calls.len());
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

/// In what the two differ, if they do.
fn difference(pair: &Pair, call: &Call) -> Option<String> {
    let (simulated, installed) = pair.observe(call);
    let only = |own: &[String], other: &[String], mark: &str| -> String {
        let lines = own.iter().filter(|line| !other.contains(line));
        lines.map(|line| format!("\n    {mark}: {line}")).collect::<Vec<_>>().concat()
    };
    (simulated != installed).then(|| {
        let shown = [only(&simulated, &installed, "simulated"), only(&installed, &simulated, "installed")];
        format!("{call:?}{}\n    in all: {installed:#?}", shown.concat())
    })
}
