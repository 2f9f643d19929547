//! Draws calls of the programs beside postconf(1) and postfix(1), in random systems.
//!
//! None asks for what a fake refuses, and none for a trace: what `-v` writes is not simulated.

use std::collections::BTreeMap;

use postfix_fakes::bytes::ByteString;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::case::{Runner, Step, SystemCase};
use super::changes::{Becomes, Change};
use super::systems::valid;
use postfix_harness::invocation::Program;
use postfix_harness::layout::{Damage, Draft, Instance, Layout};

/// Text for one instance's main.cf that these programs have something to say about.
const REMARKABLE: [&str; 37] = [
    "syslog_name = other\n",
    "syslog_name = ${multi_instance_name?{$multi_instance_name}:{none}}\n",
    "syslog_name =\n",
    "syslog_name = a b\tc\n",
    "syslog_name = $mail_name-log\n",
    "multi_instance_name = postfix-x\nmulti_instance_group = mta\n",
    "alternate_config_directories = @root@/etc/postfix-c, @root@/etc\n",
    "alternate_config_directories = $config_directory /nonexistent\n",
    "alternate_config_directories = @root@/etc/postfix-a\nalternate_config_directories =\n",
    "multi_instance_directories = @root@/etc/postfix-b\n",
    "multi_instance_directories = @root@/etc/postfix-a,@root@/etc/postfix-b\n",
    "multi_instance_directories = {@root@/etc/postfix-a}\n",
    "alternate_config_directories =\n @root@/etc/postfix-a\n# comment\n @root@/etc/postfix-b\n",
    "queue_directory = /nonexistent\n",
    "queue_directory = @root@/etc/postfix/main.cf\n",
    "queue_directory =\n",
    "queue_directory = @root@/var/spool/postfix-a\n",
    "hash_queue_names = maildrop, deferred\n",
    "hash_queue_names = incoming ACTIVE\nhash_queue_depth = 2\n",
    "command_directory = /nonexistent\n",
    "daemon_directory = /nonexistent\n",
    "showq_service_name = other\nmail_name = Other\n",
    "queue_service_name = other\n",
    "mail_owner = nosuch\n",
    "mail_owner = root\n",
    "mail_owner = nobody\n",
    "setgid_group = nosuch\n",
    "myhostname = a..b\n",
    "compatibility_level = x\n",
    "inet_protocols = nosuch\n",
    "import_environment = TZ {MAIL_LOGTAG=imported}\n",
    "import_environment = {FOO\n",
    "soft_bounce = maybe\n",
    "known_tcp_ports = smtp, lmtp=24\n",
    "data_directory = $data_directory\n",
    "no equals sign\n",
    "syslog_facility = nosuch\n",
];

/// What may be wrong with a configuration directory. A FIFO is left out: its reader waits for good.
const DAMAGES: [Damage; 4] =
    [Damage::MainCfMissing, Damage::MainCfDirectory, Damage::MainCfUnreadable, Damage::MainCfSyntax];

/// Configuration directories to ask for.
const DIRECTORIES: [&str; 10] = [
    "@default@",
    "@root@/etc/postfix-a",
    "@root@/etc/postfix-b",
    "@root@/etc/postfix-a/",
    "@default@/",
    "@root@/etc",
    "/nonexistent",
    "@root@/etc/postfix/main.cf",
    "etc/postfix-a",
    "",
];

/// The directories of a queue that are changed. Not maildrop, for whose sake postdrop(1) would wait for good.
const QUEUES: [&str; 13] = [
    "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "pid",
    "saved", "tlstrace", "trace",
];

type Words = &'static [&'static str];

const POSTLOG: [Words; 26] = [
    &[],
    &["hello"],
    &["hello", "world"],
    &["a\tb\u{e9}\u{1}", ""],
    &["--", "-p"],
    &["-i", "text"],
    &["-p", "info", "text"],
    &["-p", "WARN", "text"],
    &["-p", "warning"],
    &["-pError", "text"],
    &["-p", "err"],
    &["-p", "fatal", "text"],
    &["-p", "crit"],
    &["-p", "panic", "text"],
    &["-p", "nosuch", "text"],
    &["-p", "", "text"],
    &["-t", "tag", "text"],
    &["-t", "", "text"],
    &["-t", "a b\tc\u{e9}/d", "-p", "warn", "text"],
    &["-it", "tag", "-t", "other"],
    &["-x"],
    &["-p"],
    &["-t"],
    &["-p", "nosuch", "-x"],
    &["-x", "-p", "nosuch"],
    &["text", "-p", "fatal"],
];

