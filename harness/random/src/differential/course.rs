//! Runs steps with one of the two tools on the container's system, and records what the comparison needs.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;

use super::difference::{Difference, Seen};
use super::footprint::Footprint;
use super::mounts;
use super::owners::{Defaults, Owners, Unsound};
use super::properties::{self, Came};
use super::running::{self, Running};
use super::situations::PRELUDE;
use super::step::Step;
use super::step_cache::{Side, StepCache};
use super::system::{self, Snapshot, System};
use super::words::Call;

/// Past it, in seconds, a call of ours hangs. It has to end within ten more when it is told to.
const BOUND: &str = "90";

/// How long postmulti may take. It has no bound of its own.
const PATIENCE: &str = "60";

/// The same if a main.cf cannot be read, so that it does nothing or hangs.
const IMPATIENCE: &str = "5";

/// How long a program may take to end that was asked to, before it is killed.
const TO_END: &str = "--kill-after=10";

/// What one process may have of memory, in KiB: a main.cf without end must not take all there is.
const MEMORY: &str = "1000000";

/// One call in so many is asked to end before it is carried out, at one of so many moments.
const ASKED_EVERY: u64 = 12;
const MOMENTS: u64 = 40;

/// The tool that comes with Postfix.
const THEIRS: &str = "/usr/sbin/postmulti";

/// Where ours is called from in the container: beside the other commands, as it is installed.
const OURS: &str = "/usr/sbin/postfix-multi";

/// The default instance's configuration.
const DEFAULT: &str = "/etc/postfix";

/// Both tools and the system.
#[derive(Debug)]
pub(super) struct Tools {
    system: System,
    defaults: Defaults,
    memory: RefCell<StepCache>,
}

/// What one tool has made of the system so far.
pub(super) struct Course<'a> {
    tools: &'a Tools,
    side: Side,
    /// The system behind the last step.
    now: Rc<Snapshot>,
    /// The system that the container has: an earlier one if the results of some steps were known.
    there: Option<Rc<Snapshot>>,
    /// How many steps were carried out for it; the others had been, on the very same system.
    pub(super) carried_out: usize,
}

impl<'a> Course<'a> {
    /// One that begins on the system as it was at first.
    pub(super) fn new(tools: &'a Tools, side: Side) -> Self {
        Self { tools, side, now: tools.system.pristine(), there: None, carried_out: 0 }
    }

    /// Carries out the next step.
    ///
    /// # Errors
    /// When the system cannot be read or written.
    pub(super) fn go_on(&mut self, step: &Step) -> io::Result<Rc<Seen>> {
        let seen = self.tools.memory.borrow_mut().recall(self.side, step, &self.now, || {
            if self.there.as_ref() != Some(&self.now) {
                self.tools.system.become_like(&self.now)?;
            }
            let seen = self.tools.carry_out(self.side, step, &self.now)?;
            self.there = Some(Rc::clone(&seen.snapshot));
            self.carried_out += 1;
            Ok::<_, io::Error>(seen)
        })?;
        self.now = Rc::clone(&seen.snapshot);
        Ok(seen)
    }
}

impl Tools {
    /// Takes over the container that this runs in. `ours` is our own tool, `program` this program.
    ///
    /// # Errors
    /// When this is no container, or it cannot be prepared.
    pub(super) fn prepare(ours: &Path, program: &Path) -> io::Result<Self> {
        let system = System::take_over()?;
        // By another process: what this one has written cannot be run for a moment.
        let copied = Command::new("cp").arg("--").arg(ours).arg(OURS).status()?;
        if !copied.success() {
            return Err(io::Error::other(format!("{} cannot be installed: {copied}", ours.display())));
        }
        let defaults = Defaults::ask()?;
        running::install(program, &defaults.path("daemon_directory"))?;
        Ok(Self { system, defaults, memory: RefCell::default() })
    }

    /// Forgets what came of steps.
    pub(super) fn forget(&self) {
        self.memory.borrow_mut().clear();
    }

    fn carry_out(&self, side: Side, step: &Step, before: &Rc<Snapshot>) -> io::Result<Seen> {
        match (side, step) {
            (Side::Ours, Step::Tool(words)) => self.ours(words, before),
            (Side::Theirs, Step::Tool(words)) => {
                let is_damaged = self.owners(before)?.unsound(before).contains(&Unsound::Damaged);
                let patience = if is_damaged { IMPATIENCE } else { PATIENCE };
                let came = call(THEIRS, words, &["--signal=KILL", patience])?;
                self.seen(came, words)
            }
            (_, Step::Meanwhile(text)) => {
                let text = format!("{PRELUDE}\n{text}");
                let came = call("sh", &["-c".to_owned(), text], &["--signal=KILL", BOUND])?;
                self.seen(came, &[])
            }
            (_, Step::Bind(origin, place)) => {
                let done = mounts::bind(Path::new(origin), Path::new(place));
                self.seen(of_result(&done), &[])
            }
            (_, Step::Run(config)) => {
                let done = self.start(before, Path::new(config));
                self.seen(of_result(&done), &[])
            }
        }
    }

    fn owners(&self, snapshot: &Snapshot) -> io::Result<Owners> {
        Owners::of(snapshot, Path::new(DEFAULT), &self.defaults)
    }

