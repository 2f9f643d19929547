//! Tests what postfix-script does to an instance.

use std::os::unix::fs::{MetadataExt, PermissionsExt};

use crate::simulated::Simulated;

#[test]
fn an_instance_is_started_and_stopped() {
    let world = Simulated::new("");
    for (command, status) in [
        ("status", 1),
        ("stop", 1),
        ("reload", 1),
        ("flush", 69),
        ("start", 0),
        ("start", 1),
        ("status", 0),
        ("reload", 0),
        ("flush", 0),
        ("stop", 0),
        ("status", 1),
        ("start", 0),
        ("abort", 0),
        ("start", 0),
        ("drain", 0),
        ("drain", 1),
        ("quick-stop", 0),
        ("start", 0),
        ("quick-stop", 0),
        ("status", 1),
        ("check", 0),
        ("bogus", 1),
        ("", 1),
        ("logrotate", 1),
        ("/bin/false", 1),
        ("/nonexistent/program", 127),
        ("tls", 70),
        ("post-install", 1),
    ] {
        assert_eq!(world.postfix("postfix-a", &[command]), Some(status), "{command}");
        assert_eq!(world.postfix("postfix", &["status"]), Some(1), "{command} reached another instance");
    }
    let log = world.log();
    assert!(log.contains(&"fatal: the Postfix mail system is already running".to_owned()), "{log:?}");
    assert!(log.iter().any(|line| line.starts_with("fatal: unknown command: 'bogus'. Usage: ")), "{log:?}");
}

#[test]
fn an_instance_runs_where_its_pid_file_has_a_number_in_it() {
    let world = Simulated::new("");
    for (text, status) in
        [("", 1), ("\n", 1), ("x\n", 1), ("1 2\n", 1), ("-1\n", 1), ("  12\nx\n", 0), ("7", 0)]
    {
        world.write("var/spool/a/pid/master.pid", text);
        assert_eq!(world.postfix("postfix-a", &["status"]), Some(status), "{text:?}");
    }
    assert_eq!(world.log().pop().unwrap(), "info: the Postfix mail system is running: PID: 7");
}

#[test]
fn a_start_needs_a_master_cf() {
    let world = Simulated::new("");
    std::fs::remove_file(world.path("etc/postfix-a/master.cf")).unwrap();
    assert_eq!(world.postfix("postfix-a", &["start"]), Some(1));
    assert_eq!(world.postfix("postfix-a", &["check"]), Some(1));
    assert!(world.log().contains(&"fatal: Postfix integrity check failed!".to_owned()), "{:?}", world.log());
}

