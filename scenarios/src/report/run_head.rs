//! Describes a run as a whole for a report: who was judged, where, and the command that judges a case again.

use std::fmt;
use std::time::SystemTime;

use postfix_fakes::bytes::ByteString;
use postfix_fakes::version::Build;
use postfix_harness::run_directory::PREFIX as RUN_PREFIX;
use postfix_process::suite_command::quoted;
use serde::{Deserialize, Serialize};

use crate::catalogue::clause::Level;
use crate::catalogue::testbed_name::TestbedName;
use crate::report::replay_command::Replay;
use crate::subject::manager::Manager;

/// Whether failures of robust cases count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RobustFailures {
    Count,
    AreReported,
}

/// Who was judged, where and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunHead {
    /// The value of `multi_instance_wrapper`, as it was given if a copy of it was judged.
    pub manager: ByteString,
    /// What people call that manager.
    pub called: String,
    /// The testbed.
    pub testbed: String,
    /// The Postfix there, such as `3.7.11-debian`; empty if this machine lacks the testbed.
    pub postfix_version: String,
    /// As which version it is judged, if its series is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged_as: Option<String>,
    /// Whether failures of robust cases count: what readers look at that do not know `level`.
    robust_failures: RobustFailures,
    /// The last level whose failures count. Absent in older reports: `robust_failures` says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    level: Option<Level>,
    /// The multi-instance tool that was judged with it, if that is not our own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multi_tool: Option<String>,
    /// When it began, by RFC 3339.
    pub begun: String,
    /// The command that judges a case again, but for the case's name.
    pub again: String,
    /// The command that generates the cases again, if they were generated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generates: Option<String>,
    /// Where the worlds were left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worlds: Option<String>,
}

impl RunHead {
    /// What no two runs of a report share.
    pub fn key(&self) -> (ByteString, Option<&str>, &str, &str) {
        (self.told_manager(), self.multi_tool.as_deref(), &self.testbed, &self.postfix_version)
    }

    /// The value of `multi_instance_wrapper`. A script that each run writes for itself has another path in each, and is
    /// known by its name.
    pub fn told_manager(&self) -> ByteString {
        if self.has_script_of_its_own() { ByteString::from(&*self.called) } else { self.manager.clone() }
    }

    /// Whether the manager was a script that the run wrote for itself, and that is gone.
    pub fn has_script_of_its_own(&self) -> bool {
        self.manager.0.windows(RUN_PREFIX.len()).any(|part| part == RUN_PREFIX.as_bytes())
    }

    /// The last level whose failures count.
    pub fn last_level(&self) -> Level {
        self.level.unwrap_or(Level::usually_last(self.robust_failures == RobustFailures::Count))
    }

    /// Whether a failure at this level fails the run.
    pub fn counts(&self, level: Level) -> bool {
        level.counts(self.last_level())
    }

    /// The Postfix, and as which one it is judged if that is another one; nothing if there is none.
    pub fn postfix(&self) -> Option<String> {
        let judged_as = self.judged_as.as_ref().map(|version| format!(", judged as {version}"));
        let is_there = !self.postfix_version.is_empty();
        is_there.then(|| [&self.postfix_version[..], &judged_as.unwrap_or_default()].concat())
    }

    /// The command that judges a case again.
    pub fn replay(&self, case: &str) -> String {
        // Nobody may have kept the file of a generated case.
        self.generates.clone().unwrap_or_else(|| format!("{} {}", self.again, quoted(case)))
    }
}

impl fmt::Display for RunHead {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}, {}", self.called, self.testbed)?;
        match self.postfix() {
            None => Ok(()),
            Some(postfix) => write!(formatter, ", Postfix {postfix}"),
        }
    }
}

/// What is told of a run beforehand.
pub(crate) fn head(
    testbed: TestbedName,
    postfix: Option<&Build>,
    manager: &Manager,
    last: Level,
    replay: &Replay,
    worlds: Option<String>,
) -> RunHead {
    RunHead {
        manager: manager.told_value().clone(),
        called: manager.to_string(),
        testbed: testbed.name().to_owned(),
        postfix_version: postfix.map(Build::to_string).unwrap_or_default(),
        judged_as: postfix.filter(|build| !build.is_known()).map(|build| build.version().to_string()),
        robust_failures: if last == Level::Robust {
            RobustFailures::Count
        } else {
            RobustFailures::AreReported
        },
        level: Some(last),
        multi_tool: None,
        begun: now(),
        again: replay.prefix(),
        generates: None,
        worlds,
    }
}

/// The present moment as a report has it.
fn now() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}

#[cfg(test)]
mod tests {
    use super::{RUN_PREFIX, RunHead, head};
    use crate::catalogue::clause::Level;
    use crate::catalogue::testbed_name::TestbedName;
    use crate::report::replay_command::Replay;
    use crate::subject::manager::Manager;
    use std::ffi::OsStr;
    use std::path::Path;

    #[test]
    fn a_manager_that_is_judged_as_a_copy_is_known_by_the_value_that_was_given() {
        let copied = |value: &str| -> RunHead {
            let copy = format!("/tmp/{RUN_PREFIX}x/copies/0/env");
            let manager =
                Manager::given(OsStr::new(value), Path::new("/")).unwrap().with_program(Path::new(&copy));
            let replay = Replay::new("simulated", None, None, &manager);
            head(TestbedName::Simulated, None, &manager, Level::Robust, &replay, None)
        };
        let (one, other) = (copied("/bin/env -i"), copied("/usr/../bin/env -i"));
        assert_eq!(one.manager.to_string(), "/bin/env -i");
        assert_ne!(one.key(), other.key());
        assert_eq!(one.key(), copied("/bin/env -i").key());
    }
}
