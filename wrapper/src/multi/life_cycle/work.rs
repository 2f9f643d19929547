//! What carrying out a change needs at hand: the installation's programs, the messages, the signals, and the place
//! where the default instance's main.cf and the record are.
//!
//! Knows nothing of any particular change.

use std::path::Path;

use crate::message::{Level, Messages};
use crate::multi::installation::Installation;
use crate::multi::life_cycle::lists::{ALTERNATES, Lists};
use crate::multi::life_cycle::tools::Tools;
use crate::multi::life_cycle::trouble::Trouble;
use crate::signals::Signals;
use crate::{list, postconf};

/// A workbench.
pub(crate) struct Bench<'a, 'm> {
    /// Postfix's programs.
    pub(crate) tools: Tools<'a>,
    /// What they belong to.
    pub(crate) installation: &'a Installation,
    /// Where messages go.
    pub(crate) messages: &'a mut Messages<'m>,
    /// Who may ask the program to end.
    pub(crate) signals: &'a Signals,
}

impl Bench<'_, '_> {
    /// The default instance's configuration directory.
    pub(crate) fn default(&self) -> &Path {
        &self.installation.config_directory
    }

    /// Says something that somebody should look after.
    pub(crate) fn warn(&mut self, text: &str) {
        self.messages.say(Level::Warning, text);
    }

    /// Ends what has begun, if somebody asked for that.
    pub(crate) fn go_on(&self) -> Result<(), Trouble> {
        self.signals.collect();
        if self.signals.ending().is_some() { Err(Trouble::Interrupted) } else { Ok(()) }
    }

    /// Both lists, as they are now.
    pub(crate) fn lists(&mut self) -> Result<Lists, Trouble> {
        let directory = self.default().to_owned();
        let ask = |form: &str, name: &str| [form, name].map(Into::into).to_vec();
        let managed = self.tools.postconf(&directory, &ask("-xh", postconf::DIRECTORIES), self.messages)?;
        let alternates = self.tools.postconf(&directory, &ask("-h", ALTERNATES), self.messages)?;
        Ok(Lists::new(&list::split(&managed).collect::<Vec<_>>(), &alternates))
    }
}
