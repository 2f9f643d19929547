//! Looks up references, and ends postconf(1) if an expansion fails. Knows nothing of what is shown.

use crate::config::main_cf::{Expansion, ExpansionLimit, Mode, expand_but};
use crate::config::parameters::Table;
use crate::programs::postconf::request::stop::Stop;
use crate::protocol::features::Feature;
use crate::protocol::version::PostfixVersion;

/// Expands a value completely. `set` finds what a name is set to; a name that is not set stands for its default. In newer
/// versions, the value of one that is never expanded by itself is not expanded within another either.
pub(crate) fn expanded<'s>(
    value: &[u8],
    (table, version): (&'s Table, PostfixVersion),
    limit: &ExpansionLimit,
    set: &dyn Fn(&[u8]) -> Option<&'s [u8]>,
    warnings: &mut Vec<Vec<u8>>,
) -> Result<Vec<u8>, Stop> {
    let mut lookup = |name: &[u8]| {
        let default = || table.get(name).map(|parameter| &parameter.default[..]);
        set(name).or_else(default).map(<[u8]>::to_vec)
    };
    let is_raw = |name: &[u8]| {
        version.has(Feature::RawWithinOthers) && table.get(name).is_some_and(|parameter| parameter.raw)
    };
    let expansion = expand_but(&is_raw, value, Mode::Recursive, version, limit, &mut lookup, warnings);
    finished(expansion, b"macro processing error")
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
