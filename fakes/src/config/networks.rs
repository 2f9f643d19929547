//! Checks the words of `mynetworks_style` and `inet_protocols`, with Postfix's own messages. Knows nothing of the
//! host's networks, nor of where the values come from.

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

fn known(value: &[u8], names: &[&[u8]], what: &[u8]) -> Result<(), Fatal> {
    match split(value, COMMA_SPACE).into_iter().find(|word| !names.contains(word)) {
        None => Ok(()),
        Some(word) => {
            Err(Fatal::Postfix([b"unknown ", what, b" value \"", word, b"\" in \"", value, b"\""].concat()))
        }
    }
}
