//! Selects the cases of a run by the words of its command line.

use crate::catalogue::case::Case;
use crate::catalogue::contents::Catalogue;
use crate::catalogue::testbed_name::TestbedName;

/// Words that select nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "nothing is called {}; give a case, a part of its name, a section, a level, a clause or a family of \
     clauses; `postfix-conformance list` has them all",
    .0.join(", ")
)]
pub struct NothingSelected(pub Vec<String>);

/// The cases that at least one of `words` selects, in the catalogue's order; all, if there are no words.
///
/// # Errors
/// When a word selects nothing: it is a mistake, and a green run must not hide it.
pub fn select<'a>(catalogue: &'a Catalogue, words: &[String]) -> Result<Vec<&'a Case>, NothingSelected> {
    let idle: Vec<String> = words
        .iter()
        .filter(|word| !catalogue.cases().iter().any(|case| selects(word, case, catalogue)))
        .cloned()
        .collect();
    if !idle.is_empty() || catalogue.cases().is_empty() {
        return Err(NothingSelected(idle));
    }
    let wanted = |case: &&Case| words.is_empty() || words.iter().any(|word| selects(word, case, catalogue));
    Ok(catalogue.cases().iter().filter(wanted).collect())
}

fn selects(word: &str, case: &Case, catalogue: &Catalogue) -> bool {
    if catalogue.cases().iter().any(|other| other.name == word) {
        return case.name == word;
    }
    if word == case.section() || word == catalogue.level(case).name() {
        return true;
    }
    let is_clause = |word: &str| {
        let family =
            |id: &str| id.split_once('-').is_some_and(|(family, _)| word.eq_ignore_ascii_case(family));
        catalogue.clauses().iter().any(|clause| clause.id.eq_ignore_ascii_case(word) || family(&clause.id))
    };
    if is_clause(word) {
        return case.clauses.iter().any(|id| {
            let family = id.split_once('-').map_or("", |(family, _)| family);
            id.eq_ignore_ascii_case(word) || family.eq_ignore_ascii_case(word)
        });
    }
    !word.is_empty() && case.name.contains(word)
}

/// Without the cases that are not for this testbed, unless no other were selected: then a reason is told for each.
pub fn for_testbed(cases: Vec<&Case>, testbed: TestbedName) -> Vec<&Case> {
    let suited: Vec<&Case> =
        cases.iter().copied().filter(|case| case.is_only_live() == (testbed == TestbedName::Live)).collect();
    if suited.is_empty() { cases } else { suited }
}

#[cfg(test)]
mod tests {
    use super::{NothingSelected, select};
    use crate::catalogue::contents::Catalogue;

    fn count(words: &[&str]) -> Result<usize, NothingSelected> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        select(&Catalogue::load().unwrap(), &words).map(|cases| cases.len())
    }

    #[test]
    fn words_add_up_and_no_word_means_all() {
        let all = Catalogue::load().unwrap().cases().len();
        assert_eq!(count(&[]).unwrap(), all);
        let (clause, family) = (count(&["mgr-3"]).unwrap(), count(&["MGR"]).unwrap());
        assert!(0 < clause && clause < family && family < all);
        assert!(count(&["MGR-3", "robust"]).unwrap() > clause);
    }

    #[test]
    fn a_clause_does_not_select_its_namesakes() {
        assert!(count(&["MGR-1"]).unwrap() < count(&["MGR-1", "MGR-12", "MGR-15"]).unwrap());
    }

    #[test]
    fn a_word_that_selects_nothing_is_a_mistake_beside_one_that_does() {
        assert_eq!(count(&["MGR-3", "MGR-99"]), Err(NothingSelected(vec!["MGR-99".to_owned()])));
        assert_eq!(count(&[""]), Err(NothingSelected(vec![String::new()])));
    }
}
