//! Tests that nothing of another instance is removed, given away or changed.
//! Anything that two instances have in common is refused before anything happens, by `--dry-run` in the same words,
//! and is named by `check`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::life_cycle::states::instance;
use crate::life_cycle::{CREATE, before_an_edit, listed, managed};
use crate::world::World;

/// All that is in the places of instances: kind and mode, and what a file holds or where a link leads. The lock is
/// nobody's.
fn everything(world: &World) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut waiting = ["etc", "spool", "lib", "srv"].map(|name| world.path(name)).to_vec();
    while let Some(path) = waiting.pop() {
        let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
        let content = if metadata.is_dir() {
            waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            Vec::new()
        } else if metadata.is_symlink() {
            std::os::unix::ffi::OsStringExt::into_vec(fs::read_link(&path).unwrap().into_os_string())
        } else if metadata.is_file() {
            fs::read(&path).unwrap()
        } else {
            Vec::new()
        };
        found.insert(path, (metadata.mode(), content));
    }
    found.retain(|path, _| !path.ends_with("postfix-multi.lock"));
    found
}

/// Two instances beside the default one, which nobody has started: `postfix-a`, and `postfix-h` with a main.cf that was
/// written by hand. All have files in their directories.
fn system(settings: &str) -> World {
    let mut world = managed();
    world.list(world.directory("postfix-h"));
    for name in ["postfix", "postfix-a", "postfix-h"] {
        fs::create_dir_all(world.path("spool").join(name).join("pid")).unwrap();
        fs::write(world.path("spool").join(name).join("pid/master.pid"), "").unwrap();
        fs::create_dir_all(world.path("lib").join(name)).unwrap();
        fs::write(world.path("lib").join(name).join("master.lock"), "").unwrap();
    }
    fs::create_dir_all(world.path("srv/open")).unwrap();
    fs::set_permissions(world.path("srv/open"), fs::Permissions::from_mode(0o777)).unwrap();
    symlink(world.path("lib/postfix-h"), world.path("srv/open/link")).unwrap();
    symlink(world.path("spool/postfix"), world.path("srv/link")).unwrap();
    let root = world.path("").display().to_string();
    world.main_cf("postfix-h", &settings.replace('@', root.trim_end_matches('/')));
    fs::write(world.directory("postfix-h").join("master.cf"), "").unwrap();
    world.code("postfix-h", "postfix-status", "exit 1");
    world
}

/// What a main.cf may say that makes something of the instance another's as well, and what is said about that.
const SHARED: [(&str, &str); 11] = [
    ("queue_directory = @/spool/postfix-h\n", "data_directory="),
    ("data_directory = @/lib/postfix-h\n", "queue_directory="),
    ("queue_directory = @/spool/postfix-a\ndata_directory = @/lib/postfix-h\n", "queue_directory="),
    ("queue_directory = @/spool/x/../postfix-h/../postfix\ndata_directory = @/lib/postfix-h\n", "x"),
    (
        "queue_directory = @/spool/postfix-h/../postfix\ndata_directory = @/lib/postfix-h\n",
        "queue_directory of",
    ),
    ("queue_directory = @/srv/link\ndata_directory = @/lib/postfix-h\n", "queue_directory of"),
    ("queue_directory = @/spool/postfix/pid\ndata_directory = @/lib/postfix-h\n", "lies in"),
    ("queue_directory = @/spool\ndata_directory = @/lib/postfix-h\n", "holds"),
    ("queue_directory = @/usr/libexec\ndata_directory = @/lib/postfix-h\n", "daemon_directory of"),
    ("queue_directory = @/etc/postfix-a\ndata_directory = @/lib/postfix-h\n", "config_directory of"),
    ("queue_directory = @/spool/postfix-h\ndata_directory = @/srv/open/link\n", "symbolic link that"),
];

#[test]
fn nothing_that_is_anothers_as_well_is_removed() {
    for (settings, said) in SHARED {
        let world = system(settings);
        let before = everything(&world);
        // An instance without a name goes by its directory alone.
        let directory = world.directory("postfix-h").display().to_string();
        let shown = world.run(&["--dry-run", "-e", "destroy", "-i", &directory]).code(1).stdout("");
        let done = world.run(&["-e", "destroy", "-i", &directory]).code(1).stderr(contains(said));
        assert_eq!(world.said(&shown), world.said(&done), "{settings}");
        assert!(everything(&world) == before, "{settings}");
    }
}

