//! Selects the cases of a run by the words of its command line.

use std::fmt;

use postfix_process::suite_command::suite_command;

use crate::catalogue::case::Case;
use crate::catalogue::case_paths::{is_at, is_case_at, must_be_path};
use crate::catalogue::clause::{LEVELS, Level};
use crate::catalogue::contents::Catalogue;
use crate::catalogue::similar_names::did_you_mean;
use crate::catalogue::testbed_name::TestbedName;

/// Why no cases are selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NothingSelected {
    /// Words that nothing is called by, each with what was perhaps meant.
    Unknown(Vec<(String, String)>),
    /// All that is selected is skipped.
    AllSkipped,
}

impl std::error::Error for NothingSelected {}

impl fmt::Display for NothingSelected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Unknown(words) = self else {
            return formatter.write_str("--skip leaves out all selected cases; select more, or skip less");
        };
        let words: Vec<String> = words.iter().map(|(word, hint)| format!("{word}{hint}")).collect();
        write!(
            formatter,
            "nothing is called {}; give a case, a part of its name, a section, a level, a clause, a family of clauses, \
             or the path of a case file or a folder; `{} list` has them all",
            words.join(", "),
            suite_command()
        )
    }
}

/// The cases that at least one of `words` selects, or all that came with the suite if there are no words; without those
/// that one of `skipped` selects. They are in the catalogue's order.
///
/// # Errors
/// When a word selects nothing: it is a mistake, and a green run must not hide it. Or when nothing is left.
pub fn select<'a>(
    catalogue: &'a Catalogue,
    words: &[String],
    skipped: &[String],
) -> Result<Vec<&'a Case>, NothingSelected> {
    let idle: Vec<(String, String)> = words
        .iter()
        .chain(skipped)
        .filter(|word| !catalogue.cases().iter().any(|case| selects(word, case, catalogue)))
        .map(|word| (word.clone(), did_you_mean(word, names(catalogue))))
        .collect();
    if !idle.is_empty() {
        return Err(NothingSelected::Unknown(idle));
    }
    let any = |words: &[String], case: &Case| words.iter().any(|word| selects(word, case, catalogue));
    let wanted = |case: &&Case| if words.is_empty() { case.is_shipped() } else { any(words, case) };
    let cases: Vec<&Case> =
        catalogue.cases().iter().filter(wanted).filter(|case| !any(skipped, case)).collect();
    if cases.is_empty() { Err(NothingSelected::AllSkipped) } else { Ok(cases) }
}

/// Whether a word selects one of the cases that came with the suite, and so is no folder of other cases.
pub fn is_known(catalogue: &Catalogue, word: &str) -> bool {
    !must_be_path(word) && catalogue.cases().iter().any(|case| selects(word, case, catalogue))
}

/// All names that select something.
pub fn names(catalogue: &Catalogue) -> impl Iterator<Item = &str> {
    let sections = catalogue.cases().iter().map(Case::section);
    let clauses = catalogue.clauses().iter().flat_map(|clause| [clause.id.as_str(), clause.family()]);
    let cases = catalogue.cases().iter().map(|case| case.name.as_str());
    sections.chain(LEVELS.map(Level::name)).chain(clauses).chain(cases)
}

fn selects(word: &str, case: &Case, catalogue: &Catalogue) -> bool {
    if must_be_path(word) {
        return is_at(word, &case.name);
    }
    if catalogue.cases().iter().any(|other| other.name == word) {
        return case.name == word;
    }
    if word == case.section() || word == catalogue.level(case).name() {
        return true;
    }
    if catalogue.clauses().iter().any(|clause| clause.is_meant_by(word)) {
        return catalogue.clauses_of(case).any(|clause| clause.is_meant_by(word));
    }
    !word.is_empty() && case.name.contains(word)
}

/// Whether a word is the name or the path of this case, and selects no other.
pub fn is_named(word: &str, case: &Case) -> bool {
    word == case.name || must_be_path(word) && is_case_at(word, &case.name)
}

