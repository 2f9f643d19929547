//! Shows what a change would do, for `--dry-run`.
//! It shows directories that would be created or removed, and a diff of each main.cf.
//!
//! postconf makes the very same edits, on copies in a directory that goes at once. Nothing else is touched.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::multi::changing::instance_dirs::QUEUE;
use crate::multi::changing::tools::{Arguments, Edit, settings_call};
use crate::multi::life_cycle::context::Context;
use crate::multi::life_cycle::error::ApplyError;
use crate::multi::life_cycle::operation::{Destruction, NewDirectory, NewFiles, Operation};
use crate::multi::life_cycle::unified_diff::unified;
use crate::os::files::unfit;
use crate::os::printable::{printable, shell_word};
use crate::postfix::instance::MAIN_CF;

/// All that would be done, as text.
pub(crate) fn text(operation: &Operation, context: &mut Context<'_, '_>) -> Result<String, ApplyError> {
    let mut text = String::new();
    match operation {
        Operation::Nothing => text.push_str("nothing to do\n"),
        Operation::Edit(edit) => text.push_str(&edited(edit, context)?),
        Operation::Create(creation) => {
            directories(&mut text, &creation.missing);
            for source in &creation.sources {
                let new = creation.dirs.config.join(source.name);
                line(&mut text, &format!("make from {}", printable(&source.path)), &new);
            }
            let [main_cf, _] = &creation.sources;
            let new = creation.dirs.config.join(MAIN_CF);
            text.push_str(&difference(&main_cf.path, &new, &creation.calls, context)?);
            text.push_str(&listed(creation.listing.as_ref(), &creation.dirs.config, context)?);
            permissions(&mut text, &creation.dirs.config);
        }
        Operation::Import(adoption) => {
            directories(&mut text, &adoption.missing);
            if let Some(files) = &adoption.files {
                text.push_str(&replaced(files, &adoption.dirs.config, context)?);
            }
            if !adoption.settings.is_empty() {
                let calls = vec![settings_call(&adoption.settings)];
                text.push_str(&edited(&Edit { directory: adoption.dirs.config.clone(), calls }, context)?);
            }
            text.push_str(&listed(adoption.listing.as_ref(), &adoption.dirs.config, context)?);
            permissions(&mut text, &adoption.dirs.config);
        }
        Operation::Deport(departure) => text.push_str(&edited(&departure.listing, context)?),
        Operation::Destroy(destruction) => {
            text.push_str(&edited(&destruction.listing, context)?);
            removals(&mut text, destruction);
        }
    }
    Ok(text)
}

fn line(text: &mut String, what: &str, path: &Path) {
    // Writing to a string cannot fail, here and below.
    let _ = writeln!(text, "{what}: {}", printable(path));
}

fn directories(text: &mut String, missing: &[NewDirectory]) {
    for directory in missing {
        line(text, &format!("make directory {:04o}", directory.mode), &directory.path);
    }
}

/// The differences between files and those that take their place.
fn replaced(files: &NewFiles, config: &Path, context: &mut Context<'_, '_>) -> Result<String, ApplyError> {
    let mut text = String::new();
    for source in &files.sources {
        let place = config.join(source.name);
        let old = unfit::read(&place).map_err(ApplyError::with("read", &place))?;
        let new = if source.name == MAIN_CF {
            let (copy, _) = context.edited_copy(&source.path, &files.calls)?;
            copy.read(MAIN_CF).map_err(ApplyError::with("read", &source.path))?
        } else {
            unfit::read(&source.path).map_err(ApplyError::with("read", &source.path))?
        };
        text.push_str(&unified(&old, &new, &printable(&place), &printable(&place)));
    }
    Ok(text)
}

/// The edit that lists an instance, or that lets Postfix find it in the list.
fn listed(
    listing: Option<&Edit>,
    config: &Path,
    context: &mut Context<'_, '_>,
) -> Result<String, ApplyError> {
    let edit = match listing {
        Some(listing) => Some(listing.clone()),
        None => context.plain_listing(config)?,
    };
    edit.map_or(Ok(String::new()), |edit| edited(&edit, context))
}

fn permissions(text: &mut String, directory: &Path) {
    let _ = writeln!(text, "run: postfix -c {} set-permissions", shell_word(directory));
}

/// What is there of what a destruction removes.
fn removals(text: &mut String, destruction: &Destruction) {
    let dirs = &destruction.dirs;
    let mut candidates: Vec<PathBuf> = QUEUE.iter().map(|name| dirs.queue.join(name)).collect();
    candidates.extend([dirs.data.clone(), dirs.queue.clone()]);
    for path in candidates.iter().filter(|path| path.is_dir()) {
        line(text, "remove directory, if nobody but Postfix put anything there", path);
    }
    for name in ["master.cf", MAIN_CF] {
        line(text, "remove file", &dirs.config.join(name));
    }
    line(text, "remove directory, if nobody but Postfix put anything there", &dirs.config);
}

fn edited(edit: &Edit, context: &mut Context<'_, '_>) -> Result<String, ApplyError> {
    let main_cf = edit.directory.join(MAIN_CF);
    difference(&main_cf, &main_cf, &edit.calls, context)
}

/// What postconf makes different in a copy of a file.
fn difference(
    from: &Path,
    to: &Path,
    calls: &[Arguments],
    context: &mut Context<'_, '_>,
) -> Result<String, ApplyError> {
    let (copy, old) = context.edited_copy(from, calls)?;
    let new = copy.read(MAIN_CF).map_err(ApplyError::with("read", &copy.path().join(MAIN_CF)))?;
    Ok(unified(&old, &new, &printable(from), &printable(to)))
}
