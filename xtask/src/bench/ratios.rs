//! Computes medians, ratios and speed-ups of what was measured.

use super::candidate::Candidate;
use super::measure::{Measured, Run, Series};

/// A median with the quartiles on both sides of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

impl Spread {
    pub(crate) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |quarter: usize| values.get((values.len().saturating_sub(1)) * quarter / 4).copied();
        let value = |quarter| at(quarter).unwrap_or(f64::NAN);
        Self { low: value(1), median: value(2), high: value(3) }
    }
}

pub(super) fn wall(run: &Run) -> f64 {
    run.wall.as_secs_f64()
}

pub(super) fn cpu(run: &Run) -> f64 {
    run.cpu.as_secs_f64()
}

/// Our cost as a part of a rival's.
pub(crate) struct Part {
    pub(crate) instances: usize,
    pub(crate) rival: Candidate,
    /// By the wall clock.
    pub(crate) wall: Option<f64>,
    /// Of the processors.
    pub(crate) cpu: Option<f64>,
}

/// One cost as a part of another; none if a cost is not positive. That happens on a busy machine: the plain loop may
/// have run while it was busiest.
pub(super) fn part_of(ours: f64, rival: f64) -> Option<f64> {
    (ours > 0.0 && rival > 0.0).then(|| ours / rival)
}

/// The ratios of a candidate's runs to another's in the same turns.
pub(crate) fn ratio(series: &Series, to: &Series, of: impl Fn(&Run) -> f64) -> Spread {
    Spread::of(series.runs.iter().zip(&to.runs).map(|(run, to)| of(run) / of(to)).collect())
}

/// What a candidate costs an instance beside the commands themselves, in seconds, turn by turn.
pub(crate) fn cost(series: &Series, floor: &Series, of: impl Fn(&Run) -> f64) -> Spread {
    #[expect(clippy::cast_precision_loss, reason = "there are not that many instances")]
    let count = series.instances as f64;
    Spread::of(
        series.runs.iter().zip(&floor.runs).map(|(run, floor)| (of(run) - of(floor)) / count).collect(),
    )
}

/// The series with one number of instances.
pub(crate) fn with(measured: &Measured, candidate: Candidate, instances: usize) -> Option<&Series> {
    measured.costs.iter().find(|series| series.candidate == candidate && series.instances == instances)
}

/// Our cost as a part of each rival's.
pub(crate) fn parts(measured: &Measured) -> Vec<Part> {
    let mut parts = Vec::new();
    for ours in measured.costs.iter().filter(|series| series.candidate == Candidate::Ours(1)) {
        let Some(floor) = with(measured, Candidate::Floor, ours.instances) else { continue };
        for rival in [Candidate::Script, Candidate::Postmulti] {
            let Some(series) = with(measured, rival, ours.instances) else { continue };
            let part =
                |of: fn(&Run) -> f64| part_of(cost(ours, floor, of).median, cost(series, floor, of).median);
            parts.push(Part { instances: ours.instances, rival, wall: part(wall), cpu: part(cpu) });
        }
    }
    parts
}

/// How much faster commands that wait are through, by the number at once.
pub(crate) fn speed_ups(measured: &Measured) -> Vec<(usize, f64)> {
    let time = |series: &Series| Spread::of(series.runs.iter().map(wall).collect()).median;
    let Some(one) = measured.waits.first().map(time) else { return Vec::new() };
    let speed_up = |series: &Series| match series.candidate {
        Candidate::Ours(jobs) => Some((jobs, one / time(series))),
        _ => None,
    };
    measured.waits.iter().filter_map(speed_up).collect()
}
