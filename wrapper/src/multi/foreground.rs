//! Starts all enabled instances and stays until they have ended: as process 1 of a container, or as a service.
//!
//! **What holds while it stays.** Each instance that it has started runs, or was stopped on purpose. If a master(8) ends in
//! any other way than by TERM, all others are stopped, and this ends. At its end, no master that it has started runs.
//!
//! A master detaches itself from the command that has started it, and becomes a child of this process: so its end is
//! told by the system, and its number is its own until then. Knows nothing of how commands are run.

mod masters;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::multi::failure::Failure;
use crate::multi::foreground::masters::{Change, Masters};
use crate::multi::request::Typed;
use crate::multi::run_on_instances::Iteration;
use crate::multi::system::masters::running_directories;
use crate::multi::system::{InstanceInfo, System, read_system};
use crate::os::exit_status;
use crate::os::messages::{Level, MULTI, Messages};
use crate::os::printable::{printable, shell_word};
use crate::os::processes::orphans;
use crate::os::service_manager::{NOTIFY_SOCKET, ServiceManager};
use crate::os::signals::Signals;
use crate::os::time_limits;
use crate::plan::policy::{Plan, Step, StepAction};
use crate::plan::run_settings::RunSettings;
use crate::postfix::command::Command;
use crate::postfix::damage::unfit_damage;
use crate::postfix::environment::variable;
use crate::postfix::values::enable_flag::Flag;
use crate::run::executor::Progress;

/// How long masters may take to end after KILL, or after a stop that has failed.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// How often it looks for masters that somebody else has started.
const LOOK: Duration = Duration::from_secs(5);

/// How often a master whose start is not over is looked at.
const SOON: Duration = Duration::from_millis(100);

/// Why it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// A signal asked for it, or all instances were stopped.
    Asked,
    /// An instance did not start, or a master has ended by itself.
    Failure,
}

/// The program while it stays.
struct Foreground<'a, 'm> {
    system: System,
    settings: &'a RunSettings,
    typed: &'a Typed,
    signals: &'a Signals,
    messages: &'a mut Messages<'m>,
    service: ServiceManager,
    masters: Masters,
    /// What has failed, for the service manager.
    failure: Option<String>,
}

/// Starts the instances, stays, and stops them. The result is the exit status.
pub(crate) fn run(
    system: System,
    settings: &RunSettings,
    typed: &Typed,
    signals: &Signals,
    messages: &mut Messages<'_>,
) -> Result<u8, Failure> {
    orphans::adopt().map_err(Failure::NoOrphans)?;
    let service = ServiceManager::at(variable(NOTIFY_SOCKET));
    let mut foreground = Foreground {
        system,
        settings,
        typed,
        signals,
        messages,
        service,
        masters: Masters::default(),
        failure: None,
    };
    let cause = match foreground.start()? {
        Some(cause) => cause,
        None => foreground.stay(),
    };
    let has_stopped = foreground.stop();
    let failure = foreground.failure.as_deref().unwrap_or("stopped");
    foreground.service.tell(&[&format!("STATUS={failure}")]);
    Ok(if has_stopped && cause == Cause::Asked { exit_status::SUCCESS } else { exit_status::FAILURE })
}

impl Foreground<'_, '_> {
    /// Starts all that are enabled, unless one is damaged; why to end at once, if there is a reason.
    fn start(&mut self) -> Result<Option<Cause>, Failure> {
        let plan = self.plan("start", |_| true);
        let is_damaged = |step: &Step| matches!(step.action, StepAction::Report(_));
        if plan.steps().any(is_damaged) {
            let damaged: Vec<_> = plan.steps().filter(|step| is_damaged(step)).collect();
            let damaged: Vec<_> = damaged.iter().map(|step| step.instance.directory()).collect();
            let plan = self.plan("start", |instance| damaged.contains(&instance.directory.as_path()));
            self.carry_out(&plan);
            return Ok(Some(self.fail("no instance was started, as one is damaged; see above")));
        }
        if !plan.steps().any(|step| step.action == StepAction::Run) {
            return Err(Failure::NoneEnabled);
        }
        let failed = self.carry_out(&plan);
        if self.signals.take_ending().is_some() {
            return Ok(Some(Cause::Asked));
        }
        if let Some(first) = failed.first() {
            let what = format!(
                "{} of the enabled instances did not start, the first of them {first}; those that did are stopped \
                 again; correct what is wrong, or leave it out with \"{MULTI} -e disable -i {first}\"",
                failed.len()
            );
            return Ok(Some(self.fail(&what)));
        }
        Ok(None)
    }