#[test]
fn a_script_does_nothing_if_postconf_cannot_read_master_cf() {
    let world = Simulated::new("ROOT/etc/postfix-a");
    assert_eq!(world.postfix("postfix-a", &["start"]), Some(0));
    world.write("etc/postfix-a/master.cf", "# a comment\nword\n");
    let directory = world.path("etc/postfix-a");
    let postconf = world.path("usr/sbin/postconf").display().to_string();
    let said =
        format!("{postconf}: fatal: file {}/master.cf: line 2: bad field count\n", directory.display());
    for command in [
        "stop",
        "quick-stop",
        "abort",
        "drain",
        "status",
        "reload",
        "flush",
        "start",
        "check",
        "set-permissions",
        "upgrade-configuration",
        "logrotate",
        "bogus",
        "/bin/true",
        "",
    ] {
        let before = world.log().len();
        let directory = directory.as_os_str();
        let output = world.run("usr/sbin/postfix", &["-c".as_ref(), directory, command.as_ref()]);
        assert_eq!(output.status.code(), Some(1), "{command}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), said, "{command}");
        assert_eq!(world.log()[before..], [format!("fatal: cannot execute {postconf}!")], "{command}");
    }
    // Another instance is not affected, even if it is the default one that has such a file.
    world.write("etc/postfix/master.cf", "word\n");
    assert_eq!(world.postfix("postfix", &["start"]), Some(1));
    world.write("etc/postfix-a/master.cf", "");
    for (command, status) in [("status", 0), ("stop", 0), ("status", 1)] {
        assert_eq!(world.postfix("postfix-a", &[command]), Some(status), "{command}");
    }
}

#[test]
fn an_instance_can_be_stopped_if_postconf_overlooks_what_is_wrong_with_master_cf() {
    let world = Simulated::new("");
    let master_cf = world.path("etc/postfix-a/master.cf");
    let damages: [fn(&std::path::Path); 3] = [
        |_| {},
        |path| std::fs::create_dir(path).unwrap(),
        |path| std::fs::write(path, "smtp unix - - y - - smtp\n  -o { a = b\n").unwrap(),
    ];
    for (number, damage) in damages.into_iter().enumerate() {
        assert_eq!(world.postfix("postfix-a", &["start"]), Some(0), "{number}");
        std::fs::remove_file(&master_cf).unwrap();
        damage(&master_cf);
        for (command, status) in [("status", 0), ("stop", 0), ("status", 1)] {
            assert_eq!(world.postfix("postfix-a", &[command]), Some(status), "{number}: {command}");
        }
        let _ = std::fs::remove_dir(&master_cf);
        world.write("etc/postfix-a/master.cf", "");
    }
}

#[test]
fn post_install_takes_a_postconf_that_fails_for_one_that_is_not_there() {
    let world = Simulated::new("");
    world.write("etc/postfix-a/master.cf", "word\n");
    let mut command = world.command("usr/libexec/postfix/post-install");
    for (name, value) in [
        ("command_directory", "usr/sbin"),
        ("daemon_directory", "usr/libexec/postfix"),
        ("config_directory", "etc/postfix-a"),
        ("MAIL_CONFIG", "etc/postfix-a"),
        ("queue_directory", "var/spool/a"),
        ("data_directory", "var/lib/a"),
    ] {
        command.env(name, world.path(value));
    }
    let output = command.arg("create-missing").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let (own, commands) = (world.path("usr/libexec/postfix/post-install"), world.path("usr/sbin"));
    let (own, commands) = (own.display(), commands.display());
    let said = format!(
        "{own}: Error: no {commands}/postconf command found.\n\
         Re-run this command as {own} command_directory=/some/where.\n"
    );
    assert_eq!(String::from_utf8(output.stderr).unwrap(), said);
    assert!(!world.path("var/spool/a/maildrop").exists());
}

#[test]
fn shared_files_are_looked_after_by_all_but_listed_instances() {
    let world = Simulated::new("ROOT/etc/postfix-a");
    for command in ["check", "set-permissions", "upgrade-configuration", "start"] {
        assert_eq!(world.postfix("postfix-a", &[command]), Some(0), "{command}");
    }
    assert!(world.shared_files().is_empty());
    for command in ["check", "set-permissions", "upgrade-configuration"] {
        assert_eq!(world.postfix("postfix", &[command]), Some(0), "{command}");
    }
    assert_eq!(world.shared_files(), ["check", "update", "update"]);

    let world = Simulated::new("ROOT/etc/other");
    for command in ["check", "set-permissions"] {
        assert_eq!(world.postfix("postfix-a", &[command]), Some(0), "{command}");
    }
    assert_eq!(world.shared_files(), ["check", "update"]);
}

#[test]
fn scripts_up_to_3_9_see_only_the_first_comma_of_the_list() {
    let world = Simulated::new("ROOT/etc/x,ROOT/etc/y,ROOT/etc/postfix-a");
    assert_eq!(world.postfix("postfix-a", &["check"]), Some(0));
    assert_eq!(world.shared_files(), ["check"]);
    let later = std::fs::read_to_string(world.path("world.json")).unwrap().replace("3.7.11", "3.10.1");
    world.write("world.json", &later);
    assert_eq!(world.postfix("postfix-a", &["check"]), Some(0));
    assert_eq!(world.shared_files(), ["check"]);
}

#[test]
fn what_others_may_write_to_is_warned_of() {
    let world = Simulated::new("");
    let file = world.path("etc/postfix-a/main.cf");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(world.postfix("postfix-a", &["check"]), Some(0));
    let warning =
        format!("warn: group or other writable: {}", world.path("etc/postfix-a/./main.cf").display());
    assert!(world.log().contains(&warning), "{:?}", world.log());
}

#[test]
fn each_series_has_its_own_view_of_links() {
    let world = Simulated::new("");
    let directory = world.path("etc/postfix-a");
    std::os::unix::fs::symlink("/nowhere", directory.join("away")).unwrap();
    // A search that follows it must not go round for ever.
    std::os::unix::fs::symlink("..", directory.join("up")).unwrap();
    let told = |version: &str| {
        let settings = std::fs::read_to_string(world.path("world.json")).unwrap();
        world.write("world.json", &settings.replace("3.7.11", version));
        let before = world.log().len();
        assert_eq!(world.postfix("postfix-a", &["check"]), Some(0));
        world.write("world.json", &settings);
        let log = world.log().split_off(before);
        let own = format!("{}/./", directory.display());
        log.iter().filter(|line| line.contains(&own)).map(|line| line.replace(&own, "")).collect::<Vec<_>>()
    };
    assert_eq!(
        told("3.7.11"),
        ["warn: group or other writable: away", "warn: symlink leaves directory: away"],
    );
    assert_eq!(told("3.10.13"), ["warn: group or other writable: away", "warn: group or other writable: up"],);
    assert_eq!(told("3.11.7"), Vec::<String>::new());
}

#[test]
fn messages_that_were_put_aside_are_warned_of() {
    let world = Simulated::new("");
    assert_eq!(world.postfix("postfix-a", &["check"]), Some(0));
    world.write("var/spool/a/corrupt/ABC", "");
    assert_eq!(world.postfix("postfix-a", &["check"]), Some(0));
    assert!(world.log().contains(&"warn: damaged message: corrupt/ABC".to_owned()), "{:?}", world.log());
}

#[test]
fn nothing_is_made_outside_of_a_world() {
    let world = Simulated::new("");
    let outside = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let directory = outside.path().join("data");
    let settings = format!(
        "compatibility_level = 3.6\nqueue_directory = ROOT/var/spool/a\ndata_directory = {}\n",
        directory.display()
    );
    world.write("etc/postfix-a/main.cf", &settings);
    for command in ["check", "start", "set-permissions"] {
        assert_eq!(world.postfix("postfix-a", &[command]), Some(70), "{command}");
    }
    assert!(!directory.exists());
}

#[test]
fn directories_get_their_modes_whatever_the_umask() {
    let world = Simulated::new("");
    assert_eq!(world.postfix("postfix-a", &["check"]), Some(0));
    let mode = |name: &str| std::fs::metadata(world.path(name)).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode("var/spool/a/maildrop"), 0o730);
    assert_eq!(mode("var/spool/a/public"), 0o710);
    assert_eq!(mode("var/spool/a/pid"), 0o755);
}

