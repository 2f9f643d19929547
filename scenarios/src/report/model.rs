//! Defines the contents of a report: clauses, cases, runs.
//! `schema/report-1.json` describes it; if a change breaks readers, `version` changes. Knows nothing of formats.

use std::collections::{BTreeMap, BTreeSet};

use postfix_fakes::bytes::ByteString;
use postfix_harness::expectation::Status;
use postfix_harness::invocation::{Action, Program};
use postfix_harness::journal::ScriptCall;
use postfix_harness::layout::{Instance, Layout};
use postfix_harness::outcome::Ended;
use serde::{Deserialize, Serialize};

use crate::catalogue::clause::Level;
use crate::judge::observation::StepObservation;
use crate::judge::result::CaseResult;
use crate::judge::verdict::VerdictName;
use crate::report::run_head::RunHead;

/// What `format` says.
pub const FORMAT: &str = "postfix-conformance";
/// What `version` says.
pub const VERSION: u32 = 1;

/// A whole report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// The suite's own version.
    pub suite: String,
    /// All clauses.
    pub clauses: Vec<ClauseRecord>,
    /// The cases that some run was to judge.
    pub cases: Vec<CaseRecord>,
    /// Each manager on each testbed with each Postfix version once.
    pub runs: Vec<RunRecord>,
}

/// A clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClauseRecord {
    /// Its id.
    pub id: String,
    /// Whose claim it is.
    pub level: Level,
    /// What it is a claim about, in words.
    pub about: String,
    /// Where it comes from.
    pub section: String,
    /// The first Postfix version that it holds for.
    pub since: String,
    /// What must hold.
    pub claim: String,
}

/// A case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseRecord {
    /// Its name.
    pub name: String,
    /// What must happen.
    pub title: String,
    /// Its first clause's level.
    pub level: Level,
    /// The clauses it judges.
    pub clauses: Vec<String>,
    /// Why it is there.
    pub prose: String,
    /// The multi-instance system.
    pub layout: Layout,
    /// What is done.
    pub steps: Vec<StepRecord>,
    /// The case file.
    pub text: String,
}

/// A step of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    /// The program.
    pub entry: Program,
    /// Its arguments.
    pub arguments: Vec<ByteString>,
    /// What is in its environment beside what always is.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, ByteString>,
    /// Instances whose main.cf is written anew before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rewrite: Vec<Instance>,
    /// What happens when gates are reached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
    /// What the exit status must be.
    pub status: Status,
    /// Which postfix-scripts must run; absent: the case is about something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs: Option<Vec<ScriptCall>>,
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Who was judged, where and when.
    #[serde(flatten)]
    pub head: RunHead,
    /// How long it took, in microseconds.
    pub took: u64,
    /// The parts that it was judged in, on one machine or on several. Empty in older reports.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartRecord>,
    /// What became of each case.
    pub results: Vec<ResultRecord>,
}

/// One command that judged a run or a share of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartRecord {
    /// When it began, by RFC 3339.
    pub begun: String,
    /// How long it took, in microseconds.
    pub took: u64,
    /// What the command line selected: its words. Without any: everything.
    pub selection: Vec<String>,
    /// Which share of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<ShardRecord>,
    /// What all shares together are. Absent in older reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<WholeRecord>,
    /// A digest of the manager's file. Absent if that cannot be read here, as one in an image, and in older reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// How many cases it was to judge.
    pub cases: usize,
    /// The signal that ended it early.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interrupted: Option<String>,
    /// The cases that it did not come to: because of the signal, or because it stopped after enough failures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unjudged: Vec<String>,
}

/// All cases that a command line selects, whatever share of them is judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WholeRecord {
    /// How many.
    pub cases: usize,
    /// A digest of all that a report says of them. Other cases have another.
    pub digest: String,
}

/// One share of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardRecord {
    /// Which one, counted from 1.
    pub number: usize,
    /// Of how many.
    pub of: usize,
}

/// What became of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultRecord {
    /// The case's name.
    pub case: String,
    /// What became of it.
    pub verdict: VerdictName,
    /// Why it was skipped, or could not be judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Why it was expected to fail, if it was and was judged: an expected failure does not count, and a case
    /// that passes all the same does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_failure: Option<String>,
    /// How long it took, in microseconds.
    pub took: u64,
    /// Where its world was left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub world: Option<String>,
    /// What was seen, step by step, as far as it came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<StepObservation>,
}

impl CaseRecord {
    /// The folder it is in: a section of the specification.
    pub fn section(&self) -> &str {
        section(&self.name)
    }
}

/// The folder that a case of this name is in.
pub fn section(case: &str) -> &str {
    match case.split_once('/') {
        // A generated case has a name under which it can be kept in the working directory.
        Some((".", rest)) if rest.starts_with("seed-") => "generated",
        Some((".", rest)) => section(rest),
        Some((section, _)) => section,
        None => "",
    }
}

impl RunRecord {
    /// Whether a case has a result.
    pub fn has_result_of(&self, case: &str) -> bool {
        self.results.iter().any(|result| result.case == case)
    }

    /// The cases that a part did not come to, and no other part has judged.
    pub fn unjudged(&self) -> BTreeSet<&str> {
        let all = self.parts.iter().flat_map(|part| &part.unjudged).map(String::as_str);
        all.filter(|case| !self.has_result_of(case)).collect()
    }
}

impl StepRecord {
    /// The command as a postmaster would have typed it.
    pub fn command(&self) -> String {
        let mut words: Vec<String> =
            self.environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
        words.push(
            match self.entry {
                Program::Postfix => "postfix",
                Program::Manager => "@manager@",
                Program::Multi => "@multi@",
                Program::Postconf => "postconf",
                Program::Postqueue => "postqueue",
                Program::Postdrop => "postdrop",
                Program::Other => "",
            }
            .to_owned(),
        );
        for argument in &self.arguments {
            let plain = !argument.0.is_empty() && argument.0.iter().all(u8::is_ascii_graphic);
            words.push(if plain { argument.to_string() } else { format!("{argument:?}") });
        }
        words.join(" ")
    }
}

impl ResultRecord {
    /// What became of it. `level` is the case's, `last` the last one that counts.
    pub fn came(&self, level: Level, last: Level) -> CaseResult {
        CaseResult::of(self.verdict, self.expected_failure.is_some(), level, last)
    }

    /// The steps that came otherwise than expected, counted from 0.
    pub fn failed_steps(&self) -> impl Iterator<Item = usize> {
        self.seen.iter().enumerate().filter(|(_, seen)| !seen.findings.is_empty()).map(|(number, _)| number)
    }

    /// Whether a step had to be ended at its time limit.
    pub fn ended_at_a_time_limit(&self) -> bool {
        self.seen.iter().any(|seen| seen.ended == Ended::DeadlineExceeded)
    }

    /// In a few words, what was not as expected first, or why it was not judged.
    pub fn in_brief(&self) -> &str {
        let finding = self.seen.iter().find_map(|seen| seen.findings.first());
        let words = self.reason.as_deref().or_else(|| finding.map(|finding| finding.text.as_str()));
        // A case that passes has neither, and may have been expected to fail.
        words.or(self.expected_failure.as_deref()).unwrap_or_default()
    }
}
