//! Tests what is written to the journal.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use postfix_fakes::bytes::ByteString;
use postfix_fakes::journal::What;

use crate::simulated::{Simulated, text};

#[test]
fn a_start_holds_everything_the_program_was_given() {
    let world = Simulated::new("");
    let odd = OsStr::from_bytes(b"\xff \n");
    let output = world.command("usr/sbin/postconf").arg(odd).arg("").env("ODD", odd).output().unwrap();
    assert!(output.status.success());
    let events = world.events();
    let What::Start { arguments, directory, environment } = &events[0].what else { panic!("{events:?}") };
    assert_eq!(arguments, &[ByteString::from(odd), ByteString::from("")]);
    assert_eq!(directory.to_path_buf(), world.path("").canonicalize().unwrap());
    assert_eq!(environment.len(), 2, "{environment:?}");
    assert_eq!(environment["ODD"], ByteString::from(odd));
    assert_eq!(events[0].program, "postconf");
    assert_eq!(events[1].what, What::Finish { status: 0 });
}

#[test]
fn postlog_writes_to_the_log_and_not_to_standard_error() {
    let world = Simulated::new("");
    let output = world.run("usr/sbin/postlog", &["-t", "x/y", "-p", "warn", "hello", "world"]);
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    assert_eq!(world.log(), ["warn: hello world"]);
    assert_eq!(world.run("usr/sbin/postlog", &["-p", "nonsense", "x"]).status.code(), Some(1));
}

#[test]
fn what_postlog_itself_has_to_say_has_the_tag_of_postfix() {
    let world = Simulated::new("");
    world.write("etc/postfix/main.cf", "syslog_name = other\nmail_name = a\nmail_name = b\n");
    assert_eq!(world.run("usr/sbin/postlog", &["hello"]).status.code(), Some(0));
    assert_eq!(world.run("usr/sbin/postlog", &["-p", "nonsense", "x"]).status.code(), Some(1));
    let logged: Vec<String> = world
        .events()
        .into_iter()
        .filter_map(|event| match event.what {
            What::Log { priority, tag, .. } => Some(format!("{priority} {tag}")),
            _ => None,
        })
        .collect();
    assert_eq!(logged, ["warn postfix/postlog", "info other/postlog", "fatal postfix/postlog"]);
}

#[test]
fn what_is_not_simulated_is_refused_loudly() {
    let world = Simulated::new("");
    let output = world.run("usr/sbin/postconf", &["-P", "smtp/unix/a=b"]);
    assert_eq!(output.status.code(), Some(70));
    assert!(!output.stderr.is_empty());
    assert!(world.events().iter().any(|event| matches!(event.what, What::Unsupported { .. })));
}

#[test]
fn a_journal_that_cannot_be_written_is_told_of_once() {
    let world = Simulated::new("");
    std::fs::create_dir(world.path("journal.jsonl")).unwrap();
    let output = world.run("usr/sbin/postlog", &["hello"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.lines().filter(|line| line.contains("journal")).count(), 1, "{text}");
}

#[test]
fn a_manager_that_calls_itself_without_end_is_stopped() {
    let world = Simulated::new("ROOT/etc/postfix-a\nmulti_instance_wrapper = /bin/sh ROOT/manager\n");
    let postfix = text(&world.path("usr/sbin/postfix"));
    world.write("manager", &format!("env -i {postfix} \"$@\"\nexit $?\n"));
    let output = world.run("usr/sbin/postfix", &["start"]);
    assert_eq!(output.status.code(), Some(70), "{output:?}");
    let is_refusal =
        |what: &What| matches!(what, What::Unsupported { request } if request.contains("nested"));
    assert!(world.events().iter().any(|event| is_refusal(&event.what)));
}

#[test]
fn a_fake_outside_a_world_says_so() {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let link = directory.path().join("postfix");
    std::fs::hard_link(env!("CARGO_BIN_EXE_postfix-fake"), &link).unwrap();
    let output = std::process::Command::new(link).output().unwrap();
    assert_eq!(output.status.code(), Some(70));
    assert!(String::from_utf8_lossy(&output.stderr).contains("world"), "{output:?}");
}
