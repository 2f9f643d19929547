//! Finds out whether postconf(1) can read the master.cf of instances.
//! postfix-script asks postconf before it looks at its command. So if postconf cannot read the file, no command of
//! postfix(1) works, not even `stop`; and if postconf does not come to an end, no command does.
//!
//! Tells the services, too: a file that leaves no doubt is read here, and nobody is asked about it. Knows nothing of
//! commands.

use std::path::Path;

use crate::os::files::{settled_file, unfit};
use crate::os::printable::printable;
use crate::os::processes::capture::Captured;
use crate::os::signals::Signals;
use crate::postfix::environment::Environment;
use crate::postfix::instance::{MAIN_CF, MASTER_CF};
use crate::postfix::literal_master_cf::{self, Datagrams, Service};
use crate::postfix::query::{Interrupted, captured_for_each, told};

/// The question that postfix-script begins with. It is not about the file, but postconf reads it.
const QUESTION: [&str; 2] = ["-dh", "config_directory"];

/// Why no command of postfix(1) works for an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// postconf fails, for the reason given.
    Malformed(String),
    /// postconf would not end, for the reason given.
    Endless(String),
}

impl Fault {
    /// What happened, as text.
    pub(crate) fn reason(&self) -> &str {
        match self {
            Self::Malformed(reason) | Self::Endless(reason) => reason,
        }
    }
}

/// Why a master.cf might be read without end. Nobody may be asked about it.
pub(crate) fn endless(directory: &Path) -> Option<String> {
    let path = directory.join(MASTER_CF);
    let unfit = unfit::find(&path).filter(|unfit| !unfit.ends_at_once())?;
    Some(format!("{} {unfit}", printable(path)))
}

/// The fault of the master.cf in each of some directories. There is none if the file is missing: postconf only warns
/// of that. A postconf that cannot be run, does not answer in time, or
/// fails for another reason, tells nothing about the file.
pub(crate) fn faults(
    environment: &Environment,
    signals: &Signals,
    directories: &[&Path],
) -> Result<Vec<Option<Fault>>, Interrupted> {
    let program = environment.program("postconf");
    let mut faults: Vec<Option<Fault>> =
        directories.iter().map(|directory| endless(directory).map(Fault::Endless)).collect();
    let asked: Vec<usize> = (0..directories.len())
        .filter(|at| faults[*at].is_none() && directories[*at].join(MASTER_CF).exists())
        .collect();
    let meant: Vec<&Path> = asked.iter().map(|at| directories[*at]).collect();
    for (at, captured) in asked.into_iter().zip(captured_for_each(&meant, &program, &QUESTION, signals)?) {
        if matches!(&captured, Ok(captured) if is_about_master_cf(captured)) {
            faults[at] = told(&program, captured).err().map(|no_answer| Fault::Malformed(no_answer.reason));
        }
    }
    Ok(faults)
}

/// What is known of a master.cf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MasterCf {
    /// Its services.
    Read(Vec<Service>),
    /// postconf cannot read it.
    Faulty(Fault),
    /// Nothing: it is not there, or postconf does not answer.
    Unknown,
}

/// The master.cf in each of some directories. postconf is asked about those that leave doubt, several at once: first the
/// question that finds a fault, then for the services.
pub(crate) fn of_each(
    environment: &Environment,
    signals: &Signals,
    directories: &[&Path],
    datagrams: Datagrams,
) -> Result<Vec<MasterCf>, Interrupted> {
    let read = |directory: &&Path| {
        let text = settled_file::text(&directory.join(MASTER_CF))?;
        literal_master_cf::read(&text, datagrams).ok()
    };
    let mut found: Vec<MasterCf> = directories
        .iter()
        .map(|directory| read(directory).map_or(MasterCf::Unknown, MasterCf::Read))
        .collect();
    let doubtful: Vec<usize> = (0..directories.len()).filter(|at| found[*at] == MasterCf::Unknown).collect();
    let meant: Vec<&Path> = doubtful.iter().map(|at| directories[*at]).collect();
    let mut asked = Vec::new();
    for (at, fault) in doubtful.into_iter().zip(faults(environment, signals, &meant)?) {
        match fault {
            Some(fault) => found[at] = MasterCf::Faulty(fault),
            None if directories[at].join(MASTER_CF).is_file()
                && unfit::find(&directories[at].join(MAIN_CF)).is_none() =>
            {
                asked.push(at);
            }
            None => {}
        }
    }
    let program = environment.program("postconf");
    let meant: Vec<&Path> = asked.iter().map(|at| directories[*at]).collect();
    for (at, captured) in asked.into_iter().zip(captured_for_each(&meant, &program, &["-M"], signals)?) {
        if let Ok(answer) = told(&program, captured) {
            let lines = answer.value.split(|byte| *byte == b'\n');
            found[at] = MasterCf::Read(lines.filter_map(Service::of_line).collect());
        }
    }
    Ok(found)
}

/// Whether postconf has failed, and says that this is because of master.cf.
fn is_about_master_cf(captured: &Captured) -> bool {
    let name = MASTER_CF.as_bytes();
    !captured.status.success() && captured.complaints.windows(name.len()).any(|part| part == name)
}
