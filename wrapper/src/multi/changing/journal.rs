//! Writes and reads the write-ahead journal of a change.
//! While a change takes several steps, a file beside the default instance's main.cf says what the change does. After
//! a crash, the next command finishes the change or undoes it.
//!
//! Lines `KEY VALUE`, in which `\` and control characters are written as `\` and three octal digits; the last line
//! marks the end. Knows nothing of how a change is finished or undone.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::multi::changing::instance_dirs::{FILES, InstanceDirs, Stamps};
use crate::multi::changing::tools::{Settings, assignment};
use crate::os::files::open_file::without_wait_or_link;
use crate::os::files::trust::{Others, is_private};

/// The file, in the default instance's configuration directory.
pub(crate) const FILE: &str = "postfix-multi.unfinished";

/// Its name until it is complete.
pub(crate) const NEW: &str = "postfix-multi.unfinished.new";

/// Larger than any journal.
const LONGEST: u64 = 1 << 20;

const FIRST_LINE: &[u8] = b"postfix-multi 1";
const LAST_LINE: &[u8] = b"end";

/// A change that has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JournalEntry {
    /// The words that asked for it.
    pub(crate) words: Vec<OsString>,
    /// What it does.
    pub(crate) work: Work,
}

/// What a change does, as far as it must be known later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Work {
    /// An instance is made and listed.
    Create {
        /// Its directories.
        dirs: InstanceDirs,
        /// The directories that are made, in that order.
        missing: Vec<PathBuf>,
        /// Before which managed directory it is listed.
        before: Option<PathBuf>,
        /// Whether it was listed before.
        listed: Listed,
    },
    /// An instance that is there gets files and settings, and is listed unless it is.
    Import {
        /// Its configuration directory.
        directory: PathBuf,
        /// The directories that are made, in that order.
        missing: Vec<PathBuf>,
        /// The settings that it gets.
        settings: Settings,
        /// What is known of the files that it gets.
        files: FilesPhase,
        /// Before which managed directory it is listed.
        before: Option<PathBuf>,
    },
    /// An instance that is not listed any more is removed.
    Destroy {
        /// Its directories.
        dirs: InstanceDirs,
        /// The files of its configuration directory.
        stamps: Stamps,
    },
}

/// Whether an instance was listed before it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listed {
    /// It was, and its files had gone.
    Before,
    /// It is listed when it is made.
    Afterwards,
}

/// What is known of the files that an instance gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FilesPhase {
    /// It gets none.
    None,
    /// They are being made ready, out of sight: nothing else is done before that.
    Preparing,
    /// They are ready to be put in place.
    Ready,
}

impl Work {
    /// The configuration directory of the instance that it is about.
    pub(crate) fn config(&self) -> &Path {
        match self {
            Self::Create { dirs, .. } | Self::Destroy { dirs, .. } => &dirs.config,
            Self::Import { directory, .. } => directory,
        }
    }
}

