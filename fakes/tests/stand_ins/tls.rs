//! What `postfix tls` does in a world, with the system's openssl or without any.

use std::process::Command;

use postfix_fakes::journal::What;

use crate::simulated::{Simulated, text};
use postfix_process::skip::skip;

/// Whether there is an openssl; where there is none, says that the test is skipped.
fn has_openssl() -> bool {
    let found = Command::new("openssl").arg("version").output();
    if let Err(error) = &found {
        skip(format!("openssl: {error}"));
    }
    found.is_ok()
}

fn refusals(world: &Simulated) -> Vec<String> {
    let request = |what| if let What::Unsupported { request } = what { Some(request) } else { None };
    world.events().into_iter().filter_map(|event| request(event.what)).collect()
}

fn setting(world: &Simulated, name: &str) -> String {
    let main_cf = std::fs::read_to_string(world.path("etc/postfix-a/main.cf")).unwrap();
    let line = main_cf.lines().find_map(|line| line.strip_prefix(&format!("{name} = ")));
    line.unwrap_or_default().to_owned()
}

#[test]
fn a_server_gets_a_key_and_a_certificate_of_its_own() {
    if !has_openssl() {
        return;
    }
    let world = Simulated::new("");
    assert_eq!(world.postfix("postfix-a", &["tls", "all-default-server"]), Some(0));
    let words = ["tls", "enable-server", "-a", "ecdsa", "mail.example"];
    assert_eq!(world.postfix("postfix-a", &words), Some(0));
    assert_eq!(world.postfix("postfix-a", &["tls", "all-default-server"]), Some(1));
    assert_eq!(setting(&world, "smtpd_tls_security_level"), "may");
    let (key, certificate) =
        (setting(&world, "smtpd_tls_eckey_file"), setting(&world, "smtpd_tls_eccert_file"));
    for file in [&key, &certificate] {
        assert!(file.starts_with(&text(&world.path("etc/postfix-a"))), "{file}");
    }
    let output =
        Command::new("openssl").args(["x509", "-noout", "-text", "-in", &certificate]).output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("DNS:mail.example"));
    let last = world.log().pop().unwrap();
    assert_eq!(last, "info: the newly deployed keys).");
    assert!(refusals(&world).is_empty());
}

#[test]
fn a_fault_of_postconf_reaches_an_edit() {
    if !has_openssl() {
        return;
    }
    let world = Simulated::new("");
    world.write("faults.json", r#"[{"program": "postconf", "edit": "full-disk"}]"#);
    let before = std::fs::read(world.path("etc/postfix-a/main.cf")).unwrap();
    // The real script loses the status in a pipe, and has nothing to tell.
    assert_eq!(world.postfix("postfix-a", &["tls", "enable-client"]), Some(0));
    assert_eq!(world.log(), Vec::<String>::new());
    assert_eq!(world.postfix("postfix-a", &["tls", "enable-server", "-b", "1024"]), Some(1));
    assert_eq!(std::fs::read(world.path("etc/postfix-a/main.cf")).unwrap(), before);
}

#[test]
fn without_an_openssl_nothing_is_done() {
    let world = Simulated::new("\nopenssl_path = no-such-openssl");
    for command in ["enable-client", "all-default-client", "bogus"] {
        assert_eq!(world.postfix("postfix-a", &["tls", command]), Some(1), "{command}");
        let expected = "fatal: No working openssl(1) command found with 'openssl_path = no-such-openssl'";
        assert_eq!(world.log().last().map(String::as_str), Some(expected));
    }
    assert!(!std::fs::read_to_string(world.path("etc/postfix-a/main.cf")).unwrap().contains("smtp_tls"));
}

#[test]
fn no_key_is_made_outside_of_a_world() {
    if !has_openssl() {
        return;
    }
    let world = Simulated::new("");
    let outside = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let main_cf = world.path("etc/postfix-a/main.cf");
    std::fs::copy(&main_cf, outside.path().join("main.cf")).unwrap();
    let output = world
        .command("usr/sbin/postfix")
        .arg("-c")
        .arg(outside.path())
        .args(["tls", "new-server-key", "-a", "ecdsa"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(70), "{output:?}");
    assert_eq!(refusals(&world).len(), 1);
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 1);
}

#[test]
fn the_tls_script_refuses_to_run_by_itself() {
    let world = Simulated::new("");
    let script = "usr/libexec/postfix/postfix-tls-script";
    let output = world.run(script, &["enable-client"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stderr, b"This script must be run by the postfix command.\nDo not run directly.\n");
    let output = world.command(script).env("daemon_directory", "/x").output().unwrap();
    assert_eq!(output.status.code(), Some(70));
    assert_eq!(refusals(&world), ["postfix tls without a command directory"]);
}

#[test]
fn each_series_was_built_with_a_library_of_its_own() {
    let world = Simulated::new("");
    let settings = std::fs::read_to_string(world.path("world.json")).unwrap();
    for (version, library) in
        [("3.5.25", "1.1.1w  11"), ("3.7.11", "3.0.11 19"), ("3.10.13", "3.5.6 7"), ("3.11.7", "3.6.4 25")]
    {
        world.write("world.json", &settings.replace("3.7.11", version));
        let output = world.run("usr/sbin/postconf", &["-T", "compile-version"]);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.starts_with(&format!("OpenSSL {library} ")), "{version}: {said}");
    }
    // Which library runs is the host's matter.
    assert_eq!(world.run("usr/sbin/postconf", &["-T", "run-version"]).status.code(), Some(70));
}
