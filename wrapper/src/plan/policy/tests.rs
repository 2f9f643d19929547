//! Properties that hold for every plan, whatever the instances, their flags and the command.

use std::cell::RefCell;
use std::convert::Infallible;
use std::ffi::OsString;

use proptest::prelude::*;

use super::*;
use crate::postfix::values::enable_flag::NotBoolean;

/// What an instance's flag turns out to be.
type Found = Result<Flag, Damage>;

const STOPPING: [&str; 4] = ["stop", "quick-stop", "abort", "drain"];
const FLAGGED: [&str; 7] = ["start", "stop", "quick-stop", "abort", "drain", "flush", "reload"];

fn found() -> impl Strategy<Value = Found> {
    prop_oneof![
        Just(Ok(Flag::Enabled)),
        Just(Ok(Flag::Disabled)),
        Just(Err(Damage::Flag(NotBoolean("maybe".into())))),
        Just(Err(Damage::Unreadable { reason: "damaged".into(), status: 78 })),
    ]
}

fn command() -> impl Strategy<Value = Vec<String>> {
    let name = prop_oneof![
        3 => proptest::sample::select(&FLAGGED[..]).prop_map(str::to_owned),
        1 => proptest::sample::select(&["check", "status", "set-permissions", "/bin/x"][..]).prop_map(str::to_owned),
        1 => ".{0,6}",
    ];
    (name, proptest::collection::vec(".{0,4}", 0..4)).prop_map(|(name, mut rest)| {
        rest.insert(0, name);
        rest
    })
}

/// The default instance's flag, and for each other one whether its directory is absolute, and its flag.
fn system() -> impl Strategy<Value = (Found, Vec<(bool, Found)>)> {
    (found(), proptest::collection::vec((proptest::bool::weighted(0.9), found()), 0..9))
}

/// The directories in startup order, and the flag of each.
fn listing(system: &(Found, Vec<(bool, Found)>)) -> Vec<(OsString, Found)> {
    let secondary = system.1.iter().enumerate().map(|(at, (absolute, found))| {
        (OsString::from(format!("{}etc-{at}", if *absolute { "/" } else { "" })), found.clone())
    });
    std::iter::once((OsString::from("/etc/postfix"), system.0.clone())).chain(secondary).collect()
}

/// The plan, and the directories whose flag was asked for.
fn planned(listing: &[(OsString, Found)], words: &[String]) -> (Plan, Vec<OsString>) {
    let directories = listing[1..].iter().map(|(directory, _)| directory.clone());
    let (instances, _) = Instances::new(listing[0].0.clone().into(), directories, |_| None);
    let asked = RefCell::new(Vec::new());
    let plan = Plan::new(
        Command::new(words.iter().map(OsString::from)).unwrap(),
        &Classes::default(),
        &instances,
        |instance| {
            let directory = instance.directory().as_os_str().to_owned();
            let (_, found) = listing.iter().find(|(known, _)| *known == directory).unwrap();
            asked.borrow_mut().push(directory);
            Ok::<_, Infallible>(found.clone())
        },
    );
    let Ok(plan) = plan;
    (plan, asked.into_inner())
}

fn steps(plan: &Plan) -> Vec<&Step> {
    plan.steps().collect()
}

