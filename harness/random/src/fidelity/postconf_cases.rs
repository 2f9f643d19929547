//! Draws calls of postconf(1) on texts of main.cf and master.cf.

use postfix_fakes::bytes::ByteString;
use proptest::prelude::*;
use proptest::sample::Index;

use super::case::PostconfCase;
use super::main_cf::{asking_for_one_of, edit, odd_call, query, text, with_bytes};
use super::master_cf;

/// A main.cf that has something to refer to.
const PLAIN: &str = "a = 1\nb = $a\nmulti_instance_name = postfix-x\nmua_recipient_restrictions = permit\n";

/// Calls on texts.
pub(super) fn postconf_cases() -> impl Strategy<Value = PostconfCase> {
    let arguments = prop_oneof![10 => query(), 5 => edit(), 1 => odd_call()];
    let main_cf = || prop_oneof![60 => text().prop_map(Some), 1 => Just(None)];
    let master_cf = prop_oneof![4 => Just(ByteString::default()), 1 => master_cf::text()];
    // What is fatal in main.cf hides what concerns services, and mostly there is nothing remarkable in it.
    let plain_main_cf = prop_oneof![4 => Just(Some(PLAIN.into())), 1 => main_cf()];
    // Few names of many are set by chance: every other query asks for one that is.
    let on_main_cf = (main_cf(), master_cf, arguments, proptest::option::of(any::<Index>())).prop_map(
        |(text, services, call, which)| {
            let call = match (&text, which) {
                (Some(text), Some(which)) => asking_for_one_of(text, call, which),
                _ => call,
            };
            (text, services, call)
        },
    );
    let files = prop_oneof![
        2 => on_main_cf,
        1 => (plain_main_cf, master_cf::text(), master_cf::call()),
    ];
    (files, proptest::bool::weighted(0.1)).prop_map(|((main_cf, master_cf, arguments), by_environment)| {
        PostconfCase {
            main_cf: main_cf.map(with_bytes),
            master_cf: Some(with_bytes(master_cf)),
            arguments: arguments.iter().map(|word| with_bytes(ByteString::from(word.as_str()))).collect(),
            by_environment,
        }
    })
}
