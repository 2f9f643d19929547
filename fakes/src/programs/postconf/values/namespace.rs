//! Finds which parameters are in use because something refers to them. Knows nothing of how values are shown.
//!
//! postconf(1) walks hash tables with a random seed, so its order is arbitrary; here it is by name.

use std::collections::{BTreeMap, BTreeSet};

use super::client_files::look_into;
use super::host::{check_names, check_networks};
use super::lookup::{expanded, finished};
use super::tables::{LookupTables, Place, look_for_tables};
use crate::config::main_cf::{COMMA_SPACE, ExpansionLimit, MainCf, Mode, expand, split};
use crate::config::parameters::{Class, Parameter, Table};
use crate::programs::postconf::master_cf::service::Service;
use crate::programs::postconf::request::options::Advice;
use crate::programs::postconf::request::stop::Stop;
use crate::protocol::features::Feature;
use crate::protocol::version::PostfixVersion;
use crate::protocol::world::World;

/// The names and settings of one service of master.cf, and which of the settings are in use.
struct Scope {
    /// What messages call it: the service's name and type. Services that share it share their settings.
    name: Vec<u8>,
    service_name: Vec<u8>,
    process_name: Vec<u8>,
    /// Whether it has settings: its own, or those of a service before it.
    has_settings: bool,
    used: BTreeSet<Vec<u8>>,
}

/// The services' settings.
#[derive(Default)]
pub(crate) struct Namespaces {
    /// Those of each service, in the order of the services.
    scopes: Vec<Scope>,
    /// Settings by the name and type of services.
    settings: BTreeMap<Vec<u8>, MainCf>,
}

