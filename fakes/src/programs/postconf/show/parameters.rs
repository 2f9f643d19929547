//! Prints parameters. Knows the format of a line and which value is shown, nothing of the files that values come from.

use super::entry::OutputLine;
use crate::config::main_cf::{ExpansionLimit, SPACE, split};
use crate::config::parameters::{Class, Parameter};
use crate::programs::postconf::request::options::Request;
use crate::programs::postconf::request::stop::Stop;
use crate::programs::postconf::values::parameter_set::ParameterSet;

/// How long an answer may become: the same parameter can be asked for any number of times.
const LONGEST: usize = 64 << 20;

/// Prints what is asked.
pub(crate) struct Printer<'a> {
    pub(crate) request: &'a Request,
    pub(crate) known: &'a ParameterSet,
    pub(crate) limit: &'a ExpansionLimit,
    pub(crate) stdout: &'a mut Vec<u8>,
    pub(crate) warnings: &'a mut Vec<Vec<u8>>,
}

impl Printer<'_> {
    /// Prints what is asked of main.cf.
    pub(crate) fn show_parameters(&mut self) -> Result<(), Stop> {
        let (request, table) = (self.request, &self.known.table);
        if request.names.is_empty() {
            let mut wanted = table.iter().filter(|(_, parameter)| is_shown(parameter.class, request));
            return wanted.try_for_each(|(name, parameter)| self.show_parameter(name, parameter));
        }
        for name in &request.names {
            match table.get(name.as_slice()) {
                None => self.warnings.push([name, &b": unknown parameter"[..]].concat()),
                Some(parameter) => self.show_parameter(name, parameter)?,
            }
        }
        Ok(())
    }

    fn show_parameter(&mut self, name: &[u8], parameter: &Parameter) -> Result<(), Stop> {
        let value = match self.known.settings.get(name) {
            Some(value) => value,
            None if self.request.explicit => return Ok(()),
            None => &parameter.default,
        };
        self.check_length()?;
        self.print(name, value, None, parameter.raw)
    }

    /// Prints a parameter of main.cf or of a service, as the request says.
    pub(crate) fn print(
        &mut self,
        name: &[u8],
        value: &[u8],
        scope: Option<usize>,
        raw: bool,
    ) -> Result<(), Stop> {
        let Request { hide_names, hide_values, expand, fold, json, .. } = *self.request;
        if hide_values {
            line(name, fold, self.stdout);
            return Ok(());
        }
        let value = if expand && !raw { self.expanded(value, scope)? } else { value.to_vec() };
        if json {
            self.print_json(name, &value);
        } else if hide_names {
            line(&value, fold, self.stdout);
        } else {
            line(&[name, b" = ", &value].concat(), fold, self.stdout);
        }
        Ok(())
    }

    /// Prints a name with its value in JSON.
    pub(crate) fn print_json(&mut self, name: &[u8], value: &[u8]) {
        self.stdout.extend([&b"{"[..], &in_json(name), b": ", &in_json(value), b"}\n"].concat());
    }

    pub(crate) fn expanded(&mut self, value: &[u8], scope: Option<usize>) -> Result<Vec<u8>, Stop> {
        self.known.expanded(value, scope, self.limit, self.warnings)
    }

    /// Refuses to go on if the answer is too long already.
    pub(crate) fn check_length(&self) -> Result<(), Stop> {
        if self.stdout.len() > LONGEST {
            return Err(Stop::Unsupported("an answer longer than 64 MiB".to_owned()));
        }
        Ok(())
    }
}

/// Whether a class is shown unless parameters are named.
pub(crate) fn is_shown(class: Class, request: &Request) -> bool {
    let letter = match class {
        Class::BuiltIn => b'b',
        Class::Service => b's',
        Class::User => b'u',
        Class::Legacy => return false,
    };
    request.classes.contains(&letter)
}

/// Adds a line with its white space put in order, and folded on request.
fn line(text: &[u8], folds: bool, stdout: &mut Vec<u8>) {
    let mut line = OutputLine::new(folds, stdout);
    for word in split(text, SPACE) {
        if line.length > 0 {
            line.separate(word.len());
        }
        line.add(word);
    }
    line.finish();
}

/// A string in JSON; bytes that are not UTF-8 stay as they are, as in Postfix.
fn in_json(text: &[u8]) -> Vec<u8> {
    let mut quoted = vec![b'"'];
    for byte in text {
        match byte {
            b'"' | b'\\' => quoted.extend([b'\\', *byte]),
            0x08 => quoted.extend(b"\\b"),
            0x0c => quoted.extend(b"\\f"),
            b'\n' => quoted.extend(b"\\n"),
            b'\r' => quoted.extend(b"\\r"),
            b'\t' => quoted.extend(b"\\t"),
            0..0x20 | 0x7f => quoted.extend(format!("\\u{byte:04X}").bytes()),
            _ => quoted.push(*byte),
        }
    }
    quoted.push(b'"');
    quoted
}
