//! Asks apt for the packages in Debian's archive, with lists of our own.
//! The machine's lists are neither read nor changed: the machine may be of another suite.
//!
//! Knows nothing of images.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::workspace;

/// The archive that this machine's own packages come from.
#[derive(Debug)]
pub(super) struct Archive {
    mirror: String,
}

impl Archive {
    /// As the machine's apt is configured, by its own reading of that: sources have two forms, options, comments
    /// and several addresses.
    pub(super) fn of_this_machine() -> Result<Self, String> {
        let output = Command::new("apt-get")
            .args(["indextargets", "--format", "$(REPO_URI)|$(CODENAME)|$(ORIGIN)|$(LABEL)"])
            .arg("Created-By: Packages")
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("cannot run apt-get: {error}; images are made on Debian"))?;
        let mirror = mirror(&String::from_utf8_lossy(&output.stdout));
        mirror.map(|mirror| Self { mirror }).ok_or_else(|| {
            "apt has no source of Debian packages here (see /etc/apt/sources.list and what is below \
             /etc/apt/sources.list.d); add one, and run apt-get update"
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

/// The address of Debian's own archive among apt's sources: `ADDRESS|CODENAME|ORIGIN|LABEL` each. Before the lists were
/// fetched no origin is known, and the first source is taken that is not one of security updates.
fn mirror(sources: &str) -> Option<String> {
    let sources: Vec<Vec<&str>> = sources.lines().map(|line| line.split('|').collect()).collect();
    let is_debian = |source: &&Vec<&str>| source.get(2..4) == Some(&["Debian", "Debian"]);
    let is_unknown = |source: &&Vec<&str>| {
        source.get(2) == Some(&"") && !source.iter().take(2).any(|field| field.contains("security"))
    };
    let chosen = sources.iter().find(is_debian).or_else(|| sources.iter().find(is_unknown))?;
    Some(chosen.first()?.trim_end_matches('/').to_owned())
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
    fn the_mirror_is_debians_own_and_neither_another_vendors_nor_that_of_security_updates() {
        let scheme = "http://";
        let sources = format!(
            "{scheme}tools.example.org/apt/|stable|Tools|Tools\n\
             {scheme}a.example.org/debian-security/|bookworm-security|Debian|Debian-Security\n\
             {scheme}a.example.org/debian/|bookworm|Debian|Debian\n"
        );
        assert_eq!(mirror(&sources).unwrap(), format!("{scheme}a.example.org/debian"));
    }

    #[test]
    fn before_the_first_update_the_first_source_is_taken_that_is_not_of_security_updates() {
        let scheme = "http://";
        let sources = format!(
            "{scheme}a.example.org/debian-security/|bookworm-security||\n\
             {scheme}a.example.org/debian/|bookworm||\n"
        );
        assert_eq!(mirror(&sources).unwrap(), format!("{scheme}a.example.org/debian"));
        assert_eq!(mirror(""), None);
        assert_eq!(mirror("x|y|Tools|Tools\n"), None);
    }

    #[test]
    fn the_candidate_is_what_would_be_installed() {
        let policy = "postfix:\n  Installed: (none)\n  Candidate: 3.5.25-0+deb11u1\n  Version table:\n";
        assert_eq!(candidate(policy).unwrap(), "3.5.25-0+deb11u1");
        assert_eq!(candidate("postfix:\n  Candidate: (none)\n"), None);
        assert_eq!(candidate(""), None);
    }
}
