//! Finds lookup tables in values, `type:name`.
//! Tables of some types create parameters, `name_suffix`, if main.cf or the service sets them. Other tables name a
//! file of their client, `type:/file`. Opens neither tables nor files.

use crate::config::main_cf::{COMMA_SPACE, ExpansionLimit, braced, next_word};
use crate::config::parameters::if_it_holds;
use crate::programs::postconf::request::stop::Stop;
use crate::protocol::features::Feature;
use crate::protocol::version::PostfixVersion;

/// Types, and the suffixes of their parameters. A line may begin with the releases that have them.
const SUFFIXES: &[(&[u8], &str)] = &[
    (
        b"ldap",
        "bind bind_dn bind_pw cache cache_expiry cache_size chase_referrals debuglevel dereference domain \
         expansion_limit leaf_result_attribute query_filter recursion_limit result_attribute result_filter \
         result_format sasl_authz_id sasl_mechs sasl_minssf sasl_realm scope search_base server_host \
         server_port size_limit special_result_attribute start_tls terminal_result_attribute timeout \
         tls_ca_cert_dir tls_ca_cert_file tls_cert tls_cipher_suite tls_key tls_random_file tls_require_cert \
         version",
    ),
    (
        b"mysql",
        "additional_conditions dbname domain expansion_limit hosts option_file option_group password query \
         require_result_set result_format select_field table tls_CAfile tls_CApath tls_cert_file tls_ciphers \
         tls_key_file tls_verify_cert user where_field",
    ),
    (b"mysql", "[3.9-] charset idle_interval retry_interval"),
    (
        b"pgsql",
        "additional_conditions dbname domain expansion_limit hosts password query result_format select_field \
         select_function table user where_field",
    ),
    (b"pgsql", "[3.8-] encoding"),
    (b"pgsql", "[3.9-] idle_interval retry_interval"),
    (
        b"sqlite",
        "additional_conditions dbpath domain expansion_limit query result_format select_field table where_field",
    ),
    (
        b"memcache",
        "backup data_size_limit domain flags key_format line_size_limit max_try memcache retry_pause timeout ttl",
    ),
    (b"memcache", "[3.11-] key_digest"),
    (
        b"mongodb",
        "[3.9-] collection dbname domain expansion_limit projection query_filter result_attribute \
         result_format uri",
    ),
];

/// How deep braces may nest.
const DEEPEST: usize = 1000;

/// What is found in one value.
#[derive(Debug, Default)]
pub(crate) struct LookupTables {
    /// Names of parameters that tables in it may have.
    pub(crate) names: Vec<Vec<u8>>,
    /// Postfix's complaints about braces on the way.
    pub(crate) complaints: Vec<Vec<u8>>,
    /// Its complaints about comments, which name their file already.
    pub(crate) comments: Vec<Vec<u8>>,
    /// Files of clients.
    pub(crate) files: Vec<ClientFile>,
}

/// A file that configures a table's client.
#[derive(Debug)]
pub(crate) struct ClientFile {
    /// The table's type.
    pub(crate) kind: &'static [u8],
    /// Its path, which is absolute.
    pub(crate) path: Vec<u8>,
}

impl ClientFile {
    /// Whether the client has such a parameter.
    pub(crate) fn has(&self, name: &[u8], version: PostfixVersion) -> bool {
        suffixes(self.kind, version).any(|suffix| suffix.as_bytes() == name)
    }
}

/// Where a value stands, and who reads it.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The file, as complaints about comments call it.
    pub(crate) file: &'a [u8],
    /// The simulated version of Postfix.
    pub(crate) version: PostfixVersion,
    /// What it takes to look into braces is taken from this.
    pub(crate) limit: &'a ExpansionLimit,
}

/// Looks for tables in a value that has been expanded.
pub(crate) fn look_for_tables(text: &[u8], place: Place<'_>) -> Result<LookupTables, Stop> {
    let mut found = LookupTables::default();
    look(0, text, place, false, &mut found)?;
    Ok(found)
}

