//! Filters the environment of a program by `import_environment`, and sets the variables that it sets.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use crate::config::mail_params::Configuration;
use crate::config::main_cf::{split_braced, split_name_value};
use crate::protocol::features::Feature;
use crate::protocol::version::PostfixVersion;
use crate::runtime::fatal::Fatal;

/// Variables in the order in which they were set.
pub(crate) type Environment = Vec<(Vec<u8>, Vec<u8>)>;

/// The environment that is let through: what `import_environment` names, or sets.
pub(crate) fn cleaned(
    configuration: &Configuration,
    environment: &BTreeMap<OsString, OsString>,
) -> Result<Environment, Fatal> {
    imported(configuration, environment, "clean_env")
}

/// What `import_environment` sets, for a program that keeps its environment otherwise.
pub(crate) fn updates(configuration: &Configuration) -> Result<Environment, Fatal> {
    imported(configuration, &BTreeMap::new(), "update_env")
}

fn imported(
    configuration: &Configuration,
    environment: &BTreeMap<OsString, OsString>,
    how: &str,
) -> Result<Environment, Fatal> {
    let words = split_braced(&configuration.text("import_environment")?)
        .map_err(|why| Fatal::of(&[b"import_environment: ", &why]))?;
    let mut imported = Environment::new();
    for word in words {
        if word.contains(&b'=') {
            let (name, value) = setting(&word, configuration.version(), how)?;
            set_variable(&mut imported, name, value.to_vec());
        } else if let Some(value) = environment.get(&OsString::from_vec(word.clone())) {
            set_variable(&mut imported, &word, value.as_bytes().to_vec());
        }
    }
    Ok(imported)
}

/// The name and the value that a word sets. Older versions take both as they are written.
fn setting<'w>(word: &'w [u8], version: PostfixVersion, how: &str) -> Result<(&'w [u8], &'w [u8]), Fatal> {
    if version.has(Feature::NamesRequired) {
        return split_name_value(word, version)
            .map_err(|why| Fatal::of(&[how.as_bytes(), b": ", why.as_bytes(), b" in: ", word]));
    }
    let equals = word.iter().position(|byte| *byte == b'=').unwrap_or(word.len());
    let (name, value) = (&word[..equals], word.get(equals + 1..).unwrap_or_default());
    if name.is_empty() {
        return Err(Fatal::of(&[b"setenv(, ", value, b"): Invalid argument"]));
    }
    Ok((name, value))
}

/// Sets a variable.
pub(crate) fn set_variable(environment: &mut Environment, name: &[u8], value: Vec<u8>) {
    match environment.iter_mut().find(|(other, _)| other == name) {
        // As setenv(3) does: what has a place keeps it.
        Some((_, old)) => *old = value,
        None => environment.push((name.to_vec(), value)),
    }
}
