//! All reports of one run as one reporter: the one on standard output, and the files. Each file is replaced at once,
//! when it is complete.

use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::report::collector::{Collector, WholeReport, Writer};
use crate::report::deferred_signals::DeferredSignals;
use crate::report::event::{Event, Reporter};
use crate::report::formats::human::Human;
use crate::report::formats::progress::{Detail, Progress};
use crate::report::formats::tap::Tap;
use crate::report::formats::{html, json, junit};
use crate::report::options::{Format, ReportOptions};
use crate::report::terminal::{Paint, Screen};

/// Why a report cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {path}: {source}; name a file in a folder that is there, and that you may write to")]
pub struct CannotWrite {
    path: PathBuf,
    source: io::Error,
}

/// All reports of a command line.
pub struct Reports<'a> {
    printed: Box<dyn Reporter + 'a>,
    collector: Collector,
    files: Vec<(Writer, Place)>,
}

impl<'a> Reports<'a> {
    /// Those that `options` ask for; what is printed goes to `out`. Files are begun at once, so that a mistake
    /// in their names costs no run.
    ///
    /// # Errors
    /// When a file cannot be made.
    pub fn open(out: &'a mut dyn Write, options: &ReportOptions) -> Result<Self, CannotWrite> {
        let printed: Box<dyn Reporter + 'a> = match options.format {
            Format::Human => {
                let (paint, detail) = (Paint::for_stdout(options.color), detail(options));
                Box::new(Human::new(out, paint, detail, Progress::new(paint, Screen::of_stdout(), detail)))
            }
            Format::Tap => Box::new(Tap::new(out)),
            Format::JUnit => Box::new(WholeReport::new(out, junit::write)),
            Format::Json => Box::new(WholeReport::new(out, json::write)),
        };
        Self::with(printed, options)
    }

    /// The files alone, and what is printed only where programs read it.
    ///
    /// # Errors
    /// When a file cannot be made.
    pub fn open_beside_text(out: &'a mut dyn Write, options: &ReportOptions) -> Result<Self, CannotWrite> {
        match options.format {
            Format::Human => Self::with(Box::new(Nothing), options),
            Format::Tap | Format::JUnit | Format::Json => Self::open(out, options),
        }
    }

    fn with(printed: Box<dyn Reporter + 'a>, options: &ReportOptions) -> Result<Self, CannotWrite> {
        let wanted: [(Writer, Option<&PathBuf>); 2] =
            [(json::write, options.json.as_ref()), (html::write, options.html.as_ref())];
        let files = wanted
            .into_iter()
            .filter_map(|(writer, path)| Some(Place::open(path?).map(|place| (writer, place))))
            .collect::<Result<_, _>>()?;
        Ok(Self { printed, collector: Collector::default(), files })
    }

    /// Puts the files in place.
    ///
    /// # Errors
    /// When one cannot be written.
    pub fn close(self) -> Result<(), CannotWrite> {
        let Some(document) = self.collector.document() else { return Ok(()) };
        self.files.into_iter().try_for_each(|(writer, place)| place.fill(|out| writer(out, document)))
    }
}

impl Reporter for Reports<'_> {
    fn hear(&mut self, event: &Event<'_>) -> io::Result<()> {
        if !self.files.is_empty() {
            self.collector.hear(event)?;
        }
        self.printed.hear(event)
    }
}

/// Prints nothing.
struct Nothing;

impl Reporter for Nothing {
    fn hear(&mut self, _event: &Event<'_>) -> io::Result<()> {
        Ok(())
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
        let failed = |source| CannotWrite { path: path.to_path_buf(), source };
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

    fn fill(self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CannotWrite> {
        let path = self.path;
        let done = match self.stream {
            Stream::Direct(mut file) => write(&mut file),
            Stream::Beside => put(&path, write),
        };
        done.map_err(|source| CannotWrite { path, source })
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
