//! Runs a program, and ends every process that it leaves behind.
//! A broken manager may outlive its killed test: it can loop for ever and slow down all tests after it, or write
//! until the file system is full.
//!
//! Knows processes and their parents, and nothing of mutants.

use std::collections::BTreeMap;
use std::io;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpid};

use postfix_process::ignored_signals::is_ignored;
use postfix_process::process_tree;

/// How often it looks for what was left.
const TICK: Duration = Duration::from_millis(500);

/// The largest file that anything may write, in bytes: several times what a build does.
const LARGEST_FILE: u64 = 1 << 30;

/// How long a program that is asked to end may take to tidy up.
const GRACE: Duration = Duration::from_secs(10);

/// Whether somebody has asked this process to end.
pub(super) struct Interruption(Arc<AtomicBool>);

impl Interruption {
    /// From now on a signal only sets a mark. An ignored signal stays ignored, as under nohup(1).
    pub(super) fn listen() -> io::Result<Self> {
        let mark = Arc::new(AtomicBool::new(false));
        for signal in [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM] {
            if !is_ignored(signal) {
                signal_hook::flag::register(signal as i32, Arc::clone(&mark))?;
            }
        }
        Ok(Self(mark))
    }

    pub(super) fn has_come(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Runs a program to its end, and returns its exit status; none if a signal ended it, or if this process was
/// interrupted. An interruption is passed on to the program as SIGTERM. A process that loses its parent is killed after
/// `patience`, and all others when the program has ended. So the program must not rely on a daemon that it starts.
pub(super) fn run(
    command: &mut Command,
    patience: Duration,
    interruption: &Interruption,
) -> io::Result<Option<i32>> {
    process_tree::adopt_orphans();
    let program = Pid::from_raw(i32::try_from(start(command)?.id()).map_err(io::Error::other)?);
    let mut orphans = Orphans { program, seen: BTreeMap::new() };
    let mut asked = None;
    let status = loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(process, status)) if process == program => break Some(status),
            Ok(WaitStatus::Signaled(process, ..)) if process == program => break None,
            Ok(WaitStatus::StillAlive) => {
                if interruption.has_come() && asked.is_none() {
                    let _ = kill(program, Signal::SIGTERM);
                    asked = Some(Instant::now());
                }
                if asked.is_some_and(|asked: Instant| asked.elapsed() >= GRACE) {
                    let _ = kill(program, Signal::SIGKILL);
                    break None;
                }
                orphans.end_old(patience);
                std::thread::park_timeout(TICK);
            }
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    };
    process_tree::kill_everything(None);
    Ok(status.filter(|_| !interruption.has_come()))
}

/// Starts a program. Neither it nor any process below it can write a file that is larger than the limit.
fn start(command: &mut Command) -> io::Result<Child> {
    let (ours, most) = getrlimit(Resource::RLIMIT_FSIZE)?;
    setrlimit(Resource::RLIMIT_FSIZE, ours.min(LARGEST_FILE), most)?;
    let started = command.spawn();
    setrlimit(Resource::RLIMIT_FSIZE, ours, most)?;
    started
}

/// Processes that have lost their parent, and when that was first seen.
struct Orphans {
    /// The child that was started here, which is no orphan.
    program: Pid,
    seen: BTreeMap<Pid, Instant>,
}

