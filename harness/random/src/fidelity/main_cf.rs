//! Draws texts of main.cf, from ordinary ones to those that break parsers, and calls of postconf(1) on them.

use postfix_fakes::bytes::ByteString;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::written;
use super::written::parameter_names::name_for_anything;

/// Names that make a difference to postconf: built in, old, obsolete, derived from a service, from a restriction
/// class or from a table, defined by the user, and such that are no names.
const NAMES: [&str; 34] = [
    "a",
    "b",
    "c",
    "multi_instance_name",
    "multi_instance_group",
    "multi_instance_directories",
    "multi_instance_wrapper",
    "multi_instance_enable",
    "alternate_config_directories",
    "process_name",
    "service_name",
    "virtual_maps",
    "smtpd_restriction_classes",
    "luser_relay",
    "relay_domains",
    "mydestination",
    "myorigin",
    "mynetworks_style",
    "import_environment",
    "compatibility_level",
    "smtpd_recipient_restrictions",
    "append_dot_mydomain",
    "default_privs",
    "authorized_submit_users",
    "master_service_disable",
    "ldapx_server_host",
    "smtp_helo_timeout",
    "relay_destination_concurrency_limit",
    "virtual_alias_maps",
    "syslog_name",
    "maillog_file",
    "9x",
    "with-dash",
    "nosuch",
];

/// Names of parameters whose values are never expanded.
const RAW: [&str; 9] = [
    "command_execution_directory",
    "default_rbl_reply",
    "forward_path",
    "luser_relay",
    "mailbox_command",
    "postscreen_expansion_filter",
    "postscreen_reject_footer",
    "smtpd_expansion_filter",
    "smtpd_reject_footer",
];

/// Values that operators write.
const REALISTIC: [&str; 18] = [
    "$myhostname, localhost.$mydomain, localhost",
    "/etc/postfix-a, /etc/postfix-b",
    "/etc/postfix-a /etc/postfix-b,/etc/postfix-c",
    "${command_directory}/postmulti -p --",
    "$daemon_directory/postfix-wrapper",
    "permit_mynetworks, reject_unauth_destination",
    "hash:/etc/aliases",
    "ldap:ldapx",
    "${multi_instance_name?{$multi_instance_name}:{postfix}}",
    "MAIL_CONFIG MAIL_DEBUG TZ XAUTHORITY DISPLAY LANG=C",
    "127.0.0.0/8 [::1]/128",
    "static:{a = b}",
    "no",
    "yes",
    "3.6",
    "host",
    "subnet",
    "$a$b, $c",
];

/// Tables whose client's file is there: a file that lies with main.cf, or main.cf itself, with settings that one client
/// has and another does not.
const CLIENTS: [&str; 7] = [
    "alias_maps = proxy:mysql:$config_directory/main.cf\nhosts = x\nselect_field =\nbind = y\n",
    "canonical_maps = pgsql:${config_directory}/main.cf\ncharset = x\nencoding = y\nhosts = y\n",
    "alias_maps = ldap:$config_directory/master.cf, memcache:$config_directory\n",
    "alias_maps = sqlite:$config_directory/main.cf/x, sqlite:/nonexistent\n",
    "transport_maps = mongodb:$config_directory/main.cf, ldap:$config_directory/main.cf\nuri =\nbind = x\n",
    "alias_maps = hash:/x #mysql:/nonexistent\nrelay_domains = a, ldap:$config_directory/main.cf # x\n",
    "alias_maps = unionmap:{mysql:$config_directory/main.cf # x}\n",
];

/// Characters for private use that stand for single bytes which are no text, until a case is made: there each becomes
/// the last byte of its number.
const BYTES: [char; 2] = ['\u{e0ff}', '\u{e080}'];

const PIECES: [&str; 32] = [
    "x",
    "/etc/postfix-a",
    ",",
    " ",
    "\t",
    "  ",
    "$$",
    "$",
    "${",
    "}",
    "{",
    ")",
    "?",
    ":",
    "=",
    "#",
    "1",
    "3.6",
    "yes",
    "\r",
    "\u{b}",
    "\0",
    "\u{fc}",
    "\u{e0ff}",
    "\u{e080}",
    "\\",
    "\"",
    "'",
    "*",
    "\n ",
    "\n\t",
    "\n# x = y\n ",
];

