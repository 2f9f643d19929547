//! Runs Postfix's own programs for changes of the system.
//! postconf(1) edits main.cf, and postfix(1) sets permissions.
//!
//! They run in a process group of their own: who presses Control-C means this program, which then ends in an orderly
//! way. Each has a time limit, behind which it is killed with its group. Knows nothing of what is changed, and why.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use crate::multi::system::installation::Installation;
use crate::os::exit_status::Outcome;
use crate::os::files::unfit;
use crate::os::messages::{Level, Messages};
use crate::os::printable::{error_text, printable, shell_word};
use crate::os::processes::capture::{self, CaptureError, Captured, patiently};
use crate::os::processes::child::terminal_stops_background;
use crate::os::signals;
use crate::os::time_limits;
use crate::postfix::query;
use crate::postfix::values::{list_value, time_value};

/// The age of a file that Postfix reads at once.
const LONG_AGO: Duration = Duration::from_secs(60);

/// How often the end of a program is looked for whose output is its caller's.
const LOOK: Duration = Duration::from_millis(10);

/// Runs a command that is not stopped for writing to a terminal out of its foreground.
const IGNORING: &str = "trap '' TTOU; exec \"$@\"";

/// Where programs are looked for behind Postfix's own.
const SEARCHED: &str = "/bin:/usr/bin:/sbin:/usr/sbin";

/// One call of postconf for a main.cf: `-e` and settings, `-#` and names, `-X` and names.
pub(crate) type Arguments = Vec<OsString>;

/// A change of one main.cf: calls of postconf, one after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edit {
    /// The directory that the main.cf is in.
    pub(crate) directory: PathBuf,
    /// What postconf is called with.
    pub(crate) calls: Vec<Arguments>,
}

/// A program of Postfix did not do its work.
#[derive(Debug)]
pub(crate) struct ToolError {
    /// Which one, and for which directory.
    what: String,
    /// What happened.
    how: String,
}

impl fmt::Display for ToolError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.what, self.how)
    }
}

/// The programs of an installation.
pub(crate) struct Tools<'a> {
    installation: &'a Installation,
    lookup: fn(&str) -> Option<OsString>,
}

impl<'a> Tools<'a> {
    /// `lookup` tells the value of a variable of the environment.
    pub(crate) fn new(installation: &'a Installation, lookup: fn(&str) -> Option<OsString>) -> Self {
        Self { installation, lookup }
    }

    /// Changes a main.cf.
    pub(crate) fn edit(&self, edit: &Edit, messages: &mut Messages<'_>) -> Result<(), ToolError> {
        self.edit_copy(&edit.directory, &edit.calls, messages)
    }

    /// The same, for the main.cf in another directory.
    pub(crate) fn edit_copy(
        &self,
        directory: &Path,
        calls: &[Arguments],
        messages: &mut Messages<'_>,
    ) -> Result<(), ToolError> {
        for arguments in calls {
            let output = self.run(directory, arguments, time_limits::EDIT, messages)?;
            // What is odd about the file, such as a parameter that was there twice.
            if let Some(remark) = query::last_lines(&output.complaints) {
                messages.report(Level::Warning, &remark);
            }
        }
        Ok(())
    }

    /// The same, for a copy that is this program's own. Postfix waits for seconds before it reads a young file, as
    /// somebody may be writing it; nobody writes this one.
    pub(crate) fn edit_own_copy(
        &self,
        directory: &Path,
        calls: &[Arguments],
        messages: &mut Messages<'_>,
    ) -> Result<(), ToolError> {
        for call in calls {
            make_old(directory);
            self.edit_copy(directory, std::slice::from_ref(call), messages)?;
        }
        Ok(())
    }

    /// The output of one postconf for the main.cf in a directory.
    pub(crate) fn postconf(
        &self,
        directory: &Path,
        arguments: &[OsString],
        messages: &mut Messages<'_>,
    ) -> Result<Vec<u8>, ToolError> {
        let limit = messages.signals().query_limit();
        if let Some(reason) = unfit::told(directory, "master.cf") {
            return Err(ToolError {
                what: format!("postconf for {} was not asked:", printable(directory)),
                how: reason,
            });
        }
        Ok(self.run(directory, arguments, limit, messages)?.output)
    }

    fn run(
        &self,
        directory: &Path,
        arguments: &[OsString],
        limit: Duration,
        messages: &mut Messages<'_>,
    ) -> Result<Captured, ToolError> {
        let mut command = self.command("postconf");
        command.arg("-c").arg(directory).args(arguments);
        messages.tell(|| format!("runs {}", shown(&command)));
        let error = |how| ToolError { what: format!("postconf for {}", printable(directory)), how };
        if let Some(reason) = unfit::told(directory, "main.cf") {
            return Err(error(format!("was not run: {reason}")));
        }
        match patiently(&mut command, limit) {
            Ok(captured) if captured.status.success() => Ok(captured),
            Ok(Captured { status, complaints, .. }) => {
                let said = query::last_lines(&complaints).map(|said| format!(" ({said})"));
                Err(error(format!("{}{}", ended(status), said.unwrap_or_default())))
            }
            Err(CaptureError::NotRun(reason)) => {
                Err(error(format!("cannot be run: {}", error_text(&reason))))
            }
            Err(CaptureError::Endless) => Err(error("prints without end".to_owned())),
            Err(CaptureError::Late(limit)) => Err(error(late(limit))),
        }
    }

