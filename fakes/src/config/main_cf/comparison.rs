//! Compares texts, numbers and compatibility levels in references: `${{a} == {b} ? ...}`.

use std::cmp::Ordering;

use super::expansion::{Expander, Mode, shortened, skip_space};
use super::values::{split_where, trim_start};
use crate::protocol::features::Feature;
use crate::runtime::fatal::Fatal;

/// Evaluates the comparison that `text` (from its first brace) begins with: what it stands for, and the rest.
/// `None` if it is malformed.
pub(super) fn evaluate<'t>(
    expander: &mut Expander<'_>,
    text: &'t [u8],
) -> Option<(Option<Vec<u8>>, &'t [u8])> {
    let (left, rest) = expander.braced(text)?;
    let (operator, after) = split_where(rest, |byte| !b"<>!=?+-*/~&|%".contains(&byte));
    let holds = match operator {
        b"==" => Ordering::is_eq,
        b"!=" => Ordering::is_ne,
        b"<" => Ordering::is_lt,
        b"<=" => Ordering::is_le,
        b">=" => Ordering::is_ge,
        b">" => Ordering::is_gt,
        _ => {
            // The quotes do not pair up in Postfix either.
            let names = b"\"==\" or \"!=\"\" or \"<\"\" or \"<=\"\" or \">=\"\" or \">\" expected at: \"...";
            expander.complain(&[names, left, b"}>>>", shortened(rest), b"\""]);
            return None;
        }
    };
    let has_suffixes = expander.version.has(Feature::LevelComparisons);
    let (suffix, after) = split_where(after, |byte| !has_suffixes || !byte.is_ascii_alphanumeric());
    if !matches!(suffix, b"" | b"level") {
        expander.complain(&[b"bad operator suffix at: \"...", operator, b">>>", suffix, b"\""]);
        return None;
    }
    let operand = skip_space(after);
    if operand.first() != Some(&b'{') {
        let place = [b"\"{expression}\" expected at: \"...{", left, b"} ", operator, b">>>"].concat();
        expander.complain(&[&place, shortened(after), b"\""]);
        return None;
    }
    let (right, rest) = expander.braced(operand)?;
    let (left, right) = (expander.operand(left), expander.operand(right));
    if expander.mode == Mode::Scan {
        return (!expander.result.failed).then_some((None, rest));
    }
    let order =
        if suffix.is_empty() { compared(expander, &left, &right) } else { levels(expander, &left, &right) };
    let order = order.filter(|_| !expander.result.failed)?;
    Some((Some(if holds(order) { b"true".to_vec() } else { Vec::new() }), rest))
}

fn compared(expander: &mut Expander<'_>, left: &[u8], right: &[u8]) -> Option<Ordering> {
    let all_digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    if !all_digits(left) || !all_digits(right) {
        return Some(left.cmp(right));
    }
    let mut number = |text: &[u8]| {
        let number = std::str::from_utf8(text).ok().and_then(|text| text.parse::<i64>().ok());
        if number.is_none() {
            expander.end(Fatal::of(&[b"mac_exp_eval: bad conversion: ", text]));
        }
        number
    };
    Some(number(left)?.cmp(&number(right)?))
}

fn levels(expander: &mut Expander<'_>, left: &[u8], right: &[u8]) -> Option<Ordering> {
    let mut parsed = |text: &[u8]| {
        let found = level(text);
        if found.is_none() {
            expander.complain(&[b"malformed compatibility level syntax: \"", text, b"\""]);
        }
        found
    };
    Some(parsed(left)?.cmp(&parsed(right)?))
}

/// A compatibility level, `major[.minor[.patch]]`, in a form that compares.
pub(crate) fn level(text: &[u8]) -> Option<[u64; 3]> {
    let mut parts = [0; 3];
    let limits = [i64::MAX.unsigned_abs() >> 20, 0x3ff, 0x3ff];
    for (index, part) in text.split(|byte| *byte == b'.').enumerate() {
        let number: u64 = std::str::from_utf8(trim_start(part)).ok()?.parse().ok()?;
        *parts.get_mut(index)? = number;
        if number > limits[index] {
            return None;
        }
    }
    Some(parts)
}
