//! Draws main.cf files as people write them.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::parameter_names::parameter_name;
use super::{Kind, as_an_editor_leaves_it, form_of, kind};

/// Values, by what is remarkable in them. `\u{e080}` stands for a byte that is no UTF-8.
pub(super) const VALUES: [Kind; 15] = [
    kind(
        "ordinary words",
        40,
        &[
            "no",
            "yes",
            "localhost",
            "$myhostname, localhost.$mydomain, localhost",
            "permit_mynetworks, reject_unauth_destination",
            "/var/lib/postfix/x",
            "0",
            "51200000",
            "5m",
        ],
    ),
    kind("tables", 10, &["hash:/etc/aliases", "hash:$config_directory/transport, pcre:/etc/postfix/x.pcre"]),
    kind(
        "proxy tables",
        5,
        &[
            "proxy:mysql:/etc/postfix/x.cf",
            "proxy:pgsql:/etc/postfix/a.cf, proxy:ldap:/etc/postfix/b.cf $alias_maps",
        ],
    ),
    kind("socketmap", 3, &["socketmap:unix:/run/x:name", "socketmap:inet:127.0.0.1:8461:name"]),
    kind(
        "unionmap",
        3,
        &["unionmap:{hash:/etc/a, hash:/etc/b}", "unionmap:{ proxy:mysql:/etc/a.cf, static:x }"],
    ),
    kind("pipemap", 3, &["pipemap:{pcre:/etc/a, hash:/etc/b}", "pipemap:{ldap:ldapsource, hash:/etc/b}"]),
    kind(
        "inline",
        3,
        &["inline:{a=b, c=d}", "inline:{ { a = b c }, {d = e} }", "inline:{\n    a=b\n    c=d\n  }"],
    ),
    kind("patterns in braces", 3, &["regexp:{{/^a{2}$/ x}}", "pcre:{ { /[{]b$/i REJECT $1 }, {/./ OK} }"]),
    kind(
        "excluded members",
        4,
        &["!192.0.2.1, 192.0.2.0/24", "static:all !example.org", "!/etc/postfix/x, all"],
    ),
    kind(
        "networks",
        5,
        &[
            "127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128",
            "192.0.2.0/24, [2001:db8::]/32",
            "127.0.0.1/32,[::1]/128",
        ],
    ),
    kind(
        "relay with port",
        5,
        &["[mail.example.org]:587", "[192.0.2.1]", "[2001:db8::1]:25", "mail.example.org:25"],
    ),
    kind("quotes", 4, &["\"hash:/etc/aliases\"", "'yes'", "$myhostname ESMTP \"quoted $mail_name\""]),
    kind(
        "references",
        6,
        &[
            "${mydomain?{$mydomain}:{x}}",
            "$(relayhost)",
            "${relayhost}",
            "$myhostname ESMTP $mail_name ($x)",
            "$$HOME/Maildir",
            "${nosuch:default}",
        ],
    ),
    kind("non-ASCII bytes", 3, &["gr\u{fc}n", "\u{a9} Post\u{e080}", "\u{201c}yes\u{201d}"]),
    kind(
        "template marks",
        4,
        &[
            "{{ hostname }}",
            "<%= x %>",
            "@HOST@",
            "##x##",
            "{{ a | default('b') }}, ${{ c }}",
            "<%= @relay[:host] -%>",
        ],
    ),
];

/// Parameters on which every answer depends: what is wrong in them hides all else, or is a question to the host.
const CAREFULLY_SET: [(&str, &[&str]); 4] = [
    ("inet_interfaces", &["all", "loopback-only", "127.0.0.1", "127.0.0.1, [::1]"]),
    ("inet_protocols", &["all", "ipv4", "ipv4, ipv6", "ipv6"]),
    ("mynetworks_style", &["host", "subnet", "class"]),
    ("compatibility_level", &["2", "3.6", "0", "3.11", "9999"]),
];

