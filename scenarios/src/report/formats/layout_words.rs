//! Describes a layout in plain words: its instances, its faults, and what happens during a step.

use std::fmt::Write as _;

use postfix_fakes::bytes::ByteString;
use postfix_fakes::fault::{EditFault, Ending, Fault};
use postfix_harness::invocation::Action;
use postfix_harness::layout::{Damage, Instance, Layout};

use crate::judge::observation::escaped;

/// How many characters of a value are shown.
const MOST: usize = 160;

/// A value between quotes, on one line, harmless to a terminal. Of a long one, the beginning.
pub(super) fn shown(value: &ByteString) -> String {
    let text = escaped(value);
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("\"{}...\"", &text[..end]),
        None => format!("\"{text}\""),
    }
}

/// All instances, each with `multi_instance_enable` and what else is special. Equal neighbours are told together.
pub(super) fn instances(layout: &Layout) -> String {
    let all: Vec<&Instance> = layout.instances().collect();
    let are_alike = |one: &&Instance, other: &&Instance| state(one) == state(other);
    let told = all.chunk_by(are_alike).map(|row| {
        let names: Vec<&str> = row.iter().map(|instance| instance.name.as_str()).collect();
        let names = match names.as_slice() {
            [first, .., last] if names.len() > 3 => format!("{first} to {last}"),
            names => names.join(", "),
        };
        format!("{names}: {}", state(row[0]))
    });
    told.collect::<Vec<_>>().join("; ")
}

fn state(instance: &Instance) -> String {
    let enable = instance.enable.as_ref().map_or_else(|| "not set".to_owned(), shown);
    let mut special = Vec::new();
    if !instance.listed && instance.name != postfix_harness::layout::DEFAULT {
        special.push("not listed".to_owned());
    }
    special.extend(instance.damage.map(|damage| format!("damaged: {}", damage_in_words(damage))));
    special.extend(instance.settings.iter().map(|(name, value)| format!("{name} = {}", shown(value))));
    special.extend(instance.main_cf.iter().map(|text| format!("main.cf ends in {}", shown(text))));
    if special.is_empty() { enable } else { format!("{enable} ({})", special.join("; ")) }
}

/// What is wrong with an instance.
pub(super) fn damage_in_words(damage: Damage) -> &'static str {
    match damage {
        Damage::DirectoryMissing => "no configuration directory",
        Damage::MainCfMissing => "no main.cf",
        Damage::MainCfDirectory => "main.cf is a directory",
        Damage::MainCfFifo => "main.cf is a FIFO that nobody writes to",
        Damage::MainCfUnreadable => "main.cf cannot be read",
        Damage::MainCfSyntax => "main.cf ends in a line that is no setting",
    }
}

/// What a program does beside its job or in place of it.
pub(super) fn fault_in_words(fault: &Fault) -> String {
    let mut words = if fault.program.is_empty() { "postfix-script" } else { &fault.program }.to_owned();
    if let Some(instance) = &fault.instance {
        let _ = write!(words, " of {instance}");
    }
    if let Some(command) = &fault.command {
        let _ = write!(words, ", asked to {},", shown(command));
    }
    let mut deeds: Vec<String> = Vec::new();
    for (name, output) in [("standard output", &fault.stdout), ("standard error", &fault.stderr)] {
        if let Some(output) = output {
            let times = if fault.repeat > 1 { format!(", {} times", fault.repeat) } else { String::new() };
            deeds.push(format!("prints {} to {name}{times}", shown(output)));
        }
    }
    if fault.echoes {
        deeds.push("prints what it reads".to_owned());
    }
    deeds.extend(fault.gate.iter().map(|gate| format!("waits at gate {gate}")));
    deeds.extend(fault.edit.map(|edit| {
        match edit {
            EditFault::FullDisk => "finds the disk full half-way through an edit",
            EditFault::ReadOnly => "finds the file system read-only",
            EditFault::Killed => "is killed half-way through an edit",
        }
        .to_owned()
    }));
    deeds.extend(fault.ends.map(|ending| match ending {
        Ending::Status(status) => format!("ends with status {status}"),
        Ending::Signal(signal) => format!("ends by signal {signal}"),
    }));
    if deeds.is_empty() {
        deeds.push("does its job all the same".to_owned());
    }
    format!("{words} {}", deeds.join(", "))
}

/// What happens when a program has come to a gate.
pub(super) fn action_in_words(action: &Action) -> String {
    let mut words = format!("when gate {} is reached", action.gate);
    if let Some(signal) = action.signal {
        let whom = if action.to_group { "its process group" } else { "the command" };
        let _ = write!(words, ", {whom} gets {signal}");
    }
    if action.release {
        words.push_str(", the gate is opened");
    }
    words
}

#[cfg(test)]
mod tests {
    use postfix_fakes::bytes::ByteString;
    use postfix_harness::layout::{Damage, Draft, Instance, Layout};

    use super::{instances, shown};

    #[test]
    fn a_value_can_be_told_from_its_neighbours_and_does_nothing_to_a_terminal() {
        for (value, text) in
            [("", "\"\""), (" yes\n", "\" yes\\n\""), ("\u{1b}[2J", "\"\\u{1b}[2J\""), ("\\n", "\"\\\\n\"")]
        {
            assert_eq!(shown(&ByteString::from(value)), text);
        }
        assert_eq!(shown(&ByteString::from("x".repeat(1000).as_str())).len(), 165);
    }

    #[test]
    fn an_instance_that_is_special_is_told_among_hundreds() {
        let plain = (1..100).map(|number| Instance::enabled(&format!("n{number}")));
        let broken = Instance { damage: Some(Damage::MainCfMissing), ..Instance::enabled("broken") };
        let odd = Instance { listed: false, ..Instance::disabled("odd") };
        let instances_of = plain.chain([broken, odd]).collect();
        let layout = Layout::try_from(Draft { instances: instances_of, ..Draft::default() }).unwrap();
        assert_eq!(
            instances(&layout),
            "default: not set; n1 to n99: \"yes\"; broken: \"yes\" (damaged: no main.cf); odd: not set (not listed)"
        );
    }
}
