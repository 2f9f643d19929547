//! Expands `$name`, `${name?...}` and the other forms of a reference.
//! Knows the syntax and how deep it may nest; the caller looks names up.

use super::comparison;
use super::expansion_limit::ExpansionLimit;
use super::functions;
use super::values::{SPACE, closing, split_where};
use crate::protocol::features::Feature;
use crate::protocol::version::PostfixVersion;
use crate::runtime::fatal::Fatal;

/// How deep references may nest.
const DEEPEST: usize = 100;

/// How deep references and comparisons may nest together. Real Postfix has no bound for comparisons: it dies of a
/// full stack, some thirty thousand deep.
const DEEPEST_AT_ALL: usize = 1000;

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
    /// What ends the program at once, if anything does.
    pub fatal: Option<Fatal>,
    /// Whether comparisons nest without end. Real Postfix has no bound for them and dies of a full stack.
    pub overflows: bool,
}

/// Expands `value`, asking `lookup` for what a name stands for. Complaints go to `warnings`. What it takes is taken
/// from `work`.
pub fn expand(
    value: &[u8],
    mode: Mode,
    version: PostfixVersion,
    limit: &ExpansionLimit,
    lookup: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>,
    warnings: &mut Vec<Vec<u8>>,
) -> Expansion {
    expand_but(&|_| false, value, mode, version, limit, lookup, warnings)
}

/// The same, but what the names stand for that `is_raw` knows is not expanded in its turn.
pub(crate) fn expand_but(
    is_raw: &dyn Fn(&[u8]) -> bool,
    value: &[u8],
    mode: Mode,
    version: PostfixVersion,
    limit: &ExpansionLimit,
    lookup: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>,
    warnings: &mut Vec<Vec<u8>>,
) -> Expansion {
    let (result, followed) = (Expansion::default(), Vec::new());
    let mut expander =
        Expander { mode, version, is_raw, limit, lookup, warnings, result, depth: 0, followed, level: 0 };
    expander.parse(value);
    expander.result
}

pub(super) struct Expander<'a> {
    pub(super) mode: Mode,
    /// The version whose syntax holds.
    pub(super) version: PostfixVersion,
    is_raw: &'a dyn Fn(&[u8]) -> bool,
    limit: &'a ExpansionLimit,
    lookup: &'a mut dyn FnMut(&[u8]) -> Option<Vec<u8>>,
    warnings: &'a mut Vec<Vec<u8>>,
    /// What came of it so far. Once it has failed, no reference is followed any more.
    pub(super) result: Expansion,
    /// How many texts are being expanded, one within the other.
    depth: usize,
    /// The names whose values are among those texts.
    followed: Vec<Vec<u8>>,
    level: usize,
}

