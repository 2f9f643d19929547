//! Judges a hostile manager with an installed suite and a folder for worlds of its own.
//! It compares another folder, which nothing may change, before and after.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(unreachable_pub, reason = "it is a part of a test program")]

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use libtest_mimic::Failed;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use tempfile::TempDir;

use super::suite::comes;

/// Past it, the suite hangs.
const PATIENCE: Duration = Duration::from_secs(100);

/// How a reason begins: what was seen, what could not be judged, what is wrong with what was asked.
const REASONS: [&str; 4] =
    ["  seen: ", "(- expected, + seen)", "could not be judged: ", "postfix-conformance: "];

/// How long the last of what the suite has killed may take to be gone.
const A_MOMENT: Duration = Duration::from_secs(20);

/// Takes all namespaces away from what follows.
const WITHOUT: &str =
    r#"for kind in user mnt pid; do echo 0 >"/proc/sys/user/max_${kind}_namespaces"; done; exec "$@""#;

/// Runs what follows with a work directory that has only so much room.
const IN_ROOM: &str =
    r#"size=$1; work=$2; shift 2; mount -t tmpfs -o "size=$size" none "$work" && exec "$@""#;

/// Whether private namespaces can be had.
pub fn are_namespaces_granted() -> bool {
    static GRANTED: OnceLock<bool> = OnceLock::new();
    *GRANTED.get_or_init(|| {
        let tried = Command::new("unshare").args(["-U", "-r", "-m", "-p", "-f", "true"]).output();
        tried.is_ok_and(|tried| tried.status.success())
    })
}

/// The place of one trial.
pub struct Place {
    folder: TempDir,
    program: PathBuf,
    marker: String,
    before: Vec<Seen>,
}

/// What nothing may change of a file.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    path: PathBuf,
    identity: (u64, u32, u32, u32, u64),
    content: Vec<u8>,
}

impl Seen {
    fn of(path: &Path) -> Self {
        let found = path.symlink_metadata().unwrap();
        let identity = (found.ino(), found.mode(), found.uid(), found.gid(), found.nlink());
        let content = if found.is_file() { fs::read(path).unwrap() } else { names_in(path) };
        Self { path: path.to_path_buf(), identity, content }
    }
}

fn names_in(folder: &Path) -> Vec<u8> {
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    format!("{names:?}").into_bytes()
}