const REFERENCES: [&str; 8] = ["$N", "${N}", "$(N)", "${ N }", "${N?x}", "${N:y}", "${N?{x}:{$N}}", "$N."];

/// Calls of functions, which 3.11 brought. What is not ASCII has no place in them: the fakes refuse it.
const CALLS: [&str; 12] = [
    "${domain_to_ascii{Example.COM}}",
    "${domain_to_utf8 { Example.COM }}",
    "$(domain_to_ascii{$mydomain})",
    ".${domain_to_utf8{$relay_clientcerts}}.",
    "${domain_to_utf8{foo..bar}}",
    "${domain_to_utf8{foo bar.}}",
    "${domain_to_ascii{a}b}",
    "${domain_to_ascii{}}",
    "${domain_to_ascii{${nosuch?{x}}}}",
    "${domain_to_ascii(a)}",
    "${nosuch{a}}",
    "${domain_to_ascii{a}?{x}:{y}}",
];

/// How a query begins. What needs a name gets one.
const QUERIES: [&str; 19] = [
    "-n", "-nx", "-x", "-h", "-h", "-hx", "-nf", "-nH", "-nh", "-nC", "-d", "-dh", "-xf", "", "-q", "-nq",
    "-j", "-nj", "-xj",
];

/// Names.
pub(super) fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(&NAMES[..3]),
        6 => select(&NAMES[..]),
        4 => name_for_anything(),
        1 => select(&RAW[..]),
    ]
    .prop_map(str::to_owned)
}

fn piece() -> impl Strategy<Value = String> {
    let reference = (name(), select(&REFERENCES[..])).prop_map(|(name, form)| form.replace('N', &name));
    let comparison = (
        name(),
        select(&["==", "!=", "<", "<=", ">", ">=", "<level", "=", "=="][..]),
        select(&["1", "x", "$a", ""][..]),
    )
        .prop_map(|(name, operator, right)| {
            format!("${{{{${name}}} {operator} {{{right}}} ? {{t}} : {{f}}}}")
        });
    prop_oneof![
        4 => select(&PIECES[..]).prop_map(str::to_owned),
        4 => reference,
        1 => comparison,
        1 => select(&CALLS[..]).prop_map(str::to_owned),
    ]
}

/// Values, as text that may span lines.
pub(super) fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        1 => select(&REALISTIC[..]).prop_map(str::to_owned),
        2 => vec(piece(), 0..6).prop_map(|pieces| pieces.concat()),
        1 => written::main_cf::value(),
    ]
}

fn line() -> impl Strategy<Value = String> {
    let start = select(&["", "", "", "", "", "", "", "", " ", "#", "\t", "  # "][..]);
    let equals = select(&[" = ", "=", " =", "= ", " = ", " = ", " = ", " ", "\t=\t"][..]);
    let end = select(&["\n", "\n", "\n", "\n", "\r\n", "\n\n", "\n  ", ""][..]);
    prop_oneof![
        10 => (start, name(), equals, value(), end)
            .prop_map(|(start, name, equals, value, end)| format!("{start}{name}{equals}{value}{end}")),
        1 => value().prop_map(|value| format!("  {value}\n")),
        1 => Just("\n".to_owned()),
    ]
}

/// Texts.
pub(super) fn text() -> impl Strategy<Value = ByteString> {
    let rough = vec(line(), 0..8).prop_map(|lines| lines.concat());
    let realistic = vec((name(), select(&REALISTIC[..])), 1..8).prop_map(|settings| {
        let lines: Vec<String> =
            settings.into_iter().map(|(name, value)| format!("{name} = {value}\n")).collect();
        lines.concat()
    });
    // Nothing may ask for it: by default it is the host's. But if it is set, others do not matter.
    let networks = prop_oneof![9 => Just(""), 1 => Just("mynetworks = 127.0.0.0/8\n")];
    let clients = prop_oneof![14 => Just(""), 1 => select(&CLIENTS[..])];
    (networks, clients, prop_oneof![3 => rough, 1 => realistic, 4 => written::main_cf::main_cf()])
        .prop_map(|(networks, clients, text)| ByteString([networks, clients, &text].concat().into_bytes()))
}

