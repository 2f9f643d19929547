//! Answers `postconf -T`: with which TLS each series was built, as Debian builds it. Knows nothing of keys and
//! certificates.

use crate::programs::postconf::request::stop::Stop;
use crate::protocol::version::PostfixVersion;

/// The public-key algorithms, which are the same in all series.
const ALGORITHMS: &[u8] = b"dsa\necdsa\nrsa\n";

/// The library that the packages of a series were compiled with.
fn compiled_with(version: PostfixVersion) -> &'static str {
    match version {
        PostfixVersion::V3_5 => "OpenSSL 1.1.1w  11 Sep 2023",
        PostfixVersion::V3_7 => "OpenSSL 3.0.11 19 Sep 2023",
        PostfixVersion::V3_10 => "OpenSSL 3.5.6 7 Apr 2026",
        PostfixVersion::V3_11 => "OpenSSL 3.6.4 25 Aug 2026",
    }
}

/// Answers a question. Which library runs depends on the host, not on the version, and is not simulated.
pub(crate) fn tell(
    what: &[u8],
    version: PostfixVersion,
    stdout: &mut Vec<u8>,
    warnings: &mut Vec<Vec<u8>>,
) -> Result<(), Stop> {
    match what {
        b"compile-version" => stdout.extend([compiled_with(version), "\n"].concat().into_bytes()),
        b"public-key-algorithms" => stdout.extend(ALGORITHMS),
        b"run-version" => return Err(Stop::Unsupported("postconf -T run-version".to_owned())),
        _ => {
            warnings.push([b"unknown 'postconf -T' mode: ", what].concat());
            return Err(Stop::With(1));
        }
    }
    Ok(())
}
