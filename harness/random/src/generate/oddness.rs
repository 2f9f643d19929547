//! Says how odd a system is that is drawn: sound, or with damage and faults.

/// How odd a generated system is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddness {
    /// Nothing is damaged, no fault is injected.
    Sound,
    /// Instances may be damaged, and programs may fail.
    Odd,
}
