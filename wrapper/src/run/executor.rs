//! Carries out a plan: one process for each instance, up to a number at the same time.
//!
//! One loop waits for everything: signals, ends of commands, their output, readers of ours, time limits. Knows
//! nothing of why an instance gets what it gets, and nothing of how its output is kept.

use std::ffi::OsStr;
use std::io;
use std::num::NonZeroUsize;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags};

use crate::os::exit_status::Outcome;
use crate::os::messages::{Level, Messages};
use crate::os::processes::child::{Cause, Conditions, End, Output, Process};
use crate::os::signals::Signals;
use crate::os::streams::std_streams::Sinks;
use crate::os::temporary_error::{self, TRIES, is_out_of_descriptors, is_temporary};
use crate::plan::policy::{Plan, Step, StepAction};
use crate::plan::schedule::Schedule;
use crate::postfix::damage::Damage;
use crate::postfix::environment::Environment;
use crate::run::finished::Finished;
use crate::run::listening::Listening;
use crate::run::ordered_output::OrderedOutput;
use crate::run::wording;

/// Makes a process of a step and the words of its command, unless the instance is damaged.
pub(crate) type Launch<'a> = dyn Fn(&Step, &[&OsStr]) -> Result<Command, Damage> + 'a;

/// Takes note of the steps whose commands run, whenever that changes.
pub(crate) type Progress<'a> = dyn Fn(&[&Step]) + 'a;

/// Everything that a run needs besides its plan.
pub(crate) struct Runner<'a> {
    /// Where the programs are.
    pub(crate) environment: &'a Environment,
    /// How a step's words become a process, unless its instance is damaged.
    pub(crate) launch: &'a Launch<'a>,
    /// How many instances may be busy at once.
    pub(crate) jobs: NonZeroUsize,
    /// How long the command of one instance may take.
    pub(crate) timeout: Option<Duration>,
    /// Who asks to end, and who has ended.
    pub(crate) signals: &'a Signals,
    /// Who wants to know what runs.
    pub(crate) progress: &'a Progress<'a>,
}

/// A step whose command runs.
struct RunningStep {
    at: usize,
    process: Process,
    begun: Instant,
}

/// A step whose command could not be run just now.
struct Postponed {
    at: usize,
    tries: u32,
    next_try: Instant,
}

impl Postponed {
    /// After so many tries, the last of which began then.
    fn after(at: usize, tries: u32, last: Instant) -> Self {
        Self { at, tries, next_try: last + temporary_error::pause(tries) }
    }
}

/// A plan that is being carried out.
struct Execution<'a, 'b> {
    runner: &'a Runner<'a>,
    plan: &'a Plan,
    steps: Vec<&'a Step>,
    conditions: Conditions,
    schedule: Schedule,
    running: Vec<RunningStep>,
    listening: Listening,
    postponed: Option<Postponed>,
    output: OrderedOutput,
    sinks: Sinks,
    messages: &'a mut Messages<'b>,
    /// When output that nobody takes is given up.
    patience_ends: Option<Instant>,
}

impl Runner<'_> {
    /// Runs a plan, and tells what became of its steps, in run order.
    pub(crate) fn run(&self, plan: &Plan, messages: &mut Messages<'_>) -> io::Result<Vec<Finished>> {
        let steps: Vec<&Step> = plan.steps().collect();
        let sinks = Sinks::standard()?;
        let output = match (self.jobs, sinks.are_one()) {
            (NonZeroUsize::MIN, _) => Output::Inherited,
            (_, true) => Output::KeptAsOne,
            (_, false) => Output::Kept,
        };
        let mut execution = Execution {
            runner: self,
            plan,
            conditions: Conditions { output, timeout: self.timeout },
            schedule: Schedule::new(plan, self.jobs),
            running: Vec::new(),
            listening: Listening::default(),
            postponed: None,
            output: OrderedOutput::new(steps.len()),
            steps,
            sinks,
            messages,
            patience_ends: None,
        };
        while execution.step() {}
        Ok(execution.finished())
    }
}

impl Execution<'_, '_> {
    /// Does what can be done now, then waits for something to happen; whether there is anything left.
    fn step(&mut self) -> bool {
        let mut progress = self.reap();
        // After the look at the commands: a signal that ended both them and us is here by now.
        progress |= self.hand_on_signals();
        let now = Instant::now();
        for running in &mut self.running {
            running.process.enforce_time_limit(now);
        }
        self.skip_remaining();
        let lost = |at: usize, lost| wording::lost(self.plan, self.steps[at], lost);
        progress |= self.output.flush_ready(&mut self.sinks, self.messages, &lost);
        let was_cut_short = self.is_cut_short();
        progress |= self.begin();
        if self.is_cut_short() && !was_cut_short {
            // The next pass tells which steps are not begun.
            return true;
        }
        if self.running.is_empty() && (self.are_all_heard(now) || self.output_deadline_passed(now)) {
            self.end_output();
            return false;
        }
        // Messages wait too, and may have taken the news of an end: only a pass without any has seen all.
        if !progress {
            self.wait();
        }
        true
    }

