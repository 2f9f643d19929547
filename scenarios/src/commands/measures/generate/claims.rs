//! Finds the clauses that a generated case is about, from its contents; the rarest comes first.

use postfix_fakes::fault::Ending;
use postfix_harness::invocation::Program;
use postfix_harness::layout::{DEFAULT, Instance};
use postfix_random::generate::{Case, Step};

/// How many clauses a case names at most.
const MOST: usize = 4;

/// The parameters that classify commands.
const COMMAND_LISTS: [&str; 3] =
    ["postmulti_start_commands", "postmulti_stop_commands", "postmulti_control_commands"];

/// The clauses of a case whose last step is the one that matters.
pub(super) fn of(case: &Case) -> Vec<String> {
    let Some(last) = case.steps.last() else { return Vec::new() };
    let mut clauses = if last.invocation.entry == Program::Manager {
        vec!["MGR-9"]
    } else if is_limited(last) {
        of_one(last)
    } else if words(case).is_empty() {
        vec!["GEN-1", "MODE-7"]
    } else {
        let mut clauses = of_systems(case);
        clauses.extend(of_commands(case, last));
        clauses
    };
    clauses.truncate(MOST);
    clauses.into_iter().map(str::to_owned).collect()
}

fn is_limited(step: &Step) -> bool {
    let option = step.invocation.arguments.first().is_some_and(|word| word.0.starts_with(b"-c"));
    option || step.invocation.environment.contains_key("MAIL_CONFIG")
}

/// What is claimed of a command for one instance.
fn of_one(step: &Step) -> Vec<&'static str> {
    let option = step.invocation.arguments.first().is_some_and(|word| word.0.starts_with(b"-c"));
    let variable = step.invocation.environment.contains_key("MAIL_CONFIG");
    match (option, variable) {
        (true, true) => vec!["IND-3", "IND-1"],
        (true, false) => vec!["IND-1", "MODE-6"],
        _ => vec!["IND-2", "MODE-6"],
    }
}

/// All instances, as they are at first and after every edit.
fn instances(case: &Case) -> impl Iterator<Item = &Instance> {
    case.layout.instances().chain(case.steps.iter().flat_map(|step| &step.rewrite))
}

/// What is claimed of systems like this one.
fn of_systems(case: &Case) -> Vec<&'static str> {
    let mut clauses = Vec::new();
    let mut claim = |applies: bool, ids: &[&'static str]| {
        if applies {
            clauses.extend_from_slice(ids);
        }
    };
    let flags = || instances(case).filter_map(|instance| instance.enable.as_ref());
    let words = words(case);
    let odd = |word: &Vec<u8>| {
        !word.iter().all(|byte| byte.is_ascii_alphanumeric() || b"@/-_${}().".contains(byte))
    };
    claim(instances(case).any(|instance| instance.damage.is_some()), &["MGR-15b", "MGR-15"]);
    claim(words.iter().any(|word| names_no_instance(case, word)), &["MGR-15", "MGR-15b"]);
    claim(flags().any(|flag| flag.0.contains(&b'$')), &["ENB-10b"]);
    claim(flags().any(|flag| is_no_boolean(&flag.0)), &["ENB-10c"]);
    claim(flags().any(|flag| flag.0.iter().any(u8::is_ascii_uppercase)), &["ENB-10"]);
    claim(words.iter().any(|word| is_default(word)), &["MGR-12b"]);
    claim(has_twice(&words), &["MGR-12"]);
    claim(words.iter().any(|word| word.contains(&b'$')), &["MGR-14"]);
    claim(words.iter().any(odd), &["MGR-13"]);
    let ends = || case.layout.faults().iter().filter_map(|fault| fault.ends);
    claim(ends().any(|end| matches!(end, Ending::Signal(_))), &["MGR-11"]);
    claim(ends().any(|end| matches!(end, Ending::Status(_))), &["MGR-8", "MGR-6", "MGR-7"]);
    claim(
        instances(case).any(|one| COMMAND_LISTS.iter().any(|list| one.settings.contains_key(*list))),
        &["ENB-11"],
    );
    claim(!is_usual(&case.layout.list().0), &["MGR-3"]);
    clauses
}

/// Whether a list is separated as the suite's own lists are.
fn is_usual(list: &[u8]) -> bool {
    let words: Vec<&[u8]> = list
        .split(|byte| *byte == b',' || byte.is_ascii_whitespace())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(&b", "[..]) == list
}

/// What is claimed of the command.
fn of_commands(case: &Case, step: &Step) -> Vec<&'static str> {
    let arguments: Vec<&[u8]> = step.invocation.arguments.iter().map(|word| &word.0[..]).collect();
    let arguments = arguments.strip_prefix(&[&b"--"[..]]).unwrap_or(&arguments);
    let off = |instance: &Instance| instance.enable.as_ref().is_none_or(|flag| flag.0 == b"no");
    let has_disabled = instances(case).any(off);
    let mut clauses = if arguments.len() > 1 { vec!["MGR-5"] } else { Vec::new() };
    match arguments.first().copied().unwrap_or_default() {
        b"start" if has_disabled && arguments.len() > 1 => clauses.extend(["ENB-3c", "ENB-3", "GEN-2"]),
        b"start" if has_disabled => clauses.extend(["ENB-3", "GEN-2"]),
        b"start" => clauses.push("GEN-2"),
        b"quick-stop" if has_disabled => clauses.extend(["ENB-6", "MGR-4"]),
        b"stop" | b"abort" | b"drain" if has_disabled => clauses.extend(["ENB-5", "MGR-4"]),
        b"stop" | b"abort" | b"drain" | b"quick-stop" => clauses.push("MGR-4"),
        b"reload" | b"flush" if has_disabled => clauses.extend(["ENB-5", "GEN-4"]),
        b"status" => clauses.extend(["GEN-3", "ENB-7"]),
        _ => clauses.extend(["GEN-4", "ENB-7"]),
    }
    if words(case).len() > 1 {
        clauses.extend(["MGR-17", "MGR-3"]);
    }
    clauses.push("MGR-1");
    clauses
}

fn is_no_boolean(value: &[u8]) -> bool {
    !value.contains(&b'$') && !value.eq_ignore_ascii_case(b"yes") && !value.eq_ignore_ascii_case(b"no")
}

/// The words of the list that the last step meets, macros not expanded.
fn words(case: &Case) -> Vec<Vec<u8>> {
    let edited = instances(case)
        .filter(|instance| instance.name == DEFAULT)
        .filter_map(|instance| instance.settings.get("multi_instance_directories"))
        .last();
    let list = edited.map_or_else(|| case.layout.list().0, |list| list.0.clone());
    list.split(|byte| *byte == b',' || byte.is_ascii_whitespace())
        .filter(|word| !word.is_empty())
        .map(|word| word.strip_suffix(b"/").unwrap_or(word).to_vec())
        .collect()
}

/// The directory below the root that a word names in whatever way.
fn below_root(word: &[u8]) -> &[u8] {
    let start = word.windows(5).position(|part| part == b"/etc/").map_or(0, |place| place + 1);
    &word[start..]
}

fn names_no_instance(case: &Case, word: &[u8]) -> bool {
    let known = case.layout.instances().any(|instance| instance.relative_directory().0 == below_root(word));
    !known && !is_default(word)
}

fn is_default(word: &[u8]) -> bool {
    word == b"@default@" || word == b"$config_directory"
}

fn has_twice(words: &[Vec<u8>]) -> bool {
    words
        .iter()
        .enumerate()
        .any(|(place, word)| words[..place].iter().any(|other| below_root(other) == below_root(word)))
}
