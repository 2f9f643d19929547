//! Reads settings from the text of a main.cf that Postfix cannot read.
//!
//! Nobody can say what such a file means, so what is found is a reason to be careful, and nothing else. Knows nothing
//! of what is done about it.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::os::files::unfit;
use crate::postfix::instance::MAIN_CF;

/// What stands behind the name of a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Written {
    /// A value that refers to no other parameter.
    Value(OsString),
    /// A value that refers to other parameters: Postfix alone knows what it is.
    Reference,
    /// No equals sign.
    NoValue,
}

/// Every setting of some parameters in the main.cf of a directory, in their order.
pub(crate) fn settings<'n>(directory: &Path, names: &[&'n str]) -> io::Result<Vec<(&'n str, Written)>> {
    Ok(settings_in(&unfit::read(&directory.join(MAIN_CF))?, names))
}

/// The same of a text.
pub(crate) fn settings_in<'n>(text: &[u8], names: &[&'n str]) -> Vec<(&'n str, Written)> {
    let mut settings = Vec::new();
    let mut lines = text.split(|byte| *byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        let equals = line.iter().position(|byte| *byte == b'=');
        let name = line[..equals.unwrap_or(line.len())].trim_ascii();
        let Some(name) = names.iter().find(|known| known.as_bytes() == name) else { continue };
        let Some(equals) = equals else {
            settings.push((*name, Written::NoValue));
            continue;
        };
        let mut value = line[equals + 1..].to_vec();
        // A setting goes on in lines that begin with a blank.
        while let Some(more) = lines.next_if(|line| line.first().is_some_and(u8::is_ascii_whitespace)) {
            value.extend_from_slice(more);
        }
        settings.push((
            *name,
            if value.contains(&b'$') {
                Written::Reference
            } else {
                Written::Value(OsStr::from_bytes(value.trim_ascii()).to_owned())
            },
        ));
    }
    settings
}
