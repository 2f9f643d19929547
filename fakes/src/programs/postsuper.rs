//! postsuper(1), on a queue without mail: looks through the directories.
//! It finds nothing to repair, to delete or to hold. Any user may run it: a world belongs to the user who created it.

use std::io::{BufRead, ErrorKind};
use std::os::unix::ffi::OsStrExt;

use crate::config::import_environment;
use crate::config::mail_params::Configuration;
use crate::config::main_cf::{COMMA_SPACE, split};
use crate::protocol::bytes::path_of;
use crate::protocol::features::Feature;
use crate::runtime::fatal::{Fatal, because};
use crate::runtime::getopt::Options;
use crate::runtime::messages::Severity;
use crate::runtime::program::Program;

/// The directories that are looked through unless some are named, in this order.
const USUAL: [&[u8]; 8] =
    [b"defer", b"bounce", b"maildrop", b"incoming", b"active", b"deferred", b"hold", b"flush"];

/// The directories that messages are looked for in.
const OF_MESSAGES: [&[u8]; 5] = [MAILDROP, b"incoming", b"active", b"deferred", HOLD];

const MAILDROP: &[u8] = b"maildrop";
const HOLD: &[u8] = b"hold";

/// How long a message's name may be: as long as a host's.
const LONGEST: usize = 255;

/// What becomes of messages, by option, and how the report at the end calls that.
const FATES: [(&[u8], &str); 5] = [
    (b"r", "Requeued"),
    (b"d", "Deleted"),
    (b"ef", "Force-expired"),
    (b"h", "Placed on hold"),
    (b"fH", "Released from hold"),
];

/// Does the job.
pub(crate) fn job(program: &Program) -> u8 {
    program.finished(attempt(program).map(|()| 0), 1)
}

fn attempt(program: &Program) -> Result<(), Fatal> {
    let options = program.options();
    if options.found.iter().any(|(letter, value)| *letter == b'c' && !value.starts_with(b"/")) {
        return Err(Fatal::Postfix(b"-c requires absolute pathname".to_vec()));
    }
    if options.complain_as(b"postsuper") {
        return Err(usage(program));
    }
    let directory = program.given_directory(&options);
    let warn = |text: &[u8]| program.tell(Severity::Warning, text);
    let configuration = Configuration::of_program(program, directory, warn)?;
    configuration.log_file(program.variable("POSTLOG_SERVICE"))?.open_first()?;
    import_environment::updates(&configuration)?;
    let path = configuration.text("queue_directory")?;
    std::fs::read_dir(path_of(&path)).map_err(|error| Fatal::because(&[b"chdir ", &path], &error))?;
    let named: Vec<&[u8]> =
        program.arguments[options.used..].iter().map(|argument| argument.as_bytes()).collect();
    let hashed = configuration.text("hash_queue_names")?;
    Queue {
        path: &path,
        program,
        directories: if named.is_empty() { USUAL.to_vec() } else { named },
        hashed: split(&hashed, COMMA_SPACE),
        depth: String::from_utf8_lossy(&configuration.text("hash_queue_depth")?).trim().parse().unwrap_or(1),
    }
    .work(&options)
}

/// The most directories that a path has room for: what lies deeper cannot be there.
const DEEPEST: usize = 4096 / 2;

/// The part of a queue that is searched.
struct Queue<'a> {
    program: &'a Program,
    path: &'a [u8],
    directories: Vec<&'a [u8]>,
    /// The directories whose messages lie in a forest of directories, and how deep that is.
    hashed: Vec<&'a [u8]>,
    depth: usize,
}

