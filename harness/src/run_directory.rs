//! Makes the directory in which one run of a test program keeps its worlds.
//! It also makes the private binary that all fakes of these worlds are hard links to. Removes directories of runs
//! that were killed.

pub(crate) mod cleanup_process;
mod dead_run;
pub(crate) mod leftover_processes;
pub(crate) mod mounts;
pub(crate) mod program_copy;
pub(crate) mod removal;

use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use nix::fcntl::Flock;
use tempfile::TempDir;

use self::cleanup_process::CleanupProcess;
use self::dead_run::{LOCK, lock, remains_of_a_run, remove_if_dead};
use self::program_copy::ProgramCopy;

/// What the name of each run directory begins with.
pub const PREFIX: &str = "postfix-worlds-";

/// Where Linux keeps files in memory for everyone.
const MEMORY: &str = "/dev/shm";

/// The room that worlds and the copy of a program with everything for a debugger may need, in bytes.
const ROOM: u64 = 512 << 20;

/// What separates, expands or quotes in main.cf, in PATH or in a manager that is a shell script.
const SPECIAL: &[u8] = b",$\\:*?[\"'`";

/// How much of a name a world's directory has: sockets and file systems limit paths.
const LONGEST_NAME: usize = 80;

/// Why no run directory could be made.
#[derive(Debug, thiserror::Error)]
pub enum RunDirectoryError {
    /// The system refuses.
    #[error("{path}: {doing}: {source}; name another directory with --work-dir or TMPDIR")]
    System {
        /// Of what.
        path: PathBuf,
        /// What.
        doing: &'static str,
        /// Why.
        source: io::Error,
    },
    /// Its path would be read as something else than a path, and managers be blamed for it.
    #[error(
        "{path:?}: {character} in its path means something to Postfix or to shells, so that no verdict could be \
         trusted; name another directory with --work-dir or TMPDIR"
    )]
    Path {
        /// Which directory.
        path: PathBuf,
        /// What is in its path.
        character: String,
    },
}

/// A directory for the worlds of this run. It goes with everything in it when dropped, unless worlds in it
/// were kept. If the run is killed, its cleanup process removes it; if that was killed as well, the next run.
#[derive(Debug)]
pub struct RunDirectory {
    directory: Option<TempDir>,
    path: PathBuf,
    lock: Option<Flock<File>>,
    cleanup_process: Option<CleanupProcess>,
    program: Mutex<ProgramCopy>,
    keep: std::sync::atomic::AtomicBool,
    worlds: AtomicU32,
    copies: AtomicU32,
}

impl RunDirectory {
    /// Makes one below `base`. `program` is the binary of which hard links to a private copy become the fakes; see
    /// [`crate::run_program`].
    ///
    /// # Errors
    /// When a directory cannot be made, locked or filled.
    pub fn create(base: &Path, program: &Path) -> Result<Self, RunDirectoryError> {
        let failed = |path: &Path, doing| {
            let path = path.to_path_buf();
            move |source| RunDirectoryError::System { path, doing, source }
        };
        let base = base.canonicalize().map_err(failed(base, "cannot be used for worlds"))?;
        if let Some(character) = special(&base) {
            return Err(RunDirectoryError::Path { path: base, character });
        }
        sweep(&base);
        let directory = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempdir_in(&base)
            .map_err(failed(&base, "cannot make a directory for worlds"))?;
        let path = directory.path().to_path_buf();
        let lock = begin(&path).map_err(failed(&path, "cannot lock"))?;
        let mut copy =
            ProgramCopy::make(program, &path).map_err(failed(&path, "cannot make the fakes' binary"))?;
        let cleanup_process = path.join(cleanup_process::NAME);
        let begun = copy.link(&cleanup_process).and_then(|()| CleanupProcess::begin(&cleanup_process, &path));
        let begun = begun.map_err(failed(&cleanup_process, "cannot be started"))?;
        Ok(Self {
            directory: Some(directory),
            path,
            lock: Some(lock),
            cleanup_process: Some(begun),
            program: Mutex::new(copy),
            keep: std::sync::atomic::AtomicBool::new(false),
            worlds: AtomicU32::new(0),
            copies: AtomicU32::new(0),
        })
    }

