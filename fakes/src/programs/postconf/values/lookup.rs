//! Looks up references, and ends postconf(1) if an expansion fails. Knows nothing of what is shown.

use super::parameter_set::ParameterSet;
use crate::config::main_cf::{Expansion, ExpansionLimit, MainCf, Mode, expand, expand_but};
use crate::programs::postconf::request::stop::Stop;
use crate::protocol::features::Feature;

impl ParameterSet {
    /// Expands a value completely, of main.cf or of a service, by its number. A name that is not set stands for its default.
    /// In newer versions, the value of one that is never expanded by itself is not expanded within another either.
    pub(crate) fn expanded(
        &self,
        value: &[u8],
        scope: Option<usize>,
        limit: &ExpansionLimit,
        warnings: &mut Vec<Vec<u8>>,
    ) -> Result<Vec<u8>, Stop> {
        let (table, version) = (&self.table, self.settings.version());
        let mut lookup = |name: &[u8]| {
            let set = match scope {
                Some(index) => self.namespaces.value(index, name, &self.settings),
                None => self.settings.get(name),
            };
            set.or_else(|| Some(&table.get(name)?.default)).map(<[u8]>::to_vec)
        };
        let is_raw = |name: &[u8]| {
            version.has(Feature::RawWithinOthers) && table.get(name).is_some_and(|parameter| parameter.raw)
        };
        let expansion = expand_but(&is_raw, value, Mode::Recursive, version, limit, &mut lookup, warnings);
        finished(expansion, b"macro processing error")
    }
}

/// Expands a value by nothing but the settings beside it. `dictionary` is what messages call these.
pub(crate) fn expanded_among(
    settings: &MainCf,
    dictionary: &[u8],
    value: &[u8],
    limit: &ExpansionLimit,
    warnings: &mut Vec<Vec<u8>>,
) -> Result<Vec<u8>, Stop> {
    let mut lookup = |name: &[u8]| settings.get(name).map(<[u8]>::to_vec);
    let expansion = expand(value, Mode::Recursive, settings.version(), limit, &mut lookup, warnings);
    finished(expansion, &[b"dictionary ", dictionary, b": macro processing error"].concat())
}

/// What an expansion gave, or why the program ends: `failure` is what it says after a syntax error.
fn finished(expansion: Expansion, failure: &[u8]) -> Result<Vec<u8>, Stop> {
    match expansion.fatal {
        _ if expansion.overflows => Err(Stop::Crash),
        Some(fatal) => Err(fatal.into()),
        None if expansion.failed => Err(Stop::Fatal(failure.to_vec())),
        None => Ok(expansion.text),
    }
}
