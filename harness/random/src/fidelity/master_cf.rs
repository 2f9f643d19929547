//! Draws texts of master.cf, and calls of postconf(1) on their services.
//! The texts range from ordinary ones to those that break parsers.

use postfix_fakes::bytes::ByteString;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{main_cf, written};

/// Services as they are shipped, or as operators write them.
const REALISTIC: [&str; 18] = [
    "smtp      inet  n       -       y       -       -       smtpd\n",
    "#smtp      inet  n       -       y       -       1       postscreen\n",
    "pickup    unix  n       -       y       60      1       pickup\n",
    "qmgr      unix  n       -       n       300     1       qmgr\n",
    "tlsmgr    unix  -       -       y       1000?   1       tlsmgr\n",
    "postlog   unix-dgram n  -       n       -       1       postlogd\n",
    "local     unix  -       n       n       -       -       local\n",
    "smtp      unix  -       -       y       -       -       smtp\n",
    "relay     unix  -       -       y       -       -       smtp\n        -o syslog_name=${multi_instance_name?{$multi_instance_name}:{postfix}}/$service_name\n",
    "submission inet n       -       y       -       -       smtpd\n#  -o smtpd_tls_wrappermode=yes\n  -o syslog_name=postfix/submission\n  -o smtpd_recipient_restrictions=$mua_recipient_restrictions\n",
    "smtps inet n - y - - smtpd -v -o { smtpd_client_restrictions = permit_mynetworks, reject }\n",
    "maildrop  unix  -       n       n       -       -       pipe\n  flags=DRXhu user=vmail argv=/usr/bin/maildrop -d ${recipient}\n",
    "a unix - n n - - pipe flags=R user=u { argv=/bin/x -y } -o {a b}\n",
    "127.0.0.1:10025 inet n - n - - smtpd -o mynetworks=127.0.0.0/8 -o smtpd_restriction_classes=a,b -o a=permit\n",
    "b unix - n n - 0 spawn user=nobody argv=/usr/bin/policy\n",
    "smtp inet n - - - 20 /usr/libexec/smtpd -o $a=1 -o process_name=x -o service_name=$service_name\n",
    "# ==========================================================================\n",
    "\n",
];

const SERVICE_NAMES: [&str; 14] = [
    "smtp",
    "smtp",
    "relay",
    "a",
    "a",
    "b",
    "postlog",
    "submission",
    "127.0.0.1:10025",
    "*",
    "x=y",
    "{a",
    "a/b",
    "gr\u{fc}n",
];

const TYPES: [&str; 14] = [
    "unix",
    "unix",
    "unix",
    "inet",
    "inet",
    "inet",
    "fifo",
    "pass",
    "unix-dgram",
    "unix",
    "inet",
    "foo",
    "unix=",
    "in/et",
];

const PROGRAMS: [&str; 12] =
    ["smtpd", "smtp", "smtp", "local", "pipe", "spawn", "/x/smtp", "error", "qmgr", "x/", "{ smtp }", "-o"];

/// What stands after a program, besides settings.
const WORDS: [&str; 26] = [
    "-v",
    "-D",
    "-vv",
    "-o",
    "-oo",
    "-vo",
    "-vov",
    "-x",
    "--",
    "{}",
    "{ a }",
    "{ a  b }",
    "{ -o }",
    "{-v x}",
    "{a}b",
    "{a",
    "a}",
    "{ { a } }",
    "flags=F",
    "user=x",
    "argv=/bin/x",
    "${recipient}",
    "#x",
    "\\",
    "\u{b}",
    "a_word_that_is_longer_than_most_others_so_that_lines_have_to_be_folded_somewhere",
];

/// How a setting is given to a service; `N` stands for a name, `V` for a value.
const SETTINGS: [&str; 14] = [
    "-o N=V",
    "-o N=V",
    "-o N=V",
    "-oN=V",
    "-vo N=V",
    "-voN=V",
    "-o {N=V}",
    "-o { N = V }",
    "-o{ N = V }",
    "-o { N V }",
    "-o { = V }",
    "-o N",
    "-o {N=V",
    "-o {N=V}x",
];

