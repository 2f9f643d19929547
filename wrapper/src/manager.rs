//! The manager: postfix(1) runs it in place of its own script, and it brings the command to every instance.
//!
//! What postfix(1) handed over, the instances, the plan, its execution, one exit status. Knows nothing of particular
//! commands; those are the plan's.

use std::convert::identity;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::Path;

use crate::cli::manager_request::{self, ManagerRequest};
use crate::cli::misplaced_option::Misplaced;
use crate::os::exit_status;
use crate::os::files::file_identity::identity_of;
use crate::os::files::unfit;
use crate::os::messages::{Level, Messages, WRAPPER};
use crate::os::printable::error_text;
use crate::os::signals::{self, Signals};
use crate::os::streams::standard_output::show;
use crate::plan::policy::{Plan, Step, StepAction};
use crate::plan::run_settings::{Mode, RunSettings, Verbosity};
use crate::postfix::command::{Classes, Command};
use crate::postfix::damage::{Damage, unfit_damage, unfit_master_cf_damage};
use crate::postfix::environment::{Environment, EnvironmentError, MAIL_VERBOSE, variable};
use crate::postfix::instance::{Instance, Instances};
use crate::postfix::literal_main_cf;
use crate::postfix::manager_settings::{self, Parameters};
use crate::postfix::postconf::Wanted;
use crate::postfix::query::{Interrupted, QueryError};
use crate::report::mail_log::MailLogs;
use crate::report::{failure_summary, in_use, plan_table, run_summary, unreadable_files};
use crate::run::executor::Runner;
use crate::run::wording;

/// Runs the manager with the arguments that follow the program's name; the result is the exit status.
///
/// It is a program's whole work: call it from `main`, before there are other threads. It listens to signals,
/// and leaves its handlers in place.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let signals = match Signals::listen() {
        Ok(signals) => signals,
        Err(error) => {
            let _ = writeln!(
                io::stderr(),
                "{WRAPPER}: fatal: cannot listen to signals: {}; no instance got the command; try again",
                error_text(&error)
            );
            return exit_status::SYSTEM;
        }
    };
    let mut messages = Messages::new(WRAPPER, &signals);
    let environment = Environment::read(variable);
    if let Ok(environment) = &environment {
        messages.enable_mail_log(environment.program("postlog"), environment.log_tag.clone());
    }
    match manager_request::parse(arguments) {
        Ok(ManagerRequest::Help) => show(&manager_request::help(), &signals),
        Ok(ManagerRequest::Version) => {
            show(concat!("postfix-wrapper ", env!("CARGO_PKG_VERSION"), "\n"), &signals)
        }
        Ok(ManagerRequest::Manage(settings, command)) => {
            manage(&settings, command, environment, &signals, &mut messages).map_or_else(identity, identity)
        }
        Err(error) => {
            messages.report(
                Level::Fatal,
                &format!("{}; options come before the command, see --help", manager_request::advice(&error)),
            );
            exit_status::USAGE
        }
    }
}

/// Brings a command to the instances. Both results are exit statuses; the erroneous one when nothing was run.
fn manage(
    settings: &RunSettings,
    command: Option<Command>,
    environment: Result<Environment, EnvironmentError>,
    signals: &Signals,
    messages: &mut Messages<'_>,
) -> Result<u8, u8> {
    let environment = environment.map_err(|error| {
        let what =
            format!("this is run by postfix(1), not by hand: {error}; use \"postfix COMMAND\" instead");
        messages.report(Level::Fatal, &what);
        exit_status::USAGE
    })?;
    let command = command.ok_or_else(|| {
        messages.report(
            Level::Fatal,
            "no command for the instances; use \"postfix COMMAND\", e.g. \"postfix status\"",
        );
        exit_status::USAGE
    })?;
    if let Some(misplaced) = Misplaced::behind(command.words()) {
        let what = misplaced.for_a_caller_of_postfix();
        messages.report(Level::Fatal, &format!("{what}; no instance got the command"));
        return Err(exit_status::USAGE);
    }
    signals.limit_queries(settings.query_timeout);
    if settings.verbosity == Verbosity::Steps || variable(MAIL_VERBOSE).is_some() {
        messages.be_verbose();
    }
    let (instances, classes) = list_instances(&environment, signals, messages)?;
    if command.is_for_one_instance() && !instances.secondary().is_empty() {
        messages.report(Level::Fatal, &wording::for_one_instance(&command));
        return Err(exit_status::USAGE);
    }
    let jobs = settings.jobs.here();
    let needs_groups = jobs > NonZeroUsize::MIN || settings.summary.is_some() || settings.mode == Mode::Show;
    let wanted = if needs_groups { Wanted::FlagAndGroup } else { Wanted::Flag };
    let mut parameters = Parameters::new(&environment, signals, wanted);
    let plan = make_plan(command, &classes, &instances, &mut parameters, messages)?;
    if settings.mode == Mode::Show {
        return Ok(match show(&plan_table::text(&plan, jobs), signals) {
            exit_status::SUCCESS => plan_table::status(&plan),
            failure => failure,
        });
    }
    carry_out(&plan, settings, &classes, &instances, &parameters, &environment, messages)
}

