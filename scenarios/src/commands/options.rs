//! Options that several commands have, each with the type of its value.

pub(crate) mod count;
pub mod counted_levels;
pub mod measure_options;
pub mod requirement;
pub mod sharding;
