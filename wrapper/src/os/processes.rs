//! Other processes: starts them, reads their output, and hears of their end.

pub(crate) mod capture;
pub(crate) mod child;
pub(crate) mod group;
pub(crate) mod orphans;
pub(crate) mod pseudo_terminal;
