//! Makes images of the suite beside the Postfix of a series, and tries them.
//! The images are archives that every container engine reads.
//!
//! How the image is made is in `packaging/Containerfile`.

use std::path::{Path, PathBuf};
use std::process::Command;

use postfix_process::container_engine::{Container, Engine, OWN_IMAGES};

use super::needs::Format;
use super::release::Release;
use super::stage::empty;
use crate::{images, workspace};

/// What the images are called, without their tag: a Postfix series.
const NAME: &str = "localhost/postfix-conformance-suite";

/// An image of the suite that can be made.
pub(super) struct Image {
    engine: Engine,
    series: String,
    /// The image with the Postfix.
    postfix: String,
}

/// The images for these series, or for all. What is missing for one is said at once.
pub(super) fn images(series: &[String], formats: &[Format]) -> Result<Vec<Image>, String> {
    if series.is_empty() {
        return Ok(Vec::new());
    }
    if !formats.contains(&Format::Deb) {
        return Err("the suite is installed in an image by its package: make deb, too".to_owned());
    }
    let engine = Engine::find().ok_or("there is no podman and no docker that answers")?;
    let all = series == ["all"];
    let series = images::names(if all { &[] } else { series })?;
    series.into_iter().map(|series| Image::new(engine, series)).collect()
}

impl Image {
    fn new(engine: Engine, series: String) -> Result<Self, String> {
        let postfix = format!("{OWN_IMAGES}:{series}");
        match engine.image_id(&postfix) {
            Ok(Some(_)) => Ok(Self { engine, series, postfix }),
            Ok(None) => Err(format!("there is no image {postfix}: cargo xtask images {series}")),
            Err(error) => Err(format!("cannot run {}: {error}", engine.name())),
        }
    }

    /// Makes it of the suite's package, and an archive of it, and judges in a container of what is in the archive.
    pub(super) fn make(&self, packages: &[PathBuf], release: &Release, to: &Path) -> Result<PathBuf, String> {
        let is_suite = |path: &&PathBuf| is_named(path, "postfix-conformance_", ".deb");
        let package = packages.iter().find(is_suite).ok_or("no package of the suite was made")?;
        let folder = workspace::target_folder("package")?.join("oci");
        empty(&folder)?;
        workspace::output_of(Command::new("cp").arg(package).arg(&folder))?;
        let recipe = workspace::root().join("packaging/Containerfile");
        let name = format!("{NAME}:{}", self.series);
        let old = self.engine.image_id(&name).ok().flatten();
        let mut build = self.engine.build(&name, &recipe, &[("POSTFIX", &self.postfix)], &folder);
        workspace::output_of(&mut build)?;
        if let Some(old) = old {
            self.engine.remove_image(&old);
        }
        let archive =
            to.join(format!("postfix-conformance-{}-postfix-{}.oci.tar", release.version, self.series));
        workspace::output_of(&mut self.engine.save(&name, &archive))?;
        workspace::output_of(&mut self.engine.load(&archive))?;
        self.judge(&name, &["run", "--quiet"])?;
        self.judge(&name, &["run", "--quiet", "--testbed", "sandbox", "--require", "all", "MGR-3", "ENB"])?;
        Ok(archive)
    }

    /// Runs the suite in a container without a network.
    fn judge(&self, image: &str, words: &[&str]) -> Result<(), String> {
        let container = Container {
            image,
            name: &format!("postfix-conformance-oci-{}", std::process::id()),
            run: "package",
            shared: &workspace::target_folder("package-trial")?,
            program: PathBuf::from("postfix-conformance"),
            arguments: words.iter().map(Into::into).collect(),
            capabilities: &[],
        };
        workspace::output_of(&mut self.engine.run(&container))
            .map(drop)
            .map_err(|trouble| format!("the suite in {image}: {trouble}"))
    }
}

/// Whether a file's name begins and ends so.
fn is_named(path: &Path, begin: &str, end: &str) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(begin) && name.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::{images, is_named};
    use crate::package::needs::Format;
    use std::path::Path;

    #[test]
    fn an_image_is_made_of_the_suites_package() {
        assert!(is_named(Path::new("/p/postfix-conformance_1-1_amd64.deb"), "postfix-conformance_", ".deb"));
        assert!(!is_named(
            Path::new("/p/postfix-conformance-1-1.x86_64.rpm"),
            "postfix-conformance_",
            ".deb"
        ));
        assert!(images(&[], &[Format::Rpm]).unwrap().is_empty());
        let trouble = images(&["3.10".to_owned()], &[Format::Rpm]).err().unwrap();
        assert!(trouble.contains("make deb"), "{trouble}");
    }
}
