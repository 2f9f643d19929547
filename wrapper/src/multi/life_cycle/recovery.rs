//! Rolls a change forward or back whose program was killed before its end.
//!
//! The files on disk decide whether to roll forward or back: whether the instance is listed, and whether its own
//! files are complete. Knows nothing of changes that are still to come.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::multi::changing::instance_dirs::{InstanceDirs, Stamps};
use crate::multi::changing::journal::{FilesPhase, JournalEntry, Listed, Work};
use crate::multi::changing::tools::{Edit, settings_call};
use crate::multi::life_cycle::context::Context;
use crate::multi::life_cycle::create_files;
use crate::multi::life_cycle::error::ApplyError;
use crate::multi::life_cycle::operation::NewDirectory;
use crate::multi::life_cycle::refusal::Refusal;
use crate::multi::life_cycle::removal::{self, OwnedDirs};
use crate::multi::life_cycle::stopped::{is_its_own, is_stopped_in};
use crate::multi::life_cycle::validate::{CLOSED, HostFacts, OPEN, PathKind, queue_is_not_away};
use crate::multi::life_cycle::verify::holds_no_mail;
use crate::multi::ownership::claims::{Claim, NAME};
use crate::multi::ownership::owned::{Denial, Purpose};
use crate::multi::system::{InstanceInfo, Role};
use crate::os::printable::printable;
use crate::postfix::damage::reason;
use crate::postfix::instance::{MAIN_CF, MASTER_CF};
use crate::postfix::postconf;
use crate::postfix::values::enable_flag::Flag;

/// What would be otherwise once another change is settled.
pub(crate) struct Assumption {
    /// An instance that would be listed, and before which other one.
    pub(crate) listed: Option<(InstanceInfo, Option<PathBuf>)>,
    /// What would not be there any more.
    pub(crate) gone: Vec<PathBuf>,
}

/// What has become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settled {
    /// It has been done.
    Finished,
    /// All is as it was before.
    Undone,
    /// Nothing: somebody has listed the instance, whose files are not complete.
    LeftAlone,
}

/// What is to be done about a journal entry.
pub(crate) enum Remedy {
    /// The instance is listed, unless it is, and its files get their owners.
    List(InstanceDirs),
    /// What was made of the instance, or for it, is removed; these directories, if nobody has put anything into them.
    Unmake(Vec<PathBuf>),
    /// What is left of the instance is removed.
    Remove(Box<OwnedDirs>, Stamps),
    /// Nothing: somebody has seen to it meanwhile.
    Forget(Settled),
}

impl Remedy {
    /// What becomes of the change.
    pub(crate) fn settled(&self) -> Settled {
        match self {
            Self::List(_) | Self::Remove(..) => Settled::Finished,
            Self::Unmake(_) => Settled::Undone,
            Self::Forget(settled) => *settled,
        }
    }
}

