//! Certificates for a key, self-signed ones and requests for others to sign: the configuration that openssl(1) gets for
//! them. Knows nothing of where keys come from.

use super::keys::is_readable;
use super::{Ended, Script};
use crate::protocol::bytes::path_of;
use crate::runtime::shell_command::Output;

/// Where openssl finds the configuration, which is written to it.
const STANDARD_INPUT: &[u8] = b"/dev/stdin";

/// How long a self-signed certificate holds, in days: a century.
const DAYS: &[u8] = b"36525";

/// What is made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    SelfSigned,
    Request,
}

impl Script<'_> {
    /// Makes a self-signed certificate for the hosts. Where that fails, the key goes with it.
    pub(super) fn create_certificate(&self, key: &[u8], file: &[u8], hosts: &[Vec<u8>]) -> Result<(), Ended> {
        // A name that cannot be told is an empty one.
        let (name, _) = self.host_name(hosts.first());
        if is_readable(file) {
            return Err(self.fatal(&[b"New certificate file already exists: ", file].concat()));
        }
        let subject = [b"/CN=", &name[..]].concat();
        let words: [&[u8]; 12] = [
            b"req",
            b"-x509",
            b"-config",
            STANDARD_INPUT,
            b"-new",
            b"-key",
            key,
            b"-subj",
            &subject,
            b"-days",
            DAYS,
            b"-out",
        ];
        let words = [&words[..], &[file]].concat();
        let input = configuration(Kind::SelfSigned, &name, hosts);
        if self.openssl(&words, Some(&input), Output::Inherited, Output::Inherited).status == 0 {
            return Ok(());
        }
        for made in [file, key] {
            let _ = std::fs::remove_file(path_of(made));
        }
        Err(self.fatal(b"error generating self-signed SSL certificate"))
    }

    /// Writes a request for a certificate to standard output.
    pub(super) fn output_request(&self, key: &[u8], hosts: &[Vec<u8>]) -> Result<(), Ended> {
        let key = self.key_file(key);
        let (name, is_told) = self.host_name(hosts.first());
        if !is_told {
            return Err(Ended(1));
        }
        let words: [&[u8]; 8] = [b"req", b"-config", STANDARD_INPUT, b"-new", b"-key", &key, b"-subj", b"/"];
        let input = configuration(Kind::Request, &name, hosts);
        let status = self.openssl(&words, Some(&input), Output::Inherited, Output::Inherited).status;
        if status == 0 { Ok(()) } else { Err(Ended(1)) }
    }

    /// The name of this host, unless another is given, and whether it could be told.
    pub(super) fn host_name(&self, given: Option<&Vec<u8>>) -> (Vec<u8>, bool) {
        if let Some(given) = given.filter(|given| !given.is_empty()) {
            return (given.clone(), true);
        }
        let (name, is_told) = self.postconf(&["-xh", "myhostname"]);
        if !is_told || !name.starts_with(b"/") {
            return (name, is_told);
        }
        let words = [b"cat".to_vec(), name];
        let ran = self.shell.run(&words, None, Output::Gathered, Output::Inherited);
        (super::without_line_ends(ran.stdout), ran.status == 0)
    }
}

/// What openssl is to make: for the first host by `name`, for the others by their own.
fn configuration(kind: Kind, name: &[u8], hosts: &[Vec<u8>]) -> Vec<u8> {
    let extensions = if kind == Kind::SelfSigned { "x509_extensions" } else { "req_extensions" };
    let mut lines = vec![
        "default_md = sha256".to_owned(),
        format!("{extensions} = v3"),
        "prompt = yes".to_owned(),
        "distinguished_name = dn".to_owned(),
        "[dn]".to_owned(),
        "[v3]".to_owned(),
    ];
    if kind == Kind::SelfSigned {
        lines.push("basicConstraints = CA:false".to_owned());
    }
    lines.extend(
        [
            "subjectKeyIdentifier = hash",
            "extendedKeyUsage = serverAuth, clientAuth",
            "subjectAltName = @alts",
            "[alts]",
        ]
        .map(str::to_owned),
    );
    let mut text = lines.join("\n").into_bytes();
    let names = std::iter::once(name).chain(hosts.iter().skip(1).map(Vec::as_slice));
    for (number, name) in names.enumerate() {
        text.extend([format!("\nDNS.{} = ", number + 1).as_bytes(), name].concat());
    }
    text.push(b'\n');
    text
}
