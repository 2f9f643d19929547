//! Finds and ends all processes below this one, and adopts orphans. Below process 1 of a pid namespace are all others.

use std::collections::BTreeMap;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpgid, getpid};

/// Makes this process the parent of every descendant whose own parent ends.
pub fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    {
        // Without it (an old kernel) orphans escape the count, and the process group is still killed.
        let _ = nix::sys::prctl::set_child_subreaper(true);
    }
}

/// Kills and collects all descendants, again and again until there is none any more, or only such as this process may not
/// end. The processes of `group` are killed at once: of those that start another one and end, only one is ever seen.
pub fn kill_everything(group: Option<Pid>) {
    if getpid().as_raw() == 1 {
        // All at once: nobody can start another one meanwhile.
        let _ = kill(Pid::from_raw(-1), Signal::SIGKILL);
    }
    for _ in 0..ROUNDS {
        if let Some(group) = group.filter(|group| has_members(*group)) {
            let _ = killpg(group, Signal::SIGKILL);
        }
        let found = descendants(getpid());
        for process in &found {
            let _ = kill(*process, Signal::SIGKILL);
        }
        if !are_left() && found.is_empty() {
            return;
        }
        std::thread::yield_now();
    }
}

/// How often is looked for more.
const ROUNDS: usize = 3000;

/// Collects every child that has ended. Tells whether there are others.
fn are_left() -> bool {
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => return true,
            Ok(_) | Err(Errno::EINTR) => {}
            Err(_) => return false,
        }
    }
}

/// Whether a process below this one is in a group: otherwise its number may be another's by now.
fn has_members(group: Pid) -> bool {
    descendants(getpid()).into_iter().any(|process| getpgid(Some(process)) == Ok(group))
}

/// All descendants of a process, by the parent that each process of the system names.
pub fn descendants(of: Pid) -> Vec<Pid> {
    let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    for entry in entries.flatten() {
        let Some(process) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else {
            continue;
        };
        let Ok(stat) = std::fs::read(entry.path().join("stat")) else { continue };
        if let Some(parent) = parent(&stat) {
            children.entry(parent).or_default().push(process);
        }
    }
    let mut found = Vec::new();
    let mut next = vec![of.as_raw()];
    while let Some(process) = next.pop() {
        let below = children.remove(&process).unwrap_or_default();
        found.extend(below.iter().map(|process| Pid::from_raw(*process)));
        next.extend(below);
    }
    found
}

/// The parent in a line of /proc/PID/stat: the second word after the command name, which ends at the last ")".
/// A process that only waits to be collected (state Z) has none: it needs no killing.
fn parent(stat: &[u8]) -> Option<i32> {
    let after = stat.iter().rposition(|byte| *byte == b')')? + 1;
    let mut words = stat[after..].split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    if words.next()? == b"Z" {
        return None;
    }
    std::str::from_utf8(words.next()?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::parent;

    #[test]
    fn a_parent_is_found_behind_any_command_name() {
        assert_eq!(parent(b"7 (a) b (c) S 42 7 7 0"), Some(42));
        assert_eq!(parent(b"7 (a) Z 42 7 7 0"), None);
        assert_eq!(parent(b""), None);
    }
}
