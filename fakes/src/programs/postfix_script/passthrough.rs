//! Passes commands on to other programs: to post-install, or to any program by its path. Refuses unknown commands.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use super::{Ended, Script};
use crate::programs::debian::chroot;
use crate::programs::post_install;
use crate::protocol::bytes::path_of;
use crate::protocol::version::PostfixVersion;
use crate::runtime::shell_command;
use crate::runtime::standard_output::say;

impl Script<'_> {
    pub(super) fn foreign(&self, command: &[u8]) -> Result<u8, Ended> {
        let arguments = &self.program.arguments;
        let is_later = self.program.world.settings.is_since(PostfixVersion::V3_10);
        Ok(match command {
            b"set-permissions" | b"upgrade-configuration" => {
                let words = [&[OsString::from("create-missing")][..], arguments].concat();
                post_install::perform(&self.client, &words)
            }
            b"post-install" => post_install::perform(&self.client, &arguments[1..]),
            b"logrotate" => self.rotate_log()?,
            b"tls" => {
                let script = [&self.daemon_directory[..], b"/postfix-tls-script"].concat();
                self.run(&script, &arguments[1..])
            }
            b"chroot" if is_later => {
                chroot::command(&self.client, &self.config_directory, &arguments[1..])?;
                0
            }
            b"debian-systemd-start" if is_later => {
                self.program.refuse("postfix debian-systemd-start, which is the host's matter")
            }
            b"non-bdb" if self.is_since_3_11() => self.program.refuse("postfix non-bdb"),
            _ if command.starts_with(b"/") => self.run(command, &arguments[1..]),
            _ => {
                let usage = "'. Usage: postfix start (or stop, reload, abort, flush, check, status, \
                             set-permissions, upgrade-configuration, logrotate";
                let end: &[u8] = if self.is_since_3_11() { b", tls, non-bdb)" } else { b")" };
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

    /// Runs a program by its path, with the status that a shell makes of its end.
    fn run(&self, command: &[u8], arguments: &[OsString]) -> u8 {
        let status = Command::new(path_of(command))
            .args(arguments)
            .env_clear()
            .envs(&self.program.environment)
            .current_dir(path_of(&self.queue_directory))
            .status();
        match status {
            Ok(status) => {
                say(status.signal().map_or("", told).as_bytes());
                shell_command::status(status)
            }
            Err(error) => {
                let (status, text) = shell_command::not_started(self.program, command, &error);
                say(&text);
                status
            }
        }
    }
}

/// What the shell tells of a program that a signal has ended.
fn told(signal: i32) -> &'static str {
    match signal {
        1 => "Hangup\n",
        3 => "Quit\n",
        6 => "Aborted\n",
        9 => "Killed\n",
        11 => "Segmentation fault\n",
        15 => "Terminated\n",
        _ => "",
    }
}