impl Queue<'_> {
    /// Repairs first, unless only other options are given. Then carries out the options about messages, in order.
    fn work(&self, options: &Options) -> Result<(), Fatal> {
        let is_about_messages = |letter: &u8| b"defhHr".contains(letter);
        let letters: Vec<u8> = options.found.iter().map(|(letter, _)| *letter).collect();
        if !letters.iter().any(is_about_messages) || letters.iter().any(|letter| b"psS".contains(letter)) {
            self.look_through()?;
        }
        for (letter, value) in options.found.iter().filter(|(letter, _)| is_about_messages(letter)) {
            match value.as_slice() {
                b"ALL" => self.look_through()?,
                b"-" => {
                    for line in std::io::stdin().lock().split(b'\n').map_while(Result::ok) {
                        self.look_for(*letter, line.split(|byte| *byte == 0).next().unwrap_or_default())?;
                    }
                }
                message => self.look_for(*letter, message)?,
            }
        }
        let reports_nothing_found = self.program.world.settings.has(Feature::PostsuperExpire);
        for (fate_letters, fate) in FATES {
            if reports_nothing_found && letters.iter().any(|letter| fate_letters.contains(letter)) {
                self.program.tell(Severity::Info, format!("{fate}: 0 messages").as_bytes());
            }
        }
        Ok(())
    }

    fn look_through(&self) -> Result<(), Fatal> {
        for directory in &self.directories {
            must_be_known(directory)?;
            if *directory == MAILDROP && self.hashed.contains(&MAILDROP) {
                return Err(Fatal::Postfix(b"maildrop queue must not be hashed".to_vec()));
            }
            std::fs::read_dir(path_of(self.path).join(path_of(directory)))
                .map_err(|error| Fatal::because(&[b"scan_dir_push: open directory ", directory], &error))?;
        }
        Ok(())
    }

    /// Looks for one message wherever an option of this letter does; what is not there is looked for once more.
    fn look_for(&self, letter: u8, message: &[u8]) -> Result<(), Fatal> {
        if !is_message(message) {
            // One option is two, of which each complains.
            for _ in 0..if letter == b'f' { 2 } else { 1 } {
                self.program.tell(Severity::Warning, &[b"invalid mail queue id: ", message].concat());
            }
            return Ok(());
        }
        if letter != b'H' {
            for _ in 0..2 {
                self.look_among_messages(letter, message)?;
            }
        }
        if b"fH".contains(&letter) {
            for directory in self.directories.iter().filter(|directory| **directory == HOLD) {
                self.look_in(directory, message)?;
            }
        }
        Ok(())
    }

    fn look_among_messages(&self, letter: u8, message: &[u8]) -> Result<(), Fatal> {
        // Whether it is passed over before or after it must be known makes no difference: these two are.
        let passed_over = |directory: &[u8]| match letter {
            b'd' => false,
            b'h' => directory == MAILDROP || directory == HOLD,
            _ => directory == MAILDROP,
        };
        for directory in &self.directories {
            must_be_known(directory)?;
            if OF_MESSAGES.contains(directory) && !passed_over(directory) {
                self.look_in(directory, message)?;
            }
        }
        Ok(())
    }

    fn look_in(&self, directory: &[u8], message: &[u8]) -> Result<(), Fatal> {
        let mut place = [directory, b"/"].concat();
        if self.hashed.iter().any(|hashed| hashed.eq_ignore_ascii_case(directory)) {
            for level in 0..self.depth.min(DEEPEST) {
                place.extend([message.get(level).copied().unwrap_or(b'_'), b'/']);
            }
        }
        place.extend_from_slice(message);
        match std::fs::symlink_metadata(path_of(self.path).join(path_of(&place))) {
            Ok(_) => return Err(Fatal::NotSimulated(b"a message in the queue".to_vec())),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => self.program.tell(Severity::Warning, &because(&[&place], &error)),
        }
        Ok(())
    }
}

fn must_be_known(directory: &[u8]) -> Result<(), Fatal> {
    if USUAL.contains(&directory) || directory == b"trace" {
        return Ok(());
    }
    Err(Fatal::Postfix([b"invalid directory name: ", directory].concat()))
}

/// Whether a message can be called that.
fn is_message(name: &[u8]) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    !name.is_empty() && name.len() <= LONGEST && name.iter().all(is_plain)
}

fn usage(program: &Program) -> Fatal {
    let expire = if program.world.settings.has(Feature::PostsuperExpire) {
        "[-e queue_id (expire)] [-f queue_id (expire and/or un-hold)] "
    } else {
        ""
    };
    let text = format!(
        "usage: postsuper [-c config_dir] [-d queue_id (delete)] {expire}[-h queue_id (hold)] [-H queue_id \
         (un-hold)] [-p (purge temporary files)] [-r queue_id (requeue)] [-s (structure fix)] [-S (redundant \
         structure fix)][-v (verbose)] [queue...]"
    );
    Fatal::Postfix(text.into_bytes())
}
