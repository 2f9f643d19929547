//! Which configuration directories the set-gid commands believe.

use crate::simulated::{Simulated, text};

#[test]
fn only_listed_directories_are_believed() {
    for list in ["ROOT/etc/postfix-a", "\nalternate_config_directories = /x, ROOT/etc/postfix-a"] {
        let world = Simulated::new(list);
        assert_eq!(world.postfix("postfix-a", &["start"]), Some(0));
        let directory = text(&world.path("etc/postfix-a"));
        let output = world.run("usr/sbin/postqueue", &["-c", &directory, "-p"]);
        assert_eq!(output.stdout, b"Mail queue is empty\n", "{output:?}");
        assert_eq!(world.run("usr/sbin/postdrop", &["-c", &directory]).status.code(), Some(0));
        let output = world.run("usr/sbin/sendmail", &["-C", &directory, "-bp"]);
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
        let output = world.run(&format!("usr/sbin/{program}"), &arguments);
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
        let output = world.run("usr/sbin/postqueue", arguments);
        assert_eq!(output.status.code(), Some(69), "{output:?}");
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(
            message.starts_with("postqueue: fatal: Queue report unavailable - mail system is down"),
            "{message}"
        );
    }
    assert_eq!(world.postfix("postfix", &["start"]), Some(0));
    assert_eq!(world.run("usr/sbin/postqueue", &["-p"]).stdout, b"Mail queue is empty\n");
}
