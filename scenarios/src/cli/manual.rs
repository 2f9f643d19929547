//! `postfix-conformance manual`: prints this program's page of the manual.
//! The page is made from the definition of the command line, so that no command and no option can be missing there.

use std::fmt::Write as _;
use std::io::Write as _;

use clap::{Arg, ArgAction, Command, CommandFactory as _};

use crate::cli::command_line::CommandLine;
use crate::commands::error::CannotJudge;
use crate::report::terminal::{Stdout, StdoutError};

/// The day of the release, as the manual writes it.
const DAY: &str = "November 29, 2026";

/// What the program does, beyond the sentences of the command line.
const DESCRIPTION: &str = "\
.Nm
judges whether a multi-instance manager of Postfix does what
.Xr postfix-wrapper 5
says.
It makes worlds: directory trees with several instances.
In each it runs
.Xr postfix 1
commands with the judged manager, and compares what came of them with what the manual page demands.
It needs no root and no network, and does not touch the configuration, the queues and the daemons of an installed Postfix.
";

/// What the environment changes.
const ENVIRONMENT: &str = "\
.Sh ENVIRONMENT
.Bl -tag -width Ds
.It Ev TMPDIR
Where worlds are made, unless
.Fl -work-dir
says so.
.It Ev POSTFIX_CONFORMANCE_REQUIRE
A need, as for
.Fl -require ,
if that is not given.
.El
";

/// What follows the exit status.
const END: &str = "\
.Sh EXAMPLES
Judge our manager, on the simulated Postfix:
.Pp
.Dl postfix-conformance run
.Pp
Judge another manager, on the installed Postfix:
.Pp
.Dl postfix-conformance run --testbed sandbox --require all --manager /usr/libexec/my-manager
.Sh SEE ALSO
.Xr postfix-multi 1 ,
.Xr postfix-wrapper 1 ,
.Xr postfix-conformance-case 5 ,
.Xr postfix-conformance-expected-failures 5 ,
.Xr postfix-wrapper 5
";

/// Prints the page.
pub(crate) fn print(out: &mut Stdout<'_>) -> Result<(), CannotJudge> {
    out.write_all(page().as_bytes()).and_then(|()| out.flush()).map_err(StdoutError)?;
    Ok(())
}

fn page() -> String {
    let mut program = CommandLine::command();
    program.build();
    let about = described(program.get_about());
    let mut page = format!(
        ".Dd {DAY}\n.Dt POSTFIX-CONFORMANCE 1\n.Os\n.Sh NAME\n.Nm postfix-conformance\n.Nd {}\n.Sh SYNOPSIS\n",
        about.trim_end_matches('.')
    );
    let commands: Vec<&Command> =
        program.get_subcommands().filter(|one| !one.is_hide_set() && one.get_name() != "help").collect();
    for command in &commands {
        let _ = write!(page, ".Nm\n.Cm {}\n.Op Ar options\n", command.get_name());
        for argument in command.get_positionals() {
            page.push_str(&synopsis(argument));
        }
    }
    let _ = write!(page, ".Sh DESCRIPTION\n{DESCRIPTION}.Sh COMMANDS\n");
    for command in commands {
        describe(&mut page, command);
    }
    let statuses = program.get_after_help().map(ToString::to_string).unwrap_or_default();
    page.push_str(ENVIRONMENT);
    let _ = writeln!(page, ".Sh EXIT STATUS\n{}", text(statuses.trim_start_matches("Exit status: ")));
    page.push_str(END);
    page
}

