//! Calls the installed postconf(1) and its fake on the same files, and observes both.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use postfix_fakes::bytes::ByteString;
use postfix_fakes::world::{HostAddresses, MARKER, Settings};

use super::case::PostconfCase;
use super::error::FidelityError;
use super::installed::Installed;
use super::observation::{Aspect, Observation};
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::world::make_older;

/// What a program may take of the processor's time, in seconds: a setting that refers to itself can keep the
/// installed one busy for ever.
const LIMIT: &str = "--cpu=10";

/// How much it may write, in bytes: what refers to itself several times doubles without end.
const LARGEST: &str = "--fsize=67108864";

/// One world with nothing but a fake, and a configuration directory beside it.
#[derive(Debug)]
pub(super) struct PostconfPair {
    root: PathBuf,
    real: PathBuf,
}

impl PostconfPair {
    /// A pair in a new world of this run.
    pub(super) fn new(run: &RunDirectory, installed: &Installed) -> Result<Self, FidelityError> {
        let root = run.next_world("postconf");
        let made = || -> io::Result<()> {
            fs::create_dir_all(root.join("usr/sbin"))?;
            fs::create_dir_all(root.join("conf"))?;
            run.link_program(&root.join("usr/sbin/postconf"))?;
            let settings = Settings {
                default_config_directory: installed.config_directory.clone().into(),
                postfix_version: installed.build.mail_version.clone(),
                postfix_vendor: installed.build.vendor,
                tls_library: installed.tls_library.clone(),
                real_programs: BTreeMap::new(),
                built_with: installed.built_with.clone(),
                commands_on_path: None,
                // Files that tables name are the machine's.
                host: Some("/".into()),
                addresses: HostAddresses::Loopback,
            };
            fs::write(root.join(MARKER), serde_json::to_vec(&settings)?)
        };
        made().map_err(|source| FidelityError::System { doing: "making a world", source })?;
        Ok(Self { root, real: installed.command_directory.join("postconf") })
    }

    /// What the fake does.
    pub(super) fn simulated(&self, case: &PostconfCase) -> Result<Observation, FidelityError> {
        let _ = fs::remove_file(self.root.join("journal.jsonl"));
        self.observe(&self.root.join("usr/sbin/postconf"), case)
    }

    /// What the installed one does.
    pub(super) fn installed(&self, case: &PostconfCase) -> Result<Observation, FidelityError> {
        self.observe(&self.real, case)
    }

    fn directory(&self) -> PathBuf {
        self.root.join("conf")
    }

    fn observe(&self, program: &Path, case: &PostconfCase) -> Result<Observation, FidelityError> {
        let failed = |doing| move |source| FidelityError::System { doing, source };
        self.lay_out(case).map_err(failed("writing configuration files"))?;
        let mut command = Command::new("/usr/bin/prlimit");
        // Found along the path, both have the name in their messages that they are called by here.
        command.args([LIMIT, LARGEST, "--core=0", "postconf"]).env_clear().env("LC_ALL", "C");
        command.env("PATH", program.parent().unwrap_or(Path::new("/")));
        if case.by_environment {
            command.env("MAIL_CONFIG", self.directory());
        } else {
            command.arg("-c").arg(self.directory());
        }
        command.args(case.arguments.iter().map(ByteString::as_os_str));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().map_err(failed("running prlimit(1)"))?;
        // prlimit(1) becomes the program.
        let process_id = child.id();
        let output = child.wait_with_output().map_err(failed("running prlimit(1)"))?;
        let mut seen = Observation::default();
        if mentions_process_id(case) {
            seen.note_text(0, Aspect::Stdout, &without_number(&output.stdout, process_id));
        } else {
            seen.note_text(0, Aspect::Stdout, &output.stdout);
        }
        seen.note_text(0, Aspect::Stderr, &output.stderr);
        let lines = seen.lines(0, Aspect::Stderr).to_vec();
        seen.note(0, Aspect::Stderr, in_settled_order(lines));
        let end = match (output.status.code(), output.status.signal()) {
            (Some(status), _) => format!("exit status {status}"),
            (None, signal) => format!("ended by signal {}", signal.unwrap_or_default()),
        };
        seen.note(0, Aspect::End, vec![end]);
        seen.note(0, Aspect::Files, self.files().map_err(failed("looking at what is left behind"))?);
        Ok(seen)
    }

