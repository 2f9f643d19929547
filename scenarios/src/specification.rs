//! What postfix-wrapper(5) says, sentence by sentence, and which clauses make something to judge of each. Knows
//! nothing of cases.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::clause::{Clause, Level};

/// A section of postfix-wrapper(5).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Its title.
    pub title: String,
    /// What it says, in its order.
    pub sentences: Vec<Sentence>,
}

/// A sentence, in our own words.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sentence {
    /// What it says.
    pub says: String,
    /// The clauses that judge it.
    #[serde(default)]
    pub clauses: Vec<String>,
    /// Why there is nothing to judge, where there are none.
    pub nothing_to_judge: Option<String>,
}

/// Why the sections are no map. Only a change to them can cause it.
#[derive(Debug, thiserror::Error)]
pub enum SpecificationError {
    /// The text is not what it should be.
    #[error("specification.toml: {0}")]
    Text(#[from] toml::de::Error),
    /// A sentence that nothing judges, and no reason.
    #[error("specification.toml: {0:?} has no clauses; name some, or say nothing_to_judge = \"...\"")]
    NoClause(String),
    /// A sentence that is judged although there should be nothing to judge.
    #[error("specification.toml: {0:?} has clauses and says that there is nothing to judge; leave out one")]
    Both(String),
    /// A clause that is not there.
    #[error("specification.toml: there is no clause {0}; clauses.toml has them all")]
    UnknownClause(String),
    /// A clause that claims to come from the page, and no sentence has it.
    #[error("clauses.toml: {0} is said to come from postfix-wrapper(5), but no sentence has it")]
    NoSentence(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    section: Vec<Section>,
}

/// All sections, in their order.
///
/// # Errors
/// When what was compiled in does not fit together.
pub fn sections(clauses: &[Clause]) -> Result<Vec<Section>, SpecificationError> {
    read(include_str!("../specification.toml"), clauses)
}

fn read(text: &str, clauses: &[Clause]) -> Result<Vec<Section>, SpecificationError> {
    let file: File = toml::from_str(text)?;
    let mut used = BTreeSet::new();
    for sentence in file.section.iter().flat_map(|section| &section.sentences) {
        match (sentence.clauses.is_empty(), &sentence.nothing_to_judge) {
            (true, None) => return Err(SpecificationError::NoClause(sentence.says.clone())),
            (false, Some(_)) => return Err(SpecificationError::Both(sentence.says.clone())),
            _ => {}
        }
        used.extend(sentence.clauses.iter().map(String::as_str));
    }
    if let Some(id) = used.iter().find(|id| !clauses.iter().any(|clause| clause.id == **id)) {
        return Err(SpecificationError::UnknownClause((*id).to_owned()));
    }
    let from_the_page = |clause: &&Clause| matches!(clause.level, Level::Documented | Level::Example);
    match clauses.iter().filter(from_the_page).find(|clause| !used.contains(clause.id.as_str())) {
        Some(clause) => Err(SpecificationError::NoSentence(clause.id.clone())),
        None => Ok(file.section),
    }
}

#[cfg(test)]
mod tests {
    use super::{SpecificationError, read, sections};
    use crate::clause;

    fn mistake(sentence: &str) -> SpecificationError {
        let text = format!("[[section]]\ntitle = \"T\"\nsentences = [{{ says = \"it is\"{sentence} }}]\n");
        read(&text, &clause::all().unwrap()).unwrap_err()
    }

    #[test]
    fn every_sentence_has_its_clauses_and_every_clause_of_the_page_its_sentence() {
        let sections = sections(&clause::all().unwrap()).unwrap();
        assert_eq!(sections.len(), 10);
        assert!(sections.iter().map(|section| section.sentences.len()).sum::<usize>() > 60);
    }

    #[test]
    fn the_sections_are_those_that_clauses_name() {
        let clauses = clause::all().unwrap();
        let sections = sections(&clauses).unwrap();
        for clause in clauses.iter().filter(|clause| !clause.section.starts_with("not in ")) {
            let title = clause.section.trim_end_matches(" (the example)");
            assert!(sections.iter().any(|section| section.title == title), "{}: {title}", clause.id);
        }
    }

    #[test]
    fn a_gap_is_refused() {
        assert!(matches!(mistake(""), SpecificationError::NoClause(_)));
        let both = ", clauses = [\"GEN-1\"], nothing_to_judge = \"x\"";
        assert!(matches!(mistake(both), SpecificationError::Both(_)));
        assert!(
            matches!(mistake(", clauses = [\"X-1\"]"), SpecificationError::UnknownClause(id) if id == "X-1")
        );
        assert!(matches!(mistake(", clauses = [\"GEN-1\"]"), SpecificationError::NoSentence(_)));
        assert!(matches!(mistake(", colour = 1"), SpecificationError::Text(_)));
    }
}
