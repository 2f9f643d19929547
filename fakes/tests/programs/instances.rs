//! Tests how postfix(1) finds an instance, and the manager.

use postfix_fakes::journal::What;

use crate::simulated::{Simulated, text};

/// What a manager that prints its arguments and environment says.
fn through_manager(wrapper: &str) -> (Simulated, String) {
    let world = Simulated::new(&format!("ROOT/etc/postfix-a\nmulti_instance_wrapper = {wrapper}\n"));
    world.write("manager", "printf '<%s>' \"$@\"; echo; pwd; env\n");
    let output = world.run("usr/sbin/postfix", &["start", "a b", "", "*"]);
    let said = String::from_utf8(output.stdout).unwrap();
    (world, said)
}

#[test]
fn the_manager_gets_the_command_after_its_own_arguments() {
    let (world, said) = through_manager("/bin/sh ${root}/manager -p\nroot = ROOT");
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], "<-p><start><a b><><*>");
    assert_eq!(lines[1], text(&world.path("var/spool/postfix").canonicalize().unwrap()));
    for expected in [
        "LANG=C".to_owned(),
        "PATH=/bin:/usr/bin:/sbin:/usr/sbin".to_owned(),
        "MAIL_LOGTAG=postfix".to_owned(),
        format!("MAIL_CONFIG={}", text(&world.path("etc/postfix"))),
        format!("config_directory={}", text(&world.path("etc/postfix"))),
        format!("command_directory={}", text(&world.path("usr/sbin"))),
        format!("daemon_directory={}", text(&world.path("usr/libexec/postfix"))),
    ] {
        assert!(lines.contains(&expected.as_str()), "{expected} is missing in {said}");
    }
}

#[test]
fn an_empty_wrapper_and_one_that_is_missing_are_fatal() {
    for (wrapper, message) in [
        ("", "fatal: multi-instance support is requested, but multi_instance_wrapper is empty"),
        ("/nonexistent/manager", "fatal: /nonexistent/manager: No such file or directory"),
    ] {
        let world = Simulated::new(&format!("ROOT/etc/postfix-a\nmulti_instance_wrapper = {wrapper}\n"));
        let output = world.run("usr/sbin/postfix", &["start"]);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(world.log(), [message]);
    }
}

#[test]
fn one_instance_is_addressed_by_option_or_environment_or_because_there_is_no_other() {
    let addressed = |world: &Simulated| {
        let directories: Vec<String> = world
            .events()
            .into_iter()
            .filter(|event| event.program == "postfix-script")
            .filter_map(|event| match event.what {
                What::Start { environment, .. } => Some(environment["config_directory"].to_string()),
                _ => None,
            })
            .collect();
        directories
    };
    let world = Simulated::new(", ,\nmulti_instance_wrapper = /bin/false");
    assert_eq!(world.run("usr/sbin/postfix", &["status"]).status.code(), Some(1));
    assert_eq!(addressed(&world), [text(&world.path("etc/postfix"))]);

    let world = Simulated::new("ROOT/etc/postfix-a\nmulti_instance_wrapper = /bin/false\n");
    assert_eq!(world.postfix("postfix-a", &["status"]), Some(1));
    let mut command = world.command("usr/sbin/postfix");
    let output = command.arg("status").env("MAIL_CONFIG", world.path("etc/postfix")).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(addressed(&world), [text(&world.path("etc/postfix-a")), text(&world.path("etc/postfix"))]);
}

#[test]
fn a_damaged_instance_is_fatal() {
    for damage in ["multi_instance_enable = maybe\n", "no setting\n"] {
        let world = Simulated::new("");
        world.write("etc/postfix-a/main.cf", damage);
        assert_eq!(world.postfix("postfix-a", &["stop"]), Some(1), "{damage}");
        assert_eq!(world.log().len(), 1, "{damage}");
    }
    let world = Simulated::new("");
    assert_eq!(world.postfix("nonexistent", &["stop"]), Some(1));
    assert!(world.log()[0].starts_with("fatal: open "), "{:?}", world.log());
}
