//! Times the simulated programs beside the installed ones, in turns, and gives ratios of medians. Judges nothing.

use std::time::Duration;

use postfix_fakes::bytes::ByteString;

use super::Measure;
use super::error::FidelityError;
use super::system_pair::Side;
use postfix_harness::invocation::{Invocation, Program};
use postfix_harness::layout::{Draft, Instance, Layout};
use postfix_harness::outcome::Ended;
use postfix_harness::supervisor::timing;
use postfix_harness::testbed::{Testbed, TestbedError};

/// How many turns each side has.
const TURNS: usize = 9;

/// How many runs a turn has.
const RUNS: usize = 20;

/// Two programs that do the same, timed.
#[derive(Clone, Debug)]
pub struct Ratio {
    /// What they do.
    pub what: &'static str,
    /// The median of the simulated one's runs.
    pub simulated: Duration,
    /// The median of the installed one's runs.
    pub installed: Duration,
    /// The most that the ratio should be.
    pub goal: f64,
}

impl Ratio {
    /// The time of the simulated one as a part of the installed one's.
    pub fn ratio(&self) -> f64 {
        self.simulated.as_secs_f64() / self.installed.as_secs_f64()
    }
}

/// What is timed: what it is, the command below `command_directory`, and the goal.
const TIMED: [(&str, &str, f64); 2] = [
    ("postconf -h NAME", "postconf -c @default@ -h multi_instance_enable", 0.5),
    ("postfix -c DIR status", "postfix -c @default@ status", 0.1),
];

impl Measure<'_> {
    /// Times the simulated programs and the installed ones, scripts included.
    ///
    /// # Errors
    /// When one of them cannot be run.
    pub fn speed(&self) -> Result<Vec<Ratio>, FidelityError> {
        TIMED.iter().map(|(what, command, goal)| self.time(what, command, *goal)).collect()
    }

    fn time(&self, what: &'static str, command: &str, goal: f64) -> Result<Ratio, FidelityError> {
        let (mut simulated, mut installed) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            simulated.extend(self.turn(Side::Simulated, command)?);
            installed.extend(self.turn(Side::Installed, command)?);
        }
        Ok(Ratio { what, simulated: median(simulated), installed: median(installed), goal })
    }

    fn turn(&self, side: Side, command: &str) -> Result<Vec<Duration>, FidelityError> {
        let stage = self.stage(side);
        let directory = match side {
            Side::Simulated => "@root@/usr/sbin".to_owned(),
            Side::Installed => self.installed.command_directory.display().to_string(),
        };
        let watch = format!("@root@/{} {RUNS} {directory}/{command}", timing::NAME);
        let manager = ByteString::default();
        let world = stage.world(self.run, "speed", &self.layout(side)?, &manager)?;
        let words: Vec<&str> = watch.split(' ').collect();
        let command = Invocation { entry: Program::Other, ..Invocation::postfix(&words) };
        let outcome = stage.run(&world, &command)?;
        let times: Vec<Duration> = String::from_utf8_lossy(&outcome.stdout)
            .lines()
            .filter_map(|line| line.parse().ok())
            .map(Duration::from_nanos)
            .collect();
        if outcome.ended != Ended::Exited(0) || times.len() != RUNS {
            let why = format!("{watch}: {}", outcome.ended);
            return Err(TestbedError::Broken(why).into());
        }
        Ok(times)
    }

    /// A system in which the installed programs find the installed scripts.
    fn layout(&self, side: Side) -> Result<Layout, FidelityError> {
        let mut default = Instance::default();
        if side == Side::Installed {
            for (name, directory) in [
                ("command_directory", &self.installed.command_directory),
                ("daemon_directory", &self.installed.daemon_directory),
            ] {
                default.settings.insert(name.to_owned(), directory.clone().into());
            }
        }
        let draft = Draft { default, ..Draft::default() };
        Layout::try_from(draft).map_err(|error| TestbedError::Broken(error.to_string()).into())
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