proptest! {
    #[test]
    fn every_instance_has_its_one_step_in_startup_order_or_in_its_reverse(
        system in system(), words in command()
    ) {
        let listing = listing(&system);
        let (plan, _) = planned(&listing, &words);
        let mut found: Vec<OsString> =
            steps(&plan).iter().map(|step| step.instance.directory().as_os_str().to_owned()).collect();
        if STOPPING.contains(&words[0].as_str()) {
            found.reverse();
        }
        let expected: Vec<OsString> = listing.iter().map(|(directory, _)| directory.clone()).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn the_default_instance_is_at_one_end(system in system(), words in command()) {
        let (plan, _) = planned(&listing(&system), &words);
        let stops = STOPPING.contains(&words[0].as_str());
        prop_assert_eq!(plan.default_is_last(), stops);
        let steps = steps(&plan);
        let default = if stops { steps[steps.len() - 1] } else { steps[0] };
        prop_assert_eq!(default.instance.directory().as_os_str(), "/etc/postfix");
    }

    #[test]
    fn groups_become_lanes_and_change_nothing_else(system in system(), words in command()) {
        let (plan, _) = planned(&listing(&system), &words);
        let named = plan.clone().with_groups(|instance| {
            let directory = instance.directory().as_os_str().to_owned();
            Ok::<_, Infallible>(directory.as_encoded_bytes().ends_with(b"1").then_some(directory))
        });
        let Ok(named) = named;
        for (before, after) in plan.steps().zip(named.steps()) {
            let directory = before.instance.directory().as_os_str();
            let sound = !matches!(before.action, StepAction::Report(_));
            let grouped = sound && directory.as_encoded_bytes().ends_with(b"1");
            let serial = if grouped { Serial::Group(directory.to_owned()) } else { Serial::Alone };
            prop_assert_eq!(&before.serial, &Serial::Alone);
            prop_assert_eq!(after, &Step { serial, ..before.clone() });
        }
    }

    #[test]
    fn an_enabled_instance_gets_the_words_unchanged(system in system(), words in command()) {
        let listing = listing(&system);
        let (plan, _) = planned(&listing, &words);
        for step in steps(&plan) {
            let (directory, found) =
                listing.iter().find(|(known, _)| known == step.instance.directory().as_os_str()).unwrap();
            if directory.as_encoded_bytes()[0] == b'/' && *found == Ok(Flag::Enabled) {
                prop_assert_eq!(&step.action, &StepAction::Run);
                let given: Vec<OsString> =
                    plan.words(step).unwrap().into_iter().map(OsStr::to_owned).collect();
                prop_assert_eq!(given, words.iter().map(OsString::from).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn a_disabled_instance_is_checked_skipped_or_not_treated_otherwise(
        system in system(), words in command()
    ) {
        let listing = listing(&system);
        let (plan, _) = planned(&listing, &words);
        for step in steps(&plan) {
            let (directory, found) =
                listing.iter().find(|(known, _)| known == step.instance.directory().as_os_str()).unwrap();
            if directory.as_encoded_bytes()[0] == b'/' && *found == Ok(Flag::Disabled) {
                let expected = match words[0].as_str() {
                    "start" => StepAction::Check,
                    name if FLAGGED.contains(&name) => StepAction::Skip,
                    _ => StepAction::Run,
                };
                prop_assert_eq!(&step.action, &expected);
            }
        }
    }

    #[test]
    fn damage_is_reported_where_it_matters_and_harms_no_other_instance(
        system in system(), words in command()
    ) {
        let listing = listing(&system);
        let (plan, _) = planned(&listing, &words);
        let flagged = FLAGGED.contains(&words[0].as_str());
        for step in steps(&plan) {
            let (directory, found) =
                listing.iter().find(|(known, _)| known == step.instance.directory().as_os_str()).unwrap();
            let relative = directory.as_encoded_bytes()[0] != b'/';
            let damaged = relative || (flagged && found.is_err());
            prop_assert_eq!(matches!(step.action, StepAction::Report(_)), damaged);
            if damaged {
                prop_assert_eq!(plan.words(step), None);
            }
        }
    }

    #[test]
    fn flags_are_asked_for_only_where_they_matter_and_once(system in system(), words in command()) {
        let listing = listing(&system);
        let (_, asked) = planned(&listing, &words);
        let expected: Vec<OsString> = if FLAGGED.contains(&words[0].as_str()) {
            let absolute = |directory: &&OsString| directory.as_encoded_bytes()[0] == b'/';
            listing.iter().map(|(directory, _)| directory).filter(absolute).cloned().collect()
        } else {
            Vec::new()
        };
        prop_assert_eq!(asked, expected);
    }
}

#[test]
fn a_check_in_place_of_a_start_has_no_arguments() {
    let listing = [(OsString::from("/etc/postfix"), Ok(Flag::Disabled))];
    let (plan, _) = planned(&listing, &["start".into(), "-x".into()]);
    assert_eq!(plan.words(steps(&plan)[0]), Some(vec![OsStr::new("check")]));
}

#[test]
fn an_error_of_the_caller_ends_the_planning() {
    let (instances, _) = Instances::new("/etc/postfix".into(), ["/a".into()], |_| None);
    let command = Command::new(["stop".into()]).unwrap();
    assert_eq!(Plan::new(command, &Classes::default(), &instances, |_| Err("enough")), Err("enough"));
}
