//! Properties of the order in which a schedule starts steps, whatever ends when.

use std::convert::Infallible;
use std::ffi::OsString;

use proptest::prelude::*;

use super::*;
use crate::postfix::command::{Classes, Command};
use crate::postfix::instance::Instances;
use crate::postfix::values::enable_flag::Flag;

/// The groups of the secondary instances, the command, how many at once, and which of those busy ends next.
type Drawn = (Vec<Option<u8>>, &'static str, usize, Vec<prop::sample::Index>);

fn drawn() -> impl Strategy<Value = Drawn> {
    (
        prop::collection::vec(prop::option::weighted(0.7, 0_u8..4), 0..12),
        prop::sample::select(&["start", "stop", "check", "drain"][..]),
        1_usize..6,
        prop::collection::vec(any::<prop::sample::Index>(), 13),
    )
}

fn plan(groups: &[Option<u8>], command: &str) -> Plan {
    let directories = (0..groups.len()).map(|at| OsString::from(format!("/{at}")));
    let (instances, _) = Instances::new("/default".into(), directories, |_| None);
    let command = Command::new([command.into()]).unwrap();
    let Ok(plan) =
        Plan::new(command, &Classes::default(), &instances, |_| Ok::<_, Infallible>(Ok(Flag::Enabled)));
    let Ok(plan) = plan.with_groups(|instance| {
        let at = instance.directory().to_str().unwrap()[1..].parse::<usize>();
        // The default instance is in a group too, which must not matter.
        let group = at.map_or(Some(0), |at| groups[at]);
        Ok::<_, Infallible>(group.map(|group| OsString::from(group.to_string())))
    });
    plan
}

/// Begins and ends of steps, by their numbers, in the order in which they came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Begun(usize),
    Ended(usize),
}

/// Plays a schedule to its end.
fn play(schedule: &mut Schedule, choices: &[prop::sample::Index]) -> Vec<Event> {
    let mut events = Vec::new();
    let mut busy = Vec::new();
    let mut choices = choices.iter();
    loop {
        while let Some(at) = schedule.next() {
            busy.push(at);
            events.push(Event::Begun(at));
        }
        if busy.is_empty() {
            return events;
        }
        let at = busy.swap_remove(choices.next().unwrap().index(busy.len()));
        schedule.ended(at);
        events.push(Event::Ended(at));
    }
}

fn position(events: &[Event], event: Event) -> usize {
    events.iter().position(|other| *other == event).unwrap()
}

proptest! {
    #[test]
    fn the_invariant_holds_whatever_ends_when((groups, command, jobs, choices) in drawn()) {
        let plan = plan(&groups, command);
        let steps: Vec<_> = plan.steps().collect();
        let mut schedule = Schedule::new(&plan, NonZeroUsize::new(jobs).unwrap());
        let events = play(&mut schedule, &choices);
        prop_assert_eq!(events.len(), 2 * steps.len());
        prop_assert_eq!(schedule.waiting().count(), 0);
        let default = if plan.default_is_last() { steps.len() - 1 } else { 0 };
        for one in 0..steps.len() {
            for other in one + 1..steps.len() {
                let grouped = matches!(steps[one].serial, Serial::Group(_)) && steps[one].serial == steps[other].serial;
                if grouped || one == default || other == default {
                    prop_assert!(
                        position(&events, Event::Ended(one)) < position(&events, Event::Begun(other)),
                        "{} and {} of {:?}", one, other, events
                    );
                }
            }
        }
        let mut busy = 0;
        for event in &events {
            match event {
                Event::Begun(_) => busy += 1,
                Event::Ended(_) => busy -= 1,
            }
            prop_assert!(busy <= jobs);
        }
    }

    #[test]
    fn one_at_a_time_is_the_run_order((groups, command, _, choices) in drawn()) {
        let plan = plan(&groups, command);
        let mut schedule = Schedule::new(&plan, NonZeroUsize::MIN);
        let expected: Vec<Event> =
            (0..=groups.len()).flat_map(|at| [Event::Begun(at), Event::Ended(at)]).collect();
        prop_assert_eq!(play(&mut schedule, &choices), expected);
    }
}

#[test]
fn whatever_may_begin_begins_and_the_earliest_first() {
    let plan = plan(&[Some(1), Some(1), None, Some(2), None], "start");
    let mut schedule = Schedule::new(&plan, NonZeroUsize::new(3).unwrap());
    assert_eq!(schedule.next(), Some(0));
    assert_eq!(schedule.next(), None);
    schedule.ended(0);
    // The second of group 1 waits for the first; three are enough.
    assert_eq!([schedule.next(), schedule.next(), schedule.next()], [Some(1), Some(3), Some(4)]);
    assert_eq!(schedule.next(), None);
    schedule.ended(3);
    assert_eq!([schedule.next(), schedule.next()], [Some(5), None]);
    schedule.ended(1);
    assert_eq!([schedule.next(), schedule.next()], [Some(2), None]);
    assert_eq!(schedule.waiting().count(), 0);
}

#[test]
fn nothing_begins_in_a_closed_schedule() {
    let plan = plan(&[None, None], "start");
    let mut schedule = Schedule::new(&plan, NonZeroUsize::MIN);
    assert_eq!(schedule.next(), Some(0));
    schedule.ended(0);
    schedule.close();
    assert_eq!((schedule.next(), schedule.waiting().count()), (None, 0));
}
