//! Says that no clause covers an invocation, and what it is that none covers.

/// Neither the specification nor a clause says what must come of an invocation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no clause covers {about}")]
pub struct Unspecified {
    /// What is not covered.
    pub about: &'static str,
}

impl Unspecified {
    pub(super) fn new(about: &'static str) -> Self {
        Self { about }
    }
}
