//! postfix-script: carries out the commands on one instance, in the environment that postfix(1) exports.
//! Records whether the instance runs, and starts nothing.
//!
//! `start-fg` returns as soon as the instance is recorded as running. Owners of files are not checked: a world belongs
//! to the user who created it.

mod check;
mod debian;
mod passthrough;

use std::cell::OnceCell;
use std::os::unix::ffi::OsStrExt;

use crate::config::log_file::LogFile;
use crate::config::mail_params::Configuration;
use crate::programs::postconf_client::PostconfClient;
use crate::programs::set_gid;
use crate::programs::shared_files;
use crate::protocol::bytes::path_of;
use crate::protocol::features::Feature;
use crate::runtime::fatal::Fatal;
use crate::runtime::instance_state::InstanceState;
use crate::runtime::mail_log::{log_aloud, own_name};
use crate::runtime::messages::Severity;
use crate::runtime::program::{Program, UNSUPPORTED};
use crate::runtime::standard_output::{print, say};
use crate::runtime::world_boundary;

/// The refusal if an instance would run outside of the world.
const OUTSIDE: &str = "to start an instance outside of the world";

/// What the script knows once it has looked around.
pub(crate) struct Script<'a> {
    program: &'a Program,
    client: PostconfClient<'a>,
    /// The other instances, as the script lists them.
    instances: Vec<Vec<u8>>,
    state: InstanceState,
    /// Whether it keeps quiet about what it does.
    is_quiet: bool,
    logger: OnceCell<Logger>,
}

/// What postlog(1) finds when it starts: warnings, and where it writes to, or why it ends.
type Logger = (Vec<Vec<u8>>, Result<LogFile, Fatal>);

fn logger(program: &Program) -> Logger {
    let directory = program.variable("MAIL_CONFIG").map(<[u8]>::to_vec);
    let mut warnings = Vec::new();
    let read = Configuration::of_logger(program, "postlog", directory, &mut warnings);
    let file = read.and_then(|configuration| {
        let file = configuration.log_file(program.variable("POSTLOG_SERVICE"))?;
        file.open_first().map(|()| file)
    });
    (warnings, file)
}

/// Goes on although a command has ended early with this status, but for what is not simulated.
fn passed_over(status: u8) -> Result<(), u8> {
    if status == UNSUPPORTED { Err(status) } else { Ok(()) }
}

/// A part of the script that is over with this status.
fn over(status: u8) -> Result<(), u8> {
    if status == 0 { Ok(()) } else { Err(status) }
}

/// Does the job.
pub(crate) fn job(program: &Program) -> u8 {
    let command = program.arguments.first().map(|argument| argument.as_bytes()).unwrap_or_default();
    let done = Script::begin(program).and_then(|mut script| {
        let command = script.without_quiet(command);
        script.command(command)
    });
    done.err().unwrap_or(0)
}

/// The parts of the script; the error is the exit status if it ends early.
impl<'a> Script<'a> {
    fn begin(program: &'a Program) -> Result<Self, u8> {
        let client = PostconfClient::of(program);
        let state = InstanceState::of(client.variable("queue_directory"));
        let (instances, logger) = (Vec::new(), OnceCell::new());
        let mut script = Self { program, client, instances, state, is_quiet: false, logger };
        if script.variable("daemon_directory").is_empty() {
            say(b"This script must be run by the postfix command.\nDo not run directly.\n");
            return Err(1);
        }
        script.look_around()?;
        script.instances = script.look_at_instances()?;
        Ok(script)
    }

