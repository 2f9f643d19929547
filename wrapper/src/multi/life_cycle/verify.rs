//! Checks the directories of an instance right before a change.
//! They must belong to this instance alone, and no other one's master may use them. One that is removed must not run and
//! must hold no mail. `--dry-run` checks the same.
//!
//! Changes nothing, and knows nothing of how a change is carried out.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::multi::changing::instance_dirs::{FILES, InstanceDirs, QUEUE, SET, is_one_word};
use crate::multi::changing::tools::{Arguments, settings_call};
use crate::multi::life_cycle::context::Context;
use crate::multi::life_cycle::error::ApplyError;
use crate::multi::life_cycle::invalid_argument::InvalidArgument;
use crate::multi::life_cycle::operation::{Destruction, Operation};
use crate::multi::life_cycle::outcome::can_be_read;
use crate::multi::life_cycle::refusal::Refusal;
use crate::multi::life_cycle::removal::{self, OwnedDirs, made_in_data};
use crate::multi::life_cycle::stopped::{is_its_own, is_stopped, is_unused};
use crate::multi::life_cycle::validate::{HostFacts, queue_is_not_away};
use crate::multi::ownership::claims::{
    CONFIG, Claim, Claims, DATA as DATA_DIRECTORY, QUEUE as QUEUE_DIRECTORY,
};
use crate::multi::ownership::linked_files;
use crate::multi::ownership::owned::{Owned, Purpose, prove};
use crate::multi::ownership::spot::Spot;
use crate::os::files::directory::{Directory, FileKind};
use crate::os::files::fixed::fixed;
use crate::os::files::mounts::Mounts;
use crate::os::files::trust::is_trusted_owner;
use crate::os::files::unfit;
use crate::os::printable::printable;
use crate::postfix::instance::{MAIN_CF, MASTER_CF};
use crate::postfix::values::written_value::written;

/// Checks everything that a change depends on. Of a removal, the result is the directories to be removed.
pub(crate) fn verify(
    operation: &Operation,
    context: &mut Context<'_, '_>,
) -> Result<Option<OwnedDirs>, ApplyError> {
    let owned = is_allowed(operation, context)?;
    match places(operation, context.default()).iter().find_map(|place| fixed(place)) {
        Some(fixed) => Err(Refusal::Fixed(fixed).into()),
        None => Ok(owned),
    }
}

/// The files and directories that are changed or removed, as far as they are there; of those that are not, the
/// directory in which they are made.
fn places(operation: &Operation, default: &Path) -> Vec<PathBuf> {
    let edited = |directory: &Path| vec![directory.to_owned(), directory.join(MAIN_CF)];
    let last_there = |path: &PathBuf| path.ancestors().find(|above| above.exists()).map(Path::to_owned);
    let made = |dirs: &InstanceDirs| -> Vec<PathBuf> {
        [&dirs.config, &dirs.queue, &dirs.data].into_iter().filter_map(last_there).collect()
    };
    match operation {
        Operation::Nothing => Vec::new(),
        Operation::Edit(edit) => edited(&edit.directory),
        Operation::Deport(_) => edited(default),
        Operation::Create(creation) => [edited(default), made(&creation.dirs)].concat(),
        Operation::Import(adoption) => {
            let dirs = &adoption.dirs;
            [edited(default), made(dirs), edited(&dirs.config)].concat()
        }
        Operation::Destroy(Destruction { dirs, .. }) => {
            let files = FILES.map(|name| dirs.config.join(name));
            let below = QUEUE.map(|name| dirs.queue.join(name));
            let own = [&dirs.config, &dirs.queue, &dirs.data].into_iter();
            let own =
                own.flat_map(|path| [Some(path.as_path()), path.parent()]).flatten().map(Path::to_owned);
            [edited(default), own.collect(), files.to_vec(), below.to_vec()].concat()
        }
    }
}

