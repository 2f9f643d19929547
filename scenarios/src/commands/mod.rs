//! The commands of postfix-conformance that judge more than one manager, or nothing at all: a file each, with its
//! own options. Knows what they share: where worlds are made and judged.

pub mod compare;
pub(crate) mod completions;
pub mod coverage;
mod mutant_tools;
pub mod mutants;
pub mod place;
pub mod replay;
