//! Checks the files that a description would lead to, before anything is changed.
//! Postfix must be able to read them and to work with them, the instance must keep its directories, and nobody but root
//! can have written the files that are taken from a folder. Files that are in place already are left out.
//!
//! Changes nothing.

use std::path::Path;

use nix::sys::stat::FileStat;

use crate::multi::changing::instance_dirs::InstanceDirs;
use crate::multi::changing::programs::{NEEDED, complaint};
use crate::multi::changing::tools::{Arguments, settings_call};
use crate::multi::life_cycle::context::Context;
use crate::multi::life_cycle::error::ApplyError;
use crate::multi::life_cycle::operation::{Adoption, NewFiles, Operation, Origin, Source};
use crate::multi::life_cycle::refusal::Refusal;
use crate::multi::life_cycle::validate::HostFacts;
use crate::multi::ownership::claims::{DATA, QUEUE};
use crate::os::files::reach::{Links, ReachError, Way, reach, reach_file};
use crate::os::files::trust::{Access, can_be_written_by_others, is_trusted_owner};
use crate::os::files::unfit;
use crate::os::printable::{printable, shell_word};
use crate::postfix::damage::reason;
use crate::postfix::instance::{MAIN_CF, MASTER_CF};
use crate::postfix::instance_settings::InstanceSettings;
use crate::postfix::master_cf;
use crate::postfix::startup;

/// What helps if others can change files that are to be taken.
const COPY_IT: &str = "copy the folder to a place that only root can change";

