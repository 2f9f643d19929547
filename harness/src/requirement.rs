//! What a test does where this machine lacks something it needs: it says so and passes, or fails where nothing may be
//! missing.
//!
//! Knows nothing of what may be lacking, nor of this crate: tests of crates that this one needs take the file in as it
//! is.

#![allow(unreachable_pub, reason = "only here can others reach it")]
#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]

use std::fmt::Display;

/// Names what must not be missing; `all` is everything.
pub const VARIABLE: &str = "POSTFIX_CONFORMANCE_REQUIRE";

/// Tells that a test, or a part of one, was left out, and why.
///
/// # Panics
///
/// Where everything is required.
pub fn skip(why: impl Display) {
    assert!(
        std::env::var_os(VARIABLE).is_none_or(|value| value != "all"),
        "required by {VARIABLE}, but: {why}"
    );
    println!("skipped: {why}");
}
