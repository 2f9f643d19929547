//! The multi-instance tool under judgement: reads the value of `--multi-tool`.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::os::unix::ffi::OsStrExt;

use postfix_fakes::bytes::ByteString;
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::world::OWN_MULTI;
use postfix_process::suite_command::suite_command;

use crate::subject::faulty::{self, FaultyError, PREFIX};
use crate::subject::manager::matches;

/// The program that comes with Postfix, in every image.
const SHIPPED: &str = "/usr/sbin/postmulti";

/// The multi-instance tool under judgement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MultiTool {
    /// Our own, which every world has.
    #[default]
    Own,
    /// postmulti(1), as it comes with the Postfix of the image.
    Shipped,
    /// Another program of the image, by its path there.
    Given(OsString),
    /// A faulty one: its name and its script.
    Faulty(String, String),
}

/// Why a value names no tool.
#[derive(Debug, thiserror::Error)]
pub enum MultiToolError {
    /// It is no name that is known, and no path.
    #[error(
        "--multi-tool {0:?}: say ours, postmulti, {PREFIX}NAME, or the absolute path of a program in the image"
    )]
    Unknown(OsString),
    /// No such faulty tool.
    #[error(
        "--multi-tool {PREFIX}{0}: there is no such tool{hint}; `{suite} self-test --testbed live --list` has them all",
        hint = faulty::did_you_mean(.0),
        suite = suite_command()
    )]
    NotFaulty(String),
    /// The list of faulty ones is wrong.
    #[error(transparent)]
    List(#[from] FaultyError),
}

impl MultiTool {
    /// The one that an option names, if it was given.
    ///
    /// # Errors
    /// When it names none.
    pub fn from_option(option: Option<&OsStr>) -> Result<Self, MultiToolError> {
        if let Some(name) = option.and_then(OsStr::to_str).and_then(|text| text.strip_prefix(PREFIX)) {
            let text = faulty::tool(name)?.ok_or_else(|| MultiToolError::NotFaulty(name.to_owned()))?;
            return Ok(Self::Faulty(name.to_owned(), text));
        }
        match option.map(OsStr::as_bytes) {
            None | Some(b"ours") => Ok(Self::Own),
            Some(b"postmulti") => Ok(Self::Shipped),
            Some(path) if path.starts_with(b"/") => Ok(Self::Given(OsStr::from_bytes(path).to_owned())),
            Some(other) => Err(MultiToolError::Unknown(OsStr::from_bytes(other).to_owned())),
        }
    }

    /// Its program; `@root@` in it is a world's root. A faulty one is written into the run directory, which
    /// containers have too.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn program(&self, run: &RunDirectory) -> io::Result<ByteString> {
        Ok(match self {
            Self::Own => OWN_MULTI.into(),
            Self::Shipped => SHIPPED.into(),
            Self::Given(path) => ByteString(path.as_bytes().to_vec()),
            Self::Faulty(name, text) => run.write_script(&format!("tool-{name}"), text)?.into(),
        })
    }

    /// Whether a name or a path is this tool's. A `*` in it stands for any text.
    pub fn answers_to(&self, called: &str) -> bool {
        matches(called.as_bytes(), self.to_string().as_bytes())
    }

    /// Whether it is our own, for which robust clauses count.
    pub fn is_own(&self) -> bool {
        *self == Self::Own
    }
}

/// What `--multi-tool` takes for it.
impl fmt::Display for MultiTool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => formatter.write_str("ours"),
            Self::Shipped => formatter.write_str("postmulti"),
            Self::Given(path) => write!(formatter, "{}", path.to_string_lossy()),
            Self::Faulty(name, _) => write!(formatter, "{PREFIX}{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MultiTool, MultiToolError};
    use postfix_harness::run_directory::RunDirectory;
    use std::ffi::OsStr;

    #[test]
    fn an_option_names_ours_or_the_shipped_one_or_a_path() {
        let named = |name: &str| MultiTool::from_option(Some(OsStr::new(name)));
        assert!(MultiTool::from_option(None).unwrap().is_own() && named("ours").unwrap().is_own());
        let base = tempfile::tempdir().unwrap();
        let run = RunDirectory::create(base.path(), &std::env::current_exe().unwrap()).unwrap();
        assert_eq!(named("postmulti").unwrap().program(&run).unwrap(), "/usr/sbin/postmulti".into());
        assert_eq!(named("/x/y").unwrap().to_string(), "/x/y");
        let tool = named("faulty:list-sorted").unwrap();
        let text = std::fs::read_to_string(tool.program(&run).unwrap().to_path_buf()).unwrap();
        assert!(tool.answers_to("faulty:list-sorted") && text.contains("sort"), "{text}");
        assert!(matches!(named("faulty:unicorn"), Err(MultiToolError::NotFaulty(_))));
        assert!(named("y").unwrap_err().to_string().contains("absolute"));
    }
}
