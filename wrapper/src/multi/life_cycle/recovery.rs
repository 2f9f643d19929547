//! What becomes of a change whose program was killed in the midst of it: the next one finishes it, or undoes it.
//!
//! Which of both is told by the files alone: whether the instance is listed, and whether its own files are complete.
//! Knows nothing of changes that are still to come.

use std::path::{Path, PathBuf};

use crate::multi::instance_dirs::Places;
use crate::multi::instance_dirs::Stamps;
use crate::multi::journal::{Record, Work};
use crate::multi::life_cycle::context::Bench;
use crate::multi::life_cycle::create_files;
use crate::multi::life_cycle::error::Trouble;
use crate::multi::life_cycle::refusal::Refusal;
use crate::multi::life_cycle::removal;
use crate::multi::life_cycle::removal::OwnedPlaces;
use crate::multi::life_cycle::stopped::is_stopped_in;
use crate::multi::life_cycle::validate::{Outside, names_call};
use crate::multi::life_cycle::verify::holds_no_mail;
use crate::multi::ownership::claims::NAME;
use crate::multi::ownership::owned::Purpose;
use crate::multi::system::{Instance, Role};
use crate::multi::tools::Edit;
use crate::postfix::damage::reason;
use crate::postfix::instance::{MAIN_CF, MASTER_CF};
use crate::postfix::instance_settings::InstanceSettings;

/// What would be otherwise once another change is settled.
pub(crate) struct Assumption {
    /// An instance that would be listed, and before which other one.
    pub(crate) listed: Option<(Instance, Option<PathBuf>)>,
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
    Left,
}

/// What is to be done about a record.
pub(crate) enum Remedy {
    /// The instance is listed, unless it is, and its files get their owners.
    List(Places),
    /// What was made of the instance is removed.
    Unmake,
    /// What is left of the instance is removed.
    Remove(Box<OwnedPlaces>, Stamps),
    /// Nothing: somebody has seen to it meanwhile.
    Forget(Settled),
}

impl Remedy {
    /// What becomes of the change.
    pub(crate) fn settled(&self) -> Settled {
        match self {
            Self::List(_) | Self::Remove(..) => Settled::Finished,
            Self::Unmake => Settled::Undone,
            Self::Forget(settled) => *settled,
        }
    }
}

/// Decides what is to be done about a record, or why nothing can be done. Nothing is changed. A record is believed no
/// more than a command: what it names must be the instance's alone.
pub(crate) fn remedy(record: &Record, bench: &mut Bench<'_, '_>) -> Result<Remedy, Trouble> {
    let config = record.work.config();
    let default = bench.outside.spot(bench.default());
    if bench.outside.spot(config).own.iter().any(|key| default.own.contains(key)) {
        return Err(Refusal::Default.into());
    }
    match &record.work {
        Work::Create { places, missing, .. } => {
            let is_listed = bench.lists()?.manages(&places.config);
            if is_listed && !is_complete(&places.config) {
                // Somebody has listed it meanwhile, and has to see to it.
                return Ok(Remedy::Forget(Settled::Left));
            }
            if is_complete(&places.config) && (is_listed || create_files::was_made(&places.config)) {
                let places = places_of(&places.config, bench)?;
                bench.prove_all(&places, Purpose::ByPath)?;
                return Ok(Remedy::List(places));
            }
            let [config, ..] = places.claims();
            bench.prove(config, &places.config, Purpose::Removal)?;
            if let Some(strange) = missing.iter().find(|made| !places.lie_in(made)) {
                let error = std::io::Error::other(
                    "the record says that it was made, but no directory of the instance lies there",
                );
                return Err(Trouble::with("remove", strange)(error));
            }
            Ok(Remedy::Unmake)
        }
        Work::Import { directory, .. } => {
            if !is_complete(directory) {
                // It has gone meanwhile; there is nothing to undo, either.
                return Ok(Remedy::Forget(Settled::Undone));
            }
            let places = places_of(directory, bench)?;
            bench.prove_all(&places, Purpose::ByPath)?;
            Ok(Remedy::List(places))
        }
        Work::Destroy { places, .. } if bench.lists()?.manages(&places.config) => {
            Ok(Remedy::Forget(Settled::Undone))
        }
        Work::Destroy { places, stamps } => {
            let owned = bench.prove_all(places, Purpose::Removal)?;
            is_stopped_in(places.to_be_looked_at(), bench.system)?;
            holds_no_mail(&owned.queue)?;
            Ok(Remedy::Remove(Box::new(owned), stamps.clone()))
        }
    }
}

