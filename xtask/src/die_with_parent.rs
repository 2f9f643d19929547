//! Children get SIGTERM when this program dies, so that no run goes on that nobody waits for.

use std::ffi::OsStr;
use std::process::Command;

/// The exit status if there is no such program.
pub(crate) const NOT_FOUND: i32 = 127;

/// A program that gets SIGTERM when the thread that started it ends. util-linux's setpriv requests that in the
/// program's own process; Rust could do it only with unsafe code.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM", "--"]).arg(name);
    command
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Read as _};
    use std::process::Stdio;
    use std::thread;

    use super::{NOT_FOUND, program};

    #[test]
    fn a_program_that_is_not_there_has_a_status_of_its_own() {
        let status = program("/no-such-program").stderr(Stdio::null()).status().unwrap();
        assert_eq!(status.code(), Some(NOT_FOUND));
    }

    #[test]
    fn a_program_ends_with_the_one_who_started_it() {
        // Only the program holds the pipe's other end: it can be read to its end once the program is gone.
        let starter = thread::spawn(|| {
            let mut child = program("sh")
                .args(["-c", "echo there; exec tail -f /dev/null"])
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut output = BufReader::new(child.stdout.take().unwrap());
            let mut line = String::new();
            output.read_line(&mut line).unwrap();
            assert_eq!(line, "there\n");
            (child, output)
        });
        let (mut child, mut output) = starter.join().unwrap();
        output.read_to_end(&mut Vec::new()).unwrap();
        assert!(!child.wait().unwrap().success());
    }
}
