//! Which names are in use: parameters that something refers to. Knows nothing of how values are shown.
//!
//! Real postconf(1) walks hash tables with a random seed, so its order is no order; here it is by name.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::Stop;
use super::master::Service;
use super::show::{expanded, finished, found_in};
use super::tables::{Found, Place, look_for_tables};
use crate::main_cf::{COMMA_SPACE, MainCf, Mode, Work, expand, split};
use crate::parameters::{Class, Parameter, Table};
use crate::program::version_is_before;

/// The settings that one service of master.cf brings along, and which of their names are in use.
pub(super) struct Scope {
    /// What messages call it: the service's name and type.
    name: Vec<u8>,
    pub(super) settings: MainCf,
    pub(super) used: BTreeSet<Vec<u8>>,
}

/// Registers the settings that something refers to, and warns of references to nothing.
pub(super) fn register_user_parameters(
    directory: &[u8],
    version: &str,
    settings: &mut MainCf,
    table: &mut Table,
    services: &[Service],
    (work, warnings): (&Work, &mut Vec<Vec<u8>>),
) -> Result<Vec<Scope>, Stop> {
    let scopes = services
        .iter()
        .filter_map(|service| {
            let settings = service.settings.clone()?;
            Some(Scope { name: service.full_name(), settings, used: BTreeSet::new() })
        })
        .collect();
    let mut space = Space { directory, version, table, scopes, classes: BTreeSet::new(), work, warnings };
    for index in 0..space.scopes.len() {
        space.scan_scope(index, settings)?;
    }
    space.scan_defaults(settings)?;
    space.scan_settings(settings)?;
    Ok(space.scopes)
}

struct Space<'a> {
    directory: &'a [u8],
    /// The simulated version.
    version: &'a str,
    table: &'a mut Table,
    scopes: Vec<Scope>,
    /// Names of restriction classes.
    classes: BTreeSet<Vec<u8>>,
    work: &'a Work,
    warnings: &'a mut Vec<Vec<u8>>,
}

