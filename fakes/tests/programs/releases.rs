//! Tests what one release of a series does and another of the same series does not.

use std::os::unix::process::ExitStatusExt;
use std::process::Output;

use crate::simulated::{Simulated, text};

/// A world of a release as upstream has it.
fn world_of(release: &str) -> Simulated {
    let world = Simulated::new("");
    world.becomes_version(release);
    world.change_settings("postfix_vendor", "upstream".into());
    world
}

fn postconf(world: &Simulated, words: &[&str]) -> Output {
    let directory = text(&world.path("etc/postfix-a"));
    world.run("usr/sbin/postconf", &[&["-c", &directory], words].concat())
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn add_to_main_cf(world: &Simulated, lines: &str) {
    let own = std::fs::read_to_string(world.path("etc/postfix-a/main.cf")).unwrap();
    world.write("etc/postfix-a/main.cf", &[&own, lines].concat());
}

#[test]
fn a_setting_without_a_name_was_none_of_an_error() {
    for (release, complaint) in [
        ("3.7.4", "warning: ROOT/etc/postfix-a/main.cf: unused parameter: =x\n"),
        ("3.7.5", "fatal: ROOT/etc/postfix-a/main.cf, line 4: missing attribute name: \"= x\"\n"),
    ] {
        let world = world_of(release);
        add_to_main_cf(&world, "= x\n");
        let own = text(&world.path("usr/sbin/postconf"));
        let complaint = complaint.replace("ROOT", text(&world.path("")).trim_end_matches('/'));
        assert_eq!(stderr(&postconf(&world, &["-h", "queue_directory"])), format!("{own}: {complaint}"));
    }
}

#[test]
fn what_import_environment_sets_was_taken_as_it_is_written() {
    for (release, setting, variable, fatal) in [
        ("3.6.8", "{ODD = a }", ("ODD ", " a"), None),
        ("3.6.9", "{ODD = a }", ("ODD", "a"), None),
        ("3.6.8", "=x", ("", ""), Some("fatal: setenv(, x): Invalid argument")),
        ("3.6.9", "=x", ("", ""), Some("fatal: clean_env: missing attribute name in: =x")),
    ] {
        let world = world_of(release);
        add_to_main_cf(&world, &format!("import_environment = {setting}\n"));
        let status = world.postfix("postfix-a", &["status"]);
        let events = world.events();
        let script = events.iter().find_map(|event| match &event.what {
            postfix_fakes::journal::What::Start { environment, .. } if event.program == "postfix-script" => {
                Some(environment)
            }
            _ => None,
        });
        if let Some(fatal) = fatal {
            assert!(script.is_none() && world.log() == [fatal], "{release} {:?}", world.log());
            continue;
        }
        let (name, value) = variable;
        assert_eq!(script.unwrap()[name].0, value.as_bytes(), "{release}");
        assert_eq!(status, Some(1));
    }
}

#[test]
fn a_log_file_in_no_directory_ends_newer_programs_at_once() {
    let missing = "': cannot create file exclusively: No such file or directory";
    for (release, status, before) in [
        ("3.5.27", 0, Some("info: the Postfix mail system is running: PID: ")),
        ("3.7.11", 0, Some("info: the Postfix mail system is running: PID: ")),
        ("3.7.12", 1, None),
        ("3.10.13", 1, None),
    ] {
        let world = world_of(release);
        assert_eq!(world.postfix("postfix-a", &["start"]), Some(0), "{release}");
        let logged = world.log().len();
        add_to_main_cf(&world, "maillog_file_prefixes = ROOT\nmaillog_file = ROOT/missing/log\n");
        assert_eq!(world.postfix("postfix-a", &["status"]), Some(status), "{release}");
        let log = world.log().split_off(logged);
        let fatal = log.last().unwrap();
        assert!(fatal.starts_with("fatal: open logfile '") && fatal.ends_with(missing), "{release}: {log:?}");
        match before {
            Some(text) => assert!(log.len() == 2 && log[0].starts_with(text), "{release}: {log:?}"),
            None => assert_eq!(log.len(), 1, "{release}: {log:?}"),
        }
    }
}

#[test]
fn older_programs_open_the_log_file_while_they_read_if_the_service_is_silent() {
    const WARNING: &str = "warn: valid_hostname: misplaced hyphen: ";
    const BAD_NAME: &str = "fatal: file ";
    for (release, service, end) in [
        ("3.4.29", "/nonexistent", "fatal: open logfile '"),
        ("3.7.11", "/nonexistent", "fatal: open logfile '"),
        ("3.7.11", "", BAD_NAME),
        ("3.7.12", "/nonexistent", BAD_NAME),
    ] {
        let world = world_of(release);
        // No prefix has to allow it so early.
        add_to_main_cf(&world, "maillog_file = ROOT/missing/log\nmydomain = -x\n");
        let directory = world.path("etc/postfix-a");
        let mut postfix = world.command("usr/sbin/postfix");
        postfix.arg("-c").arg(directory).arg("status").env("POSTLOG_SERVICE", service);
        assert_eq!(postfix.output().unwrap().status.code(), Some(1), "{release}");
        let log = world.log();
        assert!(
            log.len() == 2 && log[0].starts_with(WARNING) && log[1].starts_with(end),
            "{release}: {log:?}"
        );
    }
}

#[test]
fn to_make_a_service_twice_killed_older_edits() {
    const SERVICES: &str = "foo unix - - n - - smtp\nfoo unix - - n - - lmtp\n";
    for (requests, is_deadly) in [
        (&["a/unix=a unix - - n - - x", "b/unix=b unix - - n - - y"][..], false),
        (&["a/unix=a unix - - n - - x", "a/unix=a unix - - n - - y"], true),
        (&["a/unix=c unix - - n - - x", "b/unix=c unix - - n - - y"], true),
        // It is made for each service that is selected.
        (&["foo/unix=z unix - - n - - x"], true),
    ] {
        for (release, is_old) in [("3.4.29", true), ("3.5.19", true), ("3.5.20", false), ("3.8.0", true)] {
            let world = world_of(release);
            world.write("etc/postfix-a/master.cf", SERVICES);
            let output = postconf(&world, &[&["-M"], requests].concat());
            let died = output.status.signal() == Some(nix::libc::SIGSEGV);
            assert_eq!(died, is_old && is_deadly, "{release} {requests:?} {output:?}");
            let left = std::fs::read_to_string(world.path("etc/postfix-a/master.cf")).unwrap();
            assert_eq!(left == SERVICES, died, "{release} {requests:?}");
            // What it had not yet written out is lost.
            let unfinished = std::fs::read(world.path("etc/postfix-a/master.cf.tmp")).ok();
            assert_eq!(unfinished, died.then(Vec::new), "{release} {requests:?}");
        }
    }
}

#[test]
fn raw_values_are_expanded_in_operands_only() {
    let world = world_of("3.11.6");
    add_to_main_cf(
        &world,
        "mail_name = Pf\nluser_relay = $mail_name\nsmtpd_banner = a $luser_relay ${ luser_relay } b\n\
         mail_owner = ${{$luser_relay} == {Pf} ? {eq} : {ne}}\nrelayhost = ${domain_to_ascii{$luser_relay}}\n\
         myorigin = ${luser_relay?{set $luser_relay}}\nmydestination = ${{x} == {x} ? {$luser_relay}}\n",
    );
    let names = ["smtpd_banner", "mail_owner", "relayhost", "myorigin", "mydestination"];
    let output = postconf(&world, &[&["-hx"], &names[..]].concat());
    let values = "a $mail_name $mail_name b\neq\nPf\nset $mail_name\n$mail_name\n";
    assert_eq!(String::from_utf8(output.stdout).unwrap(), values);
}

#[test]
fn lines_of_postlog_have_the_instance_before_its_name_also_where_its_own_messages_do_not() {
    for release in ["3.11.6", "3.12-20260821"] {
        let world = world_of(release);
        let directory = text(&world.path("etc/postfix-a"));
        assert_eq!(world.run("usr/sbin/postlog", &["-c", &directory, "hello"]).status.code(), Some(0));
        let name = world.last_tag().expect(release);
        assert!(name.ends_with("/postlog"), "{release}: {name}");
    }
}
