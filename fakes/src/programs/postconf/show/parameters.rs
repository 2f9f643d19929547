//! Prints parameters. Knows the format of a line and which value is shown, nothing of where values come from.

use crate::config::main_cf::{ExpansionLimit, MainCf, SPACE, split};
use crate::config::parameters::{Class, Parameter, Table};
use crate::programs::postconf::request::options::Request;
use crate::programs::postconf::request::stop::Stop;
use crate::programs::postconf::values::lookup::expanded;

/// Where folded lines end, and what the lines after them begin with.
pub(crate) const LINE_LIMIT: usize = 80;
pub(crate) const INDENT: &[u8] = b"    ";

/// How long an answer may become: the same parameter can be asked for any number of times.
const LONGEST: usize = 64 << 20;

/// Prints what is asked of parameters.
pub(crate) struct ParameterPrinter<'a> {
    pub(crate) request: &'a Request,
    pub(crate) settings: &'a MainCf,
    pub(crate) table: &'a Table,
    pub(crate) limit: &'a ExpansionLimit,
    pub(crate) stdout: &'a mut Vec<u8>,
    pub(crate) warnings: &'a mut Vec<Vec<u8>>,
}

impl ParameterPrinter<'_> {
    /// Prints it.
    pub(crate) fn show(&mut self) -> Result<(), Stop> {
        let (request, table) = (self.request, self.table);
        if request.names.is_empty() {
            let is_wanted =
                |class| shown_class(class).is_some_and(|letter| request.classes.contains(&letter));
            let mut wanted = table.iter().filter(|(_, parameter)| is_wanted(parameter.class));
            return wanted.try_for_each(|(name, parameter)| self.print(name, parameter));
        }
        for name in &request.names {
            match table.get(name.as_slice()) {
                None => self.warnings.push([name, &b": unknown parameter"[..]].concat()),
                Some(parameter) => self.print(name, parameter)?,
            }
        }
        Ok(())
    }

    fn print(&mut self, name: &[u8], parameter: &Parameter) -> Result<(), Stop> {
        let set = if self.request.defaults { None } else { self.settings.get(name) };
        let value = match set {
            Some(value) => value,
            None if self.request.explicit && !self.request.defaults => return Ok(()),
            None => &parameter.default,
        };
        check_length(self.stdout)?;
        if self.request.hide_values {
            line(name, self.request.fold, self.stdout);
            return Ok(());
        }
        let value =
            if self.request.expand && !parameter.raw { self.expanded(value)? } else { value.to_vec() };
        setting(self.request, name, &value, self.stdout);
        Ok(())
    }

    fn expanded(&mut self, value: &[u8]) -> Result<Vec<u8>, Stop> {
        let set = |name: &[u8]| if self.request.defaults { None } else { self.settings.get(name) };
        expanded(value, (self.table, self.settings.version()), self.limit, &set, self.warnings)
    }
}

/// Refuses to go on if the answer is too long already.
pub(crate) fn check_length(stdout: &[u8]) -> Result<(), Stop> {
    if stdout.len() > LONGEST {
        return Err(Stop::Unsupported("an answer longer than 64 MiB".to_owned()));
    }
    Ok(())
}

/// The letter that a request uses for a class; none if only names select its parameters.
pub(crate) fn shown_class(class: Class) -> Option<u8> {
    match class {
        Class::BuiltIn => Some(b'b'),
        Class::Service => Some(b's'),
        Class::User => Some(b'u'),
        Class::Legacy => None,
    }
}

/// Adds a line with its white space put in order, and folded on request.
pub(crate) fn line(text: &[u8], fold: bool, stdout: &mut Vec<u8>) {
    let mut length = 0;
    for word in split(text, SPACE) {
        if length > 0 {
            if !fold || length + word.len() < LINE_LIMIT {
                stdout.push(b' ');
                length += 1;
            } else {
                stdout.push(b'\n');
                stdout.extend_from_slice(INDENT);
                length = INDENT.len();
            }
        }
        stdout.extend_from_slice(word);
        length += word.len();
    }
    stdout.push(b'\n');
}

/// Prints a name with its value, as the request says.
pub(crate) fn setting(request: &Request, name: &[u8], value: &[u8], stdout: &mut Vec<u8>) {
    if request.json {
        json(name, value, stdout);
    } else if request.hide_names {
        line(value, request.fold, stdout);
    } else {
        line(&[name, b" = ", value].concat(), request.fold, stdout);
    }
}

/// Prints a name with its value in JSON.
pub(crate) fn json(name: &[u8], value: &[u8], stdout: &mut Vec<u8>) {
    stdout.extend([&b"{"[..], &in_json(name), b": ", &in_json(value), b"}\n"].concat());
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
