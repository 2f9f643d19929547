//! Starts programs in a container that serves, as if they were children of the harness.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ChildStdin, ExitStatus};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use postfix_fakes::bytes::ByteString;

use super::server::{Answer, Order, SERVE};
use super::{ContainerError, Image, Inside, Output};
use crate::run_directory::RunDirectory;

/// How long a container may take until it serves.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program that has been started, here or in a container: how to speak to it, and how it ends.
pub type Started = (Box<dyn Write + Send>, Receiver<io::Result<ExitStatus>>);

/// Those who wait for the end of a program.
type Waiting = Arc<Mutex<Option<BTreeMap<u64, Sender<io::Result<ExitStatus>>>>>>;

/// A container that serves.
#[derive(Debug)]
pub struct Remote {
    orders: Arc<Mutex<ChildStdin>>,
    waiting: Waiting,
    next: AtomicU64,
    inside: Inside,
}

impl Remote {
    /// Starts one from `image`, with the run directory at the same place in there.
    ///
    /// # Errors
    /// When it cannot be started or does not serve.
    pub fn start(image: &Image, run: &RunDirectory) -> Result<Self, ContainerError> {
        let mut inside = Inside::enter(image, run, vec![SERVE.into()], Output::Read)?;
        let (Some(orders), Some(answers)) = (inside.input(), inside.output()) else {
            return Err(inside.died());
        };
        let waiting: Waiting = Arc::new(Mutex::new(Some(BTreeMap::new())));
        let (ready, is_ready) = mpsc::channel();
        let listener = Arc::clone(&waiting);
        std::thread::Builder::new()
            .spawn(move || listen(BufReader::new(answers), &listener, &ready))
            .map_err(super::system("listening to a container"))?;
        if is_ready.recv_timeout(PATIENCE).is_err() {
            inside.wait_a_moment();
            return Err(inside.died());
        }
        Ok(Self { orders: Arc::new(Mutex::new(orders)), waiting, next: AtomicU64::new(0), inside })
    }

    /// Starts a program with one argument in the container.
    ///
    /// # Errors
    /// When the container is gone.
    pub fn start_program(&self, program: &Path, argument: &Path) -> io::Result<Started> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (ended, end) = mpsc::channel();
        match self.waiting.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            Some(waiting) => waiting.insert(id, ended),
            None => return Err(io::Error::other(self.inside.died())),
        };
        let order = Order::Start {
            id,
            program: program.to_path_buf().into(),
            argument: argument.to_path_buf().into(),
        };
        send(&self.orders, &order)?;
        Ok((Box::new(Control { id, orders: Arc::clone(&self.orders) }), end))
    }
}

/// Hands over what the container tells, until it is gone.
fn listen(answers: impl BufRead, waiting: &Waiting, ready: &Sender<()>) {
    let tell = |id: u64, end: io::Result<ExitStatus>| {
        let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = waiting.as_mut().and_then(|waiting| waiting.remove(&id)) {
            let _ = sender.send(end);
        }
    };
    for line in answers.lines() {
        match line.and_then(|line| Ok(serde_json::from_str(&line)?)) {
            Ok(Answer::Ready) => drop(ready.send(())),
            Ok(Answer::Ended { id, status }) => tell(id, Ok(ExitStatus::from_raw(status))),
            Ok(Answer::NotStarted { id, errno }) => tell(id, Err(io::Error::from_raw_os_error(errno))),
            Err(_) => break,
        }
    }
    // Those who still wait hear of it by the end of their channel.
    waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
}

fn send(orders: &Mutex<ChildStdin>, order: &Order) -> io::Result<()> {
    let mut line = serde_json::to_vec(order)?;
    line.push(b'\n');
    let mut orders = orders.lock().unwrap_or_else(PoisonError::into_inner);
    orders.write_all(&line)?;
    orders.flush()
}

/// A program's standard input. It ends when this value goes.
struct Control {
    id: u64,
    orders: Arc<Mutex<ChildStdin>>,
}

impl Write for Control {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        send(&self.orders, &Order::Pass { id: self.id, bytes: ByteString(bytes.to_vec()) })?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        let _ = send(&self.orders, &Order::Close { id: self.id });
    }
}