#[test]
fn what_is_advised_parts_them() {
    for (settings, _) in &SHARED[..3] {
        let world = system(settings);
        let directory = world.directory("postfix-h").display().to_string();
        let refused = world.run(&["-e", "destroy", "-i", &directory]).code(1);
        let said = String::from_utf8(refused.get_output().stderr.clone()).unwrap();
        let advice = said.split('"').nth(1).unwrap();
        let mut command = std::process::Command::new("sh");
        command
            .args(["-c", advice])
            .env("PATH", format!("{}:/usr/bin:/bin", world.path("usr/sbin").display()));
        assert!(command.status().unwrap().success(), "{advice}");
        let others = ["spool/postfix", "spool/postfix-a", "lib/postfix", "lib/postfix-a"];
        world.run(&["-e", "destroy", "-i", &directory]).success();
        assert!(others.iter().all(|other| world.path(other).is_dir()), "{settings}");
        assert!(!world.directory("postfix-h").join("main.cf").exists());
    }
}

#[test]
fn check_names_what_is_shared_with_a_command_that_parts_it() {
    for (settings, _) in &SHARED[..3] {
        let world = system(settings);
        let found = world.run(&["check", "-j"]).code(1);
        let line = String::from_utf8(found.get_output().stdout.clone()).unwrap();
        let finding = line
            .lines()
            .find(|line| line.contains("\"kind\":\"shared\""))
            .unwrap_or_else(|| panic!("{line}"));
        let finding: serde_json::Value = serde_json::from_str(finding).unwrap();
        let mut command = std::process::Command::new("sh");
        command
            .args(["-c", finding["mend"].as_str().unwrap()])
            .env("PATH", format!("{}:/usr/bin:/bin", world.path("usr/sbin").display()));
        assert!(command.status().unwrap().success());
        world.run(&["check"]).stdout(contains("is also").not());
    }
}

#[test]
fn an_alternate_instance_keeps_what_it_has() {
    let world = system("queue_directory = @/spool/alternate\ndata_directory = @/lib/postfix-h\n");
    let root = world.path("").display().to_string();
    let root = root.trim_end_matches('/');
    world.main_cf("alternate", &format!("queue_directory = {root}/spool/alternate\n"));
    fs::create_dir_all(world.path("spool/alternate/active")).unwrap();
    world.add_line("postfix", &format!("alternate_config_directories = {root}/etc/alternate"));
    let before = everything(&world);
    let directory = world.directory("postfix-h").display().to_string();
    world.run(&["-e", "destroy", "-i", &directory]).code(1).stderr(contains("/etc/alternate already"));
    assert!(everything(&world) == before);
    // Damaged, but its text tells.
    world.main_cf("alternate", &format!("nonsense\nqueue_directory = {root}/spool/alternate\n"));
    world.run(&["-e", "destroy", "-i", &directory]).code(1).stderr(contains("/etc/alternate already"));
    // Its text does not tell.
    world.main_cf("alternate", &format!("nonsense\nqueue_directory = {root}/spool/$x\n"));
    world.run(&["-e", "destroy", "-i", &directory]).code(1).stderr(contains("may also be a directory of"));
    assert!(world.path("spool/alternate/active").is_dir());
}

#[test]
fn a_copy_beside_it_is_named() {
    let world = system("queue_directory = @/spool/postfix-h\ndata_directory = @/lib/postfix-h\n");
    let copy = world.directory("postfix-h.old");
    fs::create_dir(&copy).unwrap();
    fs::copy(world.directory("postfix-h").join("main.cf"), copy.join("main.cf")).unwrap();
    fs::write(copy.join("master.cf"), "").unwrap();
    let directory = world.directory("postfix-h").display().to_string();
    world.run(&["-e", "destroy", "-i", &directory]).code(1).stderr(contains("if it is a copy, move"));
    fs::rename(&copy, world.path("srv/old")).unwrap();
    world.run(&["-e", "destroy", "-i", &directory]).success();
}

