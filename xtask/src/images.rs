//! `cargo xtask images`: one small image for each Postfix series, of Debian's own packages. An image is built if none
//! is there, or if it was made by another recipe or from another version.
//!
//! Knows which series there are and when one is built. How is in `recipe`, what the archive has in `archive`.

mod archive;
mod recipe;

use std::process::ExitCode;
use std::time::Instant;

use archive::Archive;
use postfix_process::container_engine::{Engine, OWN_IMAGES, PACKAGED, PackagedSeries};

use crate::message;

/// The label with what an image was made from.
const MADE_FROM: &str = "postfix-conformance.made-from";

/// Builds what is asked for, or all.
pub(crate) fn run(wanted: &[String]) -> Result<ExitCode, String> {
    let all = chosen(wanted)?;
    let engine = Engine::find()
        .ok_or("there is no podman and no docker that answers; install one: apt-get install podman runc")?;
    let mut failed = false;
    for series in all {
        let begun = Instant::now();
        match build(engine, series) {
            Ok(done) => message::say(&format!(
                "{OWN_IMAGES}:{:<5} {done} ({:.0} s)",
                series.series,
                begun.elapsed().as_secs_f64()
            )),
            Err(trouble) => {
                failed = true;
                message::complain(&format!("{OWN_IMAGES}:{}: {trouble}", series.series));
            }
        }
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The names of the series that are asked for, or of all.
pub(crate) fn names(wanted: &[String]) -> Result<Vec<String>, String> {
    Ok(chosen(wanted)?.into_iter().map(|one| one.series.to_owned()).collect())
}

fn chosen(wanted: &[String]) -> Result<Vec<PackagedSeries>, String> {
    if wanted.is_empty() {
        return Ok(PACKAGED.to_vec());
    }
    let find = |name: &String| {
        PACKAGED.into_iter().find(|one| one.series == name).ok_or_else(|| {
            let known: Vec<&str> = PACKAGED.iter().map(|one| one.series).collect();
            format!("there is no image for Postfix {name}; take of {}", known.join(", "))
        })
    };
    wanted.iter().map(find).collect()
}

/// Tells in a few words what was done.
fn build(engine: Engine, series: PackagedSeries) -> Result<String, String> {
    let name = format!("{OWN_IMAGES}:{}", series.series);
    let cannot_ask = |error| format!("cannot ask {}: {error}", engine.name());
    let archive = Archive::of_this_machine()?;
    let old = engine.image_id(&name).map_err(cannot_ask)?;
    let made_from = engine.image_label(&name, MADE_FROM).map_err(cannot_ask)?;
    let version = match archive.version_of_postfix(series.suite) {
        Ok(version) => version,
        // Without the archive an image is as new as can be had.
        Err(trouble) if made_from.as_deref().is_some_and(|key| key.starts_with(&recipe::key())) => {
            return Ok(format!("kept, its archive cannot be asked: {trouble}"));
        }
        Err(trouble) => return Err(trouble),
    };
    let key = format!("{}-{version}", recipe::key());
    if made_from.as_deref() == Some(key.as_str()) {
        return Ok(format!("is there: postfix {version}"));
    }
    message::say(&format!("{name} postfix {version} of {}: building", series.suite));
    let tree = recipe::make(series.suite, archive.mirror())?;
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
    use super::{PACKAGED, chosen};

    #[test]
    fn a_series_is_chosen_by_its_name_and_nothing_means_all() {
        assert_eq!(chosen(&[]).unwrap(), PACKAGED);
        assert_eq!(chosen(&["3.10".to_owned()]).unwrap()[0].suite, "trixie");
        assert!(chosen(&["3.1".to_owned()]).unwrap_err().contains("3.5, 3.7, 3.10, 3.11"));
    }
}
