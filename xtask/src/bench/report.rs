//! Prints the measurements as a table and as JSON: medians, and how far the middle half of the runs is spread.
//!
//! Knows nothing of how it was measured, and judges nothing but whether a goal is met.

use serde_json::{Value, json};

use super::candidate::Candidate;
use super::goals;
use super::measure::{Measured, Series};
use super::ratios::{Part, Spread, cost, cpu, parts, ratio, speed_ups, wall, with};
use crate::message;

/// Prints everything.
pub(crate) fn tell(measured: &Measured) {
    message::say(&format!(
        "Postfix {}; load {} before, {} after; medians, quartiles in brackets",
        measured.postfix, measured.load[0], measured.load[1]
    ));
    message::say(&format!(
        "{:>9}  {:<24}{:>24}{:>24}{:>26}{:>26}{:>11}",
        "instances",
        "",
        "wall to the loop",
        "CPU to the loop",
        "wall cost, ms/instance",
        "CPU cost, ms/instance",
        "peak"
    ));
    for series in &measured.costs {
        let Some(floor) = with(measured, Candidate::Floor, series.instances) else { continue };
        let shown = |spread: Spread, factor: f64| {
            let Spread { low, median, high } = spread;
            format!("{:.3} [{:.3} {:.3}]", median * factor, low * factor, high * factor)
        };
        let memory = series.memory.map_or_else(|| "-".to_owned(), |memory| format!("{memory} KiB"));
        message::say(&format!(
            "{:>9}  {:<24}{:>24}{:>24}{:>26}{:>26}{memory:>11}",
            series.instances,
            series.candidate.name(),
            shown(ratio(series, floor, wall), 1.0),
            shown(ratio(series, floor, cpu), 1.0),
            shown(cost(series, floor, wall), 1e3),
            shown(cost(series, floor, cpu), 1e3),
        ));
    }
    for Part { instances, rival, wall, cpu } in parts(measured) {
        message::say(&format!(
            "{instances:>9}  beside {}, ours costs {} by the wall clock, {} of the processors",
            rival.name(),
            fraction(wall),
            fraction(cpu)
        ));
    }
    for (jobs, speed_up) in speed_ups(measured) {
        message::say(&format!(
            "commands that wait, --jobs {jobs}: {speed_up:.1} times as fast as one by one"
        ));
    }
    for line in goals::lines(measured) {
        message::say(&line);
    }
}

/// A part as a fraction.
fn fraction(part: Option<f64>) -> String {
    part.map_or_else(|| "what cannot be measured here".to_owned(), |part| format!("1/{:.0}", 1.0 / part))
}

/// Every single run, for other evaluations.
pub(crate) fn json(measured: &Measured) -> String {
    let series = |series: &Series| -> Value {
        let runs: Vec<Value> = series
            .runs
            .iter()
            .map(|run| json!({ "wall_seconds": wall(run), "cpu_seconds": cpu(run) }))
            .collect();
        json!({
            "candidate": series.candidate.name(),
            "instances": series.instances,
            "runs": runs,
            "peak_kib": series.memory,
        })
    };
    let value = json!({
        "postfix": measured.postfix,
        "load_before": measured.load[0],
        "load_after": measured.load[1],
        "noop": measured.costs.iter().map(series).collect::<Vec<_>>(),
        "wait": measured.waits.iter().map(series).collect::<Vec<_>>(),
        "crowd": measured.crowd.as_ref().map(series),
    });
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::ratios::part_of;

    #[test]
    fn a_part_below_nothing_is_no_fraction() {
        assert_eq!(fraction(part_of(1.0, 50.0)), "1/50");
        for (ours, rival) in [(-1.0, 50.0), (1.0, -50.0), (-1.0, -50.0), (1.0, 0.0), (0.0, 0.0)] {
            assert_eq!(fraction(part_of(ours, rival)), "what cannot be measured here");
        }
    }

    #[test]
    fn the_middle_half_is_found() {
        let spread = Spread::of(vec![5.0, 1.0, 3.0, 2.0, 4.0]);
        assert!((spread.low - 2.0).abs() < 1e-9 && (spread.median - 3.0).abs() < 1e-9);
        assert!((spread.high - 4.0).abs() < 1e-9);
    }
}
