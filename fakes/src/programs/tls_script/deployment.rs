//! Edits of main.cf: turning TLS on, and naming the key and the certificate that are used. Knows nothing of command
//! lines.

use super::telling::{self, Deployment};
use super::{Algorithm, Ended, Priority, Script};
use crate::config::main_cf::{SPACE, split};

/// Settings that turn TLS on, or say how, for client and server: where one of them is set, nothing is changed.
const CLIENT_SETTINGS: [&str; 7] = [
    "smtp_use_tls",
    "smtp_enforce_tls",
    "smtp_tls_enforce_peername",
    "smtp_tls_security_level",
    "smtp_tls_cert_file",
    "smtp_tls_dcert_file",
    "smtp_tls_eccert_file",
];
const SERVER_SETTINGS: [&str; 6] = [
    "smtpd_use_tls",
    "smtpd_enforce_tls",
    "smtpd_tls_security_level",
    "smtpd_tls_cert_file",
    "smtpd_tls_dcert_file",
    "smtpd_tls_eccert_file",
];

/// Whose settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Server,
}

impl Script<'_> {
    /// Whether TLS is left at its defaults. A parameter that is set to nothing counts as one that is.
    pub(super) fn all_default(&self, side: Side) -> bool {
        let names = if side == Side::Client { &CLIENT_SETTINGS[..] } else { &SERVER_SETTINGS };
        names.iter().all(|name| self.postconf(&["-nh", *name]).0.is_empty())
    }

    /// Turns TLS on for the client. An edit that fails leaves nothing to tell, and no bad status: the real script loses
    /// it in a pipe.
    pub(super) fn enable_client(&self, random_source: &[u8]) -> Result<(), Ended> {
        if !self.all_default(Side::Client) {
            let advice = telling::client_left_alone(self.cache_type().as_deref());
            return self.log_lines(Priority::Info, &advice).map_err(|_| Ended(1));
        }
        let mut settings = vec![b"smtp_tls_security_level = may".to_vec(), b"smtp_tls_loglevel = 1".to_vec()];
        if let Some(cache_type) = self.cache_type() {
            let name = b"smtp_tls_session_cache_database = ";
            settings.push([&name[..], &cache_type, b":", &self.data_directory, b"/smtp_scache"].concat());
        }
        settings.extend(random_source_setting(random_source));
        let advice = if self.set(&settings).is_ok() { telling::client_enabled() } else { Vec::new() };
        self.log_lines(Priority::Info, &advice).map_err(|_| Ended(1))
    }

    /// The best type of lookup table for a cache.
    fn cache_type(&self) -> Option<Vec<u8>> {
        let types = self.postconf(&["-m"]).0;
        let types = split(&types, SPACE);
        [&b"lmdb"[..], b"btree"].into_iter().find(|wanted| types.contains(wanted)).map(<[u8]>::to_vec)
    }

    /// Where randomness comes from: from what is asked for, or what is set, or the system's device.
    pub(super) fn random_source(&self, given: &[u8]) -> Result<Vec<u8>, Ended> {
        let source =
            if given.is_empty() { self.postconf(&["-xh", "tls_random_source"]).0 } else { given.to_vec() };
        if !source.is_empty() {
            return Ok(source);
        }
        if super::keys::is_readable(b"/dev/urandom") {
            return Ok(b"dev:/dev/urandom".to_vec());
        }
        Err(self.fatal(b"no default TLS random source defined and no /dev/urandom"))
    }

    /// Names a key and its certificate in main.cf, if they belong to each other.
    pub(super) fn deploy(
        &self,
        certificate: &[u8],
        key: &[u8],
        deployment: Deployment,
        random_source: &[u8],
    ) -> Result<(), Ended> {
        let algorithm = self.check_key(key)?;
        let certified = self.certified_digest(certificate);
        let certified =
            certified.ok_or_else(|| self.fatal(b"error computing certificate public key digest"))?;
        let digest = self.public_key_digest(key);
        let digest = digest.ok_or_else(|| self.fatal(b"error computing public key digest"))?;
        if certified != digest {
            let text = [b"Certificate in ", certificate, b" does not match key in ", key].concat();
            return Err(self.fatal(&text));
        }
        let named = |parameter: &str, file: &[u8]| [parameter.as_bytes(), b" = ", file].concat();
        let mut settings = vec![
            named(algorithm.key_parameter(), key),
            named(algorithm.certificate_parameter(), certificate),
        ];
        if deployment == Deployment::Enables {
            settings.extend([
                b"smtpd_tls_security_level = may".to_vec(),
                b"smtpd_tls_received_header = yes".to_vec(),
                b"smtpd_tls_loglevel = 1".to_vec(),
            ]);
        }
        settings.extend(random_source_setting(random_source));
        self.set(&settings)
    }

    /// Makes a certificate, and a key if there is none yet to copy, and uses them where that is asked for.
    pub(super) fn new_certificate(
        &self,
        (algorithm, bits, old_key): (Algorithm, &[u8], &[u8]),
        deployment: Deployment,
        random_source: &[u8],
        hosts: &[Vec<u8>],
    ) -> Result<(), Ended> {
        let files = self.ensure_key(algorithm, bits, old_key)?;
        self.create_certificate(&files.key, &files.certificate, hosts)?;
        if deployment != Deployment::Not {
            self.deploy(&files.certificate, &files.key, deployment, random_source)?;
        }
        let advice = telling::made(&files.certificate, &files.key, deployment, old_key.is_empty());
        self.log_lines(Priority::Info, &advice).map_err(|_| Ended(1))
    }
}

fn random_source_setting(source: &[u8]) -> Option<Vec<u8>> {
    (!source.is_empty()).then(|| [b"tls_random_source = ", source].concat())
}
