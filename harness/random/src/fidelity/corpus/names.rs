//! Finds the names in a configuration to ask for.
//! These are the names that are set, the names that are referred to, and the services. An extra or a missing name
//! does no harm: both sides are asked the same.

use postfix_fakes::bytes::ByteString;

use super::argument;
use super::logical_lines::{is_nothing, joined, logical_lines};

/// How many fields a service has.
const FIELDS: usize = 8;

/// A service of master.cf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Service {
    /// `NAME/TYPE`.
    pub(super) name: ByteString,
    /// Its entry as one line.
    pub(super) entry: ByteString,
    /// The names of the parameters that it sets.
    pub(super) parameters: Vec<ByteString>,
}

/// The names that a main.cf sets, each once, in the order of the file.
pub(super) fn set_in(main_cf: &[u8]) -> Vec<ByteString> {
    let lines = logical_lines(main_cf).into_iter().filter(|line| !is_nothing(line));
    let names = lines.filter_map(|line| {
        let end = line.iter().position(|byte| *byte == b'=')?;
        usable(line[..end].trim_ascii())
    });
    each_once(names)
}

/// The names that a text refers to with a dollar sign, each once.
pub(super) fn referred_to(text: &[u8]) -> Vec<ByteString> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let names = text.split(|byte| *byte == b'$').skip(1).filter_map(|rest| {
        let rest =
            rest.strip_prefix(b"{").or_else(|| rest.strip_prefix(b"(")).unwrap_or(rest).trim_ascii_start();
        usable(&rest[..rest.iter().take_while(|byte| is_name(byte)).count()])
    });
    each_once(names)
}

/// The services of a master.cf, each name once.
pub(super) fn services_of(master_cf: &[u8]) -> Vec<Service> {
    let mut services: Vec<Service> = Vec::new();
    for line in logical_lines(master_cf).into_iter().filter(|line| !is_nothing(line)) {
        let entry = joined(line);
        let words: Vec<&[u8]> =
            entry.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
        let [name, kind, ..] = words[..] else { continue };
        let (Some(name), Some(entry)) = (usable(&[name, b"/", kind].concat()), argument(&entry)) else {
            continue;
        };
        if words.len() < FIELDS || services.iter().any(|service| service.name == name) {
            continue;
        }
        let settings = words.windows(2).filter(|pair| pair[0] == b"-o").filter_map(|pair| {
            let end = pair[1].iter().position(|byte| *byte == b'=')?;
            usable(&pair[1][..end])
        });
        services.push(Service { name, parameters: each_once(settings), entry });
    }
    services
}

/// A name as an argument, unless it would be taken for something else.
fn usable(name: &[u8]) -> Option<ByteString> {
    if name.is_empty() || name.starts_with(b"-") || name.contains(&b'=') { None } else { argument(name) }
}

fn each_once(names: impl Iterator<Item = ByteString>) -> Vec<ByteString> {
    let mut once: Vec<ByteString> = Vec::new();
    for name in names {
        if !once.contains(&name) {
            once.push(name);
        }
    }
    once
}

#[cfg(test)]
mod tests {
    use super::{referred_to, services_of, set_in};

    #[test]
    fn names_are_found_once_and_in_order() {
        let text = b"b = $x ${y?1} $(z)\n# c = 1\na=\n  d = 2\nb = 3\n-e = 4\n";
        assert_eq!(set_in(text).iter().map(ToString::to_string).collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(referred_to(text).iter().map(ToString::to_string).collect::<Vec<_>>(), ["x", "y", "z"]);
    }

    #[test]
    fn services_are_found_with_their_parameters() {
        let found = services_of(b"smtp inet n - y - -\n# c\n  smtpd -o a=b\n  -o c=$d\nshort unix n\n");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].name.to_string(), "smtp/inet");
        assert_eq!(found[0].parameters.iter().map(ToString::to_string).collect::<Vec<_>>(), ["a", "c"]);
    }
}