/// Runs a plan, and reports what became of it.
fn carry_out(
    plan: &Plan,
    settings: &RunSettings,
    classes: &Classes,
    instances: &Instances,
    parameters: &Parameters<'_>,
    environment: &Environment,
    messages: &mut Messages<'_>,
) -> Result<u8, u8> {
    let signals = parameters.signals();
    let launch = |step: &Step, words: &[&OsStr]| {
        let mut command = std::process::Command::new(environment.program("postfix"));
        command.arg("-c").arg(step.instance.directory()).args(words);
        Ok(command)
    };
    let runner = Runner {
        environment,
        launch: &launch,
        jobs: settings.jobs.here(),
        timeout: settings.timeout,
        signals,
        progress: &|_| (),
    };
    let mail_logs = MailLogs::before(plan, |directory| parameters.mail_log(directory));
    let finished = runner.run(plan, messages).map_err(|error| {
        let what = format!(
            "cannot use the standard streams: {}; no instance got the command; try again",
            error_text(&error)
        );
        messages.report(Level::Fatal, &what);
        exit_status::SYSTEM
    })?;
    in_use::report(plan, &finished, classes, environment, signals, messages);
    unreadable_files::report(plan, &finished, classes, instances, environment, signals, messages);
    mail_logs.report(plan, &finished, environment, signals, messages);
    for line in failure_summary::lines(plan, &finished) {
        messages.report(Level::Error, &line);
    }
    if let Some(format) = settings.summary {
        // A summary that nobody reads is no failure of any instance.
        show(&run_summary::text(format, plan, &finished), signals);
    }
    Ok(match signals.ending() {
        Some(signal) => exit_status::killed(signal as i32),
        None => exit_status::of_all(finished.iter().map(|finished| &finished.outcome)),
    })
}

/// All instances, the default one included, and what the commands for them mean.
fn list_instances(
    environment: &Environment,
    signals: &Signals,
    messages: &mut Messages<'_>,
) -> Result<(Instances, Classes), u8> {
    let overview = match manager_settings::overview(environment, signals) {
        Ok(overview) => overview,
        Err(QueryError::Failed(no_answer)) => {
            let what = format!(
                "cannot get the list of instances: {}; no instance got the command; {} and try again",
                no_answer.reason,
                wording::see_to(&environment.config_directory, &no_answer.reason)
            );
            messages.report(Level::Fatal, &what);
            return Err(no_answer.status);
        }
        Err(QueryError::Interrupted) => return Err(interrupted(signals, messages)),
    };
    if let Some(remark) = &overview.remark {
        messages.report(Level::Warning, &wording::remark(&environment.config_directory, remark));
    }
    let (instances, duplicates) =
        Instances::new(environment.config_directory.clone(), overview.value.directories, identity_of);
    for duplicate in &duplicates {
        messages.report(Level::Warning, &wording::duplicate(environment, duplicate));
    }
    Ok((instances, overview.value.classes))
}

/// The plan, with the flags and the groups that it asks for read from main.cf.
fn make_plan(
    command: Command,
    classes: &Classes,
    instances: &Instances,
    parameters: &mut Parameters<'_>,
    messages: &mut Messages<'_>,
) -> Result<Plan, u8> {
    let heeds_flags = Plan::heeds_flags(&command, classes);
    let plan = plan_of(command, classes, instances, parameters);
    for (directory, remark) in parameters.remarks() {
        // The list came from the default instance's main.cf, with the same remarks; and what the command itself reads,
        // it remarks itself.
        let is_news = heeds_flags || parameters.have_groups();
        let is_told = plan.as_ref().is_ok_and(|plan| is_reported_for_master_cf(plan, directory));
        if is_news && !is_told && directory != instances.default_instance().directory() {
            messages.report(Level::Warning, &wording::remark(directory, remark));
        }
    }
    plan.map_err(|Interrupted| interrupted(parameters.signals(), messages))
}

fn plan_of(
    command: Command,
    classes: &Classes,
    instances: &Instances,
    parameters: &mut Parameters<'_>,
) -> Result<Plan, Interrupted> {
    let heeds_flags = Plan::heeds_flags(&command, classes);
    let all = std::iter::once(instances.default_instance()).chain(instances.secondary());
    // Where no flag is heeded, one look at each main.cf all the same: a command does not end if reading it does not.
    let asked: Vec<&Path> = all
        .filter(|instance| instance.is_addressable())
        .map(Instance::directory)
        .filter(|directory| heeds_flags || parameters.have_groups() || might_not_end(directory))
        .collect();
    parameters.learn(&asked)?;
    let mut plan = Plan::new(command, classes, instances, |instance| {
        QueryError::split(parameters.flag(instance.directory()))
    })?;
    if !heeds_flags {
        plan = plan.without_damaged(|instance| {
            unfit_damage(instance).or_else(|| parameters.late(instance.directory()))
        });
    }
    plan = plan.without_damaged(unfit_master_cf_damage);
    plan.with_groups(|instance| parameters.group(instance.directory()))
}

/// Whether an error of its own tells of the master.cf in a directory.
fn is_reported_for_master_cf(plan: &Plan, directory: &Path) -> bool {
    let is_it = |step: &Step| step.instance.directory() == directory;
    plan.steps()
        .any(|step| is_it(step) && matches!(step.action, StepAction::Report(Damage::EndlessMasterCf(_))))
}

/// Whether a main.cf is one about which postconf is asked before a command reads it.
fn might_not_end(directory: &Path) -> bool {
    unfit::read(&directory.join("main.cf")).is_ok_and(|text| literal_main_cf::might_not_end(&text))
}

/// Tells that a signal came before there was anything to run.
fn interrupted(signals: &Signals, messages: &mut Messages<'_>) -> u8 {
    let Some(signal) = signals.ending() else { return exit_status::SYSTEM };
    let name = signals::name(signal as i32);
    messages.report(Level::Fatal, &format!("got signal {name}; no instance got the command; try again"));
    exit_status::killed(signal as i32)
}
