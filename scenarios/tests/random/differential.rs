//! Tests a share of the differential: our tool has its properties and does what postmulti(1) does.
//! The systems are drawn; some of them are such as people make with an editor. Skipped, with the reason, if there is
//! no engine or no image.

use std::io;
use std::process::{Command, Output};

use postfix_harness::container::Image;
use postfix_process::skip::skip;

/// The newest C library of all images, as the program that Cargo builds for tests uses the one of the image.
const IMAGE: &str = "3.11";

/// As many as half a minute is enough for: they wait more than they work.
const SEQUENCES: &str = "24";

fn differential(arguments: &[&str]) -> io::Result<Output> {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("postfix-conformance"));
    command.args(["differential", "--image", IMAGE]).args(arguments).output()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn drawn_systems_show_no_difference_and_no_broken_property() {
    if let Err(reason) = Image::find(IMAGE) {
        return skip(reason);
    }
    let output = differential(&["--cases", SEQUENCES, "--jobs", SEQUENCES]).unwrap();
    assert!(output.status.success(), "{}", told(&output));
    let wanted = format!("{SEQUENCES} sequences");
    assert!(told(&output).contains(&wanted) && told(&output).contains(" 0 unexplained"), "{}", told(&output));
}

#[test]
fn a_sequence_that_was_printed_is_carried_out_again() {
    if let Err(reason) = Image::find(IMAGE) {
        return skip(reason);
    }
    let sequence = r#"[{"tool":["-e","init"]},{"bind":["/var/lib/postfix","/srv/bound"]},
        {"meanwhile":"hand /etc/postfix-h 'queue_directory = /srv/q' 'data_directory = /srv/bound'; mkdir /srv/q"},
        {"run":"/etc/postfix"},{"tool":["-e","destroy","-i","/etc/postfix-h"]}]"#;
    let output = differential(&["--replay", sequence]).unwrap();
    assert!(output.status.success(), "{}", told(&output));
    assert!(told(&output).contains("1 sequences, 5 steps"), "{}", told(&output));
}