#[test]
fn whoever_has_the_directories_is_found_whatever_it_is_called() {
    let world = system("queue_directory = @/spool/postfix-h\ndata_directory = @/lib/postfix-h\n");
    let directory = world.directory("postfix-h").display().to_string();
    // Beside the instances, or named by reference to another parameter.
    for place in [world.directory("mail-out"), world.path("srv/mail-out")] {
        fs::create_dir(&place).unwrap();
        fs::copy(world.directory("postfix-h").join("main.cf"), place.join("main.cf")).unwrap();
        fs::write(place.join("master.cf"), "").unwrap();
        if place.starts_with(world.path("srv")) {
            world.add_line("postfix", "alternate_config_directories = ${base}/mail-out");
            let code = format!(
                "value=$(printf %s \"$value\" | sed 's,${{base}},{},')\n",
                world.path("srv").display()
            );
            fs::write(world.path("postconf-expand"), code).unwrap();
        }
        let before = everything(&world);
        let shown = world.run(&["--dry-run", "-e", "destroy", "-i", &directory]).code(1);
        let done = world.run(&["-e", "destroy", "-i", &directory]).code(1).stderr(contains("mail-out"));
        assert_eq!(world.said(&shown), world.said(&done));
        assert!(everything(&world) == before);
        fs::remove_dir_all(place).unwrap();
    }
    world.run(&["-e", "destroy", "-i", &directory]).success();
}

#[test]
fn a_file_to_which_another_ones_leads_stays_until_it_has_its_own() {
    let world = system("queue_directory = @/spool/postfix-h\ndata_directory = @/lib/postfix-h\n");
    let directory = world.directory("postfix-h").display().to_string();
    fs::write(world.directory("postfix-h").join("master.cf"), "# common\n").unwrap();
    let link = world.directory("postfix-a").join("master.cf");
    fs::remove_file(&link).unwrap();
    symlink("../postfix-h/master.cf", &link).unwrap();
    let before = everything(&world);
    let shown = world.run(&["--dry-run", "-e", "destroy", "-i", &directory]).code(1);
    let done = world.run(&["-e", "destroy", "-i", &directory]).code(1);
    assert_eq!(world.said(&shown), world.said(&done));
    assert!(everything(&world) == before);
    world.run(&["check"]).stdout(contains("is a link to one of"));
    let said = String::from_utf8(done.get_output().stderr.clone()).unwrap();
    let advice = said.split('"').nth(1).unwrap();
    assert!(std::process::Command::new("sh").args(["-c", advice]).status().unwrap().success(), "{advice}");
    world.run(&["check"]).stdout(contains("is a link to one of").not());
    world.run(&["-e", "destroy", "-i", &directory]).success();
    assert_eq!(world.read("etc/postfix-a/master.cf"), "# common\n");
}

#[test]
fn a_new_instance_takes_nothing_that_is_there_and_not_postfixs() {
    for (parameter, place) in
        [("queue_directory", "lib/postfix-h"), ("data_directory", "srv"), ("queue_directory", "srv/open/new")]
    {
        let world = managed();
        fs::create_dir_all(world.path("srv/open")).unwrap();
        fs::set_permissions(world.path("srv/open"), fs::Permissions::from_mode(0o777)).unwrap();
        fs::create_dir_all(world.path("lib/postfix-h")).unwrap();
        fs::write(world.path("lib/postfix-h/letter"), "kept").unwrap();
        let before = everything(&world);
        let given = format!("{parameter}={}", world.path(place).display());
        let words = [&CREATE[..], &[&given]].concat();
        let shown = world.run(&[&["--dry-run"], &words[..]].concat()).code(1);
        let done = world.run(&words).code(1);
        assert_eq!(world.said(&shown), world.said(&done));
        assert!(everything(&world) == before, "{given}");
    }
}

/// An instance that nobody lists, `postfix-h`, for which set-permissions changes modes as Postfix does.
fn unlisted() -> (World, String) {
    let world = managed();
    instance(&world, "postfix-h", "");
    fs::create_dir_all(world.path("srv/open/below")).unwrap();
    fs::set_permissions(world.path("srv/open"), fs::Permissions::from_mode(0o777)).unwrap();
    let code = "for name in main.cf master.cf virtual; do\n\
                [ ! -e \"$directory/$name\" ] || chmod 644 \"$directory/$name\"\ndone";
    world.code("postfix-h", "postfix-set-permissions", code);
    let place = format!("config_directory={}", world.directory("postfix-h").display());
    (world, place)
}