impl JournalEntry {
    /// The entry that is there, if any. One that is damaged, or that somebody else can have written, is an error:
    /// somebody must look at it.
    pub(crate) fn read(directory: &Path) -> io::Result<Option<Self>> {
        let file = match without_wait_or_link(&directory.join(FILE)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        is_private(&file, Others::MayRead)?;
        let mut text = Vec::new();
        io::Read::read_to_end(&mut io::Read::take(file, LONGEST), &mut text)?;
        let entry = Self::parse(&text).ok_or_else(|| io::Error::other("it is damaged"))?;
        if entry.paths().any(|path| !path.is_absolute()) {
            return Err(io::Error::other("it is damaged: a path in it is not absolute"));
        }
        Ok(Some(entry))
    }

    /// All directories that it names.
    fn paths(&self) -> impl Iterator<Item = &Path> {
        let (dirs, more): (Option<&InstanceDirs>, &[PathBuf]) = match &self.work {
            Work::Create { dirs, missing, .. } => (Some(dirs), missing),
            Work::Import { missing, .. } => (None, missing),
            Work::Destroy { dirs, .. } => (Some(dirs), &[]),
        };
        let dirs = dirs.into_iter().flat_map(|dirs| [&dirs.config, &dirs.queue, &dirs.data]);
        dirs.chain(more).map(PathBuf::as_path).chain([self.work.config()])
    }

    /// Writes it to disk, completely or not at all.
    pub(crate) fn write(&self, directory: &Path) -> io::Result<()> {
        Self::sweep(directory);
        let new = directory.join(NEW);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        file.write_all(&self.text())?;
        file.sync_all()?;
        fs::rename(&new, directory.join(FILE))?;
        sync(directory)
    }

    /// Removes it: there is nothing to do any more.
    pub(crate) fn remove(directory: &Path) -> io::Result<()> {
        fs::remove_file(directory.join(FILE))?;
        sync(directory)
    }

    /// Removes the temporary file of a command that was killed while writing it.
    pub(crate) fn sweep(directory: &Path) {
        let _ = fs::remove_file(directory.join(NEW));
    }

    fn text(&self) -> Vec<u8> {
        let mut text = FIRST_LINE.to_vec();
        text.push(b'\n');
        for word in &self.words {
            line(&mut text, "word", word);
        }
        let dirs = |text: &mut Vec<u8>, dirs: &InstanceDirs| {
            line(text, "config_directory", dirs.config.as_os_str());
            line(text, "queue_directory", dirs.queue.as_os_str());
            line(text, "data_directory", dirs.data.as_os_str());
        };
        match &self.work {
            Work::Create { dirs: own, missing, before, listed } => {
                line(&mut text, "action", OsStr::new("create"));
                dirs(&mut text, own);
                for path in missing {
                    line(&mut text, "made", path.as_os_str());
                }
                if let Some(path) = before {
                    line(&mut text, "before", path.as_os_str());
                }
                if *listed == Listed::Before {
                    line(&mut text, "listed", OsStr::new("before"));
                }
            }
            Work::Import { directory, missing, settings, files, before } => {
                line(&mut text, "action", OsStr::new("import"));
                line(&mut text, "config_directory", directory.as_os_str());
                for path in missing {
                    line(&mut text, "made", path.as_os_str());
                }
                for (name, value) in settings {
                    line(&mut text, "set", &assignment(name, value));
                }
                match files {
                    FilesPhase::None => {}
                    FilesPhase::Preparing => line(&mut text, "files", OsStr::new("preparing")),
                    FilesPhase::Ready => line(&mut text, "files", OsStr::new("ready")),
                }
                if let Some(path) = before {
                    line(&mut text, "before", path.as_os_str());
                }
            }
            Work::Destroy { dirs: own, stamps } => {
                line(&mut text, "action", OsStr::new("destroy"));
                dirs(&mut text, own);
                for (name, stamp) in stamps {
                    line(&mut text, name, stamp);
                }
            }
        }
        text.extend(LAST_LINE);
        text.push(b'\n');
        text
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let mut lines = text.strip_suffix(b"\n")?.split(|byte| *byte == b'\n');
        if lines.next()? != FIRST_LINE || lines.next_back()? != LAST_LINE {
            return None;
        }
        let mut entries = Vec::new();
        for line in lines {
            let at = line.iter().position(|byte| *byte == b' ')?;
            entries.push((&line[..at], unescaped(&line[at + 1..])?));
        }
        let all = |key: &'static str| {
            entries.iter().filter(move |(known, _)| *known == key.as_bytes()).map(|(_, value)| value.clone())
        };
        let path = |key: &'static str| all(key).next().map(PathBuf::from);
        let dirs = || {
            Some(InstanceDirs {
                config: path("config_directory")?,
                queue: path("queue_directory")?,
                data: path("data_directory")?,
            })
        };
        let work = match all("action").next()?.as_bytes() {
            b"create" => Work::Create {
                dirs: dirs()?,
                missing: all("made").map(PathBuf::from).collect(),
                before: path("before"),
                listed: match all("listed").next() {
                    None => Listed::Afterwards,
                    Some(word) if word == "before" => Listed::Before,
                    Some(_) => return None,
                },
            },
            b"import" => Work::Import {
                directory: path("config_directory")?,
                missing: all("made").map(PathBuf::from).collect(),
                settings: all("set").map(|setting| split(&setting)).collect::<Option<_>>()?,
                files: match all("files").next().as_deref().map(OsStr::as_bytes) {
                    None => FilesPhase::None,
                    Some(b"preparing") => FilesPhase::Preparing,
                    Some(b"ready") => FilesPhase::Ready,
                    Some(_) => return None,
                },
                before: path("before"),
            },
            b"destroy" => Work::Destroy {
                dirs: dirs()?,
                stamps: FILES.iter().filter_map(|name| Some((*name, all(name).next()?))).collect(),
            },
            _ => return None,
        };
        Some(Self { words: all("word").collect(), work })
    }
}

/// `NAME = VALUE` in its parts.
fn split(setting: &OsStr) -> Option<(OsString, OsString)> {
    let bytes = setting.as_bytes();
    let at = bytes.windows(3).position(|part| part == b" = ")?;
    let part = |bytes: &[u8]| OsStr::from_bytes(bytes).to_owned();
    Some((part(&bytes[..at]), part(&bytes[at + 3..])))
}

/// Makes the changes in a directory permanent.
pub(crate) fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

fn line(text: &mut Vec<u8>, key: &str, value: &OsStr) {
    text.extend(key.as_bytes());
    text.push(b' ');
    for &byte in value.as_bytes() {
        if byte == b'\\' || byte.is_ascii_control() {
            text.extend(format!("\\{byte:03o}").bytes());
        } else {
            text.push(byte);
        }
    }
    text.push(b'\n');
}

