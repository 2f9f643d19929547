//! The differences between postmulti(1) and ours that are meant, each with its reason: the one file beside this one.
//! Knows how an entry is matched, not where differences come from.

use serde::Deserialize;

use super::difference::{Aspect, Difference};
use super::step::Step;
use crate::accepted_file;

/// The file with all of them.
const FILE: &str = include_str!("accepted.toml");

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
    pub fn explains(&self, step: &Step, difference: &Difference) -> bool {
        let words = match step {
            Step::Tool(words) => words.as_slice(),
            Step::Meanwhile(_) => &[],
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
    }
}

#[cfg(test)]
mod tests {
    use super::{Accepted, all};
    use crate::differential::difference::{Aspect, Difference};
    use crate::differential::step::Step;

    #[test]
    fn every_entry_has_a_reason_and_says_what_it_is_about() {
        for entry in all().unwrap() {
            assert!(entry.reason.len() > 40, "{}: no reason worth the name", entry.id);
            let named = [&entry.theirs, &entry.ours].into_iter().flatten().any(|text| !text.is_empty());
            assert!(
                named || !entry.path.is_empty() || !entry.step.is_empty(),
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
            reason: String::new(),
        };
        let step = |action: &str| Step::Tool(vec!["-e".into(), action.into()]);
        let good = Difference {
            aspect: Aspect::Text,
            path: "/etc/main.cf".into(),
            theirs: "a postmulti".into(),
            ours: String::new(),
        };
        assert!(entry.explains(&step("init"), &good));
        assert!(!entry.explains(&step("create"), &good));
        assert!(!entry.explains(&step("init"), &Difference { ours: "x".into(), ..good.clone() }));
        assert!(!entry.explains(&step("init"), &Difference { aspect: Aspect::Path, ..good.clone() }));
        assert!(!entry.explains(&step("init"), &Difference { path: "/etc/master.cf".into(), ..good }));
    }
}
