//! Matches differences between postmulti(1) and ours with those that are accepted, each with its reason.

use serde::Deserialize;

use super::difference::{Aspect, Difference, Seen};
use super::owners::Unsound;
use super::step::Step;
use crate::accepted_file;

/// The file with all of them.
const FILE: &str = include_str!("accepted.toml");

/// What an entry explains beside the difference itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Explains {
    /// Nothing.
    #[default]
    Itself,
    /// All that differs from there on, as one did something and the other did not. Only the properties count then.
    TheRest,
}

/// A difference that is accepted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// What it is called in the figures.
    pub id: String,
    /// In what it is.
    pub aspect: Aspect,
    /// What the path must contain.
    #[serde(default)]
    pub path: String,
    /// What must be among the words of the step.
    #[serde(default)]
    pub step: Vec<String>,
    /// What the side of postmulti must contain; absent: nothing must be there.
    pub theirs: Option<String>,
    /// What our side must contain; absent: nothing must be there.
    pub ours: Option<String>,
    /// What must be wrong with the system.
    pub on: Option<Unsound>,
    /// What ours must have said.
    #[serde(default)]
    pub ours_said: String,
    /// What else it explains.
    #[serde(default, rename = "explains")]
    pub explains_what: Explains,
    /// Why it is meant.
    pub reason: String,
}

/// All of them.
///
/// # Errors
/// When the file is not what it should be.
pub fn all() -> Result<Vec<Accepted>, toml::de::Error> {
    accepted_file::entries(FILE)
}

impl Accepted {
    /// Whether this difference, after this step, is the one that is meant.
    pub fn explains(&self, step: &Step, difference: &Difference, ours: &Seen) -> bool {
        let words = match step {
            Step::Tool(words) => words.as_slice(),
            _ => &[],
        };
        let has = |text: &str, wanted: &Option<String>| match wanted {
            Some(wanted) => text.contains(wanted.as_str()),
            None => text.is_empty(),
        };
        self.aspect == difference.aspect
            && difference.path.contains(&self.path)
            && self.step.iter().all(|word| words.contains(word))
            && has(&difference.theirs, &self.theirs)
            && has(&difference.ours, &self.ours)
            && self.on.is_none_or(|wrong| ours.unsound.contains(&wrong))
            && ours.stderr.contains(&self.ours_said)
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::{Accepted, Explains, all};
    use crate::differential::difference::{Aspect, Difference, Seen};
    use crate::differential::owners::Unsound;
    use crate::differential::step::Step;

    fn said(stderr: &str, unsound: &[Unsound]) -> Seen {
        let (status, stdout, snapshot) = (String::new(), String::new(), Rc::default());
        Seen {
            status,
            stdout,
            stderr: stderr.to_owned(),
            snapshot,
            broken: Vec::new(),
            unsound: unsound.iter().copied().collect(),
        }
    }

    #[test]
    fn no_property_is_given_up() {
        assert!(all().unwrap().iter().all(|entry| !entry.aspect.is_property()));
    }

    #[test]
    fn every_entry_has_a_reason_and_says_what_it_is_about() {
        for entry in all().unwrap() {
            assert!(entry.reason.len() > 40, "{}: no reason worth the name", entry.id);
            let named = [&entry.theirs, &entry.ours].into_iter().flatten().any(|text| !text.is_empty());
            assert!(
                named || entry.on.is_some() || !entry.path.is_empty() || !entry.step.is_empty(),
                "{}: explains anything",
                entry.id
            );
        }
    }

    #[test]
    fn an_entry_explains_only_what_it_names() {
        let entry = Accepted {
            id: "x".into(),
            aspect: Aspect::Text,
            path: "main.cf".into(),
            step: vec!["init".into()],
            theirs: Some("postmulti".into()),
            ours: None,
            on: Some(Unsound::Shared),
            ours_said: "conflict".into(),
            explains_what: Explains::Itself,
            reason: String::new(),
        };
        let step = |action: &str| Step::Tool(vec!["-e".into(), action.into()]);
        let good = Difference {
            aspect: Aspect::Text,
            path: "/etc/main.cf".into(),
            theirs: "a postmulti".into(),
            ours: String::new(),
        };
        let explains = |step: &Step, one: &Difference| {
            entry.explains(step, one, &said("a conflict", &[Unsound::Shared]))
        };
        assert!(explains(&step("init"), &good));
        assert!(!entry.explains(&step("init"), &good, &said("else", &[Unsound::Shared])));
        assert!(!entry.explains(&step("init"), &good, &said("a conflict", &[Unsound::Damaged])));
        assert!(!explains(&step("create"), &good));
        assert!(!explains(&step("init"), &Difference { ours: "x".into(), ..good.clone() }));
        assert!(!explains(&step("init"), &Difference { aspect: Aspect::Path, ..good.clone() }));
        assert!(!explains(&step("init"), &Difference { path: "/etc/master.cf".into(), ..good }));
    }
}
