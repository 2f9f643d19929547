//! An instance is what a description says, whatever it was: two calls are as good as one, and a refusal says what to do.

mod refused;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::life_cycle::states::{
    SETTINGS, State, X, drawn, instance, kills, list, listed_with, obstacles, places, system, texts,
};
use crate::life_cycle::{before_an_edit, files, listed};
use crate::masters::{self, Master};
use crate::world::World;

/// All that a command might touch: every file, with its text, mode, inode and time.
pub(crate) fn picture(world: &World) -> Vec<String> {
    let shown = |path: String| {
        let place = world.path(&path);
        let status = place.symlink_metadata().unwrap();
        let text = if status.is_file() { fs::read_to_string(&place).unwrap() } else { String::new() };
        format!(
            "{path} {:o} {} {:?} {text}",
            status.mode(),
            status.ino(),
            status.is_file().then(|| status.modified())
        )
    };
    files(world).into_iter().map(shown).collect()
}

/// The commands in the advice of a message.
fn advice(said: &str) -> Vec<String> {
    let quoted = said.split('"').skip(1).step_by(2);
    let programs = ["postfix-multi -e ", "postconf -c ", "mkdir ", "mv ", "rm ", "cp "];
    quoted
        .filter(|text| programs.iter().any(|program| text.starts_with(program)))
        .map(str::to_owned)
        .collect()
}

fn follow(world: &World, command: &str) {
    let path = format!("{}:/usr/bin:/bin", world.path("usr/sbin").display());
    let done =
        Command::new("sh").args(["-c", command]).env_clear().env("PATH", path).stdin(Stdio::null()).output();
    let done = done.unwrap();
    assert!(done.status.success(), "{command}: {}", String::from_utf8_lossy(&done.stderr));
}

/// What an operator does by hand who reads these words.
const BY_HAND: [(&str, &str); 5] = [
    (
        "correct it first",
        "sed -i /nonsense/d etc/postfix-x/m*.cf; test -f etc/postfix-x/main.cf || rm -f etc/postfix-x/*",
    ),
    ("has a main.cf, but no master.cf; move", "mv etc/postfix-x/main.cf moved"),
    ("has a master.cf, but no main.cf; move", "mv etc/postfix-x/master.cf moved"),
    ("is no regular file; move it away first", "mv etc/postfix-x/main.cf moved"),
    ("is no directory; move it away", "mv spool/postfix-x moved"),
];

/// Calls with the description until it is not refused, and does after each refusal what that says.
pub(crate) fn until_it_is_so(world: &World, words: &[&str], state: &str) -> String {
    for _ in 0..4 {
        let before = picture(world);
        let assert = world.run(words);
        let output = assert.get_output().clone();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() {
            return String::from_utf8_lossy(&output.stdout).into_owned();
        }
        assert_eq!(output.status.code(), Some(1), "{state}: {said}");
        assert!(output.stdout.is_empty(), "{state}");
        assert_eq!(picture(world), before, "{state}: refused, and changed all the same");
        let refused = said.lines().last().unwrap();
        let mut commands = advice(refused);
        let hand = BY_HAND.iter().filter(|(words, _)| refused.contains(words));
        let root = world.path("").display().to_string();
        commands.extend(hand.map(|(_, command)| format!("cd {root}; {command}")));
        assert!(!commands.is_empty(), "{state}: no advice in {refused}");
        for command in commands {
            follow(world, &command);
        }
    }
    panic!("{state}: the advice does not help");
}

