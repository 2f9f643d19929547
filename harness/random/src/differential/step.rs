//! Defines one step of a sequence: a call of the tool, or something that happens beside it.

use serde::{Deserialize, Serialize};

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The tool is called with these arguments.
    Tool(Vec<String>),
    /// A shell does this: what people, programs and accidents do to a system.
    Meanwhile(String),
    /// The first directory is shown in a second place by a bind mount.
    Bind(String, String),
    /// The instance of this configuration directory is started.
    Run(String),
}
