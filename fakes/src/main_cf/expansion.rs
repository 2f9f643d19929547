//! Expanding `$name` and its richer relatives. Knows the syntax and how deep it may nest; what a name stands
//! for is the caller's to tell.

use super::comparison;
use super::functions;
pub use super::functions::Functions;
use super::values::SPACE;

/// How deep references may nest.
const DEEPEST: usize = 100;

/// How deep comparisons may nest before they are taken for endless.
const DEEPEST_COMPARISON: usize = 200;

/// What an expansion does with what it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Replaces references, and those in what they stand for.
    Recursive,
    /// Only visits all names, in both branches of every condition; yields nothing.
    Scan,
}

/// What came of an expansion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expansion {
    /// The text.
    pub text: Vec<u8>,
    /// Whether there was a syntax error; Postfix gives up then.
    pub failed: bool,
    /// Whether a name that stands for nothing was used.
    pub undefined: bool,
    /// What ends the program at once, where something does: Postfix's words.
    pub fatal: Option<Vec<u8>>,
    /// Whether comparisons nest without end. Real Postfix has no bound for them and dies of a full stack.
    pub overflows: bool,
}

/// Expands `value`, asking `lookup` for what a name stands for. Complaints go to `warnings`.
pub fn expand(
    value: &[u8],
    mode: Mode,
    functions: Functions,
    lookup: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>,
    warnings: &mut Vec<Vec<u8>>,
) -> Expansion {
    expand_within(0, value, mode, functions, lookup, warnings)
}

fn expand_within(
    depth: usize,
    value: &[u8],
    mode: Mode,
    functions: Functions,
    lookup: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>,
    warnings: &mut Vec<Vec<u8>>,
) -> Expansion {
    let result = Expansion::default();
    let mut expander =
        Expander { mode, functions, lookup, warnings, result, gave_up: false, level: 0, depth };
    expander.parse(value);
    expander.result
}

pub(super) struct Expander<'a> {
    pub(super) mode: Mode,
    functions: Functions,
    pub(super) lookup: &'a mut dyn FnMut(&[u8]) -> Option<Vec<u8>>,
    pub(super) warnings: &'a mut Vec<Vec<u8>>,
    result: Expansion,
    /// There was a syntax error: no reference is followed any more.
    gave_up: bool,
    level: usize,
    /// How many comparisons this is nested in.
    depth: usize,
}

