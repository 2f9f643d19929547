//! Answers `postconf -T`: with which TLS a Postfix was built.

use crate::programs::postconf::request::stop::Stop;

/// The public-key algorithms, which are the same in all series.
const ALGORITHMS: &[u8] = b"dsa\necdsa\nrsa\n";

/// The library that a Postfix was compiled with, unless its world names another one.
const COMPILED_WITH: &[u8] = b"OpenSSL 3.6.4 25 Aug 2026";

/// Answers a question. Which library runs depends on the host, not on the version, and is not simulated.
pub(crate) fn tell(
    what: &[u8],
    compiled_with: Option<&[u8]>,
    stdout: &mut Vec<u8>,
    warnings: &mut Vec<Vec<u8>>,
) -> Result<(), Stop> {
    match what {
        b"compile-version" => stdout.extend([compiled_with.unwrap_or(COMPILED_WITH), b"\n"].concat()),
        b"public-key-algorithms" => stdout.extend(ALGORITHMS),
        b"run-version" => return Err(Stop::Unsupported("postconf -T run-version".to_owned())),
        _ => {
            warnings.push([b"unknown 'postconf -T' mode: ", what].concat());
            return Err(Stop::With(1));
        }
    }
    Ok(())
}
