//! Holds what postconf(1) knows of an instance before it answers: its settings, all parameters, and its services.

use super::service_settings::Namespaces;
use crate::config::main_cf::{ExpansionLimit, MainCf};
use crate::config::parameters::Table;
use crate::programs::postconf::master_cf::service::Service;

/// What is known of an instance.
pub(crate) struct ParameterSet {
    pub(crate) settings: MainCf,
    pub(crate) table: Table,
    pub(crate) services: Vec<Service>,
    pub(crate) namespaces: Namespaces,
    /// What is left of the work that a call may do.
    pub(crate) limit: ExpansionLimit,
    /// What was said of the files.
    pub(super) warnings: Vec<Vec<u8>>,
}
