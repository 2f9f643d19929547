//! Finds the values of parameters in main.cf files.
//! A file that leaves no doubt is read within this process. Otherwise postconf(1) is asked, about several parameters
//! at once.
//!
//! Knows nothing of what the parameters mean.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use crate::os::files::settled_file;
use crate::os::signals::Signals;
use crate::postfix::environment::{Environment, MAIL_CONFIG};
use crate::postfix::instance::MAIN_CF;
use crate::postfix::literal_main_cf::{LiteralMainCf, NeedsPostconf};
use crate::postfix::postconf;
use crate::postfix::query::{self, Interrupted, QueryError};

/// The values that a main.cf gives to parameters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Values(HashMap<&'static str, Vec<u8>>);

impl Values {
    /// What lines of `NAME = VALUE` say of some parameters.
    pub(crate) fn of_lines(lines: &[u8], names: &[&'static str]) -> Self {
        let told = names.iter().filter_map(|name| Some((*name, postconf::value(lines, name)?)));
        Self(told.map(|(name, value)| (name, value.trim_ascii().to_vec())).collect())
    }

    /// The value of a parameter; empty if it is not known.
    pub(crate) fn of(&self, name: &str) -> &[u8] {
        self.0.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The values in a text, and the defaults of what it does not set.
    fn in_text(text: &[u8], names: &[&'static str], defaults: &Self) -> Result<Self, NeedsPostconf> {
        let plain = LiteralMainCf::read(text)?;
        let mut values = defaults.clone();
        for name in names {
            match plain.literal(name)? {
                Some(value) => drop(values.0.insert(name, value.to_vec())),
                // A default that refers to others is Postfix's to expand.
                None if defaults.of(name).contains(&b'$') => return Err(NeedsPostconf),
                None => {}
            }
        }
        Ok(values)
    }
}

/// The values in the main.cf of each of some directories; nothing of one about which postconf does not answer.
pub(crate) fn of_each(
    environment: &Environment,
    signals: &Signals,
    directories: &[&Path],
    names: &[&'static str],
) -> Result<Vec<Option<Values>>, Interrupted> {
    let defaults = defaults(environment, signals, names)?;
    let read = |directory: &&Path| {
        let text = settled_file::text(&directory.join(MAIN_CF))?;
        Values::in_text(&text, names, defaults.as_ref()?).ok()
    };
    let mut values: Vec<Option<Values>> = directories.iter().map(read).collect();
    let doubtful: Vec<usize> = (0..directories.len()).filter(|at| values[*at].is_none()).collect();
    let meant: Vec<&Path> = doubtful.iter().map(|at| directories[*at]).collect();
    let answers = postconf::ask_each(environment, signals, &meant, "-x", names)?;
    for (at, answer) in doubtful.into_iter().zip(answers) {
        values[at] = answer.ok().map(|answer| Values::of_lines(&answer.value, names));
    }
    Ok(values)
}

/// The values that are built into Postfix; nothing if postconf does not tell all of them.
fn defaults(
    environment: &Environment,
    signals: &Signals,
    names: &[&'static str],
) -> Result<Option<Values>, Interrupted> {
    let program = environment.program("postconf");
    let mut command = Command::new(&program);
    command.env_remove(MAIL_CONFIG).arg("-d").args(names);
    let answer = QueryError::split(query::answer(&program, &mut command, signals))?;
    let values = answer.ok().map(|answer| Values::of_lines(&answer.value, names));
    Ok(values.filter(|values| names.iter().all(|name| values.0.contains_key(name))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 3] = ["inet_interfaces", "master_service_disable", "x"];

    fn told(text: &str) -> Option<Vec<String>> {
        let defaults = Values::of_lines(b"inet_interfaces = all\nmaster_service_disable =\nx = $y\n", &NAMES);
        let values = Values::in_text(text.as_bytes(), &NAMES, &defaults).ok()?;
        Some(NAMES.map(|name| values.of(name).escape_ascii().to_string()).into())
    }

    #[test]
    fn what_is_not_set_has_its_default_if_that_is_plain() {
        assert_eq!(told("x = 1\n").unwrap(), ["all", "", "1"]);
        assert_eq!(told("x = 1\ninet_interfaces = loopback-only\n").unwrap(), ["loopback-only", "", "1"]);
        assert_eq!(told(""), None);
        assert_eq!(told("x = $y\n"), None);
    }
}
