//! master(8), as far as scripts run it: answers whether an instance could start, and starts it.
//! No daemon runs: a file in the queue directory says that one does.

use crate::config::import_environment;
use crate::config::mail_params::Configuration;
use crate::protocol::bytes::path_of;
use crate::runtime::fatal::{Fatal, system_message};
use crate::runtime::getopt::Options;
use crate::runtime::instance_state::InstanceState;
use crate::runtime::program::Program;

/// Does the job: `-t` says whether the instance could be started, `-w` starts it. All other messages go to the mail
/// log.
pub(crate) fn job(program: &Program) -> u8 {
    let options = program.options();
    if options.complain_as(&program.called) {
        return 1;
    }
    let asks = |letter: u8| options.last(letter).is_some();
    // `-i` is for the first process only, which this never is.
    if options.used < program.arguments.len() || asks(b'i') || (asks(b't') && asks(b'w')) {
        return 1;
    }
    let queue = match queue_directory(program, &options) {
        Ok(queue) => queue,
        Err(fatal) => return program.give_up(&fatal, |_| 1),
    };
    let state = InstanceState::of(&queue);
    let is_running = state.running().is_some();
    if asks(b't') {
        u8::from(is_running)
    } else if !asks(b'w') {
        program.refuse("master without -t or -w")
    } else if !state.is_within(&program.world) {
        program.refuse("to start an instance outside of the world")
    } else {
        u8::from(is_running || state.start().is_err())
    }
}

fn queue_directory(program: &Program, options: &Options) -> Result<Vec<u8>, Fatal> {
    let directory = program.given_directory(options);
    let configuration = Configuration::read(&program.world, "master", directory, &mut Vec::new())?;
    import_environment::cleaned(&configuration, &program.environment)?;
    let queue = configuration.text("queue_directory")?;
    std::env::set_current_dir(path_of(&queue))
        .map_err(|error| Fatal::Postfix(system_message(&error).into_bytes()))?;
    Ok(queue)
}
