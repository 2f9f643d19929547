//! `cargo xtask package`: makes packages of the manager, the multi-instance tool and the suite.
//! They are in one folder with checksums, and all of it is checked; with `--try`, the packages are tried in
//! containers. `cargo xtask install` puts the same files below a folder, for people who make packages of another
//! kind.
//!
//! What is in a package is in `contents`. What happens in the containers is in the scripts in `packaging`.

mod archive;
mod contents;
mod deb;
mod folders;
mod manual;
mod needs;
mod oci;
#[cfg(test)]
mod recipes;
mod release;
mod rpm;
mod stage;
mod trial;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::cargo_build::{self, host};
use crate::{message, workspace};
use contents::{PACKAGES, Package};
use needs::{ALL, Format, Looks};
use release::Release;
use stage::Linking;

/// What to pack.
#[derive(clap::Args)]
pub(crate) struct PackageOptions {
    /// Only these [default: all]
    #[arg(value_enum, value_name = "FORMAT")]
    formats: Vec<Format>,
    /// Try the packages, and the commands in the documents, in containers of this image, which has a Postfix; may be
    /// given several times
    #[arg(long = "try", value_name = "IMAGE")]
    images: Vec<String>,
    /// Also an image of the suite beside the Postfix of this series, of which "cargo xtask images" has made an image, as
    /// an archive; may be given several times, or once with "all"
    #[arg(long, value_name = "SERIES")]
    oci: Vec<String>,
}

/// Where to put the files.
#[derive(clap::Args)]
pub(crate) struct InstallOptions {
    /// Only the files of these: postfix-wrapper, postfix-conformance [default: both]
    #[arg(value_name = "PACKAGE")]
    packages: Vec<String>,
    /// The folder that stands for the root of the file system
    #[arg(long, value_name = "FOLDER")]
    destdir: PathBuf,
    /// Where the files go below it
    #[arg(long, default_value = "/usr", value_name = "FOLDER")]
    prefix: PathBuf,
}

