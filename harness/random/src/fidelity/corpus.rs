//! Reads an operator's own configurations from a folder, and turns them into cases of postconf(1).

pub(super) mod line_removal;
mod logical_lines;
mod names;
pub(super) mod questions;

use std::ffi::OsStr;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use postfix_fakes::bytes::ByteString;
use postfix_fakes::regular::{self, Links};

use super::error::{CorpusError, FidelityError};

/// What a file of the corpus may have at most: more is no configuration file that somebody wrote.
const LARGEST: u64 = 1 << 20;

/// Configurations, in the order of the names of their folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corpus {
    /// The configurations.
    pub(super) configurations: Vec<Configuration>,
}

/// One configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Configuration {
    /// The folder that it is from.
    pub(super) folder: ByteString,
    /// The text of main.cf, if it has one.
    pub(super) main_cf: Option<ByteString>,
    /// The text of master.cf, if it has one.
    pub(super) master_cf: Option<ByteString>,
}

impl Corpus {
    /// Reads `main.cf` and `master.cf` of each folder in `folder`, and of `folder` itself.
    ///
    /// # Errors
    /// When there is none, or one cannot be read.
    pub fn read(folder: &Path) -> Result<Self, CorpusError> {
        let mut configurations = Vec::new();
        for (name, place) in std::iter::once((ByteString::from("."), folder.to_path_buf())).chain(folders(folder)?)
        {
            let (main_cf, master_cf) = (file(&place.join("main.cf"))?, file(&place.join("master.cf"))?);
            if main_cf.is_some() || master_cf.is_some() {
                configurations.push(Configuration { folder: name, main_cf, master_cf });
            }
        }
        if configurations.is_empty() {
            return Err(CorpusError::Empty { folder: folder.to_path_buf() });
        }
        Ok(Self { configurations })
    }

    /// Writes them below `folder`, which must not exist, so that [`Self::read`] finds the same there. Only the owner
    /// can read them: a configuration may hold passwords.
    ///
    /// # Errors
    /// When one cannot be written.
    pub fn copy_to(&self, folder: &Path) -> Result<(), FidelityError> {
        let write = || -> io::Result<()> {
            make_private(folder)?;
            for one in &self.configurations {
                let place = folder.join(one.folder.as_os_str());
                if one.folder.0 != b"." {
                    make_private(&place)?;
                }
                for (name, text) in [("main.cf", &one.main_cf), ("master.cf", &one.master_cf)] {
                    text.as_ref().map_or(Ok(()), |text| fs::write(place.join(name), &text.0))?;
                }
            }
            Ok(())
        };
        write().map_err(|source| FidelityError::System { doing: "copying the corpus", source })
    }
}

fn make_private(folder: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(folder)
}

/// The folders in a folder, in the order of their names' bytes.
fn folders(folder: &Path) -> Result<Vec<(ByteString, PathBuf)>, CorpusError> {
    let failed = |source| CorpusError::Folder { folder: folder.to_path_buf(), source };
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        // A link to a folder is one, too. What is no folder is not ours.
        if entry.path().is_dir() {
            folders.push((ByteString::from(entry.file_name()), entry.path()));
        }
    }
    folders.sort();
    Ok(folders)
}

/// The text of a file; none if nothing has its name.
fn file(path: &Path) -> Result<Option<ByteString>, CorpusError> {
    match regular::read(path, LARGEST, Links::Followed) {
        Ok(text) => Ok(Some(ByteString(text))),
        // A link that leads nowhere is something.
        Err(error) if error.kind() == io::ErrorKind::NotFound && path.symlink_metadata().is_err() => Ok(None),
        Err(source) => Err(CorpusError::File { path: path.to_path_buf(), source }),
    }
}

/// Bytes as an argument; none if no command line can hold them.
fn argument(bytes: &[u8]) -> Option<ByteString> {
    (!bytes.contains(&0)).then(|| ByteString::from(OsStr::from_bytes(bytes)))
}
