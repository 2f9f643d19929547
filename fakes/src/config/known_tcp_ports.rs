//! Checks the value of `known_tcp_ports`, as every program of Postfix does when it starts. No port is looked up.

use std::collections::BTreeSet;

use crate::config::main_cf::{SPACE, split};

/// The warnings about a value: associations of names and a port, separated by commas.
pub(crate) fn warnings(value: &[u8]) -> Vec<Vec<u8>> {
    let mut names = BTreeSet::new();
    let associations = value.split(|byte| *byte == b',').filter(|association| !association.is_empty());
    let complaints = associations.filter_map(|association| {
        let complaint = complaint(association, &mut names)?;
        Some([b"known_tcp_ports: in \"", association, b"\"", complaint.as_bytes()].concat())
    });
    complaints.collect()
}

fn complaint(association: &[u8], names: &mut BTreeSet<Vec<u8>>) -> Option<&'static str> {
    let parts: Vec<&[u8]> = association.split(|byte| *byte == b'=').collect();
    let Some((port, services @ [_, ..])) = parts.split_last() else {
        return Some(" is not in \"name = value\" form");
    };
    let port = match split(port, SPACE).as_slice() {
        [] => return Some(": missing port value after \"=\""),
        [port] => *port,
        _ => return Some(": whitespace in port number"),
    };
    let mut first = None;
    for service in services {
        let complaint = match split(service, SPACE).as_slice() {
            [] => Some(": missing service name before \"=\""),
            [name] if is_number(name) => Some(": numerical service name"),
            [_] if !is_number(port) => Some(": non-numerical service port"),
            [name] if !names.insert(name.to_vec()) => Some(": duplicate service name"),
            [_] => None,
            _ => Some(": whitespace in service name"),
        };
        first = first.or(complaint);
    }
    first
}

fn is_number(word: &[u8]) -> bool {
    word.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::warnings;

    #[test]
    fn associations_of_names_and_ports_are_fine() {
        assert!(warnings(b"lmtp=24, smtp=25, smtps=submissions=465,submission=587").is_empty());
        assert!(warnings(b"").is_empty());
        assert!(warnings(b",,").is_empty());
    }

    #[test]
    fn every_complaint_names_the_association() {
        for (value, wanted) in [
            ("smtp", "known_tcp_ports: in \"smtp\" is not in \"name = value\" form"),
            ("a=b", "known_tcp_ports: in \"a=b\": non-numerical service port"),
            ("1=2", "known_tcp_ports: in \"1=2\": numerical service name"),
            ("=2", "known_tcp_ports: in \"=2\": missing service name before \"=\""),
            ("a=", "known_tcp_ports: in \"a=\": missing port value after \"=\""),
            ("a=1 2", "known_tcp_ports: in \"a=1 2\": whitespace in port number"),
            ("a b=1", "known_tcp_ports: in \"a b=1\": whitespace in service name"),
            ("a=1, a=2", "known_tcp_ports: in \" a=2\": duplicate service name"),
        ] {
            let said = warnings(value.as_bytes());
            assert_eq!(said.len(), 1, "{value}");
            assert_eq!(String::from_utf8_lossy(&said[0]), wanted);
        }
    }
}
