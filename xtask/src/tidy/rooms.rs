//! The rooms of each crate: a folder uses only those named before it, and no files use each other in a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::file::File;
use super::finding::Finding;
use super::imports::{self, Import, Module};

/// The folders of one crate, or of one room, in the order in which they may be used.
struct Rooms {
    folder: &'static str,
    /// Several names in one place do not use each other.
    order: &'static [&'static str],
}

const ROOMS: [Rooms; 9] = [
    Rooms {
        folder: "wrapper/src",
        order: &["os", "postfix", "plan", "run", "report", "cli", "manager", "multi", "fuzzed"],
    },
    Rooms {
        folder: "wrapper/src/os",
        order: &[
            "time_limits",
            "exit_status failing printable signals temporary_error",
            "files",
            "streams",
            "processes",
            "messages service_manager",
        ],
    },
    Rooms {
        folder: "wrapper/src/multi",
        order: &[
            "request",
            "cli",
            "failure",
            "system",
            "output",
            "run_on_instances",
            "foreground",
            "ownership",
            "changing",
            "life_cycle check",
            "status",
        ],
    },
    Rooms {
        folder: "fakes/src",
        order: &["protocol", "runtime", "config", "programs", "dispatch", "fuzzed"],
    },
    Rooms {
        folder: "fakes/src/programs/postconf",
        order: &["request", "master_cf", "values", "show", "edit", "fuzzed cache_tests"],
    },
    Rooms {
        folder: "harness/src",
        order: &[
            "layout journal outcome",
            "run_directory",
            "supervisor",
            "invocation world container",
            "testbed",
            "expectation",
            "oracle",
        ],
    },
    Rooms {
        folder: "harness/random/src",
        order: &["accepted_file seeded_draw", "generate", "fidelity differential"],
    },
    Rooms {
        folder: "scenarios/src",
        order: &["catalogue", "subject", "judge", "report", "commands", "cli", "app"],
    },
    Rooms {
        folder: "scenarios/src/commands",
        order: &[
            "options report work_directory",
            "measures",
            "error",
            "failure_list selection_options setup",
            "list new_case",
            "compare coverage explain export replay run self_test",
        ],
    },
];

/// Files of the fakes that may use each other: the grammar of a value is recursive by nature.
const RECURSIVE: [&str; 3] =
    ["config::main_cf::expansion", "config::main_cf::comparison", "config::main_cf::functions"];

/// Finds each `#[path]` that is in the sources or leads out of the crate, and each module that is a folder's `mod.rs`.
pub(super) fn has_modules_of_one_style(file: &File) -> Vec<Finding> {
    let Some(depth) = file.path.iter().position(|part| part == "src" || part == "tests") else {
        return Vec::new();
    };
    if !file.is_rust() {
        return Vec::new();
    }
    let is_source = file.path.iter().nth(depth).is_some_and(|part| part == "src");
    let mut findings = Vec::new();
    if is_source && file.name() == "mod.rs" {
        let cure = "name the file after its module, beside the folder";
        findings.push(Finding::new(&file.path, 1, "module-style", cure));
    }
    let folders_inside = file.path.iter().count() - depth - 1;
    for (number, line) in file.lines().filter(|(_, line)| line.trim_start().starts_with("#[path")) {
        if is_source || line.matches("../").count() > folders_inside {
            let cure = "a module lies where its name says; what several crates use is a crate";
            findings.push(Finding::new(&file.path, number, "module-path", cure));
        }
    }
    findings
}

/// Whether each crate keeps to its order. Needs all files.
pub(super) fn are_kept(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources(files) {
        let known = source.files.keys().cloned().collect();
        let uses: BTreeMap<Module, BTreeSet<Import>> = source
            .files
            .iter()
            .map(|(module, file)| (module.clone(), imports::of(&file.text, module, &known)))
            .collect();
        for rooms in ROOMS.iter().filter(|rooms| Path::new(rooms.folder).starts_with(&source.folder)) {
            findings.extend(against_the_order(rooms, &source, &uses));
        }
        findings.extend(in_circles(&source, &uses));
    }
    findings
}

/// A crate's files by their modules. The root has no name, and only names the others.
struct Source<'a> {
    folder: PathBuf,
    files: BTreeMap<Module, &'a File>,
}

fn sources(files: &[File]) -> Vec<Source<'_>> {
    let mut found: BTreeMap<PathBuf, BTreeMap<Module, &File>> = BTreeMap::new();
    for file in files.iter().filter(|file| file.is_rust() && file.name() != "tests.rs") {
        let parts: Vec<String> = file.path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let Some(place) = parts.iter().position(|part| part == "src") else { continue };
        let mut module: Module = parts[place + 1..].to_vec();
        let name = module.pop().unwrap_or_default();
        match name.trim_end_matches(".rs") {
            "lib" | "main" => continue,
            name => module.push(name.to_owned()),
        }
        if module.first().is_none_or(|room| room == "bin") {
            continue;
        }
        found.entry(parts[..=place].iter().collect()).or_default().insert(module, file);
    }
    found.into_iter().map(|(folder, files)| Source { folder, files }).collect()
}

