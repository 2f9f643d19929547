//! The texts of messages about an instance: which one, what failed, and what to do.
//!
//! Knows nothing of how messages are delivered, and decides nothing.

use std::io;
use std::path::Path;

use nix::sys::signal::Signal;

use crate::os::exit_status::Outcome;
use crate::os::messages::{Level, MULTI};
use crate::os::printable::{error_text, printable, shell_word};
use crate::os::signals;
use crate::plan::policy::{CommandKind, Plan, Step, StepAction};
use crate::postfix::command::Command;
use crate::postfix::damage::Damage;
use crate::postfix::environment::Environment;
use crate::postfix::instance::{Duplicate, Instance, MASTER_CF};
use crate::postfix::master_cf::Fault;
use crate::postfix::missing_address::MissingAddress;
use crate::postfix::running::Running;
use crate::postfix::values::time_value;

/// The longest command in a message, in bytes.
const LONGEST_COMMAND: usize = 400;

/// An element of the list that adds nothing.
pub(crate) fn duplicate(environment: &Environment, duplicate: &Duplicate) -> String {
    let kept = duplicate.instance.directory();
    let also = if duplicate.listed.as_os_str() == kept.as_os_str() {
        "listed again".to_owned()
    } else {
        format!("listed again as {}", printable(&duplicate.listed))
    };
    format!(
        "{}: {also}; it gets each command once; remove the surplus entry from multi_instance_directories in {}",
        instance(&duplicate.instance),
        main_cf(&environment.config_directory)
    )
}

/// postconf has something to say although it gave an answer.
pub(crate) fn remark(directory: &Path, remark: &str) -> String {
    format!("instance {}: {remark}; {}", printable(directory), see_to(directory, remark))
}

/// A command that makes no sense for several instances.
pub(crate) fn for_one_instance(command: &Command) -> String {
    let name = printable(command.name());
    format!(
        "\"{name}\" is for a Postfix with one instance, and here there are several; no instance got the command; \
         use \"postfix start\", or empty multi_instance_directories"
    )
}

/// An instance that cannot be given its command.
pub(crate) fn damaged(environment: &Environment, plan: &Plan, step: &Step, damage: &Damage) -> String {
    let cure = cure(environment, step.instance.directory(), damage);
    let then = match damage {
        Damage::NotAbsolute | Damage::InUse(_) => String::new(),
        Damage::Flag(_)
        | Damage::Unreadable { .. }
        | Damage::Endless(_)
        | Damage::EndlessMasterCf(_)
        | Damage::Unknown { .. } => format!(", then {}", by_hand(plan, step)),
    };
    format!("{}: {damage}; {cure}{then}", did_not_get(plan, step))
}

/// What mends an instance.
pub(crate) fn cure(environment: &Environment, directory: &Path, damage: &Damage) -> String {
    match damage {
        Damage::NotAbsolute => {
            format!("correct multi_instance_directories in {}", main_cf(&environment.config_directory))
        }
        Damage::InUse(_) => "give it a directory of its own".to_owned(),
        Damage::Flag(_) => format!("set it to yes or no in {}", main_cf(directory)),
        Damage::Unreadable { reason, .. } | Damage::Unknown { reason, .. } => see_to(directory, reason),
        Damage::EndlessMasterCf(_) => format!("see to {}", master_cf(directory)),
        Damage::Endless(_) => format!("see to {}", main_cf(directory)),
    }
}

/// An instance whose turn never came.
pub(crate) fn not_begun(plan: &Plan, step: &Step, signal: Signal) -> String {
    let signal = signals::name(signal as i32);
    format!("{}: the manager got signal {signal}; {}", did_not_get(plan, step), by_hand(plan, step))
}

/// An instance whose command could not be run.
pub(crate) fn not_run(plan: &Plan, step: &Step, program: &Path, error: &io::Error) -> String {
    format!(
        "{}: cannot run {}: {}; put that right, then {}",
        did_not_get(plan, step),
        printable(program),
        error_text(error),
        by_hand(plan, step)
    )
}

