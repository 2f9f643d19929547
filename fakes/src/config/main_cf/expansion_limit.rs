//! Limits how much a program expands, so that every expansion ends.
//!
//! Twenty values that each name the next one twice expand to a million of the last, forty to a million millions.
//! Postfix has no limit: it continues as long as there is time and memory. The simulation stops and says so.

use std::cell::Cell;

/// How much one program expands: what stands for the longest main.cf, several times over.
const MOST: usize = 16 << 20;

/// How much may still be expanded, in bytes of values followed and of complaints about them.
#[derive(Clone, Debug)]
pub struct ExpansionLimit {
    left: Cell<usize>,
}

impl Default for ExpansionLimit {
    fn default() -> Self {
        Self::of(MOST)
    }
}

impl ExpansionLimit {
    /// So many bytes of work.
    pub fn of(bytes: usize) -> Self {
        Self { left: Cell::new(bytes) }
    }

    /// Takes some of what is left. `false` if it does not suffice; then nothing is left.
    #[must_use]
    pub(crate) fn take(&self, bytes: usize) -> bool {
        let left = self.left.get().checked_sub(bytes);
        self.left.set(left.unwrap_or(0));
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::ExpansionLimit;

    #[test]
    fn work_ends_for_good() {
        let limit = ExpansionLimit::of(10);
        assert!(limit.take(4) && limit.take(6) && limit.take(0));
        assert!(!limit.take(1));
        let limit = ExpansionLimit::of(10);
        assert!(!limit.take(11) && !limit.take(1));
    }
}
