//! `postfix-conformance completions`: what makes a shell complete command lines, from the command line's own
//! description. Knows nothing of what the options mean.

use std::io::{self, Write};

use clap::CommandFactory as _;
use clap_complete::{Generator, Shell as Known};

use crate::cli::command_line::{CommandLine, Shell};

/// What bash's completions call this program's commands where they look one up.
const LOOKED_UP_AS: &str = "postfix__subcmd__conformance";

/// What they call them where one is found.
const FOUND_AS: &str = "postfix__conformance";

/// Prints a shell's completions.
pub(crate) fn print(out: &mut dyn Write, shell: Shell) -> io::Result<()> {
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
        return Err(io::Error::other(format!("bash's completions have no {LOOKED_UP_AS} to put right")));
    }
    out.write_all(text.as_bytes())?;
    out.flush()
}
