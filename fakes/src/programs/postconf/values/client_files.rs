//! Reads the files of database clients that tables name by their path, such as `mysql:/FILE`.
//! Like postconf(1), it warns of a file that cannot be opened, and of settings that such a client does not have.

use std::io::{Error, ErrorKind};

use nix::errno::Errno;

use super::tables::ClientFile;
use crate::config::main_cf::MainCf;
use crate::programs::postconf::request::options::Advice;
use crate::programs::postconf::request::stop::Stop;
use crate::protocol::bytes::path_of;
use crate::protocol::regular::{self, Links};
use crate::protocol::world::World;
use crate::runtime::fatal::system_message;
use crate::runtime::world_boundary;

/// The largest size of such a file, in bytes.
const MOST: u64 = 64 << 20;

/// What postconf(1) warns of in one of them.
pub(crate) fn look_into(
    client: &ClientFile,
    advice: Advice,
    world: &World,
    warnings: &mut Vec<Vec<u8>>,
) -> Result<(), Stop> {
    let place = world_boundary::seen(world, path_of(&client.path));
    let missing = || Error::from_raw_os_error(Errno::ENOENT as i32);
    let read = place.ok_or_else(missing).and_then(|place| regular::read(&place, MOST, Links::Followed));
    let text = match read {
        Ok(text) => text,
        Err(error) => {
            match error.kind() {
                // It may hold a password.
                ErrorKind::PermissionDenied => {}
                ErrorKind::InvalidInput => warnings.push(cannot_open(client, b"not a regular file")),
                ErrorKind::FileTooLarge => return Err(Stop::Unsupported(error.to_string())),
                _ => warnings.push(cannot_open(client, system_message(&error).as_bytes())),
            }
            return Ok(());
        }
    };
    let mut settings = MainCf::of(world.settings.version());
    settings.parse(&text, &client.path, warnings)?;
    if advice == Advice::Withheld {
        return Ok(());
    }
    for (name, value) in settings.iter().filter(|(name, _)| !client.has(name, world.settings.version())) {
        let spec = [client.kind(), b":", &client.path, b": unused parameter: ", name, b"=", value];
        warnings.push(spec.concat());
    }
    Ok(())
}

fn cannot_open(client: &ClientFile, why: &[u8]) -> Vec<u8> {
    [b"open \"", client.kind(), b"\" configuration \"", &client.path, b"\": ", why].concat()
}
