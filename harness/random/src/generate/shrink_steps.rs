//! Lists the changes that make a case smaller or plainer. A part that is left out takes along what refers to it.

use std::ops::Range;

use postfix_fakes::bytes::ByteString;
use postfix_fakes::fault::{Ending, Fault};

use super::{Case, Step};
use postfix_harness::layout::{DEFAULT, Draft, Instance, Layout};

/// The setting that holds an edited list.
const LIST: &str = "multi_instance_directories";

/// A change that leaves less of a case, or something plainer.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// These steps go, edits and all.
    Steps(Range<usize>),
    /// The command of this step goes, and its edits are made before the next one's.
    Command(usize),
    /// The edits before the first command are there from the beginning.
    FirstEdits,
    /// The edits of this step go.
    Edits(usize),
    /// These secondary instances go.
    Instances(Range<usize>),
    /// These faults go.
    Faults(Range<usize>),
    /// This fault ends its program with status 1.
    PlainFault(usize),
    /// The list is left to the harness.
    List,
    /// This word of the list goes.
    Word(usize),
    /// The words of the list are separated as by the harness.
    Separators,
    /// Something of an instance becomes plain, here and wherever it is written anew.
    Instance(String, Plain),
    /// The environment of this step goes.
    Environment(usize),
    /// This argument of this step goes.
    Argument(usize, usize),
    /// This argument of this step becomes a plain word.
    PlainArgument(usize, usize),
}

/// What of an instance becomes plain.
#[derive(Clone, Debug)]
pub(super) enum Plain {
    Directory,
    Damage,
    Enabled,
    Unset,
    Listed,
    Setting(String),
}

/// All changes, those that leave least first.
pub(super) fn changes(case: &Case) -> Vec<Change> {
    let mut changes: Vec<Change> = chunks(case.steps.len()).map(Change::Steps).collect();
    changes.extend(chunks(case.layout.secondary_instances().len()).map(Change::Instances));
    changes.extend(chunks(case.layout.faults().len()).map(Change::Faults));
    changes.extend([Change::List, Change::Separators, Change::FirstEdits]);
    changes.extend((0..words(&case.layout.list().0).len()).map(Change::Word));
    for place in 0..case.steps.len() {
        changes.extend([Change::Command(place), Change::Edits(place), Change::Environment(place)]);
    }
    for instance in case.layout.instances() {
        let plain = |what| Change::Instance(instance.name.clone(), what);
        changes.extend(
            [Plain::Directory, Plain::Damage, Plain::Enabled, Plain::Unset, Plain::Listed].map(plain),
        );
        changes.extend(instance.settings.keys().map(|name| plain(Plain::Setting(name.clone()))));
    }
    changes.extend((0..case.layout.faults().len()).map(Change::PlainFault));
    for (place, step) in case.steps.iter().enumerate() {
        changes.extend((0..step.invocation.arguments.len()).map(|word| Change::Argument(place, word)));
        changes.extend((1..step.invocation.arguments.len()).map(|word| Change::PlainArgument(place, word)));
    }
    changes
}

/// Halves, quarters and so on of `length` things, down to single ones.
fn chunks(length: usize) -> impl Iterator<Item = Range<usize>> {
    let sizes = std::iter::successors(Some(length), |size| (*size > 1).then_some(size.div_ceil(2)));
    sizes
        .filter(|size| *size > 0)
        .flat_map(move |size| (0..length).step_by(size).map(move |start| start..(start + size).min(length)))
}