impl Space<'_> {
    fn scan_scope(&mut self, index: usize, settings: &MainCf) -> Result<(), Stop> {
        let (name, own) = (self.scopes[index].name.clone(), self.scopes[index].settings.clone());
        for name in self.restriction_classes(&own, &name)? {
            self.refer(&name, settings, Some(index));
        }
        let scope = Scope { name, settings: own.clone(), used: BTreeSet::new() };
        for (name, value) in own.iter() {
            if self.classes.contains(name) {
                self.scopes[index].used.insert(name.to_vec());
            }
            if !self.is_exempt(name, value, "/master.cf", &mut None) {
                self.scan(value, settings, Some(index))?;
                self.try_to_expand(name, value, settings, Some(&scope))?;
            }
        }
        Ok(())
    }

    fn scan_defaults(&mut self, settings: &MainCf) -> Result<(), Stop> {
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
            if !self.is_exempt(name, value, "/main.cf", &mut Some(settings)) {
                self.scan(value, settings, None)?;
                self.try_to_expand(name, value, settings, None)?;
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
        scope: Option<&Scope>,
    ) -> Result<(), Stop> {
        if !self.table.get(name).is_some_and(|found| matches!(found.class, Class::BuiltIn | Class::Service)) {
            return Ok(());
        }
        let mut lookup = |name: &[u8]| {
            let set = scope.and_then(|scope| scope.settings.get(name)).or_else(|| settings.get(name));
            found_in(self.table, name, set, settings)
        };
        let text = expanded(value, settings.functions(), self.work, &mut lookup, self.warnings)?;
        let name: &[u8] = if scope.is_some() { b"/master.cf" } else { b"/main.cf" };
        let file = [self.directory, name].concat();
        let mut found = Found::default();
        look_for_tables(&text, Place { file: &file, version: self.version, work: self.work }, &mut found)?;
        self.warnings.append(&mut found.comments);
        // Before 3.9 complaints about braces do not tell in which directory the file is.
        let short = version_is_before(self.version, (3, 9));
        let file = if short { name[1..].to_vec() } else { file };
        let file = scope.map_or_else(|| file.clone(), |scope| [&file, &b":"[..], &scope.name].concat());
        for complaint in found.complaints {
            self.warnings.push([&file, &b": "[..], &complaint].concat());
        }
        for name in found.names {
            self.bring_along(&name, settings, scope);
        }
        Ok(())
    }

    /// Whether a setting's value is not to be searched; and what its being set means for the parameter.
    fn is_exempt(
        &mut self,
        name: &[u8],
        value: &[u8],
        file: &str,
        settings: &mut Option<&mut MainCf>,
    ) -> bool {
        let Some(parameter) = self.table.get_mut(name) else { return false };
        if parameter.read_only {
            let what = b": read-only parameter assignment: ";
            self.warnings.push([self.directory, file.as_bytes(), what, name, b"=", value].concat());
            if let Some(settings) = settings {
                settings.remove(name);
            }
            return true;
        }
        if parameter.class == Class::Legacy {
            parameter.class = Class::User;
        }
        parameter.raw
    }

    fn restriction_classes(&mut self, settings: &MainCf, dictionary: &[u8]) -> Result<Vec<Vec<u8>>, Stop> {
        let Some(value) = settings.get(b"smtpd_restriction_classes") else { return Ok(Vec::new()) };
        let mut lookup = |name: &[u8]| settings.get(name).map(<[u8]>::to_vec);
        let expansion =
            expand(value, Mode::Recursive, settings.functions(), self.work, &mut lookup, self.warnings);
        let text = finished(expansion, &[b"dictionary ", dictionary, b": macro processing error"].concat())?;
        Ok(split(&text, COMMA_SPACE).into_iter().map(<[u8]>::to_vec).collect())
    }

    fn scan(&mut self, value: &[u8], settings: &MainCf, scope: Option<usize>) -> Result<(), Stop> {
        // Complaints come in the order of the text, whether of syntax or of a name.
        let mut names = Vec::new();
        let mut complaints = Vec::new();
        let expansion = expand(
            value,
            Mode::Scan,
            settings.functions(),
            self.work,
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
        expansion.fatal.map_or(Ok(()), |text| Err(Stop::Fatal(text)))
    }

    /// A parameter of a lookup table is one where it is set; where it is not, nobody misses it.
    fn bring_along(&mut self, name: &[u8], settings: &MainCf, scope: Option<&Scope>) {
        let set_by = |space: &Self, scope: &Scope| {
            space
                .scopes
                .iter()
                .position(|other| other.name == scope.name && other.settings.get(name).is_some())
        };
        let is_set = match scope {
            Some(scope) => set_by(self, scope).is_some() || settings.get(name).is_some(),
            None => {
                settings.get(name).is_some()
                    || self.scopes.iter().any(|scope| scope.settings.get(name).is_some())
            }
        };
        if is_set {
            let index = scope.and_then(|scope| set_by(self, scope));
            self.refer(name, settings, index);
        }
    }

    fn refer(&mut self, name: &[u8], settings: &MainCf, scope: Option<usize>) {
        let mut is_set = false;
        if scope.is_some_and(|scope| self.scopes[scope].settings.get(name).is_some()) {
            is_set = true;
            if let Some(scope) = scope {
                self.scopes[scope].used.insert(name.to_vec());
            }
        } else if settings.get(name).is_some() {
            is_set = true;
            self.table.entry(name.to_vec().into()).or_insert_with(|| Parameter {
                default: Cow::default(),
                class: Class::User,
                raw: false,
                read_only: false,
            });
        }
        if scope.is_none() {
            for scope in self.scopes.iter_mut().filter(|scope| scope.settings.get(name).is_some()) {
                is_set = true;
                scope.used.insert(name.to_vec());
            }
        }
        if !is_set && !self.table.contains_key(name) {
            let file: &[u8] = if scope.is_some() { b"/master.cf" } else { b"/main.cf" };
            self.warnings.push([self.directory, file, b": undefined parameter: ", name].concat());
        }
    }
}
