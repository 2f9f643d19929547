//! The multi-instance tool under judgement: postmulti(1), ours, one of the zoo, or any program that takes its place.
//! Knows what `--multi` may say, nothing of what such a tool does.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::os::unix::ffi::OsStrExt;

use postfix_fakes::bytes::ByteString;
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::world::OWN_MULTI;

use crate::subject::faulty::ZOO;
use crate::subject::faulty::{self, ZooError};

/// The program that comes with Postfix, in every image.
const SHIPPED: &str = "/usr/sbin/postmulti";

/// The multi-instance tool under judgement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Multi {
    /// Our own, which every world has.
    #[default]
    Own,
    /// postmulti(1), as it comes with the Postfix of the image.
    Shipped,
    /// Another program of the image, by its path there.
    Given(OsString),
    /// One of the zoo: its name and its script.
    Zoo(String, String),
}

/// Why a value names no tool.
#[derive(Debug, thiserror::Error)]
pub enum NoMulti {
    /// It is no name that is known, and no path.
    #[error("--multi {0:?}: say ours, postmulti, {ZOO}NAME, or the absolute path of a program in the image")]
    Unknown(OsString),
    /// No such tool in the zoo.
    #[error(
        "--multi {ZOO}{0}: the zoo has no such tool; `postfix-conformance mutants --testbed live --list` has them all"
    )]
    NotInZoo(String),
    /// The zoo itself is wrong.
    #[error(transparent)]
    Zoo(#[from] ZooError),
}

impl Multi {
    /// The one that an option names, if it was given.
    ///
    /// # Errors
    /// When it names none.
    pub fn from_option(option: Option<&OsStr>) -> Result<Self, NoMulti> {
        if let Some(name) = option.and_then(OsStr::to_str).and_then(|text| text.strip_prefix(ZOO)) {
            let text = faulty::tool(name)?.ok_or_else(|| NoMulti::NotInZoo(name.to_owned()))?;
            return Ok(Self::Zoo(name.to_owned(), text));
        }
        match option.map(OsStr::as_bytes) {
            None | Some(b"ours") => Ok(Self::Own),
            Some(b"postmulti") => Ok(Self::Shipped),
            Some(path) if path.starts_with(b"/") => Ok(Self::Given(OsStr::from_bytes(path).to_owned())),
            Some(other) => Err(NoMulti::Unknown(OsStr::from_bytes(other).to_owned())),
        }
    }

    /// Its program; `@root@` in it is a world's root. One of the zoo is written into the run directory, which
    /// containers have too.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn program(&self, run: &RunDirectory) -> io::Result<ByteString> {
        Ok(match self {
            Self::Own => OWN_MULTI.into(),
            Self::Shipped => SHIPPED.into(),
            Self::Given(path) => ByteString(path.as_bytes().to_vec()),
            Self::Zoo(name, text) => run.write_script(&format!("tool-{name}"), text)?.into(),
        })
    }

    /// Whether a name or a path is this tool's.
    pub fn answers_to(&self, called: &str) -> bool {
        self.to_string() == called
    }

    /// Whether it is our own, for which robust clauses count.
    pub fn is_own(&self) -> bool {
        *self == Self::Own
    }
}

/// What `--multi` takes for it.
impl fmt::Display for Multi {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => formatter.write_str("ours"),
            Self::Shipped => formatter.write_str("postmulti"),
            Self::Given(path) => write!(formatter, "{}", path.to_string_lossy()),
            Self::Zoo(name, _) => write!(formatter, "{ZOO}{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Multi, NoMulti};
    use postfix_harness::run_directory::RunDirectory;
    use std::ffi::OsStr;

    #[test]
    fn an_option_names_ours_or_the_shipped_one_or_a_path() {
        let named = |name: &str| Multi::from_option(Some(OsStr::new(name)));
        assert!(Multi::from_option(None).unwrap().is_own() && named("ours").unwrap().is_own());
        let base = tempfile::tempdir().unwrap();
        let run = RunDirectory::create(base.path(), &std::env::current_exe().unwrap()).unwrap();
        assert_eq!(named("postmulti").unwrap().program(&run).unwrap(), "/usr/sbin/postmulti".into());
        assert_eq!(named("/x/y").unwrap().to_string(), "/x/y");
        let tool = named("zoo:list-sorted").unwrap();
        let text = std::fs::read_to_string(tool.program(&run).unwrap().to_path_buf()).unwrap();
        assert!(tool.answers_to("zoo:list-sorted") && text.contains("sort"), "{text}");
        assert!(matches!(named("zoo:unicorn"), Err(NoMulti::NotInZoo(_))));
        assert!(named("y").unwrap_err().to_string().contains("absolute"));
    }
}
