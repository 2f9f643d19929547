//! Runs a program whose tests may leave anything behind, and leaves none of it: a broken manager that outlives its
//! killed test can turn in a circle for ever, and take the processor from all that is tried after it, or write until
//! the file system is full.
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

/// How often is looked for what was left.
const TICK: Duration = Duration::from_millis(500);

/// The largest file that anything may write, in bytes: several times what a build does.
const LARGEST_FILE: u64 = 1 << 30;

/// How long a program that is asked to end may take to tidy up.
const GRACE: Duration = Duration::from_secs(10);

/// Runs a program to its end, and tells its exit status, or none where a signal has ended it. A signal that asks this
/// process to end asks the program. What loses its parent is killed once `patience` has passed, and whatever there is
/// when the program has ended.
///
/// # Errors
///
/// Where the program cannot be started, or this process cannot wait for it.
pub(super) fn run(command: &mut Command, patience: Duration) -> io::Result<Option<i32>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM] {
        signal_hook::flag::register(signal as i32, Arc::clone(&interrupted))?;
    }
    adopt_orphans();
    let program = Pid::from_raw(i32::try_from(start(command)?.id()).map_err(io::Error::other)?);
    let mut orphans = Orphans { program, seen: BTreeMap::new() };
    let mut asked = None;
    let status = loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(process, status)) if process == program => break Some(status),
            Ok(WaitStatus::Signaled(process, ..)) if process == program => break None,
            Ok(WaitStatus::StillAlive) => {
                if interrupted.load(Ordering::Relaxed) && asked.is_none() {
                    let _ = kill(program, Signal::SIGTERM);
                    asked = Some(Instant::now());
                }
                if asked.is_some_and(|asked: Instant| asked.elapsed() >= GRACE) {
                    break None;
                }
                orphans.end_old(patience);
                std::thread::park_timeout(TICK);
            }
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    };
    end_all();
    Ok(status.filter(|_| !interrupted.load(Ordering::Relaxed)))
}

/// Starts a program that can write no file beyond the largest, nor can what it starts.
fn start(command: &mut Command) -> io::Result<Child> {
    let (ours, most) = getrlimit(Resource::RLIMIT_FSIZE)?;
    setrlimit(Resource::RLIMIT_FSIZE, ours.min(LARGEST_FILE), most)?;
    let started = command.spawn();
    setrlimit(Resource::RLIMIT_FSIZE, ours, most)?;
    started
}

/// Makes this process the parent of every descendant whose own parent ends.
fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    {
        // Elsewhere, and on a kernel without it, what is left goes to process 1, as it would without us.
        let _ = nix::sys::prctl::set_child_subreaper(true);
    }
}

/// What has lost its parent, and when that was seen.
struct Orphans {
    /// The one child that is none of them.
    program: Pid,
    seen: BTreeMap<Pid, Instant>,
}

impl Orphans {
    /// Kills those that have been orphans for long. Only this process collects its children, so that each number is
    /// still its own.
    fn end_old(&mut self, patience: Duration) {
        let now = Instant::now();
        let present = children().into_iter().filter(|process| *process != self.program);
        self.seen = present.map(|process| (process, *self.seen.get(&process).unwrap_or(&now))).collect();
        for (process, since) in &self.seen {
            if now.duration_since(*since) >= patience {
                let _ = kill(*process, Signal::SIGKILL);
            }
        }
    }
}

/// Kills and collects every child, and those that come here by that, until there are none.
fn end_all() {
    loop {
        for process in children() {
            let _ = kill(process, Signal::SIGKILL);
        }
        match waitpid(None, None) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(_) => return,
        }
    }
}

/// This process's children, those that have ended and were not collected among them.
fn children() -> Vec<Pid> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let processes = entries.flatten().filter_map(|entry| {
        let process: i32 = entry.file_name().to_str()?.parse().ok()?;
        let stat = std::fs::read(entry.path().join("stat")).ok()?;
        (parent(&stat)? == getpid().as_raw()).then(|| Pid::from_raw(process))
    });
    processes.collect()
}

