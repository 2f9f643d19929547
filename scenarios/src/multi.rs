//! The multi-instance tool under judgement: postmulti(1), ours, or any program that takes its place. Knows what
//! `--multi` may say, nothing of what such a tool does.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::OsStrExt;

use postfix_fakes::bytes::ByteString;
use postfix_harness::world::OWN_MULTI;

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
}

/// Why a value names no tool.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("--multi {0:?}: say ours, postmulti, or the absolute path of a program in the image")]
pub struct NoMulti(OsString);

impl Multi {
    /// The one that an option names, if it was given.
    ///
    /// # Errors
    /// When it names none.
    pub fn from_option(option: Option<&OsStr>) -> Result<Self, NoMulti> {
        match option.map(OsStr::as_bytes) {
            None | Some(b"ours") => Ok(Self::Own),
            Some(b"postmulti") => Ok(Self::Shipped),
            Some(path) if path.starts_with(b"/") => Ok(Self::Given(OsStr::from_bytes(path).to_owned())),
            Some(other) => Err(NoMulti(OsStr::from_bytes(other).to_owned())),
        }
    }

    /// Its program; `@root@` in it is a world's root.
    pub fn program(&self) -> ByteString {
        match self {
            Self::Own => OWN_MULTI.into(),
            Self::Shipped => SHIPPED.into(),
            Self::Given(path) => ByteString(path.as_bytes().to_vec()),
        }
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
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Multi;
    use std::ffi::OsStr;

    #[test]
    fn an_option_names_ours_or_the_shipped_one_or_a_path() {
        let named = |name: &str| Multi::from_option(Some(OsStr::new(name)));
        assert!(Multi::from_option(None).unwrap().is_own() && named("ours").unwrap().is_own());
        assert_eq!(named("postmulti").unwrap().program(), "/usr/sbin/postmulti".into());
        assert_eq!(named("/x/y").unwrap().to_string(), "/x/y");
        assert!(named("y").unwrap_err().to_string().contains("absolute"));
    }
}
