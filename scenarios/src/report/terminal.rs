//! Standard output with colours, which ends nothing when its reader is gone; notes on standard error.

use std::fmt::{self, Display};
use std::io::{self, ErrorKind, IsTerminal, Write};

use clap::ValueEnum;

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal that has them, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// In any case.
    Always,
    /// Never.
    Never,
}

/// How a text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Stands out.
    Bold,
    /// Stands back.
    Faint,
    /// Good news.
    Green,
    /// Bad news.
    Red,
    /// No news.
    Yellow,
}

/// Puts looks on texts, or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paint {
    colours: Colour,
}

impl Paint {
    /// For standard output.
    pub fn for_stdout(wanted: Colour) -> Self {
        Self::new(wanted, io::stdout().is_terminal())
    }

    /// For a stream that is a terminal or not.
    pub fn new(wanted: Colour, is_terminal: bool) -> Self {
        let colourful = match wanted {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => {
                let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
                let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
                is_terminal && !set("NO_COLOR") && !dumb
            }
        };
        Self { colours: if colourful { Colour::Always } else { Colour::Never } }
    }

    /// Without colours.
    pub fn plain() -> Self {
        Self { colours: Colour::Never }
    }

    /// `text` with a look.
    pub fn look(self, look: Look, text: impl Display) -> String {
        if self.colours == Colour::Never {
            return text.to_string();
        }
        let code = match look {
            Look::Bold => 1,
            Look::Faint => 2,
            Look::Red => 31,
            Look::Green => 32,
            Look::Yellow => 33,
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// What a stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// A terminal that can go back on a line.
    Terminal,
    /// Anything else.
    Stream,
}

impl Screen {
    /// Of a stream that is a terminal or not.
    pub fn of_terminal(is_terminal: bool) -> Self {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
        if is_terminal && !dumb { Self::Terminal } else { Self::Stream }
    }
}

/// Standard output cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to standard output: {0}")]
pub struct StdoutError(pub io::Error);

/// Standard output. Once its reader is gone, it takes everything and passes on nothing. What `writeln!` gives for it is
/// a [`StdoutError`], so that no error of another stream or file can be taken for one of standard output.
pub struct Stdout<'a> {
    stream: Box<dyn Write + 'a>,
    reader: Reader,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    There,
    Gone,
}

impl<'a> Stdout<'a> {
    /// Around `stream`.
    pub fn new(stream: impl Write + 'a) -> Self {
        Self { stream: Box::new(stream), reader: Reader::There }
    }

    /// What `write!` and `writeln!` call.
    ///
    /// # Errors
    /// When the stream cannot be written, and has a reader.
    pub fn write_fmt(&mut self, text: fmt::Arguments<'_>) -> Result<(), StdoutError> {
        Write::write_fmt(self, text).map_err(StdoutError)
    }

    fn tolerate<T>(&mut self, result: io::Result<T>, instead: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.reader = Reader::Gone;
                Ok(instead)
            }
            other => other,
        }
    }
}

impl Write for Stdout<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        if self.reader == Reader::Gone {
            return Ok(buffer.len());
        }
        let written = self.stream.write(buffer);
        self.tolerate(written, buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.reader == Reader::Gone {
            return Ok(());
        }
        let flushed = self.stream.flush();
        self.tolerate(flushed, ())
    }
}

/// Writes a line about a run to standard error. If that fails, the run goes on: its result is on standard output and in
/// the exit status.
pub fn note(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "postfix-conformance: {text}");
}