impl Namespaces {
    fn of(services: &[Service], version: PostfixVersion) -> Self {
        let mut settings = BTreeMap::new();
        let mut scopes = Vec::new();
        for service in services {
            let mut own = settings.remove(&service.full_name());
            service.collect_settings(version, &mut own);
            let has_settings = own.is_some();
            settings.extend(own.map(|own| (service.full_name(), own)));
            let program = service.program();
            let start = program.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
            scopes.push(Scope {
                name: service.full_name(),
                service_name: service.name().to_vec(),
                process_name: program[start..].to_vec(),
                has_settings,
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

    fn own_value(&self, index: usize, name: &[u8]) -> Option<&[u8]> {
        self.settings(index)?.get(name)
    }
}

/// Registers the settings that something refers to, and warns of references to nothing.
pub(crate) fn register_user_parameters(
    directory: &[u8],
    (world, advice): (&World, Advice),
    settings: &mut MainCf,
    table: &mut Table,
    services: &[Service],
    (limit, warnings): (&ExpansionLimit, &mut Vec<Vec<u8>>),
) -> Result<Namespaces, Stop> {
    let version = world.settings.version();
    let namespaces = Namespaces::of(services, version);
    let mut space = Space {
        directory,
        version,
        table,
        namespaces,
        classes: BTreeSet::new(),
        limit,
        warnings,
        world,
        advice,
        visited: BTreeSet::new(),
    };
    for index in 0..services.len() {
        space.scan_scope(index, settings)?;
    }
    space.scan_defaults(settings)?;
    space.scan_settings(settings)?;
    Ok(space.namespaces)
}

struct Space<'a> {
    directory: &'a [u8],
    /// The simulated version.
    version: PostfixVersion,
    table: &'a mut Table,
    namespaces: Namespaces,
    /// Names of restriction classes.
    classes: BTreeSet<Vec<u8>>,
    limit: &'a ExpansionLimit,
    warnings: &'a mut Vec<Vec<u8>>,
    world: &'a World,
    /// Whether settings in files of clients are told that these do not have.
    advice: Advice,
    /// The files of clients that were looked into.
    visited: BTreeSet<(&'static [u8], Vec<u8>)>,
}

impl Space<'_> {
    fn scan_scope(&mut self, index: usize, settings: &MainCf) -> Result<(), Stop> {
        let Some(own) = self.namespaces.settings(index).cloned() else { return Ok(()) };
        let full_name = self.namespaces.scopes[index].name.clone();
        for name in self.restriction_classes(&own, &full_name)? {
            self.refer(&name, settings, Some(index));
        }
        for (name, value) in own.iter() {
            if self.classes.contains(name) {
                self.namespaces.scopes[index].used.insert(name.to_vec());
            }
            match self.exemption(name, value, "/master.cf") {
                Exemption::None => {
                    self.scan(value, settings, Some(index))?;
                    self.try_to_expand(name, value, settings, Some(index))?;
                }
                Exemption::Raw => {}
                Exemption::ReadOnly => {
                    if let Some(own) = self.namespaces.settings.get_mut(&full_name) {
                        own.remove(name);
                    }
                }
            }
        }
        Ok(())
    }

    fn scan_defaults(&mut self, settings: &MainCf) -> Result<(), Stop> {
        check_names(settings, self.table, self.limit, self.warnings)?;
        if settings.get(b"mynetworks").is_none() {
            let addresses = self.world.settings.addresses;
            check_networks((settings, addresses), self.table, self.limit, self.warnings)?;
        }
        let defaults: Vec<_> = self
            .table
            .iter()
            .filter(|(_, parameter)| !parameter.raw && parameter.default.contains(&b'$'))
            .filter(|(name, _)| settings.get(name).is_none())
            .map(|(_, parameter)| parameter.default.clone())
            .collect();
        defaults.into_iter().try_for_each(|default| self.scan(&default, settings, None))
    }

    fn scan_settings(&mut self, settings: &mut MainCf) -> Result<(), Stop> {
        for name in self.restriction_classes(settings, b"mail_dict")? {
            self.classes.insert(name.clone());
            self.refer(&name, settings, None);
        }
        let own = settings.clone();
        for (name, value) in own.iter() {
            match self.exemption(name, value, "/main.cf") {
                Exemption::None => {
                    self.scan(value, settings, None)?;
                    self.try_to_expand(name, value, settings, None)?;
                }
                Exemption::Raw => {}
                Exemption::ReadOnly => settings.remove(name),
            }
        }
        Ok(())
    }

    /// Expands the value of a parameter that Postfix or a service has, as postconf(1) does in search of lookup
    /// tables. One that cannot be expanded ends the program.
    fn try_to_expand(
        &mut self,
        name: &[u8],
        value: &[u8],
        settings: &MainCf,
        scope: Option<usize>,
    ) -> Result<(), Stop> {
        if !self.table.get(name).is_some_and(|found| matches!(found.class, Class::BuiltIn | Class::Service)) {
            return Ok(());
        }
        let set = |name: &[u8]| match scope {
            Some(index) => self.namespaces.value(index, name, settings),
            None => settings.get(name),
        };
        let text = expanded(value, (self.table, self.version), self.limit, &set, self.warnings)?;
        let name: &[u8] = if scope.is_some() { b"/master.cf" } else { b"/main.cf" };
        let file = [self.directory, name].concat();
        let mut found = LookupTables::default();
        look_for_tables(&text, Place { file: &file, version: self.version, limit: self.limit }, &mut found)?;
        self.warnings.append(&mut found.comments);
        let is_whole = settings.version().has(Feature::FullPathOfComplaints);
        let file = if is_whole { file } else { name[1..].to_vec() };
        let service = scope.map(|index| [b":", &self.namespaces.scopes[index].name[..]].concat());
        let file = [file, service.unwrap_or_default()].concat();
        for client in &found.files {
            if self.visited.insert((client.kind(), client.path.clone())) {
                look_into(client, self.advice, self.world, self.warnings)?;
            }
        }
        for complaint in found.complaints {
            self.warnings.push([&file, &b": "[..], &complaint].concat());
        }
        for name in found.names {
            self.bring_along(&name, settings, scope);
        }
        Ok(())
    }

    /// Tells whether a setting's value is searched for names. A legacy parameter that is set becomes a user's.
    fn exemption(&mut self, name: &[u8], value: &[u8], file: &str) -> Exemption {
        let Some(parameter) = self.table.get_mut(name) else { return Exemption::None };
        if parameter.read_only {
            let what = b": read-only parameter assignment: ";
            self.warnings.push([self.directory, file.as_bytes(), what, name, b"=", value].concat());
            return Exemption::ReadOnly;
        }
        if parameter.class == Class::Legacy {
            parameter.class = Class::User;
        }
        if parameter.raw { Exemption::Raw } else { Exemption::None }
    }

    fn restriction_classes(&mut self, settings: &MainCf, dictionary: &[u8]) -> Result<Vec<Vec<u8>>, Stop> {
        let Some(value) = settings.get(b"smtpd_restriction_classes") else { return Ok(Vec::new()) };
        let mut lookup = |name: &[u8]| settings.get(name).map(<[u8]>::to_vec);
        let expansion =
            expand(value, Mode::Recursive, settings.version(), self.limit, &mut lookup, self.warnings);
        let text = finished(expansion, &[b"dictionary ", dictionary, b": macro processing error"].concat())?;
        Ok(split(&text, COMMA_SPACE).into_iter().map(<[u8]>::to_vec).collect())
    }

    fn scan(&mut self, value: &[u8], settings: &MainCf, scope: Option<usize>) -> Result<(), Stop> {
        if let Some(name) = only_name(value) {
            self.refer(name, settings, scope);
            return Ok(());
        }
        // Complaints come in the order of the text, whether of syntax or of a name.
        let mut names = Vec::new();
        let mut complaints = Vec::new();
        let expansion = expand(
            value,
            Mode::Scan,
            settings.version(),
            self.limit,
            &mut |name| {
                names.push(name.to_vec());
                None
            },
            &mut complaints,
        );
        for name in names {
            self.refer(&name, settings, scope);
        }
        self.warnings.append(&mut complaints);
        expansion.fatal.map_or(Ok(()), |fatal| Err(fatal.into()))
    }

    /// A parameter of a lookup table counts only if it is set.
    fn bring_along(&mut self, name: &[u8], settings: &MainCf, scope: Option<usize>) {
        let is_set = match scope {
            Some(index) => self.namespaces.own_value(index, name).is_some() || settings.get(name).is_some(),
            None => {
                settings.get(name).is_some()
                    || self.namespaces.settings.values().any(|own| own.get(name).is_some())
            }
        };
        if is_set {
            self.refer(name, settings, scope);
        }
    }

    fn refer(&mut self, name: &[u8], settings: &MainCf, scope: Option<usize>) {
        let mut found = false;
        let own = scope.filter(|index| self.namespaces.own_value(*index, name).is_some());
        if let Some(index) = own {
            found = true;
            self.namespaces.scopes[index].used.insert(name.to_vec());
        } else if settings.get(name).is_some() {
            found = true;
            let own = || Parameter::of(Class::User, &b""[..]);
            self.table.entry(name.to_vec().into()).or_insert_with(own);
        }
        if scope.is_none() {
            let Namespaces { scopes, settings } = &mut self.namespaces;
            for scope in scopes {
                let is_set = || settings.get(&scope.name).is_some_and(|own| own.get(name).is_some());
                if scope.has_settings && is_set() {
                    found = true;
                    scope.used.insert(name.to_vec());
                }
            }
        }
        if !found && !self.table.contains_key(name) {
            let file: &[u8] = if scope.is_some() { b"/master.cf" } else { b"/main.cf" };
            self.warnings.push([self.directory, file, b": undefined parameter: ", name].concat());
        }
    }
}

/// The name, if a value is nothing but `$name`. So are most defaults that refer to anything.
fn only_name(value: &[u8]) -> Option<&[u8]> {
    let name = value.strip_prefix(b"$").filter(|name| !name.is_empty())?;
    name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').then_some(name)
}

/// Why a setting's value is not searched for names.
enum Exemption {
    None,
    /// It is never expanded.
    Raw,
    /// It counts as not set.
    ReadOnly,
}
