//! Starts a process that looks like an instance's master(8): it has its name and environment, and holds its locks.
//!
//! It is flock(1), and sleep(1) if it is to hold nothing, under another name.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::calls::DEADLINE;

pub(crate) struct Master {
    child: Child,
    _directory: tempfile::TempDir,
}

impl Master {
    /// Starts one for an instance. It holds this file, if any.
    pub(crate) fn start(config_directory: &Path, held: Option<&Path>) -> Self {
        Self::start_in(Path::new("/"), config_directory, held)
    }

    /// Starts one for an instance that works in this queue directory and has written its number there. It holds no lock.
    #[allow(dead_code, reason = "the tests of one program use it")]
    pub(crate) fn at_work_in(queue: &Path, config_directory: &Path) -> Self {
        let master = Self::start_in(queue, config_directory, None);
        fs::create_dir_all(queue.join("pid")).unwrap();
        fs::write(queue.join("pid/master.pid"), format!("{:>10}\n", master.process())).unwrap();
        master
    }

    fn start_in(directory_of_work: &Path, config_directory: &Path, held: Option<&Path>) -> Self {
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let program = directory.path().join("master");
        symlink(if held.is_some() { "/usr/bin/flock" } else { "/bin/sleep" }, &program).unwrap();
        let mut command = Command::new(program);
        if let Some(held) = held {
            fs::create_dir_all(held.parent().unwrap()).unwrap();
            fs::write(held, "").unwrap();
            command.arg(held).arg("sleep");
        }
        command.arg("1000").env("MAIL_CONFIG", config_directory).stdin(Stdio::null()).process_group(0);
        command.current_dir(directory_of_work);
        let master = Self { child: command.spawn().unwrap(), _directory: directory };
        let deadline = Instant::now() + DEADLINE;
        while !master.is_at_work(held) {
            assert!(Instant::now() < deadline, "it does not start");
            std::thread::yield_now();
        }
        master
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has its name and its lock.
    fn is_at_work(&self, held: Option<&Path>) -> bool {
        let process = PathBuf::from(format!("/proc/{}", self.process()));
        if !fs::read(process.join("comm")).is_ok_and(|name| name == b"master\n") {
            return false;
        }
        let Some(held) = held else { return true };
        let inode = fs::metadata(held).unwrap().ino();
        let locks = fs::read_to_string("/proc/locks").unwrap();
        let (process, file) = (format!(" {} ", self.process()), format!(":{inode} "));
        locks.lines().any(|line| line.contains(&process) && line.contains(&file))
    }
}

impl Drop for Master {
    fn drop(&mut self) {
        let _ = killpg(Pid::from_raw(self.process().try_into().unwrap()), Signal::SIGKILL);
        let _ = self.child.wait();
    }
}

/// Whether the system tells what is needed, and a word about it if not.
pub(crate) fn can_be_told() -> bool {
    let is_there =
        ["/proc/locks", "/proc/self/environ", "/usr/bin/flock"].map(|path| Path::new(path).exists());
    if is_there.contains(&false) {
        postfix_process::skip::skip("who runs is told by /proc, and shown with flock(1)");
    }
    !is_there.contains(&false)
}
