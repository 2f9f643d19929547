//! Records whether an instance runs.
//! No daemon is started: `pid/master.pid` in the queue directory holds a number in its first line, as the real file
//! does, and is removed when the instance stops. A file with anything else means that the instance does not run. For
//! the real programs, an unlocked file means the same. A file without a number is left by a master process that ended
//! at once. Knows nothing of the commands that change it.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::protocol::bytes::path_of;
use crate::protocol::regular::{self, Links};
use crate::protocol::world::World;
use crate::runtime::world_boundary;

/// How large the file may be that says so, in bytes.
const MOST: u64 = 4096;

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

    /// The process id of its master, if it runs.
    pub(crate) fn running(&self) -> Option<String> {
        let text = regular::read_to_string(&self.file, MOST, Links::Followed).ok()?;
        let number = text.lines().next().unwrap_or_default().trim();
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| number.to_owned())
    }

    /// Whether it can be changed without anything beyond the world being touched.
    pub(crate) fn is_within(&self, world: &World) -> bool {
        self.file.ancestors().take(3).all(|path| world_boundary::holds(world, path))
    }

    /// Notes that it runs.
    pub(crate) fn start(&self) -> io::Result<()> {
        if let Some(directory) = self.file.parent() {
            std::fs::create_dir_all(directory)?;
        }
        std::fs::write(&self.file, format!("{:>32}\n", std::process::id()))
    }

    /// Leaves behind what a master process leaves that ended before it had read its services, with the lock in its data
    /// directory. The number of a process that is gone would be taken for one that runs, so there is none.
    pub(crate) fn start_in_vain(&self, lock: &Path) -> io::Result<()> {
        for file in [&self.file, lock] {
            OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(file)?;
        }
        Ok(())
    }

    /// Notes that it does not.
    pub(crate) fn stop(&self) -> io::Result<()> {
        std::fs::remove_file(&self.file)
    }
}
