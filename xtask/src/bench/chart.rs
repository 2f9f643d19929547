//! Draws the measurements in charts.
//! They show the cost of each manager by the number of instances, and the gain from several at once. Both axes are
//! logarithmic.
//!
//! Knows how to draw points, and nothing of how they came about.

use std::fmt::Write;

use super::candidate::{Candidate, ONE_BY_ONE};
use super::measure::Measured;
use super::ratios;

const WIDTH: f64 = 420.0;
const HEIGHT: f64 = 300.0;
const COLOURS: [&str; 4] = ["#888888", "#c0392b", "#2471a3", "#229954"];

/// A named line of points.
struct Line {
    name: String,
    colour: &'static str,
    points: Vec<(f64, f64)>,
}

/// The whole picture.
pub(crate) fn svg(measured: &Measured) -> String {
    let mut costs = Vec::new();
    for (candidate, colour) in ONE_BY_ONE.into_iter().zip(COLOURS).skip(1) {
        let points =
            measured.costs.iter().filter(|series| series.candidate == candidate).filter_map(|series| {
                let floor = ratios::with(measured, Candidate::Floor, series.instances)?;
                let cost = ratios::cost(series, floor, |run| run.cpu.as_secs_f64()).median * 1e3;
                Some((number(series.instances), cost.max(0.001)))
            });
        costs.push(Line { name: candidate.name(), colour, points: points.collect() });
    }
    let speed_ups: Vec<(f64, f64)> =
        ratios::speed_ups(measured).into_iter().map(|(jobs, speed_up)| (number(jobs), speed_up)).collect();
    let ideal = speed_ups.iter().map(|(jobs, _)| (*jobs, *jobs)).collect();
    let speeds = [
        Line { name: "ideal".to_owned(), colour: COLOURS[0], points: ideal },
        Line { name: "ours".to_owned(), colour: COLOURS[1], points: speed_ups },
    ];
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        2.0 * WIDTH + 180.0,
        HEIGHT + 90.0
    );
    panel(&mut text, 60.0, "CPU cost of the manager, ms an instance, by instances", &costs);
    panel(&mut text, WIDTH + 140.0, "times as fast as one by one, by --jobs", &speeds);
    text.push_str("</svg>\n");
    text
}

/// Draws lines over their whole range.
fn panel(text: &mut String, left: f64, title: &str, lines: &[Line]) {
    let all = || lines.iter().flat_map(|line| &line.points);
    let range = |of: fn(&(f64, f64)) -> f64| {
        let (low, high) =
            all().map(of).fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        (low.log10(), high.log10().max(low.log10() + 0.1))
    };
    let (across, up) = (range(|point| point.0), range(|point| point.1));
    let place = |(x, y): (f64, f64)| {
        let part = |value: f64, (low, high): (f64, f64)| (value.log10() - low) / (high - low);
        (left + part(x, across) * WIDTH, 40.0 + (1.0 - part(y, up)) * HEIGHT)
    };
    // Writing to a string does not fail.
    let _ = writeln!(text, "<text x=\"{left}\" y=\"20\" font-size=\"13\">{title}</text>");
    let _ = writeln!(
        text,
        "<rect x=\"{left}\" y=\"40\" width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"none\" stroke=\"#ccc\"/>"
    );
    for (at, line) in lines.iter().enumerate() {
        let points: Vec<(f64, f64)> = line.points.iter().map(|point| place(*point)).collect();
        let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let colour = line.colour;
        let _ = writeln!(
            text,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            path.join(" ")
        );
        for ((x, y), (value_x, value)) in points.iter().zip(&line.points) {
            let _ = writeln!(text, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>");
            let _ = writeln!(text, "<text x=\"{x:.1}\" y=\"{:.1}\">{value:.3}</text>", y - 6.0);
            let _ = writeln!(text, "<text x=\"{x:.1}\" y=\"{:.1}\">{value_x}</text>", HEIGHT + 54.0);
        }
        #[expect(clippy::cast_precision_loss, reason = "there are a few lines")]
        let column = at as f64 * 150.0;
        let _ = writeln!(
            text,
            "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"{colour}\">{}</text>",
            left + column,
            HEIGHT + 74.0,
            line.name
        );
    }
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn number(count: usize) -> f64 {
    count as f64
}
