//! The commands in the documents: whether they work as they are printed.
//!
//! A block of shell commands in a page is run in a container, in the order of the page, or is listed here with the
//! reason why not. A comment before a block says what is not as usual:
//!
//! - `<!-- on a host with ... -->`: what the host is like before; `documents/hosts.sh` makes it;
//! - `<!-- only on 3.5, 3.7 -->`: it is not for the other series;
//! - `<!-- ends with 1 -->`: its last command does not end with 0;
//! - `<!-- until it says: TEXT -->`: a reader repeats it until then.
//!
//! Whether the options in all other blocks are understood is tested beside each program's command line.

use std::fmt::Write as _;
use std::fs;
use std::mem;

use crate::workspace;

/// A page whose commands are run.
struct Page {
    path: &'static str,
    /// What the host is like before: a function of `documents/hosts.sh`.
    before: &'static str,
    /// What is looked at behind it: a function of `documents/looks.sh`.
    after: &'static str,
}

/// The pages whose commands are run, in one container.
const PAGES: [Page; 6] = [
    Page {
        path: "docs/five-instances.md",
        before: "a host with one Postfix",
        after: "one_postfix_runs_alone",
    },
    Page { path: "README.md", before: "a host with three instances", after: "nothing_else" },
    Page { path: "docs/operators.md", before: "a host with three instances", after: "nothing_else" },
    Page { path: "docs/containers.md", before: "a host with three instances", after: "nothing_else" },
    Page {
        path: "docs/configuration-management.md",
        before: "a host with the package",
        after: "nothing_else",
    },
    Page { path: "docs/monitoring.md", before: "a host with the package", after: "metrics_are_written" },
];

/// The page that needs systemd.
const SYSTEMD: Page =
    Page { path: "docs/systemd.md", before: "a host with systemd", after: "the_unit_runs_all" };

/// Blocks that are not run: the page, how the first line of the block begins, and why not.
const NOT_RUN: [(&str, &str, &str); 15] = [
    ("README.md", "cargo xtask", "it needs a clone and a compiler"),
    ("docs/benchmarks.md", "", "it measures for minutes"),
    ("docs/ci.md", "", "services of others run it"),
    (
        "docs/configuration-management.md",
        "{",
        "it is what is printed; wrapper/tests/multi/management.rs compares it",
    ),
    (
        "docs/configuration-management.md",
        "- hosts",
        "it needs Ansible; management.rs runs its commands twice",
    ),
    ("docs/configuration-management.md", "$out", "it needs Puppet; management.rs compares it with the play"),
    ("docs/configuration-management.md", "out =", "it needs Chef; management.rs compares it with the play"),
    ("docs/containers.md", "FROM", "it needs a registry and a network"),
    ("docs/containers.md", "podman", "no engine is in an image; foreground_in_a_container.rs does the same"),
    ("docs/contributing.md", "", "it needs a clone and a compiler, and takes hours"),
    ("docs/fidelity.md", "", "it needs a clone and a compiler, and takes minutes"),
    ("docs/findings.md", "", "it shows a fault of each manager; the cases of the suite do so each time"),
    ("docs/matrix.md", "", "it needs a clone, a compiler and an engine; .ci/run runs it"),
    (
        "docs/packagers.md",
        "",
        "it judges for minutes; the trial of the packages and the tests of the suite do so",
    ),
    ("scenarios/cases/README.md", "", "it is a case, which the tests of the suite read"),
];

/// A block of code.
#[derive(Debug, PartialEq, Eq)]
struct Block<'a> {
    /// The line of its first command.
    line: usize,
    /// What it is written in.
    language: &'a str,
    /// What the host is like before, if not as the block before has left it.
    host: Option<&'a str>,
    /// The Postfix series that it is for; all, if there is none.
    series: Vec<&'a str>,
    /// The exit status of its last command.
    status: u8,
    /// What it says at last, if it is repeated.
    until: &'a str,
    commands: Vec<&'a str>,
}

/// A script that follows all pages but the one that needs systemd.
///
/// # Errors
/// If a page cannot be read.
pub(crate) fn script() -> Result<String, String> {
    following(&PAGES)
}

/// A script that follows the page that needs systemd.
///
/// # Errors
/// If the page cannot be read.
pub(crate) fn script_with_systemd() -> Result<String, String> {
    following(&[SYSTEMD])
}

fn following(pages: &[Page]) -> Result<String, String> {
    let parts = [
        include_str!("documents/follow.sh"),
        include_str!("documents/hosts.sh"),
        include_str!("documents/looks.sh"),
    ];
    let mut script = parts.join("\n");
    for page in pages {
        let text = text(page.path)?;
        let _ = writeln!(script, "{}", host(page.before));
        for block in blocks(&text).iter().filter(|block| is_run(page.path, block)) {
            if let Some(name) = block.host {
                let _ = writeln!(script, "{}", host(name));
            }
            let series = if block.series.is_empty() { "*".to_owned() } else { block.series.join(" ") };
            let commands = block.commands.join("\n");
            let _ = writeln!(
                script,
                "follow '{}:{}' '{series}' {} '{}' <<'END OF BLOCK'\n{commands}\nEND OF BLOCK",
                page.path, block.line, block.status, block.until
            );
        }
        let _ = writeln!(script, "{}\necho '{}: every command works'", page.after, page.path);
    }
    Ok(script)
}

