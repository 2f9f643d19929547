//! Checks whether a program may and can write to the log file that `maillog_file` names.
//! Writes nothing: the contents of a log file are not simulated.

use std::io::{self, ErrorKind};
use std::os::unix::net::UnixDatagram;
use std::path::Path;

use crate::config::main_cf::{COMMA_SPACE, split};
use crate::protocol::bytes::path_of;
use crate::protocol::features::Feature;
use crate::protocol::version::PostfixVersion;
use crate::runtime::fatal::{Fatal, system_message};

/// The log file of an instance.
#[derive(Debug)]
pub(crate) struct LogFile {
    /// Empty if there is none.
    path: Vec<u8>,
    version: PostfixVersion,
    /// Whether it is never opened, so that nobody is told if it cannot be.
    is_passed_over: bool,
}

impl LogFile {
    /// The file of this name, if one of the prefixes allows it. `service` is the `POSTLOG_SERVICE` that the program was
    /// started with.
    pub(crate) fn allowed(
        path: Vec<u8>,
        prefixes: &[u8],
        version: PostfixVersion,
        service: Option<&[u8]>,
    ) -> Result<Self, Fatal> {
        let is_allowed = || split(prefixes, COMMA_SPACE).iter().any(|prefix| path.starts_with(prefix));
        if !path.is_empty() && !is_allowed() {
            let end = b"' does not match any prefix in maillog_file_prefixes";
            return Err(Fatal::of(&[b"maillog_file value '", &path, end]));
        }
        let is_passed_over = version.has(Feature::LogFileOpenedFirst) && service.is_some_and(is_silent);
        Ok(Self { path, version, is_passed_over })
    }

    /// The file of this name for a program that writes to it while it reads main.cf, as [`is_wanted_early`] tells.
    pub(crate) fn while_reading(path: Vec<u8>, version: PostfixVersion) -> Self {
        Self { path, version, is_passed_over: false }
    }

    /// Whether there is none.
    pub(crate) fn is_none(&self) -> bool {
        self.path.is_empty()
    }

    /// Opens it before anything is logged, as newer versions do.
    pub(crate) fn open_first(&self) -> Result<(), Fatal> {
        if self.version.has(Feature::LogFileOpenedFirst) { self.open() } else { Ok(()) }
    }

    /// Opens it. Older versions do so only when they have told something: that appears elsewhere nevertheless.
    pub(crate) fn open(&self) -> Result<(), Fatal> {
        if self.path.is_empty() || self.is_passed_over {
            return Ok(());
        }
        let path = path_of(&self.path);
        let is_missing = |error: &io::Error| error.kind() == ErrorKind::NotFound;
        let why = match path.metadata() {
            Ok(found) if found.is_dir() => "cannot open file: Is a directory".to_owned(),
            Ok(_) => return Ok(()),
            Err(error) if is_missing(&error) && path.parent().is_some_and(Path::is_dir) => return Ok(()),
            Err(error) if is_missing(&error) => {
                format!("cannot create file exclusively: {}", system_message(&error))
            }
            Err(error) => format!("cannot open file: {}", system_message(&error)),
        };
        Err(Fatal::of(&[b"open logfile '", &self.path, b"': ", why.as_bytes()]))
    }
}

/// Whether a program writes to the log file already while it reads main.cf, as the service in its environment is silent.
/// Newer programs never do, and the service need not be tried for them.
pub(crate) fn is_wanted_early(program: &str, version: PostfixVersion, service: Option<&[u8]>) -> bool {
    matches!(program, "postfix" | "postlog" | "postsuper")
        && !version.has(Feature::LogFileOpenedFirst)
        && service.is_some_and(is_silent)
}

/// Whether nothing answers at the service that the environment names. Before main.cf is read, that counts: a newer program
/// wants the log file instead, does not know its name yet, and guards itself from ever wanting it again.
fn is_silent(service: &[u8]) -> bool {
    let connected = || UnixDatagram::unbound().and_then(|socket| socket.connect(path_of(service)));
    !service.is_empty() && connected().is_err()
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use std::os::unix::net::UnixDatagram;

    use super::{LogFile, is_silent};

    impl LogFile {
        fn at(path: &[u8], version: &str) -> Self {
            Self { path: path.to_vec(), version: version.parse().unwrap(), is_passed_over: false }
        }
    }

    #[test]
    fn a_file_that_can_be_made_is_no_fault() {
        let place = tempfile::tempdir().unwrap();
        let open = |path: &[u8]| LogFile::at(path, "3.11.6").open();
        let told = |path: &str| {
            let fault = open(place.path().join(path).as_os_str().as_bytes()).err()?;
            Some(fault.to_string().split_once("': ").unwrap().1.to_owned())
        };
        std::fs::write(place.path().join("log"), "").unwrap();
        assert_eq!((told("log"), told("new")), (None, None));
        assert_eq!(told("missing/log").unwrap(), "cannot create file exclusively: No such file or directory");
        assert_eq!(told("log/log").unwrap(), "cannot open file: Not a directory");
        assert_eq!(told("").unwrap(), "cannot open file: Is a directory");
        assert_eq!(open(b""), Ok(()));
    }

    #[test]
    fn a_service_that_does_not_answer_leaves_it_unopened() {
        let place = tempfile::tempdir().unwrap();
        let service = place.path().join("postlog");
        let silent = || is_silent(service.as_os_str().as_bytes());
        assert!(!is_silent(b"") && silent());
        let _served = UnixDatagram::bind(&service).unwrap();
        assert!(!silent());
        let file = LogFile { is_passed_over: true, ..LogFile::at(b"/nonexistent/log", "3.11.6") };
        assert_eq!((file.open_first(), file.open()), (Ok(()), Ok(())));
    }

    #[test]
    fn newer_versions_open_it_first() {
        for (version, is_opened) in
            [("3.5.27", false), ("3.6.15", false), ("3.6.16", true), ("3.9.0", false), ("3.9.1", true)]
        {
            let file = LogFile::at(b"/nonexistent/log", version);
            assert_eq!(file.open_first().is_err(), is_opened, "{version}");
            assert!(file.open().is_err());
        }
    }
}
