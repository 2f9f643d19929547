//! Describes a multi-instance system as plain data: the form that case files, generators and the oracle share.
//!
//! Text in a layout may name what only a world knows: `@root@` is the world's directory, `@default@` the
//! default instance's configuration directory, `@manager@` the manager under judgement.

use std::collections::{BTreeMap, BTreeSet};

use postfix_fakes::bytes::ByteString;
use postfix_fakes::fault::Fault;
use postfix_fakes::relative_path::RelativePath;
use serde::{Deserialize, Serialize};

/// The name of the default instance in layouts, faults and expectations.
pub const DEFAULT: &str = "default";

/// A multi-instance system. Every instance has a name of its own, and every fault names a known instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Draft", into = "Draft")]
pub struct Layout(Draft);

/// A layout as it is written down, before its rules are checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Draft {
    /// The value of `multi_instance_directories`; absent: the directories of all listed instances, separated
    /// by a comma and a blank.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<ByteString>,
    /// The value of `multi_instance_wrapper`; absent: `@manager@`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manager: Option<ByteString>,
    /// The default instance.
    pub default: Instance,
    /// The secondary instances, in the order of the list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub instances: Vec<Instance>,
    /// What goes wrong, and where; `instance` of a fault is an instance's name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
}

/// One instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Instance {
    /// How layouts, faults and expectations call it; small letters, digits and `-`.
    pub name: String,
    /// Its configuration directory, relative to the world's root; absent: `etc/postfix-NAME`, and
    /// `etc/postfix` for the default instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<RelativePath>,
    /// Whether it is in `multi_instance_directories` (if the layout leaves that list to the harness).
    #[serde(skip_serializing_if = "is_usual")]
    pub listed: bool,
    /// The value of `multi_instance_enable`; absent: not set, which is `no`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable: Option<ByteString>,
    /// Further main.cf settings.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, ByteString>,
    /// Further text for main.cf, taken as it is, at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub main_cf: Option<ByteString>,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damage: Option<Damage>,
}

/// Whether a switch is as it is where nothing is said.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_usual(listed: &bool) -> bool {
    *listed
}

impl Default for Instance {
    fn default() -> Self {
        Self {
            name: DEFAULT.to_owned(),
            directory: None,
            listed: true,
            enable: None,
            settings: BTreeMap::new(),
            main_cf: None,
            damage: None,
        }
    }
}

/// Damage of a configuration directory that no setting of main.cf can express, and that the superuser cannot
/// overlook either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Damage {
    /// The configuration directory does not exist.
    DirectoryMissing,
    /// There is no main.cf.
    MainCfMissing,
    /// main.cf is a directory.
    MainCfDirectory,
    /// main.cf cannot be read: it is a symbolic link to itself, which stops root as well.
    MainCfUnreadable,
    /// main.cf is a FIFO that nobody writes to: a program that opens it waits for good.
    MainCfFifo,
    /// main.cf ends in a line that is no setting.
    MainCfSyntax,
}

/// Why a draft is no layout.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// A name with other characters than it may have.
    #[error(
        "instance name {0:?}: use small letters, digits and \"-\", and not \"default\" for a secondary one"
    )]
    Name(String),
    /// The same name or directory twice.
    #[error("instance {0:?} is there twice, by name or by directory: give each its own")]
    Twice(String),
    /// A fault for an instance that is not there.
    #[error("a fault names the instance {0:?}, which the layout does not have")]
    UnknownInstance(String),
}

impl TryFrom<Draft> for Layout {
    type Error = LayoutError;

    fn try_from(mut draft: Draft) -> Result<Self, LayoutError> {
        DEFAULT.clone_into(&mut draft.default.name);
        let mut names = BTreeSet::from([DEFAULT.to_owned()]);
        let mut directories = BTreeSet::from([draft.default.relative_directory()]);
        for instance in &draft.instances {
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            if instance.name.is_empty() || instance.name == DEFAULT || !instance.name.bytes().all(plain) {
                return Err(LayoutError::Name(instance.name.clone()));
            }
            if !names.insert(instance.name.clone()) || !directories.insert(instance.relative_directory()) {
                return Err(LayoutError::Twice(instance.name.clone()));
            }
        }
        for fault in &draft.faults {
            if let Some(instance) = &fault.instance {
                if !names.contains(&instance.to_string()) {
                    return Err(LayoutError::UnknownInstance(instance.to_string()));
                }
            }
        }
        Ok(Self(draft))
    }
}

