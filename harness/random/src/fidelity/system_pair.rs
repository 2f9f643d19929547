//! Makes two worlds of one layout in equal sandboxes, and observes both.
//! One has fakes, the other has the installed Postfix.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use postfix_fakes::bytes::ByteString;
use postfix_fakes::journal::{Event, What};

use super::case::SystemCase;
use super::error::FidelityError;
use super::observation::{Aspect, Observation, named_alike};
use postfix_harness::invocation::Invocation;
use postfix_harness::outcome::Outcome;
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::testbed::sandbox::Sandbox;
use postfix_harness::testbed::{Testbed, TestbedError};
use postfix_harness::world::{World, WorldOptions, make_older};

/// Which of the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The fakes.
    Simulated,
    /// The installed Postfix.
    Installed,
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Watched {
    /// The journal as well: both sides have the recording postfix-script.
    WithJournal,
    /// Not what is recorded, as one side records nothing, but for what a fake refuses.
    WithoutJournal,
}

/// The sandbox of one side: that of the installed Postfix, or the fakes where it would be, with the same
/// caller, the same paths and the same settings.
#[derive(Debug)]
pub(super) struct Stage<'a> {
    pub(super) sandbox: &'a Sandbox,
    pub(super) side: Side,
    /// What each side would else have its own defaults for.
    pub(super) settings: &'a [(String, ByteString)],
}

impl Testbed for Stage<'_> {
    fn world_options(&self, manager: &ByteString) -> WorldOptions {
        let mut options =
            WorldOptions { settings: self.settings.to_vec(), ..self.sandbox.world_options(manager) };
        if self.side == Side::Simulated {
            options.installed.clear();
        }
        options
    }

    fn run(&self, world: &World, invocation: &Invocation) -> Result<Outcome, TestbedError> {
        self.sandbox.run(world, invocation)
    }
}

/// What becomes of the case on a testbed. `manager` is a value of `multi_instance_wrapper`.
pub(super) fn observe(
    testbed: &dyn Testbed,
    run: &RunDirectory,
    manager: &ByteString,
    case: &SystemCase,
    watched: Watched,
) -> Result<Observation, FidelityError> {
    let world = testbed.world(run, "fidelity", &case.layout, manager)?;
    let names = [(world.root().as_os_str().as_bytes().to_vec(), "@root@")];
    let mut seen = Observation::default();
    let failed = |doing| move |source| FidelityError::System { doing, source };
    for change in &case.changes {
        change.make(world.root()).map_err(failed("changing a world"))?;
    }
    for (number, step) in case.commands.iter().enumerate() {
        settle(&world.root().join("etc")).map_err(failed("making configuration files look older"))?;
        let outcome = testbed.run(&world, &step.invocation())?;
        seen.note_text(number, Aspect::Stdout, &named_alike(&outcome.stdout, &names));
        seen.note_text(number, Aspect::Stderr, &named_alike(&outcome.stderr, &names));
        seen.note(number, Aspect::End, vec![outcome.ended.to_string()]);
        if watched == Watched::WithJournal {
            seen.note(number, Aspect::Journal, journal(&outcome.events, &names));
        } else {
            seen.note(number, Aspect::Journal, refusals(&outcome.events));
        }
    }
    let mut files = Vec::new();
    for below in ["etc", "var"] {
        list(&world.root().join(below), &names, &mut files)
            .map_err(failed("looking at what is left behind"))?;
    }
    seen.note(case.commands.len().saturating_sub(1), Aspect::Files, files);
    Ok(seen)
}

/// What postfix-script was asked, wherever it was, and what was logged. What postfix(1) itself logs reaches no
/// journal if it is the installed one.
fn journal(events: &[Event], names: &[(Vec<u8>, &str)]) -> Vec<String> {
    let shown = |bytes: &ByteString| named_alike(&bytes.0, names).escape_ascii().to_string();
    let mut lines = Vec::new();
    for event in events {
        match &event.what {
            What::Start { arguments, directory, environment } if event.program == "postfix-script" => {
                let words: Vec<String> =
                    arguments.iter().map(|word| format!("\"{}\"", shown(word))).collect();
                lines.push(format!("postfix-script {}", words.join(" ")));
                lines.push(format!("    in {}", shown(directory)));
                let variables = environment.iter().map(|(name, value)| (name, shown(value)));
                lines.extend(variables.map(|(name, value)| format!("    {name}={value}")));
            }
            What::Log { priority, tag, text } if event.program != "postfix" => {
                lines.push(format!("log {priority} {}: {}", shown(tag), shown(text)));
            }
            What::Unsupported { request } => lines.push(format!("{} refused {request}", event.program)),
            _ => {}
        }
    }
    lines
}

fn refusals(events: &[Event]) -> Vec<String> {
    let refused = events.iter().filter_map(|event| match &event.what {
        What::Unsupported { request } => Some(format!("{} refused {request}", event.program)),
        _ => None,
    });
    refused.collect()
}

/// Makes configuration files look an hour old, also those that programs wrote. The installed programs wait for
/// younger ones to settle, a fake does not, and a manager may treat such a file otherwise than one that was left alone.
fn settle(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let found = fs::symlink_metadata(&path)?;
        if found.is_dir() {
            settle(&path)?;
        } else if found.is_file() && path.extension().is_some_and(|extension| extension == "cf") {
            make_older(&path)?;
        }
    }
    Ok(())
}

/// Lists what is below a directory: types and modes, and the text of configuration files.
fn list(directory: &Path, names: &[(Vec<u8>, &str)], lines: &mut Vec<String>) -> io::Result<()> {
    let mut entries: Vec<_> = fs::read_dir(directory)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let found = fs::symlink_metadata(&path)?;
        let shown = named_alike(path.as_os_str().as_bytes(), names).escape_ascii().to_string();
        lines.push(format!("{shown} {:o}", found.mode()));
        if found.is_dir() {
            list(&path, names, lines)?;
        } else if found.is_file() && path.extension().is_some_and(|extension| extension == "cf") {
            let text = named_alike(&fs::read(&path)?, names);
            lines.extend(
                text.split_inclusive(|byte| *byte == b'\n')
                    .map(|line| format!("{shown}: {}", line.escape_ascii())),
            );
        }
    }
    Ok(())
}
