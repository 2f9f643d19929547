//! Creates the files of a new instance, adds it to the list, and undoes both.
//!
//! Everything is prepared out of sight; main.cf and master.cf are moved into place when they are complete, master.cf
//! last. Then the default instance's main.cf lists the instance: from there on it exists, and the remaining steps can
//! be repeated. Knows nothing of what the files should contain.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use crate::multi::changing::instance_dirs::InstanceDirs;
use crate::multi::changing::journal::{FilesPhase, Listed, Work};
use crate::multi::changing::tools::{Arguments, Edit, settings_call};
use crate::multi::life_cycle::context::Context;
use crate::multi::life_cycle::error::ApplyError;
use crate::multi::life_cycle::operation::{Adoption, Creation, NewDirectory, Origin, Source};
use crate::multi::life_cycle::verify::can_be_set;
use crate::multi::ownership::linked_files::READABLE;
use crate::multi::ownership::owned::Purpose;
use crate::os::files::directory::{Directory, FileKind};
use crate::os::files::open_file::without_wait;
use crate::os::files::reach::{Links, reach};
use crate::os::files::unfit;
use crate::os::printable::{error_text, printable};
use crate::postfix::instance::{MAIN_CF, MASTER_CF};
use crate::postfix::values::written_value::written;

/// Where files are made ready, in the new configuration directory.
pub(crate) const STAGE: &str = ".postfix-multi";

/// More than any stock file takes.
const LARGEST: u64 = 1 << 20;

/// All that is ever in the place for making ready.
const STAGED: [&str; 8] = [
    MAIN_CF,
    MASTER_CF,
    "main.cf.copy",
    "master.cf.copy",
    "main.cf.old",
    "master.cf.old",
    "main.cf.tmp",
    "master.cf.tmp",
];

/// Makes the directories of an instance, and tells those that it has made.
pub(crate) fn make_directories(
    missing: &[NewDirectory],
    context: &Context<'_, '_>,
) -> (Vec<PathBuf>, Result<(), ApplyError>) {
    let mut made = Vec::new();
    for directory in missing {
        if let Err(error) = context.step().and_then(|()| make_directory(directory)) {
            return (made, Err(error));
        }
        made.push(directory.path.clone());
    }
    (made, Ok(()))
}

/// Makes the files of an instance, up to the moment when it would be listed.
pub(crate) fn make(creation: &Creation, context: &mut Context<'_, '_>) -> Result<(), ApplyError> {
    let path = &creation.dirs.config;
    let (config, stage) = make_ready(path, &creation.sources, &creation.calls, context)?;
    for name in [MAIN_CF, MASTER_CF] {
        put_in_place(name, &stage, &config)?;
    }
    config.sync().map_err(ApplyError::with("write", path))?;
    context.step()
}

/// Makes files ready out of sight. The results are the configuration directory, and the place where they are.
pub(crate) fn make_ready(
    path: &Path,
    sources: &[Source],
    calls: &[Arguments],
    context: &mut Context<'_, '_>,
) -> Result<(Directory, Directory), ApplyError> {
    let config = open(path)?;
    let stage_path = path.join(STAGE);
    remove_stage(&config).map_err(ApplyError::with("remove", &stage_path))?;
    let stage =
        config.make(OsStr::new(STAGE), 0o700).map_err(ApplyError::with("make the directory", &stage_path))?;
    for source in sources {
        copy_source(source, &stage)?;
        context.step()?;
        // postconf would read a master.cf beside it, too.
        if source.name == MAIN_CF {
            context.tools.edit_own_copy(&stage_path, calls, context.messages)?;
        }
    }
    stage.sync().map_err(ApplyError::with("write", &stage_path))?;
    Ok((config, stage))
}