    /// Says why it ends.
    fn fail(&mut self, what: &str) -> Cause {
        self.messages.report(Level::Fatal, what);
        self.failure = Some(what.to_owned());
        Cause::Failure
    }

    /// Stays until there is a reason to end.
    fn stay(&mut self) -> Cause {
        self.service.tell(&["READY=1", &self.status()]);
        loop {
            if self.signals.take_ending().is_some() {
                return Cause::Asked;
            }
            // SIGHUP.
            if self.signals.take_hangup() {
                self.reload();
                // Commands and messages wait, too, and may have taken the news of a signal.
                continue;
            }
            let changes = self.masters.look(&self.system);
            if self.report(&changes) {
                return Cause::Failure;
            }
            if !self.masters.any_left() {
                return Cause::Asked;
            }
            if !changes.is_empty() {
                self.service.tell(&[&self.status()]);
                continue;
            }
            self.signals.wait(&[], self.next_look());
        }
    }

    /// When to look at the masters, even if nothing is heard. The end of a child is heard, its arrival is not.
    fn next_look(&self) -> Option<Duration> {
        let may_get_children = self.masters.any_stopped() || std::process::id() == 1;
        if self.masters.any_starts() { Some(SOON) } else { may_get_children.then_some(LOOK) }
    }

    /// Says what has become of masters; whether one has ended by itself.
    fn report(&mut self, changes: &[Change]) -> bool {
        let mut has_failed = false;
        for change in changes {
            has_failed |= change.is_failure();
            self.messages.report(change.level(), &change.to_string());
            if change.is_failure() {
                self.failure.get_or_insert(change.to_string());
            }
        }
        has_failed
    }

    /// Reads all main.cf files again. Instances that run are reloaded; enabled ones that do not run are started.
    fn reload(&mut self) {
        self.service.reloading();
        if self.read_again() {
            self.name_those_left_out();
            let mut running = running_directories(&self.system);
            running.extend(self.masters.running().map(|(directory, _)| directory.to_owned()));
            let runs = |instance: &InstanceInfo| running.contains(&instance.directory);
            let plan = self.plan("reload", runs);
            self.carry_out(&plan);
            let is_missing =
                |instance: &InstanceInfo| !runs(instance) && instance.flag() != Ok(Flag::Disabled);
            let plan = self.plan("start", is_missing);
            self.carry_out(&plan);
        }
        self.service.tell(&["READY=1", &self.status()]);
    }

    /// Reads all main.cf files again; whether they could be read.
    fn read_again(&mut self) -> bool {
        match read_system(self.signals, self.messages) {
            Ok(system) => {
                self.system = system;
                return true;
            }
            // The signal is taken note of next.
            Err(Failure::Interrupted) => {}
            Err(failure) => self.messages.report(Level::Error, &failure.to_string()),
        }
        false
    }

    /// Names the instances that run, although they are not enabled any more, or not listed.
    fn name_those_left_out(&mut self) {
        for (directory, _) in self.masters.running() {
            let known = self.system.instances.iter().find(|instance| instance.directory == directory);
            if known.is_none_or(|instance| instance.flag() == Ok(Flag::Disabled)) {
                let what = format!(
                    "instance {}: it is not enabled any more, and goes on running; \"postfix -c {} stop\" stops it",
                    printable(directory),
                    shell_word(directory)
                );
                self.messages.report(Level::Warning, &what);
            }
        }
    }

    /// Stops what runs, in order, and ends what does not stop; whether all have ended without KILL.
    fn stop(&mut self) -> bool {
        // What asked for this is no reason to cut it short; what comes from here on is.
        self.signals.take_ending();
        self.service.tell(&["STOPPING=1"]);
        self.await_starts();
        let running: Vec<_> = self.masters.running().map(|(directory, _)| directory.to_owned()).collect();
        let listed = |directory: &PathBuf| self.system.instances.iter().any(|it| it.directory == *directory);
        if !running.iter().all(listed) {
            self.read_again();
        }
        let plan = self.plan("stop", |instance| running.contains(&instance.directory));
        let plan = plan.for_disabled_too().without_damaged(unfit_damage);
        let failed = self.carry_out(&plan);
        let stopped = plan.steps().filter(|step| step.action == StepAction::Run).count();
        // A stop sees that a master has let go of its files, a moment before its end.
        let patience = if failed.is_empty() && stopped == running.len() && !self.masters.any_starts() {
            time_limits::MASTER_END
        } else {
            LAST_WAIT
        };
        if self.have_ended_within(patience) {
            return true;
        }
        self.name_those_left(Level::Warning, "still runs; it gets TERM");
        self.masters.send(Signal::SIGTERM);
        if self.have_ended_within(time_limits::MASTER_END) {
            return true;
        }
        self.name_those_left(Level::Error, "did not end after TERM, and gets KILL; see the mail log");
        self.masters.send(Signal::SIGKILL);
        self.have_ended_within(LAST_WAIT);
        false
    }

