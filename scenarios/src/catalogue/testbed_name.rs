//! The names of the testbeds, for case files and options.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// A testbed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
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

/// All of them.
pub const ALL: [TestbedName; 4] =
    [TestbedName::Simulated, TestbedName::Sandbox, TestbedName::Container, TestbedName::Live];

impl TestbedName {
    /// As files, options and reports have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Simulated => "simulated",
            Self::Sandbox => "sandbox",
            Self::Container => "container",
            Self::Live => "live",
        }
    }
}
