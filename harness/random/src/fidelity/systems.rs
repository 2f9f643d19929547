//! Draws multi-instance systems, calls of postfix(1) in them, and sequences of commands.

use postfix_fakes::bytes::ByteString;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::case::{Step, SystemCase};
use crate::generate::oddness::Oddness;
use crate::generate::{self, commands};
use postfix_harness::invocation::Program;
use postfix_harness::layout::{DEFAULT, Damage, Draft, Layout};

/// Text for one instance's main.cf that postfix(1) has something to say about.
const REMARKABLE: [&str; 63] = [
    "import_environment = MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ LANG=C\n",
    "import_environment = TZ { FOO = a, b } BAR=\n",
    "import_environment = TZ, {FOO\n",
    "import_environment = {FOO=x}y TZ\n",
    "import_environment = =x\n",
    "import_environment = TZ HOME ODD {PATH=/nowhere} {MAIL_CONFIG=/nowhere}\n",
    "import_environment =\n",
    "import_environment = $export_environment\n",
    "import_environment = $nosuch ${ TZ\n",
    "command_directory = /nonexistent\n",
    "command_directory = relative\n",
    "command_directory =\n",
    "daemon_directory = /nonexistent\n",
    "queue_directory = /nonexistent\n",
    "queue_directory = @root@/etc/postfix/main.cf\n",
    "command_directory = /nonexistent/1\nqueue_directory = /nonexistent/2\ndaemon_directory = /nonexistent/3\n",
    "data_directory = /nonexistent\n",
    "meta_directory = /nonexistent\n",
    "shlib_directory = /nonexistent\n",
    "shlib_directory = no\n",
    "config_directory = /nonexistent\n",
    "compatibility_level = 0\n",
    "compatibility_level = 2\n",
    "compatibility_level = 3.5.1\n",
    "compatibility_level = 3.9999\n",
    "compatibility_level = x\n",
    "compatibility_level =\n",
    "syslog_name = other\n",
    "syslog_name = ${multi_instance_name?{$multi_instance_name}:{none}}\n",
    "multi_instance_name = postfix-x\nmulti_instance_group = mta\n",
    "maillog_file = @root@/tmp/log\n",
    "maillog_file = @root@/missing/log\nmaillog_file_prefixes = @root@\n",
    "maillog_file = @root@/etc\nmaillog_file_prefixes = /nonexistent, @root@/\n",
    "mail_owner = nosuch\n",
    "mail_owner = root\n",
    "mail_owner = nobody\n",
    "default_privs = daemon\nmail_owner = daemon\n",
    "default_privs = daemon\nsetgid_group = daemon\n",
    "mail_owner = daemon\nsetgid_group = daemon\n",
    "mail_owner = nosuch\nmynetworks_style = nosuch\n",
    "setgid_group = root\n",
    "syslog_facility = nosuch\n",
    "syslog_facility = local7\n",
    "syslog_facility = nosuch\nsoft_bounce = maybe\nsmtputf8_enable = maybe\n",
    "myhostname = a..b\n",
    "myhostname = 1.2.3\ninet_protocols = nosuch\n",
    "mydomain = -x\nmyorigin = a b\n",
    "known_tcp_ports = smtp, lmtp=24\n",
    "known_tcp_ports = a=1, a=2, 3=4, b=c, =5, d=, e f=6, g=7 8,,h==9\ninet_protocols = nosuch\n",
    "setgid_group = nosuch\n",
    "sendmail_path =\n",
    "readme_directory = no\nhtml_directory = /doc\nsample_directory = $config_directory\n",
    "default_process_limit = many\n",
    "default_process_limit = 0\n",
    "max_idle = 5x\n",
    "ipc_timeout = 0\n",
    "soft_bounce = maybe\n",
    "message_size_limit = -1\n",
    "myhostname = relay.example\nrelayhost = Relay.Example\n",
    "myorigin = a b\n",
    "mynetworks_style = nosuch\n",
    "inet_interfaces = 127.0.0.1, [::1]\ninet_protocols = ipv4\n",
    "data_directory = $data_directory\n",
];