fn ends_as_described(state: &State) {
    let world = system();
    (state.make)(&world);
    let name = state.name.as_str();
    let first = until_it_is_so(&world, &X, name);
    assert!(first.starts_with("{\"changed\": "), "{name}: {first}");
    let shown = world.printed(&world.run(&["-l", "-i", "postfix-x"]));
    let fields: Vec<&str> = shown.split_whitespace().collect();
    assert_eq!(fields[..3], ["postfix-x", "mx", "y"], "{name}: {shown}");
    let directory = fields[3];
    let main_cf = world.read(&format!("{}/main.cf", &directory[1..]));
    let value = |parameter: &str| {
        let set = main_cf.lines().filter_map(|line| line.split_once('='));
        let values: Vec<&str> =
            set.filter(|(name, _)| name.trim() == parameter).map(|(_, value)| value.trim()).collect();
        assert_eq!(values.len(), 1, "{name}: {parameter} in {main_cf}");
        values[0].to_owned()
    };
    assert_eq!(value("relayhost"), "[mail.example]:25", "{name}");
    assert_eq!(value("mynetworks"), "127.0.0.0/8, 192.0.2.0/24", "{name}");
    for place in [value("queue_directory"), value("data_directory")] {
        assert!(Path::new(&place).is_dir(), "{name}: {place}");
    }
    assert!(!world.path("etc/postfix/postfix-multi.unfinished").exists(), "{name}");
    let before = picture(&world);
    for option in [&[][..], &["--dry-run"]] {
        let again = world.run(&[option, &X].concat()).success();
        assert_eq!(world.printed(&again), "{\"changed\": false, \"changes\": []}\n", "{name}");
        assert_eq!(picture(&world), before, "{name}: the second call");
    }
}

/// Puts each through the same description, several at a time.
fn end_as_described(states: &[State]) {
    std::thread::scope(|scope| {
        for some in states.chunks(states.len().div_ceil(4)) {
            scope.spawn(move || some.iter().for_each(ends_as_described));
        }
    });
}

#[test]
fn wherever_it_is_it_ends_as_described() {
    end_as_described(&places());
}

#[test]
fn whatever_its_main_cf_says_it_ends_as_described() {
    end_as_described(&texts());
}

#[test]
fn whatever_is_in_its_way_it_ends_as_described_by_the_advice_of_its_refusals() {
    end_as_described(&obstacles());
}

#[test]
fn whatever_was_killed_before_it_ends_as_described() {
    end_as_described(&kills());
}

#[test]
fn every_state_that_is_drawn_ends_as_described() {
    end_as_described(&drawn(7, 12));
}

/// What set-permissions of Postfix goes by when it decides whether the installation's own files are the instance's.
const IS_LISTED: &str = "for name in $(\"$world/usr/sbin/postconf\" -h multi_instance_directories | sed 's/,/ /'); do\n\
                             [ \"$name\" != \"$directory\" ] || exit 0\ndone\ntouch \"$world/all\"\n";

#[test]
fn postfix_finds_an_instance_in_a_list_with_commas_before_it_sets_owners() {
    for list_as in [", @/postfix-x, @/more", ",@//postfix-x,@/more"] {
        for lost in ["lib/postfix-x", "etc/postfix-x/main.cf"] {
            let world = system();
            instance(&world, "postfix-x", "");
            instance(&world, "more", "");
            list(&world, list_as);
            world.code("postfix-x", "postfix-set-permissions", IS_LISTED);
            if lost.starts_with("lib") {
                fs::remove_dir(world.path(lost)).unwrap();
            } else {
                for name in ["main.cf", "master.cf"] {
                    fs::remove_file(world.directory("postfix-x").join(name)).unwrap();
                }
            }
            let look = world.run(&["--dry-run", "-e", "ensure", "-I", "postfix-x"]).success();
            let shown = world.printed(&look);
            assert!(
                shown.contains("+multi_instance_directories = /etc/postfix-a /etc/"),
                "{list_as}: {shown}"
            );
            let done = world.run(&["-e", "ensure", "-I", "postfix-x"]).success();
            assert_eq!(world.said(&look), world.said(&done));
            assert!(!world.path("all").exists(), "{list_as} {lost}");
            assert_eq!(listed(&world), "postfix postfix-a postfix-x more", "{list_as} {lost}");
            world.run(&["-e", "ensure", "-I", "postfix-x"]).success().stdout("").stderr("");
        }
    }
}

#[test]
fn what_is_changed_is_told_and_a_look_changes_nothing() {
    let world = system();
    let look = [&["--dry-run"], &X[..]].concat();
    let before = picture(&world);
    let shown = world.printed(&world.run(&look).success());
    assert_eq!(picture(&world), before);
    assert_eq!(world.printed(&world.run(&X).success()), shown);
    let parsed: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(parsed["changed"], true);
    assert!(parsed["changes"].as_array().unwrap().iter().all(serde_json::Value::is_string));
    let words = ["-e", "ensure", "-I", "postfix-x", "--disabled", "relayhost="];
    let told = world.printed(&world.run(&words).success());
    insta::assert_snapshot!(format!("{shown}{told}"));
    world.run(&words).success().stdout("");
}

