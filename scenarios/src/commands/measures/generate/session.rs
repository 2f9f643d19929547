//! A whole run of generated cases: judges them, prints and reports the result, gives the exit status.

use std::io::{self, Write};
use std::num::NonZero;
use std::time::{Duration, Instant};

use postfix_harness::testbed::Need;

use crate::catalogue::case::Case;
use crate::catalogue::case_writer;
use crate::catalogue::contents::Catalogue;
use crate::catalogue::digest::Digest;
use crate::commands::measures::generate::drawn::Drawn;
use crate::commands::measures::generate::error::CannotGenerate;
use crate::commands::measures::generate::sample::Sample;
use crate::commands::measures::generate::sampling::{self, FailedCase, JudgedCase, Judging, Sampled};
use crate::commands::measures::generate::shrunk::{self, Shrunk};
use crate::commands::measures::generate::tally::Counting;
use crate::commands::options::sharding::Shard;
use crate::judge::interruption::{self, Interruption};
use crate::judge::judge_case::Judge;
use crate::judge::result::{CANNOT_JUDGE, CONFORMS, Counts};
use crate::judge::verdict::{Judgement, Skip, Verdict};
use crate::report::counter::{Counter, Wanted};
use crate::report::formats::failure::{Claims, FailureReport};
use crate::report::formats::outputs::Reports;
use crate::report::formats::text_diff::Rows;
use crate::report::model::ClauseRecord;
use crate::report::options::ReportOptions;
use crate::report::recorder::{Recorder, RunEnding, Selected};
use crate::report::recording;
use crate::report::run_head::RunHead;
use crate::report::tally::number;
use crate::report::terminal::{Look, Paint, Stdout, StdoutError, note};

/// What a run of drawn cases is held with.
pub struct Session<'a> {
    /// All clauses.
    pub catalogue: &'a Catalogue,
    /// How it is told.
    pub report: &'a ReportOptions,
    /// What judges, or what this machine lacks for it.
    pub judge: Result<Judge<'a>, &'a Need>,
    /// Who is judged, and where.
    pub head: &'a RunHead,
    /// A digest of the manager's file, if there is one.
    pub program: Option<Digest>,
    /// How many cases are judged at a time.
    pub jobs: NonZero<usize>,
    /// Whether the first failure that counts is the last.
    pub fail_fast: bool,
    /// Who hears of signals.
    pub interruption: &'a Interruption,
    /// The exit status if nothing was judged.
    pub nothing_judged: u8,
}

impl Session<'_> {
    fn counts(&self, case: &Case) -> bool {
        self.head.counts(self.catalogue.level(case))
    }
}

/// Judges the sample and tells about it. The result is the exit status.
///
/// # Errors
/// When a report cannot be begun, or nobody takes the output.
pub fn run(out: &mut Stdout<'_>, session: &Session<'_>, sample: Sample) -> Result<u8, CannotGenerate> {
    let begun = Instant::now();
    let mut nowhere = io::sink();
    let (text, beside): (Option<&mut Stdout<'_>>, &mut dyn Write) =
        if session.report.prints_text() { (Some(out), &mut nowhere) } else { (None, out) };
    // Before anything is judged, so that a mistake in a file's name costs no run.
    let reports = Reports::open_beside_text(beside, session.report)?.before_signals_of(session.interruption);
    let telling = Telling { text, reports, session, sample, begun };
    match session.judge {
        Ok(judge) => judge_sample(telling, judge),
        Err(need) => telling.skip(need),
    }
}

/// Judges, and tells.
fn judge_sample(telling: Telling<'_, '_, '_>, judge: Judge<'_>) -> Result<u8, CannotGenerate> {
    let Telling { session, sample, .. } = telling;
    let (report, interruption) = (session.report, session.interruption);
    let judging = Judging {
        judge,
        sample,
        jobs: session.jobs,
        interruption,
        is_reported: !report.wanted().is_empty() || report.github,
        counts: &|case| session.counts(case),
        fail_fast: session.fail_fast,
    };
    let mut progress = Counter::new(if report.quiet { Wanted::No } else { Wanted::Yes });
    let mut telling = Some(telling);
    let mut interrupted = |signal, sampled: &Sampled, shrunk: &[Shrunk]| {
        let ended =
            telling.take().map(|telling| telling.end(sampled, shrunk, RunEnding::Interrupted(signal)));
        ended.and_then(Result::err).into_iter().for_each(note);
        interruption::end(signal)
    };
    let sampled = sampling::judge(judging, &mut progress, |signal, sampled| {
        let large: Vec<Shrunk> = sampled.smallest().iter().map(Shrunk::not_yet).collect();
        interrupted(signal, &sampled, &large);
    });
    let smallest = sampled.smallest();
    if !smallest.is_empty() {
        progress.say(format_args!("generated cases: shrinking {} that failed", smallest.len()));
    }
    let shrunk = shrunk::shrink_all(judge, &smallest, session.catalogue.clauses(), interruption);
    // Without small ones, the large ones are told.
    let (shrunk, trouble) = shrunk.map_or_else(|trouble| (Vec::new(), Some(trouble)), |all| (all, None));
    if let Some(signal) = interruption.take_waiting() {
        interrupted(signal, &sampled, &shrunk);
    }
    let Some(telling) = telling else { return Ok(CANNOT_JUDGE) };
    let status = telling.end(&sampled, &shrunk, RunEnding::Complete)?;
    trouble.map_or(Ok(status), Err)
}

/// What tells of a sample: the text, unless standard output has a report, and all reports.
struct Telling<'t, 'o, 's> {
    text: Option<&'t mut Stdout<'o>>,
    reports: Reports<'t>,
    session: &'s Session<'s>,
    sample: Sample,
    begun: Instant,
}

