//! Replaces this process by another program.
//! If that is another fake of the same binary, it runs in this process. Knows nothing of the reason.

use std::convert::Infallible;
use std::ffi::{CString, OsStr};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::unistd::{AccessFlags, access, execve};

use crate::protocol::bytes::bytes_of;
use crate::runtime::program::Program;

/// The shell that runs a script without `#!`.
const SHELL: &[u8] = b"/bin/sh";

/// This process as the program at `path`, if that is a fake of the same world and the same file as this one. Starting
/// the same code again would take half of the time of most commands.
pub(crate) fn in_this_process(
    program: &Program,
    path: &Path,
    arguments: &[Vec<u8>],
    environment: &[(Vec<u8>, Vec<u8>)],
) -> Option<Program> {
    let name = path.strip_prefix(&program.world.root).ok()?.file_name()?.to_str()?;
    let (own, other) = (std::fs::metadata(&program.path).ok()?, std::fs::metadata(path).ok()?);
    let is_same = (own.dev(), own.ino()) == (other.dev(), other.ino());
    if !is_same || access(path, AccessFlags::X_OK).is_err() {
        return None;
    }
    let owned = |bytes: &[u8]| OsStr::from_bytes(bytes).to_owned();
    Some(Program {
        world: program.world.clone(),
        name: name.to_owned(),
        called: bytes_of(path.to_path_buf()),
        path: path.to_path_buf(),
        arguments: arguments.iter().map(|argument| owned(argument)).collect(),
        environment: environment.iter().map(|(name, value)| (owned(name), owned(value))).collect(),
        directory: std::env::current_dir().ok()?,
        edit_fault: None,
    })
}

/// Becomes another program, as execvp(3) does, with an environment in the order in which it was made. Returns why
/// not.
pub(crate) fn replace_process(
    words: &[Vec<u8>],
    environment: &[(Vec<u8>, Vec<u8>)],
    search_path: &[u8],
) -> io::Error {
    let variables: Vec<Vec<u8>> =
        environment.iter().map(|(name, value)| [name, &b"="[..], value].concat()).collect();
    // The next program would inherit that this process ignores SIGPIPE, but it does not inherit a handler.
    if let Err(error) = signal_hook::flag::register(Signal::SIGPIPE as i32, Arc::default()) {
        return error;
    }
    let Some(name) = words.first() else { return Errno::EFAULT.into() };
    if name.contains(&b'/') {
        return attempt(name, words, &variables);
    }
    let mut worst = Errno::ENOENT.into();
    for directory in search_path.split(|byte| *byte == b':') {
        let error = attempt(&[directory, b"/", name].concat(), words, &variables);
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {}
            io::ErrorKind::PermissionDenied => worst = error,
            _ => return error,
        }
    }
    worst
}

fn attempt(path: &[u8], words: &[Vec<u8>], variables: &[Vec<u8>]) -> io::Error {
    let strings =
        |texts: &[Vec<u8>]| texts.iter().map(|text| CString::new(&text[..])).collect::<Result<Vec<_>, _>>();
    let replaced = |path: &[u8], words: &[Vec<u8>]| -> io::Result<Infallible> {
        Ok(execve(&CString::new(path)?, &strings(words)?, &strings(variables)?)?)
    };
    let Err(error) = replaced(path, words);
    if error.raw_os_error() != Some(Errno::ENOEXEC as i32) {
        return error;
    }
    let script = [&[SHELL.to_vec(), path.to_vec()][..], words.get(1..).unwrap_or_default()].concat();
    let Err(error) = replaced(SHELL, &script);
    error
}
