//! Finds which parameters are in use because something refers to them. Knows nothing of how values are shown.
//!
//! postconf(1) walks hash tables with a random seed, so its order is arbitrary; here it is by name.

use std::collections::BTreeSet;

use super::client_files::look_into;
use super::host::{check_names, check_networks};
use super::lookup::expanded_among;
use super::parameter_set::ParameterSet;
use super::service_settings::Namespaces;
use super::tables::{Place, look_for_tables};
use crate::config::main_cf::{COMMA_SPACE, MainCf, Mode, expand, split};
use crate::config::parameters::{Class, Parameter};
use crate::programs::postconf::request::stop::Stop;
use crate::protocol::features::Feature;
use crate::protocol::world::World;

/// Finds the services' settings, registers those that something refers to, and warns of references to nothing. `advise`
/// says whether settings in files of clients are told that these do not have.
pub(crate) fn register_user_parameters(
    directory: &[u8],
    (world, advise): (&World, bool),
    known: &mut ParameterSet,
    warnings: &mut Vec<Vec<u8>>,
) -> Result<(), Stop> {
    known.namespaces = Namespaces::of(&known.services, known.settings.version());
    let mut scan = Scan { directory, known, warnings, world, advise, visited: BTreeSet::new() };
    for index in 0..scan.known.services.len() {
        if let Some(own) = scan.known.namespaces.settings(index).cloned() {
            scan.scan_settings(&own, Some(index))?;
        }
    }
    scan.scan_defaults()?;
    let own = scan.known.settings.clone();
    scan.scan_settings(&own, None)
}

/// A search for names in main.cf, or in the settings of a service: the scope, by the service's number.
struct Scan<'a> {
    directory: &'a [u8],
    known: &'a mut ParameterSet,
    warnings: &'a mut Vec<Vec<u8>>,
    world: &'a World,
    advise: bool,
    /// The files of clients that were looked into.
    visited: BTreeSet<(&'static [u8], Vec<u8>)>,
}

