//! Reads main.cf as postconf(5) describes it.
//! It reads logical lines, and the macros that layouts use in values (`$name`, `${name}`, `$(name)`, `${name?text}`,
//! `${name:text}`, `$$`). Written from that page alone, so that it does not repeat a mistake of the code that it
//! judges.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Deeper than this, Postfix takes a value for one that names itself.
const DEEPEST: usize = 100;

/// How many bytes of values one expansion takes up at most. Values that name others twice, and those again, grow
/// without bound long before they are too deep.
const MOST_WORK: usize = 1 << 20;

/// The values of one main.cf, macros not expanded.
#[derive(Clone, Debug)]
pub(super) struct MainCf {
    values: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// Why a value has no expansion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoValue {
    /// Postfix refuses it.
    Refused,
    /// It uses more of the macro language than the oracle speaks, or so much of it that Postfix needs minutes.
    BeyondSubset,
}

impl MainCf {
    /// Reads the text of the main.cf in `directory`; nothing if a line is no setting, which makes Postfix
    /// refuse the whole file.
    pub(super) fn parse(directory: &OsStr, text: &[u8]) -> Option<Self> {
        let mut values = BTreeMap::new();
        values.insert(b"config_directory".to_vec(), directory.as_bytes().to_vec());
        for line in logical_lines(text) {
            let equals = line.iter().position(|byte| *byte == b'=')?;
            let name = line[..equals].trim_ascii();
            if name.is_empty() || name.iter().any(u8::is_ascii_whitespace) {
                return None;
            }
            values.insert(name.to_vec(), line[equals + 1..].trim_ascii().to_vec());
        }
        Some(Self { values })
    }

    /// A parameter's value, macros expanded; nothing if main.cf does not set it.
    pub(super) fn value(&self, name: &str) -> Option<Result<Vec<u8>, NoValue>> {
        self.value_within(name, MOST_WORK)
    }

    /// The same with a bound of its own for the work.
    pub(super) fn value_within(&self, name: &str, mut work: usize) -> Option<Result<Vec<u8>, NoValue>> {
        self.values.get(name.as_bytes()).map(|value| self.expand(value, 0, &mut work))
    }

    /// Expands a text with no more than `work` bytes of values, which it reduces by what it uses up.
    fn expand(&self, text: &[u8], depth: usize, work: &mut usize) -> Result<Vec<u8>, NoValue> {
        if depth > DEEPEST {
            return Err(NoValue::Refused);
        }
        if depth > 0 {
            *work = work.checked_sub(text.len() + 1).ok_or(NoValue::BeyondSubset)?;
        }
        let mut expanded = Vec::new();
        let mut rest = text;
        while let Some(dollar) = rest.iter().position(|byte| *byte == b'$') {
            expanded.extend_from_slice(&rest[..dollar]);
            rest = &rest[dollar + 1..];
            if rest.first() == Some(&b'$') {
                expanded.push(b'$');
                rest = &rest[1..];
                continue;
            }
            let (macro_text, after) = macro_at(rest).ok_or(NoValue::Refused)?;
            expanded.extend(self.replace(macro_text, depth, work)?);
            rest = after;
        }
        expanded.extend_from_slice(rest);
        Ok(expanded)
    }

    /// What a macro stands for: the text between its parentheses, or the bare name.
    fn replace(&self, text: &[u8], depth: usize, work: &mut usize) -> Result<Vec<u8>, NoValue> {
        let end = text.iter().position(|byte| matches!(byte, b'?' | b':' | b'{'));
        let name = text[..end.unwrap_or(text.len())].trim_ascii();
        if end.is_some_and(|end| text[end] == b'{') {
            return Err(NoValue::BeyondSubset);
        }
        if name.is_empty() || !name.iter().all(|byte| is_name(*byte)) {
            return Err(NoValue::Refused);
        }
        let value = self.values.get(name).filter(|value| !value.is_empty());
        match end {
            None => value.map_or(Ok(Vec::new()), |value| self.expand(value, depth + 1, work)),
            Some(end) => {
                let operand = &text[end + 1..];
                if operand.trim_ascii_start().starts_with(b"{") {
                    return Err(NoValue::BeyondSubset);
                }
                let wanted = (text[end] == b'?') == value.is_some();
                if wanted { self.expand(operand, depth + 1, work) } else { Ok(Vec::new()) }
            }
        }
    }
}

