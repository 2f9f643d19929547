//! Draws calls of postfix(1) that its scripts carry out, on instances that do not run.
//!
//! None starts a daemon: if one should start, its services are missing. Nor is anything there that belongs to
//! somebody else than an installation would have it, or that another program would have put there: a fake looks
//! at neither.

use postfix_fakes::bytes::ByteString;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::case::{Step, SystemCase};
use super::changes::{Becomes, Change};
use super::systems::valid;
use postfix_harness::layout::{Draft, Instance};

type Words = &'static [&'static str];

/// What an instance is told.
const CALLS: [Words; 41] = [
    &["check"],
    &["check"],
    &["check"],
    &["check"],
    &["check", "extra"],
    &["status"],
    &["stop"],
    &["abort"],
    &["drain"],
    &["quick-stop"],
    &["reload"],
    &["flush"],
    &["start_msg"],
    &["quiet-status"],
    &["quick-check"],
    &["check-fatal"],
    &["check-warn"],
    &["check-alias-maps-migration"],
    &["chroot"],
    &["chroot", "-Sc", "query"],
    &["chroot", "-nX", "on"],
    &["chroot", "nosuch"],
    &["stop_msg"],
    &["logrotate"],
    &["logrotate", "extra"],
    &["nosuch"],
    &["Check"],
    &["/bin/echo", "a b", "c"],
    &["/bin/false"],
    &["/bin/sh", "-c", "kill -9 $$"],
    &["/bin/pwd"],
    &["/nonexistent"],
    &["/etc"],
    &["post-install"],
    &["post-install", "create-missing"],
    &["post-install", "nosuch"],
    &["post-install", "create-missing", "a b"],
    &["post-install", "create-missing", "nosuch"],
    &["upgrade-configuration"],
    &["upgrade-configuration", "nosuch"],
    &["upgrade-configuration", "upgrade-configuration"],
];

/// What only an instance is told that shares its files with another one: for the other one it would be about files
/// outside of the world.
const SECONDARY_CALLS: [Words; 4] = [
    &["set-permissions"],
    &["set-permissions", "upgrade-configuration"],
    &["post-install", "upgrade-source"],
    &["post-install", "upgrade-permissions"],
];

/// What an instance is told whose services are looked at: nothing that would start one of them, or change them.
const JAIL_CALLS: [Words; 10] = [
    &["chroot"],
    &["chroot", "query"],
    &["chroot", "-c"],
    &["chroot", "-X"],
    &["chroot", "-Sc", "q"],
    &["chroot", "-n", "on"],
    &["chroot", "-nc", "off"],
    &["chroot", "-nSXc", "n"],
    &["check"],
    &["post-install", "create-missing"],
];

/// Services with a choice of a jail, against one, and without one; such as need nothing in it, need files of the machine,
/// are unknown, and cannot be in it.
const SERVICES: [&str; 8] = [
    "smtp unix - - y - - smtp\n",
    "smtp unix - - n - - smtp\nanvil unix - - n - 1 anvil\n",
    "relay unix - - - - - smtp\nanvil unix - - - - 1 anvil\n",
    "smtp unix - - n - - smtp\nanvil unix - - y - 1 anvil\npickup unix n - - 60 1 pickup\n",
    "25 inet n - y - - smtpd\n  -o syslog_name=x/y -o smtpd_tls_security_level=none\n  -o { a = b c }\n",
    "own unix - - y - - own flag\nother unix - - n - - /bin/other\n",
    "own unix - n - - - own {a b} c\nlocal unix - n y - - local\nvirtual unix - n n - - virtual\n",
    "# y\nlmtp\tunix\t-\t-\t-\t-\t-\tlmtp\npipe unix - n n - - pipe\n  flags=q user=y\n",
];

/// Text for main.cf that the scripts have something to say about.
const REMARKABLE: [&str; 18] = [
    "shlib_directory = no\n",
    "shlib_directory = /nonexistent\n",
    "meta_directory = /nonexistent\n",
    "syslog_name = other\n",
    "myorigin = Debian.ORG\n",
    "myorigin = @root@/etc/postfix-a/main.cf\n",
    "myorigin = @root@/etc/postfix-a/nosuch\n",
    "myorigin = @root@/etc\n",
    "myorigin = /etc/hostname\n",
    "myorigin = /nonexistent\n",
    "nosuch = x\n",
    "nosuch_tls = $nosuch\nsmtpd_use_tls = yes\n",
    "compatibility_level = 2\n",
    "non_bdb_migration_level = disable\n",
    "multi_instance_name = postfix-x\n",
    "queue_directory = @root@/var/spool/new\n",
    "data_directory = @root@/var/lib/new\n",
    "data_directory = @root@/var/nosuch/new\n",
];

/// The directories that post-install makes if they are missing.
const MADE: [&str; 17] = [
    "lib", "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private",
    "maildrop", "public", "pid", "saved", "tlstrace", "trace", "active",
];

const MODES: [u32; 6] = [0o755, 0o775, 0o777, 0o700, 0o750, 0o757];

/// The modes of a queue that the mail system's owner can enter: the fake of postsuper(1) does not become that
/// account.
const OPEN_MODES: [u32; 4] = [0o755, 0o775, 0o777, 0o757];

/// Which of the two instances is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whom {
    Default,
    Secondary,
}

fn call() -> impl Strategy<Value = (Whom, Words)> {
    prop_oneof![
        4 => select(&CALLS[..]).prop_map(|words| (Whom::Default, words)),
        3 => select(&CALLS[..]).prop_map(|words| (Whom::Secondary, words)),
        1 => select(&SECONDARY_CALLS[..]).prop_map(|words| (Whom::Secondary, words)),
    ]
}

