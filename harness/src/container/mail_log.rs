//! Collects the mail log of a container: listens on the socket of syslog(3) and appends each message to a file.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::net::UnixDatagram;
use std::path::Path;

/// The name this program is linked under in a world.
pub const NAME: &str = "postfix-world-mail-log";

/// Where syslog(3) sends.
const SOCKET: &str = "/dev/log";

/// Its whole life; it ends when its standard input does. The argument is the file, which is there once it listens.
pub fn run(arguments: &[OsString]) -> u8 {
    let Some(path) = arguments.first() else { return 64 };
    match listen(Path::new(path)) {
        Ok(()) => 0,
        Err(_) => 71,
    }
}

fn listen(path: &Path) -> io::Result<()> {
    let _ = std::fs::remove_file(SOCKET);
    let socket = UnixDatagram::bind(SOCKET)?;
    // Daemons speak to it as the users that they have become.
    std::fs::set_permissions(SOCKET, std::os::unix::fs::PermissionsExt::from_mode(0o666))?;
    let mut log = File::options().create(true).append(true).open(path)?;
    std::thread::Builder::new().spawn(|| {
        super::server::drain();
        std::process::exit(0);
    })?;
    let mut message = vec![0; 64 << 10];
    loop {
        let length = socket.recv(&mut message)?;
        log.write_all(&line(&message[..length]))?;
    }
}

/// One line without the priority that it begins with.
fn line(message: &[u8]) -> Vec<u8> {
    let text = match (message.first(), message.iter().position(|byte| *byte == b'>')) {
        (Some(b'<'), Some(end)) => &message[end + 1..],
        _ => message,
    };
    let mut line: Vec<u8> =
        text.iter().map(|byte| if *byte == b'\n' || *byte == 0 { b' ' } else { *byte }).collect();
    while line.last() == Some(&b' ') {
        line.pop();
    }
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn a_message_becomes_a_line_without_its_priority() {
        assert_eq!(
            line(b"<22>Jan  1 00:00:00 postfix/master[7]: a <b>\n\0"),
            b"Jan  1 00:00:00 postfix/master[7]: a <b>\n"
        );
        assert_eq!(line(b"plain"), b"plain\n");
    }
}