impl Change {
    /// The changed case; none if there is nothing to change.
    pub(super) fn apply(&self, case: &Case) -> Option<Case> {
        let mut case = case.clone();
        let mut draft = Draft::from(case.layout.clone());
        match self {
            Self::Steps(range) => {
                case.steps.drain(range.clone());
            }
            Self::Command(place) => {
                let edits = std::mem::take(&mut case.steps[*place].rewrite);
                let next = case.steps.get_mut(place + 1)?;
                next.rewrite = merged(edits, &next.rewrite);
                case.steps.remove(*place);
            }
            Self::FirstEdits => {
                let edits = std::mem::take(&mut case.steps.first_mut()?.rewrite);
                draft = Draft::from(Layout::try_from(draft).ok()?.rewritten(&edits));
            }
            Self::Edits(place) => case.steps[*place].rewrite.clear(),
            Self::Environment(place) => case.steps[*place].invocation.environment.clear(),
            Self::Argument(place, word) => {
                case.steps[*place].invocation.arguments.remove(*word);
            }
            Self::PlainArgument(place, word) => {
                let argument = &mut case.steps[*place].invocation.arguments[*word];
                if argument.0.len() > 1 && !argument.0.starts_with(b"@") && word > &0 {
                    *argument = ByteString::from("x");
                }
            }
            Self::Instances(range) => remove_instances(&mut draft, &mut case.steps, range.clone()),
            Self::Faults(range) => {
                draft.faults.drain(range.clone());
            }
            Self::PlainFault(place) => {
                let fault = &mut draft.faults[*place];
                fault.ends = Some(Ending::Status(1));
            }
            Self::List => draft.list = None,
            Self::Word(place) => draft.list = Some(without_word(&draft.list.take()?, *place)),
            Self::Separators => {
                let list = draft.list.take()?;
                let plain: Vec<&[u8]> = words(&list.0).into_iter().map(|word| &list.0[word]).collect();
                draft.list = Some(ByteString(plain.join(&b", "[..])));
            }
            Self::Instance(name, plain) => make_plain(&mut draft, &mut case.steps, name, plain),
        }
        case.layout = Layout::try_from(draft).ok()?;
        (!case.steps.is_empty()).then_some(case)
    }
}

/// Edits, and those that come after them: of an instance that is edited twice the last one stays.
fn merged(first: Vec<Instance>, then: &[Instance]) -> Vec<Instance> {
    let kept = first.into_iter().filter(|one| then.iter().all(|later| later.name != one.name));
    kept.chain(then.iter().cloned()).collect()
}

fn remove_instances(draft: &mut Draft, steps: &mut [Step], range: Range<usize>) {
    for gone in draft.instances.drain(range).collect::<Vec<_>>() {
        let is_its = |fault: &Fault| fault.instance.as_ref() == Some(&ByteString::from(gone.name.as_str()));
        draft.faults.retain(|fault| !is_its(fault));
        for step in steps.iter_mut() {
            step.rewrite.retain(|edited| edited.name != gone.name);
        }
        let directory = gone.relative_directory();
        for list in lists(draft, steps) {
            *list = without_directory(list, &directory.0);
        }
    }
}

/// All texts that are lists of directories.
fn lists<'a>(draft: &'a mut Draft, steps: &'a mut [Step]) -> impl Iterator<Item = &'a mut ByteString> {
    let edited = steps.iter_mut().flat_map(|step| &mut step.rewrite).filter(|edited| edited.name == DEFAULT);
    let defaults = std::iter::once(&mut draft.default).chain(edited);
    draft.list.iter_mut().chain(defaults.filter_map(|instance| instance.settings.get_mut(LIST)))
}

/// Where the words of a list are.
fn words(list: &[u8]) -> Vec<Range<usize>> {
    let is_separator = |byte: u8| byte == b',' || byte.is_ascii_whitespace();
    let mut words = Vec::new();
    let mut start = None;
    for (place, byte) in list.iter().chain(b",").enumerate() {
        match (start, is_separator(*byte)) {
            (None, false) => start = Some(place),
            (Some(begun), true) => {
                words.push(begun..place);
                start = None;
            }
            _ => {}
        }
    }
    words
}

/// The list without one word and with all separators: they may be what matters.
fn without_word(list: &ByteString, place: usize) -> ByteString {
    let mut bytes = list.0.clone();
    if let Some(word) = words(&list.0).into_iter().nth(place) {
        bytes.drain(word);
    }
    ByteString(bytes)
}

fn without_directory(list: &ByteString, directory: &[u8]) -> ByteString {
    let mut list = list.clone();
    let names = |word: &[u8]| {
        let word = word.strip_suffix(b"/").unwrap_or(word);
        word.strip_suffix(directory).is_some_and(|before| before.ends_with(b"/"))
    };
    while let Some(word) = words(&list.0).into_iter().find(|word| names(&list.0[word.clone()])) {
        list.0.drain(word);
    }
    list
}