    /// Owners and modes of what is an instance's own, as Postfix has them. Missing directories of its queue are
    /// made.
    pub(crate) fn set_permissions(
        &self,
        directory: &Path,
        messages: &mut Messages<'_>,
    ) -> Result<(), ToolError> {
        let mut command = self.printing_command("postfix");
        command.arg("-c").arg(directory).arg("set-permissions");
        messages.tell(|| format!("runs {}", shown(&command)));
        let what = || format!("\"postfix -c {} set-permissions\"", shell_word(directory));
        match status(&mut command, time_limits::SET_PERMISSIONS) {
            Ok(Some(status)) if status.success() => Ok(()),
            Ok(Some(status)) => Err(ToolError { what: what(), how: ended(status) }),
            Ok(None) => Err(ToolError { what: what(), how: late(time_limits::SET_PERMISSIONS) }),
            Err(error) => {
                Err(ToolError { what: what(), how: format!("cannot be run: {}", error_text(&error)) })
            }
        }
    }

    /// A program that prints where this one does. A terminal must not stop it; a shell unblocks signals, but leaves those
    /// ignored that it was started with.
    fn printing_command(&self, name: &str) -> Command {
        if !terminal_stops_background() {
            return self.command(name);
        }
        let mut command = self.in_environment(Command::new("/bin/sh"));
        command.args(["-c", IGNORING, "sh"]).arg(self.installation.program(name));
        command
    }

    fn command(&self, name: &str) -> Command {
        self.in_environment(Command::new(self.installation.program(name)))
    }

    /// A program with the environment that Postfix lets in, as postmulti's script has it.
    fn in_environment(&self, mut command: Command) -> Command {
        command.env_clear();
        for element in list_value::split(&self.installation.import_environment) {
            match element.as_bytes().iter().position(|byte| *byte == b'=') {
                Some(0) => {}
                Some(at) => {
                    let (name, value) = element.as_bytes().split_at(at);
                    command.env(OsStr::from_bytes(name), OsStr::from_bytes(&value[1..]));
                }
                None => {
                    let value = element.to_str().and_then(|name| (self.lookup)(name));
                    value.map(|value| command.env(&element, value));
                }
            }
        }
        let mut path = self.installation.command_directory.clone().into_os_string();
        path.push(":");
        path.push(SEARCHED);
        command.env("PATH", path).stdin(Stdio::null()).process_group(0);
        command
    }
}

/// Parameters, each with the value that it gets.
pub(crate) type Settings = Vec<(OsString, OsString)>;

/// The call that sets these.
pub(crate) fn settings_call(settings: &[(OsString, OsString)]) -> Arguments {
    let settings: Vec<(&OsStr, &OsStr)> =
        settings.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str())).collect();
    setting(&settings)
}

/// An edit that sets parameters.
pub(crate) fn setting<N: AsRef<OsStr>>(settings: &[(N, &OsStr)]) -> Arguments {
    let mut arguments = vec![OsString::from("-e")];
    arguments.extend(settings.iter().map(|(name, value)| assignment(name, value)));
    arguments
}

/// `NAME = VALUE`
pub(crate) fn assignment(name: impl AsRef<OsStr>, value: &OsStr) -> OsString {
    OsString::from_vec([name.as_ref().as_bytes(), b" = ", value.as_bytes()].concat())
}

/// How a program has ended whose output is its caller's, or nothing if it was ended after this time.
fn status(command: &mut Command, limit: Duration) -> io::Result<Option<std::process::ExitStatus>> {
    let mut child = command.spawn()?;
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            capture::end(&mut child);
            return Ok(None);
        }
        capture::pass(LOOK);
    }
}

/// Gives the main.cf in a directory the time of one that was written long ago. If that fails, Postfix waits.
pub(crate) fn make_old(directory: &Path) {
    let file = std::fs::File::options().write(true).open(directory.join("main.cf"));
    let _ = file.and_then(|file| file.set_modified(SystemTime::now() - LONG_AGO));
}

fn late(limit: Duration) -> String {
    format!("did not end within {}, and was ended", time_value::shown(limit))
}

fn ended(status: std::process::ExitStatus) -> String {
    match Outcome::of(status) {
        Outcome::Killed(signal) => format!("was ended by signal {}", signals::name(signal)),
        other => format!("failed with status {}", other.status()),
    }
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(shell_word).collect::<Vec<_>>().join(" ")
}
