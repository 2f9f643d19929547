//! What the manager must know from the instances' own main.cf files, each read at most once.
//!
//! Knows nothing of commands and plans, except what damage is called there.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::environment::Environment;
use crate::flag::Flag;
use crate::plan::Damage;
use crate::postconf::{self, Answer, Interrupted, NoAnswer, OwnSettings, Wanted};
use crate::signals::Signals;

/// The settings of instances, as far as they have been asked for.
pub(crate) struct Parameters<'a> {
    environment: &'a Environment,
    signals: &'a Signals,
    wanted: Wanted,
    known: HashMap<PathBuf, Result<Answer<OwnSettings>, NoAnswer>>,
    /// In the order of the first question.
    asked: Vec<PathBuf>,
}

impl<'a> Parameters<'a> {
    /// Nothing is known yet; of each instance no more than this will be asked for.
    pub(crate) fn new(environment: &'a Environment, signals: &'a Signals, wanted: Wanted) -> Self {
        Self { environment, signals, wanted, known: HashMap::new(), asked: Vec::new() }
    }

    /// Whether an instance is enabled, or what is wrong with it.
    pub(crate) fn flag(&mut self, directory: &Path) -> Result<Result<Flag, Damage>, Interrupted> {
        Ok(match self.of(directory)? {
            Ok(answer) => Flag::parse(&answer.value.enable).map_err(Damage::Flag),
            Err(NoAnswer { reason, status }) => {
                Err(Damage::Unreadable { reason: reason.clone(), status: *status })
            }
        })
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

    /// What Postfix has remarked while it answered.
    pub(crate) fn remarks(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.asked.iter().filter_map(|directory| {
            let answer = self.known.get(directory)?.as_ref().ok()?;
            Some((directory.as_path(), answer.remark.as_deref()?))
        })
    }

    /// Who may have asked the manager to end meanwhile.
    pub(crate) fn signals(&self) -> &'a Signals {
        self.signals
    }

    fn of(&mut self, directory: &Path) -> Result<&Result<Answer<OwnSettings>, NoAnswer>, Interrupted> {
        if !self.known.contains_key(directory) {
            let answer = postconf::own_settings(self.environment, self.signals, directory, self.wanted)?;
            self.known.insert(directory.to_owned(), answer);
            self.asked.push(directory.to_owned());
        }
        // It was put there a moment ago.
        self.known.get(directory).ok_or(Interrupted)
    }
}
