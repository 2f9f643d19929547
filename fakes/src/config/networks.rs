//! Checks `mynetworks_style`, `inet_interfaces` and `inet_protocols`, and computes `mynetworks`.
//! It checks the words of these parameters, with Postfix's own messages. Knows nothing of the host's networks and
//! names, nor of where the values come from.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::config::main_cf::{COMMA_SPACE, split};
use crate::protocol::features::Feature;
use crate::protocol::version::PostfixVersion;
use crate::protocol::world::{HostAddresses, Settings};
use crate::runtime::fatal::Fatal;

const STYLES: [&[u8]; 3] = [b"class", b"subnet", b"host"];
const PROTOCOLS: [&[u8]; 3] = [b"all", b"ipv4", b"ipv6"];

/// Checks a value of `inet_protocols`.
pub(crate) fn check_protocols(value: &[u8]) -> Result<(), Fatal> {
    known(value, &PROTOCOLS, b"inet_protocols")
}

/// Checks what the default of `mynetworks` is computed from, in the order in which that is done.
pub(crate) fn check(
    style: &[u8],
    interfaces: &[u8],
    protocols: &[u8],
    settings: &Settings,
) -> Result<(), Fatal> {
    known(style, &STYLES, b"mynetworks mask style")?;
    let words = split(interfaces, COMMA_SPACE);
    let is_used = |word: &[u8]| address(word).is_none_or(|own| are_used(protocols, protocol(own)));
    if let Some(word) = words.iter().find(|word| !is_used(word)) {
        return Err(Fatal::of(&[b"config variable inet_interfaces: host not found: ", word]));
    }
    let own = [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()];
    let foreign = words.into_iter().filter_map(address).filter(|address| !own.contains(address));
    let foreign: Vec<IpAddr> = foreign.collect();
    let first = first_in_order(&foreign, settings.version());
    if let Some(first) = first.filter(|_| settings.addresses == HostAddresses::Loopback) {
        let text = format!("parameter inet_interfaces: no local interface found for {first}");
        return Err(Fatal::of(&[text.as_bytes()]));
    }
    match split(style, COMMA_SPACE).as_slice() {
        [first, others @ ..] if others.iter().all(|word| word == first) => Ok(()),
        _ => Err(Fatal::of(&[b"bad mynetworks_style value: ", style, b"; specify exactly one value"])),
    }
}

/// The default of `mynetworks` on a host that has only itself: each network with a blank behind it. Words that nobody
/// knows count as the usual ones.
pub(crate) fn of_host_alone(style: &[u8], interfaces: &[u8], protocols: &[u8]) -> Vec<u8> {
    let named = split(interfaces, COMMA_SPACE).into_iter().filter_map(address).map(protocol);
    let named: Vec<&[u8]> = named.collect();
    let has =
        |protocol: &[u8]| are_used(protocols, protocol) && (named.is_empty() || named.contains(&protocol));
    let own: &[u8] = if style == STYLES[2] { b"127.0.0.1/32 " } else { b"127.0.0.0/8 " };
    [if has(PROTOCOLS[1]) { own } else { b"" }, if has(PROTOCOLS[2]) { b"[::1]/128 " } else { b"" }].concat()
}

/// Whether a value of `inet_protocols` has a protocol.
fn are_used(protocols: &[u8], protocol: &[u8]) -> bool {
    let words = split(protocols, COMMA_SPACE);
    !words.iter().any(|word| PROTOCOLS[1..].contains(word))
        || words.contains(&protocol)
        || words.contains(&PROTOCOLS[0])
}

/// An address, which may stand in brackets; none for any other word.
fn address(word: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(word).ok()?;
    text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(text).parse().ok()
}

fn protocol(address: IpAddr) -> &'static [u8] {
    if address.is_ipv4() { PROTOCOLS[1] } else { PROTOCOLS[2] }
}

/// The first of these addresses in Postfix's order. Without `AddressesByOctets` the order may go round in a circle:
/// what comes first then depends on how the C library sorts, which is by halves.
fn first_in_order(addresses: &[IpAddr], version: PostfixVersion) -> Option<IpAddr> {
    let (left, right) = addresses.split_at(addresses.len() / 2);
    if left.is_empty() {
        return right.first().copied();
    }
    let (one, other) = (first_in_order(left, version)?, first_in_order(right, version)?);
    let is_behind = match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) if !version.has(Feature::AddressesByOctets) => {
            let [one, other] = [one, other].map(|address| i32::from_ne_bytes(address.octets()));
            one.wrapping_sub(other) > 0
        }
        _ => one > other,
    };
    Some(if is_behind { other } else { one })
}

