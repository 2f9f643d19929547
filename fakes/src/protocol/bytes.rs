//! Writes byte strings in JSON: arguments, paths and output are bytes in Unix, and JSON has only Unicode.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes that serialise as a string if they are UTF-8, and as an array of numbers otherwise.
/// Both forms are read back, so nothing is lost.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteString(pub Vec<u8>);

impl ByteString {
    /// The bytes as the operating system takes them.
    pub fn as_os_str(&self) -> &OsStr {
        OsStr::from_bytes(&self.0)
    }

    /// The bytes as a path.
    pub fn to_path_buf(&self) -> PathBuf {
        PathBuf::from(OsString::from_vec(self.0.clone()))
    }
}

impl fmt::Debug for ByteString {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "\"{}\"", self.0.escape_ascii())
    }
}

impl fmt::Display for ByteString {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match std::str::from_utf8(&self.0) {
            Ok(text) => formatter.write_str(text),
            Err(_) => write!(formatter, "{}", self.0.escape_ascii()),
        }
    }
}

/// Of a text, a path, or what else the operating system takes.
impl<T: Into<OsString>> From<T> for ByteString {
    fn from(value: T) -> Self {
        Self(value.into().into_vec())
    }
}

impl Serialize for ByteString {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => serializer.collect_seq(&self.0),
        }
    }
}

impl<'de> Deserialize<'de> for ByteString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Text(String),
            Numbers(Vec<u8>),
        }
        Ok(match Form::deserialize(deserializer)? {
            Form::Text(text) => Self(text.into_bytes()),
            Form::Numbers(numbers) => Self(numbers),
        })
    }
}

/// Bytes as a path.
pub(crate) fn path_of(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

/// A path as bytes.
pub(crate) fn bytes_of(path: PathBuf) -> Vec<u8> {
    path.into_os_string().into_vec()
}

#[cfg(test)]
mod tests {
    use super::ByteString;

    #[test]
    fn bytes_that_are_no_text_survive_json() {
        for bytes in [&b"plain"[..], b"", b"\xff\x00 ", "gr\u{fc}n".as_bytes()] {
            let bytes = ByteString(bytes.to_vec());
            let text = serde_json::to_string(&bytes).unwrap();
            assert_eq!(serde_json::from_str::<ByteString>(&text).unwrap(), bytes, "{text}");
        }
    }
}
