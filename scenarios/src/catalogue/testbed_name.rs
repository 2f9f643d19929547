//! The names of the testbeds, as case files and options write them.

use clap::ValueEnum;

/// A testbed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TestbedName {
    /// Fakes alone: no root, no Postfix
    #[default]
    Simulated,
    /// The installed postfix(1) and postconf(1), in private namespaces
    Sandbox,
    /// The postfix(1) and postconf(1) of an image, in a container
    Container,
    /// All of an image's Postfix, its daemons running, in a container for each case
    Live,
}
