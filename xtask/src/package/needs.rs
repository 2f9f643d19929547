//! Finds out, before anything is built, whether the machine has what making packages needs.

use std::env;

use crate::{message, workspace};

/// A kind of what is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// Packages of Debian
    Deb,
    /// Packages of RPM
    Rpm,
    /// An archive of all programs for any Linux
    Tar,
}

/// Every format.
pub(super) const ALL: [Format; 3] = [Format::Deb, Format::Rpm, Format::Tar];

impl Format {
    /// Programs, each with the package of Debian that has it.
    fn programs(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Deb => &[("dpkg-deb", "dpkg"), ("gzip", "gzip")],
            Self::Rpm => &[("rpmbuild", "rpm"), ("gzip", "gzip")],
            Self::Tar => &[("tar", "tar"), ("gzip", "gzip")],
        }
    }
}

/// What is looked at if the machine can; in CI it must.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Looks {
    pub(super) mandoc: bool,
    pub(super) lintian: bool,
    pub(super) rpmlint: bool,
}

/// Finds out at once what the machine lacks.
pub(super) fn check(formats: &[Format]) -> Result<Looks, String> {
    let always = [("readelf", "binutils"), ("sha256sum", "coreutils")];
    let mut lacking: Vec<(&str, &str)> = formats
        .iter()
        .flat_map(|format| format.programs())
        .chain(&always)
        .filter(|(program, _)| !is_there(program))
        .copied()
        .collect();
    let mut look = |name: &'static str, is_wanted: bool| {
        let is_there = is_there(name);
        if is_wanted && !is_there {
            if workspace::in_ci() {
                lacking.push((name, name));
            } else {
                message::say(&format!("skipped: nothing is checked by {name}, which is not installed"));
            }
        }
        is_wanted && is_there
    };
    let looks = Looks {
        mandoc: look("mandoc", true),
        lintian: look("lintian", formats.contains(&Format::Deb)),
        rpmlint: look("rpmlint", formats.contains(&Format::Rpm)),
    };
    lacking.sort_unstable();
    lacking.dedup();
    match lacking.as_slice() {
        [] => Ok(looks),
        lacking => Err(complaint(lacking)),
    }
}

fn complaint(lacking: &[(&str, &str)]) -> String {
    let (programs, packages): (Vec<&str>, Vec<&str>) = lacking.iter().copied().unzip();
    format!(
        "nothing was built, these programs are missing: {}; on Debian: apt-get install {}",
        programs.join(", "),
        packages.join(" ")
    )
}

/// Whether a program of this name is in `PATH`.
fn is_there(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::{complaint, is_there};

    #[test]
    fn what_is_missing_is_named_with_its_package() {
        assert_eq!(
            complaint(&[("lintian", "lintian"), ("rpmbuild", "rpm")]),
            "nothing was built, these programs are missing: lintian, rpmbuild; on Debian: apt-get install lintian rpm"
        );
        assert!(is_there("sh") && !is_there("no-such-program"));
    }
}
