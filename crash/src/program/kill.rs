//! The test itself: a change of the system is killed at one moment after another, and each time what is left is
//! judged.
//!
//! A moment is in front of a system call that changes a file, whoever of the program and its children makes it. Either
//! all of them are killed at once, or only the one that makes the call: then the others must cope with that. Knows nothing of how the change is made.

use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;
use std::str::FromStr;

use crate::program::action::Action;
use crate::program::trace::{self, End, Victims};
use crate::program::tree::Tree;
use crate::program::{calls, say, system, tree};

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
}

/// A part of the moments: the first of them, and how far they are apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    first: usize,
    apart: usize,
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text
            .split_once('/')
            .and_then(|(first, apart)| Some(Self { first: first.parse().ok()?, apart: apart.parse().ok()? }));
        match numbers {
            Some(part) if part.first >= 1 && part.first <= part.apart => Ok(part),
            _ => Err("say I/N, I from 1 to N".to_owned()),
        }
    }
}

/// Kills each action at each moment. Whether nothing was lost.
pub(crate) fn run(tool: &Path, part: Part, victims: Victims, actions: &[Action]) -> Result<bool, String> {
    say("action             kills   before    after  between   losses");
    let mut total = 0;
    for action in actions {
        let score =
            judge(tool, part, victims, action).map_err(|error| format!("{}: {error}", action.name))?;
        say(&format!(
            "{:<16} {:>7} {:>8} {:>8} {:>8} {:>8}",
            action.name,
            score.kills,
            score.before,
            score.after,
            score.between,
            score.losses.len()
        ));
        for loss in &score.losses {
            say(&format!("  {loss}"));
        }
        total += score.losses.len();
        if score.kills == 0 {
            return Err(format!("{}: there was nothing to kill", action.name));
        }
    }
    Ok(total == 0)
}

fn judge(tool: &Path, part: Part, victims: Victims, action: &Action) -> Result<Score, String> {
    let failed = |error: std::io::Error| error.to_string();
    prepare(tool, action)?;
    tree::keep(Path::new(KEPT)).map_err(failed)?;
    let before = Tree::now().map_err(failed)?;
    let output = File::create("/tmp/output").map_err(failed)?;
    let whole = attempt(tool, action, victims, &output, usize::MAX).map_err(failed)?;
    if whole != End::Exited(0) {
        return Err(format!("without a kill it ends with {whole:?}: {}", said()));
    }
    let after = Tree::now().map_err(failed)?;
    let mut score = Score::default();
    for number in (part.first..).step_by(part.apart) {
        tree::bring_back(Path::new(KEPT)).map_err(failed)?;
        let place = match attempt(tool, action, victims, &output, number).map_err(failed)? {
            End::Killed(place) => place,
            End::Exited(0) => break,
            End::Exited(status) => return Err(format!("it ends with {status}: {}", said())),
        };
        score.kills += 1;
        system::age().map_err(failed)?;
        if let Err(loss) = look(tool, action, victims, &before, &after, &mut score) {
            score.losses.push(format!("kill {number}, in front of {place}: {loss}"));
        }
    }
    Ok(score)
}

/// The system as it must be before the action.
fn prepare(tool: &Path, action: &Action) -> Result<(), String> {
    let failed = |error: std::io::Error| error.to_string();
    for directory in ["/etc/postfix-x", "/etc/postfix-new", "/etc/postfix-far"] {
        let _ = std::fs::remove_dir_all(directory);
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
    Ok(())
}

/// Runs the action, and kills it in front of its call with this number.
fn attempt(
    tool: &Path,
    action: &Action,
    victims: Victims,
    output: &File,
    number: usize,
) -> std::io::Result<End> {
    let mut words = vec![tool.as_os_str()];
    words.extend(action.words.iter().map(OsStr::new));
    let mut count = 0;
    trace::run(&words, output, victims, |pid, call| {
        let place = calls::change(pid, call)?;
        count += 1;
        (count == number).then_some(place)
    })
}

/// Judges what a kill has left, and what becomes of it.
fn look(
    tool: &Path,
    action: &Action,
    victims: Victims,
    before: &Tree,
    after: &Tree,
    score: &mut Score,
) -> Result<(), String> {
    let failed = |error: std::io::Error| error.to_string();
    let left = Tree::now().map_err(failed)?;
    whole_main_cfs(&left, before, after)?;
    let same = |one: &Tree, other: &Tree| without_lock(one) == without_lock(other);
    let is_after = same(&left, after);
    let checked = system::run(tool.as_os_str(), &["check"]).map_err(failed)?;
    if is_after {
        score.after += 1;
    } else if same(&left, before) {
        score.before += 1;
    } else {
        score.between += 1;
        if checked.status.success() {
            return Err(format!(
                "check says nothing of it: {:?} (the command said: {})",
                after.differences(&left),
                said()
            ));
        }
    }
    let again = system::run(tool.as_os_str(), action.words).map_err(failed)?;
    if !again.status.success() && victims == Victims::TheCaller {
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
fn whole_main_cfs(left: &Tree, before: &Tree, after: &Tree) -> Result<(), String> {
    for (path, entry) in left.main_cfs() {
        // What is made ready out of sight is nobody's main.cf yet.
        if path.components().any(|part| part.as_os_str() == ".postfix-multi") {
            continue;
        }
        let is_whole = [before, after]
            .iter()
            .any(|tree| tree.0.get(path).is_some_and(|known| known.lines == entry.lines));
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

/// What the program said last.
fn said() -> String {
    std::fs::read_to_string("/tmp/output").unwrap_or_default()
}
