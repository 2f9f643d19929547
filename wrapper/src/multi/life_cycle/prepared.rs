//! Checks the files of a prepared folder before they are used: nobody but root can have written them, Postfix can read
//! them, and the instance keeps its directories. What is in place already is left out.
//!
//! Changes nothing.

use std::path::Path;

use nix::sys::stat::stat;

use crate::multi::changing::instance_dirs::InstanceDirs;
use crate::multi::changing::tools::Arguments;
use crate::multi::life_cycle::context::Context;
use crate::multi::life_cycle::error::ApplyError;
use crate::multi::life_cycle::operation::{Adoption, NewFiles, Operation, Origin, Source};
use crate::multi::life_cycle::refusal::Refusal;
use crate::multi::life_cycle::validate::HostFacts;
use crate::multi::ownership::claims::{DATA, QUEUE};
use crate::os::printable::printable;
use crate::os::private::Private;
use crate::os::trust::{Access, can_be_written_by_others};
use crate::os::unfit;
use crate::postfix::damage::reason;
use crate::postfix::instance::{MAIN_CF, MASTER_CF};
use crate::postfix::master_cf;

/// The same operation, without files that are in place already; or why a prepared file is not used.
pub(crate) fn checked(operation: Operation, context: &mut Context<'_, '_>) -> Result<Operation, ApplyError> {
    match operation {
        Operation::Create(creation) => {
            check(&creation.sources, &creation.calls, &creation.dirs, context)?;
            Ok(Operation::Create(creation))
        }
        Operation::Import(adoption) => reduced(adoption, context),
        other => Ok(other),
    }
}

/// What is left to do to an instance that is there.
fn reduced(mut adoption: Adoption, context: &mut Context<'_, '_>) -> Result<Operation, ApplyError> {
    let Some(NewFiles { sources, calls }) = adoption.files.take() else {
        return Ok(Operation::Import(adoption));
    };
    let new = check(&sources, &calls, &adoption.dirs, context)?;
    let mut left = Vec::new();
    for source in sources {
        let place = adoption.dirs.config.join(source.name);
        let wanted = match &new {
            Some(new) if source.name == MAIN_CF => new.clone(),
            _ => read(&source.path)?,
        };
        if read(&place)? != wanted {
            left.push(source);
        }
    }
    if !left.is_empty() {
        adoption.files = Some(NewFiles { sources: left, calls });
    }
    let Adoption { missing, files, listing, .. } = &adoption;
    let is_done = missing.is_empty() && files.is_none() && listing.is_none();
    Ok(if is_done { Operation::Nothing } else { Operation::Import(adoption) })
}

/// Checks prepared files. The result is the main.cf that is made of one.
fn check(
    sources: &[Source],
    calls: &[Arguments],
    dirs: &InstanceDirs,
    context: &mut Context<'_, '_>,
) -> Result<Option<Vec<u8>>, ApplyError> {
    let mut new = None;
    for source in sources.iter().filter(|source| source.origin == Origin::Prepared) {
        is_trusted(&source.path)?;
        if source.name == MAIN_CF {
            let (copy, _) = context.edited_copy(&source.path, calls)?;
            keeps(&copy, dirs, context)?;
            new = Some(copy.read(MAIN_CF).map_err(ApplyError::with("read", &source.path))?);
        } else if let Some(folder) = source.path.parent() {
            can_be_read(folder, context)?;
        }
    }
    Ok(new)
}

/// Whether nobody but root, or who calls this, can have written a file.
fn is_trusted(path: &Path) -> Result<(), ApplyError> {
    let folder = path.parent().unwrap_or(path);
    for place in [folder, path] {
        let status = stat(place).map_err(|errno| ApplyError::with("read", place)(errno.into()))?;
        if can_be_written_by_others(Access::of(&status)) {
            let place = printable(place);
            let reason = format!(
                "others can write to {place}, and Postfix would run what they write; use \"chown root {place}\" and \
                 \"chmod go-w {place}\" first"
            );
            return Err(Refusal::NotFit(path.to_owned(), reason).into());
        }
    }
    Ok(())
}

/// Whether a main.cf that is ready gives its instance the directories that it is to have.
fn keeps(copy: &Private, dirs: &InstanceDirs, context: &mut Context<'_, '_>) -> Result<(), ApplyError> {
    let config = &dirs.config;
    let settings = context.host.settings(copy.path()).map_err(|damage| {
        Refusal::NotFit(config.join(MAIN_CF), format!("{}; correct what is prepared", reason(&damage)))
    })?;
    for (parameter, own, new) in
        [(QUEUE, &dirs.queue, settings.queue_directory), (DATA, &dirs.data, settings.data_directory)]
    {
        // The copy calls itself by its own name.
        let new = new.strip_prefix(copy.path()).map(|below| config.join(below)).unwrap_or(new);
        if new != *own && context.host.spot(&new).own != context.host.spot(own).own {
            return Err(Refusal::WouldMove(config.clone(), parameter, own.clone(), new).into());
        }
    }
    Ok(())
}

/// Whether postconf can read a prepared master.cf: no command works for an instance with one that it cannot read.
fn can_be_read(folder: &Path, context: &mut Context<'_, '_>) -> Result<(), ApplyError> {
    let environment = context.installation().environment();
    let faults = master_cf::faults(&environment, context.signals, &[folder]);
    match faults.map_err(|_| ApplyError::Interrupted)?.pop().flatten() {
        Some(fault) => {
            let reason = format!("{}; correct it first", fault.reason());
            Err(Refusal::NotFit(folder.join(MASTER_CF), reason).into())
        }
        None => Ok(()),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ApplyError> {
    unfit::read(path).map_err(ApplyError::with("read", path))
}