impl Expander<'_> {
    /// Complains; the expansion fails.
    pub(super) fn complain(&mut self, parts: &[&[u8]]) {
        // A program that has come to its end has nothing more to say.
        if !self.is_over() && self.take(parts.iter().map(|part| part.len()).sum()) {
            self.warnings.push(parts.concat());
        }
        self.result.failed = true;
    }

    /// Ends the program, not only this expansion.
    pub(super) fn end(&mut self, why: Fatal) {
        if !self.is_over() {
            self.result.fatal = Some(why);
        }
        self.result.failed = true;
    }

    /// Whether the program would have ended here, or is not simulated any further.
    fn is_over(&self) -> bool {
        self.result.fatal.is_some() || self.result.overflows
    }

    /// Takes from what may still be expanded. If that does not suffice, the expansion is refused.
    fn take(&mut self, bytes: usize) -> bool {
        let suffices = self.limit.take(bytes);
        if !suffices {
            self.end(Fatal::NotSimulated(b"references to more text than is worth expanding".to_vec()));
        }
        suffices
    }

    /// Expands an operand by itself, one level of nesting anew. In operands, Postfix knows of no raw values.
    pub(super) fn operand(&mut self, value: &[u8]) -> Vec<u8> {
        if self.is_over() {
            return Vec::new();
        }
        let outer = (std::mem::replace(&mut self.is_raw, &|_| false), std::mem::take(&mut self.level));
        let text = std::mem::take(&mut self.result.text);
        let failed = std::mem::take(&mut self.result.failed);
        self.parse(value);
        (self.is_raw, self.level) = outer;
        self.result.failed |= failed;
        std::mem::replace(&mut self.result.text, text)
    }

    /// Adds text that stands for itself.
    pub(super) fn put(&mut self, text: &[u8]) {
        self.result.text.extend_from_slice(text);
    }

    /// Goes down into a text within the one being expanded, unless that is too deep.
    fn parse(&mut self, value: &[u8]) {
        if self.is_over() {
            return;
        }
        if self.depth < DEEPEST_AT_ALL {
            self.depth += 1;
            self.parse_here(value);
            self.depth -= 1;
            return;
        }
        // Nothing is followed after this, so that their order is of no use any more.
        self.followed.sort_unstable();
        // A value within itself is so again and again; others come to an end, deeper than is followed here.
        if self.followed.windows(2).any(|pair| pair[0] == pair[1]) {
            self.result.overflows = true;
            self.result.failed = true;
        } else {
            self.end(Fatal::NotSimulated(b"references and comparisons nested a thousand deep".to_vec()));
        }
    }

    fn parse_here(&mut self, value: &[u8]) {
        let mut literal = Vec::new();
        let mut rest = value;
        while let Some(dollar) = rest.iter().position(|byte| *byte == b'$') {
            let (text, after) = (&rest[..dollar], &rest[dollar + 1..]);
            literal.extend_from_slice(text);
            if after.first() == Some(&b'$') {
                literal.push(b'$');
                rest = &after[1..];
            } else {
                self.literal(&std::mem::take(&mut literal));
                let Some((reference, after)) = self.reference_in(after, value) else { return };
                if self.enter(reference) && self.evaluate(reference).is_some() {
                    self.level -= 1;
                }
                if self.is_over() {
                    return;
                }
                rest = after;
            }
        }
        literal.extend_from_slice(rest);
        if !self.result.failed {
            self.literal(&literal);
        }
    }

    /// The reference that follows a `$` in `value`. `None` if it is malformed, and for one with
    /// parentheses once the expansion has failed.
    fn reference_in<'t>(&mut self, text: &'t [u8], value: &[u8]) -> Option<(&'t [u8], &'t [u8])> {
        let found = reference(text);
        if found.is_none() {
            self.complain(&[b"truncated macro reference: \"", value, b"\""]);
        }
        if self.result.failed && matches!(text.first(), Some(b'(' | b'{')) {
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
                self.put(text);
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
        !self.result.failed
    }

    /// `None` if the reference is malformed.
    fn evaluate(&mut self, reference: &[u8]) -> Option<()> {
        let (found, operator, rest) = if skip_space(reference).first() == Some(&b'{') {
            self.relation(skip_space(reference))?
        } else {
            self.named(reference)?
        };
        match operator {
            None => self.used(reference, found),
            Some(operator) => self.chosen(found.as_deref(), operator, rest)?,
        }
        Some(())
    }

    fn used(&mut self, reference: &[u8], found: Option<Vec<u8>>) {
        let reference = skip_space(reference);
        match found {
            None => self.result.undefined = true,
            Some(_) if self.mode == Mode::Scan => {}
            Some(value) if (self.is_raw)(split_where(reference, is_no_name).0) => self.put(&value),
            Some(value) => {
                self.followed.push(reference.to_vec());
                self.parse(&value);
                self.followed.pop();
            }
        }
    }

    fn relation<'t>(&mut self, text: &'t [u8]) -> Option<ParsedReference<'t>> {
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

    fn named<'t>(&mut self, reference: &'t [u8]) -> Option<ParsedReference<'t>> {
        let (name, behind) = split_where(skip_space(reference), is_no_name);
        let rest = skip_space(behind);
        let operator = rest.first().copied();
        if operator == Some(b'{') && self.version.has(Feature::Functions) {
            functions::call(self, name, rest);
            // Postfix does not come back up from a function: each takes a level of nesting for good.
            return None;
        }
        if !matches!(operator, None | Some(b'?' | b':')) {
            let good = &reference[..reference.len() - behind.len()];
            let bad = shortened(behind);
            self.complain(&[b"attribute name syntax error at: \"...", good, b">>>", bad, b"\""]);
            return None;
        }
        let found = (self.lookup)(name);
        let is_worth_it = self.take(1 + found.as_ref().map_or(0, Vec::len));
        is_worth_it.then(|| (found, operator, rest.get(1..).unwrap_or_default()))
    }

    fn chosen(&mut self, found: Option<&[u8]>, operator: u8, mut rest: &[u8]) -> Option<()> {
        let is_set = found.is_some_and(|value| !value.is_empty());
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
        let Some(end) = closing(text, b'{', b'}') else {
            self.complain(&[b"unbalanced {} in attribute expression: \"", text, b"\""]);
            return None;
        };
        Some((&text[1..end], skip_space(&text[end + 1..])))
    }
}

/// What a reference's subject stands for, the operator after it, and the rest.
type ParsedReference<'t> = (Option<Vec<u8>>, Option<u8>, &'t [u8]);

