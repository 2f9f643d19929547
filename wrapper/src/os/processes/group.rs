//! Tells which processes of a process group still run.
//!
//! Only the process file system tells this of processes that are not children of ours.

use std::fs;
use std::path::Path;

/// The processes that run in the group of a child that has ended and was not waited for. `None` if the system cannot
/// tell: then not even the child is found there.
pub(crate) fn running_members(leader: u32) -> Option<Vec<u32>> {
    let mut members = Vec::new();
    let mut is_leader_found = false;
    for entry in fs::read_dir("/proc").ok()?.flatten() {
        let name = entry.file_name();
        let Some(number) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let state = state_in_group(&entry.path(), leader);
        if state == Some(State::Running) {
            members.push(number);
        }
        is_leader_found |= state.is_some() && number == leader;
    }
    is_leader_found.then_some(members)
}

/// Whether a process still does anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    /// It is there only until its parent takes note.
    Ended,
}

/// The state of a process, if it is in this group. One that goes meanwhile is in none.
fn state_in_group(process: &Path, group: u32) -> Option<State> {
    let stat = fs::read(process.join("stat")).ok()?;
    let (state, found) = state_and_group(&String::from_utf8_lossy(&stat))?;
    (found == group).then_some(state)
}

/// The state and the group in a line of the kernel's. The name before them can hold any character.
fn state_and_group(stat: &str) -> Option<(State, u32)> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = match fields.next()? {
        "Z" | "X" => State::Ended,
        _ => State::Running,
    };
    // The parent is between them.
    Some((state, fields.nth(1)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_and_the_group_are_behind_a_name_of_any_kind() {
        assert_eq!(state_and_group("7 (a) Z 1 2) S 6 5 4 0 -1"), Some((State::Running, 5)));
        assert_eq!(state_and_group("7 (sh) Z 6 5 4 0 -1"), Some((State::Ended, 5)));
        assert_eq!(state_and_group("7 (sh) D 6"), None);
        assert_eq!(state_and_group(""), None);
    }
}
