//! Draws instances: their directories, their main.cf, and their damage.

use std::collections::BTreeMap;

use postfix_fakes::bytes::ByteString;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::oddness::Oddness;
use postfix_harness::layout::{Damage, Instance};

/// An instance without its name, on which its directory depends.
#[derive(Clone, Debug)]
pub(super) struct Drawn {
    directory: Option<&'static [u8]>,
    listed: bool,
    flag: Flag,
    nested: Option<&'static str>,
    group: Option<&'static str>,
    shared: Option<Shared>,
    damage: Option<Damage>,
}

/// What an instance may have in common with another, which is no business of a manager's.
#[derive(Clone, Copy, Debug)]
enum Shared {
    /// Its data directory is the default instance's.
    DefaultData,
    /// It is that of the first secondary instance.
    FirstData,
    /// Its name is that of the first secondary instance.
    Name,
}

/// A value of `multi_instance_enable`, and a setting that it may need.
#[derive(Clone, Copy, Debug)]
struct Flag {
    value: Option<&'static str>,
    site_flag: Option<&'static str>,
}

/// Beginnings of directories that a careless program trips over; a name follows. Neither a blank nor a comma
/// can be in a list, and Postfix expands `$` in a directory once more.
const ODD_DIRECTORIES: [&[u8]; 14] = [
    b"etc/*-",
    b"etc/?[a-z]-",
    b"etc/quo'te-",
    b"etc/dou\"ble-",
    b"etc/back\\slash-",
    b"etc/semi;colon&-",
    b"etc/`tick`-",
    b"etc/{brace}-",
    b"etc/(round)-",
    b"etc/#hash-",
    b"etc/equal=",
    b"etc/~tilde!-",
    b"etc/deep/er/-",
    b"etc/\xff\xfe-",
];

const FLAGS: [(u32, Flag); 10] = [
    (6, Flag { value: Some("yes"), site_flag: None }),
    (3, Flag { value: None, site_flag: None }),
    (2, Flag { value: Some("no"), site_flag: None }),
    (1, Flag { value: Some("YES"), site_flag: None }),
    (1, Flag { value: Some("nO"), site_flag: None }),
    (1, Flag { value: Some("$site_flag"), site_flag: Some("yes") }),
    (1, Flag { value: Some("$(site_flag)"), site_flag: Some("no") }),
    (1, Flag { value: Some("${site_flag?yes}"), site_flag: Some("on") }),
    (1, Flag { value: Some("${site_flag:no}"), site_flag: None }),
    (1, Flag { value: Some("${site_flag:Yes}"), site_flag: Some("") }),
];

/// Values that are no boolean.
const WRONG_FLAGS: [Flag; 5] = [
    Flag { value: Some("maybe"), site_flag: None },
    Flag { value: Some("yes!"), site_flag: None },
    Flag { value: Some(""), site_flag: None },
    Flag { value: Some("$site_flag"), site_flag: None },
    Flag { value: Some("$site_flag"), site_flag: Some("1") },
];

const DAMAGES: [Damage; 5] = [
    Damage::DirectoryMissing,
    Damage::MainCfMissing,
    Damage::MainCfDirectory,
    Damage::MainCfUnreadable,
    Damage::MainCfSyntax,
];

/// Lists of commands that the default instance's main.cf may set (ENB-11).
const COMMAND_LISTS: [(&str, &str); 5] = [
    ("postmulti_start_commands", "start, check"),
    ("postmulti_start_commands", ""),
    ("postmulti_stop_commands", "stop abort, drain"),
    ("postmulti_control_commands", "reload flush status"),
    ("postmulti_control_commands", "reload"),
];

/// One of those lists, now and then.
pub(super) fn command_lists() -> impl Strategy<Value = Option<(&'static str, &'static str)>> {
    option::weighted(0.1, select(&COMMAND_LISTS[..]))
}

/// The flags that Postfix takes for a boolean, the plain ones more often.
pub(super) fn flag_value() -> impl Strategy<Value = Option<&'static str>> {
    prop_oneof![5 => Just(Some("yes")), 3 => Just(Some("no")), 1 => Just(None), 1 => Just(Some("YES"))]
}

/// The name of the secondary instance of this number.
pub(super) fn name(number: usize) -> String {
    match u8::try_from(number) {
        Ok(number) if number < 26 => char::from(b'a' + number).to_string(),
        _ => format!("n{number}"),
    }
}

/// Instances.
pub(super) fn instance(oddness: Oddness) -> impl Strategy<Value = Drawn> {
    let sound = proptest::strategy::Union::new_weighted(
        FLAGS.iter().map(|(weight, flag)| (*weight, Just(*flag))).collect(),
    );
    let (flag, damage) = match oddness {
        Oddness::Sound => (sound.boxed(), Just(None).boxed()),
        Oddness::Odd => (
            prop_oneof![12 => sound, 1 => select(&WRONG_FLAGS[..])].boxed(),
            option::weighted(0.15, select(&DAMAGES[..])).boxed(),
        ),
    };
    let directory = option::weighted(0.3, select(&ODD_DIRECTORIES[..]));
    // MODE-6: what a secondary instance says of instances matters to nobody.
    let nested =
        option::weighted(0.15, select(&["@root@/etc/postfix-a, @default@", "/nowhere", "@root@"][..]));
    // Names and groups are postmulti(1)'s business: a manager brings commands to all.
    let group = option::weighted(0.15, select(&["", "mta", "msa"][..]));
    let shared = option::weighted(0.15, select(&[Shared::DefaultData, Shared::FirstData, Shared::Name][..]));
    (directory, proptest::bool::weighted(0.9), flag, nested, (group, shared), damage).prop_map(
        |(directory, listed, flag, nested, (group, shared), damage)| Drawn {
            directory,
            listed,
            flag,
            nested,
            group,
            shared,
            damage,
        },
    )
}

impl Drawn {
    /// The instance of this name.
    pub(super) fn named(self, name: &str) -> Instance {
        let mut settings = BTreeMap::new();
        if let Some(value) = self.flag.site_flag {
            settings.insert("site_flag".to_owned(), ByteString::from(value));
        }
        if let (Some(value), false) = (self.nested, name == postfix_harness::layout::DEFAULT) {
            settings.insert("multi_instance_directories".to_owned(), ByteString::from(value));
            settings.insert("multi_instance_wrapper".to_owned(), ByteString::from("/bin/false"));
        }
        if let (Some(group), false) = (self.group, name == postfix_harness::layout::DEFAULT) {
            let name = format!("postfix-{name}");
            settings.insert("multi_instance_name".to_owned(), ByteString::from(name.as_str()));
            settings.insert("multi_instance_group".to_owned(), ByteString::from(group));
        }
        if let (Some(shared), false) = (self.shared, name == postfix_harness::layout::DEFAULT) {
            let (parameter, value) = match shared {
                Shared::DefaultData => ("data_directory", "@root@/var/lib/postfix"),
                Shared::FirstData => ("data_directory", "@root@/var/lib/postfix-a"),
                Shared::Name => ("multi_instance_name", "postfix-a"),
            };
            settings.insert(parameter.to_owned(), ByteString::from(value));
        }
        Instance {
            name: name.to_owned(),
            directory: self
                .directory
                .and_then(|odd| ByteString([odd, name.as_bytes()].concat()).try_into().ok()),
            listed: self.listed,
            enable: self.flag.value.map(ByteString::from),
            settings,
            main_cf: None,
            damage: self.damage,
        }
    }
}
