//! `postfix-conformance fidelity --image`: the measure, taken inside an image against the Postfix that is
//! installed there. Knows how to ask for it there; the figures are printed as they come.

use std::ffi::OsString;

use clap::ValueEnum;
use postfix_harness::container::{ContainerError, Image, Inside, Output};
use postfix_harness::run_directory::RunDirectory;

use crate::command_line::FidelityOptions;

/// Exit status where the engine itself, not the measure, has failed: such are above all that a measure gives.
const OF_THE_ENGINE: i32 = 125;

/// Takes the measure in `image`, with worlds in `run`; the result is the exit status of the measure.
///
/// # Errors
/// When there is no such image, or it cannot be entered.
pub fn measure(image: &str, run: &RunDirectory, options: &FidelityOptions) -> Result<u8, ContainerError> {
    let image = Image::find(image)?;
    let mut inside = Inside::enter(&image, run, arguments(&image, run, options), Output::Passed)?;
    let status = inside.wait()?;
    match status.code().and_then(|code| u8::try_from(code).ok()) {
        Some(code) if i32::from(code) < OF_THE_ENGINE => Ok(code),
        _ => Err(inside.died()),
    }
}

fn arguments(image: &Image, run: &RunDirectory, options: &FidelityOptions) -> Vec<OsString> {
    let mut words: Vec<OsString> = vec!["fidelity".into(), "--work-dir".into(), run.path().into()];
    let mut say = |option: &str, value: &str| words.extend([OsString::from(option), OsString::from(value)]);
    say("--measured-in", image.reference());
    say("--cases", &options.cases.to_string());
    say("--seed", &options.seed.to_string());
    for row in &options.only {
        if let Some(name) = row.to_possible_value() {
            say("--only", name.get_name());
        }
    }
    if let Some(case) = &options.replay {
        say("--replay", case);
    }
    if options.speed {
        words.push("--speed".into());
    }
    words
}
