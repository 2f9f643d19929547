//! An instance's main.cf, read as if there were no master.cf. postconf tells nothing at all where master.cf is
//! damaged, but who is to be listed, started and stopped is said in main.cf.
//!
//! A private directory with nothing in it but a link to main.cf takes the place of the configuration directory.
//! Knows nothing of what is asked for.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::environment::MAIL_CONFIG;
use crate::postconf::{self, Interrupted};
use crate::signals::Signals;

/// How many names are tried.
const TRIES: usize = 8;

/// What postconf is asked.
pub(crate) struct Question<'a> {
    /// postconf itself.
    pub(crate) program: &'a Path,
    /// The option that says how values are shown.
    pub(crate) form: &'a str,
    /// The parameters.
    pub(crate) parameters: &'a [&'a str],
    /// What ends the asking.
    pub(crate) signals: &'a Signals,
}

impl Question<'_> {
    /// What postconf says, with a directory's main.cf alone; nothing where it cannot be asked in this way, or does
    /// not answer.
    pub(crate) fn about(&self, directory: &Path) -> Result<Option<Vec<u8>>, Interrupted> {
        match Aside::new() {
            Ok(aside) => aside.read(self, directory),
            Err(_) => Ok(None),
        }
    }

    /// The same of the default instance, wherever that is.
    pub(crate) fn about_default(&self) -> Result<Option<Vec<u8>>, Interrupted> {
        let Ok(aside) = Aside::new() else { return Ok(None) };
        let place = Question { form: "-dh", parameters: &["config_directory"], ..*self };
        let Some(built_in) = aside.postconf(&place)? else { return Ok(None) };
        let directory = OsString::from(OsStr::from_bytes(built_in.trim_ascii()));
        aside.read(self, Path::new(&directory))
    }
}

/// A private directory, which goes when this goes.
struct Aside(PathBuf);

impl Aside {
    /// Makes the directory. That fails where there is anything of the name, even a link, so that it is nobody else's;
    /// whoever has taken the name in advance has to guess the next one.
    fn new() -> io::Result<Self> {
        let place = std::env::temp_dir();
        let mut error = io::ErrorKind::AlreadyExists.into();
        for _ in 0..TRIES {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().subsec_nanos();
            let path = place.join(format!("postfix-wrapper.{}.{now}", std::process::id()));
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(other) => error = other,
            }
        }
        Err(error)
    }

    /// Asks about the main.cf of another directory, which is called by its own name in the answer.
    fn read(&self, question: &Question<'_>, directory: &Path) -> Result<Option<Vec<u8>>, Interrupted> {
        if std::os::unix::fs::symlink(directory.join("main.cf"), self.0.join("main.cf")).is_err() {
            return Ok(None);
        }
        let own = self.0.as_os_str().as_bytes();
        let lines = self.postconf(question)?;
        Ok(lines.map(|lines| replaced(&lines, own, directory.as_os_str().as_bytes())))
    }

    fn postconf(&self, question: &Question<'_>) -> Result<Option<Vec<u8>>, Interrupted> {
        let Question { program, form, parameters, signals } = *question;
        let mut command = Command::new(program);
        command.env_remove(MAIL_CONFIG).arg("-c").arg(&self.0).arg(form).args(parameters);
        Ok(postconf::answer(program, &mut command, signals)?.ok().map(|answer| answer.value))
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // Nothing but the link is in there. Whatever cannot be removed does no harm.
        let _ = fs::remove_file(self.0.join("main.cf"));
        let _ = fs::remove_dir(&self.0);
    }
}

/// A text with every occurrence of a part replaced.
fn replaced(text: &[u8], part: &[u8], by: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(text.len());
    let mut rest = text;
    while !part.is_empty() && rest.len() >= part.len() {
        if let Some(after) = rest.strip_prefix(part) {
            result.extend_from_slice(by);
            rest = after;
        } else {
            result.push(rest[0]);
            rest = &rest[1..];
        }
    }
    result.extend_from_slice(rest);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_occurrence_is_replaced_and_nothing_else() {
        let shown =
            |text: &str| String::from_utf8(replaced(text.as_bytes(), b"/tmp/x", b"/etc/postfix")).unwrap();
        assert_eq!(
            shown("a = /tmp/x\nb = /tmp/x/q /tmp/y\n"),
            "a = /etc/postfix\nb = /etc/postfix/q /tmp/y\n"
        );
        assert_eq!(shown("/tmp/x"), "/etc/postfix");
        assert_eq!(shown("/tmp/"), "/tmp/");
    }

    #[test]
    fn nothing_is_left_behind() {
        let aside = Aside::new().unwrap();
        let path = aside.0.clone();
        std::os::unix::fs::symlink("/nowhere", path.join("main.cf")).unwrap();
        drop(aside);
        assert!(!path.exists());
    }

    #[test]
    fn the_default_instances_main_cf_is_read_wherever_it_is_and_whatever_its_master_cf() {
        let world = tempfile::tempdir().unwrap();
        let directory = world.path().join("etc/postfix");
        let programs = world.path().join("usr/sbin");
        fs::create_dir_all(&directory).unwrap();
        fs::create_dir_all(&programs).unwrap();
        fs::write(directory.join("main.cf"), "multi_instance_directories = /a\n").unwrap();
        fs::write(directory.join("master.cf"), "damaged\n").unwrap();
        let program = programs.join("postconf");
        let stand_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stand-ins/postconf-of-a-system");
        std::os::unix::fs::symlink(stand_in, &program).unwrap();
        let signals = Signals::listen().unwrap();
        let parameters = ["multi_instance_directories", "config_directory"];
        let question = Question { program: &program, form: "-x", parameters: &parameters, signals: &signals };
        let answer = question.about_default().unwrap().map(|answer| String::from_utf8(answer).unwrap());
        let expected =
            format!("multi_instance_directories = /a\nconfig_directory = {}\n", directory.display());
        assert_eq!(answer, Some(expected));
        fs::remove_file(&program).unwrap();
        assert_eq!(question.about_default().unwrap(), None);
    }
}
