//! `postfix chroot`, in Debian's packages from 3.10 on: lists which services run in a chroot.
//! It also lists which services would be changed, and changes none. Knows nothing of what a chroot needs.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use crate::config::main_cf::{SPACE, split};
use crate::programs::postconf_client::PostconfClient;
use crate::runtime::getopt::Options;
use crate::runtime::standard_output::{print, say};

/// Programs of services that cannot run in a chroot.
const NEVER: &str = "local pipe postlogd proxymap spawn virtual";

/// Those that need nothing in there.
const SIMPLE: &str = "anvil bounce cleanup discard dnsblog error flush pickup postscreen scache showq tlsmgr tlsproxy \
                      trivial-rewrite verify nqmgr oqmgr qmgr qmqpd";

/// Those that need files of the host.
const COMPLEX: &str = "lmtp smtp smtpd";

/// The compatibility level from which on a service without a choice is not in a chroot.
const FIRST_WITHOUT: u8 = b'3';

/// Whether a service runs in a chroot if its field is `-`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unless {
    Chroot,
    NoChroot,
}

/// Which services are looked at.
#[derive(Clone, Copy, Debug)]
struct Selection {
    simple: bool,
    complex: bool,
    custom: bool,
}

/// What is asked about services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChrootRequest {
    /// Whether they are in a chroot.
    Told,
    /// That they are, or are not.
    Set(bool),
}

/// What was found of the services looked at.
#[derive(Debug, Default)]
struct ChrootState {
    matches: bool,
    differs: bool,
    /// What would have to be changed, in postconf(1)'s words.
    changes: Vec<Vec<u8>>,
}

/// Whether a service that needs files of the host is in a chroot. The error is the exit status of a failed question.
pub(crate) fn is_needed(client: &PostconfClient) -> Result<bool, u8> {
    let default = Unless::of(client)?;
    let selection = Selection { simple: false, complex: true, custom: true };
    let found = look(client, default, selection, ChrootRequest::Set(false))?;
    Ok(!found.changes.is_empty())
}

/// Runs the command: the exit status if it fails.
pub(crate) fn command(
    client: &PostconfClient,
    config_directory: &[u8],
    words: &[OsString],
) -> Result<(), u8> {
    let default = Unless::of(client)?;
    let options = Options::parse("nSXc", words);
    let has = |letter: u8| options.last(letter).is_some();
    if let Some(letter) = options.wrong {
        say(&[b"Illegal option -", &[letter][..], b"\n"].concat());
        return Err(1);
    }
    let word = words.get(options.used).map(|word| word.as_bytes()).unwrap_or_default();
    let wanted = match word {
        b"on" | b"y" => ChrootRequest::Set(true),
        b"off" | b"n" => ChrootRequest::Set(false),
        b"query" | b"q" | b"" => ChrootRequest::Told,
        _ => {
            say(&[b"E: chroot: unknown arg ", word, b" (expected [-n][-S][-X][-c] on|off|query)\n"].concat());
            return Err(1);
        }
    };
    let selection = Selection { simple: !has(b'S'), complex: !has(b'X'), custom: has(b'c') };
    let found = look(client, default, selection, wanted)?;
    match wanted {
        ChrootRequest::Told => print(found.told().as_bytes()),
        ChrootRequest::Set(_) if found.changes.is_empty() => {}
        ChrootRequest::Set(_) if has(b'n') => {
            let start = [client.command_directory(), b"/postconf -c ", config_directory, b" -F "].concat();
            print(&[&start[..], &found.changes.join(&b' '), b"\n"].concat());
        }
        ChrootRequest::Set(_) => {
            return Err(client.program.refuse("to change which services are in a chroot"));
        }
    }
    Ok(())
}

impl Unless {
    fn of(client: &PostconfClient) -> Result<Self, u8> {
        let answer = client.ask_aloud(&["-h", "compatibility_level"])?;
        if answer.status != 0 {
            return Err(answer.status);
        }
        let digits: Vec<u8> = answer
            .stdout
            .iter()
            .copied()
            .take_while(u8::is_ascii_digit)
            .skip_while(|digit| *digit == b'0')
            .collect();
        // A level that is no number counts as an old one.
        let is_old = digits.len() <= 1 && digits.first().is_none_or(|digit| *digit < FIRST_WITHOUT);
        Ok(if is_old { Self::Chroot } else { Self::NoChroot })
    }

    fn is_chrooted(self, field: &[u8]) -> bool {
        field == b"y" || (field == b"-" && self == Self::Chroot)
    }

    fn is_free(self, field: &[u8]) -> bool {
        field == b"n" || (field == b"-" && self == Self::NoChroot)
    }
}

impl ChrootState {
    fn told(&self) -> &'static str {
        match (self.matches, self.differs) {
            (true, false) => "on\n",
            (false, _) => "off\n",
            (true, true) => "mixed\n",
        }
    }
}

fn look(
    client: &PostconfClient,
    default: Unless,
    selection: Selection,
    wanted: ChrootRequest,
) -> Result<ChrootState, u8> {
    let mut found = ChrootState::default();
    let services = client.ask_aloud(&["-M"])?.stdout;
    for line in services.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let fields = split(line, SPACE);
        let field = |number: usize| fields.get(number).copied().unwrap_or_default();
        let (name, kind, chroot, command) = (field(0), field(1), field(4), field(7));
        let is_one_of = |programs: &str| programs.split(' ').any(|program| program.as_bytes() == command);
        let is_looked_at = if is_one_of(NEVER) {
            false
        } else if is_one_of(SIMPLE) {
            selection.simple
        } else if is_one_of(COMPLEX) {
            selection.complex
        } else {
            if !selection.custom {
                let service = [name, kind, &[b"command=", command].concat()].join(&b'/');
                say(&[b"W: custom service ", &service[..], b" (ignored)\n"].concat());
            }
            selection.custom
        };
        if !is_looked_at {
            continue;
        }
        let matches = if wanted == ChrootRequest::Set(false) {
            default.is_free(chroot)
        } else {
            default.is_chrooted(chroot)
        };
        found.matches |= matches;
        found.differs |= !matches;
        if let (ChrootRequest::Set(is_on), false) = (wanted, matches) {
            let change: &[u8] = if is_on { b"chroot=y" } else { b"chroot=n" };
            found.changes.push([name, kind, change].join(&b'/'));
        }
    }
    Ok(found)
}
