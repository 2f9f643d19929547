//! Times each candidate, in turns.

use std::fs;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

use super::candidate::{Candidate, ONE_BY_ONE};
use super::fixture::{MOST, Scene};
use crate::message;

/// How thorough it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Thoroughness {
    /// Every number of instances, as often as it takes.
    Full,
    /// Small numbers, a few times: to see that it works.
    Brief,
}

/// How many commands at once the manager's memory is promised for.
const CROWD: usize = 50;

/// With so many waiting commands at once or fewer, a run takes long and its time differs little, so one is enough. With
/// more at once, runs are repeated.
const FEW_JOBS: usize = 8;
const TURNS_OF_MANY_JOBS: usize = 5;

/// The numbers of instances whose cost is compared, and how often it is taken. The files of a turn are made once for
/// several runs, as that takes longer than the runs.
pub(crate) const GROWTH: [usize; 2] = [5_000, 20_000];
const TURNS_OF_GROWTH: usize = 5;
const RUNS_IN_A_TURN: usize = 3;

/// One run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    /// From its start to its end.
    pub(crate) wall: Duration,
    /// Of the processors, all its processes together.
    pub(crate) cpu: Duration,
}

/// All runs of a candidate with one number of instances.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) candidate: Candidate,
    pub(crate) instances: usize,
    pub(crate) runs: Vec<Run>,
    /// The manager's own peak, in KiB; nothing for the loop, which is part of this program.
    pub(crate) memory: Option<usize>,
}

impl Series {
    /// One without runs so far.
    fn of(candidate: Candidate, instances: usize) -> Self {
        Self { candidate, instances, runs: Vec::new(), memory: None }
    }
}

/// Everything.
#[derive(Debug)]
pub(crate) struct Measured {
    /// Commands that do nothing.
    pub(crate) costs: Vec<Series>,
    /// Commands that wait.
    pub(crate) waits: Vec<Series>,
    /// As many instances as there are, with many commands at once: what the manager's memory comes to.
    pub(crate) crowd: Option<Series>,
    /// Instances for which there is nothing to do: what the manager itself takes for few of them, and for many.
    pub(crate) growth: Vec<Series>,
    /// The load of the machine, before and after.
    pub(crate) load: [String; 2],
    pub(crate) postfix: String,
}

/// Takes all of them.
pub(crate) fn all(scene: &Scene, thoroughness: Thoroughness) -> Result<Measured, String> {
    let load = || fs::read_to_string("/proc/loadavg").unwrap_or_default().trim().to_owned();
    let before = load();
    let sizes: &[(usize, usize)] = match thoroughness {
        Thoroughness::Full => &[(1, 16), (10, 16), (100, 32), (MOST, 8)],
        Thoroughness::Brief => &[(1, 3), (10, 3)],
    };
    let mut costs = Vec::new();
    for (instances, turns) in sizes {
        costs.extend(costs_of(scene, *instances, *turns)?);
    }
    let (instances, jobs): (usize, &[usize]) = match thoroughness {
        Thoroughness::Full => (320, &[1, 2, 4, 8, 16, 32, 64]),
        Thoroughness::Brief => (8, &[1, 4]),
    };
    let waits = waits_of(scene, instances, jobs)?;
    let crowd = match thoroughness {
        Thoroughness::Full => Some(crowd(scene)?),
        Thoroughness::Brief => None,
    };
    let growth = match thoroughness {
        Thoroughness::Full => growth_of(scene)?,
        Thoroughness::Brief => Vec::new(),
    };
    let version = std::process::Command::new("/usr/sbin/postconf").args(["-dh", "mail_version"]).output();
    let postfix = version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    Ok(Measured { costs, waits, crowd, growth, load: [before, load()], postfix: postfix.unwrap_or_default() })
}

fn costs_of(scene: &Scene, instances: usize, turns: usize) -> Result<Vec<Series>, String> {
    message::complain(&format!("{instances} instances, {turns} turns"));
    arrange(scene, instances, "noop")?;
    let mut series: Vec<Series> =
        ONE_BY_ONE.iter().map(|candidate| Series::of(*candidate, instances)).collect();
    for turn in 0..turns {
        // Each candidate is first equally often.
        let count = series.len();
        for place in 0..count {
            let series = &mut series[(turn + place) % count];
            series.runs.push(run(scene, series.candidate, instances, "noop")?);
        }
    }
    arrange(scene, instances, "memory")?;
    for series in series.iter_mut().filter(|series| series.candidate != Candidate::Floor) {
        series.memory = peak(scene, series.candidate, instances)?;
    }
    Ok(series)
}

