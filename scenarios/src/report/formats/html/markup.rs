//! Escapes text for a page.

use postfix_fakes::bytes::ByteString;

/// A text that means nothing but itself, between tags and in attributes. Control characters are spelled out.
pub(super) fn text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' | '\t' => safe.push(letter),
            letter if letter.is_control() => safe.extend(letter.escape_default()),
            letter => safe.push(letter),
        }
    }
    safe
}

/// Bytes on one line: what is no plain text is spelled out.
pub(super) fn bytes(bytes: &ByteString) -> String {
    match std::str::from_utf8(&bytes.0) {
        Ok(plain) => text(&plain.escape_debug().to_string()),
        Err(_) => text(&bytes.to_string()),
    }
}

/// A text with a capital at its beginning.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Microseconds as people read them.
pub(super) fn span(took: u64) -> String {
    match took {
        0..1_000 => format!("{took} \u{b5}s"),
        1_000..10_000 => format!("{}.{} ms", took / 1_000, took % 1_000 / 100),
        10_000..1_000_000 => format!("{} ms", took / 1_000),
        _ => format!("{}.{} s", took / 1_000_000, took % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes, span, text};
    use postfix_fakes::bytes::ByteString;

    #[test]
    fn no_text_turns_into_markup() {
        assert_eq!(
            text("</script><b a='1' c=\"2\">&\u{1b}"),
            "&lt;/script&gt;&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;\\u{1b}"
        );
        assert_eq!(bytes(&ByteString(b"<\xff\n".to_vec())), "&lt;\\xff\\n");
        assert_eq!(bytes(&ByteString::from("\u{fc}<\n")), "\u{fc}&lt;\\n");
    }

    #[test]
    fn a_span_has_two_digits_or_three() {
        let told: Vec<String> = [7, 1_234, 12_345, 1_234_567].into_iter().map(span).collect();
        assert_eq!(told, ["7 \u{b5}s", "1.2 ms", "12 ms", "1.2 s"]);
    }
}
