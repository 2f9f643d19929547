//! Predicts the journal and the exit status of an invocation from the layout alone.
//! The oracle is written from postfix-wrapper(5) and the clauses, never from a manager's code. If these do not
//! specify a result, it says so. It knows nothing of files and processes.

mod addressing;
pub mod facts;
#[cfg(any(test, fuzzing))]
pub mod fuzzed;
mod main_cf;
mod plan;
pub mod script;
pub mod unspecified;

use std::ffi::OsStr;

use postfix_fakes::bytes::ByteString;
use postfix_fakes::fault::Fault;

use self::addressing::CommandLine;
use self::facts::Facts;
use self::plan::{Plan, Step};
use self::script::State;
use self::script::fault_status;
use self::unspecified::Unspecified;
use crate::expectation::{Expectation, Status, Word};
use crate::invocation::{Invocation, Program};
use crate::journal::ScriptCall;
use crate::layout::{Damage, Instance};

/// What must come of an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prediction {
    /// What can be seen of it.
    pub expectation: Expectation,
    /// The instances that run afterwards.
    pub state_after: State,
}

/// What must come of an invocation in a world where the instances of `before` are running.
///
/// # Errors
/// When no clause says it.
pub fn predict(facts: &Facts, before: &State, invocation: &Invocation) -> Result<Prediction, Unspecified> {
    if facts.layout.faults().iter().any(|fault| fault.gate.is_some()) || !invocation.events.is_empty() {
        return Err(Unspecified::new("what happens at gates"));
    }
    keeps_nobody_waiting(facts.layout.default_instance())?;
    let mut builder = PredictionBuilder::new(facts, before);
    match invocation.entry {
        Program::Postfix => builder.postfix(invocation)?,
        Program::Postconf => return Err(Unspecified::new("postconf on its own")),
        Program::Other => return Err(Unspecified::new("other programs")),
        Program::Multi => return Err(Unspecified::new("the multi-instance tool")),
        Program::Postqueue | Program::Postdrop => return Err(Unspecified::new("set-gid commands")),
        Program::Manager if invocation.environment.contains_key("command_directory") => {
            return Err(Unspecified::new("a manager in an environment that only looks like postfix(1)'s"));
        }
        // MGR-9.
        Program::Manager => builder.fails(),
    }
    Ok(builder.prediction())
}

/// postfix(1) itself waits for good if it has to open such a main.cf; a manager need not (MGR-15b).
fn keeps_nobody_waiting(instance: &Instance) -> Result<(), Unspecified> {
    match instance.damage {
        Some(Damage::MainCfFifo) => Err(Unspecified::new("a main.cf that keeps whoever opens it waiting")),
        _ => Ok(()),
    }
}

/// What has come of an invocation so far.
struct PredictionBuilder<'a> {
    facts: &'a Facts,
    state: State,
    runs: Vec<ScriptCall>,
    stderr_contains: Vec<Vec<u8>>,
    /// Of the last command in the order run that failed (MGR-8).
    status: Status,
}

impl<'a> PredictionBuilder<'a> {
    fn new(facts: &'a Facts, before: &State) -> Self {
        Self {
            facts,
            state: before.clone(),
            runs: Vec::new(),
            stderr_contains: Vec::new(),
            status: Status::Exactly(0),
        }
    }

    /// An end without a known status.
    fn fails(&mut self) {
        self.status = Status::Word(Word::Failure);
    }

    /// An end with this status.
    fn ends(&mut self, status: u8) {
        if status != 0 {
            self.status = Status::Exactly(status);
        }
    }

    /// postfix(1) as a postmaster calls it.
    fn postfix(&mut self, invocation: &Invocation) -> Result<(), Unspecified> {
        let (only, arguments) = match addressing::read(self.facts, invocation)? {
            CommandLine::Refused => {
                self.fails();
                return Ok(());
            }
            CommandLine::Command { only, arguments } => (only, arguments),
        };
        match only {
            Some(directory) => self.limited(&directory, &arguments),
            None => self.unlimited(&arguments),
        }
    }

    /// The IND clauses: one instance, whatever the default main.cf lists (IND-6, MODE-6).
    fn limited(&mut self, directory: &[u8], arguments: &[ByteString]) -> Result<(), Unspecified> {
        let addressed = facts::path(directory);
        if addressed.components().any(|part| part == std::path::Component::ParentDir) {
            return Err(Unspecified::new("\"..\" in a directory that is addressed"));
        }
        if let Some(instance) = self.facts.instance_at(&addressed) {
            keeps_nobody_waiting(instance)?;
            return self.single(instance, directory, arguments);
        }
        let command = arguments.first().map_or(&b""[..], |argument| &argument.0[..]);
        match fault_status(self.facts, "postfix", "", command)? {
            Some(status) => self.ends(status),
            None => self.fails(),
        }
        Ok(())
    }

