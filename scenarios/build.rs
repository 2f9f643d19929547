//! Puts every case file into the binary, so that an installed suite is one file.
//! Knows where the case files are, nothing of what they say.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    start_quickly();
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let cases = root.join("cases");
    // A directory counts as changed when a file in it is added, changed or removed.
    println!("cargo::rerun-if-changed=cases");
    println!("cargo::rerun-if-changed=build.rs");
    let mut files = Vec::new();
    collect(&cases, &mut files)?;
    files.sort();
    let mut text = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(&cases).unwrap_or(&file).with_extension("");
        // The text itself, not its path: a target folder may outlive the clone that it was filled from.
        let case = fs::read_to_string(&file)?;
        let _ = writeln!(text, "    ({:?}, {case:?}),", name.display().to_string());
    }
    text.push_str("]\n");
    fs::write(PathBuf::from(variable("OUT_DIR")?).join("cases.rs"), text)
}

/// A run of the suite starts this binary thousands of times, and a third of its time went into the dynamic linker.
/// So it is linked to a fixed address, and brings the part of the compiler's library along that it needs, where the
/// compiler has that as an archive. What is installed has no fixed address, as distributions demand.
fn start_quickly() {
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    if !is("CARGO_CFG_TARGET_OS", "linux") || !is("CARGO_CFG_TARGET_ENV", "gnu") {
        return;
    }
    let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    let is_static = features.split(',').any(|feature| feature == "crt-static");
    if is_static || is("PROFILE", "release") || env::var_os("HOST") != env::var_os("TARGET") {
        return;
    }
    let archive = Command::new("cc").arg("-print-file-name=libgcc_eh.a").output();
    let found = archive.is_ok_and(|output| output.status.success() && output.stdout.starts_with(b"/"));
    if found {
        println!("cargo::rustc-link-lib=dylib=gcc_eh");
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    Ok(())
}

fn variable(name: &'static str) -> io::Result<std::ffi::OsString> {
    env::var_os(name).ok_or_else(|| io::Error::other(format!("cargo did not set {name}")))
}
