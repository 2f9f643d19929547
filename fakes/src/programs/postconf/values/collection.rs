//! Collects the data that postconf(1) needs before it answers.
//! These are the settings, all parameters, and warnings about them. If a script asks several questions, they are
//! collected once, as long as the files stay the same. Knows nothing of the questions.

use std::os::unix::ffi::OsStrExt;
use std::rc::Rc;

use super::call::{Basis, Call};
use super::namespace::register_user_parameters;
use super::parameter_set::ParameterSet;
use super::service_parameters::register_service_parameters;
use super::service_settings::Namespaces;
use crate::config::main_cf::{MainCf, split_name_value};
use crate::config::parameters;
use crate::programs::postconf::master_cf::service;
use crate::programs::postconf::request::options::{Request, Target};
use crate::programs::postconf::request::stop::Stop;
use crate::runtime::getopt::Options;

/// What a set is made from: a call, with its options and what they mean.
pub(crate) struct Source<'a> {
    pub(crate) call: &'a Call<'a>,
    pub(crate) options: &'a Options,
    pub(crate) request: &'a Request,
}

impl Source<'_> {
    /// Collects the set, or takes it from the call's cache.
    pub(crate) fn known(&self, warnings: &mut Vec<Vec<u8>>) -> Result<Rc<ParameterSet>, Stop> {
        let cached = self.call.cache.and_then(|cache| Some((&cache.0, self.basis()?)));
        if let Some((cache, basis)) = &cached {
            if let Some((_, known)) = cache.borrow().iter().find(|(earlier, _)| earlier == basis) {
                warnings.extend_from_slice(&known.warnings);
                return Ok(Rc::clone(known));
            }
        }
        let mut own = Vec::new();
        let found = self.find_out(cached.as_ref().map(|(_, basis)| basis), &mut own);
        warnings.extend_from_slice(&own);
        let known = Rc::new(ParameterSet { warnings: own, ..found? });
        if let Some((cache, basis)) = cached {
            cache.borrow_mut().push((basis, Rc::clone(&known)));
        }
        Ok(known)
    }

    /// What the set depends on. `None` if it cannot be used again, or if main.cf or master.cf is not an ordinary file:
    /// reading a pipe would wait, or take away its content.
    fn basis(&self) -> Option<Basis> {
        let Self { call, options, request } = self;
        if request.defaults || request.target != Target::Parameters || options.last(b'o').is_some() {
            return None;
        }
        let text = |name| {
            let path = parameters::file(call.directory(options), name);
            path.is_file().then(|| std::fs::read(path).ok()).flatten()
        };
        Some(Basis {
            process_name: call.process_name().to_vec(),
            given: call.given_directory(options).map(<[u8]>::to_vec),
            main_cf: text("main.cf")?,
            master_cf: text("master.cf")?,
        })
    }

    /// Collects the set from the texts of `basis`, or else from the files.
    fn find_out(&self, basis: Option<&Basis>, warnings: &mut Vec<Vec<u8>>) -> Result<ParameterSet, Stop> {
        let Self { call, options, request } = self;
        let (world, directory) = (call.world, call.directory(options));
        let version = world.settings.version();
        let [main_cf, master_cf] = ["main.cf", "master.cf"].map(|name| parameters::file(directory, name));
        let parsed = |text: &[u8], warnings: &mut Vec<Vec<u8>>| {
            service::parse(text, master_cf.as_os_str().as_bytes(), version, warnings)
        };
        // What is asked for is read first, and must be there.
        let services = match request.target {
            Target::Parameters => None,
            _ => Some(parsed(&service::text(&master_cf).map_err(Stop::Fatal)?, warnings)?),
        };
        let mut settings = MainCf::of(version);
        if !request.defaults {
            if let Some(given) = call.given_directory(options) {
                settings.set(b"config_directory", given);
            }
            match basis {
                Some(basis) => settings.parse(&basis.main_cf, main_cf.as_os_str().as_bytes(), warnings)?,
                None => settings.read(&main_cf, warnings)?,
            }
            override_settings(&mut settings, options)?;
        }
        let mut table = parameters::table(world, &settings, call.process_name());
        let services = match (services, basis) {
            (Some(services), _) => services,
            (None, Some(basis)) => parsed(&basis.master_cf, warnings)?,
            (None, None) => {
                let text = service::text(&master_cf).map_err(|complaint| warnings.push(complaint));
                parsed(&text.unwrap_or_default(), warnings)?
            }
        };
        register_service_parameters(&services, &mut table);
        let (namespaces, limit) = (Namespaces::default(), call.limit.clone());
        let mut known = ParameterSet { settings, table, services, namespaces, limit, warnings: Vec::new() };
        if !request.defaults {
            register_user_parameters(directory, (world, request.advise), &mut known, warnings)?;
        }
        Ok(known)
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
