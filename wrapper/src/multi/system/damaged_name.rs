//! Tells whether a main.cf that Postfix cannot read gives its instance a certain name.
//!
//! If two instances have one name, a damaged one must not be forgotten. An instance whose main.cf is not even a text
//! that can be read has no name here. Knows nothing of what is done with the instance.

use std::ffi::OsStr;
use std::path::Path;

use crate::postfix::damaged_main_cf::{self, Written};

const NAME: &str = "multi_instance_name";

/// Whether the main.cf in a directory may give its instance one of these names. `is_wanted` tells of a name. A value
/// that refers to other parameters may be any name.
pub(crate) fn may_be(directory: &Path, is_wanted: impl Fn(&OsStr) -> bool) -> bool {
    let settings = damaged_main_cf::settings(directory, &[NAME]).unwrap_or_default();
    settings.iter().any(|(_, written)| gives(written, &is_wanted))
}

fn gives(written: &Written, is_wanted: impl Fn(&OsStr) -> bool) -> bool {
    match written {
        Written::Value(name) => is_wanted(name),
        Written::Reference => true,
        Written::NoValue => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_the_text_counts_however_it_is_written() {
        let is_out = |text: &str| {
            let settings = damaged_main_cf::settings_in(text.as_bytes(), &[NAME]);
            settings.iter().any(|(_, written)| gives(written, |name| name == "postfix-out"))
        };
        for text in [
            "multi_instance_name = postfix-out\nno setting\n",
            "no setting\nmulti_instance_name=postfix-out",
            "multi_instance_name =\n  postfix-out\nx = y\n",
            "multi_instance_name = postfix-a\nmulti_instance_name = postfix-out \n",
            "multi_instance_name = postfix-$x\n",
        ] {
            assert!(is_out(text), "{text}");
        }
        for text in [
            "",
            "no setting\n",
            "multi_instance_name\n",
            "# multi_instance_name = postfix-out\n",
            "multi_instance_name = postfix-outer\n",
            "multi_instance_names = postfix-out\n",
            "multi_instance_name =\nx = postfix-out\n",
        ] {
            assert!(!is_out(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_regular_file_gives_no_name_and_is_not_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let main_cf = directory.path().join("main.cf");
        assert!(!may_be(directory.path(), |_| true));
        nix::unistd::mkfifo(&main_cf, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert!(!may_be(directory.path(), |_| true));
        std::fs::remove_file(&main_cf).unwrap();
        std::fs::write(&main_cf, "multi_instance_name = x\n").unwrap();
        assert!(may_be(directory.path(), |name| name == "x"));
    }
}
