//! What only Debian's packages of Postfix do.

pub(crate) mod chroot;
pub(crate) mod configure_instance;
