//! Reads and checks the parameters that all programs of Postfix share, as `mail_params_init()` does.
//! This is the check at the start of a program, in Postfix's order. It is not the list of all parameters: that is
//! `parameters/built-in.txt`. A `$name` finds only a parameter that is set or was read before: unlike postconf(1),
//! these programs know no other defaults.
//!
//! Names in `inet_interfaces` are not looked up.

use crate::config::accounts::Accounts;
use crate::config::host_names;
use crate::config::known_tcp_ports;
use crate::config::main_cf::{COMMA_SPACE, ExpansionLimit, MainCf, Mode, expand, level};
use crate::config::myorigin_file;
use crate::config::networks::{self, check_protocols};
use crate::config::parameters::{Defaults, file, if_it_holds};
use crate::protocol::features::Feature;
use crate::protocol::version::PostfixVersion;
use crate::protocol::world::World;
use crate::runtime::fatal::Fatal;
use crate::runtime::program::Program;

/// How a value is checked.
#[derive(Clone, Copy)]
enum Kind {
    /// Text of so many bytes at least, and at most if that is not 0.
    Text(usize, usize),
    /// A number within bounds; 0 is none.
    Number(i64, i64),
    /// A number that may be larger than most.
    Large(i64),
    /// A time with its unit, within bounds; 0 is none.
    Time(i64, i64),
    Flag,
}

/// The parameters that all programs share, in the order in which they are looked up. A range of versions says in which
/// of them a parameter has this place. Parameters that a version does not have are skipped.
const SHARED: &[(Kind, &str)] = &[
    (Kind::Number(0, 0), "[-3.5] compatibility_level"),
    (Kind::Text(0, 0), "[3.6-] compatibility_level"),
    (Kind::Text(1, 0), "mail_version syslog_facility"),
    (
        Kind::Text(0, 0),
        "inet_protocols multi_instance_directories multi_instance_group multi_instance_name maillog_file",
    ),
    (
        Kind::Text(1, 0),
        "maillog_file_prefixes maillog_file_compressor maillog_file_rotate_suffix maillog_file_permissions \
         postlog_service_name",
    ),
    (Kind::Text(0, 0), "dnssec_probe known_tcp_ports"),
    (Kind::Text(0, 0), "[3.11.1] service_name"),
    (
        Kind::Flag,
        "daemon_table_open_error_is_fatal dns_ncache_ttl_fix_enable smtputf8_enable \
         enable_idna2003_compatibility respectful_logging requiretls_enable tls_required_enable \
         non_bdb_migration_log_redirect",
    ),
    (Kind::Text(1, 0), "myhostname mydomain mail_name syslog_name mail_owner setgid_group"),
    (Kind::Text(0, 0), "mydestination"),
    (Kind::Text(1, 0), "myorigin"),
    (Kind::Text(0, 0), "relayhost"),
    (
        Kind::Text(1, 0),
        "daemon_directory data_directory command_directory meta_directory queue_directory shlib_directory \
         process_id_directory",
    ),
    (Kind::Text(0, 0), "inet_interfaces proxy_interfaces"),
    (Kind::Text(1, 0), "double_bounce_sender default_privs"),
    (Kind::Text(0, 0), "[-3.10 3.11.0-3.11.0] alias_database"),
    (Kind::Text(1, 0), "mail_release_date default_database_type default_cache_db_type"),
    (Kind::Text(0, 0), "[3.11.1 3.12-] alias_database"),
    (Kind::Text(1, 0), "hash_queue_names"),
    (
        Kind::Text(0, 0),
        "recipient_delimiter relay_domains fast_flush_domains export_environment import_environment",
    ),
    (Kind::Text(1, 0), "mynetworks_style"),
    (Kind::Text(0, 0), "debug_peer_list"),
    (Kind::Text(2, 2), "default_verp_delimiters"),
    (Kind::Text(1, 0), "verp_delimiter_filter"),
    (Kind::Text(0, 0), "parent_domain_matches_subdomains alternate_config_directories"),
    (
        Kind::Text(1, 0),
        "bounce_service_name cleanup_service_name defer_service_name pickup_service_name \
         queue_service_name rewrite_service_name showq_service_name error_service_name flush_service_name \
         address_verify_service_name trace_service_name proxymap_service_name proxywrite_service_name",
    ),
    (Kind::Text(0, 0), "internal_mail_filter_classes multi_instance_wrapper default_delivery_status_filter"),
    (Kind::Text(1, 0), "smtputf8_autodetect_classes"),
    (Kind::Text(0, 0), "message_drop_headers"),
    (Kind::Text(1, 0), "info_log_address_format non_bdb_migration_level"),
    (Kind::Text(0, 0), "non_bdb_migration_service_name non_bdb_custom_mapping"),
    (Kind::Number(1, 0), "default_process_limit max_use"),
    (Kind::Number(0, 0), "dont_remove"),
    (Kind::Number(512, 0), "line_length_limit"),
    (Kind::Number(1, 0), "hash_queue_depth fork_attempts deliver_lock_attempts debug_peer_level"),
    (Kind::Number(0, 0), "fault_injection_code"),
    (
        Kind::Number(1, 0),
        "berkeley_db_create_buffer_size berkeley_db_read_buffer_size header_size_limit \
         header_address_token_limit mime_nesting_limit mime_boundary_length_limit",
    ),
    (Kind::Number(0, 6), "delay_logging_resolution_limit"),
    (Kind::Number(0, 0), "tcp_windowsize"),
    (Kind::Number(1, 0), "socketmap_max_reply_size socketmap_max_query_size"),
    (Kind::Large(0), "message_size_limit"),
    (Kind::Large(1), "lmdb_map_size"),
    (
        Kind::Flag,
        "disable_dns_lookups soft_bounce owner_request_special strict_8bitmime strict_7bit_headers \
         strict_8bitmime_body strict_mime_encoding_domain disable_mime_input_processing \
         disable_mime_output_conversion address_verify_negative_cache \
         backwards_bounce_logfile_compatibility helpful_warnings send_cyrus_sasl_authzid \
         multi_instance_enable enable_long_queue_ids strict_smtputf8 enable_original_recipient",
    ),
    (
        Kind::Time(1, 0),
        "application_event_drain_time max_idle ipc_timeout ipc_idle ipc_ttl trigger_timeout fork_delay \
         deliver_lock_delay stale_lock_time daemon_timeout",
    ),
    (Kind::Time(0, 10), "in_flow_delay"),
    (Kind::Text(0, 0), "mynetworks"),
];

