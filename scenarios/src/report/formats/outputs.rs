//! Combines all reports of one run into one reporter: the text, and the other formats that are asked for.
//! Each file is replaced at once, when it is complete. A report that cannot be written leaves the others as they are.

use std::env;
use std::fs::{File, Permissions};
use std::io::{self, IsTerminal, Write};
use std::mem;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::PersistError;

use crate::judge::interruption::Interruption;
use crate::report::collector::Collector;
use crate::report::completeness::MayLack;
use crate::report::deferred_signals::DeferredSignals;
use crate::report::event::{Event, Reporter};
use crate::report::formats::human::{Human, TextStyle};
use crate::report::formats::progress::{Detail, Progress};
use crate::report::formats::tap::Tap;
use crate::report::formats::{badge, html, json, junit, markdown};
use crate::report::model::Document;
use crate::report::options::{Form, ReportOptions, STANDARD_OUTPUT, TapVersion};
use crate::report::terminal::{Paint, Screen, Stdout, note};

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
    /// The text, beside a report on standard output.
    #[error("cannot write to standard error: {0}")]
    Stderr(io::Error),
    /// Two reports for standard output.
    #[error("{0} and {1} cannot both go to standard output; name a file for one of them")]
    Both(&'static str, &'static str),
    /// Two reports for one file.
    #[error("{} and {} both go to {}; name another file for one of them", .names.0, .names.1, .path.display())]
    OnePlace {
        /// What asks for them.
        names: (&'static str, &'static str),
        /// The file.
        path: PathBuf,
    },
}

/// All reports of a command line.
pub struct Reports<'a> {
    /// What is written while cases are judged, as long as it can be.
    live: Vec<Live<'a>>,
    /// What is written to standard output in the end.
    printed: Option<(Form, &'a mut dyn Write)>,
    collector: Collector,
    /// How many runs are not over yet.
    runs: usize,
    files: Vec<(Form, Place)>,
    tap_version: TapVersion,
    /// What could not be written.
    failed: Vec<CannotWrite>,
    interruption: Option<&'a Interruption>,
}

/// Where the text goes, whether that is a terminal, and what it means if it cannot be written.
type Text<'a> = (Box<dyn Write + 'a>, bool, fn(io::Error) -> CannotWrite);

/// A report that is written while cases are judged.
struct Live<'a> {
    reporter: Box<dyn Reporter + 'a>,
    /// What it means if it cannot be written.
    trouble: fn(io::Error) -> CannotWrite,
}

