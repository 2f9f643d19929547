//! Makes a page of section 5 of the manual of a document in Markdown, so that each text exists once.
//!
//! Knows the few forms that the documents here use: headings, paragraphs, lists, tables with a head, blocks of code.

use std::fmt::Write as _;

use super::contents::Document;

/// The page of this name, in mdoc(7).
pub(super) fn page(name: &str, document: &Document, text: &str, date: &str) -> String {
    let title = name.to_uppercase();
    let about = document.about;
    let mut page = Page::default();
    let _ = write!(
        page.text,
        ".Dd {date}\n.Dt {title} 5\n.Os\n.Sh NAME\n.Nm {name}\n.Nd {about}\n.Sh DESCRIPTION\n"
    );
    let lines: Vec<&str> = text.lines().collect();
    let (body, level) = match document.heading {
        Some(heading) => section(&lines, heading),
        None => (lines.get(1..).unwrap_or_default(), 1),
    };
    page.blocks(body, level);
    page.text.push_str(".Sh SEE ALSO\n.Xr postfix-conformance 1\n");
    page.text
}

/// What is below a heading, up to the next of its level or above; and its level.
fn section<'a>(lines: &'a [&'a str], heading: &str) -> (&'a [&'a str], usize) {
    let level = |line: &str| line.len() - line.trim_start_matches('#').len();
    let is_it = |line: &&str| line.starts_with('#') && line.trim_start_matches('#').trim() == heading;
    let Some(start) = lines.iter().position(is_it) else { return (&[], 1) };
    let rest = &lines[start + 1..];
    let mut in_code = false;
    let end = rest.iter().position(|line| {
        in_code ^= line.starts_with("```");
        !in_code && line.starts_with('#') && level(line) <= level(lines[start])
    });
    (&rest[..end.unwrap_or(rest.len())], level(lines[start]))
}

#[derive(Default)]
struct Page {
    text: String,
    /// Whether a paragraph or a block came since the last heading: then the next one is set apart.
    begun: bool,
}

impl Page {
    fn blocks(&mut self, lines: &[&str], level: usize) {
        let mut rest = lines;
        while let Some(line) = rest.first() {
            let length = block_length(rest);
            let (block, after) = rest.split_at(length);
            rest = after;
            if let Some(heading) = line.strip_prefix('#') {
                self.heading(heading, level);
            } else if line.starts_with("```") {
                self.code(block);
            } else if line.starts_with('|') {
                self.table(block);
            } else if marker(line).is_some() {
                self.list(block);
            } else if !line.is_empty() {
                self.set_apart();
                self.running(&block.join(" "));
            }
        }
    }

    fn heading(&mut self, line: &str, level: usize) {
        let depth = 1 + line.chars().take_while(|letter| *letter == '#').count();
        let text = inline(line.trim_start_matches('#').trim());
        if depth <= level + 1 {
            let _ = writeln!(self.text, ".Sh {}", text.to_uppercase());
        } else {
            let _ = writeln!(self.text, ".Ss {text}");
        }
        self.begun = false;
    }

    fn set_apart(&mut self) {
        if self.begun {
            self.text.push_str(".Pp\n");
        }
        self.begun = true;
    }

    /// Running text, a line for each sentence. A line that begins as a request would is no request.
    fn running(&mut self, text: &str) {
        let text = sentences(&inline(text.trim()));
        let guard = if text.starts_with(['.', '\'']) { "\\&" } else { "" };
        let _ = writeln!(self.text, "{guard}{text}");
    }

    fn code(&mut self, block: &[&str]) {
        let inside = block.iter().skip(1).filter(|line| !line.starts_with("```"));
        self.text.push_str(".Bd -literal -offset indent\n");
        for line in inside {
            let line = line.replace('\\', "\\e");
            let guard = if line.starts_with(['.', '\'']) { "\\&" } else { "" };
            let _ = writeln!(self.text, "{guard}{line}");
        }
        self.text.push_str(".Ed\n");
        self.begun = true;
    }

    /// The first cell of a row names what the others are about.
    fn table(&mut self, block: &[&str]) {
        let head = cells(block[0]);
        self.text.push_str(".Bl -tag -width Ds\n");
        for row in block.iter().skip(2) {
            let row = cells(row);
            let _ = writeln!(self.text, ".It {}", macro_argument(&row[0]));
            for (number, cell) in row.iter().enumerate().skip(1).filter(|(_, cell)| !cell.is_empty()) {
                if row.len() == 2 {
                    self.running(cell);
                } else {
                    self.running(&format!("{}: {cell}.", head[number]));
                }
            }
        }
        self.text.push_str(".El\n");
        self.begun = true;
    }

    fn list(&mut self, block: &[&str]) {
        let kind = if block[0].starts_with('-') { "-bullet" } else { "-enum" };
        let _ = writeln!(self.text, ".Bl {kind}");
        let mut item = String::new();
        for line in block {
            if let Some(begun) = marker(line) {
                self.item(&item);
                begun.clone_into(&mut item);
            } else {
                item.push(' ');
                item.push_str(line.trim());
            }
        }
        self.item(&item);
        self.text.push_str(".El\n");
        self.begun = true;
    }

    fn item(&mut self, item: &str) {
        if !item.is_empty() {
            self.text.push_str(".It\n");
            self.running(item);
        }
    }
}

/// How many lines belong together from here on.
fn block_length(lines: &[&str]) -> usize {
    let first = lines[0];
    if first.starts_with("```") {
        return lines
            .iter()
            .skip(1)
            .position(|line| line.starts_with("```"))
            .map_or(lines.len(), |end| end + 2);
    }
    if first.is_empty() || first.starts_with('#') {
        return 1;
    }
    let ends = |line: &&str| {
        line.is_empty() || line.starts_with("```") || line.starts_with('|') != first.starts_with('|')
    };
    let is_text = marker(first).is_none();
    let end = lines.iter().skip(1).position(|line| ends(line) || (is_text && marker(line).is_some()));
    end.map_or(lines.len(), |end| end + 1)
}

/// What follows the mark of an item of a list.
fn marker(line: &str) -> Option<&str> {
    line.strip_prefix("- ").or_else(|| {
        let (number, rest) = line.split_once(". ")?;
        (!number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())).then_some(rest)
    })
}