/// The text of the macro that `text`, which follows a `$`, begins with, and what comes after it. It may be empty,
/// and stands for nothing then.
fn macro_at(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (open, close) = match text.first() {
        Some(b'{') => (b'{', b'}'),
        Some(b'(') => (b'(', b')'),
        _ => {
            let length = text.iter().take_while(|byte| is_name(**byte)).count();
            return Some(text.split_at(length));
        }
    };
    let mut level = 0_usize;
    for (at, byte) in text.iter().enumerate() {
        if *byte == open {
            level += 1;
        } else if *byte == close {
            level -= 1;
            if level == 0 {
                return Some((&text[1..at], &text[at + 1..]));
            }
        }
    }
    None
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Lines without comments and empty ones; a line that begins with a blank continues the one before.
fn logical_lines(text: &[u8]) -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        let content = line.trim_ascii_start();
        if content.is_empty() || content[0] == b'#' {
            continue;
        }
        match lines.last_mut() {
            Some(before) if line[0].is_ascii_whitespace() => before.extend_from_slice(line),
            _ => lines.push(line.to_vec()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{DEEPEST, MainCf, NoValue};

    fn value(text: &str) -> Result<String, NoValue> {
        let main_cf = MainCf::parse("/c".as_ref(), text.as_bytes()).expect("readable");
        let value = main_cf.value("x").expect("x is set")?;
        Ok(String::from_utf8(value).unwrap())
    }

    #[test]
    fn lines_are_joined_and_comments_left_out() {
        assert_eq!(value("x = a,\n\tb\n# no\n\n # nor this\n  c  \ny = d\n"), Ok("a,\tb  c".into()));
        assert_eq!(value("x=1\nx  =  2"), Ok("2".into()));
        assert_eq!(value("x =\n /a\n"), Ok("/a".into()));
    }

    #[test]
    fn a_line_that_is_no_setting_spoils_the_file() {
        for text in ["nonsense\n", "a b = c\n", "= c\n"] {
            assert!(MainCf::parse("/c".as_ref(), text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn a_value_may_lead_to_others_up_to_a_depth() {
        let chain = |length: usize| {
            let links: Vec<String> = (1..length).map(|link| format!("a{link} = $a{}", link + 1)).collect();
            value(&format!("x = $a1\n{}\na{length} = end\n", links.join("\n")))
        };
        assert_eq!(chain(DEEPEST), Ok("end".into()));
        assert_eq!(chain(DEEPEST + 1), Err(NoValue::Refused));
        // A text that depends on another value is one deeper than what it is in.
        let depending = |length: usize| {
            let links: Vec<String> =
                (1..length).map(|link| format!("a{link} = ${{y?$a{}}}", link + 1)).collect();
            value(&format!("x = ${{y?$a1}}\ny = 1\n{}\na{length} = end\n", links.join("\n")))
        };
        assert_eq!(depending(DEEPEST / 2), Ok("end".into()));
        assert_eq!(depending(DEEPEST / 2 + 1), Err(NoValue::Refused));
    }

    #[test]
    fn macros_stand_for_values() {
        let with = |x: &str| value(&format!("a = 1$b\nb = 2\nempty =\nx = {x}\n"));
        assert_eq!(with("<$a> <${a}> <$(a)>"), Ok("<12> <12> <12>".into()));
        assert_eq!(with("$unknown$empty."), Ok(".".into()));
        assert_eq!(with("${a?set $b}${unknown?not}"), Ok("set 2".into()));
        assert_eq!(with("${empty:else}${a:not}${unknown:else}"), Ok("elseelse".into()));
        assert_eq!(with("$$a $config_directory/y"), Ok("$a /c/y".into()));
        for wrong in ["$", "${", "${}", "${a", "$x", "${a-b}", "$ a"] {
            assert_eq!(with(wrong), Err(NoValue::Refused), "{wrong}");
        }
        assert_eq!(with("${a?{b}:{c}}"), Err(NoValue::BeyondSubset));
    }

    #[test]
    fn what_a_value_refers_to_is_work_and_the_value_itself_is_none() {
        let main_cf = MainCf::parse("/etc/postfix".as_ref(), b"x = $a\na = bcd\n").unwrap();
        let within = |name, work| main_cf.value_within(name, work).unwrap();
        assert_eq!(within("a", 0), Ok(b"bcd".to_vec()));
        // A reference costs one, too: there may be many to nothing.
        assert_eq!(within("x", 4), Ok(b"bcd".to_vec()));
        assert_eq!(within("x", 3), Err(NoValue::BeyondSubset));
    }

    #[test]
    fn values_that_double_are_followed_only_so_far() {
        let doubling = |depth: usize| {
            let lines = (0..depth).map(|at| format!("a{at} = $a{next}$a{next}\n", next = at + 1));
            value(&format!("x = $a0\n{}a{depth} = y\n", lines.collect::<String>()))
        };
        assert_eq!(doubling(10), Ok("y".repeat(1024)));
        assert_eq!(doubling(90), Err(NoValue::BeyondSubset));
    }
}
