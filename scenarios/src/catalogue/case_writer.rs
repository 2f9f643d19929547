//! Writes a case as a file that [`crate::catalogue::case_reader`] reads.

use std::fmt::Write as _;

use postfix_fakes::bytes::ByteString;
use postfix_harness::expectation::{Expectation, LiveChecks, Overlap};
use postfix_harness::invocation::{Invocation, Program};
use postfix_harness::layout::{Draft, Layout};
use serde::Serialize;
use toml::Value;

use crate::catalogue::case::{Case, Step};
use crate::catalogue::case_reader::usual_deadline;

/// Longer than this, a list gets a line for each of its elements.
const WIDTH: usize = 100;

/// A value for which TOML has no form. Cases that were read from a file have none such.
#[derive(Debug, thiserror::Error)]
#[error("the case cannot be written as a file: {0}")]
pub struct CaseTextError(#[from] toml::ser::Error);

/// The text of the case's file.
///
/// # Errors
/// When TOML has no form for a value of the case.
pub fn write(case: &Case) -> Result<String, CaseTextError> {
    let mut text = Text(String::new());
    text.key("title", &case.title)?;
    text.key("clauses", &case.clauses)?;
    let prose = case.prose.replace('\\', r"\\").replace('"', "\\\"");
    let _ = writeln!(text.0, "prose = \"\"\"\n{prose}\n\"\"\"");
    if let Some(restriction) = &case.restriction {
        text.key("testbeds", &restriction.testbeds)?;
        text.key("reason", &restriction.reason)?;
    }
    if let Some(since) = case.since {
        text.key("since", &since.name())?;
    }
    text.layout(&case.layout)?;
    for step in &case.steps {
        text.step(step)?;
    }
    Ok(text.0)
}

/// A file that is being written.
struct Text(String);

impl Text {
    fn key(&mut self, name: &str, value: &(impl Serialize + ?Sized)) -> Result<(), CaseTextError> {
        let value = Value::try_from(value)?;
        let line = match &value {
            Value::Array(elements) if value.to_string().len() > WIDTH => {
                let lines: Vec<String> = elements.iter().map(|element| format!("    {element},")).collect();
                format!("[\n{}\n]", lines.join("\n"))
            }
            _ => value.to_string(),
        };
        let _ = writeln!(self.0, "{name} = {line}");
        Ok(())
    }

    /// The same, unless there is nothing to say.
    fn list<T: Serialize>(&mut self, name: &str, values: &[T]) -> Result<(), CaseTextError> {
        if values.is_empty() { Ok(()) } else { self.key(name, values) }
    }

    fn layout(&mut self, layout: &Layout) -> Result<(), CaseTextError> {
        let draft = Draft::from(layout.clone());
        self.0.push_str("\n[layout]\n");
        if let Some(list) = &draft.list {
            self.key("list", list)?;
        }
        if let Some(manager) = &draft.manager {
            self.key("manager", manager)?;
        }
        // Nobody needs to be told the default instance's name.
        self.key("default", &without(&draft.default, "name", "default")?)?;
        self.list("instances", &draft.instances)?;
        let faults: Vec<Value> = draft
            .faults
            .iter()
            .map(|fault| Ok(omit(without(fault, "program", "")?, "repeat", &Value::Integer(0))))
            .collect::<Result<_, CaseTextError>>()?;
        self.list("faults", &faults)
    }

    fn step(&mut self, step: &Step) -> Result<(), CaseTextError> {
        self.0.push_str("\n[[step]]\n");
        self.list("rewrite", &step.rewrite)?;
        self.invocation(&step.invocation)?;
        if let Some(call) = &step.requires_call {
            let call = [("program", call.program.as_str().into()), ("argument", call.argument.clone())];
            self.key("requires_call", &std::collections::BTreeMap::from(call))?;
        }
        let expectation = &step.expectation;
        // Where nothing else is said, it is said that nothing more is to be seen of daemons.
        let says_nothing =
            expectation.runs.is_none() && expectation.stdout.is_none() && !expectation.stdout_is_path;
        let is_live = says_nothing || expectation.live != LiveChecks::default();
        let deadline = step.invocation.deadline;
        if deadline != usual_deadline(&step.invocation.events, is_live) {
            self.key("time_limit", &deadline.as_secs())?;
        }
        self.key("status", &expectation.status)?;
        if let Some(runs) = &expectation.runs {
            self.key("journal", runs)?;
        }
        for (name, texts) in [
            ("stderr_contains", &expectation.stderr_contains),
            ("output_excludes", &expectation.output_excludes),
        ] {
            let texts: Vec<ByteString> = texts.iter().map(|text| ByteString(text.clone())).collect();
            self.list(name, &texts)?;
        }
        if let Some(stdout) = &expectation.stdout {
            self.key("stdout", &ByteString(stdout.clone()))?;
        }
        if !expectation.running.is_empty() {
            self.key("running", &expectation.running)?;
        }
        self.switches(expectation)?;
        if is_live {
            self.key("live", &expectation.live)?;
        }
        Ok(())
    }

    fn switches(&mut self, expectation: &Expectation) -> Result<(), CaseTextError> {
        let checks = &expectation.scripts;
        let switches = [
            ("stderr_not_empty", expectation.stderr_not_empty),
            ("one_at_a_time", checks.overlap == Overlap::Forbidden),
            ("stdout_is_path", expectation.stdout_is_path),
        ];
        for (name, _) in switches.iter().filter(|(_, is_on)| *is_on) {
            self.key(name, &true)?;
        }
        if !checks.environment_of.is_empty() {
            self.key("environment_of", &checks.environment_of)?;
        }
        if !checks.environment_lacks.is_empty() {
            self.key("environment_lacks", &checks.environment_lacks)?;
        }
        if !checks.shared_files.is_empty() {
            self.key("shared_files", &checks.shared_files)?;
        }
        Ok(())
    }

    fn invocation(&mut self, invocation: &Invocation) -> Result<(), CaseTextError> {
        let entry = match invocation.entry {
            Program::Postfix => "postfix",
            Program::Manager => "manager",
            Program::Multi => "multi_tool",
            Program::Postconf => "postconf",
            Program::Other => "program",
            Program::Postqueue => "postqueue",
            Program::Postdrop => "postdrop",
        };
        self.key(entry, &invocation.arguments)?;
        if !invocation.environment.is_empty() {
            self.key("environment", &invocation.environment)?;
        }
        if let Some(directory) = &invocation.directory {
            self.key("directory", directory)?;
        }
        if !invocation.stdin.0.is_empty() {
            self.key("stdin", &invocation.stdin)?;
        }
        if invocation.terminal {
            self.key("terminal", &true)?;
        }
        self.list("actions", &invocation.events)
    }
}

/// A table without a key that says what goes without saying.
fn without(value: &impl Serialize, key: &str, usual: &str) -> Result<Value, CaseTextError> {
    Ok(omit(Value::try_from(value)?, key, &Value::String(usual.to_owned())))
}

fn omit(mut value: Value, key: &str, usual: &Value) -> Value {
    if let Value::Table(table) = &mut value {
        if table.get(key) == Some(usual) {
            table.remove(key);
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::write;
    use crate::catalogue::case::Case;
    use crate::catalogue::case_reader;
    use crate::catalogue::contents::Catalogue;

    fn without_text(case: &Case) -> String {
        format!("{:?}", Case { text: String::new(), ..case.clone() })
    }

    #[test]
    fn every_case_of_the_catalogue_survives_being_written() {
        let catalogue = Catalogue::load().unwrap();
        for case in catalogue.cases() {
            let text = write(case).unwrap();
            let read = case_reader::parse(&case.name, &text, catalogue.clauses())
                .unwrap_or_else(|error| panic!("{error}\n{text}"));
            assert_eq!(without_text(&read), without_text(case), "{text}");
        }
    }
}
