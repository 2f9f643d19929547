//! The fakes: a file for each program of Postfix. Uses `protocol`, `runtime` and `config`.

pub(crate) mod debian;
pub(crate) mod master;
pub(crate) mod post_install;
pub(crate) mod postconf;
pub(crate) mod postconf_client;
pub(crate) mod postfix;
pub(crate) mod postfix_script;
pub(crate) mod postlog;
pub(crate) mod postsuper;
pub(crate) mod set_gid;
pub(crate) mod shared_files;
