//! Holds the parts of a change that `check` needs, too.
//! They are its lock, its journal, the directories of an instance, the lists in main.cf, and Postfix's own programs.
//!
//! Knows nothing of which changes there are.

pub(crate) mod instance_dirs;
pub(crate) mod journal;
pub(crate) mod lists;
pub(crate) mod lock;
pub(crate) mod programs;
pub(crate) mod tools;