#[test]
fn master_tells_whether_it_could_start() {
    let world = Simulated::new("");
    let status = || world.run("usr/libexec/postfix/master", &["-t"]).status.code();
    assert_eq!(status(), Some(0));
    assert_eq!(world.postfix("postfix", &["start"]), Some(0));
    assert_eq!(status(), Some(1));
    assert_eq!(world.run("usr/libexec/postfix/master", &["-x"]).status.code(), Some(1));
}

#[test]
fn postsuper_looks_at_its_options_before_its_queues() {
    let world = Simulated::new("");
    let run = |words: &[&str]| {
        let output = world.run("usr/sbin/postsuper", words);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let missing = "scan_dir_push: open directory defer: No such file or directory";
    assert_eq!(run(&[]), (Some(1), format!("postsuper: fatal: {missing}\n")));
    assert_eq!(world.postfix("postfix", &["check"]), Some(0));
    assert_eq!(run(&[]), (Some(0), String::new()));
    assert_eq!(run(&["-s", "hold", "defer"]), (Some(0), String::new()));
    let fatal = |text: &str| (Some(1), format!("postsuper: fatal: {text}\n"));
    assert_eq!(run(&["operand"]), fatal("invalid directory name: operand"));
    assert_eq!(run(&["-c", "x", "-z"]), fatal("-c requires absolute pathname"));
    let (status, text) = run(&["-x"]);
    assert!(
        text.starts_with("postsuper: invalid option -- 'x'\npostsuper: fatal: usage: postsuper "),
        "{text}"
    );
    assert_eq!(status, Some(1));
    assert_eq!(run(&["-d", "ALL"]), (Some(0), "postsuper: Deleted: 0 messages\n".to_owned()));
}

#[test]
fn the_script_refuses_to_run_by_itself() {
    let world = Simulated::new("");
    let output = world.run("usr/libexec/postfix/postfix-script", &["start"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stderr, b"This script must be run by the postfix command.\nDo not run directly.\n");
}

#[test]
fn what_lies_outside_of_a_world_stays_as_it_is() {
    let world = Simulated::new("");
    let outside = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (queue, process) = (outside.path().join("queue"), outside.path().join("queue/pid/master.pid"));
    std::fs::create_dir_all(queue.join("pid")).unwrap();
    std::fs::write(&process, "1\n").unwrap();
    let open = std::fs::Permissions::from_mode(0o1777);
    std::fs::set_permissions(outside.path(), open).unwrap();
    let is_untouched = || {
        process.exists()
            && std::fs::read_dir(&queue).unwrap().count() == 1
            && outside.path().metadata().unwrap().mode() & 0o7777 == 0o1777
    };
    let settings = |queue: &str, data: &str| {
        format!("compatibility_level = 3.6\nqueue_directory = {queue}\ndata_directory = {data}\n")
    };
    let place = outside.path().to_str().unwrap();
    world.write("etc/postfix-a/main.cf", &settings(queue.to_str().unwrap(), "ROOT/var/lib/a"));
    for command in ["stop", "quick-stop", "abort"] {
        assert_eq!(world.postfix("postfix-a", &[command]), Some(70), "{command}");
        assert!(is_untouched(), "{command}");
    }
    world.write("etc/postfix-a/main.cf", &settings("ROOT/var/spool/a", place));
    assert_eq!(world.postfix("postfix-a", &["set-permissions"]), Some(70));
    assert!(is_untouched());
    // Nor does a link lead there.
    world.write("etc/postfix-a/main.cf", &settings("ROOT/var/spool/a", "ROOT/var/lib/a"));
    let file = outside.path().join("main.cf");
    std::fs::rename(world.path("etc/postfix-a/main.cf"), &file).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::os::unix::fs::symlink(&file, world.path("etc/postfix-a/main.cf")).unwrap();
    assert_eq!(world.postfix("postfix-a", &["set-permissions"]), Some(70));
    assert_eq!(file.metadata().unwrap().mode() & 0o777, 0o600);
}

#[test]
fn the_file_of_a_tables_client_is_looked_into_once() {
    let world = Simulated::new("");
    let file = world.path("etc/mail.cf").display().to_string();
    let program = world.path("usr/sbin/postconf").display().to_string();
    let told = |arguments: &[&str]| {
        let said = String::from_utf8(world.run("usr/sbin/postconf", arguments).stderr).unwrap();
        said.replace(&program, "postconf")
    };
    let main_cf = std::fs::read_to_string(world.path("etc/postfix/main.cf")).unwrap();
    let tables =
        format!("virtual_alias_maps = proxy:mysql:{file}, unionmap:{{mysql:{file}}} sqlite:/nosuch/x\n");
    world.write("etc/postfix/main.cf", &[main_cf, tables].concat());
    let missing =
        "postconf: warning: open \"sqlite\" configuration \"/nosuch/x\": No such file or directory\n";
    let of_file =
        |what: &str| format!("postconf: warning: open \"mysql\" configuration \"{file}\": {what}\n");
    let all = told(&["-h", "mail_name"]);
    assert_eq!(all, [of_file("No such file or directory"), missing.to_owned()].concat());
    world.write("etc/mail.cf", "hosts = h\nuser = u\nuser = v\nresult_fromat = %s\n");
    let all = told(&["-h", "mail_name"]);
    for line in [
        format!("postconf: warning: {file}, line 3: overriding earlier entry: user=u\n"),
        format!("postconf: warning: mysql:{file}: unused parameter: result_fromat=%s\n"),
    ] {
        assert_eq!(all.matches(&line).count(), 1, "{all}");
    }
    assert!(!all.contains("hosts"), "{all}");
    std::fs::remove_file(world.path("etc/mail.cf")).unwrap();
    std::fs::create_dir(world.path("etc/mail.cf")).unwrap();
    assert!(told(&["-h", "mail_name"]).contains(&of_file("not a regular file")));
}
