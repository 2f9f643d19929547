//! Reads a file of accepted differences: a TOML list of entries called `accepted`.

use serde::Deserialize;
use serde::de::DeserializeOwned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound = "T: DeserializeOwned")]
struct File<T> {
    #[serde(default = "Vec::new")]
    accepted: Vec<T>,
}

/// The entries in the text of such a file.
///
/// # Errors
/// When the text is not what it should be.
pub(crate) fn entries<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, toml::de::Error> {
    Ok(toml::from_str::<File<T>>(text)?.accepted)
}
