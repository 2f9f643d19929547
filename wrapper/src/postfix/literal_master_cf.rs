//! Reads master.cf strictly, for what the checks need of services.
//! It answers only if there can be no doubt that postconf(1) reads the file, and says nothing otherwise. It is here
//! because a process for each instance is most of what a check costs.
//!
//! *No doubt* means: every line is a comment, blank, or the line of a service, all of whose bytes are printable; the
//! fields of a service are such as every Postfix takes them; and nothing is in braces but a name behind a `$`. A file
//! may well be right in Postfix's eyes and fail all this. Then Postfix is asked.
//!
//! Knows nothing of files.

use crate::postfix::literal_main_cf::NeedsPostconf;
use crate::postfix::values::version::is_since;

/// How many fields a service has, before the arguments of its command.
const FIELDS: usize = 8;

/// The types that every Postfix has had.
const KINDS: [&[u8]; 4] = [b"inet", b"unix", b"fifo", b"pass"];

/// A type that Postfix has had since 3.4.
const DATAGRAM: &[u8] = b"unix-dgram";

/// A service of master.cf, as far as the checks need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Service {
    /// Its name: for a service of the type inet, `HOST:PORT` or `PORT`.
    pub(crate) name: Vec<u8>,
    /// Its type.
    pub(crate) kind: Vec<u8>,
    /// Whether it runs in chroot(2), if that is written.
    pub(crate) chroot: Option<bool>,
    /// The program that serves.
    pub(crate) command: Vec<u8>,
}

/// What a switch of a service says; nothing if that is left to Postfix.
fn switch(field: &[u8]) -> Option<bool> {
    match field {
        b"y" => Some(true),
        b"n" => Some(false),
        _ => None,
    }
}

impl Service {
    /// A line as postconf(1) prints it; nothing if it is none.
    pub(crate) fn of_line(line: &[u8]) -> Option<Self> {
        let mut fields = line.split(u8::is_ascii_whitespace).filter(|field| !field.is_empty());
        let (name, kind) = (fields.next()?, fields.next()?);
        let (chroot, command) = (switch(fields.nth(2)?), fields.nth(FIELDS - 6)?);
        Some(Self { name: name.to_vec(), kind: kind.to_vec(), chroot, command: command.to_vec() })
    }
}

/// Whether a Postfix has services of the type `unix-dgram`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Datagrams {
    Known,
    Doubtful,
}

impl Datagrams {
    /// What the value of `mail_version` tells.
    pub(crate) fn of_version(version: &[u8]) -> Self {
        if is_since(version, (3, 4)) { Self::Known } else { Self::Doubtful }
    }
}

/// The services in the text of a master.cf.
pub(crate) fn read(text: &[u8], datagrams: Datagrams) -> Result<Vec<Service>, NeedsPostconf> {
    if text.last().is_some_and(|last| *last != b'\n') {
        // Perhaps somebody is still writing.
        return Err(NeedsPostconf);
    }
    let mut entries: Vec<Vec<&[u8]>> = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        let content = line.trim_ascii();
        if line.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') {
            return Err(NeedsPostconf);
        }
        if content.is_empty() || content[0] == b'#' {
            continue;
        }
        if !line.is_ascii() {
            return Err(NeedsPostconf);
        }
        let words = content.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        if line[0].is_ascii_whitespace() {
            entries.last_mut().ok_or(NeedsPostconf)?.extend(words);
        } else {
            entries.push(words.collect());
        }
    }
    entries.iter().map(|words| service(words, datagrams)).collect()
}

fn service(words: &[&[u8]], datagrams: Datagrams) -> Result<Service, NeedsPostconf> {
    let [name, kind, private, unprivileged, chroot, wakeup, limit, command, arguments @ ..] = words else {
        return Err(NeedsPostconf);
    };
    let is_kind = KINDS.contains(kind) || (*kind == DATAGRAM && datagrams == Datagrams::Known);
    let are_switches =
        [private, unprivileged, chroot].iter().all(|field| matches!(**field, b"y" | b"n" | b"-"));
    let is_wakeup = is_number(wakeup.strip_suffix(b"?").unwrap_or(wakeup)) || *wakeup == b"-";
    let is_limit = is_number(limit) || *limit == b"-";
    let are_plain = [name, command].iter().all(|word| !word.iter().any(|byte| b"{}$\"".contains(byte)))
        && arguments.iter().all(|word| is_plain(word));
    if is_kind && are_switches && is_wakeup && is_limit && are_plain {
        let (name, kind, command) = (name.to_vec(), kind.to_vec(), command.to_vec());
        Ok(Service { name, kind, chroot: switch(chroot), command })
    } else {
        Err(NeedsPostconf)
    }
}

fn is_number(field: &[u8]) -> bool {
    (1..=9).contains(&field.len()) && field.iter().all(u8::is_ascii_digit)
}

/// Whether an argument has no braces but those of `${name}`, and no `$` but before a name.
fn is_plain(word: &[u8]) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let mut pieces = word.split(|byte| *byte == b'$');
    let has_braces = |piece: &[u8]| piece.iter().any(|byte| b"{}".contains(byte));
    let begins = pieces.next().is_none_or(|first| !has_braces(first));
    begins
        && pieces.all(|piece| match piece.strip_prefix(b"{") {
            Some(inside) => inside.iter().position(|byte| *byte == b'}').is_some_and(|end| {
                end > 0 && inside[..end].iter().all(is_name) && !has_braces(&inside[end + 1..])
            }),
            None => piece.first().is_some_and(is_name) && !has_braces(piece),
        })
}

#[cfg(test)]
mod tests;