    /// Says what happens to the masters that a stop has left.
    fn name_those_left(&mut self, level: Level, what: &str) {
        for (directory, process) in self.masters.running() {
            let directory = printable(directory);
            let text = format!("instance {directory}: its master(8) (process {process}) {what}");
            self.messages.report(level, &text);
        }
        for process in self.masters.starting() {
            self.messages.report(level, &format!("a master(8) that starts (process {process}) {what}"));
        }
    }

    /// Waits for masters whose start was cut short. Each ends, or can then be stopped like the others.
    fn await_starts(&mut self) {
        let until = Instant::now() + time_limits::MASTER_END;
        loop {
            self.masters.look(&self.system);
            self.signals.collect();
            let is_over = !self.masters.any_starts() || self.signals.ending().is_some();
            if is_over || Instant::now() >= until {
                return;
            }
            self.signals.wait(&[], Some(SOON));
        }
    }

    fn have_ended_within(&mut self, time: Duration) -> bool {
        let until = Instant::now() + time;
        loop {
            self.masters.look(&self.system);
            let left = until.saturating_duration_since(Instant::now());
            if !self.masters.any_left() || left.is_zero() {
                return !self.masters.any_left();
            }
            self.signals.wait(&[], Some(left));
        }
    }

    /// A command for the instances that are meant, as `-p` would give it to them.
    fn plan(&self, command: &str, is_meant: impl Fn(&InstanceInfo) -> bool) -> Plan {
        let command = Command::without_arguments(command);
        // main.cf may be another one than when it was read.
        self.iteration(&|_| ()).plan_for(command, is_meant).without_damaged(unfit_damage)
    }

    /// Carries out a plan, and takes note of the masters that have been started; which instances failed that are enabled.
    /// A failed check of one that is not is reported, and does not count.
    fn carry_out(&mut self, plan: &Plan) -> Vec<String> {
        if plan.steps().next().is_none() {
            return Vec::new();
        }
        let Self { system, settings, typed, signals, messages, service, masters, .. } = self;
        let name = printable(plan.command().name());
        let progress = |running: &[&Step]| {
            let waits_for: Vec<_> = running.iter().map(|step| printable(step.instance.directory())).collect();
            if !waits_for.is_empty() {
                service.tell(&[&format!("STATUS={name}: waiting for {}", waits_for.join(", "))]);
            }
        };
        let iteration = Iteration { system, settings, typed, path: None, signals, progress: &progress };
        let finished = match iteration.run(plan, messages) {
            Ok(finished) => finished,
            Err(failure) => {
                messages.report(Level::Error, &failure.to_string());
                return plan.steps().map(|step| printable(step.instance.directory())).collect();
            }
        };
        if name == "start" {
            for (step, finished) in plan.steps().zip(&finished) {
                if let Ok(settings) = &system.of(&step.instance).settings {
                    masters.note_start(&settings.queue_directory, &finished.outcome);
                }
            }
        }
        masters.find(system);
        let mut failed = Vec::new();
        for (step, finished) in
            plan.steps().zip(&finished).filter(|(step, _)| step.action != StepAction::Check)
        {
            let directory = printable(step.instance.directory());
            if finished.outcome.status() != exit_status::SUCCESS {
                failed.push(directory);
            } else if name == "start" && !masters.has(step.instance.directory()) {
                let what = format!(
                    "instance {directory}: its master(8) has ended right after its start; see the mail log"
                );
                messages.report(Level::Error, &what);
                failed.push(directory);
            }
        }
        failed
    }

    fn iteration<'b>(&'b self, progress: &'b Progress<'b>) -> Iteration<'b> {
        let Self { system, settings, typed, signals, .. } = self;
        Iteration { system, settings, typed, path: None, signals, progress }
    }

    /// How many run, for the service manager.
    fn status(&self) -> String {
        let stopped: Vec<_> = self.masters.stopped().map(printable).collect();
        let running = self.masters.running().count();
        if stopped.is_empty() {
            format!("STATUS=instances that run: {running}")
        } else {
            format!("STATUS=instances that run: {running}; stopped by hand: {}", stopped.join(", "))
        }
    }
}
