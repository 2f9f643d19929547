//! Reads from a journal which postfix-script ran for which instance, with which arguments: what all testbeds share.

use std::path::Path;

use postfix_fakes::bytes::ByteString;
use postfix_fakes::journal::{Event, What};
use serde::{Deserialize, Serialize};

/// One postfix-script that was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct ScriptCall {
    /// The instance's name, or its configuration directory if the layout has no such instance.
    pub instance: String,
    /// The arguments, the command first.
    pub arguments: Vec<ByteString>,
}

/// How a run is written: `"NAME: WORD WORD"` if that says it all, else `["NAME", "WORD", ...]`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Line(String),
    List(Vec<ByteString>),
}

impl From<Written> for ScriptCall {
    fn from(written: Written) -> Self {
        match written {
            Written::Line(line) => {
                let (instance, rest) = line.split_once(':').unwrap_or((&line, ""));
                let arguments = rest.split_whitespace().map(ByteString::from).collect();
                Self { instance: instance.to_owned(), arguments }
            }
            Written::List(mut list) => {
                let instance = if list.is_empty() { String::new() } else { list.remove(0).to_string() };
                Self { instance, arguments: list }
            }
        }
    }
}

impl From<ScriptCall> for Written {
    fn from(run: ScriptCall) -> Self {
        let plain = |word: &ByteString| !word.0.is_empty() && word.0.iter().all(u8::is_ascii_graphic);
        if run.arguments.iter().all(plain) && !run.instance.contains(':') {
            Self::Line(run.to_string())
        } else {
            Self::List(
                std::iter::once(ByteString::from(run.instance.as_str())).chain(run.arguments).collect(),
            )
        }
    }
}

impl std::fmt::Display for ScriptCall {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:", self.instance)?;
        for argument in &self.arguments {
            let plain = !argument.0.is_empty() && argument.0.iter().all(u8::is_ascii_graphic);
            if plain { write!(formatter, " {argument}")? } else { write!(formatter, " {argument:?}")? }
        }
        Ok(())
    }
}

/// The runs of `program` among `events`, in the order of the journal. `name_of` tells an instance's name from
/// its configuration directory.
pub fn runs(events: &[Event], program: &str, name_of: impl Fn(&Path) -> String) -> Vec<ScriptCall> {
    events
        .iter()
        .filter(|event| event.program == program)
        .filter_map(|event| match &event.what {
            What::Start { arguments, environment, .. } => Some(ScriptCall {
                instance: environment.get("config_directory").map_or_else(
                    || "(no config_directory)".to_owned(),
                    |directory| name_of(&directory.to_path_buf()),
                ),
                arguments: arguments.clone(),
            }),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::ScriptCall;

    #[test]
    fn a_run_survives_being_written_in_either_form() {
        for text in [r#""a: start""#, r#"["a","start","a b",""]"#, r#"["a",[255,0]]"#] {
            let run: ScriptCall = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&run).unwrap(), text);
        }
    }
}
