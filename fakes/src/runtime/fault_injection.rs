//! Carries out a fault: its output, its gate, its end.
//! Knows how a fault is selected and how a process ends, nothing of why the fault was injected.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;

use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SigSet, Signal, raise};

use crate::protocol::fault::{EditFault, Ending, Fault};
use crate::protocol::journal::What;
use crate::runtime::fake_names::specification;
use crate::runtime::getopt::Options;
use crate::runtime::program::{Program, UNSUPPORTED};
use crate::runtime::standard_output::say;

/// Carries out the first fault that applies. Returns an exit status as the error if the fault ends the program, or else
/// the fault for an edit.
pub(crate) fn obey(program: &Program) -> Result<Option<EditFault>, u8> {
    let faults = program
        .world
        .faults()
        .map_err(|error| program.refuse(&format!("a faults.json that cannot be read: {error}")))?;
    let (instance, command) = asked(program);
    let first = faults.into_iter().find(|fault| fault.applies(&program.name, &instance, &command));
    let Some(fault) = first else { return Ok(None) };
    write_out(&fault);
    if fault.echoes {
        let mut stdout = io::stdout().lock();
        let _ = io::copy(&mut io::stdin().lock(), &mut stdout).and_then(|_| stdout.flush());
    }
    if let Some(gate) = &fault.gate {
        program.record(What::Gate { gate: gate.to_string() });
        let opened = File::open(program.world.gate(gate));
        if let Err(error) = opened.and_then(|mut fifo| io::copy(&mut fifo, &mut io::sink())) {
            return Err(program.refuse(&format!("gate {gate}: {error}")));
        }
    }
    match fault.ends {
        Some(Ending::Status(status)) => Err(status),
        Some(Ending::Signal(signal)) => Err(die_by(program, signal)),
        None => Ok(fault.edit),
    }
}

/// The configuration directory that is addressed, and the first argument that is no option.
fn asked(program: &Program) -> (Vec<u8>, Vec<u8>) {
    let Some(specification) = specification(&program.name, program.world.settings.version()) else {
        let instance = program.variable("config_directory").or_else(|| program.variable("MAIL_CONFIG"));
        let command = program.arguments.first().map(|argument| argument.as_bytes().to_vec());
        return (instance.unwrap_or_default().to_vec(), command.unwrap_or_default());
    };
    let options = Options::parse(specification, &program.arguments);
    let letter = if matches!(program.name.as_str(), "mailq" | "sendmail") { b'C' } else { b'c' };
    let instance = options.last(letter).or_else(|| program.variable("MAIL_CONFIG")).map(<[u8]>::to_vec);
    let command = program.arguments.get(options.used).map(|argument| argument.as_bytes().to_vec());
    (instance.unwrap_or_else(|| program.default_config_directory()), command.unwrap_or_default())
}

fn write_out(fault: &Fault) {
    for _ in 0..fault.repeat.max(1) {
        if let Some(text) = &fault.stdout {
            let _ = io::stdout().lock().write_all(&text.0);
        }
        if let Some(text) = &fault.stderr {
            let _ = io::stderr().lock().write_all(&text.0);
        }
    }
    let _ = io::stdout().lock().flush();
}

/// Ends this process by a signal with its default action. Returns only if that is not possible.
pub(crate) fn die_by(program: &Program, number: i32) -> u8 {
    let Ok(signal) = Signal::try_from(number) else {
        return program.refuse(&format!("signal {number}, which does not exist"));
    };
    // No case expects a core file in its world.
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    let _ = SigSet::from_iter([signal]).thread_unblock();
    if matches!(signal, Signal::SIGKILL | Signal::SIGSTOP) {
        let _ = raise(signal);
    }
    let _ = signal_hook::low_level::emulate_default_handler(number);
    say(format!("{}: signal {number} did not end me\n", program.name).as_bytes());
    UNSUPPORTED
}
