//! The first N bytes, and how many were left out.

use std::fmt;

use postfix_fakes::bytes::ByteString;
use serde::{Deserialize, Serialize};

/// Bytes, or their beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Excerpt {
    text: ByteString,
    left_out: usize,
}

/// How it is written: as the bytes alone, if these are all.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Whole(ByteString),
    Cut { text: ByteString, left_out: usize },
}

impl From<Written> for Excerpt {
    fn from(written: Written) -> Self {
        match written {
            Written::Whole(text) => Self { text, left_out: 0 },
            Written::Cut { text, left_out } => Self { text, left_out },
        }
    }
}

impl From<Excerpt> for Written {
    fn from(excerpt: Excerpt) -> Self {
        match excerpt {
            Excerpt { text, left_out: 0 } => Self::Whole(text),
            Excerpt { text, left_out } => Self::Cut { text, left_out },
        }
    }
}

impl Excerpt {
    /// Of `bytes`, at most `most` of them.
    pub fn of(mut bytes: ByteString, most: usize) -> Self {
        let all = bytes.0.len();
        if all > most {
            // Text must not turn into bytes because a letter was cut in two.
            let is_inside_letter = |at: &usize| bytes.0.get(*at).is_some_and(|byte| byte & 0xc0 == 0x80);
            let end = (most.saturating_sub(3)..=most).rev().find(|at| !is_inside_letter(at)).unwrap_or(most);
            bytes.0.truncate(end);
        }
        let left_out = all - bytes.0.len();
        Self { text: bytes, left_out }
    }

    /// What is there.
    pub fn bytes(&self) -> &ByteString {
        &self.text
    }

    /// How many bytes more there were.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Whether there was nothing.
    pub fn is_empty(&self) -> bool {
        self.text.0.is_empty() && self.left_out == 0
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.text)?;
        if self.left_out > 0 { write!(formatter, "[{} bytes more]", self.left_out) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::Excerpt;
    use postfix_fakes::bytes::ByteString;

    #[test]
    fn what_is_too_long_says_how_much_is_missing_and_survives_json() {
        for (bytes, most, json) in [
            (&b"abc"[..], 3, r#""abc""#),
            (b"abcd", 3, r#"{"text":"abc","left_out":1}"#),
            ("a\u{fc}b".as_bytes(), 2, r#"{"text":"a","left_out":3}"#),
            (b"a\xff", 3, "[97,255]"),
            (b"\x80\x80\x80\x80\x80", 4, r#"{"text":[128,128,128,128],"left_out":1}"#),
        ] {
            let excerpt = Excerpt::of(ByteString(bytes.to_vec()), most);
            let text = serde_json::to_string(&excerpt).unwrap();
            assert_eq!(text, json);
            assert_eq!(serde_json::from_str::<Excerpt>(&text).unwrap(), excerpt);
        }
    }
}