    /// Hands on the signals that have come to the commands that run; whether there were any.
    fn hand_on_signals(&mut self) -> bool {
        let new = self.runner.signals.collect();
        for signal in &new {
            for running in &mut self.running {
                running.process.send(*signal);
            }
        }
        !new.is_empty()
    }

    /// Whether no further instance is begun.
    fn is_cut_short(&self) -> bool {
        self.runner.signals.ending().is_some()
    }

    /// Notes what became of the commands that have ended; whether there were any.
    fn reap(&mut self) -> bool {
        let mut ended = false;
        let has_child_ended = self.runner.signals.has_child_ended();
        let now = Instant::now();
        for index in (0..self.running.len()).rev() {
            let process = &mut self.running[index].process;
            if !has_child_ended && !process.is_look_due(now) {
                continue;
            }
            let (outcome, held) = match process.end(now) {
                Ok(None) => continue,
                Ok(Some(End { cause: Cause::Own(status), held })) => (Outcome::of(status), held),
                Ok(Some(End { cause: Cause::TimedOut, held })) => {
                    (Outcome::TimedOut(self.runner.timeout.unwrap_or_default()), held)
                }
                Err(error) => (Outcome::NotRun(error), Vec::new()),
            };
            let RunningStep { at, process, begun } = self.running.remove(index);
            self.listening.ended(at, &mut self.output);
            let (took, had_terminal) = (Some(begun.elapsed()), process.has_terminal());
            self.finish(at, Finished { outcome, took, had_terminal });
            if !held.is_empty() {
                let text = wording::held(self.plan, self.steps[at], &held);
                self.output.remember(at, Some((Level::Error, text)));
            }
            self.tell_progress();
            // It may have given back what another one lacked.
            if let Some(postponed) = &mut self.postponed {
                postponed.next_try = Instant::now();
            }
            ended = true;
        }
        ended
    }

    /// Begins what may begin; whether there was anything. If output is not kept, it is one step at a time, so
    /// that what is to be said about it comes before the output of the next one.
    fn begin(&mut self) -> bool {
        let mut begun = false;
        loop {
            // Messages take time, in which a signal may have come: then nothing is begun any more.
            begun |= self.hand_on_signals();
            if self.is_cut_short() || !self.begin_one() {
                return begun;
            }
            begun = true;
            if self.conditions.output == Output::Inherited {
                return begun;
            }
        }
    }

    /// Begins the next step that may begin, if there is one.
    fn begin_one(&mut self) -> bool {
        let (at, tries) = match self.postponed.take() {
            Some(postponed) if Instant::now() < postponed.next_try => {
                self.postponed = Some(postponed);
                return false;
            }
            Some(postponed) => (postponed.at, postponed.tries + 1),
            None if self.output.backlog_full() && (!self.running.is_empty() || self.output.are_stalled()) => {
                return false;
            }
            None => match self.schedule.next() {
                Some(at) => (at, 1),
                None => return false,
            },
        };
        let step = self.steps[at];
        if let StepAction::Report(damage) = &step.action {
            self.report_damaged(at, damage);
            return true;
        }
        let Some(words) = self.plan.words(step) else {
            self.messages.tell(|| wording::skipped(self.plan, step));
            self.finish(at, Finished::without_command(Outcome::Skipped));
            return true;
        };
        let command = match (self.runner.launch)(step, &words) {
            Ok(command) => command,
            Err(damage) => {
                self.report_damaged(at, &damage);
                return true;
            }
        };
        let begun = Instant::now();
        match Process::begin(command, self.conditions) {
            Ok((process, sources)) => {
                self.listening.begin(at, sources);
                self.messages.tell(|| wording::begins(self.plan, step));
                self.running.push(RunningStep { at, process, begun });
                self.tell_progress();
            }
            // Who may still print something has a descriptor that another instance needs more.
            Err(error) if is_out_of_descriptors(&error) && self.listening.give_up_oldest() => {
                self.postponed = Some(Postponed { at, tries: tries - 1, next_try: begun });
            }
            Err(error) if is_temporary(&error) && (tries < TRIES || !self.running.is_empty()) => {
                self.messages.tell(|| wording::postponed(self.plan, step, &error));
                self.postponed = Some(Postponed::after(at, tries, begun));
                return false;
            }
            Err(error) => self.finish(at, Finished::without_command(Outcome::NotRun(error))),
        }
        true
    }