/// The cells of a row. A sign that is part of a cell is written `\|`.
fn cells(row: &str) -> Vec<String> {
    let row = row.trim().trim_start_matches('|').replace("\\|", "\0");
    let row = row.strip_suffix('|').unwrap_or(&row);
    row.split('|').map(|cell| cell.trim().replace('\0', "|")).collect()
}

/// Text as an argument of a macro: its first word must not be taken for another macro.
fn macro_argument(text: &str) -> String {
    format!("\\&{}", inline(text).replace('"', "\\(dq"))
}

/// Each sentence on a line of its own, as mdoc(7) asks for.
fn sentences(text: &str) -> String {
    let mut page = String::new();
    let mut rest = text;
    while let Some(end) = rest.find(". ") {
        let (sentence, next) = (&rest[..=end], &rest[end + 2..]);
        page.push_str(sentence);
        page.push(if next.starts_with(|letter: char| letter.is_lowercase()) { ' ' } else { '\n' });
        rest = next;
    }
    page + rest
}

/// Code and strong words in bold, links as their text.
fn inline(text: &str) -> String {
    let mut page = String::new();
    for (number, part) in text.split('`').enumerate() {
        if number % 2 == 1 {
            let _ = write!(page, "\\fB{}\\fR", part.replace('\\', "\\e"));
        } else {
            page.push_str(&prose(part));
        }
    }
    page
}

fn prose(text: &str) -> String {
    let mut page = String::new();
    for (number, part) in text.replace('\\', "\\e").split("**").enumerate() {
        if number > 0 {
            page.push_str(if number % 2 == 1 { "\\fB" } else { "\\fR" });
        }
        page.push_str(part);
    }
    while let Some((before, rest)) = page.split_once('[') {
        let Some((name, after)) = rest.split_once("](") else { break };
        let Some((_, after)) = after.split_once(')') else { break };
        page = format!("{before}{name}{after}");
    }
    page
}

#[cfg(test)]
mod tests {
    use super::{Document, page};

    const TEXT: &str = "# Files\n\nOne `key` of [many](a.md),\nand **more**. Two.\n\n.dot first\n\n## A part\n\n\
        | key | meaning | default |\n|---|---|---|\n| `a \\| b` | this | that |\n\n- one\n  two\n- three\n\n\
        ```toml\n# a remark\n.x = \"\\\\\"\n```\n\n## Another\n\nText.\n";

    fn whole(heading: Option<&'static str>) -> String {
        page("files", &Document { path: "files.md", heading, about: "files" }, TEXT, "May 1, 2026")
    }

    #[test]
    fn each_form_has_its_macros() {
        let page = whole(None);
        for part in [
            ".Dd May 1, 2026\n.Dt FILES 5\n",
            "One \\fBkey\\fR of many, and \\fBmore\\fR.\nTwo.\n.Pp\n\\&.dot first\n",
            ".Sh A PART\n.Bl -tag -width Ds\n.It \\&\\fBa | b\\fR\nmeaning: this.\ndefault: that.\n.El\n",
            ".Bl -bullet\n.It\none two\n.It\nthree\n.El\n",
            ".Bd -literal -offset indent\n# a remark\n\\&.x = \"\\e\\e\"\n.Ed\n.Sh ANOTHER\nText.\n",
        ] {
            assert!(page.contains(part), "{part}\nis not in\n{page}");
        }
    }

    #[test]
    fn a_part_ends_where_the_next_one_begins() {
        let page = whole(Some("A part"));
        assert!(
            page.contains("three")
                && page.contains("a remark")
                && !page.contains("Another")
                && !page.contains("One"),
            "{page}"
        );
    }
}
