//! Creates the systems on which managers are timed.
//! There are many instances below one temporary directory, enabled, with an ordinary main.cf each, and a
//! postfix-script that does nothing, or waits.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The most instances, the default one included.
pub(crate) const MOST: usize = 1000;

/// What the secondary instances' main.cf files say besides what makes them instances.
const ORDINARY: &str = "\
# An ordinary main.cf.
compatibility_level = 3.6
myhostname = bench.invalid
mydestination = $myhostname, localhost
inet_interfaces = loopback-only
mynetworks = 127.0.0.0/8
alias_maps = hash:/etc/aliases
relayhost =
multi_instance_enable = yes
";

/// One temporary directory with everything in it, and the programs that are used.
pub(crate) struct Scene {
    root: PathBuf,
    /// Our manager.
    pub(crate) manager: PathBuf,
    /// The default instance's directory, as programs inside see it.
    pub(crate) covered: PathBuf,
    /// Whether the directory goes with this value.
    is_owner: bool,
}

impl Drop for Scene {
    fn drop(&mut self) {
        if self.is_owner {
            let _ = fs::remove_dir_all(&self.root);
        }
    }
}

impl Scene {
    /// Makes the directory.
    pub(crate) fn set(covered: &Path, manager: PathBuf) -> Result<Self, String> {
        let root = std::env::temp_dir().join(format!("postfix-bench-{}", std::process::id()));
        let scene = Self { root, manager, covered: covered.to_owned(), is_owner: true };
        scene.build().map_err(|error| format!("{}: {error}", scene.root.display()))?;
        Ok(scene)
    }

    fn build(&self) -> std::io::Result<()> {
        fs::create_dir(&self.root)?;
        for name in ["etc/postfix", "queue", "data", "noop", "wait", "memory"] {
            fs::create_dir_all(self.root.join(name))?;
        }
        symlink("/bin/true", self.root.join("noop/postfix-script"))?;
        self.script("wait", &format!("exec sleep {}", WAIT.as_secs_f64()))?;
        // Each command notes the peak memory of the process that runs it; the largest counts.
        self.script("memory", "grep VmHWM /proc/$PPID/status >>\"${0%/*}/seen\"")?;
        fs::write(self.default_directory().join("master.cf"), "")?;
        for number in 0..MOST {
            // postmulti(1) insists on each instance having its own.
            fs::create_dir(self.root.join("queue").join(number.to_string()))?;
            fs::create_dir(self.root.join("data").join(number.to_string()))?;
            if number > 0 {
                fs::create_dir(self.instance(number))?;
                fs::write(self.instance(number).join("master.cf"), "")?;
            }
        }
        Ok(())
    }

    fn script(&self, folder: &str, code: &str) -> std::io::Result<()> {
        let path = self.root.join(folder).join("postfix-script");
        fs::write(&path, format!("#!/bin/sh\n{code}\n"))?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))
    }

    /// A description of the scene, for the process within the namespaces.
    pub(crate) fn description(&self) -> Result<PathBuf, String> {
        let path = self.root.join("scene.json");
        let text = json!({ "root": self.root, "manager": self.manager, "covered": self.covered }).to_string();
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(path)
    }

    /// The scene that a description is of.
    pub(crate) fn described(path: &Path) -> Result<Self, String> {
        let text = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let value: Value = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
        let path = |name: &str| PathBuf::from(value[name].as_str().unwrap_or_default());
        Ok(Self { root: path("root"), manager: path("manager"), covered: path("covered"), is_owner: false })
    }

    /// The default instance's directory, as it is outside.
    pub(crate) fn default_directory(&self) -> PathBuf {
        self.root.join("etc/postfix")
    }

    /// The directory of an instance, the default one's being number 0.
    pub(crate) fn instance(&self, number: usize) -> PathBuf {
        if number == 0 {
            self.covered.clone()
        } else {
            self.root.join("etc").join(format!("postfix-{number}"))
        }
    }

    /// The folder that holds a postfix-script.
    pub(crate) fn scripts(&self, kind: &str) -> PathBuf {
        self.root.join(kind)
    }

    /// Lists this many instances, the default one included, whose postfix-script is the one of this kind.
    pub(crate) fn arrange(&self, instances: usize, kind: &str) -> std::io::Result<()> {
        let listed: Vec<String> =
            (1..instances).map(|number| self.instance(number).display().to_string()).collect();
        let list = format!("multi_instance_directories = {}\n", listed.join("\n    "));
        self.write(0, kind, &list)?;
        (1..instances).try_for_each(|number| self.write(number, kind, ""))?;
        wait_until_cold();
        Ok(())
    }

    /// Lists this many instances, none of which is enabled: all there is to do for one is to know that.
    pub(crate) fn arrange_idle(&self, instances: usize) -> std::io::Result<()> {
        let directory = |number: usize| self.root.join("idle").join(number.to_string());
        let listed: Vec<String> =
            (1..instances).map(|number| directory(number).display().to_string()).collect();
        for number in 1..instances {
            fs::create_dir_all(directory(number))?;
            fs::write(directory(number).join("main.cf"), "multi_instance_enable = no\n")?;
        }
        let list = format!("multi_instance_directories = {}\n", listed.join("\n    "));
        self.write(0, "noop", &list)?;
        wait_until_cold();
        Ok(())
    }

    fn write(&self, number: usize, kind: &str, more: &str) -> std::io::Result<()> {
        let path = self.instance(number).join("main.cf");
        let (root, scripts) = (self.root.display(), self.scripts(kind));
        let own = format!(
            "daemon_directory = {}\nqueue_directory = {root}/queue/{number}\ndata_directory = {root}/data/{number}\n",
            scripts.display()
        );
        fs::write(&path, format!("{ORDINARY}{own}{more}"))
    }
}

/// Waits until no file counts as recently changed. Setting the times back would not help: that changes the inode, which
/// counts, too.
fn wait_until_cold() {
    let cold = Instant::now() + Duration::from_secs(4);
    while Instant::now() < cold {
        std::thread::park_timeout(cold.saturating_duration_since(Instant::now()));
    }
}

/// How long the waiting postfix-script waits: about what a start of Postfix 3.10 takes, 0.26 to 0.32 s with everything
/// in memory, and 2 s and more right after the system's own start.
pub(crate) const WAIT: Duration = Duration::from_millis(300);
