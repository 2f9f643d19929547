//! master.cf, as far as parameters come from it: services that bring their own, and settings that a service
//! is given with `-o`. Knows nothing of running services.

use std::path::Path;

use super::Stop;
use crate::main_cf::{MainCf, logical_lines, split, split_name_value, system_message};
use crate::parameters::{Class, Parameter, Table};
use crate::version::PostfixVersion;

/// The parameters of a delivery agent: suffix, and the parameter that is the default.
const DELIVERY: &[(&str, &str)] = &[
    ("_recipient_limit", "default_recipient_limit"),
    ("_extra_recipient_limit", "default_extra_recipient_limit"),
    ("_recipient_refill_limit", "default_recipient_refill_limit"),
    ("_recipient_refill_delay", "default_recipient_refill_delay"),
    ("_delivery_slot_cost", "default_delivery_slot_cost"),
    ("_delivery_slot_loan", "default_delivery_slot_loan"),
    ("_delivery_slot_discount", "default_delivery_slot_discount"),
    ("_minimum_delivery_slots", "default_minimum_delivery_slots"),
    ("_initial_destination_concurrency", "initial_destination_concurrency"),
    ("_destination_concurrency_limit", "default_destination_concurrency_limit"),
    ("_destination_recipient_limit", "default_destination_recipient_limit"),
    ("_destination_concurrency_positive_feedback", "default_destination_concurrency_positive_feedback"),
    ("_destination_concurrency_negative_feedback", "default_destination_concurrency_negative_feedback"),
    ("_destination_concurrency_failed_cohort_limit", "default_destination_concurrency_failed_cohort_limit"),
    ("_destination_rate_delay", "default_destination_rate_delay"),
    ("_transport_rate_delay", "default_transport_rate_delay"),
];

/// The parameter of a program that runs a command.
const COMMAND: &[(&str, &str)] = &[("_time_limit", "command_time_limit")];

/// How many fields a service has at least.
const FIELDS: usize = 8;

/// A service.
#[derive(Debug)]
pub(super) struct Service {
    name: Vec<u8>,
    kind: Vec<u8>,
    program: Vec<u8>,
    /// What it sets with `-o`, where it sets anything.
    pub(super) settings: Option<MainCf>,
}

impl Service {
    /// Its name and type, as messages call it.
    pub(super) fn full_name(&self) -> Vec<u8> {
        [&self.name[..], b"/", &self.kind].concat()
    }
}

/// Reads a master.cf. One that is not there is only worth a warning.
pub(super) fn read(
    path: &Path,
    version: PostfixVersion,
    warnings: &mut Vec<Vec<u8>>,
) -> Result<Vec<Service>, Stop> {
    use std::os::unix::ffi::OsStrExt;
    let shown = path.as_os_str().as_bytes();
    let mut text = Vec::new();
    match std::fs::File::open(path) {
        Err(error) => {
            warnings.push([b"open ", shown, b": ", system_message(&error).as_bytes()].concat());
            return Ok(Vec::new());
        }
        // A file that cannot be read to its end counts as far as it could be.
        Ok(mut file) => drop(std::io::Read::read_to_end(&mut file, &mut text)),
    }
    parse(&text, shown, version, warnings)
}

/// Takes in the text of a master.cf; `path` is what messages call it.
pub(super) fn parse(
    text: &[u8],
    path: &[u8],
    version: PostfixVersion,
    warnings: &mut Vec<Vec<u8>>,
) -> Result<Vec<Service>, Stop> {
    logical_lines(text, path, version, warnings)
        .into_iter()
        .map(|line| {
            service(&line.text).ok_or_else(|| {
                let place = format!(": line {}: bad field count", line.number);
                Stop::Fatal([b"file ", path, place.as_bytes()].concat())
            })
        })
        .collect()
}

fn service(text: &[u8]) -> Option<Service> {
    let fields = split(text, b" \t\r\n");
    let [name, kind, _, _, _, _, _, program, arguments @ ..] = fields.as_slice() else {
        debug_assert!(fields.len() < FIELDS, "a service of {FIELDS} fields was not recognised");
        return None;
    };
    let mut settings: Option<MainCf> = None;
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next().filter(|argument| argument.starts_with(b"-o")) {
        let setting = if argument.len() > 2 { Some(&argument[2..]) } else { arguments.next().copied() };
        if let Some((name, value)) = setting.and_then(|setting| split_name_value(setting).ok()) {
            settings.get_or_insert_with(MainCf::default).set(name, value);
        }
    }
    Some(Service { name: name.to_vec(), kind: kind.to_vec(), program: program.to_vec(), settings })
}

/// Adds the parameters that services bring along.
pub(super) fn register_parameters(services: &[Service], table: &mut Table) {
    for service in services {
        let groups: &[&[(&str, &str)]] = match service.program.as_slice() {
            b"local" | b"error" | b"virtual" | b"smtp" | b"lmtp" => &[DELIVERY],
            b"pipe" => &[COMMAND, DELIVERY],
            b"spawn" => &[COMMAND],
            _ => &[],
        };
        for (suffix, default) in groups.iter().copied().flatten() {
            let name = [&service.name, suffix.as_bytes()].concat();
            let parameter = table.entry(name.into()).or_insert_with(|| Parameter {
                default: format!("${default}").into_bytes().into(),
                class: Class::Service,
                raw: false,
                read_only: false,
            });
            parameter.class = Class::Service;
        }
    }
}