/// A command, and its options in the order of the command line.
fn describe(page: &mut String, command: &Command) {
    let _ = writeln!(page, ".Ss {}", command.get_name());
    let _ = writeln!(page, "{}", text(&described(command.get_long_about().or(command.get_about()))));
    let shown: Vec<&Arg> = command
        .get_arguments()
        .filter(|one| !one.is_hide_set() && !matches!(one.get_id().as_str(), "help" | "version"))
        .collect();
    if shown.is_empty() {
        return;
    }
    page.push_str(".Bl -tag -width Ds\n");
    for argument in shown {
        let _ = writeln!(page, ".It {}", name(argument));
        let _ = writeln!(page, "{}", text(&described(argument.get_long_help().or(argument.get_help()))));
        let values: Vec<String> = argument
            .get_possible_values()
            .iter()
            .filter(|value| !value.is_hide_set() && takes_a_value(argument))
            .map(|value| value.get_name().to_owned())
            .collect();
        if !values.is_empty() {
            let _ = writeln!(page, "Values: {}", text(&values.join(", ")));
        }
    }
    page.push_str(".El\n");
}

fn takes_a_value(argument: &Arg) -> bool {
    matches!(argument.get_action(), ArgAction::Set | ArgAction::Append)
}

/// An argument as the head of an entry.
fn name(argument: &Arg) -> String {
    let value = argument.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
    let value = value.unwrap_or_else(|| argument.get_id().to_string().to_uppercase());
    let mut names = Vec::new();
    if let Some(short) = argument.get_short() {
        names.push(format!("Fl {short}"));
    }
    if let Some(long) = argument.get_long() {
        names.push(format!("Fl -{long}"));
    }
    match (names.is_empty(), takes_a_value(argument)) {
        (true, _) => format!("Ar {value}"),
        (false, true) => format!("{} Ar {value}", names.join(" , ")),
        (false, false) => names.join(" , "),
    }
}

fn synopsis(argument: &Arg) -> String {
    let value = argument.get_value_names().and_then(|names| names.first());
    let value = value.map_or_else(|| argument.get_id().to_string().to_uppercase(), ToString::to_string);
    let many = if matches!(argument.get_action(), ArgAction::Append) { " ..." } else { "" };
    if argument.is_required_set() {
        format!(".Ar {value}{many}\n")
    } else {
        format!(".Op Ar {value}{many}\n")
    }
}

fn described(help: Option<&clap::builder::StyledStr>) -> String {
    help.map(ToString::to_string).unwrap_or_default()
}

/// Text as the manual has it: paragraphs, and what was marked as code in bold.
fn text(help: &str) -> String {
    let paragraphs = help.trim().split("\n\n").map(|paragraph| {
        let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ").replace('\\', "\\e");
        // Each sentence on a line of its own, as mdoc(7) asks for.
        let line = line.replace(". ", ".\n");
        let mut page = String::new();
        for (number, part) in line.split('`').enumerate() {
            if number > 0 {
                page.push_str(if number % 2 == 1 { "\\fB" } else { "\\fR" });
            }
            page.push_str(part);
        }
        let guard = if page.starts_with(['.', '\'']) { "\\&" } else { "" };
        let end = if page.ends_with(['.', ':', '?']) { "" } else { "." };
        format!("{guard}{page}{end}")
    });
    paragraphs.collect::<Vec<_>>().join("\n.Pp\n")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::{page, text};
    use crate::cli::command_line::CommandLine;

    #[test]
    fn every_command_and_every_option_is_in_the_page() {
        let page = page();
        let mut program = CommandLine::command();
        program.build();
        for command in program.get_subcommands().filter(|one| one.get_name() != "help") {
            let (_, part) = page.split_once(&format!("\n.Ss {}\n", command.get_name())).unwrap();
            let part = &part[..part.find("\n.Ss ").unwrap_or(part.len())];
            for long in command
                .get_arguments()
                .filter(|one| one.get_id().as_str() != "help" && !one.is_hide_set())
                .filter_map(|one| one.get_long())
            {
                assert!(part.contains(&format!("Fl -{long}")), "{}: --{long}", command.get_name());
            }
        }
    }

    #[test]
    fn no_line_of_a_help_text_is_a_request() {
        assert_eq!(text(".toml\nfiles. More\n\n`a\\b`"), "\\&.toml files.\nMore.\n.Pp\n\\fBa\\eb\\fR.");
    }
}
