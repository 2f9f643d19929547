//! `postfix-conformance self-test`: judges faulty implementations, and the references by the same cases.
//! Each faulty one must fail at every clause that it breaks. A reference may only fail as expected. The simulation
//! judges managers and fakes; the testbed `live` judges multi-instance tools.

mod subject;
mod tools;

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::time::Instant;

use clap::Args;
use nix::sys::signal::Signal;
use postfix_fakes::bytes::ByteString;
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::testbed::sandbox::Sandbox;
use postfix_harness::testbed::simulated::Simulated;

use crate::catalogue::case::Case;
use crate::catalogue::contents::Catalogue;
use crate::catalogue::testbed_name::TestbedName;
use crate::commands::error::CannotJudge;
use crate::commands::self_test::subject::{FoundReference, ReferenceSubject, Subject};
use crate::commands::setup::{Setup, SetupOptions};
use crate::judge::expected_failures::{ExpectedFailures, Judged};
use crate::judge::interruption::{self, Interruption};
use crate::judge::judge_case::Kept;
use crate::judge::parallel;
use crate::judge::result::{CONFORMS, FAILS};
use crate::judge::verdict::Verdict;
use crate::report::counter::{Counter, Wanted};
use crate::report::tables::kill_matrix::{self, Kill, Reference, ReferenceResult};
use crate::report::terminal::{Colour, Paint, Stdout, StdoutError, note};
use crate::subject::faulty::{self, Faulty};
use crate::subject::faulty_fake::FaultyFake;
use crate::subject::manager::{Manager, NAMES};
use crate::subject::multi_tool::MultiTool;
use crate::subject::named_managers::{self, Reach};
use crate::subject::testbed_choice::PreparedTestbed;

/// What the reference managers are expected to fail, and why.
const EXPECTED_FAILURES: &str = include_str!("../../faulty/expected-failures.toml");

/// How to judge faulty implementations.
#[derive(Debug, Args)]
pub struct SelfTestOptions {
    /// Only these: their names, parts of them, or clauses that they break
    pub filter: Vec<String>,

    /// List them, each with its fault and the clauses that it breaks; judge nothing
    #[arg(long)]
    pub list: bool,

    /// Judge each by all cases, not only by those of the clauses that it breaks (takes minutes)
    #[arg(long)]
    pub all: bool,

    /// When to use colours
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Colour,

    /// Where to judge
    #[command(flatten)]
    pub setup: SetupOptions,
}

/// One thing to be judged, by one case.
struct Task<'a> {
    subject: usize,
    case: &'a Case,
}

/// Judges faulty implementations. The result is the exit status.
pub(crate) fn run(
    out: &mut Stdout<'_>,
    catalogue: &Catalogue,
    options: &SelfTestOptions,
) -> Result<u8, CannotJudge> {
    let begun = Instant::now();
    let interruption = Interruption::watch().map_err(CannotJudge::Signals)?;
    let live = match options.setup.testbed {
        TestbedName::Simulated => false,
        TestbedName::Live => true,
        TestbedName::Sandbox | TestbedName::Container => return Err(CannotJudge::FaultyElsewhere),
    };
    let all_faulty = selected(if live { faulty::tools()? } else { faulty::all()? }, &options.filter)?;
    if options.list {
        kill_matrix::list(out, &all_faulty).map_err(StdoutError)?;
        return Ok(CONFORMS);
    }
    let setup = options.setup.make(Kept::No)?;
    let subjects = all_faulty
        .iter()
        .map(|faulty| match &setup.testbed {
            PreparedTestbed::Live(live) => tools::subject(faulty, live, &setup.run),
            _ => subject(faulty, simulated(options), &setup.run),
        })
        .collect::<io::Result<Vec<_>>>()
        .map_err(CannotJudge::Script)?;
    let tasks: Vec<Task<'_>> = all_faulty
        .iter()
        .enumerate()
        .flat_map(|(subject, faulty)| {
            cases_for(catalogue, faulty, options.all).map(move |case| Task { subject, case })
        })
        .collect();
    let whole = Whole { faulty: &all_faulty, paint: Paint::for_stdout(options.color), begun };
    let verdicts = judge("self-test", &subjects, &tasks, &setup, &interruption, |signal, verdicts| {
        whole.end(out, &whole.kills(&tasks, &verdicts), &[], signal)
    });
    let kills = whole.kills(&tasks, &verdicts.into_iter().map(Some).collect::<Vec<_>>());
    let found = match &setup.testbed {
        PreparedTestbed::Live(live) => tools::references(live, &setup.run),
        _ => NAMES.map(|name| (name, reference(name, options, &setup))).into(),
    };
    let references = references(catalogue, found, &setup, &kills, &interruption, |references, signal| {
        whole.end(out, &kills, references, signal)
    })?;
    whole.show(out, &kills, &references)?;
    let fails = kills.iter().any(Kill::survives) || references.iter().any(Reference::is_wrong);
    Ok(if fails { FAILS } else { CONFORMS })
}