/// Imports of a room that is not before their own.
fn against_the_order(
    rooms: &Rooms,
    source: &Source<'_>,
    imports_of: &BTreeMap<Module, BTreeSet<Import>>,
) -> Vec<Finding> {
    let below = Path::new(rooms.folder).strip_prefix(&source.folder).unwrap_or(Path::new(""));
    let depth = below.iter().count();
    let room = |module: &Module| {
        let is_inside =
            module.len() > depth && below.iter().zip(module).all(|(part, name)| part == name.as_str());
        is_inside.then(|| module[depth].clone())
    };
    let place = |name: &str| rooms.order.iter().position(|names| names.split(' ').any(|one| one == name));
    let mut findings = Vec::new();
    for (module, imports) in imports_of {
        let (Some(own), Some(file)) = (room(module), source.files.get(module)) else { continue };
        if place(&own).is_none() {
            let cure = format!("{own} is no room of {}: put it into one", rooms.folder);
            findings.push(Finding::new(&file.path, 1, "rooms", cure));
            continue;
        }
        for import in imports {
            let Some(other) = room(&import.module).filter(|other| *other != own) else { continue };
            if place(&other) >= place(&own) {
                let cure = format!(
                    "{own} must not use {other}: in {} the order is {}",
                    rooms.folder,
                    rooms.order.join(", ")
                );
                findings.push(Finding::new(&file.path, import.line, "rooms", cure));
            }
        }
    }
    findings
}

/// Files that use each other in a circle: those that are left if files that use nothing, or are used by nothing, are
/// taken away again and again.
fn in_circles(source: &Source<'_>, imports_of: &BTreeMap<Module, BTreeSet<Import>>) -> Vec<Finding> {
    let is_recursive = |module: &Module| {
        source.folder == Path::new("fakes/src") && RECURSIVE.contains(&module.join("::").as_str())
    };
    let mut left: BTreeMap<&Module, BTreeSet<&Module>> = imports_of
        .iter()
        .filter(|(module, _)| !is_recursive(module))
        .map(|(module, imports)| (module, imports.iter().map(|import| &import.module).collect()))
        .collect();
    loop {
        let targets_of_all: BTreeSet<&Module> = left.values().flatten().copied().collect();
        let names: BTreeSet<&Module> = left.keys().copied().collect();
        let before = (left.len(), left.values().map(BTreeSet::len).sum::<usize>());
        for targets in left.values_mut() {
            targets.retain(|target| names.contains(target));
        }
        left.retain(|module, targets| !targets.is_empty() && targets_of_all.contains(module));
        if before == (left.len(), left.values().map(BTreeSet::len).sum::<usize>()) {
            break;
        }
    }
    let finding = |(module, targets): (&&Module, &BTreeSet<&Module>)| {
        let names: Vec<String> = targets.iter().map(|target| target.join("::")).collect();
        let cure = format!(
            "{} uses {}, and comes back to itself: move what both use below",
            module.join("::"),
            names.join(", ")
        );
        source.files.get(*module).map(|file| Finding::new(&file.path, 1, "circle", cure))
    };
    left.iter().filter_map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::super::file::sample;
    use super::*;

    fn rules(files: &[(&str, &str)]) -> Vec<(String, &'static str, usize)> {
        let files: Vec<File> = files.iter().map(|(path, text)| sample(path, text)).collect();
        let findings = are_kept(&files);
        findings.into_iter().map(|one| (one.file.display().to_string(), one.rule, one.line)).collect()
    }

    #[test]
    fn a_room_uses_those_before_it_alone() {
        let os = ("wrapper/src/os.rs", "pub fn f() {}\n");
        assert_eq!(rules(&[os, ("wrapper/src/plan.rs", "use crate::os::f;\n")]), []);
        let against = ("wrapper/src/os/signals.rs", "\nuse crate::plan::Plan;\n");
        let found = rules(&[os, against, ("wrapper/src/plan.rs", "pub struct Plan;\n")]);
        assert_eq!(found, [("wrapper/src/os/signals.rs".to_owned(), "rooms", 2)]);
        let two = [
            ("wrapper/src/multi/check.rs", "use super::life_cycle::Edit;\n"),
            ("wrapper/src/multi/life_cycle.rs", "use super::changing::List;\n"),
            ("wrapper/src/multi/changing.rs", ""),
        ];
        assert_eq!(rules(&two), [("wrapper/src/multi/check.rs".to_owned(), "rooms", 1)]);
    }

    #[test]
    fn a_file_outside_all_rooms_is_found() {
        assert_eq!(rules(&[("fakes/src/odd.rs", "")]), [("fakes/src/odd.rs".to_owned(), "rooms", 1)]);
    }

    #[test]
    fn a_circle_is_found_and_what_leads_to_it_is_not() {
        let files = [
            ("xtask/src/a.rs", "use crate::b::B;\n"),
            ("xtask/src/b.rs", "use crate::c::C;\n"),
            ("xtask/src/c.rs", "use crate::b::B;\nuse crate::d::D;\n"),
            ("xtask/src/d.rs", ""),
        ];
        let circle = |name: &str| (format!("xtask/src/{name}.rs"), "circle", 1);
        assert_eq!(rules(&files), [circle("b"), circle("c")]);
    }

    #[test]
    fn modules_have_one_style() {
        let found = |path: &str, text: &str| has_modules_of_one_style(&sample(path, text)).len();
        assert_eq!(found("wrapper/src/os/mod.rs", "//! x\n"), 1);
        assert_eq!(found("wrapper/tests/multi/main.rs", "#[path = \"../../../harness/src/x.rs\"]\n"), 1);
        assert_eq!(found("wrapper/src/os.rs", "#[path = \"os/other.rs\"]\nmod child;\n"), 1);
        assert_eq!(found("wrapper/src/os.rs", "mod child;\n"), 0);
        assert_eq!(found("wrapper/tests/multi/main.rs", "#[path = \"../calls/mod.rs\"]\n"), 0);
    }
}
