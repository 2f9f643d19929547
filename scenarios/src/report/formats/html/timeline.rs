//! Draws the journal of a step: a lane for each process, a bar for each program.
//! The same is in words beside it.

use std::fmt::Write as _;

use crate::judge::observation::{Activity, JournalEntry, StepObservation};
use crate::report::formats::html::markup::{span, text};

/// The width of the drawing in its own units.
const WIDTH: u64 = 1000;
/// The narrowest bar that can be seen.
const NARROWEST: u64 = 6;

/// A process.
struct Lane<'a> {
    pid: u32,
    programs: Vec<Program<'a>>,
    /// When it reached gates.
    gates: Vec<(u64, &'a str)>,
}

/// What a process was for a while.
struct Program<'a> {
    name: &'a str,
    instance: Option<&'a str>,
    arguments: String,
    from: u64,
    until: Option<u64>,
    status: Option<u8>,
}

/// Draws the journal of a step.
pub(super) fn timeline(out: &mut String, seen: &StepObservation) {
    let lanes = lanes(&seen.journal);
    let Some(last) = seen.journal.iter().map(|entry| entry.at).max() else { return };
    if lanes.is_empty() {
        return;
    }
    let whole = last.max(1);
    let _ = write!(
        out,
        "<details class=\"journal\" open><summary>Journal: {} in {}</summary><ol class=\"timeline\">",
        if lanes.len() == 1 { "1 process".to_owned() } else { format!("{} processes", lanes.len()) },
        span(last)
    );
    for lane in &lanes {
        draw(out, lane, whole);
    }
    let _ = write!(
        out,
        "</ol><p class=\"axis\" aria-hidden=\"true\"><span class=\"ticks\"><span>0</span><span>{}</span>\
         <span>{}</span></span></p>",
        span(whole / 2),
        span(whole)
    );
    log(out, &seen.journal);
    if seen.journal_left_out > 0 {
        let _ = write!(
            out,
            "<p class=\"quiet\">{} entries more are not in this report.</p>",
            seen.journal_left_out
        );
    }
    out.push_str("</details>");
}

fn lanes(journal: &[JournalEntry]) -> Vec<Lane<'_>> {
    let mut lanes: Vec<Lane<'_>> = Vec::new();
    for entry in journal {
        let at = lanes.iter().position(|lane| lane.pid == entry.pid);
        let at = at.unwrap_or_else(|| {
            lanes.push(Lane { pid: entry.pid, programs: Vec::new(), gates: Vec::new() });
            lanes.len() - 1
        });
        let Some(lane) = lanes.get_mut(at) else { continue };
        match &entry.deed {
            Activity::Start { instance, arguments, .. } => {
                if let Some(before) = lane.programs.last_mut() {
                    before.until.get_or_insert(entry.at);
                }
                let words: Vec<String> = arguments.iter().map(|word| shown(&word.to_string())).collect();
                lane.programs.push(Program {
                    name: &entry.program,
                    instance: instance.as_deref(),
                    arguments: words.join(" "),
                    from: entry.at,
                    until: None,
                    status: None,
                });
            }
            Activity::Finish { status } => {
                if let Some(program) = lane.programs.last_mut() {
                    (program.until, program.status) = (Some(entry.at), Some(*status));
                }
            }
            Activity::Gate { gate } => lane.gates.push((entry.at, gate)),
            Activity::Log { .. } | Activity::Unsupported { .. } | Activity::SharedFiles { .. } => {}
        }
    }
    lanes.retain(|lane| !lane.programs.is_empty());
    lanes
}

/// A word of a command as a shell would need it, roughly.
fn shown(word: &str) -> String {
    let plain =
        !word.is_empty() && word.chars().all(|letter| !letter.is_whitespace() && !letter.is_control());
    if plain { word.to_owned() } else { format!("{word:?}") }
}

fn draw(out: &mut String, lane: &Lane<'_>, whole: u64) {
    let Some(program) = lane.programs.last() else { return };
    let from = lane.programs.first().map_or(program.from, |first| first.from);
    let who = program.instance.unwrap_or("\u{2013}");
    let command = format!("{} {}", program.name, program.arguments);
    let _ = write!(
        out,
        "<li><span class=\"who\">{}</span> <code class=\"what\" title=\"{1}\">{1}</code>\
         <svg class=\"bars\" viewBox=\"0 0 {WIDTH} 12\" preserveAspectRatio=\"none\" aria-hidden=\"true\" \
         focusable=\"false\">",
        text(who),
        text(&command)
    );
    let place = |at: u64| at.min(whole) * WIDTH / whole;
    for (number, bar) in lane.programs.iter().enumerate() {
        let begin = place(bar.from).min(WIDTH - NARROWEST);
        let width = place(bar.until.unwrap_or(whole)).saturating_sub(begin).max(NARROWEST);
        let is_last = number + 1 == lane.programs.len();
        let class = match (is_last, bar.status, bar.until) {
            (false, ..) => "before",
            (true, Some(0), _) => "well",
            (true, Some(_), _) => "ill",
            (true, None, _) => "lost",
        };
        let height = if is_last { "y=\"1\" height=\"10\"" } else { "y=\"4\" height=\"4\"" };
        let _ = write!(out, "<rect class=\"{class}\" x=\"{begin}\" width=\"{width}\" {height}/>");
    }
    for (at, _) in &lane.gates {
        let _ = write!(
            out,
            "<rect class=\"gate\" x=\"{}\" width=\"{NARROWEST}\" y=\"0\" height=\"12\"/>",
            place(*at).min(WIDTH - NARROWEST)
        );
    }
    out.push_str("</svg>");
    let mut when = format!("from {}", span(from));
    match (program.until, program.status) {
        (Some(until), Some(status)) => {
            let _ = write!(when, ", {}, status {status}", span(until.saturating_sub(from)));
        }
        _ => when.push_str(", no end written down"),
    }
    for (at, gate) in &lane.gates {
        let _ = write!(when, ", gate {gate} at {}", span(*at));
    }
    let _ = write!(out, " <span class=\"when\">{}</span></li>", text(&when));
}

fn log(out: &mut String, journal: &[JournalEntry]) {
    let mut lines = String::new();
    let mut count = 0;
    for entry in journal {
        let line = match &entry.deed {
            Activity::Log { priority, tag, text } => format!("{priority} {tag}: {text}"),
            Activity::Unsupported { request } => format!("{} does not simulate {request}", entry.program),
            Activity::SharedFiles { action } => format!("{} of shared files, by {}", action, entry.pid),
            _ => continue,
        };
        count += 1;
        let _ = writeln!(lines, "{:>8}  {}", span(entry.at), text(&line));
    }
    if count > 0 {
        let what = if count == 1 { "1 line".to_owned() } else { format!("{count} lines") };
        let _ = write!(
            out,
            "<details class=\"stream\"><summary>Mail log and notes, {what}</summary><pre tabindex=\"0\">{lines}</pre></details>"
        );
    }
}
