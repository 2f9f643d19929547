//! Carries out a plan: one process for each instance, a few at a time if asked, and what became of them.
//!
//! Knows nothing of why an instance gets what it gets.

use std::num::NonZeroUsize;
use std::process::{Child, Command, ExitStatus};

use crate::complaint;
use crate::environment::Environment;
use crate::message::{Level, Messages};
use crate::plan::{Action, Damage, Plan, Step};
use crate::signals::{self, Signals};
use crate::status::{self, Outcome};

/// Everything that a run needs besides its plan.
pub(crate) struct Runner<'a> {
    /// Where the programs are.
    pub(crate) environment: &'a Environment,
    /// How many instances of a group may be busy at once.
    pub(crate) jobs: NonZeroUsize,
    /// Who asks to end, and who has ended.
    pub(crate) signals: &'a Signals,
}

/// A step whose command runs.
struct Running {
    at: usize,
    child: Child,
}

impl Runner<'_> {
    /// Runs a plan, and tells the manager's exit status.
    pub(crate) fn run(&self, plan: &Plan, messages: &mut Messages<'_>) -> u8 {
        let mut outcomes = Vec::new();
        for steps in plan.groups() {
            // A group that follows a signal still goes through its steps, to tell which got nothing.
            outcomes.extend(self.run_group(plan, steps, messages));
        }
        match self.signals.ending() {
            Some(signal) => status::killed(signal as i32),
            None => status::of_all(&outcomes),
        }
    }

    /// Runs the steps of a group. The outcomes are in the order of the steps, not in that of their end.
    fn run_group(&self, plan: &Plan, steps: &[Step], messages: &mut Messages<'_>) -> Vec<Outcome> {
        let mut outcomes: Vec<Outcome> = steps.iter().map(|_| Outcome::Skipped).collect();
        let mut running: Vec<Running> = Vec::new();
        let mut next = 0;
        loop {
            let mut progress = self.reap(plan, steps, &mut running, &mut outcomes, messages);
            // After the look at the commands: a signal that ended both them and us is here by now.
            for signal in self.signals.collect() {
                for Running { child, .. } in &running {
                    signals::send(signal, child.id());
                }
                progress = true;
            }
            if self.signals.ending().is_none() && next < steps.len() && running.len() < self.jobs.get() {
                match self.begin(plan, &steps[next], messages) {
                    Ok(child) => running.push(Running { at: next, child }),
                    Err(outcome) => outcomes[next] = outcome,
                }
                next += 1;
                progress = true;
            }
            if running.is_empty() && (next == steps.len() || self.signals.ending().is_some()) {
                break;
            }
            // Messages wait too, and may have taken the news of an end: only a round without any has seen all.
            if !progress {
                self.signals.wait(&[], None);
            }
        }
        if let Some(signal) = self.signals.ending() {
            for step in steps[next..].iter().filter(|step| step.action != Action::Skip) {
                messages.say(Level::Error, &complaint::not_begun(plan, step, signal));
            }
        }
        outcomes
    }

    /// Begins a step, or tells at once what became of it.
    fn begin(&self, plan: &Plan, step: &Step, messages: &mut Messages<'_>) -> Result<Child, Outcome> {
        if let Action::Report(damage) = &step.action {
            messages.say(Level::Error, &complaint::damaged(self.environment, plan, step, damage));
            return Err(Outcome::Damaged(status_of(damage)));
        }
        let words = plan.words(step).ok_or(Outcome::Skipped)?;
        let program = self.environment.program("postfix");
        Command::new(&program).arg("-c").arg(step.instance.directory()).args(words).spawn().map_err(|error| {
            messages.say(Level::Error, &complaint::not_run(plan, step, &program, &error));
            Outcome::NotRun(error)
        })
    }

    /// Notes what became of the commands that have ended; whether there were any.
    fn reap(
        &self,
        plan: &Plan,
        steps: &[Step],
        running: &mut Vec<Running>,
        outcomes: &mut [Outcome],
        messages: &mut Messages<'_>,
    ) -> bool {
        let mut ended: Vec<(usize, std::io::Result<ExitStatus>)> = Vec::new();
        running.retain_mut(|running| match running.child.try_wait() {
            Ok(None) => true,
            Ok(Some(status)) => {
                ended.push((running.at, Ok(status)));
                false
            }
            Err(error) => {
                ended.push((running.at, Err(error)));
                false
            }
        });
        for (at, result) in &mut ended {
            outcomes[*at] = match result {
                Ok(status) => Outcome::of(*status),
                Err(error) => Outcome::NotRun(std::io::Error::from(error.kind())),
            };
            if let Some((level, text)) = complaint::ended(self.environment, plan, &steps[*at], &outcomes[*at])
            {
                messages.say(level, &text);
            }
        }
        !ended.is_empty()
    }
}

/// The exit status that an instance's damage stands for.
fn status_of(damage: &Damage) -> u8 {
    match damage {
        Damage::NotAbsolute | Damage::Flag(_) => status::CONFIGURATION,
        Damage::Unreadable { status, .. } => *status,
    }
}
