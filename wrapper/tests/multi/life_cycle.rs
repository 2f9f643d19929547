//! The life of instances: each change is made wholly or not at all, whatever happens meanwhile.

mod creation;
mod ensure;
mod in_use;
mod killed;
mod ownership;
mod queue_disk;
pub(crate) mod states;

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};

use nix::fcntl::{Flock, FlockArg};
use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::world::{World, finish};

pub(crate) const CREATE: [&str; 6] = ["-e", "create", "-I", "postfix-new", "-G", "mx"];

/// A system that is managed, with templates for new instances.
pub(crate) fn managed() -> World {
    let mut world = World::new();
    world.main_cf("postfix", "multi_instance_enable = yes\nmulti_instance_wrapper = some manager\n");
    world.add("postfix-a", "");
    fs::write(world.directory("postfix-a").join("master.cf"), "").unwrap();
    for name in ["usr/libexec", "spool/postfix-a", "lib/postfix-a"] {
        fs::create_dir_all(world.path(name)).unwrap();
    }
    fs::write(world.path("usr/libexec/main.cf.proto"), "mail_owner = stock\nhtml_directory = /stock\n")
        .unwrap();
    fs::write(world.path("usr/libexec/master.cf.proto"), "").unwrap();
    world
}

pub(crate) fn listed(world: &World) -> String {
    let assert = world.run(&["-l"]).success();
    let lines = world.printed(&assert);
    lines.lines().filter_map(|line| line.rsplit('/').next()).collect::<Vec<_>>().join(" ")
}

/// Every file and directory, but the lock.
pub(crate) fn files(world: &World) -> Vec<String> {
    let mut files = Vec::new();
    let mut waiting = vec![world.path("etc"), world.path("spool"), world.path("lib")];
    while let Some(path) = waiting.pop() {
        for entry in fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            files.push(path.strip_prefix(world.path("")).unwrap().display().to_string());
            if path.is_dir() {
                waiting.push(path);
            }
        }
    }
    files.retain(|path| !path.ends_with("postfix-multi.lock"));
    files.sort();
    files
}

/// What is done before postconf changes a main.cf.
pub(crate) fn before_an_edit(world: &World, code: &str) {
    fs::write(world.path("postconf-edit"), format!("{code}\n")).unwrap();
}

