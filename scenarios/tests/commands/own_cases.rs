//! Tests cases and clauses that users add.
//! It tests a new case, folders of cases, own clauses, what is exported, and which cases of a run are judged again.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::suite::{conformance, run, stdout};
use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::{contains, is_empty};
use serde_json::Value;

const CLAUSES: &str = r#"[[clause]]
id = "OWN-1"
level = "documented"
needs = "manager"
section = "our handbook"
since = "2.6"
claim = "stop leaves the logs"
"#;

/// The suite with these arguments, called in a folder.
fn here(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = conformance(arguments);
    command.current_dir(folder);
    command
}

/// `run` with these arguments, in a folder.
fn judged(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = run(arguments);
    command.current_dir(folder);
    command
}

/// The shell command after a word that a line begins with, without the program's name.
fn told<'a>(text: &'a str, word: &str) -> Vec<&'a str> {
    let line = text.lines().find_map(|line| line.trim_start().strip_prefix(word)).unwrap();
    line.trim().strip_prefix("postfix-conformance ").unwrap().split(' ').collect()
}

#[test]
fn a_new_case_passes_and_is_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let text = stdout(&mut here(folder.path(), &["new", "mine/stop"]));
    let again = told(&text, "judge it");
    assert_eq!(again, ["run", "./mine/stop.toml"]);
    judged(folder.path(), &again[1..]).assert().code(0).stdout(contains("1 passed, 0 failed"));
    judged(folder.path(), &["--manager", "example", "mine"]).assert().code(1);
    here(folder.path(), &["new", "mine/stop.toml"]).assert().code(2).stderr(contains("not there yet"));
}

#[test]
fn a_folder_of_cases_is_judged_and_a_case_in_it_explained() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["mine/a", "mine/deep/b"] {
        here(folder.path(), &["new", name]).assert().code(0);
    }
    for (words, count) in [
        (&["./mine"][..], 2),
        (&["mine"], 2),
        (&["mine/"], 2),
        (&["./mine", "--skip", "./mine/deep"], 1),
        (&["./mine", "--skip", "deep/b"], 1),
        (&["mine/deep/b.toml", "mine"], 2),
    ] {
        let text = stdout(&mut here(folder.path(), &[&["list"], words].concat()));
        assert_eq!(text.lines().count(), count, "{words:?}: {text}");
    }
    judged(folder.path(), &["mine", "manager/no-list"]).assert().code(0).stdout(contains("3 passed"));
    let text = stdout(&mut here(folder.path(), &["explain", "mine/a.toml"]));
    assert!(
        text.contains("MGR-4") && text.contains("To judge it: ") && text.contains("mine/a.toml"),
        "{text}"
    );
    here(folder.path(), &["run", "./none"]).assert().code(2).stderr(contains("./none"));
    fs::create_dir(folder.path().join("empty")).unwrap();
    here(folder.path(), &["run", "./empty"]).assert().code(2).stderr(contains("without case files"));
}

#[test]
fn clauses_of_ones_own_are_judged_reported_and_repeated() {
    let folder = tempfile::tempdir().unwrap();
    here(folder.path(), &["new", "mine"]).assert().code(0);
    let case = folder.path().join("mine.toml");
    let text = fs::read_to_string(&case).unwrap().replace("\"MGR-4\"", "\"OWN-1\"");
    fs::write(&case, text).unwrap();
    fs::write(folder.path().join("own.toml"), CLAUSES).unwrap();
    judged(folder.path(), &["mine.toml"])
        .assert()
        .code(2)
        .stderr(contains("./mine.toml:6:12: there is no clause OWN-1").and(contains("--clauses FILE")));
    judged(folder.path(), &["mine.toml", "--clauses", "own.toml"]).assert().code(0);
    let report = ["--clauses", "own.toml", "--manager", "example", "--json", "r.json", "OWN-1", "mine.toml"];
    let text = stdout(&mut judged(folder.path(), &report));
    // What a failure says can be typed as it is.
    let again = told(&text, "again: ");
    assert!(text.contains("OWN-1") && again.join(" ").contains("--clauses own.toml"), "{text}");
    // All but the word that leaves the world behind.
    let words: Vec<&str> = again[1..].iter().copied().filter(|word| *word != "--keep").collect();
    assert!(words.len() + 2 == again.len(), "{text}");
    let fails = judged(folder.path(), &words).output().unwrap();
    assert_eq!(fails.status.code(), Some(1), "{fails:?}");
    here(folder.path(), &["explain", "OWN", "--clauses", "own.toml"])
        .assert()
        .stdout(contains("stop leaves the logs"));
    here(folder.path(), &["report", "r.json"]).assert().code(1).stdout(contains("OWN-1"));
}