    fn start(&self, before: &Snapshot, config: &Path) -> io::Result<()> {
        let owners = self.owners(before)?;
        let instance = owners.instances.into_iter().find(|one| one.config == config);
        let says = instance.and_then(|one| one.says).ok_or_else(|| io::Error::other("it is not there"))?;
        Running { config: config.to_owned(), queue: says.queue, data: says.data }.start()
    }

    /// A call of ours, with all that is tried before it on the same system.
    fn ours(&self, words: &[String], before: &Rc<Snapshot>) -> io::Result<Seen> {
        let request = Call::of(words);
        let owners = self.owners(before)?;
        let allowed = Footprint::of(&request, &owners, before);
        let mut broken = Vec::new();
        let dry = match request.action {
            Some(_) => Some(self.dry_run(words, before, &mut broken)?),
            None => None,
        };
        if let Some(moment) = moment(words, before) {
            let came = call(OURS, words, &["--signal=TERM", TO_END, &moment])?;
            broken.extend(properties::end_when_asked(&came));
            let left = self.system.look()?;
            broken.extend(properties::footprint(&allowed, before, &left));
            self.system.become_like(before)?;
        }
        let came = call(OURS, words, &["--signal=TERM", TO_END, BOUND])?;
        let after = self.system.look()?;
        broken.extend(properties::end(&came, "the call"));
        broken.extend(properties::footprint(&allowed, before, &after));
        broken.extend(properties::silence(&request, &came, &owners, &self.owners(&after)?, &after));
        if let Some((dry, behind)) = dry {
            broken.extend(properties::dry_run(&dry, &came, before, &behind));
        }
        Ok(Seen { broken, unsound: owners.unsound(before), ..self.seen(came, words)? })
    }

    fn dry_run(
        &self,
        words: &[String],
        before: &Rc<Snapshot>,
        broken: &mut Vec<Difference>,
    ) -> io::Result<(Came, Snapshot)> {
        let words = [vec!["--dry-run".to_owned()], words.to_vec()].concat();
        let came = call(OURS, &words, &["--signal=TERM", TO_END, BOUND])?;
        broken.extend(properties::end(&came, "with --dry-run"));
        let behind = self.system.look()?;
        if behind != **before {
            self.system.become_like(before)?;
        }
        Ok((came, behind))
    }

    fn seen(&self, came: Came, words: &[String]) -> io::Result<Seen> {
        let Came { status, mut stdout, stderr } = came;
        if words.last().is_some_and(|word| word == "env") {
            // The order of variables is nobody's business.
            let mut lines: Vec<&str> = stdout.lines().collect();
            lines.sort_unstable();
            stdout = lines.join("\n");
        }
        let stdout = without_copies(&stdout);
        let snapshot = Rc::new(self.system.look()?);
        system::age(&snapshot)?;
        Ok(Seen { status, stdout, stderr, snapshot, broken: Vec::new(), unsound: BTreeSet::new() })
    }
}

/// Without the lines of Debian's postfix-script that name the files that it copied into a queue. It copies if the
/// time of the copy is another one, and a system that was made again has other times. The copies are compared as files.
fn without_copies(stdout: &str) -> String {
    let is_copy = |line: &&str| line.starts_with("updating /") && line.contains(" => /");
    stdout.split_inclusive('\n').filter(|line| !is_copy(line)).collect()
}

/// Runs a program below timeout(1), with bounded memory.
fn call(program: &str, words: &[String], limit: &[&str]) -> io::Result<Came> {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -v {MEMORY}; exec timeout \"$@\""), "sh"]);
    command.args(limit).arg(program).args(words);
    command.env_clear().envs([
        ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
        ("HOME", "/root"),
        ("LC_ALL", "C"),
        ("TZ", "UTC"),
    ]);
    let output = command.current_dir(PathBuf::from("/")).stdin(Stdio::null()).output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Came { status: output.status.to_string(), stdout: text(&output.stdout), stderr: text(&output.stderr) })
}

fn of_result(done: &io::Result<()>) -> Came {
    let (status, stderr) = match done {
        Ok(()) => (0, String::new()),
        Err(error) => (1, error.to_string()),
    };
    Came { status: format!("exit status: {status}"), stdout: String::new(), stderr }
}

/// When a call is asked to end that is tried before, for some: the same for the same call on the same system.
fn moment(words: &[String], before: &Snapshot) -> Option<String> {
    let mut hasher = DefaultHasher::new();
    (words, before).hash(&mut hasher);
    let number = hasher.finish();
    (number % ASKED_EVERY == 0).then(|| format!("0.{:03}", 10 + number / ASKED_EVERY % MOMENTS * 10))
}

#[cfg(test)]
mod tests {
    use super::{Snapshot, moment, without_copies};

    #[test]
    fn what_debian_says_about_copies_is_not_compared() {
        let stdout = "one\nupdating /etc/hosts => /var/spool/postfix//etc/hosts\nupdating aliases\ntwo";
        assert_eq!(without_copies(stdout), "one\nupdating aliases\ntwo");
    }

    #[test]
    fn some_calls_are_asked_to_end_each_time_at_the_same_moment() {
        let words = |number: usize| vec![number.to_string()];
        let asked: Vec<String> = (0..1200).filter_map(|one| moment(&words(one), &Snapshot::new())).collect();
        assert!((50..200).contains(&asked.len()), "{}", asked.len());
        assert!(asked.iter().all(|one| one.starts_with("0.") && one.len() == 5), "{asked:?}");
        assert_eq!(moment(&words(7), &Snapshot::new()), moment(&words(7), &Snapshot::new()));
    }
}