/// Puts the files that are ready in the place of others, which are kept beside them until all is done. Doing it again
/// does what is left to do.
pub(crate) fn replace(path: &Path) -> Result<(), ApplyError> {
    let config = open(path)?;
    let Ok(stage) = config.child(OsStr::new(STAGE)) else { return Ok(()) };
    for name in [MAIN_CF, MASTER_CF] {
        let old = format!("{name}.old");
        let (name, old) = (OsStr::new(name), OsStr::new(&old));
        let failed = || ApplyError::with("put in place", &path.join(name));
        if stage.status_of(name).map_err(failed())?.is_none() {
            continue;
        }
        if stage.status_of(old).map_err(failed())?.is_none() {
            config.link(name, &stage, old).map_err(failed())?;
        }
        stage.rename(name, &config, name).map_err(failed())?;
    }
    config.sync().map_err(ApplyError::with("write", path))
}

/// Undoes [`replace`], as far as it has been done.
pub(crate) fn put_back(path: &Path) -> Result<(), ApplyError> {
    let config = open(path)?;
    let Ok(stage) = config.child(OsStr::new(STAGE)) else { return Ok(()) };
    for name in [MAIN_CF, MASTER_CF] {
        let old = format!("{name}.old");
        let failed = || ApplyError::with("put back", &path.join(name));
        if stage.status_of(OsStr::new(&old)).map_err(failed())?.is_some() {
            stage.rename(OsStr::new(&old), &config, OsStr::new(name)).map_err(failed())?;
        }
    }
    clear(path)
}

/// Puts a finished file in its place, which must be empty. The original stays in the stage: a later comparison with
/// it shows whether the placed file was changed.
fn put_in_place(name: &str, stage: &Directory, config: &Directory) -> Result<(), ApplyError> {
    let (ready, place) = (stage.path().join(name), config.path().join(name));
    let failed = || ApplyError::with("put in place", &place);
    let copied = format!("{name}.copy");
    copy(stage.file(OsStr::new(name)).map_err(failed())?, &ready, stage, &copied)?;
    stage.link(OsStr::new(&copied), config, OsStr::new(name)).map_err(failed())?;
    stage.remove_file(OsStr::new(&copied)).map_err(failed())
}

/// Removes what [`make`] has made, as far as it is there and as it was made, and says what is not removed.
pub(crate) fn unmake(config: &Path, missing: &[PathBuf], context: &mut Context<'_, '_>) {
    let mut left: Vec<String> = Vec::new();
    let mut note = |path: &Path, result: io::Result<()>| match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            left.push(format!("{} ({})", printable(path), error_text(&error)));
        }
        _ => {}
    };
    if let Ok(config) = open(config) {
        for name in [MASTER_CF, MAIN_CF].map(OsStr::new) {
            note(&config.path().join(name), remove_unchanged(name, &config));
        }
        note(&config.path().join(STAGE), remove_stage(&config));
    }
    for path in missing.iter().rev() {
        note(path, remove_made(path));
    }
    for path in left {
        context
            .warn(&format!("{path} was made for the instance and is still there; look at it and remove it"));
    }
}

/// Removes a directory that was made, if nobody has put anything into it.
pub(crate) fn remove_made(path: &Path) -> io::Result<()> {
    entry_of(path).map_or(Ok(()), |(above, name)| above.remove_directory(name))
}

/// Removes a file that was put in place, unless it is another one by now.
fn remove_unchanged(name: &OsStr, config: &Directory) -> io::Result<()> {
    match is_as_made(name, config)? {
        None => Ok(()),
        Some(true) => config.remove_file(name),
        Some(false) => Err(io::Error::other("it was changed meanwhile")),
    }
}

/// Whether a file is as it was made ready; nothing if that is not there, or was not.
fn is_as_made(name: &OsStr, config: &Directory) -> io::Result<Option<bool>> {
    let Ok(stage) = config.child(OsStr::new(STAGE)) else { return Ok(None) };
    let (Some(placed), Some(ready)) = (text(config, name)?, text(&stage, name)?) else { return Ok(None) };
    Ok(Some(placed == ready))
}

/// Whether a file of a configuration directory is there, and is not the one that was made ready.
pub(crate) fn is_anothers(config: &Path, name: &str) -> bool {
    let is_made =
        || open(config).is_ok_and(|config| matches!(is_as_made(OsStr::new(name), &config), Ok(Some(true))));
    config.join(name).symlink_metadata().is_ok() && !is_made()
}