impl Place {
    pub fn make() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let folder =
            tempfile::Builder::new().prefix("hostile-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let path = folder.path().canonicalize().unwrap();
        for name in ["work", "outside", "installed"] {
            fs::create_dir(path.join(name)).unwrap();
        }
        fs::write(path.join("outside/file"), "nobody's\n").unwrap();
        let program = path.join("installed/postfix-conformance");
        install(&program);
        let marker = format!("hostile-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let watched =
            [program.clone(), path.join("installed"), path.join("outside"), path.join("outside/file")];
        let before = watched.iter().map(|path| Seen::of(path)).collect();
        Self { folder, program, marker, before }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    /// A script with what it may name.
    pub fn filled_in(&self, script: &str) -> String {
        let own = fs::read_link("/proc/self/ns/pid").unwrap();
        let inside = format!("[ \"$(readlink /proc/self/ns/pid)\" != '{}' ] || exit 7\n", own.display());
        script
            .replace("@marker@", &self.marker)
            .replace("@program@", self.program.to_str().unwrap())
            .replace("@outside@", self.path().join("outside").to_str().unwrap())
            .replace("@inside@", &inside)
    }

    /// The suite with these arguments.
    pub fn suite(&self, words: &[&str]) -> Said {
        self.run(&[], words)
    }

    /// The same if the system grants no namespaces.
    pub fn suite_without_namespaces(&self, words: &[&str]) -> Said {
        self.run(&["unshare", "-U", "-r", "sh", "-c", WITHOUT, "sh"], words)
    }

    /// The same below a limit that prlimit(1) sets; as an account without any other process, if somebody can be that.
    pub fn suite_below(&self, limit: &str, words: &[&str]) -> Said {
        if !nix::unistd::geteuid().is_root() {
            return self.run(&["prlimit", limit], words);
        }
        // The superuser's processes are not counted.
        let open = fs::Permissions::from_mode(0o777);
        fs::set_permissions(self.path(), open.clone()).unwrap();
        fs::set_permissions(self.path().join("work"), open).unwrap();
        let number = self.marker.rsplit('-').next().and_then(|number| number.parse::<u32>().ok()).unwrap();
        let account = (200_000 + std::process::id() % 50_000 * 100 + number).to_string();
        let become_it = ["setpriv", "--reuid", &account, "--regid", &account, "--clear-groups"];
        self.run(&[&become_it[..], &["prlimit", limit]].concat(), words)
    }

    /// The same with so much room in the work directory.
    pub fn suite_in_room(&self, size: &str, words: &[&str]) -> Said {
        let work = self.path().join("work").display().to_string();
        self.run(&["unshare", "-U", "-r", "-m", "sh", "-c", IN_ROOM, "sh", size, &work], words)
    }

    fn run(&self, before: &[&str], words: &[&str]) -> Said {
        let work = self.path().join("work").display().to_string();
        let mut line: Vec<&str> = before.to_vec();
        line.push(self.program.to_str().unwrap());
        line.extend(words);
        let chosen = words.contains(&"--work-dir");
        if !chosen && words.first() == Some(&"run") {
            line.extend(["--work-dir", &work]);
        }
        let (out, error) = (self.path().join("out"), self.path().join("error"));
        let mut command = Command::new(line[0]);
        command
            .args(&line[1..])
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("TMPDIR", &work);
        command
            .stdin(Stdio::null())
            .stdout(File::create(&out).unwrap())
            .stderr(File::create(&error).unwrap());
        let mut child = command.current_dir("/").process_group(0).spawn().unwrap();
        let mut ended = None;
        let in_time = comes(PATIENCE, || {
            ended = child.try_wait().unwrap();
            ended.is_some()
        });
        if !in_time {
            let _ = killpg(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGKILL);
            let _ = child.wait();
        }
        let text = |path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
        Said { line: line.join(" "), ended, text: text(out) + &text(error) }
    }

    /// Whether nothing is left or changed: no world, no process, no mount, and the suite as it was.
    pub fn is_as_it_was(&self) -> Result<(), Failed> {
        for seen in &self.before {
            let now = Seen::of(&seen.path);
            if now != *seen {
                let (now, before) = (now.identity, seen.identity);
                return Err(format!("{} was {before:?}, is {now:?}", seen.path.display()).into());
            }
        }
        let work = self.path().join("work");
        if work.exists() && !comes(A_MOMENT, || fs::read_dir(&work).unwrap().next().is_none()) {
            let left = String::from_utf8_lossy(&names_in(&work)).into_owned();
            return Err(format!("left in the work directory: {left}").into());
        }
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        if mounts.contains(self.path().to_str().unwrap()) {
            return Err(format!("a mount is left: {mounts}").into());
        }
        let is_gone = comes(A_MOMENT, || self.processes().is_empty());
        if !is_gone {
            let left = self.processes();
            for process in &left {
                let _ = kill(*process, Signal::SIGKILL);
            }
            return Err(format!("processes are left: {left:?}").into());
        }
        Ok(())
    }

    /// The processes that have the marker or the place in their command line or environment, or work there.
    fn processes(&self) -> Vec<Pid> {
        let path = self.path();
        let words = [self.marker.as_bytes(), path.to_str().unwrap().as_bytes()];
        let has = |file: &Path| {
            let text = fs::read(file).unwrap_or_default();
            words.iter().any(|word| text.windows(word.len()).any(|part| part == *word))
        };
        let works_there =
            |process: &Path| fs::read_link(process.join("cwd")).is_ok_and(|found| found.starts_with(&path));
        let all = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
        all.filter(|process| {
            has(&process.join("cmdline")) || has(&process.join("environ")) || works_there(process)
        })
        .filter_map(|process| process.file_name()?.to_str()?.parse().ok().map(Pid::from_raw))
        .collect()
    }
}

/// A suite of its own: the whole of what a program needs, by the suite's own copier.
fn install(at: &Path) {
    let original = Path::new(env!("CARGO_BIN_EXE_postfix-conformance"));
    let mut copier = Command::new(original);
    copier.arg0("postfix-worlds-copier").arg(at).stdin(File::open(original).unwrap());
    assert!(copier.status().unwrap().success());
}

/// What the suite said, and how it ended.
pub struct Said {
    line: String,
    ended: Option<ExitStatus>,
    text: String,
}

impl Said {
    pub fn status(&self) -> Option<i32> {
        self.ended.and_then(|ended| ended.code())
    }

    pub fn ended_with(&self, status: i32) -> Result<(), Failed> {
        self.ended_with_one_of(&[status])
    }

    pub fn ended_with_one_of(&self, statuses: &[i32]) -> Result<(), Failed> {
        if self.status().is_some_and(|status| statuses.contains(&status)) {
            return Ok(());
        }
        let signal = self.ended.and_then(|ended| ended.signal());
        let how = match (self.ended, self.status()) {
            (None, _) => "it does not end".to_owned(),
            (_, Some(status)) => format!("it ended with {status}"),
            (_, None) => format!("it was ended by {signal:?}"),
        };
        Err(format!("{}: {how}, should be {statuses:?}:\n{}", self.line, self.beginning()).into())
    }

    /// Whether it said one of these, which are divided by bars.
    pub fn has(&self, texts: &str) -> Result<(), Failed> {
        if texts.split('|').any(|text| self.text.contains(text)) {
            return Ok(());
        }
        Err(format!("{}: it does not say {texts:?}:\n{}", self.line, self.beginning()).into())
    }

    /// Whether it said why: a failure with what was seen, or what could not be judged and what is wrong.
    pub fn has_a_reason(&self) -> Result<(), Failed> {
        let is_empty_reason = self.text.lines().any(|line| line.trim_end().ends_with("does not work:"));
        if !is_empty_reason && REASONS.iter().any(|text| self.text.contains(text)) {
            return Ok(());
        }
        Err(format!("{}: it does not say why:\n{}", self.line, self.beginning()).into())
    }

    fn beginning(&self) -> String {
        self.text.chars().take(3000).collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What a failed trial has left may be closed or immutable.
        let _ = Command::new("chattr")
            .args(["-R", "-f", "-i"])
            .arg(self.folder.path())
            .stderr(Stdio::null())
            .status();
        let _ = Command::new("chmod")
            .args(["-R", "u+rwx"])
            .arg(self.folder.path())
            .stderr(Stdio::null())
            .status();
    }
}
