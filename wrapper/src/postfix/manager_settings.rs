//! Reads the settings that the manager needs, each main.cf once.
//! It reads them in this process if the file is simple, and with postconf(1) otherwise.
//!
//! Knows nothing of commands and plans, except what damage is called there.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::os::files::settled_file;
use crate::os::signals::Signals;
use crate::postfix::damage::Damage;
use crate::postfix::damaged_main_cf::{self, Written};
use crate::postfix::environment::Environment;
use crate::postfix::instance::MAIN_CF;
use crate::postfix::literal_main_cf::{LiteralMainCf, NeedsPostconf};
use crate::postfix::postconf::{self, Overview, OwnSettings, Wanted};
use crate::postfix::query::{Answer, Cause, Interrupted, NoAnswer, QueryError};
use crate::postfix::values::enable_flag::Flag;
use crate::postfix::values::list_value;

/// The parameter that names the mail log of an instance.
pub(crate) const MAIL_LOG: &str = "maillog_file";

/// What the default instance's main.cf says about all instances.
pub(crate) fn overview(
    environment: &Environment,
    signals: &Signals,
) -> Result<Answer<Overview>, QueryError<NoAnswer>> {
    match quick_overview(&environment.config_directory) {
        Ok(value) => Ok(Answer { value, remark: None }),
        Err(NeedsPostconf) => postconf::overview(environment, signals),
    }
}

fn quick_overview(directory: &Path) -> Result<Overview, NeedsPostconf> {
    overview_of(&settled_file::text(&directory.join(MAIN_CF)).ok_or(NeedsPostconf)?)
}

/// The mail log that the text of a main.cf names, however hard to understand the rest is. It may be another one.
pub(crate) fn written_mail_log(directory: &Path) -> Option<PathBuf> {
    match damaged_main_cf::settings(directory, &[MAIL_LOG]).ok()?.pop()? {
        (_, Written::Value(file)) => Some(file.into()),
        (_, Written::Reference | Written::NoValue) => None,
    }
}

fn mail_log_of(plain: &LiteralMainCf<'_>) -> Option<PathBuf> {
    plain.literal(MAIL_LOG).ok()?.map(|file| PathBuf::from(OsStr::from_bytes(file)))
}

fn overview_of(text: &[u8]) -> Result<Overview, NeedsPostconf> {
    let plain = LiteralMainCf::read(text)?;
    let mut doubt = Ok(());
    let overview = Overview::new(|name| match plain.literal(name) {
        Ok(Some(value)) => Some(list_value::split(value).collect()),
        // Not set, which is an empty list; commands are in classes all the same.
        Ok(None) => (name == postconf::DIRECTORIES).then(Vec::new),
        Err(found) => {
            doubt = Err(found);
            None
        }
    });
    doubt.and(overview.ok_or(NeedsPostconf))
}

fn settings_of(plain: &LiteralMainCf<'_>) -> Result<OwnSettings, NeedsPostconf> {
    // Not set, which is no.
    let enable = plain.literal(postconf::ENABLE)?.unwrap_or(b"no").to_vec();
    let group = plain.literal(postconf::GROUP)?.unwrap_or_default();
    // postconf prints blanks within a value in a way of its own, and a flag with any is none.
    if Flag::parse(&enable).is_err() || group.iter().any(u8::is_ascii_whitespace) {
        return Err(NeedsPostconf);
    }
    let group = postconf::name_in(group);
    Ok(OwnSettings { enable, group })
}

/// What is known of an instance: its settings, or why there are none.
type Known = Result<Answer<OwnSettings>, NoAnswer>;

/// The settings of instances, as far as they have been asked for.
pub(crate) struct Parameters<'a> {
    environment: &'a Environment,
    signals: &'a Signals,
    wanted: Wanted,
    known: HashMap<PathBuf, Known>,
    /// The mail logs of those whose main.cf was read in this process, unless there is doubt.
    mail_logs: HashMap<PathBuf, Option<PathBuf>>,
    /// In the order of the first question.
    asked: Vec<PathBuf>,
}

impl<'a> Parameters<'a> {
    /// Nothing is known yet; of each instance no more than this will be asked for.
    pub(crate) fn new(environment: &'a Environment, signals: &'a Signals, wanted: Wanted) -> Self {
        Self {
            environment,
            signals,
            wanted,
            known: HashMap::new(),
            mail_logs: HashMap::new(),
            asked: Vec::new(),
        }
    }

