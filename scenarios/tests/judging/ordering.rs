//! Tests the order of instances when several are busy at once, on generated systems.
//! Each instance waits at a gate, and the gates are opened in an order that is drawn. So all instances that may
//! overlap do overlap, in every way they can.
//!
//! What must hold is said here once more, in this file's own words and code: the default instance is alone,
//! instances of a group follow one another, no more are busy than asked for, and no fewer than can be. A manager
//! that is wrong in one of these must be found.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use postfix_fakes::bytes::ByteString;
use postfix_fakes::fault::Fault;
use postfix_fakes::journal::What;
use postfix_harness::invocation::{Action, Invocation};
use postfix_harness::layout::{DEFAULT, Draft, Instance, Layout};
use postfix_harness::outcome::Outcome;
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::testbed::Testbed;
use postfix_harness::testbed::simulated::Simulated;
use postfix_harness::world::World;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};

/// How many systems our manager must master, unless `PROPTEST_CASES` says another number.
const SYSTEMS: u32 = 100;

/// Expires only when something is broken.
const DEADLINE: Duration = Duration::from_secs(30);

/// Long enough to find a wrong manager by what it does; one that waits for what never comes is wrong as well.
const SHORT_DEADLINE: Duration = Duration::from_secs(5);

/// One system, one command, and the order in which those that are busy come to their end.
#[derive(Clone, Debug)]
struct Drawn {
    /// The default instance first: whether it is enabled, and its group.
    instances: Vec<(bool, Option<u8>)>,
    command: &'static str,
    jobs: usize,
    choices: Vec<Index>,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let instance = (proptest::bool::weighted(0.8), proptest::option::weighted(0.6, 0_u8..3));
    (
        proptest::collection::vec(instance, 2..9),
        select(&["start", "stop", "check", "upgrade-configuration", "reload", "drain"][..]),
        1_usize..6,
        proptest::collection::vec(any::<Index>(), 9),
    )
        .prop_map(|(instances, command, jobs, choices)| Drawn { instances, command, jobs, choices })
}

impl Drawn {
    fn name(at: usize) -> String {
        if at == 0 { DEFAULT.to_owned() } else { format!("i{at}") }
    }

    fn stops(&self) -> bool {
        matches!(self.command, "stop" | "drain")
    }

    /// Those that something runs for, in run order.
    fn order(&self) -> Vec<usize> {
        let is_skipped = |at: usize| !self.instances[at].0 && (self.stops() || self.command == "reload");
        let mut order: Vec<usize> = (0..self.instances.len()).filter(|at| !is_skipped(*at)).collect();
        if self.stops() {
            order.reverse();
        }
        order
    }

    /// Whether the first must have ended before the second begins. Both are instances, the first one earlier in run
    /// order.
    fn follows(&self, earlier: usize, later: usize) -> bool {
        let group = |at: usize| self.instances[at].1;
        earlier == 0 || later == 0 || group(earlier).is_some() && group(earlier) == group(later)
    }

    /// In which order the instances end, if as many are busy as can be.
    fn ends(&self) -> Vec<usize> {
        let mut waiting = self.order();
        let (mut busy, mut ended) = (Vec::new(), Vec::new());
        let mut choices = self.choices.iter();
        loop {
            while busy.len() < self.jobs {
                let may_begin = |later: usize| {
                    let earlier: Vec<usize> =
                        self.order().into_iter().take_while(|at| *at != later).collect();
                    earlier.iter().all(|at| ended.contains(at) || !self.follows(*at, later))
                };
                let Some(at) = waiting.iter().position(|at| may_begin(*at)) else { break };
                busy.push(waiting.remove(at));
            }
            if busy.is_empty() {
                return ended;
            }
            ended.push(busy.remove(choices.next().unwrap().index(busy.len())));
        }
    }

    fn layout(&self, manager: &str) -> Layout {
        let instance = |at: usize| {
            let (enabled, group) = self.instances[at];
            let name = Self::name(at);
            let mut instance = if enabled { Instance::enabled(&name) } else { Instance::disabled(&name) };
            if let Some(group) = group {
                let value = ByteString::from(format!("group{group}").as_str());
                instance.settings.insert("multi_instance_group".to_owned(), value);
            }
            instance
        };
        let fault = |at: usize| Fault {
            instance: Some(ByteString::from(Self::name(at).as_str())),
            gate: ByteString::from(Self::name(at)).try_into().ok(),
            ..Fault::default()
        };
        Layout::try_from(Draft {
            manager: Some(ByteString::from(format!("{manager} --jobs {}", self.jobs).as_str())),
            default: instance(0),
            instances: (1..self.instances.len()).map(instance).collect(),
            faults: (0..self.instances.len()).map(fault).collect(),
            ..Draft::default()
        })
        .unwrap()
    }