#[test]
fn a_file_that_is_not_the_instances_alone_keeps_its_mode() {
    type Lead = fn(&Path, &Path) -> std::io::Result<()>;
    let (symbolic, hard): (Lead, Lead) = (|from, to| symlink(from, to), |from, to| fs::hard_link(from, to));
    for (name, lead, place, mode, said) in [
        ("main.cf", symbolic, "srv/theirs", 0o600, "is a symbolic link to"),
        ("master.cf", symbolic, "srv/theirs", 0o600, "is a symbolic link to"),
        ("virtual", symbolic, "srv/theirs", 0o640, "is a symbolic link to"),
        ("virtual", hard, "srv/theirs", 0o640, "has other names"),
        ("virtual", symbolic, "srv/open/below/theirs", 0o644, "users other than root"),
        ("virtual", symbolic, "srv/open/none/theirs", 0o644, "users other than root"),
    ] {
        let (world, config) = unlisted();
        let (link, theirs) = (world.directory("postfix-h").join(name), world.path(place));
        if theirs.parent().unwrap().is_dir() {
            let _ = fs::rename(&link, &theirs);
            File::options().append(true).create(true).open(&theirs).unwrap();
            fs::set_permissions(&theirs, fs::Permissions::from_mode(mode)).unwrap();
        }
        lead(&theirs, &link).unwrap();
        let before = everything(&world);
        let shown = world.run(&["--dry-run", "-e", "import", &config]).code(1);
        let done = world.run(&["-e", "import", &config]).code(1).stderr(contains(said));
        assert_eq!(world.said(&shown), world.said(&done), "{name} {place}");
        assert!(everything(&world) == before, "{name} {place}");
        let said = String::from_utf8(done.get_output().stderr.clone()).unwrap();
        let advice = said.split('"').nth(3).unwrap();
        assert!(std::process::Command::new("sh").args(["-c", advice]).status().unwrap().success(), "{said}");
        world.run(&["-e", "import", &config]).success();
        let shown = |path: &Path| fs::metadata(path).map_or(0, |found| found.mode() & 0o777);
        assert!(!theirs.exists() || shown(&theirs) == mode, "{name} {place}");
        assert!([0, 0o644].contains(&shown(&link)), "{name} {place}");
    }
}

#[test]
fn an_instance_with_a_mail_owner_of_its_own_is_taken_in() {
    let (world, config) = unlisted();
    let (active, data) = (world.path("spool/postfix-h/active"), world.path("lib/postfix-h"));
    fs::create_dir_all(&active).unwrap();
    fs::create_dir_all(&data).unwrap();
    if std::os::unix::fs::chown(&data, Some(4711), None).is_err() {
        postfix_process::skip::skip("only root can give a directory away");
        return;
    }
    world.run(&["-e", "import", &config]).code(1).stderr(contains("belongs to user 4711"));
    std::os::unix::fs::chown(&active, Some(4711), None).unwrap();
    world.run(&["-e", "import", &config]).success();
}

#[test]
fn a_link_to_a_file_that_stays_as_it_is_is_kept() {
    let (world, config) = unlisted();
    let link = world.directory("postfix-h").join("master.cf");
    fs::rename(&link, world.path("srv/common")).unwrap();
    symlink("../postfix-h/../../srv/common", &link).unwrap();
    symlink("/nowhere/virtual", world.directory("postfix-h").join("virtual")).unwrap();
    world.run(&["-e", "import", &config]).success();
    assert!(link.is_symlink());
}

/// Where a link of the instance can be, and a file of another's, with this mode, to which it can lead.
fn linked_to_theirs(world: &World, mode: u32) -> (PathBuf, PathBuf) {
    let theirs = world.path("srv/theirs");
    fs::write(&theirs, "").unwrap();
    fs::set_permissions(&theirs, fs::Permissions::from_mode(mode)).unwrap();
    (world.directory("postfix-h").join("virtual"), theirs)
}

#[test]
fn a_link_whose_target_the_installation_does_not_set_is_kept() {
    let (world, config) = unlisted();
    let (link, theirs) = linked_to_theirs(&world, 0o640);
    symlink(&theirs, &link).unwrap();
    let files = world.path("usr/libexec/postfix-files");
    let unset = "$config_directory/main.cf:f:root:-:644:p\n#$config_directory/virtual:f:root:-:644:p1\n";
    let set = "$config_directory/virtual:f:root:-:644:p1\n";
    fs::create_dir(world.path("usr/libexec/postfix-files.d")).unwrap();
    fs::write(world.path("usr/libexec/postfix-files.d/more"), set).unwrap();
    for (text, more) in [(Some(unset), true), (Some(set), false), (None, false)] {
        let _ = fs::remove_file(&files);
        if let Some(text) = text {
            fs::write(&files, text).unwrap();
        }
        if !more {
            let _ = fs::remove_file(world.path("usr/libexec/postfix-files.d/more"));
        }
        world.run(&["-e", "import", &config]).code(1).stderr(contains("/virtual is a symbolic link to"));
    }
    fs::write(&files, unset).unwrap();
    world.code("postfix-h", "postfix-set-permissions", ":");
    world.run(&["-e", "import", &config]).success();
    assert!(link.is_symlink());
}

