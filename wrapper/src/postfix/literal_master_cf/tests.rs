//! Tests that master.cf is read as the installed postconf(1) prints it, on random files.
//! The two must never disagree.
//!
//! `PROPTEST_CASES` says how many files; without it there are a few. The host's own Postfix configuration plays no
//! part: postconf is given a directory of the test's own.

use std::cell::Cell;
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use super::*;
use crate::postfix::installed_postconf::{self, POSTCONF, has_postconf};

/// Words that stand in each of the fields, the usual ones first.
const WORDS: [&[&str]; 9] = [
    &["smtp", "127.0.0.1:10025", "[::1]:25", "pickup", "a/b", "{", "{ a }", "$x", "x{y"],
    &["inet", "unix", "fifo", "pass", "unix-dgram", "udp", "INET", ""],
    &["n", "y", "-", "Y", "no", ""],
    &["-", "n", "y", "?"],
    &["n", "-", "y", "yy"],
    &["-", "60", "300?", "0", "?", "-?", "1000?", "x", "60s", "99999999999"],
    &["-", "0", "1", "100", "1x", "-1", "99999999999"],
    &["smtpd", "pipe", "/usr/lib/x", "nosuch", "{smtpd", "smtpd}"],
    &[
        "",
        "-o smtpd_tls_wrappermode=yes",
        "-v",
        "flags=DRhu user=vmail argv=/usr/bin/maildrop -d ${recipient}",
        "argv=x ${nexthop} $user",
        "-o",
        "-o x=$mua_x",
        "-o { x = y z }",
        "-o x={a",
        "-o x=${a",
        "-o x=${a?{b}:{c}}",
        "-o x=$",
        "\n  -o x=y",
        "\n# comment\n  -o x=y",
        "\n\n  -vv",
        "a{b}c",
        "\"a b\"",
    ],
];

const ODD_LINES: [&str; 10] = [
    "# comment",
    "  # comment",
    "",
    "   ",
    "  continued",
    "too few",
    "a b c d e f g",
    "# \u{fc}",
    "\u{fc} unix - - n - - smtpd",
    "x unix - - n - - \u{fc}",
];

const ODD_BYTES: [&[u8]; 7] = [b"\r", b"\0", b"\x0b", b"\xff", b"{", b"$", b"\n"];

/// A word, most often one of the first three.
fn word(words: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop_oneof![12 => select(&words[..words.len().min(3)]), 1 => select(words)]
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    let service = WORDS.map(word);
    let blank = select(&[" ", "\t", "     "][..]);
    prop_oneof![
        9 => (service, blank).prop_map(|(words, blank)| words.join(blank).into_bytes()),
        1 => select(&ODD_LINES[..]).prop_map(|line| line.as_bytes().to_vec()),
    ]
}

fn file() -> impl Strategy<Value = Vec<u8>> {
    installed_postconf::file(proptest::collection::vec(line(), 0..5), &ODD_BYTES)
}

/// A directory with an empty main.cf. It is old: if a main.cf is new, postconf waits for a second.
fn configuration() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let main_cf = std::fs::File::create(directory.path().join("main.cf")).unwrap();
    main_cf.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(3600)).unwrap();
    directory
}

/// postconf's answer; nothing if no command of postfix(1) would work.
fn theirs(directory: &Path, text: &[u8]) -> Option<Vec<Service>> {
    std::fs::write(directory.join("master.cf"), text).unwrap();
    let ask = |words: &[&str]| {
        let mut command = Command::new(POSTCONF);
        command.env_clear().arg("-c").arg(directory).args(words).stdin(Stdio::null());
        let output = command.output().unwrap();
        output.status.success().then_some(output.stdout)
    };
    ask(&["-dh", "config_directory"])?;
    let lines = ask(&["-M"])?;
    Some(lines.split(|byte| *byte == b'\n').filter_map(Service::of_line).collect())
}

/// What the installed Postfix knows.
fn datagrams() -> Datagrams {
    let output = Command::new(POSTCONF).args(["-dh", "mail_version"]).output().unwrap();
    Datagrams::of_version(&output.stdout)
}

#[test]
fn what_is_read_is_never_other_than_what_postconf_prints() {
    if !has_postconf() {
        return;
    }
    let directory = configuration();
    let datagrams = datagrams();
    let cases = std::env::var("PROPTEST_CASES").map_or(400, |text| text.parse().unwrap());
    let answered = Cell::new(0);
    let configuration =
        Config { cases, failure_persistence: None, max_shrink_iters: 500, ..Config::default() };
    TestRunner::new(configuration)
        .run(&file(), |text| {
            // Where there is doubt nothing is said, and nothing can be wrong.
            if let Ok(services) = read(&text, datagrams) {
                answered.set(answered.get() + 1);
                prop_assert_eq!(Some(services), theirs(directory.path(), &text), "{}", text.escape_ascii());
            }
            Ok(())
        })
        .unwrap();
    println!("{cases} files, {} of them without doubt", answered.get());
    assert!(answered.get() * 8 > cases, "most files leave doubt, so that little was compared");
}

#[test]
fn a_reader_that_is_too_generous_is_found() {
    if !has_postconf() {
        return;
    }
    let directory = configuration();
    // Fields that are not looked at.
    let generous = |text: &[u8]| {
        let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.starts_with(b"#"));
        Some(lines.filter_map(Service::of_line).collect::<Vec<_>>())
    };
    let mut runner = TestRunner::new(Config { rng_seed: RngSeed::Fixed(11), ..Config::default() });
    let is_found = (0..300).any(|_| {
        let text = file().new_tree(&mut runner).unwrap().current();
        generous(&text) != theirs(directory.path(), &text)
    });
    assert!(is_found);
}

#[test]
fn what_debian_ships_leaves_no_doubt() {
    let text = b"# service type\nsmtp      inet  n       -       y       -       -       smtpd\n\
        #submission inet n - y - - smtpd\n#  -o x=y\npickup    unix  n       -       y       60      1       pickup\n\
        qmgr      unix  n       -       n       300     1       qmgr\n\
        postlog   unix-dgram n  -       n       -       1       postlogd\n\
        maildrop  unix  -       n       n       -       -       pipe\n  flags=DRXhu user=vmail \
        argv=/usr/bin/maildrop -d ${recipient}\n";
    let services = read(text, Datagrams::Known).unwrap();
    let names: Vec<_> = services.iter().map(|service| service.name.escape_ascii().to_string()).collect();
    assert_eq!(names, ["smtp", "pickup", "qmgr", "postlog", "maildrop"]);
    assert_eq!(services[4].command, b"pipe");
    assert_eq!(read(text, Datagrams::Doubtful), Err(NeedsPostconf));
}

#[test]
fn datagrams_are_known_since_a_version() {
    for (version, expected) in [
        (&b"3.4.0\n"[..], Datagrams::Known),
        (b"3.10.5", Datagrams::Known),
        (b"4.0", Datagrams::Known),
        (b"3.3.1", Datagrams::Doubtful),
        (b"2.11.0", Datagrams::Doubtful),
        (b"", Datagrams::Doubtful),
    ] {
        assert_eq!(Datagrams::of_version(version), expected, "{version:?}");
    }
}
