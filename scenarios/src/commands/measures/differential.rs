//! `postfix-conformance differential`: compares our tool with postmulti(1), in containers.
//! It carries out sequences of commands with both, and prints the differences.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Write};
use std::sync::mpsc;
use std::thread;

use postfix_harness::container::{ContainerError, Image, Inside, Output};
use postfix_harness::run_directory::{RunDirectory, RunDirectoryError};
use postfix_random::differential::step::Step;
use postfix_random::differential::{Comparison, Part, Record};

use crate::commands::options::measure_options::DifferentialOptions;
use crate::commands::work_directory;
use crate::judge::judge_case::Kept;
use crate::judge::result::{CONFORMS, FAILS};
use crate::report::terminal::{Stdout, StdoutError};

/// The name that our own tool is linked under in the run directory.
const OWN: &str = "postfix-multi";

/// Directories are shown in a second place there.
const MOUNTS: [&str; 1] = ["SYS_ADMIN"];

/// How many differences of a kind are told in full.
const MOST_TOLD: usize = 2;

/// After how many sequences it is said how far the work is.
const OFTEN: u64 = 100;

impl DifferentialOptions {
    /// What one of the containers carries out.
    fn share(&self, part: u64) -> Part {
        Part {
            seed: self.seed,
            end: self.first.saturating_add(self.cases),
            first: self.first.saturating_add(part),
            every: self.jobs,
        }
    }
}

/// Why nothing could be compared.
#[derive(Debug, thiserror::Error)]
pub enum CannotCompare {
    /// A container.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// Where the programs are put that containers share.
    #[error(transparent)]
    RunDirectory(#[from] RunDirectoryError),
    /// Standard output.
    #[error(transparent)]
    Output(#[from] StdoutError),
    /// Our own tool cannot be put there.
    #[error(
        "cannot put {OWN} where containers find it: {0}; name another directory with --work-dir or TMPDIR"
    )]
    Link(io::Error),
    /// The part of the work that is done in the container.
    #[error("the comparison in the container ended early: {0}")]
    Inside(io::Error),
    /// A sequence that is none.
    #[error("--replay: {0}; take it as it was printed")]
    Sequence(serde_json::Error),
    /// The system has no thread left.
    #[error("no thread to follow a container: {0}; take fewer --jobs")]
    NoThread(io::Error),
    /// A container told something that is no record.
    #[error("a container said {0:?}")]
    Strange(String),
    /// A container ended before its work was done.
    #[error("only {done} of {wanted} sequences were carried out")]
    TooFew {
        /// How many were.
        done: u64,
        /// How many should have been.
        wanted: u64,
    },
}

/// Does what the options say. The result is the exit status: 0 if nothing differs that is not accepted.
pub(crate) fn run(out: &mut Stdout<'_>, options: &DifferentialOptions) -> Result<u8, CannotCompare> {
    let sequence: Option<Vec<Step>> = options
        .replay
        .as_ref()
        .map(|text| serde_json::from_str(text))
        .transpose()
        .map_err(CannotCompare::Sequence)?;
    if let Some(part) = options.part {
        return work(out, options, part, sequence.as_deref()).map_err(CannotCompare::Inside);
    }
    let run = work_directory::create(options.work_dir.as_deref(), Kept::No)?;
    let image = Image::find(&options.image).map_err(CannotCompare::Container)?;
    run.link_program(&run.path().join(OWN)).map_err(CannotCompare::Link)?;
    let jobs = if sequence.is_some() { 1 } else { options.jobs.clamp(1, options.cases.max(1)) };
    let wanted = if sequence.is_some() { 1 } else { options.cases };
    let (send, receive) = mpsc::channel();
    let mut tally = SequenceTally::default();
    let all = thread::scope(|scope| -> Result<(), CannotCompare> {
        for part in 0..jobs {
            let (send, image, run) = (send.clone(), &image, &run);
            let begun = thread::Builder::new().spawn_scoped(scope, move || {
                // Nobody listens any more only when this run is over.
                let _ = send.send(follow(image, run, options, part, jobs, &send));
            });
            begun.map_err(CannotCompare::NoThread)?;
        }
        drop(send);
        for told in receive {
            let FromContainer::Line(line) = told? else { continue };
            tally.add(out, &line)?;
            if tally.sequences % OFTEN == 0 {
                let _ = writeln!(io::stderr().lock(), "{} of {wanted} sequences", tally.sequences);
            }
        }
        Ok(())
    });
    if all.is_err() || tally.sequences < wanted {
        // What was done is not done in vain.
        tally.tell(out, &image)?;
    }
    all?;
    if tally.sequences < wanted {
        return Err(CannotCompare::TooFew { done: tally.sequences, wanted });
    }
    tally.tell(out, &image)?;
    Ok(if tally.found.is_empty() { CONFORMS } else { FAILS })
}

/// In the container: the work itself.
fn work(
    out: &mut Stdout<'_>,
    options: &DifferentialOptions,
    part: u64,
    sequence: Option<&[Step]>,
) -> io::Result<u8> {
    let program = std::env::current_exe()?;
    let comparison = Comparison::prepare(&program.with_file_name(OWN), &program)?;
    match sequence {
        Some(steps) => comparison.replay(out, steps)?,
        None => comparison.run(out, options.share(part))?,
    }
    Ok(CONFORMS)
}

