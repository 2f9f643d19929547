//! Stops managers that call postfix(1) without end, before they harm the host.
//! Limits how deep processes nest and how long a journal grows.

use std::fs::File;
use std::io::Read;

use crate::protocol::world::World;

/// More ancestors than any honest case has.
const MOST_ANCESTORS: usize = 150;

/// More journal than any honest case writes, in bytes.
const LARGEST_JOURNAL: u64 = 16 << 20;

/// A journal below this size, in bytes, contains too few starts for too deep a nesting, so ancestors are not counted.
const SMALL_JOURNAL: u64 = 16 << 10;

/// The reason to stop the program `name`, if there is one. Only postfix(1) starts a manager, so every endless recursion
/// contains it, and ancestors are counted for it alone.
pub(crate) fn endless(world: &World, name: &str) -> Option<String> {
    let written = std::fs::metadata(world.journal()).map_or(0, |journal| journal.len());
    if name == "postfix" && written > SMALL_JOURNAL && ancestors() >= MOST_ANCESTORS {
        return Some(format!("processes nested {MOST_ANCESTORS} deep; does the manager call itself?"));
    }
    (written > LARGEST_JOURNAL)
        .then(|| format!("a journal of more than {LARGEST_JOURNAL} bytes; does the manager never end?"))
}

/// How many ancestors this process has, as far as the system tells and as far as it matters.
fn ancestors() -> usize {
    let parent = Some(nix::unistd::getppid().as_raw()).filter(|parent| *parent > 1);
    std::iter::successors(parent, |process| parent_of(*process)).take(MOST_ANCESTORS).count()
}

/// The parent of a process, unless that is the first of all.
fn parent_of(process: i32) -> Option<i32> {
    // The parent's number is near the beginning. Nearly every start of a fake asks: the rest is not worth reading.
    let mut status = [0; 128];
    let length = File::open(format!("/proc/{process}/stat")).ok()?.read(&mut status).ok()?;
    let status = &status[..length];
    // The name comes first and may hold anything, a closing parenthesis included.
    let end = status.iter().rposition(|byte| *byte == b')')?;
    let parent = std::str::from_utf8(&status[end + 1..]).ok()?.split_whitespace().nth(1)?.parse().ok();
    parent.filter(|parent| *parent > 1)
}
