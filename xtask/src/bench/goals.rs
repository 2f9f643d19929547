//! Compares the measured figures with what the manager promises: one line each, met or not.
//!
//! Knows the promises; nothing of how the figures came about. A promise that is not kept is reported, but
//! is no failure: the machine may be busy.

use super::candidate::Candidate;
use super::measure::{Measured, Series};
use super::ratios::{self, Spread, cpu, wall};

/// A figure, and on which side of its bound it must be.
struct Goal {
    what: String,
    figure: f64,
    bound: Bound,
}

enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

/// Most of what a thousand instances with fifty commands at once may take, in KiB.
const MOST_MEMORY: f64 = 64.0 * 1024.0;

/// The largest total beside the plain loop, in parts of its time.
const MOST_TOTAL: f64 = 1.03;

/// The largest cost, in parts of a rival's.
const MOST_COST: f64 = 1.0 / 30.0;

/// The least speed-up with 32 commands at once.
const LEAST_SPEED_UP: f64 = 28.0;

/// The least speed-up of a live start over the shell script's.
const LEAST_LIVE: f64 = 1.6;

/// The numbers of instances that promises are made for.
const PROMISED: [usize; 2] = [100, 1000];

impl Bound {
    fn holds(&self, figure: f64) -> bool {
        match *self {
            Self::AtMost(most) => figure <= most,
            Self::AtLeast(least) => figure >= least,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::AtMost(most) if *most < 100.0 => format!("at most {most:.3}"),
            Self::AtMost(most) => format!("at most {most:.0}"),
            Self::AtLeast(least) => format!("at least {least:.1}"),
        }
    }
}

/// A line for each promise that the figures say something of.
pub(crate) fn lines(measured: &Measured) -> Vec<String> {
    let goals = totals(measured)
        .into_iter()
        .chain(costs(measured))
        .chain(growth(measured))
        .chain(growth_of_many(measured))
        .chain(speed_up(measured))
        .chain(at_once(measured))
        .chain(memory(measured));
    goals.map(|goal| goal.line()).collect()
}

/// The line for a live start with `--jobs auto`, by its speed in times of the shell script's.
pub(crate) fn live(instances: &str, figure: f64) -> String {
    let what = format!("live start of {instances} instances, --jobs auto beside the shell script");
    Goal { what, figure, bound: Bound::AtLeast(LEAST_LIVE) }.line()
}

impl Goal {
    fn line(&self) -> String {
        let verdict = if self.bound.holds(self.figure) { "met" } else { "NOT met" };
        let digits = if self.figure < 100.0 { 3 } else { 0 };
        format!("{}: {:.digits$}, goal {}: {verdict}", self.what, self.figure, self.bound.text())
    }
}

fn totals(measured: &Measured) -> Vec<Goal> {
    let goal = |instances| {
        let ours = ratios::with(measured, Candidate::Ours(1), instances)?;
        let floor = ratios::with(measured, Candidate::Floor, instances)?;
        let figure = ratios::ratio(ours, floor, wall).median;
        let what = format!("{instances} instances, all in all beside the plain loop");
        Some(Goal { what, figure, bound: Bound::AtMost(MOST_TOTAL) })
    };
    PROMISED.into_iter().filter_map(goal).collect()
}

fn costs(measured: &Measured) -> Vec<Goal> {
    let promised = ratios::parts(measured).into_iter().filter(|part| PROMISED.contains(&part.instances));
    let goals = promised.flat_map(|part| {
        // A candidate that is quicker than the plain loop by chance has no cost to compare.
        let goal = |clock: &str, figure: Option<f64>| {
            let what = format!("{} instances, cost beside {}, {clock}", part.instances, part.rival.name());
            figure.map(|figure| Goal { what, figure, bound: Bound::AtMost(MOST_COST) })
        };
        [goal("wall clock", part.wall), goal("processors", part.cpu)].into_iter().flatten()
    });
    goals.collect()
}

/// Ten times as many instances take ten times as long, and at most a tenth more.
fn growth(measured: &Measured) -> Option<Goal> {
    let time = |series: &Series| Spread::of(series.runs.iter().map(wall).collect()).median;
    let few = ratios::with(measured, Candidate::Ours(1), PROMISED[0])?;
    let many = ratios::with(measured, Candidate::Ours(1), PROMISED[1])?;
    let what = format!("time of {} instances beside that of {}", PROMISED[1], PROMISED[0]);
    Some(Goal { what, figure: time(many) / time(few), bound: Bound::AtMost(11.0) })
}

/// Four times as many take four times as long of the processors, and hardly more; less if the start of the manager
/// itself is much of it.
fn growth_of_many(measured: &Measured) -> Option<Goal> {
    let [few, many] = &measured.growth[..] else { return None };
    let what = format!("processors' time of {} instances beside that of {}", many.instances, few.instances);
    Some(Goal { what, figure: ratios::ratio(many, few, cpu).median, bound: Bound::AtMost(4.4) })
}

