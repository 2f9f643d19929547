//! Splits a text into logical lines: drops comments and blank lines, joins continuation lines.

use super::values::{is_space, split_where, trim_end, trim_start};
use crate::protocol::features::Feature;
use crate::protocol::version::PostfixVersion;

/// A logical line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogicalLine {
    /// The number of the physical line it begins on, counted from 1.
    pub number: usize,
    /// Its text, continuation lines included, up to the first NUL.
    pub text: Vec<u8>,
}

/// Splits the text of a configuration file into logical lines; `path` is what warnings call it.
pub fn logical_lines(
    text: &[u8],
    path: &[u8],
    version: PostfixVersion,
    warnings: &mut Vec<Vec<u8>>,
) -> Vec<LogicalLine> {
    let mut lines = LogicalLines::of(text, path, version);
    std::iter::from_fn(|| lines.next_line(warnings)).collect()
}

/// The logical lines of a text, the one after the other: who stops early is not warned of what comes later.
///
/// A line that begins with white space continues the one before, comments and blank lines between them
/// notwithstanding. With nothing before it to continue, it is dropped with a warning, and so are the lines
/// that continue it in turn.
pub struct LogicalLines<'t> {
    rest: &'t [u8],
    /// How many physical lines come before the rest.
    number: usize,
    gathered: Gathered,
    path: &'t [u8],
    version: PostfixVersion,
}

impl<'t> LogicalLines<'t> {
    /// Those of `text`; `path` is what warnings call it.
    pub fn of(text: &'t [u8], path: &'t [u8], version: PostfixVersion) -> Self {
        Self { rest: text, number: 0, gathered: Gathered::default(), path, version }
    }

    /// The next one.
    pub fn next_line(&mut self, warnings: &mut Vec<Vec<u8>>) -> Option<LogicalLine> {
        while !self.rest.is_empty() {
            let (line, end) = split_where(self.rest, |byte| byte == b'\n');
            self.rest = end.get(1..).unwrap_or_default();
            self.number += 1;
            // A comment or a blank line ends a logical line only if its first byte does not continue it.
            let continues = line.first().is_none_or(|byte| is_space(*byte) || *byte == b'#');
            let done =
                (!self.gathered.text.is_empty() && !continues).then(|| std::mem::take(&mut self.gathered));
            self.gathered.add(self.number, line);
            let done = done.and_then(|done| self.finished(done, warnings));
            if done.is_some() {
                return done;
            }
        }
        let last = std::mem::take(&mut self.gathered);
        self.finished(last, warnings)
    }

    fn finished(&self, mut lines: Gathered, warnings: &mut Vec<Vec<u8>>) -> Option<LogicalLine> {
        if lines.has_nul && self.version.has(Feature::NulWarnings) {
            let first = if lines.first == lines.last { String::new() } else { format!("{}-", lines.first) };
            let what = format!(", line {first}{}: text after null byte may be ignored", lines.last);
            warnings.push([self.path, what.as_bytes()].concat());
        }
        let length = lines.text.len();
        lines.text.truncate(split_where(&lines.text, |byte| byte == 0).0.len());
        if lines.text.first().is_some_and(|byte| is_space(*byte)) {
            let start = &lines.text[..lines.text.len().min(30)];
            let end: &[u8] = if length > 30 { b"...\"" } else { b"\"" };
            let what = b": logical line must not start with whitespace: \"";
            warnings.push([self.path, what, start, end].concat());
            return None;
        }
        (length > 0).then_some(LogicalLine { number: lines.first, text: lines.text })
    }
}

/// The physical lines that Postfix reads at once: those of one logical line, and what is passed over before and
/// after it.
#[derive(Default)]
struct Gathered {
    first: usize,
    last: usize,
    text: Vec<u8>,
    has_nul: bool,
}

impl Gathered {
    fn add(&mut self, number: usize, line: &[u8]) {
        if self.text.is_empty() {
            self.first = number;
        }
        self.last = number;
        self.has_nul |= line.contains(&0);
        if trim_start(line).first().is_some_and(|first| *first != b'#') {
            self.text.extend_from_slice(line);
        }
    }
}

