//! Calls the functions in references, `${name{text}}`.
//! Knows which functions there are and since which version, nothing of how references are found. Up to 3.10 there are
//! none: a brace after a name is a syntax error.
//!
//! Both functions are about domain names beyond ASCII. Names that need Unicode's tables are not simulated.

use super::expansion::{Expander, Mode, shortened, skip_space};
use super::values::SPACE;
use crate::runtime::fatal::Fatal;

/// What a function makes of a name that it cannot convert.
enum Trouble {
    /// The real one complains like this.
    Known(Vec<u8>),
    /// What the real one does is not simulated.
    NotSimulated,
}

/// Calls the function `name` with what stands in the braces that `text` begins with.
pub(super) fn call(expander: &mut Expander<'_>, name: &[u8], text: &[u8]) {
    let Some((argument, after)) = expander.braced(text) else { return };
    let argument = trimmed(argument);
    if !after.is_empty() {
        expander.complain(&[b"unexpected input at: \"...", argument, b"}>>>", shortened(after), b"\""]);
        return;
    }
    let convert: fn(&[u8]) -> Result<Vec<u8>, Trouble> = match name {
        b"domain_to_ascii" => to_ascii,
        b"domain_to_utf8" => to_utf8,
        _ => {
            let place = [name, b"{", argument, b"}\""].concat();
            return expander.complain(&[b"unknown function \"", name, b"\" at\"...>>>", &place]);
        }
    };
    let argument = expander.operand(argument);
    if expander.mode == Mode::Scan || expander.result.failed {
        return;
    }
    match convert(&argument) {
        Ok(text) => expander.put(&text),
        Err(Trouble::Known(complaint)) => {
            expander.complain(&[&complaint]);
            expander.complain(&[b"bad domain argument in: '", name, b"{", &argument, b"}'"]);
        }
        Err(Trouble::NotSimulated) => {
            expander.end(Fatal::NotSimulated([name, b" of ", &argument].concat()));
        }
    }
}

fn trimmed(text: &[u8]) -> &[u8] {
    let text = skip_space(text);
    let end = text.iter().rposition(|byte| !SPACE.contains(byte)).map_or(0, |last| last + 1);
    &text[..end]
}

fn to_ascii(name: &[u8]) -> Result<Vec<u8>, Trouble> {
    match std::str::from_utf8(name) {
        Ok("") => Err(complaint("ASCII", name, "UIDNA_ERROR_EMPTY_LABEL")),
        Ok(text) if text.is_ascii() => Ok(name.to_vec()),
        Ok(_) => Err(Trouble::NotSimulated),
        Err(_) => Err(complaint("ASCII", name, "malformed UTF-8")),
    }
}

/// The other way round, Postfix converts what is ASCII, and takes everything else, nothing included, as it is.
fn to_utf8(name: &[u8]) -> Result<Vec<u8>, Trouble> {
    if name.is_empty() || !name.is_ascii() {
        return Ok(name.to_vec());
    }
    let small = name.to_ascii_lowercase();
    let is_plain = |label: &[u8]| {
        let in_the_middle = label.get(2..4) == Some(&b"--"[..]);
        label.len() < 64 && !label.starts_with(b"-") && !label.ends_with(b"-") && !in_the_middle
    };
    let labels: Vec<&[u8]> = small.strip_suffix(b".").unwrap_or(&small).split(|byte| *byte == b'.').collect();
    if labels.iter().any(|label| label.is_empty()) {
        return Err(complaint("UTF8", name, "UIDNA_ERROR_EMPTY_LABEL"));
    }
    if small.len() > 253 || !labels.into_iter().all(is_plain) {
        return Err(Trouble::NotSimulated);
    }
    let is_of_names = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    let is_number = small.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    if small.ends_with(b".") || is_number || !small.iter().all(is_of_names) {
        return Err(complaint("ASCII", &small, "malformed ASCII label(s)"));
    }
    Ok(small)
}

