//! Splits a list in main.cf into its elements, at commas and white space.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// What stands between two elements of a list.
const SEPARATORS: &[u8] = b", \t\r\n";

/// The elements of a list, in their order. No element is empty, and none holds a separator.
pub(crate) fn split(list: &[u8]) -> impl Iterator<Item = OsString> + '_ {
    list.split(|byte| SEPARATORS.contains(byte))
        .filter(|element| !element.is_empty())
        .map(|element| OsStr::from_bytes(element).to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn element() -> impl Strategy<Value = Vec<u8>> {
        proptest::collection::vec(
            any::<u8>().prop_filter("an element holds no separator", |byte| !SEPARATORS.contains(byte)),
            1..12,
        )
    }

    fn separator() -> impl Strategy<Value = Vec<u8>> {
        proptest::collection::vec(proptest::sample::select(SEPARATORS), 1..6)
    }

    proptest! {
        #[test]
        fn any_mix_of_separators_gives_the_same_elements(
            parts in proptest::collection::vec((element(), separator()), 0..8),
            before in proptest::option::of(separator()),
            trailing in any::<bool>(),
        ) {
            let mut list = before.unwrap_or_default();
            for (at, (element, separator)) in parts.iter().enumerate() {
                list.extend(element);
                if trailing || at + 1 < parts.len() {
                    list.extend(separator);
                }
            }
            let found: Vec<Vec<u8>> = split(&list).map(|element| element.as_bytes().to_vec()).collect();
            let expected: Vec<Vec<u8>> = parts.into_iter().map(|(element, _)| element).collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_list_of_separators_only_is_empty() {
        assert_eq!(split(b"").count(), 0);
        assert_eq!(split(b" ,\t,,\r\n ").count(), 0);
    }

    #[test]
    fn nothing_is_expanded() {
        let elements: Vec<_> = split(b"/etc/*,'/a b'").collect();
        assert_eq!(elements, ["/etc/*", "'/a", "b'"]);
    }
}
