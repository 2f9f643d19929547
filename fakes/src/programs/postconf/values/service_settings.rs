//! Holds the settings of services: the options of master.cf, by service, and which of them are in use.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::main_cf::MainCf;
use crate::programs::postconf::master_cf::service::Service;
use crate::protocol::version::PostfixVersion;

/// The names and settings of one service of master.cf, and which of the settings are in use.
pub(super) struct Scope {
    /// What messages call it: the service's name and type. Services that share it share their settings.
    pub(super) name: Vec<u8>,
    pub(super) service_name: Vec<u8>,
    pub(super) process_name: Vec<u8>,
    /// Whether it has settings: its own, or those of a service before it.
    pub(super) has_settings: bool,
    pub(super) used: BTreeSet<Vec<u8>>,
}

/// The services' settings.
#[derive(Default)]
pub(crate) struct Namespaces {
    /// Those of each service, in the order of the services.
    pub(super) scopes: Vec<Scope>,
    /// Settings by the name and type of services.
    pub(super) settings: BTreeMap<Vec<u8>, MainCf>,
}

impl Namespaces {
    pub(super) fn of(services: &[Service], version: PostfixVersion) -> Self {
        let mut settings: BTreeMap<_, MainCf> = BTreeMap::new();
        let mut scopes = Vec::new();
        for service in services {
            let name = service.full_name();
            for (own, value) in service.settings(version) {
                settings.entry(name.clone()).or_insert_with(|| MainCf::of(version)).set(own, value);
            }
            let process_name = service.program().rsplit(|byte| *byte == b'/').next().unwrap_or_default();
            scopes.push(Scope {
                has_settings: settings.contains_key(&name),
                name,
                service_name: service.name().to_vec(),
                process_name: process_name.to_vec(),
                used: BTreeSet::new(),
            });
        }
        Self { scopes, settings }
    }

    /// The settings of a service, by its number; `None` if it has none.
    pub(crate) fn settings(&self, index: usize) -> Option<&MainCf> {
        let scope = &self.scopes[index];
        scope.has_settings.then(|| self.settings.get(&scope.name)).flatten()
    }

    /// The value of a name for a service, by its number: its own name or program, its `-o` option, or main.cf.
    pub(crate) fn value<'s>(&'s self, index: usize, name: &[u8], settings: &'s MainCf) -> Option<&'s [u8]> {
        match name {
            b"service_name" => Some(&self.scopes[index].service_name),
            b"process_name" => Some(&self.scopes[index].process_name),
            _ => self.own_value(index, name).or_else(|| settings.get(name)),
        }
    }

    /// The settings of each service that has any, and whether a name among them is in use.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&MainCf, &BTreeSet<Vec<u8>>)> {
        self.scopes.iter().enumerate().filter_map(|(index, scope)| Some((self.settings(index)?, &scope.used)))
    }

    pub(super) fn own_value(&self, index: usize, name: &[u8]) -> Option<&[u8]> {
        self.settings(index)?.get(name)
    }
}
