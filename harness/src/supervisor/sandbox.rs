//! Makes private user, mount and pid namespaces, and starts the supervisor as process 1 in them.
//! The request's covers hide paths there, and the caller is uid 0, on which postfix(1) insists. Nothing of this is
//! visible outside, and all of it ends with process 1.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::Signal;
use nix::unistd::{getegid, geteuid, getpid};

use super::request::{Cover, Request};
use crate::run_directory::mounts;

/// Why there is no sandbox here.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The system does not grant private namespaces.
    #[error(
        "private namespaces are not to be had here (unshare: {0}); as root, or with user namespaces, they are"
    )]
    Refused(nix::Error),
    /// A mount inside failed.
    #[error("in private namespaces: {what}: {source}")]
    Mount {
        /// What was to be mounted where.
        what: String,
        /// Why not.
        source: nix::Error,
    },
    /// Something else failed.
    #[error("in private namespaces: {what}: {source}")]
    System {
        /// What was tried.
        what: &'static str,
        /// Why not.
        source: io::Error,
    },
}

/// The program's whole life. The first argument is the request's path.
pub fn run(arguments: &[OsString]) -> u8 {
    let Some(path) = arguments.first() else { return 64 };
    // Process 1 of the new pid namespace is this program again.
    let done = if getpid().as_raw() == 1 {
        // The process that waits outside may be killed.
        let _ = nix::sys::prctl::set_pdeathsig(Signal::SIGKILL);
        mount_proc().map(|()| super::run(arguments))
    } else {
        enter(path.as_ref())
    };
    done.unwrap_or_else(|error| {
        super::complain(Path::new(path), &error.to_string());
        71
    })
}

fn enter(path: &Path) -> Result<u8, SandboxError> {
    let text =
        fs::read(path).map_err(|source| SandboxError::System { what: "reading the request", source })?;
    let request: Request = serde_json::from_slice(&text)
        .map_err(|error| SandboxError::System { what: "reading the request", source: error.into() })?;
    let surroundings = &request.surroundings;
    if surroundings.only_writable.is_some() { make_namespaces_with_accounts() } else { make_namespaces() }?;
    // What is mounted from here on stays in here.
    bind_flags(None, Path::new("/"), MsFlags::MS_REC | MsFlags::MS_PRIVATE)?;
    if let Some(directory) = &surroundings.only_writable {
        seal(&directory.to_path_buf())?;
    }
    for cover in &surroundings.covers {
        bind_flags(Some(&cover.with.to_path_buf()), &cover.at.to_path_buf(), MsFlags::MS_BIND)?;
    }
    surroundings.overlays.iter().for_each(lay);
    let started = |source| SandboxError::System { what: "starting the supervisor", source };
    let program = std::env::current_exe().map_err(started)?;
    let status = Command::new(program).arg(path).status().map_err(started)?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(70))
}

/// With a user namespace even for root: its processes then have no power over the host. A system that grants
/// user namespaces to nobody still lets root have the other two.
fn make_namespaces() -> Result<(), SandboxError> {
    let (user, group) = (geteuid(), getegid());
    let others = CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWPID;
    match unshare(CloneFlags::CLONE_NEWUSER | others) {
        Ok(()) => {
            let write = |file: &str, text: String| {
                fs::write(file, text)
                    .map_err(|source| SandboxError::System { what: "mapping the user", source })
            };
            write("/proc/self/setgroups", "deny".to_owned())?;
            write("/proc/self/uid_map", format!("0 {user} 1"))?;
            write("/proc/self/gid_map", format!("0 {group} 1"))
        }
        Err(_) if user.is_root() => unshare(others).map_err(SandboxError::Refused),
        Err(error) => Err(SandboxError::Refused(error)),
    }
}

/// Waits for a word, and lets the process that it names have the accounts of the machine.
const MAP_ACCOUNTS: &str = r#"read -r word && [ "$word" = go ] || exit 1
echo "0 0 65536" >"/proc/$1/uid_map" && echo "0 0 65536" >"/proc/$1/gid_map""#;

