//! Rules about Rust files as wholes: how they open, what they are called, how long they are.
//!
//! Knows nothing about the code in them.

use std::collections::BTreeMap;
use std::path::Path;

use super::file::File;
use super::finding::Finding;

/// Names that say nothing about what is inside, so that everything ends up there.
const VAGUE: [&str; 6] = ["utils", "util", "helpers", "helper", "common", "misc"];

/// More than this, and a file has two subjects.
const MOST_LINES: usize = 600;

/// More than this, and nobody finds a file by its name: the folder needs folders by subject.
const MOST_FILES: usize = 20;

/// A reader learns from the first line what the file is for: `head -n 1` shows a whole sentence.
pub(super) fn opens_with_its_purpose(file: &File) -> Vec<Finding> {
    if !file.is_rust() {
        return Vec::new();
    }
    let first = file.lines().find(|(_, line)| !line.trim().is_empty() && !line.starts_with("#!/"));
    match first {
        Some((_, line)) if line.starts_with("//! ") && line.ends_with('.') => Vec::new(),
        Some((number, line)) if line.starts_with("//! ") => {
            let cure = "end the first line with its sentence: say the rest in further sentences";
            vec![Finding::new(&file.path, number, "opening", cure)]
        }
        _ => vec![Finding::new(
            &file.path,
            first.map_or(1, |(number, _)| number),
            "opening",
            "open the file with a `//!` comment: what it is for, and what it knows nothing about",
        )],
    }
}

/// A module is named after its subject.
pub(super) fn has_a_telling_name(file: &File) -> Vec<Finding> {
    if !file.is_rust() {
        return Vec::new();
    }
    let without_extension = file.path.with_extension("");
    let vague = without_extension.iter().find(|part| VAGUE.iter().any(|name| *part == *name));
    vague.map_or_else(Vec::new, |part| {
        let cure =
            format!("`{}` names no subject: name the module after what it does", part.to_string_lossy());
        vec![Finding::new(&file.path, 1, "vague-name", cure)]
    })
}

/// One subject a file.
pub(super) fn is_short(file: &File) -> Vec<Finding> {
    let lines = file.lines().count();
    if !file.is_rust() || lines <= MOST_LINES {
        return Vec::new();
    }
    let cure = format!("{lines} lines, and {MOST_LINES} are the most: split the file by subject");
    vec![Finding::new(&file.path, MOST_LINES + 1, "length", cure)]
}

/// A folder has one subject, too. Needs all files.
pub(super) fn lie_in_small_folders(files: &[File]) -> Vec<Finding> {
    let mut folders: BTreeMap<&Path, usize> = BTreeMap::new();
    for folder in files.iter().filter(|file| file.is_rust()).filter_map(|file| file.path.parent()) {
        *folders.entry(folder).or_default() += 1;
    }
    let is_large = |&(_, count): &(&Path, usize)| count > MOST_FILES;
    let finding = |(folder, count): (&Path, usize)| {
        let cure = format!("{count} Rust files, and {MOST_FILES} are the most: make folders by subject");
        Finding::new(folder, 1, "folder", cure)
    };
    folders.into_iter().filter(is_large).map(finding).collect()
}

/// The promised Rust has no conditions with `let` beside others, and no lint of a newer one finds them.
pub(super) fn has_no_let_chain(file: &File) -> Vec<Finding> {
    if !file.is_rust() {
        return Vec::new();
    }
    let cure = "Rust 1.85 has no `&&` beside `if let`: use filter, or a condition of its own";
    let mut findings = Vec::new();
    let mut condition: Option<String> = None;
    for (number, line) in file.lines() {
        let code = line.trim_start().trim_start_matches("} ");
        let begins = ["if let ", "else if let ", "while let "].iter().any(|start| code.starts_with(start));
        if begins {
            condition = Some(String::new());
        }
        let Some(text) = &mut condition else { continue };
        text.push_str(code);
        if is_chain(text) {
            findings.push(Finding::new(&file.path, number, "let-chain", cure));
            condition = None;
        } else if code.ends_with(['{', ';', '}']) {
            condition = None;
        }
    }
    findings
}

/// Whether a condition has an `&&` that is not within brackets.
fn is_chain(condition: &str) -> bool {
    let mut depth = 0;
    condition.char_indices().any(|(at, letter)| {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        depth == 0 && condition[at..].starts_with("&& ")
    })
}

#[cfg(test)]
mod tests {
    use super::super::file::sample;
    use super::*;

    #[test]
    fn an_opening_comment_comes_first() {
        for bad in [
            "use std::fs;\n",
            "// a remark\n//! late\n",
            "\n/// not for the module\n",
            "//!\n",
            "",
            "//! Begun, but\n//! not ended.\n",
        ] {
            assert_eq!(opens_with_its_purpose(&sample("a.rs", bad)).len(), 1, "{bad:?}");
        }
        for good in ["//! What it is for.\n", "#!/usr/bin/env run\n//! What it is for.\n"] {
            assert_eq!(opens_with_its_purpose(&sample("a.rs", good)), [], "{good:?}");
        }
        assert_eq!(opens_with_its_purpose(&sample("a.toml", "x = 1\n")), []);
    }

    #[test]
    fn vague_names_are_refused_for_files_and_folders() {
        for bad in ["src/utils.rs", "tests/common/mod.rs", "helpers/src/lib.rs", "src/misc.rs"] {
            assert_eq!(has_a_telling_name(&sample(bad, "")).len(), 1, "{bad}");
        }
        for good in ["src/uncommon.rs", "src/plan.rs", "docs/common.md"] {
            assert_eq!(has_a_telling_name(&sample(good, "")), [], "{good}");
        }
    }

    #[test]
    fn long_files_are_refused() {
        assert_eq!(is_short(&sample("a.rs", &"//\n".repeat(600))), []);
        let findings = is_short(&sample("a.rs", &"//\n".repeat(601)));
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].line, 601);
        assert_eq!(is_short(&sample("a.md", &"\n".repeat(601))), []);
    }

    #[test]
    fn folders_with_many_files_are_refused() {
        let files = |count: usize| {
            (0..count).map(|number| sample(&format!("src/{number}.rs"), "")).collect::<Vec<_>>()
        };
        assert_eq!(lie_in_small_folders(&files(20)), []);
        let findings = lie_in_small_folders(&files(21));
        assert_eq!((findings.len(), &*findings[0].file), (1, Path::new("src")));
    }

    #[test]
    fn a_condition_with_let_and_more_is_found() {
        for bad in [
            "if let Some(x) = y && z {\n",
            "} else if let Ok(x) = y(1)\n    && z\n{\n",
            "while let Some(x) = y && z {\n",
        ] {
            assert_eq!(has_no_let_chain(&sample("a.rs", bad)).len(), 1, "{bad}");
        }
        for good in [
            "if let Some(x) = y.filter(|one| a && b) {\n",
            "if let Some(x) = y { a && b }\n",
            "if a && b {\n",
        ] {
            assert_eq!(has_no_let_chain(&sample("a.rs", good)), [], "{good}");
        }
    }
}
