//! How an instance is made and listed, and how that is undone.
//!
//! Everything is made ready out of sight; main.cf and master.cf are moved into place when they are whole, master.cf
//! last. Then the default instance's main.cf lists the instance: from there on it is there, and what is left to do
//! can be done again and again. Knows nothing of what the files should hold.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::message::printable;
use crate::multi::life_cycle::decision::{MAIN_CF, MASTER_CF, names_call, templates};
use crate::multi::life_cycle::operation::{Adoption, Creation, NewDirectory};
use crate::multi::life_cycle::record::{Record, Work, sync};
use crate::multi::life_cycle::tools::Edit;
use crate::multi::life_cycle::trouble::Trouble;
use crate::multi::life_cycle::work::Bench;

/// Where files are made ready, in the new configuration directory.
pub(crate) const STAGE: &str = ".postfix-multi";

/// The mode of the files of a configuration directory.
const READABLE: u32 = 0o644;

/// Makes an instance, up to the moment when it would be listed.
pub(crate) fn make(creation: &Creation, bench: &mut Bench<'_, '_>) -> Result<(), Trouble> {
    for directory in &creation.missing {
        bench.go_on()?;
        make_directory(directory)?;
    }
    let stage = creation.places.config.join(STAGE);
    remove_stage(&stage).map_err(Trouble::with("remove", &stage))?;
    make_directory(&NewDirectory { path: stage.clone(), mode: 0o700 })?;
    let [main_cf, master_cf] = templates(&bench.installation.meta_directory);
    copy(&main_cf, &stage.join(MAIN_CF))?;
    bench.go_on()?;
    bench.tools.edit_copy(&stage, &creation.calls, bench.messages)?;
    copy(&master_cf, &stage.join(MASTER_CF))?;
    bench.go_on()?;
    for name in [MAIN_CF, MASTER_CF] {
        let place = creation.places.config.join(name);
        fs::rename(stage.join(name), &place).map_err(Trouble::with("put in place", &place))?;
    }
    remove_stage(&stage).map_err(Trouble::with("remove", &stage))?;
    sync(&creation.places.config).map_err(Trouble::with("write", &creation.places.config))?;
    bench.go_on()
}

/// Takes away what [`make`] has made, as far as it is there, and says what cannot be taken away.
pub(crate) fn unmake(config: &Path, missing: &[PathBuf], bench: &mut Bench<'_, '_>) {
    let mut left: Vec<String> = Vec::new();
    let mut note = |path: &Path, result: io::Result<()>| match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            left.push(format!("{} ({error})", printable(path)));
        }
        _ => {}
    };
    let stage = config.join(STAGE);
    note(&stage, remove_stage(&stage));
    for name in [MASTER_CF, MAIN_CF] {
        let path = config.join(name);
        note(&path, fs::remove_file(&path));
    }
    for path in missing.iter().rev() {
        note(path, fs::remove_dir(path));
    }
    for path in left {
        bench.warn(&format!("{path} was made for the instance and is still there; look at it and remove it"));
    }
}

/// Lists an instance and gives its files their owners. The record goes when it is done.
pub(crate) fn list(directory: &Path, listing: &Edit, bench: &mut Bench<'_, '_>) -> Result<(), Trouble> {
    bench.tools.edit(listing, bench.messages)?;
    complete(directory, bench)
}

/// What is left to do for an instance that is listed. Where it fails, the record stays: the next command tries again.
pub(crate) fn complete(directory: &Path, bench: &mut Bench<'_, '_>) -> Result<(), Trouble> {
    bench.tools.set_permissions(directory, bench.messages).map_err(Trouble::Permissions)?;
    let default = bench.default();
    Record::remove(default).map_err(Trouble::with("remove the record in", default))
}

