//! Quotes the end of an instance's mail log, after a command that failed without a visible message.
//! Or it tells how the user can see the message.
//!
//! Up to Postfix 3.7, postfix(1) and its script print only if their standard error is a terminal. What was in a log
//! before the run is not quoted: so its length is noted then, if the text of main.cf names the file. It may be wrong about
//! that: which file it is, postconf is asked after the failure. Changes nothing.
//! Knows nothing of how a command is carried out.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::os::exit_status::Outcome;
use crate::os::files::open_file::without_wait_or_link;
use crate::os::messages::{Level, Messages};
use crate::os::printable::{printable, shell_word};
use crate::os::signals::Signals;
use crate::plan::policy::{Plan, Step};
use crate::postfix::environment::Environment;
use crate::postfix::manager_settings::MAIL_LOG;
use crate::postfix::postconf;
use crate::postfix::query::{self, Answer};
use crate::postfix::values::version::is_since;
use crate::run::finished::Finished;
use crate::run::wording;

/// How much of a log is read, from its end.
const LONGEST: u64 = 16 << 10;

/// The programs that write about a command, and not about mail.
const PROGRAMS: [&[u8]; 5] = [b"postfix-script", b"postfix", b"master", b"postlog", b"postsuper"];

/// What an instance is asked for.
const TAG: &str = "syslog_name";
const VERSION: &str = "mail_version";

/// The first series whose programs print without a terminal, too.
const HEARD_SINCE: (u32, u32) = (3, 8);

/// How long the logs of instances were before a run: the length of each file that is known.
pub(crate) struct MailLogs(HashMap<PathBuf, u64>);

impl MailLogs {
    /// Those of the instances of a plan, as they are now. `file_of` knows which file the text of main.cf names.
    pub(crate) fn before(plan: &Plan, file_of: impl Fn(&Path) -> Option<PathBuf>) -> Self {
        let commanded = plan.steps().filter(|step| plan.words(step).is_some());
        let files = commanded.filter_map(|step| file_of(step.instance.directory()));
        let with_length = |file: PathBuf| {
            let length = fs::symlink_metadata(&file).map_or(0, |metadata| metadata.len());
            (file, length)
        };
        Self(files.map(with_length).collect())
    }

    /// Says of each instance whose command has failed what has come into its log, unless the command had a terminal.
    pub(crate) fn report(
        &self,
        plan: &Plan,
        finished: &[Finished],
        environment: &Environment,
        signals: &Signals,
        messages: &mut Messages<'_>,
    ) {
        let has_failed =
            |finished: &Finished| matches!(finished.outcome, Outcome::Exited(1..)) && !finished.had_terminal;
        let failed: Vec<&Step> = plan
            .steps()
            .zip(finished)
            .filter(|(_, finished)| has_failed(finished))
            .map(|(step, _)| step)
            .collect();
        let directories: Vec<&Path> = failed.iter().map(|step| step.instance.directory()).collect();
        let Ok(answers) =
            postconf::ask_each(environment, signals, &directories, "-x", &[MAIL_LOG, TAG, VERSION])
        else {
            return;
        };
        for (step, answer) in failed.into_iter().zip(answers) {
            // What is wrong with a file that postconf cannot read has been said.
            let Ok(Answer { value: lines, remark: None }) = answer else { continue };
            let value = |name| postconf::value(&lines, name).unwrap_or_default().trim_ascii();
            if is_since(value(VERSION), HEARD_SINCE) {
                continue;
            }
            let (file, tag) = (Path::new(OsStr::from_bytes(value(MAIL_LOG))), value(TAG));
            let command = wording::for_one(plan, step);
            let said = self.news(file, tag);
            let what = match said {
                Some(said) => format!("its mail log {} ends with: {said}", printable(file)),
                None if file.is_absolute() => format!(
                    "what it said is in its mail log {}, or shown by {command} at a terminal",
                    printable(file)
                ),
                None => format!(
                    "what it said is in the mail log (with systemd: \"journalctl -t {}\"), or shown by {command} \
                     at a terminal",
                    shell_word(OsStr::from_bytes(&[tag, b"/postfix-script"].concat()))
                ),
            };
            messages.report(
                Level::Warning,
                &format!("instance {}: {what}", printable(step.instance.directory())),
            );
        }
    }

