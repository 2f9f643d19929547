//! Runs postconf(1) once. The result is its output, or the reason why there is none.

use std::path::Path;
use std::process::Command;

use crate::os::exit_status::{self, Outcome};
use crate::os::printable::{error_text, printable, printable_bytes};
use crate::os::processes::capture::{self, CaptureError, Captured, capture};
use crate::os::signals::{self, Signals};
use crate::postfix::missing_address::MissingAddress;
use crate::postfix::values::time_value;

pub(crate) use crate::os::processes::capture::{Interrupted, QueryError};

/// How much of what postconf complains about is shown: the last line says what was fatal, those before it often
/// where.
const LINES_SHOWN: usize = 3;

/// How many bytes of one of them are shown.
const LONGEST_LINE: usize = 300;

/// A parameter's value, and what postconf remarked besides.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    /// The value.
    pub(crate) value: T,
    /// Remarks, if any, readable and on one line.
    pub(crate) remark: Option<String>,
}

/// Why a parameter's value cannot be had.
#[derive(Debug)]
pub(crate) struct NoAnswer {
    /// What happened, readable and on one line.
    pub(crate) reason: String,
    /// The exit status that this failure stands for.
    pub(crate) status: u8,
    /// What kept it from answering.
    pub(crate) cause: Cause,
}

/// What keeps postconf from answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// It does not end: no other program that reads the file would.
    Late,
    /// Anything else.
    Failure,
}

/// What postconf prints, or why there is nothing.
pub(crate) type Told = Result<Answer<Vec<u8>>, NoAnswer>;

impl NoAnswer {
    /// What is known is that something is wrong with the file, or with another one that it names.
    pub(crate) fn about_main_cf(reason: String) -> Self {
        Self { reason, status: exit_status::CONFIGURATION, cause: Cause::Failure }
    }
}

/// What a postconf prints, or why it does not.
pub(crate) fn answer(
    program: &Path,
    command: &mut Command,
    signals: &Signals,
) -> Result<Answer<Vec<u8>>, QueryError<NoAnswer>> {
    told(program, QueryError::split(capture(command, signals))?).map_err(QueryError::Failed)
}

/// What a postconf that has ended has printed, or why there is no answer.
pub(crate) fn told(program: &Path, captured: Result<Captured, CaptureError>) -> Told {
    match captured {
        Ok(Captured { status, output, complaints }) if status.success() => {
            Ok(Answer { value: output, remark: last_lines(&complaints) })
        }
        Ok(Captured { status, complaints, .. }) => {
            let said = last_lines(&complaints);
            let missing = said.as_deref().and_then(MissingAddress::named_in).map(|missing| missing.what());
            let end = match Outcome::of(status) {
                Outcome::Killed(signal) => format!("was ended by signal {}", signals::name(signal)),
                other => format!("failed with status {}", other.status()),
            };
            let end = missing.unwrap_or_else(|| format!("{} {end}", printable(program)));
            let said = said.map(|said| format!(" ({said})")).unwrap_or_default();
            Err(NoAnswer::about_main_cf(format!("{end}{said}")))
        }
        Err(CaptureError::NotRun(error)) => Err(NoAnswer {
            reason: format!("cannot run {}: {}", printable(program), error_text(&error)),
            status: exit_status::not_run(&error),
            cause: Cause::Failure,
        }),
        Err(CaptureError::Endless) => {
            Err(NoAnswer::about_main_cf(format!("{} prints without end", printable(program))))
        }
        Err(CaptureError::Late(limit)) => {
            let limit = time_value::shown(limit);
            let reason = format!("{} did not answer within {limit}", printable(program));
            Err(NoAnswer { cause: Cause::Late, ..NoAnswer::about_main_cf(reason) })
        }
    }
}

/// What `PROGRAM -c DIRECTORY WORDS` has left for each directory, in their order. Several run at once.
pub(crate) fn captured_for_each(
    directories: &[&Path],
    program: &Path,
    words: &[&str],
    signals: &Signals,
) -> Result<Vec<Result<Captured, CaptureError>>, Interrupted> {
    capture::each(directories.len(), signals, |at| {
        let mut command = Command::new(program);
        command.arg("-c").arg(directories[at]).args(words);
        Ok((command, ()))
    })
}

/// The last few lines of a text, as one.
pub(crate) fn last_lines(text: &[u8]) -> Option<String> {
    let lines: Vec<&[u8]> =
        text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()).collect();
    let shown = &lines[lines.len().saturating_sub(LINES_SHOWN)..];
    let shown: Vec<String> = shown.iter().map(|line| shown_line(line)).collect();
    (!shown.is_empty()).then(|| shown.join(" / "))
}

/// A line of a complaint. It begins with where something is wrong, and ends with what.
fn shown_line(line: &[u8]) -> String {
    if line.len() <= LONGEST_LINE {
        return printable_bytes(line);
    }
    let (begin, end) = (&line[..LONGEST_LINE / 2], &line[line.len() - LONGEST_LINE / 2..]);
    format!("{} [...] {}", printable_bytes(begin), printable_bytes(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_become_one_line() {
        assert_eq!(last_lines(b"\n \n"), None);
        let long = last_lines(&vec![b'x'; 1 << 20]).unwrap();
        assert_eq!(long.len(), LONGEST_LINE + " [...] ".len());
        assert_eq!(last_lines(b"one\ntwo\n\nthree\x07\nfour\n").as_deref(), Some("two / three\\007 / four"));
    }
}
