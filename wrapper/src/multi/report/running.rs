//! Whether an instance runs: its master's number is in a file in the queue directory, and master is at home there.
//!
//! A number alone proves nothing, since after a reboot another process may have it, even another instance's master.
//! The lock on the file would prove it, but whoever tries a lock may be in the way of a master that starts. So the
//! process's working directory is looked at, which is the queue directory. Changes nothing, starts nothing.

use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;

use crate::identity_of;

/// Where the number is, below the queue directory.
const NUMBER: &str = "pid/master.pid";

/// More than a number takes.
const LONGEST: u64 = 64;

/// Whether an instance runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Running {
    /// It does.
    Yes {
        /// Its master's number.
        process: i32,
        /// When that has written its number, which it does when it starts.
        since: Option<SystemTime>,
    },
    /// It does not.
    No,
    /// That cannot be told, for the reason given.
    Unknown(String),
}

/// Whether the instance with this queue directory runs.
pub(crate) fn look(queue_directory: &Path) -> Running {
    let path = queue_directory.join(NUMBER);
    let (text, since) = match read(&path) {
        Ok(read) => read,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Running::No,
        Err(error) => return Running::Unknown(format!("{}: {error}", crate::message::printable(&path))),
    };
    let Some(process) = std::str::from_utf8(&text).ok().and_then(|text| text.trim().parse::<i32>().ok())
    else {
        // It is empty for a moment while a master starts, and stays so when that did not come far.
        return Running::No;
    };
    if process <= 0 || kill(Pid::from_raw(process), None) == Err(Errno::ESRCH) {
        return Running::No;
    }
    is_at_home(process, queue_directory, since)
}

/// Whether a process that exists is at home in the queue directory. Where the system does not tell, it is: then the
/// file's word is all there is.
fn is_at_home(process: i32, queue_directory: &Path, since: Option<SystemTime>) -> Running {
    if fs::metadata("/proc/self/cwd").is_err() {
        return Running::Yes { process, since };
    }
    match fs::metadata(format!("/proc/{process}/cwd")) {
        Ok(_) if identity_of(Path::new(&format!("/proc/{process}/cwd"))) == identity_of(queue_directory) => {
            Running::Yes { process, since }
        }
        Ok(_) => Running::No,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Running::No,
        Err(error) => Running::Unknown(format!("process {process}: {error}")),
    }
}

/// The beginning of a file, and when it was written.
fn read(path: &Path) -> io::Result<(Vec<u8>, Option<SystemTime>)> {
    use std::io::Read;
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("not a file"));
    }
    let file = fs::File::open(path)?;
    let mut text = Vec::new();
    file.take(LONGEST).read_to_end(&mut text)?;
    Ok((text, metadata.modified().ok()))
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    /// A queue directory with this as its master's number.
    fn queue(number: &str) -> tempfile::TempDir {
        let queue = tempfile::tempdir().unwrap();
        fs::create_dir(queue.path().join("pid")).unwrap();
        fs::write(queue.path().join(NUMBER), number).unwrap();
        queue
    }

    #[test]
    fn a_process_at_home_in_the_queue_directory_is_the_master() {
        let queue = queue("");
        let mut child = Command::new("cat")
            .current_dir(queue.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        fs::write(queue.path().join(NUMBER), format!("{:>10}\n", child.id())).unwrap();
        let found = look(queue.path());
        drop(child.stdin.take());
        child.wait().unwrap();
        let process = i32::try_from(child.id()).unwrap();
        assert!(
            matches!(found, Running::Yes { process: found, since: Some(_) } if found == process),
            "{found:?}"
        );
        assert_eq!(look(queue.path()), Running::No);
    }

    #[test]
    fn somebody_else_with_that_number_is_not() {
        if fs::metadata("/proc/self/cwd").is_err() {
            #[allow(clippy::print_stdout)]
            {
                println!("skipped: this system has no /proc");
            }
            return;
        }
        assert_eq!(look(queue(&std::process::id().to_string()).path()), Running::No);
    }

    #[test]
    fn no_number_is_no_master() {
        for number in ["", "\n", "0", "-1", "many"] {
            assert_eq!(look(queue(number).path()), Running::No, "{number:?}");
        }
        assert_eq!(look(tempfile::tempdir().unwrap().path()), Running::No);
    }
}