/// All that is to be judged, and how it is shown.
struct Whole<'a> {
    faulty: &'a [Faulty],
    paint: Paint,
    begun: Instant,
}

impl Whole<'_> {
    /// What became of those that were judged by all of their cases.
    fn kills<'a>(&self, tasks: &[Task<'a>], verdicts: &[Option<Verdict>]) -> Vec<Kill<'a>> {
        let kill = |(number, faulty)| {
            let own = tasks.iter().zip(verdicts).filter(|(task, _)| task.subject == number);
            let judged = own.map(|(task, verdict)| Some((task.case, verdict.as_ref()?)));
            Some(Kill::of(faulty, judged.collect::<Option<Vec<_>>>()?.into_iter()))
        };
        self.faulty.iter().enumerate().filter_map(kill).collect()
    }

    fn show(
        &self,
        out: &mut Stdout<'_>,
        kills: &[Kill<'_>],
        references: &[Reference<'_>],
    ) -> Result<(), StdoutError> {
        kill_matrix::write(out, kills, references, self.paint).map_err(StdoutError)?;
        writeln!(out, "time     {:.1} s", self.begun.elapsed().as_secs_f64())
    }

    /// Shows what was judged before the signal, and ends the program.
    fn end(
        &self,
        out: &mut Stdout<'_>,
        kills: &[Kill<'_>],
        references: &[Reference<'_>],
        signal: Signal,
    ) -> ! {
        let (judged, of, references_judged) = (kills.len(), self.faulty.len(), references.len());
        let shown = self.show(out, kills, references).and_then(|()| {
            writeln!(
                out,
                "incomplete: interrupted by {}; judged by then: {judged} of {of} faulty implementations, \
                 {references_judged} references",
                signal.as_str()
            )
        });
        shown.err().into_iter().for_each(note);
        interruption::end(signal)
    }
}

/// Judges one of the simulation by the cases of the clauses it breaks.
///
/// # Errors
/// When its script cannot be written.
pub fn kill<'a>(catalogue: &'a Catalogue, faulty: &'a Faulty, run: &RunDirectory) -> io::Result<Kill<'a>> {
    let subject = subject(faulty, Simulated::default(), run)?;
    let judge = subject.judge(run, None);
    let cases: Vec<&Case> = cases_for(catalogue, faulty, false).collect();
    let judgements = parallel::judge_all(judge, &cases, parallel::usual_jobs(), None, |_, _| false, |_| {});
    Ok(Kill::of(faulty, cases.into_iter().zip(judgements.iter().map(|judgement| &judgement.verdict))))
}

fn selected(all: Vec<Faulty>, words: &[String]) -> Result<Vec<Faulty>, CannotJudge> {
    let means = |word: &String, faulty: &Faulty| {
        faulty.name.contains(word.as_str()) || faulty.breaks.iter().any(|id| id.eq_ignore_ascii_case(word))
    };
    if let Some(idle) =
        words.iter().find(|word| word.is_empty() || !all.iter().any(|faulty| means(word, faulty)))
    {
        return Err(CannotJudge::NoFaulty { word: idle.clone() });
    }
    let wanted = |faulty: &Faulty| words.is_empty() || words.iter().any(|word| means(word, faulty));
    Ok(all.into_iter().filter(wanted).collect())
}

/// The cases whose first clause is broken. With `all`, every case of its kind: those of the tools for a tool, for others
/// those that need no daemons.
fn cases_for<'a>(catalogue: &'a Catalogue, faulty: &'a Faulty, all: bool) -> impl Iterator<Item = &'a Case> {
    let is_for =
        |case: &Case| if faulty.is_tool() { tools::judge_it(catalogue, case) } else { !case.is_only_live() };
    catalogue.cases().iter().filter(move |case| is_for(case) && (all || is_about(faulty, case)))
}

fn is_about(faulty: &Faulty, case: &Case) -> bool {
    case.clauses.first().is_some_and(|first| faulty.breaks.contains(first))
}

fn simulated(options: &SelfTestOptions) -> Simulated {
    options.setup.postfix_version.map_or_else(Simulated::default, |version| Simulated { version })
}

fn subject(faulty: &Faulty, simulated: Simulated, run: &RunDirectory) -> io::Result<Subject> {
    let script = run.write_script(&faulty.name, &faulty.text())?;
    Ok(match &faulty.program {
        None => Subject { manager: ByteString::from(script), testbed: PreparedTestbed::Simulated(simulated) },
        Some(program) => Subject {
            manager: Manager::own().value().clone(),
            testbed: PreparedTestbed::FaultyFake(FaultyFake { simulated, program: program.clone(), script }),
        },
    })
}

/// Judges all tasks, and says on standard error how far it is. At a signal, `interrupted` gets a place for each task.
fn judge(
    what: &str,
    subjects: &[Subject],
    tasks: &[Task<'_>],
    setup: &Setup,
    interruption: &Interruption,
    interrupted: impl FnOnce(Signal, Vec<Option<Verdict>>),
) -> Vec<Verdict> {
    let mut done = 0;
    let mut counter = Counter::new(Wanted::Yes);
    let verdict = |task: &Task<'_>| {
        let subject = &subjects[task.subject];
        subject.judge(&setup.run, setup.factor).judge(task.case).verdict
    };
    let tell = |_: &Task<'_>, _: &Verdict| {
        done += 1;
        counter.tell(done, tasks.len(), format_args!("{what}: {done} of {} cases judged", tasks.len()));
    };
    let interrupted = |signal, verdicts| {
        Counter::new(Wanted::Yes).finish();
        interrupted(signal, verdicts);
    };
    let (jobs, interruption) = (setup.jobs, Some(interruption));
    let verdicts = parallel::until_interrupted(tasks, jobs, interruption, verdict, tell, interrupted);
    counter.finish();
    verdicts
}

/// The references, by the cases that killed something. At a signal, `interrupted` gets those that were judged by all of
/// them.
fn references<'a>(
    catalogue: &'a Catalogue,
    found: Vec<FoundReference>,
    setup: &Setup,
    kills: &[Kill<'a>],
    interruption: &Interruption,
    mut interrupted: impl FnMut(&[Reference<'a>], Signal),
) -> Result<Vec<Reference<'a>>, CannotJudge> {
    let expected =
        ExpectedFailures::parse(Path::new("faulty/expected-failures.toml"), EXPECTED_FAILURES, catalogue)
            .map_err(CannotJudge::ExpectedFailures)?;
    let killing: Vec<&Case> = catalogue
        .cases()
        .iter()
        .filter(|case| kills.iter().any(|kill| kill.by.iter().any(|by| by.name == case.name)))
        .collect();
    let mut references = Vec::new();
    for (name, found) in found {
        let ReferenceSubject { manager, multi_tool, testbed } = match found {
            Ok(whom) => whom,
            Err(why) => {
                references.push(Reference { name, left_out: Some(why), results: Vec::new() });
                continue;
            }
        };
        let subjects = [Subject { manager: manager.value().clone(), testbed }];
        let tasks: Vec<Task<'_>> = killing.iter().map(|case| Task { subject: 0, case }).collect();
        let verdicts = judge(name, &subjects, &tasks, setup, interruption, |signal, _| {
            interrupted(&references, signal);
        });
        let judged = Judged {
            manager: &manager,
            multi_tool: &multi_tool,
            testbed: setup.testbed.name(),
            postfix: None,
        };
        let results = killing.iter().zip(&verdicts);
        let results = results.map(|(case, verdict)| {
            (*case, ReferenceResult::of(verdict, expected.reason(judged, case).as_deref()))
        });
        references.push(Reference { name, left_out: None, results: results.collect() });
    }
    Ok(references)
}

/// A reference manager and where it can be judged, or why it cannot.
fn reference(
    name: &'static str,
    options: &SelfTestOptions,
    setup: &Setup,
) -> Result<ReferenceSubject, String> {
    let whom = |manager, testbed| ReferenceSubject { manager, multi_tool: MultiTool::Own, testbed };
    let option = OsStr::new(name);
    if let Some(manager) = named_managers::inside(option, &setup.run).map_err(|error| error.to_string())? {
        return Ok(whom(manager, PreparedTestbed::Simulated(simulated(options))));
    }
    let reach = if name == "postmulti" { Reach::Installed } else { Reach::Simulated };
    let manager = named_managers::shipped(option, reach).map_err(|error| error.to_string())?;
    let manager = manager.ok_or_else(|| format!("nobody knows where {name} is"))?;
    if reach == Reach::Simulated {
        return Ok(whom(manager, PreparedTestbed::Simulated(simulated(options))));
    }
    let sandbox = Sandbox::prepare(&setup.run).map_err(|error| error.to_string())?;
    Ok(whom(manager, PreparedTestbed::Sandbox(sandbox)))
}