impl Scan<'_> {
    /// The path of the file that a scope is in.
    fn file(&self, scope: Option<usize>) -> Vec<u8> {
        let name = if scope.is_some() { "/master.cf" } else { "/main.cf" };
        [self.directory, name.as_bytes()].concat()
    }

    fn scan_defaults(&mut self) -> Result<(), Stop> {
        let ParameterSet { settings, table, .. } = &*self.known;
        check_names(self.known, self.warnings)?;
        if settings.get(b"mynetworks").is_none() {
            check_networks(self.known, &self.world.settings, self.warnings)?;
        }
        let defaults: Vec<_> = table
            .iter()
            .filter(|(_, parameter)| !parameter.raw && parameter.default.contains(&b'$'))
            .filter(|(name, _)| settings.get(name).is_none())
            .map(|(_, parameter)| parameter.default.clone())
            .collect();
        defaults.into_iter().try_for_each(|default| self.scan(&default, None))
    }

    fn scan_settings(&mut self, own: &MainCf, scope: Option<usize>) -> Result<(), Stop> {
        self.scan_restriction_classes(own, scope)?;
        for (name, value) in own.iter() {
            if let Some(parameter) = self.known.table.get_mut(name) {
                if parameter.read_only {
                    let what = b": read-only parameter assignment: ";
                    self.warnings.push([&self.file(scope), &what[..], name, b"=", value].concat());
                    self.forget(name, scope);
                    continue;
                }
                // A legacy parameter that is set becomes a user's.
                if parameter.class == Class::Legacy {
                    parameter.class = Class::User;
                }
                if parameter.raw {
                    continue;
                }
            }
            self.scan(value, scope)?;
            self.try_to_expand(name, value, scope)?;
        }
        Ok(())
    }

    fn scan_restriction_classes(&mut self, own: &MainCf, scope: Option<usize>) -> Result<(), Stop> {
        let Some(value) = own.get(b"smtpd_restriction_classes") else { return Ok(()) };
        let dictionary = scope.map_or(&b"mail_dict"[..], |index| &self.known.namespaces.scopes[index].name);
        let text = expanded_among(own, dictionary, value, &self.known.limit, self.warnings)?;
        for name in split(&text, COMMA_SPACE) {
            self.refer(name, scope);
        }
        Ok(())
    }

    /// A setting that counts as not set.
    fn forget(&mut self, name: &[u8], scope: Option<usize>) {
        let Namespaces { scopes, settings } = &mut self.known.namespaces;
        let own = match scope {
            Some(index) => settings.get_mut(&scopes[index].name),
            None => Some(&mut self.known.settings),
        };
        if let Some(own) = own {
            own.remove(name);
        }
    }

    /// Expands the value of a parameter that Postfix or a service has, as postconf(1) does in search of lookup
    /// tables. One that cannot be expanded ends the program.
    fn try_to_expand(&mut self, name: &[u8], value: &[u8], scope: Option<usize>) -> Result<(), Stop> {
        let ParameterSet { settings, table, limit, namespaces, .. } = &*self.known;
        if !table.get(name).is_some_and(|found| matches!(found.class, Class::BuiltIn | Class::Service)) {
            return Ok(());
        }
        let version = settings.version();
        let text = self.known.expanded(value, scope, limit, self.warnings)?;
        let file = self.file(scope);
        let mut found = look_for_tables(&text, Place { file: &file, version, limit })?;
        self.warnings.append(&mut found.comments);
        for client in &found.files {
            if self.visited.insert((client.kind, client.path.clone())) {
                look_into(client, self.advise, self.world, self.warnings)?;
            }
        }
        let is_whole = version.has(Feature::FullPathOfComplaints);
        let file = if is_whole { &file } else { &file[self.directory.len() + 1..] };
        let service = scope.map(|index| [b":", &namespaces.scopes[index].name[..]].concat());
        let service = service.unwrap_or_default();
        for complaint in found.complaints {
            self.warnings.push([file, &service, b": ", &complaint].concat());
        }
        for name in found.names {
            // A parameter of a lookup table counts only if it is set.
            self.note(&name, scope);
        }
        Ok(())
    }

    fn scan(&mut self, value: &[u8], scope: Option<usize>) -> Result<(), Stop> {
        if let Some(name) = only_name(value) {
            self.refer(name, scope);
            return Ok(());
        }
        // Complaints come in the order of the text, whether of syntax or of a name.
        let (mut names, mut complaints) = (Vec::new(), Vec::new());
        let mut lookup = |name: &[u8]| {
            names.push(name.to_vec());
            None
        };
        let ParameterSet { settings, limit, .. } = &*self.known;
        let expansion = expand(value, Mode::Scan, settings.version(), limit, &mut lookup, &mut complaints);
        for name in names {
            self.refer(&name, scope);
        }
        self.warnings.append(&mut complaints);
        expansion.fatal.map_or(Ok(()), |fatal| Err(fatal.into()))
    }

    /// Notes that something refers to a name, and warns if nothing has it.
    fn refer(&mut self, name: &[u8], scope: Option<usize>) {
        if !self.note(name, scope) && !self.known.table.contains_key(name) {
            self.warnings.push([&self.file(scope), &b": undefined parameter: "[..], name].concat());
        }
    }

    /// Notes that something refers to a name, if it is set; tells whether it is.
    fn note(&mut self, name: &[u8], scope: Option<usize>) -> bool {
        let ParameterSet { settings, table, namespaces, .. } = &mut *self.known;
        if let Some(index) = scope.filter(|index| namespaces.own_value(*index, name).is_some()) {
            namespaces.scopes[index].used.insert(name.to_vec());
            return true;
        }
        let mut is_set = settings.get(name).is_some();
        if is_set {
            let own = || Parameter::of(Class::User, &b""[..]);
            table.entry(name.to_vec().into()).or_insert_with(own);
        }
        if scope.is_some() {
            return is_set;
        }
        for scope in &mut namespaces.scopes {
            let settings = namespaces.settings.get(&scope.name).filter(|_| scope.has_settings);
            if settings.is_some_and(|own| own.get(name).is_some()) {
                is_set = true;
                scope.used.insert(name.to_vec());
            }
        }
        is_set
    }
}

/// The name, if a value is nothing but `$name`. So are most defaults that refer to anything.
fn only_name(value: &[u8]) -> Option<&[u8]> {
    let name = value.strip_prefix(b"$").filter(|name| !name.is_empty())?;
    name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').then_some(name)
}
