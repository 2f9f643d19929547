//! What postconf works out before it shows anything: the default of `mynetworks`, for which it looks at
//! `inet_interfaces`, `mynetworks_style` and `inet_protocols`. A value that it cannot use ends every query, of
//! whatever parameter. Knows nothing of the host: a name or an address in `inet_interfaces` is not looked for.

use super::Stop;
use super::show;
use crate::main_cf::{COMMA_SPACE, MainCf, Mode, expand, split};
use crate::parameters::Table;

const STYLES: [&[u8]; 3] = [b"class", b"subnet", b"host"];
const PROTOCOLS: [&[u8]; 3] = [b"all", b"ipv4", b"ipv6"];

/// Looks at the values, in postconf's order.
pub(super) fn check(settings: &MainCf, table: &Table, warnings: &mut Vec<Vec<u8>>) -> Result<(), Stop> {
    value(settings, table, b"inet_interfaces", warnings)?;
    let style = value(settings, table, b"mynetworks_style", warnings)?;
    let protocols = value(settings, table, b"inet_protocols", warnings)?;
    known(&protocols, &PROTOCOLS, b"inet_protocols")?;
    known(&style, &STYLES, b"mynetworks mask style")?;
    let mut words = split(&style, COMMA_SPACE);
    words.sort_unstable();
    words.dedup();
    if words.len() == 1 {
        return Ok(());
    }
    Err(Stop::Fatal([b"bad mynetworks_style value: ", &style[..], b"; specify exactly one value"].concat()))
}

fn value(
    settings: &MainCf,
    table: &Table,
    name: &[u8],
    warnings: &mut Vec<Vec<u8>>,
) -> Result<Vec<u8>, Stop> {
    let Some(set) = settings.get(name) else {
        let default = table.get(name).map_or(&b""[..], |parameter| &parameter.default);
        let mut lookup = |name: &[u8]| {
            let set = settings.get(name).map(<[u8]>::to_vec);
            set.or_else(|| table.get(name).map(|found| found.default.to_vec()))
        };
        return show::expanded(default, &mut lookup, warnings);
    };
    let mut lookup = |name: &[u8]| settings.get(name).map(<[u8]>::to_vec);
    let expansion = expand(set, Mode::Recursive, &mut lookup, warnings);
    match expansion.fatal {
        _ if expansion.overflows => Err(Stop::Crash),
        Some(text) => Err(Stop::Fatal(text)),
        None if expansion.failed => {
            Err(Stop::Fatal(b"dictionary mail_dict: macro processing error".to_vec()))
        }
        None => Ok(expansion.text),
    }
}

fn known(value: &[u8], names: &[&[u8]], what: &[u8]) -> Result<(), Stop> {
    match split(value, COMMA_SPACE).into_iter().find(|word| !names.contains(word)) {
        None => Ok(()),
        Some(word) => {
            Err(Stop::Fatal([b"unknown ", what, b" value \"", word, b"\" in \"", value, b"\""].concat()))
        }
    }
}