/// Checks everything that a change depends on but whether the system lets anybody make it.
fn is_allowed(operation: &Operation, context: &mut Context<'_, '_>) -> Result<Option<OwnedDirs>, ApplyError> {
    match operation {
        Operation::Nothing => {}
        Operation::Edit(edit) if edit.directory == context.default() => {}
        Operation::Edit(edit) => {
            let main_cf = edit.directory.join(MAIN_CF);
            if let Some(unfit) = unfit::find(&main_cf) {
                return Err(Refusal::Unreadable(edit.directory.clone(), format!("it {unfit}")).into());
            }
            if !main_cf.is_file() {
                return Err(Refusal::NoFile(main_cf).into());
            }
            // Its own main.cf may be edited wherever it lies.
            let claim = Claim::of_directory(&edit.directory);
            let owned = prove(claim, Purpose::ByPath, &Claims::none(&Spot::written), &Mounts::read())?;
            let led = owned.directory().and_then(|config| linked_files::led_by_others(config, MAIN_CF));
            if let Some((what, mend)) = led {
                return Err(Refusal::NotFit(
                    main_cf,
                    format!("it {what}; look at it, and use \"{mend}\" first"),
                )
                .into());
            }
            keeps_its_directories(&edit.directory, &edit.calls, context)?;
        }
        Operation::Create(creation) => {
            is_fit(&creation.dirs, context)?;
            is_unused(&creation.dirs, context.system)?;
        }
        Operation::Import(adoption) => {
            is_fit(&adoption.dirs, context)?;
            is_its_own(&adoption.dirs, context.system)?;
            let is_made = adoption.missing.iter().any(|new| new.path == adoption.dirs.queue);
            if !is_made && !adoption.dirs.queue.is_dir() {
                let (config, queue) = (adoption.dirs.config.clone(), adoption.dirs.queue.clone());
                return Err(Refusal::NoQueue(config, queue).into());
            }
            let mut sources = adoption.files.iter().flat_map(|files| &files.sources);
            if !sources.any(|source| source.name == MASTER_CF) {
                can_be_read(&adoption.dirs.config, context)?;
            }
            if !adoption.settings.is_empty() {
                keeps_its_directories(&adoption.dirs.config, &[settings_call(&adoption.settings)], context)?;
            }
        }
        Operation::Deport(departure) => {
            match is_stopped(&departure.directory, context.system, context.signals) {
                // It does not run itself, and keeps its files.
                Err(Refusal::InUse(..)) => {}
                stopped => stopped?,
            }
        }
        Operation::Destroy(destruction) => {
            let owned = context.prove_all(&destruction.dirs, Purpose::Removal)?;
            is_stopped(&destruction.dirs.config, context.system, context.signals)?;
            queue_is_not_away(&destruction.dirs, &context.host)?;
            holds_no_mail(&owned)?;
            let queue = printable(&destruction.dirs.queue);
            let what = match owned.queue.directory() {
                None => Some("is not there"),
                Some(directory) if !has_queue(directory) => Some("has no directory of a queue"),
                Some(_) => None,
            };
            if let Some(what) = what {
                context.warn(&format!(
                    "the queue_directory {queue} {what}; if it is on a disk that is not mounted, there may be mail in it"
                ));
            }
            return Ok(Some(owned));
        }
    }
    Ok(None)
}

/// Refuses an edit that makes another directory the instance's queue or data directory, because the value refers to what
/// is edited.
fn keeps_its_directories(
    config: &Path,
    calls: &[Arguments],
    context: &mut Context<'_, '_>,
) -> Result<(), ApplyError> {
    let main_cf = config.join(MAIN_CF);
    if unfit::find(&main_cf).is_some() {
        return Ok(());
    }
    let text = unfit::read(&main_cf).map_err(ApplyError::with("read", &main_cf))?;
    let refers = |name| written(&text, name).is_some_and(|value| value.contains(&b'$'));
    if !refers(QUEUE_DIRECTORY) && !refers(DATA_DIRECTORY) {
        return Ok(());
    }
    let (copy, _) = context.edited_copy(&main_cf, calls)?;
    let (before, after) = (context.host.settings(config), context.host.settings(copy.path()));
    let (Ok(before), Ok(after)) = (before, after) else { return Ok(()) };
    for (parameter, before, after) in [
        (QUEUE_DIRECTORY, before.queue_directory, after.queue_directory),
        (DATA_DIRECTORY, before.data_directory, after.data_directory),
    ] {
        // The copy calls itself by its own name.
        let after = after.strip_prefix(copy.path()).map(|below| config.join(below)).unwrap_or(after);
        if before != after {
            return Err(Refusal::WouldMove(config.to_owned(), parameter, before, after).into());
        }
    }
    Ok(())
}

/// Whether anything is in a directory that Postfix makes in a queue. If not, it may be where a disk was mounted.
fn has_queue(directory: &Directory) -> bool {
    QUEUE.iter().any(|name| directory.status_of(OsStr::new(name)).is_ok_and(|status| status.is_some()))
}

pub(crate) fn holds_no_mail(dirs: &OwnedDirs) -> Result<(), ApplyError> {
    let (config, queue) = (dirs.config.path(), dirs.queue.path());
    let Some(directory) = dirs.queue.directory() else { return Ok(()) };
    match removal::messages(directory).map_err(ApplyError::with("look into", queue))? {
        0 => Ok(()),
        mail => Err(Refusal::Messages(config.to_owned(), queue.to_owned(), mail).into()),
    }
}