#[test]
fn a_new_instance_is_made_and_listed() {
    let world = managed();
    let template = world.path("usr/libexec/master.cf.proto");
    fs::set_permissions(&template, fs::Permissions::from_mode(0o640)).unwrap();
    world.run(&CREATE).success().stdout("").stderr("");
    assert_eq!(listed(&world), "postfix postfix-a postfix-new");
    let main_cf = world.read("etc/postfix-new/main.cf");
    for line in ["#mail_owner = stock", "master_service_disable = inet", "multi_instance_name = postfix-new"]
    {
        assert!(main_cf.lines().any(|found| found == line), "{line} in {main_cf}");
    }
    let mode = |path: &str| fs::metadata(world.path(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        (mode("etc/postfix-new"), mode("spool/postfix-new"), mode("lib/postfix-new")),
        (0o755, 0o755, 0o700)
    );
    assert_eq!(mode("etc/postfix-new/master.cf"), 0o640, "as the template's");
    assert!(!world.path("etc/postfix/postfix-multi.unfinished").exists());
    world
        .run(&CREATE)
        .code(1)
        .stderr(contains("choose another one, or use \"postfix-multi -e ensure\" to change that one"));
}

#[test]
fn what_is_listed_and_gone_is_made_again_by_the_advice() {
    let world = managed();
    world.run(&CREATE).success();
    fs::remove_dir_all(world.directory("postfix-new")).unwrap();
    let deport = format!("\"postfix-multi -e deport -i {}\" first", world.directory("postfix-new").display());
    for action in ["create", "import"] {
        let words = ["-e", action, "-I", "postfix-new"];
        world
            .run(&words)
            .code(1)
            .stderr(contains("is listed, but has no main.cf").and(contains(deport.as_str())));
    }
    let directory = world.directory("postfix-new").display().to_string();
    world.run(&["-e", "deport", "-i", &directory]).success();
    world.run(&CREATE).success();
}

#[test]
fn what_fails_before_it_is_listed_is_undone() {
    let world = managed();
    let before = files(&world);
    for (place, said) in
        [("*/.postfix-multi", "postfix-new/.postfix-multi"), ("*/etc/postfix", "postconf for")]
    {
        before_an_edit(&world, &format!("case $directory in {place}) echo 'no room' >&2; exit 1 ;; esac"));
        world.run(&CREATE).code(1).stderr(contains(said).and(contains("no room")));
        assert_eq!(files(&world), before);
    }
}

#[test]
fn who_is_asked_to_end_undoes_what_has_begun() {
    let world = managed();
    let before = files(&world);
    before_an_edit(&world, "case $directory in */.postfix-multi) kill -TERM $PPID ;; esac");
    world.run(&CREATE).code(143).stderr(contains("asked to end by a signal"));
    assert_eq!(files(&world), before);
    assert_eq!(listed(&world), "postfix postfix-a");
}

#[test]
fn a_kill_before_the_files_are_complete_is_undone_by_the_next_command() {
    let world = managed();
    let before = files(&world);
    before_an_edit(&world, "case $directory in */.postfix-multi) kill -KILL $PPID; exit 1 ;; esac");
    world.run(&CREATE).interrupted();
    let command = "postfix-multi -e create -I postfix-new -G mx";
    world.run(&["check"]).code(1).stdout(contains(format!("mend it with: {command}\n")));
    before_an_edit(&world, ":");
    let left = files(&world);
    let told = format!("\"{command}\" was killed before its end; what it had done would be undone first");
    world.run(&["--dry-run", "-e", "enable", "-i", "a"]).success().stderr(contains(told));
    assert_eq!(files(&world), left);
    let undone = format!("\"{command}\" was killed before its end; what it had done has been undone");
    world.run(&["-e", "enable", "-i", "a"]).success().stderr(contains(undone));
    assert_eq!(files(&world), before);
    world.run(&CREATE).success().stderr("");
}

#[test]
fn a_kill_behind_that_is_finished_by_the_same_command() {
    let world = managed();
    before_an_edit(&world, "case $directory in */etc/postfix) kill -KILL $PPID; exit 1 ;; esac");
    world.run(&CREATE).interrupted();
    assert_eq!(listed(&world), "postfix postfix-a");
    before_an_edit(&world, ":");
    let look = |arguments: &[&str], would: &str| {
        world.run(&[&["--dry-run"], arguments].concat()).stderr(contains(would.to_owned()));
        assert_eq!(listed(&world), "postfix postfix-a");
    };
    look(&["-e", "enable", "-i", "a"], "it would be finished first");
    look(&CREATE, "this command would finish it, and do nothing else");
    world.run(&CREATE).success().stderr(contains("it has been finished now"));
    assert_eq!(listed(&world), "postfix postfix-a postfix-new");
    world.run(&["check"]).stdout(contains("killed").not());
}

#[test]
fn permissions_that_fail_once_are_set_by_the_same_command() {
    let world = managed();
    fs::create_dir(world.directory("postfix-new")).unwrap();
    world.code("postfix-new", "postfix-set-permissions", "exit 3");
    world.run(&CREATE).code(1).stderr(contains("failed with status 3; the instance is listed"));
    world.run(&["check"]).code(1).stdout(contains("postfix-multi -e create"));
    world.code("postfix-new", "postfix-set-permissions", "exit 0");
    world.run(&CREATE).success();
    assert_eq!(listed(&world), "postfix postfix-a postfix-new");
}

#[test]
fn permissions_that_always_fail_do_not_keep_others_waiting() {
    let world = managed();
    fs::create_dir(world.directory("postfix-new")).unwrap();
    world.code("postfix-new", "postfix-set-permissions", "exit 3");
    world.run(&CREATE).code(1);
    world.run(&["-e", "enable", "-i", "a"]).success().stderr(contains("use that command by hand"));
    world.run(&["-e", "disable", "-i", "a"]).success().stderr("");
}

#[test]
fn a_terminal_that_stops_who_writes_out_of_its_foreground_does_not_stop_what_sets_permissions() {
    let world = managed();
    fs::create_dir(world.directory("postfix-new")).unwrap();
    world.code("postfix-new", "postfix-set-permissions", "echo printed; echo complained >&2");
    let pair = nix::pty::openpty(None, None).unwrap();
    let mut settings = tcgetattr(&pair.slave).unwrap();
    settings.local_flags.insert(LocalFlags::TOSTOP);
    tcsetattr(&pair.slave, SetArg::TCSANOW, &settings).unwrap();
    // It makes the terminal that of a session of its own; who is stopped is ended long before its own time limit.
    let in_session = |words: &[&str]| {
        let terminal = || pair.slave.try_clone().unwrap();
        let mut command = Command::new("setsid");
        command.args(["--ctty", "--wait", "timeout", "--foreground", "--kill-after=5", "30"]).args(words);
        let path = format!("{}:/usr/bin:/bin", world.path("usr/sbin").display());
        command.env_clear().env("PATH", path).current_dir(world.path(""));
        command.stdin(terminal()).stdout(terminal()).stderr(terminal()).status()
    };
    if !in_session(&["true"]).is_ok_and(|status| status.success()) {
        return postfix_process::skip::skip("this setsid gives no terminal to a session");
    }
    let status = in_session(&[&[env!("CARGO_BIN_EXE_postfix-multi")][..], &CREATE].concat()).unwrap();
    assert_eq!(status.code(), Some(0), "137: it was stopped");
    let mut printed = [0; 1 << 10];
    let length = File::from(pair.master).read(&mut printed).unwrap();
    assert_eq!(String::from_utf8_lossy(&printed[..length]), "printed\r\ncomplained\r\n");
}

#[test]
fn a_deported_instance_keeps_its_files_and_comes_back() {
    let world = managed();
    world.run(&["-e", "deport", "-i", "a"]).success();
    assert_eq!(listed(&world), "postfix");
    let main_cf = world.read("etc/postfix/main.cf");
    assert!(
        main_cf
            .contains(&format!("alternate_config_directories = {}", world.directory("postfix-a").display()))
    );
    let place = format!("config_directory={}", world.directory("postfix-a").display());
    world.run(&["-e", "import", "-I", "postfix-b", &place]).success();
    assert!(world.read("etc/postfix-a/main.cf").contains("multi_instance_name = postfix-b"));
    assert!(world.read("etc/postfix/main.cf").contains("alternate_config_directories = \n"));
}

#[test]
fn an_import_that_fails_gives_the_name_back() {
    let world = managed();
    world.run(&["-e", "deport", "-i", "a"]).success();
    let before = world.read("etc/postfix-a/main.cf");
    before_an_edit(&world, "case $directory in */etc/postfix) exit 1 ;; esac");
    let place = format!("config_directory={}", world.directory("postfix-a").display());
    world.run(&["-e", "import", "-I", "postfix-b", "-G", "new", &place]).code(1);
    let lines = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(lines(&world.read("etc/postfix-a/main.cf")), lines(&before));
}

#[test]
fn what_holds_mail_is_not_destroyed() {
    let world = managed();
    let before = files(&world);
    fs::create_dir(world.path("spool/postfix-a/deferred")).unwrap();
    fs::write(world.path("spool/postfix-a/deferred/A1"), "").unwrap();
    for words in [&["-e", "destroy", "-i", "a"][..], &["--dry-run", "-e", "destroy", "-i", "a"]] {
        let directory = world.directory("postfix-a").display().to_string();
        let deliver = format!("\"postfix -c {directory} start && postfix -c {directory} flush\"");
        let remove = format!("\"postsuper -c {directory} -d ALL");
        let told = contains("holds mail (1 file)").and(contains(deliver));
        world.run(words).code(1).stderr(told.and(contains(remove)));
    }
    fs::remove_dir_all(world.path("spool/postfix-a/deferred")).unwrap();
    assert_eq!(files(&world), before);
}

#[test]
fn a_queue_that_is_not_there_may_be_on_a_disk_that_is_not_mounted() {
    let world = managed();
    fs::remove_dir(world.path("spool/postfix-a")).unwrap();
    for words in [&["--dry-run", "-e", "destroy", "-i", "a"][..], &["-e", "destroy", "-i", "a"]] {
        world
            .run(words)
            .success()
            .stderr(contains("postfix-a is not there; if it is on a disk that is not mounted"));
    }
}

#[test]
fn a_queue_without_any_of_its_directories_may_be_the_place_of_a_disk_that_is_not_mounted() {
    let world = managed();
    let told = "postfix-a has no directory of a queue; if it is on a disk that is not mounted, there may be mail in it";
    let look = ["--dry-run", "-e", "destroy", "-i", "a"];
    world.run(&look).success().stderr(contains(told));
    fs::create_dir(world.path("spool/postfix-a/lost+found")).unwrap();
    world.run(&look).success().stderr(contains(told));
    fs::create_dir(world.path("spool/postfix-a/deferred")).unwrap();
    world.run(&look).success().stderr("");
    fs::remove_dir(world.path("spool/postfix-a/deferred")).unwrap();
    world.run(&["-e", "destroy", "-i", "a"]).success().stderr(contains(told));
}

#[test]
fn a_list_that_somebody_changes_meanwhile_is_left_as_it_is() {
    let world = managed();
    let other = "multi_instance_directories = /etc/another";
    let main_cf = world.path("etc/postfix/main.cf");
    // The first edit is one of the new instance's main.cf.
    let code = format!(
        "case $directory in */etc/postfix) ;; *) grep -q another '{0}' || echo '{other}' >>'{0}' ;; esac",
        main_cf.display()
    );
    before_an_edit(&world, &code);
    world.run(&CREATE).code(1).stderr(contains("somebody has changed the list of instances"));
    assert!(world.read("etc/postfix/main.cf").ends_with(&format!("{other}\n")));
    assert!(!world.directory("postfix-new").exists() && !world.path("spool/postfix-new").exists());
    world.run(&CREATE).success();
    assert!(
        world.read("etc/postfix/main.cf").contains("/etc/another"),
        "{}",
        world.read("etc/postfix/main.cf")
    );
}

#[test]
fn what_is_destroyed_leaves_what_postfix_did_not_make() {
    let world = managed();
    world.code("postfix-a", "postfix", "exit 1");
    fs::create_dir(world.path("spool/postfix-a/public")).unwrap();
    drop(UnixListener::bind(world.path("spool/postfix-a/public/qmgr")).unwrap());
    let assert = world.run(&["-e", "destroy", "-i", "a"]).success();
    assert!(world.said(&assert).contains("/etc/postfix-a is left"), "{}", world.said(&assert));
    assert_eq!(listed(&world), "postfix");
    // What the fake goes by is not Postfix's.
    assert_eq!(fs::read_dir(world.directory("postfix-a")).unwrap().count(), 1);
    assert!(!world.path("spool/postfix-a").exists() && !world.path("lib/postfix-a").exists());
}

#[test]
fn what_is_mounted_in_a_destroyed_instance_stays_when_the_advice_is_followed() {
    let world = managed();
    for directory in ["spool/postfix-a/private", "spool/postfix-a/dev", "precious"] {
        fs::create_dir_all(world.path(directory)).unwrap();
    }
    for file in ["spool/postfix-a/dev/log", "precious/mail", "syslog"] {
        fs::write(world.path(file), "kept").unwrap();
    }
    let apart = |code: &str| {
        // The mount of the world mounts nothing.
        let path = format!("/usr/bin:/bin:{}", world.path("usr/sbin").display());
        let mut command = Command::new("unshare");
        command.args(["-rm", "/bin/sh", "-ec", code, env!("CARGO_BIN_EXE_postfix-multi")]);
        command.env_clear().env("PATH", path).current_dir(world.path("")).stdin(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    if !apart("mount --bind precious precious") {
        return postfix_process::skip::skip("nothing can be mounted here");
    }
    let follows_the_advice = "mount --bind precious spool/postfix-a/private\n\
        mount --bind syslog spool/postfix-a/dev/log\n\
        \"$0\" -e destroy -i a 2>said\n\
        sed -n 's/.*remove it with \"\\([^\"]*\\)\".*/\\1/p' said >advice\n\
        while read -r command; do sh -ec \"$command\"; done <advice";
    let is_followed = apart(follows_the_advice);
    let said = world.read("said");
    for file in ["precious/mail", "syslog"] {
        assert_eq!(world.read(file), "kept", "{file}: {said}");
    }
    assert!(is_followed, "{said}");
    let queue = world.path("spool/postfix-a");
    let advice =
        format!("\"umount {0}/dev/log {0}/private && rmdir {0}/private && rm -r {0}\"", queue.display());
    assert!(said.contains(&advice), "{said}");
    assert!(!queue.exists(), "{said}");
}

#[test]
fn what_lies_below_a_mount_point_stays_when_the_advice_is_followed() {
    for point in ["spool/postfix-a", "spool/postfix-a/deferred"] {
        let world = managed();
        fs::create_dir_all(world.path("spool/postfix-a/deferred")).unwrap();
        fs::create_dir_all(world.path("disk/deferred")).unwrap();
        fs::write(world.path(point).join("older"), "kept").unwrap();
        // The mount of the world mounts nothing.
        let path = format!("/usr/bin:/bin:{}", world.path("usr/sbin").display());
        let code = format!(
            "mount --bind disk {point} || exit 77\n\
             \"$0\" -e destroy -i a 2>said\n\
             sed -n 's/.*remove it with \"\\([^\"]*\\)\".*/\\1/p' said >advice\n\
             while read -r command; do sh -ec \"$command\"; done <advice"
        );
        let mut command = Command::new("unshare");
        command.args(["-rm", "/bin/sh", "-c", &code, env!("CARGO_BIN_EXE_postfix-multi")]);
        command.env_clear().env("PATH", path).current_dir(world.path("")).stdin(Stdio::null());
        if !command.status().is_ok_and(|status| status.code() != Some(77)) || !world.path("advice").exists() {
            return postfix_process::skip::skip("nothing can be mounted here");
        }
        let said = world.read("said");
        assert_eq!(world.read(&format!("{point}/older")), "kept", "{said}");
        assert!(said.contains("umount ") && said.contains("older files may lie below"), "{said}");
    }
}

#[test]
fn a_main_cf_that_is_mounted_by_itself_is_refused_by_dry_run_as_well() {
    let world = managed();
    let main_cf = world.directory("postfix").join("main.cf");
    // The mount of the world mounts nothing.
    let path = format!("/usr/bin:/bin:{}", world.path("usr/sbin").display());
    let code = "mount --bind \"$1\" \"$1\" || exit 77\n\
        for mode in --dry-run --wait=60; do\n\
        \"$0\" $mode -e create -I postfix-x 2>said && exit 1\n\
        grep -q 'nothing was changed, as .*main.cf is mounted by itself' said || exit 2\n\
        done";
    let mut command = Command::new("unshare");
    command.args(["-rm", "/bin/sh", "-c", code, env!("CARGO_BIN_EXE_postfix-multi")]).arg(&main_cf);
    command.env_clear().env("PATH", path).current_dir(world.path("")).stdin(Stdio::null());
    let before = files(&world);
    match command.status().ok().and_then(|status| status.code()) {
        None | Some(77) => return postfix_process::skip::skip("nothing can be mounted here"),
        status => assert_eq!(status, Some(0), "{}", world.read("said")),
    }
    fs::remove_file(world.path("said")).unwrap();
    assert_eq!(files(&world), before);
}

#[test]
fn an_import_without_a_queue_directory_is_refused_and_its_advice_works() {
    let world = managed();
    let queue = world.path("elsewhere/queue");
    let places = format!("queue_directory = {}\ndata_directory = /nowhere/data\n", queue.display());
    world.main_cf("postfix-old", &places);
    fs::write(world.directory("postfix-old").join("master.cf"), "").unwrap();
    let place = format!("config_directory={}", world.directory("postfix-old").display());
    let before = files(&world);
    let advice = format!("use \"mkdir -p {}\" first", queue.display());
    for words in [&["--dry-run", "-e", "import", &place][..], &["-e", "import", &place]] {
        world.run(words).code(1).stderr(contains(advice.clone()));
        assert_eq!(files(&world), before, "{words:?}");
    }
    fs::create_dir_all(&queue).unwrap();
    world.run(&["-e", "import", &place]).success();
}

#[test]
fn an_instance_whose_master_cf_cannot_be_read_is_not_taken_in() {
    let world = managed();
    world.run(&["-e", "deport", "-i", "a"]).success();
    let master_cf = world.directory("postfix-a").join("master.cf");
    fs::write(&master_cf, "smtp inet n - y - smtpd\n").unwrap();
    // Then main.cf is read without postconf, which would refuse.
    world.cool();
    let before = files(&world);
    let told = format!("cannot use {}: ", master_cf.display());
    for action in ["import", "create", "ensure"] {
        for mode in [&["--dry-run"][..], &[]] {
            world
                .run(&[mode, &["-e", action, "-I", "postfix-a"]].concat())
                .code(1)
                .stdout("")
                .stderr(contains(told.as_str()).and(contains("line 1: bad field count); correct it first")));
            assert_eq!((files(&world), listed(&world)), (before.clone(), "postfix".to_owned()), "{action}");
        }
    }
    fs::write(&master_cf, "").unwrap();
    world.run(&["-e", "import", "-I", "postfix-a"]).success();
}

#[test]
fn nothing_is_done_for_a_look() {
    let world = managed();
    let own = |name: &str| world.path(name).join("old").display().to_string();
    let places = format!("queue_directory = {}\ndata_directory = {}\n", own("spool"), own("lib"));
    world.main_cf("postfix-old", &places);
    fs::write(world.directory("postfix-old").join("master.cf"), "").unwrap();
    fs::create_dir_all(world.path("spool/old")).unwrap();
    fs::create_dir(world.path("tmp")).unwrap();
    let old = format!("config_directory={}", world.directory("postfix-old").display());
    let before = files(&world);
    let mut told = String::new();
    for words in [
        &["-e", "init"][..],
        &CREATE,
        &["-e", "import", "-I", "postfix-b", &old],
        &["-e", "deport", "-i", "a"],
        &["-e", "destroy", "-i", "a"],
        &["-e", "enable", "-i", "a"],
        &["-e", "assign", "-i", "a", "-I", "postfix-b"],
    ] {
        let mut command = world.front_end(&[&["--dry-run"], words].concat());
        command.env("TMPDIR", world.path("tmp"));
        told = format!("{told}{}\n{}\n", words[1], world.printed(&finish(command).success()));
        assert_eq!(files(&world), before, "{words:?}");
        assert!(!world.path("etc/postfix/postfix-multi.lock").exists());
        assert_eq!(fs::read_dir(world.path("tmp")).unwrap().count(), 0, "{words:?}");
    }
    // Where the program is depends on where it was built.
    insta::assert_snapshot!(told.replace(env!("CARGO_BIN_EXE_postfix-multi"), "/usr/sbin/postfix-multi"));
}

#[test]
fn who_comes_too_early_waits_and_then_says_for_whom() {
    let world = managed();
    let path = world.path("etc/postfix/postfix-multi.lock");
    let file = File::create(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let lock = Flock::lock(file, FlockArg::LockExclusive).unwrap();
    world.run(&["-e", "enable", "-i", "a", "--wait=1s"]).code(1).stderr(contains("nothing was done"));
    assert!(!world.read("etc/postfix-a/main.cf").contains("enable"));
    drop(lock);
    world.run(&["-e", "enable", "-i", "a", "--wait=1s"]).success();
}

#[test]
fn many_at_once_lose_nothing() {
    let world = managed();
    let names: Vec<String> = (0..12).map(|number| format!("postfix-n{number}")).collect();
    std::thread::scope(|scope| {
        for name in &names {
            let world = &world;
            scope.spawn(move || world.run(&["-e", "create", "-I", name]).success());
        }
    });
    let listed = listed(&world);
    for name in &names {
        assert!(listed.split(' ').any(|found| found == name), "{name} in {listed}");
    }
}