/// An instance whose command has ended otherwise than with success.
pub(crate) fn ended(
    environment: &Environment,
    plan: &Plan,
    step: &Step,
    outcome: &Outcome,
) -> Option<(Level, String)> {
    let what = format!("{}: \"{}\"", instance(&step.instance), given(plan, step));
    match outcome {
        Outcome::Skipped | Outcome::Exited(0) | Outcome::NotBegun(_) | Outcome::Damaged(_) => None,
        Outcome::Exited(status) => Some((
            Level::Warning,
            format!("{what} failed with status {status}; see what it said, and the mail log"),
        )),
        Outcome::Killed(signal) => Some((
            Level::Error,
            format!(
                "{what} was ended by signal {}; see to the instance, then {}",
                signals::name(*signal),
                by_hand(plan, step)
            ),
        )),
        Outcome::TimedOut(limit) => Some((
            Level::Error,
            format!(
                "{what} took longer than {} and was ended; see to the instance, then {}",
                time_value::shown(*limit),
                by_hand(plan, step)
            ),
        )),
        Outcome::NotRun(error) => {
            let program = match plan.command_kind() {
                CommandKind::Postfix => environment.program("postfix"),
                CommandKind::Program => plan.command().name().into(),
            };
            Some((Level::Error, not_run(plan, step, &program, error)))
        }
    }
}

/// An instance for which no command works because of its master.cf. `running` says whether its master runs, if the
/// command was to end it.
pub(crate) fn unreadable_master_cf(
    plan: &Plan,
    step: &Step,
    fault: &Fault,
    running: Option<&Running>,
) -> String {
    let directory = step.instance.directory();
    let shown = match fault {
        Fault::Malformed(_) => format!(" (\"postconf -c {} -M\" shows the fault)", shell_word(directory)),
        // postconf would not end.
        Fault::Endless(_) => String::new(),
    };
    let running = running.map(|running| format!("; {}", runs(running))).unwrap_or_default();
    format!(
        "{}: no command of postfix(1) works, as postconf cannot read its master.cf: {}; correct {}{shown}, then {}{running}",
        instance(&step.instance),
        fault.reason(),
        master_cf(directory),
        by_hand(plan, step)
    )
}

/// An instance that did not get the command that was to end it.
pub(crate) fn may_run(step: &Step, running: &Running) -> String {
    format!("{}: {}", instance(&step.instance), runs(running))
}

/// Whether the master of an instance still runs, and how it is stopped without postfix(1).
fn runs(running: &Running) -> String {
    match running {
        Running::Yes { process, .. } => {
            format!("its master(8) still runs: \"kill {process}\" stops the instance at once")
        }
        Running::No | Running::UsedByAnother(_) => "its master(8) does not run".to_owned(),
        Running::Unknown(reason) => format!("its master(8) may still run: {reason}"),
    }
}

/// An instance whose command was killed, and of which something does not go.
pub(crate) fn held(plan: &Plan, step: &Step, processes: &[u32]) -> String {
    let numbers: Vec<String> = processes.iter().map(u32::to_string).collect();
    let (who, has) = if numbers.len() == 1 { ("process", "has") } else { ("processes", "have") };
    format!(
        "{}: \"{}\" was killed, but {who} {} {has} not ended: the kernel does not let go, perhaps because \
         a disk or a file server does not answer; see to that",
        instance(&step.instance),
        given(plan, step),
        numbers.join(", ")
    )
}

/// An instance whose command has printed more than is kept.
pub(crate) fn lost(plan: &Plan, step: &Step, lost: u64) -> String {
    format!(
        "{}: {lost} bytes of what \"{}\" printed are left out, as no more can wait to be printed; what is \
         missing is shown with --jobs 1, or when there is more room in the directory for temporary files",
        instance(&step.instance),
        given(plan, step)
    )
}

/// Output of descendants, after the turn of their instance, that could not be kept.
pub(crate) fn lost_late(plan: &Plan, lost: u64) -> String {
    format!(
        "{lost} bytes of what \"{}\" printed after its end are left out, as no more can wait to be printed; what is \
         missing is shown with --jobs 1",
        printable(plan.command().name())
    )
}

