//! Checks host names, with Postfix's own messages.

/// The most bytes of a name, and of a part of it.
const LONGEST_NAME: usize = 255;
const LONGEST_LABEL: usize = 63;

/// How much of a bad name is shown.
const SHOWN: usize = 100;

/// What is wrong with a name, as a warning says it; nothing if it is good.
pub(crate) fn fault(name: &[u8]) -> Option<Vec<u8>> {
    let shown = &name[..name.len().min(SHOWN)];
    let said = |text: &str| Some([b"valid_hostname: ", text.as_bytes(), b": ", shown].concat());
    if name.is_empty() {
        return Some(b"valid_hostname: empty hostname".to_vec());
    }
    let mut length = 0;
    for (at, &byte) in name.iter().enumerate() {
        let next = name.get(at + 1);
        let is_plain = byte.is_ascii_alphanumeric() || byte == b'_';
        match byte {
            b'.' if length == 0 || next.is_none() => return said("misplaced delimiter"),
            b'.' => length = 0,
            b'-' if length == 0 || next.is_none() || next == Some(&b'.') => return said("misplaced hyphen"),
            _ if is_plain && length >= LONGEST_LABEL => return said("hostname label too long"),
            _ if is_plain || byte == b'-' => length += 1,
            _ => return said(&format!("invalid character {byte}(decimal)")),
        }
    }
    if name.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') {
        return said("numeric hostname");
    }
    (name.len() > LONGEST_NAME).then(|| {
        [format!("valid_hostname: bad length {} for ", name.len()).as_bytes(), shown, b"..."].concat()
    })
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn good_names_have_no_fault() {
        for good in ["localhost", "mail.example.org", "a-b.c", "1a", "_x.y"] {
            assert_eq!(fault(good.as_bytes()), None, "{good}");
        }
    }

    #[test]
    fn bad_names_are_told_apart() {
        for (bad, wanted) in [
            ("", "empty hostname"),
            ("a..b", "misplaced delimiter: a..b"),
            (".a", "misplaced delimiter: .a"),
            ("a.", "misplaced delimiter: a."),
            ("-a", "misplaced hyphen: -a"),
            ("a-.b", "misplaced hyphen: a-.b"),
            ("1.2.3", "numeric hostname: 1.2.3"),
            ("a b", "invalid character 32(decimal): a b"),
        ] {
            let text = String::from_utf8(fault(bad.as_bytes()).unwrap()).unwrap();
            assert_eq!(text, format!("valid_hostname: {wanted}"));
        }
        assert!(fault(&[b'a'; 64]).unwrap().starts_with(b"valid_hostname: hostname label too long: aaa"));
        assert!(fault("ab.".repeat(90).trim_end_matches('.').as_bytes()).unwrap().ends_with(b"..."));
    }
}
