//! A small multi-instance system below a temporary directory, and the manager run in it.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, symlink};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant, SystemTime};

use assert_cmd::assert::Assert;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::calls::{self, DEADLINE};
pub(crate) use crate::calls::{Call, finish};
use crate::fifo;

pub(crate) const MANAGER: &str = env!("CARGO_BIN_EXE_postfix-wrapper");

pub(crate) struct World {
    root: TempDir,
    listed: Vec<PathBuf>,
    /// Open until the world goes or the test dies: a fake that reads from it lives no longer.
    lifetime: Option<Fifo>,
}

impl World {
    /// The default instance, enabled, and no other.
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let programs = root.path().join("usr/sbin");
        fs::create_dir_all(&programs).unwrap();
        for name in ["postfix", "postconf", "postlog", "waiting"] {
            let fake = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fakes").join(name);
            symlink(fake, programs.join(name)).unwrap();
        }
        let lifetime = Fifo::at(&root.path().join("lifetime"));
        let world = Self { root, listed: Vec::new(), lifetime: Some(lifetime) };
        world.make("postfix", "yes\n");
        world
    }

    /// The default instance and `etc/a`, `etc/b`, `etc/c`, all enabled.
    pub(crate) fn of_three() -> Self {
        let mut world = Self::new();
        for name in ["a", "b", "c"] {
            world.add(name, "yes\n");
        }
        world
    }

    fn make(&self, name: &str, enable: &str) -> PathBuf {
        let directory = self.directory(name);
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("multi_instance_enable"), enable).unwrap();
        directory
    }

    /// Adds an instance with this value of its flag.
    pub(crate) fn add(&mut self, name: &str, enable: &str) {
        let directory = self.make(name, enable);
        self.list(directory);
    }

    /// Makes an instance without listing it.
    pub(crate) fn quietly_add(&mut self, name: &str) {
        self.make(name, "yes\n");
    }

    /// Gives an instance a main.cf that was left alone for long.
    pub(crate) fn main_cf(&self, name: &str, text: &str) {
        let path = self.directory(name).join("main.cf");
        fs::write(&path, text).unwrap();
        let old = SystemTime::now() - Duration::from_secs(3600);
        File::options().write(true).open(path).unwrap().set_modified(old).unwrap();
    }

    /// Waits until all files that were made up to now are read within the process: the default instance's is made last.
    pub(crate) fn cool(&self) {
        let metadata = fs::metadata(self.directory("postfix").join("main.cf")).unwrap();
        let changed = Duration::new(metadata.ctime().try_into().unwrap(), 999_999_999);
        let cold = SystemTime::UNIX_EPOCH + changed + Duration::from_secs(3);
        while let Ok(left) = cold.duration_since(SystemTime::now()) {
            let _ = poll(&mut [], PollTimeout::try_from(left).unwrap());
        }
    }

    /// Waits until postfix has been called this many times.
    pub(crate) fn wait_for_journal(&self, count: usize) {
        let deadline = Instant::now() + DEADLINE;
        while self.journal().len() < count {
            assert!(Instant::now() < deadline, "only {} calls", self.journal().len());
            std::thread::yield_now();
        }
    }

    /// Puts an instance into a group.
    pub(crate) fn group(&self, name: &str, group: &str) {
        fs::write(self.directory(name).join("multi_instance_group"), format!("{group}\n")).unwrap();
    }

    /// Lists a directory, whatever it is.
    pub(crate) fn list(&mut self, directory: PathBuf) {
        self.listed.push(directory);
        let list: Vec<&OsStr> = self.listed.iter().map(|path| path.as_os_str()).collect();
        let mut list = list.join(OsStr::new(", "));
        list.push("\n");
        self.write("etc/postfix/multi_instance_directories", list.as_encoded_bytes());
    }

    /// The configuration directory of an instance.
    pub(crate) fn directory(&self, name: &str) -> PathBuf {
        self.path("etc").join(name)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    /// What a file holds; nothing if it is not there.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Makes a program do this for an instance. The code finds the world in `$world`.
    pub(crate) fn code(&self, instance: &str, program: &str, code: &str) {
        fs::write(self.directory(instance).join(program), format!("{code}\n")).unwrap();
    }

    /// Replaces a command by nothing, or by a file that nobody may execute.
    pub(crate) fn spoil(&self, program: &str, keep_file: bool) {
        let path = self.path("usr/sbin").join(program);
        fs::remove_file(&path).unwrap();
        if keep_file {
            fs::write(path, "").unwrap();
        }
    }

    /// A program with the environment that postfix(1) gives to its manager.
    pub(crate) fn program(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LC_ALL", "C")
            .env("MAIL_CONFIG", self.directory("postfix"))
            .env("command_directory", self.path("usr/sbin"))
            .env("config_directory", self.directory("postfix"))
            .env("daemon_directory", self.path("usr/libexec"))
            .current_dir(self.root.path())
            .stdin(Stdio::null());
        command
    }

    /// The manager, started by a shell after some preparation, which must end in `exec "$@"`.
    pub(crate) fn prepared(&self, preparation: &str, arguments: &[&str]) -> Command {
        let mut command = self.program("/bin/sh");
        command.args(["-c", preparation, "sh", MANAGER]).args(arguments);
        command
    }

    /// The manager, ready to run.
    pub(crate) fn manager<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = self.program(MANAGER);
        command.args(arguments);
        command
    }

    /// Runs the manager to its end.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Assert {
        finish(self.manager(arguments))
    }

    /// The calls of postfix, in their order.
    pub(crate) fn journal(&self) -> Vec<Call> {
        calls::in_journal(&self.path("journal"))
    }

    /// The calls of postfix as `INSTANCE COMMAND`, arguments left out.
    pub(crate) fn commands(&self) -> Vec<String> {
        let etc = self.path("etc");
        self.journal()
            .iter()
            .map(|call| {
                assert_eq!(call[0], "-c");
                let directory = Path::new(&call[1]);
                let name = directory.strip_prefix(&etc).unwrap_or(directory);
                format!("{} {}", name.display(), call[2].to_string_lossy())
            })
            .collect()
    }

    /// Text with the world's own path left out, so that it is always the same.
    pub(crate) fn shown(&self, text: &[u8]) -> String {
        String::from_utf8_lossy(text).replace(self.root.path().to_str().unwrap(), "")
    }

    /// Does to what waits for the test's end what that would do.
    pub(crate) fn end_lifetime(&mut self) {
        self.lifetime = None;
    }

    /// A FIFO that a fake may tell something through, or wait at.
    pub(crate) fn fifo(&self, name: &str) -> Fifo {
        Fifo::at(&self.path(name))
    }
}

