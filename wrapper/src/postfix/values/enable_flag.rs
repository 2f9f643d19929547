//! Parses the value of `multi_instance_enable`.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

/// Whether an instance wants to be started, stopped and so on together with the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flag {
    /// `yes`
    Enabled,
    /// `no`
    Disabled,
}

/// A value that is neither `yes` nor `no`, blanks at its ends removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotBoolean(pub(crate) OsString);

impl Flag {
    /// Reads the flag as Postfix reads a boolean: the case of letters does not matter.
    pub(crate) fn parse(value: &[u8]) -> Result<Self, NotBoolean> {
        let value = value.trim_ascii();
        if value.eq_ignore_ascii_case(b"yes") {
            Ok(Self::Enabled)
        } else if value.eq_ignore_ascii_case(b"no") {
            Ok(Self::Disabled)
        } else {
            Err(NotBoolean(OsString::from_vec(value.to_vec())))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn yes_and_no_in_any_case() {
        for yes in ["yes", "YES", "yEs\n"] {
            assert_eq!(Flag::parse(yes.as_bytes()), Ok(Flag::Enabled));
        }
        for no in ["no", "NO\n", "nO"] {
            assert_eq!(Flag::parse(no.as_bytes()), Ok(Flag::Disabled));
        }
    }

    #[test]
    fn common_mistakes_are_not_taken_for_no() {
        for wrong in ["", "\n", "maybe", "true", "1", "yes no", "$foo", "y"] {
            assert!(Flag::parse(wrong.as_bytes()).is_err(), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_else_is_a_flag(value in proptest::collection::vec(any::<u8>(), 0..8)) {
            let lower = value.trim_ascii().to_ascii_lowercase();
            prop_assert_eq!(Flag::parse(&value).is_ok(), lower == b"yes" || lower == b"no");
        }
    }
}
