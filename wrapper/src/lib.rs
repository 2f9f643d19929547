//! A multi-instance manager for Postfix: postfix(1) runs it in place of its own script, and it brings the
//! command to every instance.
//!
//! The whole program is [`run`]: what postfix(1) handed over, the instances, the plan, its execution, one exit
//! status. Knows nothing of particular commands; those are the plan's.

mod aside;
mod capture;
mod closing;
mod command;
mod command_line;
mod complaint;
mod duration;
mod environment;
#[cfg(test)]
mod failing;
mod flag;
#[cfg(any(test, fuzzing))]
pub mod fuzzed;
mod in_use;
mod instance;
mod list;
mod main_cf;
mod message;
mod misplaced;
pub mod multi;
mod option_text;
mod options;
mod os;
mod parameters;
mod plan;
mod postconf;
mod preview;
mod process;
mod quick;
mod runner;
mod schedule;
mod signals;
mod sinks;
mod status;
mod summary;
mod transcript;
mod turns;

use std::convert::identity;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use command::{Classes, Command};
use command_line::{Invocation, Mode, Request, Telling};
use environment::Environment;
use instance::{Identity, Instance, Instances};
use message::{Level, Messages, WRAPPER};
use misplaced::Misplaced;
use parameters::Parameters;
use plan::{Damage, Plan, Step};
use postconf::{Interrupted, Wanted};
use runner::Runner;
use signals::Signals;
use sinks::{Sink, Stream, Unwritten};

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
                "{WRAPPER}: fatal: cannot listen to signals: {error}; no instance got the command; try again"
            );
            return status::SYSTEM;
        }
    };
    let mut messages = Messages::new(WRAPPER, &signals);
    match command_line::parse(arguments) {
        Ok(Request::Help) => show(&command_line::help(), &signals),
        Ok(Request::Version) => show(concat!("postfix-wrapper ", env!("CARGO_PKG_VERSION"), "\n"), &signals),
        Ok(Request::Manage(invocation)) => {
            manage(invocation, &signals, &mut messages).map_or_else(identity, identity)
        }
        Err(error) => {
            messages.say(Level::Fatal, &format!("{error}; options come before the command, see --help"));
            status::USAGE
        }
    }
}

/// Brings a command to the instances. Both results are exit statuses; the erroneous one when nothing was run.
fn manage(invocation: Invocation, signals: &Signals, messages: &mut Messages<'_>) -> Result<u8, u8> {
    let environment = Environment::read(|name| std::env::var_os(name)).map_err(|error| {
        let what =
            format!("this is run by postfix(1), not by hand: {error}; use \"postfix COMMAND\" instead");
        messages.say(Level::Fatal, &what);
        status::USAGE
    })?;
    messages.log_too(&environment);
    let command = invocation.command.ok_or_else(|| {
        messages.say(
            Level::Fatal,
            "no command for the instances; use \"postfix COMMAND\", e.g. \"postfix status\"",
        );
        status::USAGE
    })?;
    if let Some(misplaced) = Misplaced::behind(command.words()) {
        let what = misplaced.for_a_caller_of_postfix();
        messages.say(Level::Fatal, &format!("{what}; no instance got the command"));
        return Err(status::USAGE);
    }
    let settings = &invocation.settings;
    signals.limit_queries(settings.query_timeout);
    if settings.telling == Telling::Everything || std::env::var_os("MAIL_VERBOSE").is_some() {
        messages.be_verbose();
    }
    let (instances, classes) = list_instances(&environment, signals, messages)?;
    if command.is_for_one_instance() && !instances.secondary().is_empty() {
        messages.say(Level::Fatal, &complaint::for_one_instance(&command));
        return Err(status::USAGE);
    }
    let processors = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let jobs = settings.jobs.number(processors);
    let needs_groups = jobs > NonZeroUsize::MIN || settings.summary.is_some() || settings.mode == Mode::Show;
    let wanted = if needs_groups { Wanted::FlagAndGroup } else { Wanted::Flag };
    let mut parameters = Parameters::new(&environment, signals, wanted);
    let plan = make_plan(command, &classes, &instances, &mut parameters, messages)?;
    if settings.mode == Mode::Show {
        return Ok(match show(&preview::text(&plan, jobs), signals) {
            status::SUCCESS => preview::status(&plan),
            failure => failure,
        });
    }
    let launch = |step: &Step, words: &[&OsStr]| {
        let mut command = std::process::Command::new(environment.program("postfix"));
        command.arg("-c").arg(step.instance.directory()).args(words);
        command
    };
    let runner =
        Runner { environment: &environment, launch: &launch, jobs, timeout: settings.timeout, signals };
    let finished = runner.run(&plan, messages).map_err(|error| {
        let what =
            format!("cannot use the standard streams: {error}; no instance got the command; try again");
        messages.say(Level::Fatal, &what);
        status::SYSTEM
    })?;
    in_use::say(&plan, &finished, &classes, &environment, signals, messages);
    for line in closing::lines(&plan, &finished) {
        messages.say(Level::Error, &line);
    }
    if let Some(form) = settings.summary {
        // A summary that nobody reads is no failure of any instance.
        show(&summary::text(form, &plan, &finished), signals);
    }
    Ok(match signals.ending() {
        Some(signal) => status::killed(signal as i32),
        None => status::of_all(finished.iter().map(|finished| &finished.outcome)),
    })
}

