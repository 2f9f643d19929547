//! Reads a case file (TOML). An unknown key, clause, instance or gate is refused with file and line.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZero;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use postfix_fakes::bytes::ByteString;
use postfix_fakes::relative_path::RelativePath;
use postfix_fakes::version::Series;
use postfix_harness::expectation::{Expectation, LiveChecks, Overlap, ScriptChecks, Status};
use postfix_harness::invocation::{Action, Invocation, Program};
use postfix_harness::journal::ScriptCall;
use postfix_harness::layout::{Instance, Layout};
use postfix_process::suite_command::suite_command;
use serde::Deserialize;
use toml::Spanned;

use crate::catalogue::case::{Call, Case, Restriction, Step};
use crate::catalogue::clause::Clause;
use crate::catalogue::similar_names::did_you_mean;
use crate::catalogue::testbed_name::TestbedName;
use crate::catalogue::toml_mistake::{Position, explained};

/// Past it, a step has failed. Generous, since only what hangs ever gets there.
const DEADLINE: Duration = Duration::from_secs(30);

/// The same if daemons are started, by many instances after each other, on a machine that has more to do.
const LIVE_DEADLINE: Duration = Duration::from_secs(180);

/// The same if a signal asks the command to end.
const SIGNAL_DEADLINE: Duration = Duration::from_secs(10);

/// How long a step may take if its file does not say.
pub(super) fn usual_deadline(actions: &[Action], is_live: bool) -> Duration {
    // A signal that gets nowhere is a plain mistake of managers: nobody should wait for it for long.
    let signalled = actions.iter().any(|action| action.signal.is_some() || action.printed.is_some());
    match (signalled, is_live) {
        (true, _) => SIGNAL_DEADLINE,
        (false, true) => LIVE_DEADLINE,
        (false, false) => DEADLINE,
    }
}

/// What a script does about shared files.
const SHARED_FILES: [&str; 2] = ["check", "update"];

/// A mistake in a case file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFileError {
    file: String,
    position: Position,
    what: String,
}

impl std::error::Error for CaseFileError {}

impl fmt::Display for CaseFileError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A file that is not of the catalogue goes by its whole path.
        if is_path(&self.file) {
            return write!(formatter, "{}:{}: {}", self.file, self.position, self.what);
        }
        write!(formatter, "cases/{}.toml:{}: {}", self.file, self.position, self.what)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseTable {
    title: Spanned<String>,
    clauses: Spanned<Vec<Spanned<String>>>,
    prose: Spanned<String>,
    testbeds: Option<Spanned<Vec<TestbedName>>>,
    reason: Option<Spanned<String>>,
    since: Option<Spanned<String>>,
    layout: Layout,
    step: Spanned<Vec<Spanned<StepTable>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the file")]
struct StepTable {
    postfix: Option<Vec<ByteString>>,
    manager: Option<Vec<ByteString>>,
    multi_tool: Option<Vec<ByteString>>,
    postconf: Option<Vec<ByteString>>,
    program: Option<Vec<ByteString>>,
    postqueue: Option<Vec<ByteString>>,
    postdrop: Option<Vec<ByteString>>,
    #[serde(default)]
    environment: BTreeMap<String, ByteString>,
    directory: Option<RelativePath>,
    #[serde(default)]
    stdin: ByteString,
    /// Whether standard error is a terminal.
    #[serde(default)]
    terminal: bool,
    #[serde(default)]
    actions: Vec<Spanned<Action>>,
    #[serde(default)]
    rewrite: Vec<Spanned<Instance>>,
    requires_call: Option<Call>,
    /// In seconds; without it, generous.
    time_limit: Option<NonZero<u16>>,
    status: Spanned<Status>,
    journal: Option<Vec<Spanned<ScriptCall>>>,
    #[serde(default)]
    stderr_contains: Vec<ByteString>,
    #[serde(default)]
    output_excludes: Vec<ByteString>,
    stdout: Option<ByteString>,
    running: Option<Spanned<BTreeMap<String, bool>>>,
    #[serde(default)]
    stderr_not_empty: bool,
    #[serde(default)]
    environment_of: BTreeMap<String, BTreeMap<String, ByteString>>,
    #[serde(default)]
    environment_lacks: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    shared_files: BTreeMap<String, Vec<String>>,
    live: Option<Spanned<LiveChecks>>,
    #[serde(default)]
    one_at_a_time: bool,
    #[serde(default)]
    stdout_is_path: bool,
}

/// Reads the case file `name` (its path below the folder of cases, without `.toml`).
///
/// # Errors
/// When it holds a mistake; the message says where and what to do.
pub fn parse(name: &str, text: &str, clauses: &[Clause]) -> Result<Case, CaseFileError> {
    let reader = CaseReader { name, text };
    let file: CaseTable = toml::from_str(text).map_err(|error| {
        let (position, what) = explained(text, &error);
        let what = format!("{what} (`{} export FOLDER` writes down the format of cases)", suite_command());
        CaseFileError { file: name.to_owned(), position, what }
    })?;
    reader.case(file, clauses)
}

/// Whether a word, or the name of a case, is the path of a case file.
pub fn is_path(word: &str) -> bool {
    Path::new(word).extension().is_some_and(|extension| extension == "toml")
}

struct CaseReader<'a> {
    name: &'a str,
    text: &'a str,
}

