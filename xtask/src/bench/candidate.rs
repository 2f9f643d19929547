//! Defines the programs that are timed.
//! They are the plain loop that no manager can beat, our manager, and the two managers that come with Postfix.
//!
//! Knows how each is called.

use std::process::{Command, Stdio};

use super::fixture::Scene;

/// Who brings a command to all instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Candidate {
    /// `postfix -c DIR start` for each instance, from a program that does nothing else.
    Floor,
    /// The default instance first, then all others by xargs(1), this many at once.
    FloorAtOnce(usize),
    /// Ours, with this many at once.
    Ours(usize),
    /// Ours, with a command that only enabled instances get.
    OursForNobody,
    /// The shell script.
    Script,
    /// postmulti(1).
    Postmulti,
}

/// Candidates that run one command after the other.
pub(crate) const ONE_BY_ONE: [Candidate; 4] =
    [Candidate::Floor, Candidate::Ours(1), Candidate::Script, Candidate::Postmulti];

impl Candidate {
    /// Its name in tables.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Floor => "plain loop".to_owned(),
            Self::FloorAtOnce(jobs) => format!("xargs -P {jobs}"),
            Self::Ours(1) => "postfix-wrapper (ours)".to_owned(),
            Self::Ours(jobs) => format!("ours --jobs {jobs}"),
            Self::OursForNobody => "ours, nothing to do".to_owned(),
            Self::Script => "postfix-wrapper (shell)".to_owned(),
            Self::Postmulti => "postmulti".to_owned(),
        }
    }

    /// Its commands, to be run one after the other.
    pub(crate) fn commands(self, scene: &Scene, instances: usize, kind: &str) -> Vec<Command> {
        let postfix = |number: usize| {
            let mut command = Command::new("/usr/sbin/postfix");
            command.arg("-c").arg(scene.instance(number)).arg("start");
            command
        };
        let manager = |words: &[&str]| {
            let mut command = Command::new(words[0]);
            command.args(&words[1..]);
            command
        };
        let ours = scene.manager.display().to_string();
        let mut commands = match self {
            Self::Floor => (0..instances).map(postfix).collect(),
            Self::FloorAtOnce(jobs) => vec![postfix(0), xargs(scene, instances, jobs)],
            Self::Ours(1) => vec![manager(&[&ours, "start"])],
            Self::Ours(jobs) => vec![manager(&[&ours, "--jobs", &jobs.to_string(), "start"])],
            Self::OursForNobody => vec![manager(&[&ours, "flush"])],
            Self::Script => vec![manager(&["/usr/lib/postfix/sbin/postfix-wrapper", "start"])],
            Self::Postmulti => vec![manager(&["/usr/sbin/postmulti", "-p", "--", "start"])],
        };
        for command in &mut commands {
            command
                .env_clear()
                .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
                .env("LC_ALL", "C")
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::inherit());
            if !matches!(self, Self::Floor | Self::FloorAtOnce(_)) {
                // What postfix(1) hands to its manager.
                command
                    .env("MAIL_CONFIG", &scene.covered)
                    .env("command_directory", "/usr/sbin")
                    .env("config_directory", &scene.covered)
                    .env("daemon_directory", scene.scripts(kind));
            }
        }
        commands
    }
}

/// `postfix -c DIR start` for all secondary instances, some at once.
fn xargs(scene: &Scene, instances: usize, jobs: usize) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", r#"printf '%s\n' "$@" | xargs -P "$0" -I DIR /usr/sbin/postfix -c DIR start"#])
        .arg(jobs.to_string())
        .args((1..instances).map(|number| scene.instance(number)));
    command
}