impl Telling<'_, '_, '_> {
    /// Tells what came of the sample. The result is the exit status.
    fn end(self, sampled: &Sampled, shrunk: &[Shrunk], ending: RunEnding) -> Result<u8, CannotGenerate> {
        let Self { text, reports, session, sample, begun } = self;
        let told = in_small(&sampled.told, shrunk);
        let left = unjudged(sample, sampled);
        let reported = report(reports, session, selected(session, sample), &told, &left, begun, ending);
        if let Some(out) = text {
            print(out, session, sample, sampled, shrunk, begun, ending)?;
            if let RunEnding::Interrupted(signal) = ending {
                let (signal, left, of) = (signal.as_str(), left.len(), sample.size());
                writeln!(
                    out,
                    "incomplete: interrupted by {signal}, {left} of {of} generated cases not judged"
                )?;
            }
        }
        reported?;
        let status = sampled.tally.status(counting(session, sampled, shrunk), session.nothing_judged);
        // A case that counts no longer does, if that is made small.
        Ok(if status == CONFORMS && !left.is_empty() { CANNOT_JUDGE } else { status })
    }

    /// Says that nothing is judged here, and why. The result is the exit status.
    fn skip(self, need: &Need) -> Result<u8, CannotGenerate> {
        let Self { text, reports, session, sample, begun } = self;
        note(format_args!("nothing was judged, all cases were skipped: {need}"));
        let cases = (0..sample.size()).map(|own| Drawn::draw(sample.seed, sample.number(own)).to_report());
        let told: Vec<JudgedCase> = cases.map(|case| (case, lacking(need))).collect();
        let told = in_small(&told, &[]);
        let selected = selected(session, sample);
        let reported = report(reports, session, selected, &told, &[], begun, RunEnding::Complete);
        if let Some(out) = text {
            let word = Paint::for_stdout(session.report.color).look(Look::Yellow, "skipped:");
            writeln!(out, "{word} {} generated cases: {need}", sample.size())?;
            let skipped = usize::try_from(sample.size()).unwrap_or(usize::MAX);
            writeln!(out, "{}", Counts { skipped, ..Counts::default() })?;
        }
        reported.map(|()| session.nothing_judged)
    }
}

/// The names of the cases that were not judged.
fn unjudged(sample: Sample, sampled: &Sampled) -> Vec<String> {
    let all = (0..sample.size()).map(|own| sample.number(own));
    let left = all.filter(|number| !sampled.numbers.contains(number));
    left.map(|number| Drawn::name(sample.seed, number)).collect()
}

/// Writes all reports.
fn report(
    mut reports: Reports<'_>,
    session: &Session<'_>,
    selected: Selected,
    told: &[(&Case, &Judgement)],
    left: &[String],
    begun: Instant,
    ending: RunEnding,
) -> Result<(), CannotGenerate> {
    let cases: Vec<&Case> = told.iter().map(|(case, _)| *case).collect();
    let mut recorder = Recorder::begin(&mut reports, session.catalogue, &cases, session.head, selected)
        .map_err(StdoutError)?;
    for (case, judgement) in told {
        recorder.tell(case, judgement, None);
    }
    recorder.never_made(left);
    recorder.end(begun.elapsed(), ending).map_err(StdoutError)?;
    Ok(reports.close()?)
}

/// What a report says of which cases these are.
fn selected(session: &Session<'_>, sample: Sample) -> Selected {
    let words =
        ["--generate".to_owned(), sample.count.to_string(), "--seed".to_owned(), sample.seed.to_string()];
    // Another build may draw others. Drawing takes time, and only shares must be of the same cases.
    let whole = sample.shard.map(|_| {
        let all: Vec<Case> =
            (0..sample.count).map(|number| Drawn::draw(sample.seed, number).to_report()).collect();
        recording::whole(session.catalogue, all.iter())
    });
    let (shard, program) = (sample.shard.map(Shard::record), session.program);
    Selected { words: words.to_vec(), shard, whole, program }
}