    fn lay_out(&self, case: &PostconfCase) -> io::Result<()> {
        let directory = self.directory();
        fs::remove_dir_all(&directory)?;
        fs::create_dir(&directory)?;
        for (name, text) in [("main.cf", &case.main_cf), ("master.cf", &case.master_cf)] {
            if let Some(text) = text {
                write_older(&directory.join(name), &text.0)?;
            }
        }
        Ok(())
    }

    fn files(&self) -> io::Result<Vec<String>> {
        let mut lines = Vec::new();
        for entry in fs::read_dir(self.directory())? {
            let entry = entry?;
            let mode = entry.metadata()?.mode();
            lines.push(format!("{} {mode:o}", entry.file_name().to_string_lossy()));
            for line in fs::read(entry.path())?.split_inclusive(|byte| *byte == b'\n') {
                lines.push(format!("{}: {}", entry.file_name().to_string_lossy(), line.escape_ascii()));
            }
        }
        // Only the names: a directory has no order, a file has.
        lines.sort_by(|one, other| name_of(one).cmp(name_of(other)));
        Ok(lines)
    }
}

impl Drop for PostconfPair {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

/// Lines of standard error with each run of warnings sorted: the installed one walks hash tables that are seeded anew
/// each time, so the order within a run is chance. What comes before and after a run is not.
fn in_settled_order(mut lines: Vec<String>) -> Vec<String> {
    for run in lines.chunk_by_mut(|one, next| is_warning(one) && is_warning(next)) {
        run.sort();
    }
    lines
}

/// Whether an answer may show the parameter whose value is chance. Many a `debugger_command` refers to it.
fn mentions_process_id(case: &PostconfCase) -> bool {
    let texts = case.main_cf.iter().chain(&case.master_cf).chain(&case.arguments);
    let name = b"process_id";
    texts.into_iter().any(|text| text.0.windows(name.len()).any(|window| window == name))
}

/// Text in which this number has a name instead, if no digit is beside it.
fn without_number(text: &[u8], number: u32) -> Vec<u8> {
    let number = number.to_string();
    let mut result = Vec::with_capacity(text.len());
    for run in text.chunk_by(|one, next| one.is_ascii_digit() == next.is_ascii_digit()) {
        result.extend_from_slice(if run == number.as_bytes() { b"@pid@" } else { run });
    }
    result
}

fn is_warning(line: &str) -> bool {
    line.contains(": warning: ")
}

fn name_of(line: &str) -> &str {
    line.split([' ', ':']).next().unwrap_or_default()
}

/// Writes a configuration file that looks an hour old: the installed one waits for younger ones to settle.
fn write_older(path: &Path, text: &[u8]) -> io::Result<()> {
    fs::write(path, text)?;
    // An edit keeps neither owner nor mode; what it gives is told apart from this.
    fs::set_permissions(path, fs::Permissions::from_mode(0o640))?;
    make_older(path)
}

#[cfg(test)]
mod tests {
    use super::{in_settled_order, without_number};

    #[test]
    fn only_the_whole_number_is_replaced() {
        assert_eq!(without_number(b"17 117 x17\n170", 17), b"@pid@ 117 x@pid@\n170");
    }

    #[test]
    fn only_warnings_beside_each_other_are_sorted() {
        let settled = |lines: &[&str]| in_settled_order(lines.iter().map(|&line| line.into()).collect());
        let (a, b, end) = ("postconf: warning: a", "postconf: warning: b", "postconf: fatal: a");
        assert_eq!(settled(&[b, a, end]), [a, b, end]);
        assert_eq!(settled(&[b, end, a]), [b, end, a]);
        assert_eq!(settled(&["z", "y"]), ["z", "y"]);
    }
}
