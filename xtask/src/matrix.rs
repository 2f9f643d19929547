//! `cargo xtask matrix`: runs the whole suite on every Postfix series, with every manager.
//! It runs in containers and on running systems, as many at a time as the machine has processors, and makes one
//! report of all runs.
//!
//! Knows which runs there are and how they are put together. What a run does is the suite's business.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use clap::{Args, ValueEnum};
use postfix_process::suite_command;

use crate::conformance::{self, Profile};
use crate::image_options::{Chosen, ImageOptions};
use crate::{die_with_parent, message, workspace};

/// The status of a run in which something does not conform.
const FAILS: i32 = 1;

/// Which runs, if not all.
#[derive(Args)]
pub(crate) struct MatrixOptions {
    #[command(flatten)]
    images: ImageOptions,

    /// Only with these managers
    #[arg(long, value_enum, value_name = "MANAGER")]
    manager: Vec<Manager>,

    /// Only on these testbeds
    #[arg(long, value_enum, value_name = "TESTBED")]
    testbed: Vec<Testbed>,

    /// Only these cases, as for postfix-conformance
    filter: Vec<String>,
}

/// A manager that is judged on every series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Manager {
    /// Our own
    Ours,
    /// The shell script that comes with Postfix
    Shell,
    /// postmulti(1)
    Postmulti,
}

/// A testbed with an image's Postfix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Testbed {
    /// Its postfix(1) and postconf(1)
    Container,
    /// All of it, daemons and all
    Live,
}

/// One run of the suite.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cell {
    image: Chosen,
    manager: Manager,
    testbed: Testbed,
}

/// What came of it.
#[derive(Clone, Debug)]
struct Done {
    cell: Cell,
    status: Option<i32>,
    report: PathBuf,
}

impl Cell {
    fn name(&self) -> String {
        format!("{}-{}-{}", self.image.in_file_name(), word(&self.manager), word(&self.testbed))
    }
}

