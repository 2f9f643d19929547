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
use crate::programs::postconf;
use crate::programs::postconf_client::PostconfClient;
use crate::programs::set_gid;
use crate::programs::shared_files;
use crate::protocol::bytes::path_of;
use crate::protocol::features::Feature;
use crate::protocol::journal::What;
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
    command_directory: Vec<u8>,
    daemon_directory: Vec<u8>,
    config_directory: Vec<u8>,
    meta_directory: Vec<u8>,
    queue_directory: Vec<u8>,
    data_directory: Vec<u8>,
    /// The other instances, as the script lists them.
    instances: Vec<Vec<u8>>,
    checks_shared_files: bool,
    state: InstanceState,
    /// Whether it keeps quiet about what it does.
    is_quiet: bool,
    /// What postlog(1) has to say of main.cf.
    logger: OnceCell<Logger>,
}

/// What postlog(1) finds when it starts: warnings, and where it writes to, or why it ends.
struct Logger {
    warnings: Vec<Vec<u8>>,
    file: Result<LogFile, Fatal>,
}

impl Logger {
    fn of(program: &Program) -> Self {
        let directory = program.variable("MAIL_CONFIG").map(<[u8]>::to_vec);
        let mut warnings = Vec::new();
        let read = Configuration::read(&program.world, "postlog", directory, &mut warnings);
        let file = read.and_then(|configuration| {
            let file = LogFile::of(&configuration)?;
            file.open_first().map(|()| file)
        });
        Self { warnings, file }
    }
}

/// The exit status of a command that ends early.
struct Ended(u8);

impl From<u8> for Ended {
    fn from(status: u8) -> Self {
        Self(status)
    }
}

impl Ended {
    /// Goes on all the same, but for what is not simulated.
    fn passed_over(self) -> Result<(), Self> {
        if self.0 == UNSUPPORTED { Err(self) } else { Ok(()) }
    }
}

/// The exit status that a part of the script has.
fn status_of(result: Result<(), Ended>) -> u8 {
    result.map_or_else(|Ended(status)| status, |()| 0)
}

/// Does the job.
pub(crate) fn job(program: &Program) -> u8 {
    let command = program.arguments.first().map(|argument| argument.as_bytes().to_vec()).unwrap_or_default();
    match Script::begin(program) {
        Ok(mut script) => {
            let command = script.without_quiet(command);
            script.command(&command)
        }
        Err(Ended(status)) => status,
    }
}

impl<'a> Script<'a> {
    fn begin(program: &'a Program) -> Result<Self, Ended> {
        let variable = |name: &str| program.variable(name).unwrap_or_default().to_vec();
        let mut script = Self {
            program,
            client: PostconfClient::of(program),
            command_directory: variable("command_directory"),
            daemon_directory: variable("daemon_directory"),
            config_directory: variable("config_directory"),
            meta_directory: variable("meta_directory"),
            queue_directory: variable("queue_directory"),
            data_directory: variable("data_directory"),
            instances: Vec::new(),
            checks_shared_files: true,
            state: InstanceState::of(&variable("queue_directory")),
            is_quiet: false,
            logger: OnceCell::new(),
        };
        if script.daemon_directory.is_empty() {
            say(b"This script must be run by the postfix command.\nDo not run directly.\n");
            return Err(Ended(1));
        }
        script.look_around()?;
        let instances = script.look_at_instances()?;
        script.checks_shared_files = !shared_files::is_listed(
            &instances,
            &program.default_config_directory(),
            &script.config_directory,
        );
        script.instances = instances;
        Ok(script)
    }

    /// Runs a command that the script runs in a child process, which lists the instances again.
    fn run_itself(&self, command: impl FnOnce(&Self) -> Result<(), Ended>) -> Result<(), Ended> {
        self.look_at_instances()?;
        command(self)
    }

    /// Asks which instances there are. Whether that list can be read does not matter: in the script, a pipe hides it.
    fn look_at_instances(&self) -> Result<Vec<Vec<u8>>, Ended> {
        let default = shared_files::asked_for_default(&self.client)?;
        say(&default.stderr);
        if default.status != 0 {
            return Err(Ended(self.cannot_execute_postconf()));
        }
        let (instances, text) = shared_files::listed(&self.client)?;
        say(&text);
        Ok(instances)
    }

    /// Logs that postconf(1) has failed, for whatever reason, and is the exit status of the script then.
    fn cannot_execute_postconf(&self) -> u8 {
        self.fatal(&[b"cannot execute ", &self.command_directory[..], b"/postconf!"].concat())
    }

