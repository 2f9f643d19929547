//! Predicts how postfix-script ends for an instance: by a fault, or by the state of the instance.

use std::collections::BTreeSet;

use postfix_fakes::fault::{Ending, Fault};

use super::facts::Facts;
use super::unspecified::Unspecified;
use crate::layout::Damage;

/// The instances that are running, by name. A fresh world has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub(super) running: BTreeSet<String>,
}

impl State {
    /// Whether the instance of this name is running.
    pub fn is_running(&self, name: &str) -> bool {
        self.running.contains(name)
    }

    /// Runs postfix-script with `arguments` for an instance, and tells its exit status.
    pub(super) fn run(
        &mut self,
        facts: &Facts,
        instance: &str,
        arguments: &[&[u8]],
    ) -> Result<u8, Unspecified> {
        let command = arguments.first().copied().unwrap_or_default();
        if let Some(status) = fault_status(facts, "postfix-script", instance, command)? {
            return Ok(status);
        }
        if facts.layout.default_instance().damage == Some(Damage::DirectoryMissing) {
            return Err(Unspecified::new("whether meta_directory is the default configuration directory"));
        }
        let runs = self.running.contains(instance);
        let succeeds = match command {
            b"start" => self.running.insert(instance.to_owned()),
            b"stop" | b"abort" | b"drain" => self.running.remove(instance),
            // postfix-script leaves its mark for a quick start whatever came of the stop.
            b"quick-stop" => {
                self.running.remove(instance);
                true
            }
            b"reload" | b"status" => runs,
            b"flush" => return Ok(if runs { 0 } else { MAIL_SYSTEM_DOWN }),
            b"set-permissions" | b"upgrade-configuration" if arguments.len() > 1 => {
                return Err(Unspecified::new("what post-install makes of further arguments"));
            }
            b"check" | b"set-permissions" | b"upgrade-configuration" => true,
            _ if is_beyond(command) => {
                return Err(Unspecified::new("a command whose outcome no clause tells"));
            }
            _ => false,
        };
        Ok(u8::from(!succeeds))
    }
}

/// What postqueue(1) ends with when it cannot flush: `EX_UNAVAILABLE`.
const MAIL_SYSTEM_DOWN: u8 = 69;

/// Commands that start other programs or are postfix-script's own business.
fn is_beyond(command: &[u8]) -> bool {
    let known: [&[u8]; 10] = [
        b"start-fg",
        b"start_msg",
        b"stop_msg",
        b"post-install",
        b"tls",
        b"non-bdb",
        b"logrotate",
        b"check-fatal",
        b"check-warn",
        b"check-alias-maps-migration",
    ];
    command.starts_with(b"/") || known.contains(&command)
}

/// How a fault ends `program` when it is asked `command` for an instance: the status, as a shell sees it.
/// Nothing, where the program does its own job.
pub(super) fn fault_status(
    facts: &Facts,
    program: &str,
    instance: &str,
    command: &[u8],
) -> Result<Option<u8>, Unspecified> {
    let fault: Option<&Fault> =
        facts.layout.faults().iter().find(|fault| fault.applies(program, instance.as_bytes(), command));
    match fault.and_then(|fault| fault.ends) {
        None => Ok(None),
        Some(Ending::Status(status)) => Ok(Some(status)),
        Some(Ending::Signal(signal)) if is_deadly(signal) => {
            Ok(Some(u8::try_from(128 + signal).unwrap_or(u8::MAX)))
        }
        Some(Ending::Signal(_)) => Err(Unspecified::new("a signal that may not end a process")),
    }
}

/// Whether a signal's default action ends a process.
fn is_deadly(signal: i32) -> bool {
    use nix::sys::signal::Signal;
    let harmless = [
        Signal::SIGCHLD,
        Signal::SIGCONT,
        Signal::SIGSTOP,
        Signal::SIGTSTP,
        Signal::SIGTTIN,
        Signal::SIGTTOU,
        Signal::SIGURG,
        Signal::SIGWINCH,
    ];
    Signal::try_from(signal).is_ok_and(|signal| !harmless.contains(&signal))
}
