//! Tests that the reports of one run do not depend on each other.
//! One that cannot be written is named, and all others are whole. Two with one place are refused before anything is
//! judged.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use postfix_process::skip::skip;
use serde_json::Value;

use crate::suite::running::Running;
use crate::suite::{comes, run};

const CASE: &str = "manager/success-is-0";

/// `run` with these arguments in a folder, with its outputs as they are given.
fn judge(folder: &Path, arguments: &[&str], outputs: impl FnOnce(&mut Command) -> &mut Command) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_postfix-conformance"));
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").current_dir(folder);
    command.args(["run", "--work-dir", env!("CARGO_TARGET_TMPDIR")]).args(arguments).arg(CASE);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    outputs(&mut command);
    command.spawn().unwrap().wait_with_output().unwrap()
}

fn full() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

/// How many results a whole report has.
fn results(text: &[u8]) -> usize {
    let report: Value = serde_json::from_slice(text).unwrap();
    report["runs"][0]["results"].as_array().unwrap().len()
}

#[test]
fn a_text_that_cannot_be_written_loses_no_other_report() {
    let folder = tempfile::tempdir().unwrap();
    for words in [&["--json", "r.json"][..], &["--json", "r.json", "--quiet"]] {
        let ended = judge(folder.path(), words, |command| command.stdout(full()));
        assert_eq!(ended.status.code(), Some(2), "{ended:?}");
        assert!(
            String::from_utf8_lossy(&ended.stderr).contains("cannot write to standard output"),
            "{ended:?}"
        );
        assert_eq!(results(&fs::read(folder.path().join("r.json")).unwrap()), 1);
        fs::remove_file(folder.path().join("r.json")).unwrap();
    }
    let ended = judge(folder.path(), &["--json", "-"], |command| command.stderr(full()));
    assert_eq!((ended.status.code(), results(&ended.stdout)), (Some(2), 1));
}

#[test]
fn a_reader_of_standard_error_that_is_gone_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (gone, stderr) = std::os::unix::net::UnixStream::pair().unwrap();
    drop(gone);
    let stderr = std::os::fd::OwnedFd::from(stderr);
    let ended = judge(folder.path(), &["--json", "-"], |command| command.stderr(stderr));
    assert_eq!((ended.status.code(), results(&ended.stdout)), (Some(0), 1));
}

#[test]
fn each_file_that_cannot_be_written_is_named_and_the_others_are_whole() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["--json", "/dev/full", "--junit", "ok.xml", "--html", "ok.html"];
    let ended = judge(folder.path(), &words, |command| command);
    assert_eq!(ended.status.code(), Some(2), "{ended:?}");
    assert!(String::from_utf8_lossy(&ended.stderr).contains("cannot write /dev/full"), "{ended:?}");
    assert!(String::from_utf8_lossy(&ended.stdout).contains("verdict: conforms"), "{ended:?}");
    let ok = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(ok("ok.xml").ends_with("</testsuites>\n") && ok("ok.html").ends_with("</html>\n"));
    let words = ["--json", "/dev/full", "--tap", "-"];
    let ended = judge(folder.path(), &words, |command| command.stdout(full()));
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(said.contains("cannot write /dev/full") && said.contains("standard output"), "{said}");
    assert!(said.contains("verdict: conforms"), "{said}");
}

#[test]
fn a_pipe_that_nobody_reads_yet_delays_no_file() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = |name: &str| folder.path().join(name);
    assert!(Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
    let _program = Running::begin("run", |command| {
        command.args([CASE, "--work-dir"]).arg(folder.path());
        command.arg("--json").arg(path("pipe")).arg("--junit").arg(path("ok.xml"))
    });
    assert!(comes(Duration::from_secs(60), || path("ok.xml").exists()), "it waits for a reader");
    assert_eq!(results(&fs::read(path("pipe")).unwrap()), 1);
}

#[test]
fn a_file_that_nothing_can_replace_is_written_where_it_is() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let report = folder.path().join("r.json");
    fs::write(&report, "x".repeat(1 << 20)).unwrap();
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "/bin/sh", "-c"]);
    command.arg("mount --bind \"$0\" \"$0\" && echo mounted >&2 && exec \"$@\"").arg(&report);
    command.args([env!("CARGO_BIN_EXE_postfix-conformance"), "run", "--quiet", CASE]);
    command.args(["--work-dir", env!("CARGO_TARGET_TMPDIR"), "--json"]).arg(&report);
    let Ok(ended) = command.output() else { return skip("no unshare in PATH: install util-linux") };
    if !ended.stderr.starts_with(b"mounted") {
        return skip("no file can be mounted in a namespace of one's own");
    }
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert_eq!(results(&fs::read(&report).unwrap()), 1);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn two_reports_with_one_place_are_refused_before_anything_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::create_dir(path("deep")).unwrap();
    symlink("out", path("link")).unwrap();
    symlink("..", path("deep/up")).unwrap();
    let whole = path("out");
    for other in ["out", "./out", "deep/../out", "deep/up/out", "link", whole.as_str()] {
        for before in ["", "what was there"] {
            if !before.is_empty() {
                fs::write(path("out"), before).unwrap();
            }
            let mut command = run(&["--json", "out", "--html", other, CASE]);
            let ended = command.current_dir(folder.path()).output().unwrap();
            let said = String::from_utf8_lossy(&ended.stderr).into_owned();
            assert_eq!((ended.status.code(), ended.stdout.len()), (Some(2), 0), "{other}: {ended:?}");
            assert!(said.contains("--json and --html both go to") && said.contains("/out;"), "{said}");
            assert_eq!(fs::read_to_string(path("out")).unwrap_or_default(), before, "{other}");
            let _ = fs::remove_file(path("out"));
        }
    }
    let text = File::create(path("text")).unwrap();
    let ended = judge(folder.path(), &["--json", "text"], |command| command.stdout(text));
    assert_eq!(ended.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("the text and --json both go to"), "{ended:?}");
}

#[test]
fn a_script_that_the_run_wrote_for_itself_is_told_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let ended =
        judge(folder.path(), &["--manager", "example", "--tap", "r.tap", "--junit", "r.xml"], |command| {
            command
        });
    let text = String::from_utf8_lossy(&ended.stdout);
    assert!(text.contains("manager  example\n"), "{text}");
    let files = ["r.tap", "r.xml"].map(|file| fs::read_to_string(folder.path().join(file)).unwrap());
    assert!(files[1].contains("name=\"manager\" value=\"example\""), "{}", files[1]);
    assert!(!files.concat().contains("postfix-worlds-"), "{files:?}");
}
