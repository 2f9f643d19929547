//! The specification: what the manual pages say, sentence by sentence, and which clauses each sentence became.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::catalogue::clause::{Clause, Level};

/// A section of a manual page.
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
    /// Why there is nothing to judge, if there are none.
    pub nothing_to_judge: Option<String>,
}

/// Why the sections are no map. Only a change to them can cause it.
#[derive(Debug, thiserror::Error)]
pub enum SpecificationError {
    /// The text is not what it should be.
    #[error("{file}: {source}")]
    Text {
        /// The file.
        file: &'static str,
        /// What is wrong.
        source: toml::de::Error,
    },
    /// A sentence that nothing judges, and no reason.
    #[error("specification: {0:?} has no clauses; name some, or say nothing_to_judge = \"...\"")]
    NoClause(String),
    /// A sentence that is judged although there should be nothing to judge.
    #[error("specification: {0:?} has clauses and says that there is nothing to judge; leave out one")]
    Both(String),
    /// A clause that is not there.
    #[error("specification: there is no clause {0}; clauses.toml has them all")]
    UnknownClause(String),
    /// A clause that claims to come from the page, and no sentence has it.
    #[error("clauses: {0} is said to come from a manual page, but no sentence has it")]
    NoSentence(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpecificationFile {
    section: Vec<Section>,
}

/// The files that hold them: postfix-wrapper(5), then what documents the multi-instance tool.
const FILES: [(&str, &str); 2] = [
    ("specification.toml", include_str!("../../specification.toml")),
    ("specification-multi.toml", include_str!("../../specification-multi.toml")),
];

/// All sections, in their order.
///
/// # Errors
/// When what was compiled in does not fit together.
pub fn sections(clauses: &[Clause]) -> Result<Vec<Section>, SpecificationError> {
    read(&FILES, clauses)
}

fn read(files: &[(&'static str, &str)], clauses: &[Clause]) -> Result<Vec<Section>, SpecificationError> {
    let mut sections: Vec<Section> = Vec::new();
    for (file, text) in files {
        let read: SpecificationFile =
            toml::from_str(text).map_err(|source| SpecificationError::Text { file, source })?;
        sections.extend(read.section);
    }
    let mut used = BTreeSet::new();
    for sentence in sections.iter().flat_map(|section| &section.sentences) {
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
        None => Ok(sections),
    }
}

#[cfg(test)]
mod tests {
    use super::{SpecificationError, read, sections};
    use crate::catalogue::clause;

    fn mistake(sentence: &str) -> SpecificationError {
        let text = format!("[[section]]\ntitle = \"T\"\nsentences = [{{ says = \"it is\"{sentence} }}]\n");
        read(&[("x", &text)], &clause::all().unwrap()).unwrap_err()
    }

    #[test]
    fn every_sentence_has_its_clauses_and_every_clause_of_the_page_its_sentence() {
        let sections = sections(&clause::all().unwrap()).unwrap();
        assert_eq!(sections.len(), 22);
        assert!(sections.iter().map(|section| section.sentences.len()).sum::<usize>() > 130);
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
        assert!(matches!(mistake(", colour = 1"), SpecificationError::Text { file: "x", .. }));
    }
}