#[test]
fn what_is_to_be_absent_goes_once_and_its_refusals_help() {
    let absent = ["-e", "ensure", "-j", "-I", "postfix-x", "--absent"];
    for state in [
        State::new("missing", |_| {}),
        State::new("listed but missing", |world| list(world, "@/postfix-x")),
        listed_with("disabled", ""),
        listed_with("enabled", SETTINGS),
        State::new("unlisted", |world| instance(world, "postfix-x", "")),
        listed_with("half gone", "")
            .and(|world| fs::remove_file(world.directory("postfix-x").join("main.cf")).unwrap()),
    ] {
        let (world, name) = (system(), state.name.as_str());
        (state.make)(&world);
        until_it_is_so(&world, &absent, name);
        assert_eq!(listed(&world), "postfix postfix-a", "{name}");
        assert!(!world.directory("postfix-x").join("main.cf").exists(), "{name}");
        let before = picture(&world);
        world.run(&absent).success().stdout("{\"changed\": false, \"changes\": []}\n");
        assert_eq!(picture(&world), before, "{name}");
    }
}

#[test]
fn a_change_that_cannot_be_told_is_a_failure_that_says_whether_it_was_made() {
    let world = system();
    let dry_run = [&["--dry-run"], &X[..]].concat();
    for (words, said) in [
        (&dry_run[..], "cannot write what would be changed: "),
        (&["--dry-run", "-e", "create", "-I", "postfix-y"], "cannot write what would be changed: "),
        (&X, "; the change was made all the same\n"),
        (&X, "cannot write that nothing had to be changed: "),
    ] {
        let output = world.unwritten(words);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{words:?}: {told}");
        assert!(told.contains(said), "{words:?}: {told}");
    }
    assert_eq!(listed(&world), "postfix postfix-a postfix-x");
}

#[test]
fn a_name_and_a_directory_of_two_instances_are_refused_whatever_is_wanted() {
    let world = system();
    for name in ["postfix-x", "postfix-y"] {
        instance(&world, name, "");
        list(&world, &format!("@/{name}"));
    }
    let before = picture(&world);
    let place = |name: &str| format!("config_directory={}", world.directory(name).display());
    for (wanted, directory) in
        [("--absent", "postfix-y"), ("--absent", "nothing"), ("--enabled", "postfix-y")]
    {
        let words = ["-e", "ensure", "-I", "postfix-x", wanted, &place(directory)];
        for mode in [&["--dry-run"][..], &[]] {
            let said = world.said(&world.run(&[mode, &words].concat()).code(1).stdout(""));
            let told = "postfix-x is the name of the instance in /etc/postfix-x already, and not of ";
            assert!(said.contains(told), "{wanted} {directory}: {said}");
            assert!(said.contains(&format!("in /etc/{directory}; nothing was changed")), "{said}");
            assert_eq!(picture(&world), before, "{wanted} {directory}");
        }
    }
}

/// A folder with a main.cf and a master.cf for `postfix-x`.
fn folder(world: &World) -> String {
    let folder = world.path("prepared");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("main.cf"), "# Prepared.\nrelayhost = [relay.example]\nmulti_instance_name = no\n")
        .unwrap();
    fs::write(folder.join("master.cf"), "# prepared\nsmtp inet n - y - - smtpd\n").unwrap();
    for path in [folder.join("main.cf"), folder.join("master.cf"), folder.clone()] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    folder.display().to_string()
}

