//! The commands beside `run`: compare, replay, coverage, self-test. What each prints and how it ends.

use std::process::Stdio;

use crate::suite::{conformance, run, stdout};
use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::{contains, is_empty};

const PLACE: [&str; 2] = ["--work-dir", env!("CARGO_TARGET_TMPDIR")];

fn compare(arguments: &[&str]) -> Command {
    conformance(&[&["compare"], &PLACE[..], arguments].concat())
}

#[test]
fn compare_ends_with_0_where_all_conform() {
    compare(&["--manager", "ours", "--manager", "faulty:right", "MGR-3", "MGR-8"])
        .assert()
        .code(0)
        .stdout(contains("MGR-3 ").and(contains("ok")).and(contains("FAIL ").not()));
}

#[test]
fn compare_shows_who_fails_what_and_how_to_see_it_again() {
    let managers = ["--manager", "ours", "--manager", "example", "--manager", "faulty:always-0"];
    let mut command = compare(&[&managers, &["MGR-3", "MGR-7", "MGR-12"][..]].concat());
    let text = stdout(&mut command);
    command.assert().code(1);
    let row = |id: &str| text.lines().find(|line| line.starts_with(&format!("{id} "))).unwrap();
    assert!(row("MGR-3").contains("ok         FAIL 4/8"), "{text}");
    assert!(row("MGR-12").contains("robust"), "{text}");
    assert!(
        text.contains("again: postfix-conformance run --testbed simulated --manager faulty:always-0 --keep ")
    );
    let matrix = text.split("\n\n").next().unwrap();
    assert!(matrix.lines().all(|line| line.chars().count() <= 100), "{matrix}");
    compare(&[&managers, &["--quiet", "MGR-7"][..]].concat()).assert().stdout(contains("again:").not());
}

#[test]
fn compare_counts_robust_failures_of_others_only_if_asked() {
    let arguments = ["--manager", "example", "MGR-12", "manager/success-is-0"];
    compare(&arguments).assert().code(0).stdout(contains("FAIL 3/3"));
    compare(&[&arguments[..], &["--strict"]].concat()).assert().code(1);
}

#[test]
fn compare_takes_expected_failures() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("expected.toml");
    let judged_with = |cases: &[&str]| {
        let entry = |case: &&str| {
            format!(
                "[[expected_failure]]\ncase = \"manager/{case}\"\nmanager = \"faulty:always-0\"\n\
                 reason = \"it is so\"\n"
            )
        };
        std::fs::write(&path, cases.iter().map(entry).collect::<String>()).unwrap();
        compare(&[
            "--manager",
            "faulty:right",
            "--manager",
            "faulty:always-0",
            "failure-of-the",
            "--expected-failures",
        ])
        .arg(&path)
        .assert()
    };
    let all = ["failure-of-the-first", "failure-of-the-last", "failure-of-the-second"];
    judged_with(&all).code(0).stdout(
        contains("xfail 3/3")
            .and(contains("3 failed as expected"))
            .and(contains("expected failure: faulty:always-0 manager/")),
    );
    judged_with(&all[..2]).code(1).stdout(contains("FAIL 1/3"));
    std::fs::write(
        &path,
        "[[expected_failure]]\ncase = \"manager/listed-order\"\nmanager = \"example\"\nreason = \"x\"\n",
    )
    .unwrap();
    let wrong = ["--manager", "example", "manager/listed-order", "--expected-failures"];
    compare(&wrong).arg(&path).assert().code(1).stdout(
        contains("unexpected: example manager/listed-order passes").and(contains("1 passed unexpectedly")),
    );
    compare(&["--manager", "ours", "manager/listed-order", "--expected-failures"])
        .arg(&path)
        .assert()
        .code(0)
        .stderr(contains("no entry for any of the managers"));
}

#[test]
fn compare_tells_managers_of_one_name_apart() {
    let place = tempfile::tempdir().unwrap();
    let paths = ["true", "false"].map(|program| {
        let folder = place.path().join(program);
        std::fs::create_dir(&folder).unwrap();
        std::os::unix::fs::symlink(format!("/bin/{program}"), folder.join("manager")).unwrap();
        folder.join("manager").display().to_string()
    });
    let text = stdout(&mut compare(&["--manager", &paths[0], "--manager", &paths[1], "manager/no-list"]));
    for (letter, path) in ["A", "B"].iter().zip(&paths) {
        let is_its = |line: &str| line.starts_with(&format!("{letter} ")) && line.ends_with(path.as_str());
        assert!(text.lines().any(is_its), "{letter} {path}: {text}");
    }
}

#[test]
fn compare_needs_managers_that_can_be_judged() {
    compare(&[]).assert().code(2).stdout(is_empty());
    compare(&["--manager", "ours", "--manager", "postmulti"]).assert().code(2).stderr(contains("sandbox"));
}

