//! Finds directories that were asked for, while an instance that is there keeps others.
//!
//! Knows nothing of what follows from that.

use std::path::{Path, PathBuf};

use crate::multi::changing::instance_dirs::InstanceDirs;
use crate::multi::life_cycle::validate::HostFacts;
use crate::multi::ownership::claims::{DATA, QUEUE};
use crate::os::printable::{printable, setting, shell_word};

/// A directory that an instance keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Whose it is.
    pub(crate) config: PathBuf,
    /// What it is to the instance.
    pub(crate) parameter: &'static str,
    /// The directory.
    pub(crate) current: PathBuf,
    /// The one that was asked for.
    pub(crate) asked: PathBuf,
}

impl Kept {
    /// What to know about it, and how to move it.
    pub(crate) fn warning(&self) -> String {
        let Self { config, parameter, current, asked } = self;
        format!(
            "{parameter} of {} stays {}, as its main.cf says, and is not {}; to move it, stop the instance, move the \
             directory with \"mv {} {}\", and use \"postconf -c {} -e {}\"",
            printable(config),
            printable(current),
            printable(asked),
            shell_word(current),
            shell_word(asked),
            shell_word(config),
            setting(parameter, asked)
        )
    }
}

/// The directories that stay others than those that were asked for.
pub(crate) fn kept(
    queue: Option<&Path>,
    data: Option<&Path>,
    dirs: &InstanceDirs,
    host: &impl HostFacts,
) -> Vec<Kept> {
    let mut kept = Vec::new();
    for (parameter, asked, current) in [(QUEUE, queue, &dirs.queue), (DATA, data, &dirs.data)] {
        let Some(asked) = asked else { continue };
        let own = host.spot(current).own;
        if asked != current && !host.spot(asked).own.iter().any(|key| own.contains(key)) {
            let (config, current, asked) = (dirs.config.clone(), current.clone(), asked.to_owned());
            kept.push(Kept { config, parameter, current, asked });
        }
    }
    kept
}
