//! Finds the command lines in the documents of this tree that call one of its programs.
//! So each program can parse them with its own parser. Knows nothing of what an option means.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A command line, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentedCommand {
    /// File and line.
    pub place: String,
    /// The words after the program's name. What a variable would give is "1".
    pub arguments: Vec<String>,
}

/// What of a file is a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Markdown: blocks of code, and code within a line that begins with the program.
    Markdown,
    /// A page of the manual.
    Manual,
    /// Every line that is no comment.
    Recipe,
}

/// Where documents are, and recipes that no test of ours runs.
const PLACES: [(&str, Kind); 15] = [
    ("README.md", Kind::Markdown),
    ("CHANGELOG.md", Kind::Markdown),
    ("CONTRIBUTING.md", Kind::Markdown),
    ("SECURITY.md", Kind::Markdown),
    ("docs", Kind::Markdown),
    ("scenarios/cases/README.md", Kind::Markdown),
    ("packaging/README.md", Kind::Markdown),
    ("wrapper/man", Kind::Manual),
    ("packaging/systemd", Kind::Recipe),
    ("packaging/tmt", Kind::Recipe),
    ("packaging/arch", Kind::Recipe),
    ("packaging/alpine", Kind::Recipe),
    ("packaging/debian/rules", Kind::Recipe),
    ("packaging/debian/tests/conformance", Kind::Recipe),
    (".ci/run", Kind::Recipe),
];

/// Words behind which the name of a program is no call.
const BEFORE_NAMES: [&str; 7] = ["cargo", "dpkg", "rpm", "apt-get", "amove", "install", "name:"];

/// Words that stand for others of which not all would do; a sign adds them in recipes.
const PLACEHOLDERS: [&str; 5] = ["...", "ACTION", "COMMAND", "N", "+"];

/// Words that stand for any number of words.
const ANY_WORDS: [&str; 2] = ["*", "$@"];

/// The calls of a program, which is named by its first words. A path before its name does not matter; without arguments
/// it is only a name.
///
/// # Errors
/// If a document cannot be read, or if there is no call.
pub fn calls_of(root: &Path, program: &[&str]) -> Result<Vec<DocumentedCommand>, String> {
    let mut found = Vec::new();
    for (place, kind) in PLACES {
        let place = root.join(place);
        let texts = texts(&place, kind).map_err(|error| format!("{}: {error}", place.display()))?;
        for (file, text) in texts {
            let name = file.strip_prefix(root).unwrap_or(&file).display();
            for (number, line) in command_lines(&text, kind) {
                for arguments in calls(&line, program) {
                    found.push(DocumentedCommand { place: format!("{name}:{number}"), arguments });
                }
            }
        }
    }
    if found.is_empty() { Err(format!("no document calls {program:?}")) } else { Ok(found) }
}

/// The file, or the documents in and below the folder, and what is in each.
fn texts(place: &Path, kind: Kind) -> io::Result<Vec<(PathBuf, String)>> {
    if !place.is_dir() {
        return Ok(vec![(place.to_owned(), fs::read_to_string(place)?)]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(place)? {
        let path = entry?.path();
        let is_markdown = path.extension().is_some_and(|extension| extension == "md");
        if path.is_dir() || is_markdown == (kind == Kind::Markdown) {
            found.extend(texts(&path, kind)?);
        }
    }
    found.sort();
    Ok(found)
}

/// The lines that can be commands, with their numbers. A line that goes on in the next one is one.
fn command_lines(text: &str, kind: Kind) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let (mut in_block, mut goes_on) = (false, false);
    for (index, line) in text.lines().enumerate() {
        let code = match kind {
            Kind::Recipe => Some(line.to_owned()),
            Kind::Markdown if line.trim_start().starts_with("```") => {
                in_block = !in_block;
                None
            }
            Kind::Markdown if in_block => Some(line.to_owned()),
            Kind::Markdown => {
                found.extend(line.split('`').skip(1).step_by(2).map(|code| (index + 1, code.to_owned())));
                None
            }
            Kind::Manual if line.starts_with(".Bd -literal") => {
                in_block = true;
                None
            }
            Kind::Manual if line.starts_with(".Ed") => {
                in_block = false;
                None
            }
            Kind::Manual if in_block => Some(line.replace("\\-", "-")),
            Kind::Manual => line.strip_prefix(".Dl ").map(|code| code.replace("\\-", "-")),
        };
        let Some(code) = code else { continue };
        let (code, continued) = match code.strip_suffix('\\') {
            Some(code) => (code.to_owned(), true),
            None => (code, false),
        };
        match found.last_mut() {
            Some((_, before)) if goes_on => before.push_str(&code),
            _ => found.push((index + 1, code)),
        }
        goes_on = continued;
    }
    found
}

/// The arguments of each call of the program in a line.
fn calls(line: &str, program: &[&str]) -> Vec<Vec<String>> {
    let call = |mut command: Vec<String>| {
        let at = command.windows(program.len()).position(|words| {
            words.iter().zip(program).all(|(word, name)| word.rsplit('/').next() == Some(name))
        })?;
        let before = &command[..at];
        let is_value = before.last().is_some_and(|word| word.starts_with("--") && word != "--");
        let is_name = is_value || before.iter().any(|word| BEFORE_NAMES.contains(&word.as_str()));
        let mut arguments = command.split_off(at + program.len());
        arguments.retain(|word| !ANY_WORDS.contains(&word.as_str()));
        let is_whole = !arguments.iter().any(|word| PLACEHOLDERS.contains(&word.as_str()));
        (!is_name && is_whole && !arguments.is_empty()).then_some(arguments)
    };
    simple_commands(&without_variables(line)).into_iter().filter_map(call).collect()
}

/// A line in which each variable of a shell, of Nagios or of a workflow is "1".
fn without_variables(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, variable)) = rest.split_once('$') {
        text.push_str(before);
        let end = if let Some(inner) = variable.strip_prefix("{{") {
            inner.find("}}").map_or(variable.len(), |at| at + 4)
        } else if variable.starts_with('{') {
            variable.find('}').map_or(variable.len(), |at| at + 1)
        } else {
            let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
            let end = variable.find(|letter| !is_name(letter)).unwrap_or(variable.len());
            // Nagios has a sign on both sides; a space comes behind the variables of a shell.
            if end > 0 && variable[end..].starts_with('$') { end + 1 } else { end }
        };
        match end {
            0 => text.push('$'),
            _ => text.push('1'),
        }
        rest = &variable[end..];
    }
    text + rest
}