fn lacking(need: &Need) -> Judgement {
    let verdict = Verdict::Skipped(Skip::Lacking(need.to_string()));
    Judgement { verdict, seen: Vec::new(), took: Duration::ZERO }
}

/// What reports tell: small cases in the place of those that they were made of, if they fail as well.
fn in_small<'a>(told: &'a [JudgedCase], shrunk: &'a [Shrunk]) -> Vec<(&'a Case, &'a Judgement)> {
    let small = |name: &str| shrunk.iter().find(|small| small.case.name == name).and_then(Shrunk::failed);
    told.iter().map(|(case, judgement)| small(&case.name).unwrap_or((case, judgement))).collect()
}

/// Prints for people what came of it.
fn print(
    out: &mut Stdout<'_>,
    session: &Session<'_>,
    sample: Sample,
    sampled: &Sampled,
    shrunk: &[Shrunk],
    begun: Instant,
    ending: RunEnding,
) -> Result<(), CannotGenerate> {
    let paint = Paint::for_stdout(session.report.color);
    for case in shrunk {
        tell(out, session, case, paint)?;
    }
    let tally = &sampled.tally;
    tell_the_rest(out, sample, sampled, shrunk, ending)?;
    if !session.report.quiet {
        tally.write(out)?;
        setting(out, session, sample, begun.elapsed())?;
    }
    let total = tally.total();
    if session.report.quiet && total.unspecified > 0 {
        writeln!(out, "{} unspecified, neither passed nor failed", total.unspecified)?;
    }
    let (passed, failed, skipped, broken) = (total.agreed, total.failed, total.skipped, total.broken);
    let counts = Counts { passed, failed, skipped, broken, ..Counts::default() };
    Ok(writeln!(out, "{counts}")?)
}

/// Whether any failure counts, as reports have it: of the small case, if that was made.
fn counting(session: &Session<'_>, sampled: &Sampled, shrunk: &[Shrunk]) -> Counting {
    let counts = |failed: &FailedCase| {
        let name = Drawn::name(failed.drawn.seed, failed.drawn.number);
        let small = shrunk.iter().find(|small| small.case.name == name).and_then(Shrunk::failed);
        small.map_or(failed.counts, |(case, _)| session.counts(case))
    };
    if sampled.failed.iter().any(counts) { Counting::Some } else { Counting::None }
}

/// Tells how a small case fails, and prints its file.
fn tell(
    out: &mut Stdout<'_>,
    session: &Session<'_>,
    shrunk: &Shrunk,
    paint: Paint,
) -> Result<(), CannotGenerate> {
    let Shrunk { case, judgement, .. } = shrunk;
    if let Some(judgement) = judgement {
        let clauses = session
            .catalogue
            .clauses()
            .iter()
            .map(|clause| (clause.id.clone(), ClauseRecord::from(clause)))
            .collect();
        let (claims, rows) = (Claims::Here, Rows::Whole);
        let report = FailureReport { clauses: &clauses, head: session.head, paint, claims, rows };
        report
            .write(out, &recording::case(session.catalogue, case), &recording::result(case, judgement, None))
            .map_err(StdoutError)?;
    } else {
        let word = if shrunk.is_large { "failed, not made small:" } else { "failed, and not again:" };
        let word = paint.look(Look::Red, word);
        writeln!(out, "{word} {}\n", case.name)?;
    }
    let name = case.name.trim_start_matches("./");
    let text = case_writer::write(case)?;
    writeln!(
        out,
        "{}\n\n{text}",
        paint.look(Look::Faint, format!("# the case file, to be kept as {name}:"))
    )?;
    Ok(())
}

fn tell_the_rest(
    out: &mut Stdout<'_>,
    sample: Sample,
    sampled: &Sampled,
    shrunk: &[Shrunk],
    ending: RunEnding,
) -> Result<(), CannotGenerate> {
    let failed = sampled.failed.len();
    if failed > shrunk.len() {
        writeln!(
            out,
            "{failed} generated cases failed; the smallest of them come down to what is printed above"
        )?;
    }
    let judged = sampled.tally.cases() as u64;
    if judged < sample.size() && ending == RunEnding::Complete {
        writeln!(
            out,
            "after {} the other {} cases were not judged\n",
            number(sampled.reasons_to_stop(), "failure"),
            sample.size() - judged
        )?;
    }
    Ok(())
}

fn setting(
    out: &mut Stdout<'_>,
    session: &Session<'_>,
    sample: Sample,
    took: Duration,
) -> Result<(), CannotGenerate> {
    writeln!(out, "manager  {}", session.head.called)?;
    match session.head.postfix() {
        None => writeln!(out, "testbed  {}", session.head.testbed)?,
        Some(postfix) => writeln!(out, "testbed  {}, Postfix {postfix}", session.head.testbed)?,
    }
    writeln!(out, "seed     {}", sample.seed)?;
    writeln!(out, "time     {:.2} s", took.as_secs_f64())?;
    Ok(())
}
