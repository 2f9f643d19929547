//! Kills a change of the system at one moment after another, and checks the result each time.
//!
//! A moment is before a system call that changes a file, in the program or in one of its children. Either all of them
//! are killed at once, or only the one that makes the call: then the others must cope with that.

use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;
use std::str::FromStr;

use crate::program::action::Action;
use crate::program::message::say;
use crate::program::trace::{self, End, KillScope};
use crate::program::tree::{Entry, Tree};
use crate::program::{calls, system, tree};

/// Where the system is kept as it was.
const KEPT: &str = "/kept";

/// What became of all kills of one action.
#[derive(Debug, Default)]
struct Score {
    kills: usize,
    /// After how many the system was as before, or as after the whole change.
    before: usize,
    after: usize,
    /// After how many it was between both, and `check` said so.
    between: usize,
    losses: Vec<String>,
    /// What changed that the instance does not have to itself.
    footprints: Vec<String>,
}

/// A part of the moments: the first of them, and how far they are apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shard {
    first: usize,
    apart: usize,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text
            .split_once('/')
            .and_then(|(first, apart)| Some(Self { first: first.parse().ok()?, apart: apart.parse().ok()? }));
        match numbers {
            Some(shard) if shard.first >= 1 && shard.first <= shard.apart => Ok(shard),
            _ => Err("say I/N, I from 1 to N".to_owned()),
        }
    }
}

/// Kills each action at each moment. Whether nothing was lost.
pub(crate) fn run(tool: &Path, shard: Shard, scope: KillScope, actions: &[Action]) -> Result<bool, String> {
    say("action             kills   before    after  between   losses  footprints broken");
    let mut total = 0;
    for action in actions {
        let tally = judge(tool, shard, scope, action).map_err(|error| format!("{}: {error}", action.name))?;
        say(&format!(
            "{:<16} {:>7} {:>8} {:>8} {:>8} {:>8} {:>18}",
            action.name,
            tally.kills,
            tally.before,
            tally.after,
            tally.between,
            tally.losses.len(),
            tally.footprints.len()
        ));
        for loss in tally.losses.iter().chain(&tally.footprints) {
            say(&format!("  {loss}"));
        }
        total += tally.losses.len() + tally.footprints.len();
        if tally.kills == 0 {
            return Err(format!("{}: there was nothing to kill", action.name));
        }
    }
    Ok(total == 0)
}

fn judge(tool: &Path, shard: Shard, scope: KillScope, action: &Action) -> Result<Score, String> {
    let failed = |error: std::io::Error| error.to_string();
    prepare(tool, action)?;
    tree::keep(Path::new(KEPT)).map_err(failed)?;
    let before = Tree::now().map_err(failed)?;
    let output = File::create("/tmp/output").map_err(failed)?;
    let whole = attempt(tool, action, scope, &output, usize::MAX).map_err(failed)?;
    if whole != End::Exited(0) {
        return Err(format!("without a kill it ends with {whole:?}: {}", said()));
    }
    let after = Tree::now().map_err(failed)?;
    let mut tally = Score::default();
    footprint(action, &before, "without a kill", &mut tally)?;
    for number in (shard.first..).step_by(shard.apart) {
        tree::bring_back(Path::new(KEPT)).map_err(failed)?;
        let place = match attempt(tool, action, scope, &output, number).map_err(failed)? {
            End::Killed(place) => place,
            End::Exited(0) => break,
            End::Exited(status) => return Err(format!("it ends with {status}: {}", said())),
        };
        tally.kills += 1;
        system::age().map_err(failed)?;
        let moment = format!("kill {number}, in front of {place}");
        footprint(action, &before, &moment, &mut tally)?;
        let looked = match action.meanwhile {
            Some(text) => intrude(tool, action, text, &before, &after),
            None => look(tool, action, scope, &before, &after, &mut tally),
        };
        if let Err(loss) = looked {
            tally.losses.push(format!("{moment}: {loss}"));
        }
        footprint(action, &before, &format!("{moment}, and the next command"), &mut tally)?;
    }
    Ok(tally)
}

/// Whether all that the instance does not have to itself is as it was.
fn footprint(action: &Action, before: &Tree, when: &str, tally: &mut Score) -> Result<(), String> {
    let now = Tree::now().map_err(|error| error.to_string())?;
    let (was, is) = (before.without(action.own), now.without(action.own));
    if was != is {
        tally.footprints.push(format!("{when}: {:?}", was.differences(&is)));
    }
    Ok(())
}

/// Somebody uses the directories before the next command comes, which may do what it can, or refuse; what somebody
/// has put there stays.
fn intrude(tool: &Path, action: &Action, text: &str, before: &Tree, after: &Tree) -> Result<(), String> {
    let failed = |error: std::io::Error| error.to_string();
    whole_main_cfs(action, &Tree::now().map_err(failed)?, before, after)?;
    system::run(OsStr::new("sh"), &["-c", text]).map_err(failed)?;
    system::age().map_err(failed)?;
    let theirs = Tree::now().map_err(failed)?.intruders();
    let next = system::run(tool.as_os_str(), action.words).map_err(failed)?;
    let left = Tree::now().map_err(failed)?;
    let lost = theirs
        .0
        .iter()
        .filter(|(path, entry)| left.0.get(*path).map(|left| &left.lines) != Some(&entry.lines));
    let lost: Vec<String> = lost.map(|(path, _)| path.display().to_string()).collect();
    if lost.is_empty() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&next.stderr).into_owned();
    Err(format!("somebody's files are gone or changed: {lost:?} ({said})"))
}

