//! `postfix-conformance completions`: prints shell completions, generated from the command line.

use std::io::Write as _;

use clap::CommandFactory as _;
use clap_complete::{Generator, Shell as Known};

use crate::cli::command_line::{CommandLine, Shell};
use crate::commands::error::CannotJudge;
use crate::report::terminal::{Stdout, StdoutError};

/// What bash's completions call this program's commands if they look one up.
const LOOKED_UP_AS: &str = "postfix__subcmd__conformance";

/// What they call them if one is found.
const FOUND_AS: &str = "postfix__conformance";

/// Prints a shell's completions.
pub(crate) fn print(out: &mut Stdout<'_>, shell: Shell) -> Result<(), CannotJudge> {
    let mut command = CommandLine::command();
    command.set_bin_name("postfix-conformance");
    command.build();
    let shell = match shell {
        Shell::Bash => Known::Bash,
        Shell::Zsh => Known::Zsh,
        Shell::Fish => Known::Fish,
    };
    // Written to memory first: the generator panics where a reader is gone.
    let mut text = Vec::new();
    shell.generate(&command, &mut text);
    // In bash's, what a command is called where it is looked up has one spelling, and where it is found another, for a
    // program with a dash in its name.
    let written = String::from_utf8_lossy(&text);
    let text = written.replace(LOOKED_UP_AS, FOUND_AS);
    if shell == Known::Bash && text == written {
        return Err(CannotJudge::Completions("bash", LOOKED_UP_AS));
    }
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(StdoutError)?;
    Ok(())
}
