//! Whether an instance runs. No daemon does: `pid/master.pid` in its queue directory says so, with a number in
//! its first line as the real file has one, and the file goes away when the instance is stopped. Knows nothing
//! of the commands that change it.

use std::io;
use std::path::PathBuf;

use crate::boundary;
use crate::program::path_of;
use crate::world::World;

/// The state of the instance with one queue directory.
#[derive(Debug)]
pub(crate) struct InstanceState {
    file: PathBuf,
}

impl InstanceState {
    /// The state of the instance whose queue directory this is.
    pub(crate) fn of(queue_directory: &[u8]) -> Self {
        Self { file: path_of(queue_directory).join("pid/master.pid") }
    }

    /// The number that stands for its master process, where it runs.
    pub(crate) fn running(&self) -> Option<String> {
        let text = std::fs::read_to_string(&self.file).ok()?;
        Some(text.lines().next().unwrap_or_default().trim().to_owned())
    }

    /// Whether it can be changed without anything beyond the world being touched.
    pub(crate) fn is_within(&self, world: &World) -> bool {
        self.file.ancestors().take(3).all(|path| boundary::holds(world, path))
    }

    /// Notes that it runs.
    pub(crate) fn start(&self) -> io::Result<()> {
        if let Some(directory) = self.file.parent() {
            std::fs::create_dir_all(directory)?;
        }
        std::fs::write(&self.file, format!("{:>32}\n", std::process::id()))
    }

    /// Notes that it does not.
    pub(crate) fn stop(&self) -> io::Result<()> {
        std::fs::remove_file(&self.file)
    }
}
