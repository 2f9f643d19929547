//! Managers with names: those that come with Postfix, and those that the suite carries inside.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use postfix_fakes::bytes::ByteString;
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::testbed::sandbox;

use crate::subject::faulty::{self, PREFIX};
use crate::subject::manager::{Manager, ManagerError};

/// Which Postfix a manager gets to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The installed one.
    Installed,
    /// A simulated one, unless it has the installed one compiled in.
    Simulated,
}

/// The name of the manager of Postfix that Postfix's own value of `multi_instance_wrapper` means. In a world, whose
/// directories are its own, that value would lead to the suite's programs.
pub fn meant(option: &OsStr) -> Option<&'static str> {
    let words = option.as_bytes().split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let words: Vec<&[u8]> = words.collect();
    let is = |word: &[u8], parameter: &str, program: &str| {
        let macros = [format!("${parameter}"), format!("${{{parameter}}}"), format!("$({parameter})")];
        macros.iter().any(|directory| format!("{directory}/{program}").as_bytes() == word)
    };
    match words[..] {
        [program] if is(program, "daemon_directory", "postfix-wrapper") => Some("shell"),
        [program, b"-p", b"--"] if is(program, "command_directory", "postmulti") => Some("postmulti"),
        _ => None,
    }
}

/// The manager of this name that the suite carries inside, if there is one. A script is written before anything
/// runs: a file that a child still holds open for writing cannot be run.
///
/// # Errors
/// When there is no such faulty manager, or its script cannot be written.
pub fn inside(option: &OsStr, run: &RunDirectory) -> Result<Option<Manager>, ManagerError> {
    let Some(name) = option.to_str() else { return Ok(None) };
    let text = match name.strip_prefix(PREFIX) {
        _ if name == "ours" => return Ok(Some(Manager::own())),
        _ if name == "example" => faulty::example(),
        Some(faulty) => faulty::manager(faulty)?.ok_or_else(|| ManagerError::NotFaulty(faulty.to_owned()))?,
        None => return Ok(None),
    };
    let path =
        run.write_script(name.strip_prefix(PREFIX).unwrap_or(name), &text).map_err(ManagerError::Script)?;
    Ok(Some(Manager::named(name, ByteString::from(path))))
}

/// The manager of this name that comes with the installed Postfix, if it has one.
///
/// # Errors
/// When there is none, or it cannot be judged where it would be.
pub fn shipped(option: &OsStr, reach: Reach) -> Result<Option<Manager>, ManagerError> {
    match (option.as_bytes(), reach) {
        (b"shell", _) => installed("shell", "daemon_directory", "postfix-wrapper", "").map(Some),
        (b"postmulti", Reach::Simulated) => Err(ManagerError::NeedsRealTestbed),
        (b"postmulti", Reach::Installed) => {
            installed("postmulti", "command_directory", "postmulti", " -p --").map(Some)
        }
        _ => Ok(None),
    }
}

fn installed(
    name: &'static str,
    parameter: &'static str,
    program: &str,
    arguments: &str,
) -> Result<Manager, ManagerError> {
    let directory = sandbox::compiled_in(parameter);
    let directory = directory.ok_or(ManagerError::NotInstalled { name, parameter })?;
    let path = Path::new(&directory).join(program);
    let can_be_run =
        path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0);
    if !can_be_run {
        return Err(ManagerError::NotThere { name, path });
    }
    let value = [path.as_os_str().as_bytes(), arguments.as_bytes()].concat();
    Ok(Manager::named(name, ByteString(value)))
}

#[cfg(test)]
mod tests {
    use super::{ManagerError, Reach, inside, shipped};
    use postfix_harness::run_directory::RunDirectory;
    use std::ffi::OsStr;

    #[test]
    fn what_the_suite_carries_is_written_down_to_be_run() {
        let base = tempfile::tempdir().unwrap();
        let run = RunDirectory::create(base.path(), &std::env::current_exe().unwrap()).unwrap();
        let found = |name: &str| inside(OsStr::new(name), &run);
        assert!(found("ours").unwrap().unwrap().is_own());
        for name in ["example", "faulty:always-0"] {
            let manager = found(name).unwrap().unwrap();
            let text = std::fs::read_to_string(manager.value().to_path_buf()).unwrap();
            assert!(manager.answers_to(name) && text.starts_with("#!/bin/sh\n"), "{text}");
        }
        assert!(matches!(found("faulty:unicorn"), Err(ManagerError::NotFaulty(_))));
        assert!(found("./example").unwrap().is_none());
    }

    #[test]
    fn what_comes_with_postfix_is_there_or_said_not_to_be() {
        assert!(matches!(
            shipped(OsStr::new("postmulti"), Reach::Simulated),
            Err(ManagerError::NeedsRealTestbed)
        ));
        for name in ["shell", "postmulti"] {
            match shipped(OsStr::new(name), Reach::Installed) {
                Ok(manager) => assert!(manager.unwrap().answers_to(name)),
                Err(error) => assert!(error.to_string().contains("install"), "{error}"),
            }
        }
        assert!(shipped(OsStr::new("sh"), Reach::Installed).unwrap().is_none());
    }
}
