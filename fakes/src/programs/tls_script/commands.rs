//! The commands of `postfix tls`, each with its command line. Knows in which order they do what the other files
//! can, and which key file is meant by a name.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use super::arguments::Arguments;
use super::deployment::Side;
use super::keys::is_readable;
use super::telling::{self, Deployment};
use super::{Algorithm, Ended, Priority, Script};
use crate::protocol::bytes::path_of;
use crate::runtime::standard_output::print;

/// How commands are called, behind their names.
const ENABLE_CLIENT: &str = " [-r devrandom]";
const ENABLE_SERVER: &str = " [-a algorithm] [-b bits ] [-r devrandom] [hostname ...]";
const NEW: &str = " [-a algorithm] [-b bits ] [hostname ...]";
const DEPLOY: &str = " certfile keyfile";
const OUTPUT_CSR: &str = " [-k keyfile] [hostname ...]";
const OUTPUT_TLSA: &str = " [-h hostname] [keyfile ...]";

/// Which key a new certificate is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum KeyFor {
    New,
    Used,
}

impl Script<'_> {
    /// Does what the words say.
    pub(super) fn command(&self, words: &[OsString]) -> Result<(), Ended> {
        match words.first().map(|word| word.as_bytes()).unwrap_or_default() {
            b"enable-client" => self.enable_client_by(words),
            b"enable-server" => self.enable_server_by(words),
            b"new-server-key" => self.new_by(words, KeyFor::New),
            b"new-server-cert" => self.new_by(words, KeyFor::Used),
            b"deploy-server-cert" => self.deploy_by(words),
            b"output-server-csr" => self.output_request_by(words),
            b"output-server-tlsa" => self.output_records_by(words),
            b"all-default-client" => self.all_default_by(words, Side::Client),
            b"all-default-server" => self.all_default_by(words, Side::Server),
            unknown => {
                let text = [b"unknown tls command: '", unknown, b"'"].concat();
                self.log(Priority::Error, &text);
                Err(self.fatal(
                    b"usage: postfix tls enable-client (or enable-server, new-server-key, new-server-cert, \
                      deploy-server-cert, output-server-csr, output-server-tlsa, all-default-client, \
                      all-default-server)",
                ))
            }
        }
    }

    fn all_default_by(&self, words: &[OsString], side: Side) -> Result<(), Ended> {
        if words.len() > 1 {
            return Err(self.usage("", words));
        }
        if self.all_default(side) { Ok(()) } else { Err(Ended(1)) }
    }

    fn enable_client_by(&self, words: &[OsString]) -> Result<(), Ended> {
        let arguments = self.parse("r:", ENABLE_CLIENT, words)?;
        if !arguments.others.is_empty() {
            return Err(self.usage(ENABLE_CLIENT, words));
        }
        let random_source = self.random_source(arguments.value(b'r').unwrap_or_default())?;
        self.enable_client(&random_source)
    }

    fn enable_server_by(&self, words: &[OsString]) -> Result<(), Ended> {
        let arguments = self.parse("a:b:r:", ENABLE_SERVER, words)?;
        let algorithm = self.algorithm(&arguments, "Internal error: empty algorithm ", "private")?;
        let random_source = self.random_source(arguments.value(b'r').unwrap_or_default())?;
        if !self.all_default(Side::Server) {
            let advice = telling::server_left_alone();
            return self.log_lines(Priority::Info, &advice).map_err(|_| Ended(1));
        }
        let bits = bits(&arguments, algorithm, b"");
        self.new_certificate((algorithm, &bits, b""), Deployment::Enables, &random_source, &arguments.others)
    }

    fn new_by(&self, words: &[OsString], key: KeyFor) -> Result<(), Ended> {
        let arguments = self.parse("a:b:", NEW, words)?;
        let (empty, kind) = match key {
            KeyFor::New => ("Internal error: empty algorithm ", "public"),
            KeyFor::Used => ("Invalid empty key algorithm", "private"),
        };
        let algorithm = self.algorithm(&arguments, empty, kind)?;
        let mut old_key = Vec::new();
        if key == KeyFor::Used {
            old_key = self.key_file(algorithm.name().as_bytes());
            if !old_key.is_empty() && !path_of(&old_key).is_file() {
                let text = [b"Key file: ", &old_key[..], b" not found, creating new keys\n"].concat();
                let _ = self.log_lines(Priority::Warn, &text);
                old_key.clear();
            }
        }
        // Nothing else sets this variable before the options do.
        let bits = bits(&arguments, algorithm, self.program.variable("bits").unwrap_or_default());
        self.new_certificate((algorithm, &bits, &old_key), Deployment::Not, b"", &arguments.others)
    }

    fn deploy_by(&self, words: &[OsString]) -> Result<(), Ended> {
        let [_, certificate, key] = words else { return Err(self.usage(DEPLOY, words)) };
        let (certificate, key) = (self.located(certificate.as_bytes()), self.located(key.as_bytes()));
        // A variable of this name reaches the edit.
        let random_source = self.program.variable("tls_random_source").unwrap_or_default();
        self.deploy(&certificate, &key, Deployment::Done, random_source)?;
        self.log_lines(Priority::Info, &telling::deployed(Deployment::Done))
    }

    fn output_request_by(&self, words: &[OsString]) -> Result<(), Ended> {
        let arguments = self.parse("k:", OUTPUT_CSR, words)?;
        let given = arguments.value(b'k').filter(|key| !key.is_empty());
        let mut in_use = self.algorithms.iter().map(|one| self.key_file(one.name().as_bytes()));
        let key = given.map(|key| self.key_file(key)).or_else(|| in_use.find(|key| !key.is_empty()));
        let key = key.unwrap_or_default();
        if key.is_empty() || !is_readable(&key) {
            return Err(self.fatal(b"No usable keyfile specified or configured"));
        }
        let mut hosts = arguments.others;
        if hosts.is_empty() {
            hosts.push(self.host_name(None).0);
        }
        self.output_request(&key, &hosts)
    }

    fn output_records_by(&self, words: &[OsString]) -> Result<(), Ended> {
        let arguments = self.parse("h:", OUTPUT_TLSA, words)?;
        let host = arguments.value(b'h').map(<[u8]>::to_vec);
        let (host, _) = self.host_name(host.as_ref());
        let mut keys = arguments.others;
        if keys.is_empty() {
            keys.extend(self.algorithms.iter().map(|one| one.name().as_bytes().to_vec()));
        }
        let mut has_found = false;
        for key in &keys {
            let file = self.key_file(key);
            if file.is_empty() {
                continue;
            }
            print(&[b"; ", &file[..], b"\n"].concat());
            self.check_key(&file)?;
            let digest = self.public_key_digest(&file).ok_or(Ended(1))?;
            print(&[b"_25._tcp.", &host[..], b". IN TLSA 3 1 1 ", &digest, b"\n"].concat());
            has_found = true;
        }
        if has_found { Ok(()) } else { Err(self.fatal(b"No usable keyfiles specified or configured")) }
    }

    /// The algorithm that is asked for, or the preferred one. Commands have words of their own for those that there
    /// are not.
    fn algorithm(&self, arguments: &Arguments, empty: &str, kind: &str) -> Result<Algorithm, Ended> {
        let preferred = self.algorithms.first().map_or("", |one| one.name());
        let name = arguments.value(b'a').unwrap_or(preferred.as_bytes());
        if name.is_empty() {
            return Err(self.fatal(empty.as_bytes()));
        }
        self.algorithms.iter().copied().find(|one| one.name().as_bytes() == name).ok_or_else(|| {
            self.fatal(&[b"Unsupported ", kind.as_bytes(), b" key algorithm: ", name].concat())
        })
    }

    /// The file that a key's name stands for: an algorithm's is the one in use. Empty if there is none.
    pub(super) fn key_file(&self, name: &[u8]) -> Vec<u8> {
        let algorithm = Algorithm::ALL.into_iter().find(|one| one.name().as_bytes() == name);
        let file = match algorithm {
            Some(one) if self.algorithms.contains(&one) => self.postconf(&["-nxh", one.key_parameter()]).0,
            Some(_) => Vec::new(),
            None if name.is_empty() || name == b"none" => name.to_vec(),
            None => self.located(name),
        };
        if file == b"none" { Vec::new() } else { file }
    }

    /// A file is looked for in the configuration directory unless its path is absolute.
    fn located(&self, name: &[u8]) -> Vec<u8> {
        if name.starts_with(b"/") {
            return name.to_vec();
        }
        [&self.config_directory[..], b"/", name].concat()
    }
}

/// The size or curve that is asked for, or else a variable's, or else the usual one.
fn bits(arguments: &Arguments, algorithm: Algorithm, variable: &[u8]) -> Vec<u8> {
    let asked = arguments.value(b'b').unwrap_or(variable);
    if asked.is_empty() { algorithm.usual_bits().into() } else { asked.to_vec() }
}