/// An instance that gets its command.
pub(crate) fn begins(plan: &Plan, step: &Step) -> String {
    let why = match step.action {
        StepAction::Check => ", in place of a start, as it is not enabled",
        _ => "",
    };
    format!("{}: \"{}\" begins{why}", instance(&step.instance), given(plan, step))
}

/// An instance that did not get the command that would have started it.
pub(crate) fn checked(step: &Step) -> String {
    format!("{}: it was checked in place of a start, as it is not enabled", instance(&step.instance))
}

/// An instance whose command has ended.
pub(crate) fn ends(plan: &Plan, step: &Step, outcome: &Outcome) -> String {
    format!("{}: \"{}\" has ended: {}", instance(&step.instance), given(plan, step), how(outcome))
}

/// An instance that is left out.
pub(crate) fn skipped(plan: &Plan, step: &Step) -> String {
    format!("{}: no \"{}\", as it is not enabled", instance(&step.instance), given(plan, step))
}

/// An instance whose command cannot be run just now.
pub(crate) fn postponed(plan: &Plan, step: &Step, error: &io::Error) -> String {
    format!("{}: \"{}\" cannot begin yet: {}", instance(&step.instance), given(plan, step), error_text(error))
}

/// What has become of an instance, in a few words.
pub(crate) fn how(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Skipped => "skipped".to_owned(),
        Outcome::Exited(status) => format!("status {status}"),
        Outcome::Killed(signal) => format!("signal {}", signals::name(*signal)),
        Outcome::TimedOut(limit) => format!("timeout after {}", time_value::shown(*limit)),
        Outcome::NotRun(_) => "not run".to_owned(),
        Outcome::NotBegun(_) => "not reached".to_owned(),
        Outcome::Damaged(_) => "damaged".to_owned(),
    }
}

/// How main.cf of a directory is shown.
pub(crate) fn main_cf(directory: &Path) -> String {
    printable(directory.join("main.cf"))
}

/// How master.cf of a directory is shown.
fn master_cf(directory: &Path) -> String {
    printable(directory.join(MASTER_CF))
}

/// What to do about what postconf says of the files in a directory.
pub(crate) fn see_to(directory: &Path, said: &str) -> String {
    match MissingAddress::named_in(said) {
        Some(missing) => missing.cure(directory),
        None => format!("see to {}", at_fault(directory, said)),
    }
}

/// The file of a directory that something said is about: master.cf if that was named last, as what is fatal comes
/// last, else main.cf.
fn at_fault(directory: &Path, said: &str) -> String {
    let (main_cf, master_cf) = (main_cf(directory), master_cf(directory));
    if said.rfind(&master_cf) > said.rfind(&main_cf) { master_cf } else { main_cf }
}

fn did_not_get(plan: &Plan, step: &Step) -> String {
    format!("{}: did not get \"{}\"", instance(&step.instance), given(plan, step))
}

fn instance(instance: &Instance) -> String {
    format!("instance {}", printable(instance.directory()))
}

/// The first word of what an instance gets, or would have got. The others may be many.
fn given(plan: &Plan, step: &Step) -> String {
    let first = plan.words(step).and_then(|words| words.first().copied());
    printable(first.unwrap_or(plan.command().name()))
}

fn by_hand(plan: &Plan, step: &Step) -> String {
    format!("try {}", for_one(plan, step))
}

/// The same command for one instance, in quotes; if it is too long to be read, that it is the same.
pub(crate) fn for_one(plan: &Plan, step: &Step) -> String {
    let directory = shell_word(step.instance.directory());
    let given = plan.words(step).unwrap_or_else(|| plan.command().words().collect());
    let words = given.iter().map(shell_word).collect::<Vec<_>>().join(" ");
    if words.len() > LONGEST_COMMAND {
        return format!("the same command for {}", printable(step.instance.directory()));
    }
    match plan.command_kind() {
        CommandKind::Postfix => format!("\"postfix -c {directory} {words}\""),
        CommandKind::Program => format!("\"{MULTI} -i {directory} -x {words}\""),
    }
}