/// The values of `non_bdb_migration_level`.
const MIGRATION_LEVELS: [&[u8]; 3] = [b"disable", b"enable-redirect", b"enable-reindex"];

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

/// An instance's configuration, looked up.
#[derive(Debug)]
pub(crate) struct Configuration {
    /// The configuration directory.
    pub(crate) directory: Vec<u8>,
    version: PostfixVersion,
    settings: MainCf,
    limit: ExpansionLimit,
    values: std::collections::BTreeMap<&'static str, Vec<u8>>,
}

impl Configuration {
    /// Reads the main.cf in `directory`, or the default instance's, as the program `name` does.
    pub(crate) fn read(
        world: &World,
        name: &str,
        directory: Option<Vec<u8>>,
        warnings: &mut Vec<Vec<u8>>,
    ) -> Result<Self, Fatal> {
        Self::read_with(ExpansionLimit::default(), world, name, directory, warnings)
    }

    /// The same for a program that warns in its own way.
    pub(crate) fn of_program(
        program: &Program,
        directory: Option<Vec<u8>>,
        warn: impl Fn(&[u8]),
    ) -> Result<Self, Fatal> {
        let mut warnings = Vec::new();
        let read = Self::read(&program.world, &program.name, directory, &mut warnings);
        for text in warnings {
            warn(&text);
        }
        read
    }

    /// The same with another limit for what is expanded.
    pub(crate) fn read_with(
        limit: ExpansionLimit,
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
        let values = std::collections::BTreeMap::new();
        let version = world.settings.version();
        let mut configuration = Self { directory, version, settings, limit, values };
        for (kind, names) in SHARED {
            for name in if_it_holds(names, version).into_iter().flat_map(str::split_whitespace) {
                if let Some(default) = defaults.get(name) {
                    configuration.settle_before(name, world, warnings)?;
                    configuration.look_up(*kind, name, default, warnings)?;
                }
            }
        }
        configuration.check_together()?;
        if name == "postfix" {
            for (name, default) in FOR_POSTFIX.iter().filter_map(|name| Some((name, defaults.get(name)?))) {
                configuration.look_up(Kind::Text(1, 0), name, default, warnings)?;
            }
        }
        Ok(configuration)
    }

    /// The simulated version.
    pub(crate) fn version(&self) -> PostfixVersion {
        self.version
    }