#[test]
fn a_macro_means_the_manager_of_postfix_and_never_the_suites() {
    // All but the time, and where the copy of a program is.
    let is_told = |line: &&str| !line.starts_with("time ") && !line.starts_with("manager  /");
    let judged = |manager: &str| {
        let output = run(&["--manager", manager, "manager/success-is-0"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let said = said.lines().filter(is_told).collect::<Vec<_>>().join("\n");
        (output.status.code(), said, String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for shell in ["$daemon_directory/postfix-wrapper", "${daemon_directory}/postfix-wrapper"] {
        assert_eq!(judged(shell), judged("shell"), "{shell}");
    }
    for postmulti in ["${command_directory}/postmulti -p --", "$(command_directory)/postmulti  -p  --"] {
        let (status, _, said) = judged(postmulti);
        assert!(status == Some(2) && said.contains("--manager postmulti: "), "{said}");
    }
    for other in ["$daemon_directory/my-manager", "$command_directory/postmulti", "$daemon_directoryx"] {
        let (status, _, said) = judged(other);
        assert_eq!(status, Some(2), "{said}");
        assert!(said.contains("--manager shell") && said.contains("--manager postmulti"), "{said}");
    }
}

#[test]
fn replay_tells_all_about_one_case() {
    let replay = |arguments: &[&str]| conformance(&[&["replay"], &PLACE[..], arguments].concat());
    replay(&["manager/no-list"]).assert().code(0).stdout(contains("passed: manager/no-list"));
    replay(&["--manager", "example", "manager/no-list"]).assert().code(1).stdout(contains("MGR-10"));
    replay(&["no-such"]).assert().code(2).stderr(contains("no-such"));
}

#[test]
fn a_kept_world_can_be_entered_as_replay_says() {
    let text = stdout(&mut conformance(&[&["replay", "--keep"], &PLACE[..], &["MODE-1"]].concat()));
    assert_eq!(text, "", "a clause is no case");
    let case = "general-operation/start-starts-all";
    let text = stdout(&mut conformance(&[&["replay", "--keep"], &PLACE[..], &[case]].concat()));
    let enter = text.lines().find_map(|line| line.strip_prefix("enter    ")).unwrap();
    let remove = text.lines().find_map(|line| line.strip_prefix("remove   ")).unwrap();
    let inside = "postfix status; echo status $?; command -v postfix\n";
    let seen = Command::new("sh").args(["-c", enter]).write_stdin(inside).output().unwrap();
    let said = String::from_utf8_lossy(&seen.stdout);
    assert!(said.contains("status 0") && said.contains("usr/sbin/postfix"), "{text}{seen:?}");
    assert!(
        std::process::Command::new("sh")
            .args(["-c", remove])
            .stdin(Stdio::null())
            .status()
            .unwrap()
            .success()
    );
}

#[test]
fn replay_takes_a_case_and_says_so() {
    let clause = contains("MGR-3 means 9 cases").and(contains("postfix-conformance run MGR-3"));
    conformance(&[&["replay"], &PLACE[..], &["MGR-3"]].concat()).assert().code(2).stderr(clause);
    let nothing = contains("nothing is called unicorn");
    conformance(&[&["replay"], &PLACE[..], &["unicorn"]].concat()).assert().code(2).stderr(nothing);
}

#[test]
fn coverage_is_complete() {
    conformance(&["coverage"]).assert().code(0).stdout(
        contains("coverage 100 %")
            .and(contains("MULTI-INSTANCE API SUMMARY"))
            .and(contains("nothing to judge")),
    );
    conformance(&["coverage", "--verbose"]).assert().stdout(contains("shown by manager/listed-order"));
}

#[test]
fn faulty_implementations_are_listed_and_killed() {
    conformance(&["self-test", "--list"])
        .assert()
        .code(0)
        .stdout(contains("always-0").and(contains("ENB-12")));
    let arguments = [&["self-test"], &PLACE[..], &["always-0", "postqueue-believes-anybody"]].concat();
    conformance(&arguments)
        .assert()
        .code(0)
        .stdout(contains("2 of 2 faulty implementations killed at every clause they break"))
        .stderr(contains("self-test: "));
    let hint = contains("nothing called \"alwasy-0\" here (did you mean always-0?)");
    conformance(&["self-test", "alwasy-0"]).assert().code(2).stderr(hint);
}

#[test]
fn completions_know_every_command_and_option() {
    for shell in ["bash", "zsh", "fish"] {
        let text = stdout(&mut conformance(&["completions", shell]));
        for word in ["self-test", "compare", "postfix-version", "expected-failures", "simulated"] {
            assert!(text.contains(word), "{shell}: {word}");
        }
    }
    conformance(&["completions", "csh"]).assert().code(2).stderr(contains("bash"));
}

#[test]
fn the_manual_is_printed_whole() {
    let page = stdout(&mut conformance(&["manual"]));
    for part in
        [".Dt POSTFIX-CONFORMANCE 1", ".Ss self-test", "Fl -nothing-judged Ar STATUS", ".Sh EXIT STATUS"]
    {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn bash_completes_what_is_typed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("completions");
    std::fs::write(&file, stdout(&mut conformance(&["completions", "bash"]))).unwrap();
    let offered = |words: &str| {
        let code = format!(
            ". \"$0\"; COMP_WORDS=(postfix-conformance {words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _postfix__conformance postfix-conformance \"${{COMP_WORDS[COMP_CWORD]}}\" \
             \"${{COMP_WORDS[COMP_CWORD-1]}}\"; echo \"${{COMPREPLY[*]}}\""
        );
        let output = Command::new("bash").args(["--norc", "-c", &code]).arg(&file).output().unwrap();
        assert!(output.stderr.is_empty(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    };
    assert_eq!(offered("sel"), "self-test");
    assert_eq!(offered("run --testbed sa"), "sandbox");
    assert_eq!(offered("compare --exp"), "--expected-failures");
}
