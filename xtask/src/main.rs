//! Runs the commands for developers of this project: `cargo xtask COMMAND`.
//!
//! One file a command. It runs Cargo and Git, and knows nothing about the crates' code: it depends on none of
//! them, so that it builds in seconds when they do not build at all.

mod bench;
mod cargo_build;
mod conformance;
mod crash;
mod die_with_parent;
mod documents;
mod fuzz;
mod image_options;
mod images;
mod matrix;
mod message;
mod mutants;
mod package;
mod step;
mod test;
mod tidy;
mod workspace;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use bench::measure::Thoroughness;
use clap::{Parser, Subcommand};
use matrix::MatrixOptions;

/// The status for what kept a command from being run at all.
const TROUBLE: u8 = 2;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Checks and runs everything in this workspace")]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run everything that must hold before a change is published: tidy, format, lints, all tests
    Test,
    /// Build the conformance suite and run it; arguments go to postfix-conformance
    ///
    /// `run` may be left out: `cargo xtask conformance --testbed sandbox` means
    /// `postfix-conformance run --testbed sandbox`.
    #[command(disable_help_flag = true)]
    Conformance {
        /// What postfix-conformance is told
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
        arguments: Vec<OsString>,
    },
    /// Measure how far the simulated Postfix is from the installed one; arguments as for
    /// `postfix-conformance fidelity`
    #[command(disable_help_flag = true)]
    Fidelity {
        /// What the measure is told
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
        arguments: Vec<OsString>,
    },
    /// Feed the readers of main.cf, master.cf and command lines with inputs that coverage guides
    ///
    /// Ends with 0 if nothing was found, with 1 if something was, and with 2 if nothing could be tried.
    Fuzz(fuzz::Request),
    /// Time our manager beside those that come with Postfix, and the simulated programs beside the installed ones,
    /// and print ratios
    Bench {
        /// How thorough the first part is
        #[arg(long, value_enum, default_value = "full")]
        managers: Thoroughness,
        /// Leave out the second part
        #[arg(long)]
        managers_only: bool,
        /// Start sixteen real instances in a container of this image instead
        #[arg(long, value_name = "IMAGE", conflicts_with_all = ["managers", "managers_only"])]
        live: Option<String>,
        /// How often, with --live
        #[arg(long, default_value_t = 3, requires = "live")]
        repeat: usize,
    },
    /// The part of the benchmark that runs in private namespaces
    #[command(name = bench::INSIDE, hide = true)]
    BenchInside {
        scene: PathBuf,
        #[arg(value_enum)]
        thoroughness: Thoroughness,
        results: PathBuf,
    },
    /// Make packages: .deb and .rpm of the manager and of the suite, and an archive for any Linux
    Package(package::PackageOptions),
    /// Build the programs, and put them below a folder with their manual pages, completions and documents
    Install(package::InstallOptions),
    /// Build small images from Debian's packages, if they are not there yet: one of each Postfix series, and one in which
    /// packages of RPM are tried
    Images {
        /// Only these: 3.5, 3.7, 3.10, 3.11, rpm
        #[arg(value_name = "IMAGE")]
        images: Vec<String>,
    },
    /// Judge every manager on every Postfix series, in containers and on running systems, in one report
    Matrix(MatrixOptions),
    /// Kill postfix-multi at every moment, or let many of it work at once, in containers (takes long)
    Crash(crash::Options),
    /// Break the manager and the oracle in small ways, and demand that a test sees each (takes an hour)
    Mutants(mutants::Options),
    /// Check the rules of this tree that no compiler knows
    Tidy,
}

fn main() -> ExitCode {
    let result = match CommandLine::parse().command {
        Command::Test => test::run(),
        Command::Conformance { arguments } => conformance::run(arguments),
        Command::Fidelity { arguments } => {
            let arguments = std::iter::once(OsString::from("fidelity")).chain(arguments).collect();
            conformance::run(arguments)
        }
        Command::Fuzz(request) => fuzz::run(&request),
        Command::Bench { live: Some(image), repeat, .. } => bench::live(&image, repeat),
        Command::Bench { managers, managers_only, .. } => bench::run(managers).and_then(|status| {
            if managers_only {
                return Ok(status);
            }
            conformance::run(vec![OsString::from("fidelity"), OsString::from("--speed")])
        }),
        Command::BenchInside { scene, thoroughness, results } => {
            bench::inside(&scene, thoroughness, &results)
        }
        Command::Package(options) => package::run(&options),
        Command::Install(options) => package::install(&options),
        Command::Images { images } => images::run(&images),
        Command::Matrix(options) => matrix::run(&options),
        Command::Crash(options) => crash::run(&options),
        Command::Mutants(options) => mutants::run(&options),
        Command::Tidy => tidy::run(),
    };
    result.unwrap_or_else(|trouble| {
        message::complain(&format!("cargo xtask: {trouble}"));
        ExitCode::from(TROUBLE)
    })
}

#[cfg(test)]
mod tests {
    use super::{CommandLine, workspace};
    use clap::Parser as _;
    use clap::error::ErrorKind;
    use postfix_process::documented_commands::calls_of;

    #[test]
    fn every_documented_command_is_understood() {
        for call in calls_of(&workspace::root(), &["cargo", "xtask"]).unwrap() {
            let words = ["cargo xtask".to_owned()].into_iter().chain(call.arguments.clone());
            let Err(error) = CommandLine::try_parse_from(words) else { continue };
            // A text may name a command alone.
            let is_name = call.arguments.len() == 1 && error.kind() == ErrorKind::MissingRequiredArgument;
            assert!(is_name, "{}: {error}", call.place);
        }
    }
}
