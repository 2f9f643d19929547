//! Passes commands on to other programs: to post-install, or to any program by its path. Refuses unknown commands.

use std::ffi::OsString;

use super::{Ended, Script};
use crate::programs::debian::chroot;
use crate::programs::post_install;
use crate::protocol::bytes::path_of;
use crate::protocol::features::Feature;
use crate::runtime::shell_command;
use crate::runtime::standard_output::say;

impl Script<'_> {
    pub(super) fn foreign(&self, command: &[u8]) -> Result<u8, Ended> {
        let arguments = &self.program.arguments;
        Ok(match command {
            b"set-permissions" | b"upgrade-configuration" => {
                let words = [&[OsString::from("create-missing")][..], arguments].concat();
                post_install::perform(&self.client, &words)
            }
            b"post-install" => post_install::perform(&self.client, &arguments[1..]),
            b"logrotate" => self.rotate_log()?,
            b"tls" => self.program.refuse("postfix tls"),
            b"chroot" if self.has(Feature::QueueCopies) => {
                chroot::command(&self.client, &self.config_directory, &arguments[1..])?;
                0
            }
            b"debian-systemd-start" if self.has(Feature::QueueCopies) => {
                self.program.refuse("postfix debian-systemd-start, which is the host's matter")
            }
            b"non-bdb" if self.has(Feature::NonBdb) => self.program.refuse("postfix non-bdb"),
            _ if command.starts_with(b"/") => {
                let directory = path_of(&self.queue_directory);
                shell_command::run(self.program, command, &arguments[1..], directory)
            }
            _ => {
                let usage = "'. Usage: postfix start (or stop, reload, abort, flush, check, status, \
                             set-permissions, upgrade-configuration, logrotate";
                let end: &[u8] = if self.has(Feature::NonBdb) { b", tls, non-bdb)" } else { b")" };
                self.fatal(&[b"unknown command: '", command, usage.as_bytes(), end].concat())
            }
        })
    }

    fn rotate_log(&self) -> Result<u8, Ended> {
        if self.program.arguments.len() > 1 {
            return Ok(self.fatal(b"usage postfix logrotate (no arguments)"));
        }
        let log_file = self.postconf(&["-h", "maillog_file"])?;
        say(&log_file.stderr);
        if log_file.stdout.iter().all(|byte| *byte == b'\n') {
            return Ok(self.fatal(b"empty 'maillog_file' parameter value - logfile rotation failed"));
        }
        Ok(self.program.refuse("postfix logrotate with a maillog_file"))
    }
}
