//! Reads main.cf strictly, for the few settings that the manager needs.
//! It answers only if there can be no doubt what postconf(1) would answer, and says nothing otherwise. It is here
//! because a process for each instance is most of what a manager costs.
//!
//! *No doubt* means: the whole file consists of comments, blank lines and settings whose every byte is printable;
//! no setting is there twice; every `$name` stands for a plain value; nothing in the file makes postconf look at
//! anything else (networks, other files) or work out a condition; and what is asked for has no `$` at all. A file
//! may well be right in Postfix's eyes and fail all this. Then Postfix is asked.
//!
//! Not looked at: master.cf. postconf says nothing at all if a line there is malformed. The manager still gives such an
//! instance its command, since not every damage to master.cf keeps postfix-script from its work.
//!
//! Knows nothing of files and of what the settings mean to the manager.

use std::collections::HashMap;

/// The settings of a simple file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LiteralMainCf<'a>(HashMap<&'a [u8], Vec<u8>>);

/// The file is not simple: postconf(1) must be asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NeedsPostconf;

/// Parameters that are not set in the file, whose defaults lead to no parameter with a `$` in it. postconf works
/// these defaults out from nothing but the machine, or has them built in.
const PLAIN_BY_DEFAULT: [&[u8]; 16] = [
    b"alternate_config_directories",
    b"command_directory",
    b"config_directory",
    b"daemon_directory",
    b"data_directory",
    b"mail_name",
    b"mail_owner",
    b"mail_version",
    b"multi_instance_group",
    b"multi_instance_name",
    b"mydomain",
    b"myhostname",
    b"process_id",
    b"process_name",
    b"queue_directory",
    b"setgid_group",
];

/// Parameters whose value postconf works with, whatever it is asked for. With a `$` in it, or a value of another
/// kind than it should be, that may end otherwise than well.
const WORKED_WITH: [&[u8]; 3] = [b"mydomain", b"myhostname", b"smtpd_restriction_classes"];

/// Parameters from which postconf works out the networks of the machine, unless `mynetworks` says them, and those
/// of their values that are never wrong.
const NETWORKS: [(&[u8], &[&[u8]]); 3] = [
    (b"inet_interfaces", &[b"all", b"loopback-only"]),
    (b"inet_protocols", &[b"all", b"ipv4"]),
    (b"mynetworks_style", &[b"class", b"host", b"subnet"]),
];

/// Types of tables that have files of their own; postconf looks into these.
const TYPES_WITH_FILES: [&[u8]; 6] = [b"ldap:", b"memcache:", b"mongodb:", b"mysql:", b"pgsql:", b"sqlite:"];

impl<'a> LiteralMainCf<'a> {
    /// Reads the text of a main.cf.
    pub(crate) fn read(text: &'a [u8]) -> Result<Self, NeedsPostconf> {
        if text.last().is_some_and(|last| *last != b'\n') {
            // Perhaps somebody is still writing.
            return Err(NeedsPostconf);
        }
        let mut settings: HashMap<&[u8], Vec<u8>> = HashMap::new();
        let mut last: Option<&[u8]> = None;
        for line in text.split(|byte| *byte == b'\n') {
            match kind(line)? {
                Line::Nothing => {}
                Line::More => {
                    // The end of the line before vanishes, the blanks of this one stay.
                    let value = last.and_then(|name| settings.get_mut(name)).ok_or(NeedsPostconf)?;
                    value.extend_from_slice(line);
                }
                Line::Setting(name, value) => {
                    if settings.insert(name, value.to_vec()).is_some() {
                        return Err(NeedsPostconf);
                    }
                    last = Some(name);
                }
            }
        }
        for value in settings.values_mut() {
            *value = value.trim_ascii().to_vec();
        }
        let plain = Self(settings);
        plain.holds_nothing_else()?;
        Ok(plain)
    }

    /// The value of a setting, if there is such a setting. An error if Postfix would have to expand it.
    pub(crate) fn literal(&self, name: &str) -> Result<Option<&[u8]>, NeedsPostconf> {
        match self.0.get(name.as_bytes()) {
            Some(value) if value.contains(&b'$') => Err(NeedsPostconf),
            value => Ok(value.map(Vec::as_slice)),
        }
    }

