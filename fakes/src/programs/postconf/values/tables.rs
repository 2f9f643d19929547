//! Finds lookup tables in values, `type:name`.
//! Tables of some types create parameters, `name_suffix`, if main.cf or the service sets them. Other tables name a
//! file of their client, `type:/file`. Opens neither tables nor files.

use crate::config::main_cf::{COMMA_SPACE, ExpansionLimit, braced, next_word};
use crate::config::parameters::if_it_holds;
use crate::programs::postconf::request::stop::Stop;
use crate::protocol::features::Feature;
use crate::protocol::version::PostfixVersion;

/// The suffixes of a type's parameters, and those that only some releases have.
#[derive(Debug)]
struct Type {
    name: &'static [u8],
    suffixes: &'static str,
    later: &'static [&'static str],
}

static TYPES: [Type; 6] = [
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
        later: &["[3.9-] charset idle_interval retry_interval"],
    },
    Type {
        name: b"pgsql",
        suffixes: "additional_conditions dbname domain expansion_limit hosts password query result_format \
                   select_field select_function table user where_field",
        later: &["[3.8-] encoding", "[3.9-] idle_interval retry_interval"],
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
        later: &["[3.11-] key_digest"],
    },
    Type {
        name: b"mongodb",
        suffixes: "",
        later: &["[3.9-] collection dbname domain expansion_limit projection query_filter result_attribute \
             result_format uri"],
    },
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
#[derive(Clone, Debug)]
pub(crate) struct ClientFile {
    /// Its path, which is absolute.
    pub(crate) path: Vec<u8>,
    client: &'static Type,
}

impl ClientFile {
    /// The table's type.
    pub(crate) fn kind(&self) -> &'static [u8] {
        self.client.name
    }

    /// Whether the client has such a parameter.
    pub(crate) fn has(&self, name: &[u8], version: PostfixVersion) -> bool {
        self.client.all(version).any(|suffix| suffix.as_bytes() == name)
    }
}

impl Type {
    /// The suffixes of its parameters in a version.
    fn all(&self, version: PostfixVersion) -> impl Iterator<Item = &'static str> + use<> {
        let later = self.later.iter().filter_map(move |suffixes| if_it_holds(suffixes, version));
        std::iter::once(self.suffixes).chain(later).flat_map(str::split_whitespace)
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

/// Whether what is in braces is looked through in its turn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Braces {
    Enter,
    PassOver,
}

/// Looks for tables in a value that has been expanded.
pub(crate) fn look_for_tables(text: &[u8], place: Place<'_>, found: &mut LookupTables) -> Result<(), Stop> {
    look(0, text, place, Braces::Enter, found)
}

fn look(
    depth: usize,
    text: &[u8],
    place: Place<'_>,
    braces: Braces,
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
            if braces == Braces::Enter {
                look(depth + 1, inner, place, braces, found)?;
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
                let is_pattern =
                    matches!(kind, b"regexp" | b"pcre") && place.version.has(Feature::PatternsInBraces);
                let braces = if is_pattern { Braces::PassOver } else { braces };
                look(depth + 1, inner, place, braces, found)?;
            }
            Some(b'/') => {
                let client = known(kind, place.version);
                found.files.extend(client.map(|client| ClientFile { path: name.to_vec(), client }));
            }
            Some(b'.') => {}
            _ => add_names(kind, name, place, found),
        }
    }
    Ok(())
}

fn add_names(kind: &[u8], name: &[u8], place: Place<'_>, found: &mut LookupTables) {
    let Some(kind) = known(kind, place.version) else { return };
    for suffix in kind.all(place.version) {
        found.names.push([name, b"_", suffix.as_bytes()].concat());
    }
}

/// The type of a name, if the version has it.
fn known(name: &[u8], version: PostfixVersion) -> Option<&'static Type> {
    TYPES.iter().find(|known| known.name == name && known.all(version).next().is_some())
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
        let mut found = LookupTables::default();
        let place =
            Place { file: b"f", version: version.parse().unwrap(), limit: &ExpansionLimit::default() };
        assert!(look_for_tables(text, place, &mut found).is_ok());
        found
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
            let mut found = LookupTables::default();
            look_for_tables(text.as_bytes(), place, &mut found).map(|()| found.names.len())
        };
        let nested = |depth: usize| ["{".repeat(depth), "sqlite:q".to_owned(), "}".repeat(depth)].concat();
        assert!(looked(&nested(900), &ExpansionLimit::default()).is_ok_and(|names| names > 5));
        assert!(matches!(looked(&nested(2000), &ExpansionLimit::default()), Err(Stop::Unsupported(_))));
        assert!(matches!(looked(&nested(900), &ExpansionLimit::of(1000)), Err(Stop::Unsupported(_))));
    }
}