/// Looks for them at some depth. Braces within patterns are passed over.
fn look(
    depth: usize,
    text: &[u8],
    place: Place<'_>,
    in_patterns: bool,
    found: &mut LookupTables,
) -> Result<(), Stop> {
    // Real Postfix goes down until its stack is full, some thirty thousand braces deep, and on the way complains of
    // an open one at every depth.
    if depth > DEEPEST || depth > 0 && !place.limit.take(text.len()) {
        return Err(Stop::Unsupported("braces nested deeper than is worth looking".to_owned()));
    }
    let mut rest = text;
    while let Some((word, after)) = next_word(rest, COMMA_SPACE) {
        rest = after;
        if word.first() == Some(&b'#') && place.version.has(Feature::CommentWarnings) {
            let after = &after[..after.len().min(20)];
            let what = b": #comment after other text is not allowed: ";
            found.comments.push([place.file, what, word, b" ", after, b"..."].concat());
            return Ok(());
        }
        if word.first() == Some(&b'{') && place.version.has(Feature::BracedWords) {
            let (inner, complaint) = braced(word);
            found.complaints.extend(complaint);
            if !in_patterns {
                look(depth + 1, inner, place, in_patterns, found)?;
            }
            continue;
        }
        let Some((mut kind, mut name)) = at_colon(word) else { continue };
        // Types that only wrap another one.
        while kind == b"proxy" || kind == b"debug" && place.version.has(Feature::DebugTable) {
            let Some(parts) = at_colon(name) else { break };
            (kind, name) = parts;
        }
        if kind == b"proxy" {
            continue;
        }
        match name.first() {
            Some(b'{') => {
                let (inner, complaint) = braced(name);
                found.complaints.extend(complaint);
                let holds_patterns =
                    matches!(kind, b"regexp" | b"pcre") && place.version.has(Feature::PatternsInBraces);
                look(depth + 1, inner, place, in_patterns || holds_patterns, found)?;
            }
            Some(b'/') => {
                let of_client = held(kind, place.version).next();
                found.files.extend(of_client.map(|(kind, _)| ClientFile { kind, path: name.to_vec() }));
            }
            Some(b'.') => {}
            _ => {
                let names = suffixes(kind, place.version);
                found.names.extend(names.map(|suffix| [name, b"_", suffix.as_bytes()].concat()));
            }
        }
    }
    Ok(())
}

/// The lines of a type that hold in a version.
fn held(
    kind: &[u8],
    version: PostfixVersion,
) -> impl Iterator<Item = (&'static [u8], &'static str)> + use<'_> {
    let of_kind = SUFFIXES.iter().filter(move |(known, _)| *known == kind);
    of_kind.filter_map(move |(known, suffixes)| Some((*known, if_it_holds(suffixes, version)?)))
}

/// The suffixes of a type's parameters in a version.
fn suffixes(kind: &[u8], version: PostfixVersion) -> impl Iterator<Item = &'static str> + use<'_> {
    held(kind, version).flat_map(|(_, suffixes)| suffixes.split_whitespace())
}

fn at_colon(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = text.iter().position(|byte| *byte == b':')?;
    Some((&text[..colon], &text[colon + 1..]))
}

#[cfg(test)]
mod tests {
    use super::{LookupTables, Place, Stop, look_for_tables};
    use crate::config::main_cf::ExpansionLimit;
    use crate::protocol::version::PostfixVersion;

    fn found(text: &[u8], version: &str) -> LookupTables {
        let limit = &ExpansionLimit::default();
        let place = Place { file: b"f", version: version.parse().unwrap(), limit };
        look_for_tables(text, place).ok().unwrap()
    }

    #[test]
    fn tables_bring_parameters_along() {
        let has = |text: &[u8], version: &str, name: &[u8]| {
            found(text, version).names.iter().any(|one| one == name)
        };
        assert!(has(b"hash:/x, proxy:sqlite:q", "3.7.11", b"q_dbpath"));
        assert!(has(b"union:{x, memcache:m}", "3.11.7", b"m_key_digest"));
        assert!(!has(b"memcache:m", "3.10.13", b"m_key_digest"));
        assert!(has(b"mongodb:m", "3.10.13", b"m_uri") && !has(b"mongodb:m", "3.7.11", b"m_uri"));
        assert!(
            has(b"debug:sqlite:q", "3.11.7", b"q_dbpath") && !has(b"debug:sqlite:q", "3.10.13", b"q_dbpath")
        );
        assert!(found(b"ldap:/x mysql:./x hash:y", "3.11.7").names.is_empty());
        let files = |version: &str| found(b"ldap:/x mongodb:/y", version).files.len();
        assert_eq!((files("3.8.20"), files("3.9.0")), (1, 2));
    }

    #[test]
    fn a_comment_ends_a_list_with_a_warning() {
        let new = found(b"hash:/x #sqlite:q sqlite:r", "3.10.13");
        assert!(new.names.is_empty());
        assert_eq!(
            new.comments,
            [b"f: #comment after other text is not allowed: #sqlite:q sqlite:r...".to_vec()]
        );
        let old = found(b"hash:/x #sqlite:q sqlite:r", "3.7.11");
        assert!(!old.names.is_empty() && old.comments.is_empty());
    }

    #[test]
    fn patterns_may_hold_number_signs() {
        assert!(found(b"regexp:{{/a #b/ x}}", "3.10.13").comments.is_empty());
        assert_eq!(found(b"inline:{{a #b}}", "3.10.13").comments.len(), 1);
    }

    #[test]
    fn braces_are_looked_into_only_so_deep() {
        let looked = |text: &str, limit: &ExpansionLimit| {
            let place = Place { file: b"f", version: PostfixVersion::NEWEST, limit };
            look_for_tables(text.as_bytes(), place).map(|found| found.names.len())
        };
        let nested = |depth: usize| ["{".repeat(depth), "sqlite:q".to_owned(), "}".repeat(depth)].concat();
        assert!(looked(&nested(900), &ExpansionLimit::default()).is_ok_and(|names| names > 5));
        assert!(matches!(looked(&nested(2000), &ExpansionLimit::default()), Err(Stop::Unsupported(_))));
        assert!(matches!(looked(&nested(900), &ExpansionLimit::of(1000)), Err(Stop::Unsupported(_))));
    }
}
