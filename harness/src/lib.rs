//! Runs commands in a multi-instance system of Postfix, and compares the results with expectations.
//! A [`layout::Layout`] becomes a [`world::World`], and an [`invocation::Invocation`] runs in it on a
//! [`testbed::Testbed`]. The [`journal`] and the [`outcome::Outcome`] are compared with an
//! [`expectation::Expectation`] that a case file states or the [`oracle`] predicts. Knows nothing of any particular
//! manager.

pub mod container;
pub mod expectation;
pub mod invocation;
pub mod journal;
pub mod layout;
pub mod oracle;
pub mod outcome;
pub mod run_directory;
pub mod supervisor;
pub mod testbed;
pub mod world;

use std::ffi::{OsStr, OsString};

/// Does the job of the program called `name`, if it is one that a world needs: a fake of
/// [`postfix_fakes`], or the harness's own supervisor. Any binary whose `main` asks this first can be hard
/// linked into worlds as the program of all those names.
pub fn run_program(name: &OsStr, arguments: Vec<OsString>) -> Option<u8> {
    if name == supervisor::NAME {
        return Some(supervisor::run(&arguments));
    }
    if name == supervisor::SANDBOX_NAME {
        return Some(supervisor::sandbox::run(&arguments));
    }
    if name == supervisor::timing::NAME {
        return Some(supervisor::timing::run(&arguments));
    }
    if name == run_directory::program_copy::NAME {
        return Some(run_directory::program_copy::run(&arguments));
    }
    if name == run_directory::cleanup_process::NAME {
        return Some(run_directory::cleanup_process::run(&arguments));
    }
    if name == supervisor::LIVE_NAME {
        return Some(supervisor::run_live(&arguments));
    }
    if name == container::mail_log::NAME {
        return Some(container::mail_log::run(&arguments));
    }
    if name == container::process_one::NAME {
        return Some(container::process_one::run(&arguments));
    }
    postfix_fakes::run(name, arguments)
}
