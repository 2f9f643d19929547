//! Reads an operator's own configurations from a folder, and turns them into cases of postconf(1).

pub(super) mod line_removal;
mod logical_lines;
mod names;
pub(super) mod questions;

use std::fs::{self, DirBuilder};
use std::io;
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
        for (name, place) in
            std::iter::once((ByteString::from("."), folder.to_path_buf())).chain(folders(folder)?)
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
    (!bytes.contains(&0)).then(|| ByteString(bytes.to_vec()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use nix::sys::stat::Mode;

    use super::{Corpus, LARGEST};

    #[test]
    fn configurations_come_in_the_order_of_their_names_and_survive_being_copied() {
        let place = tempfile::tempdir().unwrap();
        for (file, text) in [
            ("b/main.cf", "b = 1\n"),
            ("a/master.cf", "a\n"),
            ("c/main.cf", ""),
            ("c/master.cf", "c\n"),
            ("B/main.cf", "B = 1\n"),
            ("none/other.cf", "x"),
            ("main.cf", "top = 1\n"),
        ] {
            let file = place.path().join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let corpus = Corpus::read(place.path()).unwrap();
        let folders: Vec<_> = corpus.configurations.iter().map(|one| one.folder.to_string()).collect();
        assert_eq!(folders, [".", "B", "a", "b", "c"]);
        assert_eq!(corpus.configurations[2].main_cf, None);
        assert_eq!(corpus.configurations[4].main_cf, Some("".into()));
        let copy = place.path().join("none/copy");
        corpus.copy_to(&copy).unwrap();
        assert_eq!(Corpus::read(&copy).unwrap(), corpus);
    }

    #[test]
    fn what_cannot_be_used_is_named_with_what_to_do() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        for folder in ["empty/x", "fifo/x", "huge/x", "folder/x/main.cf", "link/x"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        nix::unistd::mkfifo(&at("fifo/x/main.cf"), Mode::S_IRUSR).unwrap();
        fs::File::create(at("huge/x/master.cf")).unwrap().set_len(LARGEST + 1).unwrap();
        symlink("nowhere", at("link/x/main.cf")).unwrap();
        fs::write(at("file"), "").unwrap();
        for (name, file, reason, cure) in [
            ("missing", "", "No such file", "name a folder"),
            ("file", "", "Not a directory", "name a folder"),
            ("empty", "", "there is no configuration", "put the main.cf"),
            ("fifo", "/x/main.cf", "a FIFO", "take the file out"),
            ("huge", "/x/master.cf", "larger than 1048576 bytes", "take the file out"),
            ("folder", "/x/main.cf", "a directory", "take the file out"),
            ("link", "/x/main.cf", "No such file", "take the file out"),
        ] {
            let said = Corpus::read(&at(name)).unwrap_err().to_string();
            assert!(said.starts_with(&format!("{}{file}: ", at(name).display())), "{said}");
            assert!(said.contains(reason) && said.contains(cure), "{said}");
        }
    }
}
