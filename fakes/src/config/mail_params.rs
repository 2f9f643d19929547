//! Reads and checks the parameters that all programs of Postfix share, as `mail_params_init()` does.
//! This is the check at the start of a program, in the order of `parameters/shared.txt`, which is Postfix's. A `$name`
//! finds only a parameter that is set or was read before: unlike postconf(1), these programs know no other defaults.
//!
//! Names in `inet_interfaces` are not looked up.

use std::collections::BTreeMap;

use crate::config::accounts::Accounts;
use crate::config::host_names;
use crate::config::known_tcp_ports;
use crate::config::log_file::{self, LogFile};
use crate::config::main_cf::{COMMA_SPACE, ExpansionLimit, MainCf, Mode, expand, level};
use crate::config::myorigin_file;
use crate::config::networks::{self, check_protocols};
use crate::config::parameters::{Defaults, file, shared};
use crate::protocol::features::Feature;
use crate::protocol::version::PostfixVersion;
use crate::protocol::world::World;
use crate::runtime::fatal::Fatal;
use crate::runtime::program::Program;

/// The facilities of syslog(3) that Postfix knows.
const FACILITIES: [&str; 21] = [
    "auth", "authpriv", "cron", "daemon", "ftp", "kern", "lpr", "mail", "news", "security", "syslog", "user",
    "uucp", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
];

/// The parameters that only postfix(1) looks up, after the shared ones.
pub(crate) const FOR_POSTFIX: &[&str] = &[
    "sendmail_path",
    "mailq_path",
    "newaliases_path",
    "manpage_directory",
    "sample_directory",
    "readme_directory",
    "html_directory",
];

/// In which way a configuration is read.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// How much is expanded.
    pub(crate) limit: ExpansionLimit,
    /// Whether what is told meanwhile goes to the log file.
    pub(crate) logs_early: bool,
}

/// An instance's configuration, looked up.
#[derive(Debug)]
pub(crate) struct Configuration {
    /// The configuration directory.
    pub(crate) directory: Vec<u8>,
    settings: MainCf,
    reading: Reading,
    values: BTreeMap<&'static [u8], Vec<u8>>,
}

impl Configuration {
    /// Reads the main.cf in `directory`, or the default instance's, as the program `name` does.
    pub(crate) fn read(
        world: &World,
        name: &str,
        directory: Option<Vec<u8>>,
        warnings: &mut Vec<Vec<u8>>,
    ) -> Result<Self, Fatal> {
        Self::read_with(Reading::default(), world, name, directory, warnings)
    }

    /// The same for a program that warns in its own way, with the environment that the program has.
    pub(crate) fn of_program(
        program: &Program,
        directory: Option<Vec<u8>>,
        warn: impl Fn(&[u8]),
    ) -> Result<Self, Fatal> {
        let mut warnings = Vec::new();
        let read = Self::of_logger(program, &program.name, directory, &mut warnings);
        for text in warnings {
            warn(&text);
        }
        read
    }

    /// The same for the program `name`, which this one starts to write to the log.
    pub(crate) fn of_logger(
        program: &Program,
        name: &str,
        directory: Option<Vec<u8>>,
        warnings: &mut Vec<Vec<u8>>,
    ) -> Result<Self, Fatal> {
        let service = program.variable("POSTLOG_SERVICE");
        let logs_early = log_file::is_wanted_early(name, program.world.settings.version(), service);
        let reading = Reading { logs_early, ..Reading::default() };
        Self::read_with(reading, &program.world, name, directory, warnings)
    }

    /// The same in another way.
    pub(crate) fn read_with(
        reading: Reading,
        world: &World,
        name: &str,
        directory: Option<Vec<u8>>,
        warnings: &mut Vec<Vec<u8>>,
    ) -> Result<Self, Fatal> {
        let directory = directory.unwrap_or_else(|| world.settings.default_config_directory.0.clone());
        let mut settings = MainCf::of(world.settings.version());
        settings.set(b"config_directory", &directory);
        settings.read(&file(&directory, "main.cf"), warnings)?;
        if !world.settings.has(Feature::LevelsWithDots) {
            take_level_for_a_number(&mut settings);
        }
        let defaults = Defaults::of(world, &settings);
        let mut configuration = Self { directory, settings, reading, values: BTreeMap::new() };
        for (name, kind) in shared(world.settings.version()) {
            if let Some(default) = defaults.get(name) {
                configuration.logged(warnings, |own, warnings| {
                    own.settle_before(name, world, warnings)?;
                    own.look_up(kind, name, default, warnings)
                })?;
            }
        }
        configuration.check_together()?;
        if name == "postfix" {
            for name in FOR_POSTFIX.iter().map(|name| name.as_bytes()) {
                if let Some(default) = defaults.get(name) {
                    configuration
                        .logged(warnings, |own, warnings| own.look_up(b"text 1-", name, default, warnings))?;
                }
            }
        }
        Ok(configuration)
    }

