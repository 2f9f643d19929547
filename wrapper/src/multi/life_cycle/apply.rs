//! Carries out a decided change: all of it, or nothing.
//!
//! What is one edit of one main.cf is either done or not. Everything else leaves a record first, and has one moment,
//! the edit of the default instance's list, before which it is undone and behind which it is finished. Knows nothing
//! of why the change was decided.

use crate::multi::instance_dirs::Stamps;
use crate::multi::journal::{Record, Work};
use crate::multi::life_cycle::context::Bench;
use crate::multi::life_cycle::create_files;
use crate::multi::life_cycle::error::Trouble;
use crate::multi::life_cycle::operation::{Adoption, Creation, Destruction, Operation};
use crate::multi::life_cycle::removal;
use crate::multi::life_cycle::removal::OwnedPlaces;
use crate::multi::life_cycle::stopped::is_stopped_in;
use crate::multi::life_cycle::validate::Outside;
use crate::multi::life_cycle::verify::{Verified, verify};
use crate::multi::tools::Edit;

/// Does what was decided. `words` asked for it.
pub(crate) fn carry_out(
    operation: &Operation,
    words: &[std::ffi::OsString],
    bench: &mut Bench<'_, '_>,
) -> Result<(), Trouble> {
    bench.go_on()?;
    let verified = verify(operation, bench)?;
    let record = |work| Record { words: words.to_vec(), work };
    match operation {
        Operation::Nothing => Ok(()),
        Operation::Edit(edit) => Ok(bench.tools.edit(edit, bench.messages)?),
        Operation::Create(creation) => {
            create(creation, &record(create_files::creation_work(creation)), bench)
        }
        Operation::Import(adoption) => import(adoption, &record(create_files::import_work(adoption)), bench),
        Operation::Deport(departure) => Ok(bench.tools.edit(&departure.listing, bench.messages)?),
        Operation::Destroy(destruction) => match verified {
            Verified::Removal(owned) => {
                let stamps = removal::stamps(&owned.config);
                let work = Work::Destroy { places: destruction.places.clone(), stamps: stamps.clone() };
                destroy(destruction, &owned, &stamps, &record(work), bench)
            }
            Verified::Fit => Ok(()),
        },
    }
}

fn create(creation: &Creation, record: &Record, bench: &mut Bench<'_, '_>) -> Result<(), Trouble> {
    note(record, bench)?;
    let places = &creation.places;
    let directory = &places.config;
    let (made, ready) = create_files::make_directories(creation, bench);
    let ready = ready.and_then(|()| create_files::make(creation, bench));
    match ready.and_then(|()| create_files::list(places, &creation.listing, bench)) {
        Err(trouble) if !is_listed(&creation.listing, directory, bench) => {
            create_files::unmake(directory, &made, bench);
            forget(bench)?;
            Err(trouble)
        }
        done => done,
    }
}

fn import(adoption: &Adoption, record: &Record, bench: &mut Bench<'_, '_>) -> Result<(), Trouble> {
    note(record, bench)?;
    let back = match create_files::rename(adoption, bench) {
        Ok(back) => back,
        Err(trouble) => {
            forget(bench)?;
            return Err(trouble);
        }
    };
    let places = &adoption.places;
    match create_files::list(places, &adoption.listing, bench) {
        Err(trouble) if !is_listed(&adoption.listing, &places.config, bench) => {
            if let Some(back) = back {
                bench.tools.edit(&back, bench.messages)?;
            }
            forget(bench)?;
            Err(trouble)
        }
        done => done,
    }
}

fn destroy(
    destruction: &Destruction,
    owned: &OwnedPlaces,
    stamps: &Stamps,
    record: &Record,
    bench: &mut Bench<'_, '_>,
) -> Result<(), Trouble> {
    note(record, bench)?;
    if let Err(error) = bench.tools.edit(&destruction.listing, bench.messages) {
        if is_listed(&destruction.listing, &destruction.places.config, bench) {
            forget(bench)?;
            return Err(error.into());
        }
    }
    // The edit takes time, in which somebody may have started it.
    if let Err(refusal) = is_stopped_in(destruction.places.to_be_looked_at(), bench.system) {
        let calls = vec![bench.outside.lists().whole()];
        let back = Edit { directory: bench.default().to_owned(), calls };
        bench.tools.edit(&back, bench.messages)?;
        forget(bench)?;
        return Err(refusal.into());
    }
    for left in removal::remove(owned, stamps) {
        bench.warn(&left.to_string());
    }
    forget(bench)
}

/// Whether the default instance's main.cf lists a directory now. Where that cannot be told, what was there before the
/// edit that has failed.
fn is_listed(listing: &Edit, directory: &std::path::Path, bench: &mut Bench<'_, '_>) -> bool {
    match bench.lists() {
        Ok(lists) => lists.manages(directory),
        // An edit that adds the directory was not done; one that removes it neither.
        Err(_) => !listing.calls.iter().flatten().any(|argument| mentions(argument, directory)),
    }
}

/// Whether the words of an argument name a directory.
fn mentions(argument: &std::ffi::OsStr, directory: &std::path::Path) -> bool {
    let bytes = std::os::unix::ffi::OsStrExt::as_bytes(argument);
    let list = bytes.strip_prefix(crate::postfix::postconf::DIRECTORIES.as_bytes());
    list.is_some_and(|list| crate::postfix::list_value::split(list).any(|word| word == directory))
}

fn note(record: &Record, bench: &Bench<'_, '_>) -> Result<(), Trouble> {
    record.write(bench.default()).map_err(Trouble::with("write a record in", bench.default()))
}

fn forget(bench: &Bench<'_, '_>) -> Result<(), Trouble> {
    Record::remove(bench.default()).map_err(Trouble::with("remove the record in", bench.default()))
}
