//! Passes commands on to other programs: to post-install, or to any program by its path. Refuses unknown commands.

use std::ffi::OsString;

use super::{Script, over};
use crate::programs::debian::chroot;
use crate::programs::post_install;
use crate::protocol::bytes::path_of;
use crate::protocol::features::Feature;
use crate::runtime::shell_command;

impl Script<'_> {
    pub(super) fn foreign(&self, command: &[u8]) -> Result<(), u8> {
        let arguments = &self.program.arguments;
        match command {
            b"set-permissions" | b"upgrade-configuration" => {
                let words = [&[OsString::from("create-missing")][..], arguments].concat();
                post_install::perform(&self.client, &words)
            }
            b"post-install" => post_install::perform(&self.client, &arguments[1..]),
            b"logrotate" => self.rotate_log(),
            b"tls" => Err(self.program.refuse("postfix tls")),
            b"chroot" if self.has(Feature::QueueCopies) => chroot::command(&self.client, &arguments[1..]),
            b"debian-systemd-start" if self.has(Feature::QueueCopies) => {
                Err(self.program.refuse("postfix debian-systemd-start, which is the host's matter"))
            }
            b"non-bdb" if self.has(Feature::NonBdb) => Err(self.program.refuse("postfix non-bdb")),
            _ if command.starts_with(b"/") => {
                let directory = path_of(self.variable("queue_directory"));
                over(shell_command::run(self.program, command, &arguments[1..], directory))
            }
            _ => {
                let usage = "'. Usage: postfix start (or stop, reload, abort, flush, check, status, \
                             set-permissions, upgrade-configuration, logrotate";
                let end: &[u8] = if self.has(Feature::NonBdb) { b", tls, non-bdb)" } else { b")" };
                Err(self.fatal(&[b"unknown command: '", command, usage.as_bytes(), end].concat()))
            }
        }
    }

    fn rotate_log(&self) -> Result<(), u8> {
        if self.program.arguments.len() > 1 {
            return Err(self.fatal(b"usage postfix logrotate (no arguments)"));
        }
        let log_file = self.client.ask_aloud(["-h", "maillog_file"])?.stdout;
        if log_file.iter().all(|byte| *byte == b'\n') {
            return Err(self.fatal(b"empty 'maillog_file' parameter value - logfile rotation failed"));
        }
        Err(self.program.refuse("postfix logrotate with a maillog_file"))
    }
}