    /// Does a step. If something is logged early and the log file cannot be opened, the first warning of the step is the
    /// last thing that the program tells but for that.
    fn logged(
        &mut self,
        warnings: &mut Vec<Vec<u8>>,
        step: impl FnOnce(&mut Self, &mut Vec<Vec<u8>>) -> Result<(), Fatal>,
    ) -> Result<(), Fatal> {
        let told = warnings.len();
        let file = self.values.get(&b"maillog_file"[..]).filter(|_| self.reading.logs_early).cloned();
        let done = step(self, warnings);
        if let Some(file) = file.filter(|_| warnings.len() > told) {
            LogFile::while_reading(file, self.version())
                .open()
                .inspect_err(|_| warnings.truncate(told + 1))?;
        }
        done
    }

    /// The simulated version.
    pub(crate) fn version(&self) -> PostfixVersion {
        self.settings.version()
    }

    /// The value of a parameter that was looked up.
    pub(crate) fn text(&self, name: &str) -> Result<Vec<u8>, Fatal> {
        let missing = || Fatal::NotSimulated(format!("the parameter {name} is not looked up").into_bytes());
        self.values.get(name.as_bytes()).cloned().ok_or_else(missing)
    }

    /// The log file that it names, for a program that was started with this `POSTLOG_SERVICE`.
    pub(crate) fn log_file(&self, service: Option<&[u8]>) -> Result<LogFile, Fatal> {
        let [path, prefixes] = ["maillog_file", "maillog_file_prefixes"].map(|name| self.text(name));
        LogFile::allowed(path?, &prefixes?, self.version(), service)
    }

    /// The origin is then what the file says, but not for who refers to it.
    fn take_in_origin(&mut self, world: &World) -> Result<(), Fatal> {
        let origin = self.text("myorigin")?;
        if world.settings.has(Feature::OriginFromFile) && myorigin_file::is_file(&origin) {
            self.values.insert(b"myorigin", myorigin_file::taken_in(world, &origin)?);
        }
        Ok(())
    }

    fn look_up(
        &mut self,
        kind: &[u8],
        name: &'static [u8],
        default: &[u8],
        warnings: &mut Vec<Vec<u8>>,
    ) -> Result<(), Fatal> {
        let set = self.settings.get(name);
        let value = self.expanded(set.unwrap_or(default), warnings)?;
        if set.is_none() {
            // A flag's or a time's default is kept as it is written, a text's as it was expanded.
            let kept = if kind.starts_with(b"text") { &value } else { default };
            self.settings.set(name, kept);
        }
        check(kind, name, &value)?;
        if name == b"compatibility_level" && level(&value).is_none() {
            return Err(Fatal::of(&[b"malformed compatibility level syntax: \"", &value, b"\""]));
        }
        self.values.insert(name, value);
        Ok(())
    }

