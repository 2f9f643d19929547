//! Collects the data that postconf(1) needs before it answers.
//! These are the settings, all parameters, and warnings about them. If a script asks several questions, they are
//! collected once, as long as the files stay the same. Knows nothing of the questions.

use std::cell::RefCell;
use std::os::unix::ffi::OsStrExt;
use std::rc::Rc;

use super::namespace::{Namespaces, register_user_parameters};
use super::service_parameters::register_service_parameters;
use crate::config::main_cf::{ExpansionLimit, MainCf, split_name_value};
use crate::config::parameters::{self, Table};
use crate::programs::postconf::master_cf::service::{self, Missing, Service};
use crate::programs::postconf::request::options::Advice;
use crate::programs::postconf::request::stop::Stop;
use crate::protocol::world::World;
use crate::runtime::getopt::Options;

/// What is known of an instance.
pub(crate) struct ParameterSet {
    pub(crate) settings: MainCf,
    pub(crate) table: Table,
    pub(crate) services: Vec<Service>,
    pub(crate) namespaces: Namespaces,
    /// What is left of the work that a call may do.
    pub(crate) limit: ExpansionLimit,
    /// What was said of the files.
    warnings: Vec<Vec<u8>>,
}

/// What a set is made from.
pub(crate) struct Source<'a> {
    pub(crate) world: &'a World,
    /// The last part of the path that postconf was called as.
    pub(crate) process_name: &'a [u8],
    /// How much may be expanded.
    pub(crate) limit: &'a ExpansionLimit,
    pub(crate) directory: &'a [u8],
    /// The directory that the call or its environment names.
    pub(crate) given: Option<&'a [u8]>,
    /// The call's options, of which some take the place of settings.
    pub(crate) options: &'a Options,
    /// Whether only defaults are wanted, so that no file is read.
    pub(crate) defaults: bool,
    /// master.cf's services, if they were read before.
    pub(crate) services: Option<Vec<Service>>,
}

/// What a process has found out for earlier questions.
#[derive(Default)]
pub(crate) struct ParameterCache(RefCell<Vec<(Basis, Rc<ParameterSet>)>>);

/// All that a set depends on, within a process.
#[derive(PartialEq, Eq)]
struct Basis {
    process_name: Vec<u8>,
    /// Without it, the directory is the world's.
    given: Option<Vec<u8>>,
    main_cf: Vec<u8>,
    master_cf: Vec<u8>,
}

impl std::fmt::Debug for ParameterCache {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "ParameterCache of {}", self.0.borrow().len())
    }
}

impl ParameterCache {
    fn find(&self, basis: &Basis) -> Option<Rc<ParameterSet>> {
        self.0.borrow().iter().find(|(known, _)| known == basis).map(|(_, known)| Rc::clone(known))
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.borrow().len()
    }
}

/// Collects the set, or takes it from the cache.
pub(crate) fn known(
    source: Source,
    cache: Option<&ParameterCache>,
    warnings: &mut Vec<Vec<u8>>,
) -> Result<Rc<ParameterSet>, Stop> {
    let cached = cache.and_then(|cache| Some((cache, source.basis()?)));
    if let Some(known) = cached.as_ref().and_then(|(cache, basis)| cache.find(basis)) {
        warnings.extend_from_slice(&known.warnings);
        return Ok(known);
    }
    let mut own = Vec::new();
    let found = source.find_out(cached.as_ref().map(|(_, basis)| basis), &mut own);
    warnings.extend_from_slice(&own);
    let known = Rc::new(ParameterSet { warnings: own, ..found? });
    if let Some((cache, basis)) = cached {
        cache.0.borrow_mut().push((basis, Rc::clone(&known)));
    }
    Ok(known)
}

impl Source<'_> {
    /// What the set depends on. `None` if it cannot be used again, or if main.cf or master.cf is not an ordinary file:
    /// reading a pipe would wait, or take away its content.
    fn basis(&self) -> Option<Basis> {
        if self.defaults || self.services.is_some() || self.options.last(b'o').is_some() {
            return None;
        }
        let text = |name| {
            let path = parameters::file(self.directory, name);
            path.is_file().then(|| std::fs::read(path).ok()).flatten()
        };
        Some(Basis {
            process_name: self.process_name.to_vec(),
            given: self.given.map(<[u8]>::to_vec),
            main_cf: text("main.cf")?,
            master_cf: text("master.cf")?,
        })
    }

    /// Collects the set from the texts of `basis`, or else from the files.
    fn find_out(self, basis: Option<&Basis>, warnings: &mut Vec<Vec<u8>>) -> Result<ParameterSet, Stop> {
        let Source { world, process_name, limit, directory, given, options, defaults, services } = self;
        let version = world.settings.version();
        let mut settings = MainCf::of(version);
        if !defaults {
            if let Some(given) = given {
                settings.set(b"config_directory", given);
            }
            let main_cf = parameters::file(directory, "main.cf");
            match basis {
                Some(basis) => settings.parse(&basis.main_cf, main_cf.as_os_str().as_bytes(), warnings)?,
                None => settings.read(&main_cf, warnings)?,
            }
            override_settings(&mut settings, options)?;
        }
        let mut table = parameters::table(world, &settings, process_name);
        let master_cf = parameters::file(directory, "master.cf");
        let services = match (services, basis) {
            (Some(services), _) => services,
            (None, Some(basis)) => {
                service::parse(&basis.master_cf, master_cf.as_os_str().as_bytes(), version, warnings)?
            }
            (None, None) => service::read(&master_cf, version, Missing::Tolerated, warnings)?,
        };
        register_service_parameters(&services, &mut table);
        let limit = limit.clone();
        let namespaces = if defaults {
            Namespaces::default()
        } else {
            let (advice, effort) = (Advice::of(options), (&limit, &mut *warnings));
            let asked = (world, advice);
            register_user_parameters(directory, asked, &mut settings, &mut table, &services, effort)?
        };
        Ok(ParameterSet { settings, table, services, namespaces, limit, warnings: Vec::new() })
    }
}

fn override_settings(settings: &mut MainCf, options: &Options) -> Result<(), Stop> {
    for (_, setting) in options.found.iter().filter(|(letter, _)| *letter == b'o') {
        let (name, value) = split_name_value(setting, settings.version()).map_err(|why| {
            Stop::Fatal([b"invalid parameter override: ", &setting[..], b": ", why.as_bytes()].concat())
        })?;
        settings.set(name, value);
    }
    Ok(())
}
