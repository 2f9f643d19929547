//! Managers that have names: those that come with Postfix, those that the suite carries inside. Knows where they are
//! found, nothing of what managers do.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use postfix_fakes::bytes::ByteString;
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::testbed::sandbox::Sandbox;

use crate::manager::Manager;
use crate::zoo::{self, ZooError};

/// The names that `--manager` takes beside values of `multi_instance_wrapper`.
pub const NAMES: [&str; 4] = ["ours", "shell", "postmulti", "example"];

/// What comes before the name of a manager of the zoo.
pub const ZOO: &str = "zoo:";

/// Which Postfix a manager gets to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The installed one.
    Installed,
    /// A simulated one, unless it has the installed one compiled in.
    Simulated,
}

/// Why there is no manager of a name.
#[derive(Debug, thiserror::Error)]
pub enum NamedError {
    /// A manager of a Postfix that is not installed.
    #[error(
        "--manager {name}: no installed Postfix tells where it is (postconf -d {parameter}); install the package \
         postfix, or give the manager's path"
    )]
    NotInstalled {
        /// Its name.
        name: &'static str,
        /// The parameter that names its directory.
        parameter: &'static str,
    },
    /// A manager that the installed Postfix does not have.
    #[error("--manager {name}: {path:?} cannot be run; install all of Postfix, or give the manager's path")]
    NotThere {
        /// Its name.
        name: &'static str,
        /// Where it should be.
        path: PathBuf,
    },
    /// A manager that asks the host's Postfix whatever is simulated.
    #[error(
        "--manager postmulti: it has Postfix's own directories compiled in, and would read the host's configuration \
         in place of a simulated one; judge it with --testbed sandbox"
    )]
    NeedsRealTestbed,
    /// No such manager in the zoo.
    #[error(
        "--manager {ZOO}{0}: the zoo has no such manager; `postfix-conformance mutants --list` has them all"
    )]
    NotInZoo(String),
    /// The zoo itself is wrong.
    #[error(transparent)]
    Zoo(#[from] ZooError),
    /// A script could not be written.
    #[error("cannot write the script of a manager: {0}; name another directory with --work-dir or TMPDIR")]
    Script(io::Error),
}

/// The manager of this name that the suite carries inside, where there is one. A script is written before anything
/// runs: a file that a child still holds open for writing cannot be run.
///
/// # Errors
/// When the zoo has no such manager, or its script cannot be written.
pub fn inside(option: &OsStr, run: &RunDirectory) -> Result<Option<Manager>, NamedError> {
    let Some(name) = option.to_str() else { return Ok(None) };
    let text = match name.strip_prefix(ZOO) {
        _ if name == "ours" => return Ok(Some(Manager::own())),
        _ if name == "example" => zoo::example(),
        Some(animal) => zoo::manager(animal)?.ok_or_else(|| NamedError::NotInZoo(animal.to_owned()))?,
        None => return Ok(None),
    };
    let path = run.write_script(name.strip_prefix(ZOO).unwrap_or(name), &text).map_err(NamedError::Script)?;
    Ok(Some(Manager::named(name, ByteString::from(path))))
}

/// The manager of this name that comes with the installed Postfix, where it has one.
///
/// # Errors
/// When there is none, or it cannot be judged where it would be.
pub fn shipped(option: &OsStr, reach: Reach) -> Result<Option<Manager>, NamedError> {
    match (option.as_bytes(), reach) {
        (b"shell", _) => installed("shell", "daemon_directory", "postfix-wrapper", "").map(Some),
        (b"postmulti", Reach::Simulated) => Err(NamedError::NeedsRealTestbed),
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
) -> Result<Manager, NamedError> {
    let directory = Sandbox::default().default_of(parameter);
    let directory = directory.ok_or(NamedError::NotInstalled { name, parameter })?;
    let path = Path::new(&directory).join(program);
    let can_be_run =
        path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0);
    if !can_be_run {
        return Err(NamedError::NotThere { name, path });
    }
    let value = [path.as_os_str().as_bytes(), arguments.as_bytes()].concat();
    Ok(Manager::named(name, ByteString(value)))
}

#[cfg(test)]
mod tests {
    use super::{NamedError, Reach, inside, shipped};
    use postfix_harness::run_directory::RunDirectory;
    use std::ffi::OsStr;

    #[test]
    fn what_the_suite_carries_is_written_down_to_be_run() {
        let base = tempfile::tempdir().unwrap();
        let run = RunDirectory::create(base.path(), &std::env::current_exe().unwrap()).unwrap();
        let found = |name: &str| inside(OsStr::new(name), &run);
        assert!(found("ours").unwrap().unwrap().is_own());
        for name in ["example", "zoo:always-0"] {
            let manager = found(name).unwrap().unwrap();
            let text = std::fs::read_to_string(manager.value().to_path_buf()).unwrap();
            assert!(manager.answers_to(name) && text.starts_with("#!/bin/sh\n"), "{text}");
        }
        assert!(matches!(found("zoo:unicorn"), Err(NamedError::NotInZoo(_))));
        assert!(found("./example").unwrap().is_none());
    }

    #[test]
    fn what_comes_with_postfix_is_there_or_said_not_to_be() {
        assert!(matches!(
            shipped(OsStr::new("postmulti"), Reach::Simulated),
            Err(NamedError::NeedsRealTestbed)
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
