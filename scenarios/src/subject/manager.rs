//! The manager under judgement: reads and checks the value of `--manager` before anything runs.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use postfix_fakes::bytes::ByteString;
use postfix_fakes::regular::{self, Links};
use postfix_process::suite_command::suite_command;

use crate::catalogue::digest::Digest;
use crate::catalogue::similar_names::did_you_mean;
use crate::subject::faulty::{self, FaultyError, PREFIX};

/// The names that `--manager` takes beside values of `multi_instance_wrapper`.
pub const NAMES: [&str; 4] = ["ours", "shell", "postmulti", "example"];

/// Our own manager, which every world has in its daemon directory.
const OWN: &str = "$daemon_directory/postfix-wrapper";

/// The largest program that a digest is made of, in bytes.
const MOST: u64 = 256 << 20;

/// The manager under judgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manager {
    value: ByteString,
    option: ByteString,
    origin: Origin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Own,
    Named,
    Given,
    InImage,
}

/// Why a value cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum ManagerError {
    /// Nothing in it.
    #[error("--manager is empty; leave it out to judge our own manager")]
    Empty,
    /// A word that is no path that exists.
    #[error(
        "--manager {0:?}: there is no such file here{hint}; give its path, such as /usr/libexec/my-manager, or one of \
         {names}",
        hint = did_you_mean(.0, NAMES),
        names = NAMES.join(", ")
    )]
    NoPath(String),
    /// A value that Postfix would expand.
    #[error(
        "--manager {0:?}: $ would lead to the programs of the suite, which lie in a world's own directories; give the \
         program's path, or --manager shell or --manager postmulti for those that come with Postfix"
    )]
    Macro(String),
    /// A path that leads nowhere.
    #[error("--manager {0:?}: there is no such program; correct the path, or build it first")]
    Missing(PathBuf),
    /// A path to something that nobody can run.
    #[error("--manager {0:?}: this cannot be run; make it an executable file (chmod +x)")]
    NotExecutable(PathBuf),
    /// A path with a blank, which Postfix cannot be given.
    #[error("--manager {0:?}: Postfix takes what follows a blank for an argument; use a path without blanks")]
    Blank(PathBuf),
    /// A manager of a Postfix that is not installed.
    #[error(
        "--manager {name}: no installed Postfix tells where it is (postconf -d {parameter}); install the package \
         postfix, or give the manager's path"
    )]
    NotInstalled {
        /// Its name.
        name: &'static str,
        /// The parameter that names its directory.
        parameter: &'static str,
    },
    /// A manager that the installed Postfix does not have.
    #[error("--manager {name}: {path:?} cannot be run; install all of Postfix, or give the manager's path")]
    NotThere {
        /// Its name.
        name: &'static str,
        /// Where it should be.
        path: PathBuf,
    },
    /// A manager that asks the host's Postfix, even if another is simulated.
    #[error(
        "--manager postmulti: it has Postfix's own directories compiled in, and would read the host's configuration \
         in place of a simulated one; judge it with --testbed sandbox"
    )]
    NeedsRealTestbed,
    /// No such faulty manager.
    #[error(
        "--manager {PREFIX}{0}: there is no such faulty manager{hint}; `{suite} self-test --list` has them all",
        hint = faulty::did_you_mean(.0),
        suite = suite_command()
    )]
    NotFaulty(String),
    /// The list of faulty ones is wrong.
    #[error(transparent)]
    Faulty(#[from] FaultyError),
    /// A script could not be written.
    #[error("cannot write the script of a manager: {0}; name another directory with --work-dir or TMPDIR")]
    Script(io::Error),
    /// One for an image that cannot be had there.
    #[error("--manager, in an image: {0}")]
    InImage(String),
}

impl Manager {
    /// Our own.
    pub fn own() -> Self {
        Self { value: ByteString::from(OWN), option: ByteString::from(OWN), origin: Origin::Own }
    }