    /// The value of a parameter that was looked up.
    pub(crate) fn text(&self, name: &str) -> Result<Vec<u8>, Fatal> {
        let missing = || Fatal::NotSimulated(format!("the parameter {name} is not looked up").into_bytes());
        self.values.get(name).cloned().ok_or_else(missing)
    }

    /// The origin is then what the file says, but not for who refers to it.
    fn take_in_origin(&mut self, world: &World) -> Result<(), Fatal> {
        let origin = self.text("myorigin")?;
        if world.settings.has(Feature::OriginFromFile) && myorigin_file::is_file(&origin) {
            self.values.insert("myorigin", myorigin_file::taken_in(world, &origin)?);
        }
        Ok(())
    }

    fn look_up(
        &mut self,
        kind: Kind,
        name: &'static str,
        default: &[u8],
        warnings: &mut Vec<Vec<u8>>,
    ) -> Result<(), Fatal> {
        let set = self.settings.get(name.as_bytes());
        let value = self.expanded(set.unwrap_or(default), warnings)?;
        if set.is_none() {
            // A flag's or a time's default is kept as it is written, a text's as it was expanded.
            let kept = if matches!(kind, Kind::Text(..)) { &value } else { default };
            self.settings.set(name.as_bytes(), kept);
        }
        check(kind, name, &value)?;
        if name == "compatibility_level" && level(&value).is_none() {
            return Err(Fatal::Postfix(
                [b"malformed compatibility level syntax: \"", &value[..], b"\""].concat(),
            ));
        }
        self.values.insert(name, value);
        Ok(())
    }