pub(crate) struct Fifo(File);

impl Fifo {
    fn at(path: &Path) -> Self {
        Self(fifo::make(path))
    }

    /// Waits until something was written, and tells it.
    pub(crate) fn wait(&mut self) -> String {
        String::from_utf8_lossy(&self.next_bytes()).trim().to_owned()
    }

    /// Waits until something was written, and tells how many bytes.
    pub(crate) fn wait_for_bytes(&mut self) -> usize {
        self.next_bytes().len()
    }

    fn next_bytes(&mut self) -> Vec<u8> {
        let mut ready = [PollFd::new(self.0.as_fd(), PollFlags::POLLIN)];
        let deadline = Instant::now() + DEADLINE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match poll(&mut ready, PollTimeout::try_from(left).unwrap()) {
                // The end of a process that another test of this program has started.
                Err(Errno::EINTR) => {}
                count => break assert_eq!(count, Ok(1), "nobody got there"),
            }
        }
        let mut bytes = [0; 256];
        let count = self.0.read(&mut bytes).unwrap();
        bytes[..count].to_vec()
    }

    /// Lets the program that waits here go on.
    pub(crate) fn open(&mut self) {
        self.0.write_all(b"go\n").unwrap();
    }
}

/// A manager that runs beside the test. What it prints goes to files, so that it never waits for a reader.
pub(crate) struct Beside<'a> {
    world: &'a World,
    child: Option<Child>,
}

impl<'a> Beside<'a> {
    pub(crate) fn start(world: &'a World, mut command: Command) -> Self {
        command.stdout(Stdio::null());
        Self::start_as_it_is(world, command)
    }

    /// Starts it with what it prints at the other end of a pipe.
    pub(crate) fn start_read(world: &'a World, mut command: Command) -> (Self, ChildStdout) {
        command.stdout(Stdio::piped());
        let mut started = Self::start_as_it_is(world, command);
        let output = started.child.as_mut().unwrap().stdout.take().unwrap();
        (started, output)
    }

    fn start_as_it_is(world: &'a World, mut command: Command) -> Self {
        let errors = File::create(world.path("stderr")).unwrap();
        // A group of its own, so that nothing of it outlives a failed test, and holds on to its output.
        let child = command.stderr(errors).process_group(0).spawn().unwrap();
        Self { world, child: Some(child) }
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let process = self.process();
        nix::sys::signal::kill(Pid::from_raw(process.try_into().unwrap()), signal).unwrap();
    }

    /// Waits for the end: the exit status, and what was said.
    pub(crate) fn end(mut self) -> (i32, String) {
        let child = self.child.take().unwrap();
        let process = child.id();
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || sender.send(child.wait_with_output()));
        let Ok(output) = receiver.recv_timeout(DEADLINE) else {
            kill_group(process);
            panic!("the manager does not end; so far: {}", self.world.read("stderr"));
        };
        (code(output.unwrap().status), self.world.shown(self.world.read("stderr").as_bytes()))
    }
}

impl Drop for Beside<'_> {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            kill_group(child.id());
            let _ = child.wait();
        }
    }
}

/// Ends a manager and the commands that it runs. The manager has not been waited for, so the number is its own.
fn kill_group(process: u32) {
    let _ = nix::sys::signal::killpg(Pid::from_raw(process.try_into().unwrap()), Signal::SIGKILL);
}

/// An exit status; death by a signal is none, and is told as its negative number.
fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| -status.signal().unwrap())
}