    /// What is settled before a parameter is looked up: between two groups of them, everything that those before have
    /// told.
    fn settle_before(
        &mut self,
        name: &[u8],
        world: &World,
        warnings: &mut Vec<Vec<u8>>,
    ) -> Result<(), Fatal> {
        match name {
            b"default_process_limit" => self.take_in_origin(world)?,
            b"daemon_table_open_error_is_fatal" => {
                let facility = self.text("syslog_facility")?;
                if !FACILITIES.iter().any(|known| known.as_bytes() == facility) {
                    return Err(self.fatal("syslog_facility", &[b"unrecognized value: ", &facility]));
                }
            }
            b"myhostname" => {
                let ports = self.text("known_tcp_ports").ok();
                if let Some(ports) = ports.filter(|_| world.settings.has(Feature::PortNamesChecked)) {
                    warnings.extend(known_tcp_ports::warnings(&ports));
                }
                check_protocols(&self.text("inet_protocols")?)?;
            }
            b"mail_name" => {
                for parameter in ["myhostname", "mydomain"] {
                    let host = self.text(parameter)?;
                    if let Some(fault) = host_names::fault(&host) {
                        warnings.push(fault);
                        return Err(self.fatal(parameter, &[b"bad parameter value: ", &host]));
                    }
                }
            }
            b"mynetworks" => {
                self.check_accounts()?;
                warnings
                    .extend(self.text("maillog_file_permissions").ok().and_then(|own| bad_permissions(&own)));
                // The default is worked out only now.
                if self.settings.get(b"mynetworks").is_none() {
                    let [style, interfaces, protocols] =
                        ["mynetworks_style", "inet_interfaces", "inet_protocols"].map(|name| self.text(name));
                    networks::check(&style?, &interfaces?, &protocols?, &world.settings)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn fatal(&self, parameter: &str, text: &[&[u8]]) -> Fatal {
        let file: [&[u8]; 3] = [b"file ", &self.directory, b"/main.cf: parameter "];
        Fatal::of(&[&file.concat(), parameter.as_bytes(), b": ", &text.concat()])
    }

    fn expanded(&self, written: &[u8], warnings: &mut Vec<Vec<u8>>) -> Result<Vec<u8>, Fatal> {
        if !written.contains(&b'$') {
            return Ok(written.to_vec());
        }
        let mut lookup = |name: &[u8]| self.settings.get(name).map(<[u8]>::to_vec);
        let expansion = expand(
            written,
            Mode::Recursive,
            self.settings.version(),
            &self.reading.limit,
            &mut lookup,
            warnings,
        );
        match expansion.fatal {
            _ if expansion.overflows => Err(Fatal::NotSimulated(b"comparisons nested without end".to_vec())),
            Some(fatal) => Err(fatal),
            None if expansion.failed => Err(Fatal::of(&[b"dictionary mail_dict: macro processing error"])),
            None => Ok(expansion.text),
        }
    }

    fn check_accounts(&self) -> Result<(), Fatal> {
        let (default_privs, mail_owner, setgid_group) =
            (self.text("default_privs")?, self.text("mail_owner")?, self.text("setgid_group")?);
        Accounts {
            directory: &self.directory,
            default_privs: &default_privs,
            mail_owner: &mail_owner,
            setgid_group: &setgid_group,
            version: self.version(),
        }
        .check()
    }

    fn check_together(&self) -> Result<(), Fatal> {
        let host = self.text("myhostname")?;
        if host.eq_ignore_ascii_case(&self.text("relayhost")?) {
            let text = b"myhostname and relayhost parameter settings must not be identical: ";
            return Err(Fatal::of(&[text, &host]));
        }
        let single = ["myorigin", "relayhost"];
        for name in &single[..if self.version().has(Feature::OneRelayhost) { 2 } else { 1 }] {
            let value = self.text(name)?;
            if value.iter().any(|byte| COMMA_SPACE.contains(byte)) {
                let text = b" parameter setting must not contain multiple values: ";
                return Err(Fatal::of(&[name.as_bytes(), text, &value]));
            }
        }
        let level = self.text("non_bdb_migration_level").ok();
        let is_good = |level: &[u8]| matches!(level, b"disable" | b"enable-redirect" | b"enable-reindex");
        if let Some(level) = level.filter(|level| !is_good(level)) {
            return Err(Fatal::of(&[b"invalid non-Berkeley-DB migration level: '", &level, b"'"]));
        }
        Ok(())
    }
}

/// What is said of permissions of the log file that are ignored.
fn bad_permissions(permissions: &[u8]) -> Option<Vec<u8>> {
    let zeros = permissions.iter().take_while(|byte| **byte == b'0').count();
    let is_good = matches!(&permissions[zeros..], b"644" | b"640" | b"600");
    let text = b"ignoring bad permissions: maillog_file_permissions = ";
    (!is_good).then(|| [&text[..], permissions].concat())
}

/// In older versions a compatibility level is a number. The last of those releases take a later one's level for the number
/// before its first dot, as it is written.
fn take_level_for_a_number(settings: &mut MainCf) {
    let level = settings.get(b"compatibility_level").unwrap_or_default();
    let digits = level.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits > 0 && level.contains(&b'.') {
        let number = level[..digits].to_vec();
        settings.set(b"compatibility_level", &number);
    }
}

/// Checks a value in the way that the list of shared parameters names. A bound that is 0 is none.
fn check(kind: &[u8], name: &[u8], value: &[u8]) -> Result<(), Fatal> {
    match kind {
        b"text" => Ok(()),
        b"text 1-" => check_length(name, value, 1, 0),
        b"text 2-2" => check_length(name, value, 2, 2),
        b"number" => check_number(name, value, small(value), 0, 0),
        b"number 1-" => check_number(name, value, small(value), 1, 0),
        b"number 512-" => check_number(name, value, small(value), 512, 0),
        b"number -6" => check_number(name, value, small(value), 0, 6),
        b"large" => check_number(name, value, number(value), 0, 0),
        b"large 1-" => check_number(name, value, number(value), 1, 0),
        b"time 1-" => check_time(name, value, 1, 0),
        b"time -10" => check_time(name, value, 0, 10),
        _ if value.eq_ignore_ascii_case(b"yes") || value.eq_ignore_ascii_case(b"no") => Ok(()),
        _ => Err(Fatal::of(&[b"bad boolean configuration: ", name, b" = ", value])),
    }
}

fn check_length(name: &[u8], value: &[u8], least: usize, most: usize) -> Result<(), Fatal> {
    bounded(value.len(), least, most).map_err(|(sign, bound)| {
        let length = format!("{} {sign} {bound}: ", value.len());
        Fatal::of(&[b"bad string length ", length.as_bytes(), name, b" = ", value])
    })
}

fn check_number(name: &[u8], value: &[u8], number: Option<i64>, least: i64, most: i64) -> Result<(), Fatal> {
    let wrong = || Fatal::of(&[b"bad numerical configuration: ", name, b" = ", value]);
    let number = number.ok_or_else(wrong)?;
    bounded(number, least, most).map_err(|(sign, bound)| {
        Fatal::of(&[b"invalid ", name, format!(" parameter value {number} {sign} {bound}").as_bytes()])
    })
}

fn check_time(name: &[u8], value: &[u8], least: i64, most: i64) -> Result<(), Fatal> {
    let wrong = || Fatal::of(&[b"parameter ", name, b": bad time value or unit: ", value]);
    let seconds = seconds(value).ok_or_else(wrong)?;
    bounded(seconds, least, most).map_err(|(sign, bound)| {
        let which = if sign == '<' { "min" } else { "max" };
        Fatal::of(&[b"invalid ", name, format!(": {seconds} ({which} {bound})").as_bytes()])
    })
}

/// Whether a number keeps its bounds; if not, on which side of which one it is.
fn bounded<N: Copy + Default + PartialOrd>(number: N, least: N, most: N) -> Result<(), (char, N)> {
    if least != N::default() && number < least {
        Err(('<', least))
    } else if most != N::default() && number > most {
        Err(('>', most))
    } else {
        Ok(())
    }
}

/// A number as strtol(3) takes one.
fn number(value: &[u8]) -> Option<i64> {
    std::str::from_utf8(value).ok()?.trim_start().parse().ok()
}

/// A number that an `int` of C holds.
fn small(value: &[u8]) -> Option<i64> {
    number(value).filter(|number| i32::try_from(*number).is_ok())
}

/// A time in seconds; all the times looked up here have seconds for their unit unless they name one.
fn seconds(value: &[u8]) -> Option<i64> {
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = small(&value[..digits])?;
    let unit = match value.get(digits) {
        Some(b'w') => 7 * 24 * 60 * 60,
        Some(b'd') => 24 * 60 * 60,
        Some(b'h') => 60 * 60,
        Some(b'm') => 60,
        Some(b's') | None => return Some(number),
        Some(_) => return None,
    };
    (number < i64::from(i32::MAX) / unit).then(|| number * unit)
}

#[cfg(test)]
mod tests {
    use super::{check, shared};
    use crate::protocol::version::{PostfixVersion, Series};

    #[test]
    fn every_kind_in_the_list_is_known() {
        for version in Series::KNOWN.map(PostfixVersion::upstream) {
            for (name, kind) in shared(version) {
                let why = check(kind, name, b"x").err().map(|why| why.to_string()).unwrap_or_default();
                assert_eq!(why.starts_with("bad boolean"), kind == b"flag", "{}", name.escape_ascii());
            }
        }
    }
}