fn make_plain(draft: &mut Draft, steps: &mut [Step], name: &str, plain: &Plain) {
    let edited = |instance: &&mut Instance| instance.name == name;
    let all = std::iter::once(&mut draft.default)
        .chain(&mut draft.instances)
        .chain(steps.iter_mut().flat_map(|step| &mut step.rewrite));
    let mut moved = None;
    for instance in all.filter(edited) {
        match plain {
            Plain::Directory => {
                if let Some(old) = instance.directory.take() {
                    moved = Some((old.as_bytes().clone(), instance.relative_directory()));
                }
            }
            Plain::Damage => instance.damage = None,
            Plain::Enabled => instance.enable = Some(ByteString::from("yes")),
            // Plain as well, but less so: else the two would take turns for ever.
            Plain::Unset if instance.enable == Some(ByteString::from("yes")) => {}
            Plain::Unset => instance.enable = None,
            Plain::Listed => instance.listed = true,
            Plain::Setting(setting) => {
                instance.settings.remove(setting);
            }
        }
    }
    let Some((old, new)) = moved else { return };
    for list in lists(draft, steps) {
        list.0 = renamed(&list.0, &old.0, &new.0);
    }
    for invocation in steps.iter_mut().map(|step| &mut step.invocation) {
        for text in invocation.arguments.iter_mut().chain(invocation.environment.values_mut()) {
            text.0 = renamed(&text.0, &old.0, &new.0);
        }
    }
}

/// The text with one directory's name in place of another's.
fn renamed(text: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut renamed = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(old) {
            renamed.extend_from_slice(new);
            rest = after;
        } else {
            renamed.push(*first);
            rest = after;
        }
    }
    renamed
}

#[cfg(test)]
mod tests {
    use super::{Change, Plain, chunks, without_directory, words};
    use crate::generate::{Case, Step};
    use postfix_fakes::bytes::ByteString;
    use postfix_fakes::fault::Fault;
    use postfix_harness::invocation::Invocation;
    use postfix_harness::layout::{Draft, Instance, Layout};

    #[test]
    fn chunks_cover_everything_at_every_size() {
        let all: Vec<_> = chunks(3).collect();
        assert_eq!(all, [0..3, 0..2, 2..3, 0..1, 1..2, 2..3]);
        assert_eq!(chunks(0).count(), 0);
    }

    #[test]
    fn a_word_goes_and_its_separators_stay() {
        let list = "@root@/etc/ab, @root@/etc/b/\n\t$x/etc/b,@root@/etc/bb".into();
        assert_eq!(without_directory(&list, b"etc/b").to_string(), "@root@/etc/ab, \n\t,@root@/etc/bb");
        assert_eq!(words(b" a,,b\n"), [1..2, 4..5]);
    }

    #[test]
    fn what_spoke_of_an_instance_goes_with_it() {
        let odd =
            Instance { directory: ByteString::from("etc/odd").try_into().ok(), ..Instance::enabled("a") };
        let layout = Layout::try_from(Draft {
            list: Some("@root@/etc/odd @root@/etc/postfix-b".into()),
            instances: vec![odd.clone(), Instance::enabled("b")],
            faults: vec![Fault { instance: Some("a".into()), ..Fault::default() }],
            ..Draft::default()
        });
        let invocation = Invocation::postfix(&["-c", "@root@/etc/odd", "start"]);
        let case = Case { layout: layout.unwrap(), steps: vec![Step { rewrite: vec![odd], invocation }] };
        let without = Change::Instances(0..1).apply(&case).unwrap();
        assert_eq!(without.layout.list().to_string(), " @root@/etc/postfix-b");
        assert!(without.layout.faults().is_empty() && without.steps[0].rewrite.is_empty());
        let plain = Change::Instance("a".to_owned(), Plain::Directory).apply(&case).unwrap();
        assert_eq!(plain.layout.list().to_string(), "@root@/etc/postfix-a @root@/etc/postfix-b");
        assert_eq!(plain.steps[0].invocation.arguments[1], "@root@/etc/postfix-a".into());
        assert_eq!(plain.steps[0].rewrite[0].directory, None);
        assert_eq!(Change::Steps(0..1).apply(&case), None);
    }
}
