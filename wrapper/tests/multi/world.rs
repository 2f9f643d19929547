//! A small multi-instance system below a temporary directory, and the front end run in it.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use assert_cmd::assert::Assert;
use tempfile::TempDir;

pub(crate) use crate::calls::finish;
use crate::calls::{self, Call};
use crate::fifo;

const FRONT_END: &str = env!("CARGO_BIN_EXE_postfix-multi");

pub(crate) struct World {
    root: TempDir,
    listed: Vec<PathBuf>,
    /// Open until the world goes or the test dies: a fake that reads from it lives no longer.
    _lifetime: File,
}

impl World {
    /// The default instance alone, as nobody has set anything up.
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let programs = root.path().join("usr/sbin");
        fs::create_dir_all(&programs).unwrap();
        for (name, fake) in [
            ("postfix", "postfix"),
            ("postconf", "postconf-of-a-system"),
            ("postlog", "postlog"),
            ("postmap", "postmap"),
            ("postqueue", "postqueue"),
            ("mount", "mount"),
            ("waiting", "waiting"),
        ] {
            let fake = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fakes").join(fake);
            symlink(fake, programs.join(name)).unwrap();
        }
        fs::create_dir_all(root.path().join("spool/postfix")).unwrap();
        fs::create_dir_all(root.path().join("usr/libexec")).unwrap();
        // Programs that are only looked for.
        for name in ["postfix-script", "cleanup", "qmgr", "trivial-rewrite", "smtpd"] {
            fs::write(root.path().join("usr/libexec").join(name), "").unwrap();
        }
        let lifetime = fifo::make(&root.path().join("lifetime"));
        let world = Self { root, listed: Vec::new(), _lifetime: lifetime };
        world.main_cf("postfix", "");
        world
    }

    /// The default instance, enabled; `postfix-a` of the group mx, enabled; `postfix-b`, not enabled; `postfix-c` of
    /// the group mx, enabled.
    pub(crate) fn of_three() -> Self {
        let mut world = Self::new();
        world.main_cf("postfix", "multi_instance_enable = yes\n");
        world.add("postfix-a", "multi_instance_group = mx\nmulti_instance_enable = yes\n");
        world.add("postfix-b", "");
        world.add("postfix-c", "multi_instance_group = mx\nmulti_instance_enable = yes\n");
        world
    }

    /// Adds an instance with these settings beside its name and directories, and lists it.
    pub(crate) fn add(&mut self, name: &str, settings: &str) {
        let own = format!(
            "queue_directory = {}\ndata_directory = {}\nmulti_instance_name = {name}\n{settings}",
            self.path("spool").join(name).display(),
            self.path("lib").join(name).display()
        );
        self.main_cf(name, &own);
        fs::create_dir_all(self.path("spool").join(name)).unwrap();
        self.list(self.directory(name));
    }

    /// Lists a directory, whatever it is.
    pub(crate) fn list(&mut self, directory: PathBuf) {
        self.listed.push(directory);
        let list: Vec<&str> = self.listed.iter().map(|path| path.to_str().unwrap()).collect();
        let main_cf = self.read("etc/postfix/main.cf");
        let (kept, _) = main_cf.split_once("multi_instance_directories").unwrap_or((&main_cf, ""));
        self.main_cf("postfix", &format!("{kept}multi_instance_directories = {}\n", list.join(" ")));
    }

    /// Gives an instance a master.cf with what every instance needs, and these lines.
    pub(crate) fn master_cf(&self, name: &str, lines: &str) {
        let needed = "cleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\nrewrite unix - - n - - trivial-rewrite\n";
        fs::write(self.directory(name).join("master.cf"), format!("{needed}{lines}")).unwrap();
    }

    /// Gives an instance a main.cf that was left alone for long.
    pub(crate) fn main_cf(&self, name: &str, text: &str) {
        let path = self.directory(name).join("main.cf");
        fs::create_dir_all(self.directory(name)).unwrap();
        fs::write(&path, text).unwrap();
        let old = SystemTime::now() - Duration::from_secs(3600);
        File::options().write(true).open(path).unwrap().set_modified(old).unwrap();
    }

    /// Waits until all files that were made up to now are read within the process: the default instance's is made last.
    pub(crate) fn cool(&self) {
        let metadata = fs::metadata(self.directory("postfix").join("main.cf")).unwrap();
        let changed = Duration::new(metadata.ctime().try_into().unwrap(), 999_999_999);
        let cold = SystemTime::UNIX_EPOCH + changed + Duration::from_secs(3);
        while let Ok(left) = cold.duration_since(SystemTime::now()) {
            let _ = nix::poll::poll(&mut [], nix::poll::PollTimeout::try_from(left).unwrap());
        }
    }

    /// Adds a line to an instance's main.cf.
    pub(crate) fn add_line(&self, name: &str, line: &str) {
        let before = self.read(&format!("etc/{name}/main.cf"));
        self.main_cf(name, &format!("{before}{line}\n"));
    }

    /// Leaves in an instance's directories what is there after each start.
    pub(crate) fn has_run(&self, name: &str) {
        for place in ["spool", "lib"] {
            fs::create_dir_all(self.path(place).join(name)).unwrap();
        }
        fs::create_dir(self.path("spool").join(name).join("pid")).unwrap();
        fs::write(self.path("lib").join(name).join("master.lock"), "").unwrap();
    }

    /// Takes the queue of an instance away, as on a disk that is not mounted any more. The fake of mount(8) brings it
    /// back.
    pub(crate) fn unmount(&self, name: &str) {
        let queue = self.path("spool").join(name);
        fs::rename(&queue, queue.with_extension("disk")).unwrap();
    }

    /// The configuration directory of an instance.
    pub(crate) fn directory(&self, name: &str) -> PathBuf {
        self.path("etc").join(name)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// What a file holds; nothing if it is not there.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Makes a program do this for an instance. The code finds the world in `$world`.
    pub(crate) fn code(&self, instance: &str, program: &str, code: &str) {
        fs::write(self.directory(instance).join(program), format!("{code}\n")).unwrap();
    }

    /// A FIFO that a fake may wait at.
    pub(crate) fn fifo(&self, name: &str) -> File {
        fifo::make(&self.path(name))
    }

    /// The front end as somebody calls it who has nothing but a search path.
    pub(crate) fn front_end<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = Command::new(FRONT_END);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", self.path("usr/sbin").display()))
            .current_dir(self.root.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Assert {
        finish(self.front_end(arguments))
    }

    /// Runs it with a standard output that takes nothing.
    pub(crate) fn unwritten<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Output {
        let mut command = self.front_end(arguments);
        command.stdout(File::options().write(true).open("/dev/full").unwrap());
        // Not assert_cmd's way, which takes standard output for itself.
        command.output().unwrap()
    }

    /// What it prints, the world's own path left out, so that it is always the same.
    pub(crate) fn printed(&self, assert: &Assert) -> String {
        self.shown(&assert.get_output().stdout)
    }

    /// What it says, the world's own path left out.
    pub(crate) fn said(&self, assert: &Assert) -> String {
        self.shown(&assert.get_output().stderr)
    }

    fn shown(&self, text: &[u8]) -> String {
        String::from_utf8_lossy(text).replace(self.root.path().to_str().unwrap(), "")
    }

    /// The calls of postfix, every word of each.
    pub(crate) fn journal(&self) -> Vec<Call> {
        calls::in_journal(&self.path("journal"))
    }

    /// The calls of postfix as `INSTANCE COMMAND...`, since this was asked for the last time.
    pub(crate) fn commands(&self) -> Vec<String> {
        let etc = self.path("etc");
        let calls = self.journal().into_iter().map(|call| {
            assert_eq!(call[0], "-c");
            let name = Path::new(&call[1]).strip_prefix(&etc).unwrap().display().to_string();
            let words = call[2..].iter().map(|word| word.to_string_lossy().into_owned());
            std::iter::once(name).chain(words).collect::<Vec<_>>().join(" ")
        });
        let calls = calls.collect();
        let _ = fs::remove_file(self.path("journal"));
        calls
    }
}
