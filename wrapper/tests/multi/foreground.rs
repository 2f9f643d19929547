//! `foreground`: what it starts, what it tells the service manager, and how it ends.
//!
//! The fake for postfix starts one for master(8), which holds nothing, and writes its number. That real masters detach
//! themselves in the same way is shown in a container (`foreground/in_a_container.rs`).

mod in_a_container;

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use postfix_process::ignored_signals::is_ignored;
use postfix_process::skip::skip;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::calls::DEADLINE;
use crate::world::World;

/// The instances of `World::of_three`.
const ALL: [&str; 4] = ["postfix", "postfix-a", "postfix-b", "postfix-c"];

/// Starts a master, and waits until its start is over: it closes its standard output then.
const START: &str = "queue=$world/spool/${directory##*/}; mkdir -p $queue; \
     started=$(cd $queue; gate=${gate-} $world/usr/libexec/master 2>/dev/null &)";

/// Ends it.
const STOP: &str = "kill $(cat $world/spool/${directory##*/}/pid/master.pid)";

/// A system in which instances can stay; nothing, and a word about it, if the kernel does not let them.
fn world() -> Option<World> {
    if !cfg!(target_os = "linux") {
        skip("only Linux lets another process than the first be the parent of orphans");
        return None;
    }
    let world = World::of_three();
    let fake = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fakes/master");
    symlink(fake, world.path("usr/libexec/master")).unwrap();
    for name in ALL {
        world.code(name, "postfix-start", START);
        world.code(name, "postfix-stop", STOP);
    }
    Some(world)
}

/// The program, beside the test, with a service manager that is the test.
struct Staying<'a> {
    world: &'a World,
    child: Child,
    service: UnixDatagram,
    _directory: tempfile::TempDir,
}

impl<'a> Staying<'a> {
    fn start(world: &'a World, options: &[&str]) -> Self {
        // The path of a socket may not be long.
        let directory = tempfile::tempdir().unwrap();
        let service = UnixDatagram::bind(directory.path().join("notify")).unwrap();
        service.set_read_timeout(Some(DEADLINE)).unwrap();
        let errors = File::create(world.path("stderr")).unwrap();
        let mut command = world.front_end(&[options, &["foreground"]].concat());
        command.env("NOTIFY_SOCKET", directory.path().join("notify"));
        // A group of its own, so that nothing of it outlives a failed test.
        let child = command.stdout(Stdio::null()).stderr(errors).process_group(0).spawn().unwrap();
        Self { world, child, service, _directory: directory }
    }

    /// Starts it, and waits until all run.
    fn ready(world: &'a World) -> Self {
        let staying = Self::start(world, &[]);
        staying.until("READY=1");
        staying
    }

    /// What the service manager hears up to what holds this text.
    fn until(&self, text: &str) -> Vec<String> {
        let mut heard = Vec::new();
        let mut bytes = [0; 4096];
        loop {
            let count = self.service.recv(&mut bytes).unwrap_or_else(|error| {
                panic!("{error}; heard: {heard:?}; said: {}", self.world.read("stderr"))
            });
            heard.push(String::from_utf8_lossy(&bytes[..count]).into_owned());
            if heard.last().is_some_and(|last| last.contains(text)) {
                return heard;
            }
        }
    }

    fn number(&self) -> Pid {
        Pid::from_raw(self.child.id().try_into().unwrap())
    }

    fn signal(&self, signal: Signal) {
        kill(self.number(), signal).unwrap();
    }

    /// Waits for the end: the exit status, and what was said.
    fn end(mut self) -> (Option<i32>, String) {
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.code(), self.world.read("stderr"));
            }
            assert!(Instant::now() < deadline, "it does not end; so far: {}", self.world.read("stderr"));
            let moment = nix::poll::PollTimeout::try_from(Duration::from_millis(5)).unwrap();
            let _ = nix::poll::poll(&mut [], moment);
        }
    }
}

impl Drop for Staying<'_> {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = killpg(self.number(), Signal::SIGKILL);
            let _ = self.child.wait();
        }
    }
}

/// The process that an instance's fake has started.
fn master(world: &World, name: &str) -> Pid {
    Pid::from_raw(world.read(&format!("spool/{name}/pid/master.pid")).trim().parse().unwrap())
}

