//! Tests which configuration directories the set-gid commands accept, and what root may do beyond that.

use std::process::Output;

use crate::simulated::{Simulated, text};
use postfix_process::skip::skip;

/// Runs a command as an ordinary user does, whoever runs the tests.
fn run(world: &Simulated, program: &str, arguments: &[&str]) -> Output {
    world.command(program).env(postfix_fakes::ORDINARY_CALLER, "yes").args(arguments).output().unwrap()
}

#[test]
fn only_listed_directories_are_believed() {
    for list in ["ROOT/etc/postfix-a", "\nalternate_config_directories = /x, ROOT/etc/postfix-a"] {
        let world = Simulated::new(list);
        assert_eq!(world.postfix("postfix-a", &["start"]), Some(0));
        let directory = text(&world.path("etc/postfix-a"));
        let output = run(&world, "usr/sbin/postqueue", &["-c", &directory, "-p"]);
        assert_eq!(output.stdout, b"Mail queue is empty\n", "{output:?}");
        assert_eq!(run(&world, "usr/sbin/postdrop", &["-c", &directory]).status.code(), Some(0));
        let output = run(&world, "usr/sbin/sendmail", &["-C", &directory, "-bp"]);
        assert_eq!(output.stdout, b"Mail queue is empty\n", "{output:?}");
    }
    let world = Simulated::new("");
    assert_eq!(world.postfix("postfix-a", &["start"]), Some(0));
    let directory = text(&world.path("etc/postfix-a"));
    let main_cf = text(&world.path("etc/postfix/main.cf"));
    for (program, option, last, status) in
        [("postqueue", "-c", &["-p"][..], 69), ("postdrop", "-c", &[], 1), ("sendmail", "-C", &["-bp"], 75)]
    {
        let arguments = [&[option, directory.as_str()][..], last].concat();
        let output = run(&world, &format!("usr/sbin/{program}"), &arguments);
        assert_eq!(output.status.code(), Some(status), "{program}");
        let expected = format!(
            "{program}: error: unauthorized configuration directory name: {directory}\n{program}: fatal: specify \
             \"alternate_config_directories = {directory}\" or \"multi_instance_directories = {directory}\" in {main_cf}\n"
        );
        assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
    }
}

#[test]
fn the_default_directory_needs_no_listing() {
    let world = Simulated::new("");
    let directory = text(&world.path("etc/postfix"));
    for arguments in [&["-p"][..], &["-c", &directory, "-p"]] {
        let output = run(&world, "usr/sbin/postqueue", arguments);
        assert_eq!(output.status.code(), Some(69), "{output:?}");
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(
            message.starts_with("postqueue: fatal: Queue report unavailable - mail system is down"),
            "{message}"
        );
    }
    assert_eq!(world.postfix("postfix", &["start"]), Some(0));
    assert_eq!(run(&world, "usr/sbin/postqueue", &["-p"]).stdout, b"Mail queue is empty\n");
}

#[test]
fn sendmail_leaves_what_the_environment_names_to_postqueue() {
    let world = Simulated::new("");
    assert_eq!(world.postfix("postfix-a", &["start"]), Some(0));
    let directory = text(&world.path("etc/postfix-a"));
    let mut command = world.command("usr/sbin/sendmail");
    command.env(postfix_fakes::ORDINARY_CALLER, "yes").env("MAIL_CONFIG", &directory).arg("-bp");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(69), "{output:?}");
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.starts_with("postqueue: error: unauthorized configuration directory name: "),
        "{message}"
    );
}

#[test]
fn root_is_believed_and_sees_the_queue_without_the_mail_system() {
    if !nix::unistd::getuid().is_root() {
        skip("only root can tell");
        return;
    }
    let world = Simulated::new("");
    let directory = text(&world.path("etc/postfix-a"));
    let list = |option: &str| {
        let output = world.run("usr/sbin/postqueue", &["-c", &directory, option]);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let warning = "postqueue: warning: Mail system is down -- accessing queue directly (Connect to the Postfix \
                   showq service: No such file or directory)\n";
    let fatal = "postqueue: fatal: malformed showq server response\n";
    assert_eq!(list("-p"), (Some(69), String::new(), [warning, fatal].concat()));
    assert_eq!(world.postfix("postfix-a", &["check"]), Some(0));
    assert_eq!(list("-p"), (Some(0), "Mail queue is empty\n".to_owned(), warning.to_owned()));
    assert_eq!(list("-j"), (Some(0), String::new(), warning.to_owned()));
    assert_eq!(list("-f").0, Some(69));
    for named in [directory.clone(), format!("{directory}/main.cf")] {
        let output = world.run("usr/sbin/sendmail", &["-C", &named, "-bp"]);
        assert_eq!(output.stdout, b"Mail queue is empty\n", "{output:?}");
    }
    assert_eq!(world.run("usr/sbin/postdrop", &["-c", &directory]).status.code(), Some(0));
}
