//! Writes strings of JSON.

/// A string of JSON. Beyond ASCII, what main.cf holds stays as it is.
pub(crate) fn quoted(text: &mut Vec<u8>, value: &[u8]) {
    text.push(b'"');
    for &byte in value {
        match byte {
            b'"' | b'\\' => text.extend_from_slice(&[b'\\', byte]),
            0x08 => text.extend_from_slice(b"\\b"),
            0x0c => text.extend_from_slice(b"\\f"),
            b'\n' => text.extend_from_slice(b"\\n"),
            b'\r' => text.extend_from_slice(b"\\r"),
            b'\t' => text.extend_from_slice(b"\\t"),
            _ if byte.is_ascii_control() => text.extend_from_slice(format!("\\u{byte:04X}").as_bytes()),
            _ => text.push(byte),
        }
    }
    text.push(b'"');
}

/// A string of JSON for printable text. That is plain ASCII, so there is little to escape.
pub(crate) fn quoted_printable(shown: &str) -> String {
    format!("\"{}\"", shown.replace('\\', "\\\\").replace('"', "\\\""))
}