#[test]
fn an_instance_is_what_a_folder_holds_with_directories_of_its_own() {
    for state in [
        State::new("missing", |_| {}),
        State::new("listed but missing", |world| list(world, "@/postfix-x")),
        listed_with("other values", "relayhost = a\ninet_interfaces = b\n"),
        State::new("unlisted", |world| instance(world, "postfix-x", "relayhost = a\n")),
        listed_with("no queue", "").and(|world| fs::remove_dir(world.path("spool/postfix-x")).unwrap()),
    ] {
        let (world, name) = (system(), state.name.as_str());
        (state.make)(&world);
        let folder = folder(&world);
        let words = ["-e", "ensure", "-j", "-I", "postfix-x", "--enabled", "--from", &folder, "mynetworks=a"];
        let first = until_it_is_so(&world, &words, name);
        assert!(first.contains("\"changed\": true"), "{name}");
        let main_cf = world.read("etc/postfix-x/main.cf");
        assert!(main_cf.starts_with("# Prepared.\nrelayhost = [relay.example]\n"), "{name}: {main_cf}");
        for line in ["multi_instance_name = postfix-x", "multi_instance_enable = yes", "mynetworks = a"] {
            assert_eq!(
                main_cf.lines().filter(|found| *found == line).count(),
                1,
                "{name}: {line} in {main_cf}"
            );
        }
        assert!(
            !main_cf.contains("inet_interfaces") && main_cf.contains("/spool/postfix-x\n"),
            "{name}: {main_cf}"
        );
        assert!(world.read("etc/postfix-x/master.cf").starts_with("# prepared"), "{name}");
        assert_eq!(listed(&world), "postfix postfix-a postfix-x", "{name}");
        assert!(!world.directory("postfix-x").join(".postfix-multi").exists(), "{name}");
        let before = picture(&world);
        world.run(&words).success().stdout("{\"changed\": false, \"changes\": []}\n");
        assert_eq!(picture(&world), before, "{name}");
        fs::write(world.path("prepared/master.cf"), "# other\n").unwrap();
        let told = world.printed(&world.run(&words).success());
        assert!(
            told.contains("replace /etc/postfix-x/master.cf") && !told.contains("main.cf"),
            "{name}: {told}"
        );
    }
}

#[test]
fn a_folder_that_says_little_is_applied_once() {
    let world = system();
    let folder = folder(&world);
    let words = ["-e", "ensure", "-j", "-I", "postfix-x", "--from", &folder];
    world.run(&words).success();
    world.run(&words).success().stdout("{\"changed\": false, \"changes\": []}\n");
    world.run(&["-e", "enable", "-i", "x"]).success();
    world.run(&words).success();
    assert!(world.read("etc/postfix-x/main.cf").contains("multi_instance_enable = yes"), "it stays as it is");
}

#[test]
fn what_others_can_write_and_what_postfix_cannot_read_is_not_taken_from_a_folder() {
    let world = system();
    let folder = folder(&world);
    let words = ["-e", "ensure", "-I", "postfix-x", "--from", &folder];
    let before = picture(&world);
    fs::write(world.path("prepared/master.cf"), "damaged\n").unwrap();
    world.run(&words).code(1).stderr(contains("bad field count").and(contains("correct it first")));
    fs::write(world.path("prepared/master.cf"), "").unwrap();
    fs::set_permissions(world.path("prepared/main.cf"), fs::Permissions::from_mode(0o646)).unwrap();
    world.run(&words).code(1).stderr(contains("chmod go-w"));
    fs::set_permissions(world.path("prepared/main.cf"), fs::Permissions::from_mode(0o600)).unwrap();
    for (text, said) in [("nonsense\n", "missing '='"), ("queue_directory = /q\n", "")] {
        fs::write(world.path("prepared/main.cf"), text).unwrap();
        if said.is_empty() {
            let taken = world.path("spool/postfix-a").display().to_string();
            fs::write(world.path("prepared/main.cf"), format!("queue_directory = {taken}\n")).unwrap();
            world.run(&words).code(1).stderr(contains("of the instance in").and(contains("already")));
        } else {
            world.run(&words).code(1).stderr(contains(said));
        }
    }
    fs::remove_file(world.path("prepared/main.cf")).unwrap();
    world.run(&words).code(1).stderr(contains("there is no file"));
    world
        .run(&["-e", "ensure", "-I", "postfix-x", "--from", "prepared"])
        .code(1)
        .stderr(contains("absolute path"));
    assert_eq!(picture(&world), before);
}

