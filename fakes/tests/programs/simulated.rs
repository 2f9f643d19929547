//! Creates a world with fakes in it for one test, and runs programs in it.

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use postfix_fakes::journal::{self, Event, What};
use tempfile::TempDir;

pub(crate) struct Simulated {
    root: TempDir,
}

impl Simulated {
    /// A world with a default instance and a secondary one called `a`; `list` is what the default one lists,
    /// with `ROOT` for the world's root.
    pub(crate) fn new(list: &str) -> Self {
        let root = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let world = Self { root };
        for directory in [
            "usr/sbin",
            "usr/libexec/postfix",
            "var/spool/postfix",
            "var/spool/a",
            "var/lib/postfix",
            "var/lib/a",
            "gates",
        ] {
            std::fs::create_dir_all(world.path(directory)).unwrap();
        }
        let place = |directory: &str, names: &[&str]| {
            for name in names {
                let link = world.path(directory).join(name);
                std::fs::hard_link(env!("CARGO_BIN_EXE_postfix-fake"), link).unwrap();
            }
        };
        place(
            "usr/sbin",
            &["postfix", "postconf", "postlog", "postqueue", "postdrop", "sendmail", "postsuper"],
        );
        place("usr/libexec/postfix", &["postfix-script", "post-install", "master"]);
        let settings = format!(
            r#"{{"default_config_directory": "{}", "postfix_version": "3.7.11", "postfix_vendor": "debian"}}"#,
            world.path("etc/postfix").display()
        );
        world.write("world.json", &settings);
        world.write(
            "etc/postfix/main.cf",
            &format!("compatibility_level = 3.6\nmulti_instance_directories = {list}\n"),
        );
        world.write(
            "etc/postfix-a/main.cf",
            "compatibility_level = 3.6\nqueue_directory = ROOT/var/spool/a\ndata_directory = ROOT/var/lib/a\n",
        );
        world.write("etc/postfix/master.cf", "");
        world.write("etc/postfix-a/master.cf", "");
        world
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.root.path().join(below)
    }

    /// Writes a file, with the world's root for `ROOT`.
    pub(crate) fn write(&self, below: &str, text: &str) {
        let path = self.path(below);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text.replace("ROOT", &self.root.path().display().to_string())).unwrap();
    }

    /// Has the world simulate another version.
    pub(crate) fn becomes_version(&self, version: &str) {
        self.change_settings("postfix_version", version.into());
    }

    /// Gives the world a machine whose files scripts copy: its root directory.
    pub(crate) fn set_host(&self, root: &Path) {
        self.change_settings("host", text(root).into());
    }

    pub(crate) fn change_settings(&self, name: &str, value: serde_json::Value) {
        let settings = std::fs::read(self.path("world.json")).unwrap();
        let mut settings: serde_json::Value = serde_json::from_slice(&settings).unwrap();
        settings[name] = value;
        self.write("world.json", &settings.to_string());
    }

    /// A program of the world, with nothing inherited.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.path(program));
        command.env_clear().env("PATH", "/usr/bin:/bin").current_dir(self.root.path()).stdin(Stdio::null());
        command
    }

    pub(crate) fn run<S: AsRef<OsStr>>(&self, program: &str, arguments: &[S]) -> Output {
        self.command(program).args(arguments).output().unwrap()
    }

    /// `postfix -c` for the instance in `etc/NAME`: its status.
    pub(crate) fn postfix(&self, instance: &str, arguments: &[&str]) -> Option<i32> {
        let directory = self.path("etc").join(instance);
        let output =
            self.command("usr/sbin/postfix").arg("-c").arg(directory).args(arguments).output().unwrap();
        output.status.code()
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        journal::read(&self.path("journal.jsonl")).unwrap()
    }

    /// What the mail log holds: priority and text.
    pub(crate) fn log(&self) -> Vec<String> {
        let text = |event: &Event| match &event.what {
            What::Log { priority, text, .. } => Some(format!("{priority}: {text}")),
            _ => None,
        };
        self.events().iter().filter_map(text).collect()
    }

    /// What the last line of the mail log was logged under.
    pub(crate) fn last_tag(&self) -> Option<String> {
        let tag = |event: Event| match event.what {
            What::Log { tag, .. } => String::from_utf8(tag.0).ok(),
            _ => None,
        };
        self.events().into_iter().rev().find_map(tag)
    }

    /// How shared files were looked after.
    pub(crate) fn shared_files(&self) -> Vec<String> {
        let action = |event: Event| match event.what {
            What::SharedFiles { action } => Some(action),
            _ => None,
        };
        self.events().into_iter().filter_map(action).collect()
    }

    /// Waits until a gate is reached, or the program has ended; tells which.
    pub(crate) fn reaches_gate(&self, child: &mut Child) -> bool {
        let mut output = child.stdout.take().unwrap();
        // The fault says something before it waits: its first byte comes when the gate is near.
        let mut byte = [0];
        output.read_exact(&mut byte).unwrap();
        loop {
            if self.events().iter().any(|event| matches!(event.what, What::Gate { .. })) {
                return true;
            }
            if child.try_wait().unwrap().is_some() {
                return false;
            }
            std::thread::yield_now();
        }
    }
}

/// A path as text.
pub(crate) fn text(path: &Path) -> String {
    path.display().to_string()
}
