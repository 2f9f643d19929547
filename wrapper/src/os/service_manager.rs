//! Reports the state of this program to the service manager, such as systemd.
//! It sends lines of `NAME=VALUE` in a datagram to the socket that `NOTIFY_SOCKET` names.
//!
//! Without a service manager nothing is sent. A datagram that cannot be sent is lost; nothing waits for it.

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// The variable that names the socket.
pub(crate) const NOTIFY_SOCKET: &str = "NOTIFY_SOCKET";

/// How long a service manager may take to make room for a datagram.
const PATIENCE: Duration = Duration::from_secs(1);

/// The service manager, if there is one.
#[derive(Debug)]
pub(crate) struct ServiceManager(Option<(UnixDatagram, SocketAddr)>);

impl ServiceManager {
    /// The one that listens at this address: a path, or a name behind `@`.
    pub(crate) fn at(address: Option<OsString>) -> Self {
        Self(address.and_then(|address| connected(&address).ok()))
    }

    /// Tells some lines.
    pub(crate) fn tell(&self, lines: &[&str]) {
        if let Some((socket, address)) = &self.0 {
            let _ = socket.send_to_addr(lines.join("\n").as_bytes(), address);
        }
    }

    /// Tells that main.cf is read again. The time shows which of several requests for that is meant.
    pub(crate) fn reloading(&self) {
        let now = clock_gettime(ClockId::CLOCK_MONOTONIC).map(Duration::from).unwrap_or_default();
        self.tell(&["RELOADING=1", &format!("MONOTONIC_USEC={}", now.as_micros())]);
    }
}

fn connected(address: &OsString) -> io::Result<(UnixDatagram, SocketAddr)> {
    let address = match address.as_bytes() {
        [b'/', ..] => SocketAddr::from_pathname(address)?,
        [b'@', name @ ..] => abstract_address(name)?,
        _ => return Err(io::ErrorKind::Unsupported.into()),
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_write_timeout(Some(PATIENCE))?;
    Ok((socket, address))
}

#[cfg(target_os = "linux")]
fn abstract_address(name: &[u8]) -> io::Result<SocketAddr> {
    use std::os::linux::net::SocketAddrExt;
    SocketAddr::from_abstract_name(name)
}

#[cfg(not(target_os = "linux"))]
fn abstract_address(_name: &[u8]) -> io::Result<SocketAddr> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_arrive_and_without_a_socket_nothing_happens() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notify");
        ServiceManager::at(None).tell(&["READY=1"]);
        ServiceManager::at(Some("relative".into())).tell(&["READY=1"]);
        let socket = UnixDatagram::bind(&path).unwrap();
        let service = ServiceManager::at(Some(path.clone().into()));
        service.tell(&["READY=1", "STATUS=all well"]);
        service.reloading();
        let mut bytes = [0; 200];
        let mut next = || {
            let count = socket.recv(&mut bytes).unwrap();
            String::from_utf8_lossy(&bytes[..count]).into_owned()
        };
        assert_eq!(next(), "READY=1\nSTATUS=all well");
        let reloading = next();
        let time = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap();
        assert!(time.parse::<u64>().unwrap() > 0, "{reloading}");
        // A service manager that has gone is none.
        drop(socket);
        service.tell(&["STOPPING=1"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_without_a_file_is_an_address_too() {
        use std::os::linux::net::SocketAddrExt;
        let name = format!("postfix-wrapper-{}", std::process::id());
        let socket = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        ServiceManager::at(Some(format!("@{name}").into())).tell(&["READY=1"]);
        let mut bytes = [0; 200];
        assert_eq!(socket.recv(&mut bytes).unwrap(), "READY=1".len());
    }
}