/// Decides what is to be done about an entry, or why nothing can be done. Nothing is changed. An entry is believed no
/// more than a command: what it names must be the instance's alone.
pub(crate) fn remedy(entry: &JournalEntry, context: &mut Context<'_, '_>) -> Result<Remedy, ApplyError> {
    let config = entry.work.config();
    let default = context.host.spot(context.default());
    if context.host.spot(config).own.iter().any(|key| default.own.contains(key)) {
        return Err(Refusal::Default.into());
    }
    match &entry.work {
        Work::Create { dirs, missing, listed, .. } => {
            let is_listed = context.lists()?.manages(&dirs.config);
            if is_listed && *listed == Listed::Afterwards && !is_complete(&dirs.config) {
                // Somebody has listed it meanwhile, and must complete it.
                return Ok(Remedy::Forget(Settled::LeftAlone));
            }
            if is_complete(&dirs.config) && (is_listed || create_files::was_made(&dirs.config)) {
                let dirs = places_of(&dirs.config, context)?;
                return to_be_listed(dirs, context);
            }
            let [config, ..] = dirs.claims();
            context.prove(config, &dirs.config, Purpose::Removal)?;
            if let Some(strange) = missing.iter().find(|made| !dirs.lie_in(made)) {
                let error = std::io::Error::other(
                    "the record says that it was made, but no directory of the instance lies there",
                );
                return Err(ApplyError::with("remove", strange)(error));
            }
            Ok(Remedy::Unmake(unmade(dirs, missing, context)))
        }
        Work::Import { directory, files: FilesPhase::Preparing, .. } => {
            let claim = Claim::of_directory(directory);
            context.prove(claim, directory, Purpose::ByPath)?;
            Ok(Remedy::Unmake(Vec::new()))
        }
        Work::Import { directory, .. } => {
            if !is_complete(directory) {
                // It has gone meanwhile; there is nothing to undo, either.
                return Ok(Remedy::Forget(Settled::Undone));
            }
            let dirs = places_of(directory, context)?;
            to_be_listed(dirs, context)
        }
        Work::Destroy { dirs, .. } if context.lists()?.manages(&dirs.config) => {
            Ok(Remedy::Forget(Settled::Undone))
        }
        Work::Destroy { dirs, stamps } => {
            let owned = context.prove_all(dirs, Purpose::Removal)?;
            is_stopped_in(dirs.to_be_looked_at(), context.system, context.signals)?;
            holds_no_mail(&owned)?;
            Ok(Remedy::Remove(Box::new(owned), stamps.clone()))
        }
    }
}

/// Lists an instance and gives away its files, if they are its alone, and no other one's master uses them by now.
fn to_be_listed(dirs: InstanceDirs, context: &Context<'_, '_>) -> Result<Remedy, ApplyError> {
    context.prove_all(&dirs, Purpose::ByPath)?;
    is_its_own(&dirs, context.system)?;
    queue_is_not_away(&dirs, &context.host)?;
    Ok(Remedy::List(dirs))
}

/// Those of the directories that a creation was to make which are no other instance's by now. The record was written
/// before they were made, so that they may be. What is left is told.
fn unmade(dirs: &InstanceDirs, missing: &[PathBuf], context: &mut Context<'_, '_>) -> Vec<PathBuf> {
    let config = &dirs.config;
    if create_files::is_anothers(config, MAIN_CF) {
        let main_cf = printable(config.join(MAIN_CF));
        context.warn(&format!(
            "{main_cf} was written by somebody else; the directories that it may name are left"
        ));
        return Vec::new();
    }
    let mut unmade = Vec::new();
    for path in missing.iter().filter(|path| path.symlink_metadata().is_ok()) {
        let above = Claim { value: path.clone().into_os_string(), ..Claim::of_directory(config) };
        let own = dirs.claims().into_iter().find(|claim| claim.value == above.value);
        match context.prove(own.unwrap_or(above), config, Purpose::Removal) {
            Ok(_) => unmade.push(path.clone()),
            Err(Denial::Conflict(conflict)) => {
                context.warn(&format!("{} is left: {conflict}", printable(path)));
            }
            Err(denial) => context.warn(&format!("{} is left: {denial}", printable(path))),
        }
    }
    unmade
}