impl Expander<'_> {
    /// Complains; the expansion fails.
    pub(super) fn complain(&mut self, parts: &[&[u8]]) {
        // A program without a stack has nothing more to say.
        if !self.result.overflows {
            self.warnings.push(parts.concat());
        }
        self.result.failed = true;
        self.gave_up = true;
    }

    /// Ends the program, not only this expansion.
    pub(super) fn die(&mut self, parts: &[&[u8]]) {
        self.result.fatal = self.result.fatal.take().or_else(|| Some(parts.concat()));
        self.result.failed = true;
        self.gave_up = true;
    }

    /// Expands an operand by itself, one level of nesting anew.
    pub(super) fn operand(&mut self, value: &[u8]) -> Vec<u8> {
        if self.depth >= DEEPEST_COMPARISON || self.result.overflows {
            self.result.overflows = true;
            self.result.failed = true;
            self.gave_up = true;
            return Vec::new();
        }
        let inner =
            expand_within(self.depth + 1, value, self.mode, self.functions, self.lookup, self.warnings);
        self.result.overflows |= inner.overflows;
        self.result.failed |= inner.failed;
        self.result.undefined |= inner.undefined;
        self.gave_up |= inner.failed;
        self.result.fatal = self.result.fatal.take().or(inner.fatal);
        inner.text
    }

    /// Adds text that stands for itself.
    pub(super) fn put(&mut self, text: &[u8]) {
        self.result.text.extend_from_slice(text);
    }

    pub(super) fn has_given_up(&self) -> bool {
        self.gave_up
    }

    fn parse(&mut self, value: &[u8]) {
        let mut literal = Vec::new();
        let mut rest = value;
        while let Some((&byte, after)) = rest.split_first() {
            if byte != b'$' {
                literal.push(byte);
                rest = after;
            } else if after.first() == Some(&b'$') {
                literal.push(b'$');
                rest = &after[1..];
            } else {
                self.literal(&std::mem::take(&mut literal));
                let Some((reference, after)) = self.reference_in(after, value) else { return };
                self.follow(reference);
                rest = after;
            }
        }
        if !self.gave_up {
            self.literal(&literal);
        }
    }

    /// The reference that follows a `$` in `value`. `None` where it is malformed, and for one with
    /// parentheses once the expansion has failed.
    fn reference_in<'t>(&mut self, text: &'t [u8], value: &[u8]) -> Option<(&'t [u8], &'t [u8])> {
        let found = reference(text);
        if found.is_none() {
            self.complain(&[b"truncated macro reference: \"", value, b"\""]);
        }
        if self.gave_up && matches!(text.first(), Some(b'(' | b'{')) {
            return None;
        }
        if found.is_some_and(|(reference, _)| reference.is_empty()) {
            self.complain(&[b"empty macro name: \"", value, b"\""]);
            return None;
        }
        found
    }

    fn literal(&mut self, text: &[u8]) {
        if !text.is_empty() && self.enter(text) {
            if self.mode != Mode::Scan {
                self.result.text.extend_from_slice(text);
            }
            self.level -= 1;
        }
    }

    fn enter(&mut self, text: &[u8]) -> bool {
        let too_deep = self.level > DEEPEST;
        self.level += 1;
        if too_deep {
            self.complain(&[b"unreasonable macro call nesting: \"", text, b"\""]);
        }
        !self.gave_up
    }

    fn follow(&mut self, reference: &[u8]) {
        if self.enter(reference) && self.evaluate(reference).is_some() {
            self.level -= 1;
        }
    }

    /// `None` where the reference is malformed.
    fn evaluate(&mut self, reference: &[u8]) -> Option<()> {
        let (found, operator, rest) = if skip_space(reference).first() == Some(&b'{') {
            self.relation(skip_space(reference))?
        } else {
            self.named(reference)?
        };
        match operator {
            None => self.used(found),
            Some(operator) => self.chosen(found.as_deref(), operator, rest)?,
        }
        Some(())
    }

    fn used(&mut self, found: Option<Vec<u8>>) {
        match found {
            None => self.result.undefined = true,
            Some(value) if self.mode == Mode::Recursive => self.parse(&value),
            Some(_) => {}
        }
    }

    fn relation<'t>(&mut self, text: &'t [u8]) -> Option<Found<'t>> {
        let (found, rest) = comparison::evaluate(self, text)?;
        match rest.split_first() {
            None => Some((found, None, rest)),
            Some((b'?' | b':', after)) => Some((found, Some(rest[0]), after)),
            Some(_) => {
                self.complain(&[b"\"?\" or \":\" expected at: \"...}>>>", shortened(rest), b"\""]);
                None
            }
        }
    }

    fn named<'t>(&mut self, reference: &'t [u8]) -> Option<Found<'t>> {
        let text = skip_space(reference);
        let end = text.iter().position(|byte| !is_name(*byte)).unwrap_or(text.len());
        let rest = skip_space(&text[end..]);
        let operator = rest.first().copied();
        if operator == Some(b'{') && self.functions == Functions::Named {
            functions::call(self, &text[..end], rest);
            // Postfix does not come back up from a function: each takes a level of nesting for good.
            return None;
        }
        if !matches!(operator, None | Some(b'?' | b':')) {
            let good = reference.len() - text.len() + end;
            let bad = shortened(&text[end..]);
            self.complain(&[
                b"attribute name syntax error at: \"...",
                &reference[..good],
                b">>>",
                bad,
                b"\"",
            ]);
            return None;
        }
        let found = (self.lookup)(&text[..end]);
        Some((found, operator, rest.get(1..).unwrap_or_default()))
    }

    fn chosen(&mut self, found: Option<&[u8]>, operator: u8, rest: &[u8]) -> Option<()> {
        let is_set = found.is_some_and(|value| !value.is_empty());
        let mut rest = rest;
        if operator == b'?' {
            let (branch, after) = self.branch(rest)?;
            if is_set || self.mode == Mode::Scan {
                self.parse(branch);
            }
            match after.split_first() {
                None => return Some(()),
                Some((b':', after)) => rest = after,
                Some(_) => {
                    self.complain(&[b"\":\" expected at: \"...", branch, b"}>>>", shortened(after), b"\""]);
                    return None;
                }
            }
        }
        let (branch, after) = self.branch(rest)?;
        if !is_set || self.mode == Mode::Scan {
            self.parse(branch);
        }
        if !after.is_empty() {
            self.complain(&[b"unexpected input at: \"...", branch, b"}>>>", shortened(after), b"\""]);
            return None;
        }
        Some(())
    }

    /// A branch of a condition: `{text}`, or all that is left.
    fn branch<'t>(&mut self, rest: &'t [u8]) -> Option<(&'t [u8], &'t [u8])> {
        let braced = skip_space(rest);
        if braced.first() == Some(&b'{') { self.braced(braced) } else { Some((rest, &[])) }
    }

    /// Takes `{text}` apart: the text, and what follows the white space after it.
    pub(super) fn braced<'t>(&mut self, text: &'t [u8]) -> Option<(&'t [u8], &'t [u8])> {
        let mut level = 0_usize;
        for (index, byte) in text.iter().enumerate() {
            match byte {
                b'{' => level += 1,
                b'}' => level -= 1,
                _ => {}
            }
            if level == 0 {
                return Some((&text[1..index], skip_space(&text[index + 1..])));
            }
        }
        self.complain(&[b"unbalanced {} in attribute expression: \"", text, b"\""]);
        None
    }
}

