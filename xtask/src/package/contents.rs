//! Lists the files of each package: where each comes from, and where it goes.
//!
//! Knows nothing of the formats of packages.

/// A package, under the same name in every format.
pub(super) struct Package {
    pub(super) name: &'static str,
    /// Crates to build, each with the words that Cargo needs besides.
    pub(super) crates: &'static [(&'static str, &'static [&'static str])],
    pub(super) files: &'static [File],
}

/// A file of a package.
pub(super) struct File {
    /// Below the prefix, which is `/usr` in packages.
    pub(super) to: &'static str,
    pub(super) from: Source,
}

/// Where a file comes from.
pub(super) enum Source {
    /// A program that is built.
    Program(&'static str),
    /// A file of the tree.
    Tree(&'static str),
    /// What a program that was built prints, called with these words.
    Printed(&'static str, &'static [&'static str]),
    /// A page of section 5 of the manual, made of a document.
    Page(Document),
}

/// A document that becomes a page of the manual.
pub(super) struct Document {
    /// The file, as Markdown.
    pub(super) path: &'static str,
    /// Only the part below this heading; without it all.
    pub(super) heading: Option<&'static str>,
    /// What the page is about, in a few words.
    pub(super) about: &'static str,
}

const fn file(to: &'static str, from: Source) -> File {
    File { to, from }
}

/// The packages.
pub(super) const PACKAGES: [Package; 2] = [
    Package {
        name: "postfix-wrapper",
        crates: &[("postfix-wrapper", &[])],
        files: &[
            file("libexec/postfix-wrapper", Source::Program("postfix-wrapper")),
            file("sbin/postfix-multi", Source::Program("postfix-multi")),
            file("share/man/man1/postfix-wrapper.1", Source::Tree("wrapper/man/postfix-wrapper.1")),
            file("share/man/man1/postfix-multi.1", Source::Tree("wrapper/man/postfix-multi.1")),
            file(
                "share/bash-completion/completions/postfix-wrapper",
                Source::Tree("wrapper/completions/postfix-wrapper.bash"),
            ),
            file(
                "share/bash-completion/completions/postfix-multi",
                Source::Tree("wrapper/completions/postfix-multi.bash"),
            ),
            file(
                "share/zsh/site-functions/_postfix-wrapper",
                Source::Tree("wrapper/completions/_postfix-wrapper"),
            ),
            file(
                "share/zsh/site-functions/_postfix-multi",
                Source::Tree("wrapper/completions/_postfix-multi"),
            ),
            file(
                "share/fish/vendor_completions.d/postfix-wrapper.fish",
                Source::Tree("wrapper/completions/postfix-wrapper.fish"),
            ),
            file(
                "share/fish/vendor_completions.d/postfix-multi.fish",
                Source::Tree("wrapper/completions/postfix-multi.fish"),
            ),
            file("share/doc/postfix-wrapper/operators.md", Source::Tree("docs/operators.md")),
            file(
                "share/doc/postfix-wrapper/configuration-management.md",
                Source::Tree("docs/configuration-management.md"),
            ),
            file("share/doc/postfix-wrapper/containers.md", Source::Tree("docs/containers.md")),
            file("share/doc/postfix-wrapper/five-instances.md", Source::Tree("docs/five-instances.md")),
            file("share/doc/postfix-wrapper/life-cycle.md", Source::Tree("docs/life-cycle.md")),
            file("share/doc/postfix-wrapper/monitoring.md", Source::Tree("docs/monitoring.md")),
            file("share/doc/postfix-wrapper/status.schema.json", Source::Tree("docs/status.schema.json")),
            file("share/doc/postfix-wrapper/systemd.md", Source::Tree("docs/systemd.md")),
            file(
                "share/doc/postfix-wrapper/systemd/postfix-multi.service",
                Source::Tree("packaging/systemd/postfix-multi.service"),
            ),
            file(
                "share/doc/postfix-wrapper/systemd/debian.conf",
                Source::Tree("packaging/systemd/debian.conf"),
            ),
            file(
                "share/doc/postfix-wrapper/systemd/fedora.conf",
                Source::Tree("packaging/systemd/fedora.conf"),
            ),
            file("share/licenses/postfix-wrapper/LICENSE-MIT", Source::Tree("LICENSE-MIT")),
            file("share/licenses/postfix-wrapper/LICENSE-APACHE", Source::Tree("LICENSE-APACHE")),
        ],
    },
    Package {
        name: "postfix-conformance",
        // Without what draws at random: fewer crates of others, and nothing of it is needed to judge.
        crates: &[("postfix-scenarios", &["--no-default-features"])],
        files: &[
            file("bin/postfix-conformance", Source::Program(SUITE)),
            file("share/man/man1/postfix-conformance.1", Source::Printed(SUITE, &["manual"])),
            file(
                "share/man/man5/postfix-conformance-case.5",
                Source::Page(Document {
                    path: "scenarios/cases/README.md",
                    heading: None,
                    about: "case files of the conformance suite for Postfix multi-instance managers",
                }),
            ),
            file(
                "share/man/man5/postfix-conformance-expected-failures.5",
                Source::Page(Document {
                    path: "docs/packagers.md",
                    heading: Some("Expected failures"),
                    about: "files of expected failures of the conformance suite",
                }),
            ),
            file(
                "share/bash-completion/completions/postfix-conformance",
                Source::Printed(SUITE, &["completions", "bash"]),
            ),
            file(
                "share/zsh/site-functions/_postfix-conformance",
                Source::Printed(SUITE, &["completions", "zsh"]),
            ),
            file(
                "share/fish/vendor_completions.d/postfix-conformance.fish",
                Source::Printed(SUITE, &["completions", "fish"]),
            ),
            file("share/doc/postfix-conformance/packagers.md", Source::Tree("docs/packagers.md")),
            file("share/doc/postfix-conformance/matrix.md", Source::Tree("docs/matrix.md")),
            file("share/doc/postfix-conformance/findings.md", Source::Tree("docs/findings.md")),
            file(
                "share/doc/postfix-conformance/expected-failures.toml",
                Source::Tree("scenarios/faulty/expected-failures.toml"),
            ),
            file("share/licenses/postfix-conformance/LICENSE-MIT", Source::Tree("LICENSE-MIT")),
            file("share/licenses/postfix-conformance/LICENSE-APACHE", Source::Tree("LICENSE-APACHE")),
        ],
    },
];

/// The suite's program.
const SUITE: &str = "postfix-conformance";

#[cfg(test)]
mod tests {
    use super::{PACKAGES, Source};
    use crate::workspace;

    #[test]
    fn every_file_of_the_tree_that_is_packed_exists() {
        for file in PACKAGES.iter().flat_map(|package| package.files) {
            let (Source::Tree(path) | Source::Page(super::Document { path, .. })) = file.from else {
                continue;
            };
            assert!(workspace::root().join(path).is_file(), "{path}");
        }
    }

    #[test]
    fn no_two_files_have_the_same_place() {
        let mut places: Vec<&str> =
            PACKAGES.iter().flat_map(|package| package.files).map(|file| file.to).collect();
        let all = places.len();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), all);
    }
}
