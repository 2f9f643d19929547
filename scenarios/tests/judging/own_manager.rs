//! Our own manager, by every case on every testbed that this machine has.

use crate::suite::run;
use postfix_process::skip::skip;
use postfix_scenarios::catalogue::case::Case;
use postfix_scenarios::catalogue::testbed_name::TestbedName;

fn assert_conforms(arguments: &[&str], skipped: usize) {
    let output = run(arguments).output().unwrap();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains(&format!(", 0 failed, {skipped} skipped")), "{text}");
}

#[test]
fn it_conforms_on_the_simulation() {
    assert_conforms(&[], 0);
}

#[test]
fn it_conforms_on_the_installed_postfix() {
    let arguments = ["--testbed", "sandbox", "--require", "all"];
    let output = run(&[&arguments[..], &["general-operation/start-starts-all"]].concat()).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    if complaint.contains("this machine cannot have it") {
        return skip(complaint.trim_end());
    }
    // What the set-gid commands do shows in the simulation alone.
    let catalogue = postfix_scenarios::catalogue::contents::Catalogue::load().unwrap();
    let is_elsewhere =
        |case: &&Case| !case.is_only_live() && case.excluded_from(TestbedName::Sandbox).is_some();
    let elsewhere = catalogue.cases().iter().filter(is_elsewhere).count();
    assert_conforms(&arguments, elsewhere);
}

#[test]
fn it_conforms_under_a_name_of_its_own() {
    // The name could only matter to all cases or to none: a share is enough.
    let place = tempfile::tempdir().unwrap();
    let link = place.path().join("postfix-wrapper");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_postfix-conformance"), &link).unwrap();
    let own = ["--strict", "--manager", link.to_str().unwrap(), "--jobs", "3", "--shard", "1/5"];
    assert_conforms(&own, 0);
}