/// The words of each command of a line: without quotes, comments and redirections. An array of quoted words is a
/// command, too.
fn simple_commands(line: &str) -> Vec<Vec<String>> {
    let mut reader = Reader::default();
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match (reader.quote, letter) {
            (Some(quote), _) if quote == letter => reader.quote = None,
            (Some('"') | None, '\\') => reader.word().extend(letters.next()),
            (Some(_), _) => reader.word().push(letter),
            (None, '\'' | '"') => {
                reader.quote = Some(letter);
                reader.word();
            }
            (None, '#') if reader.word.is_none() => break,
            (None, '[' | ']' | ',')
                if reader.word.is_none() || matches!(letters.peek(), None | Some(' ')) =>
            {
                reader.end_word();
            }
            (None, letter) if letter.is_whitespace() => reader.end_word(),
            (None, '>' | '<') => reader.redirect(),
            (None, ';' | '|' | '&' | '(' | ')') => reader.end_command(),
            (None, letter) => reader.word().push(letter),
        }
    }
    reader.end_command();
    reader.commands
}

/// What has been read of a line.
#[derive(Default)]
struct Reader {
    commands: Vec<Vec<String>>,
    command: Vec<String>,
    word: Option<String>,
    quote: Option<char>,
    /// The next word is a file's name.
    is_redirected: bool,
}

impl Reader {
    fn word(&mut self) -> &mut String {
        self.word.get_or_insert_default()
    }

    fn end_word(&mut self) {
        if let Some(word) = self.word.take() {
            if !std::mem::take(&mut self.is_redirected) {
                self.command.push(word);
            }
        }
    }

    /// Before the sign there may be the number of a descriptor.
    fn redirect(&mut self) {
        if self.word.as_ref().is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit())) {
            self.word = None;
        }
        self.end_word();
        self.is_redirected = true;
    }

    fn end_command(&mut self) {
        self.end_word();
        self.is_redirected = false;
        self.commands.push(std::mem::take(&mut self.command));
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, calls, command_lines};

    #[test]
    fn commands_are_found_in_blocks_and_in_code_of_a_line() {
        let text = "The `a -b` does:\n\n```sh\na \\\n  -c   # why\n```\na -d\n";
        let lines = command_lines(text, Kind::Markdown);
        assert_eq!(lines, [(1, "a -b".to_owned()), (4, "a   -c   # why".to_owned())]);
        let text = ".Dl a \\-b\na\n.Bd -literal -offset indent\na -c\n.Ed\na\n";
        assert_eq!(command_lines(text, Kind::Manual), [(1, "a -b".to_owned()), (4, "a -c".to_owned())]);
    }

    #[test]
    fn a_call_ends_where_a_shell_ends_it() {
        for (line, expected) in [
            ("sudo /usr/sbin/tool 'a b' \"c\" >file 2>&1", &["a b", "c"][..]),
            ("x && tool a || other b", &["a"]),
            ("if ! tool a; then b; fi", &["a"]),
            (
                "- run: tool --shard ${{ matrix.share }}/2 --json \"$file\"",
                &["--shard", "1/2", "--json", "1"],
            ),
            ("command_line  sudo tool -w $ARG1$ -c $ARG2$", &["-w", "1", "-c", "1"]),
            ("ENTRYPOINT [\"/usr/sbin/tool\", \"--jobs\", \"auto\"]", &["--jobs", "auto"]),
            ("command = [ \"sudo\", \"tool\", \"status\" ]", &["status"]),
            ("tool name=1,2   # why", &["name=1,2"]),
        ] {
            assert_eq!(calls(line, &["tool"]), [expected], "{line}");
        }
        for line in [
            "dpkg -r tool a",
            "x --run tool a",
            "# tool a",
            "tools a",
            "tool",
            "tool: a message",
            "tool -e ACTION",
            "tool *",
        ] {
            let calls = calls(line, &["tool"]);
            assert!(calls.is_empty(), "{line}: {calls:?}");
        }
        assert_eq!(calls("cargo xtask test", &["cargo", "xtask"]), [["test"]]);
        assert!(calls("cargo test", &["cargo", "xtask"]).is_empty());
    }
}
