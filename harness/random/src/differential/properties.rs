//! Checks the properties that our tool must have on every system, whatever postmulti(1) does.
//! They are *footprint*, *no silence*, *an end*, and that `--dry-run` refuses exactly what the real call refuses.

use std::collections::BTreeSet;
use std::path::Path;

use super::difference::{Aspect, Difference};
use super::footprint::Footprint;
use super::owners::{Instance, Owners, Role};
use super::system::{Found, Snapshot};
use super::words::{Action, Call};

/// What came of one call.
#[derive(Clone, Debug)]
pub struct Came {
    /// How it ended.
    pub status: String,
    /// What it printed.
    pub stdout: String,
    /// What it said.
    pub stderr: String,
}

/// How timeout(1) ends where it had to end the program, and where it had to kill it: that kills itself too.
const ENDED: &str = "exit status: 124";
const KILLED: [&str; 2] = ["exit status: 137", "signal: 9 (SIGKILL)"];

impl Came {
    /// Whether it says that all went well.
    pub fn is_success(&self) -> bool {
        self.status == "exit status: 0"
    }

    /// What it refused or gave up for, one line each. A system that is set up twice has other process ids, and a command
    /// that is advised keeps the options that were typed.
    fn reasons(&self) -> BTreeSet<String> {
        let fatal = |line: &&str| line.contains("fatal: ") || line.contains("usage: ");
        self.stderr.lines().filter(fatal).map(|line| without_pid(line).replace(" --dry-run ", " ")).collect()
    }
}

/// A line without the number behind each "pid ".
fn without_pid(line: &str) -> String {
    let mut parts = line.split("pid ");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str("pid ");
        text.push_str(part.trim_start_matches(|one: char| one.is_ascii_digit()));
    }
    text
}

fn broken(aspect: Aspect, path: &Path, what: &str) -> Difference {
    Difference { aspect, path: path.display().to_string(), theirs: String::new(), ours: what.to_owned() }
}

/// What a call has changed that it must not change.
pub fn footprint(allowed: &Footprint, before: &Snapshot, after: &Snapshot) -> Vec<Difference> {
    let all = allowed.broken(before, after);
    all.iter().map(|(path, what)| broken(Aspect::Footprint, path, what)).collect()
}

/// Whether a call ended in time.
pub fn end(came: &Came, doing: &str) -> Option<Difference> {
    let is_late = came.status == ENDED || KILLED.contains(&came.status.as_str());
    is_late.then(|| broken(Aspect::End, Path::new(""), &format!("{doing}: timeout(1) gives {}", came.status)))
}

/// Whether a call that was asked to end did so: only what does not end has to be killed.
pub fn end_when_asked(came: &Came) -> Option<Difference> {
    let had_to_be_killed = KILLED.contains(&came.status.as_str());
    had_to_be_killed.then(|| broken(Aspect::End, Path::new(""), "asked to end, it had to be killed"))
}

/// Whether `--dry-run` refused what the call refused, with the same words, and changed nothing.
pub fn dry_run(dry: &Came, real: &Came, before: &Snapshot, behind: &Snapshot) -> Vec<Difference> {
    let mut found = Vec::new();
    let paths: BTreeSet<_> = before.keys().chain(behind.keys()).collect();
    for path in paths.into_iter().filter(|path| before.get(*path) != behind.get(*path)) {
        found.push(broken(Aspect::DryRun, path, "it changed this"));
    }
    let differ = |what: &str| {
        let (dry, real) = (dry.stderr.trim(), real.stderr.trim());
        broken(Aspect::DryRun, Path::new(""), &format!("{what}: dry {dry:?}, real {real:?}"))
    };
    match (dry.is_success(), real.is_success()) {
        (true, false) => found.push(differ("the call itself is refused alone")),
        (false, true) => found.push(differ("it is refused alone")),
        _ if dry.reasons() != real.reasons() => found.push(differ("other words")),
        _ => {}
    }
    found
}

/// Whether status 0 means what it says.
pub fn silence(
    call: &Call,
    came: &Came,
    before: &Owners,
    after: &Owners,
    then: &Snapshot,
) -> Vec<Difference> {
    if !came.is_success() {
        return Vec::new();
    }
    match (&call.action, &call.iteration) {
        (Some(action), _) => unchanged(*action, call, before, after),
        (None, Some((mode, words))) => skipped(*mode, words, call, came, before, then),
        (None, None) => Vec::new(),
    }
}

