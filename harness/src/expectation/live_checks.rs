//! Checks a step in which real daemons run: the mail log, the masters that run, texts in files.
//! It waits for each until a deadline.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use postfix_fakes::bytes::ByteString;
use postfix_fakes::regular::{self, Links};
use serde::{Deserialize, Serialize};

use crate::testbed::live::MAIL_LOG;
use crate::testbed::{Process, Testbed, TestbedError};
use crate::world::World;

/// How much of a file is read, in bytes.
const MOST: u64 = 64 << 20;

/// How often is looked.
const TICK: Duration = Duration::from_millis(100);

/// What must be seen of daemons after a step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LiveChecks {
    /// Lines that the mail log gains, in this order, others between them: `PROGRAM: PART OF THE TEXT`.
    pub log: Vec<String>,
    /// Lines that it does not gain.
    pub log_lacks: Vec<String>,
    /// Which instances' masters run, and which do not; of those no daemon is left either.
    pub daemons: BTreeMap<String, bool>,
    /// Texts that files hold, each exactly once. The names may hold placeholders.
    pub files: BTreeMap<String, Vec<String>>,
}

impl LiveChecks {
    /// Waits for it as long as `patience`, and says in words what has not come. `before` is the length of the mail log
    /// before the step.
    ///
    /// # Errors
    /// When the testbed cannot be asked.
    pub(super) fn missing(
        &self,
        testbed: &dyn Testbed,
        world: &World,
        before: usize,
        patience: Duration,
    ) -> Result<Vec<String>, TestbedError> {
        if *self == Self::default() {
            return Ok(Vec::new());
        }
        let deadline = Instant::now() + patience;
        loop {
            let log = mail_log(world);
            let log = String::from_utf8_lossy(log.get(before..).unwrap_or_default()).into_owned();
            let missing = self.not_there(world, &log, &testbed.processes(world)?);
            // What must not be there will not go away by waiting.
            let unwanted = lines_that_are_there(&self.log_lacks, &log);
            if !unwanted.is_empty() || missing.is_empty() || Instant::now() >= deadline {
                return Ok(if missing.is_empty() && unwanted.is_empty() {
                    Vec::new()
                } else {
                    let tell = |line: String| format!("the mail log says {line:?}, and should not");
                    let log = log.lines().map(|line| format!("mail log: {line}"));
                    missing.into_iter().chain(unwanted.into_iter().map(tell)).chain(log).collect()
                });
            }
            std::thread::park_timeout(TICK);
        }
    }

    fn not_there(&self, world: &World, log: &str, processes: &[Process]) -> Vec<String> {
        let mut missing: Vec<String> = first_not_in_order(&self.log, log)
            .map(|line| format!("the mail log has no {line:?} after those before it"))
            .into_iter()
            .collect();
        for (name, runs) in &self.daemons {
            missing.extend(otherwise(world, name, *runs, processes));
        }
        if !self.daemons.is_empty() {
            missing.extend(strangers(world, processes));
            missing.extend(orphans(processes));
        }
        for (name, texts) in &self.files {
            let path = ByteString(world.fill_in(name.as_bytes())).to_path_buf();
            let content = regular::read(&path, MOST, Links::Followed).unwrap_or_default();
            let content = String::from_utf8_lossy(&content);
            for text in texts {
                let times = content.matches(text.as_str()).count();
                if times != 1 {
                    missing.push(format!("{name} holds {text:?} {times} times, should be once"));
                }
            }
        }
        missing
    }
}

/// The world's mail log so far; empty if it has none.
pub(super) fn mail_log(world: &World) -> Vec<u8> {
    regular::read(&world.root().join(MAIL_LOG), MOST, Links::Refused).unwrap_or_default()
}

/// Whether a line of the log is meant by `PROGRAM: PART OF THE TEXT`.
fn is_meant(line: &str, meant: &str) -> bool {
    let (program, text) = meant.split_once(": ").unwrap_or((meant, ""));
    let mut parts = line.splitn(2, "]: ");
    let head = parts.next().unwrap_or_default();
    let tag = head.rsplit(' ').next().unwrap_or_default();
    tag.split('[').next() == Some(program) && parts.next().is_some_and(|rest| rest.contains(text))
}

