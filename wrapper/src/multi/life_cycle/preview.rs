//! Shows what a change would do, for `--dry-run`: directories that would be created or removed, and a diff of each
//! main.cf.
//!
//! postconf makes the very same edits, on copies in a directory that goes at once. Nothing else is touched.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::multi::changing::instance_dirs::QUEUE;
use crate::multi::changing::tools::{Arguments, Edit};
use crate::multi::life_cycle::context::Context;
use crate::multi::life_cycle::error::ApplyError;
use crate::multi::life_cycle::operation::{Destruction, Operation};
use crate::multi::life_cycle::unified_diff::unified;
use crate::multi::life_cycle::validate::{names_call, templates};
use crate::os::printable::printable;
use crate::postfix::instance::MAIN_CF;

/// All that would be done, as text.
pub(crate) fn text(operation: &Operation, context: &mut Context<'_, '_>) -> Result<String, ApplyError> {
    let mut text = String::new();
    match operation {
        Operation::Nothing => text.push_str("nothing to do\n"),
        Operation::Edit(edit) => text.push_str(&edited(edit, context)?),
        Operation::Create(creation) => {
            for directory in &creation.missing {
                line(&mut text, &format!("make directory {:04o}", directory.mode), &directory.path);
            }
            let [main_cf, master_cf] = templates(&context.installation().meta_directory);
            let new = creation.dirs.config.join(MAIN_CF);
            line(&mut text, &format!("make from {}", printable(&main_cf)), &new);
            let master = creation.dirs.config.join("master.cf");
            line(&mut text, &format!("make from {}", printable(&master_cf)), &master);
            text.push_str(&difference(&main_cf, &new, &creation.calls, context)?);
            text.push_str(&edited(&creation.listing, context)?);
            permissions(&mut text, &creation.dirs.config);
        }
        Operation::Import(adoption) => {
            if !adoption.names.is_empty() {
                let calls = vec![names_call(&adoption.names)];
                text.push_str(&edited(&Edit { directory: adoption.dirs.config.clone(), calls }, context)?);
            }
            text.push_str(&edited(&adoption.listing, context)?);
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

fn permissions(text: &mut String, directory: &Path) {
    let _ = writeln!(text, "run: postfix -c {} set-permissions", printable(directory));
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