    /// Whether an instance is enabled, or what is wrong with it.
    pub(crate) fn flag(&mut self, directory: &Path) -> Result<Flag, QueryError<Damage>> {
        let flag = match self.of(directory)? {
            Ok(answer) => Flag::parse(&answer.value.enable).map_err(Damage::Flag),
            Err(NoAnswer { reason, cause: Cause::Late, .. }) => Err(Damage::Endless(reason.clone())),
            Err(NoAnswer { reason, status, .. }) => {
                Err(Damage::Unreadable { reason: reason.clone(), status: *status })
            }
        };
        flag.map_err(QueryError::Failed)
    }

    /// The damage of an instance of which nothing could be learnt in time.
    pub(crate) fn late(&self, directory: &Path) -> Option<Damage> {
        match self.known.get(directory)? {
            Err(NoAnswer { reason, cause: Cause::Late, .. }) => Some(Damage::Endless(reason.clone())),
            _ => None,
        }
    }

    /// The group of an instance. One whose main.cf cannot be read is in none: postfix(1) cannot read it either, so
    /// that nothing will run there. Without a wish for groups, nothing is read.
    pub(crate) fn group(&mut self, directory: &Path) -> Result<Option<OsString>, Interrupted> {
        match self.wanted {
            Wanted::Flag => Ok(None),
            Wanted::FlagAndGroup => {
                Ok(self.of(directory)?.as_ref().ok().and_then(|answer| answer.value.group.clone()))
            }
        }
    }

    /// Whether groups are asked for.
    pub(crate) fn have_groups(&self) -> bool {
        self.wanted == Wanted::FlagAndGroup
    }

    /// What Postfix has remarked while it answered.
    pub(crate) fn remarks(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.asked.iter().filter_map(|directory| {
            let answer = self.known.get(directory)?.as_ref().ok()?;
            Some((directory.as_path(), answer.remark.as_deref()?))
        })
    }

    /// The signals that may ask the manager to end.
    pub(crate) fn signals(&self) -> &'a Signals {
        self.signals
    }

    /// Reads what will be asked for of some instances: those about which postconf has to be asked, several at once.
    pub(crate) fn learn(&mut self, directories: &[&Path]) -> Result<(), Interrupted> {
        let mut doubtful = Vec::new();
        for directory in directories {
            if !self.known.contains_key(*directory) {
                self.asked.push((*directory).to_owned());
                match self.quick_settings(directory) {
                    Ok(value) => {
                        self.known.insert((*directory).to_owned(), Ok(Answer { value, remark: None }));
                    }
                    Err(NeedsPostconf) => doubtful.push(*directory),
                }
            }
        }
        if doubtful.is_empty() {
            return Ok(());
        }
        let answers = postconf::own_settings(self.environment, self.signals, &doubtful, self.wanted)?;
        self.known.extend(doubtful.into_iter().map(Path::to_owned).zip(answers));
        Ok(())
    }

    /// The mail log of an instance, if the text of its main.cf names it. A simple main.cf is not read again.
    pub(crate) fn mail_log(&self, directory: &Path) -> Option<PathBuf> {
        match self.mail_logs.get(directory) {
            Some(log) => log.clone(),
            None => written_mail_log(directory),
        }
    }

    /// What a simple main.cf says.
    fn quick_settings(&mut self, directory: &Path) -> Result<OwnSettings, NeedsPostconf> {
        let text = settled_file::text(&directory.join(MAIN_CF)).ok_or(NeedsPostconf)?;
        let plain = LiteralMainCf::read(&text)?;
        self.mail_logs.insert(directory.to_owned(), mail_log_of(&plain));
        settings_of(&plain)
    }

    /// What is known of an instance. What has not been read yet is read now.
    fn of(&mut self, directory: &Path) -> Result<&Known, Interrupted> {
        self.learn(&[directory])?;
        let nobody = || Err(NoAnswer::about_main_cf("nobody was asked".to_owned()));
        Ok(self.known.entry(directory.to_owned()).or_insert_with(nobody))
    }
}

#[cfg(test)]
mod tests;
