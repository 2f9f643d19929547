//! Tests that the manager reads a main.cf as the installed postconf(1) prints it, on random files.
//! The two must never disagree.
//!
//! `PROPTEST_CASES` says how many files; without it there are a few. The host's own Postfix configuration plays no
//! part: postconf is given a directory of the test's own.

use std::cell::Cell;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use super::*;
use crate::postfix::installed_postconf::{self, POSTCONF, has_postconf};

const NAMES: [&str; 6] = [
    postconf::DIRECTORIES,
    postconf::START_COMMANDS,
    postconf::STOP_COMMANDS,
    postconf::CONTROL_COMMANDS,
    postconf::ENABLE,
    postconf::GROUP,
];

/// Names in the order of how often they should come.
const OTHER_NAMES: [&str; 28] = [
    "myhostname",
    "mydomain",
    "myorigin",
    "mydestination",
    "mynetworks",
    "inet_interfaces",
    "inet_protocols",
    "mynetworks_style",
    "compatibility_level",
    "relayhost",
    "smtpd_banner",
    "alias_maps",
    "alias_database",
    "queue_directory",
    "data_directory",
    "config_directory",
    "process_name",
    "mail_version",
    "smtpd_restriction_classes",
    "my_class",
    "virtual_alias_maps",
    "default_database_type",
    "import_environment",
    "mail_owner",
    "virtual_maps",
    "x",
    "X_1",
    "transport_maps",
];

/// A hundred ways to write a value.
const VALUES: [&str; 64] = [
    "yes",
    "no",
    "YES",
    "Yes",
    "nO",
    "maybe",
    "",
    "true",
    "yes no",
    "y",
    "yes,",
    "/etc/postfix-a",
    "/etc/a, /etc/b",
    "/etc/a,/etc/b\n  /etc/c",
    "/etc/a\n# comment\n\t/etc/b",
    "/etc/a\n\n  /etc/b",
    "/etc/a  ,\t,/etc/b ",
    "mx",
    "out bound",
    "$x",
    "${x}",
    "$(x)",
    "$myhostname",
    "${myhostname}.example",
    "ddd $daemon_directory/$process_name $process_id",
    "$process_name",
    "$$x",
    "$",
    "a$",
    "$ x",
    "${x",
    "$(x",
    "${x}}",
    "${x?yes}",
    "${x:no}",
    "${{$x} == {yes} ? {yes} : {no}}",
    "${multi_instance_enable}",
    "$multi_instance_directories",
    "{ a = b }",
    "a = b",
    "#yes",
    "yes # no",
    "yes\\\n no",
    "hash:/etc/aliases",
    "mysql:/nonexistent.cf",
    "proxy:ldap:x",
    "btree:$data_directory/x",
    "all",
    "ipv4",
    "ipv6",
    "loopback-only",
    "192.0.2.77",
    "nonsense.invalid",
    "class",
    "subnet",
    "host",
    "odd",
    "3.6",
    "2",
    "3.6.0",
    "9999999999",
    "localhost",
    "127.0.0.0/8",
    "start launch",
];

/// Whole lines that are no ordinary settings.
const ODD_LINES: [&str; 24] = [
    "# comment",
    "  # comment",
    "#",
    "",
    "   ",
    "\t",
    " continued",
    "\tcontinued = yes",
    "no equals sign",
    "= no name",
    "two words = x",
    "odd-name = x",
    "odd.name = x",
    "[x] = y",
    "multi_instance_enable",
    "multi_instance_enable yes",
    " multi_instance_enable = yes",
    "multi_instance_enable\t=\tyes",
    "Multi_instance_enable = yes",
    "multi_instance_enable ==yes",
    "# comment \\",
    "multi_instance_enable: yes",
    "$x = y",
    "include /etc/postfix/other.cf",
];

/// Bytes that are put somewhere into a file.
const ODD_BYTES: [&[u8]; 12] = [
    b"\r",
    b"\0",
    b"\x0b",
    b"\x0c",
    b"\xff",
    b"\xc3\xbc",
    b"\x1b",
    b"\x7f",
    b"\xef\xbb\xbf",
    b"$",
    b"{",
    b"\n",
];

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => select(&VALUES[..]).prop_map(str::to_owned),
        1 => (select(&VALUES[..]), select(&VALUES[..])).prop_map(|(one, other)| format!("{one}{other}")),
        1 => "[ -~]{0,12}",
        1 => (1_usize..9000).prop_map(|length| "long ".repeat(length / 5)),
    ]
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    let name = prop_oneof![3 => select(&NAMES[..]), 4 => select(&OTHER_NAMES[..])];
    let sign = select(&[" = ", "=", "= ", " =", "\t=\t", "  =  "][..]);
    prop_oneof![
        6 => (name, sign, value()).prop_map(|(name, sign, value)| format!("{name}{sign}{value}").into_bytes()),
        1 => select(&ODD_LINES[..]).prop_map(|line| line.as_bytes().to_vec()),
    ]
}

fn file() -> impl Strategy<Value = Vec<u8>> {
    installed_postconf::file(proptest::collection::vec(line(), 0..9), &ODD_BYTES)
}

