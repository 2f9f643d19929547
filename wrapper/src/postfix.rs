//! Postfix: what its files and programs say, and how they are asked. Knows nothing of what is done with the answers.

pub(crate) mod command;
pub(crate) mod damage;
pub(crate) mod damaged_main_cf;
pub(crate) mod environment;
#[cfg(test)]
pub(crate) mod installed_postconf;
pub(crate) mod instance;
pub(crate) mod instance_settings;
pub(crate) mod literal_main_cf;
pub(crate) mod literal_master_cf;
pub(crate) mod main_cf_values;
pub(crate) mod manager_settings;
pub(crate) mod master_cf;
pub(crate) mod missing_address;
pub(crate) mod postconf;
pub(crate) mod postconf_without_master_cf;
pub(crate) mod query;
pub(crate) mod running;
pub(crate) mod startup;
pub(crate) mod values;
