//! Tests for the search for running masters, with a fake /proc and with the real one.

use std::os::unix::fs::symlink;

use super::processes::tests::process;
use super::*;

/// An instance, and a directory that is made like /proc.
struct World {
    root: tempfile::TempDir,
}

impl World {
    /// Two instances, `a` and `b`, with a number and a lock file each, and nothing that runs.
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        for name in ["a", "b"] {
            for directory in ["etc", "spool", "lib"] {
                fs::create_dir_all(root.path().join(directory).join(name)).unwrap();
            }
            fs::create_dir(root.path().join("spool").join(name).join("pid")).unwrap();
        }
        let world = Self { root };
        for file in ["spool/a/pid/master.pid", "spool/b/pid/master.pid"] {
            fs::write(world.path(file), "       7\n").unwrap();
        }
        for file in ["lib/a/master.lock", "lib/b/master.lock"] {
            fs::write(world.path(file), "").unwrap();
        }
        fs::create_dir(world.path("proc")).unwrap();
        fs::write(world.path("proc/locks"), "").unwrap();
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// A line of the list of locks, with the device that the file has, or with another one.
    fn line(&self, process: i32, file: &str, is_on_its_device: bool) -> String {
        let metadata = fs::metadata(self.path(file)).unwrap();
        let (major, minor) = (nix::sys::stat::major(metadata.dev()), nix::sys::stat::minor(metadata.dev()));
        let minor = if is_on_its_device { minor } else { minor + 1 };
        format!("1: FLOCK  ADVISORY  WRITE {process} {major:02x}:{minor:02x}:{} 0 EOF\n", metadata.ino())
    }

    /// A process holds files.
    fn locks(&self, held: &[(i32, &str)]) {
        let lines: String = held.iter().map(|(process, file)| self.line(*process, file, true)).collect();
        fs::write(self.path("proc/locks"), lines).unwrap();
    }

    /// There is a master for the instance of this name.
    fn master(&self, number: i32, name: &str) {
        let environ = format!("MAIL_CONFIG={}", self.path("etc").join(name).display());
        process(&self.path("proc"), number, "/usr/libexec/master -w", Some(&environ), 0);
    }

    /// There is one whose environment cannot be read.
    fn closed_master(&self, number: i32) {
        process(&self.path("proc"), number, "/usr/libexec/master -w", None, 0);
    }

    /// Whether `a` runs, with this data directory.
    fn look_with(&self, data: &str, sharing: Sharing, trial: Trial) -> Running {
        let (proc, default) = (self.path("proc"), self.path("etc/default"));
        let snapshot = Snapshot::of(&proc, &default, Path::new("/usr/libexec"), trial);
        let (config, queue, data) = (self.path("etc/a"), self.path("spool/a"), self.path(data));
        snapshot.look(InstancePaths { config: &config, queue: &queue, data: &data, sharing }).running
    }

    fn look(&self) -> Running {
        self.look_with("lib/a", Sharing::Own, Trial::Forbidden)
    }
}

const QUEUE: &str = "spool/a/pid/master.pid";
const DATA: &str = "lib/a/master.lock";

fn is_run_by(running: &Running, number: i32) -> bool {
    matches!(running, Running::Yes { process, .. } if *process == number)
}

fn is_used_through(running: &Running, name: &str) -> bool {
    matches!(running, Running::UsedByAnother(other) if other.parameter == name && other.process == 8)
}

fn is_unknown(running: &Running, because: &str) -> bool {
    matches!(running, Running::Unknown(reason) if reason.contains(because))
}

#[test]
fn its_own_master_runs_it_whatever_it_still_holds() {
    let world = World::new();
    world.master(7, "a");
    for held in [&[(7, QUEUE), (7, DATA)][..], &[(7, QUEUE)], &[(7, DATA)], &[]] {
        world.locks(held);
        let found = world.look();
        assert!(is_run_by(&found, 7), "{held:?} {found:?}");
    }
    // Of two, the one that holds the locks.
    world.master(6, "a");
    world.locks(&[(7, QUEUE), (7, DATA)]);
    assert!(is_run_by(&world.look(), 7));
    symlink(world.path("etc/a"), world.path("etc/link")).unwrap();
    fs::remove_dir_all(world.path("proc/6")).unwrap();
    world.master(7, "link");
    world.locks(&[]);
    assert!(is_run_by(&world.look(), 7), "under another name");
}

#[test]
fn a_number_without_a_lock_and_a_master_is_nobody() {
    let world = World::new();
    assert_eq!(world.look(), Running::No);
    process(&world.path("proc"), 7, "sh", Some("MAIL_CONFIG=/x"), 0);
    world.master(8, "b");
    world.locks(&[(8, "spool/b/pid/master.pid"), (8, "lib/b/master.lock")]);
    assert_eq!(world.look(), Running::No);
    for file in [QUEUE, DATA] {
        fs::remove_file(world.path(file)).unwrap();
    }
    assert_eq!(world.look(), Running::No);
}