/// The reference that follows a `$`, without its parentheses, and what comes after; `None` without an end.
fn reference(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (open, close) = match text.first() {
        Some(b'(') => (b'(', b')'),
        Some(b'{') => (b'{', b'}'),
        _ => return Some(split_where(text, is_no_name)),
    };
    closing(text, open, close).map(|end| (&text[1..end], &text[end + 1..]))
}

fn is_no_name(byte: u8) -> bool {
    !byte.is_ascii_alphanumeric() && byte != b'_'
}

pub(super) fn skip_space(text: &[u8]) -> &[u8] {
    split_where(text, |byte| !SPACE.contains(&byte)).1
}

/// As much as a message shows of a place.
pub(super) fn shortened(text: &[u8]) -> &[u8] {
    &text[..text.len().min(20)]
}

#[cfg(test)]
mod tests {
    use super::{DEEPEST_AT_ALL, Expansion, ExpansionLimit, Mode, expand};
    use crate::protocol::version::{PostfixVersion, Series};

    fn expanded(value: &str) -> Result<String, Vec<String>> {
        expanded_by(PostfixVersion::upstream(Series::V3_7), value)
    }

    fn expanded_by(version: PostfixVersion, value: &str) -> Result<String, Vec<String>> {
        let mut warnings = Vec::new();
        let mut lookup = |name: &[u8]| match name {
            b"a" => Some(b"one".to_vec()),
            b"b" => Some(b"$a two".to_vec()),
            b"empty" => Some(Vec::new()),
            b"loop" => Some(b"$loop".to_vec()),
            b"level" => Some(b"3.6".to_vec()),
            _ => None,
        };
        let expansion = expand(
            value.as_bytes(),
            Mode::Recursive,
            version,
            &ExpansionLimit::default(),
            &mut lookup,
            &mut warnings,
        );
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
    fn levels_are_compared_since_3_6() {
        let value = "${{3.6} <level {3.10} ? {old} : {new}}";
        assert_eq!(expanded(value), Ok("old".to_owned()));
        let wanted = "\"{expression}\" expected at: \"...{3.6} <>>>level {3.10} ? {old}\"";
        assert_eq!(expanded_by(PostfixVersion::upstream(Series::V3_5), value), Err(vec![wanted.to_owned()]));
    }

    #[test]
    fn comparisons_that_nest_without_end_are_found_out_at_once() {
        let mut lookup = |_: &[u8]| Some(b"${{$a} < {$a}}${{$a} > {$a}}".to_vec());
        let expansion = expand(
            b"$a",
            Mode::Recursive,
            PostfixVersion::upstream(Series::V3_7),
            &ExpansionLimit::default(),
            &mut lookup,
            &mut Vec::new(),
        );
        assert!(expansion.overflows && expansion.failed);
    }

    /// Expands `$0`, where the value of the number `n` is what `value` makes of `n + 1`.
    fn chained(depth: usize, value: &dyn Fn(usize) -> String) -> Expansion {
        let mut lookup = |name: &[u8]| {
            let number: usize = std::str::from_utf8(name).ok()?.parse().ok()?;
            Some(if number < depth { value(number + 1) } else { "x".to_owned() }.into_bytes())
        };
        expand(
            b"$0",
            Mode::Recursive,
            PostfixVersion::upstream(Series::V3_7),
            &ExpansionLimit::of(1 << 20),
            &mut lookup,
            &mut Vec::new(),
        )
    }

    #[test]
    fn values_that_double_are_followed_only_so_far() {
        let doubling = |next: usize| format!("${next}$@{next}").replace('@', "");
        assert_eq!(chained(10, &doubling).text, [b'x'; 1024]);
        let expansion = chained(90, &doubling);
        assert!(expansion.fatal.is_some() && expansion.failed && !expansion.overflows);
        // Nothing is left of them in the end, and yet each is followed.
        let vanishing = chained(90, &|next| format!("${{{{${next}}} != {{${next}}}}}"));
        assert!(vanishing.fatal.is_some() && vanishing.failed && !vanishing.overflows);
    }

    #[test]
    fn comparisons_that_nest_deeply_are_followed_if_they_come_to_an_end() {
        let comparing = |next: usize| format!("${{{{${next}}} == {{x}} ? {{x}}}}");
        let depth = (DEEPEST_AT_ALL - 3) / 2;
        assert_eq!(chained(depth, &comparing).text, b"x");
        let expansion = chained(DEEPEST_AT_ALL, &comparing);
        assert!(expansion.fatal.is_some() && expansion.failed && !expansion.overflows);
    }
}
