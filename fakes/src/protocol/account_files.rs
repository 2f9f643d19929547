//! Looks up users and groups in `/etc/passwd` and `/etc/group`, and nowhere else.
//! A static program must not ask the C library: that loads modules (systemd's, LDAP's) into it, which can end it.

use std::fs;

/// A user of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User {
    /// Its number.
    pub uid: u32,
    /// The number of its first group.
    pub gid: u32,
}

/// The first user of this name.
#[must_use]
pub fn user(name: &[u8]) -> Option<User> {
    first("/etc/passwd", |fields| (fields[0] == name).then(|| user_of(fields))?)
}

/// The number of the first group of this name.
#[must_use]
pub fn group(name: &[u8]) -> Option<u32> {
    first("/etc/group", |fields| (fields[0] == name).then(|| number(fields[2]))?)
}

/// The name of the first user with this number.
pub(crate) fn name_of_user(uid: u32) -> Option<Vec<u8>> {
    first("/etc/passwd", |fields| (user_of(fields)?.uid == uid).then(|| fields[0].to_vec()))
}

/// The name of the first group with this number.
pub(crate) fn name_of_group(gid: u32) -> Option<Vec<u8>> {
    first("/etc/group", |fields| (number(fields[2])? == gid).then(|| fields[0].to_vec()))
}

/// What the first line has that is wanted. A line has four fields or more; one of an older directory service begins with
/// a sign.
fn first<T>(file: &str, wanted: impl Fn(&[&[u8]]) -> Option<T>) -> Option<T> {
    let text = fs::read(file).ok()?;
    text.split(|byte| *byte == b'\n').find_map(|line| {
        let fields: Vec<&[u8]> = line.split(|byte| *byte == b':').collect();
        (fields.len() >= 4 && !fields[0].starts_with(b"+") && !fields[0].starts_with(b"-"))
            .then(|| wanted(&fields))?
    })
}

fn user_of(fields: &[&[u8]]) -> Option<User> {
    Some(User { uid: number(fields[2])?, gid: number(fields[3])? })
}

fn number(field: &[u8]) -> Option<u32> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{User, group, name_of_group, name_of_user, user};

    #[test]
    fn accounts_that_every_machine_has_are_found_both_ways() {
        assert_eq!(user(b"root"), Some(User { uid: 0, gid: 0 }));
        assert_eq!(
            (group(b"root"), name_of_user(0), name_of_group(0)),
            (Some(0), Some(b"root".to_vec()), Some(b"root".to_vec()))
        );
        assert_eq!(
            (user(b""), user(b"no such"), group(b"ro"), name_of_user(u32::MAX)),
            (None, None, None, None)
        );
    }
}
