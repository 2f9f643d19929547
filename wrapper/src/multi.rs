//! The front end `postfix-multi`: what postmulti(1) does, for people, scripts and service managers.
//!
//! The whole program is [`run`]: understand the command line, read the system, do what was asked, one exit status.
//! Every failure has the status 1, as postmulti's have. Knows nothing of how each thing is done.

mod changing;
mod check;
mod cli;
mod failure;
mod foreground;
mod life_cycle;
mod output;
mod ownership;
mod request;
mod run_on_instances;
mod status;
mod system;

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix::sys::stat::{Mode, umask};

use crate::cli::misplaced_option::Misplaced;
use crate::multi::cli::usage::UsageError;
use crate::multi::cli::{help, parse};
use crate::multi::failure::Failure;
use crate::multi::output::show;
use crate::multi::request::selection::Selection;
use crate::multi::request::{Action, Request, StatusForm, StatusRequest, Task, Typed};
use crate::multi::run_on_instances::Iteration;
use crate::multi::system::{System, read_system};
use crate::os::exit_status;
use crate::os::messages::{Level, MULTI, Messages};
use crate::os::printable::error_text;
use crate::os::signals::Signals;
use crate::plan::run_settings::{RunSettings, Verbosity};
use crate::postfix::environment::{Environment, MAIL_VERBOSE, variable};
use crate::postfix::values::list_value;

/// Runs the front end with the arguments that follow the program's name; the result is the exit status.
///
/// It is a program's whole work: call it from `main`, before there are other threads. It listens to signals,
/// and leaves its handlers in place.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let signals = match Signals::listen() {
        Ok(signals) => signals,
        Err(error) => {
            let _ = writeln!(
                std::io::stderr(),
                "{MULTI}: fatal: cannot listen to signals: {}; nothing was done; try again",
                error_text(&error)
            );
            return exit_status::FAILURE;
        }
    };
    // Files that commands create for an instance can be read by others, whatever the caller's mask is.
    umask(Mode::S_IWGRP | Mode::S_IWOTH);
    let mut messages = Messages::new(MULTI, &signals);
    let caller = Environment::read(variable).ok();
    if let Some(postfix) = &caller {
        messages.enable_mail_log(postfix.program("postlog"), postfix.log_tag.clone());
    }
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    // A monitor reads standard output, and takes the status 1 for a warning.
    let is_for_a_monitor = parse::is_for_a_monitor(&arguments);
    let request = match parse::parse(arguments) {
        Ok(request) => request,
        Err(error) if is_for_a_monitor => {
            return status::print_unknown(&format!("{error}; see --help"), &signals);
        }
        Err(error) => {
            let may_be_manager = matches!(error, UsageError::NoTask(_)) && caller.is_some();
            let more = if may_be_manager { AS_MANAGER } else { "" };
            messages.report(Level::Fatal, &format!("{error}{more}; see --help"));
            return exit_status::FAILURE;
        }
    };
    match request {
        Request::Help => show(&help::text(), "the help", &mut messages),
        Request::Version => {
            show(concat!("postfix-multi ", env!("CARGO_PKG_VERSION"), "\n"), "the version", &mut messages)
        }
        Request::Do(task, settings, typed) => {
            let stays = matches!(task, Task::Act(Action::Foreground));
            let done = match carry_out(task, &settings, &typed, &signals, &mut messages) {
                // It has answered its signals: one that came during its last stop does not hide why it ends.
                Ok(done) if stays => return done,
                Ok(done) => done,
                Err(failure) if is_for_a_monitor => status::print_unknown(&failure.to_string(), &signals),
                Err(failure) => {
                    messages.report(Level::Fatal, &failure.to_string());
                    exit_status::FAILURE
                }
            };
            match signals.ending() {
                Some(signal) if done != exit_status::SUCCESS => exit_status::killed(signal as i32),
                _ => done,
            }
        }
    }
}

/// What to do if postfix(1) has called, and this program was not told that it is the manager.
const AS_MANAGER: &str =
    "; as multi_instance_wrapper this program needs \"-p --\", which \"postfix-multi -e init\" sets";

/// Does what was asked for. The result is the exit status.
fn carry_out(
    task: Task,
    settings: &RunSettings,
    typed: &Typed,
    signals: &Signals,
    messages: &mut Messages<'_>,
) -> Result<u8, Failure> {
    signals.limit_queries(settings.query_timeout);
    if settings.verbosity == Verbosity::Steps || variable(MAIL_VERBOSE).is_some() {
        messages.be_verbose();
    }
    let action = match task {
        Task::Edit(request) => return life_cycle::edit(&request, typed, signals, messages),
        Task::Act(action) => action,
    };
    refuse_misplaced_options(&action, typed)?;
    if let Action::Status(
        request @ StatusRequest { form: StatusForm::OpenMetrics | StatusForm::Monitor(_), .. },
    ) = &action
    {
        // Who asks every minute must not fill the mail log; the warnings are findings, too.
        return status::print(&System::read(variable, signals)?, request, messages);
    }
    let system = read_system(signals, messages)?;
    refuse_as_manager(&action, &system)?;
    let path = variable("PATH");
    let iteration = Iteration { system: &system, settings, typed, path, signals, progress: &|_| () };
    let listed = |selection: Selection| selection.as_listed(&system);
    match action {
        Action::List(selection, order, format) => {
            Ok(output::listing::print(&system, &listed(selection), order, format, messages))
        }
        Action::Postfix(selection, command) => iteration.postfix(&listed(selection), command, messages),
        Action::Unix(selection, order, command) => {
            iteration.program(&listed(selection), order, command, messages)
        }
        Action::Foreground => foreground::run(system, settings, typed, signals, messages),
        Action::Status(request) => status::print(&system, &request, messages),
        Action::Check(format) => check::run(&system, format, messages),
    }
}

/// Refuses a command that postfix(1) hands to its manager, if that is this program without an option for commands, so
/// that the command is one of its own.
fn refuse_as_manager(action: &Action, system: &System) -> Result<(), Failure> {
    let is_own = matches!(action, Action::Status(..) | Action::Check(_) | Action::Foreground);
    if !is_own || !is_run_by_postfix() {
        return Ok(());
    }
    let mut words = list_value::split(&system.installation.wrapper);
    let is_this =
        words.next().is_some_and(|program| Path::new(&program).file_name() == Some(OsStr::new(MULTI)));
    let takes_commands = words.any(|word| word == "-p" || word == "--postfix");
    if is_this && !takes_commands {
        return Err(Failure::NoManager(OsStr::from_bytes(&system.installation.wrapper).to_owned()));
    }
    Ok(())
}

/// Whether postfix(1), which runs its manager, has set the environment.
fn is_run_by_postfix() -> bool {
    Environment::read(variable).is_ok()
}

/// Refuses a command of postfix(1) with an option behind it that was meant for this program.
fn refuse_misplaced_options(action: &Action, typed: &Typed) -> Result<(), Failure> {
    let what = match action {
        Action::Postfix(_, command) => Misplaced::behind(command.words()).map(|misplaced| {
            if is_run_by_postfix() {
                misplaced.for_a_caller_of_postfix()
            } else {
                misplaced.for_a_caller(&typed.options())
            }
        }),
        Action::Unix(_, _, command) => Misplaced::behind_postfix(command.words())
            .map(|misplaced| misplaced.for_a_caller(&typed.options())),
        _ => None,
    };
    what.map_or(Ok(()), |what| Err(Failure::Misplaced(what)))
}