impl From<Layout> for Draft {
    fn from(layout: Layout) -> Self {
        layout.0
    }
}

impl Layout {
    /// The default instance.
    pub fn default_instance(&self) -> &Instance {
        &self.0.default
    }

    /// The secondary instances, in the order they were given.
    pub fn secondary_instances(&self) -> &[Instance] {
        &self.0.instances
    }

    /// All instances, the default one first.
    pub fn instances(&self) -> impl Iterator<Item = &Instance> {
        std::iter::once(&self.0.default).chain(&self.0.instances)
    }

    /// What goes wrong, and where.
    pub fn faults(&self) -> &[Fault] {
        &self.0.faults
    }

    /// The same system after the main.cf of these instances was written anew. An instance keeps its directory,
    /// and its place in a list that is left to the harness, whatever the new one says of them.
    #[must_use]
    pub fn rewritten(mut self, instances: &[Instance]) -> Self {
        for new in instances {
            let all = std::iter::once(&mut self.0.default).chain(&mut self.0.instances);
            for old in all.filter(|old| old.name == new.name) {
                *old = Instance { directory: old.directory.take(), listed: old.listed, ..new.clone() };
            }
        }
        self
    }

    /// The value of `multi_instance_wrapper`, placeholders not filled in.
    pub fn manager(&self) -> ByteString {
        self.0.manager.clone().unwrap_or_else(|| ByteString::from("@manager@"))
    }

    /// The value of `multi_instance_directories`, placeholders not filled in.
    pub fn list(&self) -> ByteString {
        self.0.list.clone().unwrap_or_else(|| {
            let listed: Vec<Vec<u8>> = self
                .0
                .instances
                .iter()
                .filter(|instance| instance.listed)
                .map(|instance| [b"@root@/", &instance.relative_directory().0[..]].concat())
                .collect();
            ByteString(listed.join(&b", "[..]))
        })
    }
}

impl Instance {
    /// A secondary instance that is enabled.
    pub fn enabled(name: &str) -> Self {
        Self { name: name.to_owned(), enable: Some(ByteString::from("yes")), ..Self::default() }
    }

    /// A secondary instance that is not enabled.
    pub fn disabled(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Its configuration directory, relative to the world's root.
    pub fn relative_directory(&self) -> ByteString {
        match &self.directory {
            Some(directory) => directory.as_bytes().clone(),
            None if self.name == DEFAULT => ByteString::from("etc/postfix"),
            None => ByteString::from(format!("etc/postfix-{}", self.name).as_str()),
        }
    }

    /// The name its queue and data directories end in.
    pub fn spool_name(&self) -> String {
        if self.name == DEFAULT { "postfix".to_owned() } else { format!("postfix-{}", self.name) }
    }
}

#[cfg(test)]
mod tests {
    use super::{ByteString, Draft, Instance, Layout, LayoutError};

    fn layout(instances: Vec<Instance>) -> Result<Layout, LayoutError> {
        Layout::try_from(Draft { instances, ..Draft::default() })
    }

    #[test]
    fn the_list_names_every_listed_instance_in_order() {
        let hidden = Instance { listed: false, ..Instance::enabled("c") };
        let layout = layout(vec![Instance::enabled("b"), hidden, Instance::disabled("a")]).unwrap();
        assert_eq!(layout.list().to_string(), "@root@/etc/postfix-b, @root@/etc/postfix-a");
    }

    #[test]
    fn an_instance_that_is_written_anew_stays_where_it_is() {
        let odd = Instance {
            directory: ByteString::from("etc/odd").try_into().ok(),
            listed: false,
            ..Instance::enabled("a")
        };
        let before = layout(vec![odd, Instance::enabled("b")]).unwrap();
        let after = before.clone().rewritten(&[Instance::disabled("a")]);
        let a = &after.secondary_instances()[0];
        assert_eq!((a.enable.as_ref(), a.listed), (None, false));
        assert_eq!(a.relative_directory(), "etc/odd".into());
        assert_eq!(after.secondary_instances()[1], before.secondary_instances()[1]);
        assert_eq!(after.list(), before.list());
    }

    #[test]
    fn what_cannot_be_a_layout_is_refused() {
        assert_eq!(layout(vec![Instance::enabled("default")]), Err(LayoutError::Name("default".into())));
        assert_eq!(layout(vec![Instance::enabled("A b")]), Err(LayoutError::Name("A b".into())));
        let twice = vec![Instance::enabled("a"), Instance::enabled("a")];
        assert_eq!(layout(twice), Err(LayoutError::Twice("a".into())));
    }
}
