//! Tests that answers from the cache are the answers without it.

use std::path::Path;

use proptest::prelude::*;

use super::{Call, Output, ParameterCache};
use crate::config::main_cf::ExpansionLimit;
use crate::protocol::bytes::bytes_of;
use crate::protocol::world::World;
use crate::runtime::fuzz_subject::{put, world};

/// What of an answer can be seen.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    stdout: String,
    stderr: String,
    status: u8,
}

fn ask(
    world: &World,
    cache: Option<&ParameterCache>,
    (called, directory): (&str, Option<&Path>),
    words: &[String],
) -> Seen {
    let call = Call {
        world,
        called: called.into(),
        arguments: words.iter().map(Into::into).collect(),
        mail_config: directory.map(|directory| bytes_of(directory.to_owned())),
        edit_fault: None,
        limit: ExpansionLimit::default(),
        cache,
    };
    let Output { stdout, stderr, status, .. } = call.answer();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Seen { stdout: text(stdout), stderr: text(stderr), status }
}

const MAIN_CF: [&str; 4] = [
    "mail_name = one\nsyslog_name = $nosuch\n",
    "mail_name = two\nqueue_directory = $config_directory/queue\n",
    "a = $b\nb = 1\nprocess_name = c\n",
    "no setting\n",
];
const MASTER_CF: [Option<&str>; 4] =
    [Some(""), Some("one unix - - - - - two -o own_name=$nosuch\n"), Some("too short\n"), None];
const QUESTIONS: [&[&str]; 8] = [
    &["-h", "mail_name"],
    &["-qhx", "queue_directory", "config_directory", "process_name"],
    &["-n"],
    &["-qx", "syslog_name", "process_name"],
    &["-M"],
    &["-dh", "mail_name"],
    &["-o", "mail_name=three", "-h", "mail_name"],
    &["-P"],
];

#[derive(Clone, Debug)]
enum CacheEvent {
    /// main.cf of one of the directories becomes another.
    MainCf(usize, &'static str),
    /// So does master.cf, or it goes.
    MasterCf(usize, Option<&'static str>),
    /// A question is asked: what postconf was called as, which directory the environment names, which `-c`
    /// names, and the rest.
    Question(&'static str, Option<usize>, Option<usize>, &'static [&'static str]),
}

fn event() -> impl Strategy<Value = CacheEvent> {
    use proptest::option;
    use proptest::sample::select;
    let directory = 0..2_usize;
    prop_oneof![
        1 => (directory.clone(), select(&MAIN_CF[..])).prop_map(|(at, text)| CacheEvent::MainCf(at, text)),
        1 => (directory.clone(), select(&MASTER_CF[..])).prop_map(|(at, text)| CacheEvent::MasterCf(at, text)),
        4 => (select(vec!["postconf", "sbin/postconf", "other"]), option::of(directory.clone()),
            option::of(directory), select(&QUESTIONS[..]))
            .prop_map(|(called, at, given, words)| CacheEvent::Question(called, at, given, words)),
    ]
}

proptest! {
    #[test]
    fn an_answer_from_memory_is_as_one_without(
        version in proptest::sample::select(vec!["3.5", "3.7", "3.10", "3.11"]),
        events in proptest::collection::vec(event(), 1..24),
    ) {
        let root = tempfile::tempdir().unwrap();
        let directories = [root.path().join("a"), root.path().join("b")];
        for directory in &directories {
            std::fs::create_dir(directory).unwrap();
            put(directory, "main.cf", MAIN_CF[0].as_bytes());
            put(directory, "master.cf", b"");
        }
        let world = world(&directories[0], version.as_bytes());
        let cache = ParameterCache::default();
        for event in events {
            match event {
                CacheEvent::MainCf(at, text) => put(&directories[at], "main.cf", text.as_bytes()),
                CacheEvent::MasterCf(at, Some(text)) => put(&directories[at], "master.cf", text.as_bytes()),
                CacheEvent::MasterCf(at, None) => drop(std::fs::remove_file(directories[at].join("master.cf"))),
                CacheEvent::Question(called, at, given, words) => {
                    let given = given.map(|at| ["-c".to_owned(), directories[at].display().to_string()]);
                    let words = given.into_iter().flatten().chain(words.iter().map(ToString::to_string));
                    let words: Vec<_> = words.collect();
                    let named = at.map(|at| directories[at].as_path());
                    let ask = |cache| ask(&world, cache, (called, named), &words);
                    prop_assert_eq!(ask(Some(&cache)), ask(None), "{:?}", words);
                }
            }
        }
    }
}

#[test]
fn what_is_known_serves_until_a_file_changes() {
    let directory = tempfile::tempdir().unwrap();
    let world = world(directory.path(), b"3.11");
    let cache = ParameterCache::default();
    let ask = |words: &[&str]| {
        let words: Vec<_> = words.iter().map(ToString::to_string).collect();
        ask(&world, Some(&cache), ("postconf", Some(directory.path())), &words).stdout
    };
    put(directory.path(), "main.cf", b"mail_name = one\n");
    put(directory.path(), "master.cf", b"");
    assert_eq!(ask(&["-h", "mail_name"]), "one\n");
    assert_eq!(ask(&["-qn", "mail_name"]), "mail_name = one\n");
    assert_eq!(cache.len(), 1, "both questions need the same");
    put(directory.path(), "main.cf", b"mail_name = two\n");
    assert_eq!(ask(&["-h", "mail_name"]), "two\n");
    assert_eq!(cache.len(), 2);

    assert_eq!(ask(&["-h", "-o", "mail_name=other", "mail_name"]), "other\n");
    assert_eq!(ask(&["-dh", "mail_name"]), "Postfix\n");
    assert_eq!(ask(&["-M"]), "");
    assert_eq!(cache.len(), 2, "what holds for one question only is not kept");
}
