//! Parses main.cf as Postfix does.
//! It reads logical lines of the form `name = value`. The last setting of a name wins, and `$name` is expanded when a
//! value is used. The results are compared with postconf(1) byte for byte. Knows nothing of which parameters exist.
//!
//! What Postfix writes to standard error is collected as warnings, without the program's name; a [`Fatal`] ends the
//! program. A value is a C string: it ends at the first NUL.

mod comparison;
mod expansion;
mod expansion_limit;
mod functions;
mod lines;
mod values;

use std::collections::BTreeMap;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::protocol::version::PostfixVersion;
use crate::runtime::fatal::{Fatal, system_message};

pub(crate) use comparison::level;
pub(crate) use expansion::expand_but;
pub use expansion::{Expansion, Mode, expand};
pub use expansion_limit::ExpansionLimit;
pub use lines::{LogicalLine, LogicalLines, logical_lines, split_name_value};
pub use values::{COMMA_SPACE, SPACE, is_space, split, split_braced};
pub(crate) use values::{braced, next_word, trim_end, trim_start};

/// Settings by name, with their values as they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MainCf {
    version: PostfixVersion,
    values: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Default for MainCf {
    fn default() -> Self {
        Self::of(PostfixVersion::NEWEST)
    }
}

impl MainCf {
    /// No settings yet, for a version of Postfix.
    pub fn of(version: PostfixVersion) -> Self {
        Self { version, values: BTreeMap::new() }
    }

    /// The version of Postfix that they are for.
    pub fn version(&self) -> PostfixVersion {
        self.version
    }

    /// Reads the main.cf at `path` into these settings.
    ///
    /// # Errors
    /// When it cannot be opened or read, or a line is no setting.
    pub fn read(&mut self, path: &Path, warnings: &mut Vec<Vec<u8>>) -> Result<(), Fatal> {
        let shown = path.as_os_str().as_bytes();
        let trouble = |verb: &str, error: &io::Error| {
            Fatal::of(&[verb.as_bytes(), b" ", shown, b": ", system_message(error).as_bytes()])
        };
        let mut file = std::fs::File::open(path).map_err(|error| trouble("open", &error))?;
        let mut text = Vec::new();
        // Where reading fails, as it does with a directory, Postfix has taken in what came before.
        let end = io::Read::read_to_end(&mut file, &mut text);
        self.parse(&text, shown, warnings)?;
        end.map(drop).map_err(|error| trouble("read", &error))
    }

    /// Takes in the text of a main.cf; `path` is what messages call it.
    ///
    /// # Errors
    /// When a line is no setting.
    pub fn parse(&mut self, text: &[u8], path: &[u8], warnings: &mut Vec<Vec<u8>>) -> Result<(), Fatal> {
        let place = |line: usize| [path, format!(", line {line}: ").as_bytes()].concat();
        let mut lines = LogicalLines::of(text, path, self.version);
        while let Some(line) = lines.next_line(warnings) {
            let (name, value) = split_name_value(&line.text, self.version).map_err(|why| {
                Fatal::of(&[&place(line.number), why.as_bytes(), b": \"", &line.text, b"\""])
            })?;
            if let Some(old) = self.values.get(name).filter(|old| *old != value) {
                warnings.push(
                    [&place(line.number), &b"overriding earlier entry: "[..], name, b"=", old].concat(),
                );
            }
            self.set(name, value);
        }
        Ok(())
    }

    /// The value as written, if the parameter is set.
    pub fn get(&self, name: &[u8]) -> Option<&[u8]> {
        self.values.get(name).map(Vec::as_slice)
    }

    /// Sets a parameter, whatever it was before.
    pub fn set(&mut self, name: &[u8], value: &[u8]) {
        self.values.insert(name.to_vec(), value.to_vec());
    }

    /// Forgets a parameter.
    pub fn remove(&mut self, name: &[u8]) {
        self.values.remove(name);
    }

    /// All settings, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.values.iter().map(|(name, value)| (name.as_slice(), value.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Fatal, MainCf};

    fn parsed(text: &[u8]) -> (Result<MainCf, Fatal>, Vec<Vec<u8>>) {
        let mut warnings = Vec::new();
        let mut settings = MainCf::default();
        let result = settings.parse(text, b"/x/main.cf", &mut warnings);
        (result.map(|()| settings), warnings)
    }

    #[test]
    fn the_last_setting_wins_and_a_change_is_warned_of() {
        let (settings, warnings) = parsed(b"a = 1\nb=2\na = 1\na = 3\n");
        assert_eq!(settings.unwrap().get(b"a"), Some(&b"3"[..]));
        assert_eq!(warnings, [b"/x/main.cf, line 4: overriding earlier entry: a=1".to_vec()]);
    }

    #[test]
    fn a_line_that_is_no_setting_is_fatal_with_its_place() {
        let (settings, _) = parsed(b"# comment\n\nfoo bar\n  baz\n");
        assert_eq!(
            settings.unwrap_err().to_string(),
            "/x/main.cf, line 3: missing '=' after attribute name: \"foo bar  baz\""
        );
        let (settings, _) = parsed(b"= bar\n");
        assert_eq!(
            settings.unwrap_err().to_string(),
            "/x/main.cf, line 1: missing attribute name: \"= bar\""
        );
    }

    #[test]
    fn a_missing_file_is_fatal() {
        let error = MainCf::default().read("/nonexistent/main.cf".as_ref(), &mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "open /nonexistent/main.cf: No such file or directory");
    }
}
