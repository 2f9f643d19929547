//! Carries out a validated change: all of it, or nothing.
//!
//! An edit of one main.cf is one step. Any other change writes the journal first, and has one commit point, the edit
//! of the default instance's list: before it a change is rolled back, after it rolled forward. Knows nothing of why
//! the change was requested.

use crate::multi::changing::instance_dirs::Stamps;
use crate::multi::changing::journal::{JournalEntry, Work};
use crate::multi::changing::tools::Edit;
use crate::multi::life_cycle::context::Context;
use crate::multi::life_cycle::create_files;
use crate::multi::life_cycle::error::ApplyError;
use crate::multi::life_cycle::operation::{Adoption, Creation, Destruction, Operation};
use crate::multi::life_cycle::removal::{self, OwnedDirs};
use crate::multi::life_cycle::stopped::is_stopped_in;
use crate::multi::life_cycle::validate::HostFacts;
use crate::multi::life_cycle::verify::verify;
use crate::postfix::{list_value, postconf};

/// Does what was decided. `words` asked for it.
pub(crate) fn carry_out(
    operation: &Operation,
    words: &[std::ffi::OsString],
    context: &mut Context<'_, '_>,
) -> Result<(), ApplyError> {
    context.step()?;
    let verified = verify(operation, context)?;
    let entry = |work| JournalEntry { words: words.to_vec(), work };
    match operation {
        Operation::Nothing => Ok(()),
        Operation::Edit(edit) => Ok(context.tools.edit(edit, context.messages)?),
        Operation::Create(creation) => {
            create(creation, &entry(create_files::creation_work(creation)), context)
        }
        Operation::Import(adoption) => import(adoption, &entry(create_files::import_work(adoption)), context),
        Operation::Deport(departure) => Ok(context.tools.edit(&departure.listing, context.messages)?),
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

fn create(
    creation: &Creation,
    entry: &JournalEntry,
    context: &mut Context<'_, '_>,
) -> Result<(), ApplyError> {
    note(entry, context)?;
    let dirs = &creation.dirs;
    let directory = &dirs.config;
    let (made, ready) = create_files::make_directories(creation, context);
    let ready = ready.and_then(|()| create_files::make(creation, context));
    match ready.and_then(|()| create_files::list(dirs, &creation.listing, context)) {
        Err(error) if !is_listed(&creation.listing, directory, context) => {
            create_files::unmake(directory, &made, context);
            context.forget()?;
            Err(error)
        }
        done => done,
    }
}

fn import(
    adoption: &Adoption,
    entry: &JournalEntry,
    context: &mut Context<'_, '_>,
) -> Result<(), ApplyError> {
    note(entry, context)?;
    let back = match create_files::rename(adoption, context) {
        Ok(back) => back,
        Err(error) => {
            context.forget()?;
            return Err(error);
        }
    };
    let dirs = &adoption.dirs;
    match create_files::list(dirs, &adoption.listing, context) {
        Err(error) if !is_listed(&adoption.listing, &dirs.config, context) => {
            if let Some(back) = back {
                context.tools.edit(&back, context.messages)?;
            }
            context.forget()?;
            Err(error)
        }
        done => done,
    }
}

fn destroy(
    destruction: &Destruction,
    owned: &OwnedDirs,
    stamps: &Stamps,
    entry: &JournalEntry,
    context: &mut Context<'_, '_>,
) -> Result<(), ApplyError> {
    note(entry, context)?;
    if let Err(error) = context.tools.edit(&destruction.listing, context.messages) {
        if is_listed(&destruction.listing, &destruction.dirs.config, context) {
            context.forget()?;
            return Err(error.into());
        }
    }
    // The edit takes time, in which somebody may have started it.
    if let Err(refusal) = is_stopped_in(destruction.dirs.to_be_looked_at(), context.system) {
        let calls = vec![context.host.lists().whole()];
        let back = Edit { directory: context.default().to_owned(), calls };
        context.tools.edit(&back, context.messages)?;
        context.forget()?;
        return Err(refusal.into());
    }
    for left in removal::remove(owned, stamps) {
        context.warn(&left.to_string());
    }
    context.forget()
}

/// Whether the default instance's main.cf lists a directory now. Where that cannot be told, what was there before the
/// edit that has failed.
fn is_listed(listing: &Edit, directory: &std::path::Path, context: &mut Context<'_, '_>) -> bool {
    match context.lists() {
        Ok(lists) => lists.manages(directory),
        // An edit that adds the directory was not done; one that removes it neither.
        Err(_) => !listing.calls.iter().flatten().any(|argument| mentions(argument, directory)),
    }
}

/// Whether the words of an argument name a directory.
fn mentions(argument: &std::ffi::OsStr, directory: &std::path::Path) -> bool {
    let bytes = std::os::unix::ffi::OsStrExt::as_bytes(argument);
    let list = bytes.strip_prefix(postconf::DIRECTORIES.as_bytes());
    list.is_some_and(|list| list_value::split(list).any(|word| word == directory))
}

fn note(entry: &JournalEntry, context: &Context<'_, '_>) -> Result<(), ApplyError> {
    entry.write(context.default()).map_err(ApplyError::with("write a record in", context.default()))
}
