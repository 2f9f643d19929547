//! The order in which instances are listed or handled.

/// Which way the instances follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListOrder {
    /// The default instance, then the others as they are listed.
    Listed,
    /// The mirror image of that.
    Reversed,
}
