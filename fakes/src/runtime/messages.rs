//! Formats messages as Postfix does: `NAME: warning: TEXT`, with unprintable bytes masked.

use crate::protocol::features::Feature;
use crate::protocol::version::PostfixVersion;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    Info,
    Warning,
    Error,
    Fatal,
    Panic,
}

impl Severity {
    /// The word for it in a message.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Fatal => "fatal",
            Self::Panic => "panic",
        }
    }
}

/// What becomes of bytes that are not ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Utf8 {
    /// They are masked.
    Masked,
    /// A byte that may begin a character is kept with all that may continue it, whether they make one or not.
    Guessed,
    /// Only characters are kept.
    Checked,
}

impl Utf8 {
    /// As programs print it that let UTF-8 pass.
    pub(crate) fn of(version: PostfixVersion) -> Self {
        if version.has(Feature::Utf8Checked) { Self::Checked } else { Self::Guessed }
    }

    /// The length of what is kept at the start of a text that begins with another byte than ASCII.
    fn kept(self, text: &[u8]) -> usize {
        let is_character =
            |length: &usize| text.get(..*length).is_some_and(|bytes| std::str::from_utf8(bytes).is_ok());
        match self {
            Self::Masked => 0,
            Self::Guessed if !(194..=254).contains(&text[0]) => 0,
            Self::Guessed => match text[1..].iter().take_while(|byte| (128..192).contains(*byte)).count() {
                0 => 0,
                follow => 1 + follow,
            },
            Self::Checked => (2..=4).find(is_character).unwrap_or(0),
        }
    }
}

/// A line of standard error.
pub(crate) fn line(tag: &[u8], severity: Severity, text: &[u8], utf8: Utf8) -> Vec<u8> {
    let text = printable(text, utf8);
    if severity == Severity::Info {
        return [tag, b": ", &text, b"\n"].concat();
    }
    [tag, b": ", severity.word().as_bytes(), b": ", &text, b"\n"].concat()
}

/// The text up to its first NUL, with a question mark for each byte that is not printable.
pub(crate) fn printable(text: &[u8], utf8: Utf8) -> Vec<u8> {
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    let mut clean = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(byte) = rest.first() {
        let kept = match byte {
            b' '..=b'~' => 1,
            128.. => utf8.kept(rest),
            _ => 0,
        };
        if kept == 0 {
            clean.push(b'?');
        }
        clean.extend_from_slice(&rest[..kept]);
        rest = &rest[kept.max(1)..];
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::{Severity, Utf8, line, printable};

    #[test]
    fn bytes_that_are_not_printable_are_masked() {
        assert_eq!(printable(b"a\tb\x7f\xc3\xa9\xff", Utf8::Masked), b"a?b????");
        for utf8 in [Utf8::Guessed, Utf8::Checked] {
            assert_eq!(printable(b"a\xc3\xa9\xffb\x80", utf8), "a\u{e9}?b?".as_bytes());
        }
    }

    #[test]
    fn newer_versions_keep_only_characters() {
        for (version, utf8) in [("3.8.20", Utf8::Guessed), ("3.9.0", Utf8::Checked)] {
            assert_eq!(Utf8::of(version.parse().unwrap()), utf8);
        }
        for (text, guessed, checked) in [
            // Too short, too long, of a range that has no characters, written longer than it need be.
            (&b"\xe5\x9bx"[..], &b"\xe5\x9bx"[..], &b"??x"[..]),
            (b"\xc3\xa9\xa9", b"\xc3\xa9\xa9", b"\xc3\xa9?"),
            (b"\xed\xa0\x80", b"\xed\xa0\x80", b"???"),
            (b"\xe0\x80\x80", b"\xe0\x80\x80", b"???"),
            (b"\xf4\x90\x80\x80", b"\xf4\x90\x80\x80", b"????"),
            (b"\xf0\x9f\x98\x80", b"\xf0\x9f\x98\x80", b"\xf0\x9f\x98\x80"),
        ] {
            assert_eq!(printable(text, Utf8::Guessed), guessed);
            assert_eq!(printable(text, Utf8::Checked), checked);
        }
    }

    #[test]
    fn only_information_goes_without_its_severity() {
        assert_eq!(line(b"x", Severity::Info, b"hello", Utf8::Masked), b"x: hello\n");
        assert_eq!(line(b"x", Severity::Warning, b"hello", Utf8::Masked), b"x: warning: hello\n");
    }
}