/// The parent in a line of /proc/PID/stat: the second word after the command name, which ends at the last ")".
fn parent(stat: &[u8]) -> Option<i32> {
    let after = stat.iter().rposition(|byte| *byte == b')')? + 1;
    let mut words = stat[after..].split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    std::str::from_utf8(words.nth(1)?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    /// Goes on for a minute or so: longer than any test here, and not for ever where one is killed.
    const SPIN: &str = "while [ $((turns += 1)) -lt 50000000 ]; do :; done";

    /// Set for a test that has a process of its own, where every child is one that it has started.
    const ALONE: &str = "XTASK_TEST_IS_ALONE";

    /// Runs a test of these once more, alone, unless this is that run.
    fn is_alone(name: &str) -> bool {
        if std::env::var_os(ALONE).is_some() {
            return true;
        }
        let mut again = Command::new(std::env::current_exe().unwrap());
        again.args(["--exact", "--nocapture", &format!("mutants::leftovers::tests::{name}")]);
        let output = again.env(ALONE, "yes").output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && printed.contains("1 passed"), "{printed}");
        false
    }

    /// A shell that leaves a process behind which heeds no signal, has its number in `$left` and in a file, and does
    /// more.
    fn leaving(then: &str) -> (Command, PathBuf) {
        let said = std::env::temp_dir().join(format!("xtask-leftovers-{}", std::process::id()));
        let left = format!("trap '' TERM HUP INT; echo $$ >\"$0.new\"; mv \"$0.new\" \"$0\"; {SPIN}");
        let leave = "setsid sh -c \"$1\" \"$0\" >/dev/null 2>&1 & until [ -e \"$0\" ]; do :; done";
        let mut command = Command::new("sh");
        command.args(["-c", &format!("({leave}); read left <\"$0\"; {then}")]).arg(&said).arg(left);
        (command, said)
    }

    /// What the shell has said beside the number of what it left, if that has gone.
    fn said_and_gone(said: &Path) -> Option<String> {
        let text = fs::read_to_string(said).unwrap();
        fs::remove_file(said).unwrap();
        let (process, more) = text.split_once('\n').unwrap();
        (!Path::new("/proc").join(process).exists()).then(|| more.to_owned())
    }

    #[test]
    fn what_a_program_leaves_goes_with_it() {
        if is_alone("what_a_program_leaves_goes_with_it") {
            let (mut command, said) = leaving("exit 3");
            assert_eq!(run(&mut command, Duration::MAX).unwrap(), Some(3));
            assert_eq!(said_and_gone(&said).as_deref(), Some(""));
        }
    }

    #[test]
    fn what_is_left_for_long_goes_before() {
        if is_alone("what_is_left_for_long_goes_before") {
            let see = "while kill -0 $left; do [ $((tries += 1)) -lt 9000000 ] || exit 9; done 2>/dev/null";
            let (mut command, said) = leaving(&format!("{see}; exit 4"));
            assert_eq!(run(&mut command, Duration::ZERO).unwrap(), Some(4));
            assert_eq!(said_and_gone(&said).as_deref(), Some(""));
        }
    }

    #[test]
    fn who_is_asked_to_end_asks_the_program_and_leaves_nothing() {
        if is_alone("who_is_asked_to_end_asks_the_program_and_leaves_nothing") {
            let hear = "trap 'echo asked >>\"$0\"; exit 0' TERM; kill -TERM $PPID";
            let (mut command, said) = leaving(&format!("{hear}; {SPIN}"));
            assert_eq!(run(&mut command, Duration::MAX).unwrap(), None);
            assert_eq!(said_and_gone(&said).as_deref(), Some("asked\n"));
        }
    }

    #[test]
    fn a_file_grows_up_to_a_limit() {
        if is_alone("a_file_grows_up_to_a_limit") {
            let file = std::env::temp_dir().join(format!("xtask-leftovers-{}", std::process::id()));
            let status = |blocks: &str| {
                // All but its last block is a hole, which takes no space.
                let mut command = Command::new("dd");
                command.args(["if=/dev/zero", "bs=1024", "count=1", &format!("seek={blocks}")]);
                run(command.arg(format!("of={}", file.display())), Duration::MAX).unwrap()
            };
            assert_eq!(status("1048575"), Some(0));
            assert_ne!(status("1048576"), Some(0));
            fs::remove_file(file).unwrap();
        }
    }

    #[test]
    fn a_parent_is_found_behind_any_command_name() {
        assert_eq!(parent(b"7 (a) b (c) S 42 7 7 0"), Some(42));
        assert_eq!(parent(b""), None);
    }
}
