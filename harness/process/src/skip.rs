//! Skips a test if this machine lacks something that it needs.
//! The test says so and passes, or fails if nothing may be missing.

#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]

use std::fmt::Display;

/// Names what must not be missing; `all` is everything.
pub const VARIABLE: &str = "POSTFIX_CONFORMANCE_REQUIRE";

/// Tells that a test, or a part of one, was left out, and why.
///
/// # Panics
///
/// If everything is required.
pub fn skip(why: impl Display) {
    assert!(
        std::env::var_os(VARIABLE).is_none_or(|value| value != "all"),
        "required by {VARIABLE}, but: {why}"
    );
    println!("skipped: {why}");
}