    fn tell_progress(&self) {
        let running: Vec<&Step> = self.running.iter().map(|running| self.steps[running.at]).collect();
        (self.runner.progress)(&running);
    }

    fn report_damaged(&mut self, at: usize, damage: &Damage) {
        let text = wording::damaged(self.runner.environment, self.plan, self.steps[at], damage);
        self.output.remember(at, Some((Level::Error, text)));
        self.finish(at, Finished::without_command(Outcome::Damaged(damage.status())));
    }

    fn finish(&mut self, at: usize, finished: Finished) {
        let step = self.steps[at];
        if finished.took.is_some() {
            self.messages.tell(|| wording::ends(self.plan, step, &finished.outcome));
        }
        let message = wording::ended(self.runner.environment, self.plan, step, &finished.outcome);
        self.output.remember(at, message);
        self.output.finish(at, finished);
        self.schedule.ended(at);
    }

    /// Tells which steps are not begun any more, where the run is cut short.
    fn skip_remaining(&mut self) {
        let Some(signal) = self.runner.signals.ending() else { return };
        let waiting: Vec<usize> =
            self.schedule.waiting().chain(self.postponed.take().map(|postponed| postponed.at)).collect();
        for at in waiting {
            let step = self.steps[at];
            let outcome = if step.action == StepAction::Skip {
                Outcome::Skipped
            } else {
                let text = wording::not_begun(self.plan, step, signal);
                self.output.remember(at, Some((Level::Error, text)));
                Outcome::NotBegun(signal as i32)
            };
            self.output.finish(at, Finished::without_command(outcome));
        }
        self.schedule.close();
    }

    /// Whether every step has had its turn, and no output of descendants is waited for or has still to be printed.
    fn are_all_heard(&mut self, now: Instant) -> bool {
        self.output.are_over()
            && (self.is_cut_short() || !self.listening.is_waited_for(now))
            && !self.output.are_stalled()
    }

    /// Says what is left to say about output.
    fn end_output(&mut self) {
        let lost = |at: usize, lost| wording::lost(self.plan, self.steps[at], lost);
        self.output.discard_output(self.messages, &lost);
        if self.output.lost_late() > 0 {
            self.messages.report(Level::Warning, &wording::lost_late(self.plan, self.output.lost_late()));
        }
    }

    /// Whether a manager that was asked to end has waited long enough for a reader of what commands printed.
    fn output_deadline_passed(&mut self, now: Instant) -> bool {
        if !self.is_cut_short() {
            return false;
        }
        let patience = self.runner.signals.at_most(Duration::MAX);
        let is_over = now >= *self.patience_ends.get_or_insert(now + patience);
        if is_over {
            self.runner.signals.lose_patience();
        }
        is_over
    }

    /// Waits until something happens, and takes what commands have printed.
    fn wait(&mut self) {
        let (sources, mut ready): (Vec<usize>, Vec<PollFd<'_>>) = self.listening.descriptors().unzip();
        if let Some(sink) = self.output.stalled(&self.sinks) {
            ready.push(PollFd::new(sink, PollFlags::POLLOUT));
        }
        let limits = self.running.iter().filter_map(|running| running.process.next_limit());
        let retry = self.postponed.iter().map(|postponed| postponed.next_try);
        let next = limits.chain(retry).chain(self.patience_ends).chain(self.listening.ends()).min();
        let places = self.runner.signals.wait(&ready, next.map(|next| until(next, Instant::now())));
        let mut heard: Vec<usize> = places.iter().filter_map(|place| sources.get(*place).copied()).collect();
        heard.dedup();
        self.listening.read(&heard, &mut self.output);
    }

    fn finished(self) -> Vec<Finished> {
        let finished = self.output.into_finished().into_iter();
        finished.map(|finished| finished.unwrap_or(Finished::without_command(Outcome::Skipped))).collect()
    }
}

/// How long to wait for a moment. The system counts in milliseconds: rounded up, so that the moment has come when
/// the wait is over.
fn until(moment: Instant, now: Instant) -> Duration {
    moment.saturating_duration_since(now) + Duration::from_millis(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_never_ends_before_the_moment_has_come() {
        let now = Instant::now();
        let millisecond = Duration::from_millis(1);
        assert_eq!(until(now, now), millisecond);
        assert_eq!(until(now, now + millisecond), millisecond);
        assert_eq!(until(now + 5 * millisecond, now), 6 * millisecond);
    }
}
