//! Carries out a validated change: all of it, or nothing.
//!
//! An edit of one main.cf is one step. Any other change writes the journal first, and has one commit point, the edit
//! of the default instance's list: before it a change is rolled back, after it rolled forward. Knows nothing of why
//! the change was requested.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::multi::changing::instance_dirs::Stamps;
use crate::multi::changing::journal::{self, FilesPhase, JournalEntry, Work};
use crate::multi::changing::tools::Edit;
use crate::multi::life_cycle::context::Context;
use crate::multi::life_cycle::create_files;
use crate::multi::life_cycle::error::{ApplyError, Next};
use crate::multi::life_cycle::operation::{Adoption, Creation, Destruction, Operation};
use crate::multi::life_cycle::removal::{self, OwnedDirs};
use crate::multi::life_cycle::stopped::is_stopped_in;
use crate::multi::life_cycle::validate::HostFacts;
use crate::multi::life_cycle::verify::verify;
use crate::postfix::postconf;
use crate::postfix::values::list_value;

/// Does what was decided. `words` asked for it.
pub(crate) fn carry_out(
    operation: &Operation,
    words: &[OsString],
    context: &mut Context<'_, '_>,
) -> Result<(), ApplyError> {
    context.step()?;
    let verified = verify(operation, context)?;
    if matches!(operation, Operation::Edit(_) | Operation::Deport(_)) {
        drop_earlier(context)?;
    }
    let entry = |work| JournalEntry { words: words.to_vec(), work };
    match operation {
        Operation::Nothing => Ok(()),
        Operation::Edit(edit) => Ok(context.tools.edit(edit, context.messages)?),
        Operation::Create(creation) => {
            create(creation, &entry(create_files::creation_work(creation)), context)
        }
        Operation::Import(adoption) => import(adoption, words, context),
        Operation::Deport(departure) => context.edit_lists(&departure.listing),
        Operation::Destroy(destruction) => match verified {
            Some(owned) => {
                let stamps = removal::stamps(&owned.config);
                let work = Work::Destroy { dirs: destruction.dirs.clone(), stamps: stamps.clone() };
                destroy(destruction, &owned, &stamps, &entry(work), context)
            }
            None => Ok(()),
        },
    }
}

/// Removes the record of an earlier change whose permissions cannot be set. Other changes put their own in its place.
fn drop_earlier(context: &Context<'_, '_>) -> Result<(), ApplyError> {
    if context.default().join(journal::FILE).exists() { context.forget() } else { Ok(()) }
}

fn create(
    creation: &Creation,
    entry: &JournalEntry,
    context: &mut Context<'_, '_>,
) -> Result<(), ApplyError> {
    note(entry, context)?;
    let dirs = &creation.dirs;
    let directory = &dirs.config;
    let (made, ready) = create_files::make_directories(&creation.missing, context);
    let ready = ready.and_then(|()| create_files::make(creation, context));
    // One that is listed already is there as soon as its files are.
    let is_there = ready.is_ok() && creation.listing.is_none();
    match ready.and_then(|()| create_files::list(dirs, creation.listing.as_ref(), context)) {
        Err(error) if !is_there && !is_listed(creation.listing.as_ref(), directory, context) => {
            create_files::unmake(directory, &made, context);
            Err(error.after(context.forget(), Next::Undoes))
        }
        done => done,
    }
}

fn import(adoption: &Adoption, words: &[OsString], context: &mut Context<'_, '_>) -> Result<(), ApplyError> {
    let entry =
        |files| JournalEntry { words: words.to_vec(), work: create_files::import_work(adoption, files) };
    let dirs = &adoption.dirs;
    let mut files = FilesPhase::None;
    if let Some(new) = &adoption.files {
        note(&entry(FilesPhase::Preparing), context)?;
        if let Err(error) = create_files::make_ready(&dirs.config, &new.sources, &new.calls, context) {
            let undo = create_files::clear(&dirs.config).and_then(|()| context.forget());
            return Err(error.after(undo, Next::Undoes));
        }
        files = FilesPhase::Ready;
    }
    note(&entry(files), context)?;
    let mut done = Done::default();
    let changed = change(adoption, &mut done, context);
    // What is listed already needs nothing more that could be undone.
    let is_over = changed.is_ok() && adoption.listing.is_none();
    match changed.and_then(|()| create_files::list(dirs, adoption.listing.as_ref(), context)) {
        Err(error) if !is_over && !is_listed(adoption.listing.as_ref(), &dirs.config, context) => {
            let undo = done.undo(&dirs.config, context).and_then(|()| context.forget());
            Err(error.after(undo, Next::Finishes))
        }
        done => done,
    }
}