/// All instances, the default one included, and what the commands for them mean.
fn list_instances(
    environment: &Environment,
    signals: &Signals,
    messages: &mut Messages<'_>,
) -> Result<(Instances, Classes), u8> {
    let overview = match parameters::overview(environment, signals) {
        Ok(Ok(overview)) => overview,
        Ok(Err(no_answer)) => {
            let what = format!(
                "cannot get the list of instances: {}; no instance got the command; see to {} and try again",
                no_answer.reason,
                complaint::at_fault(&environment.config_directory, &no_answer.reason)
            );
            messages.say(Level::Fatal, &what);
            return Err(no_answer.status);
        }
        Err(Interrupted) => return Err(interrupted(signals, messages)),
    };
    if let Some(remark) = &overview.remark {
        messages.say(Level::Warning, &complaint::remark(&environment.config_directory, remark));
    }
    let (instances, duplicates) =
        Instances::new(environment.config_directory.clone(), overview.value.directories, identity_of);
    for duplicate in &duplicates {
        messages.say(Level::Warning, &complaint::duplicate(environment, duplicate));
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
        if is_news && directory != instances.default_instance().directory() {
            messages.say(Level::Warning, &complaint::remark(directory, remark));
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
    let mut plan = Plan::new(command, classes, instances, |instance| parameters.flag(instance.directory()))?;
    if !heeds_flags {
        plan = plan.without_damaged(|instance| {
            unfit_damage(instance).or_else(|| parameters.late(instance.directory()))
        });
    }
    plan.in_lanes(|instance| parameters.group(instance.directory()))
}

/// Whether a main.cf is one about which postconf is asked before a command reads it.
fn might_not_end(directory: &Path) -> bool {
    os::unfit::read(&directory.join("main.cf")).is_ok_and(|text| main_cf::might_not_end(&text))
}

/// The damage of an instance whose main.cf might be read without end.
pub(crate) fn unfit_damage(instance: &Instance) -> Option<Damage> {
    os::unfit::told(instance.directory(), "main.cf").map(Damage::of_unfit)
}

/// Tells that a signal came before there was anything to run.
fn interrupted(signals: &Signals, messages: &mut Messages<'_>) -> u8 {
    let Some(signal) = signals.ending() else { return status::SYSTEM };
    let name = signals::name(signal as i32);
    messages.say(Level::Fatal, &format!("got signal {name}; no instance got the command; try again"));
    status::killed(signal as i32)
}

/// What makes a directory the same under another name; nothing for one that is not there.
pub(crate) fn identity_of(path: &Path) -> Option<Identity> {
    std::fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

/// Prints a text that was asked for. The result is the exit status.
pub(crate) fn show(text: &str, signals: &Signals) -> u8 {
    match print(text.as_bytes(), signals) {
        Ok(()) => status::SUCCESS,
        Err(_) => signals.ending().map_or(status::OUTPUT, |signal| status::killed(signal as i32)),
    }
}

/// Writes to standard output. Whoever reads it is waited for, but not for long once the program was asked to end.
pub(crate) fn print(text: &[u8], signals: &Signals) -> io::Result<()> {
    let written = Sink::standard(Stream::Output)?.write(text, None, signals);
    signals.collect();
    written.map_err(|unwritten| match unwritten {
        Unwritten::Broken(error) => error,
        Unwritten::Stalled | Unwritten::Cut => io::ErrorKind::TimedOut.into(),
    })
}
