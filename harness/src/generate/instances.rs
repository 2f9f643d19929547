//! Random instances: where their directories lie, what their main.cf says, what is wrong with them. Knows
//! nothing of the list that names them.

use std::collections::BTreeMap;

use postfix_fakes::bytes::ByteString;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::Roughness;
use crate::layout::{Damage, Instance};

/// An instance without its name, on which its directory depends.
#[derive(Clone, Debug)]
pub(super) struct Drawn {
    directory: Option<&'static [u8]>,
    listed: bool,
    flag: Flag,
    nested: Option<&'static str>,
    damage: Option<Damage>,
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

/// The name of the secondary instance of this number.
pub(super) fn name(number: usize) -> String {
    match u8::try_from(number) {
        Ok(number) if number < 26 => char::from(b'a' + number).to_string(),
        _ => format!("n{number}"),
    }
}

/// Instances.
pub(super) fn instance(roughness: Roughness) -> impl Strategy<Value = Drawn> {
    let sound = proptest::strategy::Union::new_weighted(
        FLAGS.iter().map(|(weight, flag)| (*weight, Just(*flag))).collect(),
    );
    let (flag, damage) = match roughness {
        Roughness::Smooth => (sound.boxed(), Just(None).boxed()),
        Roughness::Rough => (
            prop_oneof![12 => sound, 1 => select(&WRONG_FLAGS[..])].boxed(),
            option::weighted(0.15, select(&DAMAGES[..])).boxed(),
        ),
    };
    let directory = option::weighted(0.3, select(&ODD_DIRECTORIES[..]));
    // MODE-6: what a secondary instance says of instances matters to nobody.
    let nested =
        option::weighted(0.15, select(&["@root@/etc/postfix-a, @default@", "/nowhere", "@root@"][..]));
    (directory, proptest::bool::weighted(0.9), flag, nested, damage).prop_map(
        |(directory, listed, flag, nested, damage)| Drawn { directory, listed, flag, nested, damage },
    )
}

impl Drawn {
    /// The instance of this name.
    pub(super) fn named(self, name: &str) -> Instance {
        let mut settings = BTreeMap::new();
        if let Some(value) = self.flag.site_flag {
            settings.insert("site_flag".to_owned(), ByteString::from(value));
        }
        if let (Some(value), false) = (self.nested, name == crate::layout::DEFAULT) {
            settings.insert("multi_instance_directories".to_owned(), ByteString::from(value));
            settings.insert("multi_instance_wrapper".to_owned(), ByteString::from("/bin/false"));
        }
        Instance {
            name: name.to_owned(),
            directory: self.directory.map(|odd| ByteString([odd, name.as_bytes()].concat())),
            listed: self.listed,
            enable: self.flag.value.map(ByteString::from),
            settings,
            main_cf: None,
            damage: self.damage,
        }
    }
}