pub(super) fn query() -> impl Strategy<Value = Vec<String>> {
    let overrides = vec((name(), value()), 0..=2);
    let overrides = prop_oneof![5 => vec((name(), value()), 0..=0), 1 => overrides];
    (select(&QUERIES[..]), overrides, vec(name(), 0..3)).prop_map(|(option, overrides, names)| {
        let mut arguments = Vec::new();
        for (name, value) in overrides {
            arguments.extend(["-o".to_owned(), format!("{name}={value}").replace('\0', "")]);
        }
        if !option.is_empty() {
            arguments.push(option.to_owned());
        }
        if option == "-nC" {
            arguments.push("user".to_owned());
        }
        // Without a name, all parameters are shown, those of the host included.
        let needs_name = names.is_empty() && !option.starts_with("-n");
        arguments.extend(if needs_name { vec!["multi_instance_name".to_owned()] } else { names });
        arguments
    })
}

/// A query in which the last name is one that a text sets. Any other call stays as it is.
pub(super) fn asking_for_one_of(text: &ByteString, mut query: Vec<String>, which: Index) -> Vec<String> {
    let is_query = query.iter().any(|word| QUERIES.contains(&word.as_str()) && word.starts_with('-'));
    let set: Vec<&str> = (text.0.split(|byte| *byte == b'\n'))
        .filter_map(|line| std::str::from_utf8(line).ok()?.split_once('='))
        .map(|(name, _)| name.trim_end())
        .filter(|name| !name.is_empty() && !name.contains(|letter: char| "#- \t\0".contains(letter)))
        .collect();
    if let Some(last) = query.last_mut().filter(|last| is_query && !set.is_empty() && !last.starts_with('-'))
    {
        (*which.get(&set)).clone_into(last);
    }
    query
}

pub(super) fn edit() -> impl Strategy<Value = Vec<String>> {
    let assignment =
        (name(), select(&["=", " = ", " =", "", "= "][..]), value()).prop_map(|(name, equals, value)| {
            // No argument can hold a NUL; a line break is refused, and that once in a while is enough.
            format!("{name}{equals}{value}").replace('\0', "")
        });
    let one_line = assignment.prop_map(|text| text.replace('\n', " "));
    let odd = select(&["", "#", "# a = b", " a = b ", "=", "a\n= b", "a", "*", "a ", "b\t"][..])
        .prop_map(str::to_owned);
    prop_oneof![
        4 => vec(prop_oneof![8 => one_line, 1 => odd.clone()], 1..4)
            .prop_map(|words| ("-e".to_owned(), words)),
        1 => vec(prop_oneof![8 => name(), 1 => odd.clone()], 1..4).prop_map(|words| ("-X".to_owned(), words)),
        1 => vec(prop_oneof![8 => name(), 1 => odd], 1..4).prop_map(|words| ("-#".to_owned(), words)),
    ]
    .prop_map(|(option, words)| std::iter::once(option).chain(words).collect())
}

/// Calls that postconf may not accept.
pub(super) fn odd_call() -> impl Strategy<Value = Vec<String>> {
    vec(
        select(
            &["-n", "-e", "-X", "-#", "-d", "-h", "-x", "-f", "-H", "-Z", "--", "a", "a=b", "-o", "-C"][..],
        ),
        1..4,
    )
    .prop_map(|words| {
        let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        if !words.iter().any(|word| ["-n", "-e", "-X", "-#", "-Z"].contains(&word.as_str())) {
            words.push("multi_instance_name".to_owned());
        }
        words
    })
}

/// A text with the bytes that [`BYTES`] stand for.
pub(super) fn with_bytes(mut text: ByteString) -> ByteString {
    for character in BYTES {
        let mut buffer = [0; 4];
        let sought = character.encode_utf8(&mut buffer).as_bytes();
        let [.., byte] = u32::from(character).to_be_bytes();
        while let Some(start) = text.0.windows(sought.len()).position(|window| window == sought) {
            text.0.splice(start..start + sought.len(), [byte]);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{BYTES, PIECES, with_bytes};

    #[test]
    fn what_stands_for_a_byte_becomes_it() {
        let drawn = format!("a{}{}b\u{e4}", BYTES[0], BYTES[1]);
        assert_eq!(with_bytes(drawn.as_str().into()).0, b"a\xff\x80b\xc3\xa4");
        assert!(BYTES.iter().all(|byte| PIECES.iter().any(|piece| piece.contains(*byte))));
    }
}