#[test]
fn what_failed_in_a_report_is_judged_again_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    here(folder.path(), &["new", "mine/a"]).assert().code(0);
    let report = ["--manager", "example", "--json", "r.json", "mine", "MGR-12", "manager/listed-order"];
    judged(folder.path(), &report).assert().code(1);
    let list = |words: &[&str]| -> Vec<String> {
        let text = stdout(&mut here(folder.path(), &[&["list", "--failed-in", "r.json"], words].concat()));
        text.lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
    };
    let all = list(&[]);
    assert!(all.len() >= 3 && all.contains(&"mine/a.toml".to_owned()), "{all:?}");
    assert!(!all.contains(&"manager/listed-order".to_owned()));
    assert!(list(&["robust"]).len() < all.len() && list(&["--skip", "mine"]).len() < all.len());
    let again = judged(folder.path(), &["--manager", "example", "--strict", "--failed-in", "r.json"])
        .output()
        .unwrap();
    let counts = format!("0 passed, {} failed, 0 skipped", all.len());
    assert!(String::from_utf8_lossy(&again.stdout).contains(&counts), "{again:?}");
    judged(folder.path(), &["--json", "good.json", "manager/no-list"]).assert().code(0);
    let nothing = contains("nothing that is selected failed in good.json");
    judged(folder.path(), &["--failed-in", "good.json"]).assert().code(2).stdout(is_empty()).stderr(nothing);
    here(folder.path(), &["list", "--failed-in", "none.json"]).assert().code(2).stderr(contains("none.json"));
}

#[test]
fn a_list_for_programs_has_testbeds_and_clauses() {
    let list: Value =
        serde_json::from_str(&stdout(&mut conformance(&["list", "--json", "MGR-3", "live"]))).unwrap();
    let find =
        |name: &str| list["cases"].as_array().unwrap().iter().find(|case| case["name"] == name).unwrap();
    assert_eq!(
        find("manager/list-mixed")["testbeds"],
        serde_json::json!(["simulated", "sandbox", "container"])
    );
    assert_eq!(find("live/abort")["testbeds"], serde_json::json!(["live"]));
    assert_eq!(find("manager/list-mixed")["clauses"][0], "MGR-3");
    assert!(list["clauses"].as_array().unwrap().len() > 50);
}

#[test]
fn everything_is_exported_once() {
    let folder = tempfile::tempdir().unwrap();
    let text = stdout(&mut here(folder.path(), &["export", "all"]));
    let schemas =
        ["case-1", "expected-failures-1", "list-1", "report-1"].map(|name| format!("schema/{name}.json"));
    let others = ["cases/README.md", "cases/manager/no-list.toml", "clauses.toml"].map(str::to_owned);
    for file in schemas.iter().chain(&others) {
        assert!(folder.path().join("all").join(file).is_file(), "{file}");
    }
    let again = told(&text, "judge a copy");
    assert_eq!(again, ["run", "all/cases/enable"]);
    here(folder.path(), &["list", again[1]]).assert().code(0).stdout(contains("all/cases/enable/"));
    here(folder.path(), &["export", "all"]).assert().code(2).stderr(contains("not empty"));
}

#[test]
fn every_name_that_run_takes_can_be_explained() {
    for (name, hint) in [
        ("MGR", "explain MGR-1"),
        ("robust", "robustness/"),
        ("enable", "enable/"),
        ("reload-skips", "Its file:"),
        ("mgr-3", "Judged by:"),
    ] {
        conformance(&["explain", name]).assert().code(0).stdout(contains(hint));
    }
    let hint = contains("did you mean enable/reload-skips?");
    conformance(&["explain", "relaod-skips"]).assert().code(2).stderr(hint);
}

/// `run` of a case that the example fails, with a list that is written.
fn writes(list: &Path, more: &[&str]) -> Command {
    let list = list.to_str().unwrap();
    let words =
        ["--manager", "example", "--strict", "MGR-12", "--reason", "x", "--write-expected-failures", list];
    run(&[&words[..], more].concat())
}

#[test]
fn a_list_that_cannot_be_read_or_written_is_refused_before_anything_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
    for list in [fifo, folder.path().to_path_buf(), folder.path().join("none/list.toml")] {
        let mut command = writes(&list, &["--update"]);
        let name = contains(list.display().to_string());
        command.timeout(Duration::from_secs(60)).assert().code(2).stdout(is_empty()).stderr(name);
    }
}