const POSTSUPER: [Words; 40] = [
    &[],
    &["active"],
    &["active", "deferred"],
    &["deferred", "nosuch", "hold"],
    &["nosuch"],
    &["trace"],
    &["corrupt"],
    &["active/"],
    &[""],
    &["-p"],
    &["-p", "maildrop"],
    &["-s"],
    &["-S"],
    &["-s", "trace"],
    &["-psS", "incoming", "hold"],
    &["-d", "ALL"],
    &["-d", "ALL", "deferred"],
    &["-d", "ALL", "nosuch"],
    &["-d", "0123456789"],
    &["-d", "no such id"],
    &["-d", ""],
    &["-d", "-"],
    &["-h", "ALL"],
    &["-h", "0A1B2C3D4E"],
    &["-H", "ALL"],
    &["-H", "-", "hold"],
    &["-r", "ALL"],
    &["-r", "ALL", "hold"],
    &["-r", "../x"],
    &["-e", "ALL"],
    &["-e", "0A"],
    &["-f", "ALL"],
    &["-f", "0A", "-d", "0B", "-h", "0C", "-r", "0D"],
    &["-d", "ALL", "-h", "ALL"],
    &["-x"],
    &["-d"],
    &["-sx"],
    &["-p", "-d", "ALL", "active"],
    &["-ps", "-d", "0A"],
    &["--", "-p"],
];

const POSTQUEUE: [Words; 14] = [
    &["-p"],
    &["-j"],
    &["-f"],
    &[],
    &["-pf"],
    &["-p", "-p"],
    &["-p", "extra"],
    &["-x"],
    &["-c"],
    &["-i"],
    &["-s"],
    &["-pj"],
    &["extra"],
    &["--", "-p"],
];

const POSTDROP: [Words; 8] =
    [&[], &["-r"], &["-rr"], &["-x"], &["-c"], &["extra"], &["-r", "extra"], &["--"]];

const SENDMAIL: [Words; 8] = [
    &["-bp"],
    &["-b", "p"],
    &["-bp", "-i"],
    &["-bp", "extra"],
    &["-bp", "-n"],
    &["-bp", "-t"],
    &["-bp", "-bp"],
    &["-bp", "-Z"],
];

const MAILQ: [Words; 6] = [&[], &["-bp"], &["extra"], &["-i"], &["-x"], &["-Z"]];

const MASTER: [Words; 10] = [
    &["-t"],
    &["-tt"],
    &["-t", "-D"],
    &["-t", "-s"],
    &["-t", "-w"],
    &["-t", "extra"],
    &["-x"],
    &["-c"],
    &["-t", "-i"],
    &["--", "-t"],
];

/// What comes on standard input if a program reads it.
const INPUTS: [&[u8]; 9] = [
    b"",
    b"one\n",
    b"one\ntwo\n",
    b"no line end",
    b"\n",
    b"\n\nlast\n",
    b"tab\tand \xc3\xa9 and \xff\n",
    b"before\0after\nnext\n",
    b"carriage\r\n",
];

const VARIABLES: [(&str, &str); 4] =
    [("MAIL_LOGTAG", "tag"), ("MAIL_LOGTAG", ""), ("TZ", "Europe/Vienna"), ("ODD", "a b\nc")];

/// A program, as its name, its place, and what it may be called with.
#[derive(Clone, Copy, Debug)]
struct Target {
    place: &'static str,
    calls: &'static [Words],
    /// The option for a configuration directory.
    option: &'static str,
    reads: bool,
    /// What starts it, where it does not do to be the first of its process group.
    started_by: Words,
    /// Whether it is for everybody, with a group of its own.
    is_for_everybody: bool,
}

const PROGRAMS: [(u32, Target); 7] = [
    (6, program("usr/sbin/postlog", &POSTLOG, "-c", true, false)),
    (6, program("usr/sbin/postsuper", &POSTSUPER, "-c", true, false)),
    (5, program("usr/sbin/postqueue", &POSTQUEUE, "-c", false, true)),
    (3, program("usr/sbin/postdrop", &POSTDROP, "-c", false, true)),
    (2, program("usr/sbin/sendmail", &SENDMAIL, "-C", false, true)),
    (1, program("usr/bin/mailq", &MAILQ, "-C", false, true)),
    (2, Target { started_by: &SHELL, ..program("usr/libexec/postfix/master", &MASTER, "-c", false, false) }),
];

/// A shell that waits for what it starts.
const SHELL: [&str; 4] = ["/bin/sh", "-c", "\"$@\"; exit", "sh"];