/// Builds the programs as Cargo is configured, and installs them with all that belongs to them.
pub(crate) fn install(options: &InstallOptions) -> Result<ExitCode, String> {
    let release = Release::of_the_tree()?;
    let below = options.prefix.strip_prefix("/").unwrap_or(&options.prefix);
    for package in chosen(&options.packages)? {
        let programs = stage::build(package, Linking::AsConfigured)?;
        stage::fill(package, &programs, &release, &options.destdir.join(below))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn chosen(names: &[String]) -> Result<Vec<&'static Package>, String> {
    let find = |name: &String| {
        PACKAGES.iter().find(|package| package.name == name).ok_or_else(|| {
            format!("there is no package {name}; they are postfix-wrapper and postfix-conformance")
        })
    };
    if names.is_empty() { Ok(PACKAGES.iter().collect()) } else { names.iter().map(find).collect() }
}

/// The manager, built to need no shared library.
pub(crate) fn program() -> Result<PathBuf, String> {
    let programs = stage::build(&PACKAGES[0], Linking::Portable)?;
    stage::check(&programs)?;
    cargo_build::program(programs, "postfix-wrapper")
}

/// Makes packages, and tries them in containers of the image, if one is named.
pub(crate) fn run(options: &PackageOptions) -> Result<ExitCode, String> {
    let formats = if options.formats.is_empty() { &ALL[..] } else { &options.formats };
    let looks = needs::check(formats)?;
    let images = oci::images(&options.oci, formats)?;
    let release = Release::of_the_tree()?;
    let folder = workspace::target_folder("package")?;
    let packing = Packing { staged: folder.join("staged"), folder, machine: machine(&host()?) };
    let output = packing.folder.join(&release.version);
    let packages = packing.make(formats, looks, &release, &output)?;
    for image in &images {
        let archive = image.make(&packages, &release, &output)?;
        archive::sums(&output)?;
        message::say(&archive.display().to_string());
    }
    if options.images.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let former = Release { version: "0.0.1".to_owned(), ..release };
    let before = packing.folder.join("former");
    packing.pack(formats, &former, &before)?;
    for image in &options.images {
        if trial::run(image, &before, &output)? != ExitCode::SUCCESS {
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The processor and the system of a target, without its vendor and its C library.
fn machine(target: &str) -> String {
    let mut parts = target.split('-');
    let processor = parts.next().unwrap_or_default();
    format!("{processor}-{}", parts.nth(1).unwrap_or_default())
}

/// Where packages are made.
struct Packing {
    folder: PathBuf,
    /// The files of each package below its name, and below `all`.
    staged: PathBuf,
    machine: String,
}

impl Packing {
    /// Builds the programs, looks at all that belongs to them, and makes the packages.
    fn make(
        &self,
        formats: &[Format],
        looks: Looks,
        release: &Release,
        to: &Path,
    ) -> Result<Vec<PathBuf>, String> {
        self.stage(release)?;
        if looks.mandoc {
            self.look_at_manual()?;
        }
        let packages = self.pack(formats, release, to)?;
        look_at_packages(&packages, looks)?;
        archive::sums(to)?;
        for package in &packages {
            message::say(&package.display().to_string());
        }
        Ok(packages)
    }

    fn stage(&self, release: &Release) -> Result<(), String> {
        stage::empty(&self.staged)?;
        for package in &PACKAGES {
            let programs = stage::build(package, Linking::Portable)?;
            stage::check(&programs)?;
            for tree in [package.name, "all"] {
                stage::fill(package, &programs, release, &self.staged.join(tree).join("usr"))?;
            }
        }
        stage::set_times(&self.staged, release)
    }

    /// Every page of the manual, as it is packed.
    fn look_at_manual(&self) -> Result<(), String> {
        let pages = "mandoc -Tlint -Wwarning all/usr/share/man/man[15]/*";
        match Command::new("sh").current_dir(&self.staged).args(["-c", pages]).output() {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => Err(format!("mandoc complains:\n{}", String::from_utf8_lossy(&output.stdout))),
            Err(error) => Err(format!("cannot run mandoc: {error}")),
        }
    }

    /// Makes the packages of a release in an empty folder.
    fn pack(&self, formats: &[Format], release: &Release, to: &Path) -> Result<Vec<PathBuf>, String> {
        stage::empty(to)?;
        let all = self.staged.join("all");
        let mut packages = Vec::new();
        for format in formats {
            match format {
                Format::Deb => {
                    for package in &PACKAGES {
                        let tree = self.folder.join("deb").join(package.name);
                        stage::empty(&tree)?;
                        let usr = self.staged.join(package.name).join("usr");
                        workspace::output_of(Command::new("cp").arg("-a").arg(usr).arg(&tree))?;
                        packages.push(deb::pack(package.name, &tree, release, to)?);
                    }
                }
                Format::Rpm => packages.extend(rpm::pack(&all, release, to)?),
                Format::Tar => {
                    packages.push(archive::tarball(&all.join("usr"), release, &self.machine, to)?);
                }
            }
        }
        Ok(packages)
    }
}

/// Lets each package be checked by the program for its format, if that is there.
fn look_at_packages(packages: &[PathBuf], looks: Looks) -> Result<(), String> {
    for package in packages {
        let mut checker = match package.extension().and_then(OsStr::to_str) {
            Some("deb") if looks.lintian => lintian(),
            Some("rpm") if looks.rpmlint => rpmlint(),
            _ => continue,
        };
        look_at_package(checker.arg(package), package)?;
    }
    Ok(())
}

fn lintian() -> Command {
    let mut lintian = Command::new("lintian");
    lintian.args(["--profile", "debian", "--fail-on", "error,warning"]);
    lintian
}

fn rpmlint() -> Command {
    let mut rpmlint = Command::new("rpmlint");
    rpmlint.args(["--strict", "--config"]).arg(workspace::root().join("packaging/rpmlint.toml"));
    rpmlint
}

/// Lets a program check a package. It is an error if the program finds anything.
fn look_at_package(checker: &mut Command, package: &Path) -> Result<(), String> {
    let name = checker.get_program().to_string_lossy().into_owned();
    let output = checker.output().map_err(|error| format!("cannot run {name}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(format!("{name} complains about {}:\n{said}{complained}", package.display()))
}

#[cfg(test)]
mod tests {
    use super::{chosen, machine};

    #[test]
    fn a_machine_is_named_by_processor_and_system() {
        assert_eq!(machine("x86_64-unknown-linux-gnu"), "x86_64-linux");
        assert_eq!(machine("aarch64-unknown-linux-musl"), "aarch64-linux");
    }

    #[test]
    fn no_name_means_all_packages() {
        assert_eq!(chosen(&[]).unwrap().len(), 2);
        assert_eq!(chosen(&["postfix-wrapper".to_owned()]).unwrap()[0].name, "postfix-wrapper");
        assert!(chosen(&["postfix".to_owned()]).is_err());
    }
}
