//! `foreground` as process 1 of a container with a real Postfix: masters detach themselves, and their end is seen.
//!
//! What it does with them is in `foreground.rs`.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use postfix_process::container_engine::{Container, Engine, OWN_IMAGES};
use postfix_process::skip::skip;

/// Expires only when something is broken.
const DEADLINE: Duration = Duration::from_secs(300);

/// The newest Postfix, in the newest Debian: its libraries are no older than those that this program was built with.
const SERIES: &str = "3.11";

/// Makes a second instance, and becomes the program. A line on standard input is a shell command; its end is TERM.
const SCRIPT: &str = r#"
set -e
cd "${0%/*}"
[ -f /etc/postfix/main.cf ] || printf 'compatibility_level = 3.6\nmyhostname = trial.invalid\n' >/etc/postfix/main.cf
[ -f /etc/postfix/master.cf ] || cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf
postconf -e 'inet_interfaces = loopback-only' 'master_service_disable = inet' 'maillog_file = /var/log/postfix.log'
./postfix-multi -e init
./postfix-multi -e create -I postfix-out
./postfix-multi -e enable -i out
exec 3<&0
(while read -r line <&3; do eval "$line"; done; kill 1) &
exec ./postfix-multi -v foreground
"#;

/// A container, and what its process 1 says, line by line.
struct Inside {
    engine: Engine,
    name: String,
    child: Child,
    said: Receiver<String>,
    heard: Vec<String>,
    _shared: tempfile::TempDir,
}

impl Inside {
    fn start(engine: Engine, image: &str, name: &str, capabilities: &[&str]) -> Self {
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let shared = directory.path();
        fs::hard_link(env!("CARGO_BIN_EXE_postfix-multi"), shared.join("postfix-multi")).unwrap();
        fs::write(shared.join("script"), SCRIPT).unwrap();
        let name = format!("postfix-multi-{name}-{}", std::process::id());
        let mut command = engine.run(&Container {
            image,
            name: &name,
            run: "foreground",
            shared,
            program: PathBuf::from("/bin/sh"),
            arguments: vec![shared.join("script").into()],
            capabilities,
        });
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let errors = BufReader::new(child.stderr.take().unwrap());
        let (sender, said) = channel();
        std::thread::spawn(move || {
            for line in errors.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Self { engine, name, child, said, heard: Vec::new(), _shared: directory }
    }

    /// Waits until it says this.
    fn until(&mut self, text: &str) {
        while !self.heard.last().is_some_and(|line| line.contains(text)) {
            match self.said.recv_timeout(DEADLINE) {
                Ok(line) => self.heard.push(line),
                Err(error) => panic!("{error}; waited for {text:?}; so far: {:#?}", self.heard),
            }
        }
    }

    /// Has a command run beside it.
    fn command(&mut self, line: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Waits for its end: the exit status, and all that it has said.
    fn end(mut self) -> (Option<i32>, Vec<String>) {
        drop(self.child.stdin.take());
        while let Ok(line) = self.said.recv_timeout(DEADLINE) {
            self.heard.push(line);
        }
        (self.child.wait().unwrap().code(), std::mem::take(&mut self.heard))
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.engine.remove(&self.name);
        let _ = self.child.wait();
    }
}

/// The lines with this text, in their order, without what is before it.
fn named<'a>(heard: &'a [String], text: &str) -> Vec<&'a str> {
    heard
        .iter()
        .filter(|line| line.contains(text))
        .filter_map(|line| line.split("instance ").nth(1))
        .collect()
}

#[test]
fn real_masters_are_watched_and_stopped_by_process_1() {
    let Some(engine) = Engine::find() else { return skip("there is no podman and no docker that answers") };
    let image = format!("{OWN_IMAGES}:{SERIES}");
    match engine.image_id(&image) {
        Ok(Some(_)) => {}
        _ => return skip(format!("there is no image {image}: \"cargo xtask images\" makes it")),
    }
    let started = "/etc/postfix-out: \"start\" has ended: status 0";

    // With CAP_SYS_ADMIN and without CAP_SYS_PTRACE, a master's environment can be read, and where it works cannot.
    let mut inside = Inside::start(engine, &image, "term", &["SYS_ADMIN"]);
    inside.until(started);
    let (status, heard) = inside.end();
    assert_eq!(status, Some(0), "{heard:#?}");
    let expected = ["/etc/postfix-out: \"stop\" begins", "/etc/postfix: \"stop\" begins"];
    assert_eq!(named(&heard, "\"stop\" begins"), expected, "{heard:#?}");
    assert!(!heard.iter().any(|line| line.contains("still runs")), "{heard:#?}");

    let mut inside = Inside::start(engine, &image, "death", &[]);
    inside.until(started);
    inside.command("postfix -c /etc/postfix-out stop");
    inside.until("was ended by TERM, as by a stop");
    inside.command("postfix -c /etc/postfix-out start");
    inside.until("runs again");
    inside.command("kill -KILL $(cat /var/spool/postfix/pid/master.pid)");
    inside.until("/etc/postfix-out: \"stop\" has ended");
    let (status, heard) = inside.end();
    assert_eq!(status, Some(1), "{heard:#?}");
    assert!(heard.iter().any(|line| line.contains("has ended (signal KILL)")), "{heard:#?}");
    assert_eq!(named(&heard, "\"stop\" begins"), ["/etc/postfix-out: \"stop\" begins"], "{heard:#?}");
}
