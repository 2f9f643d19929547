//! Combines all reports of one run into one reporter: the text, and the other formats that are asked for.
//! Each file is replaced at once, when it is complete.

use std::env;
use std::fs::{File, Permissions};
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::report::collector::Collector;
use crate::report::deferred_signals::DeferredSignals;
use crate::report::event::{Event, Reporter};
use crate::report::formats::human::{Human, TextStyle};
use crate::report::formats::progress::{Detail, Progress};
use crate::report::formats::tap::Tap;
use crate::report::formats::{badge, html, json, junit, markdown};
use crate::report::model::Document;
use crate::report::options::{Form, ReportOptions, STANDARD_OUTPUT, TapVersion};
use crate::report::terminal::{Paint, Screen};

/// The variable that names the file for a GitHub step's summary.
const STEP_SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// Why a report cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum CannotWrite {
    /// A file.
    #[error(
        "cannot write {path}: {source}; name a file in a folder that is there, and that you may write to"
    )]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Standard output.
    #[error("cannot write to standard output: {0}")]
    Stdout(io::Error),
    /// Two reports for standard output.
    #[error("{0} and {1} cannot both go to standard output; name a file for one of them")]
    Both(&'static str, &'static str),
}

/// All reports of a command line.
pub struct Reports<'a> {
    /// The text, or nothing if others print it.
    text: Option<Box<dyn Reporter + 'a>>,
    /// What is written to standard output while cases are judged.
    streamed: Option<Box<dyn Reporter + 'a>>,
    /// What is written there in the end.
    printed: Option<(Form, &'a mut dyn Write)>,
    collector: Collector,
    files: Vec<(Form, Place)>,
    tap_version: TapVersion,
}

impl<'a> Reports<'a> {
    /// Those that `options` ask for. The text goes to `out`; if another report does, to standard error. Files are begun
    /// at once, so that a mistake in their names costs no run.
    ///
    /// # Errors
    /// When a file cannot be made, or two reports have one place.
    pub fn open(out: &'a mut dyn Write, options: &ReportOptions) -> Result<Self, CannotWrite> {
        let mut reports = Self::beside_text(options)?;
        let (out, is_terminal): (Box<dyn Write + 'a>, bool) = match reports.take_stdout(out, options)? {
            Some(out) => (Box::new(out), io::stdout().is_terminal()),
            None => (Box::new(io::stderr()), io::stderr().is_terminal()),
        };
        let paint = Paint::new(options.color, is_terminal);
        let style = TextStyle { detail: detail(options), show: options.show, paint, github: options.github };
        let progress = Progress::new(paint, Screen::of_terminal(is_terminal), style.detail);
        reports.text = Some(Box::new(Human::new(out, style, progress)));
        Ok(reports)
    }

    /// The same without the text.
    ///
    /// # Errors
    /// As for [`Reports::open`].
    pub fn open_beside_text(out: &'a mut dyn Write, options: &ReportOptions) -> Result<Self, CannotWrite> {
        let mut reports = Self::beside_text(options)?;
        reports.take_stdout(out, options)?;
        Ok(reports)
    }

    /// The files.
    fn beside_text(options: &ReportOptions) -> Result<Self, CannotWrite> {
        let mut files = Vec::new();
        for (form, path) in options.wanted() {
            if path != Path::new(STANDARD_OUTPUT) {
                files.push((form, Place::open(path)?));
            }
        }
        if let Some(path) = env::var_os(STEP_SUMMARY).filter(|path| options.github && !path.is_empty()) {
            files.push((Form::Markdown, Place::at_end_of(Path::new(&path))?));
        }
        Ok(Self {
            text: None,
            streamed: None,
            printed: None,
            collector: Collector::default(),
            files,
            tap_version: options.tap_version,
        })
    }

