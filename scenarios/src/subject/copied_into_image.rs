//! Finds the manager under judgement in an image, or copies one from here into it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use postfix_fakes::bytes::ByteString;
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::testbed::TestbedError;

use crate::subject::manager::{Manager, ManagerError, program_and_arguments};

/// What a program of the image prints, if it succeeds.
pub type Asking<'a> = &'a dyn Fn(&[&str]) -> Result<String, TestbedError>;

/// The manager that `--manager` names, in an image: first what the image has at that path, then what is here.
/// `shell` and `postmulti` are those that come with the image's Postfix.
///
/// # Errors
/// When it is in neither.
pub fn manager(
    image: Asking<'_>,
    run: &RunDirectory,
    option: &OsStr,
    here: &Path,
) -> Result<Manager, ManagerError> {
    let shipped = match option.as_bytes() {
        b"shell" => Some(("daemon_directory", "postfix-wrapper")),
        b"postmulti" => Some(("command_directory", "postmulti -p --")),
        _ => None,
    };
    if let Some((parameter, rest)) = shipped {
        let asked = image(&["/usr/sbin/postconf", "-dh", parameter]);
        let directory = asked.map_err(|error| ManagerError::InImage(error.to_string()))?;
        let value = ByteString::from(format!("{directory}/{rest}").as_str());
        return Ok(Manager::named(&option.to_string_lossy(), value));
    }
    let bytes = option.as_bytes().trim_ascii();
    let (program, arguments) = program_and_arguments(bytes);
    if image_has(image, program) {
        return Ok(Manager::in_image(ByteString(bytes.to_vec())));
    }
    let given = Manager::given(option, here)?;
    let path = carry(program_and_arguments(&given.value().0).0, run)?;
    let value = ByteString([path.as_os_str().as_bytes(), arguments].concat());
    Ok(Manager::copied(value, given.option().clone()))
}

fn image_has(image: Asking<'_>, program: &[u8]) -> bool {
    let Ok(path) = std::str::from_utf8(program) else { return false };
    path.starts_with('/') && image(&["test", "-f", path, "-a", "-x", path]).is_ok()
}

/// A copy in the run directory, which the container has too.
fn carry(program: &[u8], run: &RunDirectory) -> Result<PathBuf, ManagerError> {
    let copied = run.copy_program(Path::new(OsStr::from_bytes(program)));
    copied.map_err(|error| ManagerError::InImage(error.to_string()))
}
