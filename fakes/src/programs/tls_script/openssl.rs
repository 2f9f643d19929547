//! The openssl(1) of the default instance: whether it works, and which algorithms it and Postfix know both. Knows
//! nothing of what is done with it.

use super::{Algorithm, Ended, Priority, Script};
use crate::config::main_cf::{SPACE, split};
use crate::runtime::shell_command::{Output, Ran};
use crate::runtime::standard_output::say;

/// The digest of nothing at all, in which every failure to digest something ends.
pub(super) const DIGEST_OF_NOTHING: &[u8] =
    b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Which openssl.
#[derive(Clone, Debug, Default)]
pub(super) struct Openssl {
    /// The value of `openssl_path`.
    pub(super) path: Vec<u8>,
    /// The default instance's configuration directory, as postconf told it.
    default_config_directory: Vec<u8>,
}

impl Script<'_> {
    /// All instances use the default one's.
    pub(super) fn find_openssl(&mut self) -> Result<(), Ended> {
        self.openssl.default_config_directory = self.postconf(&["-dh", "config_directory"]).0;
        let default = self.openssl.default_config_directory.clone();
        let mut words = vec![&b"-c"[..]];
        words.extend(split(&default, SPACE));
        words.extend([&b"-xh"[..], b"openssl_path"]);
        self.openssl.path = self.postconf(&words).0;
        let words = [self.openssl.path.clone(), b"version".to_vec()];
        if self.shell.run(&words, None, Output::Dropped, Output::Dropped).status == 0 {
            return Ok(());
        }
        let text = b"No working openssl(1) command found with 'openssl_path = ";
        Err(self.fatal(&[&text[..], &self.openssl.path, b"'"].concat()))
    }

    /// Which algorithms there are, the preferred ones first.
    pub(super) fn find_algorithms(&mut self) -> Result<(), Ended> {
        if self.postconf(&["-T", "compile-version"]).0.is_empty() {
            let version = self.postconf(&["-dh", "mail_version"]).0;
            let text = [b"Postfix ", &version[..], b" is not compiled with TLS support"].concat();
            return Err(self.fatal(&text));
        }
        let known = self.postconf(&["-T", "public-key-algorithms"]).0;
        let is_known = |name: &str| known.split(|byte| *byte == b'\n').any(|line| line == name.as_bytes());
        self.algorithms = Algorithm::ALL.into_iter().filter(|one| is_known(one.name())).collect();
        if self.algorithms.contains(&Algorithm::Ecdsa) && !self.knows_curves() {
            let path = &self.openssl.path[..];
            let search_path = self.program.variable("PATH").unwrap_or_default();
            // What is logged here is not what the script ends with, whatever comes of it.
            let _ = self.log_lines(
                Priority::Warn,
                &[
                    &b"Postfix supports ECDSA, but the "[..],
                    path,
                    b" command does not. Consider\nsetting the openssl_path parameter to a more capable \
                      version of the\ncommand-line utility than ",
                    path,
                    b" (with PATH=",
                    search_path,
                    b").\n",
                ]
                .concat(),
            );
            self.algorithms.retain(|one| *one != Algorithm::Ecdsa);
        }
        if self.algorithms.is_empty() {
            let version = self.postconf(&["-dh", "mail_version"]).0;
            let text = [b"Postfix ", &version[..], b" does not support either RSA or ECDSA"].concat();
            return Err(self.fatal(&text));
        }
        Ok(())
    }

    fn knows_curves(&self) -> bool {
        self.openssl(&["ecparam", "-name", "secp256r1"], None, Output::Dropped, Output::Dropped).status == 0
    }

    /// Digests nothing, to see whether it can.
    pub(super) fn must_digest(&self) -> Result<(), Ended> {
        if self.digest(b"") == DIGEST_OF_NOTHING {
            return Ok(());
        }
        let openssl = &self.openssl;
        say(&[
            b"Your ",
            &openssl.path[..],
            b" does not support the SHA2-256 digest algorithm. To enable\n'postfix tls', install an OpenSSL that \
              does. Install its openssl(1) command\nat /usr/local/bin/openssl or other suitable location, and set \
              the\n'openssl_path' parameter in ",
            &openssl.default_config_directory,
            b"/main.cf accordingly.\n",
        ]
        .concat());
        Err(self.fatal(b"No 'postfix tls' support when openssl(1) is obsolete"))
    }

    /// The digest in hexadecimal digits; empty where openssl tells none.
    pub(super) fn digest(&self, data: &[u8]) -> Vec<u8> {
        let words = ["dgst", "-binary", "-sha256"];
        let digest = self.openssl(&words, Some(data), Output::Gathered, Output::Dropped).stdout;
        digest.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
    }

    /// Runs openssl. A path with blanks is several words here, although it was none when it was looked for.
    pub(super) fn openssl<W: AsRef<[u8]>>(
        &self,
        arguments: &[W],
        input: Option<&[u8]>,
        stdout: Output,
        stderr: Output,
    ) -> Ran {
        let path = split(&self.openssl.path, SPACE).into_iter().map(<[u8]>::to_vec);
        let words: Vec<_> = path.chain(arguments.iter().map(|word| word.as_ref().to_vec())).collect();
        self.shell.run(&words, input, stdout, stderr)
    }
}