/// What a reference's subject stands for, the operator after it, and the rest.
type Found<'t> = (Option<Vec<u8>>, Option<u8>, &'t [u8]);

/// The reference that follows a `$`, without its parentheses, and what comes after; `None` without an end.
fn reference(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (open, close) = match text.first() {
        Some(b'(') => (b'(', b')'),
        Some(b'{') => (b'{', b'}'),
        _ => return Some(text.split_at(text.iter().position(|byte| !is_name(*byte)).unwrap_or(text.len()))),
    };
    let mut level = 0_usize;
    for (index, byte) in text.iter().enumerate() {
        if *byte == open {
            level += 1;
        } else if *byte == close {
            level -= 1;
        }
        if level == 0 {
            return Some((&text[1..index], &text[index + 1..]));
        }
    }
    None
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

pub(super) fn skip_space(text: &[u8]) -> &[u8] {
    &text[text.iter().position(|byte| !SPACE.contains(byte)).unwrap_or(text.len())..]
}

/// As much as a message shows of a place.
pub(super) fn shortened(text: &[u8]) -> &[u8] {
    &text[..text.len().min(20)]
}

#[cfg(test)]
mod tests {
    use super::{Functions, Mode, expand};

    fn expanded(value: &str) -> Result<String, Vec<String>> {
        let mut warnings = Vec::new();
        let mut lookup = |name: &[u8]| match name {
            b"a" => Some(b"one".to_vec()),
            b"b" => Some(b"$a two".to_vec()),
            b"empty" => Some(Vec::new()),
            b"loop" => Some(b"$loop".to_vec()),
            b"level" => Some(b"3.6".to_vec()),
            _ => None,
        };
        let expansion =
            expand(value.as_bytes(), Mode::Recursive, Functions::None, &mut lookup, &mut warnings);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        if expansion.failed {
            Err(warnings.into_iter().map(text).collect())
        } else {
            Ok(text(expansion.text))
        }
    }

    #[test]
    fn references_of_every_form() {
        for (value, wanted) in [
            ("$a ${a} $(a) $$a ${ a }", "one one one $a one"),
            ("$b-$nothing-$empty.", "one two--."),
            ("${a?x}${empty?x}${nothing?x}", "x"),
            ("${a:x}${empty:y}${nothing:z}", "yz"),
            ("${a?{yes}:{no}} ${empty ? {yes} : {no}}", "yes no"),
            ("${{$a} == {one} ? {same} : {other}}", "same"),
            ("${{10} > {9}}${{x10} < {x9} ?:no}", "true:no"),
            ("${{$level} <level {3.10} ? {old} : {new}}", "old"),
            ("${a??foo:{b}ar}", "?foo:{b}ar"),
        ] {
            assert_eq!(expanded(value), Ok(wanted.to_owned()), "{value}");
        }
    }

    #[test]
    fn malformed_references_fail_with_a_warning() {
        for (value, wanted) in [
            ("x${a", "truncated macro reference: \"x${a\""),
            ("x$", "empty macro name: \"x$\""),
            ("${a b}", "attribute name syntax error at: \"...a>>> b\""),
            (
                "${{a} = {b}}",
                "\"==\" or \"!=\"\" or \"<\"\" or \"<=\"\" or \">=\"\" or \">\" expected at: \"...a}>>>= {b}\"",
            ),
            ("${a?{x}y}", "\":\" expected at: \"...x}>>>y\""),
            ("$loop", "unreasonable macro call nesting: \"loop\""),
        ] {
            assert_eq!(expanded(value), Err(vec![wanted.to_owned()]), "{value}");
        }
    }

    #[test]
    fn comparisons_that_nest_without_end_are_found_out_at_once() {
        let mut lookup = |_: &[u8]| Some(b"${{$a} < {$a}}${{$a} > {$a}}".to_vec());
        let expansion = expand(b"$a", Mode::Recursive, Functions::None, &mut lookup, &mut Vec::new());
        assert!(expansion.overflows && expansion.failed);
    }
}
