//! Looks up references, and ends postconf(1) if an expansion fails. Knows nothing of what is shown.

use crate::config::main_cf::{Expansion, ExpansionLimit, MainCf, Mode, expand};
use crate::config::parameters::Table;
use crate::programs::postconf::request::stop::Stop;
use crate::protocol::features::Feature;
use crate::protocol::version::PostfixVersion;

/// What a reference to a parameter finds: its setting, or else its default. In newer versions, the value of one that
/// is never expanded by itself is not expanded within another either.
pub(crate) fn found_in(table: &Table, name: &[u8], set: Option<&[u8]>, settings: &MainCf) -> Option<Vec<u8>> {
    let parameter = table.get(name);
    let value = set.or_else(|| parameter.map(|parameter| &parameter.default[..]))?;
    if !settings.version().has(Feature::RawWithinOthers) || !parameter.is_some_and(|parameter| parameter.raw)
    {
        return Some(value.to_vec());
    }
    let doubled = |byte: &u8| if *byte == b'$' { vec![b'$'; 2] } else { vec![*byte] };
    Some(value.iter().flat_map(doubled).collect())
}

/// Expands a value completely.
pub(crate) fn expanded(
    value: &[u8],
    version: PostfixVersion,
    limit: &ExpansionLimit,
    lookup: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>,
    warnings: &mut Vec<Vec<u8>>,
) -> Result<Vec<u8>, Stop> {
    finished(expand(value, Mode::Recursive, version, limit, lookup, warnings), b"macro processing error")
}

/// What an expansion gave, or why the program ends: `failure` is what it says after a syntax error.
pub(crate) fn finished(expansion: Expansion, failure: &[u8]) -> Result<Vec<u8>, Stop> {
    match expansion.fatal {
        _ if expansion.overflows => Err(Stop::Crash),
        Some(fatal) => Err(fatal.into()),
        None if expansion.failed => Err(Stop::Fatal(failure.to_vec())),
        None => Ok(expansion.text),
    }
}