/// The same with all accounts of the machine. A process outside must grant them.
fn make_namespaces_with_accounts() -> Result<(), SandboxError> {
    let others = CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWPID;
    if !geteuid().is_root() {
        return Err(SandboxError::Refused(nix::Error::EPERM));
    }
    let failed = |source| SandboxError::System { what: "mapping the accounts", source };
    let mut granting = Command::new("/bin/sh")
        .args(["-c", MAP_ACCOUNTS, "sh", &getpid().to_string()])
        .stdin(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let own = unshare(CloneFlags::CLONE_NEWUSER | others);
    if let (Ok(()), Some(told)) = (own, granting.stdin.as_mut()) {
        told.write_all(b"go\n").map_err(failed)?;
    }
    let granted = granting.wait().map_err(failed)?.success();
    match own {
        Ok(()) if granted => Ok(()),
        Ok(()) => Err(failed(io::ErrorKind::PermissionDenied.into())),
        Err(_) => unshare(others).map_err(SandboxError::Refused),
    }
}

/// Lets the names of one directory be found first in another one. An old kernel grants that to the superuser alone.
fn lay(overlay: &Cover) {
    let (with, at) = (overlay.with.to_path_buf(), overlay.at.to_path_buf());
    let layers = format!("lowerdir={}:{}", with.display(), at.display());
    let _ = mount(Some("overlay"), &at, Some("overlay"), MsFlags::MS_RDONLY, Some(layers.as_str()));
}

/// Makes everything but this directory read-only; devices and what tells of processes are none of its business.
fn seal(writable: &Path) -> Result<(), SandboxError> {
    bind_flags(Some(writable), writable, MsFlags::MS_BIND)?;
    let mounts = fs::read("/proc/self/mountinfo")
        .map_err(|source| SandboxError::System { what: "reading the mounts", source })?;
    for line in mounts.split(|byte| *byte == b'\n') {
        let mut fields = line.split(|byte| *byte == b' ').skip(4);
        let (Some(at), Some(options)) = (fields.next().map(mounts::unescaped), fields.next()) else {
            continue;
        };
        let is_left = ["/proc", "/sys", "/dev"].iter().any(|left| at.starts_with(left));
        if is_left || at == writable {
            continue;
        }
        // What a mount from outside has must not be taken from it.
        let kept = options
            .split(|byte| *byte == b',')
            .filter_map(flag)
            .fold(MsFlags::empty(), |all, flag| all | flag);
        let flags = MsFlags::MS_BIND | MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY | kept;
        match bind_flags(None, &at, flags) {
            // Its directory was removed, or another mount hides it: no path leads there.
            Err(SandboxError::Mount { source: nix::Error::ENOENT, .. }) => {}
            // Or was removed and made again since, which takes the mount away here as well.
            Err(SandboxError::Mount { source: nix::Error::EINVAL, .. })
                if !mounts::places().contains(&at) => {}
            other => other?,
        }
    }
    Ok(())
}

fn flag(option: &[u8]) -> Option<MsFlags> {
    Some(match option {
        b"nosuid" => MsFlags::MS_NOSUID,
        b"nodev" => MsFlags::MS_NODEV,
        b"noexec" => MsFlags::MS_NOEXEC,
        b"noatime" => MsFlags::MS_NOATIME,
        b"nodiratime" => MsFlags::MS_NODIRATIME,
        b"relatime" => MsFlags::MS_RELATIME,
        _ => return None,
    })
}

fn bind_flags(with: Option<&Path>, at: &Path, flags: MsFlags) -> Result<(), SandboxError> {
    mount(with, at, None::<&Path>, flags, None::<&Path>).map_err(|source| SandboxError::Mount {
        what: format!("{} at {}", with.unwrap_or(Path::new("privacy")).display(), at.display()),
        source,
    })
}

/// Without its own /proc the supervisor would count the host's processes.
fn mount_proc() -> Result<(), SandboxError> {
    mount(
        Some("proc"),
        "/proc",
        Some("proc"),
        MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC,
        None::<&str>,
    )
    .map_err(|source| SandboxError::Mount { what: "a new /proc".to_owned(), source })
}
