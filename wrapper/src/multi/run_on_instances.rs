//! Runs a command on the selected instances.
//! It runs a postfix(1) command by the same plan as the manager, or any other program. The exit status is 1 if
//! anything fails, as with postmulti(1).
//!
//! Knows nothing of how a plan is carried out.

mod launch;

use std::convert::Infallible;
use std::ffi::{OsStr, OsString};

use crate::cli::misplaced_option::COMMANDS;
use crate::cli::nearest::nearest;
use crate::multi::failure::Failure;
use crate::multi::output::show;
use crate::multi::request::Typed;
use crate::multi::request::selection::{Match, Selection};
use crate::multi::system::masters::used_by_another;
use crate::multi::system::matching::report_unknown;
use crate::multi::system::{InstanceInfo, System};
use crate::os::exit_status;
use crate::os::messages::{Level, Messages};
use crate::os::signals::Signals;
use crate::os::streams::standard_output;
use crate::plan::policy::{CommandKind, Plan, RunOrder, Step, StepAction};
use crate::plan::run_settings::{Mode, RunSettings};
use crate::postfix::command::{Class, Command};
use crate::postfix::damage::{Damage, unfit_damage, unfit_master_cf_damage};
use crate::postfix::instance;
use crate::postfix::manager_settings::written_mail_log;
use crate::report::mail_log::MailLogs;
use crate::report::{failure_summary, in_use, plan_table, run_summary, unreadable_files};
use crate::run::executor::{Launch, Progress, Runner};
use crate::run::finished::Finished;
use crate::run::wording;

/// Everything that a command needs beside the instances that are meant.
pub(crate) struct Iteration<'a> {
    /// The instances there are.
    pub(crate) system: &'a System,
    /// How the command is brought to them.
    pub(crate) settings: &'a RunSettings,
    /// How that was typed.
    pub(crate) typed: &'a Typed,
    /// Where programs are looked for.
    pub(crate) path: Option<OsString>,
    /// The signals that may ask the program to end.
    pub(crate) signals: &'a Signals,
    /// Who wants to know what runs.
    pub(crate) progress: &'a Progress<'a>,
}

