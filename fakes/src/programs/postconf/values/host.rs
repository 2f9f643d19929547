//! Checks the values from which the defaults of `mynetworks`, `mydomain` and `myhostname` are computed.
//! A wrong value ends every query, of any parameter. Knows nothing of the host's networks: addresses are not looked
//! up.

use std::os::unix::ffi::OsStrExt;

use super::lookup::expanded_among;
use super::parameter_set::ParameterSet;
use crate::config::networks::{self, check_protocols};
use crate::programs::postconf::request::stop::Stop;
use crate::protocol::world::Settings;

/// Checks the values, in postconf's order.
pub(crate) fn check_networks(
    known: &ParameterSet,
    settings: &Settings,
    warnings: &mut Vec<Vec<u8>>,
) -> Result<(), Stop> {
    let interfaces = value(known, b"inet_interfaces", warnings)?;
    let style = value(known, b"mynetworks_style", warnings)?;
    let protocols = value(known, b"inet_protocols", warnings)?;
    check_protocols(&protocols)?;
    Ok(networks::check(&style, &interfaces, &protocols, settings)?)
}

/// Checks `myhostname` and `mydomain`, each if the default of the other one is computed from it.
pub(crate) fn check_names(known: &ParameterSet, warnings: &mut Vec<Vec<u8>>) -> Result<(), Stop> {
    let is_set = |name: &[u8]| known.settings.get(name).is_some();
    let name = match (is_set(b"myhostname"), is_set(b"mydomain")) {
        (true, false) => &b"myhostname"[..],
        (false, true) if !nix::unistd::gethostname().is_ok_and(|host| host.as_bytes().contains(&b'.')) => {
            b"mydomain"
        }
        _ => return Ok(()),
    };
    value(known, name, warnings).map(drop)
}

fn value(known: &ParameterSet, name: &[u8], warnings: &mut Vec<Vec<u8>>) -> Result<Vec<u8>, Stop> {
    let Some(set) = known.settings.get(name) else {
        let default = known.table.get(name).map_or(&b""[..], |parameter| &parameter.default);
        return known.expanded(default, None, &known.limit, warnings);
    };
    expanded_among(&known.settings, b"mail_dict", set, &known.limit, warnings)
}
