//! The two programs, and a directory in which both find the same files.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use postfix_process::skip::skip;

/// The installed program.
const REAL: &str = "/usr/sbin/postconf";

/// What the installed program may take of the processor's time, in seconds: what refers to itself can keep it
/// busy for ever.
const LIMIT: &str = "--cpu=10";

/// How often the installed program is asked at most until it answers as the fake does. It walks hash tables
/// with a random seed, so what is met first in a file, and with it what ends the program, may differ each time.
const ATTEMPTS: usize = 12;

/// What a program did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) stdout: String,
    pub(crate) stderr: Vec<String>,
    pub(crate) status: Option<i32>,
}

/// A world with a fake, and the configuration directory that both programs are pointed at.
pub(crate) struct Pair {
    root: TempDir,
}

impl Pair {
    /// A pair, or `None` (with a word about it) if there is nothing to compare with.
    pub(crate) fn new() -> Option<Self> {
        let version = Command::new(REAL).args(["-d", "-h", "mail_version", "myhostname"]).output();
        match version {
            Err(error) => {
                skip(format!("{REAL}: {error}"));
                return None;
            }
            Ok(answer) if !answer.stdout.starts_with(b"3.7.") => {
                skip(format!("{REAL} is of version {}", String::from_utf8_lossy(&answer.stdout)));
                return None;
            }
            Ok(answer) if !answer.status.success() => {
                skip(format!("{REAL} does not work: {}", String::from_utf8_lossy(&answer.stderr)));
                return None;
            }
            Ok(_) => {}
        }
        let root = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        for directory in ["usr/sbin", "conf"] {
            std::fs::create_dir_all(root.path().join(directory)).unwrap();
        }
        std::fs::hard_link(env!("CARGO_BIN_EXE_postfix-fake"), root.path().join("usr/sbin/postconf"))
            .unwrap();
        let settings = r#"{"default_config_directory": "/etc/postfix", "postfix_version": "3.7.11"}"#;
        std::fs::write(root.path().join("world.json"), settings).unwrap();
        let pair = Self { root };
        pair.write("main.cf", b"");
        pair.write("master.cf", b"");
        Some(pair)
    }

    /// The configuration directory.
    pub(crate) fn directory(&self) -> PathBuf {
        self.root.path().join("conf")
    }

    /// Writes a configuration file that looks an hour old: real Postfix waits for younger ones to settle.
    pub(crate) fn write(&self, name: &str, text: &[u8]) {
        let path = self.directory().join(name);
        std::fs::write(&path, text).unwrap();
        let hour = Duration::from_secs(3600);
        File::options().write(true).open(path).unwrap().set_modified(SystemTime::now() - hour).unwrap();
    }

    /// What the installed program answers.
    pub(crate) fn real<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Answer {
        self.ask(Path::new(REAL), arguments)
    }

    /// What the fake answers.
    pub(crate) fn simulated<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Answer {
        self.ask(&self.root.path().join("usr/sbin/postconf"), arguments)
    }

    /// Asks both, and fails unless they agree.
    #[track_caller]
    pub(crate) fn compare<S: AsRef<OsStr> + std::fmt::Debug>(&self, arguments: &[S]) {
        let (real, simulated) = (self.real(arguments), self.simulated(arguments));
        assert_eq!(simulated, real, "left: simulated, right: real, arguments: {arguments:?}");
    }

    /// Asks the fake once and the installed program until both agree; the last answers.
    pub(crate) fn agree<S: AsRef<OsStr>>(
        &self,
        arguments: &[S],
        settled: fn(Answer) -> Answer,
    ) -> (Answer, Answer) {
        let simulated = settled(self.simulated(arguments));
        let mut real = settled(self.real(arguments));
        for _ in 1..ATTEMPTS {
            if simulated == real {
                break;
            }
            real = settled(self.real(arguments));
        }
        (simulated, real)
    }

    fn ask<S: AsRef<OsStr>>(&self, program: &Path, arguments: &[S]) -> Answer {
        // Found along the path, both have the name in their messages that they are called by here.
        let output = Command::new("/usr/bin/prlimit")
            .args([LIMIT, "--core=0", "postconf", "-c"])
            .arg(self.directory())
            .args(arguments)
            .env_clear()
            .env("LC_ALL", "C")
            .env("PATH", program.parent().unwrap())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| bytes.escape_ascii().to_string().replace("\\n", "\n");
        let mut stderr: Vec<String> = text(&output.stderr).lines().map(str::to_owned).collect();
        stderr.sort();
        Answer { stdout: text(&output.stdout), stderr, status: output.status.code() }
    }
}

impl Answer {
    /// Which settings were looked at before one that cannot be expanded ended the program is a matter of
    /// chance: then only the end counts.
    pub(crate) fn settled(mut self) -> Self {
        let ends = ["fatal: macro processing error", "fatal: dictionary ", "fatal: mac_exp_eval: "];
        let is_end = |line: &&String| ends.iter().any(|end| line.contains(end));
        if self.status.is_none() {
            self.stderr.clear();
        } else if let Some(end) = self.stderr.iter().find(is_end).cloned() {
            self.stderr = vec![end];
        }
        self
    }
}

/// One pair of configuration files, and the command lines to try on it.
#[derive(Default)]
pub(crate) struct Case {
    pub(crate) main_cf: Vec<u8>,
    pub(crate) master_cf: Vec<u8>,
    pub(crate) command_lines: Vec<Vec<String>>,
}

/// Compares all cases.
pub(crate) fn compare_all(cases: &[Case]) {
    let tasks: Vec<(&Case, &Vec<String>)> =
        cases.iter().flat_map(|case| case.command_lines.iter().map(move |line| (case, line))).collect();
    many_at_a_time(&tasks, |pair, (case, arguments)| {
        pair.write("main.cf", &case.main_cf);
        pair.write("master.cf", &case.master_cf);
        let (simulated, real) = pair.agree(arguments, Answer::settled);
        let (main_cf, master_cf) = (case.main_cf.escape_ascii(), case.master_cf.escape_ascii());
        assert_eq!(
            simulated, real,
            "left: simulated, right: real, {arguments:?}, \"{main_cf}\", \"{master_cf}\""
        );
    });
}

/// Does all tasks, many at a time: real Postfix rests for a second whenever it gives up.
pub(crate) fn many_at_a_time<T: Sync>(tasks: &[T], task: impl Fn(&Pair, &T) + Sync) {
    if Pair::new().is_none() {
        return;
    }
    assert!(!tasks.is_empty(), "nothing to compare");
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let pair = Pair::new().unwrap();
                while let Some(one) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    task(&pair, one);
                }
            });
        }
    });
    println!("{} comparisons", tasks.len());
}
