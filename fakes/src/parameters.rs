//! Which parameters there are and what they default to. The facts are those that `postconf -d` prints in each
//! version; directories lie below the world's root. Knows nothing of how they are used.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use crate::main_cf::{MainCf, Mode, Work, expand};
use crate::program::bytes_of;
use crate::version::PostfixVersion;
use crate::world::World;

/// Names and defaults of the parameters that depend on neither world nor host. A line that does not hold for all
/// versions has those for which it does before it: `[3.7]`, `[3.7-]`, `[-3.10]`, `[3.7-3.10]`.
const BUILT_IN: &str = include_str!("parameters/built-in.txt");

/// Parameters of which every version only remembers the names.
const LEGACY: &[&str] = &[
    "authorized_verp_clients",
    "fallback_relay",
    "postscreen_dnsbl_ttl",
    "smtpd_client_connection_limit_exceptions",
    "virtual_maps",
];

/// Parameters of which versions after 3.5 only remember the names: before, some of them were real.
const LEGACY_AFTER_3_5: &[&str] = &[
    "lmtp_per_record_deadline",
    "postscreen_blacklist_action",
    "postscreen_dnsbl_whitelist_threshold",
    "postscreen_whitelist_interfaces",
    "smtp_per_record_deadline",
    "smtpd_per_record_deadline",
    "tlsproxy_client_level",
    "tlsproxy_client_policy",
];

/// Parameters whose values are never expanded where they are read.
const RAW: &[&str] = &[
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

/// Where a parameter comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Postfix has it.
    BuiltIn,
    /// A service in master.cf brings it along.
    Service,
    /// It is set, and something refers to it.
    User,
    /// Postfix had it once.
    Legacy,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// What it is unless it is set, as it is written.
    pub default: Cow<'static, [u8]>,
    /// Where it comes from.
    pub class: Class,
    /// Whether its value is never expanded where it is read.
    pub raw: bool,
    /// Whether settings of it are ignored.
    pub read_only: bool,
}

/// All parameters by name.
pub type Table = BTreeMap<Cow<'static, [u8]>, Parameter>;

/// The parameters that exist in a world, before a main.cf or master.cf adds any. `settings` matter where the
/// default of one parameter is made from another's value.
pub fn table(world: &World, settings: &MainCf, process_name: &[u8]) -> Table {
    let mut entries = Vec::with_capacity(1000);
    let mut add = |name: &'static str, default: Cow<'static, [u8]>, class: Class, read_only: bool| {
        let parameter = Parameter { default, class, raw: false, read_only };
        entries.push((Cow::Borrowed(name.as_bytes()), parameter));
    };
    let version = world.settings.version();
    for line in BUILT_IN.lines().filter_map(|line| if_it_holds(line, version)) {
        if let Some((name, rest)) = line.split_once(' ') {
            let default = rest.strip_prefix('=').unwrap_or(rest).trim_start();
            add(name, Cow::Borrowed(default.as_bytes()), Class::BuiltIn, false);
        }
    }
    let since = if version > PostfixVersion::V3_5 { LEGACY_AFTER_3_5 } else { &[] };
    for name in LEGACY.iter().chain(since) {
        add(name, Cow::default(), Class::Legacy, false);
    }
    for (name, default) in located(world).into_iter().chain(named(settings)) {
        add(name, default.into(), Class::BuiltIn, false);
    }
    add("mail_version", world.settings.postfix_version.clone().into_bytes().into(), Class::BuiltIn, false);
    add("process_name", process_name.to_vec().into(), Class::BuiltIn, true);
    add("process_id", std::process::id().to_string().into_bytes().into(), Class::BuiltIn, true);
    // All at once: the entries are nearly in order, and a tree that grows one by one searches for each.
    let mut table: Table = entries.into_iter().collect();
    if let Some(service) = table.get_mut(&b"service_name"[..]) {
        service.read_only = version < PostfixVersion::V3_11;
    }
    for name in RAW {
        if let Some(parameter) = table.get_mut(name.as_bytes()) {
            parameter.raw = true;
        }
    }
    table
}