/// What somebody says of the parameters, in the order of their names; nothing if there is doubt.
type Answers = Option<Vec<Vec<u8>>>;

/// A value as it counts: what is at its ends does not, and in a list nothing between its elements does.
fn counted(name: &str, value: &[u8]) -> Vec<u8> {
    if name == postconf::ENABLE || name == postconf::GROUP {
        value.trim_ascii().to_vec()
    } else {
        let elements: Vec<OsString> = list_value::split(value).collect();
        elements.join(OsStr::new(",")).into_encoded_bytes()
    }
}

/// The manager's own answers: exactly those that it would act upon.
fn ours(text: &[u8]) -> Answers {
    let (overview, settings) = (overview_of(text).ok()?, settings_of(&LiteralMainCf::read(text).ok()?).ok()?);
    let list = |elements: Vec<OsString>| elements.join(OsStr::new(",")).into_encoded_bytes();
    Some(vec![
        list(overview.directories),
        list(overview.classes.start),
        list(overview.classes.stop),
        list(overview.classes.control),
        settings.enable,
        settings.group.unwrap_or_default().into_encoded_bytes(),
    ])
}

/// postconf's answers; nothing if it fails.
fn theirs(directory: &Path, text: &[u8]) -> Answers {
    let path = directory.join("main.cf");
    std::fs::write(&path, text).unwrap();
    let old = SystemTime::now() - Duration::from_secs(3600);
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
    let output = Command::new(POSTCONF)
        .env_clear()
        .args(["-c".as_ref(), directory.as_os_str(), "-x".as_ref()])
        .args(NAMES)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    if !output.status.success() {
        return None;
    }
    let lines: Vec<&[u8]> = output.stdout.split(|byte| *byte == b'\n').collect();
    let answers = NAMES.iter().map(|name| {
        // A value may hold line ends of its own kind, but none of these.
        let start = [name.as_bytes(), b" = "].concat();
        let bare = [name.as_bytes(), b" ="].concat();
        let line =
            lines.iter().copied().find(|line| line.starts_with(&start) || *line == bare.as_slice()).unwrap();
        counted(name, line.get(start.len()..).unwrap_or_default())
    });
    Some(answers.collect())
}

#[test]
fn the_fast_path_never_disagrees_with_postconf() {
    if !has_postconf() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let cases = std::env::var("PROPTEST_CASES").map_or(400, |text| text.parse().unwrap());
    let answered = Cell::new(0);
    let configuration =
        Config { cases, failure_persistence: None, max_shrink_iters: 500, ..Config::default() };
    TestRunner::new(configuration)
        .run(&file(), |text| {
            // Where there is doubt nothing is said, and nothing can be wrong.
            if let Some(ours) = ours(&text) {
                answered.set(answered.get() + 1);
                prop_assert_eq!(Some(ours), theirs(directory.path(), &text), "{}", text.escape_ascii());
            }
            Ok(())
        })
        .unwrap();
    println!("{cases} files, {} of them without doubt", answered.get());
    assert!(answered.get() * 8 > cases, "most files leave doubt, so that little was compared");
}

/// Makes another text of a text.
type Cleaner = fn(&[u8]) -> Vec<u8>;

/// Whether a reader is found to be wrong, on the same files in every run.
fn is_found(reader: impl Fn(&[u8]) -> Answers) -> bool {
    let directory = tempfile::tempdir().unwrap();
    let mut runner = TestRunner::new(Config { rng_seed: RngSeed::Fixed(11), ..Config::default() });
    (0..1500).any(|_| {
        let text = file().new_tree(&mut runner).unwrap().current();
        reader(&text).is_some_and(|answers| Some(answers) != theirs(directory.path(), &text))
    })
}

#[test]
fn a_reader_that_is_too_generous_is_found() {
    if !has_postconf() {
        return;
    }
    // Each forgives one thing that ours takes for doubtful, by looking at a text that was cleaned of it.
    let cleaned: [(&str, Cleaner); 5] = [
        ("a line without an equals sign", |text| kept(text, |line| line.contains(&b'='))),
        ("a continuation of nothing", |text| text.trim_ascii_start().to_vec()),
        ("a zero byte", |text| text.iter().copied().filter(|byte| *byte != 0).collect()),
        ("a macro", |text| text.iter().copied().filter(|byte| *byte != b'$').collect()),
        ("a second setting", |text| {
            let mut seen = Vec::new();
            kept(text, |line| {
                let name = line.split(|byte| *byte == b'=').next().unwrap_or_default().trim_ascii().to_vec();
                let is_new = !line.contains(&b'=') || !seen.contains(&name);
                seen.push(name);
                is_new
            })
        }),
    ];
    for (what, clean) in cleaned {
        assert!(is_found(|text| ours(&clean(text))), "{what} is forgiven, and nobody notices");
    }
    assert!(!is_found(ours));
}

/// The lines that are kept.
fn kept(text: &[u8], mut keep: impl FnMut(&[u8]) -> bool) -> Vec<u8> {
    text.split_inclusive(|byte| *byte == b'\n').filter(|line| keep(line)).flatten().copied().collect()
}
