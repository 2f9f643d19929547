//! What postconf works out before it shows anything: the default of `mynetworks` where that is not set, for which it
//! looks at `inet_interfaces`, `mynetworks_style` and `inet_protocols`. A value that it cannot use ends every query,
//! of whatever parameter. Knows nothing of the host: a name or an address in `inet_interfaces` is not looked for.

use super::lookup;
use super::stop::Stop;
use crate::config::main_cf::{MainCf, Mode, Work, expand};
use crate::config::networks::{check_protocols, check_style};
use crate::config::parameters::Table;

/// Looks at the values, in postconf's order.
pub(super) fn check_networks(
    settings: &MainCf,
    table: &Table,
    work: &Work,
    warnings: &mut Vec<Vec<u8>>,
) -> Result<(), Stop> {
    value(settings, table, work, b"inet_interfaces", warnings)?;
    let style = value(settings, table, work, b"mynetworks_style", warnings)?;
    check_protocols(&value(settings, table, work, b"inet_protocols", warnings)?)?;
    Ok(check_style(&style)?)
}

fn value(
    settings: &MainCf,
    table: &Table,
    work: &Work,
    name: &[u8],
    warnings: &mut Vec<Vec<u8>>,
) -> Result<Vec<u8>, Stop> {
    let Some(set) = settings.get(name) else {
        let default = table.get(name).map_or(&b""[..], |parameter| &parameter.default);
        let mut lookup = |name: &[u8]| lookup::found_in(table, name, settings.get(name), settings);
        return lookup::expanded(default, settings.version(), work, &mut lookup, warnings);
    };
    let mut lookup = |name: &[u8]| settings.get(name).map(<[u8]>::to_vec);
    let expansion = expand(set, Mode::Recursive, settings.version(), work, &mut lookup, warnings);
    lookup::finished(expansion, b"dictionary mail_dict: macro processing error")
}