    /// The last lines about commands that have come into a log under a tag, as one line.
    fn news(&self, path: &Path, tag: &[u8]) -> Option<String> {
        last_lines(path, tag, *self.0.get(path)?)
    }
}

/// The last lines about commands that are in a log behind a place, under a tag; nothing if it is no regular file.
fn last_lines(path: &Path, tag: &[u8], place: u64) -> Option<String> {
    let mut file = without_wait_or_link(path).ok()?;
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() {
        return None;
    }
    // A file that is shorter by now is another one.
    let place = if metadata.len() < place { 0 } else { place };
    file.seek(SeekFrom::Start(place.max(metadata.len().saturating_sub(LONGEST)))).ok()?;
    let mut text = Vec::new();
    file.take(LONGEST).read_to_end(&mut text).ok()?;
    let lines: Vec<&[u8]> =
        text.split(|byte| *byte == b'\n').filter_map(|line| about_a_command(line, tag)).collect();
    query::last_lines(&lines.join(&b'\n'))
}

/// What a line says, and which program says it, if it is one of those that write about a command: a time, a host, then
/// `TAG/PROGRAM[PROCESS]: TEXT`. A postfix(1) that cannot use main.cf does not know its tag.
fn about_a_command<'a>(line: &'a [u8], tag: &[u8]) -> Option<&'a [u8]> {
    let end = line.windows(3).position(|bytes| bytes == b"]: ")?;
    let begin = line[..end].iter().rposition(|byte| *byte == b' ')? + 1;
    if line[begin..end].starts_with(b"postfix[") && line[end..].starts_with(b"]: fatal: ") {
        return Some(&line[begin..]);
    }
    let name = line[begin..end].strip_prefix(tag)?.strip_prefix(b"/")?;
    let program = name.split(|byte| *byte == b'[').next()?;
    PROGRAMS.contains(&program).then_some(&line[begin..])
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    const LOG: &str = "Nov 29 10:00:00 mx postfix-out/postfix-script[7]: fatal: of another instance\n\
        Nov 29 10:00:00 mx postfix/smtpd[8]: fatal: of no command\n\
        Nov 29 10:00:00 mx postfix/master[9]: fatal: bind: Address already in use\n\
        Nov 29 10:00:00 mx postfix/postfix-script[10]: fatal: mail system startup failed\n\
        Nov 29 10:00:00 mx postfix[11]: something else\n\
        not a line of a log\n";

    fn lines(path: &Path, place: u64) -> Option<String> {
        last_lines(path, b"postfix", place)
    }

    #[test]
    fn the_instances_own_new_lines_about_commands_are_told() {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("log");
        assert_eq!(lines(&log, 0), None, "there is none");
        fs::write(&log, LOG).unwrap();
        let told = "postfix/master[9]: fatal: bind: Address already in use / postfix/postfix-script[10]: fatal: mail \
                    system startup failed";
        assert_eq!(lines(&log, 0).as_deref(), Some(told));
        let length = LOG.len().try_into().unwrap();
        assert_eq!(lines(&log, length), None, "nothing new");
        assert_eq!(lines(&log, length + 1).as_deref(), Some(told), "another file");
        let early = "Nov 29 10:00:00 mx postfix[12]: fatal: chdir(/nowhere): No such file or directory\n";
        fs::write(&log, [LOG, early].concat()).unwrap();
        let told = "postfix[12]: fatal: chdir(/nowhere): No such file or directory";
        assert_eq!(lines(&log, length).as_deref(), Some(told));
        fs::write(&log, [LOG.as_bytes(), &vec![b'x'; 20_000]].concat()).unwrap();
        assert_eq!(lines(&log, 0), None, "only the end is read");
    }

    #[test]
    fn what_is_no_regular_file_is_not_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::write(path("log"), LOG).unwrap();
        symlink("log", path("link")).unwrap();
        nix::unistd::mkfifo(&path("fifo"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        for name in ["link", "fifo", "/dev/zero", "/dev/stdout", "."] {
            assert_eq!(lines(&path(name), 0), None, "{name}");
        }
    }
}
