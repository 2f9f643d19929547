//! Lists the parameters and their defaults, as `postconf -d` prints them in each version.
//! Directories are below the world's root. Knows nothing of how the parameters are used.

mod built_in;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

pub(crate) use built_in::{if_it_holds, shared};

use crate::config::main_cf::{ExpansionLimit, MainCf, Mode, expand};
use crate::config::networks;
use crate::protocol::bytes::{bytes_of, path_of};
use crate::protocol::features::Feature;
use crate::protocol::version::PostfixVersion;
use crate::protocol::world::World;

/// Parameters whose values are not expanded when they are read.
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
    /// Whether its value is not expanded when it is read.
    pub raw: bool,
    /// Whether settings of it are ignored.
    pub read_only: bool,
}

impl Parameter {
    /// One that is expanded and may be set.
    pub(crate) fn of(class: Class, default: impl Into<Cow<'static, [u8]>>) -> Self {
        Self { default: default.into(), class, raw: false, read_only: false }
    }
}

/// All parameters by name.
pub type Table = BTreeMap<Cow<'static, [u8]>, Parameter>;

/// The parameters that exist in a world, before a main.cf or master.cf adds any. `settings` matter if the
/// default of one parameter is made from another's value.
pub fn table(world: &World, settings: &MainCf, process_name: &[u8]) -> Table {
    let version = world.settings.version();
    // They come in order, so that the tree need not search a place for each.
    let own = |(name, default)| (Cow::from(name), Parameter::of(Class::BuiltIn, default));
    let mut table: Table = built_in::all(version).map(own).collect();
    table.extend(built_in::legacy(version).map(|name| (name.into(), Parameter::of(Class::Legacy, &b""[..]))));
    for (name, default) in of_world_and_host(world, settings) {
        table.insert(name.as_bytes().to_vec().into(), Parameter::of(Class::BuiltIn, default));
    }
    let process_id = std::process::id().to_string().into_bytes();
    for (name, default) in [("process_name", process_name.to_vec()), ("process_id", process_id)] {
        let parameter = Parameter { read_only: true, ..Parameter::of(Class::BuiltIn, default) };
        table.insert(name.as_bytes().into(), parameter);
    }
    if let Some(service) = table.get_mut(&b"service_name"[..]) {
        service.read_only = !version.has(Feature::ServiceNameSettable);
    }
    for name in RAW {
        if let Some(parameter) = table.get_mut(name.as_bytes()) {
            parameter.raw = true;
        }
    }
    table
}

/// The names of the newest version's parameters whose defaults depend on neither world nor host.
pub fn built_in_names() -> impl Iterator<Item = &'static str> {
    built_in::all(PostfixVersion::NEWEST).filter_map(|(name, _)| std::str::from_utf8(name).ok())
}

/// The defaults of single parameters, for programs that need a few of them and no table of all.
#[derive(Debug)]
pub(crate) struct Defaults<'w> {
    version: PostfixVersion,
    of_world_and_host: Vec<(&'w str, Vec<u8>)>,
}

impl<'w> Defaults<'w> {
    /// Those in a world. `settings` matter if the default of one parameter is computed from another's value.
    pub(crate) fn of(world: &'w World, settings: &MainCf) -> Self {
        let of_world_and_host = of_world_and_host(world, settings);
        Self { version: world.settings.version(), of_world_and_host }
    }

    /// The default of a parameter as it is written; none if Postfix does not have the parameter.
    pub(crate) fn get(&self, name: &[u8]) -> Option<&[u8]> {
        let own = self.of_world_and_host.iter().find(|(own, _)| own.as_bytes() == name);
        own.map(|(_, default)| default.as_slice()).or_else(|| built_in::default(name, self.version))
    }
}