fn unchanged(action: Action, call: &Call, before: &Owners, after: &Owners) -> Vec<Difference> {
    let old = call.name.as_deref().map(|name| before.called(name)).unwrap_or_default();
    let now = |config: &Path| after.instances.iter().find(|one| one.place == after.place(config));
    let is_listed = |config: &Path| now(config).is_some_and(|one| one.role == Role::Listed);
    let silent = |config: &Path, what: &str| vec![broken(Aspect::Silence, config, what)];
    let one = match (action, old.as_slice()) {
        (Action::Init, _) => return Vec::new(),
        (Action::Create | Action::Import, _) => {
            let config = call.config_directory(&before.instances).unwrap_or_default();
            let there = is_listed(&config) && config.join("main.cf").is_file();
            return if there { Vec::new() } else { silent(&config, "it is not listed, or has no main.cf") };
        }
        (_, [one]) => *one,
        (_, several) => {
            let what = format!("{} instances are called so, and one was chosen", several.len());
            return silent(Path::new(call.name.as_deref().unwrap_or_default()), &what);
        }
    };
    let says = |value: &str| now(&one.config).is_some_and(|one| enable_of(one) == value);
    let named = |name: &str| {
        let now = now(&one.config).and_then(|one| one.says.as_ref());
        now.is_some_and(|says| says.name == name || name == "-" && says.name.is_empty())
    };
    match action {
        Action::Destroy | Action::Deport if is_listed(&one.config) => {
            silent(&one.config, "it is still listed")
        }
        Action::Enable if !says("yes") => silent(&one.config, "it is not enabled"),
        Action::Disable if !says("no") => silent(&one.config, "it is not disabled"),
        Action::Assign if call.new_name.as_deref().is_some_and(|name| !named(name)) => {
            silent(&one.config, "it has not that name")
        }
        _ => Vec::new(),
    }
}

fn enable_of(instance: &Instance) -> String {
    let says = instance.says.as_ref();
    says.map(|says| says.enable.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// The instances that had no command, and are not named.
fn skipped(
    mode: char,
    words: &[String],
    call: &Call,
    came: &Came,
    before: &Owners,
    then: &Snapshot,
) -> Vec<Difference> {
    let listed = before.instances.iter().filter(|one| one.role <= Role::Listed && call.selects(one));
    let runs = |one: &Instance| {
        then.values().any(|found| matches!(found, Found::Runs(running) if running.config == one.config))
    };
    let got = |one: &Instance| {
        let directory = one.config.to_string_lossy();
        if came.stderr.contains(&*directory) {
            return true;
        }
        match (mode, words.first().map(String::as_str)) {
            ('l', None) => came.stdout.contains(&*directory),
            ('x', Some("env")) => came.stdout.contains(&format!("MAIL_CONFIG={directory}")),
            ('p', Some("stop" | "quick-stop")) => !one.is_enabled() || !runs(one),
            ('p', Some("start" | "status")) => !one.is_enabled() || runs(one),
            _ => true,
        }
    };
    let lost = listed.filter(|one| !got(one));
    lost.map(|one| broken(Aspect::Silence, &one.config, "it had no command, and is not named")).collect()
}

#[cfg(test)]
mod tests {
    use super::{Came, dry_run, end, end_when_asked};
    use crate::differential::system::{Found, Snapshot};

    fn came(status: u8, stderr: &str) -> Came {
        Came { status: format!("exit status: {status}"), stdout: String::new(), stderr: stderr.to_owned() }
    }

    #[test]
    fn what_had_to_be_ended_did_not_end() {
        assert!(end(&came(124, ""), "").is_some() && end(&came(137, ""), "").is_some());
        assert!(end(&came(1, ""), "").is_none());
        assert!(end_when_asked(&came(137, "")).is_some() && end_when_asked(&came(124, "")).is_none());
        let killed = Came { status: "signal: 9 (SIGKILL)".to_owned(), ..came(0, "") };
        assert!(end(&killed, "").is_some() && end_when_asked(&killed).is_some());
    }

    #[test]
    fn a_dry_run_says_what_the_call_says_and_changes_nothing() {
        let (empty, other) = (Snapshot::new(), Snapshot::from([("/x".into(), Found::Mounted("/".into()))]));
        let broken = |dry: &Came, real: &Came| dry_run(dry, real, &empty, &empty).len();
        assert_eq!(broken(&came(0, ""), &came(0, "")), 0);
        assert_eq!(broken(&came(1, "fatal: a"), &came(1, "warning: b\nfatal: a")), 0);
        assert_eq!(broken(&came(1, "fatal: a"), &came(1, "fatal: b")), 1);
        assert_eq!(broken(&came(1, "fatal: a (pid 12)"), &came(1, "fatal: a (pid 345)")), 0);
        assert_eq!(broken(&came(1, "fatal: a (pid 12)"), &came(1, "fatal: b (pid 12)")), 1);
        assert_eq!(broken(&came(0, ""), &came(1, "fatal: a")), 1);
        assert_eq!(broken(&came(1, "fatal: a"), &came(0, "")), 1);
        let advice = |option| came(1, &format!("fatal: use \"postfix-multi {option}-e destroy\"\n"));
        assert_eq!(broken(&advice("--dry-run "), &advice("")), 0);
        assert_eq!(dry_run(&came(0, ""), &came(0, ""), &empty, &other).len(), 1);
    }
}