fn none_runs(world: &World) -> bool {
    ["postfix", "postfix-a", "postfix-c"].iter().all(|name| kill(master(world, name), None).is_err())
}

/// Waits for a fake that says on a FIFO where it is.
fn hear(mut fifo: &File) {
    fifo.read_exact(&mut [0; 1]).unwrap();
}

/// Lets a fake go on that waits at a FIFO.
fn open_gate(mut fifo: &File) {
    fifo.write_all(b"go\n").unwrap();
}

/// Whether a signal reaches what the tests start.
fn is_heard(signal: Signal) -> bool {
    if is_ignored(signal) {
        skip(format!("whoever started the tests has made them ignore {signal}"));
    }
    !is_ignored(signal)
}

#[test]
fn all_are_started_in_order_and_stopped_in_reverse() {
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGQUIT].into_iter().filter(|it| is_heard(*it)) {
        let Some(world) = world() else { return };
        let staying = Staying::start(&world, &[]);
        let heard = staying.until("READY=1");
        let waits = |name: &str| format!("STATUS=start: waiting for {}", world.directory(name).display());
        let mut expected: Vec<String> = ALL.iter().map(|name| waits(name)).collect();
        expected.push("READY=1\nSTATUS=instances that run: 3".to_owned());
        assert_eq!(heard, expected);
        assert_eq!(
            world.commands(),
            ["postfix start", "postfix-a start", "postfix-b check", "postfix-c start"]
        );
        staying.signal(signal);
        let heard = staying.until("waiting for");
        assert_eq!(heard[0], "STOPPING=1");
        assert!(heard[1].starts_with("STATUS=stop: waiting for "), "{heard:?}");
        staying.until("STATUS=stopped");
        assert_eq!(staying.end(), (Some(0), String::new()), "{signal}");
        assert_eq!(world.commands(), ["postfix-c stop", "postfix-a stop", "postfix stop"]);
        assert!(none_runs(&world));
    }
}

#[test]
fn a_master_that_ends_by_itself_ends_all_and_is_named() {
    let Some(world) = world() else { return };
    let staying = Staying::ready(&world);
    world.commands();
    let process = master(&world, "postfix-a");
    kill(process, Signal::SIGKILL).unwrap();
    staying.until(&format!("STATUS=instance {}: its master", world.directory("postfix-a").display()));
    let (status, said) = staying.end();
    let name = world.directory("postfix-a").display().to_string();
    let expected =
        format!("fatal: instance {name}: its master(8) (process {process}) has ended (signal KILL); ");
    assert!(status == Some(1) && said.contains(&expected), "{said}");
    assert!(said.contains("\"drain\" does this, too: use \"stop\""), "{said}");
    assert_eq!(world.commands(), ["postfix-c stop", "postfix stop"]);
    assert!(none_runs(&world));
}

#[test]
fn an_instance_that_does_not_start_ends_all() {
    let Some(world) = world() else { return };
    world.code("postfix-a", "postfix-start", "exit 3");
    let (status, said) = Staying::start(&world, &[]).end();
    assert_eq!(status, Some(1));
    assert!(said.contains("\"start\" failed with status 3") && said.contains("stopped again"), "{said}");
    let name = world.directory("postfix-a").display().to_string();
    assert!(said.contains(&format!("leave it out with \"postfix-multi -e disable -i {name}\"")), "{said}");
    let commands = world.commands();
    assert_eq!(commands[3..], ["postfix-c start", "postfix-c stop", "postfix stop"], "{commands:?}");
    assert!(kill(master(&world, "postfix"), None).is_err());
}

#[test]
fn a_failed_check_of_an_instance_that_is_not_enabled_is_no_failure() {
    let Some(world) = world() else { return };
    world.code("postfix-b", "postfix-check", "exit 1");
    let staying = Staying::ready(&world);
    staying.signal(Signal::SIGTERM);
    let (status, said) = staying.end();
    assert!(status == Some(0) && said.contains("\"check\" failed with status 1"), "{said}");
}