/// What would be otherwise once a record is settled.
pub(crate) fn assume(
    record: &Record,
    remedy: &Remedy,
    bench: &mut Bench<'_, '_>,
) -> Result<Assumption, Trouble> {
    let mut assumption = Assumption { listed: None, gone: Vec::new() };
    match (remedy, &record.work) {
        (Remedy::List(places), work) => {
            let directory = places.config.clone();
            let unreadable = |damage| Refusal::Unreadable(directory.clone(), reason(&damage));
            let mut settings = bench.outside.settings(&directory).map_err(unreadable)?;
            let before = match work {
                Work::Import { names, before, .. } => {
                    for (name, value) in names {
                        let value = (!value.is_empty()).then(|| value.clone());
                        let place = if *name == NAME { &mut settings.name } else { &mut settings.group };
                        *place = value;
                    }
                    before
                }
                Work::Create { before, .. } => before,
                Work::Destroy { .. } => &None,
            };
            let instance = Instance { role: Role::Secondary, directory, settings: Ok(settings) };
            assumption.listed = Some((instance, before.clone()));
        }
        (Remedy::Unmake, Work::Create { places, missing, .. }) => {
            assumption.gone = [MAIN_CF, MASTER_CF].map(|name| places.config.join(name)).to_vec();
            assumption.gone.extend(missing.iter().cloned());
        }
        (Remedy::Remove(..), Work::Destroy { places, .. }) => {
            assumption.gone = vec![places.config.clone(), places.queue.clone(), places.data.clone()];
        }
        _ => {}
    }
    Ok(assumption)
}

/// Settles what a record tells, and removes the record.
pub(crate) fn settle(record: &Record, bench: &mut Bench<'_, '_>) -> Result<Settled, Trouble> {
    let remedy = remedy(record, bench)?;
    match &remedy {
        Remedy::List(places) => list(places, &record.work, bench)?,
        Remedy::Unmake => {
            if let Work::Create { places, missing, .. } = &record.work {
                create_files::unmake(&places.config, missing, bench);
            }
            forget(bench)?;
        }
        Remedy::Remove(owned, stamps) => {
            for left in removal::remove(owned, stamps) {
                bench.warn(&left.to_string());
            }
            forget(bench)?;
        }
        Remedy::Forget(_) => forget(bench)?,
    }
    Ok(remedy.settled())
}

/// The directories of an instance that is taken in, as its main.cf tells them.
fn places_of(directory: &Path, bench: &mut Bench<'_, '_>) -> Result<Places, Trouble> {
    let settings = bench.outside.settings(directory);
    let unreadable = |damage| Refusal::Unreadable(directory.to_owned(), reason(&damage));
    let InstanceSettings { queue_directory: queue, data_directory: data, .. } =
        settings.map_err(unreadable)?;
    Ok(Places { config: directory.to_owned(), queue, data })
}

/// Gives an instance its name, lists it unless it is listed, and does what else belongs to that.
fn list(places: &Places, work: &Work, bench: &mut Bench<'_, '_>) -> Result<(), Trouble> {
    let directory = &places.config;
    let before = match work {
        Work::Import { names, before, .. } => {
            if !names.is_empty() {
                bench.tools.edit_copy(directory, &[names_call(names)], bench.messages)?;
            }
            before
        }
        Work::Create { before, .. } => before,
        Work::Destroy { .. } => &None,
    };
    let lists = bench.lists()?;
    let done = if lists.manages(directory) {
        if matches!(work, Work::Create { .. }) {
            create_files::clear(directory)?;
        }
        create_files::complete(places, bench)
    } else {
        let calls = vec![lists.with(directory, before.as_deref())];
        create_files::list(places, &Edit { directory: bench.default().to_owned(), calls }, bench)
    };
    match done {
        // It has failed twice, and must not keep others waiting: somebody has to see to it.
        Err(Trouble::Permissions(error)) => {
            forget(bench)?;
            bench.warn(&format!("{error}; see to the cause, and use that command by hand"));
            Ok(())
        }
        done => done,
    }
}

fn is_complete(directory: &Path) -> bool {
    [MAIN_CF, MASTER_CF].iter().all(|name| directory.join(name).is_file())
}

fn forget(bench: &Bench<'_, '_>) -> Result<(), Trouble> {
    Record::remove(bench.default()).map_err(Trouble::with("remove the record in", bench.default()))
}
