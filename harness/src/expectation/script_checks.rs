//! Checks the postfix-scripts of a step.
//! It checks their environment, whether they overlapped, and whether they checked or updated shared files.

use std::collections::BTreeMap;
use std::path::Path;

use postfix_fakes::bytes::ByteString;
use postfix_fakes::journal::{Event, What};

use crate::outcome::Outcome;
use crate::world::World;

/// What postfix-scripts must have seen and done, beside their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScriptChecks {
    /// What was in the environment of every postfix-script of these instances. Values may hold placeholders.
    pub environment_of: BTreeMap<String, BTreeMap<String, ByteString>>,
    /// What was not in the environment of any postfix-script of these instances.
    pub environment_lacks: BTreeMap<String, Vec<String>>,
    /// What these instances did about shared files: `check`, `update`, in this order.
    pub shared_files: BTreeMap<String, Vec<String>>,
    /// Whether postfix-scripts may run at the same time.
    pub overlap: Overlap,
}

/// Whether postfix-scripts may run at the same time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overlap {
    /// It does not matter.
    #[default]
    Allowed,
    /// Each must have ended before the next begins.
    Forbidden,
}

impl ScriptChecks {
    /// Tells in words what was not as expected.
    pub(super) fn missing(&self, world: &World, outcome: &Outcome) -> Vec<String> {
        let mut missing = Vec::new();
        for (instance, wanted) in &self.environment_of {
            missing.extend(environment(world, outcome, instance, wanted));
        }
        for (instance, unwanted) in &self.environment_lacks {
            missing.extend(leaked(world, outcome, instance, unwanted));
        }
        if self.overlap == Overlap::Forbidden {
            missing.extend(overlaps(world, outcome));
        }
        for (instance, wanted) in &self.shared_files {
            let seen = shared_files(world, outcome, instance);
            if *wanted != seen {
                let tell = |actions: &[String]| {
                    if actions.is_empty() { "left alone".to_owned() } else { actions.join(", ") }
                };
                let (seen, wanted) = (tell(&seen), tell(wanted));
                missing.push(format!("shared files, by {instance}: {seen}, should be: {wanted}"));
            }
        }
        missing
    }
}

/// The environments of an instance's postfix-scripts.
fn starts<'a>(
    world: &'a World,
    outcome: &'a Outcome,
    instance: &'a str,
) -> impl Iterator<Item = &'a BTreeMap<String, ByteString>> {
    outcome.events.iter().filter_map(move |event| match event {
        Event { program, what: What::Start { environment, .. }, .. } if program == "postfix-script" => {
            let directory = environment.get("config_directory")?;
            let name = world.name_of(Path::new(directory.as_os_str()));
            (name == instance).then_some(environment)
        }
        _ => None,
    })
}

fn environment(
    world: &World,
    outcome: &Outcome,
    instance: &str,
    wanted: &BTreeMap<String, ByteString>,
) -> Vec<String> {
    let mut missing = Vec::new();
    let mut ran = 0;
    for environment in starts(world, outcome, instance) {
        ran += 1;
        for (name, value) in wanted {
            let value = ByteString(world.fill_in(&value.0));
            let seen = environment.get(name);
            if seen != Some(&value) {
                missing.push(format!(
                    "the postfix-script of {instance} has {name} {} in its environment, should be {}",
                    seen.map_or_else(|| "not".to_owned(), |seen| world.relative(&seen.0)),
                    world.relative(&value.0)
                ));
            }
        }
    }
    if ran == 0 {
        missing.push(format!("no postfix-script of {instance} ran, so its environment was not seen"));
    }
    missing
}

fn leaked(world: &World, outcome: &Outcome, instance: &str, unwanted: &[String]) -> Vec<String> {
    let environments: Vec<_> = starts(world, outcome, instance).collect();
    if environments.is_empty() {
        return vec![format!("no postfix-script of {instance} ran, so its environment was not seen")];
    }
    unwanted
        .iter()
        .filter(|name| environments.iter().any(|environment| environment.contains_key(*name)))
        .map(|name| format!("the postfix-script of {instance} has {name} in its environment, and should not"))
        .collect()
}

/// Which postfix-scripts began while another one was running.
fn overlaps(world: &World, outcome: &Outcome) -> Vec<String> {
    let mut running: BTreeMap<u32, String> = BTreeMap::new();
    let mut found = Vec::new();
    for event in outcome.events.iter().filter(|event| event.program == "postfix-script") {
        match &event.what {
            What::Start { environment, .. } => {
                let directory = environment.get("config_directory").cloned().unwrap_or_default();
                let name = world.name_of(Path::new(directory.as_os_str()));
                found.extend(running.values().map(|other| {
                    format!("the postfix-script of {name} began while that of {other} was running")
                }));
                running.insert(event.pid, name);
            }
            What::Finish { .. } => {
                running.remove(&event.pid);
            }
            _ => {}
        }
    }
    found
}

/// What was done about shared files, by the programs that ran for an instance: postfix-script, or post-install
/// below it.
fn shared_files(world: &World, outcome: &Outcome, instance: &str) -> Vec<String> {
    let mut whose = BTreeMap::new();
    let mut actions = Vec::new();
    for event in &outcome.events {
        match &event.what {
            What::Start { environment, .. } => {
                let directory = environment.get("config_directory");
                let name = directory.map(|directory| world.name_of(Path::new(directory.as_os_str())));
                whose.insert(event.pid, name);
            }
            What::SharedFiles { action } => {
                let by = whose.get(&event.pid).and_then(Option::as_deref);
                if by == Some(instance) {
                    actions.push(action.clone());
                }
            }
            _ => {}
        }
    }
    actions
}