fn speed_up(measured: &Measured) -> Option<Goal> {
    let (_, figure) = ratios::speed_ups(measured).into_iter().find(|(jobs, _)| *jobs == 32)?;
    let what = "commands that wait, speed-up by --jobs 32".to_owned();
    Some(Goal { what, figure, bound: Bound::AtLeast(LEAST_SPEED_UP) })
}

/// Compares with xargs(1), which shows how many commands at once the machine itself can run.
fn at_once(measured: &Measured) -> Option<Goal> {
    let of = |candidate| measured.waits.iter().find(|series| series.candidate == candidate);
    let figure = ratios::ratio(of(Candidate::Ours(32))?, of(Candidate::FloorAtOnce(32))?, wall).median;
    let what = "commands that wait, --jobs 32 beside xargs -P 32".to_owned();
    Some(Goal { what, figure, bound: Bound::AtMost(MOST_TOTAL) })
}

fn memory(measured: &Measured) -> Option<Goal> {
    let crowd = measured.crowd.as_ref()?;
    #[expect(clippy::cast_precision_loss, reason = "there is not that much memory")]
    let figure = crowd.memory? as f64;
    let what = format!("{} instances, {}, peak in KiB", crowd.instances, crowd.candidate.name());
    Some(Goal { what, figure, bound: Bound::AtMost(MOST_MEMORY) })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::measure::Run;
    use super::*;

    fn series(candidate: Candidate, instances: usize, milliseconds: u64) -> Series {
        let time = Duration::from_millis(milliseconds);
        Series { candidate, instances, runs: vec![Run { wall: time, cpu: time }], memory: Some(70_000) }
    }

    fn measured(ours_of_thousand: u64) -> Measured {
        let costs = vec![
            series(Candidate::Floor, 100, 300),
            series(Candidate::Ours(1), 100, 303),
            series(Candidate::Script, 100, 700),
            series(Candidate::Floor, 1000, 3000),
            series(Candidate::Ours(1), 1000, ours_of_thousand),
        ];
        let waits = vec![
            series(Candidate::Ours(1), 320, 64_000),
            series(Candidate::Ours(32), 320, 2_200),
            series(Candidate::FloorAtOnce(32), 320, 2_000),
        ];
        let crowd = Some(series(Candidate::Ours(50), 1000, 1));
        let growth =
            vec![series(Candidate::OursForNobody, 5000, 100), series(Candidate::OursForNobody, 20_000, 410)];
        Measured { costs, waits, crowd, growth, load: Default::default(), postfix: String::new() }
    }

    #[test]
    fn each_promise_has_a_line() {
        insta::assert_snapshot!(lines(&measured(3060)).join("\n"), @r"
        100 instances, all in all beside the plain loop: 1.010, goal at most 1.030: met
        1000 instances, all in all beside the plain loop: 1.020, goal at most 1.030: met
        100 instances, cost beside postfix-wrapper (shell), wall clock: 0.008, goal at most 0.033: met
        100 instances, cost beside postfix-wrapper (shell), processors: 0.008, goal at most 0.033: met
        time of 1000 instances beside that of 100: 10.099, goal at most 11.000: met
        processors' time of 20000 instances beside that of 5000: 4.100, goal at most 4.400: met
        commands that wait, speed-up by --jobs 32: 29.091, goal at least 28.0: met
        commands that wait, --jobs 32 beside xargs -P 32: 1.100, goal at most 1.030: NOT met
        1000 instances, ours --jobs 50, peak in KiB: 70000, goal at most 65536: NOT met
        ");
    }

    #[test]
    fn a_promise_that_is_not_kept_is_told_of() {
        let broken: Vec<String> =
            lines(&measured(3400)).into_iter().filter(|line| line.ends_with(": NOT met")).collect();
        assert_eq!(broken.len(), 4, "{broken:?}");
    }

    #[test]
    fn a_cost_beside_a_rival_that_has_none_is_no_promise() {
        let mut measured = measured(3060);
        measured.costs[2] = series(Candidate::Script, 100, 290);
        let told: Vec<String> =
            lines(&measured).into_iter().filter(|line| line.contains("cost beside")).collect();
        assert_eq!(told, Vec::<String>::new());
    }

    #[test]
    fn what_was_not_measured_is_no_promise() {
        let nothing = Measured {
            costs: Vec::new(),
            waits: Vec::new(),
            crowd: None,
            growth: Vec::new(),
            load: Default::default(),
            postfix: String::new(),
        };
        assert_eq!(lines(&nothing), Vec::<String>::new());
    }
}
