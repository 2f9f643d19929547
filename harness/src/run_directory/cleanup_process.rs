//! Removes a run's directory after the run has ended.
//! It does so even if a signal killed the run or its whole process group. A directory belongs to a run as long as its
//! lock file is there.
//!
//! It waits for the end of its standard input, which nobody but the run holds.

use std::ffi::OsString;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::dead_run;

/// The name this program is linked under in a run's directory.
pub(crate) const NAME: &str = "postfix-worlds-cleanup";

/// How long what still runs in worlds may take to end. It has lost the run as well, and ends by itself.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often it is tried meanwhile.
const PAUSE: Duration = Duration::from_millis(20);

/// The cleanup process's whole life. The only argument is the run's directory.
pub(crate) fn run(arguments: &[OsString]) -> u8 {
    let Some(directory) = arguments.first().map(Path::new) else { return 64 };
    let _ = io::stdin().lock().read_to_end(&mut Vec::new());
    let begun = Instant::now();
    while dead_run::remains_of_a_run(directory) {
        if dead_run::remove_if_dead(directory) {
            return 0;
        }
        if begun.elapsed() > PATIENCE {
            return 1;
        }
        // Nothing tells when the last process of somebody else's has ended.
        thread::park_timeout(PAUSE);
    }
    0
}

/// A cleanup process at work.
#[derive(Debug)]
pub(crate) struct CleanupProcess(Child);

impl CleanupProcess {
    /// Starts one for a directory. It is in a process group of its own, which no signal to the run's reaches.
    pub(crate) fn begin(program: &Path, directory: &Path) -> io::Result<Self> {
        let cleanup_process = Command::new(program)
            .arg(directory)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Self(cleanup_process))
    }

    /// Lets it go, once there is nothing left to take care of.
    pub(crate) fn end(mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
