//! What a test does where this machine lacks something it needs: it says so and passes, or fails where nothing may be
//! missing.
//!
//! Knows nothing of what may be lacking.

use std::fmt::Display;

/// Names what must not be missing; `all` is everything.
pub const VARIABLE: &str = "POSTFIX_CONFORMANCE_REQUIRE";

/// Whether nothing may be missing.
pub fn is_everything_required() -> bool {
    std::env::var_os(VARIABLE).is_some_and(|value| value == "all")
}

/// Tells that a test, or a part of one, was left out, and why.
///
/// # Panics
///
/// Where everything is required.
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
pub fn skip(why: impl Display) {
    assert!(!is_everything_required(), "required by {VARIABLE}, but: {why}");
    println!("skipped: {why}");
}
