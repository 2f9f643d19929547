//! Checks the values from which the defaults of `mynetworks`, `mydomain` and `myhostname` are computed.
//! A wrong value ends every query, of any parameter. Knows nothing of the host's networks: addresses are not looked
//! up.

use std::os::unix::ffi::OsStrExt;

use super::lookup;
use crate::config::main_cf::{ExpansionLimit, MainCf, Mode, expand};
use crate::config::networks::{self, check_protocols};
use crate::config::parameters::Table;
use crate::programs::postconf::request::stop::Stop;
use crate::protocol::world::HostAddresses;

/// Checks the values, in postconf's order.
pub(crate) fn check_networks(
    (settings, addresses): (&MainCf, HostAddresses),
    table: &Table,
    limit: &ExpansionLimit,
    warnings: &mut Vec<Vec<u8>>,
) -> Result<(), Stop> {
    let interfaces = value(settings, table, limit, b"inet_interfaces", warnings)?;
    let style = value(settings, table, limit, b"mynetworks_style", warnings)?;
    let protocols = value(settings, table, limit, b"inet_protocols", warnings)?;
    check_protocols(&protocols)?;
    Ok(networks::check(&style, &interfaces, &protocols, addresses)?)
}

/// Checks `myhostname` and `mydomain`, each if the default of the other one is computed from it.
pub(crate) fn check_names(
    settings: &MainCf,
    table: &Table,
    limit: &ExpansionLimit,
    warnings: &mut Vec<Vec<u8>>,
) -> Result<(), Stop> {
    let is_set = |name: &[u8]| settings.get(name).is_some();
    let name = match (is_set(b"myhostname"), is_set(b"mydomain")) {
        (true, false) => &b"myhostname"[..],
        (false, true) if !nix::unistd::gethostname().is_ok_and(|host| host.as_bytes().contains(&b'.')) => {
            b"mydomain"
        }
        _ => return Ok(()),
    };
    value(settings, table, limit, name, warnings).map(drop)
}

fn value(
    settings: &MainCf,
    table: &Table,
    limit: &ExpansionLimit,
    name: &[u8],
    warnings: &mut Vec<Vec<u8>>,
) -> Result<Vec<u8>, Stop> {
    let Some(set) = settings.get(name) else {
        let default = table.get(name).map_or(&b""[..], |parameter| &parameter.default);
        let set = |name: &[u8]| settings.get(name);
        return lookup::expanded(default, (table, settings.version()), limit, &set, warnings);
    };
    let mut lookup = |name: &[u8]| settings.get(name).map(<[u8]>::to_vec);
    let expansion = expand(set, Mode::Recursive, settings.version(), limit, &mut lookup, warnings);
    lookup::finished(expansion, b"dictionary mail_dict: macro processing error")
}