fn waits_of(scene: &Scene, instances: usize, jobs: &[usize]) -> Result<Vec<Series>, String> {
    message::complain(&format!("{instances} instances whose commands wait"));
    arrange(scene, instances, "wait")?;
    let mut all = Vec::new();
    for jobs in jobs {
        let candidates: &[Candidate] = &[Candidate::Ours(*jobs), Candidate::FloorAtOnce(*jobs)];
        let (candidates, turns) =
            if *jobs > FEW_JOBS { (candidates, TURNS_OF_MANY_JOBS) } else { (&candidates[..1], 1) };
        let first = all.len();
        all.extend(candidates.iter().map(|candidate| Series::of(*candidate, instances)));
        for _ in 0..turns {
            for series in &mut all[first..] {
                series.runs.push(run(scene, series.candidate, instances, "wait")?);
            }
        }
    }
    Ok(all)
}

/// The commands write, so that there is output to be kept together.
fn crowd(scene: &Scene) -> Result<Series, String> {
    message::complain(&format!("{MOST} instances, {CROWD} at once"));
    arrange(scene, MOST, "memory")?;
    let candidate = Candidate::Ours(CROWD);
    let memory = peak(scene, candidate, MOST)?;
    Ok(Series { candidate, instances: MOST, runs: Vec::new(), memory })
}

/// The manager alone, as no command is run but the default instance's. The sizes take turns, as the candidates do.
fn growth_of(scene: &Scene) -> Result<Vec<Series>, String> {
    let mut all = GROWTH.map(|instances| Series::of(Candidate::OursForNobody, instances));
    for _ in 0..TURNS_OF_GROWTH {
        for series in &mut all {
            message::complain(&format!("{} instances that are not enabled", series.instances));
            scene
                .arrange_idle(series.instances)
                .map_err(|error| format!("cannot make the instances: {error}"))?;
            for _ in 0..RUNS_IN_A_TURN {
                series.runs.push(run(scene, series.candidate, series.instances, "noop")?);
            }
        }
    }
    Ok(all.into())
}

fn arrange(scene: &Scene, instances: usize, kind: &str) -> Result<(), String> {
    scene.arrange(instances, kind).map_err(|error| format!("cannot make the instances: {error}"))
}

/// Runs a candidate once.
fn run(scene: &Scene, candidate: Candidate, instances: usize, kind: &str) -> Result<Run, String> {
    let commands = candidate.commands(scene, instances, kind);
    let (begun, cpu) = (Instant::now(), cpu_of_children()?);
    for mut command in commands {
        let status = command.status().map_err(|error| format!("{}: {error}", candidate.name()))?;
        if !status.success() {
            return Err(format!("{} with {instances} instances: {status}", candidate.name()));
        }
    }
    Ok(Run { wall: begun.elapsed(), cpu: cpu_of_children()?.saturating_sub(cpu) })
}

fn cpu_of_children() -> Result<Duration, String> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|error| format!("getrusage: {error}"))?;
    let duration = |time: TimeVal| {
        let micros = time.tv_sec().saturating_mul(1_000_000).saturating_add(time.tv_usec());
        Duration::from_micros(u64::try_from(micros).unwrap_or_default())
    };
    Ok(duration(usage.user_time()) + duration(usage.system_time()))
}

/// The most memory that the manager itself has had, as its commands have seen it.
fn peak(scene: &Scene, candidate: Candidate, instances: usize) -> Result<Option<usize>, String> {
    let seen = scene.scripts("memory").join("seen");
    let _ = fs::remove_file(&seen);
    run(scene, candidate, instances, "memory")?;
    let text = fs::read_to_string(seen).unwrap_or_default();
    Ok(text.lines().filter_map(|line| line.split_whitespace().nth(1)?.parse().ok()).max())
}
