//! Finds the word that somebody may have meant who wrote another one.

/// The known word that is nearest, unless more than a third of the letters is wrong.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let close = known.into_iter().map(|known| (distance(word, known), known));
    let (distance, known) = close.min_by_key(|(distance, _)| *distance)?;
    (distance > 0 && distance <= word.len() / 3).then_some(known)
}

/// How many letters have to be put in, left out or replaced to make one word of another.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, letter) in one.chars().enumerate() {
        let mut diagonal = above;
        row[0] = above + 1;
        for (at, against) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *against);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(diagonal + 1).min(row[at] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_as_far_apart_as_letters_must_be_changed() {
        for (one, other, far) in [
            ("", "", 0),
            ("a", "", 1),
            ("", "abc", 3),
            ("jobs", "jobs", 0),
            ("jbos", "jobs", 2),
            ("xbc", "abc", 1),
        ] {
            assert_eq!(distance(one, other), far, "{one} {other}");
        }
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn the_nearest_is_meant_unless_it_is_far_or_the_same() {
        let known = ["status", "check", "start"];
        assert_eq!(nearest("statsu", known), Some("status"));
        assert_eq!(nearest("strat", known), None, "two of five");
        assert_eq!(nearest("chek", known), Some("check"));
        assert_eq!(nearest("check", known), None);
        assert_eq!(nearest("x", known), None);
    }
}