impl CaseReader<'_> {
    fn mistake(&self, at: &Range<usize>, what: &str) -> CaseFileError {
        CaseFileError {
            file: self.name.to_owned(),
            position: Position::of(self.text, at.start),
            what: what.to_owned(),
        }
    }

    fn case(&self, file: CaseTable, clauses: &[Clause]) -> Result<Case, CaseFileError> {
        if !self.name.contains('/') {
            return Err(self.mistake(&(0..0), "put it into a folder, one for each section"));
        }
        for text in [&file.title, &file.prose] {
            if text.get_ref().trim().is_empty() {
                return Err(self.mistake(&text.span(), "say something here, for those who read reports"));
            }
        }
        if file.clauses.get_ref().is_empty() {
            return Err(self.mistake(&file.clauses.span(), "name at least one clause"));
        }
        for id in file.clauses.get_ref() {
            if !clauses.iter().any(|clause| clause.id == *id.get_ref()) {
                let hint = did_you_mean(id.get_ref(), clauses.iter().map(|clause| clause.id.as_str()));
                let what = format!(
                    "there is no clause {}{hint}; `{} list --json` has them all, and --clauses FILE adds your own",
                    id.get_ref(),
                    suite_command()
                );
                return Err(self.mistake(&id.span(), &what));
            }
        }
        if file.step.get_ref().is_empty() {
            return Err(self.mistake(&file.step.span(), "give the case at least one [[step]]"));
        }
        let restriction = self.restriction(file.testbeds, file.reason)?;
        let since = file.since.map(|since| self.version(&since)).transpose()?;
        let layout = file.layout;
        let steps = file
            .step
            .into_inner()
            .into_iter()
            .map(|step| self.step(step, &layout))
            .collect::<Result<_, _>>()?;
        Ok(Case {
            name: self.name.to_owned(),
            title: file.title.into_inner(),
            clauses: file.clauses.into_inner().into_iter().map(Spanned::into_inner).collect(),
            prose: file.prose.into_inner().trim().to_owned(),
            restriction,
            since,
            layout,
            steps,
            text: self.text.to_owned(),
        })
    }

    fn version(&self, text: &Spanned<String>) -> Result<Series, CaseFileError> {
        text.get_ref().parse().map_err(|error: String| self.mistake(&text.span(), &error))
    }

    fn restriction(
        &self,
        testbeds: Option<Spanned<Vec<TestbedName>>>,
        reason: Option<Spanned<String>>,
    ) -> Result<Option<Restriction>, CaseFileError> {
        let (testbeds, reason) = match (testbeds, reason) {
            (None, None) => return Ok(None),
            (Some(testbeds), Some(reason)) => (testbeds.into_inner(), reason.into_inner()),
            (Some(testbeds), None) => {
                return Err(self.mistake(&testbeds.span(), "say `reason = \"...\"` why only these testbeds"));
            }
            (None, Some(reason)) => {
                return Err(self.mistake(&reason.span(), "`reason` explains `testbeds`; leave it out"));
            }
        };
        Ok(Some(Restriction { testbeds, reason }))
    }

    /// Whether all instances and gates that a step names are in the layout.
    fn check_names(
        &self,
        step: &StepTable,
        span: &Range<usize>,
        layout: &Layout,
    ) -> Result<(), CaseFileError> {
        let known = |name: &str| layout.instances().any(|instance| instance.name == name);
        let stranger = |span: Range<usize>, name: &str| {
            let hint = did_you_mean(name, layout.instances().map(|instance| instance.name.as_str()));
            let what =
                format!("the layout has no instance {name:?}{hint}; correct the name or add the instance");
            self.mistake(&span, &what)
        };
        for run in step.journal.iter().flatten() {
            let name = &run.get_ref().instance;
            if let Some(what) = self.lacks_a_colon(run.span(), name) {
                return Err(self.mistake(&run.span(), &what));
            }
            if !known(name) && !name.starts_with(['@', '/']) {
                return Err(stranger(run.span(), name));
            }
        }
        for rewritten in &step.rewrite {
            if !known(&rewritten.get_ref().name) {
                return Err(stranger(rewritten.span(), &rewritten.get_ref().name));
            }
        }
        if let Some(running) = &step.running {
            if let Some(name) = running.get_ref().keys().find(|name| !known(name)) {
                return Err(stranger(running.span(), name));
            }
        }
        let observed =
            step.environment_of.keys().chain(step.shared_files.keys()).chain(step.environment_lacks.keys());
        if let Some(name) = observed.into_iter().find(|name| !known(name)) {
            return Err(stranger(span.clone(), name));
        }
        if let Some(word) =
            step.shared_files.values().flatten().find(|word| !SHARED_FILES.contains(&word.as_str()))
        {
            let hint = did_you_mean(word, SHARED_FILES);
            let what =
                format!("shared_files: {word:?} is nothing that a script does{hint}; take check or update");
            return Err(self.mistake(span, &what));
        }
        for action in &step.actions {
            let gate = &action.get_ref().gate;
            if !layout.faults().iter().any(|fault| fault.gate.as_ref() == Some(gate)) {
                let gates = layout.faults().iter().filter_map(|fault| fault.gate.as_ref());
                let gates: Vec<String> = gates.map(RelativePath::to_string).collect();
                let (gate, gates) = (gate.to_string(), gates.iter().map(String::as_str));
                let hint = did_you_mean(&gate, gates);
                let what =
                    format!("no fault of the layout has the gate {gate:?}{hint}; add one, or name another");
                return Err(self.mistake(&action.span(), &what));
            }
        }
        if let Some(name) =
            step.live.iter().flat_map(|live| live.get_ref().daemons.keys()).find(|name| !known(name))
        {
            return Err(stranger(span.clone(), name));
        }
        Ok(())
    }

    fn step(&self, step: Spanned<StepTable>, layout: &Layout) -> Result<Step, CaseFileError> {
        let span = step.span();
        let step = step.into_inner();
        self.check_names(&step, &span, layout)?;
        let shows =
            step.journal.is_some() || step.stdout.is_some() || step.stdout_is_path || step.live.is_some();
        if !shows {
            let what = "a status alone shows little: state the `journal`, or `stdout` for postconf";
            return Err(self.mistake(&step.status.span(), what));
        }
        let (entry, arguments) = self.entry(
            &span,
            [
                (Program::Postfix, step.postfix),
                (Program::Manager, step.manager),
                (Program::Multi, step.multi_tool),
                (Program::Postconf, step.postconf),
                (Program::Other, step.program),
                (Program::Postqueue, step.postqueue),
                (Program::Postdrop, step.postdrop),
            ],
        )?;
        let bytes = |texts: Vec<ByteString>| texts.into_iter().map(|text| text.0).collect();
        let events: Vec<Action> = step.actions.into_iter().map(Spanned::into_inner).collect();
        let deadline = match step.time_limit {
            Some(seconds) => Duration::from_secs(seconds.get().into()),
            None => usual_deadline(&events, step.live.is_some()),
        };
        Ok(Step {
            rewrite: step.rewrite.into_iter().map(Spanned::into_inner).collect(),
            requires_call: step.requires_call,
            invocation: Invocation {
                entry,
                arguments,
                environment: step.environment,
                directory: step.directory,
                stdin: step.stdin,
                terminal: step.terminal,
                caller: None,
                events,
                deadline,
            },
            expectation: Expectation {
                status: step.status.into_inner(),
                runs: step.journal.map(|runs| runs.into_iter().map(Spanned::into_inner).collect()),
                stderr_contains: bytes(step.stderr_contains),
                output_excludes: bytes(step.output_excludes),
                stdout: step.stdout.map(|text| text.0),
                stderr_not_empty: step.stderr_not_empty,
                stdout_is_path: step.stdout_is_path,
                running: step.running.map(Spanned::into_inner).unwrap_or_default(),
                scripts: ScriptChecks {
                    environment_of: step.environment_of,
                    environment_lacks: step.environment_lacks,
                    shared_files: step.shared_files,
                    overlap: if step.one_at_a_time { Overlap::Forbidden } else { Overlap::Allowed },
                },
                live: step.live.map(Spanned::into_inner).unwrap_or_default(),
            },
        })
    }

    /// What is wrong with a run in the journal that is written as one text without a colon.
    fn lacks_a_colon(&self, span: Range<usize>, written: &str) -> Option<String> {
        let is_text =
            self.text.get(span).is_some_and(|text| text.starts_with(['"', '\'']) && !text.contains(':'));
        let (instance, command) = written.trim().split_once(' ').unwrap_or((written, "COMMAND"));
        is_text.then(|| format!("a colon is missing after the instance: write \"{instance}: {command}\""))
    }

    /// What is invoked, of the ways to say so in their order.
    fn entry(
        &self,
        span: &Range<usize>,
        written: [(Program, Option<Vec<ByteString>>); 7],
    ) -> Result<(Program, Vec<ByteString>), CaseFileError> {
        let mut given = written.into_iter().filter_map(|(entry, arguments)| Some((entry, arguments?)));
        match (given.next(), given.next()) {
            (Some((Program::Other, words)), None) if words.is_empty() => {
                Err(self.mistake(span, "name a program in `program`"))
            }
            (Some(one), None) => Ok(one),
            _ => Err(self.mistake(
                span,
                "a step has exactly one of `postfix`, `manager`, `multi_tool`, `postconf`, `program`, `postqueue` and \
                 `postdrop`",
            )),
        }
    }
}

#[cfg(test)]
mod tests;
