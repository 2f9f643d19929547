//! postfix-tls-script: `postfix tls`, on one instance, in the environment that postfix(1) exports. It asks and edits
//! with postconf(1), logs with postlog(1), and lets openssl(1) make keys and certificates, each a process of its own
//! as for the real script, so that faults find them and a missing one is missed.
//!
//! The texts that it logs are the real script's: whoever reads a log must find the same ones.

mod arguments;
mod certificates;
mod commands;
mod deployment;
mod keys;
mod openssl;
mod telling;

use crate::config::main_cf::{SPACE, split};
use crate::protocol::bytes::path_of;
use crate::runtime::program::Program;
use crate::runtime::shell_command::{Output, Shell};
use crate::runtime::standard_output::say;

use openssl::Openssl;

/// What the script knows once it has looked around.
struct Script<'a> {
    program: &'a Program,
    shell: Shell<'a>,
    postconf: Vec<u8>,
    postlog: Vec<u8>,
    tag: Vec<u8>,
    config_directory: Vec<u8>,
    data_directory: Vec<u8>,
    openssl: Openssl,
    /// The algorithms that both Postfix and openssl know.
    algorithms: Vec<Algorithm>,
}

/// Why a command ends without having been done: its exit status.
struct Ended(u8);

/// How the severities are called on postlog's command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Priority {
    Info,
    Warn,
    Error,
    Fatal,
}

/// An algorithm of keys, in the order in which they are preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    Rsa,
    Ecdsa,
}

impl Algorithm {
    const ALL: [Self; 2] = [Self::Rsa, Self::Ecdsa];

    fn name(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::Ecdsa => "ecdsa",
        }
    }

    /// The command of openssl for such keys.
    fn openssl_command(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::Ecdsa => "ec",
        }
    }

    /// What names of files begin with.
    fn prefix(self) -> &'static str {
        match self {
            Self::Rsa => "",
            Self::Ecdsa => "ec",
        }
    }

    /// The size or curve of a new key unless one is asked for.
    fn usual_bits(self) -> &'static str {
        match self {
            Self::Rsa => "2048",
            Self::Ecdsa => "secp256r1",
        }
    }

    fn key_parameter(self) -> &'static str {
        match self {
            Self::Rsa => "smtpd_tls_key_file",
            Self::Ecdsa => "smtpd_tls_eckey_file",
        }
    }

    fn certificate_parameter(self) -> &'static str {
        match self {
            Self::Rsa => "smtpd_tls_cert_file",
            Self::Ecdsa => "smtpd_tls_eccert_file",
        }
    }
}

/// Does the job.
pub(crate) fn job(program: &Program) -> u8 {
    let done = Script::begin(program).and_then(|script| script.command(&program.arguments));
    done.map_or_else(|Ended(status)| status, |()| 0)
}

impl<'a> Script<'a> {
    /// Looks for what no command can do without, in the script's order.
    fn begin(program: &'a Program) -> Result<Self, Ended> {
        let variable = |name: &str| program.variable(name).unwrap_or_default().to_vec();
        if variable("daemon_directory").is_empty() {
            say(b"This script must be run by the postfix command.\nDo not run directly.\n");
            return Err(Ended(1));
        }
        nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o022));
        let commands = variable("command_directory");
        // The real script would then log with whatever postlog it finds, which may be the host's.
        if commands.is_empty() || std::env::set_current_dir(path_of(&commands)).is_err() {
            return Err(Ended(program.refuse("postfix tls without a command directory")));
        }
        let mut script = Self {
            program,
            shell: Shell { program },
            postconf: [&commands[..], b"/postconf"].concat(),
            postlog: [&commands[..], b"/postlog"].concat(),
            tag: [&variable("MAIL_LOGTAG")[..], b"/postfix-tls-script"].concat(),
            config_directory: variable("config_directory"),
            data_directory: variable("data_directory"),
            openssl: Openssl::default(),
            algorithms: Vec::new(),
        };
        script.find_openssl()?;
        if !path_of(&script.config_directory).is_dir() {
            let words = split(&script.config_directory, SPACE);
            let directory = words.join(&b' ');
            return Err(
                script.fatal(&[b"no Postfix configuration directory ", &directory[..], b"!"].concat())
            );
        }
        script.find_algorithms()?;
        script.must_digest()?;
        Ok(script)
    }

    /// Asks postconf about this instance, or the one that is given in front: what it answers, without the last line
    /// ends.
    fn postconf<W: AsRef<[u8]>>(&self, arguments: &[W]) -> (Vec<u8>, bool) {
        let mut words = vec![self.postconf.clone()];
        words.extend(arguments.iter().map(|word| word.as_ref().to_vec()));
        let ran = self.shell.run(&words, None, Output::Gathered, Output::Inherited);
        (without_line_ends(ran.stdout), ran.status == 0)
    }

    /// Edits main.cf in one go.
    fn set(&self, settings: &[Vec<u8>]) -> Result<(), Ended> {
        let words = [&[self.postconf.clone(), b"-e".to_vec()][..], settings].concat();
        let status = self.shell.run(&words, None, Output::Inherited, Output::Inherited).status;
        if status == 0 { Ok(()) } else { Err(Ended(1)) }
    }

    /// Logs one line.
    fn log(&self, priority: Priority, text: &[u8]) {
        let mut words = self.logger(priority);
        words.push(text.to_vec());
        self.shell.run(&words, None, Output::Inherited, Output::Inherited);
    }

    /// Logs what stands on each line, and tells how logging went.
    fn log_lines(&self, priority: Priority, lines: &[u8]) -> Result<(), Ended> {
        let words = self.logger(priority);
        let status = self.shell.run(&words, Some(lines), Output::Inherited, Output::Inherited).status;
        if status == 0 { Ok(()) } else { Err(Ended(status)) }
    }

    fn logger(&self, priority: Priority) -> Vec<Vec<u8>> {
        let priority = match priority {
            Priority::Info => "info",
            Priority::Warn => "warn",
            Priority::Error => "error",
            Priority::Fatal => "fatal",
        };
        let mut words = vec![self.postlog.clone(), b"-t".to_vec()];
        words.extend(split(&self.tag, SPACE).into_iter().map(<[u8]>::to_vec));
        words.extend([b"-p".to_vec(), priority.into()]);
        words
    }

    /// Logs what ends the script, and is that end.
    fn fatal(&self, text: &[u8]) -> Ended {
        self.log(Priority::Fatal, text);
        Ended(1)
    }
}

/// What a shell makes of the output that it puts in place of a command.
fn without_line_ends(mut text: Vec<u8>) -> Vec<u8> {
    let kept = text.iter().rposition(|byte| *byte != b'\n').map_or(0, |last| last + 1);
    text.truncate(kept);
    text
}
