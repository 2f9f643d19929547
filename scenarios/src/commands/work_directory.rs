//! Makes the directory that holds the worlds of one run.

use std::env;
use std::path::{Path, PathBuf};

use postfix_harness::run_directory::{RunDirectory, RunDirectoryError};

use crate::judge::judge_case::Kept;

/// A run directory in the one that an option names, or in the usual one. What is kept must outlive a reboot.
pub(crate) fn create(option: Option<&Path>, keep: Kept) -> Result<RunDirectory, RunDirectoryError> {
    let usual = || if keep == Kept::Yes { env::temp_dir() } else { RunDirectory::usual_base() };
    let base = option.map_or_else(usual, Path::to_path_buf);
    RunDirectory::create(&base, &own_program())
}

/// The binary that fakes are other names of.
fn own_program() -> PathBuf {
    env::current_exe().unwrap_or_else(|_| PathBuf::from("/proc/self/exe"))
}
