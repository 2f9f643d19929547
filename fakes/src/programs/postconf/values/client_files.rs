//! Reads the files of database clients that tables name by their path, such as `mysql:/FILE`.
//! Like postconf(1), it warns of a file that cannot be opened, and of settings that such a client does not have.

use std::io::ErrorKind;

use nix::errno::Errno;

use super::tables::ClientFile;
use crate::config::main_cf::MainCf;
use crate::programs::postconf::request::stop::Stop;
use crate::protocol::bytes::path_of;
use crate::protocol::regular::{self, Links};
use crate::protocol::world::World;
use crate::runtime::fatal::system_message;
use crate::runtime::world_boundary;

/// The largest size of such a file, in bytes.
const MOST: u64 = 64 << 20;

/// What postconf(1) warns of in one of them. It may be told to keep quiet about settings.
pub(crate) fn look_into(
    client: &ClientFile,
    advise: bool,
    world: &World,
    warnings: &mut Vec<Vec<u8>>,
) -> Result<(), Stop> {
    let ClientFile { kind, path } = client;
    let place = world_boundary::seen(world, path_of(path)).ok_or_else(|| Errno::ENOENT.into());
    let text = match place.and_then(|place| regular::read(&place, MOST, Links::Followed)) {
        Ok(text) => text,
        // It may hold a password.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return Ok(()),
        Err(error) if error.kind() == ErrorKind::FileTooLarge => {
            return Err(Stop::Unsupported(error.to_string()));
        }
        Err(error) => {
            let is_other = error.kind() == ErrorKind::InvalidInput;
            let why = if is_other { "not a regular file".to_owned() } else { system_message(&error) };
            warnings
                .push([b"open \"", *kind, b"\" configuration \"", path, b"\": ", why.as_bytes()].concat());
            return Ok(());
        }
    };
    let mut settings = MainCf::of(world.settings.version());
    settings.parse(&text, path, warnings)?;
    let is_unused = |name: &[u8]| advise && !client.has(name, world.settings.version());
    for (name, value) in settings.iter().filter(|(name, _)| is_unused(name)) {
        warnings.push([*kind, b":", path, b": unused parameter: ", name, b"=", value].concat());
    }
    Ok(())
}