fn unescaped(mut value: &[u8]) -> Option<OsString> {
    let mut bytes = Vec::new();
    while let Some((first, rest)) = value.split_first() {
        value = rest;
        if *first == b'\\' {
            let digits = std::str::from_utf8(rest.get(..3)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 8).ok()?);
            value = &rest[3..];
        } else {
            bytes.push(*first);
        }
    }
    Some(OsString::from_vec(bytes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn dirs() -> InstanceDirs {
        InstanceDirs { config: "/etc/postfix-a".into(), queue: "/q\\ \n".into(), data: "/d".into() }
    }

    fn records() -> Vec<JournalEntry> {
        let words = vec!["-e".into(), "create".into(), "a b".into()];
        let kinds = [
            Work::Create {
                dirs: dirs(),
                missing: vec!["/x".into(), "/x/y".into()],
                before: None,
                listed: Listed::Before,
            },
            Work::Import {
                directory: "/etc/b".into(),
                missing: vec!["/q".into()],
                settings: vec![
                    ("relayhost".into(), "a = b".into()),
                    ("multi_instance_group".into(), "".into()),
                ],
                files: FilesPhase::Ready,
                before: Some("/etc/c".into()),
            },
            Work::Destroy { dirs: dirs(), stamps: vec![("main.cf", "1 2 3.4".into())] },
        ];
        kinds.into_iter().map(|work| JournalEntry { words: words.clone(), work }).collect()
    }

    #[test]
    fn what_was_written_is_read() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(JournalEntry::read(directory.path()).unwrap(), None);
        for entry in records() {
            entry.write(directory.path()).unwrap();
            assert_eq!(JournalEntry::read(directory.path()).unwrap(), Some(entry));
        }
        JournalEntry::remove(directory.path()).unwrap();
        assert_eq!(JournalEntry::read(directory.path()).unwrap(), None);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_was_left_half_written_does_no_harm() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(NEW), "postfix-multi 1\nwo").unwrap();
        assert_eq!(JournalEntry::read(directory.path()).unwrap(), None);
        records()[0].write(directory.path()).unwrap();
        assert!(!directory.path().join(NEW).exists());
    }

    #[test]
    fn what_is_no_file_in_its_place_is_no_record_and_never_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let (path, other) = (directory.path().join(FILE), directory.path().join("other"));
        fs::write(&other, records()[0].text()).unwrap();
        std::os::unix::fs::symlink(&other, &path).unwrap();
        assert!(JournalEntry::read(directory.path()).is_err(), "a link");
        fs::remove_file(&path).unwrap();
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert!(JournalEntry::read(directory.path()).is_err(), "a pipe");
    }

    #[test]
    fn what_cannot_be_made_to_stay_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        assert!(sync(directory.path()).is_ok());
        assert!(sync(&directory.path().join("missing")).is_err());
    }

    #[test]
    fn a_record_that_lacks_something_is_damaged() {
        for entry in records() {
            let text = entry.text();
            for length in 0..text.len() {
                assert_eq!(JournalEntry::parse(&text[..length]), None, "{length}");
            }
        }
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(FILE), "something else\n").unwrap();
        assert!(JournalEntry::read(directory.path()).is_err());
    }

    #[test]
    fn a_record_that_somebody_else_can_have_written_is_refused() {
        use std::os::unix::fs::PermissionsExt;

        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE);
        records()[0].write(directory.path()).unwrap();
        assert!(JournalEntry::read(directory.path()).is_ok());
        for mode in [0o620, 0o602] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(JournalEntry::read(directory.path()).is_err(), "{mode:o}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::hard_link(&path, directory.path().join("other")).unwrap();
        assert!(JournalEntry::read(directory.path()).is_err(), "it has another name");
        fs::remove_file(directory.path().join("other")).unwrap();
        if nix::unistd::geteuid().is_root() {
            std::os::unix::fs::chown(&path, Some(4_000_000), None).unwrap();
            assert!(JournalEntry::read(directory.path()).is_err(), "another user's");
        }
    }

    #[test]
    fn a_record_with_a_path_that_is_not_absolute_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        for text in [
            "action destroy\nconfig_directory etc\nqueue_directory /q\ndata_directory /d",
            "action create\n\
            config_directory /c\nqueue_directory /q\ndata_directory /d\nmade x",
        ] {
            fs::write(directory.path().join(FILE), format!("postfix-multi 1\n{text}\nend\n")).unwrap();
            assert!(JournalEntry::read(directory.path()).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = JournalEntry::parse(&text);
        }

        #[test]
        fn any_value_survives(value in proptest::collection::vec(1_u8.., 0..40)) {
            let mut text = Vec::new();
            line(&mut text, "k", OsStr::from_bytes(&value));
            prop_assert_eq!(unescaped(&text[2..text.len() - 1]), Some(OsString::from_vec(value)));
        }
    }
}
