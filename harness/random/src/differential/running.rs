//! Stands for the master(8) of a running instance: holds the locks that master(8) holds, and does nothing else.
//!
//! master(8) has an exclusive flock(2) on `pid/master.pid` of its queue, where its process id is, and one on
//! `master.lock` of its data directory.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::fcntl::{Flock, FlockArg};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, setsid};

/// The name that it is linked under in the container.
pub const NAME: &str = "postfix-stands-for-master";

/// Where it is in the container.
const PLACE: &str = "/usr/sbin/postfix-stands-for-master";

/// Files that are locked for as long as one of them lives.
const ALIVE: &str = "/run/postfix-stands-for-master";

/// The word that makes it hold locks; the directories follow.
const HOLD: &str = "hold";

/// The files that tell a process id, which is another each time.
const WITH_PID: [&str; 2] = ["master.pid", "master.lock"];

/// An instance that runs, by its directories.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Running {
    /// Its configuration directory.
    pub config: PathBuf,
    /// Where its queue was when it was started.
    pub queue: PathBuf,
    /// Where its data were then.
    pub data: PathBuf,
}

/// Its whole life. It is called as master(8) is, or told to hold the locks of an instance.
pub fn run(arguments: &[OsString]) -> u8 {
    let done = match arguments {
        [word, config, queue, data] if word == HOLD => hold(config, queue.as_ref(), data.as_ref()),
        [test] if test == "-t" => nobody_holds(&from_environment().queue).map_err(io::Error::other),
        _ => from_environment().start(),
    };
    match done {
        Ok(()) => 0,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{NAME}: {error}");
            1
        }
    }
}

/// The instance that postfix(1) speaks of.
fn from_environment() -> Running {
    let variable = |name: &str| PathBuf::from(std::env::var_os(name).unwrap_or_default());
    Running {
        config: variable("config_directory"),
        queue: variable("queue_directory"),
        data: variable("data_directory"),
    }
}

fn pid_file(queue: &Path) -> PathBuf {
    queue.join("pid/master.pid")
}

fn nobody_holds(queue: &Path) -> Result<(), &'static str> {
    match File::open(pid_file(queue)).map(|file| Flock::lock(file, FlockArg::LockExclusiveNonblock)) {
        Ok(Err(_)) => Err("another one holds the lock"),
        Ok(Ok(_)) | Err(_) => Ok(()),
    }
}

fn locked(path: &Path) -> io::Result<Flock<File>> {
    let file = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
    Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|(_, errno)| errno.into())
}

fn hold(config: &OsStr, queue: &Path, data: &Path) -> io::Result<()> {
    setsid()?;
    let own = std::process::id();
    fs::create_dir_all(ALIVE)?;
    let _alive = locked(&Path::new(ALIVE).join(own.to_string()))?;
    std::env::set_current_dir(queue)?;
    let mut first = locked(&pid_file(queue))?;
    let second = locked(&data.join("master.lock"))?;
    for lock in [&*first, &*second] {
        lock.set_permissions(fs::Permissions::from_mode(0o600))?;
        lock.set_len(0)?;
    }
    writeln!(first, "{own:>10}")?;
    let mut out = io::stdout();
    writeln!(out, "{}", config.to_string_lossy())?;
    out.flush()?;
    loop {
        std::thread::park();
    }
}

impl Running {
    /// Starts it, and comes back when it has the locks.
    ///
    /// # Errors
    /// When it cannot have them.
    pub fn start(&self) -> io::Result<()> {
        let mut child = Command::new(PLACE)
            .arg(HOLD)
            .args([&self.config, &self.queue, &self.data])
            .env("MAIL_CONFIG", &self.config)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut word = [0];
        let mut told = child.stdout.take().ok_or_else(|| io::Error::other("no pipe"))?;
        told.read_exact(&mut word).map_err(|_| io::Error::other("the locks are not to be had"))
    }