    /// The one that `--manager` names; `here` is what a relative path begins at.
    ///
    /// # Errors
    /// When the value cannot be one of `multi_instance_wrapper`, or names a program that is not there.
    pub fn given(value: &OsStr, here: &Path) -> Result<Self, ManagerError> {
        let bytes = value.as_bytes().trim_ascii();
        let (program, arguments) = program_and_arguments(bytes);
        if program.is_empty() {
            return Err(ManagerError::Empty);
        }
        let path = PathBuf::from(OsString::from_vec(program.to_vec()));
        if !arguments.is_empty() && !here.join(&path).exists() && here.join(value).exists() {
            return Err(ManagerError::Blank(PathBuf::from(value)));
        }
        if program.starts_with(b"$") {
            return Err(ManagerError::Macro(ByteString(bytes.to_vec()).to_string()));
        }
        // `./` would be seen in every report.
        let absolute: PathBuf = here.join(&path).components().collect();
        match absolute.metadata() {
            Err(_) if path.is_absolute() => return Err(ManagerError::Missing(path)),
            Err(_) => return Err(ManagerError::NoPath(path.display().to_string())),
            Ok(found) if !found.is_file() || found.permissions().mode() & 0o111 == 0 => {
                return Err(ManagerError::NotExecutable(path));
            }
            Ok(_) if absolute.as_os_str().as_bytes().iter().any(u8::is_ascii_whitespace) => {
                return Err(ManagerError::Blank(absolute));
            }
            Ok(_) => {}
        }
        let value = ByteString([absolute.as_os_str().as_bytes(), arguments].concat());
        Ok(Self { option: value.clone(), value, origin: Origin::Given })
    }

    /// One of an image.
    pub fn in_image(value: ByteString) -> Self {
        Self { option: value.clone(), value, origin: Origin::InImage }
    }

    /// One whose program was copied to where cases are judged; `option` is what `--manager` calls it.
    pub fn copied(value: ByteString, option: ByteString) -> Self {
        Self { value, option, origin: Origin::Given }
    }

    /// One that has a name of its own, which `--manager` takes.
    pub fn named(name: &str, value: ByteString) -> Self {
        Self { value, option: ByteString::from(name), origin: Origin::Named }
    }

    /// Its program, if that is known by a path.
    pub fn program(&self) -> Option<&Path> {
        let (program, _) = program_and_arguments(&self.value.0);
        program.starts_with(b"/").then(|| Path::new(OsStr::from_bytes(program)))
    }

    /// A digest of its program, if that was given by a path and can be read here.
    pub fn digest(&self) -> Option<Digest> {
        let program = self.program().filter(|_| self.origin == Origin::Given)?;
        regular::read(program, MOST, Links::Followed).ok().map(|bytes| Digest::of(&bytes))
    }

    /// The same with its program at another place.
    #[must_use]
    pub fn with_program(self, program: &Path) -> Self {
        let (_, arguments) = program_and_arguments(&self.value.0);
        let value = ByteString([program.as_os_str().as_bytes(), arguments].concat());
        Self { value, ..self }
    }

    /// Whether a name or a value is this manager's. A `*` in it stands for any text.
    pub fn answers_to(&self, called: &str) -> bool {
        let called = called.as_bytes();
        self.is_own() && matches(called, b"ours")
            || [&self.option, &self.value].iter().any(|own| matches(called, &own.0))
    }

    /// The name that this manager has in a list of expected failures.
    pub fn listed_name(&self) -> String {
        if self.is_own() { "ours".to_owned() } else { self.option.to_string() }
    }

    /// What `--manager` takes for it.
    pub fn option(&self) -> &ByteString {
        &self.option
    }

    /// The one of an option that may not have been given.
    ///
    /// # Errors
    /// As [`Manager::given`].
    pub fn from_option(value: Option<&OsStr>) -> Result<Self, ManagerError> {
        let here = env::current_dir().unwrap_or_default();
        value.map_or_else(|| Ok(Self::own()), |value| Self::given(value, &here))
    }

    /// The value of `multi_instance_wrapper`.
    pub fn value(&self) -> &ByteString {
        &self.value
    }

