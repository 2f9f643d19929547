//! Finds the name that was probably meant in place of one that is not there.

/// How like each other two names must be, from 0 to 1. With less, names are offered that nobody meant.
const LIKE: f64 = 0.6;

/// How much less the likeness to a part of a name counts.
const PART: f64 = 0.9;

/// How like a name its beginning is, from three letters on.
const BEGINNING: f64 = 0.7;

/// The one of `names` that is most like `word`, if one is like it. The folder before a case's name may be missing, or all
/// but one part of a name.
pub fn meant<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let likeness = |name: &str| strsim::normalized_damerau_levenshtein(&word, &name.to_lowercase());
    let scored = names.into_iter().map(|name| {
        let last = name.rsplit('/').next().unwrap_or(name);
        let parts = name.split(['/', '-', '_']).filter(|part| part.len() > 3);
        let part = parts.map(|part| likeness(part) * PART).fold(0.0, f64::max);
        let begins = word.len() > 2 && name.to_lowercase().starts_with(&word);
        let beginning = if begins { BEGINNING } else { 0.0 };
        (likeness(name).max(likeness(last)).max(part).max(beginning), name)
    });
    let (score, name) = scored.reduce(|best, next| if next.0 > best.0 { next } else { best })?;
    (score >= LIKE).then_some(name)
}

/// The same as the end of a message; nothing, if no name is like it.
pub fn did_you_mean<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    meant(word, names).map(|name| format!(" (did you mean {name}?)")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, meant};

    #[test]
    fn a_typing_mistake_is_seen_and_another_word_is_none() {
        let names = ["enable/reload-skips", "manager/list-mixed", "MGR-3", "robust"];
        for (word, name) in [
            ("reload-skip", "enable/reload-skips"),
            ("enable/relaod-skips", "enable/reload-skips"),
            ("mgr3", "MGR-3"),
            ("robsut", "robust"),
            ("relaod", "enable/reload-skips"),
            ("rob", "robust"),
        ] {
            assert_eq!(meant(word, names), Some(name));
        }
        for word in ["unicorn", "", "x"] {
            assert_eq!(meant(word, names), None, "{word:?}");
        }
        assert_eq!(did_you_mean("robst", names), " (did you mean robust?)");
        assert_eq!(did_you_mean("unicorn", names), "");
    }
}
