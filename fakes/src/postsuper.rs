//! postsuper(1) on a queue without mail: it looks through the directories that it is told to, and finds nothing to
//! repair, to delete or to hold. That it is reserved for root is not simulated: whoever made a world owns it.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use crate::configuration::Configuration;
use crate::main_cf::{Fatal, system_message};
use crate::messages::{self, Severity};
use crate::obedience::specification;
use crate::options::Options;
use crate::program::{Program, path_of, say};

/// The directories that are looked through unless some are named, in this order.
const USUAL: [&[u8]; 8] =
    [b"defer", b"bounce", b"maildrop", b"incoming", b"active", b"deferred", b"hold", b"flush"];

/// One more that may be named.
const TRACE: &[u8] = b"trace";

/// What becomes of messages, by option, and how the report at the end calls that.
const FATES: [(&[u8], &str); 5] = [
    (b"r", "Requeued"),
    (b"d", "Deleted"),
    (b"ef", "Force-expired"),
    (b"h", "Placed on hold"),
    (b"H", "Released from hold"),
];

/// Does the job.
pub(crate) fn job(program: &Program) -> u8 {
    match attempt(program) {
        Ok(()) => 0,
        Err(fatal) => program.give_up(&fatal, |text| {
            tell(Severity::Fatal, text);
            1
        }),
    }
}

fn attempt(program: &Program) -> Result<(), Fatal> {
    let options = Options::parse(
        specification("postsuper", program.world.settings.version()).unwrap_or_default(),
        &program.arguments,
    );
    if options.found.iter().any(|(letter, value)| *letter == b'c' && !value.starts_with(b"/")) {
        return Err(Fatal(b"-c requires absolute pathname".to_vec()));
    }
    if let Some(complaint) = &options.complaint {
        say(&[b"postsuper: ", complaint.as_bytes(), b"\n"].concat());
        return Err(usage());
    }
    let directory = options.last(b'c').or_else(|| program.variable("MAIL_CONFIG")).map(<[u8]>::to_vec);
    let mut warnings = Vec::new();
    let read = Configuration::read(&program.world, "postsuper", directory, &mut warnings);
    for warning in warnings {
        tell(Severity::Warning, &warning);
    }
    let queue = read?.text("queue_directory")?;
    if let Err(error) = std::fs::read_dir(path_of(&queue)) {
        return Err(Fatal([b"chdir ", &queue[..], b": ", system_message(&error).as_bytes()].concat()));
    }
    look_through(&queue, &options, &program.arguments[options.used..])?;
    for (letters, fate) in FATES {
        if options.found.iter().any(|(letter, _)| letters.contains(letter)) {
            tell(Severity::Info, format!("{fate}: 0 messages").as_bytes());
        }
    }
    Ok(())
}

/// Looks through the directories, where an option asks for more than a single message of them.
fn look_through(queue: &[u8], options: &Options, named: &[OsString]) -> Result<(), Fatal> {
    let is_about_one =
        |(letter, value): &(u8, Vec<u8>)| b"defhHr".contains(letter) && value.as_slice() != b"ALL";
    let is_about_all = |(letter, value): &(u8, Vec<u8>)| {
        b"psS".contains(letter) || (b"defhHr".contains(letter) && value.as_slice() == b"ALL")
    };
    if options.found.iter().any(is_about_one) && !options.found.iter().any(is_about_all) {
        return Ok(());
    }
    let named: Vec<&[u8]> = named.iter().map(OsString::as_os_str).map(OsStrExt::as_bytes).collect();
    let directories = if named.is_empty() { &USUAL[..] } else { &named };
    for directory in directories {
        if !USUAL.contains(directory) && *directory != TRACE {
            return Err(Fatal([b"invalid directory name: ", *directory].concat()));
        }
        let path = path_of(queue).join(path_of(directory));
        let Err(error) = std::fs::read_dir(path) else { continue };
        let start = [b"scan_dir_push: open directory ", *directory, b": "].concat();
        return Err(Fatal([&start, system_message(&error).as_bytes()].concat()));
    }
    Ok(())
}

fn usage() -> Fatal {
    let text = "usage: postsuper [-c config_dir] [-d queue_id (delete)] [-e queue_id (expire)] \
                [-f queue_id (expire and/or un-hold)] [-h queue_id (hold)] [-H queue_id (un-hold)] \
                [-p (purge temporary files)] [-r queue_id (requeue)] [-s (structure fix)] \
                [-S (redundant structure fix)][-v (verbose)] [queue...]";
    Fatal(text.as_bytes().to_vec())
}

fn tell(severity: Severity, text: &[u8]) {
    say(&messages::line(b"postsuper", severity, text, true));
}