#[test]
fn a_master_that_is_not_there_after_its_start_has_not_started() {
    let Some(world) = world() else { return };
    world.code("postfix-a", "postfix-start", "exit 0");
    let (status, said) = Staying::start(&world, &[]).end();
    assert!(status == Some(1) && said.contains("has ended right after its start"), "{said}");
}

#[test]
fn nothing_is_started_if_one_is_damaged_or_none_is_enabled() {
    let Some(world) = world() else { return };
    world.add_line("postfix-c", "multi_instance_enable = maybe");
    world
        .run(&["foreground"])
        .code(1)
        .stderr(contains("neither yes nor no").and(contains("no instance was started")));
    assert!(world.commands().is_empty());
    for name in ["postfix", "postfix-a", "postfix-c"] {
        world.add_line(name, "multi_instance_enable = no");
    }
    world.run(&["foreground"]).code(1).stderr(contains("no instance is enabled"));
    assert!(world.commands().is_empty());
}

#[test]
fn an_instance_that_is_stopped_on_purpose_does_not_end_the_others_but_the_last_one_does() {
    let Some(world) = world() else { return };
    let staying = Staying::ready(&world);
    kill(master(&world, "postfix-c"), Signal::SIGTERM).unwrap();
    let heard = staying.until("stopped by hand");
    let name = world.directory("postfix-c").display().to_string();
    assert_eq!(heard, [format!("STATUS=instances that run: 2; stopped by hand: {name}")]);
    assert!(world.read("stderr").contains("was ended by TERM, as by a stop"));
    kill(master(&world, "postfix-a"), Signal::SIGTERM).unwrap();
    kill(master(&world, "postfix"), Signal::SIGTERM).unwrap();
    assert_eq!(staying.end().0, Some(0));
    assert!(!world.commands().contains(&"postfix stop".to_owned()), "nothing was left to stop");
}

#[test]
fn hup_reloads_what_runs_and_starts_what_is_enabled() {
    let Some(world) = world().filter(|_| is_heard(Signal::SIGHUP)) else { return };
    let staying = Staying::ready(&world);
    kill(master(&world, "postfix-c"), Signal::SIGTERM).unwrap();
    staying.until("stopped by hand");
    world.commands();
    world.add_line("postfix-a", "multi_instance_enable = no");
    world.add_line("postfix-b", "multi_instance_enable = yes");
    staying.signal(Signal::SIGHUP);
    let heard = staying.until("READY=1");
    assert!(heard[0].starts_with("RELOADING=1\nMONOTONIC_USEC="), "{heard:?}");
    assert_eq!(heard.last().unwrap(), "READY=1\nSTATUS=instances that run: 4");
    assert_eq!(world.commands(), ["postfix reload", "postfix-b start", "postfix-c start"]);
    assert!(world.read("stderr").contains("it is not enabled any more"));
    // A main.cf that cannot be read ends nothing.
    world.main_cf("postfix", "damaged\n");
    staying.signal(Signal::SIGHUP);
    staying.until("READY=1");
    assert!(world.read("stderr").contains("cannot read the default instance's main.cf"));
    staying.signal(Signal::SIGTERM);
    let (status, said) = staying.end();
    // What is not enabled any more is stopped in its turn, too.
    assert!(status == Some(0) && !said.contains("still runs"), "{said}");
    assert_eq!(world.commands(), ["postfix-c stop", "postfix-b stop", "postfix-a stop", "postfix stop"]);
    assert!(none_runs(&world) && kill(master(&world, "postfix-b"), None).is_err());
}

#[test]
fn an_instance_that_was_stopped_and_started_again_is_watched_again() {
    let Some(world) = world().filter(|_| is_heard(Signal::SIGHUP)) else { return };
    let staying = Staying::ready(&world);
    kill(master(&world, "postfix-c"), Signal::SIGTERM).unwrap();
    staying.until("stopped by hand");
    // What a HUP starts is a child of the program, as what an operator starts in a container is.
    staying.signal(Signal::SIGHUP);
    staying.until("READY=1");
    kill(master(&world, "postfix-c"), Signal::SIGKILL).unwrap();
    let (status, said) = staying.end();
    assert!(status == Some(1) && said.contains("has ended (signal KILL)"), "{said}");
}