/// Something amiss; `spool` is what the queue is called, `etc` what the configuration directory is.
fn change() -> impl Strategy<Value = Change> {
    let instance = select(&["postfix", "postfix-a"][..]);
    let of_queue = prop_oneof![
        4 => Just(Becomes::Missing),
        1 => Just(Becomes::File("x".into())),
        1 => Just(Becomes::Link("nowhere".into())),
        2 => select(&MODES[..]).prop_map(Becomes::Mode),
    ];
    let queue = (select(&MADE[..]), of_queue).prop_map(|(name, becomes)| match name {
        "lib" => ("lib", "", becomes),
        name => ("spool", name, becomes),
    });
    let whole = prop_oneof![
        Just(("spool", "", Becomes::Missing)),
        select(&OPEN_MODES[..]).prop_map(|mode| ("spool", "", Becomes::Mode(mode))),
        Just(("spool", "extra", Becomes::Directory)),
        Just(("spool", "etc", Becomes::Directory)),
        Just(("spool", "etc", Becomes::File("x".into()))),
        Just(("spool", "etc", Becomes::Link("../../../etc".into()))),
        Just(("spool", "etc", Becomes::Link("nowhere".into()))),
        Just(("spool", "usr", Becomes::Directory)),
        Just(("spool", "usr", Becomes::File("x".into()))),
    ];
    let configuration = prop_oneof![
        2 => Just(("etc", "master.cf", Becomes::Missing)),
        1 => Just(("etc", "master.cf", Becomes::Directory)),
        2 => select(&MODES[..]).prop_map(|mode| ("etc", "master.cf", Becomes::Mode(mode))),
        2 => select(&MODES[..]).prop_map(|mode| ("etc", "", Becomes::Mode(mode))),
        1 => Just(("etc", "extra", Becomes::Directory)),
        1 => Just(("etc", "link", Becomes::Link("main.cf".into()))),
        1 => Just(("etc", "link", Becomes::Link("/etc/hosts".into()))),
        1 => Just(("etc", "link", Becomes::Link("nowhere".into()))),
        1 => Just(("etc", "odd\tname", Becomes::File("x".into()))),
    ];
    (instance, prop_oneof![4 => queue, 1 => whole, 3 => configuration]).prop_map(
        |(instance, (place, name, becomes))| {
            let directory = match place {
                "etc" => format!("etc/{instance}"),
                "lib" => format!("var/lib/{instance}"),
                _ => format!("var/spool/{instance}"),
            };
            let path = if name.is_empty() { directory } else { format!("{directory}/{name}") };
            Change { path: ByteString::from(path.as_str()), becomes }
        },
    )
}

/// One of the instances that are told something, and its master.cf.
fn master_cf() -> impl Strategy<Value = (Whom, &'static str)> {
    any::<bool>().prop_map(|is_default| {
        if is_default {
            (Whom::Default, "etc/postfix/master.cf")
        } else {
            (Whom::Secondary, "etc/postfix-a/master.cf")
        }
    })
}

/// A call that would start the instance if only it had services.
fn refused_start() -> impl Strategy<Value = (Whom, Words, Vec<Change>)> {
    (master_cf(), select(&["start", "start-fg"][..])).prop_map(|((whom, path), start)| {
        let words: Words = if start == "start" { &["start"] } else { &["start-fg"] };
        (whom, words, vec![Change { path: path.into(), becomes: Becomes::Missing }])
    })
}

/// A call on an instance with other services.
fn of_services() -> impl Strategy<Value = (Whom, Words, Vec<Change>)> {
    (master_cf(), select(&JAIL_CALLS[..]), select(&SERVICES[..])).prop_map(|((whom, path), words, text)| {
        (whom, words, vec![Change { path: path.into(), becomes: Becomes::File(text.into()) }])
    })
}

/// An upgrade looks for services, and a fake takes them for complete.
fn leaves_services(change: &Change) -> bool {
    !change.path.0.ends_with(b"/master.cf") || matches!(change.becomes, Becomes::Mode(_))
}

/// A system and one call.
pub(super) fn script_cases() -> impl Strategy<Value = SystemCase> {
    let told = prop_oneof![
        12 => call().prop_map(|(whom, words)| (whom, words, Vec::new())),
        1 => refused_start(),
        3 => of_services(),
    ];
    let text = option::weighted(0.25, (any::<bool>(), select(&REMARKABLE[..])));
    let is_listed = prop_oneof![2 => Just(true), 1 => Just(false)];
    (is_listed, text, vec(change(), 0..=2), told).prop_map(
        |(is_listed, text, mut changes, (whom, words, more))| {
            let is_shared = is_listed || SECONDARY_CALLS.contains(&words);
            let mut draft = Draft {
                instances: vec![Instance { listed: is_shared, ..Instance::enabled("a") }],
                ..Draft::default()
            };
            if let Some((of_default, text)) = text {
                let instance = if of_default { &mut draft.default } else { &mut draft.instances[0] };
                instance.main_cf = Some(text.into());
            }
            if words.iter().any(|word| word.starts_with("upgrade")) {
                changes.retain(leaves_services);
            }
            changes.extend(more);
            let directory = match whom {
                Whom::Default => "@default@",
                Whom::Secondary => "@root@/etc/postfix-a",
            };
            let arguments = ["-c", directory].iter().chain(words).map(|word| (*word).into()).collect();
            SystemCase {
                layout: valid(draft),
                changes,
                commands: vec![Step { arguments, ..Step::default() }],
            }
        },
    )
}