/// How a request to show services begins.
const QUERIES: [&str; 24] = [
    "-M", "-M", "-M", "-Mf", "-Mf", "-Mx", "-Mfx", "-Mq", "-Mj", "-Mjx", "-F", "-Ff", "-Fx", "-Fh", "-FH",
    "-Fj", "-P", "-P", "-Px", "-Pf", "-Ph", "-PH", "-Pj", "-MF",
];

/// What makes patterns of services, and how they are wrong.
const PATTERNS: [&str; 20] = [
    "N", "N", "N/T", "N/T", "N/T", "*", "*/T", "N/*", "*/*", "N/", "/N", "N//T", "smt*", "N/T/*", "N/T/F",
    "N/*/F", "*/*/F", "N/T/F/x", "", " N",
];

/// Names of fields, and of parameters.
const PARTS: [&str; 12] = [
    "service",
    "type",
    "private",
    "unprivileged",
    "chroot",
    "wakeup",
    "process_limit",
    "command",
    "a",
    "syslog_name",
    "*",
    "nosuch",
];

/// Blanks between the words of a service.
fn between() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        12 => Just(" "),
        6 => select(&["  ", "\t", "\n  ", "\n\t", "\n  -v\n ", "\r\n ", "\n# c\n ", "\n\n ", "\0"][..]),
    ]
}

fn setting() -> impl Strategy<Value = String> {
    (select(&SETTINGS[..]), main_cf::name(), main_cf::value())
        .prop_map(|(form, name, value)| form.replace('V', &value).replace('N', &name))
}

fn argument() -> impl Strategy<Value = String> {
    prop_oneof![3 => setting(), 2 => select(&WORDS[..]).prop_map(str::to_owned)]
}

/// The words of a service: the name, the type, five more fields, a program, arguments.
fn words() -> impl Strategy<Value = Vec<String>> {
    let choice = || prop_oneof![20 => select(&["y", "n", "-"][..]), 1 => select(&["yes", "{-}", "N"][..])];
    let wakeup =
        prop_oneof![20 => select(&["-", "60", "1000?", "-?", "?"][..]), 1 => select(&["x", "5??", "-1"][..])];
    let limit = prop_oneof![20 => select(&["-", "1", "0", "100"][..]), 1 => select(&["1?", "-1", "--"][..])];
    (
        (select(&SERVICE_NAMES[..]), select(&TYPES[..]), choice(), choice(), choice(), wakeup, limit),
        select(&PROGRAMS[..]),
        vec(argument(), 0..4),
    )
        .prop_map(|((name, kind, private, unprivileged, chroot, wakeup, limit), program, arguments)| {
            let fields = [name, kind, private, unprivileged, chroot, wakeup, limit, program];
            fields.into_iter().map(str::to_owned).chain(arguments).collect()
        })
}

/// A service of one or several lines; once in a while one that lacks fields.
fn service() -> impl Strategy<Value = String> {
    let start = prop_oneof![20 => Just(""), 1 => select(&[" ", "#", "\t"][..])];
    let end = prop_oneof![12 => Just("\n"), 1 => select(&["", "\n\n", "\r\n", "\n  "][..])];
    let count = prop_oneof![20 => Just(usize::MAX), 1 => 0..8_usize];
    (start, words(), vec(between(), 16), count, end).prop_map(|(start, words, between, count, end)| {
        let words = words.into_iter().take(count);
        // The first blank is one most of the time: an edit insists on it.
        let between = std::iter::once(" ").chain(between).cycle();
        let joined: String = words
            .zip(std::iter::once("").chain(between))
            .flat_map(|(word, blank)| [blank.to_owned(), word])
            .collect();
        format!("{start}{joined}{end}")
    })
}

/// Texts.
pub(super) fn text() -> impl Strategy<Value = ByteString> {
    let line = || prop_oneof![3 => select(&REALISTIC[..]).prop_map(str::to_owned), 1 => service()];
    let realistic = vec(select(&REALISTIC[..]), 1..10).prop_map(|lines| lines.concat());
    prop_oneof![
        3 => vec(line(), 0..6).prop_map(|lines| lines.concat()),
        1 => vec(service(), 1..3).prop_map(|lines| lines.concat()),
        1 => realistic,
        4 => written::master_cf::master_cf(),
    ]
    .prop_filter("what postconf(1) makes of a dash alone is chance", |text| !has_lone_dash(text))
    .prop_map(|text| ByteString(text.into_bytes()))
}

