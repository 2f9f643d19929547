//! Tests how faults are carried out.

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use postfix_fakes::journal::What;

use crate::simulated::Simulated;

#[test]
fn a_status_replaces_the_job() {
    let world = Simulated::new("");
    world.write(
        "faults.json",
        r#"[{"instance": "ROOT/etc/postfix-a", "command": "start", "ends": {"status": 42}}]"#,
    );
    assert_eq!(world.postfix("postfix-a", &["start"]), Some(42));
    assert_eq!(world.postfix("postfix-a", &["status"]), Some(1), "the fault is for start only");
    assert_eq!(world.postfix("postfix", &["start"]), Some(0), "the fault is for one instance only");
}

#[test]
fn a_signal_really_ends_the_program() {
    for signal in [1, 2, 6, 9, 11, 13, 15] {
        let world = Simulated::new("");
        world.write("faults.json", &format!(r#"[{{"command": "check", "ends": {{"signal": {signal}}}}}]"#));
        let output = world.run("usr/sbin/postfix", &["check"]);
        assert_eq!(output.status.signal(), Some(signal), "{output:?}");
        let finished = world.events().iter().any(|event| matches!(event.what, What::Finish { .. }));
        assert!(!finished, "killed by {signal}, and yet it finished");
    }
}

#[test]
fn output_comes_before_the_job_as_often_as_asked() {
    let world = Simulated::new("");
    let fault = r#"[{"program": "postconf", "command": "multi_instance_enable", "stdout": "out\n", "stderr": [255, 10], "repeat": 3}]"#;
    world.write("faults.json", fault);
    let output = world.run("usr/sbin/postconf", &["-h", "multi_instance_enable"]);
    assert_eq!(output.stdout, b"out\nout\nout\nno\n");
    assert_eq!(output.stderr, b"\xff\n\xff\n\xff\n");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_gate_holds_until_it_is_released() {
    let world = Simulated::new("");
    world.write(
        "faults.json",
        r#"[{"command": "start", "stdout": "x", "gate": "here", "ends": {"status": 5}}]"#,
    );
    let gate = world.path("gates/here");
    nix::unistd::mkfifo(&gate, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let mut child = world.command("usr/sbin/postfix").arg("start").stdout(Stdio::piped()).spawn().unwrap();
    assert!(world.reaches_gate(&mut child), "ended before the gate");
    assert!(child.try_wait().unwrap().is_none(), "did not wait at the gate");
    // Opening it for writing lets the other side open it; closing it is the end of file it waits for.
    drop(std::fs::OpenOptions::new().write(true).open(gate).unwrap());
    assert_eq!(child.wait().unwrap().code(), Some(5));
}

#[test]
fn a_broken_faults_file_is_refused() {
    let world = Simulated::new("");
    world.write("faults.json", "[{\"nonsense\": 1}]");
    assert_eq!(world.run("usr/sbin/postconf", &["-d"]).status.code(), Some(70));
}

#[test]
fn a_real_program_takes_over_after_the_faults() {
    let world = Simulated::new("");
    let marker = world.path("world.json");
    let mut settings: serde_json::Value = serde_json::from_slice(&std::fs::read(&marker).unwrap()).unwrap();
    settings["real_programs"] = serde_json::json!({"postconf": "/bin/echo"});
    std::fs::write(marker, settings.to_string()).unwrap();
    let output = world.run("usr/sbin/postconf", &["a", "b"]);
    assert_eq!(output.stdout, b"a b\n");
    assert_eq!(world.events().len(), 1, "a program that replaces itself does not finish");
}

#[test]
fn an_edit_that_cannot_be_finished_leaves_the_file_as_it_was() {
    let world = Simulated::new("");
    let main_cf = world.path("etc/postfix/main.cf");
    let before = std::fs::read(&main_cf).unwrap();
    for (fault, ending, leaves_half) in [
        ("full-disk", (Some(1), None), false),
        ("read-only", (Some(1), None), false),
        ("killed", (None, Some(9)), true),
    ] {
        world.write("faults.json", &format!(r#"[{{"program": "postconf", "edit": "{fault}"}}]"#));
        let output = world.run("usr/sbin/postconf", &["-e", "multi_instance_name = x"]);
        assert_eq!((output.status.code(), output.status.signal()), ending, "{fault}");
        assert_eq!(std::fs::read(&main_cf).unwrap(), before, "{fault}");
        assert_eq!(world.path("etc/postfix/main.cf.tmp").exists(), leaves_half, "{fault}");
    }
    world.write("faults.json", "[]");
    let output = world.run("usr/sbin/postconf", &["-e", "multi_instance_name = x"]);
    assert_eq!(output.status.code(), Some(0), "the next edit clears away what was left");
    assert!(!world.path("etc/postfix/main.cf.tmp").exists());
}
