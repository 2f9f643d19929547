//! `cargo xtask images`: builds one small image for each Postfix series, of Debian's own packages.
//! It also builds one in which packages of RPM are tried. An image is built if none is there, or if it was made by
//! another recipe or from another version.
//!
//! Knows which images there are and when one is built. How is in `recipe`, what the archive has in `archive`.

mod archive;
mod recipe;

use std::process::ExitCode;
use std::time::Instant;

use archive::Archive;
use postfix_process::container_engine::{Engine, OWN_IMAGES, PACKAGED, PackagedSeries};

use crate::message;

/// The label with what an image was made from.
const MADE_FROM: &str = "postfix-conformance.made-from";

/// What an image is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Image {
    tag: &'static str,
    /// Debian's.
    suite: &'static str,
    packages: &'static str,
}

/// A Postfix, and an rpm that knows of no package yet.
const RPM: Image = Image { tag: "rpm", suite: "trixie", packages: "postfix,rpm" };

impl From<PackagedSeries> for Image {
    fn from(one: PackagedSeries) -> Self {
        Self { tag: one.series, suite: one.suite, packages: "postfix" }
    }
}

/// Builds what is asked for, or all.
pub(crate) fn run(wanted: &[String]) -> Result<ExitCode, String> {
    let all = chosen(wanted, PACKAGED.into_iter().map(Image::from).chain([RPM]))?;
    let engine = Engine::find()
        .ok_or("there is no podman and no docker that answers; install one: apt-get install podman runc")?;
    let mut failed = false;
    for image in all {
        let begun = Instant::now();
        match build(engine, image) {
            Ok(done) => message::say(&format!(
                "{OWN_IMAGES}:{:<5} {done} ({:.0} s)",
                image.tag,
                begun.elapsed().as_secs_f64()
            )),
            Err(trouble) => {
                failed = true;
                message::complain(&format!("{OWN_IMAGES}:{}: {trouble}", image.tag));
            }
        }
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The names of the series that are asked for, or of all.
pub(crate) fn names(wanted: &[String]) -> Result<Vec<String>, String> {
    let all = PACKAGED.into_iter().map(Image::from);
    Ok(chosen(wanted, all)?.into_iter().map(|one| one.tag.to_owned()).collect())
}

/// Those of all that are wanted; all, if none is named.
fn chosen(wanted: &[String], all: impl Iterator<Item = Image>) -> Result<Vec<Image>, String> {
    let all: Vec<Image> = all.collect();
    if wanted.is_empty() {
        return Ok(all);
    }
    let find = |name: &String| {
        all.iter().find(|one| one.tag == name).copied().ok_or_else(|| {
            let known: Vec<&str> = all.iter().map(|one| one.tag).collect();
            format!("there is no image {name}; take of {}", known.join(", "))
        })
    };
    wanted.iter().map(find).collect()
}

/// Tells in a few words what was done.
fn build(engine: Engine, image: Image) -> Result<String, String> {
    let Image { tag, suite, packages } = image;
    let name = format!("{OWN_IMAGES}:{tag}");
    let cannot_ask = |error| format!("cannot ask {}: {error}", engine.name());
    let archive = Archive::of_this_machine()?;
    let old = engine.image_id(&name).map_err(cannot_ask)?;
    let made_from = engine.image_label(&name, MADE_FROM).map_err(cannot_ask)?;
    let version = match archive.version_of_postfix(suite) {
        Ok(version) => version,
        // Without the archive an image is as new as can be had.
        Err(trouble) if made_from.as_deref().is_some_and(|key| key.starts_with(&recipe::key(packages))) => {
            return Ok(format!("kept, its archive cannot be asked: {trouble}"));
        }
        Err(trouble) => return Err(trouble),
    };
    let key = format!("{}-{version}", recipe::key(packages));
    if made_from.as_deref() == Some(key.as_str()) {
        return Ok(format!("is there: postfix {version}"));
    }
    message::say(&format!("{name} postfix {version} of {suite}: building"));
    let tree = recipe::make(suite, packages, archive.mirror())?;
    let mebibytes = tree.len() >> 20;
    let labels = [(MADE_FROM, key.as_str()), ("postfix-conformance.postfix", version.as_str())];
    recipe::feed(engine.import(&name, &labels), &tree)?;
    if let Some(old) = old {
        engine.remove_image(&old);
    }
    Ok(format!("built: postfix {version}, {mebibytes} MiB"))
}

#[cfg(test)]
mod tests {
    use super::{Image, RPM, chosen, names};

    #[test]
    fn an_image_is_chosen_by_its_name_and_nothing_means_all() {
        let other = Image { tag: "3.5", ..RPM };
        let chosen = |wanted: &[&str]| {
            let wanted: Vec<String> = wanted.iter().map(|&word| word.to_owned()).collect();
            chosen(&wanted, [other, RPM].into_iter())
        };
        assert_eq!(chosen(&[]).unwrap(), [other, RPM]);
        assert_eq!(chosen(&["rpm"]).unwrap(), [RPM]);
        assert!(chosen(&["3.1"]).unwrap_err().contains("3.5, rpm"));
    }

    #[test]
    fn what_is_judged_are_series() {
        assert_eq!(names(&[]).unwrap(), ["3.5", "3.7", "3.10", "3.11"]);
        assert!(names(&["rpm".to_owned()]).is_err());
    }
}