/// Gives an instance that is there its name and group, and returns the edit that takes them away again.
pub(crate) fn rename(adoption: &Adoption, bench: &mut Bench<'_, '_>) -> Result<Option<Edit>, Trouble> {
    if adoption.names.is_empty() {
        return Ok(None);
    }
    let directory = &adoption.directory;
    let back = inverse(adoption, bench)?;
    let calls = vec![names_call(&adoption.names)];
    bench.tools.edit_copy(directory, &calls, bench.messages)?;
    Ok(Some(Edit { directory: directory.clone(), calls: back }))
}

/// What brings back the name and the group that main.cf has now.
fn inverse(adoption: &Adoption, bench: &mut Bench<'_, '_>) -> Result<Vec<Vec<std::ffi::OsString>>, Trouble> {
    let mut ask = vec!["-n".into()];
    ask.extend(adoption.names.iter().map(|(name, _)| (*name).into()));
    let lines = bench.tools.postconf(&adoption.directory, &ask, bench.messages)?;
    let mut calls = Vec::new();
    for (name, _) in &adoption.names {
        calls.push(match crate::postconf::value(&lines, name) {
            Some(value) => {
                let value: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(value.trim_ascii());
                names_call(&[(name, value.to_owned())])
            }
            None => vec!["-X".into(), (*name).into()],
        });
    }
    Ok(calls)
}

/// What the record of a creation says.
pub(crate) fn creation_work(creation: &Creation) -> Work {
    Work::Create {
        places: creation.places.clone(),
        missing: creation.missing.iter().map(|directory| directory.path.clone()).collect(),
        before: creation.before.clone(),
    }
}

/// What the record of an import says.
pub(crate) fn import_work(adoption: &Adoption) -> Work {
    Work::Import {
        directory: adoption.directory.clone(),
        names: adoption.names.clone(),
        before: adoption.before.clone(),
    }
}

/// Makes a directory with exactly this mode.
fn make_directory(directory: &NewDirectory) -> Result<(), Trouble> {
    let NewDirectory { path, mode } = directory;
    DirBuilder::new().mode(*mode).create(path).map_err(Trouble::with("make the directory", path))
}

/// Copies a stock file, its time included, as `cp -p` does.
fn copy(from: &Path, to: &Path) -> Result<(), Trouble> {
    let mut source = File::open(from).map_err(Trouble::with("read", from))?;
    let metadata = source.metadata().map_err(Trouble::with("read", from))?;
    let failed = || Trouble::with("write", to);
    let mut target =
        OpenOptions::new().write(true).create_new(true).mode(READABLE).open(to).map_err(failed())?;
    io::copy(&mut source, &mut target).map_err(failed())?;
    target.set_permissions(metadata.permissions()).map_err(failed())?;
    if let Ok(time) = metadata.modified() {
        target.set_modified(time).map_err(failed())?;
    }
    target.sync_all().map_err(failed())
}

/// Removes the place where files were made ready, and what was left there. Nothing else ever is in it.
fn remove_stage(stage: &Path) -> io::Result<()> {
    match fs::symlink_metadata(stage) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(stage),
        Ok(_) => fs::remove_file(stage),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Takes away the place where files were made ready.
pub(crate) fn clear(config: &Path) -> Result<(), Trouble> {
    let stage = config.join(STAGE);
    remove_stage(&stage).map_err(Trouble::with("remove", &stage))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_in_the_place_for_making_ready_goes_and_nothing_behind_a_link() {
        let root = tempfile::tempdir().unwrap();
        let (stage, other) = (root.path().join(STAGE), root.path().join("other"));
        remove_stage(&stage).unwrap();
        fs::write(&stage, "").unwrap();
        remove_stage(&stage).unwrap();
        fs::create_dir_all(stage.join("below")).unwrap();
        remove_stage(&stage).unwrap();
        fs::create_dir_all(other.join("kept")).unwrap();
        std::os::unix::fs::symlink(&other, &stage).unwrap();
        remove_stage(&stage).unwrap();
        assert!(stage.symlink_metadata().is_err() && other.join("kept").exists());
        let file = root.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(remove_stage(&file.join(STAGE)).is_err(), "not where a directory should be");
    }
}
