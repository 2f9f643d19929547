//! Tests of an instance that has run and has no queue, which may be on a disk that is not mounted.
//! No command makes another queue in its place, or forgets it.

use std::fs;
use std::os::unix::fs::symlink;

use predicates::str::contains;

use crate::life_cycle::ensure::{picture, until_it_is_so};
use crate::life_cycle::states::{KILLED_BEHIND, SETTINGS, State, X, drawn, instance, listed_with, system};
use crate::life_cycle::{before_an_edit, listed};
use crate::world::World;

const TOLD: &str = "which may be on a disk that is not mounted; nothing was changed; mount it";

const ABSENT: [&str; 7] = ["-e", "ensure", "-j", "-I", "postfix-x", "--absent", "--disabled"];

const DESTROY: [&str; 4] = ["-e", "destroy", "-i", "postfix-x"];

/// What there is in the place of a queue, and how it is made.
type Place = (&'static str, fn(&World));

/// All that there can be if the disk is not mounted.
const PLACES: [Place; 4] = [
    ("nothing", |_| {}),
    ("an empty place", |world| fs::create_dir(world.path("spool/postfix-x")).unwrap()),
    ("a place with what a file system has", |world| {
        fs::create_dir_all(world.path("spool/postfix-x/lost+found")).unwrap();
    }),
    ("a link to what is not there", |world| {
        symlink(world.path("disk/postfix-x"), world.path("spool/postfix-x")).unwrap();
    }),
];

fn unmounted(make: fn(&World), settings: &'static str) -> World {
    let world = system();
    (listed_with("", settings).make)(&world);
    world.has_run("postfix-x");
    world.unmount("postfix-x");
    make(&world);
    world
}

#[test]
fn a_queue_that_may_be_on_another_disk_is_neither_made_nor_forgotten() {
    for (place, make) in PLACES {
        let world = unmounted(make, "multi_instance_enable = no\n");
        let config = format!("config_directory={}", world.directory("postfix-x").display());
        let import = ["-e", "import", config.as_str()];
        let create = ["-e", "create", "-I", "postfix-x"];
        let refused = |words: &[&str]| {
            let before = picture(&world);
            for look in [&["--dry-run"][..], &[]] {
                let assert = world.run(&[look, words].concat()).code(1).stdout("");
                let said = world.said(&assert);
                assert!(said.contains(TOLD), "{place}: {words:?}: {said}");
                assert_eq!(picture(&world), before, "{place}: {words:?}");
            }
        };
        refused(&X);
        refused(&DESTROY);
        refused(&ABSENT);
        world.run(&["-e", "deport", "-i", "postfix-x"]).success();
        refused(&X);
        refused(&import);
        refused(&create);
    }
}

#[test]
fn it_goes_on_if_the_disk_is_mounted() {
    for words in [&X[..], &DESTROY] {
        let world = unmounted(|_| {}, "multi_instance_enable = no\n");
        world.run(words).code(1).stderr(contains(TOLD));
        let queue = world.path("spool/postfix-x");
        fs::rename(queue.with_extension("disk"), queue).unwrap();
        world.run(words).success().stderr("");
    }
}

#[test]
fn it_goes_on_if_the_queue_is_lost_and_made_anew() {
    // What a link leads to is not made by mkdir(1).
    for (place, make) in &PLACES[..3] {
        until_it_is_so(&unmounted(*make, SETTINGS), &X, place);
        let world = unmounted(*make, SETTINGS);
        until_it_is_so(&world, &ABSENT, place);
        assert_eq!(listed(&world), "postfix postfix-a", "{place}");
    }
}

#[test]
fn a_killed_command_is_not_finished_in_the_place_of_a_queue_on_another_disk() {
    let new: fn(&World) = |_| {};
    let unlisted: fn(&World) = |world| instance(world, "postfix-x", "");
    for (make, command) in [(new, &["-e", "create", "-I", "postfix-x"][..]), (new, &X), (unlisted, &X)] {
        let world = system();
        make(&world);
        before_an_edit(&world, KILLED_BEHIND);
        world.run(command).interrupted();
        before_an_edit(&world, ":");
        world.has_run("postfix-x");
        world.unmount("postfix-x");
        let before = picture(&world);
        for look in [&["--dry-run"][..], &[]] {
            world.run(&[look, &["-e", "enable", "-i", "a"]].concat()).code(1).stderr(contains(TOLD));
            assert_eq!(picture(&world), before);
        }
    }
}

/// What no command may change of an instance that has run: its queue directory, and that its main.cf names it.
fn kept(world: &World) -> (Vec<String>, bool, Option<bool>) {
    let spool = picture(world).into_iter().filter(|line| line.starts_with("spool/")).collect();
    let is_named = world.directory("postfix-x").join("main.cf").exists();
    (spool, is_named, is_named.then(|| listed(world).contains("postfix-x")))
}

fn is_kept(state: &State) {
    let world = system();
    (state.make)(&world);
    let config = format!("config_directory={}", world.directory("postfix-x").display());
    let commands = [
        &X[..],
        &DESTROY,
        &ABSENT,
        &["-e", "ensure", "-I", "postfix-x", config.as_str()],
        &["-e", "import", config.as_str()],
        &["-e", "create", "-I", "postfix-x"],
    ];
    let before = kept(&world);
    for words in commands {
        for look in [&["--dry-run"][..], &[]] {
            let assert = world.run(&[look, words].concat());
            assert_eq!(kept(&world), before, "{}: {words:?}: {}", state.name, world.said(&assert));
        }
    }
}

#[test]
fn no_command_makes_or_forgets_the_queue_of_an_instance_that_has_run() {
    let mut states = drawn(11, 40);
    states.retain(|state| state.name.contains("has run, no queue"));
    assert!(states.len() > 8, "{}", states.len());
    std::thread::scope(|scope| {
        for some in states.chunks(states.len().div_ceil(4)) {
            scope.spawn(move || some.iter().for_each(is_kept));
        }
    });
}
