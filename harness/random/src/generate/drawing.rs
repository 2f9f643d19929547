//! Draws cases by number: the same seed and number always draw the same case.

use postfix_fakes::bytes::ByteString;
use proptest::prelude::*;
use proptest::strategy::{Union, ValueTree};

use super::instances::command_lists;
use super::oddness::Oddness;
use super::{Case, case_of, sequences};
use crate::seeded_draw;
use postfix_harness::layout::{Damage, Instance};

/// A kind of case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A system as odd as can be, and one to three commands.
    System,
    /// A small system, and many commands with edits between them.
    Sequence,
}

/// One case in so many is a sequence.
const SEQUENCE_EVERY: u64 = 5;

/// One case in so many has a main.cf that is a FIFO. It costs a manager that opens it all of its time, so they are few.
const FIFO_EVERY: u64 = 100;

/// Numbers of secondary instances, and how many in a thousand systems have such a number. With the default
/// instance that makes 1 to 200 instances. Each costs a handful of processes, so that large ones are rare.
const SIZES: [(u32, std::ops::RangeInclusive<usize>); 6] =
    [(60, 0..=0), (480, 1..=3), (340, 4..=8), (100, 9..=16), (16, 17..=60), (4, 61..=199)];

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::System, Self::Sequence];

    /// The kind of the case with this number.
    pub fn of(number: u64) -> Self {
        if number % SEQUENCE_EVERY == SEQUENCE_EVERY - 1 { Self::Sequence } else { Self::System }
    }
}

/// Draws the case of this number.
pub fn draw(seed: u64, number: u64) -> Case {
    let strategy = match Kind::of(number) {
        Kind::System if number % FIFO_EVERY == FIFO_EVERY - 2 => systems().prop_map(with_fifo).boxed(),
        Kind::System => systems().boxed(),
        Kind::Sequence => sequences::sequence().boxed(),
    };
    seeded_draw::tree(&strategy, seed, number, 0)
        .unwrap_or_else(|reason| unreachable!("nothing that is drawn here is ever rejected: {reason}"))
        .current()
}

fn systems() -> impl Strategy<Value = Case> {
    let sizes = SIZES.map(|(weight, sizes)| (weight, Just(sizes)));
    let oddness = prop_oneof![1 => Just(Oddness::Sound), 2 => Just(Oddness::Odd)];
    let case = (Union::new_weighted(sizes.to_vec()), oddness)
        .prop_flat_map(|(sizes, oddness)| case_of(sizes, oddness));
    (case, command_lists()).prop_map(|(case, commands)| with_command_list(case, commands))
}

/// The case in which the first secondary instance's main.cf is a FIFO.
fn with_fifo(case: Case) -> Case {
    let Some(first) = case.layout.secondary_instances().first() else { return case };
    let first = Instance { damage: Some(Damage::MainCfFifo), ..first.clone() };
    Case { layout: case.layout.rewritten(&[first]), ..case }
}

/// The case that the default instance's main.cf classifies commands in its own way.
fn with_command_list(case: Case, commands: Option<(&str, &str)>) -> Case {
    let Some((name, value)) = commands else { return case };
    let mut default = case.layout.default_instance().clone();
    default.settings.insert(name.to_owned(), ByteString::from(value));
    Case { layout: case.layout.rewritten(&[default]), ..case }
}

#[cfg(test)]
mod tests {
    use super::{Kind, draw};
    use std::collections::BTreeSet;

    #[test]
    fn a_seed_and_a_number_draw_one_case() {
        for number in 0..20 {
            assert_eq!(draw(7, number), draw(7, number));
        }
        assert_ne!(draw(7, 1), draw(8, 1));
        assert_ne!(draw(7, 1), draw(7, 2));
    }

    #[test]
    fn systems_of_all_sizes_are_drawn_and_large_ones_seldom() {
        let sizes: Vec<usize> = (0..2000)
            .filter(|number| Kind::of(*number) == Kind::System)
            .map(|number| draw(1, number).layout.instances().count())
            .collect();
        let part = |wanted: std::ops::RangeInclusive<usize>| {
            sizes.iter().filter(|size| wanted.contains(size)).count() * 100 / sizes.len()
        };
        assert!(sizes.iter().all(|size| (1..=200).contains(size)));
        assert!(sizes.contains(&1) && sizes.iter().any(|size| *size > 100));
        assert!(part(1..=9) > 70 && part(18..=200) < 5, "{} {}", part(1..=9), part(18..=200));
    }

    #[test]
    fn sequences_edit_what_they_go_on_with() {
        let sequences: Vec<_> =
            (0..500).filter(|n| Kind::of(*n) == Kind::Sequence).map(|n| draw(1, n)).collect();
        let edits = || sequences.iter().flat_map(|case| &case.steps).flat_map(|step| &step.rewrite);
        assert!(edits().any(|edited| edited.damage.is_some()));
        assert!(edits().any(|edited| edited.settings.contains_key("multi_instance_directories")));
        let names: BTreeSet<&str> = edits().map(|edited| edited.name.as_str()).collect();
        assert!(names.contains("default") && names.contains("a"));
        assert!(sequences.iter().all(|case| (4..=10).contains(&case.steps.len())));
    }
}