    fn variable(&self, name: &str) -> &'a [u8] {
        self.client.variable(name)
    }

    /// A path that begins with the value of a variable.
    fn below(&self, variable: &str, end: &str) -> Vec<u8> {
        [self.variable(variable), end.as_bytes()].concat()
    }

    /// Runs a command that the script runs in a child process, which lists the instances again.
    fn run_itself(&self, command: impl FnOnce(&Self) -> Result<(), u8>) -> Result<(), u8> {
        self.look_at_instances()?;
        command(self)
    }

    /// Asks which instances there are. Whether that list can be read does not matter: in the script, a pipe hides it.
    fn look_at_instances(&self) -> Result<Vec<Vec<u8>>, u8> {
        let default = shared_files::asked_for_default(&self.client)?;
        say(&default.stderr);
        if default.status != 0 {
            return Err(self.cannot_execute_postconf());
        }
        shared_files::listed(&self.client)
    }

    /// Logs that postconf(1) has failed, for whatever reason, and is the exit status of the script then.
    fn cannot_execute_postconf(&self) -> u8 {
        self.fatal(&[b"cannot execute ", self.variable("command_directory"), b"/postconf!"].concat())
    }

    /// Looks for the directories that must be there, in the script's order.
    fn look_around(&self) -> Result<(), u8> {
        self.must_enter("command_directory", "command")?;
        self.must_enter("daemon_directory", "daemon")?;
        let master = self.below("daemon_directory", "/master");
        if !path_of(&master).is_file() {
            return Err(self.fatal(&[&b"no Postfix master program "[..], &master, b"!"].concat()));
        }
        self.must_enter("config_directory", "configuration")?;
        if self.variable("shlib_directory") != b"no" {
            self.must_enter("shlib_directory", "shared-library")?;
        }
        self.must_enter("meta_directory", "meta")?;
        self.must_enter("queue_directory", "queue")
    }

    fn must_enter(&self, variable: &str, kind: &str) -> Result<(), u8> {
        let directory = self.variable(variable);
        // `cd` without an argument goes home, which the script takes for success.
        if directory.is_empty() || path_of(directory).is_dir() {
            return Ok(());
        }
        let own = self.program.path.as_os_str().as_bytes();
        say(&[own, b": cd: can't cd to ", directory, b"\n"].concat());
        Err(self.fatal(&[b"no Postfix ", kind.as_bytes(), b" directory ", directory, b"!"].concat()))
    }

    fn command(&self, command: &[u8]) -> Result<(), u8> {
        match command {
            b"start_msg" => print(b"Start postfix\n"),
            b"stop_msg" => print(b"Stop postfix\n"),
            b"start" | b"start-fg" => self.start(command == b"start-fg")?,
            b"stop" => self.end("stopping", self.status_of_idle())?,
            b"drain" => self.end("stopping", 1)?,
            b"quick-start" if self.has(Feature::QuickCommands) => self.start_unchecked()?,
            b"quick-stop" => self.quick_stop()?,
            b"abort" => self.end("aborting", self.status_of_idle())?,
            b"reload" => self.reload()?,
            b"flush" => over(set_gid::job(&self.command_as("postqueue", &["-f"])))?,
            b"check" => self.check()?,
            b"check-alias-maps-migration" if self.has(Feature::NonBdb) => self.check_alias_maps()?,
            b"quick-check" if self.has(Feature::QuickCommands) => self.quick_check()?,
            b"check-fatal" => self.check_fatal()?,
            b"check-warn" => self.check_warn()?,
            b"status" => self.status()?,
            _ => self.foreign(command)?,
        }
        Ok(())
    }

    /// Both checks, each in a child process.
    fn check(&self) -> Result<(), u8> {
        self.run_itself(Self::check_fatal)?;
        self.migrate_alias_maps()?;
        self.run_itself(Self::check_warn)
    }

    fn start(&self, in_foreground: bool) -> Result<(), u8> {
        self.must_not_run()?;
        let quick = self.below("queue_directory", "/quick-start");
        if path_of(&quick).is_file() {
            let _ = std::fs::remove_file(path_of(&quick));
        } else {
            self.run_itself(Self::check_fatal).or_else(|failed| self.integrity_check_failed(failed))?;
            self.run_itself(Self::check_warn)?;
            self.migrate_alias_maps()?;
        }
        self.info(b"starting the Postfix mail system");
        if in_foreground && !self.instances.is_empty() {
            return Err(self.fatal(b"start-fg does not support multi_instance_directories"));
        }
        if !self.has_services() {
            return Err(self.start_in_vain(in_foreground));
        }
        self.state.start().map_err(|_| self.fatal(b"mail system startup failed"))
    }

    fn must_not_run(&self) -> Result<(), u8> {
        if self.state.running().is_some() {
            return Err(self.fatal(b"the Postfix mail system is already running"));
        }
        if self.state.is_within(&self.program.world) {
            return Ok(());
        }
        Err(self.program.refuse(OUTSIDE))
    }

    fn integrity_check_failed(&self, status: u8) -> Result<(), u8> {
        // A refusal was already reported.
        passed_over(status)?;
        Err(self.fatal(b"Postfix integrity check failed!"))
    }

    /// Lets master find that it has no services, which a quick start does not check. Returns the exit status.
    fn start_in_vain(&self, in_foreground: bool) -> u8 {
        let lock = self.below("data_directory", "/master.lock");
        if !world_boundary::holds(&self.program.world, path_of(&lock)) {
            return self.program.refuse(OUTSIDE);
        }
        // The start fails in either case.
        let _ = self.state.start_in_vain(path_of(&lock));
        // In the foreground its status is the script's.
        if in_foreground { 1 } else { self.fatal(b"mail system startup failed") }
    }

    /// Asks in a child process whether alias tables must be rebuilt.
    fn migrate_alias_maps(&self) -> Result<(), u8> {
        if self.has(Feature::NonBdb) { self.run_itself(Self::check_alias_maps) } else { Ok(()) }
    }

    fn check_alias_maps(&self) -> Result<(), u8> {
        let done = self.below("config_directory", "/check-alias-maps-migration-done");
        if path_of(&done).is_file()
            || self.client.ask_aloud(["-h", "non_bdb_migration_level"])?.stdout != b"enable-reindex\n"
        {
            return Ok(());
        }
        Err(self.program.refuse("to make tables of aliases anew"))
    }

    fn has_services(&self) -> bool {
        path_of(&self.below("config_directory", "/master.cf")).is_file()
    }

    fn must_run(&self) -> Result<String, u8> {
        self.state.running().ok_or_else(|| self.fatal(b"the Postfix mail system is not running"))
    }

    /// `of_idle` is the status if there is nothing to end.
    fn end(&self, how: &str, of_idle: u8) -> Result<(), u8> {
        self.must_run().map_err(|_| of_idle)?;
        if !self.state.is_within(&self.program.world) {
            return Err(self.program.refuse("to stop an instance outside of the world"));
        }
        self.info(format!("{how} the Postfix mail system").as_bytes());
        self.state.stop().map_err(|_| 1)
    }

    /// The script does not look at how stopping went; it only leaves the mark for a quick start.
    fn quick_stop(&self) -> Result<(), u8> {
        self.run_itself(|script| script.end("stopping", 1)).or_else(passed_over)?;
        let quick = self.below("queue_directory", "/quick-start");
        if !world_boundary::holds(&self.program.world, path_of(&quick)) {
            return Err(self.program.refuse("to mark an instance outside of the world"));
        }
        std::fs::write(path_of(&quick), b"").map_err(|_| 1)
    }

    fn reload(&self) -> Result<(), u8> {
        self.warn_once()?;
        self.must_run()?;
        self.info(b"refreshing the Postfix mail system");
        Ok(())
    }

    /// A command of Postfix as the script runs it, but in this process.
    fn command_as(&self, name: &str, arguments: &[&str]) -> Program {
        let command = [self.variable("command_directory"), b"/", name.as_bytes()].concat();
        Program {
            world: self.program.world.clone(),
            name: name.to_owned(),
            path: path_of(&command).to_path_buf(),
            called: command,
            arguments: arguments.iter().map(Into::into).collect(),
            environment: self.program.environment.clone(),
            directory: path_of(self.variable("queue_directory")).to_path_buf(),
            edit_fault: None,
        }
    }

    fn status(&self) -> Result<(), u8> {
        self.warn_once()?;
        let Some(process) = self.state.running() else {
            self.info(b"the Postfix mail system is not running");
            return Err(1);
        };
        self.info(format!("the Postfix mail system is running: PID: {process}").as_bytes());
        Ok(())
    }

    fn info(&self, text: &[u8]) {
        if !self.is_quiet {
            self.log(Severity::Info, text);
        }
    }

    fn warn(&self, text: &[u8]) {
        self.log(Severity::Warning, text);
    }

    /// Logs what ends the script, and is its exit status then.
    fn fatal(&self, text: &[u8]) -> u8 {
        self.log(Severity::Fatal, text);
        1
    }

    /// Logs as postlog(1) does: it reads main.cf each time, and logs its own warnings about that.
    fn log(&self, severity: Severity, text: &[u8]) {
        let (warnings, file) = self.logger.get_or_init(|| logger(self.program));
        let own_tag = own_name(self.program, self.variable("MAIL_LOGTAG"));
        let tag = self.below("MAIL_LOGTAG", "/postfix-script");
        let log = |tag: &[u8], severity, text: &[u8]| log_aloud(self.program, tag, &own_tag, severity, text);
        for warning in warnings {
            log(&own_tag, Severity::Warning, warning);
        }
        let logged = file.as_ref().map_err(|fatal| (&own_tag, fatal.clone())).and_then(|file| {
            log(&tag, severity, text);
            file.open().map_err(|fatal| (&tag, fatal))
        });
        if let Err((tag, fatal)) = logged {
            self.program.give_up(&fatal, |text| {
                log(tag, Severity::Fatal, text);
                1
            });
        }
    }

    fn checks_shared_files(&self) -> bool {
        let default = self.program.default_config_directory();
        !shared_files::is_listed(&self.instances, &default, self.variable("config_directory"))
    }

    /// Passes on the warnings of postconf(1) about the settings. From 3.10 on, all other questions suppress them.
    fn warn_once(&self) -> Result<(), u8> {
        if shared_files::asks_quietly(self.program) {
            self.client.ask_aloud([] as [&str; 0])?;
        }
        Ok(())
    }

    /// Whether the simulated version behaves so.
    fn has(&self, feature: Feature) -> bool {
        self.program.world.settings.has(feature)
    }
}
