//! Controls a headless Chromium over a pair of pipes: loads a page, presses keys, tells what it sees.
//! Knows nothing of which page it is.

#![allow(unreachable_pub, reason = "it is a module of a test program")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs::remove_dir_all;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::suite::comes;

/// How long any answer may take. Nothing waits that long unless it has failed.
const DEADLINE: Duration = Duration::from_secs(60);

/// What the program may be called.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// A browser with one page.
pub struct Browser {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    session: Option<String>,
    number: u64,
    /// Events since the page was last opened.
    events: Vec<Value>,
    profile: TempDir,
}

/// Where Chromium is, if it is anywhere.
pub fn installed() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|folder| NAMES.map(|name| folder.join(name)))
        .find(|program| program.is_file())
}

impl Browser {
    /// Starts one.
    pub fn start(program: &Path) -> Self {
        // In a place with a short name, as a socket is made in it.
        let profile = tempfile::tempdir().unwrap();
        // Chromium listens on descriptor 3 and answers on 4.
        let mut child = Command::new("/bin/sh")
            .args(["-c", r#"exec 3<&0 4>&1 </dev/null >/dev/null; exec "$@""#, "sh"])
            .arg(program)
            .args([
                "--headless",
                "--remote-debugging-pipe",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
            ])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--disable-quic", "--disable-dev-shm-usage", "--hide-scrollbars", "about:blank"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .env("HOME", profile.path())
            .env("TMPDIR", profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (send, from) = mpsc::channel();
        let mut answers = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            loop {
                let mut message = Vec::new();
                let read = answers.read_until(0, &mut message);
                if !matches!(read, Ok(1..)) {
                    return;
                }
                message.pop();
                let Ok(message) = serde_json::from_slice(&message) else { return };
                if send.send(message).is_err() {
                    return;
                }
            }
        });
        let to = child.stdin.take().unwrap();
        let mut browser = Self { child, to, from, session: None, number: 0, events: Vec::new(), profile };
        let target = browser.ask("Target.createTarget", &json!({ "url": "about:blank" }));
        let attached =
            browser.ask("Target.attachToTarget", &json!({ "targetId": target["targetId"], "flatten": true }));
        browser.session = Some(attached["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Page", "Runtime", "Network", "Accessibility"] {
            browser.ask(&format!("{domain}.enable"), &json!({}));
        }
        browser
    }

    /// Asks for something and waits for the answer.
    pub fn ask(&mut self, method: &str, parameters: &Value) -> Value {
        self.number += 1;
        let mut request = json!({ "id": self.number, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            request["sessionId"] = json!(session);
        }
        let mut message = request.to_string().into_bytes();
        message.push(0);
        self.to.write_all(&message).unwrap();
        loop {
            let mut answer = self.hear(method);
            if answer["id"] == self.number {
                assert_eq!(answer["error"], Value::Null, "{method}");
                return answer["result"].take();
            }
            self.events.push(answer);
        }
    }

    fn hear(&self, waiting_for: &str) -> Value {
        self.from.recv_timeout(DEADLINE).unwrap_or_else(|error| panic!("waiting for {waiting_for}: {error}"))
    }

    /// Opens a page and waits until it is there.
    pub fn open(&mut self, address: &str) {
        // Another page first: a link within the same page would load nothing.
        for address in ["about:blank", address] {
            self.events.clear();
            self.ask("Page.navigate", &json!({ "url": address }));
            while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
                let event = self.hear("the page");
                self.events.push(event);
            }
        }
    }

    /// How many events of this name came since the page was opened.
    pub fn count(&self, method: &str) -> usize {
        self.events.iter().filter(|event| event["method"] == method).count()
    }

    /// The value of an expression in the page.
    pub fn value(&mut self, expression: &str) -> Value {
        let parameters = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let mut answer = self.ask("Runtime.evaluate", &parameters);
        assert_eq!(answer["exceptionDetails"], Value::Null, "{expression}");
        answer["result"]["value"].take()
    }

    /// Presses a key and lets it go.
    pub fn press(&mut self, key: &str, code: u32, text: &str) {
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
            if kind == "keyDown" && !text.is_empty() {
                event["text"] = json!(text);
            }
            self.ask("Input.dispatchKeyEvent", &event);
        }
    }

    /// Makes the window this wide, and the colours light or dark.
    pub fn look(&mut self, width: u32, scheme: &str) {
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.ask("Emulation.setDeviceMetricsOverride", &size);
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.ask("Emulation.setEmulatedMedia", &media);
    }

    /// Takes a picture of the page from here on, for people.
    pub fn picture(&mut self, path: &Path, height: u32) {
        let from = self.value("scrollY");
        let width = self.value("innerWidth");
        let clip = json!({ "x": 0, "y": from, "width": width, "height": height, "scale": 1 });
        let parameters = json!({ "format": "png", "clip": clip, "captureBeyondViewport": true });
        let answer = self.ask("Page.captureScreenshot", &parameters);
        std::fs::write(path, decoded(answer["data"].as_str().unwrap())).unwrap();
    }

    /// Role and name of everything that assistive programs are told of.
    pub fn accessible(&mut self) -> Vec<(String, String)> {
        let tree = self.ask("Accessibility.getFullAXTree", &json!({}));
        let nodes = tree["nodes"].as_array().unwrap();
        let text = |value: &Value| value["value"].as_str().unwrap_or_default().to_owned();
        nodes
            .iter()
            .filter(|node| node["ignored"] != true)
            .map(|node| (text(&node["role"]), text(&node["name"])))
            .collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Each may fail where it is gone already, and then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
        // Its own processes notice that a little later, and write until then.
        comes(DEADLINE, || remove_dir_all(self.profile.path()).is_ok());
    }
}

/// Bytes from base 64.
fn decoded(text: &str) -> Vec<u8> {
    let digit = |letter: u8| match letter {
        b'A'..=b'Z' => u32::from(letter - b'A'),
        b'a'..=b'z' => u32::from(letter - b'a') + 26,
        b'0'..=b'9' => u32::from(letter - b'0') + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits = text.trim_end_matches('=').as_bytes();
    digits
        .chunks(4)
        .flat_map(|chunk| {
            let bits = chunk.iter().fold(0, |bits, letter| bits << 6 | digit(*letter));
            let bits = bits << (6 * (4 - chunk.len()));
            bits.to_be_bytes()[1..chunk.len()].to_vec()
        })
        .collect()
}
