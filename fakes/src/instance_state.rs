//! Whether an instance runs. No daemon does: `pid/master.pid` in its queue directory says so, with a number in
//! its first line as the real file has one, and the file goes away when the instance is stopped. One without a
//! number is left by a master process that ended at once. Knows nothing of the commands that change it.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
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
        let number = text.lines().next().unwrap_or_default().trim();
        (!number.is_empty()).then(|| number.to_owned())
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

    /// Leaves behind what a master process leaves that ended before it had read its services. The number of a
    /// process that is gone would be taken for one that runs, so there is none.
    pub(crate) fn start_in_vain(&self, data_directory: &[u8], world: &World) -> io::Result<()> {
        for file in [&self.file, &path_of(data_directory).join("master.lock")] {
            if !boundary::holds(world, file) {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(file)?;
        }
        Ok(())
    }

    /// Notes that it does not.
    pub(crate) fn stop(&self) -> io::Result<()> {
        std::fs::remove_file(&self.file)
    }
}