    /// Looks for the directories that must be there, in the script's order.
    fn look_around(&self) -> Result<(), Ended> {
        self.must_enter(&self.command_directory, "command")?;
        self.must_enter(&self.daemon_directory, "daemon")?;
        let master = [&self.daemon_directory, &b"/master"[..]].concat();
        if !path_of(&master).is_file() {
            self.fatal(&[&b"no Postfix master program "[..], &master, b"!"].concat());
            return Err(Ended(1));
        }
        self.must_enter(&self.config_directory, "configuration")?;
        let libraries = self.program.variable("shlib_directory").unwrap_or_default();
        if libraries != b"no" {
            self.must_enter(libraries, "shared-library")?;
        }
        self.must_enter(&self.meta_directory, "meta")?;
        self.must_enter(&self.queue_directory, "queue")
    }

    fn must_enter(&self, directory: &[u8], kind: &str) -> Result<(), Ended> {
        // `cd` without an argument goes home, which the script takes for success.
        if directory.is_empty() || path_of(directory).is_dir() {
            return Ok(());
        }
        let own = self.program.path.as_os_str().as_bytes();
        say(&[own, b": cd: can't cd to ", directory, b"\n"].concat());
        self.fatal(&[b"no Postfix ", kind.as_bytes(), b" directory ", directory, b"!"].concat());
        Err(Ended(1))
    }

    fn command(&self, command: &[u8]) -> u8 {
        match command {
            b"start_msg" => echo("Start postfix\n"),
            b"stop_msg" => echo("Stop postfix\n"),
            b"start" | b"start-fg" => status_of(self.start(command == b"start-fg")),
            b"stop" => status_of(self.end("stopping", self.status_of_idle())),
            b"drain" => status_of(self.end("stopping", 1)),
            b"quick-start" if self.has(Feature::QuickCommands) => status_of(self.start_unchecked()),
            b"quick-stop" => status_of(self.quick_stop()),
            b"abort" => status_of(self.end("aborting", self.status_of_idle())),
            b"reload" => status_of(self.reload()),
            b"flush" => self.flush(),
            b"check" => status_of(self.check()),
            b"check-alias-maps-migration" if self.has(Feature::NonBdb) => status_of(self.check_alias_maps()),
            b"quick-check" if self.has(Feature::QuickCommands) => status_of(self.quick_check()),
            b"check-fatal" => status_of(self.check_fatal()),
            b"check-warn" => status_of(self.check_warn()),
            b"status" => status_of(self.status()),
            _ => self.foreign(command).unwrap_or_else(|Ended(status)| status),
        }
    }

    /// Both checks, each in a child process.
    fn check(&self) -> Result<(), Ended> {
        self.run_itself(Self::check_fatal)?;
        self.migrate_alias_maps()?;
        self.run_itself(Self::check_warn)
    }

    fn start(&self, in_foreground: bool) -> Result<(), Ended> {
        self.must_not_run()?;
        let quick = [&self.queue_directory, &b"/quick-start"[..]].concat();
        if path_of(&quick).is_file() {
            let _ = std::fs::remove_file(path_of(&quick));
        } else {
            self.run_itself(Self::check_fatal).or_else(|failed| self.integrity_check_failed(failed))?;
            self.run_itself(Self::check_warn)?;
            self.migrate_alias_maps()?;
        }
        self.info(b"starting the Postfix mail system");
        if in_foreground && !self.instances.is_empty() {
            return Err(Ended(self.fatal(b"start-fg does not support multi_instance_directories")));
        }
        if !self.has_services() {
            return Err(Ended(self.start_in_vain(in_foreground)));
        }
        self.state.start().map_err(|_| Ended(self.fatal(b"mail system startup failed")))
    }

    fn must_not_run(&self) -> Result<(), Ended> {
        if self.state.running().is_some() {
            return Err(Ended(self.fatal(b"the Postfix mail system is already running")));
        }
        if self.state.is_within(&self.program.world) {
            return Ok(());
        }
        Err(Ended(self.program.refuse(OUTSIDE)))
    }

    fn integrity_check_failed(&self, Ended(status): Ended) -> Result<(), Ended> {
        // A refusal was already reported.
        Err(Ended(if status == UNSUPPORTED {
            status
        } else {
            self.fatal(b"Postfix integrity check failed!")
        }))
    }

    /// Lets master find that it has no services, which a quick start does not check. Returns the exit status.
    fn start_in_vain(&self, in_foreground: bool) -> u8 {
        let lock = path_of(&self.data_directory).join("master.lock");
        if !world_boundary::holds(&self.program.world, &lock) {
            return self.program.refuse(OUTSIDE);
        }
        // The start fails in either case.
        let _ = self.state.start_in_vain(&lock);
        // In the foreground its status is the script's.
        if in_foreground { 1 } else { self.fatal(b"mail system startup failed") }
    }

    /// Asks in a child process whether alias tables must be rebuilt.
    fn migrate_alias_maps(&self) -> Result<(), Ended> {
        if self.has(Feature::NonBdb) { self.run_itself(Self::check_alias_maps) } else { Ok(()) }
    }