/// What would be different once an entry is settled.
pub(crate) fn assume(
    entry: &JournalEntry,
    remedy: &Remedy,
    context: &mut Context<'_, '_>,
) -> Result<Assumption, ApplyError> {
    let mut assumption = Assumption { listed: None, gone: Vec::new() };
    match (remedy, &entry.work) {
        (Remedy::List(dirs), work) => {
            let directory = dirs.config.clone();
            let unreadable = |damage| Refusal::Unreadable(directory.clone(), reason(&damage));
            let mut settings = context.host.settings(&directory).map_err(unreadable)?;
            let before = match work {
                Work::Import { settings: new, before, .. } => {
                    for (name, value) in new {
                        let text = (!value.is_empty()).then(|| value.clone());
                        match name.to_str() {
                            Some(NAME) => settings.name = text,
                            Some(postconf::GROUP) => settings.group = text,
                            Some(postconf::ENABLE) => settings.enable = Flag::parse(value.as_bytes()),
                            _ => {}
                        }
                    }
                    before
                }
                Work::Create { before, .. } => before,
                Work::Destroy { .. } => &None,
            };
            let instance = InstanceInfo { role: Role::Secondary, directory, settings: Ok(settings) };
            assumption.listed = Some((instance, before.clone()));
        }
        (Remedy::Unmake(missing), Work::Create { dirs, .. }) => {
            let made = [MAIN_CF, MASTER_CF].into_iter();
            let made = made.filter(|name| !create_files::is_anothers(&dirs.config, name));
            assumption.gone = made.map(|name| dirs.config.join(name)).collect();
            assumption.gone.extend(missing.iter().cloned());
        }
        (Remedy::Remove(..), Work::Destroy { dirs, .. }) => {
            assumption.gone = vec![dirs.config.clone(), dirs.queue.clone(), dirs.data.clone()];
        }
        _ => {}
    }
    Ok(assumption)
}

/// Rolls the change of an entry forward or back, and removes the entry.
pub(crate) fn settle(entry: &JournalEntry, context: &mut Context<'_, '_>) -> Result<Settled, ApplyError> {
    let remedy = remedy(entry, context)?;
    match &remedy {
        Remedy::List(dirs) => list(dirs, &entry.work, context)?,
        Remedy::Unmake(missing) => {
            match &entry.work {
                Work::Create { dirs, .. } => {
                    create_files::unmake(&dirs.config, missing, context);
                }
                Work::Import { directory, .. } => create_files::clear(directory)?,
                Work::Destroy { .. } => {}
            }
            context.forget()?;
        }
        Remedy::Remove(owned, stamps) => {
            for left in removal::remove(owned, stamps) {
                context.warn(&left.to_string());
            }
            context.forget()?;
        }
        Remedy::Forget(_) => context.forget()?,
    }
    Ok(remedy.settled())
}

/// The directories of an instance that is taken in, as its main.cf tells them.
fn places_of(directory: &Path, context: &mut Context<'_, '_>) -> Result<InstanceDirs, ApplyError> {
    let settings = context.host.settings(directory);
    let unreadable = |damage| Refusal::Unreadable(directory.to_owned(), reason(&damage));
    Ok(InstanceDirs::of(directory, &settings.map_err(unreadable)?))
}

/// Gives an instance its files and settings, lists it unless it is listed, and does what else belongs to that.
fn list(dirs: &InstanceDirs, work: &Work, context: &mut Context<'_, '_>) -> Result<(), ApplyError> {
    let directory = &dirs.config;
    let before = match work {
        Work::Import { missing, settings, files, before, .. } => {
            make_again(missing, dirs, context)?;
            if *files == FilesPhase::Ready {
                create_files::replace(directory)?;
            }
            if !settings.is_empty() {
                context.tools.edit_copy(directory, &[settings_call(settings)], context.messages)?;
            }
            before
        }
        Work::Create { before, .. } => before,
        Work::Destroy { .. } => &None,
    };
    let lists = context.lists()?;
    if lists.manages(directory) {
        return create_files::list(dirs, None, context);
    }
    let calls = vec![lists.with(directory, before.as_deref())];
    create_files::list(dirs, Some(&Edit { directory: context.default().to_owned(), calls }), context)
}

/// Makes the directories of an instance that are not there.
fn make_again(missing: &[PathBuf], dirs: &InstanceDirs, context: &Context<'_, '_>) -> Result<(), ApplyError> {
    let is_its = |path: &&PathBuf| dirs.lie_in(path) && context.host.kind(path) == PathKind::Nothing;
    for path in missing.iter().filter(is_its) {
        let mode = if *path == dirs.data { CLOSED } else { OPEN };
        create_files::make_directory(&NewDirectory { path: path.clone(), mode })?;
    }
    Ok(())
}

fn is_complete(directory: &Path) -> bool {
    [MAIN_CF, MASTER_CF].iter().all(|name| directory.join(name).is_file())
}