    /// Gives standard output to the report that wants it. The result is standard output, if none does.
    fn take_stdout(
        &mut self,
        out: &'a mut dyn Write,
        options: &ReportOptions,
    ) -> Result<Option<&'a mut dyn Write>, CannotWrite> {
        let wanted = options.wanted();
        let mut forms = wanted.iter().filter(|(_, path)| *path == Path::new(STANDARD_OUTPUT));
        match (forms.next(), forms.next()) {
            (Some((one, _)), Some((other, _))) => Err(CannotWrite::Both(one.option(), other.option())),
            (Some((Form::Tap, _)), None) => {
                self.streamed = Some(Box::new(Tap::new(Box::new(out), options.tap_version)));
                Ok(None)
            }
            (Some((form, _)), None) => {
                self.printed = Some((*form, out));
                Ok(None)
            }
            (None, _) => Ok(Some(out)),
        }
    }

    /// Writes what is written as a whole.
    ///
    /// # Errors
    /// When something cannot be written.
    pub fn close(self) -> Result<(), CannotWrite> {
        let Some(document) = self.collector.document() else { return Ok(()) };
        let version = self.tap_version;
        for (form, place) in self.files {
            place.fill(|out| write(form, version, out, document))?;
        }
        let Some((form, out)) = self.printed else { return Ok(()) };
        write(form, version, out, document).map_err(CannotWrite::Stdout)
    }
}

impl Reporter for Reports<'_> {
    fn hear(&mut self, event: &Event<'_>) -> io::Result<()> {
        if !self.files.is_empty() || self.printed.is_some() {
            self.collector.hear(event)?;
        }
        let both = self.streamed.iter_mut().chain(self.text.iter_mut());
        for reporter in both {
            reporter.hear(event)?;
        }
        Ok(())
    }
}

/// Writes a whole report.
fn write(form: Form, version: TapVersion, out: &mut dyn Write, document: &Document) -> io::Result<()> {
    match form {
        Form::Json => json::write(out, document),
        Form::JUnit => junit::write(out, document),
        Form::Tap => document.tell(&mut Tap::new(Box::new(out), version)),
        Form::Html => html::write(out, document),
        Form::Markdown => markdown::write(out, document),
        Form::Badge => badge::write(out, document),
    }
}

fn detail(options: &ReportOptions) -> Detail {
    match (options.quiet, options.verbose) {
        (true, _) => Detail::Quiet,
        (false, true) => Detail::Lines,
        (false, false) => Detail::Marks,
    }
}

/// Where a file will be.
#[derive(Debug)]
struct Place {
    path: PathBuf,
    stream: Stream,
}

#[derive(Debug)]
enum Stream {
    /// It takes the place of what is there once it is whole. Until then nothing has a name that could be left.
    Beside,
    /// A device or pipe, which must stay what it is.
    Direct(File),
}

impl Place {
    fn open(path: &Path) -> Result<Self, CannotWrite> {
        let failed = |source| CannotWrite::File { path: path.to_path_buf(), source };
        // A link's target is what must be replaced, not the link.
        let target = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let stream = match target.metadata() {
            Ok(found) if !found.is_file() => {
                Stream::Direct(File::options().write(true).open(&target).map_err(failed)?)
            }
            _ => {
                tempfile::tempfile_in(folder(&target)).map_err(failed)?;
                Stream::Beside
            }
        };
        Ok(Self { path: target, stream })
    }

    /// Behind what is there, in a file that others write to, too.
    fn at_end_of(path: &Path) -> Result<Self, CannotWrite> {
        let file = File::options().append(true).create(true).open(path);
        let stream = file.map_err(|source| CannotWrite::File { path: path.to_path_buf(), source })?;
        Ok(Self { path: path.to_path_buf(), stream: Stream::Direct(stream) })
    }

    fn fill(self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CannotWrite> {
        let path = self.path;
        let done = match self.stream {
            Stream::Direct(mut file) => write(&mut file),
            Stream::Beside => put(&path, write),
        };
        done.map_err(|source| CannotWrite::File { path, source })
    }
}

/// Puts a whole file in the place of what is there. Signals that end this program wait so long: half a file beside
/// it would be left.
pub(crate) fn put(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let _until_it_is_whole = DeferredSignals::begin()?;
    let mut file = tempfile::Builder::new()
        .prefix(".report-")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder(path))?;
    write(&mut file)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// Where a file is.
fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
