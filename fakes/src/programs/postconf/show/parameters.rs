//! Prints parameters. Knows the format of a line and which value is shown, nothing of where values come from.

use crate::config::main_cf::{ExpansionLimit, MainCf, SPACE, split};
use crate::config::parameters::{Class, Parameter, Table};
use crate::programs::postconf::request::options::Request;
use crate::programs::postconf::request::stop::Stop;
use crate::programs::postconf::values::lookup::{expanded, found_in};

/// Where folded lines end, and what the lines after them begin with.
pub(crate) const LINE_LIMIT: usize = 80;
pub(crate) const INDENT: &[u8] = b"    ";

/// How long an answer may become: the same parameter can be asked for any number of times.
const LONGEST: usize = 64 << 20;

/// Prints what is asked for.
pub(crate) fn show(
    request: &Request,
    settings: &MainCf,
    table: &Table,
    limit: &ExpansionLimit,
    stdout: &mut Vec<u8>,
    warnings: &mut Vec<Vec<u8>>,
) -> Result<(), Stop> {
    let printer = ParameterPrinter { request, settings, table, limit };
    if request.names.is_empty() {
        for (name, parameter) in table {
            if shown_class(parameter.class).is_some_and(|letter| request.classes.contains(&letter)) {
                printer.print(name, parameter, stdout, warnings)?;
            }
        }
        return Ok(());
    }
    for name in &request.names {
        match table.get(name.as_slice()) {
            None => warnings.push([name, &b": unknown parameter"[..]].concat()),
            Some(parameter) => printer.print(name, parameter, stdout, warnings)?,
        }
    }
    Ok(())
}

struct ParameterPrinter<'a> {
    request: &'a Request,
    settings: &'a MainCf,
    table: &'a Table,
    limit: &'a ExpansionLimit,
}

impl ParameterPrinter<'_> {
    fn print(
        &self,
        name: &[u8],
        parameter: &Parameter,
        stdout: &mut Vec<u8>,
        warnings: &mut Vec<Vec<u8>>,
    ) -> Result<(), Stop> {
        let set = if self.request.defaults { None } else { self.settings.get(name) };
        let value = match set {
            Some(value) => value,
            None if self.request.explicit && !self.request.defaults => return Ok(()),
            None => &parameter.default,
        };
        check_length(stdout)?;
        if self.request.hide_values {
            line(name, self.request.fold, stdout);
            return Ok(());
        }
        let value = if self.request.expand && !parameter.raw {
            self.expanded(value, warnings)?
        } else {
            value.to_vec()
        };
        setting(self.request, name, &value, stdout);
        Ok(())
    }

    fn expanded(&self, value: &[u8], warnings: &mut Vec<Vec<u8>>) -> Result<Vec<u8>, Stop> {
        let mut lookup = |name: &[u8]| {
            let set = if self.request.defaults { None } else { self.settings.get(name) };
            found_in(self.table, name, set, self.settings)
        };
        expanded(value, self.settings.version(), self.limit, &mut lookup, warnings)
    }
}

/// Refuses to make an answer longer that has become too long.
pub(crate) fn check_length(stdout: &[u8]) -> Result<(), Stop> {
    if stdout.len() > LONGEST {
        return Err(Stop::Unsupported("an answer longer than 64 MiB".to_owned()));
    }
    Ok(())
}

/// The letter of a class in a request, where parameters of the class are shown unasked.
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