impl<'a> Reports<'a> {
    /// Those that `options` ask for. The text goes to `out`; if another report does, to standard error. Files are begun
    /// at once, so that a mistake in their names costs no run.
    ///
    /// # Errors
    /// When a file cannot be made, or two reports have one place.
    pub fn open(out: &'a mut dyn Write, options: &ReportOptions) -> Result<Self, CannotWrite> {
        let mut reports = Self::beside_text(options)?;
        let (out, is_terminal, trouble): Text<'a> = match reports.take_stdout(out, options)? {
            Some(out) => (Box::new(out), io::stdout().is_terminal(), CannotWrite::Stdout),
            // It, too, may lose its reader.
            None => (Box::new(Stdout::new(io::stderr())), io::stderr().is_terminal(), CannotWrite::Stderr),
        };
        let paint = Paint::new(options.color, is_terminal);
        let style = TextStyle { detail: detail(options), show: options.show, paint, github: options.github };
        let progress = Progress::new(paint, Screen::of_terminal(is_terminal), style.detail);
        reports.live.push(Live { reporter: Box::new(Human::new(out, style, progress)), trouble });
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
        let named = options.wanted().into_iter().filter(|(_, path)| *path != Path::new(STANDARD_OUTPUT));
        for (form, path) in named {
            files.push((form, Place::open(form.option(), path)?));
        }
        if let Some(path) = env::var_os(STEP_SUMMARY).filter(|path| options.github && !path.is_empty()) {
            files.push((Form::Markdown, Place::at_end_of(Path::new(&path))?));
        }
        let printed = options.wanted().into_iter().find(|(_, path)| *path == Path::new(STANDARD_OUTPUT));
        are_apart(&files, printed.map_or("the text", |(form, _)| form.option()))?;
        Ok(Self {
            live: Vec::new(),
            printed: None,
            collector: Collector::default(),
            runs: 0,
            files,
            tap_version: options.tap_version,
            failed: Vec::new(),
            interruption: None,
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
                let reporter = Box::new(Tap::new(Box::new(out), options.tap_version));
                self.live.push(Live { reporter, trouble: CannotWrite::Stdout });
                Ok(None)
            }
            (Some((form, _)), None) => {
                self.printed = Some((*form, out));
                Ok(None)
            }
            (None, _) => Ok(Some(out)),
        }
    }

    /// A signal that came since the last case was judged ends the program when all files are written.
    #[must_use]
    pub fn before_signals_of(mut self, interruption: &'a Interruption) -> Self {
        self.interruption = Some(interruption);
        self
    }

    /// Writes what is written as a whole. The files come first, then pipes: their reader can be slow, or gone.
    fn write_whole(&mut self) {
        let Some(document) = self.collector.document() else { return };
        let (version, may_lack) = (self.tap_version, self.collector.may_lack());
        let is_pipe = |(_, place): &(Form, Place)| matches!(place.stream, Stream::Pipe);
        let (pipes, files): (Vec<_>, Vec<_>) = mem::take(&mut self.files).into_iter().partition(is_pipe);
        let mut fill = |places: Vec<(Form, Place)>| {
            for (form, place) in places {
                self.failed.extend(place.fill(|out| write(form, version, out, document, may_lack)).err());
            }
        };
        fill(files);
        self.interruption.into_iter().for_each(Interruption::tell_nobody);
        fill(pipes);
        if let Some((form, out)) = self.printed.take() {
            let done = write(form, version, out, document, may_lack).and_then(|()| out.flush());
            self.failed.extend(done.err().map(CannotWrite::Stdout));
        }
    }

    /// Says what could not be written.
    ///
    /// # Errors
    /// When there is something. It is the last; what else there is has been said.
    pub fn close(mut self) -> Result<(), CannotWrite> {
        let last = self.failed.pop();
        self.failed.iter().for_each(note);
        last.map_or(Ok(()), Err)
    }
}

impl Reporter for Reports<'_> {
    /// Goes on without the reports that cannot be written; [`Reports::close`] names them.
    fn hear(&mut self, event: &Event<'_>) -> io::Result<()> {
        self.collector.hear(event)?;
        match event {
            Event::Opened(opening) => self.runs = opening.runs,
            Event::RunEnded(..) => self.runs = self.runs.saturating_sub(1),
            Event::RunBegun(..) | Event::Judged(..) | Event::Closed => {}
        }
        let is_last = matches!(event, Event::RunEnded(..)) && self.runs == 0;
        if is_last || matches!(event, Event::Closed) {
            self.write_whole();
        }
        let failed = &mut self.failed;
        self.live.retain_mut(|live| {
            let trouble = live.reporter.hear(event).err();
            let goes_on = trouble.is_none();
            failed.extend(trouble.map(live.trouble));
            goes_on
        });
        Ok(())
    }
}