#[test]
fn a_directory_that_another_ones_master_holds_is_not_this_ones_run() {
    let world = World::new();
    world.master(8, "b");
    world.locks(&[(8, QUEUE), (8, DATA)]);
    assert!(is_used_through(&world.look(), "queue_directory"));
    world.locks(&[(8, DATA)]);
    assert!(is_used_through(&world.look(), "data_directory"));
    // A master that was told of no instance has the default one.
    process(&world.path("proc"), 8, "master", Some("PATH=/bin"), 0);
    world.locks(&[(8, QUEUE)]);
    fs::create_dir(world.path("etc/default")).unwrap();
    let Running::UsedByAnother(other) = world.look() else { panic!() };
    assert_eq!(other.owner, world.path("etc/default"));
}

#[test]
fn who_holds_an_instances_queue_for_a_directory_that_is_gone_is_its_own_master() {
    let world = World::new();
    world.master(8, "renamed");
    world.locks(&[(8, QUEUE), (8, DATA)]);
    assert!(is_run_by(&world.look(), 8), "{:?}", world.look());
    // If two have the directory, it may be the other one that was renamed.
    let shared = world.look_with("lib/a", Sharing::Shared, Trial::Forbidden);
    assert!(is_used_through(&shared, "queue_directory"), "{shared:?}");
    fs::create_dir(world.path("etc/renamed")).unwrap();
    assert!(is_used_through(&world.look(), "queue_directory"), "{:?}", world.look());
}

#[test]
fn another_mail_systems_master_is_nobodys() {
    let world = World::new();
    let (proc, default) = (world.path("proc"), world.path("etc/a"));
    let runs = || {
        let snapshot = Snapshot::of(&proc, &default, Path::new("/usr/libexec"), Trial::Forbidden);
        let (queue, data) = (world.path("spool/a"), world.path("lib/a"));
        let paths = InstancePaths { config: &default, queue: &queue, data: &data, sharing: Sharing::Own };
        snapshot.look(paths).running
    };
    process(&proc, 7, "/usr/cyrus/bin/master -d", Some("PATH=/bin"), 0);
    symlink(world.path("lib/b"), world.path("proc/7/cwd")).unwrap();
    assert_eq!(runs(), Running::No);
    // Postfix's, started without postfix(1).
    fs::remove_file(world.path("proc/7/cwd")).unwrap();
    symlink(world.path("spool/a"), world.path("proc/7/cwd")).unwrap();
    assert!(is_run_by(&runs(), 7), "{:?}", runs());
}

#[test]
fn who_only_tries_the_lock_runs_nothing() {
    let world = World::new();
    for name in ["a", "b"] {
        let environ = format!("MAIL_CONFIG={}", world.path("etc").join(name).display());
        process(&world.path("proc"), 8, "/usr/libexec/master -t", Some(&environ), 0);
        world.locks(&[(8, QUEUE)]);
        assert_eq!(world.look(), Running::No, "{name}");
    }
}

#[test]
fn without_environments_both_locks_or_the_queues_and_the_number_tell() {
    let world = World::new();
    world.closed_master(7);
    world.locks(&[(7, QUEUE), (7, DATA)]);
    assert!(is_run_by(&world.look(), 7));
    assert!(is_unknown(&world.look_with("lib/a", Sharing::Shared, Trial::Forbidden), "process 7"));
    // The data directory cannot be looked into.
    let closed = "spool/a/pid/master.pid";
    world.locks(&[(7, QUEUE)]);
    assert!(is_run_by(&world.look_with(closed, Sharing::Own, Trial::Forbidden), 7));
    assert!(is_unknown(&world.look_with(closed, Sharing::Shared, Trial::Forbidden), "process 7"));
    fs::write(world.path(QUEUE), "9\n").unwrap();
    assert!(is_unknown(&world.look_with(closed, Sharing::Own, Trial::Forbidden), "process 7"));
    fs::write(world.path(QUEUE), "").unwrap();
    assert!(is_run_by(&world.look_with(closed, Sharing::Own, Trial::Forbidden), 7), "no number at all");
    assert!(is_unknown(&world.look(), "process 7"), "the data directory is free");
    world.locks(&[(7, DATA)]);
    assert!(is_unknown(&world.look(), "process 7"), "the queue is free");
}

#[test]
fn a_master_of_whom_nothing_is_known_may_be_anybodys() {
    let world = World::new();
    world.closed_master(9);
    assert!(is_unknown(&world.look(), "process 9"));
    process(&world.path("proc"), 9, "/elsewhere/master -w", None, 0);
    assert_eq!(world.look(), Running::No, "another Postfix's");
}