    /// The value that reports tell: the one that was given, also if a copy of the program is judged.
    pub fn told_value(&self) -> &ByteString {
        match self.origin {
            Origin::Given | Origin::InImage => &self.option,
            Origin::Own | Origin::Named => &self.value,
        }
    }

    /// Whether it is our own, for which robust clauses count.
    pub fn is_own(&self) -> bool {
        self.origin == Origin::Own
    }
}

/// Whether a pattern, in which `*` stands for any text, matches all of a text.
pub(super) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.iter().position(|byte| *byte == b'*') {
        None => pattern == text,
        Some(star) => {
            let (begin, rest) = pattern.split_at(star);
            let rest = rest.get(1..).unwrap_or_default();
            text.strip_prefix(begin)
                .is_some_and(|text| (0..=text.len()).any(|skip| matches(rest, &text[skip..])))
        }
    }
}

/// The two parts of a value of `multi_instance_wrapper`, the second with the blank before it.
pub(super) fn program_and_arguments(value: &[u8]) -> (&[u8], &[u8]) {
    value.split_at(value.iter().position(u8::is_ascii_whitespace).unwrap_or(value.len()))
}

/// What people call it.
impl fmt::Display for Manager {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.origin {
            Origin::Own => formatter.write_str("ours"),
            Origin::Named => write!(formatter, "{}", self.option),
            // The whole value stands beside it if there is room.
            Origin::Given | Origin::InImage => {
                let (program, arguments) = program_and_arguments(&self.value.0);
                let begin = program.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
                let name = [program.get(begin..).unwrap_or(program), arguments].concat();
                write!(formatter, "{}", ByteString(name))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Manager, ManagerError};
    use std::ffi::OsStr;
    use std::path::Path;

    fn given(value: &str) -> Result<String, ManagerError> {
        Manager::given(OsStr::new(value), Path::new("/bin")).map(|manager| manager.value().to_string())
    }

    #[test]
    fn arguments_stay_and_relative_paths_and_macros_do_not() {
        assert_eq!(given("/bin/sh -p --").unwrap(), "/bin/sh -p --");
        assert_eq!(given("sh -p").unwrap(), "/bin/sh -p");
        assert!(matches!(given("$daemon_directory/x"), Err(ManagerError::Macro(_))));
    }

    #[test]
    fn it_answers_to_its_name_and_to_its_value() {
        let example = Manager::named("example", "/run/example".into());
        assert!(example.answers_to("example") && example.answers_to("/run/example"));
        assert!(!example.answers_to("ours") && Manager::own().answers_to("ours"));
        assert_eq!((example.to_string().as_str(), example.is_own()), ("example", false));
    }

    #[test]
    fn a_star_stands_for_any_text() {
        let manager = Manager::given(OsStr::new("/bin/sh -p --"), Path::new("/")).unwrap();
        for pattern in ["/bin/sh -p --", "*/sh *", "*", "/bin/*--", "**sh*"] {
            assert!(manager.answers_to(pattern), "{pattern}");
        }
        for pattern in ["*/sh", "bin*", "*x*", "", "/bin/sh -p --*x"] {
            assert!(!manager.answers_to(pattern), "{pattern}");
        }
        assert!(Manager::own().answers_to("our*"));
    }

    #[test]
    fn people_call_it_by_its_last_name() {
        let manager = Manager::given(OsStr::new("/bin/sh -p --"), Path::new("/bin")).unwrap();
        assert_eq!(manager.to_string(), "sh -p --");
        assert_eq!(Manager::own().to_string(), "ours");
    }

    #[test]
    fn what_cannot_be_run_is_refused() {
        assert!(matches!(given(" "), Err(ManagerError::Empty)));
        assert!(matches!(given("no-such-manager"), Err(ManagerError::NoPath(_))));
        assert!(matches!(given("/no/such/manager"), Err(ManagerError::Missing(_))));
        assert!(matches!(given("/bin"), Err(ManagerError::NotExecutable(_))));
        assert!(matches!(given("/etc/passwd"), Err(ManagerError::NotExecutable(_))));
    }
}
