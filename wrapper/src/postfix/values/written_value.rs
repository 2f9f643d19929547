//! Reads how a parameter is written in the text of a main.cf, without a look at what its value means.
//!
//! Knows nothing of references, defaults and master.cf.

/// The value of the last setting of a parameter in a text, its lines joined, each run of blanks one blank; nothing if
/// there is no such setting.
pub(crate) fn written(text: &[u8], name: &str) -> Option<Vec<u8>> {
    let mut found = None;
    for line in logical_lines(text) {
        let Some(equals) = line.iter().position(|byte| *byte == b'=') else { continue };
        if line[..equals].trim_ascii() == name.as_bytes() {
            found = Some(with_single_blanks(&line[equals + 1..]));
        }
    }
    found
}

/// A value with one blank in place of each run of blanks, and none at its ends.
pub(crate) fn with_single_blanks(value: &[u8]) -> Vec<u8> {
    let words = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(&b' ')
}

/// The settings of a text. A line that begins with a blank continues the one before; comments and empty lines between
/// them do not count.
fn logical_lines(text: &[u8]) -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        let content = line.trim_ascii_start();
        if content.is_empty() || content[0] == b'#' {
            continue;
        }
        match lines.last_mut() {
            Some(last) if content.len() < line.len() => last.extend_from_slice(line),
            _ => lines.push(line.to_vec()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_however_it_is_laid_out() {
        let text =
            b"# a = 0\na=1\n  a = 2\n\nb =\n# no\n\n   x,\n\ty  z \nc = $b\nc = d=e\n= f\nnonsense\ne =\n";
        let value = |name| written(text, name).map(|value| String::from_utf8(value).unwrap());
        assert_eq!(value("a").as_deref(), Some("1 a = 2"));
        assert_eq!(value("b").as_deref(), Some("x, y z"));
        assert_eq!(value("c").as_deref(), Some("d=e"), "the last one counts");
        assert_eq!(value("e").as_deref(), Some(""));
        assert_eq!(value("x"), None);
    }
}
