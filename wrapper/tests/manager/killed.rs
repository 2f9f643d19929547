//! What is left of a test of these when it is killed: no process.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::calls::DEADLINE;
use crate::requirement::skip;
use crate::world::{Beside, World};

/// Set for a test that shall be killed.
const VICTIM: &str = "POSTFIX_WRAPPER_TEST_TO_BE_KILLED";

/// Has one instance wait for each thing that code of a test waits for, and one that comes when the test has gone, says
/// where, and goes on for ever.
fn be_killed() {
    let mut world = World::of_three();
    world.add("d", "yes\n");
    let (mut reached, _gate) = (world.fifo("reached"), world.fifo("gate"));
    world.code("a", "postfix", "tell reached; wait_at gate");
    world.code("b", "postfix", "trap 'exit 0' TERM; stay 2>/dev/null & tell reached; wait");
    world.code("c", "postfix", "tell reached; stay");
    world.code("d", "postfix", "tell reached; wait_at gate; stay");
    let _manager = Beside::start(&world, world.manager(&["--jobs", "3", "start"]));
    let mut there = 0;
    while there < 3 {
        there += reached.wait_for_bytes();
    }
    let mut output = std::io::stdout();
    writeln!(output, "\nworld: {}", world.path("").display()).unwrap();
    output.flush().unwrap();
    loop {
        std::thread::park();
    }
}

/// How many processes work in a directory.
fn at_work_in(directory: &Path) -> usize {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter(|process| fs::read_link(process.path().join("cwd")).is_ok_and(|at| at == directory))
        .count()
}

#[test]
fn a_test_that_is_killed_leaves_no_process() {
    if std::env::var_os(VICTIM).is_some() {
        be_killed();
    }
    if !Path::new("/proc/self/cwd").exists() {
        skip("there is no /proc to look for processes in");
        return;
    }
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "killed::a_test_that_is_killed_leaves_no_process"])
        .env(VICTIM, "yes")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let world = lines.map_while(Result::ok).find_map(|line| line.strip_prefix("world: ").map(str::to_owned));
    victim.kill().unwrap();
    victim.wait().unwrap();
    let world = fs::canonicalize(world.expect("the other test has not begun")).unwrap();
    let deadline = Instant::now() + DEADLINE;
    while at_work_in(&world) > 0 {
        assert!(Instant::now() < deadline, "{} at work in {}", at_work_in(&world), world.display());
        std::thread::yield_now();
    }
    fs::remove_dir_all(world).unwrap();
}
