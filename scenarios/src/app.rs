//! The program postfix-conformance: reads the command line, runs the command, and gives the exit status.

use std::ffi::OsString;
use std::io;

use clap::error::ContextKind;
use clap::{CommandFactory as _, Parser};
use postfix_process::suite_command::{quoted, suite_command};

use crate::catalogue::contents::Catalogue;
use crate::cli::command_line::{Command, CommandLine};
use crate::cli::{completions, manual};
use crate::commands::error::CannotJudge;
#[cfg(feature = "measures")]
use crate::commands::measures::{differential, fidelity};
use crate::commands::{compare, coverage, explain, export, list, new_case, replay, report, run, self_test};
use crate::judge::result::{CANNOT_JUDGE, CONFORMS};
use crate::report::terminal::{Stdout, note};

/// Runs the program with the arguments that follow its name; the result is the exit status.
pub fn run(arguments: &[OsString]) -> u8 {
    let command_line = match parse(arguments) {
        Ok(command_line) => command_line,
        Err(answer) => {
            // Help and version are no mistakes, and a reader that is gone needs no message.
            let _ = answer.print();
            if answer.use_stderr() {
                with_run(arguments, &answer).into_iter().for_each(note);
            }
            return u8::try_from(answer.exit_code()).unwrap_or(CANNOT_JUDGE);
        }
    };
    dispatch(command_line).unwrap_or_else(|error| {
        note(error);
        CANNOT_JUDGE
    })
}

/// How a refused call would be right that lacks nothing but `run`; nothing if it has another command, or a misspelt one.
fn with_run(arguments: &[OsString], refused: &clap::Error) -> Option<String> {
    let words = arguments.iter().map(|word| word.to_str().map(quoted)).collect::<Option<Vec<String>>>()?;
    let is_misspelt = refused.get(ContextKind::SuggestedSubcommand).is_some();
    if is_misspelt || CommandLine::command().find_subcommand(arguments.first()?).is_some() {
        return None;
    }
    parse(&[&[OsString::from("run")], arguments].concat()).ok()?;
    Some(format!("did you mean: {} run {}", suite_command(), words.join(" ")))
}

fn parse(arguments: &[OsString]) -> Result<CommandLine, clap::Error> {
    CommandLine::try_parse_from([&[OsString::from("postfix-conformance")], arguments].concat())
}

fn dispatch(command_line: CommandLine) -> Result<u8, CannotJudge> {
    let catalogue = Catalogue::load()?;
    let mut out = Stdout::new(io::stdout().lock());
    match command_line.command {
        Command::Run(options) => run::run(&mut out, catalogue, &options),
        Command::Report(command) => Ok(report::tell(&mut out, &command)?),
        Command::List(options) => list::run(&mut out, catalogue, &options),
        Command::Explain(options) => explain::run(&mut out, catalogue, &options),
        Command::New(options) => new_case::run(&mut out, &options),
        Command::Export(options) => export::run(&mut out, &options),
        Command::Compare(options) => compare::run(&mut out, catalogue, &options),
        Command::Replay(options) => replay::run(&mut out, catalogue, &options),
        Command::Coverage(options) => coverage::run(&mut out, &catalogue, &options),
        Command::SelfTest(options) => self_test::run(&mut out, &catalogue, &options),
        Command::Completions { shell } => {
            completions::print(&mut out, shell)?;
            Ok(CONFORMS)
        }
        Command::Manual => {
            manual::print(&mut out)?;
            Ok(CONFORMS)
        }
        #[cfg(feature = "measures")]
        Command::Differential(options) => Ok(differential::run(&mut out, &options)?),
        #[cfg(feature = "measures")]
        Command::Fidelity(options) => Ok(fidelity::run(&mut out, &options)?),
        #[cfg(not(feature = "measures"))]
        Command::Differential(_) => Err(CannotJudge::BuiltWithout("differential")),
        #[cfg(not(feature = "measures"))]
        Command::Fidelity(_) => Err(CannotJudge::BuiltWithout("fidelity")),
    }
}
