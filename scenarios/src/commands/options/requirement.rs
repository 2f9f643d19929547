//! Defines `--require` and its variable, which say what this machine must have.
//! Without it, cases that need more are skipped and counted.

use std::env;

use clap::ValueEnum;
use postfix_harness::testbed::Need;
use postfix_process::skip::VARIABLE;

/// Something that a testbed needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Requirement {
    /// All of the following
    All,
    /// An installed Postfix
    Postfix,
    /// Private namespaces
    Namespaces,
    /// Linux
    Linux,
    /// A container engine and the image
    Containers,
}

/// The variable holds no such word.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{VARIABLE}={0}: take one of all, postfix, namespaces, linux, containers")]
pub struct UnknownRequirement(String);

/// What must not be missing: by option, or else by variable.
pub(crate) fn required(options: &[Requirement]) -> Result<Vec<Requirement>, UnknownRequirement> {
    if !options.is_empty() {
        return Ok(options.to_vec());
    }
    match env::var_os(VARIABLE) {
        Some(value) if !value.is_empty() => {
            let text = value.to_string_lossy();
            Requirement::from_str(&text, false)
                .map(|one| vec![one])
                .map_err(|_| UnknownRequirement(text.into_owned()))
        }
        _ => Ok(Vec::new()),
    }
}

/// Whether this requirement is about what is lacking.
pub(crate) fn requires(requirement: Requirement, need: &Need) -> bool {
    match requirement {
        Requirement::All => true,
        Requirement::Postfix => matches!(need, Need::Postfix(_)),
        Requirement::Namespaces => matches!(need, Need::Namespaces(_)),
        Requirement::Linux => matches!(need, Need::Linux),
        Requirement::Containers => matches!(need, Need::Container(_)),
    }
}
