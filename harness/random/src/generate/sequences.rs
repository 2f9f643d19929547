//! Draws sequences of commands with edits of main.cf between them.
//! Flags change, and instances are damaged, repaired, listed, unlisted, or started by hand. Each edit depends on
//! those before it.

use std::collections::BTreeSet;

use postfix_fakes::bytes::ByteString;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::commands::{self, Drawn};
use super::instances::flag_value;
use super::oddness::Oddness;
use super::{Case, Step, layout_of};
use postfix_harness::layout::{DEFAULT, Damage, Draft, Instance, Layout};

/// The setting that an edited list is in: it wins over the one that a world writes before it.
const LIST: &str = "multi_instance_directories";

/// What damages an instance that is there.
const DAMAGES: [Damage; 4] =
    [Damage::MainCfMissing, Damage::MainCfDirectory, Damage::MainCfUnreadable, Damage::MainCfSyntax];

/// A change between two commands. Which instance it hits is said by a number that any system has an answer to.
#[derive(Clone, Copy, Debug)]
enum Edit {
    Flag(Index, Option<&'static str>),
    Damage(Index, Damage),
    Mend(Index),
    Unlist(Index),
    List(Index),
}

/// Cases with up to five secondary instances and four to ten steps each.
pub fn sequence() -> impl Strategy<Value = Case> {
    let edit = prop_oneof![
        4 => (any::<Index>(), flag_value()).prop_map(|(whom, flag)| Edit::Flag(whom, flag)),
        2 => (any::<Index>(), select(&DAMAGES[..])).prop_map(|(whom, damage)| Edit::Damage(whom, damage)),
        3 => any::<Index>().prop_map(Edit::Mend),
        2 => any::<Index>().prop_map(Edit::Unlist),
        2 => any::<Index>().prop_map(Edit::List),
    ];
    let steps = vec((option::of(edit), commands::everyday()), 4..=10);
    let oddness = prop_oneof![3 => Just(Oddness::Sound), 1 => Just(Oddness::Odd)];
    let layout = oddness.prop_flat_map(|oddness| layout_of(1..=5, oddness));
    (layout, steps).prop_map(|(layout, steps)| assemble(layout, steps))
}

fn assemble(layout: Layout, drawn: Vec<(Option<Edit>, Drawn)>) -> Case {
    // The list is edited as a set of directories, so that it is left to the harness.
    let draft = Draft { list: None, ..Draft::from(layout) };
    let mut now = System::new(&draft);
    let mut steps = Vec::new();
    let layout = Layout::try_from(draft)
        .unwrap_or_else(|error| unreachable!("a layout whose list is another is none: {error}"));
    for (edit, command) in drawn {
        let rewrite = edit.and_then(|edit| now.edit(edit)).into_iter().collect();
        steps.push(Step { rewrite, invocation: command.addressed(&layout) });
    }
    Case { layout, steps }
}

/// What the files say at some time.
struct System {
    /// The default instance comes first.
    instances: Vec<Instance>,
    /// Places in `instances` that the list has.
    listed: BTreeSet<usize>,
}

impl System {
    fn new(draft: &Draft) -> Self {
        let mut default = draft.default.clone();
        DEFAULT.clone_into(&mut default.name);
        let instances: Vec<Instance> =
            std::iter::once(default).chain(draft.instances.iter().cloned()).collect();
        let listed = (1..instances.len()).filter(|place| instances[*place].listed).collect();
        Self { instances, listed }
    }

    /// Makes an edit, and tells the instance that it changed; none if there is nothing to change.
    fn edit(&mut self, edit: Edit) -> Option<Instance> {
        match edit {
            Edit::Flag(whom, flag) => {
                let instance = whom.get_mut(&mut self.instances);
                instance.enable = flag.map(ByteString::from);
                Some(instance.clone())
            }
            Edit::Damage(whom, damage) => {
                let place = self.one(whom, |_, instance| instance.damage.is_none())?;
                self.instances[place].damage = Some(damage);
                Some(self.instances[place].clone())
            }
            Edit::Mend(whom) => {
                let place = self.one(whom, |_, instance| instance.damage.is_some())?;
                self.instances[place].damage = None;
                Some(self.instances[place].clone())
            }
            Edit::Unlist(whom) => {
                let place = self.one(whom, |place, _| self.listed.contains(&place))?;
                self.listed.remove(&place);
                Some(self.with_new_list())
            }
            Edit::List(whom) => {
                let place = self.one(whom, |place, _| place > 0 && !self.listed.contains(&place))?;
                self.listed.insert(place);
                Some(self.with_new_list())
            }
        }
    }

    /// The place of one of the instances that are so.
    fn one(&self, whom: Index, is_so: impl Fn(usize, &Instance) -> bool) -> Option<usize> {
        let places: Vec<usize> =
            (0..self.instances.len()).filter(|place| is_so(*place, &self.instances[*place])).collect();
        (!places.is_empty()).then(|| *whom.get(&places))
    }

    fn with_new_list(&mut self) -> Instance {
        let directories: Vec<Vec<u8>> = self
            .listed
            .iter()
            .map(|place| [b"@root@/", &self.instances[*place].relative_directory().0[..]].concat())
            .collect();
        let list = ByteString(directories.join(&b", "[..]));
        self.instances[0].settings.insert(LIST.to_owned(), list);
        self.instances[0].clone()
    }
}
