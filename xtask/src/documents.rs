//! The commands in the documents: whether they work as they are printed.
//!
//! A block of shell commands in a page for operators is run in a container that has the package, in the order of the
//! page. A comment before a block says what is not as usual:
//!
//! - `<!-- only on 3.5, 3.7 -->`: it is not for the other series;
//! - `<!-- ends with 1 -->`: its last command does not end with 0;
//! - `<!-- until it says: TEXT -->`: a reader repeats it until then.

use std::fmt::Write as _;
use std::fs;
use std::mem;
use std::path::Path;

use crate::workspace;

/// A page whose commands are run, and what the host is like before.
struct Page {
    path: &'static str,
    /// A script that makes the host as the page expects it.
    before: &'static str,
    /// A script that looks at what the page has left.
    after: &'static str,
}

/// The pages whose commands are run.
const PAGES: [Page; 1] = [Page {
    path: "docs/five-instances.md",
    before: include_str!("documents/a-host-with-one-postfix.sh"),
    after: include_str!("documents/one-postfix-again.sh"),
}];

/// A block of shell commands.
#[derive(Debug, PartialEq, Eq)]
struct Block<'a> {
    /// The line of its first command.
    line: usize,
    /// The Postfix series that it is for; all, if there is none.
    series: Vec<&'a str>,
    /// The exit status of its last command.
    status: u8,
    /// What it says at last, if it is repeated.
    until: &'a str,
    commands: Vec<&'a str>,
}

/// For each page, a name and a script that follows it.
///
/// # Errors
/// If a page cannot be read.
pub(crate) fn scripts() -> Result<Vec<(String, String)>, String> {
    PAGES.iter().map(script).collect()
}

fn script(page: &Page) -> Result<(String, String), String> {
    let text = fs::read_to_string(workspace::root().join(page.path))
        .map_err(|error| format!("{}: {error}", page.path))?;
    let name = Path::new(page.path).file_stem().unwrap_or_default().to_string_lossy();
    let mut script = format!("{}\n{}\n", include_str!("documents/follow.sh"), page.before);
    for block in blocks(&text) {
        let series = if block.series.is_empty() { "*".to_owned() } else { block.series.join(" ") };
        let commands = block.commands.join("\n");
        let _ = writeln!(
            script,
            "follow '{}:{}' '{series}' {} '{}' <<'END OF BLOCK'\n{commands}\nEND OF BLOCK",
            page.path, block.line, block.status, block.until
        );
    }
    let _ = writeln!(script, "{}\necho '{}: every command works'", page.after, page.path);
    Ok((format!("{name}.sh"), script))
}

/// The blocks of shell commands of a Markdown text.
fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut found = Vec::new();
    let (mut series, mut status, mut until) = (Vec::new(), 0, "");
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let (indent, content) = line.split_at(line.len() - line.trim_start().len());
        if let Some(comment) = content.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->")) {
            if let Some(names) = comment.strip_prefix("only on ") {
                series = names.split(", ").collect();
            } else if let Some(number) = comment.strip_prefix("ends with ").and_then(|word| word.parse().ok())
            {
                status = number;
            } else if let Some(text) = comment.strip_prefix("until it says: ") {
                until = text;
            }
        } else if content.starts_with("```") {
            let inside = lines.by_ref().map(|(_, line)| line.strip_prefix(indent).unwrap_or(line));
            let commands: Vec<&str> = inside.take_while(|line| *line != "```").collect();
            let block = Block {
                line: number + 2,
                series: mem::take(&mut series),
                status: mem::take(&mut status),
                until: mem::take(&mut until),
                commands,
            };
            if content == "```sh" {
                found.push(block);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Block, PAGES, blocks, scripts};

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

<!-- only on 3.5, 3.7 -->
<!-- ends with 1 -->
<!-- until it says: done -->
```sh
third
```
";
        let first =
            Block { line: 4, series: vec![], status: 0, until: "", commands: vec!["first", "  second"] };
        let third =
            Block { line: 16, series: vec!["3.5", "3.7"], status: 1, until: "done", commands: vec!["third"] };
        assert_eq!(blocks(text), [first, third]);
    }

    #[test]
    fn each_page_has_commands() {
        let scripts = scripts().unwrap();
        assert_eq!(scripts.len(), PAGES.len());
        for (name, script) in scripts {
            assert!(script.contains("<<'END OF BLOCK'\n"), "{name}");
        }
    }
}