#[test]
fn the_list_that_a_link_names_is_written_and_the_link_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (list, link) = (folder.path().join("list.toml"), folder.path().join("link.toml"));
    std::os::unix::fs::symlink("list.toml", &link).unwrap();
    for update in [&[][..], &["--update"]] {
        writes(&link, update).assert().stderr(contains("entries added"));
        assert!(link.is_symlink() && list.metadata().unwrap().is_file());
        assert!(fs::read_to_string(&list).unwrap().contains("[[expected_failure]]"));
    }
}

#[test]
fn what_is_written_into_a_list_during_the_run_stays_there() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list.toml");
    let other = "[[expected_failure]]\nclause = \"MGR-3\"\nmanager = \"shell\"\nreason = \"meanwhile\"\n";
    fs::write(folder.path().join("other"), other).unwrap();
    let script = format!("cp {0}/other {0}/list.toml; exit 7\n", folder.path().display());
    fs::write(folder.path().join("manager"), script).unwrap();
    let manager = format!("/bin/sh {}/manager", folder.path().display());
    let words = ["--manager", &manager, "manager/success-is-0", "--reason", "x", "--write-expected-failures"];
    let judge = |more: &[&str]| run(&[&words[..], &[list.to_str().unwrap()], more].concat());
    judge(&["--update"]).assert().code(1).stderr(contains("1 entry added"));
    let text = fs::read_to_string(&list).unwrap();
    assert!(text.starts_with(other) && text.contains("manager/success-is-0"), "{text}");
    fs::remove_file(&list).unwrap();
    judge(&[]).assert().code(2).stderr(contains("--update"));
    assert_eq!(fs::read_to_string(&list).unwrap(), other);
}

#[test]
fn a_case_that_is_repeated_counts_once_and_fails_if_it_fails_once() {
    let case = "manager/failure-of-the-first";
    run(&["--repeat", "5", case, "manager/no-list"]).assert().code(0).stdout(contains("2 passed, 0 failed"));
    let wrong = ["--repeat", "3", "--manager", "faulty:always-0", case];
    run(&wrong).assert().code(1).stdout(contains("0 passed, 1 failed")).stderr(is_empty());
    // A manager that fails the first time only.
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("manager"), "mkdir \"$0.called\" && exit 7\nexit 0\n").unwrap();
    let manager = format!("/bin/sh {}/manager", folder.path().display());
    let text = "title = \"t\"\nclauses = [\"MGR-1\"]\nprose = \"p\"\n[layout]\n[[step]]\nmanager = []\n\
                status = 0\nstdout = \"\"\n";
    fs::write(folder.path().join("mine.toml"), text).unwrap();
    judged(folder.path(), &["--repeat", "4", "--jobs", "1", "--manager", &manager, "mine.toml"])
        .assert()
        .code(1)
        .stdout(contains("0 passed, 1 failed").and(contains("exit status 7")))
        .stderr(contains("./mine.toml failed 1 of 4 times"));
}

#[test]
fn a_slow_machine_has_more_time() {
    let case = "manager/no-list";
    let wrong = ["--manager", "faulty:right", "--timeout-factor", "2.5"];
    run(&[&wrong[..], &[case, "--level", "robust"]].concat()).assert().code(0);
    let text = stdout(&mut run(&[
        "--manager",
        "faulty:always-0",
        "--timeout-factor",
        "2.5",
        "failure-of-the-first",
    ]));
    assert!(text.contains("--timeout-factor 2.5 --keep manager/"), "{text}");
    for factor in ["0", "0.5", "x", "nan"] {
        run(&["--timeout-factor", factor, case]).assert().code(2).stderr(contains("from 1 to 1000"));
    }
}

#[test]
fn cases_of_ones_own_have_more_time_too() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("manager"), "exec sleep 1000\n").unwrap();
    let manager = format!("/bin/sh {}/manager", folder.path().display());
    let text = "title = \"t\"\nclauses = [\"MGR-1\"]\nprose = \"p\"\n[layout]\n[[step]]\nmanager = []\n\
                status = 0\nstdout = \"\"\ntime_limit = 1\n";
    fs::write(folder.path().join("mine.toml"), text).unwrap();
    for command in ["run", "replay", "compare"] {
        let begun = Instant::now();
        let words = [command, "--timeout-factor", "3", "--manager", &manager, "mine.toml"];
        here(folder.path(), &words).assert().code(1);
        assert!(begun.elapsed() >= Duration::from_secs(3), "{command} ended it too early");
    }
}

