//! Holds what the oracle knows of a world: its layout, and the few paths that a layout leaves open.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use postfix_fakes::bytes::ByteString;

use super::main_cf::MainCf;
use crate::layout::{DEFAULT, Damage, Instance, Layout};
use crate::world::World;

/// A layout and the paths that its placeholders stand for.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The layout.
    pub layout: Layout,
    /// What `@root@` stands for.
    pub root: PathBuf,
    /// What `@default@` stands for.
    pub default_config_directory: PathBuf,
    /// What `@manager@` stands for.
    pub manager: ByteString,
}

impl Facts {
    /// Those of a world.
    pub fn of(world: &World) -> Self {
        let inside = world.as_seen_inside();
        Self {
            layout: world.layout().clone(),
            root: world.root().to_path_buf(),
            default_config_directory: inside.settings.default_config_directory.to_path_buf(),
            manager: ByteString(world.fill_in(b"@manager@")),
        }
    }

    /// Those of a world that nobody makes.
    pub fn imagined(layout: Layout) -> Self {
        Self {
            layout,
            root: PathBuf::from("/world"),
            default_config_directory: PathBuf::from("/world/etc/postfix"),
            manager: ByteString::from("/world/usr/libexec/postfix/postfix-wrapper"),
        }
    }

    /// Those of any world at all: its placeholders stand for themselves, as absolute paths, until
    /// [`Facts::with_placeholders`] makes them placeholders again.
    pub fn of_any_world(layout: Layout) -> Self {
        Self {
            layout,
            root: PathBuf::from("/@root@"),
            default_config_directory: PathBuf::from("/@default@"),
            manager: ByteString::from("/@manager@"),
        }
    }

    /// A text that speaks of these facts, as one that holds in every world.
    pub fn with_placeholders(&self, text: &[u8]) -> Vec<u8> {
        let values: [(&[u8], &[u8]); 2] = [
            (self.default_config_directory.as_os_str().as_bytes(), b"@default@"),
            (self.root.as_os_str().as_bytes(), b"@root@"),
        ];
        substitute(text, &values)
    }

    /// The text with its placeholders filled in.
    pub fn fill_in(&self, text: &[u8]) -> Vec<u8> {
        let values: [(&[u8], &[u8]); 3] = [
            (b"@root@", self.root.as_os_str().as_bytes()),
            (b"@default@", self.default_config_directory.as_os_str().as_bytes()),
            (b"@manager@", &self.manager.0),
        ];
        substitute(text, &values)
    }

    /// The configuration directory of an instance.
    pub fn config_directory(&self, instance: &Instance) -> PathBuf {
        if instance.name == DEFAULT && instance.directory.is_none() {
            self.default_config_directory.clone()
        } else {
            self.root.join(instance.relative_directory().as_os_str())
        }
    }

    /// The instance with this configuration directory, however it is spelled.
    pub fn instance_at(&self, directory: &Path) -> Option<&Instance> {
        self.layout.instances().find(|instance| self.config_directory(instance) == directory)
    }

    /// What an instance's main.cf says; nothing if Postfix cannot read it.
    pub(super) fn main_cf(&self, instance: &Instance) -> Option<MainCf> {
        if instance.damage.is_some_and(|damage| damage != Damage::MainCfSyntax) {
            return None;
        }
        let mut text = Vec::new();
        for (name, value) in self.settings(instance) {
            text.extend([name.as_bytes(), b" = ", &value, b"\n"].concat());
        }
        if let Some(raw) = &instance.main_cf {
            text.extend(self.fill_in(&raw.0));
        }
        if instance.damage == Some(Damage::MainCfSyntax) {
            text.extend_from_slice(b"no setting\n");
        }
        MainCf::parse(self.config_directory(instance).as_os_str(), &text)
    }

    /// The settings that a world writes before an instance's raw text.
    fn settings(&self, instance: &Instance) -> Vec<(String, Vec<u8>)> {
        let below = |path: String| self.root.join(path).into_os_string().into_vec();
        let mut settings = vec![
            ("command_directory".to_owned(), below("usr/sbin".to_owned())),
            ("daemon_directory".to_owned(), below("usr/libexec/postfix".to_owned())),
            ("queue_directory".to_owned(), below(format!("var/spool/{}", instance.spool_name()))),
            ("data_directory".to_owned(), below(format!("var/lib/{}", instance.spool_name()))),
        ];
        let mut set = |name: &str, value: &ByteString| {
            settings.push((name.to_owned(), self.fill_in(&value.0)));
        };
        if instance.name == DEFAULT {
            set("multi_instance_directories", &self.layout.list());
            set("multi_instance_wrapper", &self.layout.manager());
        }
        if let Some(enable) = &instance.enable {
            set("multi_instance_enable", enable);
        }
        for (name, value) in &instance.settings {
            set(name, value);
        }
        settings
    }
}

/// The text with the first of each pair replaced by the second, once and from left to right.
fn substitute(text: &[u8], pairs: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        if let Some((name, value)) = pairs.iter().find(|(name, _)| rest.starts_with(name)) {
            replaced.extend_from_slice(value);
            rest = &rest[name.len()..];
        } else {
            replaced.push(*first);
            rest = after;
        }
    }
    replaced
}

/// A path from bytes.
pub(super) fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes.to_vec()))
}