/// Splits `name = value`; white space around both does not count. Older versions take `= value` for a parameter without
/// a name.
///
/// # Errors
/// What is missing, in Postfix's words.
pub fn split_name_value(text: &[u8], version: PostfixVersion) -> Result<(&[u8], &[u8]), &'static str> {
    let text = trim_start(text);
    let (name, rest) = split_where(text, |byte| is_space(byte) || byte == b'=');
    if name.is_empty() && (text.is_empty() || version.has(Feature::NamesRequired)) {
        return Err("missing attribute name");
    }
    match trim_start(rest).split_first() {
        Some((b'=', value)) => Ok((name, trim_end(trim_start(value)))),
        _ => Err("missing '=' after attribute name"),
    }
}

#[cfg(test)]
mod tests {
    use super::{logical_lines, split_name_value};
    use crate::protocol::version::{PostfixVersion, Series};

    fn texts(text: &[u8]) -> (Vec<(usize, String)>, Vec<Vec<u8>>) {
        let mut warnings = Vec::new();
        let lines = logical_lines(text, b"f", PostfixVersion::NEWEST, &mut warnings);
        let lines =
            lines.into_iter().map(|line| (line.number, String::from_utf8(line.text).unwrap())).collect();
        (lines, warnings)
    }

    #[test]
    fn comments_and_blank_lines_do_not_end_a_logical_line() {
        let (lines, warnings) = texts(b"a=1\n# c\n\n \t\n b\n  # d\n\tc\nd=2");
        assert_eq!(lines, [(1, "a=1 b\tc".to_owned()), (8, "d=2".to_owned())]);
        assert!(warnings.is_empty());
    }

    #[test]
    fn a_continuation_of_nothing_is_dropped_with_what_continues_it() {
        let (lines, warnings) = texts(b"  a=1\n  b\nc=2\n");
        assert_eq!(lines, [(3, "c=2".to_owned())]);
        assert_eq!(warnings, [b"f: logical line must not start with whitespace: \"  a=1  b\"".to_vec()]);
    }

    #[test]
    fn nul_ends_a_line_and_carriage_return_is_white_space() {
        let (lines, warnings) = texts(b"a=1\0b\r\nb=2\r\n\r\n\x0bc\n");
        assert_eq!(lines, [(1, "a=1".to_owned()), (2, "b=2\r\x0bc".to_owned())]);
        assert_eq!(warnings, [b"f, line 1: text after null byte may be ignored".to_vec()]);
    }

    #[test]
    fn a_nul_is_warned_of_with_all_lines_that_are_read_together() {
        let (_, warnings) = texts(b"#\0\n\na=1\n b\n#\0\n\nb=2\n# \0");
        assert_eq!(
            warnings,
            [
                b"f, line 3-6: text after null byte may be ignored".to_vec(),
                b"f, line 7-8: text after null byte may be ignored".to_vec(),
            ]
        );
        let mut warnings = Vec::new();
        logical_lines(b"a=1\0\n", b"f", PostfixVersion::upstream(Series::V3_7), &mut warnings);
        assert!(warnings.is_empty());
    }

    #[test]
    fn a_value_may_be_empty_and_hold_equal_signs() {
        let split = |text| split_name_value(text, PostfixVersion::NEWEST);
        assert_eq!(split(b" a b"), Err("missing '=' after attribute name"));
        assert_eq!(split(b"  "), Err("missing attribute name"));
        assert_eq!(split(b"a =\t b = c  \r"), Ok((&b"a"[..], &b"b = c"[..])));
        assert_eq!(split(b"a="), Ok((&b"a"[..], &b""[..])));
    }

    #[test]
    fn older_versions_have_a_parameter_without_a_name() {
        for (version, split) in [
            ("3.7.4", Ok((&b""[..], &b"x"[..]))),
            ("3.7.5", Err("missing attribute name")),
            ("3.8.0", Err("missing attribute name")),
        ] {
            assert_eq!(split_name_value(b" = x ", version.parse().unwrap()), split, "{version}");
        }
        assert_eq!(split_name_value(b" ", "3.7.4".parse().unwrap()), Err("missing attribute name"));
    }
}
