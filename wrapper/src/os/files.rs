//! Files and directories: opens and reads them safely, and finds out who can change them.

pub(crate) mod directory;
pub(crate) mod file_identity;
pub(crate) mod file_locks;
pub(crate) mod fixed;
pub(crate) mod mounts;
pub(crate) mod open_file;
pub(crate) mod private;
pub(crate) mod reach;
pub(crate) mod settled_file;
pub(crate) mod trust;
pub(crate) mod unfit;
