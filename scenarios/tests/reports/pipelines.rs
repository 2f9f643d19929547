//! The pipelines of docs/ci.md: their commands do what they are there for.

use std::path::Path;
use std::process::{Command, Output};

use crate::suite::manifest;
use tempfile::TempDir;

/// The shares that each pipeline has.
const SHARES: [&str; 2] = ["1", "2"];

/// What is judged: how it is shared and put together is what matters.
const CLAUSES: &str = "MGR-1 MGR-3";

/// A section of the document.
fn section(name: &str) -> String {
    let text = std::fs::read_to_string(manifest().join("../docs/ci.md")).unwrap();
    text.split("\n## ").find(|part| part.starts_with(name)).unwrap().to_owned()
}

/// The commands of this program in the pipeline of a section.
fn commands(name: &str) -> Vec<String> {
    let of_section = section(name);
    let block = of_section.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let command = |line: &str| {
        let line = line.trim().trim_start_matches("- ").trim_start_matches("run: ");
        line.starts_with("postfix-conformance ").then(|| line.to_owned())
    };
    block.lines().filter_map(command).collect()
}

/// A machine of a pipeline: this program is in its PATH.
struct Machine(TempDir);

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let program = folder.path().join("postfix-conformance");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_postfix-conformance"), program).unwrap();
        Self(folder)
    }

    fn folder(&self) -> &Path {
        self.0.path()
    }

    /// Runs a command for a share.
    fn run(&self, command: &str, share: &str) -> Output {
        let path = format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", self.folder().display());
        Command::new("/bin/sh")
            .args(["-c", &command.replace("${{ matrix.share }}", share)])
            .current_dir(self.folder())
            .env_clear()
            .env("PATH", path)
            .env("TMPDIR", env!("CARGO_TARGET_TMPDIR"))
            .env("CI_NODE_INDEX", share)
            .env("CI_NODE_TOTAL", SHARES.len().to_string())
            .env("GITHUB_STEP_SUMMARY", self.folder().join("summary.md"))
            .output()
            .unwrap()
    }
}

/// Runs a pipeline, then its end again without the second share.
fn works(section: &str, made: &[&str]) {
    let commands = commands(section);
    let [judge, report] = commands.as_slice() else { panic!("{commands:?}") };
    let machine = Machine::new();
    for share in SHARES {
        let output = machine.run(&format!("{judge} {CLAUSES}"), share);
        assert!(output.status.success(), "{judge}: {output:?}");
    }
    let output = machine.run(report, "");
    assert!(output.status.success(), "{report}: {output:?}");
    for name in made {
        assert!(machine.folder().join(name).is_file(), "{name}");
    }
    std::fs::remove_file(machine.folder().join("share-2.json")).unwrap();
    let output = machine.run(report, "");
    assert_eq!(output.status.code(), Some(2));
    let missing = format!("share 2/2 of \"{CLAUSES}\" is missing");
    assert!(String::from_utf8_lossy(&output.stderr).contains(&missing), "{output:?}");
}

#[test]
fn the_workflow_of_github() {
    works("GitHub", &["conformance.html", "badge.json", "summary.md"]);
}

#[test]
fn the_pipeline_of_gitlab() {
    works("GitLab", &["conformance.html", "junit.xml"]);
}

#[test]
fn the_commands_for_other_readers() {
    let machine = Machine::new();
    let text = section("Any other");
    let commands: Vec<&str> =
        text.split('`').filter(|part| part.starts_with("postfix-conformance ")).collect();
    assert_eq!(commands.len(), 5, "{commands:?}");
    for command in commands {
        // Of one case: what is written is what matters.
        let output = machine.run(&format!("{command} manager/success-is-0"), "");
        assert!(output.status.success(), "{command}: {output:?}");
        for file in command.split(' ').filter(|word| word.contains('.')) {
            assert!(machine.folder().join(file).is_file(), "{command}: {file}");
        }
    }
}
