//! Runs a fake: finds its world, records its start, injects faults, calls the program of that name, records its end.
//! Knows nothing of what the programs do.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::programs::{master, post_install, postconf, postfix, postfix_script, postlog, postsuper, set_gid};
use crate::protocol::bytes::ByteString;
use crate::protocol::journal::What;
use crate::protocol::world::World;
use crate::runtime::fake_names::NAMES;
use crate::runtime::program::{End, Program, UNSUPPORTED};
use crate::runtime::{fault_injection, recursion_guard};

/// Whether a program of this name is a fake. A path counts by its file name.
pub fn is_fake(name: &OsStr) -> bool {
    file_name(name).is_some_and(|name| NAMES.contains(&name.as_str()))
}

/// Does the job of the fake `name` with `arguments` (without the program's own name), and returns its exit
/// status; `None` if there is no such fake. A path counts by its file name.
pub fn run(name: &OsStr, arguments: Vec<OsString>) -> Option<u8> {
    let known = file_name(name).filter(|name| NAMES.contains(&name.as_str()))?;
    let mut program = match found(name, known.clone(), arguments) {
        Ok(program) => program,
        Err(error) => {
            let _ = writeln!(std::io::stderr().lock(), "{known}: fake without a world: {error}");
            return Some(UNSUPPORTED);
        }
    };
    loop {
        match perform(&mut program) {
            End::With(status) => {
                program.record(What::Finish { status });
                return Some(status);
            }
            End::Exec(next) => program = *next,
        }
    }
}

fn file_name(name: &OsStr) -> Option<String> {
    Path::new(name).file_name()?.to_str().map(str::to_owned)
}

fn found(name: &OsStr, known: String, arguments: Vec<OsString>) -> std::io::Result<Program> {
    // The path of this program in its own tree: a hard link keeps it.
    let path = std::env::current_exe().or_else(|error| {
        let path = Path::new(name);
        if path.is_absolute() { Ok(path.to_path_buf()) } else { Err(error) }
    })?;
    let world = World::around(&path)?;
    let directory = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let environment = std::env::vars_os().collect();
    let called = std::env::args_os().next().filter(|called| file_name(called).as_deref() == Some(&known));
    let called = called.map_or_else(|| known.clone().into_bytes(), std::os::unix::ffi::OsStringExt::into_vec);
    Ok(Program { world, name: known, called, path, arguments, environment, directory, edit_fault: None })
}

fn perform(program: &mut Program) -> End {
    let variable =
        |(name, value): (&OsString, _)| (name.to_string_lossy().into_owned(), ByteString::from(value));
    program.record(What::Start {
        arguments: program.arguments.iter().map(ByteString::from).collect(),
        directory: ByteString::from(&program.directory),
        environment: program.environment.iter().map(variable).collect(),
    });
    if let Some(why) = recursion_guard::endless(&program.world, &program.name) {
        return End::With(program.refuse(&why));
    }
    match fault_injection::obey(program) {
        Ok(edit_fault) => program.edit_fault = edit_fault,
        Err(status) => return End::With(status),
    }
    if let Some(real) = program.world.settings.real_programs.get(&program.name) {
        let error = Command::new(real.as_os_str())
            .arg0(OsStr::from_bytes(&program.called))
            .args(&program.arguments)
            .env_clear()
            .envs(&program.environment)
            .exec();
        return End::With(program.refuse(&format!("to become {real}: {error}")));
    }
    job(program)
}

fn job(program: &Program) -> End {
    End::With(match program.name.as_str() {
        "master" => master::job(program),
        "post-install" => post_install::job(program),
        "postconf" => postconf::job(program),
        "postfix" => return postfix::job(program),
        "postfix-script" => postfix_script::job(program),
        "postlog" => postlog::job(program),
        "postsuper" => postsuper::job(program),
        "mailq" | "postdrop" | "postqueue" | "sendmail" => set_gid::job(program),
        _ => program.refuse(&program.path.display().to_string()),
    })
}
