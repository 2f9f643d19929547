//! Reads the files of database clients that tables name by their path, such as `mysql:/FILE`, as postconf(1) does:
//! it warns of a file that cannot be opened, and of settings that such a client does not have.

use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;

use nix::errno::Errno;
use nix::fcntl::OFlag;

use super::tables::ClientFile;
use crate::config::main_cf::MainCf;
use crate::programs::postconf::request::stop::Stop;
use crate::protocol::bytes::path_of;
use crate::protocol::world::World;
use crate::runtime::fatal::system_message;
use crate::runtime::world_boundary;

/// Whether settings that a client does not have are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unused {
    Told,
    Withheld,
}

/// What postconf(1) warns of in one of them.
pub(crate) fn look_into(
    client: &ClientFile,
    unused: Unused,
    world: &World,
    warnings: &mut Vec<Vec<u8>>,
) -> Result<(), Stop> {
    let opened = open(&client.path, world);
    let mut file = match opened {
        Ok(file) => file,
        // It may hold a password.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return Ok(()),
        Err(error) => {
            warnings.push(cannot_open(client, system_message(&error).as_bytes()));
            return Ok(());
        }
    };
    if !file.metadata().is_ok_and(|found| found.is_file()) {
        warnings.push(cannot_open(client, b"not a regular file"));
        return Ok(());
    }
    let mut text = Vec::new();
    let _ = file.read_to_end(&mut text);
    let mut settings = MainCf::of(world.settings.version());
    settings.parse(&text, &client.path, warnings)?;
    if unused == Unused::Withheld {
        return Ok(());
    }
    for (name, value) in settings.iter().filter(|(name, _)| !client.has(name, world.settings.version())) {
        let spec = [client.kind(), b":", &client.path, b": unused parameter: ", name, b"=", value];
        warnings.push(spec.concat());
    }
    Ok(())
}

/// Opens what a path leads to in the world, without waiting for the writer of a FIFO.
fn open(path: &[u8], world: &World) -> std::io::Result<File> {
    let place = world_boundary::seen(world, path_of(path))
        .ok_or_else(|| Error::from_raw_os_error(Errno::ENOENT as i32))?;
    OpenOptions::new().read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(place)
}

fn cannot_open(client: &ClientFile, why: &[u8]) -> Vec<u8> {
    [b"open \"", client.kind(), b"\" configuration \"", &client.path, b"\": ", why].concat()
}
