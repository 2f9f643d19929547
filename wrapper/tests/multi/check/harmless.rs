//! Tests that no command that `check` prints takes what is a user's, another instance's, or in use.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use super::{found, is_roots, kinds, mend, one, sound};
use crate::masters::{Master, can_be_told};
use crate::world::World;

/// All that is found: the directory's name, what it is, and the command; nothing where there is none.
fn all(world: &World) -> Vec<(String, String, Option<String>)> {
    let assert = world.run(&["check", "--json"]);
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    let read = |line: &str| {
        let finding: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| finding[name].as_str().map(str::to_owned);
        let directory = text("config_directory").unwrap().rsplit('/').next().unwrap().to_owned();
        (directory, text("what").unwrap(), text("mend"))
    };
    text.lines().map(read).collect()
}

/// A directory to which everybody may write.
fn open_to_all(directory: &Path) {
    fs::create_dir_all(directory).unwrap();
    fs::set_permissions(directory, fs::Permissions::from_mode(0o777)).unwrap();
}

#[test]
fn a_directory_above_that_is_not_the_instances_is_nobodys_to_give_away() {
    let world = sound();
    let (home, queue) = (world.path("srv/alice"), world.path("spool/postfix-b"));
    open_to_all(&home);
    open_to_all(&queue);
    fs::create_dir(queue.join("maildrop")).unwrap();
    fs::create_dir_all(home.join("mail/data")).unwrap();
    fs::create_dir(queue.join("data")).unwrap();
    world.add_line("postfix-a", &format!("data_directory = {}/mail/data", home.display()));
    world.add_line("postfix-b", &format!("data_directory = {}/data", queue.display()));
    let command = format!("chown root {0} && chmod go-w {0}", queue.display());
    let finding = |directory: &str, mend: &str| ("exposed".to_owned(), directory.to_owned(), mend.to_owned());
    assert_eq!(found(&world), [finding("postfix-a", ""), finding("postfix-b", &command)]);
    let printed = world.printed(&world.run(&["check"]));
    let line = printed.lines().find(|line| line.contains("/srv/alice/mail")).unwrap();
    assert!(line.ends_with("let only root change the way there, or give the instance another directory"));
    let status = world.printed(&world.run(&["status", "-j"]));
    assert!(status.contains("another directory\", \"mend\": null"), "{status}");
}

#[test]
fn what_a_link_of_the_queue_leads_to_is_not_given_away() {
    let world = sound();
    let big = world.path("big");
    open_to_all(&big);
    symlink(&big, world.path("spool/postfix-a/hold")).unwrap();
    fs::create_dir(world.path("spool/postfix-a/maildrop")).unwrap();
    world.add_line("postfix-a", "mail_owner = root");
    let findings = all(&world);
    let told: Vec<_> = findings.iter().filter(|(_, what, _)| what.contains("postfix-a/hold")).collect();
    let [(_, what, None)] = &told[..] else { panic!("{findings:?}") };
    assert!(what.contains(&format!("is a symbolic link to {}", big.display())), "{what}");
}

