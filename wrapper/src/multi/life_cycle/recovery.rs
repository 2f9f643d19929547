//! What becomes of a change whose program was killed in the midst of it: the next one finishes it, or undoes it.
//!
//! Which of both is told by the files alone: whether the instance is listed, and whether its own files are complete.
//! Knows nothing of changes that are still to come.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::multi::life_cycle::decision::{MAIN_CF, MASTER_CF, names_call};
use crate::multi::life_cycle::making;
use crate::multi::life_cycle::operation::Places;
use crate::multi::life_cycle::record::{Record, Work};
use crate::multi::life_cycle::removal;
use crate::multi::life_cycle::tools::Edit;
use crate::multi::life_cycle::trouble::Trouble;
use crate::multi::life_cycle::work::Bench;

/// What has become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settled {
    /// It has been done.
    Finished,
    /// All is as it was before.
    Undone,
}

/// Settles what a record tells, and removes the record.
pub(crate) fn settle(record: &Record, bench: &mut Bench<'_, '_>) -> Result<Settled, Trouble> {
    match &record.work {
        Work::Create { places, missing, before } => create(places, missing, before.as_deref(), bench),
        Work::Import { directory, names, before } => import(directory, names, before.as_deref(), bench),
        Work::Destroy { places } => destroy(places, bench),
    }
}

/// What would become of a record. Nothing is changed.
pub(crate) fn outlook(record: &Record, bench: &mut Bench<'_, '_>) -> Result<Settled, Trouble> {
    let finishes = match &record.work {
        Work::Create { places, .. } => is_complete(&places.config) || bench.lists()?.manages(&places.config),
        Work::Import { directory, .. } => is_complete(directory),
        Work::Destroy { places } => !bench.lists()?.manages(&places.config),
    };
    Ok(if finishes { Settled::Finished } else { Settled::Undone })
}

fn create(
    places: &Places,
    missing: &[PathBuf],
    before: Option<&Path>,
    bench: &mut Bench<'_, '_>,
) -> Result<Settled, Trouble> {
    if is_complete(&places.config) {
        making::clear(&places.config)?;
        return list(&places.config, before, bench);
    }
    if bench.lists()?.manages(&places.config) {
        // Somebody has listed it meanwhile, and has to see to it.
        forget(bench)?;
        return Ok(Settled::Finished);
    }
    making::unmake(&places.config, missing, bench);
    forget(bench)?;
    Ok(Settled::Undone)
}

fn import(
    directory: &Path,
    names: &[(&'static str, OsString)],
    before: Option<&Path>,
    bench: &mut Bench<'_, '_>,
) -> Result<Settled, Trouble> {
    if !is_complete(directory) {
        // It has gone meanwhile; there is nothing to undo, either.
        forget(bench)?;
        return Ok(Settled::Undone);
    }
    if !names.is_empty() {
        bench.tools.edit_copy(directory, &[names_call(names)], bench.messages)?;
    }
    list(directory, before, bench)
}

/// Lists an instance that is not listed yet, and does what else belongs to that.
fn list(directory: &Path, before: Option<&Path>, bench: &mut Bench<'_, '_>) -> Result<Settled, Trouble> {
    let lists = bench.lists()?;
    let done = if lists.manages(directory) {
        making::complete(directory, bench)
    } else {
        let listing =
            Edit { directory: bench.default().to_owned(), calls: vec![lists.with(directory, before)] };
        making::list(directory, &listing, bench)
    };
    match done {
        // It has failed twice, and must not keep others waiting: somebody has to see to it.
        Err(Trouble::Permissions(error)) => {
            forget(bench)?;
            bench.warn(&format!("{error}; see to the cause, and use that command by hand"));
        }
        done => done?,
    }
    Ok(Settled::Finished)
}

fn destroy(places: &Places, bench: &mut Bench<'_, '_>) -> Result<Settled, Trouble> {
    let settled = if bench.lists()?.manages(&places.config) {
        Settled::Undone
    } else {
        for left in removal::remove(places) {
            bench.warn(&left.to_string());
        }
        Settled::Finished
    };
    forget(bench)?;
    Ok(settled)
}

fn is_complete(directory: &Path) -> bool {
    [MAIN_CF, MASTER_CF].iter().all(|name| directory.join(name).is_file())
}

fn forget(bench: &Bench<'_, '_>) -> Result<(), Trouble> {
    Record::remove(bench.default()).map_err(Trouble::with("remove the record in", bench.default()))
}