fn word(value: &impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// Builds what is needed, judges, and tells.
pub(crate) fn run(options: &MatrixOptions) -> Result<ExitCode, String> {
    let images = options.images.chosen()?;
    options.images.build()?;
    let suite =
        conformance::build(Profile::Quick, conformance::Library::Inside, conformance::Measures::LeftOut)?;
    let folder = workspace::target_folder("matrix")?;
    let cells = cells(&images, &options.manager, &options.testbed);
    message::say(&format!("{} runs, reports in {}", cells.len(), folder.display()));
    let done = judge_all(&suite, &folder, cells, &options.filter)?;
    put_together(&suite, &folder, &done)?;
    Ok(if done.iter().all(is_acceptable) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Our manager's runs come first: they are what most people wait for.
fn cells(images: &[Chosen], managers: &[Manager], testbeds: &[Testbed]) -> VecDeque<Cell> {
    let mut cells = VecDeque::new();
    for manager in chosen(managers) {
        for testbed in chosen(testbeds) {
            cells.extend(images.iter().map(|image| Cell { image: image.clone(), manager, testbed }));
        }
    }
    cells
}

fn chosen<T: ValueEnum + PartialEq>(wanted: &[T]) -> Vec<T> {
    T::value_variants().iter().filter(|one| wanted.is_empty() || wanted.contains(one)).cloned().collect()
}

/// Ours must conform. Of the others it is enough that they could be judged: what they get wrong is in the report.
fn is_acceptable(done: &Done) -> bool {
    match done.status {
        Some(0) => true,
        Some(FAILS) => done.cell.manager != Manager::Ours,
        _ => false,
    }
}

fn judge_all(
    suite: &Path,
    folder: &Path,
    cells: VecDeque<Cell>,
    filter: &[String],
) -> Result<Vec<Done>, String> {
    let workers = thread::available_parallelism().map_or(1, usize::from).min(cells.len());
    let cells = Mutex::new(cells);
    let next = || cells.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let done = Mutex::new(Vec::new());
    let trouble = Mutex::new(None);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(cell) = next() {
                    match judge(suite, folder, &cell, filter) {
                        Ok(one) => done.lock().unwrap_or_else(PoisonError::into_inner).push(one),
                        Err(error) => {
                            let text = format!("{}: {error}", cell.name());
                            trouble.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(text);
                        }
                    }
                }
            });
        }
    });
    if let Some(trouble) = trouble.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(trouble);
    }
    Ok(done.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn judge(suite: &Path, folder: &Path, cell: &Cell, filter: &[String]) -> io::Result<Done> {
    let begun = Instant::now();
    let file = |extension: &str| folder.join(format!("{}.{extension}", cell.name()));
    for extension in ["json", "txt", "err"] {
        remove(&file(extension))?;
    }
    let mut command = die_with_parent::program(suite);
    command.arg("run").args(["--testbed", &word(&cell.testbed), "--image", &cell.image.name]);
    if cell.manager != Manager::Ours {
        command.args(["--manager", &word(&cell.manager)]);
        // A user of a manager of Postfix's own manages instances with Postfix's own tool.
        if cell.testbed == Testbed::Live {
            command.args(["--multi-tool", "postmulti"]);
        }
    }
    command.args(["--require", "all", "--quiet", "--json"]).arg(file("json")).args(filter);
    command.env(suite_command::VARIABLE, suite_command::IN_A_CLONE);
    let status = command
        .stdin(Stdio::null())
        .stdout(File::create(file("txt"))?)
        .stderr(File::create(file("err"))?)
        .status()?;
    let told = fs::read_to_string(file("txt"))?;
    let mut last = told.lines().last().unwrap_or_default().to_owned();
    if status.code().is_none_or(|code| code > FAILS) {
        fs::read_to_string(file("err"))?.trim_end().clone_into(&mut last);
    }
    message::say(&format!("{:<26} {last} ({:.0} s)", cell.name(), begun.elapsed().as_secs_f64()));
    Ok(Done { cell: cell.clone(), status: status.code(), report: file("json") })
}

/// An earlier run's report must not be taken for this one's.
fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// One report of all, in each form.
fn put_together(suite: &Path, folder: &Path, done: &[Done]) -> Result<(), String> {
    let reports: Vec<&Path> =
        done.iter().map(|done| done.report.as_path()).filter(|report| report.is_file()).collect();
    if reports.is_empty() {
        return Err("no run wrote a report, see above".to_owned());
    }
    let cannot = |error| format!("cannot put the reports together: {error}");
    let status = Command::new(suite)
        .arg("report")
        .arg("--json")
        .arg(folder.join("matrix.json"))
        .arg("--html")
        .arg(folder.join("matrix.html"))
        .arg("--junit")
        .arg(folder.join("matrix.xml"))
        .args(reports)
        .stdout(Stdio::null())
        .status()
        .map_err(cannot)?;
    if status.code().is_none_or(|code| code > FAILS) {
        return Err(format!("cannot put the reports together ({status}), see above"));
    }
    for name in ["matrix.html", "matrix.json", "matrix.xml"] {
        message::say(&format!("report: {}", folder.join(name).display()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Cell, Chosen, Done, Manager, Testbed, cells, is_acceptable};

    fn image(name: &str) -> Chosen {
        Chosen { name: name.to_owned(), reference: name.to_owned() }
    }

    #[test]
    fn every_series_meets_every_manager_on_every_testbed_and_ours_comes_first() {
        let images = ["3.5", "3.7"].map(image);
        let all = cells(&images, &[], &[]);
        assert_eq!(all.len(), 12);
        assert_eq!(all[0].name(), "3.5-ours-container");
        let some = cells(&images, &[Manager::Shell], &[Testbed::Live]);
        assert_eq!(some.len(), 2);
    }

    #[test]
    fn only_ours_must_conform_and_everyone_must_be_judged() {
        let done = |manager, status| Done {
            cell: Cell { image: image("3.5"), manager, testbed: Testbed::Live },
            status,
            report: "x".into(),
        };
        assert!(is_acceptable(&done(Manager::Ours, Some(0))));
        assert!(!is_acceptable(&done(Manager::Ours, Some(1))));
        assert!(is_acceptable(&done(Manager::Shell, Some(1))));
        assert!(!is_acceptable(&done(Manager::Shell, Some(2))));
        assert!(!is_acceptable(&done(Manager::Shell, None)));
    }
}