enum FromContainer {
    Line(String),
    End,
}

type Telling = mpsc::Sender<Result<FromContainer, CannotCompare>>;

/// Lets one container work, and passes on what it tells.
fn follow(
    image: &Image,
    run: &RunDirectory,
    options: &DifferentialOptions,
    part: u64,
    jobs: u64,
    send: &Telling,
) -> Result<FromContainer, CannotCompare> {
    let mut words: Vec<OsString> = vec!["differential".into()];
    let mut say = |option: &str, value: &str| words.extend([OsString::from(option), OsString::from(value)]);
    say("--part", &part.to_string());
    say("--jobs", &jobs.to_string());
    say("--cases", &options.cases.to_string());
    say("--first", &options.first.to_string());
    say("--seed", &options.seed.to_string());
    if let Some(sequence) = &options.replay {
        say("--replay", sequence);
    }
    let mut inside = Inside::enter_with(&MOUNTS, image, run, words, Output::Read)?;
    let lines = inside.output().map(BufReader::new).into_iter().flat_map(BufRead::lines);
    for line in lines.map_while(Result::ok) {
        if send.send(Ok(FromContainer::Line(line))).is_err() {
            return Ok(FromContainer::End);
        }
    }
    let status = inside.wait()?;
    if status.success() { Ok(FromContainer::End) } else { Err(inside.died().into()) }
}

/// What came of all sequences.
#[derive(Default)]
struct SequenceTally {
    sequences: u64,
    steps: usize,
    compared: usize,
    calls: usize,
    carried_out: usize,
    accepted: BTreeMap<String, usize>,
    found: BTreeMap<String, usize>,
}

impl SequenceTally {
    fn add(&mut self, out: &mut Stdout<'_>, line: &str) -> Result<(), CannotCompare> {
        let record: Record =
            serde_json::from_str(line).map_err(|_| CannotCompare::Strange(line.to_owned()))?;
        self.sequences += 1;
        self.steps += record.steps;
        self.compared += record.compared;
        self.calls += record.calls;
        self.carried_out += record.carried_out;
        for (id, count) in record.accepted {
            *self.accepted.entry(id).or_default() += count;
        }
        let Some(found) = record.found else { return Ok(()) };
        let met = self.found.entry(found.signature()).or_default();
        *met += 1;
        if *met <= MOST_TOLD {
            writeln!(out, "sequence {}:", record.number)?;
            for step in &found.sequence {
                match step {
                    Step::Tool(words) => writeln!(out, "  multi {}", shown(words))?,
                    Step::Meanwhile(text) => writeln!(out, "  sh     {text}")?,
                    Step::Bind(origin, place) => writeln!(out, "  bind   {origin} {place}")?,
                    Step::Run(config) => writeln!(out, "  run    {config}")?,
                }
            }
            for difference in &found.differences {
                writeln!(out, "    {difference}")?;
            }
            for (who, said) in [("postmulti", &found.theirs), ("ours", &found.ours)] {
                for line in said.lines() {
                    writeln!(out, "    {who} said: {line}")?;
                }
            }
            let sequence = serde_json::to_string(&found.sequence).map_err(CannotCompare::Sequence)?;
            writeln!(out, "  again: --replay {}\n", postfix_process::suite_command::quoted(&sequence))?;
        }
        Ok(())
    }

    fn tell(&self, out: &mut Stdout<'_>, image: &Image) -> Result<(), StdoutError> {
        let unexplained: usize = self.found.values().sum();
        writeln!(
            out,
            "{}: {} sequences, {} steps, {} of them compared, {unexplained} unexplained differences",
            image.reference(),
            self.sequences,
            self.steps,
            self.compared
        )?;
        writeln!(
            out,
            "  {} of the steps are calls of the tool; {} of {} were carried out, the others had been, on the \
             same system",
            self.calls,
            self.carried_out,
            2 * self.steps
        )?;
        for (signature, count) in &self.found {
            writeln!(out, "  unexplained {count:6}  {signature}")?;
        }
        for (id, count) in &self.accepted {
            writeln!(out, "  accepted    {count:6}  {id}")?;
        }
        Ok(())
    }
}

fn shown(words: &[String]) -> String {
    words.iter().map(|word| postfix_process::suite_command::quoted(word)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::Parser;

    use super::DifferentialOptions;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: DifferentialOptions,
    }

    #[test]
    fn containers_share_what_is_asked_for_and_nothing_else() {
        let line = ["x", "--first", "500", "--cases", "10", "--jobs", "4"];
        let options = Line::try_parse_from(line).unwrap().options;
        let numbers = |part| {
            let share = options.share(part);
            (share.first..share.end).step_by(usize::try_from(share.every).unwrap())
        };
        let all: Vec<u64> = (0..4).flat_map(numbers).collect();
        let different: BTreeSet<u64> = all.iter().copied().collect();
        assert_eq!(all.len(), 10);
        assert_eq!(different, (500..510).collect());
    }
}
