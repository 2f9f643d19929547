//! `postfix-conformance fidelity`: measures the simulated Postfix against the installed one, here or in an image.

pub mod in_image;
pub mod measure;

use postfix_harness::testbed::Need;
use postfix_random::fidelity::corpus::Corpus;

use crate::commands::measures::fidelity::measure::CannotMeasure;
use crate::commands::options::measure_options::FidelityOptions;
use crate::commands::options::requirement::{required, requires};
use crate::commands::work_directory;
use crate::judge::judge_case::Kept;
use crate::report::terminal::Stdout;
use crate::subject::manager::Manager;

/// Measures as the options say. The result is the exit status.
pub(crate) fn run(out: &mut Stdout<'_>, options: &FidelityOptions) -> Result<u8, CannotMeasure> {
    let corpus = options.corpus.as_deref().map(Corpus::read).transpose()?;
    let run = work_directory::create(options.work_dir.as_deref(), Kept::No)?;
    let required = required(&options.require)?;
    if let Some(image) = &options.image {
        let copy = run.path().join(in_image::CORPUS);
        corpus.map_or(Ok(()), |corpus| corpus.copy_to(&copy))?;
        return Ok(in_image::measure(image, &run, options, &required)?);
    }
    let is_required = |need: &Need| required.iter().any(|one| requires(*one, need));
    measure::measure(out, &run, Manager::own().value(), options, corpus.as_ref(), is_required)
}
