//! Tests that a killed test leaves no process, and that the fakes stop waiting, whatever shell runs them.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::calls::{self, DEADLINE};
use crate::world::{Beside, World};
use postfix_process::skip::skip;

/// Set for a test that shall be killed.
const VICTIM: &str = "POSTFIX_WRAPPER_TEST_TO_BE_KILLED";

/// Has an instance wait for each thing that fakes wait for, and one whose command begins when the test has gone;
/// says where, and goes on until whoever wants to kill it has gone.
fn be_killed() {
    let mut world = World::of_three();
    world.add("d", "yes\n");
    let (mut reached, _gate) = (world.fifo("reached"), world.fifo("gate"));
    world.code("a", "postfix", "tell reached; wait_at gate");
    world.code("b", "postfix", "trap 'exit 0' TERM; listen reached");
    world.code("c", "postfix", "tell reached; stay");
    world.code("d", "postfix", "tell reached; stay; wait_at gate");
    let _manager = Beside::start(&world, world.manager(&["--jobs", "3", "start"]));
    let mut there = 0;
    while there < 3 {
        there += reached.wait_for_bytes();
    }
    let mut output = std::io::stdout();
    writeln!(output, "\nworld: {}", world.path("").display()).unwrap();
    output.flush().unwrap();
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).unwrap();
}

/// The processes that work in a directory.
fn at_work_in(directory: &Path) -> Vec<Pid> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter(|process| fs::read_link(process.path().join("cwd")).is_ok_and(|at| at == directory))
        .filter_map(|process| process.file_name().to_str()?.parse().ok().map(Pid::from_raw))
        .collect()
}

/// Waits until nobody works in a directory; at the deadline ends who still does.
fn wait_until_left(directory: &Path) -> Result<(), String> {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let left = at_work_in(directory);
        if left.is_empty() {
            return Ok(());
        }
        if Instant::now() > deadline {
            for process in &left {
                let _ = nix::sys::signal::kill(*process, Signal::SIGKILL);
            }
            return Err(format!("still at work: {left:?}"));
        }
        std::thread::yield_now();
    }
}

/// Starts this test as one that shall be killed, and waits until it has said where its world is.
fn victim() -> (Child, Option<PathBuf>) {
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "killed::a_test_that_is_killed_leaves_no_process"])
        .env(VICTIM, "yes")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let world = lines.map_while(Result::ok).find_map(|line| line.strip_prefix("world: ").map(PathBuf::from));
    (victim, world)
}

#[test]
fn a_test_that_is_killed_leaves_no_process() {
    if std::env::var_os(VICTIM).is_some() {
        return be_killed();
    }
    if !Path::new("/proc/self/cwd").exists() {
        skip("there is no /proc to look for processes in");
        return;
    }
    let (mut victim, said) = victim();
    // Processes have no symbolic link in the path of where they work.
    let world = said.as_deref().map(|world| fs::canonicalize(world).unwrap());
    let before = world.as_deref().map(at_work_in);
    let begun_before = said.as_deref().map(begun_in);
    victim.kill().unwrap();
    victim.wait().unwrap();
    let said = said.expect("the other test has not begun");
    let left = wait_until_left(&world.unwrap());
    let begun = begun_in(&said);
    fs::remove_dir_all(&said).unwrap();
    let before = before.unwrap();
    assert!(before.len() > 3, "a manager and three commands were to be at work, not {before:?}");
    let instances =
        |names: &[&str]| -> Vec<PathBuf> { names.iter().map(|name| said.join("etc").join(name)).collect() };
    assert_eq!(sorted(begun_before.unwrap()), instances(&["a", "b", "c", "postfix"]));
    assert_eq!(
        sorted(begun),
        instances(&["a", "b", "c", "d", "postfix"]),
        "the last begins without the test"
    );
    assert_eq!(left, Ok(()));
}

/// The instances whose commands have begun in a world.
fn begun_in(world: &Path) -> Vec<PathBuf> {
    calls::in_journal(&world.join("journal")).into_iter().map(|call| PathBuf::from(&call[1])).collect()
}

fn sorted(mut paths: Vec<PathBuf>) -> Vec<PathBuf> {
    paths.sort();
    paths
}

/// A shell that runs what fakes wait with, in a group of its own, which ends with it.
struct Shell(Child);

impl Shell {
    fn begin(shell: &str, world: &World, code: &str) -> Self {
        let code = format!("world=$1; . \"$1/usr/sbin/waiting\"; {code}");
        let mut command = world.program(shell);
        command.args(["-c", &code, shell]).arg(world.path("")).stderr(Stdio::null()).process_group(0);
        Self(command.spawn().unwrap())
    }

    /// Its exit status, if it ends.
    fn status(&mut self) -> Option<i32> {
        let deadline = Instant::now() + DEADLINE;
        while Instant::now() < deadline {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status.code();
            }
            std::thread::yield_now();
        }
        None
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // Once it has been waited for, its number may be another's.
        if let Ok(None) = self.0.try_wait() {
            let _ = killpg(Pid::from_raw(self.0.id().try_into().unwrap()), Signal::SIGKILL);
            let _ = self.0.wait();
        }
    }
}

#[test]
fn a_wait_ends_with_what_is_waited_for_or_with_the_test_in_dash_and_bash() {
    for shell in ["sh", "dash", "bash"] {
        let mut world = World::new();
        let (mut reached, mut gate) = (world.fifo("reached"), world.fifo("gate"));
        if world.program(shell).args(["-c", ":"]).status().is_err() {
            skip(format!("there is no {shell}"));
            continue;
        }
        let mut goes_on = Shell::begin(shell, &world, "wait_at gate; tell reached; exit 3");
        gate.open();
        reached.wait();
        assert_eq!(goes_on.status(), Some(3), "{shell}");
        let over = "[ -e $world/over ] && exit 72";
        let waits = [
            "tell reached; wait_at gate".to_owned(),
            format!("tell reached; stay; {over}"),
            format!("listen reached; {over}"),
        ];
        let mut ends = waits.map(|code| Shell::begin(shell, &world, &code));
        let mut there = 0;
        while there < 3 {
            there += reached.wait_for_bytes();
        }
        world.write("over", "");
        drop(gate);
        world.end_lifetime();
        assert_eq!(ends.each_mut().map(Shell::status), [Some(71), Some(72), Some(72)], "{shell}");
    }
}

#[test]
fn a_fifo_that_nobody_made_is_an_error() {
    let world = World::new();
    for code in ["tell nobody", "wait_at nobody", "listen nobody"] {
        assert_eq!(Shell::begin("sh", &world, code).status(), Some(70), "{code}");
    }
    assert!(!world.path("nobody").exists());
}