fn known(value: &[u8], names: &[&[u8]], what: &[u8]) -> Result<(), Fatal> {
    let unknown = split(value, COMMA_SPACE).into_iter().find(|word| !names.contains(word));
    unknown.map_or(Ok(()), |word| {
        Err(Fatal::of(&[b"unknown ", what, b" value \"", word, b"\" in \"", value, b"\""]))
    })
}

#[cfg(test)]
mod tests {
    use super::{HostAddresses, Settings, check, of_host_alone};

    fn settings(addresses: HostAddresses, release: &str) -> Settings {
        Settings { addresses, postfix_version: release.to_owned(), ..Settings::default() }
    }

    #[test]
    fn addresses_of_a_protocol_that_is_not_used_are_not_found() {
        let said = |style: &str, interfaces: &str, protocols: &str| {
            let [style, interfaces, protocols] = [style, interfaces, protocols].map(str::as_bytes);
            let checked = check(style, interfaces, protocols, &settings(HostAddresses::Any, "3.11.6"));
            checked.err().map(|error| error.to_string()).unwrap_or_default()
        };
        for (interfaces, protocols) in [
            ("127.0.0.1, [::1]", "all"),
            ("[::1]", "ipv6 ipv4"),
            ("[127.0.0.1]", "ipv4"),
            ("x.example 192.0.2.1", "ipv4"),
        ] {
            assert_eq!(said("subnet", interfaces, protocols), "");
        }
        let missing = "config variable inet_interfaces: host not found: ";
        assert_eq!(said("subnet", "127.0.0.1, [::1]", "ipv4"), format!("{missing}[::1]"));
        assert_eq!(said("class, host", "::1 127.0.0.1", "ipv6"), format!("{missing}127.0.0.1"));
        assert!(said("nosuch", "[::1]", "ipv4").starts_with("unknown mynetworks mask style"));
        assert!(said("class, host", "all", "ipv4").starts_with("bad mynetworks_style value"));
    }

    #[test]
    fn a_host_without_a_network_has_no_address_but_its_own() {
        let said_by = |release: &str, interfaces: &str| {
            let host = settings(HostAddresses::Loopback, release);
            let checked = check(b"subnet", interfaces.as_bytes(), b"all", &host);
            checked.err().map(|error| error.to_string()).unwrap_or_default()
        };
        let said = |interfaces: &str| said_by("3.11.6", interfaces);
        assert_eq!(said("127.0.0.1, [::1] x.example"), "");
        let missing = "parameter inet_interfaces: no local interface found for ";
        assert_eq!(said("127.0.0.1, 10.0.1.12"), format!("{missing}10.0.1.12"));
        assert_eq!(said("[2001:DB8::0:1] 127.0.0.2"), format!("{missing}127.0.0.2"));
        assert_eq!(said("[2001:DB8::0:1]"), format!("{missing}2001:db8::1"));
        for (release, first) in [("3.7.21", "10.0.0.200"), ("3.7.22", "10.0.0.1"), ("3.12", "10.0.0.1")] {
            assert_eq!(said_by(release, "10.0.0.1 10.0.0.200"), format!("{missing}{first}"));
        }
        for release in ["3.7.11", "3.11.6"] {
            let circle = said_by(release, "192.0.2.10 192.0.2.100 192.0.2.200");
            assert_eq!(circle, format!("{missing}192.0.2.10"));
        }
    }

    #[test]
    fn the_networks_are_those_of_the_addresses_that_are_named() {
        let of = |interfaces: &str, protocols: &str| {
            String::from_utf8(of_host_alone(b"subnet", interfaces.as_bytes(), protocols.as_bytes())).unwrap()
        };
        assert_eq!(of("all", "all"), "127.0.0.0/8 [::1]/128 ");
        assert_eq!(of("loopback-only", "ipv4"), "127.0.0.0/8 ");
        assert_eq!(of("127.0.0.1", "all"), "127.0.0.0/8 ");
        assert_eq!(of("[::1]", "ipv4, ipv6"), "[::1]/128 ");
    }
}
