//! Names the modules that deal with the operating system alone: directories that are held open, and whom to trust.

pub(crate) mod directory;
pub(crate) mod mounts;
pub(crate) mod reach;
pub(crate) mod trust;
