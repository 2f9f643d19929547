//! Prepares a queue directory, as Debian's packages do from 3.10 on.
//! This is done after post-install has created the missing directories. It refuses an origin of Debian or Ubuntu. It
//! updates the copies of the host's files that every queue directory gets, whether or not a service runs in a chroot.
//! The world names the host. Knows nothing of the caller.
//!
//! Not simulated: `/etc/default/postfix`, which may name more files and certificates, or turn all of this off; what
//! only a chroot needs (name service libraries, certificates) except one directory; the removal of what older packages
//! left, except their certificates: `usr/lib/zoneinfo`; libraries in `lib` and `lib/*` and devices in `dev`, with
//! directories that are empty without them; and, if there is no chroot, `lib/libnss_*.so.2` of 3.10 and
//! `usr/lib/MULTIARCH` of 3.11.

use std::ffi::OsStr;
use std::fs::{self, File, FileTimes, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use nix::errno::Errno;

use super::chroot;
use crate::config::myorigin_file;
use crate::programs::postconf_client::PostconfClient;
use crate::programs::shared_files;
use crate::protocol::bytes::path_of;
use crate::protocol::features::Feature;
use crate::runtime::fatal::say_because;
use crate::runtime::program::Program;
use crate::runtime::standard_output::{print, say};
use crate::runtime::world_boundary::{self, may_change};

/// The files that every queue directory gets, below the root directory.
const FILES: [&str; 7] = [
    "etc/localtime",
    "etc/services",
    "etc/resolv.conf",
    "etc/hosts",
    "etc/host.conf",
    "etc/nsswitch.conf",
    "etc/nss_mdns.config",
];

/// Certificates that older packages copied, and the file that shows that they did.
const OLD_CERTIFICATES: &str = "etc/ssl/certs";
const OLD_CERTIFICATE: &str = "etc/ssl/certs/GlobalSign_Root_CA.pem";

/// Domains of the distributions, which are not a real choice of an origin.
const NOBODYS: [&[u8]; 2] = [b"ubuntu.com", b"debian.org"];

/// Does it if the series does: the exit status if it fails.
pub(crate) fn perform(client: &PostconfClient) -> Result<(), u8> {
    let program = client.program;
    if !program.world.settings.has(Feature::QueueCopies) {
        return Ok(());
    }
    let own_main_cf = path_of(client.variable("MAIL_CONFIG")).join("main.cf");
    let queue_directory = client.variable("queue_directory");
    let queue = path_of(queue_directory);
    if !own_main_cf.is_file() || !queue.join("pid").is_dir() {
        say(b"E: This is internal script used by postfix\n");
        return Err(1);
    }
    must_have_origin(client)?;
    // The script looks around anew before it says which services are in a chroot.
    say(&shared_files::asked_for_default(client)?.stderr);
    shared_files::listed(client)?;
    let has_chroot = chroot::is_needed(client)?;
    if queue.join(OLD_CERTIFICATE).is_file() {
        remove_old_certificates(program, queue)?;
    }
    make_directories(program, queue, "etc")?;
    if !world_boundary::holds(&program.world, &queue.join("etc")) {
        return Err(program.refuse("to copy files to a queue directory outside of the world"));
    }
    remove_what_the_machine_lacks(program, queue)?;
    for file in FILES {
        copy(program, queue_directory, file)?;
    }
    if has_chroot {
        // Which certificates are copied is not followed, but for the question.
        client.ask_aloud(["-hx", "smtp_tls_CApath", "smtpd_tls_CApath"])?;
        return make_directories(program, queue, "usr/lib/sasl2");
    }
    remove_old_certificates(program, queue)
}

fn must_have_origin(client: &PostconfClient) -> Result<(), u8> {
    let answer = client.ask_aloud(["-hx", "myorigin"])?;
    if answer.status != 0 {
        return Err(1);
    }
    let mut origin = answer.stdout.strip_suffix(b"\n").unwrap_or(&answer.stdout).to_vec();
    if myorigin_file::is_file(&origin) {
        origin = myorigin_file::head(&client.program.world, &origin).map_err(|why| {
            say(&why);
            1
        })?;
    }
    if NOBODYS.contains(&origin.to_ascii_lowercase().as_slice()) {
        print(&[b"Invalid $myorigin (", &origin[..], b"), refusing to start\n"].concat());
        return Err(1);
    }
    Ok(())
}

/// `mkdir -p` in the queue directory.
fn make_directories(program: &Program, queue: &Path, name: &str) -> Result<(), u8> {
    let ends = name.match_indices('/').map(|(end, _)| end).chain([name.len()]);
    ends.map(|end| &name[..end]).try_for_each(|part| {
        let path = queue.join(part);
        if path.is_dir() {
            return Ok(());
        }
        // mkdir(1) reports another error for an inner part than for the last one.
        let made = if part != name && path.exists() {
            Err(io::Error::from(Errno::ENOTDIR))
        } else if path.symlink_metadata().is_ok() {
            Err(io::Error::from(Errno::EEXIST))
        } else {
            may_change(program, &path)?;
            fs::create_dir(&path)
        };
        made.map_err(|error| {
            say_because(&[b"mkdir: cannot create directory '", part.as_bytes(), b"'"], &error)
        })
    })
}

fn remove_what_the_machine_lacks(program: &Program, queue: &Path) -> Result<(), u8> {
    let mut status = Ok(());
    for file in FILES.iter().filter(|file| program.world.host_file(Path::new(file)).is_none()) {
        let path = queue.join(file);
        if path.symlink_metadata().is_err() {
            continue;
        }
        if !world_boundary::is_within(&program.world, &path) {
            return may_change(program, &path);
        }
        if let Err(error) = fs::remove_file(&path) {
            status = Err(say_because(&[b"rm: cannot remove './", file.as_bytes(), b"'"], &error));
        }
    }
    status
}

fn remove_old_certificates(program: &Program, queue: &Path) -> Result<(), u8> {
    let path = queue.join(OLD_CERTIFICATES);
    if !path.is_dir() {
        return Ok(());
    }
    may_change(program, &path)?;
    let removed = if path.is_symlink() { fs::remove_file(&path) } else { fs::remove_dir_all(&path) };
    removed.map_err(|error| say_because(&[b"rm: cannot remove '", OLD_CERTIFICATES.as_bytes(), b"'"], &error))
}

/// Copies a file of the machine, unless the copy has its size and its time.
fn copy(program: &Program, queue_directory: &[u8], file: &str) -> Result<(), u8> {
    let Some(source) = program.world.host_file(Path::new(file)) else { return Ok(()) };
    let shown = [queue_directory, b"//", file.as_bytes()].concat();
    let (to, temporary) = (path_of(&shown), [&shown[..], b".tmp"].concat());
    let opened = File::open(&source).and_then(|from| from.metadata().map(|found| (from, found)));
    let (mut from, found) =
        opened.map_err(|error| say_because(&[b"unable to open /", file.as_bytes()], &error))?;
    if to.metadata().is_ok_and(|copy| (copy.size(), copy.mtime()) == (found.size(), found.mtime())) {
        return Ok(());
    }
    may_change(program, to)?;
    may_change(program, path_of(&temporary))?;
    print(&[b"updating /", file.as_bytes(), b" => ", &shown, b"\n"].concat());
    let _ = fs::remove_file(path_of(&temporary));
    let mut copied = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(OsStr::from_bytes(&temporary))
        .map_err(|error| say_because(&[b"unable to create ", &temporary], &error))?;
    io::copy(&mut from, &mut copied)
        .and_then(|_| found.modified())
        .and_then(|time| copied.set_times(FileTimes::new().set_accessed(time).set_modified(time)))
        .and_then(|()| copied.set_permissions(found.permissions()))
        .map_err(|error| say_because(&[b"error writing to ", &temporary], &error))?;
    fs::rename(path_of(&temporary), to)
        .map_err(|error| say_because(&[b"error renaming ", &temporary, b" to ", &shown], &error))
}