    /// Where to make one when nobody says where: `TMPDIR`; without it in memory, where the system offers room
    /// for programs that may be run, as a thousand small files are made for every hundred worlds; or `/tmp`.
    pub fn usual_base() -> PathBuf {
        let in_memory = Path::new(MEMORY);
        if std::env::var_os("TMPDIR").is_none() && will_do(in_memory) {
            return in_memory.to_path_buf();
        }
        std::env::temp_dir()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A directory for one more world, not yet made; the end of `name` helps people who look at it.
    pub fn next_world(&self, name: &str) -> PathBuf {
        let number = self.worlds.fetch_add(1, Ordering::Relaxed);
        self.path.join(format!("{}-{number:06}", harmless(name)))
    }

    /// Makes `at` another name of the fakes' binary, as it was made: one that a judged program has changed is made
    /// anew.
    ///
    /// # Errors
    /// When the link cannot be made.
    pub fn link_program(&self, at: &Path) -> io::Result<()> {
        self.program.lock().unwrap_or_else(PoisonError::into_inner).link(at)
    }

    /// Writes a script that programs in worlds can run. To be called before this process starts any other: a file
    /// that is still open for writing somewhere cannot be run.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_script(&self, name: &str, text: &str) -> io::Result<PathBuf> {
        let folder = self.path.join("scripts");
        fs::create_dir_all(&folder)?;
        let path = folder.join(name);
        fs::write(&path, text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        Ok(path)
    }

    /// Puts a copy of a program there that keeps its name and its mode, in a directory of its own: another program may
    /// have the same name.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn copy_program(&self, program: &Path) -> io::Result<PathBuf> {
        let number = self.copies.fetch_add(1, Ordering::Relaxed);
        let folder = self.path.join("copies").join(number.to_string());
        fs::create_dir_all(&folder)?;
        let copy = folder.join(program.file_name().unwrap_or_default());
        // By another process: what this one has written cannot be run while a child still holds it open.
        let copied = Command::new("cp").args(["-pL", "--"]).args([program, &copy]).status()?;
        if copied.success() {
            Ok(copy)
        } else {
            Err(io::Error::other(format!("cannot copy {}: cp: {copied}", program.display())))
        }
    }

    /// Leaves the directory where it is when this value goes, for someone to look at.
    pub fn keep(&self) {
        self.keep.store(true, Ordering::Relaxed);
        // Without a lock file nobody takes it for a dead run's, whatever ends this one.
        let _ = fs::remove_file(self.path.join(LOCK));
    }
}

impl Drop for RunDirectory {
    fn drop(&mut self) {
        if let Some(directory) = self.directory.take() {
            let path = directory.keep();
            if !self.keep.load(Ordering::Relaxed) {
                let _ = removal::remove(&path);
            }
        }
        self.lock.take();
        self.cleanup_process.take().into_iter().for_each(CleanupProcess::end);
    }
}

/// The first byte of a path that worlds cannot have in theirs, in words.
fn special(path: &Path) -> Option<String> {
    let bytes = path.as_os_str().as_bytes();
    let found = bytes.iter().find(|byte| !byte.is_ascii_graphic() || SPECIAL.contains(byte))?;
    Some(match found {
        b' ' => "a blank".to_owned(),
        b'\t' => "a tab".to_owned(),
        byte if byte.is_ascii_graphic() => format!("the character {}", char::from(*byte)),
        byte => format!("the byte \\{byte:03o}"),
    })
}

/// The end of a name without what nobody may have in a world's path: the path of a case can be anything.
fn harmless(name: &str) -> String {
    let is_harmless = |character: &char| character.is_ascii_alphanumeric() || "-_.".contains(*character);
    let name: String = name.chars().map(|one| if is_harmless(&one) { one } else { '.' }).collect();
    name[name.len().saturating_sub(LONGEST_NAME)..].trim_start_matches(['.', '-']).to_owned()
}

/// Whether anyone may make files in a directory of memory and run them, and there is room.
fn will_do(directory: &Path) -> bool {
    let Ok(found) = nix::sys::statvfs::statvfs(directory) else { return false };
    #[cfg(target_os = "linux")]
    let may_run = !found.flags().contains(nix::sys::statvfs::FsFlags::ST_NOEXEC);
    #[cfg(not(target_os = "linux"))]
    let may_run = false;
    let room = found.blocks_available().saturating_mul(found.fragment_size());
    let writable = nix::unistd::access(directory, nix::unistd::AccessFlags::W_OK).is_ok();
    may_run && writable && room >= ROOM
}

