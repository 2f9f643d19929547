//! Standard output as reports use it: coloured where that is wanted, and silent once nobody reads any more.
//! Knows nothing of what is printed.

use std::fmt::Display;
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
        let colourful = match wanted {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => {
                let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
                let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
                io::stdout().is_terminal() && !set("NO_COLOR") && !dumb
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

/// What standard output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// A terminal that can go back on a line.
    Terminal,
    /// Anything else.
    Stream,
}

impl Screen {
    /// What standard output is now.
    pub fn of_stdout() -> Self {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
        if io::stdout().is_terminal() && !dumb { Self::Terminal } else { Self::Stream }
    }
}

/// A stream that takes everything and passes on nothing once its reader is gone.
#[derive(Debug)]
pub struct Tolerant<W> {
    stream: W,
    reader: Reader,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    There,
    Gone,
}

impl<W: Write> Tolerant<W> {
    /// Around `stream`.
    pub fn new(stream: W) -> Self {
        Self { stream, reader: Reader::There }
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

impl<W: Write> Write for Tolerant<W> {
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
