//! Runs the subject of a fuzz target in a directory of its own, and fails if it uses more memory than it may.

use std::path::Path;
use std::sync::OnceLock;

use tempfile::TempDir;

/// Lives as long as the process; `cargo xtask fuzz` says where, and clears it away.
static DIRECTORY: OnceLock<TempDir> = OnceLock::new();

/// Runs a subject. More memory than it may take at most is a crash, as a panic is.
pub fn within(most_memory: usize, run: impl FnOnce(&Path)) {
    let directory = DIRECTORY.get_or_init(|| TempDir::new().expect("a directory below TMPDIR"));
    let taken = allocation_counter::measure(|| run(directory.path())).bytes_max;
    assert!(
        usize::try_from(taken).is_ok_and(|taken| taken <= most_memory),
        "{taken} bytes of memory, and {most_memory} are the most"
    );
}
