//! Asks postconf(1) about a main.cf without its master.cf, since postconf prints nothing if master.cf is damaged.
//!
//! A private directory with nothing in it but a link to main.cf takes the place of the configuration directory.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

use crate::os::files::private::Private;
use crate::os::files::unfit;
use crate::os::processes::capture;
use crate::os::signals::Signals;
use crate::postfix::environment::MAIL_CONFIG;
use crate::postfix::query::{self, Interrupted, QueryError};

/// What postconf is asked.
pub(crate) struct Question<'a> {
    /// postconf itself.
    pub(crate) program: &'a Path,
    /// The option that says how values are shown.
    pub(crate) form: &'a str,
    /// The parameters.
    pub(crate) parameters: &'a [&'a str],
    /// The signals that end the question.
    pub(crate) signals: &'a Signals,
}

impl Question<'_> {
    /// What postconf says, with the main.cf of each of some directories alone; nothing if it cannot be asked in
    /// this way, or does not answer.
    pub(crate) fn about_each(&self, directories: &[&Path]) -> Result<Vec<Option<Vec<u8>>>, Interrupted> {
        let places: Vec<_> = directories.iter().map(|_| std::cell::OnceCell::new()).collect();
        let captured = capture::each(directories.len(), self.signals, |at| {
            let isolated = isolated_config_dir(directories[at])?;
            let _ = places[at].set(isolated.path().as_os_str().to_owned());
            let mut command = Command::new(self.program);
            command
                .env_remove(MAIL_CONFIG)
                .arg("-c")
                .arg(isolated.path())
                .arg(self.form)
                .args(self.parameters);
            Ok((command, isolated))
        })?;
        let answers =
            captured.into_iter().zip(directories).zip(places).map(|((captured, directory), place)| {
                let lines = query::told(self.program, captured).ok()?.value;
                // It is called by its own name in the answer.
                Some(replaced(&lines, place.get()?.as_bytes(), directory.as_os_str().as_bytes()))
            });
        Ok(answers.collect())
    }

    /// The same of the default instance.
    pub(crate) fn about_default(&self) -> Result<Option<Vec<u8>>, Interrupted> {
        let Some(directory) = self.default_directory()? else { return Ok(None) };
        if unfit::find(&Path::new(&directory).join("main.cf")).is_some() {
            return Ok(None);
        }
        Ok(self.about_each(&[Path::new(&directory)])?.pop().flatten())
    }

    /// Where the default instance is, as it is compiled in. No main.cf is read for that, and no master.cf.
    pub(crate) fn default_directory(&self) -> Result<Option<OsString>, Interrupted> {
        let Ok(nowhere) = Private::new(&[]) else { return Ok(None) };
        let mut command = Command::new(self.program);
        command.env_remove(MAIL_CONFIG).arg("-c").arg(nowhere.path()).args(["-dh", "config_directory"]);
        let told = QueryError::split(query::answer(self.program, &mut command, self.signals))?;
        Ok(told.ok().map(|answer| OsStr::from_bytes(answer.value.trim_ascii()).to_owned()))
    }
}

/// A private directory with nothing in it but a link to a directory's main.cf.
fn isolated_config_dir(directory: &Path) -> io::Result<Private> {
    let isolated = Private::new(&["main.cf"])?;
    isolated.link(&directory.join("main.cf"), "main.cf")?;
    Ok(isolated)
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
    use std::fs;

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
    fn the_default_instances_main_cf_is_read_wherever_it_is_and_whatever_its_master_cf() {
        let world = tempfile::tempdir().unwrap();
        let directory = world.path().join("etc/postfix");
        let programs = world.path().join("usr/sbin");
        fs::create_dir_all(&directory).unwrap();
        fs::create_dir_all(&programs).unwrap();
        fs::write(directory.join("main.cf"), "multi_instance_directories = /a\n").unwrap();
        fs::write(directory.join("master.cf"), "damaged\n").unwrap();
        let program = programs.join("postconf");
        let fake = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fakes/postconf-of-a-system");
        std::os::unix::fs::symlink(fake, &program).unwrap();
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