#[test]
fn a_folder_that_others_can_put_another_in_the_place_of_is_refused() {
    let world = system();
    let prepared = folder(&world);
    for name in ["open/below", "sticky"] {
        fs::create_dir_all(world.path(name)).unwrap();
    }
    for (name, mode) in [("open", 0o777), ("sticky", 0o1777)] {
        fs::set_permissions(world.path(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    symlink(&prepared, world.path("open/link")).unwrap();
    fs::rename(&prepared, world.path("open/below/prepared")).unwrap();
    symlink("open/below/prepared", &prepared).unwrap();
    let before = picture(&world);
    for name in ["open/below/prepared", "open/link", "prepared"] {
        let folder = world.path(name).display().to_string();
        for mode in [&["--dry-run"][..], &[]] {
            let words = [mode, &["-e", "ensure", "-I", "postfix-x", "--from", &folder]].concat();
            let told = contains("copy the folder to a place that only root can change");
            world.run(&words).code(1).stderr(contains("/open/").and(told));
            assert_eq!(picture(&world), before, "{name}");
        }
    }
    // A file of it may be elsewhere, too.
    fs::rename(world.path("open/below/prepared"), world.path("sticky/prepared")).unwrap();
    let main_cf = world.path("sticky/prepared/main.cf");
    fs::rename(&main_cf, world.path("open/below/main.cf")).unwrap();
    symlink(world.path("open/below/main.cf"), &main_cf).unwrap();
    let folder = world.path("sticky/prepared").display().to_string();
    let words = ["-e", "ensure", "-I", "postfix-x", "--from", &folder];
    world.run(&words).code(1).stderr(contains("/open/below"));
    assert_eq!(picture(&world), before);
    fs::rename(world.path("open/below/main.cf"), world.path("sticky/main.cf")).unwrap();
    fs::remove_file(&main_cf).unwrap();
    symlink("../main.cf", &main_cf).unwrap();
    world.run(&words).success();
    // Nobody is told to take a file from its owner.
    if std::os::unix::fs::chown(world.path("sticky/prepared/master.cf"), Some(1), None).is_ok() {
        let words = ["-e", "ensure", "-I", "postfix-y", "--from", &folder];
        let told = contains("use \"").not().and(contains("copy the folder to a place"));
        world.run(&words).code(1).stderr(contains("others can write to").and(told));
    }
}

#[test]
fn files_that_are_replaced_are_the_old_ones_or_the_new_ones_whenever_it_is_killed() {
    let places = [
        ("*/.postfix-multi", false, "what it had done has been undone"),
        ("*/etc/postfix", true, "it has been finished now"),
    ];
    for (place, is_new, said) in places {
        let world = system();
        instance(&world, "postfix-x", "relayhost = old\n");
        let folder = folder(&world);
        let before = files(&world);
        let words = ["-e", "ensure", "-I", "postfix-x", "--from", &folder];
        before_an_edit(&world, &format!("case $directory in {place}) kill -KILL $PPID; exit 1 ;; esac"));
        world.run(&words).interrupted();
        before_an_edit(&world, ":");
        assert_eq!(world.read("etc/postfix-x/main.cf").contains("relay.example"), is_new, "{place}");
        world.run(&["check"]).code(1).stdout(contains("postfix-multi -e ensure -I postfix-x --from"));
        world.run(&["-e", "enable", "-i", "a"]).success().stderr(contains(said));
        assert_eq!(world.read("etc/postfix-x/main.cf").contains("relay.example"), is_new, "{place}");
        assert_eq!(listed(&world) == "postfix postfix-a postfix-x", is_new, "{place}");
        assert_eq!(files(&world), before, "{place}");
        world.run(&words).success();
        assert_eq!(listed(&world), "postfix postfix-a postfix-x");
    }
}

#[test]
fn what_fails_before_it_is_listed_brings_everything_back() {
    let world = system();
    instance(&world, "postfix-x", "relayhost = old\n");
    fs::remove_dir(world.path("spool/postfix-x")).unwrap();
    let folder = folder(&world);
    let before = picture(&world);
    for place in ["*/.postfix-multi", "*/etc/postfix"] {
        before_an_edit(&world, &format!("case $directory in {place}) echo 'no room' >&2; exit 1 ;; esac"));
        world
            .run(&["-e", "ensure", "-I", "postfix-x", "--from", &folder])
            .code(1)
            .stderr(contains("no room"));
        assert_eq!(picture(&world), before, "{place}");
    }
    before_an_edit(&world, "case $directory in */etc/postfix) echo 'no room' >&2; exit 1 ;; esac");
    world.run(&["-e", "ensure", "-I", "postfix-x", "relayhost=new", "x=y"]).code(1);
    let values = |text: String| text.lines().map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
    let old = before.iter().find(|line| line.contains("postfix-x/main.cf")).unwrap();
    let now = values(world.read("etc/postfix-x/main.cf"));
    assert!(now.iter().all(|line| old.contains(line.as_str())), "{now:?}");
    assert!(!world.path("spool/postfix-x").exists());
}

#[test]
fn a_running_instance_is_neither_destroyed_nor_moved() {
    if !masters::can_be_told() {
        return;
    }
    let world = system();
    instance(&world, "postfix-x", "");
    list(&world, "@/postfix-x");
    let lock = world.path("spool/postfix-x/pid/master.pid");
    let master = Master::start(&world.directory("postfix-x"), Some(&lock));
    let before = picture(&world);
    world.run(&["-e", "ensure", "-I", "postfix-x", "--absent"]).code(1).stderr(contains("is running"));
    let elsewhere = format!("queue_directory={}", world.path("spool/other").display());
    world
        .run(&["-e", "ensure", "-I", "postfix-x", &elsewhere])
        .code(1)
        .stderr(contains("would be left behind"));
    assert_eq!(picture(&world), before);
    world.run(&["-e", "ensure", "-I", "postfix-x", "--enabled"]).success();
    // No command of postfix(1) works for it any more.
    world.run(&["-e", "ensure", "-I", "postfix-x", "--disabled"]).success();
    fs::write(world.directory("postfix-x").join("master.cf"), "damaged\n").unwrap();
    let kill = format!("or use \"kill {}\", first", master.process());
    for words in [
        &["-e", "destroy", "-i", "x"][..],
        &["-e", "deport", "-i", "x"],
        &["-e", "ensure", "-I", "postfix-x", "--absent"],
    ] {
        world.run(words).code(1).stderr(contains("bad field count").and(contains(kill.as_str())));
    }
    drop(master);
    world.run(&["-e", "deport", "-i", "x"]).success();
}

#[test]
fn a_value_that_postfix_cannot_read_is_refused_before_anything_is_changed() {
    let world = system();
    world.run(&["-e", "ensure", "-I", "postfix-x"]).success();
    let before = picture(&world);
    fs::write(
        world.path("postconf-expand"),
        "grep -q '^x = bad' \"$file\" && { echo 'no such x' >&2; exit 1; }",
    )
    .unwrap();
    for name in ["postfix-x", "postfix-new"] {
        world.run(&["-e", "ensure", "-I", name, "x=bad"]).code(1).stderr(contains("no such x"));
        assert_eq!(picture(&world), before, "{name}");
        world
            .run(&["-e", "ensure", "-I", name, "x=good", "--dry-run"])
            .code(1)
            .stderr(contains("comes too late"));
    }
    world.run(&["-e", "ensure", "-I", "postfix-x", "x=good"]).success();
}

#[test]
fn a_listed_instance_that_is_half_made_is_undone_and_stays_listed() {
    let world = system();
    list(&world, "@/postfix-x");
    let before = files(&world);
    before_an_edit(&world, "case $directory in */.postfix-multi) kill -KILL $PPID; exit 1 ;; esac");
    world.run(&X).interrupted();
    before_an_edit(&world, ":");
    let undone = "what it had done has been undone";
    world.run(&["-e", "enable", "-i", "a"]).success().stderr(contains(undone));
    assert_eq!(files(&world), before);
    assert!(world.read("etc/postfix/main.cf").contains("/postfix-x\n"), "it is listed as before");
}

#[test]
fn files_that_are_ready_are_put_in_place_by_the_next_command() {
    let world = system();
    instance(&world, "postfix-x", "relayhost = old\n");
    let folder = folder(&world);
    before_an_edit(&world, "case $directory in */etc/postfix) kill -KILL $PPID; exit 1 ;; esac");
    world.run(&["-e", "ensure", "-I", "postfix-x", "--from", &folder]).interrupted();
    before_an_edit(&world, ":");
    // As if the kill had come a moment before.
    let (config, stage) = (world.directory("postfix-x"), world.directory("postfix-x/.postfix-multi"));
    fs::rename(config.join("main.cf"), stage.join("main.cf")).unwrap();
    fs::rename(stage.join("main.cf.old"), config.join("main.cf")).unwrap();
    world.run(&["-e", "enable", "-i", "a"]).success().stderr(contains("it has been finished now"));
    assert!(world.read("etc/postfix-x/main.cf").contains("relay.example"));
    assert!(!stage.exists());
}
