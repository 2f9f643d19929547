//! Adds the parameters that a service of master.cf creates.
//! These are limits for each transport, and a time limit for each service that runs a command. Knows nothing of what
//! services get with `-o`.

use crate::config::parameters::{Class, Parameter, Table};
use crate::programs::postconf::master_cf::service::Service;

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

/// Adds the parameters that services bring along.
pub(crate) fn register_service_parameters(services: &[Service], table: &mut Table) {
    for service in services {
        let groups: &[&[(&str, &str)]] = match service.program() {
            b"local" | b"error" | b"virtual" | b"smtp" | b"lmtp" => &[DELIVERY],
            b"pipe" => &[COMMAND, DELIVERY],
            b"spawn" => &[COMMAND],
            _ => &[],
        };
        for (suffix, default) in groups.iter().copied().flatten() {
            let name = [service.name(), suffix.as_bytes()].concat();
            let own = || Parameter::of(Class::Service, format!("${default}").into_bytes());
            table.entry(name.into()).or_insert_with(own).class = Class::Service;
        }
    }
}
