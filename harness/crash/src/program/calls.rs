//! Tells which system calls change a file, and which file.
//!
//! It is written for x86-64.

use std::fs;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use nix::libc;
use nix::unistd::Pid;

/// A system call that is about to be made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    /// Its number.
    pub(crate) number: i64,
    /// Its arguments.
    pub(crate) arguments: [u64; 4],
}

/// More than any path takes.
const LONGEST_PATH: usize = 4096;

/// Where nothing is kept.
const ELSEWHERE: [&str; 3] = ["/dev/", "/proc/", "/sys/"];

/// What a system call would change, readable; nothing if it changes no file.
pub(crate) fn change(pid: Pid, call: Call) -> Option<String> {
    let (name, place) = match call.number {
        libc::SYS_open if writes(call.arguments[1]) => ("open", path(pid, call.arguments[0])),
        libc::SYS_openat if writes(call.arguments[2]) => ("open", path(pid, call.arguments[1])),
        libc::SYS_creat => ("creat", path(pid, call.arguments[0])),
        libc::SYS_write | libc::SYS_pwrite64 | libc::SYS_writev | libc::SYS_pwritev => {
            ("write", descriptor(pid, call.arguments[0]))
        }
        libc::SYS_sendfile => ("sendfile", descriptor(pid, call.arguments[0])),
        libc::SYS_copy_file_range => ("copy_file_range", descriptor(pid, call.arguments[2])),
        libc::SYS_rename | libc::SYS_link | libc::SYS_symlink => ("rename", path(pid, call.arguments[1])),
        libc::SYS_renameat | libc::SYS_renameat2 | libc::SYS_linkat => {
            ("rename", path(pid, call.arguments[3]))
        }
        libc::SYS_symlinkat => ("symlink", path(pid, call.arguments[2])),
        libc::SYS_unlink => ("unlink", path(pid, call.arguments[0])),
        libc::SYS_unlinkat => ("unlink", path(pid, call.arguments[1])),
        libc::SYS_rmdir => ("rmdir", path(pid, call.arguments[0])),
        libc::SYS_mkdir | libc::SYS_mknod => ("mkdir", path(pid, call.arguments[0])),
        libc::SYS_mkdirat | libc::SYS_mknodat => ("mkdir", path(pid, call.arguments[1])),
        libc::SYS_chmod | libc::SYS_chown | libc::SYS_lchown => ("chmod", path(pid, call.arguments[0])),
        libc::SYS_fchmodat | libc::SYS_fchownat => ("chmod", path(pid, call.arguments[1])),
        libc::SYS_fchmod | libc::SYS_fchown => ("chmod", descriptor(pid, call.arguments[0])),
        libc::SYS_truncate => ("truncate", path(pid, call.arguments[0])),
        libc::SYS_ftruncate | libc::SYS_fallocate => ("truncate", descriptor(pid, call.arguments[0])),
        libc::SYS_utimensat => ("utimensat", path(pid, call.arguments[1])),
        _ => return None,
    };
    let place = place.unwrap_or_default();
    let is_kept = !ELSEWHERE.iter().any(|elsewhere| place.starts_with(elsewhere));
    is_kept.then(|| format!("{name} {place}"))
}

fn writes(flags: u64) -> bool {
    let changing = libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC;
    i32::try_from(flags & u64::from(u32::MAX)).is_ok_and(|flags| flags & changing != 0)
}

/// What a descriptor leads to. Pipes, sockets and terminals are no files, and are told as lying elsewhere.
fn descriptor(pid: Pid, number: u64) -> Option<String> {
    let target: PathBuf = fs::read_link(format!("/proc/{pid}/fd/{number}")).ok()?;
    let target = target.display().to_string();
    Some(if target.starts_with('/') { target } else { ELSEWHERE[0].to_owned() })
}

/// A path in another process.
fn path(pid: Pid, address: u64) -> Option<String> {
    if address == 0 {
        return None;
    }
    let bytes = memory(pid, address).ok()?;
    let length = bytes.iter().position(|byte| *byte == 0)?;
    Some(String::from_utf8_lossy(&bytes[..length]).into_owned())
}

fn memory(pid: Pid, address: u64) -> io::Result<Vec<u8>> {
    let file = fs::File::open(format!("/proc/{pid}/mem"))?;
    let mut bytes = vec![0; LONGEST_PATH];
    // What lies behind the path may not be there at all.
    let mut length = LONGEST_PATH - usize::try_from(address % 4096).unwrap_or(0);
    if length < 256 {
        length += 4096;
    }
    let wanted = length.min(LONGEST_PATH);
    let read = file.read_at(&mut bytes[..wanted], address)?;
    bytes.truncate(read);
    Ok(bytes)
}
