//! Draws configuration files as people write them.
//! It knows what people set, in which forms, and what editors and templates leave behind. Texts that break parsers
//! are drawn elsewhere.

pub(super) mod main_cf;
pub(super) mod master_cf;
pub(super) mod parameter_names;
#[cfg(test)]
mod shares;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;

/// A form that something is written in.
pub(super) struct Kind {
    /// What it is called in the table of shares.
    #[cfg_attr(not(test), expect(dead_code, reason = "the test of the shares needs it"))]
    pub(super) name: &'static str,
    /// How often it is drawn beside the others.
    weight: u32,
    /// How it may look.
    pub(super) forms: &'static [&'static str],
}

const fn kind(name: &'static str, weight: u32, forms: &'static [&'static str]) -> Kind {
    Kind { name, weight, forms }
}

/// One of the forms of one of the kinds.
fn form_of(kinds: &'static [Kind]) -> impl Strategy<Value = &'static str> {
    Union::new_weighted(kinds.iter().map(|kind| (kind.weight, select(kind.forms))).collect())
}

/// What an editor does to a whole file.
fn as_an_editor_leaves_it(text: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let change = prop_oneof![
        88 => Just(("", "")),
        6 => Just(("\n", "\r\n")),
        3 => Just((" = ", "\t=\t")),
        3 => Just(("\n", " \t\n")),
    ];
    (text, change).prop_map(|(text, (from, to))| if from.is_empty() { text } else { text.replace(from, to) })
}