fn text(path: &str) -> Result<String, String> {
    fs::read_to_string(workspace::root().join(path)).map_err(|error| format!("{path}: {error}"))
}

/// The function that makes a host.
fn host(name: &str) -> String {
    name.to_lowercase().replace(' ', "_")
}

fn is_run(path: &str, block: &Block<'_>) -> bool {
    !NOT_RUN.iter().any(|(page, begins, _)| *page == path && block.commands[0].starts_with(begins))
}

/// The blocks of a Markdown text that are written in a language.
fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut found = Vec::new();
    let (mut host, mut series, mut status, mut until) = (None, Vec::new(), 0, "");
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let (indent, content) = line.split_at(line.len() - line.trim_start().len());
        if let Some(comment) = content.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->")) {
            if let Some(name) = comment.strip_prefix("on ") {
                host = Some(name);
            } else if let Some(names) = comment.strip_prefix("only on ") {
                series = names.split(", ").collect();
            } else if let Some(number) = comment.strip_prefix("ends with ").and_then(|word| word.parse().ok())
            {
                status = number;
            } else if let Some(text) = comment.strip_prefix("until it says: ") {
                until = text;
            }
        } else if let Some(language) = content.strip_prefix("```") {
            let inside = lines.by_ref().map(|(_, line)| line.strip_prefix(indent).unwrap_or(line));
            let commands: Vec<&str> = inside.take_while(|line| *line != "```").collect();
            let block = Block {
                line: number + 2,
                language,
                host: host.take(),
                series: mem::take(&mut series),
                status: mem::take(&mut status),
                until: mem::take(&mut until),
                commands,
            };
            if !["", "text"].contains(&language) {
                found.push(block);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Block, NOT_RUN, PAGES, SYSTEMD, blocks, host, is_run, script, script_with_systemd, text};
    use crate::workspace;

    #[test]
    fn blocks_have_their_place_and_their_conditions() {
        let text = "\
1. Do it:

   ```sh
   first
     second
   ```

```text
not a command
```

<!-- on a host with one Postfix -->
<!-- only on 3.5, 3.7 -->
<!-- ends with 1 -->
<!-- until it says: done -->
```sh
third
```
";
        let first = Block {
            line: 4,
            language: "sh",
            host: None,
            series: vec![],
            status: 0,
            until: "",
            commands: vec!["first", "  second"],
        };
        let third = Block {
            line: 17,
            language: "sh",
            host: Some("a host with one Postfix"),
            series: vec!["3.5", "3.7"],
            status: 1,
            until: "done",
            commands: vec!["third"],
        };
        assert_eq!(blocks(text), [first, third]);
    }

    /// Every page, and what is in it.
    fn pages() -> Vec<(String, String)> {
        let folder = std::fs::read_dir(workspace::root().join("docs")).unwrap();
        let names = folder.map(|entry| entry.unwrap().path());
        let pages = names.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
        let mut paths: Vec<String> =
            pages.map(|path| format!("docs/{}", path.file_name().unwrap().to_string_lossy())).collect();
        paths.extend(
            ["README.md", "CONTRIBUTING.md", "SECURITY.md", "packaging/README.md"].map(str::to_owned),
        );
        paths.push("scenarios/cases/README.md".to_owned());
        paths.into_iter().map(|path| (path.clone(), text(&path).unwrap())).collect()
    }

    #[test]
    fn every_block_is_run_or_listed_with_a_reason() {
        let mut needed = Vec::new();
        for (path, text) in pages() {
            let is_followed = PAGES.iter().chain([&SYSTEMD]).any(|page| page.path == path);
            for block in blocks(&text) {
                let listed = NOT_RUN
                    .iter()
                    .position(|(page, begins, _)| *page == path && block.commands[0].starts_with(begins));
                let place = format!("{path}:{}", block.line);
                match listed {
                    Some(at) => needed.push(at),
                    None => {
                        assert!(is_followed && block.language == "sh", "{place} is neither run nor listed");
                    }
                }
                assert_eq!(listed.is_none(), is_run(&path, &block), "{place}");
            }
        }
        for (at, (path, begins, _)) in NOT_RUN.iter().enumerate() {
            assert!(needed.contains(&at), "there is no block {path} {begins:?}, which is listed");
        }
    }

    #[test]
    fn each_host_can_be_made() {
        let known = include_str!("documents/hosts.sh");
        let named =
            |text: &str| blocks(text).iter().filter_map(|block| block.host.map(host)).collect::<Vec<_>>();
        let hosts = pages().into_iter().flat_map(|(_, text)| named(&text));
        let firsts = PAGES.iter().chain([&SYSTEMD]).map(|page| host(page.before));
        for function in hosts.chain(firsts) {
            assert!(known.contains(&format!("\n{function}() {{")), "{function}");
        }
    }

    #[test]
    fn each_page_has_commands() {
        let scripts = script().unwrap() + &script_with_systemd().unwrap();
        for page in PAGES.iter().chain([&SYSTEMD]) {
            assert!(scripts.contains(&format!("follow '{}:", page.path)), "{}", page.path);
        }
    }
}
