//! What does not fit together is told, each thing with the command that mends it; and that command mends it.
//!
//! Who owns what is left out here: it is somebody else for everybody who runs the tests.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::Command;

use crate::world::{World, finish};

/// Two instances and a manager, and nothing wrong.
fn sound() -> World {
    let mut world = World::new();
    world.main_cf("postfix", "multi_instance_enable = yes\nmulti_instance_wrapper = some manager\n");
    for name in ["postfix-a", "postfix-b"] {
        world.add(name, "");
        fs::write(world.directory(name).join("master.cf"), "").unwrap();
    }
    fs::write(world.directory("postfix").join("master.cf"), "").unwrap();
    fs::create_dir_all(world.path("usr/libexec")).unwrap();
    world
}

/// The kinds of what is found, where, and the commands.
fn found(world: &World) -> Vec<(String, String, String)> {
    let assert = world.run(&["check", "--json"]);
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    let findings = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let mut all = Vec::new();
    for finding in findings.filter(|finding| finding["kind"] != "wrong-owner") {
        let text = |name: &str| finding[name].as_str().unwrap().to_owned();
        let directory = text("config_directory").rsplit('/').next().unwrap().to_owned();
        all.push((text("kind"), directory, text("mend")));
    }
    all
}

fn kinds(world: &World) -> Vec<(String, String)> {
    found(world).into_iter().map(|(kind, directory, _)| (kind, directory)).collect()
}

fn one(kind: &str, directory: &str) -> Vec<(String, String)> {
    vec![(kind.to_owned(), directory.to_owned())]
}

/// Whether root runs the tests, so that files are whose they should be.
fn is_roots(world: &World) -> bool {
    fs::metadata(world.directory("postfix")).unwrap().uid() == 0
}

/// Does what the findings say.
fn mend(world: &World) {
    for (.., command) in found(world) {
        let path = world
            .front_end(&["-l"])
            .get_envs()
            .find(|(name, _)| *name == "PATH")
            .unwrap()
            .1
            .unwrap()
            .to_owned();
        let program = std::path::Path::new(env!("CARGO_BIN_EXE_postfix-multi")).parent().unwrap();
        let path = format!("{}:{}", program.display(), path.to_str().unwrap());
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", &command]).env_clear().env("PATH", path);
        finish(shell).success();
    }
}

#[test]
fn nothing_is_said_of_a_sound_system() {
    let world = sound();
    assert_eq!(kinds(&world), []);
    // The files are those of whoever runs the tests, and should be root's.
    let is_root = is_roots(&world);
    let assert = world.run(&["check"]).code(i32::from(!is_root));
    assert_eq!(world.printed(&assert).is_empty(), is_root, "{}", world.printed(&assert));
}

#[test]
fn what_is_listed_and_gone_is_taken_off_the_list() {
    let world = sound();
    fs::remove_dir_all(world.directory("postfix-a")).unwrap();
    assert_eq!(kinds(&world), one("missing", "postfix-a"));
    mend(&world);
    assert_eq!(kinds(&world), []);
}

#[test]
fn a_queue_directory_that_does_not_exist_is_made() {
    let world = sound();
    fs::remove_dir(world.path("spool/postfix-b")).unwrap();
    assert_eq!(kinds(&world), one("missing", "postfix-b"));
    mend(&world);
    assert_eq!(kinds(&world), []);
    assert!(world.path("spool/postfix-b").is_dir());
}

#[test]
fn what_is_there_and_not_listed_is_taken_in() {
    let world = sound();
    let (queue, data) = (world.path("u/q"), world.path("u/d"));
    let places = format!("queue_directory = {}\ndata_directory = {}\n", queue.display(), data.display());
    world.main_cf("postfix-u", &places);
    fs::write(world.directory("postfix-u").join("master.cf"), "").unwrap();
    assert_eq!(kinds(&world), one("unlisted", "postfix-u"));
    mend(&world);
    assert_eq!(kinds(&world), []);
    assert!(queue.is_dir(), "import refuses an instance without its queue directory");
}

#[test]
fn what_is_listed_under_another_name_or_only_looks_like_an_instance_is_not_taken_in() {
    let mut world = sound();
    let places = format!("queue_directory = {0}/q\ndata_directory = {0}/d\n", world.path("link").display());
    fs::create_dir_all(world.path("link/q")).unwrap();
    world.main_cf("postfix-link", &places);
    fs::write(world.directory("postfix-link").join("master.cf"), "").unwrap();
    symlink(world.directory("postfix-link"), world.path("elsewhere")).unwrap();
    world.list(world.path("elsewhere"));
    assert_eq!(kinds(&world), []);
    world.main_cf("backup", "");
    fs::write(world.directory("backup").join("master.cf"), "").unwrap();
    fs::create_dir(world.directory("postfix-empty")).unwrap();
    assert_eq!(kinds(&world), []);
}