fn first_not_in_order<'a>(wanted: &'a [String], log: &str) -> Option<&'a String> {
    let mut lines = log.lines();
    wanted.iter().find(|meant| !lines.any(|line| is_meant(line, meant)))
}

fn lines_that_are_there(unwanted: &[String], log: &str) -> Vec<String> {
    log.lines().filter(|line| unwanted.iter().any(|meant| is_meant(line, meant))).map(str::to_owned).collect()
}

/// The master that an instance's `pid/master.pid` names, if that runs. The file outlives it.
fn master_of<'a>(world: &World, name: &str, processes: &'a [Process]) -> Option<&'a Process> {
    let file = world.queue_directory_of(name)?.join("pid/master.pid");
    let id: u32 = regular::read_to_string(&file, MOST, Links::Followed).ok()?.trim().parse().ok()?;
    processes.iter().find(|process| process.id == id && process.name == "master")
}

/// In which way an instance's master does not do as it should.
fn otherwise(world: &World, name: &str, runs: bool, processes: &[Process]) -> Option<String> {
    match (runs, master_of(world, name, processes)) {
        (true, None) => Some(format!("no master runs that {name}'s pid/master.pid names")),
        (false, Some(_)) => Some(format!("{name} runs, and should not")),
        _ => None,
    }
}

/// Masters of no instance.
fn strangers(world: &World, processes: &[Process]) -> Option<String> {
    let known: Vec<u32> = world
        .layout()
        .instances()
        .filter_map(|instance| master_of(world, &instance.name, processes))
        .map(|master| master.id)
        .collect();
    let strange = processes.iter().filter(|one| one.name == "master" && !known.contains(&one.id)).count();
    (strange > 0).then(|| format!("{strange} masters run that no pid/master.pid names"))
}

/// Daemons without a master.
fn orphans(processes: &[Process]) -> Option<String> {
    let is_daemon =
        |process: &&Process| ["pickup", "qmgr", "smtpd", "cleanup"].contains(&process.name.as_str());
    let has_master = |process: &&Process| {
        processes.iter().any(|other| other.id == process.parent && other.name == "master")
    };
    let left: Vec<String> = processes
        .iter()
        .filter(is_daemon)
        .filter(|process| !has_master(process))
        .map(|process| process.name.clone())
        .collect();
    (!left.is_empty()).then(|| format!("daemons are left without a master: {}", left.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::{first_not_in_order, is_meant, orphans};
    use crate::testbed::Process;

    const LOG: &str = "Jan  1 00:00:00 host postfix/master[1]: daemon started -- version 3.7\n\
                       Jan  1 00:00:01 postfix-a/master[2]: daemon started -- version 3.7\n";

    #[test]
    fn a_line_is_meant_by_its_program_and_a_part_of_its_text() {
        let line = LOG.lines().next().unwrap();
        assert!(is_meant(line, "postfix/master: daemon started"));
        assert!(!is_meant(line, "postfix-a/master: daemon started"));
        assert!(!is_meant(line, "postfix/master: terminating"));
    }

    #[test]
    fn lines_must_come_in_order() {
        let wanted = |lines: [&str; 2]| lines.map(str::to_owned);
        let good = wanted(["postfix/master: started", "postfix-a/master: started"]);
        assert_eq!(first_not_in_order(&good, LOG), None);
        let bad = wanted(["postfix-a/master: started", "postfix/master: started"]);
        assert_eq!(first_not_in_order(&bad, LOG), Some(&bad[1]));
    }

    #[test]
    fn a_daemon_without_master_is_an_orphan() {
        let process = |id, parent, name: &str| Process { id, parent, name: name.to_owned() };
        assert_eq!(orphans(&[process(7, 1, "master"), process(8, 7, "qmgr")]), None);
        assert!(orphans(&[process(8, 1, "qmgr")]).is_some());
    }
}
