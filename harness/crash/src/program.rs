//! Kills `postfix-multi` before every system call that changes a file, and checks the result.
//! It does so for each change of the system that postfix-multi makes. It can also let many processes change one
//! system at once.
//!
//! It makes a Postfix of its own out of the one that is installed, so it runs in a container and nowhere else.
//! `cargo xtask crash` starts it there. Knows nothing of how postfix-multi works.

mod action;
mod calls;
mod kill;
mod message;
mod race;
mod system;
mod trace;
mod tree;

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::{Parser, Subcommand};

use crate::program::action::Action;
use crate::program::kill::Shard;
use crate::program::message::say;
use crate::program::trace::KillScope;

/// The files that container engines put into every container.
const MARKS: [&str; 2] = ["/run/.containerenv", "/.dockerenv"];

#[derive(Parser)]
#[command(name = "postfix-crash", about = "Kills postfix-multi at every moment that matters")]
struct CommandLine {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Kill it in front of every system call that changes a file
    Kill {
        /// The program
        #[arg(long)]
        tool: PathBuf,
        /// Only each N-th moment, beginning with the I-th, to divide the work
        #[arg(long, value_name = "I/N", default_value = "1/1")]
        shard: Shard,
        /// Kill only the process that makes the call, and let the others go on
        #[arg(long)]
        kill_caller_only: bool,
        /// Only these changes of the system
        actions: Vec<String>,
    },
    /// Let many of it make instances at once
    Race {
        /// The program; it may be postmulti(1)
        #[arg(long)]
        tool: PathBuf,
        /// How many at once
        #[arg(long, default_value_t = 20)]
        processes: usize,
        /// How many instances in all
        #[arg(long, default_value_t = 200)]
        instances: usize,
        /// Options in front of those of the change
        #[arg(long)]
        with: Vec<OsString>,
    },
    /// Wait for a word on standard input, then become another program
    #[command(hide = true)]
    Become {
        /// The program and its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<OsString>,
    },
}

/// The whole program.
pub(crate) fn main() -> ExitCode {
    match run(CommandLine::parse().command) {
        Ok(code) => code,
        Err(error) => {
            say(&format!("postfix-crash: {error}"));
            ExitCode::from(2)
        }
    }
}

fn run(task: Task) -> Result<ExitCode, String> {
    if let Task::Become { words } = &task {
        return Err(become_other(words));
    }
    if !MARKS.iter().any(|mark| Path::new(mark).exists()) {
        return Err("this is no container, and it would remake the Postfix of this machine".to_owned());
    }
    let done = match task {
        Task::Kill { tool, shard, kill_caller_only, actions } => {
            let scope = if kill_caller_only { KillScope::CallerOnly } else { KillScope::All };
            kill::run(&tool, shard, scope, &Action::chosen(&actions)?)?
        }
        Task::Race { tool, processes, instances, with } => race::run(&tool, processes, instances, &with)?,
        Task::Become { .. } => true,
    };
    Ok(if done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Becomes another program, once somebody has taken hold of this process.
fn become_other(words: &[OsString]) -> String {
    let mut word = [0];
    if let Err(error) = std::io::Read::read_exact(&mut std::io::stdin(), &mut word) {
        return format!("nobody says a word: {error}");
    }
    let Some((program, arguments)) = words.split_first() else { return "become what?".to_owned() };
    let error = Command::new(program).args(arguments).exec();
    format!("cannot run {}: {error}", program.to_string_lossy())
}
