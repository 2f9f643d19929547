//! Computes on which addresses and ports an instance listens.
//! It uses master.cf, `inet_interfaces` and `master_service_disable`.
//!
//! Knows nothing of instances. Names of hosts are compared as they are written; nobody is asked what they mean.

use crate::os::printable::printable_bytes;
use crate::postfix::literal_master_cf::Service;

/// Names of ports that Postfix's own master.cf uses.
const PORTS: [(&[u8], &[u8]); 5] = [
    (b"smtp", b"25"),
    (b"smtps", b"465"),
    (b"submissions", b"465"),
    (b"submission", b"587"),
    (b"qmqp", b"628"),
];

/// The loopback addresses.
const LOOPBACK: [&[u8]; 2] = [b"127.0.0.1", b"::1"];

/// Where a service listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Socket {
    /// The service's name in master.cf.
    name: Vec<u8>,
    /// On which addresses; all of them, if that is not known to be less.
    hosts: Hosts,
    /// At which port, by its number if that is known.
    port: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Hosts {
    All,
    These(Vec<Vec<u8>>),
}

impl Socket {
    /// Whether two services cannot both listen.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.port == other.port
            && match (&self.hosts, &other.hosts) {
                (Hosts::These(hosts), Hosts::These(others)) => hosts.iter().any(|host| others.contains(host)),
                _ => true,
            }
    }

    /// The service as master.cf names it.
    pub(crate) fn name(&self) -> &[u8] {
        &self.name
    }

    /// The same, readable.
    pub(crate) fn shown(&self) -> String {
        printable_bytes(&self.name)
    }
}

/// The sockets of the inet services among those of a master.cf.
pub(crate) fn sockets(services: &[Service], interfaces: &[u8], disabled: &[u8]) -> Vec<Socket> {
    let everywhere = hosts(words(interfaces));
    let mut sockets = Vec::new();
    for Service { name, kind, .. } in services {
        if kind != b"inet" || is_disabled(name, kind, disabled) {
            continue;
        }
        let (host, port) = divide(name);
        let port = PORTS.iter().find(|(known, _)| *known == port).map_or(port, |(_, number)| *number);
        let hosts = host.map_or_else(|| everywhere.clone(), |host| hosts(std::iter::once(host)));
        sockets.push(Socket { name: name.clone(), hosts, port: port.to_vec() });
    }
    sockets
}

/// The words of a list of services or of addresses.
pub(crate) fn words(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|byte| byte.is_ascii_whitespace() || *byte == b',').filter(|word| !word.is_empty())
}

/// Whether `master_service_disable` names a service, or the whole type, in letters of any case. The first word that
/// fits decides, and each `!` in front of it turns its meaning round.
pub(crate) fn is_disabled(name: &[u8], kind: &[u8], disabled: &[u8]) -> bool {
    let fits = |word: &[u8]| match word.iter().rposition(|byte| *byte == b'/' || *byte == b'.') {
        Some(at) => {
            let named = &word[..at];
            word[at + 1..].eq_ignore_ascii_case(kind) && (named.eq_ignore_ascii_case(name) || named == b"*")
        }
        None => word.eq_ignore_ascii_case(kind),
    };
    for word in words(disabled) {
        let turns = word.iter().take_while(|byte| **byte == b'!').count();
        if fits(&word[turns..]) {
            return turns % 2 == 0;
        }
    }
    false
}

/// The host and the port of `HOST:PORT`, `[HOST]:PORT` or `PORT`.
pub(crate) fn divide(name: &[u8]) -> (Option<&[u8]>, &[u8]) {
    match name.iter().rposition(|byte| *byte == b':') {
        Some(at) if at > 0 => {
            let host = &name[..at];
            let bare = host.strip_prefix(b"[").and_then(|host| host.strip_suffix(b"]")).unwrap_or(host);
            (Some(bare), &name[at + 1..])
        }
        Some(at) => (None, &name[at + 1..]),
        None => (None, name),
    }
}

fn hosts<'a>(names: impl Iterator<Item = &'a [u8]>) -> Hosts {
    let mut hosts = Vec::new();
    for name in names {
        match name.strip_prefix(b"[").and_then(|name| name.strip_suffix(b"]")).unwrap_or(name) {
            b"all" | b"0.0.0.0" | b"::" => return Hosts::All,
            b"loopback-only" | b"localhost" => hosts.extend(LOOPBACK.map(<[u8]>::to_vec)),
            name => hosts.push(name.to_ascii_lowercase()),
        }
    }
    Hosts::These(hosts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(service: &str, interfaces: &str) -> Socket {
        let line = format!("{service} inet n - y - - smtpd");
        let parsed = Service::of_line(line.as_bytes()).unwrap();
        let mut found = sockets(&[parsed], interfaces.as_bytes(), b"");
        assert_eq!(found.len(), 1, "{service}");
        found.remove(0)
    }

    #[test]
    fn the_same_port_on_the_same_address() {
        let pairs = [
            (("smtp", "all"), ("25", "127.0.0.1"), true),
            (("smtp", "192.0.2.1"), ("smtp", "192.0.2.2"), false),
            (("smtp", "192.0.2.1, 127.0.0.1"), ("smtp", "loopback-only"), true),
            (("127.0.0.1:10025", "all"), ("10025", "192.0.2.1"), false),
            (("[::1]:10025", "192.0.2.1"), ("localhost:10025", "192.0.2.2"), true),
            (("submissions", "all"), ("smtps", "all"), true),
            (("smtp", "all"), ("submission", "all"), false),
            (("127.0.0.1:smtp", "all"), ("25", "all"), true),
            ((":smtp", "192.0.2.1"), ("25", "192.0.2.1"), true),
        ];
        for ((a, on), (b, other), expected) in pairs {
            assert_eq!(one(a, on).overlaps(&one(b, other)), expected, "{a} {on} / {b} {other}");
            assert_eq!(one(b, other).overlaps(&one(a, on)), expected, "{b} {other} / {a} {on}");
        }
    }

    #[test]
    fn what_is_disabled_does_not_listen() {
        let services =
            ["smtp inet n - y - - smtpd", "2525 inet n - y - - smtpd", "pickup unix n - y 60 1 pickup"]
                .map(|line| Service::of_line(line.as_bytes()).unwrap());
        let ports = |disabled: &str| {
            let found = sockets(&services, b"all", disabled.as_bytes());
            found.iter().map(Socket::shown).collect::<Vec<_>>()
        };
        assert_eq!(ports(""), ["smtp", "2525"]);
        assert!(ports("inet").is_empty());
        assert_eq!(ports("smtp/inet, pickup/unix"), ["2525"]);
        assert_eq!(ports("2525.inet"), ["smtp"]);
        assert_eq!(ports("unix"), ["smtp", "2525"]);
        assert!(ports("INET").is_empty());
        assert_eq!(ports("SMTP/Inet"), ["2525"]);
        assert_eq!(ports("!smtp/inet, inet"), ["smtp"], "the first that fits decides");
        assert_eq!(ports("inet !smtp/inet"), [""; 0]);
    }
}