/// Defaults that depend on the world or the host.
fn of_world_and_host<'w>(world: &'w World, settings: &MainCf) -> Vec<(&'w str, Vec<u8>)> {
    let mut defaults = located(world);
    defaults.extend(named(settings));
    defaults.push(("mail_version", world.settings.postfix_version.clone().into_bytes()));
    for (name, default) in &world.settings.built_with {
        defaults.retain(|(other, _)| *other != name);
        defaults.push((name, default.0.clone()));
    }
    defaults
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
        // Fakes have no shared libraries.
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
fn named(settings: &MainCf) -> [(&'static str, Vec<u8>); 3] {
    let host = nix::unistd::gethostname().map(|name| bytes_of(name.into())).unwrap_or_default();
    // These values are expanded again when they are used, and their errors reported then.
    let expanded = |value: &[u8], lookup: &dyn Fn(&[u8]) -> Option<Vec<u8>>| {
        let limit = ExpansionLimit::default();
        expand(
            value,
            Mode::Recursive,
            settings.version(),
            &limit,
            &mut |name: &[u8]| lookup(name),
            &mut Vec::new(),
        )
        .text
    };
    // A value that is set is expanded before there are any defaults.
    let own = |name: &[u8]| settings.get(name).map(<[u8]>::to_vec);
    let set = |name: &str| settings.get(name.as_bytes()).map(|value| expanded(value, &own));
    let default = |name: &[u8]| built_in::default(name, settings.version()).map(<[u8]>::to_vec);
    let written = |name: &[u8]| own(name).or_else(|| default(name));
    let value = |name: &str| {
        let of_default = || default(name.as_bytes()).map(|value| expanded(&value, &written));
        set(name).or_else(of_default).unwrap_or_default()
    };
    let local = || b"localdomain".to_vec();
    let full =
        if host.contains(&b'.') { host } else { [host, set("mydomain").unwrap_or_else(local)].join(&b'.') };
    let name = set("myhostname").unwrap_or_else(|| full.clone());
    let domain = name.iter().position(|byte| *byte == b'.').map(|dot| name[dot + 1..].to_vec());
    let [style, interfaces, protocols] = ["mynetworks_style", "inet_interfaces", "inet_protocols"].map(value);
    let networks = networks::of_host_alone(&style, &interfaces, &protocols);
    [("myhostname", full), ("mydomain", domain.unwrap_or_else(local)), ("mynetworks", networks)]
}

/// The path of a configuration file.
pub(crate) fn file(directory: &[u8], name: &str) -> PathBuf {
    path_of(&[directory, b"/", name.as_bytes()].concat()).to_path_buf()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Defaults, table};
    use crate::config::main_cf::MainCf;
    use crate::protocol::version::{PostfixVersion, Series};
    use crate::protocol::world::{Settings, World};

    #[test]
    fn a_default_is_found_alone_as_in_the_table() {
        let settings = MainCf::default();
        for version in Series::KNOWN.map(PostfixVersion::upstream) {
            let settings_of_world = Settings {
                default_config_directory: "/c".into(),
                postfix_version: version.full(),
                postfix_vendor: version.vendor,
                built_with: BTreeMap::from([("mail_owner".to_owned(), "mail".into())]),
                ..Settings::default()
            };
            let world = World { root: "/r".into(), settings: settings_of_world };
            let (all, defaults) = (table(&world, &settings, b"postfix"), Defaults::of(&world, &settings));
            for name in ["mail_version", "queue_directory", "config_directory", "mail_owner", "myhostname"] {
                let parameter = all.get(name.as_bytes()).expect(name);
                assert_eq!(defaults.get(name.as_bytes()), Some(&*parameter.default), "{name}");
            }
            assert_eq!(defaults.get(b"mail_owner"), Some(&b"mail"[..]));
            assert_eq!(defaults.get(b"nosuch"), None);
        }
    }

    #[test]
    fn a_name_that_is_set_is_expanded_before_there_are_defaults() {
        let world = World { root: "/r".into(), settings: Settings::default() };
        for (name, domain) in [("a.$mail_name.b", ".b"), ("a.$own.b", "x.b")] {
            let mut settings = MainCf::default();
            settings.set(b"myhostname", name.as_bytes());
            settings.set(b"own", b"x");
            assert_eq!(Defaults::of(&world, &settings).get(b"mydomain"), Some(domain.as_bytes()), "{name}");
        }
    }
}
