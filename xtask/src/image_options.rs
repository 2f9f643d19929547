//! The options that choose images with a Postfix: our own of a series, or any other.

use std::process::ExitCode;

use clap::Args;
use postfix_process::container_engine::OWN_IMAGES;

use crate::images;

/// Which images, if not all of our own.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ImageOptions {
    /// Only on these Postfix series: 3.5, 3.7, 3.10, 3.11
    #[arg(long, value_name = "SERIES")]
    series: Vec<String>,

    /// On this image, which contains a Postfix; may be given several times
    #[arg(long, value_name = "REF")]
    image: Vec<String>,
}

/// An image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    /// What people call it: the series, or the reference.
    pub(crate) name: String,
    /// Its reference.
    pub(crate) reference: String,
}

impl Chosen {
    /// The name as a part of a file's name.
    pub(crate) fn in_file_name(&self) -> String {
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        self.name.chars().map(|letter| if is_plain(letter) { letter } else { '-' }).collect()
    }
}

impl ImageOptions {
    /// The images. Those of our own are all, unless other ones are named.
    ///
    /// # Errors
    /// If there is no image of a series.
    pub(crate) fn chosen(&self) -> Result<Vec<Chosen>, String> {
        let own = |name: String| Chosen { reference: format!("{OWN_IMAGES}:{name}"), name };
        let other = |name: &String| Chosen { name: name.clone(), reference: name.clone() };
        Ok(self.series()?.into_iter().map(own).chain(self.image.iter().map(other)).collect())
    }

    /// Builds those of our own that are missing.
    ///
    /// # Errors
    /// If one cannot be built.
    pub(crate) fn build(&self) -> Result<(), String> {
        let series = self.series()?;
        if series.is_empty() || images::run(&series)? == ExitCode::SUCCESS {
            return Ok(());
        }
        Err("not every image could be built, see above; nothing was judged".to_owned())
    }

    fn series(&self) -> Result<Vec<String>, String> {
        let only_others = self.series.is_empty() && !self.image.is_empty();
        if only_others { Ok(Vec::new()) } else { images::names(&self.series) }
    }
}

#[cfg(test)]
mod tests {
    use super::ImageOptions;

    fn names(series: &[&str], image: &[&str]) -> Vec<String> {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let options = ImageOptions { series: owned(series), image: owned(image) };
        options.chosen().unwrap().into_iter().map(|chosen| chosen.reference).collect()
    }

    #[test]
    fn our_own_images_are_all_unless_others_are_named() {
        assert_eq!(names(&[], &[]).len(), 4);
        assert_eq!(names(&[], &["registry.example/postfix:3.8"]), ["registry.example/postfix:3.8"]);
        assert_eq!(names(&["3.7"], &["x"]), ["localhost/postfix-conformance:3.7", "x"]);
        let options = ImageOptions { series: vec!["3.8".to_owned()], image: Vec::new() };
        assert!(options.chosen().unwrap_err().contains("3.5, 3.7, 3.10, 3.11"));
    }

    #[test]
    fn a_reference_becomes_a_part_of_a_file_name() {
        let options = ImageOptions { series: Vec::new(), image: vec!["a.example/b:3.12".to_owned()] };
        assert_eq!(options.chosen().unwrap()[0].in_file_name(), "a.example-b-3.12");
    }
}