/// Words of `import_environment`: names of variables that a call may have, and settings. postfix(1) itself sets some of
/// them, whatever is imported.
const IMPORTED: [&str; 14] = [
    "PATH",
    "HOME",
    "ODD",
    "TZ",
    "MAIL_CONFIG",
    "MAIL_LOGTAG",
    "config_directory",
    "LANG=C",
    "PATH=/nowhere",
    "{PATH=/nowhere}",
    "{ PATH = /nowhere }",
    "{MAIL_CONFIG=/nowhere}",
    "{ command_directory = /nowhere }",
    "{ODD = a, b}",
];

/// Values of `multi_instance_wrapper` beside the manager's own.
const MANAGERS: [&str; 14] = [
    "",
    "  ",
    "$nosuch",
    "/nonexistent/manager",
    "@root@",
    "@root@/etc/postfix/main.cf",
    "/bin/echo",
    "/bin/echo  -n\t$config_directory",
    "$command_directory/postconf -h",
    "${daemon_directory}/postfix-script",
    "$daemon_directory/postfix-script status",
    "/usr/bin/env",
    "/bin/false",
    "echo",
];

const ODD_CALLS: [&[&str]; 19] = [
    &[],
    &["-x", "status"],
    &["-vx"],
    &["-c"],
    &["-c", "relative", "status"],
    &["-c", "", "status"],
    &["-cetc", "status"],
    &["-c", "/nonexistent", "status"],
    &["-c", "@root@/etc/postfix/main.cf", "status"],
    &["-c", "@root@/etc", "-c", "@default@", "status"],
    &["-c@default@", "-c", "@root@/etc", "status"],
    &["-Dc", "@default@", "status"],
    &["status", "-c", "/nonexistent"],
    &["--", "-c", "start"],
    &["-"],
    &["--help"],
    &["-h"],
    &["-d", "status"],
    &["-c", "@default@"],
];

const VARIABLES: [(&str, &str); 14] = [
    ("TZ", "Europe/Vienna"),
    ("XAUTHORITY", "/x"),
    ("DISPLAY", ":0"),
    ("LANG", "de_DE.UTF-8"),
    ("HOME", "/nonexistent"),
    ("PATH", "/nonexistent"),
    ("ODD", "a b\nc"),
    ("MAIL_LOGTAG", "tag"),
    ("MAIL_DEBUG", ""),
    ("POSTLOG_SERVICE", "/nonexistent"),
    ("POSTLOG_HOSTNAME", "nowhere"),
    ("command_directory", "/nonexistent"),
    ("config_directory", "/nonexistent"),
    ("MAIL_CONFIG", "@default@"),
];

/// A line that postfix(1) has something to say about.
fn remarkable() -> impl Strategy<Value = String> {
    let imported = (vec(select(&IMPORTED[..]), 1..5), select(&[" ", ", "][..]))
        .prop_map(|(words, between)| format!("import_environment = {}\n", words.join(between)));
    prop_oneof![5 => select(&REMARKABLE[..]).prop_map(str::to_owned), 1 => imported]
}

/// Layouts with settings that postfix(1) has something to say about.
fn layout(most: usize) -> impl Strategy<Value = Layout> {
    let drawn = generate::layout(most, Oddness::Odd);
    let text = option::weighted(0.5, (any::<Index>(), vec(remarkable(), 1..3)));
    (drawn, text, option::weighted(0.3, select(&MANAGERS[..]))).prop_map(|(layout, text, manager)| {
        let mut draft = Draft::from(with_default_directory(layout));
        if let Some((whom, text)) = text {
            let number = whom.index(draft.instances.len() + 1);
            let instance = match number.checked_sub(1) {
                None => &mut draft.default,
                Some(number) => &mut draft.instances[number],
            };
            instance.main_cf = Some(ByteString::from(text.concat().as_str()));
        }
        draft.manager = manager.map(ByteString::from);
        valid(draft)
    })
}

/// The default instance's directory is laid over the installed one's, so it must be there.
pub(super) fn with_default_directory(layout: Layout) -> Layout {
    let mut draft = Draft::from(layout);
    if draft.default.damage == Some(Damage::DirectoryMissing) {
        draft.default.damage = Some(Damage::MainCfMissing);
    }
    valid(draft)
}