    /// All that run.
    ///
    /// # Errors
    /// When the processes cannot be listed.
    pub fn all() -> io::Result<Vec<Self>> {
        Ok(processes()?.into_iter().map(|(_, running)| running).collect())
    }
}

/// Ends all of them, and comes back when they are gone.
///
/// # Errors
/// When one cannot be ended.
pub fn end_all() -> io::Result<()> {
    for (pid, _) in processes()? {
        kill(pid, Signal::SIGKILL)?;
        if let Ok(file) = File::open(Path::new(ALIVE).join(pid.to_string())) {
            // Nobody has it before the process is gone.
            drop(Flock::lock(file, FlockArg::LockExclusive).map_err(|(_, errno)| io::Error::from(errno))?);
        }
    }
    Ok(())
}

fn processes() -> io::Result<Vec<(Pid, Running)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let path = entry?.path();
        let pid = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
        let (Some(pid), Ok(line)) = (pid, fs::read(path.join("cmdline"))) else { continue };
        if let Some(running) = of_command_line(&line) {
            found.push((Pid::from_raw(pid), running));
        }
    }
    found.sort_by(|one, other| one.1.cmp(&other.1));
    Ok(found)
}

fn of_command_line(line: &[u8]) -> Option<Running> {
    let words: Vec<&[u8]> = line.split(|byte| *byte == 0).collect();
    let path = |word: &[u8]| PathBuf::from(OsString::from_vec(word.to_vec()));
    match words.as_slice() {
        [program, word, config, queue, data, ..]
            if program.ends_with(NAME.as_bytes()) && *word == HOLD.as_bytes() =>
        {
            Some(Running { config: path(config), queue: path(queue), data: path(data) })
        }
        _ => None,
    }
}

/// What a file says, but for the process id of a master(8): that is another each time.
pub fn without_pid(path: &Path, content: Vec<u8>) -> Vec<u8> {
    let tells_pid = path.file_name().is_some_and(|name| WITH_PID.iter().any(|one| name == *one));
    let is_number = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_whitespace();
    if tells_pid && content.iter().any(u8::is_ascii_digit) && content.iter().all(is_number) {
        return b"a process id\n".to_vec();
    }
    content
}

/// Puts it in the place of master(8).
///
/// # Errors
/// When it cannot be written.
pub fn install(program: &Path, daemon_directory: &Path) -> io::Result<()> {
    // By another process: what this one has written cannot be run for a moment.
    let copied = Command::new("cp").arg("--").arg(program).arg(PLACE).status()?;
    if !copied.success() {
        return Err(io::Error::other(format!("{PLACE} cannot be installed: {copied}")));
    }
    let master = daemon_directory.join("master");
    fs::write(&master, format!("#!/bin/sh\nexec {PLACE} \"$@\"\n"))?;
    fs::set_permissions(&master, fs::Permissions::from_mode(0o755))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Running, of_command_line, without_pid};

    #[test]
    fn one_that_runs_is_known_by_its_command_line() {
        let line = b"/usr/sbin/postfix-stands-for-master\0hold\0/etc/postfix-a\0/q\0/d\0";
        let running = Running { config: "/etc/postfix-a".into(), queue: "/q".into(), data: "/d".into() };
        assert_eq!(of_command_line(line), Some(running));
        assert_eq!(of_command_line(b"/usr/sbin/postfix-stands-for-master\0-t\0"), None);
        assert_eq!(of_command_line(b"sh\0hold\0/a\0/b\0/c\0"), None);
    }

    #[test]
    fn a_process_id_is_no_content_and_anything_else_is() {
        let told = |path: &str, text: &str| without_pid(Path::new(path), text.into());
        assert_eq!(told("/q/pid/master.pid", "      17\n"), told("/q/pid/master.pid", "      18\n"));
        assert_eq!(told("/q/pid/master.pid", ""), b"");
        assert_eq!(told("/q/pid/master.pid", "mine"), b"mine");
        assert_eq!(told("/q/17", "17\n"), b"17\n");
    }
}