/// Writes a whole report.
fn write(
    form: Form,
    version: TapVersion,
    out: &mut dyn Write,
    document: &Document,
    may_lack: MayLack,
) -> io::Result<()> {
    match form {
        Form::Json => json::write(out, document),
        Form::JUnit => junit::write(out, document, may_lack),
        Form::Tap => document.tell(&mut Tap::new(Box::new(out), version), may_lack),
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

/// Makes sure that no two reports have one place. `printed` is what standard output gets.
fn are_apart(files: &[(Form, Place)], printed: &'static str) -> Result<(), CannotWrite> {
    let one = |names, place: &Place| Err(CannotWrite::OnePlace { names, path: place.path.clone() });
    for (number, (_, place)) in files.iter().enumerate() {
        if let Some((_, other)) = files.iter().take(number).find(|(_, other)| other.path == place.path) {
            return one((other.name, place.name), place);
        }
        if is_standard_output(&place.path) {
            return one((printed, place.name), place);
        }
    }
    Ok(())
}

/// Whether standard output is this file or pipe. What goes to a device replaces nothing.
fn is_standard_output(path: &Path) -> bool {
    let stdout = Path::new("/dev/stdout").metadata();
    stdout.and_then(|stdout| path.metadata().map(|found| (stdout, found))).is_ok_and(|(stdout, found)| {
        (found.is_file() || found.file_type().is_fifo())
            && (stdout.dev(), stdout.ino()) == (found.dev(), found.ino())
    })
}

/// Where a file will be.
#[derive(Debug)]
struct Place {
    /// What asks for it.
    name: &'static str,
    path: PathBuf,
    stream: Stream,
}

#[derive(Debug)]
enum Stream {
    /// It takes the place of what is there once it is whole. Until then nothing has a name that could be left.
    Beside,
    /// A device, or a file that others write to, too: it must stay what it is.
    Direct(File),
    /// A pipe. Whoever opens it waits for a reader.
    Pipe,
}

impl Place {
    fn open(name: &'static str, path: &Path) -> Result<Self, CannotWrite> {
        let failed = |source| CannotWrite::File { path: path.to_path_buf(), source };
        let target = target(path);
        let stream = match target.metadata() {
            Ok(found) if found.file_type().is_fifo() => Stream::Pipe,
            Ok(found) if !found.is_file() => {
                Stream::Direct(File::options().write(true).open(&target).map_err(failed)?)
            }
            _ => {
                can_put(&target).map_err(failed)?;
                Stream::Beside
            }
        };
        Ok(Self { name, path: target, stream })
    }

    /// Behind what is there, in a file that others write to, too.
    fn at_end_of(path: &Path) -> Result<Self, CannotWrite> {
        let file = File::options().append(true).create(true).open(path);
        let stream = file.map_err(|source| CannotWrite::File { path: path.to_path_buf(), source })?;
        Ok(Self { name: STEP_SUMMARY, path: target(path), stream: Stream::Direct(stream) })
    }

    fn fill(self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CannotWrite> {
        let path = self.path;
        let done = match self.stream {
            Stream::Direct(mut file) => write(&mut file),
            Stream::Pipe => File::options().write(true).open(&path).and_then(|mut pipe| write(&mut pipe)),
            Stream::Beside => put(&path, write),
        };
        done.map_err(|source| CannotWrite::File { path, source })
    }
}

/// What is replaced if a file is written under this name: a link's target, not the link.
pub(crate) fn target(path: &Path) -> PathBuf {
    if let Ok(target) = path.canonicalize() {
        return target;
    }
    // A pipe that is open already is there, and has no path of its own.
    if path.exists() {
        return path.to_path_buf();
    }
    let path = path.read_link().map_or_else(|_| path.to_path_buf(), |link| folder(path).join(link));
    let name = path.file_name().unwrap_or_default();
    folder(&path).canonicalize().map_or_else(|_| path.clone(), |folder| folder.join(name))
}

/// Tries whether a file can be made there, and leaves nothing.
pub(crate) fn can_put(path: &Path) -> io::Result<()> {
    tempfile::tempfile_in(folder(path)).map(drop)
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
    let Err(PersistError { error, file }) = file.persist(path) else { return Ok(()) };
    write_through(file.path(), path).or_else(|_| {
        let (_, kept) = file.keep().map_err(|error| error.error)?;
        Err(io::Error::new(error.kind(), format!("{error}; all of it is in {}", kept.display())))
    })
}

/// Copies a file into one that is there and cannot be replaced: something is mounted on it, or it is another user's in a
/// folder such as /tmp.
fn write_through(whole: &Path, path: &Path) -> io::Result<()> {
    if !path.symlink_metadata()?.is_file() {
        return Err(io::ErrorKind::Unsupported.into());
    }
    let mut whole = File::open(whole)?;
    io::copy(&mut whole, &mut File::options().write(true).truncate(true).open(path)?).map(drop)
}

/// Where a file is.
fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::put;
    use std::fs;

    #[test]
    fn what_cannot_be_put_in_its_place_is_kept_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("place");
        fs::create_dir(&place).unwrap();
        let error = put(&place, |out| out.write_all(b"whole")).unwrap_err().to_string();
        let mut left = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let kept = left.find(|path| *path != place).unwrap();
        assert!(error.contains(kept.to_str().unwrap()), "{error}");
        assert_eq!(fs::read(kept).unwrap(), b"whole");
    }
}
