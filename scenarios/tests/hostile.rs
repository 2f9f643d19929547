//! Tests the suite with managers and files that do harm.
//! Whatever they do, the suite ends in time with a reason and a status that is not 0, leaves nothing behind, and is
//! not changed. The managers and files are kept as data, in `hostile/`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "hostile/place.rs"]
mod place;
mod suite;

use std::fs;
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};
use nix::unistd::geteuid;
use postfix_process::skip::skip;
use serde::Deserialize;

use place::{Place, Said};
use suite::manifest;

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manager {
    name: String,
    does: String,
    script: String,
    #[serde(default)]
    says: Vec<String>,
    status: Option<i32>,
    needs: Option<String>,
    also: Option<String>,
    #[serde(default)]
    twice: bool,
    #[serde(default)]
    says_shared: Vec<String>,
    status_shared: Option<i32>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    is: String,
    make: Option<String>,
    #[serde(default)]
    socket: bool,
    says: Vec<String>,
    needs: Option<String>,
    /// It is a file of expected failures: one without any.
    #[serde(default)]
    knows_nothing: bool,
}

#[derive(Deserialize)]
struct Managers {
    manager: Vec<Manager>,
}

#[derive(Deserialize)]
struct Files {
    file: Vec<File>,
}

/// Whether the system grants namespaces.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Granted {
    Yes,
    No,
}

fn main() -> ExitCode {
    let folder = manifest().join("tests/hostile");
    let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let managers: Managers = toml::from_str(&text("managers.toml")).unwrap();
    let files: Files = toml::from_str(&text("files.toml")).unwrap();
    let mut trials = Vec::new();
    for manager in managers.manager {
        assert!(!manager.does.is_empty());
        if manager.also.as_deref() == Some("shared") {
            let (name, manager) = (format!("manager::{}::shared", manager.name), manager.clone());
            trials.push(Trial::test(name, move || judges(&manager, Granted::No)));
        }
        trials
            .push(Trial::test(format!("manager::{}", manager.name), move || judges(&manager, Granted::Yes)));
    }
    for file in files.file {
        assert!(!file.is.is_empty());
        // The superuser may read everything: a run by an ordinary user has such a trial.
        if file.needs.as_deref() == Some("ordinary") && geteuid().is_root() {
            continue;
        }
        trials.push(Trial::test(format!("file::{}", file.name), move || refuses(&file)));
    }
    // With fewer descriptors, no program that has its C library outside can begin.
    for few in [4, 5, 6, 8, 12, 16, 24, 40] {
        for resource in ["nproc", "nofile"] {
            let limit = format!("--{resource}={few}");
            trials.push(Trial::test(format!("few::{resource}_{few}"), move || ends_with(&limit)));
        }
    }
    trials.push(Trial::test("few::no_room", no_room));
    trials.push(Trial::test("few::closed_work_directory", closed_work_directory));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Whether a case cannot be tried here; then says why.
fn is_lacking(needs: Option<&str>) -> bool {
    let lacking = match needs {
        Some("root") => (!geteuid().is_root()).then_some("only the superuser can do that"),
        Some("namespaces") => (!place::are_namespaces_granted()).then_some("no private namespaces here"),
        _ => None,
    };
    if let Some(lacking) = lacking {
        skip(lacking);
    }
    lacking.is_some()
}

fn judges(manager: &Manager, granted: Granted) -> Result<(), Failed> {
    if is_lacking(manager.needs.as_deref()) {
        return Ok(());
    }
    if granted == Granted::No && !place::are_namespaces_granted() {
        // It is the other trial that was judged so.
        return Ok(());
    }
    let place = Place::make();
    let script = place.filled_in(&manager.script);
    fs::write(place.path().join("manager"), script).unwrap();
    let case = manifest().join("tests/hostile/case.toml").display().to_string();
    let again = manifest().join("tests/../tests/hostile/case.toml").display().to_string();
    let value = format!("/bin/sh {}", place.path().join("manager").display());
    let mut words = vec!["run", "--jobs", "1", "--manager", &value, &case];
    if manager.twice {
        words.push(&again);
    }
    let said = match granted {
        Granted::Yes => place.suite(&words),
        Granted::No => place.suite_without_namespaces(&words),
    };
    let is_shared = granted == Granted::No;
    let status = manager.status_shared.filter(|_| is_shared).or(manager.status).unwrap_or(1);
    let says =
        if is_shared && !manager.says_shared.is_empty() { &manager.says_shared } else { &manager.says };
    said.ended_with(status)?;
    says.iter().try_for_each(|text| said.has(text))?;
    said.has_a_reason()?;
    place.is_as_it_was()
}

/// The ways in which a file is given.
const WAYS: [&[&str]; 4] = [
    &["run", "@file@"],
    &["run", "--expected-failures", "@file@", "manager/success-is-0"],
    &["report", "@file@"],
    &["report", "@file@", "@file@"],
];

fn refuses(file: &File) -> Result<(), Failed> {
    if is_lacking(file.needs.as_deref()) {
        return Ok(());
    }
    let place = Place::make();
    let path = place.path().join("file.toml");
    let _socket = file.socket.then(|| std::os::unix::net::UnixListener::bind(&path).unwrap());
    if let Some(make) = &file.make {
        let make = make.replace("@file@", path.to_str().unwrap());
        let shell = Command::new("sh").args(["-c", &make]).output().unwrap();
        assert!(shell.status.success(), "{shell:?}");
    }
    for way in WAYS.iter().filter(|way| !file.knows_nothing || !way.contains(&"--expected-failures")) {
        let words: Vec<String> =
            way.iter().map(|word| word.replace("@file@", path.to_str().unwrap())).collect();
        let said = place.suite(&words.iter().map(String::as_str).collect::<Vec<_>>());
        said.ended_with(2)?;
        said.has(path.to_str().unwrap())?;
        said.has(&file.says.join("|"))?;
    }
    place.is_as_it_was()
}

/// The suite ends with a reason, or does with what there is.
fn ends_with(limit: &str) -> Result<(), Failed> {
    let place = Place::make();
    let case = manifest().join("tests/hostile/case.toml").display().to_string();
    let said =
        place.suite_below(limit, &["run", &case, "manager/success-is-0", "manager/failure-of-the-first"]);
    ends_well(&said)?;
    place.is_as_it_was()
}

fn ends_well(said: &Said) -> Result<(), Failed> {
    if said.status() == Some(0) {
        return Ok(());
    }
    said.ended_with_one_of(&[1, 2])?;
    said.has_a_reason()
}

/// The work directory has hardly any room: less than the programs need, or so little that they just fit.
fn no_room() -> Result<(), Failed> {
    if is_lacking(Some("namespaces")) {
        return Ok(());
    }
    let place = Place::make();
    for size in ["64k", "2m", "13m", "40m"] {
        let said = place.suite_in_room(size, &["run", "manager/success-is-0"]);
        ends_well(&said).map_err(|failed| format!("{size}: {}", failed.message().unwrap_or_default()))?;
    }
    place.is_as_it_was()
}

/// Nobody can make anything in the work directory.
fn closed_work_directory() -> Result<(), Failed> {
    let place = Place::make();
    for closed in ["/proc", "/nonexistent", "/dev/null"] {
        let said = place.suite(&["run", "--work-dir", closed, "manager/success-is-0"]);
        said.ended_with(2)?;
        said.has(closed)?;
    }
    place.is_as_it_was()
}