/// The same operation, without files that are in place already; or why their outcome is not wanted.
pub(crate) fn checked(operation: Operation, context: &mut Context<'_, '_>) -> Result<Operation, ApplyError> {
    match operation {
        Operation::Create(creation) => {
            check(&creation.sources, &creation.calls, &creation.dirs, context)?;
            Ok(Operation::Create(creation))
        }
        Operation::Import(adoption) => {
            let main_cf = adoption.dirs.config.join(MAIN_CF);
            if !adoption.settings.is_empty() {
                new_main_cf(&main_cf, &main_cf, &[settings_call(&adoption.settings)], context)?;
            }
            reduced(adoption, context)
        }
        Operation::Edit(edit) => {
            let main_cf = edit.directory.join(MAIN_CF);
            new_main_cf(&main_cf, &main_cf, &edit.calls, context)?;
            Ok(Operation::Edit(edit))
        }
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

/// Checks files that are copied. The result is the main.cf that is made of one.
fn check(
    sources: &[Source],
    calls: &[Arguments],
    dirs: &InstanceDirs,
    context: &mut Context<'_, '_>,
) -> Result<Option<Vec<u8>>, ApplyError> {
    let mut new = None;
    for source in sources {
        if source.origin == Origin::Prepared {
            is_trusted(&source.path)?;
        }
        if source.name == MAIN_CF {
            let (text, settings) = new_main_cf(&source.path, &dirs.config.join(MAIN_CF), calls, context)?;
            keeps(&settings, dirs, context)?;
            new = Some(text);
        } else if let Some(folder) = source.path.parent().filter(|_| source.origin == Origin::Prepared) {
            can_be_read(folder, context)?;
        }
    }
    Ok(new)
}

/// The main.cf that comes of another one by calls of postconf, and what it says of its instance.
fn new_main_cf(
    from: &Path,
    place: &Path,
    calls: &[Arguments],
    context: &mut Context<'_, '_>,
) -> Result<(Vec<u8>, InstanceSettings), ApplyError> {
    let (copy, _) = context.edited_copy(from, calls)?;
    let mut settings = context.host.settings(copy.path()).map_err(|damage| {
        let reason = format!("Postfix could not read what comes of it: {}; correct that", reason(&damage));
        Refusal::NotFit(place.to_owned(), reason)
    })?;
    // The copy calls itself by its own name.
    let config = place.parent().unwrap_or(place);
    for directory in [&mut settings.queue_directory, &mut settings.data_directory] {
        if let Ok(below) = directory.strip_prefix(copy.path()) {
            *directory = config.join(below);
        }
    }
    works(copy.path(), from, place, context)?;
    let text = copy.read(MAIN_CF).map_err(ApplyError::with("read", from))?;
    Ok((text, settings))
}

/// Refuses a main.cf with which Postfix's programs do not begin to work: a running instance could not even be stopped
/// any more. One that they refuse as it is may be mended in steps.
fn works(copy: &Path, from: &Path, place: &Path, context: &mut Context<'_, '_>) -> Result<(), ApplyError> {
    let Some(fault) = fault(copy, context)? else { return Ok(()) };
    let config = place.parent().unwrap_or(place);
    if from == place && self::fault(config, context)?.is_some() {
        return Ok(());
    }
    // The copy calls itself by its own name.
    let fault = fault.replace(&printable(copy), &printable(config));
    let reason = format!("Postfix's programs would refuse what comes of it: {fault}; correct that");
    Err(Refusal::NotFit(place.to_owned(), reason).into())
}

/// What keeps Postfix's programs from working with the main.cf in a directory.
fn fault(directory: &Path, context: &mut Context<'_, '_>) -> Result<Option<String>, ApplyError> {
    let environment = context.installation().environment();
    let faults = startup::faults(&environment, context.signals, &[directory]);
    if let Some(fault) = faults.map_err(|_| ApplyError::Interrupted)?.pop().flatten() {
        return Ok(Some(fault));
    }
    let shared = context.host.settings(directory).map(|settings| settings.shared).unwrap_or_default();
    let value = |name| shared.iter().find(|(shared, _)| *shared == name).map(|(_, value)| value);
    Ok(NEEDED.iter().find_map(|(name, program)| complaint(name, program, value(*name)?)))
}

/// Whether nobody but root, or who calls this, can have written a file, or can put another one in its place: it is read
/// and copied by its path.
fn is_trusted(path: &Path) -> Result<(), ApplyError> {
    let exposed = |error: ReachError| {
        let reason = format!("{error}, and Postfix would run what is there; {COPY_IT}");
        ApplyError::from(Refusal::NotFit(path.to_owned(), reason))
    };
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Ok(()) };
    let Way { directory, exposed: exposure, .. } = reach(folder, Links::Trusted).map_err(exposed)?;
    if let Some(exposure) = exposure {
        return Err(exposed(ReachError::Exposed(exposure)));
    }
    is_roots(folder, &directory.status().map_err(ApplyError::with("read", folder))?, path)?;
    match reach_file(&directory, name).map_err(exposed)? {
        Some(status) => is_roots(path, &status, path),
        None => Err(Refusal::NoFile(path.to_owned()).into()),
    }
}

/// Whether nobody else can write to a place that a file depends on.
fn is_roots(place: &Path, status: &FileStat, file: &Path) -> Result<(), ApplyError> {
    let access = Access::of(status);
    if !can_be_written_by_others(access) {
        return Ok(());
    }
    // What belongs to somebody is not taken away.
    let way_out = if is_trusted_owner(access.user) {
        format!("use \"chmod go-w {}\" first", shell_word(place))
    } else {
        COPY_IT.to_owned()
    };
    let shown = printable(place);
    let reason = format!("others can write to {shown}, and Postfix would run what they write; {way_out}");
    Err(Refusal::NotFit(file.to_owned(), reason).into())
}

/// Whether a main.cf that is ready gives its instance the directories that it is to have.
fn keeps(
    settings: &InstanceSettings,
    dirs: &InstanceDirs,
    context: &Context<'_, '_>,
) -> Result<(), ApplyError> {
    let config = &dirs.config;
    for (parameter, own, new) in
        [(QUEUE, &dirs.queue, &settings.queue_directory), (DATA, &dirs.data, &settings.data_directory)]
    {
        if new != own && context.host.spot(new).own != context.host.spot(own).own {
            return Err(Refusal::WouldMove(config.clone(), parameter, own.clone(), new.clone()).into());
        }
    }
    Ok(())
}

/// Whether postconf can read a master.cf: no command works for an instance with one that it cannot read.
pub(crate) fn can_be_read(folder: &Path, context: &mut Context<'_, '_>) -> Result<(), ApplyError> {
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
