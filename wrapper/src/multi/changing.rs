//! Holds the parts of a change that `check` needs, too.
//! They are its lock, its journal, the directories of an instance, whether a queue may be on a disk that is not mounted,
//! the lists in main.cf, and Postfix's own programs.
//!
//! Knows nothing of which changes there are.

pub(crate) mod instance_dirs;
pub(crate) mod journal;
pub(crate) mod lists;
pub(crate) mod lock;
pub(crate) mod programs;
pub(crate) mod queue_disk;
pub(crate) mod tools;
