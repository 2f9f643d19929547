//! A path that a case names: it begins at a directory of its world, and leads to nothing outside of it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::protocol::bytes::ByteString;

/// A relative path without `..`. No other can be made, so that no case writes outside its world.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "ByteString")]
pub struct RelativePath(ByteString);

impl RelativePath {
    /// The path as bytes.
    pub fn as_bytes(&self) -> &ByteString {
        &self.0
    }
}

impl TryFrom<ByteString> for RelativePath {
    type Error = String;

    fn try_from(path: ByteString) -> Result<Self, String> {
        let leads_up = path.0.split(|byte| *byte == b'/').any(|part| part == b"..");
        if leads_up || path.0.is_empty() || path.0.starts_with(b"/") || path.0.contains(&0) {
            return Err(format!(
                "{path:?} may lead out of the world: give a path below it, without \"/\" before it and without \"..\""
            ));
        }
        Ok(Self(path))
    }
}

impl fmt::Display for RelativePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::{ByteString, RelativePath};

    #[test]
    fn a_path_that_may_lead_out_cannot_be_made() {
        for path in ["/", "/etc", "..", "../x", "a/../../x", "a/..", "", "a\0b"] {
            assert!(RelativePath::try_from(ByteString::from(path)).is_err(), "{path}");
            let text = serde_json::to_string(path).unwrap();
            assert!(serde_json::from_str::<RelativePath>(&text).is_err(), "{path}");
        }
        for path in ["etc/postfix", "a", "...", "a/..b/c..", "etc/a b", "."] {
            assert_eq!(RelativePath::try_from(ByteString::from(path)).unwrap().to_string(), path);
        }
    }
}
