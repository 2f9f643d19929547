//! `postfix-conformance fidelity --image`: starts this program in a container and measures there.

use std::ffi::OsString;
use std::path::Path;

use clap::ValueEnum;
use postfix_harness::container::{ContainerError, Image, Inside, Output};
use postfix_harness::run_directory::RunDirectory;

use crate::commands::options::measure_options::FidelityOptions;
use crate::commands::options::requirement::Requirement;

/// The folder in the run directory with a copy of the corpus: a container sees nothing else of the host.
pub(crate) const CORPUS: &str = "corpus";

/// Exit status if the engine itself, not the measure, has failed: such are above all that a measure gives.
const OF_THE_ENGINE: i32 = 125;

/// Takes the measure in `image`, with worlds in `run`, where nothing of `required` may be missing; the result is the
/// exit status of the measure.
///
/// # Errors
/// When there is no such image, or it cannot be entered.
pub fn measure(
    image: &str,
    run: &RunDirectory,
    options: &FidelityOptions,
    required: &[Requirement],
) -> Result<u8, ContainerError> {
    let image = Image::find(image)?;
    let words = arguments(image.reference(), run.path(), options, required);
    let mut inside = Inside::enter(&image, run, words, Output::Passed)?;
    let status = inside.wait()?;
    match status.code().and_then(|code| u8::try_from(code).ok()) {
        Some(code) if i32::from(code) < OF_THE_ENGINE => Ok(code),
        _ => Err(inside.died()),
    }
}

fn arguments(
    image: &str,
    work_directory: &Path,
    options: &FidelityOptions,
    required: &[Requirement],
) -> Vec<OsString> {
    let mut words: Vec<OsString> = vec!["fidelity".into(), "--work-dir".into(), work_directory.into()];
    let mut say = |option: &str, value: &str| words.extend([OsString::from(option), OsString::from(value)]);
    say("--measured-in", image);
    if options.corpus.is_none() {
        say("--cases", &options.cases.to_string());
        say("--seed", &options.seed.to_string());
    }
    for row in &options.only {
        if let Some(name) = row.to_possible_value() {
            say("--only", name.get_name());
        }
    }
    if let Some(case) = &options.replay {
        say("--replay", case);
    }
    // The variable ends at the image.
    for need in required.iter().filter_map(ValueEnum::to_possible_value) {
        say("--require", need.get_name());
    }
    if options.speed {
        words.push("--speed".into());
    }
    if options.corpus.is_some() {
        words.extend(["--corpus".into(), work_directory.join(CORPUS).into()]);
    }
    words
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::Parser;

    use super::arguments;
    use crate::commands::options::measure_options::FidelityOptions;
    use crate::commands::options::requirement::Requirement;

    #[derive(Parser)]
    struct Read {
        #[command(flatten)]
        options: FidelityOptions,
    }

    #[test]
    fn a_corpus_is_read_in_an_image_where_its_copy_is() {
        let asked = Read::parse_from(["fidelity", "--image=3.7", "--corpus=own"]).options;
        let inside = Read::parse_from(arguments("x:3.7", Path::new("/w"), &asked, &[])).options;
        assert_eq!(inside.corpus.as_deref(), Some(Path::new("/w/corpus")));
    }

    #[test]
    fn what_must_not_be_missing_must_not_be_missing_in_an_image() {
        let asked = Read::parse_from(["fidelity", "--image=3.7", "--only=scripts", "--seed=3"]).options;
        let words = arguments("localhost/x:3.7", Path::new("/w"), &asked, &[Requirement::Namespaces]);
        let inside = Read::parse_from(words).options;
        assert_eq!(inside.require, [Requirement::Namespaces]);
        assert_eq!((inside.seed, inside.image, inside.only), (3, None, asked.only));
    }
}