/// Without the cases of the live testbed on another, and the reverse. A reason is told for each that stays all the same:
/// those that were named, or all if no other were selected.
pub fn for_testbed(cases: Vec<&Case>, testbed: TestbedName, is_named: impl Fn(&Case) -> bool) -> Vec<&Case> {
    let suits = |case: &Case| match testbed {
        TestbedName::Live => case.excluded_from(testbed).is_none(),
        _ => !case.is_only_live(),
    };
    let is_suited = |case: &&Case| suits(case) || is_named(case);
    let suited: Vec<&Case> = cases.iter().copied().filter(is_suited).collect();
    if suited.is_empty() { cases } else { suited }
}

#[cfg(test)]
mod tests {
    use super::{NothingSelected, for_testbed, is_named, select};
    use crate::catalogue::case::Case;
    use crate::catalogue::contents::Catalogue;
    use crate::catalogue::testbed_name::TestbedName;

    fn count_without(words: &[&str], skipped: &[&str]) -> Result<usize, NothingSelected> {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        select(&Catalogue::load().unwrap(), &owned(words), &owned(skipped)).map(|cases| cases.len())
    }

    fn count(words: &[&str]) -> Result<usize, NothingSelected> {
        count_without(words, &[])
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
    fn what_is_skipped_and_what_is_left_make_up_what_was_selected() {
        for skipped in ["MGR-3", "robust", "enable", "live/abort", "list-"] {
            let left = count_without(&[], &[skipped]).unwrap();
            assert_eq!(left + count(&[skipped]).unwrap(), count(&[]).unwrap(), "{skipped}");
        }
        assert_eq!(count_without(&["MGR-3"], &["MGR"]), Err(NothingSelected::AllSkipped));
    }

    #[test]
    fn cases_of_another_testbed_stay_if_they_were_named_or_are_for_both() {
        let folder = tempfile::tempdir().unwrap();
        let template = include_str!("../../templates/case.toml");
        let mut catalogue = Catalogue::load().unwrap();
        for (name, testbeds) in
            [("both", "\"simulated\", \"live\""), ("live", "\"live\""), ("simulated", "\"simulated\"")]
        {
            let path = folder.path().join(name).with_extension("toml");
            let restriction = format!("\ntestbeds = [{testbeds}]\nreason = \"so\"\n\n[layout]");
            std::fs::write(&path, template.replacen("\n[layout]", &restriction, 1)).unwrap();
            catalogue = catalogue.with_case(path.to_str().unwrap()).unwrap();
        }
        let path = |name: &str| folder.path().join(name).display().to_string();
        let here = |words: &[String], testbed| -> Vec<String> {
            let cases = select(&catalogue, words, &[]).unwrap();
            let named = |case: &Case| words.iter().any(|word| is_named(word, case));
            let cases = for_testbed(cases, testbed, named);
            cases.iter().map(|case| case.name.rsplit('/').next().unwrap().to_owned()).collect()
        };
        let all = [path("")];
        assert_eq!(here(&all, TestbedName::Live), ["both.toml", "live.toml"]);
        assert_eq!(here(&all, TestbedName::Simulated), ["both.toml", "simulated.toml"]);
        assert_eq!(here(&all, TestbedName::Sandbox), ["both.toml", "simulated.toml"]);
        let named = ["both.toml", "live.toml", "simulated.toml"];
        assert_eq!(here(&named.map(path), TestbedName::Live), named);
        assert_eq!(here(&named.map(path), TestbedName::Simulated), named);
        assert_eq!(here(&[path("live.toml")], TestbedName::Simulated), ["live.toml"]);
    }

    #[test]
    fn a_word_that_selects_nothing_is_a_mistake_beside_one_that_does() {
        let unknown =
            |word: &str, hint: &str| Err(NothingSelected::Unknown(vec![(word.to_owned(), hint.to_owned())]));
        assert_eq!(count(&["MGR-3", "robsut"]), unknown("robsut", " (did you mean robust?)"));
        assert_eq!(count(&[""]), unknown("", ""));
        assert_eq!(
            count_without(&[], &["relaod-skips"]),
            unknown("relaod-skips", " (did you mean enable/reload-skips?)")
        );
    }
}