impl Iteration<'_> {
    /// A command of postfix(1).
    pub(crate) fn postfix(
        &self,
        selection: &Selection,
        command: Command,
        messages: &mut Messages<'_>,
    ) -> Result<u8, Failure> {
        let system = self.system;
        let for_one = command.is_for_one_instance().then(|| command.name().to_owned());
        let class = system.installation.classes.of(&command);
        let plan = self.plan(command);
        let mut plan = self.selected(plan, selection)?;
        // A command for all instances is for the one that uses the directory, too.
        if *selection != Selection::All && matches!(class, Class::Stop | Class::NeedsRunning) {
            let used = used_by_another(system);
            plan = plan.without_damaged(|instance| used(system.of(instance)));
        }
        match for_one {
            Some(name) if plan.steps().count() > 1 => return Err(Failure::ForOneInstance(name)),
            _ => {}
        }
        self.carry_out(&plan, selection, &self.launch(), messages)
    }

    /// The plan of a command of postfix(1) for all instances. Groups are not in it.
    fn plan(&self, command: Command) -> Plan {
        let system = self.system;
        let classes = &system.installation.classes;
        let heeds_flags = Plan::heeds_flags(&command, classes);
        let Ok(mut plan) = Plan::new(command, classes, &system.listed, |instance| {
            Ok::<_, Infallible>(system.of(instance).flag())
        });
        if !heeds_flags {
            plan = plan.without_damaged(|instance| match &system.of(instance).settings {
                Err(damage @ Damage::Endless(_)) => Some(damage.clone()),
                _ => unfit_damage(instance),
            });
        }
        plan.without_damaged(unfit_master_cf_damage)
    }

    /// The plan of a command of postfix(1) for some of the instances, each in its group.
    pub(crate) fn plan_for(&self, command: Command, is_meant: impl Fn(&InstanceInfo) -> bool) -> Plan {
        self.grouped(self.plan(command).only(|instance| is_meant(self.system.of(instance))))
    }

    /// How a step of a plan for postfix(1) becomes a process.
    fn launch(&self) -> impl Fn(&Step, &[&OsStr]) -> Result<std::process::Command, Damage> + '_ {
        |step: &Step, words: &[&OsStr]| {
            let instance = self.system.of(&step.instance);
            Ok(launch::postfix(&self.system.installation, instance, words, self.settings.verbosity))
        }
    }

    /// Any other command.
    pub(crate) fn program(
        &self,
        selection: &Selection,
        order: RunOrder,
        command: Command,
        messages: &mut Messages<'_>,
    ) -> Result<u8, Failure> {
        let system = self.system;
        let plan = Plan::for_program(command, order, &system.listed, |instance| {
            system.of(instance).settings.as_ref().err().cloned()
        });
        let plan = self.selected(plan, selection)?;
        let launch = |step: &Step, words: &[&OsStr]| {
            let instance = system.of(&step.instance);
            let settings = instance.settings.as_ref().map_err(Clone::clone)?;
            let (installation, path) = (&system.installation, self.path.clone());
            Ok(launch::program(installation, instance, settings, words, self.settings.verbosity, path))
        };
        self.carry_out(&plan, selection, &launch, messages)
    }

    /// The part of a plan that is meant. It is a failure when there is nobody for the command, or when a name fits
    /// two.
    fn selected(&self, plan: Plan, selection: &Selection) -> Result<Plan, Failure> {
        selection.only(self.system).map_err(|ambiguous| {
            let commands = ambiguous.commands(|directory| self.typed.for_directory(directory));
            Failure::Ambiguous(Box::new(ambiguous), commands)
        })?;
        let is_meant =
            |instance: &instance::Instance| selection.matches(self.system.of(instance)) == Match::Yes;
        let plan = self.grouped(plan.only(is_meant));
        if plan.steps().all(|step| step.action == StepAction::Skip) {
            let skipped = plan.steps().next().map(|step| wording::for_one(&plan, step));
            let hint = selection.hint(self.system);
            return Err(Failure::NoMatch { selection: selection.clone(), skipped, hint });
        }
        Ok(plan)
    }

    fn grouped(&self, plan: Plan) -> Plan {
        let Ok(plan) = plan.with_groups(|instance| {
            let settings = self.system.of(instance).settings.as_ref().ok();
            Ok::<_, Infallible>(settings.and_then(|settings| settings.group.clone()))
        });
        plan
    }

    fn carry_out(
        &self,
        plan: &Plan,
        selection: &Selection,
        launch: &Launch<'_>,
        messages: &mut Messages<'_>,
    ) -> Result<u8, Failure> {
        let jobs = self.settings.jobs.here();
        if self.settings.mode == Mode::Show {
            let shown = show(&plan_table::text(plan, jobs), "the plan", messages);
            let unknown = report_unknown(self.system, selection, messages);
            let fails = unknown || plan_table::status(plan) != exit_status::SUCCESS;
            return Ok(if shown == exit_status::SUCCESS && fails { exit_status::FAILURE } else { shown });
        }
        let signals = self.signals;
        let finished = self.finished(plan, launch, messages)?;
        if plan.steps().all(|step| step.action == StepAction::Check) {
            // Nothing was started, and a check that succeeds says nothing.
            for step in plan.steps() {
                messages.report(Level::Warning, &wording::checked(step));
            }
        }
        let mut failed = finished.iter().any(|finished| finished.outcome.status() != exit_status::SUCCESS);
        if failed && plan.command_kind() == CommandKind::Postfix {
            let name = plan.command().name().to_str().unwrap_or_default();
            if let Some(meant) = nearest(name, COMMANDS) {
                messages.report(Level::Warning, &format!("did you mean \"{meant}\"? It was \"{name}\""));
            }
        }
        failed |= report_unknown(self.system, selection, messages);
        if let Some(format) = self.settings.summary {
            // A summary that nobody reads is no failure of any instance.
            let _ = standard_output::print(run_summary::text(format, plan, &finished).as_bytes(), signals);
        }
        Ok(match signals.ending() {
            Some(signal) => exit_status::killed(signal as i32),
            None if failed => exit_status::FAILURE,
            None => exit_status::SUCCESS,
        })
    }

    /// Runs a plan of commands of postfix(1). Tells what became of its steps, in run order, and reports what failed.
    pub(crate) fn run(&self, plan: &Plan, messages: &mut Messages<'_>) -> Result<Vec<Finished>, Failure> {
        self.finished(plan, &self.launch(), messages)
    }

    fn finished(
        &self,
        plan: &Plan,
        launch: &Launch<'_>,
        messages: &mut Messages<'_>,
    ) -> Result<Vec<Finished>, Failure> {
        let environment = self.system.installation.environment();
        let (jobs, timeout) = (self.settings.jobs.here(), self.settings.timeout);
        let (signals, progress) = (self.signals, self.progress);
        let runner = Runner { environment: &environment, launch, jobs, timeout, signals, progress };
        let is_postfix = plan.command_kind() == CommandKind::Postfix;
        let mail_logs = is_postfix.then(|| MailLogs::before(plan, written_mail_log));
        let finished = runner.run(plan, messages).map_err(Failure::Streams)?;
        let classes = &self.system.installation.classes;
        if let Some(mail_logs) = mail_logs {
            in_use::report(plan, &finished, classes, &environment, signals, messages);
            mail_logs.report(plan, &finished, &environment, signals, messages);
        }
        let instances = &self.system.listed;
        unreadable_files::report(plan, &finished, classes, instances, &environment, signals, messages);
        for line in failure_summary::lines(plan, &finished) {
            messages.report(Level::Error, &line);
        }
        Ok(finished)
    }
}