/// Whether the directories of an instance that is made or taken in are its alone, or nobody's: Postfix gives away what
/// is in them.
fn is_fit(dirs: &InstanceDirs, context: &Context<'_, '_>) -> Result<(), ApplyError> {
    let owned = context.prove_all(dirs, Purpose::ByPath)?;
    let default = fs::metadata(&context.installation().data_directory).ok();
    let of_default = default.map(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata));
    // Only Postfix has set this in a queue that is root's, for the instance's own mail_owner.
    let active = |queue: &Directory| queue.status_of(OsStr::new("active")).ok().flatten();
    let mail_owners = [of_default, owned.queue.directory().and_then(active).map(|status| status.st_uid)];
    let is_queue = |name: &OsStr| QUEUE.iter().any(|known| *known == name);
    let is_data = |name: &OsStr| made_in_data(name.as_bytes());
    is_nobodys(&owned.config, &mail_owners, |_| true)?;
    is_nobodys(&owned.queue, &mail_owners, |names| names.iter().any(|name| is_queue(name)))?;
    can_be_set(&owned, context)?;
    is_nobodys(&owned.data, &mail_owners, |names| names.iter().all(|name| is_data(name)))
}

/// Whether Postfix reaches nothing but what is the instance's own when it sets owners and modes, which it does by path.
pub(crate) fn can_be_set(owned: &OwnedDirs, context: &Context<'_, '_>) -> Result<(), ApplyError> {
    for (parameter, directory) in
        [(CONFIG, &owned.config), (QUEUE_DIRECTORY, &owned.queue), (DATA_DIRECTORY, &owned.data)]
    {
        let path = directory.path().as_os_str();
        if !is_one_word(path) {
            let invalid = InvalidArgument::Unwritable([OsStr::new(parameter), path].join(OsStr::new("=")));
            return Err(Refusal::NotFit(owned.config.path().to_owned(), invalid.to_string()).into());
        }
    }
    if let Some(config) = owned.config.directory() {
        let text = postfix_files(&context.installation().meta_directory).ok();
        let is_set = |name: &&str| text.as_ref().is_none_or(|text| is_in(text, name));
        for name in SET.into_iter().filter(is_set) {
            if let Some((what, mend)) = linked_files::set_elsewhere(config, name) {
                return Err(Refusal::SetElsewhere(config.path().join(name), what, mend).into());
            }
        }
    }
    has_no_links(&owned.queue)
}

/// What the installation says of the files whose owners and modes it sets.
fn postfix_files(meta: &Path) -> io::Result<Vec<u8>> {
    let more = match fs::read_dir(meta.join("postfix-files.d")) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    let files = std::iter::once(meta.join("postfix-files")).chain(more);
    Ok(files.map(|file| unfit::read(&file)).collect::<io::Result<Vec<_>>>()?.join(&b'\n'))
}

/// Whether a file of a configuration directory is among these.
fn is_in(postfix_files: &[u8], name: &str) -> bool {
    let line = format!("$config_directory/{name}:");
    postfix_files.split(|byte| *byte == b'\n').any(|found| found.starts_with(line.as_bytes()))
}

/// Refuses a queue in which something else is where Postfix has a directory.
fn has_no_links(queue: &Owned) -> Result<(), ApplyError> {
    let Some(directory) = queue.directory() else { return Ok(()) };
    for name in QUEUE.map(OsStr::new) {
        let status = directory.status_of(name).map_err(ApplyError::with("look into", queue.path()))?;
        if status.is_some_and(|status| FileKind::of(&status) != FileKind::Directory) {
            return Err(Refusal::NotPostfixs(queue.path().to_owned(), name.to_owned()).into());
        }
    }
    Ok(())
}

/// Whether a directory that is there can be Postfix's: of an owner who can have made it, and with something in it that
/// Postfix makes, or nothing.
fn is_nobodys(
    owned: &Owned,
    mail_owners: &[Option<u32>],
    is_postfix: impl Fn(&[std::ffi::OsString]) -> bool,
) -> Result<(), ApplyError> {
    let Some(directory) = owned.directory() else { return Ok(()) };
    let failed = || ApplyError::with("look into", owned.path());
    let user = directory.status().map_err(failed())?.st_uid;
    if mail_owners.contains(&Some(user)) {
        return Ok(());
    }
    if !is_trusted_owner(user) {
        return Err(Refusal::Anothers(owned.path().to_owned(), user).into());
    }
    let mut names = directory.names().map_err(failed())?;
    // What a file system has in its own root directory is nobody's.
    names.retain(|name| name != "lost+found");
    if names.is_empty() || is_postfix(&names) {
        return Ok(());
    }
    Err(Refusal::NotPostfixs(owned.path().to_owned(), names[0].clone()).into())
}