impl Orphans {
    /// Kills the processes that have been orphans, or below an orphan, for too long.
    fn end_old(&mut self, patience: Duration) {
        let now = Instant::now();
        let present = process_tree::descendants(getpid());
        let others = process_tree::descendants(self.program);
        let orphans =
            present.into_iter().filter(|process| *process != self.program && !others.contains(process));
        self.seen = orphans.map(|process| (process, *self.seen.get(&process).unwrap_or(&now))).collect();
        for (process, since) in &self.seen {
            if now.duration_since(*since) >= patience {
                let _ = kill(*process, Signal::SIGKILL);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::path::Path;
    use std::thread;

    use nix::fcntl::OFlag;
    use nix::unistd::pipe2;

    use super::*;

    /// Expires only when something is broken.
    const DEADLINE: Duration = Duration::from_secs(60);

    /// Set for a test that has a process of its own, where every child is one that it has started.
    const ALONE: &str = "XTASK_TEST_IS_ALONE";

    /// Leaves a process behind that heeds no signal, and says its number. It ends with the test at the latest, however
    /// that ends: it waits at the standard input, whose other end the test holds.
    const LEAVE: &str = r#"
        exec 3<&0
        left=$(sh -c 'trap "" TERM HUP INT; echo $$; exec >&-; read -r go <&3' &)
        echo "$left"
    "#;

    /// Runs a test of these once more, alone, unless this is that run.
    fn is_alone(name: &str) -> bool {
        if std::env::var_os(ALONE).is_some() {
            return true;
        }
        if !Path::new("/proc/self").exists() {
            postfix_process::skip::skip("there is no /proc to look for processes in");
            return false;
        }
        let mut again = Command::new(std::env::current_exe().unwrap());
        again.args(["--exact", "--nocapture", &format!("mutants::process_reaper::tests::{name}")]);
        let output = again.env(ALONE, "yes").output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && printed.contains("1 passed"), "{printed}");
        false
    }

    /// A shell that leaves a process behind and then does more; what it waits at; what it says.
    fn leaving(then: &str) -> (Command, File, BufReader<File>) {
        let (input, gate) = pipe2(OFlag::O_CLOEXEC).unwrap();
        let (said, output) = pipe2(OFlag::O_CLOEXEC).unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{LEAVE}{then}")]).stdin(input).stdout(output);
        (command, File::from(gate), BufReader::new(File::from(said)))
    }

    /// The number of what was left behind.
    fn left(said: &mut BufReader<File>) -> String {
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        let number: u32 = line.trim().parse().unwrap();
        number.to_string()
    }

    fn is_there(process: &str) -> bool {
        Path::new("/proc").join(process).exists()
    }

    #[test]
    fn what_a_program_leaves_goes_with_it() {
        if is_alone("what_a_program_leaves_goes_with_it") {
            let (mut command, _gate, mut said) = leaving("exit 3");
            let interruption = Interruption::listen().unwrap();
            assert_eq!(run(&mut command, Duration::MAX, &interruption).unwrap(), Some(3));
            assert!(!is_there(&left(&mut said)));
        }
    }

    #[test]
    fn what_is_left_for_long_goes_before() {
        if is_alone("what_is_left_for_long_goes_before") {
            let (mut command, mut gate, mut said) = leaving("read -r go <&3 || exit 9; exit 4");
            let watch = thread::spawn(move || {
                let left = left(&mut said);
                let deadline = Instant::now() + DEADLINE;
                while is_there(&left) && Instant::now() < deadline {
                    thread::yield_now();
                }
                // What has not gone takes the line for itself, or lets the program find the end of the file.
                gate.write_all(b"go\n").unwrap();
                !is_there(&left)
            });
            let interruption = Interruption::listen().unwrap();
            assert_eq!(run(&mut command, Duration::ZERO, &interruption).unwrap(), Some(4));
            assert!(watch.join().unwrap());
        }
    }

    #[test]
    fn who_is_asked_to_end_asks_the_program_and_leaves_nothing() {
        if is_alone("who_is_asked_to_end_asks_the_program_and_leaves_nothing") {
            let hear = "cat <&3 >/dev/null & trap 'echo asked; exit 0' TERM; kill -TERM $PPID; wait";
            let (mut command, _gate, mut said) = leaving(hear);
            let interruption = Interruption::listen().unwrap();
            assert_eq!(run(&mut command, Duration::MAX, &interruption).unwrap(), None);
            assert!(!is_there(&left(&mut said)));
            drop(command);
            let mut more = String::new();
            said.read_to_string(&mut more).unwrap();
            assert_eq!(more, "asked\n");
        }
    }

    #[test]
    fn a_file_grows_up_to_a_limit() {
        if is_alone("a_file_grows_up_to_a_limit") {
            let directory = tempfile::tempdir().unwrap();
            let interruption = Interruption::listen().unwrap();
            let status = |blocks: &str| {
                // All but its last block is a hole, which takes no space.
                let mut command = Command::new("dd");
                command.args(["if=/dev/zero", "of=file", "bs=1024", "count=1", &format!("seek={blocks}")]);
                run(command.current_dir(&directory), Duration::MAX, &interruption).unwrap()
            };
            assert_eq!(status("1048575"), Some(0));
            assert_ne!(status("1048576"), Some(0));
        }
    }
}
