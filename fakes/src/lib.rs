//! Simulates Postfix with fakes, which need neither root nor Postfix.
//! There are fakes for postfix(1), postconf(1) and postfix-script, for the programs that these run, and for the
//! programs that people run who manage instances. The fakes record what they are asked, and obey injected faults.
//! They never judge: the harness does that.
//!
//! All of them are one program that goes by the name it was started under. Any binary can be that program:
//! ask [`is_fake`] about its own file name, and hand over to [`run`].
//!
//! Each of these modules uses only those before it: `protocol`, `runtime`, `config`, `programs`, `dispatch`.

mod config;
mod dispatch;
#[cfg(any(test, fuzzing))]
pub mod fuzzed;
mod programs;
mod protocol;
mod runtime;

pub use config::{main_cf, parameters};
pub use dispatch::{is_fake, run};
pub use programs::set_gid::ORDINARY_CALLER;
pub use protocol::{account_files, bytes, fault, journal, regular, relative_path, releases, version, world};
pub use runtime::fake_names::NAMES;

/// Whether an instance runs, by its queue directory, as the simulated postfix-script left it.
pub fn instance_runs(queue_directory: &std::path::Path) -> bool {
    use std::os::unix::ffi::OsStrExt;
    runtime::instance_state::InstanceState::of(queue_directory.as_os_str().as_bytes()).running().is_some()
}