#[test]
fn a_stop_that_fails_and_one_that_hangs_leave_no_master() {
    let Some(world) = world() else { return };
    let gate = world.fifo("reached");
    world.code("postfix-a", "postfix-stop", "exit 1");
    let staying = Staying::ready(&world);
    staying.signal(Signal::SIGTERM);
    let (status, said) = staying.end();
    assert!(status == Some(0) && said.contains("still runs; it gets TERM"), "{said}");
    assert!(none_runs(&world));
    // A second TERM does not wait for the order any more.
    world.code("postfix-c", "postfix-stop", "listen reached");
    let staying = Staying::ready(&world);
    world.commands();
    staying.signal(Signal::SIGTERM);
    hear(&gate);
    staying.signal(Signal::SIGTERM);
    let (status, said) = staying.end();
    assert!(status == Some(0) && said.contains("the manager got signal TERM"), "{said}");
    assert_eq!(world.commands(), ["postfix-c stop"]);
    assert!(none_runs(&world));
}

#[test]
fn a_failure_stays_one_if_term_comes_during_the_stop_that_follows() {
    let Some(world) = world() else { return };
    let gate = world.fifo("reached");
    world.code("postfix-c", "postfix-stop", "listen reached");
    let staying = Staying::ready(&world);
    kill(master(&world, "postfix-a"), Signal::SIGKILL).unwrap();
    hear(&gate);
    staying.signal(Signal::SIGTERM);
    let (status, said) = staying.end();
    assert!(status == Some(1) && said.contains("has ended (signal KILL)"), "{status:?} {said}");
    assert!(none_runs(&world));
}

#[test]
fn term_during_the_start_stops_what_has_started() {
    let Some(world) = world() else { return };
    let reached = world.fifo("reached");
    world.code("postfix-a", "postfix-start", "listen reached");
    let staying = Staying::start(&world, &[]);
    hear(&reached);
    staying.signal(Signal::SIGTERM);
    assert_eq!(staying.end().0, Some(0));
    assert_eq!(world.commands(), ["postfix start", "postfix-a start", "postfix stop"]);
    assert!(kill(master(&world, "postfix"), None).is_err());
}

#[test]
fn a_master_whose_start_was_cut_short_is_stopped_when_its_start_is_over() {
    let Some(world) = world() else { return };
    let reached = world.fifo("reached");
    let gate = world.fifo("gate");
    world.code("postfix-a", "postfix-start", &format!("gate=gate; {START}"));
    let staying = Staying::start(&world, &[]);
    hear(&reached);
    staying.signal(Signal::SIGTERM);
    staying.until("STOPPING=1");
    open_gate(&gate);
    assert_eq!(staying.end().0, Some(0));
    let commands = world.commands();
    assert_eq!(commands, ["postfix start", "postfix-a start", "postfix-a stop", "postfix stop"]);
    for name in ["postfix", "postfix-a"] {
        assert!(kill(master(&world, name), None).is_err(), "{name}");
    }
}

#[test]
fn a_second_term_does_not_wait_for_a_start_that_was_cut_short() {
    let Some(world) = world() else { return };
    let reached = world.fifo("reached");
    let _gate = world.fifo("gate");
    world.code("postfix-a", "postfix-start", &format!("gate=gate; {START}"));
    let staying = Staying::start(&world, &[]);
    hear(&reached);
    staying.signal(Signal::SIGTERM);
    staying.until("STOPPING=1");
    staying.signal(Signal::SIGTERM);
    let (status, said) = staying.end();
    assert!(status == Some(0) && said.contains("a master(8) that starts (process "), "{said}");
    let process = Pid::from_raw(world.read("starting").trim().parse().unwrap());
    assert!(kill(process, None).is_err() && kill(master(&world, "postfix"), None).is_err());
}

/// Has an instance started by somebody else, as it were: by an orphan of the start of `postfix-c`.
fn start_beside(world: &World, name: &str) -> (File, File) {
    let by_hand = format!(
        "(wait_at gate; directory=$world/etc/{name}; MAIL_CONFIG=$directory; {START}; tell reached) \
         >/dev/null 2>&1 & "
    );
    world.code("postfix-c", "postfix-start", &format!("{by_hand}{START}"));
    (world.fifo("gate"), world.fifo("reached"))
}

