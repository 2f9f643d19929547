//! Checks the words of `mynetworks_style` and `inet_protocols`, with Postfix's own messages, and computes `mynetworks`.
//! Knows nothing of the host's networks, nor of where the values come from.

use crate::config::main_cf::{COMMA_SPACE, split};
use crate::runtime::fatal::Fatal;

const STYLES: [&[u8]; 3] = [b"class", b"subnet", b"host"];
const PROTOCOLS: [&[u8]; 3] = [b"all", b"ipv4", b"ipv6"];

/// Checks a value of `inet_protocols`.
pub(crate) fn check_protocols(value: &[u8]) -> Result<(), Fatal> {
    known(value, &PROTOCOLS, b"inet_protocols")
}

/// Checks a value of `mynetworks_style`.
pub(crate) fn check_style(value: &[u8]) -> Result<(), Fatal> {
    known(value, &STYLES, b"mynetworks mask style")?;
    let mut words = split(value, COMMA_SPACE);
    words.sort_unstable();
    words.dedup();
    if words.len() == 1 {
        return Ok(());
    }
    Err(Fatal::Postfix([b"bad mynetworks_style value: ", value, b"; specify exactly one value"].concat()))
}

/// The default of `mynetworks` on a host that has only itself: each network with a blank behind it. Words that nobody
/// knows count as the usual ones.
pub(crate) fn of_host_alone(style: &[u8], protocols: &[u8]) -> Vec<u8> {
    let words = split(protocols, COMMA_SPACE);
    let has = |protocol: &[u8]| {
        !words.iter().any(|word| PROTOCOLS[1..].contains(word))
            || words.contains(&protocol)
            || words.contains(&PROTOCOLS[0])
    };
    let own: &[u8] = if style == STYLES[2] { b"127.0.0.1/32 " } else { b"127.0.0.0/8 " };
    [if has(PROTOCOLS[1]) { own } else { b"" }, if has(PROTOCOLS[2]) { b"[::1]/128 " } else { b"" }].concat()
}

fn known(value: &[u8], names: &[&[u8]], what: &[u8]) -> Result<(), Fatal> {
    match split(value, COMMA_SPACE).into_iter().find(|word| !names.contains(word)) {
        None => Ok(()),
        Some(word) => {
            Err(Fatal::Postfix([b"unknown ", what, b" value \"", word, b"\" in \"", value, b"\""].concat()))
        }
    }
}
