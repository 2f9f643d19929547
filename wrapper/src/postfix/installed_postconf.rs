//! Finds the installed postconf(1), and writes random lines into a file, for the tests that compare a reader with it.

use std::path::Path;

use proptest::prelude::*;
use proptest::sample::select;

/// The installed one.
pub(crate) const POSTCONF: &str = "/usr/sbin/postconf";

/// Whether it is there.
pub(crate) fn has_postconf() -> bool {
    let found = Path::new(POSTCONF).exists();
    if !found {
        postfix_process::skip::skip(format!("there is no {POSTCONF}"));
    }
    found
}

/// A file of drawn lines. A few lack the end of the last line, or have odd bytes somewhere.
pub(crate) fn file(
    lines: impl Strategy<Value = Vec<Vec<u8>>>,
    odd_bytes: &'static [&'static [u8]],
) -> impl Strategy<Value = Vec<u8>> {
    let odd = proptest::option::weighted(0.1, (any::<proptest::sample::Index>(), select(odd_bytes)));
    (lines, proptest::bool::weighted(0.95), odd).prop_map(|(lines, has_last_newline, odd)| {
        let mut text = lines.join(&b'\n');
        if has_last_newline && !text.is_empty() {
            text.push(b'\n');
        }
        if let Some((at, bytes)) = odd {
            let at = at.index(text.len() + 1);
            text.splice(at..at, bytes.iter().copied());
        }
        text
    })
}