/// What has been done to an instance that is there.
#[derive(Default)]
struct Done {
    made: Vec<PathBuf>,
    /// Whether files were put in place, perhaps not all of them.
    files: bool,
    /// The edit that brings the settings back.
    back: Option<Edit>,
}

impl Done {
    fn undo(self, config: &Path, context: &mut Context<'_, '_>) -> Result<(), ApplyError> {
        if let Some(back) = self.back {
            context.tools.edit(&back, context.messages)?;
        }
        if self.files {
            create_files::put_back(config)?;
        }
        for path in self.made.iter().rev() {
            create_files::remove_made(path).map_err(ApplyError::with("remove", path))?;
        }
        Ok(())
    }
}

/// Changes an instance that is there, up to the moment when it would be listed.
fn change(adoption: &Adoption, done: &mut Done, context: &mut Context<'_, '_>) -> Result<(), ApplyError> {
    let (made, ready) = create_files::make_directories(&adoption.missing, context);
    done.made = made;
    ready?;
    if adoption.files.is_some() {
        done.files = true;
        create_files::replace(&adoption.dirs.config)?;
    }
    done.back = create_files::set(adoption, context)?;
    Ok(())
}

fn destroy(
    destruction: &Destruction,
    owned: &OwnedDirs,
    stamps: &Stamps,
    entry: &JournalEntry,
    context: &mut Context<'_, '_>,
) -> Result<(), ApplyError> {
    note(entry, context)?;
    if let Err(error) = context.edit_lists(&destruction.listing) {
        // An edit that was refused was not made. Of one that failed, main.cf tells.
        let is_refused = matches!(error, ApplyError::Refused(_));
        if is_refused || is_listed(Some(&destruction.listing), &destruction.dirs.config, context) {
            return Err(error.after(context.forget(), Next::Undoes));
        }
    }
    // The edit takes time, in which somebody may have started it.
    if let Err(refusal) = is_stopped_in(destruction.dirs.to_be_looked_at(), context.system, context.signals) {
        let calls = vec![context.lists()?.restored(context.host.lists(), &destruction.dirs.config)];
        let back = Edit { directory: context.default().to_owned(), calls };
        let undo = context.tools.edit(&back, context.messages).map_err(ApplyError::from);
        let undo = undo.and_then(|()| context.forget());
        return Err(ApplyError::from(refusal).after(undo, Next::Finishes));
    }
    for left in removal::remove(owned, stamps) {
        context.warn(&left.to_string());
    }
    context.forget()
}

/// Whether an edit of the list was done: whether the default instance's main.cf lists a directory now. If that cannot be told, what was there before the
/// edit that has failed.
fn is_listed(listing: Option<&Edit>, directory: &Path, context: &mut Context<'_, '_>) -> bool {
    let Some(listing) = listing else { return false };
    match context.lists() {
        Ok(lists) => lists.manages(directory),
        // An edit that adds the directory was not done; one that removes it neither.
        Err(_) => !listing.calls.iter().flatten().any(|argument| mentions(argument, directory)),
    }
}

/// Whether the words of an argument name a directory.
fn mentions(argument: &OsStr, directory: &Path) -> bool {
    let bytes = argument.as_bytes();
    let list = bytes.strip_prefix(postconf::DIRECTORIES.as_bytes());
    list.is_some_and(|list| list_value::split(list).any(|word| word == directory))
}

fn note(entry: &JournalEntry, context: &Context<'_, '_>) -> Result<(), ApplyError> {
    entry.write(context.default()).map_err(ApplyError::with("write a record in", context.default()))
}