    /// All instances (IND-4), or the default one if there are no others (GEN-1, MODE-7).
    fn unlimited(&mut self, arguments: &[ByteString]) -> Result<(), Unspecified> {
        let default = self.facts.layout.default_instance();
        let directory = ByteString::from(self.facts.config_directory(default)).0;
        if let Some(status) = self.postfix_fault(default, &directory, arguments)? {
            self.ends(status);
            return Ok(());
        }
        let main_cf = self.facts.main_cf(default);
        let usable = plan::enabled(self.facts, default)?.is_some();
        let (Some(main_cf), true) = (main_cf, usable) else {
            self.fails();
            return Ok(());
        };
        let Some(list) = plan::list(&main_cf)? else {
            self.fails();
            return Ok(());
        };
        if list.is_empty() {
            return self.script(default, arguments);
        }
        let manager = match main_cf.value("multi_instance_wrapper") {
            None => Vec::new(),
            Some(Ok(value)) => value,
            Some(Err(_)) => return Err(Unspecified::new("a manager's value that cannot be expanded")),
        };
        if manager.is_empty() {
            // MODE-5.
            self.stderr_contains.push(b"multi_instance_wrapper".to_vec());
            self.fails();
            return Ok(());
        }
        if self.facts.layout.manager() != ByteString::from("@manager@") {
            return Err(Unspecified::new("another manager than the judged one"));
        }
        if self.facts.layout.faults().iter().any(|fault| fault.program == "postconf") {
            return Err(Unspecified::new("whether a manager asks postconf"));
        }
        let plan = plan::plan(self.facts, &main_cf, list, arguments)?;
        self.manager(plan)
    }

    /// The manager's part.
    fn manager(&mut self, plan: Plan) -> Result<(), Unspecified> {
        for directory in plan.repeated {
            self.names(&directory);
        }
        for step in plan.steps {
            match step {
                Step::Run { instance, directory, arguments } => {
                    self.single(self.instance(&instance), &directory, &arguments)?;
                }
                Step::Damaged { instance, directory } => {
                    self.refuse_saving_fault(instance.as_deref())?;
                    // MGR-15.
                    self.names(&directory);
                    self.fails();
                }
            }
        }
        Ok(())
    }

    /// `postfix -c DIRECTORY ARGUMENTS`.
    fn single(
        &mut self,
        instance: &Instance,
        directory: &[u8],
        arguments: &[ByteString],
    ) -> Result<(), Unspecified> {
        if let Some(status) = self.postfix_fault(instance, directory, arguments)? {
            self.ends(status);
            return Ok(());
        }
        if plan::enabled(self.facts, instance)?.is_none() {
            self.fails();
            return Ok(());
        }
        self.script(instance, arguments)
    }

    /// postfix-script.
    fn script(&mut self, instance: &Instance, arguments: &[ByteString]) -> Result<(), Unspecified> {
        let words: Vec<&[u8]> = arguments.iter().map(|argument| &argument.0[..]).collect();
        let status = self.state.run(self.facts, &instance.name, &words)?;
        self.ends(status);
        self.runs.push(ScriptCall { instance: instance.name.clone(), arguments: arguments.to_vec() });
        Ok(())
    }

    fn postfix_fault(
        &self,
        instance: &Instance,
        directory: &[u8],
        arguments: &[ByteString],
    ) -> Result<Option<u8>, Unspecified> {
        let faulty = |fault: &Fault| fault.instance == Some(instance.name.as_str().into());
        let plain = self.facts.config_directory(instance);
        if ByteString::from(plain).0 != directory && self.facts.layout.faults().iter().any(faulty) {
            return Err(Unspecified::new("a fault of an instance that is spelled in another way"));
        }
        let command = arguments.first().map_or(&b""[..], |argument| &argument.0[..]);
        fault_status(self.facts, "postfix", &instance.name, command)
    }

    /// A fault that lets postfix(1) succeed although the instance is damaged.
    fn refuse_saving_fault(&self, name: Option<&str>) -> Result<(), Unspecified> {
        let strikes = |fault: &Fault| {
            let whom = fault.instance.as_ref().map(ByteString::as_os_str);
            fault.program == "postfix" && (whom.is_none() || whom == name.map(OsStr::new))
        };
        if self.facts.layout.faults().iter().any(strikes) {
            return Err(Unspecified::new("a fault of postfix(1) for a damaged instance"));
        }
        Ok(())
    }

    /// Standard error must name this directory. Bytes that a program may have to write in another way are not
    /// looked for.
    fn names(&mut self, directory: &[u8]) {
        let mut directory = directory;
        while let [rest @ .., b'/'] = directory {
            directory = rest;
        }
        let plain = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'\'' | b'`');
        if directory.iter().all(plain) {
            self.stderr_contains.push(directory.to_vec());
        }
    }

    fn instance(&self, name: &str) -> &'a Instance {
        let found = self.facts.layout.instances().find(|instance| instance.name == name);
        found.unwrap_or(self.facts.layout.default_instance())
    }

    fn prediction(self) -> Prediction {
        let running = self
            .facts
            .layout
            .instances()
            .map(|instance| (instance.name.clone(), self.state.is_running(&instance.name)))
            .collect();
        let mut expectation = Expectation::of(self.status, self.runs);
        expectation.stderr_contains = self.stderr_contains;
        expectation.running = running;
        Prediction { expectation, state_after: self.state }
    }
}
