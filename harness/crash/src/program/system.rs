//! Prepares the Postfix to work on: the installed one, in a container, with a known main.cf.
//!
//! Knows nothing of what is done to it.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

const MAIN_CF: &str = "\
# The default instance.
compatibility_level = 3.5
queue_directory = /var/spool/postfix
mail_owner = postfix
setgid_group = postdrop
myhostname = host.example.com
inet_interfaces = loopback-only
# There is nothing below.
";

/// Postfix waits for a file that is younger than a moment, as somebody may still be writing it.
const OLD: Duration = Duration::from_secs(3600);

/// Makes the default instance, and nothing else.
pub(crate) fn make() -> io::Result<()> {
    fs::write("/etc/postfix/main.cf", MAIN_CF)?;
    age()?;
    // Manual pages may be missing in a small image, and fail it at the end.
    let _ = run(OsStr::new("postfix"), &["set-permissions"])?;
    age()
}

/// Makes every main.cf old, so that nobody waits for it.
pub(crate) fn age() -> io::Result<()> {
    age_below(Path::new("/etc"), 0)
}

fn age_below(directory: &Path, depth: usize) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        if kind.is_dir() && (depth > 0 || name.to_string_lossy().starts_with("postfix")) {
            age_below(&entry.path(), depth + 1)?;
        } else if kind.is_file() && (name == "main.cf" || name == "master.cf") {
            // What is old stays as it is: postfix-multi tells by the time that somebody has written meanwhile.
            let now = SystemTime::now();
            if entry.metadata()?.modified()? > now - OLD / 2 {
                File::options().append(true).open(entry.path())?.set_modified(now - OLD)?;
            }
        }
    }
    Ok(())
}

/// Runs a program to its end.
pub(crate) fn run(program: &OsStr, arguments: &[&str]) -> io::Result<Output> {
    Command::new(program).args(arguments).stdin(Stdio::null()).output()
}