const fn program(
    place: &'static str,
    calls: &'static [Words],
    option: &'static str,
    reads: bool,
    is_for_everybody: bool,
) -> Target {
    Target { place, calls, option, reads, started_by: &[], is_for_everybody }
}

/// How a configuration directory is given.
#[derive(Clone, Copy, Debug)]
enum Given {
    ByOption(&'static str),
    ByVariable(&'static str),
}

fn step() -> impl Strategy<Value = Step> {
    let programs = PROGRAMS.iter().map(|(weight, program)| (*weight, Just(*program).boxed()));
    let directory = prop_oneof![
        select(&DIRECTORIES[..]).prop_map(Given::ByOption),
        select(&DIRECTORIES[..]).prop_map(Given::ByVariable),
    ];
    let directory = option::weighted(0.6, directory);
    let variable = option::weighted(0.2, select(&VARIABLES[..]));
    (
        proptest::strategy::Union::new_weighted(programs.collect()),
        any::<Index>(),
        directory,
        select(&INPUTS[..]),
        variable,
    )
        .prop_map(|(program, call, directory, input, variable)| {
            let mut environment: BTreeMap<String, ByteString> = BTreeMap::new();
            let mut words: Vec<ByteString> =
                program.started_by.iter().map(|word| ByteString::from(*word)).collect();
            words.push(ByteString::from(["@root@/", program.place].concat().as_str()));
            match directory {
                Some(Given::ByOption(directory)) => words.extend([program.option.into(), directory.into()]),
                Some(Given::ByVariable(directory)) => {
                    environment.insert("MAIL_CONFIG".to_owned(), directory.into());
                }
                None => {}
            }
            words.extend(call.get(program.calls).iter().map(|word| ByteString::from(*word)));
            if let Some((name, value)) = variable {
                environment.insert(name.to_owned(), value.into());
            }
            let stdin = ByteString(if program.reads { input.to_vec() } else { Vec::new() });
            let runner = if program.is_for_everybody { Runner::OrdinaryUser } else { Runner::Superuser };
            Step { program: Program::Other, arguments: words, environment, stdin, runner }
        })
}

/// The default instance and two more, one of them not listed, with text or damage for one of them.
fn layout() -> impl Strategy<Value = Layout> {
    let odd = prop_oneof![
        3 => vec(select(&REMARKABLE[..]), 1..3).prop_map(Ok),
        1 => select(&DAMAGES[..]).prop_map(Err),
    ];
    (option::weighted(0.6, (0..3_usize, odd)), any::<bool>()).prop_map(|(odd, is_listed)| {
        let mut draft = Draft {
            instances: vec![
                Instance { listed: is_listed, ..Instance::enabled("a") },
                Instance { listed: false, ..Instance::disabled("b") },
            ],
            ..Draft::default()
        };
        if let Some((number, odd)) = odd {
            let instance = match number.checked_sub(1) {
                None => &mut draft.default,
                Some(number) => &mut draft.instances[number],
            };
            match odd {
                Ok(text) => instance.main_cf = Some(ByteString::from(text.concat().as_str())),
                Err(damage) => instance.damage = Some(damage),
            }
        }
        valid(draft)
    })
}

/// Something amiss in a queue.
fn change() -> impl Strategy<Value = Change> {
    let becomes = prop_oneof![
        3 => Just(Becomes::Missing),
        1 => Just(Becomes::File("x".into())),
        1 => Just(Becomes::Link("nowhere".into())),
        1 => Just(Becomes::Link("incoming".into())),
        1 => Just(Becomes::Mode(0o755)),
    ];
    let one = prop_oneof![
        9 => (select(&QUEUES[..]), becomes),
        1 => Just(("public", Becomes::Missing)),
    ];
    (select(&["postfix", "postfix", "postfix-a"][..]), one).prop_map(|(spool, (name, becomes))| Change {
        path: ByteString::from(format!("var/spool/{spool}/{name}").as_str()),
        becomes: match becomes {
            // Which would lead nowhere in another way, and lets nothing be changed in it.
            Becomes::Link(to) if to == ByteString::from(name) => Becomes::Link("nowhere".into()),
            other => other,
        },
    })
}

/// A system and one call.
pub(super) fn program_cases() -> impl Strategy<Value = SystemCase> {
    let changes = prop_oneof![2 => vec(change(), 0..=0), 1 => vec(change(), 1..=2)];
    (layout(), changes, step()).prop_map(|(layout, changes, step)| SystemCase {
        layout,
        changes,
        commands: vec![step],
    })
}