/// `form` is what the name was to become, as messages call it.
fn complaint(form: &str, name: &[u8], why: &str) -> Trouble {
    let shown = &name[..name.len().min(100)];
    let function = format!("midna_domain_to_{}_create", form.to_ascii_lowercase());
    let start = format!("{function}: Problem translating domain \"");
    let end = format!("\" to {form} form: {why}");
    Trouble::Known([start.as_bytes(), shown, end.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use crate::config::main_cf::{ExpansionLimit, Mode, expand};
    use crate::protocol::version::{PostfixVersion, Series};

    fn expanded(value: &str) -> Result<String, Vec<String>> {
        let mut warnings = Vec::new();
        let mut lookup = |name: &[u8]| (name == b"domain").then(|| b"Example.COM".to_vec());
        let expansion = expand(
            value.as_bytes(),
            Mode::Recursive,
            PostfixVersion::NEWEST,
            &ExpansionLimit::default(),
            &mut lookup,
            &mut warnings,
        );
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        match expansion.fatal {
            Some(fatal) => Err(vec![fatal.to_string()]),
            None if expansion.failed => Err(warnings.into_iter().map(text).collect()),
            None => Ok(text(expansion.text)),
        }
    }

    #[test]
    fn domains_are_converted() {
        for (value, wanted) in [
            ("<${domain_to_ascii{$domain}}>", "<Example.COM>"),
            (
                "${domain_to_utf8 { $domain }}|$(domain_to_utf8{A_b})|${ domain_to_ascii{1.2} }",
                "example.com|a_b|1.2",
            ),
            ("${domain_to_utf8{}}${domain_to_utf8{\u{e4}}}", "\u{e4}"),
            ("${domain?{${domain_to_ascii{x}}}:y}", "x"),
        ] {
            assert_eq!(expanded(value), Ok(wanted.to_owned()), "{value}");
        }
    }

    #[test]
    fn what_is_no_domain_fails_in_postfixs_words() {
        for (value, wanted) in [
            ("${nofunc{a}}", &["unknown function \"nofunc\" at\"...>>>nofunc{a}\""][..]),
            ("${domain_to_ascii{a}b}", &["unexpected input at: \"...a}>>>b\""]),
            (
                "${domain_to_ascii{$nosuch}}",
                &[
                    "midna_domain_to_ascii_create: Problem translating domain \"\" to ASCII form: \
                     UIDNA_ERROR_EMPTY_LABEL",
                    "bad domain argument in: 'domain_to_ascii{}'",
                ],
            ),
            (
                "${domain_to_utf8{foo-bar.BAR.}}",
                &[
                    "midna_domain_to_ascii_create: Problem translating domain \"foo-bar.bar.\" to ASCII form: \
                     malformed ASCII label(s)",
                    "bad domain argument in: 'domain_to_utf8{foo-bar.BAR.}'",
                ],
            ),
            ("${domain_to_ascii{\u{e4}}}", &["not simulated: domain_to_ascii of \u{e4}"]),
        ] {
            assert_eq!(expanded(value), Err(wanted.iter().map(|&line| line.to_owned()).collect()), "{value}");
        }
    }

    #[test]
    fn before_3_11_there_are_none() {
        for version in [Series::V3_5, Series::V3_10].map(PostfixVersion::upstream) {
            let mut warnings = Vec::new();
            let value = b"${domain_to_ascii{x}}";
            let expansion = expand(
                value,
                Mode::Recursive,
                version,
                &ExpansionLimit::default(),
                &mut |_| None,
                &mut warnings,
            );
            assert!(expansion.failed);
            let wanted = b"attribute name syntax error at: \"...domain_to_ascii>>>{x}\"".to_vec();
            assert_eq!(warnings, [wanted]);
        }
    }

    #[test]
    fn each_call_takes_a_level_of_nesting() {
        let many = "${domain_to_ascii{x}}".repeat(102);
        let complaint = "unreasonable macro call nesting: \"domain_to_ascii{x}\"".to_owned();
        assert_eq!(expanded(&many), Err(vec![complaint]));
    }
}