/// Whether the options of a service are a dash alone somewhere: the installed postconf(1) reads past its end then.
fn has_lone_dash(text: &str) -> bool {
    let mut services: Vec<Vec<&str>> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')) {
        let words = line.split_whitespace();
        match services.last_mut() {
            Some(service) if line.starts_with([' ', '\t']) => service.extend(words),
            _ => services.push(words.collect()),
        }
    }
    services.iter().any(|service| service.iter().skip(8).any(|word| *word == "-"))
}

fn pattern() -> impl Strategy<Value = String> {
    (select(&PATTERNS[..]), select(&SERVICE_NAMES[..10]), select(&TYPES[..12]), select(&PARTS[..]))
        .prop_map(|(form, name, kind, part)| form.replace('F', part).replace('T', kind).replace('N', name))
}

fn query() -> impl Strategy<Value = Vec<String>> {
    let overrides = prop_oneof![5 => vec((main_cf::name(), main_cf::value()), 0..=0), 1 => vec((main_cf::name(), main_cf::value()), 1..=2)];
    (select(&QUERIES[..]), overrides, vec(pattern(), 0..3)).prop_map(|(option, overrides, patterns)| {
        let mut arguments = vec![option.to_owned()];
        for (name, value) in overrides {
            arguments.extend(["-o".to_owned(), format!("{name}={value}").replace('\0', "")]);
        }
        arguments.into_iter().chain(patterns).collect()
    })
}

/// All parameters of a service, one at a time: all at once, those of the host are shown.
fn query_of_all() -> impl Strategy<Value = Vec<String>> {
    (select(&["-PP", "-PPx", "-PPj", "-PPh", "-PPf", "-PPC"][..]), pattern(), main_cf::name()).prop_map(
        |(option, pattern, name)| {
            let service: Vec<&str> = pattern.split('/').chain(["*", "*"]).take(2).collect();
            let class = (option == "-PPC").then(|| "user".to_owned());
            let names = class.is_none().then(|| format!("{}/{name}", service.join("/")));
            std::iter::once(option.to_owned()).chain(class).chain(names).collect()
        },
    )
}

fn edit() -> impl Strategy<Value = Vec<String>> {
    let target = || {
        let good = (select(&SERVICE_NAMES[..10]), select(&TYPES[..12]))
            .prop_map(|(name, kind)| format!("{name}/{kind}"));
        prop_oneof![6 => good, 1 => pattern(), 1 => select(&["", "#x", "a\n/unix", " a/unix "][..]).prop_map(str::to_owned)]
    };
    let entry = || {
        let one_line = |text: String| text.replace(['\0', '\n'], " ");
        let realistic = select(&REALISTIC[..]).prop_map(str::to_owned);
        prop_oneof![1 => service(), 1 => realistic].prop_map(one_line)
    };
    let assignment = (target(), select(&["=", " = ", "= ", ""][..]), entry())
        .prop_map(|(target, equals, entry)| format!("{target}{equals}{entry}"));
    prop_oneof![
        4 => (select(&["-M", "-Me", "-M"][..]), vec(assignment, 1..3)),
        2 => (Just("-MX"), vec(target(), 1..3)),
        2 => (Just("-M#"), vec(target(), 1..3)),
    ]
    .prop_map(|(option, words)| std::iter::once(option.to_owned()).chain(words).collect())
}

/// Calls.
pub(super) fn call() -> impl Strategy<Value = Vec<String>> {
    prop_oneof![5 => query(), 4 => edit(), 1 => query_of_all()]
}

#[cfg(test)]
mod tests {
    use super::has_lone_dash;

    #[test]
    fn a_dash_alone_is_found_among_options_and_nowhere_else() {
        let service = "smtp inet n - y - - smtpd";
        assert!(!has_lone_dash(&format!("{service}\n{service} -v\n  -o a=b\n")));
        assert!(has_lone_dash(&format!("{service} -\n")));
        assert!(has_lone_dash(&format!("{service}\n#c\n\t-\n")));
        assert!(!has_lone_dash("- - - - - - - -\n-\n"));
    }
}