    fn check_alias_maps(&self) -> Result<(), Ended> {
        let done = path_of(&self.config_directory).join("check-alias-maps-migration-done");
        if done.is_file() {
            return Ok(());
        }
        let level = self.postconf(&["-h", "non_bdb_migration_level"])?;
        say(&level.stderr);
        if level.stdout != b"enable-reindex\n" {
            return Ok(());
        }
        Err(Ended(self.program.refuse("to make tables of aliases anew")))
    }

    fn has_services(&self) -> bool {
        path_of(&[&self.config_directory, &b"/master.cf"[..]].concat()).is_file()
    }

    fn must_run(&self) -> Result<String, Ended> {
        self.state.running().ok_or_else(|| Ended(self.fatal(b"the Postfix mail system is not running")))
    }

    /// `of_idle` is the status if there is nothing to end.
    fn end(&self, how: &str, of_idle: u8) -> Result<(), Ended> {
        self.must_run().map_err(|_| Ended(of_idle))?;
        if !self.state.is_within(&self.program.world) {
            return Err(Ended(self.program.refuse("to stop an instance outside of the world")));
        }
        self.info(format!("{how} the Postfix mail system").as_bytes());
        self.state.stop().map_err(|_| Ended(1))
    }

    /// The script does not look at how stopping went; it only leaves the mark for a quick start.
    fn quick_stop(&self) -> Result<(), Ended> {
        self.run_itself(|script| script.end("stopping", 1)).or_else(Ended::passed_over)?;
        let quick = [&self.queue_directory, &b"/quick-start"[..]].concat();
        if !world_boundary::holds(&self.program.world, path_of(&quick)) {
            return Err(Ended(self.program.refuse("to mark an instance outside of the world")));
        }
        std::fs::write(path_of(&quick), b"").map_err(|_| Ended(1))
    }

    fn reload(&self) -> Result<(), Ended> {
        self.warn_once()?;
        self.must_run()?;
        self.info(b"refreshing the Postfix mail system");
        Ok(())
    }

    fn flush(&self) -> u8 {
        set_gid::job(&self.command_as("postqueue", &["-f"]))
    }

    /// A command of Postfix as the script runs it, but in this process.
    fn command_as(&self, name: &str, arguments: &[&str]) -> Program {
        let command = [&self.command_directory, &b"/"[..], name.as_bytes()].concat();
        Program {
            world: self.program.world.clone(),
            name: name.to_owned(),
            path: path_of(&command).to_path_buf(),
            called: command,
            arguments: arguments.iter().map(Into::into).collect(),
            environment: self.program.environment.clone(),
            directory: path_of(&self.queue_directory).to_path_buf(),
            edit_fault: None,
        }
    }

    fn status(&self) -> Result<(), Ended> {
        self.warn_once()?;
        let Some(process) = self.state.running() else {
            self.info(b"the Postfix mail system is not running");
            return Err(Ended(1));
        };
        self.info(format!("the Postfix mail system is running: PID: {process}").as_bytes());
        Ok(())
    }

    fn tag(&self) -> Vec<u8> {
        [self.program.variable("MAIL_LOGTAG").unwrap_or_default(), b"/postfix-script"].concat()
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
        let Logger { warnings, file } = self.logger.get_or_init(|| Logger::of(self.program));
        let own_tag = own_name(self.program, self.program.variable("MAIL_LOGTAG").unwrap_or_default());
        for warning in warnings {
            log_aloud(self.program, &own_tag, &own_tag, Severity::Warning, warning);
        }
        let give_up = |fatal: &Fatal, tag: &[u8]| {
            self.program.give_up(fatal, |text| {
                log_aloud(self.program, tag, &own_tag, Severity::Fatal, text);
                1
            });
        };
        match file {
            Err(fatal) => give_up(fatal, &own_tag),
            Ok(file) => {
                let tag = self.tag();
                log_aloud(self.program, &tag, &own_tag, severity, text);
                if let Err(fatal) = file.open() {
                    give_up(&fatal, &tag);
                }
            }
        }
    }

    fn shared_files(&self, action: &str) {
        if self.checks_shared_files {
            self.program.record(What::SharedFiles { action: action.to_owned() });
        }
    }

    /// Passes on the warnings of postconf(1) about the settings. From 3.10 on, all other questions suppress them.
    fn warn_once(&self) -> Result<(), Ended> {
        if shared_files::asks_quietly(self.program) {
            say(&self.postconf(&[])?.stderr);
        }
        Ok(())
    }

    /// Whether the simulated version behaves so.
    fn has(&self, feature: Feature) -> bool {
        self.program.world.settings.has(feature)
    }

    /// Asks postconf about this instance.
    fn postconf(&self, arguments: &[&str]) -> Result<postconf::Output, Ended> {
        Ok(self.client.ask(arguments)?)
    }
}

fn echo(text: &str) -> u8 {
    print(text.as_bytes());
    0
}
