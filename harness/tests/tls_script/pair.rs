//! The two worlds that a call is made in: one of fakes, one with the installed postfix, postconf, postlog and
//! postfix-tls-script. Knows what is looked at in each, not what should be there.

use std::path::{Path, PathBuf};
use std::time::Duration;

use postfix_fakes::bytes::ByteString;
use postfix_harness::invocation::Invocation;
use postfix_harness::layout::{Draft, Instance, Layout};
use postfix_harness::outcome::Outcome;
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::testbed::sandbox::Sandbox;
use postfix_harness::testbed::{Need, Testbed, TestbedError};
use postfix_harness::world::{World, WorldOptions};
use postfix_process::skip::skip;
use tempfile::TempDir;

use super::calls::{Call, Obstacle};
use super::files::{self, Files, described, made_alike, without_moment};

/// How long a call may take on a busy machine: a new key takes as long as it takes.
const DEADLINE: Duration = Duration::from_secs(120);

/// Both sides.
pub(crate) struct Pair {
    run: RunDirectory,
    sandbox: Sandbox,
    script: PathBuf,
    files: Files,
}

/// One side, as a testbed.
struct Side<'a> {
    pair: &'a Pair,
    is_installed: bool,
}

impl Testbed for Side<'_> {
    fn name(&self) -> &'static str {
        "tls"
    }

    fn missing(&self, run: &RunDirectory) -> Result<Option<Need>, TestbedError> {
        self.pair.sandbox.missing(run)
    }

    fn world_options(&self, manager: &ByteString) -> WorldOptions {
        let mut options = self.pair.sandbox.world_options(manager);
        if self.is_installed {
            options.installed.push(("usr/sbin/postlog".into(), "/usr/sbin/postlog".into()));
            options
                .installed
                .push(("usr/libexec/postfix/postfix-tls-script".into(), self.pair.script.clone()));
        } else {
            options.installed.clear();
        }
        options
    }

    fn run(&self, world: &World, invocation: &Invocation) -> Result<Outcome, TestbedError> {
        self.pair.sandbox.run(world, invocation)
    }
}

impl Pair {
    /// Both sides, unless there is nothing to compare with; then says why.
    pub(crate) fn new() -> Option<Self> {
        let run = RunDirectory::create(
            Path::new(env!("CARGO_TARGET_TMPDIR")),
            Path::new(env!("CARGO_BIN_EXE_postfix-world-program")),
        )
        .unwrap();
        let sandbox = Sandbox::default();
        if let Some(need) = sandbox.missing(&run).unwrap() {
            skip(need);
            return None;
        }
        let daemons = sandbox.default_of("daemon_directory").unwrap();
        let script = Path::new(&daemons).join("postfix-tls-script");
        if !script.is_file() {
            skip(format!("{} is not there", script.display()));
            return None;
        }
        let place = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        match files::make(place.path()) {
            Ok(files) => Some(Self { run, sandbox, script, files }),
            Err(why) => {
                skip(why);
                None
            }
        }
    }

    /// What both do: the simulated one, the installed one.
    pub(crate) fn observe(&self, call: &Call) -> (Vec<String>, Vec<String>) {
        let side = |is_installed| Side { pair: self, is_installed }.observe(call);
        (side(false), side(true))
    }
}

impl Side<'_> {
    fn observe(&self, call: &Call) -> Vec<String> {
        let layout = layout(call);
        let world = self.world(&self.pair.run, "tls", &layout, &ByteString::from("/nonexistent")).unwrap();
        let instance = layout.instances().last().unwrap();
        let directory = world.config_directory_below_root(instance);
        for (name, text) in &self.pair.files {
            std::fs::write(directory.join(name), text).unwrap();
        }
        if call.obstacle == Obstacle::EditsFail {
            std::fs::create_dir(directory.join("main.cf.tmp")).unwrap();
        }
        let mut seen = Vec::new();
        for words in call.words {
            let words: Vec<String> = words.iter().map(|word| located(word, &directory)).collect();
            let seen_by_programs = world.config_directory(instance).display().to_string();
            let mut arguments = vec!["-c", &seen_by_programs, "tls"];
            arguments.extend(words.iter().map(String::as_str));
            let invocation =
                Invocation { terminal: true, deadline: DEADLINE, ..Invocation::postfix(&arguments) };
            let outcome = self.run(&world, &invocation).unwrap();
            seen.push(format!("postfix {} {}", arguments.join(" "), outcome.ended));
            seen.extend(lines(&world, "output", &outcome.stdout));
            seen.extend(lines(&world, "error", &outcome.stderr));
            let refused = |event: &&postfix_fakes::journal::Event| {
                matches!(event.what, postfix_fakes::journal::What::Unsupported { .. })
            };
            seen.extend(outcome.events.iter().filter(refused).map(|event| format!("{event:?}")));
        }
        seen.extend(self.left_behind(&world, &directory));
        seen.iter().map(|line| without_moment(&world.relative(line.as_bytes()))).collect()
    }

    /// The files of the configuration directory, with modes.
    fn left_behind(&self, world: &World, directory: &Path) -> Vec<String> {
        use std::os::unix::fs::PermissionsExt;
        let mut paths: Vec<_> =
            std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
            .iter()
            .flat_map(|path| {
                let mode = path.metadata().unwrap().permissions().mode();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                let what =
                    if path.is_dir() { "directory".to_owned() } else { described(path, &self.pair.files) };
                let mut lines = lines(world, &format!("{name} {mode:o}"), what.as_bytes());
                // The installed postconf(1) appends new settings in the order of a hash table, which is chance.
                if name == "main.cf" {
                    lines.sort();
                }
                lines
            })
            .collect()
    }
}

/// One instance, or a secondary one beside the default one.
fn layout(call: &Call) -> Layout {
    let with = |mut instance: Instance, main_cf: &str| {
        instance.main_cf = Some(main_cf.into());
        instance
    };
    let draft = match call.secondary_beside {
        None => Draft { default: with(Instance::default(), call.main_cf), ..Draft::default() },
        Some(default) => Draft {
            default: with(Instance::default(), default),
            instances: vec![with(Instance::enabled("a"), call.main_cf)],
            ..Draft::default()
        },
    };
    Layout::try_from(draft).unwrap()
}

/// A word, with the newest key and certificate for the names that stand for them.
fn located(word: &str, directory: &Path) -> String {
    let start = match word {
        "KEY" => "key-",
        "CERT" => "cert-",
        other => return other.to_owned(),
    };
    let names = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| name.into_string().unwrap()).filter(|name| name.starts_with(start));
    // The moment is a part of the name.
    names.max().unwrap()
}

fn lines(world: &World, mark: &str, text: &[u8]) -> Vec<String> {
    let text = world.relative(text);
    made_alike(&text).lines().map(|line| format!("{mark}: {line}")).collect()
}
