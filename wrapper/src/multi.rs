//! The front end `postfix-multi`: what postmulti(1) does, for people, scripts and service managers.
//!
//! The whole program is [`run`]: understand the command line, read the system, do what was asked, one exit status.
//! Every failure has the status 1, as postmulti's have. Knows nothing of how each thing is done.

mod check;
mod command_line;
mod damaged_name;
mod failure;
mod help;
mod installation;
mod iterate;
mod launch;
mod life_cycle;
mod listing;
mod lock;
mod options;
mod ownership;
mod report;
mod request;
pub(crate) mod running;
mod selection;
mod stopped;
pub(crate) mod system;
mod usage;

use std::ffi::OsString;
use std::io::Write as _;

use nix::sys::stat::{Mode, umask};

use crate::environment::Environment;
use crate::message::{Level, MULTI, Messages};
use crate::misplaced::Misplaced;
use crate::multi::failure::Failure;
use crate::multi::iterate::Iteration;
use crate::multi::launch::{MAIL_VERBOSE, Talk};
use crate::multi::request::{Action, Invocation, Request};
use crate::multi::selection::Selection;
use crate::multi::system::System;
use crate::signals::Signals;
use crate::{complaint, status};

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
                "{MULTI}: fatal: cannot listen to signals: {error}; nothing was done; try again"
            );
            return status::FAILURE;
        }
    };
    // What commands make for an instance can be read by others, whoever calls.
    umask(Mode::S_IWGRP | Mode::S_IWOTH);
    let mut messages = Messages::new(MULTI, &signals);
    let request = match command_line::parse(arguments) {
        Ok(request) => request,
        Err(error) => {
            messages.say(Level::Fatal, &format!("{error}; see --help"));
            return status::FAILURE;
        }
    };
    match request {
        Request::Help => show(&help::text(), &signals),
        Request::Version => show(concat!("postfix-multi ", env!("CARGO_PKG_VERSION"), "\n"), &signals),
        Request::Do(invocation) => {
            let done = carry_out(invocation, &signals, &mut messages).unwrap_or_else(|failure| {
                messages.say(Level::Fatal, &failure.to_string());
                status::FAILURE
            });
            match signals.ending() {
                Some(signal) if done != status::SUCCESS => status::killed(signal as i32),
                _ => done,
            }
        }
    }
}

/// Does what was asked for. The result is the exit status.
fn carry_out(invocation: Invocation, signals: &Signals, messages: &mut Messages<'_>) -> Result<u8, Failure> {
    signals.limit_queries(invocation.settings.query_timeout);
    if invocation.verbosity > 0 || variable(MAIL_VERBOSE).is_some() {
        messages.be_verbose();
    }
    let talk = if invocation.verbosity > 0 { Talk::More } else { Talk::Inherited };
    if let Action::Edit(edit) = &invocation.action {
        return life_cycle::edit(edit, invocation.patience, signals, messages);
    }
    refuse_misplaced_options(&invocation.action)?;
    let system = read_system(signals, messages)?;
    let iteration =
        Iteration { system: &system, settings: &invocation.settings, talk, path: variable("PATH"), signals };
    let listed = |selection: Selection| selection.as_listed(&system);
    match invocation.action {
        Action::List(selection, order, form) => {
            Ok(listing::print(&system, &listed(selection), order, form, messages))
        }
        Action::Postfix(selection, command) => iteration.postfix(&listed(selection), command, messages),
        Action::Unix(selection, order, command) => {
            iteration.program(&listed(selection), order, command, messages)
        }
        Action::Status(selection, order, form) => {
            Ok(report::print(&system, &listed(selection), order, form, messages))
        }
        Action::Check(form) => Ok(check::run(&system, form, messages)),
        // That has been done above.
        Action::Edit(_) => Ok(status::SUCCESS),
    }
}

/// Refuses a command of postfix(1) with an option behind it that was meant for this program.
fn refuse_misplaced_options(action: &Action) -> Result<(), Failure> {
    // postfix(1), which runs its manager, sets what is read here.
    let is_run_by_postfix = || Environment::read(variable).is_ok();
    let what = match action {
        Action::Postfix(_, command) => Misplaced::behind(command.words()).map(|misplaced| {
            if is_run_by_postfix() { misplaced.for_a_caller_of_postfix() } else { misplaced.for_a_caller() }
        }),
        Action::Unix(_, _, command) => {
            Misplaced::behind_postfix(command.words()).map(|misplaced| misplaced.for_a_caller())
        }
        _ => None,
    };
    what.map_or(Ok(()), |what| Err(Failure::Misplaced(what)))
}

/// All instances, after a word about what is odd, but no reason not to go on.
fn read_system(signals: &Signals, messages: &mut Messages<'_>) -> Result<System, Failure> {
    let system = System::read(variable, signals)?;
    let environment = system.installation.environment();
    messages.log_too(&environment);
    for (directory, remark) in &system.remarks {
        messages.say(Level::Warning, &complaint::remark(directory, remark));
    }
    for duplicate in &system.duplicates {
        messages.say(Level::Warning, &complaint::duplicate(&environment, duplicate));
    }
    Ok(system)
}

/// The value of a variable of the environment.
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Prints a text that was asked for. The result is the exit status.
fn show(text: &str, signals: &Signals) -> u8 {
    match crate::show(text, signals) {
        status::OUTPUT => status::FAILURE,
        status => status,
    }
}

/// Writes what was asked for to standard output; whether that went well. `what` is what messages call it.
fn written(text: &[u8], what: &str, messages: &mut Messages<'_>) -> bool {
    let done = crate::print(text, messages.signals());
    if let Err(error) = &done {
        messages.say(Level::Fatal, &format!("cannot write {what}: {error}"));
    }
    done.is_ok()
}
