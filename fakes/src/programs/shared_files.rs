//! Lists the instances that share their files with the default one: those that its main.cf lists.
//! Knows how the scripts parse that list. postfix(1) parses it a little differently.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::config::main_cf::{SPACE, split};
use crate::programs::postconf::Output;
use crate::programs::postconf_client::PostconfClient;
use crate::protocol::bytes::path_of;
use crate::protocol::features::Feature;
use crate::runtime::program::Program;

/// The instances that the default main.cf lists, as the scripts split them.
pub(crate) fn listed(client: &PostconfClient) -> Result<Vec<Vec<u8>>, u8> {
    let program = client.program;
    let default = program.default_config_directory();
    if !path_of(&default).join("main.cf").is_file() {
        return Ok(Vec::new());
    }
    let (option, default) = (directory_option(program), OsStr::from_bytes(&default));
    let mut list = client
        .ask_aloud([option.as_ref(), default, "-h".as_ref(), "multi_instance_directories".as_ref()])?
        .stdout;
    let commas = if program.world.settings.has(Feature::AllCommas) { usize::MAX } else { 1 };
    for byte in list.iter_mut().filter(|byte| **byte == b',').take(commas) {
        *byte = b' ';
    }
    Ok(split(&list, SPACE).into_iter().map(<[u8]>::to_vec).collect())
}

/// Whether the scripts call postconf(1) with `-q`, in all questions but one.
pub(crate) fn asks_quietly(program: &Program) -> bool {
    program.world.settings.has(Feature::ScriptsAskQuietly)
}

/// The option that names a configuration directory in the scripts' questions.
pub(crate) fn directory_option(program: &Program) -> &'static str {
    if asks_quietly(program) { "-qc" } else { "-c" }
}

/// Whether the list names an instance that is not the default one.
pub(crate) fn is_listed(list: &[Vec<u8>], default: &[u8], instance: &[u8]) -> bool {
    instance != default && list.iter().any(|listed| listed == instance)
}

/// Asks where the default instance is. The scripts do nothing if that fails, as it does if postconf(1) cannot read the
/// master.cf of the instance that they are for.
pub(crate) fn asked_for_default(client: &PostconfClient) -> Result<Output, u8> {
    client.ask(["-dh", "config_directory"])
}

#[cfg(test)]
mod tests {
    use super::is_listed;

    #[test]
    fn the_default_instance_is_never_a_secondary_one() {
        let list = [b"/d".to_vec(), b"/a".to_vec()];
        assert!(is_listed(&list, b"/d", b"/a"));
        assert!(!is_listed(&list, b"/d", b"/d"));
        assert!(!is_listed(&list, b"/d", b"/b"));
    }
}