#[test]
fn a_main_cf_that_somebody_else_leads_to_is_copied_and_not_taken() {
    let world = sound();
    let (home, link) = (world.path("home"), world.directory("postfix-b").join("main.cf"));
    open_to_all(&home);
    fs::rename(&link, home.join("main.cf")).unwrap();
    symlink(home.join("main.cf"), &link).unwrap();
    let owned = std::os::unix::fs::chown(home.join("main.cf"), Some(4711), None);
    let taken = if owned.is_ok() { format!("chown root {}.new && ", link.display()) } else { String::new() };
    let command = format!("cp -p {0} {0}.new && {taken}mv {0}.new {0}", link.display());
    let about = |what: &str| what.contains("etc/postfix-b/main.cf");
    let told = |world: &World| all(world).into_iter().filter(|(_, what, _)| about(what)).collect::<Vec<_>>();
    let findings = told(&world);
    let [(_, what, Some(mend))] = &findings[..] else { panic!("{findings:?}") };
    assert!(what.contains("is a symbolic link to") && *mend == command, "{what}, {mend}");
    // What is there is not made root's by an edit either.
    let refused = world.run(&["-e", "ensure", "-I", "postfix-b", "relayhost=a:25"]).code(1);
    assert!(world.said(&refused).contains(&command.replace(world.path("").to_str().unwrap(), "/")));
    assert!(link.is_symlink());
    // A link on which nobody else has a say is somebody's way to keep files.
    fs::set_permissions(&home, fs::Permissions::from_mode(0o755)).unwrap();
    if owned.is_ok() {
        std::os::unix::fs::chown(home.join("main.cf"), Some(0), None).unwrap();
        assert_eq!(told(&world), []);
        world.run(&["-e", "ensure", "-I", "postfix-b", "relayhost=a:25"]).success();
    }
}

#[test]
fn each_instance_has_its_own_mail_owner() {
    let world = sound();
    world.add_line("postfix", "mail_owner = root");
    world.add_line("postfix-a", "mail_owner = daemon");
    world.add_line("postfix-b", "mail_owner = root");
    for name in ["postfix-a", "postfix-b"] {
        fs::create_dir_all(world.path("lib").join(name)).unwrap();
    }
    let me = fs::metadata(world.path("lib")).unwrap().uid();
    let told = |name: &str| {
        let findings = all(&world).into_iter();
        let data = format!("{} belongs to", world.path("lib").join(name).display());
        findings
            .filter(|(_, what, _)| what.contains(&data))
            .map(|(_, what, mend)| (what, mend))
            .collect::<Vec<_>>()
    };
    let daemon = std::process::Command::new("id").args(["-u", "daemon"]).output().unwrap().stdout;
    let daemon: u32 = String::from_utf8(daemon).unwrap().trim().parse().unwrap();
    let [(what, Some(mend))] = &told("postfix-a")[..] else { panic!("{:?}", all(&world)) };
    assert!(what.ends_with(&format!("belongs to user {me}, not {daemon}")), "{what}");
    assert!(mend.starts_with("chown daemon "), "{mend}");
    assert_eq!(told("postfix-b").is_empty(), me == 0, "{:?}", told("postfix-b"));
    if me == 0 {
        std::os::unix::fs::chown(world.path("lib/postfix-a"), Some(daemon), None).unwrap();
        assert_eq!(told("postfix-a"), []);
    }
}

#[test]
fn a_directory_that_holds_what_postfix_did_not_make_is_not_given_away() {
    let world = sound();
    world.add_line("postfix-a", "mail_owner = daemon");
    let data = world.path("lib/postfix-a");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("letter"), "").unwrap();
    let commands = || {
        let about = |what: &str| what.contains("lib/postfix-a belongs to");
        let findings = all(&world).into_iter().filter(|(_, what, _)| about(what));
        findings.map(|(.., mend)| mend.is_some()).collect::<Vec<_>>()
    };
    assert_eq!(commands(), [false]);
    fs::write(data.join("master.lock"), "").unwrap();
    assert_eq!(commands(), [true]);
}

#[test]
fn a_flag_is_for_the_user_to_decide() {
    let world = sound();
    world.add_line("postfix-a", "multi_instance_enable = yes # prod");
    world.add_line("postfix", "multi_instance_enable = maybe");
    let findings = all(&world);
    let directory = |name: &str| world.directory(name).display().to_string();
    let of_default = ["yes", "no"]
        .map(|flag| format!("postconf -c {} -e multi_instance_enable={flag}", directory("postfix")));
    let of_other = ["enable", "disable"]
        .map(|action| format!("postfix-multi -e {action} -i {}", directory("postfix-a")));
    for (name, commands) in [("postfix", of_default), ("postfix-a", of_other)] {
        let told = findings.iter().find(|(at, what, _)| at == name && what.contains("multi_instance_enable"));
        let Some((_, what, None)) = told else { panic!("{findings:?}") };
        assert!(commands.iter().all(|command| what.contains(&format!("\"{command}\""))), "{what}");
    }
}