    /// Checks everything that could make postconf say anything but the values.
    fn holds_nothing_else(&self) -> Result<(), NeedsPostconf> {
        let is_plain = |name: &[u8]| match self.0.get(name) {
            Some(value) => !value.contains(&b'$'),
            None => PLAIN_BY_DEFAULT.contains(&name),
        };
        for value in self.0.values() {
            for name in references(value) {
                if !is_plain(name?) {
                    return Err(NeedsPostconf);
                }
            }
            if TYPES_WITH_FILES.iter().any(|kind| contains(value, kind)) {
                return Err(NeedsPostconf);
            }
        }
        let has_dollar = |name: &&[u8]| self.0.get(*name).is_some_and(|value| value.contains(&b'$'));
        if WORKED_WITH.iter().any(has_dollar) {
            return Err(NeedsPostconf);
        }
        let tells_networks = self.0.contains_key(&b"mynetworks"[..]);
        let is_harmless = |(name, harmless): &(&[u8], &[&[u8]])| {
            self.0.get(*name).is_none_or(|value| harmless.contains(&value.as_slice()))
        };
        if !tells_networks && !NETWORKS.iter().all(is_harmless) {
            return Err(NeedsPostconf);
        }
        if self.0.get(&b"compatibility_level"[..]).is_some_and(|level| !is_level(level)) {
            return Err(NeedsPostconf);
        }
        Ok(())
    }
}

/// The most times, as a power of two, that expanding a file's values may copy any of them before it counts as one that
/// might not end.
const MOST_DOUBLINGS: f64 = 20.0;

/// Whether expanding the values of a file might not end in any time worth waiting for: values that refer to others more
/// than once multiply. Most files have a handful of these.
pub(crate) fn might_not_end(text: &[u8]) -> bool {
    // Of each value, with the lines that continue it. Comments may stand between them.
    let mut references: Vec<u32> = Vec::new();
    for line in
        text.split(|byte| *byte == b'\n').filter(|line| line.trim_ascii_start().first() != Some(&b'#'))
    {
        let count = line.iter().fold(0_u32, |count, byte| count.saturating_add(u32::from(*byte == b'$')));
        match references.last_mut() {
            Some(value) if line.first().is_none_or(u8::is_ascii_whitespace) => {
                *value = value.saturating_add(count);
            }
            _ => references.push(count),
        }
    }
    let doublings: f64 = references.iter().map(|count| f64::from((*count).max(1)).log2()).sum();
    doublings > MOST_DOUBLINGS
}

/// What a line is.
enum Line<'a> {
    /// A comment, or blank.
    Nothing,
    /// The continuation of a value.
    More,
    /// A setting's first line: its name, and what follows the `=`.
    Setting(&'a [u8], &'a [u8]),
}

fn kind(line: &[u8]) -> Result<Line<'_>, NeedsPostconf> {
    let content = line.trim_ascii_start();
    if content.first() == Some(&b'#') {
        // A comment may be in any language, but not in pieces.
        return if line.iter().any(|byte| is_control(*byte)) {
            Err(NeedsPostconf)
        } else {
            Ok(Line::Nothing)
        };
    }
    if line.iter().any(|byte| is_control(*byte) || !byte.is_ascii()) {
        return Err(NeedsPostconf);
    }
    if content.is_empty() {
        return Ok(Line::Nothing);
    }
    if content.len() < line.len() {
        return Ok(Line::More);
    }
    let equals = line.iter().position(|byte| *byte == b'=').ok_or(NeedsPostconf)?;
    let name = line[..equals].trim_ascii_end();
    if name.is_empty() || !name.iter().all(|byte| is_name(*byte)) {
        return Err(NeedsPostconf);
    }
    Ok(Line::Setting(name, &line[equals + 1..]))
}

/// The names that a value refers to. An error for anything but `$name`, `${name}` and `$(name)`.
fn references(value: &[u8]) -> impl Iterator<Item = Result<&[u8], NeedsPostconf>> {
    value.split(|byte| *byte == b'$').skip(1).map(|rest| {
        let (rest, end) = match rest.first() {
            Some(b'{') => (&rest[1..], Some(b'}')),
            Some(b'(') => (&rest[1..], Some(b')')),
            _ => (rest, None),
        };
        let length = rest.iter().position(|byte| !is_name(*byte)).unwrap_or(rest.len());
        let is_whole = end.is_none() || rest.get(length).copied() == end;
        if length > 0 && is_whole { Ok(&rest[..length]) } else { Err(NeedsPostconf) }
    })
}

/// Whether a value of `compatibility_level` is a level: up to three numbers.
fn is_level(value: &[u8]) -> bool {
    let is_number = |part: &[u8]| (1..=3).contains(&part.len()) && part.iter().all(u8::is_ascii_digit);
    let parts: Vec<&[u8]> = value.split(|byte| *byte == b'.').collect();
    parts.len() <= 3 && parts.into_iter().all(is_number)
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether a byte has no business in a line of text.
fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && byte != b'\t'
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests;
