//! Lookup tables in values, `type:name`: a table of some types brings parameters along, `name_suffix`, if main.cf
//! or the service sets them. Opens no table and no file of one: settings in such a file are not looked at.

use crate::main_cf::{braced, words_with_braces};

/// The suffixes of a type's parameters, and of those the ones that came with a later series.
struct Type {
    name: &'static [u8],
    suffixes: &'static str,
    later: &'static [((u32, u32), &'static str)],
}

const TYPES: [Type; 5] = [
    Type {
        name: b"ldap",
        suffixes: "bind bind_dn bind_pw cache cache_expiry cache_size chase_referrals debuglevel dereference \
                   domain expansion_limit leaf_result_attribute query_filter recursion_limit result_attribute \
                   result_filter result_format sasl_authz_id sasl_mechs sasl_minssf sasl_realm scope \
                   search_base server_host server_port size_limit special_result_attribute start_tls \
                   terminal_result_attribute timeout tls_ca_cert_dir tls_ca_cert_file tls_cert \
                   tls_cipher_suite tls_key tls_random_file tls_require_cert version",
        later: &[],
    },
    Type {
        name: b"mysql",
        suffixes: "additional_conditions dbname domain expansion_limit hosts option_file option_group password \
                   query require_result_set result_format select_field table tls_CAfile tls_CApath \
                   tls_cert_file tls_ciphers tls_key_file tls_verify_cert user where_field",
        later: &[((3, 9), "charset idle_interval retry_interval")],
    },
    Type {
        name: b"pgsql",
        suffixes: "additional_conditions dbname domain expansion_limit hosts password query result_format \
                   select_field select_function table user where_field",
        later: &[((3, 9), "encoding idle_interval retry_interval")],
    },
    Type {
        name: b"sqlite",
        suffixes: "additional_conditions dbpath domain expansion_limit query result_format select_field table \
                   where_field",
        later: &[],
    },
    Type {
        name: b"memcache",
        suffixes: "backup data_size_limit domain flags key_format line_size_limit max_try memcache retry_pause \
                   timeout ttl",
        later: &[((3, 11), "key_digest")],
    },
];

/// What is found in one value.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Names of parameters that tables in it may have.
    pub(super) names: Vec<Vec<u8>>,
    /// Postfix's complaints about braces on the way.
    pub(super) complaints: Vec<Vec<u8>>,
}

/// Looks for tables in a value that has been expanded; `is_before` tells whether the simulated version comes
/// before a series.
pub(super) fn look_for_tables(text: &[u8], is_before: &dyn Fn((u32, u32)) -> bool, found: &mut Found) {
    for word in words_with_braces(text) {
        let mut name = word;
        let mut kind: &[u8] = b"";
        if name.first() != Some(&b'{') {
            let Some((mut before, mut after)) = at_colon(name) else { continue };
            // Types that only wrap another one.
            while before == b"proxy" || before == b"debug" && !is_before((3, 8)) {
                let Some(parts) = at_colon(after) else { break };
                (before, after) = parts;
            }
            if before == b"proxy" {
                continue;
            }
            (kind, name) = (before, after);
        }
        match name.first() {
            Some(b'{') => {
                let (inner, complaint) = braced(name);
                found.complaints.extend(complaint);
                look_for_tables(inner, is_before, found);
            }
            Some(b'/' | b'.') => {}
            _ => add_names(kind, name, is_before, found),
        }
    }
}

fn add_names(kind: &[u8], name: &[u8], is_before: &dyn Fn((u32, u32)) -> bool, found: &mut Found) {
    let Some(kind) = TYPES.iter().find(|known| known.name == kind) else { return };
    let later = kind.later.iter().filter(|(series, _)| !is_before(*series)).map(|(_, suffixes)| *suffixes);
    for suffix in std::iter::once(kind.suffixes).chain(later).flat_map(str::split_whitespace) {
        found.names.push([name, b"_", suffix.as_bytes()].concat());
    }
}

fn at_colon(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = text.iter().position(|byte| *byte == b':')?;
    Some((&text[..colon], &text[colon + 1..]))
}

#[cfg(test)]
mod tests {
    use super::{Found, look_for_tables};

    #[test]
    fn tables_bring_parameters_along() {
        let names = |text: &[u8], is_old: bool| {
            let mut found = Found::default();
            look_for_tables(text, &|_| is_old, &mut found);
            found.names.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect::<Vec<_>>()
        };
        assert!(names(b"hash:/x, proxy:sqlite:q", false).contains(&"q_dbpath".to_owned()));
        assert!(names(b"union:{x, memcache:m}", false).contains(&"m_key_digest".to_owned()));
        assert!(!names(b"memcache:m", true).contains(&"m_key_digest".to_owned()));
        assert!(names(b"ldap:/x mysql:./x hash:y", false).is_empty());
    }
}
