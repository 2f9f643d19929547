//! Tests that the recipes in `packaging` put into each package what `contents` lists.
//! It tests the recipes for which this machine does not need the distribution's own tools.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::contents::PACKAGES;
use super::stage::write;
use crate::workspace;

/// The files of a package, below `/`.
fn listed(name: &str) -> BTreeSet<String> {
    let package = PACKAGES.iter().find(|package| package.name == name).unwrap();
    package.files.iter().map(|file| format!("usr/{}", file.to)).collect()
}

/// Empty files in place of those of a package.
fn stage(name: &str, folder: &Path) {
    for path in listed(name) {
        write(&folder.join(path), b"", 0o644).unwrap();
    }
}

/// All files below a folder.
fn below(folder: &Path) -> BTreeSet<String> {
    let find = workspace::output_of(Command::new("find").arg(folder).args(["-type", "f", "-printf", "%P\n"]));
    find.unwrap().lines().map(str::to_owned).collect()
}

/// Runs a script beside a recipe, in a folder.
fn run(shell: &str, script: &str, recipe: &str, folder: &Path) {
    let recipe = workspace::root().join("packaging").join(recipe);
    let mut command = Command::new(shell);
    command.args(["-eu", "-c", script]).arg(&recipe).current_dir(folder);
    workspace::output_of(&mut command).unwrap();
}

#[test]
fn alpine_has_each_file_in_its_package() {
    let top = tempfile::tempdir().unwrap();
    for package in &PACKAGES {
        stage(package.name, &top.path().join("build/staged"));
    }
    // As abuild calls the functions: each subpackage takes what is left of what came before it.
    let script = r#"
        amove() {
            for pattern; do
                for file in $(cd "$pkgdir" && ls -d $pattern); do
                    mkdir -p "$subpkgdir/${file%/*}"
                    mv "$pkgdir/$file" "$subpkgdir/${file%/*}/"
                done
            done
        }
        pkgname=
        . "$0"
        pkgdir=$PWD/main subpkgdir=$PWD/suite builddir=$PWD/build
        cd build
        package
        case $subpackages in "postfix-conformance:conformance "*) conformance ;; esac
    "#;
    run("sh", script, "alpine/APKBUILD", top.path());
    assert_eq!(below(&top.path().join("suite")), listed("postfix-conformance"));
    assert_eq!(below(&top.path().join("main")), listed("postfix-wrapper"));
}

#[test]
fn arch_has_each_file_in_its_package_and_one_folder_for_programs() {
    let top = tempfile::tempdir().unwrap();
    stage("postfix-wrapper", &top.path().join("src/manager"));
    stage("postfix-conformance", &top.path().join("src/suite"));
    let script = r#"
        . "$0"
        srcdir=$PWD/src
        for name in "${pkgname[@]}"; do
            pkgdir=$PWD/$name
            mkdir "$pkgdir"
            "package_$name"
        done
    "#;
    run("bash", script, "arch/PKGBUILD", top.path());
    for package in &PACKAGES {
        let expected: BTreeSet<String> =
            listed(package.name).iter().map(|path| path.replace("usr/sbin/", "usr/bin/")).collect();
        assert_eq!(below(&top.path().join(package.name)), expected);
    }
}

#[test]
fn rpm_names_each_file_in_its_package() {
    let text = fs::read_to_string(workspace::root().join("packaging/postfix-wrapper.spec")).unwrap();
    let files = text.split_once("\n%files\n").unwrap().1;
    let (files, _) = files.split_once("\n%changelog\n").unwrap();
    let (manager, suite) = files.split_once("%files -n postfix-conformance\n").unwrap();
    for (name, lines) in [("postfix-wrapper", manager), ("postfix-conformance", suite)] {
        let words = lines.lines().filter(|line| !line.starts_with("%defattr") && !line.starts_with("%dir"));
        let mut left = listed(name);
        for entry in words.filter_map(|line| line.split_whitespace().last()) {
            let path = entry.replace("%{_mandir}", "/usr/share/man").replace("%{_datadir}", "/usr/share");
            let path = path.trim_start_matches('/').trim_end_matches('*');
            let before = left.len();
            left.retain(|file| file != path && !(path.ends_with('/') && file.starts_with(path)));
            assert!(left.len() < before, "{name} has no {entry}");
        }
        assert!(left.is_empty(), "{name} does not name {left:?}");
    }
}

#[test]
fn each_recipe_that_is_a_script_can_be_read_by_its_shell() {
    for (shell, path) in [
        ("sh", "alpine/APKBUILD"),
        ("bash", "arch/PKGBUILD"),
        ("sh", "debian/postfix-wrapper.prerm"),
        ("sh", "debian/tests/conformance"),
        ("sh", "trial.sh"),
        ("sh", "units.sh"),
    ] {
        let path = workspace::root().join("packaging").join(path);
        workspace::output_of(Command::new(shell).arg("-n").arg(path)).unwrap();
    }
}