#[test]
fn a_file_that_became_a_link_meanwhile_keeps_its_mode() {
    let (world, config) = unlisted();
    let (link, theirs) = linked_to_theirs(&world, 0o600);
    let code =
        format!("case $directory in */etc/postfix) ln -s {} {} ;; esac", theirs.display(), link.display());
    before_an_edit(&world, &code);
    world.run(&["-e", "import", &config]).code(1).stderr(contains("is a symbolic link to"));
    before_an_edit(&world, ":");
    world.run(&["-e", "enable", "-i", "a"]).code(1).stderr(contains("cannot settle"));
    assert_eq!(fs::metadata(&theirs).unwrap().mode() & 0o777, 0o600);
    fs::remove_file(&link).unwrap();
    world.run(&["-e", "enable", "-i", "a"]).success().stderr(contains("has been finished now"));
}

#[test]
fn a_directory_that_postfixs_scripts_would_read_as_others_is_refused() {
    let said = "gives a path that main.cf or Postfix's scripts cannot hold";
    for (parameter, place) in [
        ("queue_directory", "srv/www data"),
        ("queue_directory", "srv/[w]ww"),
        ("data_directory", "srv/www*"),
        ("data_directory", "srv/it's"),
    ] {
        let (world, config) = unlisted();
        for name in ["srv/www", place] {
            fs::create_dir_all(world.path(name)).unwrap();
        }
        world.add_line("postfix-h", &format!("{parameter} = {}", world.path(place).display()));
        let given = format!("{parameter}={}", world.path(place).display());
        let before = everything(&world);
        let ensure = ["-e", "ensure", "-I", "postfix-x", &given];
        for words in [&["-e", "import", &config][..], &[&CREATE[..], &[&given]].concat(), &ensure] {
            let shown = world.run(&[&["--dry-run"], words].concat()).code(1);
            let done = world.run(words).code(1).stderr(contains(said).and(contains(&*given)));
            assert_eq!(world.said(&shown), world.said(&done), "{words:?}");
            assert!(everything(&world) == before, "{words:?}");
        }
    }
}

#[test]
fn a_directory_beside_one_with_a_blank_is_refused() {
    let world = managed();
    let queue = world.path("spool/my mail/postfix");
    fs::create_dir_all(&queue).unwrap();
    world.add_line("postfix", &format!("queue_directory = {}", queue.display()));
    let before = everything(&world);
    let told = format!("\"queue_directory={}\" gives a path", queue.with_file_name("postfix-new").display());
    for mode in [&["--dry-run"][..], &[]] {
        world.run(&[mode, &CREATE].concat()).code(1).stderr(contains(told.as_str()));
        assert!(everything(&world) == before);
    }
}

#[test]
fn what_somebody_writes_into_a_half_made_instance_stays() {
    for file in ["main.cf", "master.cf"] {
        let world = managed();
        before_an_edit(&world, "case $directory in */.postfix-multi) kill -KILL $PPID; exit 1 ;; esac");
        world.run(&CREATE).interrupted();
        before_an_edit(&world, ":");
        let path = world.directory("postfix-new").join(file);
        fs::write(&path, "written by hand\n").unwrap();
        world.run(&["-e", "enable", "-i", "a"]).success().stderr(contains("has been undone"));
        assert_eq!(fs::read_to_string(path).unwrap(), "written by hand\n");
        assert_eq!(listed(&world), "postfix postfix-a");
    }
}

#[test]
fn a_file_that_is_there_by_now_is_not_replaced() {
    let world = managed();
    let path = world.directory("postfix-new").join("main.cf");
    let write = format!("case $directory in */.postfix-multi) echo mine >{} ;; esac", path.display());
    before_an_edit(&world, &write);
    world.run(&CREATE).code(1).stderr(contains("cannot put in place"));
    assert_eq!(fs::read_to_string(path).unwrap(), "mine\n");
}

