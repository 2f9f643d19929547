//! Makes and opens the files of one command before it runs.
//! They are its input and output, the request and the report. They are read through these open files, so that a
//! command cannot replace them.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use postfix_fakes::regular;

use crate::outcome::MOST_OUTPUT;

/// How many bytes of an output are kept that is longer than it may be.
const MOST_OF_TOO_MUCH: usize = 64 << 10;

/// How large a supervisor's answer may be, in bytes.
const MOST_ANSWER: u64 = 1 << 20;

/// They lie beside each other.
pub(super) struct RunFiles {
    stem: PathBuf,
    stdout: File,
    stderr: File,
    report: File,
    error: File,
}

/// What a command printed to one stream.
pub(super) enum Printed {
    /// All of it.
    Whole(Vec<u8>),
    /// More than it may: the beginning.
    TooMuch(Vec<u8>),
}

impl RunFiles {
    /// Makes those that are written to.
    pub(super) fn make(stem: &Path) -> io::Result<Self> {
        let make = |name| {
            let path = stem.with_extension(name);
            File::options().read(true).write(true).create_new(true).open(path)
        };
        Ok(Self {
            stem: stem.to_path_buf(),
            stdout: make("stdout")?,
            stderr: make("stderr")?,
            report: make("report")?,
            error: make("error")?,
        })
    }

    /// Where one of them is.
    pub(super) fn at(&self, extension: &str) -> PathBuf {
        self.stem.with_extension(extension)
    }

    /// Writes one that is read.
    pub(super) fn write(&self, extension: &str, text: &[u8]) -> io::Result<()> {
        let mut file = File::options().write(true).create_new(true).open(self.at(extension))?;
        io::Write::write_all(&mut file, text)
    }

    /// What the command has printed to standard output.
    pub(super) fn stdout(&self) -> io::Result<Printed> {
        printed(&self.stdout)
    }

    /// What the command has printed to standard error.
    pub(super) fn stderr(&self) -> io::Result<Printed> {
        printed(&self.stderr)
    }

    /// What the supervisor says came of it; nothing if it has said nothing.
    pub(super) fn report(&self) -> io::Result<Vec<u8>> {
        whole(&self.report, MOST_ANSWER)
    }

    /// What the supervisor says went wrong; nothing if it has said nothing.
    pub(super) fn error(&self) -> io::Result<String> {
        whole(&self.error, MOST_ANSWER).map(|text| String::from_utf8_lossy(&text).into_owned())
    }
}

fn whole(mut file: &File, most: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(0))?;
    regular::whole(file, most)
}

fn printed(mut file: &File) -> io::Result<Printed> {
    if file.metadata()?.len() <= MOST_OUTPUT {
        match whole(file, MOST_OUTPUT) {
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {}
            other => return other.map(Printed::Whole),
        }
    }
    let mut beginning = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    io::Read::read_to_end(&mut io::Read::take(file, MOST_OF_TOO_MUCH as u64), &mut beginning)?;
    Ok(Printed::TooMuch(beginning))
}
