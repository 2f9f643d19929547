//! A whole run of generated cases: judges them, prints and reports the result, gives the exit status.

use std::io::Write as _;
use std::num::NonZero;
use std::time::{Duration, Instant};

use postfix_harness::testbed::Need;

use crate::catalogue::case::Case;
use crate::catalogue::case_writer;
use crate::catalogue::contents::Catalogue;
use crate::commands::measures::generate::drawn::Drawn;
use crate::commands::measures::generate::error::CannotGenerate;
use crate::commands::measures::generate::sample::Sample;
use crate::commands::measures::generate::sampling::{self, Judging};
use crate::commands::measures::generate::shrunk::Shrunk;
use crate::commands::measures::generate::tally::{Counting, SampleTally};
use crate::commands::options::sharding::Shard;
use crate::judge::judge_case::Judge;
use crate::judge::result::{CANNOT_JUDGE, Counts};
use crate::judge::verdict::{Judgement, Skip, Verdict};
use crate::report::counter::{Counter, Wanted};
use crate::report::formats::failure::{Claims, FailureReport};
use crate::report::formats::outputs::Reports;
use crate::report::model::ClauseRecord;
use crate::report::options::ReportOptions;
use crate::report::recorder::{Recorder, RunEnding, Selected};
use crate::report::recording;
use crate::report::run_head::RunHead;
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
    /// How many cases are judged at a time.
    pub jobs: NonZero<usize>,
    /// Whether the first failure that counts is the last.
    pub fail_fast: bool,
}

/// Judges the sample and tells about it. The result is the exit status.
///
/// # Errors
/// When the testbed does not do its work, or nobody takes the output.
pub fn run(out: &mut Stdout<'_>, session: &Session<'_>, sample: Sample) -> Result<u8, CannotGenerate> {
    let begun = Instant::now();
    let mut printed = Vec::new();
    // Before anything is judged, so that a mistake in a file's name costs no run.
    let mut reports = Reports::open_beside_text(&mut printed, session.report)?;
    let (told, status) = match session.judge {
        Ok(judge) => judge_sample(out, session, judge, sample, begun)?,
        Err(need) => (skip(out, session, sample, need)?, CANNOT_JUDGE),
    };
    let cases: Vec<&Case> = told.iter().map(|(case, _)| case).collect();
    let mut recorder = Recorder::begin(
        &mut reports,
        session.catalogue,
        &cases,
        session.head,
        selected(session.catalogue, sample),
    )
    .map_err(StdoutError)?;
    for (case, judgement) in &told {
        recorder.tell(case, judgement, None);
    }
    recorder.end(begun.elapsed(), RunEnding::Complete).map_err(StdoutError)?;
    reports.close()?;
    out.write_all(&printed).map_err(StdoutError)?;
    Ok(status)
}

/// What a report says of which cases these are.
fn selected(catalogue: &Catalogue, sample: Sample) -> Selected {
    let words =
        ["--generate".to_owned(), sample.count.to_string(), "--seed".to_owned(), sample.seed.to_string()];
    // Another build may draw others. Drawing takes time, and only shares must be of the same cases.
    let whole = sample.shard.map(|_| {
        let all: Vec<Case> =
            (0..sample.count).map(|number| Drawn::draw(sample.seed, number).to_report()).collect();
        recording::whole(catalogue, all.iter())
    });
    Selected { words: words.to_vec(), shard: sample.shard.map(Shard::record), whole }
}

/// A drawn case, and what came of it.
type JudgedCase = (Case, Judgement);

/// Judges, and prints for people. The result is what reports tell, and the exit status.
fn judge_sample(
    out: &mut Stdout<'_>,
    session: &Session<'_>,
    judge: Judge<'_>,
    sample: Sample,
    begun: Instant,
) -> Result<(Vec<JudgedCase>, u8), CannotGenerate> {
    let report = session.report;
    let counts = |case: &Case| session.head.counts(session.catalogue.level(case));
    let judging = Judging {
        judge,
        sample,
        jobs: session.jobs,
        clauses: session.catalogue.clauses(),
        enough: &|case| session.fail_fast && counts(case),
    };
    let is_reported = !report.wanted().is_empty() || report.github;
    let mut told = Vec::new();
    let wanted = if report.quiet { Wanted::No } else { Wanted::Yes };
    let (tally, shrunk) = sampling::judge(judging, &mut Counter::new(wanted), |drawn, judgement| {
        if is_reported {
            told.push((drawn.to_report(), judgement));
        }
    })?;
    if report.prints_text() {
        print(out, session, sample, &tally, &shrunk, begun)?;
    }
    let status = tally.status(counting(session, &tally, &shrunk));
    in_small(&mut told, shrunk);
    Ok((told, status))
}

