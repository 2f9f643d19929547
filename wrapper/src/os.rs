//! Names the modules that deal with the operating system alone: files, directories that are held open, whom to trust.

pub(crate) mod directory;
pub(crate) mod mounts;
pub(crate) mod passing;
pub(crate) mod private;
pub(crate) mod reach;
pub(crate) mod trust;
pub(crate) mod unfit;
