//! Tells whose a directory is, and proves that it is one instance's alone before anything in it is changed.
//!
//! Knows nothing of what is changed, and why.

pub(crate) mod claims;
pub(crate) mod neighbours;
pub(crate) mod owned;
pub(crate) mod separate;
pub(crate) mod spot;
