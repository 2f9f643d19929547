//! A running fake: its world, how it was called, and how it refuses. Knows nothing of what a program does.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::protocol::fault::EditFault;
use crate::protocol::journal::{self, What};
use crate::protocol::world::World;
use crate::runtime::fake_names::specification;
use crate::runtime::fatal::Fatal;
use crate::runtime::getopt::Options;
use crate::runtime::messages::{self, Severity, Utf8};
use crate::runtime::standard_output::say;

/// A fake at work.
#[derive(Debug)]
pub(crate) struct Program {
    /// The world it lies in.
    pub(crate) world: World,
    /// The name it goes by.
    pub(crate) name: String,
    /// What it was called as; messages of some programs begin with it.
    pub(crate) called: Vec<u8>,
    /// Its own path.
    pub(crate) path: PathBuf,
    /// Its arguments, without the name.
    pub(crate) arguments: Vec<OsString>,
    /// Its environment as it was started with.
    pub(crate) environment: BTreeMap<OsString, OsString>,
    /// The directory it was started in.
    pub(crate) directory: PathBuf,
    /// What shall happen to an edit, once the faults have been asked.
    pub(crate) edit_fault: Option<EditFault>,
}

/// How the work of a fake ends.
#[derive(Debug)]
pub(crate) enum End {
    /// With an exit status.
    With(u8),
    /// The process goes on as another fake, as after execve(2).
    Exec(Box<Program>),
}

impl Program {
    /// The value of an environment variable, if it is set.
    pub(crate) fn variable(&self, name: &str) -> Option<&[u8]> {
        self.environment.get(OsStr::new(name)).map(|value| value.as_bytes())
    }

    /// Its options, as getopt(3) takes them.
    pub(crate) fn options(&self) -> Options {
        let specification = specification(&self.name, self.world.settings.version());
        Options::parse(specification.unwrap_or_default(), &self.arguments)
    }

    /// What its messages keep of bytes that are not ASCII.
    pub(crate) fn utf8(&self) -> Utf8 {
        Utf8::of(self.world.settings.version())
    }

    /// The configuration directory that `-c` or the environment names.
    pub(crate) fn given_directory(&self, options: &Options) -> Option<Vec<u8>> {
        options.last(b'c').or_else(|| self.variable("MAIL_CONFIG")).map(<[u8]>::to_vec)
    }

    /// The default instance's configuration directory.
    pub(crate) fn default_config_directory(&self) -> Vec<u8> {
        self.world.settings.default_config_directory.0.clone()
    }

    /// Appends an event to the journal. If that fails, no later judgement is reliable, so standard error says so, where
    /// the harness looks next.
    pub(crate) fn record(&self, what: What) {
        // Once is enough: a program may have a hundred events to record.
        static TOLD: AtomicBool = AtomicBool::new(false);
        let journal = self.world.journal();
        let Err(error) = journal::append(&journal, &self.name, what) else { return };
        if !TOLD.swap(true, Ordering::Relaxed) {
            say(format!("{}: journal {}: {error}\n", self.name, journal.display()).as_bytes());
        }
    }

    /// Writes a message to standard error, under its own name.
    pub(crate) fn tell(&self, severity: Severity, text: &[u8]) {
        say(&messages::line(self.name.as_bytes(), severity, text, self.utf8()));
    }

    /// The exit status of a program that tells of its end, and has this status then.
    pub(crate) fn finished(&self, result: Result<u8, Fatal>, status: u8) -> u8 {
        result.unwrap_or_else(|fatal| {
            self.give_up(&fatal, |text| {
                self.tell(Severity::Fatal, text);
                status
            })
        })
    }

    /// Ends because of an error: in Postfix's way, or by a refusal if the fake does not simulate what was asked.
    pub(crate) fn give_up(&self, fatal: &Fatal, in_postfixs_way: impl FnOnce(&[u8]) -> u8) -> u8 {
        match fatal {
            Fatal::Postfix(text) => in_postfixs_way(text),
            Fatal::NotSimulated(request) => self.refuse(&String::from_utf8_lossy(request)),
        }
    }

    /// Refuses what is not simulated: on standard error, in the journal, and with a status of its own.
    pub(crate) fn refuse(&self, request: &str) -> u8 {
        say(format!("{}: not simulated: {request}\n", self.name).as_bytes());
        self.record(What::Unsupported { request: request.to_owned() });
        UNSUPPORTED
    }
}

/// The exit status of a fake that was asked for something it does not simulate.
pub(crate) const UNSUPPORTED: u8 = 70;