/// The system as it must be before the action.
fn prepare(tool: &Path, action: &Action) -> Result<(), String> {
    let failed = |error: std::io::Error| error.to_string();
    for directory in ["x", "new", "far", "h", "k", "hk"].map(|name| format!("/etc/postfix-{name}")) {
        let _ = std::fs::remove_dir_all(&directory);
        let _ = std::fs::remove_dir_all(directory.replace("/etc", "/var/spool"));
        let _ = std::fs::remove_dir_all(directory.replace("/etc", "/var/lib"));
    }
    system::make().map_err(failed)?;
    for words in action.before {
        let done = system::run(tool.as_os_str(), words).map_err(failed)?;
        if !done.status.success() {
            return Err(format!("{words:?} fails: {}", String::from_utf8_lossy(&done.stderr)));
        }
        system::age().map_err(failed)?;
    }
    let done = system::run(OsStr::new("sh"), &["-ec", action.by_hand]).map_err(failed)?;
    if !done.status.success() {
        return Err(format!("what is done by hand fails: {}", String::from_utf8_lossy(&done.stderr)));
    }
    system::age().map_err(failed)
}

/// Runs the action, and kills it in front of its call with this number.
fn attempt(
    tool: &Path,
    action: &Action,
    scope: KillScope,
    output: &File,
    number: usize,
) -> std::io::Result<End> {
    let mut words = vec![tool.as_os_str()];
    words.extend(action.words.iter().map(OsStr::new));
    let mut count = 0;
    trace::run(&words, output, scope, |pid, call| {
        let place = calls::change(pid, call)?;
        count += 1;
        (count == number).then_some(place)
    })
}

/// Judges what a kill has left, and what becomes of it.
fn look(
    tool: &Path,
    action: &Action,
    scope: KillScope,
    before: &Tree,
    after: &Tree,
    tally: &mut Score,
) -> Result<(), String> {
    let failed = |error: std::io::Error| error.to_string();
    let left = Tree::now().map_err(failed)?;
    whole_main_cfs(action, &left, before, after)?;
    let same = |one: &Tree, other: &Tree| without_lock(one) == without_lock(other);
    let is_after = same(&left, after);
    let checked = system::run(tool.as_os_str(), &["check"]).map_err(failed)?;
    if is_after {
        tally.after += 1;
    } else if same(&left, before) {
        tally.before += 1;
    } else {
        tally.between += 1;
        if checked.status.success() {
            return Err(format!(
                "check says nothing of it: {:?} (the command said: {})",
                after.differences(&left),
                said()
            ));
        }
    }
    let again = system::run(tool.as_os_str(), action.words).map_err(failed)?;
    if !again.status.success() && scope == KillScope::CallerOnly {
        // The command itself lives on, and may not hear that something below it was killed: find(1) does not tell.
        mend(&String::from_utf8_lossy(&checked.stdout)).map_err(failed)?;
        let mended = Tree::now().map_err(failed)?;
        let left = || format!("what check says does not mend it: {:?}", after.differences(&mended));
        return if same(&mended, after) { Ok(()) } else { Err(left()) };
    }
    let message = String::from_utf8_lossy(&again.stderr).into_owned();
    if !again.status.success() && !is_after {
        return Err(format!("the repeated command fails: {message}"));
    }
    let repeated = Tree::now().map_err(failed)?;
    if !same(&repeated, after) {
        return Err(format!("after the repeated command: {:?} ({message})", after.differences(&repeated)));
    }
    Ok(())
}

/// Does what `check` says, all of it.
fn mend(findings: &str) -> std::io::Result<()> {
    for command in findings.lines().filter_map(|line| Some(line.split_once("; mend it with: ")?.1)) {
        system::run(OsStr::new("sh"), &["-c", command])?;
        system::age()?;
    }
    Ok(())
}

/// The lock's file is made by the first change, and has no meaning.
fn without_lock(tree: &Tree) -> Tree {
    let mut tree = tree.clone();
    tree.0.retain(|path, _| path.extension().is_none_or(|extension| extension != "lock"));
    tree
}

/// No main.cf may be anything but what it was or what it is to be.
fn whole_main_cfs(action: &Action, left: &Tree, before: &Tree, after: &Tree) -> Result<(), String> {
    for (path, entry) in left.main_cfs() {
        // What is made ready out of sight is nobody's main.cf yet.
        if path.components().any(|part| part.as_os_str() == ".postfix-multi") {
            continue;
        }
        let is_whole = [before, after]
            .iter()
            .any(|tree| tree.0.get(path).is_some_and(|known| known.lines == entry.lines));
        // Postfix's own programs edit one that was written by hand once more, and add what it does not set.
        let is_edited_twice =
            !action.by_hand.is_empty() && action.own.iter().any(|one| path.starts_with(one));
        let is_whole =
            is_whole || is_edited_twice && is_between(entry, before.0.get(path), after.0.get(path));
        if !is_whole {
            return Err(format!("{} is neither as before nor as after", path.display()));
        }
    }
    for (path, _) in before.main_cfs() {
        if after.0.contains_key(path) && !left.0.contains_key(path) {
            return Err(format!("{} is lost", path.display()));
        }
    }
    Ok(())
}

/// Whether a file has all lines that both others have, and none that neither has.
fn is_between(entry: &Entry, before: Option<&Entry>, after: Option<&Entry>) -> bool {
    let (Some(before), Some(after)) = (before, after) else { return false };
    let mut common = before.lines.iter().filter(|line| after.lines.contains(line));
    let has = |line: &Vec<u8>| before.lines.contains(line) || after.lines.contains(line);
    common.all(|line| entry.lines.contains(line)) && entry.lines.iter().all(has)
}

/// What the program said last.
fn said() -> String {
    std::fs::read_to_string("/tmp/output").unwrap_or_default()
}
