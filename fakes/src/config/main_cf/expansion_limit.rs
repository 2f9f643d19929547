//! How much a program expands before the simulation takes it for one that would not end. Knows nothing of what is
//! expanded.
//!
//! Twenty values that each name the next one twice stand for a million of the last, forty for a million millions.
//! Postfix has no bound for that: it goes on for as long as there is time and memory. The simulation stops, and
//! says so.

use std::cell::Cell;

/// How much one program expands: what stands for the longest main.cf, several times over.
const MOST: usize = 16 << 20;

/// Work that is left, in bytes of values followed and of complaints about them.
#[derive(Clone, Debug)]
pub struct Work {
    left: Cell<usize>,
}

impl Default for Work {
    fn default() -> Self {
        Self::of(MOST)
    }
}

impl Work {
    /// So many bytes of work.
    pub fn of(bytes: usize) -> Self {
        Self { left: Cell::new(bytes) }
    }

    /// Takes some of what is left. `false` where it does not suffice; then there is no more for anybody.
    #[must_use]
    pub(crate) fn take(&self, bytes: usize) -> bool {
        let left = self.left.get().checked_sub(bytes);
        self.left.set(left.unwrap_or(0));
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::Work;

    #[test]
    fn work_ends_for_good() {
        let work = Work::of(10);
        assert!(work.take(4) && work.take(6) && work.take(0));
        assert!(!work.take(1));
        let work = Work::of(10);
        assert!(!work.take(11) && !work.take(1));
    }
}
