//! Finds out which instance a directory belongs to.
//! It proves that the directory belongs to one instance alone before it is changed.
//!
//! Knows nothing of what is changed, and why.

pub(crate) mod claims;
pub(crate) mod linked_files;
pub(crate) mod neighbours;
pub(crate) mod owned;
pub(crate) mod separate;
pub(crate) mod spot;
