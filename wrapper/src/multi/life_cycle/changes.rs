//! Tells what a change does, a line for each part of it, or one JSON object.
//!
//! Knows nothing of how it is decided or carried out.

use std::path::Path;

use crate::multi::changing::tools::{Arguments, Edit};
use crate::multi::life_cycle::operation::{NewDirectory, Operation};
use crate::os::printable::printable;
use crate::plan::run_settings::OutputFormat;
use crate::postfix::instance::MAIN_CF;
use crate::report::json::quoted_text;

/// All that an operation does.
pub(crate) fn of(operation: &Operation) -> Vec<String> {
    let mut changes = Vec::new();
    match operation {
        Operation::Nothing => {}
        Operation::Edit(edit) => edited(edit, &mut changes),
        Operation::Create(creation) => {
            made(&creation.missing, &mut changes);
            for source in &creation.sources {
                let place = printable(creation.dirs.config.join(source.name));
                changes.push(format!("make {place} from {}", printable(&source.path)));
            }
            changes.extend(creation.listing.iter().map(|_| listed(&creation.dirs.config)));
        }
        Operation::Import(adoption) => {
            let config = &adoption.dirs.config;
            made(&adoption.missing, &mut changes);
            for source in adoption.files.iter().flat_map(|files| &files.sources) {
                let place = printable(config.join(source.name));
                changes.push(format!("replace {place} as in {}", printable(&source.path)));
            }
            let settings = adoption.settings.iter();
            changes.extend(settings.map(|(name, value)| {
                format!(
                    "set {} = {} in {}",
                    printable(name),
                    printable(value),
                    printable(config.join(MAIN_CF))
                )
            }));
            changes.extend(adoption.listing.iter().map(|_| listed(config)));
        }
        Operation::Deport(departure) => changes.push(unlisted(&departure.directory)),
        Operation::Destroy(destruction) => {
            let dirs = &destruction.dirs;
            changes.push(unlisted(&dirs.config));
            for directory in [&dirs.queue, &dirs.data, &dirs.config] {
                changes.push(format!("remove what Postfix made of {}", printable(directory)));
            }
        }
    }
    changes
}

/// The changes as they are printed.
pub(crate) fn text(changes: &[String], format: OutputFormat) -> String {
    match format {
        OutputFormat::Table => changes.iter().flat_map(|change| [change.as_str(), "\n"]).collect(),
        OutputFormat::Json => {
            let shown: Vec<String> = changes.iter().map(|change| quoted_text(change)).collect();
            format!("{{\"changed\": {}, \"changes\": [{}]}}\n", !changes.is_empty(), shown.join(", "))
        }
    }
}

fn edited(edit: &Edit, changes: &mut Vec<String>) {
    let main_cf = printable(edit.directory.join(MAIN_CF));
    let settings = edit.calls.iter().flat_map(|call: &Arguments| call.iter().skip(1));
    changes.extend(settings.map(|setting| format!("set {} in {main_cf}", printable(setting))));
}

fn made(directories: &[NewDirectory], changes: &mut Vec<String>) {
    changes.extend(directories.iter().map(|new| format!("make directory {}", printable(&new.path))));
}

fn listed(directory: &Path) -> String {
    format!("add {} to multi_instance_directories", printable(directory))
}

fn unlisted(directory: &Path) -> String {
    format!("take {} off multi_instance_directories", printable(directory))
}
