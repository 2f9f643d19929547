//! Prints services of master.cf: whole entries, their fields, and their parameters.
//! Knows which services a request selects, nothing of how lines are formatted.

use super::entry::{Layout, OutputLine, Shown, entry, one_line};
use super::parameters::{LINE_LIMIT, check_length, json, line, setting, shown_class};
use crate::config::main_cf::{ExpansionLimit, MainCf};
use crate::config::parameters::Table;
use crate::programs::postconf::master_cf::pattern::{Part, Pattern};
use crate::programs::postconf::master_cf::service::{Argument, COMMAND, FIELDS, Service};
use crate::programs::postconf::request::options::{Request, Scope, Target};
use crate::programs::postconf::request::stop::Stop;
use crate::programs::postconf::values::lookup::expanded;
use crate::programs::postconf::values::namespace::Namespaces;

/// Prints what is asked of services.
pub(crate) struct ServicePrinter<'a> {
    pub(crate) request: &'a Request,
    pub(crate) services: &'a [Service],
    pub(crate) namespaces: &'a Namespaces,
    pub(crate) settings: &'a MainCf,
    pub(crate) table: &'a Table,
    pub(crate) limit: &'a ExpansionLimit,
    pub(crate) stdout: &'a mut Vec<u8>,
    pub(crate) warnings: &'a mut Vec<Vec<u8>>,
}

/// A request, and whether anything was found for it.
struct ServiceRequest<'r> {
    request: &'r [u8],
    pattern: Pattern,
    is_matched: bool,
}

impl<'a> ServicePrinter<'a> {
    /// Prints it.
    pub(crate) fn show(&mut self) -> Result<(), Stop> {
        let mut wanted = self.wanted()?;
        for (index, service) in self.services.iter().enumerate() {
            if self.request.names.is_empty() {
                self.show_one(index, Part::All, Part::All)?;
            }
            for wanted in &mut wanted {
                if !wanted.pattern.matches(service.name(), service.kind()) {
                    continue;
                }
                let (field, parameter) = match self.request.target {
                    Target::Fields => (wanted.pattern.field().unwrap_or(Part::All), Part::All),
                    Target::ServiceParameters(_) => (Part::All, wanted.pattern.parameter()),
                    _ => (Part::All, Part::All),
                };
                wanted.is_matched |= self.show_one(index, field, parameter)?;
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
            Target::ServiceParameters(_) => (3, "-P option requires service_name[/type[/parameter]]"),
            _ => (2, "-M option requires service_name[/type]"),
        };
        let mut all = Vec::new();
        for request in &self.request.names {
            let Some(pattern) = Pattern::parse(request, 1, most) else {
                return Err(Stop::Fatal(complaint.as_bytes().to_vec()));
            };
            if self.request.target == Target::Fields {
                if let Err(word) = pattern.field() {
                    let text = [b"invalid service attribute name: \"", word, b"\""].concat();
                    return Err(Stop::Fatal(text));
                }
            }
            all.push(ServiceRequest { request, pattern, is_matched: false });
        }
        Ok(all)
    }

    /// Prints what is wanted of one service, and says whether there was any such thing.
    fn show_one(&mut self, index: usize, field: Part<usize>, parameter: Part<&[u8]>) -> Result<bool, Stop> {
        check_length(self.stdout)?;
        match self.request.target {
            Target::Fields => {
                for number in 0..FIELDS.len() {
                    if field == Part::All || field == Part::One(number) {
                        self.show_field(index, number)?;
                    }
                }
                Ok(true)
            }
            Target::ServiceParameters(_) => self.show_parameters(index, parameter),
            _ => self.show_entry(index).map(|()| true),
        }
    }

    fn show_entry(&mut self, index: usize) -> Result<(), Stop> {
        let service = &self.services[index];
        let arguments = self.arguments(index)?;
        if self.request.json {
            let fields: Vec<&[u8]> = (0..FIELDS.len()).map(|number| service.field(number)).collect();
            json(&service.full_name(), &one_line(fields.join(&b' '), &arguments), self.stdout);
        } else {
            self.stdout.extend(entry(service, &arguments, self.layout()));
        }
        Ok(())
    }

    fn show_field(&mut self, index: usize, number: usize) -> Result<(), Stop> {
        let service = &self.services[index];
        let name = [&service.full_name()[..], b"/", FIELDS[number].as_bytes()].concat();
        if self.request.hide_values {
            self.stdout.extend([&name[..], b"\n"].concat());
            return Ok(());
        }
        let arguments = if number == COMMAND { self.arguments(index)? } else { Vec::new() };
        let value = service.field(number);
        if self.request.json {
            json(&name, &one_line(value.to_vec(), &arguments), self.stdout);
            return Ok(());
        }
        let mut line = OutputLine::new(self.layout());
        if !self.request.hide_names {
            line.add(&name);
            line.add(b" = ");
        }
        if line.length > 0 && line.length + value.len() > LINE_LIMIT {
            line.fold();
        }
        line.add(value);
        line.add_all(&arguments);
        self.stdout.extend(line.finished());
        Ok(())
    }

    fn show_parameters(&mut self, index: usize, wanted: Part<&[u8]>) -> Result<bool, Stop> {
        let Some(values) = self.values(index) else { return Ok(false) };
        if let Part::One(name) = wanted {
            let Some(value) = values.get(name) else { return Ok(false) };
            self.show_parameter(index, name, value)?;
            return Ok(true);
        }
        for (name, value) in values.iter() {
            self.show_parameter(index, name, value)?;
        }
        Ok(true)
    }

    /// The values of a service's parameters: those that it is given, or those of all parameters.
    fn values(&self, index: usize) -> Option<MainCf> {
        let own = self.namespaces.settings(index);
        if self.request.target == Target::ServiceParameters(Scope::Given) {
            return own.cloned();
        }
        let mut values = MainCf::default();
        for (name, parameter) in self.table {
            let is_wanted = !self.request.names.is_empty()
                || shown_class(parameter.class).is_some_and(|class| self.request.classes.contains(&class));
            if is_wanted {
                let set = self.namespaces.value(index, name, self.settings);
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

    fn show_parameter(&mut self, index: usize, name: &[u8], value: &[u8]) -> Result<(), Stop> {
        let name = [&self.services[index].full_name()[..], b"/", name].concat();
        if self.request.hide_values {
            line(&name, self.request.fold, self.stdout);
            return Ok(());
        }
        let value = if self.request.expand { self.expanded(index, value)? } else { value.to_vec() };
        setting(self.request, &name, &value, self.stdout);
        Ok(())
    }

    fn arguments(&mut self, index: usize) -> Result<Vec<Shown>, Stop> {
        let mut all = Vec::new();
        for argument in self.services[index].arguments() {
            all.push(match argument {
                Argument::Valued(b"-o", setting) if self.request.expand => {
                    let expanded = self.expanded(index, setting)?;
                    Shown::from(Argument::Valued(b"-o", &expanded))
                }
                argument => Shown::from(argument),
            });
        }
        Ok(all)
    }

    fn expanded(&mut self, index: usize, text: &[u8]) -> Result<Vec<u8>, Stop> {
        let set = |name: &[u8]| self.namespaces.value(index, name, self.settings);
        expanded(text, (self.table, self.settings.version()), self.limit, &set, self.warnings)
    }

    fn layout(&self) -> Layout {
        if self.request.fold { Layout::Folded } else { Layout::OneLine }
    }
}
