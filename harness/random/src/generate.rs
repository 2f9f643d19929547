//! Draws multi-instance systems and commands.
//! Each is a valid layout that the oracle covers, except for a few rare cases that it calls unspecified. Knows
//! nothing of the results that they must have: these are in [`model`].

pub mod commands;
pub mod drawing;
mod instances;
mod lists;
pub mod model;
pub mod oddness;
pub mod sequences;
mod shrink_steps;
pub mod shrinking;
pub mod trial;

use postfix_fakes::bytes::ByteString;
use postfix_fakes::fault::{Ending, Fault};
use proptest::collection::{SizeRange, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use self::commands::invocations;
use self::instances::{Drawn, instance, name};
use self::oddness::Oddness;
use postfix_harness::invocation::Invocation;
use postfix_harness::layout::{DEFAULT, Draft, Instance, Layout};

/// How many secondary instances a layout has if nothing else is said: at most this many.
pub const FEW: usize = 12;

/// A layout and what is done in it, one step after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The layout.
    pub layout: Layout,
    /// What is done, in order.
    pub steps: Vec<Step>,
}

/// One command, and the edits before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Instances whose main.cf is written anew, damage and all. Each keeps its directory.
    pub rewrite: Vec<Instance>,
    /// The command.
    pub invocation: Invocation,
}

/// Layouts with at most so many secondary instances.
pub fn layout(most: usize, oddness: Oddness) -> impl Strategy<Value = Layout> {
    layout_of(0..=most, oddness)
}

/// Layouts with as many secondary instances as `sizes` says.
pub fn layout_of(sizes: impl Into<SizeRange>, oddness: Oddness) -> impl Strategy<Value = Layout> {
    let default = instance(Oddness::Sound);
    let damaged_default = instance(oddness);
    let default = prop_oneof![19 => default, 1 => damaged_default];
    let faults = match oddness {
        Oddness::Sound => vec(fault(), 0..=0),
        Oddness::Odd => vec(fault(), 0..=3),
    };
    let lists = option::of(lists::list());
    (default, vec(instance(oddness), sizes), lists, faults, vec(any::<Index>(), 3))
        .prop_map(|(default, drawn, list, faults, whom)| assemble(default, drawn, list, faults, &whom))
}

/// Layouts with one to three commands each.
pub fn case(most: usize, oddness: Oddness) -> impl Strategy<Value = Case> {
    case_of(0..=most, oddness)
}

/// The same with as many secondary instances as `sizes` says.
pub fn case_of(sizes: impl Into<SizeRange>, oddness: Oddness) -> impl Strategy<Value = Case> {
    (layout_of(sizes, oddness), vec(invocations(), 1..=3)).prop_map(|(layout, drawn)| Case {
        steps: drawn
            .into_iter()
            .map(|drawn| Step { rewrite: Vec::new(), invocation: drawn.addressed(&layout) })
            .collect(),
        layout,
    })
}

fn assemble(
    default: Drawn,
    drawn: Vec<Drawn>,
    list: Option<lists::List>,
    faults: Vec<(Fault, bool)>,
    whom: &[Index],
) -> Layout {
    let mut default = default.named(DEFAULT);
    default.directory = None;
    let instances: Vec<Instance> =
        drawn.into_iter().enumerate().map(|(number, drawn)| drawn.named(&name(number))).collect();
    let names: Vec<ByteString> =
        std::iter::once(&default).chain(&instances).map(|one| one.name.as_str().into()).collect();
    let faults = faults
        .into_iter()
        .zip(whom.iter().cycle())
        .map(|((fault, anybody), whom)| Fault {
            instance: (!anybody).then(|| whom.get(&names).clone()),
            ..fault
        })
        .collect();
    let list = list.map(|list| list.text(&instances, &mut default));
    let draft = Draft { list, default, instances, faults, ..Draft::default() };
    // What is drawn keeps the rules of layouts; if it does not, no test may go on.
    Layout::try_from(draft).unwrap_or_else(|error| unreachable!("a generated layout that is none: {error}"))
}

/// A fault without an instance, and whether it strikes any of them.
fn fault() -> impl Strategy<Value = (Fault, bool)> {
    let program = prop_oneof![9 => Just(""), 1 => Just("postfix")];
    let command = option::weighted(0.7, select(commands::KNOWN.to_vec()));
    let status = prop_oneof![4 => 1_u8..=255, 1 => Just(0)];
    let ends = prop_oneof![
        3 => status.prop_map(Ending::Status),
        // HUP, INT, KILL, USR1, SEGV, PIPE, TERM: what ends a process.
        1 => select(vec![1, 2, 9, 10, 11, 13, 15]).prop_map(Ending::Signal),
    ];
    (program, command, option::weighted(0.9, ends), proptest::bool::weighted(0.1)).prop_map(
        |(program, command, ends, anybody)| {
            let command = command.map(ByteString::from);
            (Fault { program: program.to_owned(), command, ends, ..Fault::default() }, anybody)
        },
    )
}