#[test]
fn an_instance_that_somebody_else_has_started_is_watched_and_stopped_in_order() {
    let Some(world) = world() else { return };
    let (gate, reached) = start_beside(&world, "postfix-b");
    let staying = Staying::ready(&world);
    open_gate(&gate);
    hear(&reached);
    staying.until("STATUS=instances that run: 4");
    let name = world.directory("postfix-b").display().to_string();
    let expected = format!(
        "instance {name}: its master(8) runs (process {}), and is watched",
        master(&world, "postfix-b")
    );
    assert!(world.read("stderr").contains(&expected), "{}", world.read("stderr"));
    world.commands();
    staying.signal(Signal::SIGTERM);
    assert_eq!(staying.end().0, Some(0));
    assert_eq!(world.commands(), ["postfix-c stop", "postfix-b stop", "postfix-a stop", "postfix stop"]);
    assert!(none_runs(&world) && kill(master(&world, "postfix-b"), None).is_err());
}

#[test]
fn it_stays_while_an_instance_runs_that_somebody_else_has_started() {
    let Some(mut world) = world() else { return };
    world.add("postfix-d", "multi_instance_enable = yes\n");
    let listed = world.read("etc/postfix/main.cf");
    // Not listed before somebody starts it.
    let (without, _) = listed.split_once(&world.directory("postfix-d").display().to_string()).unwrap();
    world.main_cf("postfix", &format!("{without}\n"));
    world.code("postfix-d", "postfix-stop", STOP);
    let (gate, reached) = start_beside(&world, "postfix-d");
    let staying = Staying::ready(&world);
    open_gate(&gate);
    hear(&reached);
    for name in ["postfix-c", "postfix-a", "postfix"] {
        kill(master(&world, name), Signal::SIGTERM).unwrap();
    }
    let stopped =
        ["postfix", "postfix-a", "postfix-c"].map(|name| world.directory(name).display().to_string());
    staying.until(&format!("STATUS=instances that run: 1; stopped by hand: {}", stopped.join(", ")));
    world.main_cf("postfix", &listed);
    world.commands();
    staying.signal(Signal::SIGTERM);
    assert_eq!(staying.end().0, Some(0));
    assert_eq!(world.commands(), ["postfix-d stop"]);
    assert!(none_runs(&world) && kill(master(&world, "postfix-d"), None).is_err());
}

#[test]
fn signals_during_a_reload_are_heard_after_it() {
    let Some(world) = world().filter(|_| is_heard(Signal::SIGHUP)) else { return };
    let reached = world.fifo("reached");
    let gate = world.fifo("gate");
    let wait = "tell reached; wait_at gate";
    world.code("postfix-c", "postfix-reload", wait);
    let staying = Staying::ready(&world);
    for signal in [Signal::SIGHUP, Signal::SIGTERM] {
        staying.signal(Signal::SIGHUP);
        hear(&reached);
        staying.signal(signal);
        open_gate(&gate);
        if signal == Signal::SIGHUP {
            // Once more for the second one.
            hear(&reached);
            open_gate(&gate);
            staying.until("READY=1");
            staying.until("READY=1");
        }
    }
    assert_eq!(staying.end().0, Some(0));
    assert_eq!(world.commands().iter().filter(|command| *command == "postfix-c reload").count(), 3);
    assert!(none_runs(&world));
}

#[test]
fn orphans_are_reaped() {
    let Some(world) = world() else { return };
    // The process whose parent has gone ends when the test says so.
    let gate = world.fifo("gate");
    let orphan = "(wait_at gate) >/dev/null 2>&1 & echo $! >$world/orphan; ";
    world.code("postfix-c", "postfix-start", &format!("{orphan}{START}"));
    let staying = Staying::ready(&world);
    let process = Pid::from_raw(world.read("orphan").trim().parse().unwrap());
    open_gate(&gate);
    let deadline = Instant::now() + DEADLINE;
    while kill(process, None).is_ok() {
        assert!(Instant::now() < deadline, "it is not reaped");
        std::thread::yield_now();
    }
    staying.signal(Signal::SIGTERM);
    assert_eq!(staying.end(), (Some(0), String::new()));
}