/// A line without its range of versions, unless it does not hold for `version`.
pub(crate) fn if_it_holds(line: &'static str, version: PostfixVersion) -> Option<&'static str> {
    let Some((range, rest)) = line.strip_prefix('[').and_then(|line| line.split_once("] ")) else {
        return Some(line);
    };
    let is_within = |end: &str, in_order: fn(&PostfixVersion, &PostfixVersion) -> bool| {
        end.is_empty() || end.parse().is_ok_and(|end| in_order(&version, &end))
    };
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    (is_within(first, PostfixVersion::ge) && is_within(last, PostfixVersion::le)).then_some(rest)
}

/// Where things are in a world.
fn located(world: &World) -> Vec<(&'static str, Vec<u8>)> {
    let default = &world.settings.default_config_directory.0;
    let below = |path: &str| bytes_of(world.root.join(path));
    vec![
        ("config_directory", default.clone()),
        ("meta_directory", default.clone()),
        ("sample_directory", default.clone()),
        ("command_directory", bytes_of(world.command_directory())),
        ("daemon_directory", bytes_of(world.daemon_directory())),
        ("data_directory", below("var/lib/postfix")),
        ("queue_directory", below("var/spool/postfix")),
        // Stand-ins have no shared libraries.
        ("shlib_directory", b"no".to_vec()),
        ("mailq_path", below("usr/bin/mailq")),
        ("newaliases_path", below("usr/bin/newaliases")),
        ("sendmail_path", below("usr/sbin/sendmail")),
        ("html_directory", below("usr/share/doc/postfix/html")),
        ("manpage_directory", below("usr/share/man")),
        ("readme_directory", below("usr/share/doc/postfix")),
    ]
}

/// What hangs on the host's name. The networks are those of a host that has only itself.
fn named(settings: &MainCf) -> Vec<(&'static str, Vec<u8>)> {
    let host = nix::unistd::gethostname().map(|name| bytes_of(name.into())).unwrap_or_default();
    let expanded = |name: &str| {
        let mut lookup = |name: &[u8]| settings.get(name).map(<[u8]>::to_vec);
        let value = settings.get(name.as_bytes())?;
        // Whoever needs these values expands them again, and says what is wrong with them.
        Some(
            expand(
                value,
                Mode::Recursive,
                settings.functions(),
                &Work::default(),
                &mut lookup,
                &mut Vec::new(),
            )
            .text,
        )
    };
    let local = || b"localdomain".to_vec();
    let full = if host.contains(&b'.') {
        host
    } else {
        [host, expanded("mydomain").unwrap_or_else(local)].join(&b'.')
    };
    let name = expanded("myhostname").unwrap_or_else(|| full.clone());
    let domain = name.iter().position(|byte| *byte == b'.').map(|dot| name[dot + 1..].to_vec());
    vec![
        ("myhostname", full),
        ("mydomain", domain.unwrap_or_else(local)),
        ("mynetworks", b"127.0.0.0/8 [::1]/128".to_vec()),
    ]
}

/// The path of a configuration file.
pub(crate) fn file(directory: &[u8], name: &str) -> std::path::PathBuf {
    let mut path = directory.to_vec();
    path.push(b'/');
    path.extend_from_slice(name.as_bytes());
    Path::new(crate::program::path_of(&path)).to_path_buf()
}

#[cfg(test)]
mod tests {
    use super::{BUILT_IN, if_it_holds};
    use crate::version::PostfixVersion;

    #[test]
    fn lines_hold_within_their_range() {
        let versions = |line: &'static str| {
            let holds = |version: &PostfixVersion| if_it_holds(line, *version) == Some("a = [b]");
            PostfixVersion::KNOWN.into_iter().filter(holds).map(PostfixVersion::series).collect::<Vec<_>>()
        };
        assert_eq!(versions("a = [b]"), ["3.5", "3.7", "3.10", "3.11"]);
        assert_eq!(versions("[3.7] a = [b]"), ["3.7"]);
        assert_eq!(versions("[3.10-] a = [b]"), ["3.10", "3.11"]);
        assert_eq!(versions("[-3.7] a = [b]"), ["3.5", "3.7"]);
        assert_eq!(versions("[3.7-3.10] a = [b]"), ["3.7", "3.10"]);
    }

    #[test]
    fn every_version_has_one_default_for_a_name() {
        for version in PostfixVersion::KNOWN {
            let lines = BUILT_IN.lines().filter_map(|line| if_it_holds(line, version));
            let mut names: Vec<_> = lines.map(|line| line.split(' ').next()).collect();
            let all = names.len();
            assert!(all > 790, "{version}: {all}");
            names.dedup();
            assert_eq!(names.len(), all, "{version}");
        }
        for range in BUILT_IN.lines().filter_map(|line| line.strip_prefix('[')?.split(']').next()) {
            for end in range.split('-').filter(|end| !end.is_empty()) {
                assert!(end.parse::<PostfixVersion>().is_ok(), "[{range}]");
            }
        }
    }
}