#[test]
fn who_runs_in_a_shared_queue_keeps_it() {
    if !can_be_told() {
        return;
    }
    let world = sound();
    let queue = world.path("spool/postfix-a");
    world.add_line("postfix-b", &format!("queue_directory = {}", queue.display()));
    let moves = |name: &str| {
        let place = world.path("spool").join(format!("{name}-2"));
        let directory = world.directory(name);
        format!("postconf -c {} -e queue_directory={}", directory.display(), place.display())
    };
    let shared = || found(&world).into_iter().find(|(kind, ..)| kind == "shared").unwrap();
    let (_, directory, command) = shared();
    assert!(directory == "postfix-b" && command.starts_with("postconf -c "), "{command}");
    let number = queue.join("pid/master.pid");
    let master = Master::start(&world.directory("postfix-b"), Some(&number));
    let (_, directory, command) = shared();
    assert!(directory == "postfix-a" && command.starts_with(&moves("postfix-a")), "{command}");
    assert_eq!(kinds(&world), one("shared", "postfix-a"));
    // Now one has the queue, and the other has lost it, but runs.
    let _other = Master::start(&world.directory("postfix-a"), None);
    let (.., command) = shared();
    assert_eq!(command, "");
    world.run(&["check"]).code(1).stdout(contains("stop the instances that have it"));
    drop(master);
}

#[test]
fn quotes_and_comments_do_not_take_an_instance_off_the_list() {
    let world = sound();
    let directory = |name: &str| world.directory(name).display().to_string();
    let (a, b) = (directory("postfix-a"), directory("postfix-b"));
    let right = format!("postconf -e multi_instance_directories='{a} {b}'");
    for list in [
        format!("\"{a}\", '{b}'"),
        format!("\"{a} {b}\""),
        format!("{a} {b} # and so on"),
        format!("{} {b}", a.trim_start_matches('/')),
        format!("{a} postfix-b"),
    ] {
        world.add_line("postfix", &format!("multi_instance_directories = {list}"));
        let expected = ("missing".to_owned(), "postfix".to_owned(), right.clone());
        assert_eq!(found(&world), [expected], "{list}");
    }
    mend(&world);
}

#[test]
fn an_alternate_is_there_to_share_a_queue() {
    let world = sound();
    let place = |name: &str| world.path(name).join("postfix-a").display().to_string();
    let own = format!("queue_directory = {}\ndata_directory = {}\n", place("spool"), place("lib"));
    world.main_cf("alternate", &own);
    world.add_line(
        "postfix",
        &format!("alternate_config_directories = {}", world.directory("alternate").display()),
    );
    assert_eq!(kinds(&world), []);
    world
        .run(&["-e", "destroy", "-i", "a"])
        .code(1)
        .stderr(contains("/etc/alternate already").and(contains("queue")));
}

#[test]
fn a_queue_that_is_somebodys_home_is_not_opened() {
    let world = sound();
    if !is_roots(&world) {
        postfix_process::skip::skip("only root can give a directory away");
        return;
    }
    let home = world.path("home");
    fs::create_dir(&home).unwrap();
    fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).unwrap();
    std::os::unix::fs::chown(&home, Some(4711), None).unwrap();
    world.add_line("postfix-a", &format!("queue_directory = {}", home.display()));
    let findings = all(&world);
    let about = |what: &str| what.contains(&home.display().to_string());
    let told: Vec<_> = findings.iter().filter(|(_, what, _)| about(what)).collect();
    assert!(told.len() > 1 && told.iter().all(|(.., mend)| mend.is_none()), "{told:?}");
}