/// Locks a new run directory. The lock gets its name once it is held: a sweep that found it before would take the
/// directory for a dead run's.
fn begin(directory: &Path) -> io::Result<Flock<File>> {
    let unnamed = directory.join("lock-to-be");
    File::create(&unnamed)?;
    let held = lock(&unnamed)?;
    fs::rename(&unnamed, directory.join(LOCK))?;
    Ok(held)
}

/// Removes the directories of runs that ended without removing them. Failures do not matter: they are
/// somebody else's, or the next sweep's.
fn sweep(base: &Path) {
    let Ok(entries) = fs::read_dir(base) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if ours && remains_of_a_run(&path) {
            remove_if_dead(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LOCK, LONGEST_NAME, PREFIX, RunDirectory, harmless};
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn a_path_that_is_read_as_something_else_is_refused_and_what_is_in_it_named() {
        let base = tempfile::tempdir().unwrap();
        let program = std::env::current_exe().unwrap();
        for (name, named) in [
            (&b"a b"[..], "a blank"),
            (b"a\tb", "a tab"),
            (b"a,b", "the character ,"),
            (b"a$b", "the character $"),
            (b"a\\b", "the character \\"),
            (b"a:b", "the character :"),
            (b"a\xc3\xbc", "the byte \\303"),
            (b"a\xff", "the byte \\377"),
        ] {
            let folder = base.path().join(OsStr::from_bytes(name));
            fs::create_dir(&folder).unwrap();
            let said = RunDirectory::create(&folder, &program).unwrap_err().to_string();
            assert!(said.contains(named) && said.contains("--work-dir or TMPDIR"), "{said}");
            assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "{said}");
        }
    }

    #[test]
    fn a_world_has_the_end_of_its_name_without_what_is_read_as_something_else() {
        for (name, kept) in [
            ("./my cases/a,b$c.toml", "my.cases.a.b.c.toml"),
            ("enable/reload-skips", "enable.reload-skips"),
            ("größe/a:b", "gr..e.a.b"),
            ("..", ""),
        ] {
            assert_eq!(harmless(name), kept);
        }
        assert_eq!(harmless(&("/".to_owned() + &"é".repeat(300) + "end")).as_str(), "end");
        assert_eq!(harmless(&"x".repeat(300)).len(), LONGEST_NAME);
    }

    #[test]
    fn programs_of_one_name_are_copied_beside_each_other() {
        let base = tempfile::tempdir().unwrap();
        let run = RunDirectory::create(base.path(), &std::env::current_exe().unwrap()).unwrap();
        let copies = ["one", "other"].map(|text| {
            let folder = base.path().join(text);
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("manager"), text).unwrap();
            run.copy_program(&folder.join("manager")).unwrap()
        });
        run.write_script("manager", "script").unwrap();
        let texts = copies.each_ref().map(|copy| fs::read_to_string(copy).unwrap());
        assert_eq!(texts, ["one", "other"]);
        assert!(copies.iter().all(|copy| copy.file_name() == Some(OsStr::new("manager"))));
    }

    #[test]
    fn a_dead_run_is_swept_and_a_live_or_kept_one_is_not() {
        let base = tempfile::tempdir().unwrap();
        let program = std::env::current_exe().unwrap();
        let dead = base.path().join(format!("{PREFIX}dead"));
        fs::create_dir(&dead).unwrap();
        fs::write(dead.join(LOCK), "").unwrap();
        let kept = RunDirectory::create(base.path(), &program).unwrap();
        let kept_path = kept.path.clone();
        kept.keep();
        drop(kept);
        let live = RunDirectory::create(base.path(), &program).unwrap();
        let other = RunDirectory::create(base.path(), &program).unwrap();
        assert!(!dead.exists());
        assert!(kept_path.exists());
        assert!(live.path.exists() && other.path.exists());
        let live_path = live.path.clone();
        drop(live);
        assert!(!live_path.exists());
    }
}