/// What stands between settings.
pub(super) const BETWEEN: [Kind; 5] = [
    kind("comments", 30, &["# comment\n", "#x = y\n", "# TLS = on, $x\n#\n", "  # indented\n"]),
    kind("empty lines", 20, &["\n", "\n\n", "  \n"]),
    kind("template lines", 2, &["{% if x %}\n", "<% if x -%>\n", "{{- end }}\n", "##if##\n"]),
    kind("comments that are not ASCII", 2, &["# f\u{fc}r\n", "# \u{e0ff}\u{e080}\n"]),
    kind(
        "lines without a setting",
        1,
        &["smtpd_helo_required yes\n", "dovecot_destination_recipient_limit 1\n", "= x\n"],
    ),
];

/// What comes behind a value.
pub(super) const BEHIND: [Kind; 4] = [
    kind("nothing", 84, &["\n"]),
    kind("comments behind values", 7, &[" # comment\n", "\t#x\n", "   # a = b, c\n"]),
    kind("trailing blanks", 7, &[" \n", "\t\n", "   \n"]),
    kind("separators at the end of a line", 2, &[",\n", " ,\n"]),
];

/// What introduces an item of a list that has a line of its own.
pub(super) const ITEMS: [Kind; 3] = [
    kind("continuation lines", 90, &["\n    ", "\n  ", "\n\t", "\n ", ",\n        "]),
    kind("comments in a list", 7, &["\n    # reject_x,\n    ", "\n  #permit\n  ", "\n\t# why\n\t"]),
    kind("comments in a list, at the margin", 3, &["\n# reject_x,\n    ", "\n#\n  "]),
];

/// How many lines the longest lists of hand-written files have.
pub(super) const LONGEST_LIST: usize = 27;
/// A program has written the others, one network or host a line. They are longer than any buffer of fixed size.
const GENERATED_LIST: std::ops::RangeInclusive<usize> = 100..=300;

fn list() -> impl Strategy<Value = String> {
    let words = select(
        &[
            "permit_mynetworks",
            "reject_rbl_client zen.example.org",
            "check_client_access hash:/etc/x",
            "$mydomain",
            "reject",
        ][..],
    );
    let length = prop_oneof![
        12 => 2..6_usize,
        2 => 6..=LONGEST_LIST,
        2 => Just(LONGEST_LIST),
        1 => GENERATED_LIST,
    ];
    let items = length.prop_flat_map(move |length| vec((form_of(&ITEMS), words.clone()), length));
    items.prop_map(|items| items.into_iter().flat_map(|(start, word)| [start, word]).collect())
}

/// A value of a parameter.
pub(crate) fn value() -> impl Strategy<Value = String> {
    prop_oneof![9 => form_of(&VALUES).prop_map(str::to_owned), 1 => list()]
}

fn setting() -> impl Strategy<Value = String> {
    let equals = select(&[" = ", " = ", " = ", " = ", "=", "= ", " =", "\t= ", "   = "][..]);
    (parameter_name(), equals, value(), any::<prop::sample::Index>(), form_of(&BEHIND)).prop_map(
        |(name, equals, value, choice, behind)| {
            let careful = CAREFULLY_SET.iter().find(|(careful, _)| *careful == name);
            match careful {
                Some((_, values)) => format!("{name}{equals}{}\n", values[choice.index(values.len())]),
                None => format!("{name}{equals}{value}{behind}"),
            }
        },
    )
}

/// Files, of settings with what stands between them. One of five sets one of its names once more at the end.
pub(crate) fn main_cf() -> impl Strategy<Value = String> {
    let part = prop_oneof![3 => setting(), 1 => form_of(&BETWEEN).prop_map(str::to_owned)];
    let twice = prop_oneof![4 => Just(None), 1 => value().prop_map(Some)];
    let text = (vec(part, 1..24), twice).prop_map(|(parts, twice)| {
        let name = parts.iter().find_map(|part| name_of(part));
        let again = twice.zip(name).map(|(value, name)| format!("{name} = {value}\n"));
        parts.concat() + &again.unwrap_or_default()
    });
    as_an_editor_leaves_it(text)
}

/// The name that a setting sets, if it may be set to anything.
pub(super) fn name_of(setting: &str) -> Option<&str> {
    let (name, _) = setting.split_once('=')?;
    let name = name.trim_end();
    let is_name = !name.is_empty() && name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
    (is_name && CAREFULLY_SET.iter().all(|(careful, _)| *careful != name)).then_some(name)
}
