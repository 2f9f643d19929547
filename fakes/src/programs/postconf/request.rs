//! Holds what postconf(1) is asked, and the reasons why it ends early.

pub(super) mod options;
pub(super) mod stop;
