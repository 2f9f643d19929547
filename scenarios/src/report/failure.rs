//! A failed case in full: whose claim it breaks, what was expected, what was seen, how to see it again. Knows
//! nothing of other cases.

use std::io::{self, Write};

use postfix_harness::expectation::Mismatch;
use postfix_harness::invocation::{Entry, Invocation};

use super::{diff, lines};
use crate::case::{Case, Step};
use crate::catalogue::Catalogue;
use crate::conclusion::RobustFailures;
use crate::judge::{Failure, Kept};
use crate::output::{Look, Paint};
use crate::replay::Replay;

/// How many lines of an output are shown. The rest is in the world.
const MOST_LINES: usize = 20;

/// Tells about failed cases.
#[derive(Clone, Copy)]
pub struct FailureReport<'a> {
    /// Where claims are looked up.
    pub catalogue: &'a Catalogue,
    /// How a case is judged again.
    pub replay: &'a Replay,
    /// Whether failures of robust cases count.
    pub robust: RobustFailures,
    /// Colours.
    pub paint: Paint,
}

impl FailureReport<'_> {
    /// Tells about one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, out: &mut dyn Write, case: &Case, failure: &Failure) -> io::Result<()> {
        self.headline(out, case)?;
        if let Some(step) = case.steps.get(failure.step) {
            let which = if failure.steps > 1 {
                format!(" (step {} of {})", failure.step + 1, failure.steps)
            } else {
                String::new()
            };
            writeln!(out, "  command: {}{which}", command_line(&step.invocation))?;
            self.status(out, failure)?;
            self.journal(out, step, failure)?;
        }
        for mismatch in &failure.mismatches {
            self.mismatch(out, failure, mismatch)?;
        }
        for unseen in &failure.unseen {
            writeln!(out, "  {}", self.paint.look(Look::Red, unseen))?;
        }
        self.output(out, "standard error", &failure.stderr)?;
        self.output(out, "standard output", &failure.stdout)?;
        if !failure.later.is_empty() {
            let later: Vec<String> = failure.later.iter().map(|step| (step + 1).to_string()).collect();
            writeln!(out, "  steps that came otherwise after it: {}", later.join(", "))?;
        }
        match failure.world {
            Kept::Yes => writeln!(out, "  world (@root@): {}", failure.root.display())?,
            Kept::No => writeln!(out, "  world (@root@): gone; --keep leaves it to be looked at")?,
        }
        writeln!(out, "  again: {}\n", self.paint.look(Look::Bold, self.replay.command(&case.name)))
    }

    fn headline(&self, out: &mut dyn Write, case: &Case) -> io::Result<()> {
        let level = self.catalogue.level(case);
        let (word, look) = if self.robust.fail(level) {
            ("failed:", Look::Red)
        } else {
            ("failed (does not count):", Look::Yellow)
        };
        writeln!(out, "{} {}", self.paint.look(look, word), self.paint.look(Look::Bold, &case.name))?;
        writeln!(out, "  {}", case.title)?;
        for clause in self.catalogue.clauses_of(case) {
            writeln!(
                out,
                "  {} ({}; {}): {}",
                self.paint.look(Look::Bold, &clause.id),
                clause.level,
                clause.level.authority(),
                clause.claim
            )?;
        }
        Ok(())
    }

    fn status(&self, out: &mut dyn Write, failure: &Failure) -> io::Result<()> {
        let wrong = failure.mismatches.iter().find_map(|mismatch| match mismatch {
            Mismatch::Status { expected, .. } => Some(expected),
            _ => None,
        });
        match wrong {
            Some(expected) => {
                writeln!(out, "  expected: {expected}")?;
                writeln!(out, "  seen: {}", self.paint.look(Look::Red, failure.ended))
            }
            None => writeln!(out, "  ended as expected: {}", failure.ended),
        }
    }

    fn journal(&self, out: &mut dyn Write, step: &Step, failure: &Failure) -> io::Result<()> {
        let seen = lines(&failure.ran);
        let expected = step.expectation.runs.as_deref().map(lines);
        let differs = expected.as_ref().is_some_and(|expected| *expected != seen);
        let compared = if differs {
            writeln!(out, "  postfix-scripts that ran (- expected, + seen):")?;
            diff::unified(expected.as_deref().unwrap_or_default(), &seen, self.paint)
        } else {
            let how = if expected.is_some() { "as expected" } else { "not judged" };
            writeln!(out, "  postfix-scripts that ran ({how}):")?;
            diff::unified(&seen, &seen, self.paint)
        };
        for line in &compared {
            writeln!(out, "    {line}")?;
        }
        if compared.is_empty() {
            writeln!(out, "      (none)")?;
        }
        Ok(())
    }

    fn mismatch(&self, out: &mut dyn Write, failure: &Failure, mismatch: &Mismatch) -> io::Result<()> {
        let text = |bytes: &[u8]| {
            let root = failure.root.display().to_string();
            String::from_utf8_lossy(bytes).replace(&root, "@root@").escape_debug().to_string()
        };
        let told = match mismatch {
            Mismatch::Status { .. } | Mismatch::Runs { .. } => return Ok(()),
            Mismatch::NotMentioned(part) => format!("standard error does not mention \"{}\"", text(part)),
            Mismatch::Mentioned(part) => format!("the output mentions \"{}\" and must not", text(part)),
            Mismatch::Stdout { expected, .. } => {
                format!("standard output is not the expected \"{}\"", text(expected))
            }
            Mismatch::Running { instance, expected: true } => {
                format!("{instance} does not run afterwards, and should")
            }
            Mismatch::Running { instance, expected: false } => {
                format!("{instance} runs afterwards, and should not")
            }
            Mismatch::Leftovers(1) => "1 process was left behind (and killed)".to_owned(),
            Mismatch::Leftovers(count) => format!("{count} processes were left behind (and killed)"),
            Mismatch::Unsupported(what) => format!("a stand-in does not simulate this: {what}"),
            Mismatch::Panicked => "the program panicked".to_owned(),
        };
        writeln!(out, "  {}", self.paint.look(Look::Red, told))
    }

    fn output(&self, out: &mut dyn Write, name: &str, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        writeln!(out, "  {name}:")?;
        let all = text.lines().count();
        for line in text.lines().take(MOST_LINES) {
            writeln!(out, "    {} {line}", self.paint.look(Look::Faint, "|"))?;
        }
        if all > MOST_LINES {
            writeln!(out, "    {} lines more; --keep leaves them in @root@/runs", all - MOST_LINES)?;
        }
        Ok(())
    }
}

/// The command as a postmaster would have typed it.
pub(crate) fn command_line(invocation: &Invocation) -> String {
    let mut words: Vec<String> =
        invocation.environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
    words.push(
        match invocation.entry {
            Entry::Postfix => "postfix",
            Entry::Manager => "@manager@",
            Entry::Postconf => "postconf",
        }
        .to_owned(),
    );
    for argument in &invocation.arguments {
        let plain = !argument.0.is_empty() && argument.0.iter().all(u8::is_ascii_graphic);
        words.push(if plain { argument.to_string() } else { format!("{argument:?}") });
    }
    words.join(" ")
}
