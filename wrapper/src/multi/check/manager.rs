//! Checks whether there is a manager that brings commands to the instances.
//!
//! Knows nothing of what the manager does.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::multi::check::context::CheckContext;
use crate::multi::check::finding::{Finding, FindingKind};
use crate::os::messages::MULTI;
use crate::os::printable::{error_text, printable, shell_word};

/// Multi-instance tools: they are a manager only with an option.
const TOOLS: [&str; 2] = [MULTI, "postmulti"];

/// What is wrong with it. With the default instance alone, nobody is needed.
pub(crate) fn findings(context: &CheckContext<'_, '_>) -> Option<Finding> {
    let installation = &context.system.installation;
    if context.system.secondary().is_empty() {
        return None;
    }
    let init = || format!("{MULTI} -e init");
    let (what, mend) = if installation.wrapper.is_empty() {
        (
            "instances are listed, but multi_instance_wrapper is empty, so that nobody starts them"
                .to_owned(),
            init(),
        )
    } else if let Some((what, mend)) = unfit(&installation.wrapper) {
        (format!("multi_instance_wrapper is {what}"), mend.unwrap_or_else(init))
    } else if !installation.is_enabled()
        && context.system.instances.iter().take(1).all(|one| one.flag().is_ok())
    {
        // Of a flag that is neither, that is told.
        let what =
            "instances are listed, but multi_instance_enable is not yes, so that they cannot be changed";
        (what.to_owned(), init())
    } else {
        return None;
    };
    Some(Finding::new(FindingKind::NoManager, &installation.config_directory, what, mend))
}

/// Why a value of `multi_instance_wrapper` does not work, and the command that helps if it is a special one.
fn unfit(wrapper: &[u8]) -> Option<(String, Option<String>)> {
    let mut words = wrapper.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let program = Path::new(OsStr::from_bytes(words.next()?));
    let shown = printable(program);
    match std::fs::metadata(program) {
        Err(error) => return Some((format!("{shown}, which cannot be run: {}", error_text(&error)), None)),
        Ok(found) if !found.is_file() || found.mode() & 0o111 == 0 => {
            return Some((format!("{shown}, which is not a program"), None));
        }
        Ok(_) => {}
    }
    let is_tool = program.file_name().is_some_and(|name| TOOLS.iter().any(|tool| name == *tool));
    let is_manager = |word: &[u8]| {
        word == b"--postfix"
            || (word.starts_with(b"-")
                && word.get(1..).is_some_and(|letters| !letters.starts_with(b"-") && letters.contains(&b'p')))
    };
    if !is_tool || words.clone().any(is_manager) {
        return None;
    }
    let words = std::iter::once(program.as_os_str().as_bytes()).chain(words.filter(|word| word != b"--"));
    let value = words.chain([&b"-p"[..], b"--"]).collect::<Vec<_>>().join(&b' ');
    let what = format!("{shown} without -p, so that no command reaches an instance");
    let setting = shell_word(OsStr::from_bytes(&[b"multi_instance_wrapper=", &value[..]].concat()));
    Some((what, Some(format!("postconf -e {setting}"))))
}
