//! Tells whether a main.cf that Postfix cannot read gives its instance a certain name.
//!
//! Of two that have one name, a damaged one is not to be forgotten. Only the text is looked at, since nobody can say
//! what the file means. An instance whose main.cf is not even a text that can be read is nobody's by name. Knows
//! nothing of what is done with the instance.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::fcntl::OFlag;

/// No main.cf is that large.
const LARGEST: u64 = 1 << 18;

const NAME: &[u8] = b"multi_instance_name";

/// Whether the main.cf in a directory may give its instance one of these names. `is_wanted` tells of a name.
pub(crate) fn may_be(directory: &Path, is_wanted: impl Fn(&OsStr) -> bool) -> bool {
    text(&directory.join("main.cf")).is_some_and(|text| gives(&text, is_wanted))
}

/// The text of a regular file of a moderate size.
fn text(path: &Path) -> Option<Vec<u8>> {
    if !std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        return None;
    }
    let file = OpenOptions::new().read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(path).ok()?;
    if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
        return None;
    }
    let mut text = Vec::new();
    file.take(LARGEST).read_to_end(&mut text).ok()?;
    Some(text)
}

/// Whether one of the settings of the name in a text is wanted. What refers to other parameters may be any name.
fn gives(text: &[u8], is_wanted: impl Fn(&OsStr) -> bool) -> bool {
    let mut lines = text.split(|byte| *byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        let Some(rest) = line.strip_prefix(NAME) else { continue };
        let Some(value) = rest.trim_ascii_start().strip_prefix(b"=") else { continue };
        let mut value = value.to_vec();
        // A setting goes on in lines that begin with a blank.
        while let Some(more) = lines.next_if(|line| line.first().is_some_and(u8::is_ascii_whitespace)) {
            value.extend_from_slice(more);
        }
        let value = value.trim_ascii();
        if value.contains(&b'$') || is_wanted(OsStr::from_bytes(value)) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_the_text_counts_however_it_is_written() {
        let is_out = |text: &str| gives(text.as_bytes(), |name| name == "postfix-out");
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
