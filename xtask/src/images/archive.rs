//! What Debian's archive has, asked through apt with lists of our own: the machine's are neither read, as it may
//! be of another suite, nor changed.
//!
//! Knows nothing of images.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::workspace;

/// The archive that this machine's own packages come from.
#[derive(Debug)]
pub(super) struct Archive {
    mirror: String,
}

impl Archive {
    /// As the machine's apt is configured.
    pub(super) fn of_this_machine() -> Result<Self, String> {
        let mut texts = Vec::new();
        let parts = fs::read_dir("/etc/apt/sources.list.d").into_iter().flatten().flatten();
        let mut files: Vec<PathBuf> = parts.map(|entry| entry.path()).collect();
        files.sort();
        files.insert(0, PathBuf::from("/etc/apt/sources.list"));
        for file in files {
            texts.extend(fs::read_to_string(file));
        }
        let mirror = texts.iter().find_map(|text| mirror(text));
        mirror.map(|mirror| Self { mirror }).ok_or_else(|| {
            "apt has no source of Debian packages here (/etc/apt/sources.list and what is below sources.list.d); \
             add one"
                .to_owned()
        })
    }

    /// Its address.
    pub(super) fn mirror(&self) -> &str {
        &self.mirror
    }

    /// The version of Postfix that a suite has now.
    pub(super) fn version_of_postfix(&self, suite: &str) -> Result<String, String> {
        let lists = workspace::target()?.join("images").join(suite);
        let source = lists.join("sources.list");
        fs::create_dir_all(lists.join("state/lists/partial"))
            .and_then(|()| fs::create_dir_all(lists.join("cache/archives/partial")))
            .and_then(|()| fs::write(&source, format!("deb {} {suite} main\n", self.mirror)))
            .map_err(|error| format!("{}: {error}", lists.display()))?;
        apt("apt-get", &lists, &["update"])?;
        let policy = apt("apt-cache", &lists, &["policy", "postfix"])?;
        candidate(&policy).ok_or_else(|| format!("the archive's {suite} has no package postfix"))
    }
}

/// Runs a program of apt's on lists of our own.
fn apt(program: &str, lists: &Path, words: &[&str]) -> Result<String, String> {
    let option = |name: &str, value: &str| ["-o".to_owned(), format!("{name}={value}")];
    let path = |name: &str, below: &str| option(name, &lists.join(below).display().to_string());
    let output = Command::new(program)
        .arg("-qq")
        .args(path("Dir::State", "state"))
        .args(path("Dir::Cache", "cache"))
        .args(path("Dir::Etc::SourceList", "sources.list"))
        .args(option("Dir::Etc::SourceParts", "/dev/null"))
        .args(option("Dir::State::status", "/dev/null"))
        .args(option("APT::Sandbox::User", ""))
        .args(option("Acquire::Languages", "none"))
        .args(option("Acquire::Check-Valid-Until", "false"))
        .args(words)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot run {program}: {error}; images are made on Debian"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{program} {}: {}", words.join(" "), said.lines().next().unwrap_or("failed")))
}

/// The first address of packages in a file of apt's sources, of either form, that is not of security updates.
fn mirror(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let line = line.trim();
        let rest = line.strip_prefix("URIs:").or_else(|| line.strip_prefix("deb "))?;
        let address = rest.split_whitespace().find(|word| word.contains("://"))?;
        (!address.contains("security")).then(|| address.to_owned())
    })
}

/// The version that `apt-cache policy` names.
fn candidate(policy: &str) -> Option<String> {
    let version = policy.lines().find_map(|line| line.trim().strip_prefix("Candidate:"))?.trim();
    (version != "(none)").then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{candidate, mirror};

    #[test]
    fn the_mirror_is_found_in_both_forms_and_security_is_passed_over() {
        let scheme = "http://";
        let new = format!(
            "Types: deb\n# URIs: x\nURIs: {scheme}a.example.org/debian-security\nURIs: {scheme}a.example.org/debian\n"
        );
        assert_eq!(mirror(&new).unwrap(), format!("{scheme}a.example.org/debian"));
        let old = format!(
            "# deb {scheme}b.example.org/x y\ndeb [arch=amd64] {scheme}a.example.org/debian sid main\n"
        );
        assert_eq!(mirror(&old).unwrap(), format!("{scheme}a.example.org/debian"));
        assert_eq!(mirror("deb-src x\n"), None);
    }

    #[test]
    fn the_candidate_is_what_would_be_installed() {
        let policy = "postfix:\n  Installed: (none)\n  Candidate: 3.5.25-0+deb11u1\n  Version table:\n";
        assert_eq!(candidate(policy).unwrap(), "3.5.25-0+deb11u1");
        assert_eq!(candidate("postfix:\n  Candidate: (none)\n"), None);
        assert_eq!(candidate(""), None);
    }
}