#[test]
fn what_fails_is_written_down_and_expected_from_then_on() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list.toml").display().to_string();
    let example = |more: &[&str]| run(&[&["--manager", "example", "--strict", "MGR-12"], more].concat());
    let write = ["--write-expected-failures", &list, "--reason", "as of today"];
    example(&write).assert().code(1).stderr(contains("entries added, 0 removed"));
    let text = fs::read_to_string(&list).unwrap();
    assert!(text.contains("manager = \"example\"\nreason = \"as of today\"\n"), "{text}");
    example(&["--expected-failures", &list]).assert().code(0);
    example(&write).assert().code(2).stdout(is_empty()).stderr(contains("--update"));
    example(&[&write[..], &["--update"]].concat())
        .assert()
        .code(0)
        .stderr(contains("0 entries added, 0 removed"));
    assert_eq!(fs::read_to_string(&list).unwrap(), text);
    // A manager that has been corrected.
    fs::write(&list, text.replace("\"example\"", "\"faulty:right\"")).unwrap();
    let right = ["--manager", "faulty:right", "--strict", "MGR-12", "--update"];
    run(&[&right[..], &write].concat()).assert().code(1).stderr(contains("0 entries added"));
    assert_eq!(fs::read_to_string(&list).unwrap(), "version = 1\n");
    run(&["--update"]).assert().code(2);
    run(&["--write-expected-failures", &list]).assert().code(2).stderr(contains("--reason"));
}

/// A case file with this layout, and this before its only other step.
fn case_file(layout: &str, before: &str) -> String {
    format!(
        "title = \"t\"\nclauses = [\"MGR-1\"]\nprose = \"p\"\n\n[layout]\n{layout}\n\n{before}\n[[step]]\n\
         postfix = [\"start\"]\nstatus = \"any\"\njournal = []\n"
    )
}

#[test]
fn a_case_names_no_file_outside_its_world() {
    let folder = tempfile::tempdir().unwrap();
    let outside = folder.path().join("outside");
    let outside = outside.to_str().unwrap();
    fs::create_dir(folder.path().join("mine")).unwrap();
    fs::create_dir(outside).unwrap();
    let step =
        |key: &str| format!("[[step]]\n{key}\npostfix = [\"check\"]\nstatus = \"any\"\njournal = []\n");
    let up = "../".repeat(20) + outside;
    for (layout, before, line) in [
        (format!("default = {{ directory = \"{outside}\" }}"), String::new(), 6),
        (format!("default = {{ directory = \"{up}\" }}"), String::new(), 6),
        (format!("instances = [{{ name = \"a\", directory = \"{outside}\" }}]"), String::new(), 6),
        (String::new(), step(&format!("rewrite = [{{ name = \"default\", directory = \"{outside}\" }}]")), 9),
        (format!("faults = [{{ gate = \"{outside}/gate\" }}]"), String::new(), 6),
        (format!("faults = [{{ gate = \"{up}/gate\" }}]"), String::new(), 6),
        (String::new(), step(&format!("directory = \"{outside}\"")), 9),
    ] {
        fs::write(format!("{outside}/main.cf"), "precious").unwrap();
        fs::write(folder.path().join("mine/x.toml"), case_file(&layout, &before)).unwrap();
        let place = format!("mine/x.toml:{line}:");
        let refused = judged(folder.path(), &["mine"]).output().unwrap();
        let said = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(fs::read(format!("{outside}/main.cf")).unwrap(), b"precious", "{layout}{before}");
        assert_eq!(fs::read_dir(outside).unwrap().count(), 1, "{layout}{before}");
        assert_eq!(refused.status.code(), Some(2), "{layout}{before}: {said}");
        assert!(said.contains(&place) && said.contains("\"..\""), "{layout}{before}: {said}");
    }
}

