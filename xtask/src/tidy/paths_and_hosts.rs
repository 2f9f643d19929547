//! Rules about places outside the tree: paths of one machine, hosts on the network.
//!
//! What names them works on one machine, or stops working one day. Knows nothing about what they are for.

use super::file::File;
use super::finding::Finding;

/// Beginnings of paths that exist on one machine only. Put together here so that this file does not carry them.
const MACHINE: [&str; 2] = [concat!("/wo", "rk/"), concat!("/ro", "ot/")];

/// Home folders: this, and a name.
const HOMES: &str = concat!("/ho", "me/");

/// Hosts that the tree may name. A new one is a decision that a review sees here.
const KNOWN_HOSTS: [&str; 20] = [
    "community.letsencrypt.org",
    "crates.io",
    "doc.rust-lang.org",
    "docs.rs",
    "example.com",
    "example.org",
    "github.com",
    "img.shields.io",
    "json-schema.org",
    "nexte.st",
    "opensource.org",
    "rustup.rs",
    "sh.rustup.rs",
    "spdx.org",
    "tools.ietf.org",
    "www.apache.org",
    "www.debian.org",
    "www.postfix.org",
    "www.rust-lang.org",
    "www.w3.org",
];

/// Nothing depends on where one developer works.
pub(super) fn names_no_machine_path(file: &File) -> Vec<Finding> {
    let cure = "a path of one machine: say it relative to the workspace, or make it up below /srv";
    Finding::in_lines(file, "machine-path", cure, |line| {
        MACHINE.iter().any(|path| path_starts(line, path).next().is_some())
            || path_starts(line, HOMES)
                .any(|rest| rest.starts_with(|letter: char| letter.is_ascii_alphabetic()))
    })
}

/// What follows each absolute path in `line` that begins so. A path that continues another one is not meant:
/// `$world/` may have a folder of any name.
fn path_starts<'a>(line: &'a str, beginning: &'a str) -> impl Iterator<Item = &'a str> {
    line.match_indices(beginning).filter_map(move |(start, _)| {
        let before = line[..start].chars().next_back();
        let continues =
            before.is_some_and(|letter| letter.is_alphanumeric() || "_-.})>*~$/".contains(letter));
        if continues { None } else { Some(&line[start + beginning.len()..]) }
    })
}

/// The tree names no host that only some can reach.
pub(super) fn names_only_known_hosts(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        for host in hosts(line) {
            if !KNOWN_HOSTS.contains(&host) {
                let cure = format!(
                    "`{host}` is not a known public host: remove it, or add it to KNOWN_HOSTS in tidy"
                );
                findings.push(Finding::new(&file.path, number, "host", cure));
            }
        }
    }
    findings
}

/// The hosts of the addresses in a line, without user, port and path.
fn hosts(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("://").filter_map(|(start, separator)| {
        let before = line[..start].chars().next_back()?;
        let authority = line[start + separator.len()..]
            .split(|letter: char| !(letter.is_ascii_alphanumeric() || ".-_@:".contains(letter)))
            .next()?;
        let host = authority.rsplit('@').next()?.split(':').next()?.trim_end_matches('.');
        (before.is_ascii_alphanumeric() && !host.is_empty()).then_some(host)
    })
}

/// Everybody gets the same crates from the same place.
pub(super) fn replaces_no_registry(file: &File) -> Vec<Finding> {
    if file.extension() != "toml" {
        return Vec::new();
    }
    let replacing = ["[source.", "[registries", "[registry]", "replace-with", "registry ="];
    let cure = "a registry set for everybody: put it into your own Cargo configuration";
    Finding::in_lines(file, "registry", cure, |line| {
        replacing.iter().any(|start| line.trim_start().starts_with(start))
    })
}

#[cfg(test)]
mod tests {
    use super::super::file::sample;
    use super::*;

    #[test]
    fn machine_paths_are_found() {
        for path in [format!("{}main", MACHINE[0]), format!("{}.cargo", MACHINE[1]), format!("{HOMES}jane/x")]
        {
            for bad in [format!("cd {path}\n"), format!("\"{path}\"\n"), format!("P={path}\n")] {
                assert_eq!(names_no_machine_path(&sample("a.sh", &bad)).len(), 1, "{bad}");
            }
        }
    }

    #[test]
    fn folders_of_these_names_elsewhere_are_fine() {
        for path in [MACHINE[0], MACHINE[1], HOMES] {
            let good = format!("$world{path}x {{}}{path}x ..{path}x a{path}\n");
            assert_eq!(names_no_machine_path(&sample("a.sh", &good)), [], "{good}");
        }
        assert_eq!(names_no_machine_path(&sample("a.md", &format!("{HOMES}<name>\n"))), []);
    }

    #[test]
    fn unknown_hosts_are_found() {
        let separator = "://";
        let bad =
            format!("fine\nindex = \"sparse+https{separator}user@crates.mirror.example.net:8443/index/\"\n");
        let findings = names_only_known_hosts(&sample("config.toml", &bad));
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].line, 2);
        assert!(findings[0].cure.contains("`crates.mirror.example.net`"), "{}", findings[0]);
        let good = "see https://github.com/rust-lang, and <https://docs.rs>. file:///etc\n";
        assert_eq!(names_only_known_hosts(&sample("a.md", good)), []);
    }

    #[test]
    fn a_replaced_registry_is_found() {
        let bad = "[source.crates-io]\nreplace-with = \"mirror\"\n";
        assert_eq!(replaces_no_registry(&sample(".cargo/config.toml", bad)).len(), 2);
        let good = "[alias]\nxtask = \"run\"\n";
        assert_eq!(replaces_no_registry(&sample(".cargo/config.toml", good)), []);
        assert_eq!(replaces_no_registry(&sample("a.md", bad)), []);
    }
}