/// What a regular file holds; nothing if there is none. Whatever else has the name is another one's.
fn text(directory: &Directory, name: &OsStr) -> io::Result<Option<Vec<u8>>> {
    let Some(status) = directory.status_of(name)? else { return Ok(None) };
    if FileKind::of(&status) != FileKind::File {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut text = Vec::new();
    directory.file(name)?.take(LARGEST).read_to_end(&mut text)?;
    Ok(Some(text))
}

/// Whether the files of an instance are complete: there, and made here, if it is not listed yet.
pub(crate) fn was_made(config: &Path) -> bool {
    open(config).is_ok_and(|config| config.child(OsStr::new(STAGE)).is_ok())
}

/// Lists an instance, unless it is listed so that Postfix finds it, and gives its files their owners. The journal is removed
/// when that is done.
pub(crate) fn list(
    dirs: &InstanceDirs,
    listing: Option<&Edit>,
    context: &mut Context<'_, '_>,
) -> Result<(), ApplyError> {
    if let Some(listing) = listing {
        context.edit_lists(listing)?;
    } else if let Some(edit) = context.plain_listing(&dirs.config)? {
        context.edit_lists(&edit)?;
    }
    if was_made(&dirs.config) {
        clear(&dirs.config)?;
    }
    complete(dirs, context)
}

/// The remaining steps for a listed instance. If one fails, the journal stays: the next command tries again.
pub(crate) fn complete(dirs: &InstanceDirs, context: &mut Context<'_, '_>) -> Result<(), ApplyError> {
    // Owners and modes are given by path.
    let owned = context.prove_all(dirs, Purpose::ByPath)?;
    can_be_set(&owned, context)?;
    context.tools.set_permissions(&dirs.config, context.messages).map_err(ApplyError::Permissions)?;
    context.forget()
}

/// Gives an instance that is there its new settings, and returns the edit that brings back those that it had.
pub(crate) fn set(adoption: &Adoption, context: &mut Context<'_, '_>) -> Result<Option<Edit>, ApplyError> {
    if adoption.settings.is_empty() {
        return Ok(None);
    }
    let directory = &adoption.dirs.config;
    let back = inverse(adoption)?;
    let calls = vec![settings_call(&adoption.settings)];
    context.tools.edit_copy(directory, &calls, context.messages)?;
    Ok(Some(Edit { directory: directory.clone(), calls: back }))
}

/// What brings back the settings that main.cf has now.
fn inverse(adoption: &Adoption) -> Result<Vec<Arguments>, ApplyError> {
    let main_cf = adoption.dirs.config.join(MAIN_CF);
    let text = unfit::read(&main_cf).map_err(ApplyError::with("read", &main_cf))?;
    let back = |(name, _): &(OsString, OsString)| match written(&text, name.to_str().unwrap_or_default()) {
        Some(value) => settings_call(&[(name.clone(), OsString::from_vec(value))]),
        None => vec!["-X".into(), name.clone()],
    };
    Ok(adoption.settings.iter().map(back).collect())
}

/// The journal entry of a creation.
pub(crate) fn creation_work(creation: &Creation) -> Work {
    Work::Create {
        dirs: creation.dirs.clone(),
        missing: paths(&creation.missing),
        before: creation.before.clone(),
        listed: if creation.listing.is_some() { Listed::Afterwards } else { Listed::Before },
    }
}

/// The journal entry of what is done to an instance that is there.
pub(crate) fn import_work(adoption: &Adoption, files: FilesPhase) -> Work {
    Work::Import {
        directory: adoption.dirs.config.clone(),
        missing: paths(&adoption.missing),
        settings: adoption.settings.clone(),
        files,
        before: adoption.before.clone(),
    }
}

fn paths(directories: &[NewDirectory]) -> Vec<PathBuf> {
    directories.iter().map(|directory| directory.path.clone()).collect()
}

/// Makes a directory with exactly this mode.
pub(crate) fn make_directory(directory: &NewDirectory) -> Result<(), ApplyError> {
    let NewDirectory { path, mode } = directory;
    let failed = || ApplyError::with("make the directory", path);
    let (above, name) = entry_of(path).map_err(failed())?;
    above.make(name, *mode).map(drop).map_err(failed())
}

/// The directory that a path is an entry of, and the entry's name.
fn entry_of(path: &Path) -> io::Result<(Directory, &OsStr)> {
    let (Some(above), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    Ok((reached(above)?, name))
}

/// A directory that is there, and that only root can replace by another one.
fn reached(path: &Path) -> io::Result<Directory> {
    let way = reach(path, Links::Trusted).map_err(|error| io::Error::other(error.to_string()))?;
    if way.missing.is_empty() { Ok(way.directory) } else { Err(io::ErrorKind::NotFound.into()) }
}

/// Opens a directory of an instance.
fn open(path: &Path) -> Result<Directory, ApplyError> {
    reached(path).map_err(ApplyError::with("open", path))
}

/// Copies a file: one of Postfix's as `cp -p` does, a prepared one as a new file that all can read.
fn copy_source(source: &Source, stage: &Directory) -> Result<(), ApplyError> {
    let from = &source.path;
    let file = without_wait(from).map_err(ApplyError::with("read", from))?;
    if source.origin == Origin::Stock {
        return copy(file, from, stage, source.name);
    }
    let to = stage.path().join(source.name);
    let failed = || ApplyError::with("write", &to);
    let mut target = stage.make_file(OsStr::new(source.name), READABLE).map_err(failed())?;
    io::copy(&mut file.take(unfit::LARGEST), &mut target).map_err(failed())?;
    target.sync_all().map_err(failed())
}

/// Copies a file, its time included, as `cp -p` does.
fn copy(mut source: File, from: &Path, directory: &Directory, name: &str) -> Result<(), ApplyError> {
    let metadata = source.metadata().map_err(ApplyError::with("read", from))?;
    let to = directory.path().join(name);
    let failed = || ApplyError::with("write", &to);
    let mut target = directory.make_file(OsStr::new(name), READABLE).map_err(failed())?;
    io::copy(&mut source, &mut target).map_err(failed())?;
    target.set_permissions(metadata.permissions()).map_err(failed())?;
    if let Ok(time) = metadata.modified() {
        target.set_modified(time).map_err(failed())?;
    }
    target.sync_all().map_err(failed())
}

/// Removes the place where files were made ready, and what was left there. What somebody else has put there keeps it.
fn remove_stage(config: &Directory) -> io::Result<()> {
    let name = OsStr::new(STAGE);
    match config.status_of(name)? {
        None => Ok(()),
        Some(status) if FileKind::of(&status) == FileKind::Directory => {
            let stage = config.child(name)?;
            for name in STAGED.map(OsStr::new) {
                if stage.status_of(name)?.is_some() {
                    stage.remove_file(name)?;
                }
            }
            config.remove_directory(name)
        }
        Some(_) => config.remove_file(name),
    }
}

/// Removes the place where files were made ready.
pub(crate) fn clear(config: &Path) -> Result<(), ApplyError> {
    remove_stage(&open(config)?).map_err(ApplyError::with("remove", &config.join(STAGE)))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn whatever_is_in_the_place_for_making_ready_goes_and_nothing_behind_a_link() {
        let root = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let (stage, other) = (root.path().join(STAGE), root.path().join("other"));
        let config = open(root.path()).unwrap();
        remove_stage(&config).unwrap();
        fs::write(&stage, "").unwrap();
        remove_stage(&config).unwrap();
        fs::create_dir(&stage).unwrap();
        fs::write(stage.join(MAIN_CF), "").unwrap();
        remove_stage(&config).unwrap();
        fs::create_dir_all(stage.join("kept")).unwrap();
        assert!(remove_stage(&config).is_err() && stage.join("kept").exists(), "it is somebody's");
        fs::remove_dir_all(&stage).unwrap();
        fs::create_dir_all(other.join("kept")).unwrap();
        std::os::unix::fs::symlink(&other, &stage).unwrap();
        remove_stage(&config).unwrap();
        assert!(stage.symlink_metadata().is_err() && other.join("kept").exists());
    }
}