#[test]
fn a_link_that_a_command_left_leads_no_file_out_of_the_world() {
    let folder = tempfile::tempdir().unwrap();
    let outside = folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::create_dir(folder.path().join("mine")).unwrap();
    let outside = outside.to_str().unwrap();
    for place in ["etc/postfix-a", "var/spool/postfix-a", "var/lib/postfix-a", "etc"] {
        fs::write(format!("{outside}/main.cf"), "precious").unwrap();
        let link = format!(
            "[[step]]\nprogram = [\"sh\", \"-c\", \"rm -r @root@/{place}; ln -s {outside}/{place} @root@/{place}\"]\n\
             status = 0\nstdout = \"\"\n\n\
             [[step]]\nrewrite = [{{ name = \"a\" }}]\npostfix = [\"check\"]\nstatus = \"any\"\njournal = []\n"
        );
        fs::create_dir_all(format!("{outside}/{place}")).unwrap();
        fs::write(folder.path().join("mine/x.toml"), case_file("instances = [{ name = \"a\" }]", &link))
            .unwrap();
        let output = judged(folder.path(), &["mine"]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(2), "{place}: {text}");
        assert!(text.contains("a link leads out of the world"), "{place}: {text}");
        assert_eq!(fs::read_dir(format!("{outside}/{place}")).unwrap().count(), 0, "{place}");
        fs::remove_dir_all(outside).unwrap();
        fs::create_dir(outside).unwrap();
    }
}

#[test]
fn an_instance_that_is_written_anew_keeps_its_directory() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("mine")).unwrap();
    let layout = "instances = [{ name = \"a\", directory = \"etc/odd\" }]";
    let before = "[[step]]\nrewrite = [{ name = \"a\", enable = \"yes\" }]\n\
                  program = [\"sh\", \"-c\", \"ls @root@/etc; grep -c ^multi_instance_enable @root@/etc/odd/main.cf\"]\n\
                  status = 0\nstdout = \"odd\\npostfix\\n1\\n\"\n";
    let text =
        case_file(layout, before).replace("journal = []", "journal = [\"default: check\", \"a: start\"]");
    fs::write(folder.path().join("mine/x.toml"), text).unwrap();
    judged(folder.path(), &["mine"]).assert().code(0).stdout(contains("1 passed"));
}

#[test]
fn the_path_of_a_case_does_not_reach_the_worlds_path() {
    let folder = tempfile::tempdir().unwrap();
    let long = ["x".repeat(200), "y".repeat(200)].join("/");
    for name in ["my cases/start", "a,b/start", "a$b/start", "a:b/start", "größe/start", &long] {
        here(folder.path(), &["new", name]).assert().code(0);
        let case = format!("{name}.toml");
        judged(folder.path(), &[&case]).assert().code(0).stdout(contains("1 passed, 0 failed"));
    }
}

#[test]
fn a_manager_that_does_harm_is_not_skipped_because_it_asks_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("manager");
    for (script, status, says) in [
        ("exit 1", 2, "the manager does without postconf"),
        ("sleep 1000 &\nexit 0", 1, "1 process was left behind"),
    ] {
        fs::write(&path, script).unwrap();
        let manager = format!("/bin/sh {}", path.display());
        run(&["--strict", "--manager", &manager, "manager/no-list"])
            .assert()
            .code(status)
            .stdout(contains(says));
    }
}

#[test]
fn a_case_that_was_named_is_told_if_another_testbed_must_judge_it() {
    let folder = tempfile::tempdir().unwrap();
    here(folder.path(), &["new", "mine/a"]).assert().code(0);
    let text = fs::read_to_string(folder.path().join("mine/a.toml")).unwrap();
    let live = text.replacen("\n[layout]", "\ntestbeds = [\"live\"]\nreason = \"all of it\"\n\n[layout]", 1);
    fs::write(folder.path().join("mine/live.toml"), live).unwrap();
    for (words, counts) in [
        (&["live/abort", "manager/success-is-0"][..], "1 passed, 0 failed, 1 skipped"),
        (&["mine/live.toml", "mine/a.toml"], "1 passed, 0 failed, 1 skipped"),
        // A pattern that selects cases of many testbeds means those that can be judged here.
        (&["mine"], "1 passed, 0 failed, 0 skipped"),
        (&["live", "manager/success-is-0"], "1 passed, 0 failed, 0 skipped"),
    ] {
        judged(folder.path(), words).assert().code(0).stdout(contains(counts));
    }
    let a = folder.path().join("mine/a.toml");
    let report = ["--manager", "example", "--json", "r.json", "mine/a.toml", "manager/no-list"];
    judged(folder.path(), &report).assert().code(1);
    fs::copy(folder.path().join("mine/live.toml"), a).unwrap();
    let again = judged(folder.path(), &["--failed-in", "r.json"]).output().unwrap();
    let text = String::from_utf8_lossy(&again.stdout);
    assert!(text.contains("1 passed, 0 failed, 1 skipped"), "{text}");
}
