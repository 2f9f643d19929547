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

/// The last compatibility levels at which a service without a choice is in a chroot. A level that is no number counts as
/// an old one.
const OLD: [&[u8]; 3] = [b"", b"1", b"2"];

/// Whether a service that needs files of the host is in a chroot. The error is the exit status of a failed question.
pub(crate) fn is_needed(client: &PostconfClient) -> Result<bool, u8> {
    let by_default = is_default(client)?;
    Ok(look(client, by_default, b"Sc", false)?.iter().any(|(_, is_free)| !is_free))
}

/// Runs the command: the exit status if it fails.
pub(crate) fn command(client: &PostconfClient, words: &[OsString]) -> Result<(), u8> {
    let by_default = is_default(client)?;
    let options = Options::parse("nSXc", words);
    if let Some(letter) = options.wrong {
        say(&[b"Illegal option -", &[letter][..], b"\n"].concat());
        return Err(1);
    }
    let word = words.get(options.used).map(|word| word.as_bytes()).unwrap_or_default();
    let wanted = match word {
        b"on" | b"y" => Some(true),
        b"off" | b"n" => Some(false),
        b"query" | b"q" | b"" => None,
        _ => {
            say(&[b"E: chroot: unknown arg ", word, b" (expected [-n][-S][-X][-c] on|off|query)\n"].concat());
            return Err(1);
        }
    };
    let letters: Vec<u8> = options.found.iter().map(|(letter, _)| *letter).collect();
    let found = look(client, by_default, &letters, wanted != Some(false))?;
    let (matches, differs) =
        (found.iter().any(|(_, matches)| *matches), found.iter().any(|(_, matches)| !matches));
    match wanted {
        None if !matches => print(b"off\n"),
        None => print(if differs { "mixed\n" } else { "on\n" }.as_bytes()),
        Some(_) if !differs => {}
        Some(is_on) if letters.contains(&b'n') => {
            let choice: &[u8] = if is_on { b"/chroot=y" } else { b"/chroot=n" };
            let changes =
                found.iter().filter(|(_, matches)| !matches).map(|(service, _)| [service, choice].concat());
            let (commands, directory) =
                (client.variable("command_directory"), client.variable("config_directory"));
            let changes = changes.collect::<Vec<_>>().join(&b' ');
            print(&[commands, b"/postconf -c ", directory, b" -F ", &changes, b"\n"].concat());
        }
        Some(_) => return Err(client.program.refuse("to change which services are in a chroot")),
    }
    Ok(())
}

/// Whether a service runs in a chroot if its field is `-`.
fn is_default(client: &PostconfClient) -> Result<bool, u8> {
    let answer = client.ask_aloud(["-h", "compatibility_level"])?;
    if answer.status != 0 {
        return Err(answer.status);
    }
    let count = |is_counted: fn(&&u8) -> bool| answer.stdout.iter().take_while(is_counted).count();
    let (zeros, digits) = (count(|byte| **byte == b'0'), count(|byte| byte.is_ascii_digit()));
    Ok(OLD.contains(&&answer.stdout[zeros..digits]))
}

/// The services that options of these letters select, as `NAME/TYPE`, and whether each is in a chroot, or is not, as
/// wanted.
fn look(
    client: &PostconfClient,
    by_default: bool,
    letters: &[u8],
    is_on: bool,
) -> Result<Vec<(Vec<u8>, bool)>, u8> {
    let mut found = Vec::new();
    let services = client.ask_aloud(["-M"])?.stdout;
    for line in services.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let fields = split(line, SPACE);
        let field = |number: usize| fields.get(number).copied().unwrap_or_default();
        let (chroot, command) = (field(4), field(7));
        let service = [field(0), field(1)].join(&b'/');
        let is_one_of = |programs: &str| programs.split(' ').any(|program| program.as_bytes() == command);
        let is_looked_at = if is_one_of(NEVER) {
            false
        } else if is_one_of(SIMPLE) {
            !letters.contains(&b'S')
        } else if is_one_of(COMPLEX) {
            !letters.contains(&b'X')
        } else if letters.contains(&b'c') {
            true
        } else {
            say(&[b"W: custom service ", &service[..], b"/command=", command, b" (ignored)\n"].concat());
            false
        };
        if is_looked_at {
            let choice: &[u8] = if is_on { b"y" } else { b"n" };
            found.push((service, chroot == choice || (chroot == b"-" && by_default == is_on)));
        }
    }
    Ok(found)
}
