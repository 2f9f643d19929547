//! Decides what a requested change is: nothing, an edit, or something in several steps.
//!
//! It changes nothing. Knows nothing of how a change is carried out.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::multi::changing::tools::{Arguments, Edit, setting, settings_call};
use crate::multi::life_cycle::ensure::ensure;
use crate::multi::life_cycle::naming::{self, NameChange};
use crate::multi::life_cycle::operation::Operation;
use crate::multi::life_cycle::refusal::Refusal;
use crate::multi::life_cycle::validate::{
    EvenEnabled, HostFacts, create, deport, destroy, import, is_free, is_initialized, new_names,
    no_damaged_one_has, settings_of, target,
};
use crate::multi::request::canonical_command;
use crate::multi::request::{Assignment, Change, Typed};
use crate::multi::system::System;
use crate::postfix::postconf;

/// The parameter that names the manager.
const WRAPPER: &str = "multi_instance_wrapper";

/// Decides what has to be done. `wrapper` is the value that makes this program the manager.
pub(crate) fn decide(
    change: &Change,
    system: &System,
    host: &mut impl HostFacts,
    wrapper: &OsStr,
) -> Result<Operation, Refusal> {
    match change {
        Change::Init => Ok(init(system, wrapper)),
        Change::Create(addition) => create(addition, system, host),
        Change::Import(addition) => import(addition, system, host),
        Change::Destroy(name) => destroy(name, EvenEnabled::No, system, host),
        Change::Deport(name) => deport(name, system, host),
        Change::Enable(name) => mark(name, "yes", system),
        Change::Disable(name) => mark(name, "no", system),
        Change::Assign(name, assignment) => assign(name, assignment, system, host),
        Change::Ensure(description) => ensure(description, system, host),
    }
}

/// Makes this program the manager, unless it is, with whatever options.
fn init(system: &System, wrapper: &OsStr) -> Operation {
    let installation = &system.installation;
    let enable = (postconf::ENABLE, OsStr::new("yes"));
    let is_ours = is_managed_by(&installation.wrapper, wrapper, &installation.command_directory);
    let settings = match (is_ours, installation.is_enabled()) {
        (true, true) => return Operation::Nothing,
        (true, false) => vec![enable],
        (false, _) => vec![(WRAPPER, wrapper), enable],
    };
    edit(&installation.config_directory, vec![setting(&settings)])
}

/// Whether a value of `multi_instance_wrapper` runs the program that `wanted` runs, as a manager.
fn is_managed_by(value: &[u8], wanted: &OsStr, commands: &Path) -> bool {
    let program = |value: &[u8]| -> Option<Vec<u8>> {
        let word = value.split(u8::is_ascii_whitespace).find(|word| !word.is_empty())?;
        Some(match word.strip_prefix(b"${command_directory}") {
            Some(rest) => [commands.as_os_str().as_bytes(), rest].concat(),
            None => word.to_vec(),
        })
    };
    let mut words = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).rev();
    words.next() == Some(b"--") && words.next() == Some(b"-p") && program(value) == program(wanted.as_bytes())
}

/// One edit of one main.cf.
fn edit(directory: &Path, calls: Vec<Arguments>) -> Operation {
    Operation::Edit(Edit { directory: directory.to_owned(), calls })
}

/// Refuses a change whose instance, or place, is named so that it fits two.
pub(crate) fn fits_one(change: &Change, system: &System, typed: &Typed) -> Result<(), Refusal> {
    let Some(selection) = canonical_command::selection(change) else { return Ok(()) };
    match selection.as_listed(system).only(system) {
        Ok(_) => Ok(()),
        Err(ambiguous) => {
            let commands = ambiguous.commands(|directory| typed.for_directory(directory));
            Err(Refusal::Ambiguous(Box::new(ambiguous), commands))
        }
    }
}

fn mark(name: &OsString, value: &str, system: &System) -> Result<Operation, Refusal> {
    let instance = target(name, system)?;
    is_initialized(system)?;
    Ok(edit(&instance.directory, vec![setting(&[(postconf::ENABLE, OsStr::new(value))])]))
}

fn assign(
    name: &OsString,
    wanted: &Assignment,
    system: &System,
    host: &impl HostFacts,
) -> Result<Operation, Refusal> {
    let instance = target(name, system)?;
    let (name, group) = (naming::name(wanted.name.as_ref())?, naming::group(wanted.group.as_ref())?);
    let settings = settings_of(instance)?;
    if let NameChange::Name(name) = &name {
        is_free(name, &instance.directory, system, host)?;
        no_damaged_one_has(name, system)?;
    }
    let names = new_names(&name, &group, Some(settings));
    if names.is_empty() {
        return Ok(Operation::Nothing);
    }
    is_initialized(system)?;
    Ok(edit(&instance.directory, vec![settings_call(&names)]))
}

#[cfg(test)]
mod tests;
