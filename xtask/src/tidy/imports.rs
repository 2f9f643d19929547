//! Finds what a Rust file imports from its own crate: the modules that its paths name, outside tests.
//!
//! Reads text, not syntax: enough for paths that begin with `crate`, `super`, `self` or a module of the file's own.

use std::collections::BTreeSet;

/// A module by the names that lead to it from the crate's root.
pub(super) type Module = Vec<String>;

/// A module that a file uses, and the line that says so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Import {
    pub(super) module: Module,
    /// Counted from 1.
    pub(super) line: usize,
}

/// What `text`, which is the file of `own`, uses of `modules`. Its own tests may use anything.
pub(super) fn of(text: &str, own: &[String], modules: &BTreeSet<Module>) -> BTreeSet<Import> {
    let code = without_comments(&text[..end_of_code(text)]);
    let mut found = BTreeSet::new();
    let (mut offset, mut line) = (0, 1);
    while let Some((start, path)) = next_path(&code, offset) {
        line += code[offset..start].matches('\n').count();
        for names in expanded(path) {
            let module = resolved(&names, own, modules);
            if let Some(module) = module.filter(|module| module != own) {
                found.insert(Import { module, line });
            }
        }
        offset = start + path.len();
        line += path.matches('\n').count();
    }
    found
}

/// Where the module of tests begins.
fn end_of_code(text: &str) -> usize {
    let tests = text.match_indices("#[cfg(test)]\n").find(|(start, _)| {
        let next = text[*start..].lines().nth(1);
        next.is_some_and(|line| line.contains("mod ") && line.ends_with('{'))
    });
    tests.map_or(text.len(), |(start, _)| start)
}

fn without_comments(text: &str) -> String {
    let code = |line: &str| line.find("//").map_or(line, |start| &line[..start]).to_owned();
    text.split('\n').map(code).collect::<Vec<_>>().join("\n")
}

/// The next path of two names at least, with its braces if it has some, from `offset` on.
fn next_path(code: &str, offset: usize) -> Option<(usize, &str)> {
    let separator = offset + code[offset..].find("::")?;
    let is_name = |character: char| character.is_alphanumeric() || character == '_';
    let before = code[offset..separator].trim_end_matches(is_name);
    let start = offset + before.len();
    let mut end = separator;
    loop {
        let rest = &code[end..];
        let Some(behind) = rest.strip_prefix("::") else { break };
        end += 2;
        if behind.starts_with('{') {
            end += closing_brace(behind);
            break;
        }
        let name = behind.find(|character| !is_name(character)).unwrap_or(behind.len());
        end += name;
        if name == 0 {
            break;
        }
    }
    Some((start, &code[start..end]))
}

/// How long the group is that `text` opens.
fn closing_brace(text: &str) -> usize {
    let mut depth = 0;
    for (place, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 1 => return place + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// The single paths of `a::{b, c::{d, e}}`.
fn expanded(path: &str) -> Vec<Vec<String>> {
    let (front, group) = path.split_once('{').map_or((path, None), |(front, group)| (front, Some(group)));
    let names: Vec<String> = front.split("::").map(|name| name.trim().to_owned()).collect();
    let names: Vec<String> = names.into_iter().filter(|name| !name.is_empty()).collect();
    let Some(group) = group else { return vec![names] };
    let mut paths = Vec::new();
    for part in parts(group.strip_suffix('}').unwrap_or(group)) {
        let longer = |rest: Vec<String>| names.iter().cloned().chain(rest).collect();
        paths.extend(expanded(part.trim()).into_iter().map(longer));
    }
    paths
}

/// What commas part, outside inner braces.
fn parts(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (place, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(&group[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    found.push(&group[start..]);
    found
}

/// The module that a path leads to: as far as it names modules.
fn resolved(names: &[String], own: &[String], modules: &BTreeSet<Module>) -> Option<Module> {
    let ups = names.iter().take_while(|name| *name == "super").count();
    let (base, rest) = match names.first().map(String::as_str) {
        Some("crate") => (&own[..0], &names[1..]),
        Some("self") => (own, &names[1..]),
        Some("super") => (&own[..own.len().checked_sub(ups)?], &names[ups..]),
        Some(name) if modules.contains(&[own, &[name.to_owned()]].concat()) => (own, names),
        _ => return None,
    };
    let whole = [base, rest].concat();
    (1..=whole.len()).rev().map(|length| whole[..length].to_vec()).find(|module| modules.contains(module))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(path: &str) -> Module {
        path.split("::").map(str::to_owned).collect()
    }

    fn used(text: &str, own: &str) -> Vec<(String, usize)> {
        let modules = ["os", "os::child", "plan", "run", "run::pool", "run::turn"].map(module).into();
        let found = of(text, &module(own), &modules);
        found.into_iter().map(|import| (import.module.join("::"), import.line)).collect()
    }

    fn is(path: &str, line: usize) -> (String, usize) {
        (path.to_owned(), line)
    }

    #[test]
    fn every_form_of_a_path_is_read() {
        assert_eq!(used("use std::fs;\nuse crate::os::child::Child;\n", "run"), [is("os::child", 2)]);
        let text = "use crate::{plan::Plan, os::{self, child::{Child, Other}}};\n";
        assert_eq!(used(text, "run"), [is("os", 1), is("os::child", 1), is("plan", 1)]);
        assert_eq!(
            used("use super::turn::Turn;\nuse super::Round;\n", "run::pool"),
            [is("run", 2), is("run::turn", 1)]
        );
        assert_eq!(
            used("mod pool;\nfn f() {\n    pool::go(crate::plan::of());\n}\n", "run"),
            [is("plan", 3), is("run::pool", 3)]
        );
    }

    #[test]
    fn tests_comments_and_its_own_names_do_not_count() {
        let text = "// crate::os::child\nuse crate::run::Round;\n\n#[cfg(test)]\npub(crate) mod tests {\n    use crate::plan::Plan;\n}\n";
        assert_eq!(used(text, "run"), []);
    }
}
