//! Private keys: reading, copying and making them, and the digests of the public keys that belong to them. Knows how
//! openssl(1) is asked, nothing of what the keys are for.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::time::{SystemTime, UNIX_EPOCH};

use nix::sys::stat::{Mode, umask};

use super::openssl::DIGEST_OF_NOTHING;
use super::{Algorithm, Ended, Priority, Script, without_line_ends};
use crate::protocol::bytes::path_of;
use crate::runtime::shell_command::Output;
use crate::runtime::standard_output::say;
use crate::runtime::world_boundary::is_within;

/// What is given for a password, so that nobody is asked for one.
const PASSWORD: &str = "pass:umask 077";

/// The files of a new key and of the certificate for it.
pub(super) struct NewFiles {
    pub(super) key: Vec<u8>,
    pub(super) certificate: Vec<u8>,
}

/// A private key that was read.
struct Key {
    algorithm: Algorithm,
    text: Vec<u8>,
}

impl Script<'_> {
    /// Which algorithm the key in a file is of.
    pub(super) fn check_key(&self, file: &[u8]) -> Result<Algorithm, Ended> {
        self.read_key(file)
            .map(|key| key.algorithm)
            .ok_or_else(|| self.fatal(&[b"no private key found in file: ", file].concat()))
    }

    fn read_key(&self, file: &[u8]) -> Option<Key> {
        if !path_of(file).is_file() {
            return None;
        }
        Algorithm::ALL.into_iter().find_map(|algorithm| {
            let words =
                [algorithm.openssl_command().as_bytes(), b"-passin", PASSWORD.as_bytes(), b"-in", file];
            let text = self.openssl(&words, Some(b""), Output::Gathered, Output::Dropped).stdout;
            // openssl's status is not asked: old ones had a good one for commands that they did not know.
            let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            let text: Vec<u8> = lines.flat_map(|line| [line, b"\n"].concat()).collect();
            (!text.is_empty()).then_some(Key { algorithm, text })
        })
    }

    /// The digest of the public key that belongs to the private one in a file.
    pub(super) fn public_key_digest(&self, file: &[u8]) -> Option<Vec<u8>> {
        self.first_digest(file, |command| {
            [command.as_bytes(), b"-passin", PASSWORD.as_bytes(), b"-in", file, b"-pubout"]
                .map(<[u8]>::to_vec)
                .to_vec()
        })
    }

    /// The digest of the public key in a certificate.
    pub(super) fn certified_digest(&self, file: &[u8]) -> Option<Vec<u8>> {
        self.first_digest(file, |_| {
            [&b"x509"[..], b"-pubkey", b"-noout", b"-in", file].map(<[u8]>::to_vec).to_vec()
        })
    }

    /// Tries the algorithms in turn, the other way round than for private keys.
    fn first_digest(&self, file: &[u8], public_key: impl Fn(&str) -> Vec<Vec<u8>>) -> Option<Vec<u8>> {
        if !path_of(file).is_file() {
            return None;
        }
        ["ec", "rsa"].into_iter().find_map(|command| {
            let key = self.openssl(&public_key(command), None, Output::Gathered, Output::Dropped).stdout;
            let words = [command, "-pubin", "-outform", "DER"];
            let key = self.openssl(&words, Some(&key), Output::Gathered, Output::Dropped).stdout;
            let digest = self.digest(&key);
            (!digest.is_empty() && digest != DIGEST_OF_NOTHING).then_some(digest)
        })
    }

    /// A new key, or a copy of `old` where that is not empty, in a file named for this moment.
    pub(super) fn ensure_key(
        &self,
        algorithm: Algorithm,
        bits: &[u8],
        old: &[u8],
    ) -> Result<NewFiles, Ended> {
        let stamp = now();
        let named = |what: &str| {
            let name = format!("/{}{what}-{stamp}.pem", algorithm.prefix());
            [&self.config_directory[..], name.as_bytes()].concat()
        };
        let files = NewFiles { key: named("key"), certificate: named("cert") };
        if !is_within(&self.program.world, path_of(&files.key)) {
            let shown = String::from_utf8_lossy(&self.config_directory).into_owned();
            return Err(Ended(self.program.refuse(&format!("a new key in {shown}, outside of the world"))));
        }
        for (kind, file) in [("private key", &files.key), ("certificate", &files.certificate)] {
            if is_readable(file) {
                let text = format!("New {kind} file already exists: ");
                return Err(self.fatal(&[text.as_bytes(), file].concat()));
            }
        }
        let made = if old.is_empty() {
            self.create_key(algorithm, bits, &files.key)
        } else {
            self.copy_key(algorithm, old, &files.key)
        };
        made.map(|()| files).map_err(|Ended(status)| {
            let _ = std::fs::remove_file(path_of(&named("key")));
            Ended(status)
        })
    }

    fn copy_key(&self, algorithm: Algorithm, old: &[u8], new: &[u8]) -> Result<(), Ended> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path_of(new));
        let key = match file {
            Err(error) => {
                let own = self.program.path.as_os_str().as_bytes();
                let why = crate::runtime::fatal::system_message(&error);
                say(&[own, b": cannot create ", new, b": ", why.as_bytes(), b"\n"].concat());
                None
            }
            Ok(mut file) => self.read_key(old).filter(|key| file.write_all(&key.text).is_ok()),
        };
        let Some(key) = key else {
            return Err(
                self.fatal(&[b"Error copying private key from '", old, b"' to '", new, b"'"].concat())
            );
        };
        if key.algorithm == algorithm {
            return Ok(());
        }
        let (is, wanted) = (key.algorithm.name().as_bytes(), algorithm.name().as_bytes());
        Err(self.fatal(&[b"Key algorithm '", is, b"' of '", old, b"' is not '", wanted, b"'"].concat()))
    }

    fn create_key(&self, algorithm: Algorithm, bits: &[u8], new: &[u8]) -> Result<(), Ended> {
        let words: &[&[u8]] = match algorithm {
            Algorithm::Rsa => &[b"genrsa", b"-out", new, bits],
            Algorithm::Ecdsa => {
                &[b"ecparam", b"-param_enc", b"named_curve", b"-genkey", b"-out", new, b"-name", bits]
            }
        };
        let command: Vec<Vec<u8>> =
            [&self.openssl.path[..]].iter().chain(words).map(|word| word.to_vec()).collect();
        let before = umask(Mode::from_bits_truncate(0o077));
        let ran = self.shell.run(&command, None, Output::Gathered, Output::Gathered);
        umask(before);
        if ran.status == 0 {
            return Ok(());
        }
        let said = without_line_ends([ran.stdout, ran.stderr].concat());
        let _ = self.log_lines(Priority::Warn, &[&said[..], b"\n"].concat());
        let name = algorithm.name().as_bytes();
        Err(self.fatal(&[b"error generating new ", name, b" ", bits, b" private key"].concat()))
    }
}

/// Whether the caller may read what is at this path.
pub(super) fn is_readable(path: &[u8]) -> bool {
    nix::unistd::access(path_of(path), nix::unistd::AccessFlags::R_OK).is_ok()
}

/// This second in universal time, as `YYYYMMDD-HHMMSS`.
fn now() -> String {
    moment(SystemTime::now())
}

/// A clock that stands before 1970 counts as if it stood at its start: none of those moments can be told.
fn moment(time: SystemTime) -> String {
    let text = humantime::format_rfc3339_seconds(time.max(UNIX_EPOCH)).to_string();
    let shown = text.chars().filter_map(|letter| match letter {
        'T' => Some('-'),
        _ => letter.is_ascii_digit().then_some(letter),
    });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::moment;

    #[test]
    fn a_second_is_told_by_its_digits() {
        assert_eq!(moment(UNIX_EPOCH + Duration::from_secs(951_782_400)), "20000229-000000");
        assert_eq!(moment(UNIX_EPOCH - Duration::from_secs(1)), "19700101-000000");
    }
}