/// Says that nothing is judged here, and why.
fn skip(
    out: &mut Stdout<'_>,
    session: &Session<'_>,
    sample: Sample,
    need: &Need,
) -> Result<Vec<JudgedCase>, CannotGenerate> {
    if session.report.prints_text() {
        let paint = Paint::for_stdout(session.report.color);
        writeln!(out, "{} {} generated cases: {need}", paint.look(Look::Yellow, "skipped:"), sample.size())?;
        let skipped = usize::try_from(sample.size()).unwrap_or(usize::MAX);
        writeln!(out, "{}", Counts { skipped, ..Counts::default() })?;
    }
    note(format_args!("nothing was judged, all cases were skipped: {need}"));
    let cases = (0..sample.size()).map(|own| Drawn::draw(sample.seed, sample.number(own)).to_report());
    Ok(cases.map(|case| (case, lacking(need))).collect())
}

fn lacking(need: &Need) -> Judgement {
    let verdict = Verdict::Skipped(Skip::Lacking(need.to_string()));
    Judgement { verdict, seen: Vec::new(), took: Duration::ZERO }
}

/// Puts small cases in the place of those that they were made of, if they fail as well.
fn in_small(told: &mut [JudgedCase], shrunk: Vec<Shrunk>) {
    for Shrunk { case, judgement } in shrunk {
        let place = told.iter_mut().find(|(large, _)| large.name == case.name);
        if let (Some(place), Some(judgement)) = (place, judgement) {
            *place = (case, judgement);
        }
    }
}

/// Prints for people what came of it.
fn print(
    out: &mut Stdout<'_>,
    session: &Session<'_>,
    sample: Sample,
    tally: &SampleTally,
    shrunk: &[Shrunk],
    begun: Instant,
) -> Result<(), CannotGenerate> {
    let paint = Paint::for_stdout(session.report.color);
    for case in shrunk {
        tell(out, session, case, paint)?;
    }
    tell_the_rest(out, sample, tally, shrunk)?;
    if !session.report.quiet {
        tally.write(out)?;
        setting(out, session, sample, begun.elapsed())?;
    }
    let total = tally.total();
    if session.report.quiet && total.unspecified > 0 {
        writeln!(out, "{} unspecified, neither passed nor failed", total.unspecified)?;
    }
    let (passed, failed, skipped) = (total.agreed, total.failed, total.skipped);
    let counts = Counts { passed, failed, skipped, ..Counts::default() };
    Ok(writeln!(out, "{counts}")?)
}

/// A failure that was not made small may be of any clause, and counts.
fn counting(session: &Session<'_>, tally: &SampleTally, shrunk: &[Shrunk]) -> Counting {
    let counts = |shrunk: &Shrunk| session.head.counts(session.catalogue.level(&shrunk.case));
    let all_seen = tally.total().failed <= shrunk.len();
    if !all_seen || shrunk.iter().any(counts) { Counting::Some } else { Counting::None }
}

/// Tells how a small case fails, and prints its file.
fn tell(
    out: &mut Stdout<'_>,
    session: &Session<'_>,
    shrunk: &Shrunk,
    paint: Paint,
) -> Result<(), CannotGenerate> {
    let Shrunk { case, judgement } = shrunk;
    if let Some(judgement) = judgement {
        let clauses = session
            .catalogue
            .clauses()
            .iter()
            .map(|clause| (clause.id.clone(), ClauseRecord::from(clause)))
            .collect();
        let report = FailureReport { clauses: &clauses, head: session.head, paint, claims: Claims::Here };
        report
            .write(out, &recording::case(session.catalogue, case), &recording::result(case, judgement, None))
            .map_err(StdoutError)?;
    } else {
        let word = paint.look(Look::Red, "failed, and not again:");
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
    tally: &SampleTally,
    shrunk: &[Shrunk],
) -> Result<(), CannotGenerate> {
    let failed = tally.total().failed;
    if failed > shrunk.len() {
        writeln!(
            out,
            "{failed} generated cases failed; the smallest of them come down to what is printed above"
        )?;
    }
    let judged = tally.cases() as u64;
    if judged < sample.size() {
        writeln!(
            out,
            "after {failed} failures the other {} cases were not judged\n",
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