/// What is drawn keeps the rules of layouts; if it does not, nothing may go on.
pub(super) fn valid(draft: Draft) -> Layout {
    Layout::try_from(draft).unwrap_or_else(|error| unreachable!("a generated layout that is none: {error}"))
}

fn odd_call() -> impl Strategy<Value = Step> {
    select(&ODD_CALLS[..]).prop_map(|words| Step {
        program: Program::Postfix,
        arguments: words.iter().map(|word| ByteString::from(*word)).collect(),
        ..Step::default()
    })
}

/// A system and one call of postfix(1).
pub(super) fn postfix_cases() -> impl Strategy<Value = SystemCase> {
    let call = prop_oneof![3 => commands::invocations().prop_map(Ok), 1 => odd_call().prop_map(Err)];
    let variables =
        prop_oneof![2 => vec(select(&VARIABLES[..]), 0..=0), 1 => vec(select(&VARIABLES[..]), 1..=4)];
    (layout(3), call, variables).prop_map(|(layout, call, variables)| {
        let mut step = call.map_or_else(|odd| odd, |drawn| Step::from(&drawn.addressed(&layout)));
        for (name, value) in variables {
            step.environment.entry(name.to_owned()).or_insert_with(|| ByteString::from(value));
        }
        SystemCase { layout, changes: Vec::new(), commands: vec![step] }
    })
}

/// What a sequence does to the configuration of an instance between commands.
#[derive(Clone, Debug)]
enum Edit {
    /// `postconf WORDS` on an instance.
    Words(Index, &'static [&'static str]),
    /// The list is written anew, with these instances.
    List(Vec<Index>),
}

const EDITS: [&[&str]; 12] = [
    &["-e", "multi_instance_enable=yes"],
    &["-e", "multi_instance_enable = no"],
    &["-e", "multi_instance_enable=maybe"],
    &["-X", "multi_instance_enable"],
    &["-#", "multi_instance_enable"],
    &["-e", "multi_instance_name=postfix-x"],
    &["-h", "multi_instance_enable"],
    &["-hx", "multi_instance_directories"],
    &["-n"],
    &["-e", "multi_instance_wrapper="],
    &["-X", "multi_instance_directories"],
    &["-e", "command_directory=/nonexistent"],
];

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        4 => (any::<Index>(), select(&EDITS[..])).prop_map(|(whom, words)| Edit::Words(whom, words)),
        1 => vec(any::<Index>(), 0..4).prop_map(Edit::List),
    ]
}

impl Edit {
    fn step(self, layout: &Layout) -> Step {
        let instances: Vec<ByteString> = layout
            .instances()
            .map(|instance| match instance.name.as_str() {
                DEFAULT => ByteString::from("@default@"),
                _ => ByteString([b"@root@/", &instance.relative_directory().0[..]].concat()),
            })
            .collect();
        let arguments = match self {
            Self::Words(whom, words) => {
                let mut arguments = vec![ByteString::from("-c"), whom.get(&instances).clone()];
                arguments.extend(words.iter().map(|word| ByteString::from(*word)));
                arguments
            }
            Self::List(indices) => {
                let listed: Vec<&[u8]> =
                    indices.iter().map(|index| index.get(&instances).0.as_slice()).collect();
                let list = [b"multi_instance_directories=", &listed.join(&b", "[..])[..]].concat();
                vec![ByteString::from("-e"), ByteString(list)]
            }
        };
        Step { program: Program::Postconf, arguments, ..Step::default() }
    }
}

/// A system and a few commands in it.
pub(super) fn sequences() -> impl Strategy<Value = SystemCase> {
    let command = prop_oneof![2 => commands::invocations().prop_map(Ok), 1 => edit().prop_map(Err)];
    let layout = generate::layout(3, Oddness::Odd).prop_map(with_default_directory);
    (layout, vec(command, 2..=5)).prop_map(|(layout, commands)| SystemCase {
        changes: Vec::new(),
        commands: commands
            .into_iter()
            .map(|command| match command {
                Ok(drawn) => Step::from(&drawn.addressed(&layout)),
                Err(edit) => edit.step(&layout),
            })
            .collect(),
        layout,
    })
}
