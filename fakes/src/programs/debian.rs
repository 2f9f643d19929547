//! Simulates the programs that only Debian's packages of Postfix have.

pub(crate) mod chroot;
pub(crate) mod configure_instance;
