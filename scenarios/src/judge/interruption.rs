//! Waits for SIGINT and SIGTERM in threads of their own, so that a run that they end can tell what it has seen.

use std::io::{self, Read as _};
use std::mem;
use std::os::unix::net::UnixStream;
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;

use nix::sys::signal::Signal;
use postfix_process::ignored_signals::is_ignored;
use signal_hook::low_level::pipe;

/// Held while a file is put in its place: the program does not end by a signal meanwhile.
static WRITING: Mutex<()> = Mutex::new(());

/// Who is told of a signal, once.
enum Listener {
    /// Nobody: it ends the program at once.
    Nobody,
    /// This one.
    Told(Box<dyn FnOnce(Signal) + Send>),
    /// Nobody, and it ends the program later.
    Later(Option<Signal>),
}

/// Until it is there, both signals end the program as ever. From then on they end it with 128 and their number, at once or
/// by whoever listens; a second one always at once. One that this program was started to ignore stays ignored.
pub struct Interruption {
    listener: Arc<Mutex<Listener>>,
}

impl Interruption {
    /// Begins. The signals are not blocked, but handled: programs that are started would inherit a mask, and do not inherit
    /// a handler.
    ///
    /// # Errors
    /// When the system grants no pipe or no thread.
    pub fn watch() -> io::Result<Self> {
        let listener = Arc::new(Mutex::new(Listener::Nobody));
        for signal in [Signal::SIGINT, Signal::SIGTERM] {
            if is_ignored(signal) {
                continue;
            }
            let (comes, handler) = UnixStream::pair()?;
            pipe::register(signal as i32, handler)?;
            let listener = Arc::clone(&listener);
            Builder::new().name("signals".to_owned()).spawn(move || wait(signal, comes, &listener))?;
        }
        Ok(Self { listener })
    }

    /// The next signal goes to `listener`, and the one after it ends the program.
    pub fn tell(&self, listener: impl FnOnce(Signal) + Send + 'static) {
        *locked(&self.listener) = Listener::Told(Box::new(listener));
    }

    /// The next signal, or this one that has come, ends the program when [`Interruption::tell_nobody`] is called.
    pub fn put_off(&self, has_come: Option<Signal>) {
        *locked(&self.listener) = Listener::Later(has_come);
    }

    /// Whether a signal was put off.
    pub fn is_waiting(&self) -> bool {
        matches!(*locked(&self.listener), Listener::Later(Some(_)))
    }

    /// The signal that was put off, for a caller who ends the program by it. The next one ends it at once.
    pub fn take_waiting(&self) -> Option<Signal> {
        let mut listener = locked(&self.listener);
        let Listener::Later(waiting @ Some(_)) = *listener else { return None };
        *listener = Listener::Nobody;
        waiting
    }

    /// The next signal ends the program, and so does one that was put off.
    pub fn tell_nobody(&self) {
        let listener = mem::replace(&mut *locked(&self.listener), Listener::Nobody);
        if let Listener::Later(Some(signal)) = listener {
            end(signal);
        }
    }
}

/// The handler writes a byte for each signal.
fn wait(signal: Signal, mut comes: UnixStream, listener: &Mutex<Listener>) {
    while comes.read_exact(&mut [0]).is_ok() {
        let mut now = locked(listener);
        let told = mem::replace(&mut *now, Listener::Nobody);
        if matches!(told, Listener::Later(None)) {
            *now = Listener::Later(Some(signal));
        }
        drop(now);
        match told {
            Listener::Told(listener) => listener(signal),
            Listener::Later(None) => {}
            Listener::Nobody | Listener::Later(Some(_)) => end(signal),
        }
    }
}

/// Ends the program as a shell says that a signal did.
pub fn end(signal: Signal) -> ! {
    let _nothing_is_half_written = while_writing();
    process::exit(128 + signal as i32)
}

/// As long as the result is there, no signal ends the program.
pub fn while_writing() -> MutexGuard<'static, ()> {
    locked(&WRITING)
}

fn locked<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