    /// What is settled before a parameter is looked up: between two groups of them, everything that those before have
    /// told.
    fn settle_before(&mut self, name: &str, world: &World, warnings: &mut Vec<Vec<u8>>) -> Result<(), Fatal> {
        match name {
            "default_process_limit" => self.take_in_origin(world)?,
            "daemon_table_open_error_is_fatal" => {
                let facility = self.text("syslog_facility")?;
                if !FACILITIES.iter().any(|known| known.as_bytes() == facility) {
                    return Err(self.fatal("syslog_facility", &[b"unrecognized value: ", &facility]));
                }
            }
            "myhostname" => {
                let ports = self.text("known_tcp_ports").ok();
                if let Some(ports) = ports.filter(|_| world.settings.has(Feature::PortNamesChecked)) {
                    warnings.extend(known_tcp_ports::warnings(&ports));
                }
                check_protocols(&self.text("inet_protocols")?)?;
            }
            "mail_name" => {
                for parameter in ["myhostname", "mydomain"] {
                    let host = self.text(parameter)?;
                    if let Some(fault) = host_names::fault(&host) {
                        warnings.push(fault);
                        return Err(self.fatal(parameter, &[b"bad parameter value: ", &host]));
                    }
                }
            }
            "mynetworks" => {
                self.check_accounts()?;
                warnings
                    .extend(self.text("maillog_file_permissions").ok().and_then(|own| bad_permissions(&own)));
                // The default is worked out only now.
                if self.settings.get(b"mynetworks").is_none() {
                    let [style, interfaces, protocols] =
                        ["mynetworks_style", "inet_interfaces", "inet_protocols"].map(|name| self.text(name));
                    networks::check(&style?, &interfaces?, &protocols?, world.settings.addresses)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn fatal(&self, parameter: &str, text: &[&[u8]]) -> Fatal {
        let start =
            [b"file ", &self.directory[..], b"/main.cf: parameter ", parameter.as_bytes(), b": "].concat();
        Fatal::Postfix([start, text.concat()].concat())
    }

    fn expanded(&self, written: &[u8], warnings: &mut Vec<Vec<u8>>) -> Result<Vec<u8>, Fatal> {
        if !written.contains(&b'$') {
            return Ok(written.to_vec());
        }
        let mut lookup = |name: &[u8]| self.settings.get(name).map(<[u8]>::to_vec);
        let expansion =
            expand(written, Mode::Recursive, self.settings.version(), &self.limit, &mut lookup, warnings);
        match expansion.fatal {
            _ if expansion.overflows => Err(Fatal::NotSimulated(b"comparisons nested without end".to_vec())),
            Some(fatal) => Err(fatal),
            None if expansion.failed => {
                Err(Fatal::Postfix(b"dictionary mail_dict: macro processing error".to_vec()))
            }
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
            version: self.version,
        }
        .check()
    }

    fn check_together(&self) -> Result<(), Fatal> {
        let host = self.text("myhostname")?;
        if host.eq_ignore_ascii_case(&self.text("relayhost")?) {
            let text = b"myhostname and relayhost parameter settings must not be identical: ";
            return Err(Fatal::Postfix([&text[..], &host].concat()));
        }
        let single = ["myorigin", "relayhost"];
        let has_one = |name: &&&str| **name == "myorigin" || self.version.has(Feature::OneRelayhost);
        for name in single.iter().filter(has_one) {
            let value = self.text(name)?;
            if value.iter().any(|byte| COMMA_SPACE.contains(byte)) {
                let text = b" parameter setting must not contain multiple values: ";
                return Err(Fatal::Postfix([name.as_bytes(), text, &value].concat()));
            }
        }
        let level = self.text("non_bdb_migration_level").ok();
        if let Some(level) = level.filter(|level| !MIGRATION_LEVELS.contains(&&level[..])) {
            let text = b"invalid non-Berkeley-DB migration level: '";
            return Err(Fatal::Postfix([&text[..], &level, b"'"].concat()));
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
    let Some(level) = settings.get(b"compatibility_level").filter(|level| level.contains(&b'.')) else {
        return;
    };
    let digits = level.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits > 0 {
        let number = level[..digits].to_vec();
        settings.set(b"compatibility_level", &number);
    }
}

fn check(kind: Kind, name: &str, value: &[u8]) -> Result<(), Fatal> {
    let name = name.as_bytes();
    match kind {
        Kind::Text(least, most) => {
            let bound = if value.len() < least {
                format!("{} < {least}", value.len())
            } else if most > 0 && value.len() > most {
                format!("{} > {most}", value.len())
            } else {
                return Ok(());
            };
            Err(Fatal::Postfix(
                [b"bad string length ", bound.as_bytes(), b": ", name, b" = ", value].concat(),
            ))
        }
        Kind::Flag if value.eq_ignore_ascii_case(b"yes") || value.eq_ignore_ascii_case(b"no") => Ok(()),
        Kind::Flag => Err(Fatal::Postfix([b"bad boolean configuration: ", name, b" = ", value].concat())),
        Kind::Number(least, most) => {
            let number = number(value).filter(|number| i32::try_from(*number).is_ok());
            within(name, value, number, least, most)
        }
        Kind::Large(least) => within(name, value, number(value), least, 0),
        Kind::Time(least, most) => check_time(name, value, least, most),
    }
}

fn within(name: &[u8], value: &[u8], number: Option<i64>, least: i64, most: i64) -> Result<(), Fatal> {
    let Some(number) = number else {
        return Err(Fatal::Postfix([b"bad numerical configuration: ", name, b" = ", value].concat()));
    };
    let bound = if least != 0 && number < least {
        format!("{number} < {least}")
    } else if most != 0 && number > most {
        format!("{number} > {most}")
    } else {
        return Ok(());
    };
    Err(Fatal::Postfix([b"invalid ", name, b" parameter value ", bound.as_bytes()].concat()))
}

/// A number as strtol(3) takes one.
fn number(value: &[u8]) -> Option<i64> {
    std::str::from_utf8(value).ok()?.trim_start().parse().ok()
}

fn check_time(name: &[u8], value: &[u8], least: i64, most: i64) -> Result<(), Fatal> {
    let Some(seconds) = seconds(value) else {
        return Err(Fatal::Postfix([b"parameter ", name, b": bad time value or unit: ", value].concat()));
    };
    let bound = if least != 0 && seconds < least {
        format!("{seconds} (min {least})")
    } else if most != 0 && seconds > most {
        format!("{seconds} (max {most})")
    } else {
        return Ok(());
    };
    Err(Fatal::Postfix([b"invalid ", name, b": ", bound.as_bytes()].concat()))
}

/// A time in seconds; all the times looked up here have seconds for their unit unless they name one.
fn seconds(value: &[u8]) -> Option<i64> {
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = number(&value[..digits]).filter(|number| i32::try_from(*number).is_ok())?;
    let unit = match value.get(digits).copied().unwrap_or(b's') {
        b'w' => 7 * 24 * 60 * 60,
        b'd' => 24 * 60 * 60,
        b'h' => 60 * 60,
        b'm' => 60,
        b's' => return Some(number),
        _ => return None,
    };
    (number < i64::from(i32::MAX) / unit).then(|| number * unit)
}
