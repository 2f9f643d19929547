//! The reasons why an instance cannot be given its command, and their messages.
//!
//! Knows nothing of commands.

use std::fmt;

use crate::os::exit_status;
use crate::os::files::unfit;
use crate::os::printable::{self, printable};
use crate::postfix::instance::Instance;
use crate::postfix::master_cf;
use crate::postfix::missing_address::MissingAddress;
use crate::postfix::values::enable_flag::NotBoolean;

/// Why an instance cannot be given its command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Damage {
    /// postfix(1) takes absolute directories only.
    NotAbsolute,
    /// Its flag is neither yes nor no.
    Flag(NotBoolean),
    /// Its flag cannot be read: a program did not say, for the reason given.
    Unreadable {
        /// What happened, as text.
        reason: String,
        /// The exit status that this failure stands for.
        status: u8,
    },
    /// It does not run, and another instance's master uses a directory of its own: a command would reach that one.
    InUse(String),
    /// Programs that read its main.cf do not end, for the reason given. It gets no command at all.
    Endless(String),
    /// Programs that read its master.cf do not end, for the reason given, and postfix-script would start one. It gets
    /// no command at all.
    EndlessMasterCf(String),
    /// Nothing in its main.cf could be read, for the reason given.
    Unknown {
        /// What happened, as text.
        reason: String,
        /// The exit status that this failure stands for.
        status: u8,
    },
}

impl Damage {
    /// The damage of a directory whose main.cf might be read without end. Not even a postfix(1) command that ignores
    /// the flag may try.
    pub(crate) fn of_unfit(reason: String) -> Self {
        Self::Endless(reason)
    }

    /// The exit status that it stands for.
    pub(crate) fn status(&self) -> u8 {
        match self {
            Self::NotAbsolute
            | Self::Flag(_)
            | Self::InUse(_)
            | Self::Endless(_)
            | Self::EndlessMasterCf(_) => exit_status::CONFIGURATION,
            Self::Unreadable { status, .. } | Self::Unknown { status, .. } => *status,
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAbsolute => write!(formatter, "its directory is not an absolute path"),
            Self::Flag(NotBoolean(value)) => {
                let value = printable::value(value.as_encoded_bytes());
                write!(formatter, "multi_instance_enable is \"{value}\", which is neither yes nor no")
            }
            Self::Unreadable { reason, .. } => {
                write!(formatter, "cannot tell whether it is enabled: {reason}")
            }
            Self::InUse(reason) => write!(formatter, "{reason}"),
            Self::EndlessMasterCf(reason) => write!(formatter, "its master.cf cannot be read: {reason}"),
            // The file is intact.
            Self::Unknown { reason, .. } if MissingAddress::named_in(reason).is_some() => {
                formatter.write_str(reason)
            }
            Self::Endless(reason) | Self::Unknown { reason, .. } => {
                write!(formatter, "its main.cf cannot be read: {reason}")
            }
        }
    }
}

/// What is wrong, in words.
pub(crate) fn reason(damage: &Damage) -> String {
    match damage {
        Damage::NotAbsolute => "it is not an absolute path".to_owned(),
        Damage::Flag(value) => format!("multi_instance_enable is \"{}\"", printable(&value.0)),
        Damage::InUse(reason)
        | Damage::Endless(reason)
        | Damage::EndlessMasterCf(reason)
        | Damage::Unreadable { reason, .. }
        | Damage::Unknown { reason, .. } => reason.clone(),
    }
}

/// The damage of an instance whose main.cf might be read without end.
pub(crate) fn unfit_damage(instance: &Instance) -> Option<Damage> {
    unfit::told(instance.directory(), "main.cf").map(Damage::of_unfit)
}

/// The damage of an instance whose master.cf might be read without end.
pub(crate) fn unfit_master_cf_damage(instance: &Instance) -> Option<Damage> {
    master_cf::endless(instance.directory()).map(Damage::EndlessMasterCf)
}
