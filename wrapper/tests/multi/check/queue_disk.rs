//! `check` of instances that have run and whose queue is not there: it may be on a disk that is not mounted.

use std::fs;
use std::process::Command;

use super::{found, kinds, mend, one, sound};
use crate::world::finish;

#[test]
fn a_queue_is_made_anew_only_by_who_knows_that_it_is_lost() {
    for is_place_left in [false, true] {
        let world = sound();
        world.has_run("postfix-b");
        world.unmount("postfix-b");
        if is_place_left {
            fs::create_dir(world.path("spool/postfix-b")).unwrap();
        }
        let (_, _, mend) = found(&world).remove(0);
        let (first, other) = mend.split_once(" # only if the queue is lost for good: ").unwrap();
        assert!(first.starts_with("mount /") && !first.contains("mkdir"), "{mend}");
        let mut shell = Command::new("/bin/sh");
        let path = world.path("usr/sbin").display().to_string();
        shell.args(["-c", other]).env("PATH", format!("{path}:/usr/bin:/bin"));
        finish(shell).success();
        assert_eq!(kinds(&world), [], "{mend}");
    }
}

#[test]
fn what_is_not_listed_and_has_its_queue_on_a_disk_that_is_not_mounted_is_taken_in_with_its_queue() {
    for is_place_left in [false, true] {
        let world = sound();
        let own = |place: &str| world.path(place).join("postfix-u").display().to_string();
        let places = format!("queue_directory = {}\ndata_directory = {}\n", own("spool"), own("lib"));
        world.main_cf("postfix-u", &places);
        world.master_cf("postfix-u", "");
        world.has_run("postfix-u");
        world.unmount("postfix-u");
        if is_place_left {
            fs::create_dir(world.path("spool/postfix-u")).unwrap();
        }
        assert_eq!(kinds(&world), one("unlisted", "postfix-u"));
        mend(&world);
        assert_eq!(kinds(&world), []);
        assert!(world.path("spool/postfix-u/pid").is_dir());
    }
}
