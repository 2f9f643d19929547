//! What the scripts of Postfix run beside each other: master(8) to ask or to start, postsuper(1) to put the
//! queue in order. There is neither a daemon nor mail, so the one keeps note and the other finds nothing to do.

use crate::configuration::Configuration;
use crate::instance_state::InstanceState;
use crate::main_cf::Fatal;
use crate::messages::{self, Severity};
use crate::obedience::specification;
use crate::options::Options;
use crate::program::{Program, path_of, say};

/// master(8): `-t` tells whether the instance could be started, `-w` starts it.
pub(crate) fn master(program: &Program) -> u8 {
    let options = Options::parse(
        specification("master", program.world.settings.version()).unwrap_or_default(),
        &program.arguments,
    );
    let queue = match queue_directory(program, &options) {
        Ok(queue) => queue,
        Err(fatal) => return program.give_up(&fatal, |_| 1),
    };
    let state = InstanceState::of(&queue);
    let is_running = state.running().is_some();
    if options.last(b't').is_some() {
        u8::from(is_running)
    } else if options.last(b'w').is_some() && !is_running {
        u8::from(state.start().is_err())
    } else if options.last(b'w').is_some() {
        1
    } else {
        program.refuse("master without -t or -w")
    }
}

/// postsuper(1): without options, or to look after the structure, on any queue.
pub(crate) fn postsuper(program: &Program) -> u8 {
    let options = Options::parse(
        specification("postsuper", program.world.settings.version()).unwrap_or_default(),
        &program.arguments,
    );
    let changes = options.found.iter().any(|(letter, _)| !b"cpsSv".contains(letter));
    if changes || options.complaint.is_some() {
        return program.refuse("postsuper on single messages");
    }
    match queue_directory(program, &options) {
        Ok(queue) if path_of(&queue).is_dir() => 0,
        Ok(queue) => {
            let text = [b"chdir ", &queue[..], b": No such file or directory"].concat();
            fatal(program, &Fatal(text))
        }
        Err(reason) => fatal(program, &reason),
    }
}

fn fatal(program: &Program, reason: &Fatal) -> u8 {
    program.give_up(reason, |text| {
        say(&messages::line(program.name.as_bytes(), Severity::Fatal, text, true));
        1
    })
}

fn queue_directory(program: &Program, options: &Options) -> Result<Vec<u8>, Fatal> {
    let directory = options.last(b'c').or_else(|| program.variable("MAIL_CONFIG")).map(<[u8]>::to_vec);
    Configuration::read(&program.world, &program.name, directory, &mut Vec::new())?.text("queue_directory")
}
