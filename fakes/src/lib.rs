//! A simulated Postfix: stand-ins for postfix(1), postconf(1), postfix-script, and the programs that these and those
//! who manage instances run, which need neither root nor Postfix, record what they are asked, and obey injected
//! faults. They never judge: that is the harness's part.
//!
//! All of them are one program that goes by the name it was started under. Any binary can be that program:
//! ask [`is_stand_in`] about its own file name, and hand over to [`run`].

pub mod bytes;
pub mod fault;
pub mod journal;
pub mod main_cf;
pub mod parameters;
pub mod version;
pub mod world;

mod accounts;
mod becoming;
mod boundary;
mod chroot;
mod configuration;
mod configure_instance;
#[cfg(any(test, fuzzing))]
pub mod fuzzed;
mod host_names;
mod instance_state;
mod known_ports;
mod log;
mod master;
mod messages;
mod networks;
mod obedience;
mod options;
mod origin;
mod post_install;
mod postconf;
mod postfix;
mod postfix_script;
mod postsuper;
mod program;
mod recursion;
pub mod regular;
mod set_gid;
mod shared_files;
mod shell;
mod stand_in;
mod tls_script;

pub use set_gid::ORDINARY_CALLER;
pub use stand_in::{NAMES, is_stand_in, run};

/// Whether an instance runs, by its queue directory, as the simulated postfix-script left it.
pub fn instance_runs(queue_directory: &std::path::Path) -> bool {
    use std::os::unix::ffi::OsStrExt;
    instance_state::InstanceState::of(queue_directory.as_os_str().as_bytes()).running().is_some()
}
