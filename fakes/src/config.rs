//! Reads main.cf and the parameters as the programs of Postfix do. Uses `protocol` and `runtime`.

pub(crate) mod accounts;
pub(crate) mod host_names;
pub(crate) mod import_environment;
pub(crate) mod known_tcp_ports;
pub(crate) mod log_file;
pub(crate) mod mail_params;
pub mod main_cf;
pub(crate) mod myorigin_file;
pub(crate) mod networks;
pub mod parameters;
