//! Gives this thread, and all that it starts, a network that has only the machine itself.
//! So, from the networks of a host, the installed Postfix computes the same values as the simulated one. Knows
//! nothing of Postfix.

use std::io;
use std::process::{Command, Stdio};

use nix::sched::{CloneFlags, unshare};

/// Makes the network, enters it, and says so. Without ip(8), or if the system does not let this user, all stays as it is.
///
/// # Errors
/// When the network cannot be used.
pub(crate) fn enter() -> io::Result<bool> {
    if ip(&["-V"]).is_err() || unshare(CloneFlags::CLONE_NEWNET).is_err() {
        return Ok(false);
    }
    ip(&["link", "set", "lo", "up"]).map(|()| true)
}

fn ip(words: &[&str]) -> io::Result<()> {
    let ended = Command::new("ip").args(words).stdin(Stdio::null()).stdout(Stdio::null()).status()?;
    if ended.success() { Ok(()) } else { Err(io::Error::other(format!("ip(8) ended with {ended}"))) }
}

#[cfg(test)]
mod tests {
    use super::enter;

    #[test]
    fn only_the_machine_itself_is_there_and_it_answers() {
        if !enter().unwrap() {
            postfix_process::skip::skip("this user may not make a network, or there is no ip(8)");
            return;
        }
        let routes = std::fs::read_to_string("/proc/thread-self/net/route").unwrap();
        assert_eq!(routes.lines().count(), 1, "none but the title: {routes}");
        std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    }
}