#[test]
fn what_is_listed_twice_is_told_with_the_list_as_it_should_be() {
    let mut world = sound();
    world.list(world.directory("postfix-a"));
    assert_eq!(kinds(&world), one("shared", "postfix-a"));
    let directory = |name: &str| world.directory(name).display().to_string();
    let list = [directory("postfix-a"), directory("postfix-b")].join(" ");
    assert_eq!(found(&world)[0].2, format!("postconf -e \"multi_instance_directories = {list}\""));
}

#[test]
fn who_may_change_a_configuration_is_looked_at() {
    let world = sound();
    fs::set_permissions(world.directory("postfix-b"), fs::Permissions::from_mode(0o777)).unwrap();
    let assert = world.run(&["check"]).code(1);
    let printed = world.printed(&assert);
    let command = format!("mend it with: chown root {0} && chmod go-w {0}\n", "/etc/postfix-b");
    assert!(printed.contains(&command), "{printed}");
    if is_roots(&world) {
        assert!(printed.contains("others can do too much with /etc/postfix-b (mode 0777)"), "{printed}");
    } else {
        postfix_process::skip::skip("that a directory is root's, and others may write to it, takes root");
    }
}

#[test]
fn an_alternate_that_is_not_there_is_dropped() {
    let world = sound();
    world.add_line("postfix", "alternate_config_directories = /nowhere/at-all");
    assert_eq!(kinds(&world), one("dangling", "at-all"));
    // The command is Postfix's own, which the fake takes only with a directory.
    assert_eq!(found(&world)[0].2, "postconf -e \"alternate_config_directories = \"");
}

#[test]
fn what_two_instances_share_is_told() {
    let world = sound();
    world.add_line("postfix-b", "multi_instance_name = postfix-a");
    let queue = format!("queue_directory = {}", world.path("spool").join("postfix-a").display());
    world.add_line("postfix-b", &queue);
    let twice = |kind: &str| [one(kind, "postfix-b"), one(kind, "postfix-b")].concat();
    assert_eq!(kinds(&world), twice("shared"));
    assert!(found(&world)[0].2.contains("-e assign -i"));
}

#[test]
fn two_that_listen_in_the_same_place_are_told() {
    let world = sound();
    world.code("postfix-a", "services", "smtp inet n - y - - smtpd");
    world.code("postfix-b", "services", "25 inet n - y - - smtpd");
    world.add_line("postfix-a", "inet_interfaces = 192.0.2.1");
    world.add_line("postfix-b", "inet_interfaces = 192.0.2.2");
    assert_eq!(kinds(&world), []);
    world.add_line("postfix-a", "inet_interfaces = localhost, 192.0.2.2");
    assert_eq!(kinds(&world), one("same-port", "postfix-b"));
}

#[test]
fn what_is_damaged_is_told_and_does_not_hide_the_rest() {
    let world = sound();
    world.add_line("postfix-a", "no setting");
    world.add_line("postfix-b", "multi_instance_enable = maybe");
    assert_eq!(kinds(&world), [one("damaged", "postfix-a"), one("damaged", "postfix-b")].concat());
    let (.., command) = &found(&world)[1];
    assert!(command.contains("-e disable -i"), "{command}");
}

#[test]
fn nobody_in_charge_is_told() {
    let world = sound();
    world.add_line("postfix", "multi_instance_wrapper =");
    assert_eq!(kinds(&world), one("no-manager", "postfix"));
    mend(&world);
    assert_eq!(kinds(&world), []);
}

#[test]
fn what_a_killed_postconf_left_is_removed() {
    let world = sound();
    world.run(&["-e", "deport", "-i", "b"]).success();
    for name in ["postfix-a", "postfix-b"] {
        fs::write(world.directory(name).join("main.cf.tmp"), "half").unwrap();
    }
    assert_eq!(kinds(&world), [one("left-behind", "postfix-a"), one("left-behind", "postfix-b")].concat());
    mend(&world);
    assert_eq!(kinds(&world), []);
}

#[test]
fn a_master_cf_that_postconf_cannot_read_is_found_even_if_it_is_the_default_instances() {
    for name in ["postfix", "postfix-a"] {
        let world = sound();
        let master_cf = world.directory(name).join("master.cf");
        fs::write(&master_cf, "no service at all\n").unwrap();
        assert_eq!(kinds(&world), one("damaged", name));
        let edit = format!("${{EDITOR:-vi}} {}", master_cf.display());
        assert_eq!(found(&world)[0].2, edit);
        let told = "its master.cf cannot be read, so that no command of postfix(1) works, not even stop: ";
        let assert = world.run(&["check"]).code(1);
        let text = world.printed(&assert);
        assert!(text.contains(told) && text.contains("master.cf: line 1: bad field count"), "{text}");
        fs::remove_file(&master_cf).unwrap();
        nix::unistd::mkfifo(&master_cf, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert_eq!(kinds(&world), one("damaged", name));
        let mend = format!("mv {0} {0}.unfit", master_cf.display());
        assert_eq!(found(&world)[0].2, mend);
    }
}