    fn invocation(&self, deadline: Duration) -> Invocation {
        let mut invocation = Invocation::postfix(&[self.command]);
        let happening = |at: &usize| Action {
            gate: ByteString::from(Self::name(*at)).try_into().unwrap(),
            printed: None,
            signal: None,
            to_group: false,
            release: true,
        };
        invocation.events = self.ends().iter().map(happening).collect();
        invocation.deadline = deadline;
        invocation
    }

    /// What is wrong with a run, by the journal.
    fn violations(&self, world: &World, outcome: &Outcome) -> Vec<String> {
        let mut violations = Vec::new();
        let mut events = outcome.events.clone();
        events.sort_by_key(|event| event.at);
        let number = |name: &str| (0..self.instances.len()).find(|at| Self::name(*at) == name);
        let (mut busy, mut begun, mut ended) = (BTreeMap::new(), Vec::new(), Vec::new());
        for event in events.iter().filter(|event| event.program == "postfix-script") {
            match &event.what {
                What::Start { environment, .. } => {
                    let directory = environment["config_directory"].to_path_buf();
                    let Some(at) = number(&world.name_of(&directory)) else { continue };
                    let earlier = self.order().into_iter().take_while(|other| *other != at);
                    for other in earlier.filter(|other| self.follows(*other, at) && !ended.contains(other)) {
                        violations.push(format!("{at} began before {other} had ended"));
                    }
                    busy.insert(event.pid, at);
                    begun.push(at);
                    if busy.len() > self.jobs {
                        violations.push(format!("{} were busy at once", busy.len()));
                    }
                }
                What::Finish { .. } => ended.extend(busy.remove(&event.pid)),
                _ => {}
            }
        }
        let mut expected = self.order();
        expected.sort_unstable();
        begun.sort_unstable();
        if begun != expected {
            violations.push(format!("{begun:?} got the command, not {expected:?}"));
        }
        // Which status it is, is another matter: nobody has started those that are stopped here.
        if outcome.ended.status().is_none() {
            violations.push(format!("it ended so: {:?}", outcome.ended));
        }
        violations
    }
}

/// What is wrong with a manager on one system.
fn judge(run: &RunDirectory, manager: &str, drawn: &Drawn, deadline: Duration) -> Vec<String> {
    let testbed = Simulated::default();
    let manager_value = ByteString::from("@manager@");
    let world = testbed.world(run, "ordering", &drawn.layout(manager), &manager_value).unwrap();
    let outcome = testbed.run(&world, &drawn.invocation(deadline)).unwrap();
    drawn.violations(&world, &outcome)
}

fn run_directory() -> RunDirectory {
    let program = Path::new(env!("CARGO_BIN_EXE_postfix-conformance"));
    RunDirectory::create(Path::new(env!("CARGO_TARGET_TMPDIR")), program).unwrap()
}

#[test]
fn whatever_may_overlap_does_and_nothing_else() {
    let run = run_directory();
    let cases = std::env::var("PROPTEST_CASES").map_or(SYSTEMS, |text| text.parse().unwrap());
    let configuration =
        Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    TestRunner::new(configuration)
        .run(&drawn(), |drawn| {
            let violations = judge(&run, "$daemon_directory/postfix-wrapper", &drawn, DEADLINE);
            prop_assert!(violations.is_empty(), "{violations:#?}");
            Ok(())
        })
        .unwrap();
}

/// Whether there is a complaint of a kind about a wrong manager, on the same systems in every run.
fn is_found(name: &str, kind: &str) -> bool {
    let run = run_directory();
    let manager = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judging/wrong_orders").join(name);
    let configuration = Config { rng_seed: RngSeed::Fixed(7), ..Config::default() };
    let mut runner = TestRunner::new(configuration);
    (0..60).any(|_| {
        let drawn = drawn().new_tree(&mut runner).unwrap().current();
        let violations = judge(&run, manager.to_str().unwrap(), &drawn, SHORT_DEADLINE);
        violations.iter().any(|violation| violation.contains(kind))
    })
}

#[test]
fn a_manager_that_ignores_groups_is_found() {
    assert!(is_found("groups-ignored.sh", " had ended"));
}

#[test]
fn a_manager_that_does_not_wait_for_the_default_instance_is_found() {
    assert!(is_found("default-not-awaited.sh", " began before 0 had ended"));
}

#[test]
fn a_manager_that_begins_too_many_is_found() {
    assert!(is_found("one-too-many.sh", " were busy at once"));
}

#[test]
fn a_manager_that_lets_nothing_overlap_is_found() {
    // Here it is the deadline that tells: somebody never gets to a gate while others wait at theirs.
    assert!(is_found("nothing-overlaps.sh", "it ended so: "));
}
