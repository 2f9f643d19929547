//! Defines the command line of postfix-conformance: its commands. The options of each stand with the command.

use clap::{Parser, Subcommand, ValueEnum};

use crate::commands::compare::CompareOptions;
use crate::commands::coverage::CoverageOptions;
use crate::commands::explain::ExplainOptions;
use crate::commands::export::ExportOptions;
use crate::commands::list::ListOptions;
use crate::commands::new_case::NewOptions;
use crate::commands::options::measure_options::{DifferentialOptions, FidelityOptions};
use crate::commands::replay::ReplayOptions;
use crate::commands::report::ReportCommand;
use crate::commands::run::RunOptions;
use crate::commands::self_test::SelfTestOptions;

/// Judges a Postfix multi-instance manager by postfix-wrapper(5).
#[derive(Debug, Parser)]
#[command(
    name = "postfix-conformance",
    version,
    after_help = "Exit status: 0 all that was judged conforms, 1 something does not, 2 nothing, or not everything, could \
                  be judged or reported. If a signal ends it: 130 or 143, and the reports have what was judged by then."
)]
pub struct CommandLine {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Judge a manager
    Run(Box<RunOptions>),
    /// Print stored reports again; several are merged into one
    ///
    /// Exit status: that of the runs, the worst of them; 2 if reports cannot be read, contradict each other, or do not
    /// make up a whole run.
    Report(ReportCommand),
    /// List the cases: name, level, clauses, title
    List(ListOptions),
    /// Judge several managers, and show clauses by managers
    ///
    /// Exit status: 0 all of them conform, 1 one does not, 2 something could not be judged.
    Compare(CompareOptions),
    /// Judge one case, and show its failure in full
    ///
    /// Exit status: 0 it passes, 1 it fails, 2 it could not be judged.
    Replay(ReplayOptions),
    /// Show what postfix-wrapper(5) says, section by section, and which clauses and cases judge it
    ///
    /// Exit status: 0 all of it is judged, 1 something is not.
    Coverage(CoverageOptions),
    /// Judge managers and fakes that have a fault on purpose: each must fail because of it
    ///
    /// With --testbed live, multi-instance tools are judged, in containers; this takes minutes.
    ///
    /// Exit status: 0 each does, and no reference manager fails unexpectedly; 1 otherwise; 2 not everything could be judged.
    SelfTest(SelfTestOptions),
    /// Explain a case, a clause, or what belongs to any name that `run` takes
    Explain(ExplainOptions),
    /// Write a case to begin with, with comments
    New(NewOptions),
    /// Write the cases, the clauses and the description of their formats into a folder
    Export(ExportOptions),
    /// Compare our multi-instance tool with postmulti(1), by sequences of commands in containers
    ///
    /// Exit status: 0 no difference that is not accepted, 1 there are some, 2 nothing could be compared.
    Differential(DifferentialOptions),
    /// Print completions of this program's command lines for a shell
    ///
    /// For bash: `postfix-conformance completions bash >/usr/share/bash-completion/completions/postfix-conformance`.
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print this program's page of the manual, in mdoc(7)
    Manual,
    /// Measure how far the simulated Postfix is from the installed one
    ///
    /// Exit status: 0 no unexplained difference, 1 there are some, 2 nothing could be measured.
    Fidelity(FidelityOptions),
}

/// A shell that completions can be printed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// bash
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::error::ErrorKind;
    use clap::{CommandFactory as _, Parser as _};
    use postfix_process::documented_commands::calls_of;

    use super::CommandLine;

    /// Parses each documented call of a program. `whole` makes it one of postfix-conformance.
    fn parse_calls(program: &[&str], whole: impl Fn(Vec<String>) -> Vec<String>) {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        for call in calls_of(root, program).unwrap() {
            let arguments = whole(call.arguments);
            let words = std::iter::once("postfix-conformance".to_owned()).chain(arguments.clone());
            let Err(error) = CommandLine::try_parse_from(words) else { continue };
            // A text may name a command alone.
            let is_name = arguments.len() == 1 && error.kind() == ErrorKind::MissingRequiredArgument;
            assert!(is_name, "{}: {error}", call.place);
        }
    }

    #[test]
    fn every_documented_command_is_understood() {
        let behind = |command: &str, arguments| [vec![command.to_owned()], arguments].concat();
        parse_calls(&["postfix-conformance"], |arguments| arguments);
        parse_calls(&["cargo", "xtask", "fidelity"], |arguments| behind("fidelity", arguments));
        parse_calls(&["cargo", "xtask", "conformance"], |arguments| {
            // `run` may be left out there.
            let is_command = CommandLine::command().find_subcommand(&arguments[0]).is_some();
            if is_command { arguments } else { behind("run", arguments) }
        });
    }
}