/// A record as a command leaves it that was killed.
fn record(world: &World, text: &str) {
    let root = world.path("").display().to_string();
    let text = format!("postfix-multi 1\nword -e\n{text}\nend\n").replace('@', root.trim_end_matches('/'));
    fs::write(world.path("etc/postfix/postfix-multi.unfinished"), text).unwrap();
}

#[test]
fn a_record_that_names_what_is_anothers_is_not_believed() {
    let destroy = "action destroy\nconfig_directory @/etc/postfix-x\nqueue_directory @/spool/postfix-x\n\
                   data_directory @/lib/postfix-x";
    let records = [
        "action destroy\nconfig_directory @/etc/postfix\nqueue_directory @/spool/x\ndata_directory @/lib/x".to_owned(),
        "action destroy\nconfig_directory @/etc/../etc/postfix\nqueue_directory @/spool/x\ndata_directory @/lib/x"
            .to_owned(),
        "action import\nconfig_directory @/etc/postfix\nmulti_instance_name postfix-x".to_owned(),
        "action create\nconfig_directory @/etc/postfix\nqueue_directory @/spool/x\ndata_directory @/lib/x".to_owned(),
        destroy.replace("@/spool/postfix-x", "@/spool/postfix"),
        destroy.replace("@/lib/postfix-x", "@/lib/postfix-a"),
        destroy.replace("@/etc/postfix-x", "@/etc/../etc/postfix-a"),
        destroy.replace("@/spool/postfix-x", "@/spool"),
    ];
    for text in records {
        let world = system("queue_directory = @/spool/postfix-h\ndata_directory = @/lib/postfix-h\n");
        record(&world, &text);
        let before = everything(&world);
        let shown = world.run(&["--dry-run", "-e", "enable", "-i", "a"]).code(1);
        let done = world.run(&["-e", "enable", "-i", "a"]).code(1).stderr(contains("cannot settle"));
        assert_eq!(world.said(&shown), world.said(&done), "{text}");
        assert!(everything(&world) == before, "{text}");
        world.run(&["check"]).code(1).stdout(contains("still at work, or was killed"));
    }
}

