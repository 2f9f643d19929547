//! Prints services of master.cf: whole entries, their fields, and their parameters.
//! Knows which services a request selects, nothing of how lines are formatted.

use super::entry::{LINE_LIMIT, OutputLine, Shown, entry, one_line};
use super::parameters::{Printer, is_shown};
use crate::config::main_cf::MainCf;
use crate::programs::postconf::master_cf::pattern::Pattern;
use crate::programs::postconf::master_cf::service::{Argument, COMMAND, FIELDS};
use crate::programs::postconf::request::options::Target;
use crate::programs::postconf::request::stop::Stop;

/// A request, and whether anything was found for it.
struct ServiceRequest<'r> {
    request: &'r [u8],
    pattern: Pattern,
    is_matched: bool,
}

impl<'a> Printer<'a> {
    /// Prints what is asked of master.cf.
    pub(crate) fn show_services(&mut self) -> Result<(), Stop> {
        let mut wanted = self.wanted()?;
        for (index, service) in self.known.services.iter().enumerate() {
            if self.request.names.is_empty() {
                self.show_service(index, None)?;
            }
            for wanted in &mut wanted {
                if wanted.pattern.matches(service.name(), service.kind()) {
                    wanted.is_matched |= self.show_service(index, wanted.pattern.part())?;
                }
            }
        }
        for wanted in wanted.iter().filter(|wanted| !wanted.is_matched) {
            self.warnings.push([b"unmatched request: \"", wanted.request, b"\""].concat());
        }
        Ok(())
    }

    fn wanted(&self) -> Result<Vec<ServiceRequest<'a>>, Stop> {
        let (most, complaint) = match self.request.target {
            Target::Fields => (3, "-F option requires service_name[/type[/field]]"),
            Target::Parameters | Target::Services => (2, "-M option requires service_name[/type]"),
            _ => (3, "-P option requires service_name[/type[/parameter]]"),
        };
        let is_field = self.request.target == Target::Fields;
        let mut all = Vec::new();
        for request in &self.request.names {
            let Some(pattern) = Pattern::parse(request, 1, most) else {
                return Err(Stop::Fatal(complaint.into()));
            };
            if let Some(word) = pattern.part().filter(|word| is_field && !FIELDS.contains(word)) {
                return Err(Stop::Fatal([b"invalid service attribute name: \"", word, b"\""].concat()));
            }
            all.push(ServiceRequest { request, pattern, is_matched: false });
        }
        Ok(all)
    }

    /// Prints a service or, of its fields or parameters, the one that is wanted. Says whether there was any such thing.
    fn show_service(&mut self, index: usize, part: Option<&[u8]>) -> Result<bool, Stop> {
        self.check_length()?;
        match self.request.target {
            Target::Fields => {
                for (number, name) in FIELDS.iter().enumerate() {
                    if part.is_none_or(|part| part == *name) {
                        self.show_field(index, number)?;
                    }
                }
                Ok(true)
            }
            Target::Parameters | Target::Services => self.show_entry(index).map(|()| true),
            _ => self.show_values(index, part),
        }
    }

    fn show_entry(&mut self, index: usize) -> Result<(), Stop> {
        let service = &self.known.services[index];
        let arguments = self.arguments(index)?;
        if self.request.json {
            let fields: Vec<&[u8]> = (0..FIELDS.len()).map(|number| service.field(number)).collect();
            self.print_json(&service.full_name(), &one_line(fields.join(&b' '), &arguments));
        } else {
            entry(service, &arguments, self.request.fold, self.stdout);
        }
        Ok(())
    }

    fn show_field(&mut self, index: usize, number: usize) -> Result<(), Stop> {
        let service = &self.known.services[index];
        let name = [&service.full_name()[..], b"/", FIELDS[number]].concat();
        if self.request.hide_values {
            self.stdout.extend([&name[..], b"\n"].concat());
            return Ok(());
        }
        let arguments = if number == COMMAND { self.arguments(index)? } else { Vec::new() };
        let value = service.field(number);
        if self.request.json {
            self.print_json(&name, &one_line(value.to_vec(), &arguments));
            return Ok(());
        }
        let mut line = OutputLine::new(self.request.fold, self.stdout);
        if !self.request.hide_names {
            line.add(&name);
            line.add(b" = ");
        }
        if line.length > 0 && line.length + value.len() > LINE_LIMIT {
            line.fold();
        }
        line.add(value);
        line.add_all(&arguments);
        line.finish();
        Ok(())
    }

    fn show_values(&mut self, index: usize, wanted: Option<&[u8]>) -> Result<bool, Stop> {
        let Some(values) = self.values(index) else { return Ok(false) };
        let mut is_matched = wanted.is_none();
        for (name, value) in values.iter().filter(|(name, _)| wanted.is_none_or(|wanted| wanted == *name)) {
            let name = [&self.known.services[index].full_name()[..], b"/", name].concat();
            self.print(&name, value, Some(index), false)?;
            is_matched = true;
        }
        Ok(is_matched)
    }

    /// The values of a service's parameters: those that it is given, or those of all parameters.
    fn values(&self, index: usize) -> Option<MainCf> {
        let own = self.known.namespaces.settings(index);
        if self.request.target == Target::ServiceParameters {
            return own.cloned();
        }
        let mut values = MainCf::default();
        for (name, parameter) in &self.known.table {
            if !self.request.names.is_empty() || is_shown(parameter.class, self.request) {
                let set = self.known.namespaces.value(index, name, &self.known.settings);
                values.set(name, set.unwrap_or(&parameter.default));
            }
        }
        for (name, value) in own.iter().flat_map(|own| own.iter()) {
            if values.get(name).is_none() {
                values.set(name, value);
            }
        }
        Some(values)
    }

    fn arguments(&mut self, index: usize) -> Result<Vec<Shown>, Stop> {
        let service = &self.known.services[index];
        let shown = |argument| match argument {
            Argument::Valued(b"-o", setting) if self.request.expand => {
                let expanded = self.expanded(setting, Some(index))?;
                Ok(Shown::from(Argument::Valued(b"-o", &expanded)))
            }
            argument => Ok(Shown::from(argument)),
        };
        service.arguments().into_iter().map(shown).collect()
    }
}
