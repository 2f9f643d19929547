//! Compares our multi-instance tool with postmulti(1).
//! It runs the same sequence of commands with both, on equal systems in a container, and compares what can be seen
//! after each step. Checks the [`properties`] that ours must have whatever postmulti does. A difference that is not
//! accepted is shrunk to a few steps.

pub mod accepted;
mod course;
pub mod difference;
pub mod drawing;
pub mod footprint;
pub mod mounts;
pub mod owners;
pub mod properties;
pub mod running;
pub mod situations;
pub mod step;
mod step_cache;
pub mod system;
pub mod words;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use self::accepted::{Accepted, Explains};
use self::course::{Course, Tools};
use self::difference::{Aspect, Difference, Seen, differences};
use self::step::Step;
use self::step_cache::Side;

/// How many differences a worker shrinks; others are told as they were found.
const MOST_SHRUNK: usize = 6;

/// What came of a sequence.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Record {
    /// The sequence's number.
    pub number: u64,
    /// How many steps were carried out by ours, and had the properties.
    pub steps: usize,
    /// How many of these were compared: not those behind a difference that sets the two systems apart.
    pub compared: usize,
    /// How many of these are calls of the tool.
    pub calls: usize,
    /// How many steps were carried out for it, of both tools; the others had been, on the very same system.
    pub carried_out: usize,
    /// Accepted differences, by their ids, and how often each was met.
    pub accepted: BTreeMap<String, usize>,
    /// The first difference that is not accepted.
    pub found: Option<Found>,
}

/// A difference that is not accepted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Found {
    /// The steps up to it.
    pub sequence: Vec<Step>,
    /// What differed after the last of them.
    pub differences: Vec<Difference>,
    /// What postmulti said.
    pub theirs: String,
    /// What ours said.
    pub ours: String,
}

impl Found {
    /// What tells it from others: the last step's kind, and what differed.
    pub fn signature(&self) -> String {
        let last = match self.sequence.last() {
            Some(Step::Tool(words)) => {
                let mut words =
                    words.iter().skip_while(|word| !["-e", "-l", "-x", "-p"].contains(&word.as_str()));
                let mode = words.next().map_or("", String::as_str);
                let action = if mode == "-e" { words.next().map_or("", String::as_str) } else { "" };
                format!("{mode} {action}")
            }
            _ => String::new(),
        };
        let aspects: Vec<String> =
            self.differences.iter().map(|one| format!("{:?} {}", one.aspect, one.path)).collect();
        format!("{last}: {}", aspects.first().cloned().unwrap_or_default())
    }
}

/// Which sequences are carried out.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// What they are drawn from.
    pub seed: u64,
    /// The first of this part.
    pub first: u64,
    /// The number behind the last.
    pub end: u64,
    /// Each so-manieth belongs to it.
    pub every: u64,
}

/// Two tools and the container's system.
#[derive(Debug)]
pub struct Comparison {
    tools: Tools,
    accepted: Vec<Accepted>,
}

impl Comparison {
    /// Takes over the container that this runs in. `ours` is our own tool, `program` this program.
    ///
    /// # Errors
    /// When this is no container, or it cannot be prepared.
    pub fn prepare(ours: &Path, program: &Path) -> io::Result<Self> {
        let accepted = accepted::all().map_err(io::Error::other)?;
        Ok(Self { tools: Tools::prepare(ours, program)?, accepted })
    }

    /// Carries out a part of the sequences. A line of JSON tells of each.
    ///
    /// # Errors
    /// When the system cannot be read or written, or nobody listens.
    pub fn run(&self, out: &mut dyn Write, part: Part) -> io::Result<()> {
        let mut shrunk = 0;
        for number in (part.first..part.end).step_by(usize::try_from(part.every).unwrap_or(1)) {
            let steps = drawing::draw(part.seed, number);
            let mut record = self.compare(number, &steps)?;
            if let Some(found) = record.found.take() {
                shrunk += 1;
                // What is told must be seen again.
                self.tools.forget();
                let hangs = found.differences.iter().any(|one| one.aspect == Aspect::End);
                let is_shrunk = shrunk <= MOST_SHRUNK && !hangs;
                record.found = Some(if is_shrunk { self.shrink(found)? } else { found });
            }
            tell(out, &record)?;
        }
        Ok(())
    }

    /// Carries out one sequence.
    ///
    /// # Errors
    /// When the system cannot be read or written, or nobody listens.
    pub fn replay(&self, out: &mut dyn Write, steps: &[Step]) -> io::Result<()> {
        tell(out, &self.compare(0, steps)?)
    }

    fn compare(&self, number: u64, steps: &[Step]) -> io::Result<Record> {
        let mut record = Record { number, ..Record::default() };
        let mut course = Course::new(&self.tools, Side::Theirs);
        let theirs: Vec<Rc<Seen>> = steps.iter().map(|step| course.go_on(step)).collect::<io::Result<_>>()?;
        record.carried_out += course.carried_out;
        let mut course = Course::new(&self.tools, Side::Ours);
        let mut are_apart = false;
        for (place, (step, theirs)) in steps.iter().zip(theirs).enumerate() {
            let ours = course.go_on(step)?;
            record.steps += 1;
            record.calls += usize::from(matches!(step, Step::Tool(_)));
            let unexplained = if are_apart {
                ours.broken.clone()
            } else {
                record.compared += 1;
                self.unexplained(step, &theirs, &ours, &mut record.accepted, &mut are_apart)
            };
            if !unexplained.is_empty() {
                let sequence = steps.get(..=place).unwrap_or_default().to_vec();
                let (theirs, ours) = (theirs.stderr.clone(), ours.stderr.clone());
                record.found = Some(Found { sequence, differences: unexplained, theirs, ours });
                break;
            }
        }
        record.carried_out += course.carried_out;
        Ok(record)
    }

    /// What differs behind a step and is not accepted. What sets the systems apart explains all that differs there.
    fn unexplained(
        &self,
        step: &Step,
        theirs: &Seen,
        ours: &Seen,
        accepted: &mut BTreeMap<String, usize>,
        are_apart: &mut bool,
    ) -> Vec<Difference> {
        let all = differences(theirs, ours);
        let mut explained = |wanted: Explains| {
            let by = |one: &Difference| {
                let fits =
                    |entry: &&Accepted| entry.explains_what == wanted && entry.explains(step, one, ours);
                self.accepted.iter().find(fits)
            };
            let mut left = Vec::new();
            for one in &all {
                match by(one) {
                    Some(entry) => *accepted.entry(entry.id.clone()).or_default() += 1,
                    None => left.push(one.clone()),
                }
            }
            left
        };
        let left = explained(Explains::TheRest);
        *are_apart = left.len() < all.len();
        if *are_apart {
            return ours.broken.clone();
        }
        explained(Explains::Itself)
    }

    /// Leaves out one step after the other, as long as the same differs.
    fn shrink(&self, mut found: Found) -> io::Result<Found> {
        let signature = found.signature();
        let mut place = found.sequence.len().saturating_sub(1);
        while place > 0 {
            place -= 1;
            let mut shorter = found.sequence.clone();
            shorter.remove(place);
            let record = self.compare(0, &shorter)?;
            if let Some(same) = record.found.filter(|other| other.signature() == signature) {
                place = place.min(same.sequence.len().saturating_sub(1));
                found = same;
            }
        }
        Ok(found)
    }
}

fn tell(out: &mut dyn Write, record: &Record) -> io::Result<()> {
    let line = serde_json::to_string(record).map_err(io::Error::other)?;
    writeln!(out, "{line}")?;
    out.flush()
}
