//! Reads a number from 1 up on a command line.

use std::str::FromStr;

/// A number that is not 0. Its type says so, too, but in words for programmers.
pub(crate) fn count<N: FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| "it must be a number from 1 up".to_owned())
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use super::*;

    #[test]
    fn what_is_no_number_from_1_up_is_refused_in_plain_words() {
        assert_eq!(count("3"), Ok(NonZero::<usize>::MIN.saturating_add(2)));
        for wrong in ["0", "-1", "", "many"] {
            assert_eq!(
                count::<NonZero<usize>>(wrong),
                Err("it must be a number from 1 up".to_owned()),
                "{wrong}"
            );
        }
    }
}
