//! Formats messages as Postfix does: `NAME: warning: TEXT`, with unprintable bytes masked. Knows nothing of where they
//! go.

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

    /// The name of it in the journal.
    pub(crate) fn in_journal(self) -> &'static str {
        if self == Self::Warning { "warn" } else { self.word() }
    }
}

/// A line of standard error.
pub(crate) fn line(tag: &[u8], severity: Severity, text: &[u8], keeps_utf8: bool) -> Vec<u8> {
    let text = printable(text, keeps_utf8);
    if severity == Severity::Info {
        return [tag, b": ", &text, b"\n"].concat();
    }
    [tag, b": ", severity.word().as_bytes(), b": ", &text, b"\n"].concat()
}

/// The text up to its first NUL, with a question mark for each byte that is not printable.
pub(crate) fn printable(text: &[u8], keeps_utf8: bool) -> Vec<u8> {
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    let mut clean = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(byte) = rest.first() {
        let follow = rest[1..].iter().take_while(|byte| (128..192).contains(*byte)).count();
        let kept = match byte {
            b' '..=b'~' => 1,
            194..=254 if keeps_utf8 && follow > 0 => 1 + follow,
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
    use super::{Severity, line, printable};

    #[test]
    fn bytes_that_are_not_printable_are_masked() {
        assert_eq!(printable(b"a\tb\x7f\xc3\xa9\xff", false), b"a?b????");
        assert_eq!(printable(b"a\xc3\xa9\xffb\x80", true), "a\u{e9}?b?".as_bytes());
    }

    #[test]
    fn only_information_goes_without_its_severity() {
        assert_eq!(line(b"x", Severity::Info, b"hello", false), b"x: hello\n");
        assert_eq!(line(b"x", Severity::Warning, b"hello", false), b"x: warning: hello\n");
    }
}