#[test]
fn a_record_or_lock_that_others_can_write_is_refused_by_name() {
    for (file, mode) in [("postfix-multi.unfinished", 0o666), ("postfix-multi.lock", 0o644)] {
        let world = managed();
        record(
            &world,
            "action destroy\nconfig_directory @/etc/b\nqueue_directory @/spool/b\ndata_directory @/lib/b",
        );
        let path = world.path("etc/postfix").join(file);
        fs::write(&path, fs::read(world.path("etc/postfix/postfix-multi.unfinished")).unwrap()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let before = everything(&world);
        let words = ["-e", "enable", "-i", "a"];
        let shown = world.run(&[&["--dry-run"], &words[..]].concat()).code(1);
        let done = world.run(&words).code(1).stderr(contains(file).and(contains("others can do too much")));
        assert_eq!(world.said(&shown), world.said(&done));
        assert!(everything(&world) == before);
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn what_would_be_settled_first_counts_for_a_dry_run() {
    let kill = "case $directory in */etc/postfix) kill -KILL $PPID; exit 1 ;; esac";
    let looked = |world: &World, words: &[&str]| {
        let shown = world.run(&[&["--dry-run"], words].concat());
        shown.get_output().status.code()
    };
    let killed = || {
        let world = managed();
        before_an_edit(&world, kill);
        world.run(&CREATE).interrupted();
        before_an_edit(&world, ":");
        world
    };
    for words in [&["-e", "enable", "-i", "new"][..], &["-e", "create", "-I", "postfix-new"], &CREATE] {
        let world = killed();
        let shown = looked(&world, words);
        let done = world.run(words);
        assert_eq!(done.get_output().status.code(), shown, "{words:?}");
    }
    let world = managed();
    before_an_edit(&world, "case $directory in */.postfix-multi) kill -KILL $PPID; exit 1 ;; esac");
    world.run(&CREATE).interrupted();
    before_an_edit(&world, ":");
    assert_eq!(looked(&world, &["-e", "create", "-I", "postfix-new"]), Some(0));
    world.run(&["-e", "create", "-I", "postfix-new"]).success();
}

#[test]
fn links_that_root_made_are_followed_and_kept() {
    let world = system("queue_directory = @/srv/queue\ndata_directory = @/lib/postfix-h\n");
    symlink(world.path("spool/postfix-h"), world.path("srv/queue")).unwrap();
    let directory = world.directory("postfix-h").display().to_string();
    world.run(&["-e", "destroy", "-i", &directory]).success().stderr(contains("/srv/queue is left"));
    assert!(!world.path("spool/postfix-h").exists() && !Path::new(&directory).join("main.cf").exists());
}

#[test]
fn check_names_a_way_that_others_can_change_and_mends_it() {
    let world = system("queue_directory = @/spool/postfix-h\ndata_directory = @/spool/postfix-h/data\n");
    for name in ["maildrop", "data"] {
        fs::create_dir_all(world.path("spool/postfix-h").join(name)).unwrap();
    }
    fs::set_permissions(world.path("spool/postfix-h"), fs::Permissions::from_mode(0o777)).unwrap();
    let found = world.run(&["check", "-j"]).code(1);
    let lines = String::from_utf8(found.get_output().stdout.clone()).unwrap();
    let finding =
        lines.lines().find(|line| line.contains("\"kind\":\"exposed\"")).unwrap_or_else(|| panic!("{lines}"));
    let finding: serde_json::Value = serde_json::from_str(finding).unwrap();
    assert!(
        finding["what"].as_str().unwrap().contains("users other than root can put something else"),
        "{finding}"
    );
    if !nix::unistd::geteuid().is_root() {
        postfix_process::skip::skip("only root can give a directory to root");
        return;
    }
    let mended = std::process::Command::new("sh").args(["-c", finding["mend"].as_str().unwrap()]).status();
    assert!(mended.unwrap().success());
    world.run(&["check"]).stdout(contains("cannot be trusted").not());
}

#[test]
fn check_names_a_lock_that_others_can_open() {
    let world = system("queue_directory = @/spool/postfix-h\ndata_directory = @/lib/postfix-h\n");
    let lock = world.path("etc/postfix/postfix-multi.lock");
    fs::write(&lock, "").unwrap();
    fs::set_permissions(&lock, fs::Permissions::from_mode(0o644)).unwrap();
    let found = world.run(&["check"]).code(1);
    let said = world.printed(&found);
    assert!(said.contains("postfix-multi.lock cannot be locked"), "{said}");
    assert!(!world.directory("postfix-multi.lock").exists(), "a look makes no file");
}

#[test]
fn a_new_name_does_not_move_a_queue_that_is_called_by_it() {
    let world = system("multi_instance_name = postfix-h\ndata_directory = @/lib/postfix-h\n");
    let root = world.path("").display().to_string();
    // The fake does not expand: it tells what postconf would.
    world.add_line(
        "postfix-h",
        &format!("queue_directory = {}/spool/${{multi_instance_name}}", root.trim_end_matches('/')),
    );
    fs::write(
        world.path("postconf-expand"),
        "value=$(echo \"$value\" | sed \"s/\\${multi_instance_name}/$(sed -n 's/^multi_instance_name *= *//p' \"$file\" | tail -n 1)/\")\n",
    )
    .unwrap();
    let before = everything(&world);
    let words = ["-e", "assign", "-i", "postfix-h", "-I", "postfix-k"];
    let shown = world.run(&[&["--dry-run"], &words[..]].concat()).code(1);
    let done = world.run(&words).code(1).stderr(contains("and would be"));
    assert_eq!(world.said(&shown), world.said(&done));
    assert!(everything(&world) == before);
}

#[test]
fn what_somebody_writes_while_an_instance_is_being_destroyed_stays() {
    let world = system("queue_directory = @/spool/postfix-h\ndata_directory = @/lib/postfix-h\n");
    let directory = world.directory("postfix-h");
    before_an_edit(&world, "case $directory in */etc/postfix) kill -KILL $PPID ;; esac");
    world.run(&["-e", "destroy", "-i", &directory.display().to_string()]).interrupted();
    before_an_edit(&world, ":");
    fs::remove_file(directory.join("main.cf")).unwrap();
    fs::write(directory.join("main.cf"), "written by hand\n").unwrap();
    world.run(&["-e", "enable", "-i", "a"]).success().stderr(contains(
        "main.cf is left: it was written meanwhile; see to that, and remove it with \"rm -r ",
    ));
    assert_eq!(fs::read_to_string(directory.join("main.cf")).unwrap(), "written by hand\n");
    assert!(!directory.join("master.cf").exists(), "what it had is removed");
}
