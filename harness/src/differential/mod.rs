//! The differential test of the multi-instance tool: the same sequence of commands is carried out with postmulti(1) and
//! with ours, on equal systems in a container, and after each step everything that can be seen is compared. What
//! differs and is not accepted is shrunk to a few steps. Knows nothing of what a tool should do.

pub mod accepted;
pub mod difference;
mod memory;
pub mod step;
pub mod system;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use self::accepted::Accepted;
use self::difference::{Difference, Seen, differences};
use self::memory::{Memory, Side};
use self::step::Step;
use self::system::{Snapshot, System};

/// Past it, in seconds, a step hangs.
const DEADLINE: &str = "120";

/// The tool that comes with Postfix.
const THEIRS: &str = "/usr/sbin/postmulti";

/// Where ours is called from in the container: beside the other commands, as it is installed.
const OURS: &str = "/usr/sbin/postfix-multi";

/// How many differences a worker shrinks; others are told as they were found.
const MOST_SHRUNK: usize = 6;

/// What came of a sequence.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// The sequence's number.
    pub number: u64,
    /// How many steps were compared.
    pub steps: usize,
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
pub struct Contest {
    system: System,
    accepted: Vec<Accepted>,
    memory: RefCell<Memory>,
}

/// What one tool has made of the system so far.
struct Course<'a> {
    contest: &'a Contest,
    side: Side,
    /// The system behind the last step.
    now: Rc<Snapshot>,
    /// The system that the container has: an earlier one, where steps were known.
    there: Option<Rc<Snapshot>>,
    carried_out: usize,
}

impl<'a> Course<'a> {
    fn new(contest: &'a Contest, side: Side) -> Self {
        Self { contest, side, now: contest.system.pristine(), there: None, carried_out: 0 }
    }

    fn go_on(&mut self, step: &Step) -> io::Result<Rc<Seen>> {
        let seen = self.contest.memory.borrow_mut().recall(self.side, step, &self.now, || {
            if self.there.as_ref() != Some(&self.now) {
                self.contest.system.become_like(&self.now)?;
            }
            let seen = self.contest.carry_out(self.side, step)?;
            self.there = Some(Rc::clone(&seen.snapshot));
            self.carried_out += 1;
            Ok::<_, io::Error>(seen)
        })?;
        self.now = Rc::clone(&seen.snapshot);
        Ok(seen)
    }
}

impl Contest {
    /// Takes over the container that this runs in. `ours` is our own tool.
    ///
    /// # Errors
    /// When this is no container, or it cannot be prepared.
    pub fn prepare(ours: &Path) -> io::Result<Self> {
        let system = System::take_over()?;
        // By another process: what this one has written cannot be run for a moment.
        let copied = Command::new("cp").arg("--").arg(ours).arg(OURS).status()?;
        if !copied.success() {
            return Err(io::Error::other(format!("{} cannot be installed: {copied}", ours.display())));
        }
        let accepted = accepted::all().map_err(io::Error::other)?;
        Ok(Self { system, accepted, memory: RefCell::default() })
    }

    /// Carries out a part of the sequences. A line of JSON tells of each.
    ///
    /// # Errors
    /// When the system cannot be read or written, or nobody listens.
    pub fn hold(&self, out: &mut dyn Write, part: Part) -> io::Result<()> {
        let mut shrunk = 0;
        for number in (part.first..part.end).step_by(usize::try_from(part.every).unwrap_or(1)) {
            let steps = step::draw(part.seed, number);
            let mut record = self.compare(number, &steps)?;
            if let Some(found) = record.found.take() {
                shrunk += 1;
                // What is told must be seen again.
                self.memory.borrow_mut().clear();
                record.found = Some(if shrunk <= MOST_SHRUNK { self.shrink(found)? } else { found });
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
        let mut record =
            Record { number, steps: 0, calls: 0, carried_out: 0, accepted: BTreeMap::new(), found: None };
        let mut course = Course::new(self, Side::Theirs);
        let theirs: Vec<Rc<Seen>> = steps.iter().map(|step| course.go_on(step)).collect::<io::Result<_>>()?;
        record.carried_out += course.carried_out;
        let mut course = Course::new(self, Side::Ours);
        for (place, (step, theirs)) in steps.iter().zip(theirs).enumerate() {
            let ours = course.go_on(step)?;
            record.steps += 1;
            record.calls += usize::from(matches!(step, Step::Tool(_)));
            let mut unexplained = Vec::new();
            for difference in differences(&theirs, &ours) {
                match self.accepted.iter().find(|entry| entry.explains(step, &difference)) {
                    Some(entry) => *record.accepted.entry(entry.id.clone()).or_default() += 1,
                    None => unexplained.push(difference),
                }
            }
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

    fn carry_out(&self, side: Side, step: &Step) -> io::Result<Seen> {
        let mut command = Command::new("timeout");
        command.arg(DEADLINE);
        match step {
            Step::Tool(words) => command.arg(tool(side)).args(words),
            Step::Meanwhile(text) => command.args(["sh", "-c", text]),
        };
        command.env_clear().envs([
            ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
            ("HOME", "/root"),
            ("LC_ALL", "C"),
            ("TZ", "UTC"),
        ]);
        let output = command.current_dir(PathBuf::from("/")).stdin(Stdio::null()).output()?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut stdout = text(&output.stdout);
        if matches!(step, Step::Tool(words) if words.last().is_some_and(|word| word == "env")) {
            // The order of variables is nobody's business.
            let mut lines: Vec<&str> = stdout.lines().collect();
            lines.sort_unstable();
            stdout = lines.join("\n");
        }
        let snapshot = Rc::new(self.system.look()?);
        system::age(&snapshot)?;
        Ok(Seen { status: output.status.to_string(), stdout, stderr: text(&output.stderr), snapshot })
    }
}

fn tool(side: Side) -> &'static str {
    match side {
        Side::Theirs => THEIRS,
        Side::Ours => OURS,
    }
}

fn tell(out: &mut dyn Write, record: &Record) -> io::Result<()> {
    let line = serde_json::to_string(record).map_err(io::Error::other)?;
    writeln!(out, "{line}")?;
    out.flush()
}