#[test]
fn the_same_inode_on_another_device_counts_only_for_who_has_the_file_open() {
    let world = World::new();
    let line = world.line(7, QUEUE, false);
    fs::write(world.path("proc/locks"), &line).unwrap();
    process(&world.path("proc"), 7, "flock", Some("PATH=/bin"), 0);
    assert_eq!(world.look(), Running::No, "whatever number is in the file");
    symlink(world.path(QUEUE), world.path("proc/7/fd/3")).unwrap();
    assert!(is_unknown(&world.look(), "process 7"));
    world.master(7, "b");
    assert!(matches!(world.look(), Running::UsedByAnother(_)));
    // Whose files cannot be looked at counts if it has written its number.
    fs::remove_dir_all(world.path("proc/7")).unwrap();
    fs::write(world.path("proc/locks"), world.line(7, QUEUE, false) + &world.line(7, DATA, false)).unwrap();
    assert!(is_run_by(&world.look(), 7));
    fs::write(world.path(QUEUE), "9\n").unwrap();
    assert_eq!(world.look(), Running::No);
}

#[test]
fn what_cannot_be_seen_or_looked_at_is_unknown() {
    let world = World::new();
    world.locks(&[(0, QUEUE)]);
    assert!(is_unknown(&world.look(), "not to be seen"));
    world.locks(&[]);
    fs::remove_file(world.path(QUEUE)).unwrap();
    fs::create_dir(world.path(QUEUE)).unwrap();
    assert!(is_unknown(&world.look(), "is not a file"));
    fs::remove_dir_all(world.path("spool/a/pid")).unwrap();
    fs::write(world.path("spool/a/pid"), "").unwrap();
    assert!(is_unknown(&world.look(), "master.pid: "));
}

#[test]
fn a_stranger_who_calls_himself_master_is_believed_nothing() {
    let world = World::new();
    let environ = format!("MAIL_CONFIG={}", world.path("etc/a").display());
    process(&world.path("proc"), 8, "master", Some(&environ), 1000);
    assert_eq!(world.look(), Running::No);
    let environ = format!("MAIL_CONFIG={}", world.path("etc/b").display());
    process(&world.path("proc"), 8, "master", Some(&environ), 1000);
    world.locks(&[(8, QUEUE)]);
    assert!(is_unknown(&world.look(), "process 8"));
}

#[test]
fn a_lock_that_the_list_leaves_out_is_found_by_a_trial_and_only_then() {
    let world = World::new();
    let held = Flock::lock(fs::File::open(world.path(QUEUE)).unwrap(), FlockArg::LockExclusive).unwrap();
    assert_eq!(world.look(), Running::No);
    assert!(is_unknown(&world.look_with("lib/a", Sharing::Own, Trial::Allowed), "not to be seen"));
    drop(held);
    assert_eq!(world.look_with("lib/a", Sharing::Own, Trial::Allowed), Running::No);
    // It was only tried.
    Flock::lock(fs::File::open(world.path(QUEUE)).unwrap(), FlockArg::LockExclusiveNonblock).unwrap();
    fs::remove_file(world.path(DATA)).unwrap();
    symlink(world.path(QUEUE), world.path(DATA)).unwrap();
    assert_eq!(world.look_with("lib/a", Sharing::Own, Trial::Allowed), Running::No, "a link is not followed");
}

#[test]
fn without_a_list_the_number_and_the_process_must_do() {
    let world = World::new();
    fs::remove_file(world.path("proc/locks")).unwrap();
    fs::write(world.path(QUEUE), std::process::id().to_string()).unwrap();
    let own = i32::try_from(std::process::id()).unwrap();
    assert!(is_run_by(&world.look(), own));
    assert_eq!(world.look_with("lib/a", Sharing::Own, Trial::Allowed), Running::No, "nobody holds it");
    fs::write(world.path(QUEUE), i32::MAX.to_string()).unwrap();
    assert_eq!(world.look(), Running::No);
    for number in ["", "0", "-1", "many"] {
        fs::write(world.path(QUEUE), number).unwrap();
        assert_eq!(world.look(), Running::No, "{number}");
    }
}

#[test]
fn the_kernel_tells_of_a_lock_and_of_who_holds_it() {
    let world = World::new();
    if !Path::new("/proc/locks").exists() {
        postfix_process::skip::skip("there is no list of locks");
        return;
    }
    let default = world.path("etc/default");
    let own = i32::try_from(std::process::id()).unwrap();
    let look = || {
        let (config, queue, data) = (world.path("etc/a"), world.path("spool/a"), world.path("lib/a"));
        let paths = InstancePaths { config: &config, queue: &queue, data: &data, sharing: Sharing::Own };
        Snapshot::now(&default, Path::new("/usr/libexec"), Trial::Forbidden).look(paths)
    };
    assert_eq!(look().running, Running::No);
    let hold =
        |file| Flock::lock(fs::File::open(world.path(file)).unwrap(), FlockArg::LockExclusive).unwrap();
    let (queue, data) = (hold(QUEUE), hold(DATA));
    let found = look();
    assert_eq!(found.evidence.queue_lock, LockState::Held(Some(own)));
    assert_eq!(found.evidence.data_lock, LockState::Held(Some(own)));
    assert_eq!(found.evidence.written, Some(7));
    drop((queue, data));
    assert_eq!(look().running, Running::No);
}
