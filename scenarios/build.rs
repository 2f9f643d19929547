//! Puts every case file into the binary, so that an installed suite is one file. Knows where they lie, nothing
//! of what they say.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    start_quickly()?;
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
/// So it is linked to a fixed address, and brings the libraries of C and of the compiler along, where they are there as
/// archives. The rest of the workspace is built without `crt-static`: with it, all that xtask shares with the suite would
/// be built twice. What is installed has no fixed address, as distributions demand.
fn start_quickly() -> io::Result<()> {
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    if !is("CARGO_CFG_TARGET_OS", "linux") || !is("CARGO_CFG_TARGET_ENV", "gnu") {
        return Ok(());
    }
    let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    let is_static = features.split(',').any(|feature| feature == "crt-static");
    if is_static || is("PROFILE", "release") || env::var_os("HOST") != env::var_os("TARGET") {
        return Ok(());
    }
    let Some(unwinding) = archive("gcc_eh") else { return Ok(()) };
    println!("cargo::rustc-link-arg-bins=-no-pie");
    let archives = C_LIBRARIES.iter().map(|name| Some((name, archive(name)?)));
    let (Some(archives), Some(compilers)) = (archives.collect::<Option<Vec<_>>>(), archive("gcc")) else {
        println!("cargo::rustc-link-lib=dylib=gcc_eh");
        return Ok(());
    };
    // rustc asks for shared libraries. What the linker finds by their names, with either ending, leads to the archives.
    let folder = PathBuf::from(variable("OUT_DIR")?).join("archives");
    fs::create_dir_all(&folder)?;
    let lead = |name: &str, archive: &str| {
        let text = format!("GROUP({archive} {unwinding} {compilers})\n");
        ["so", "a"].iter().try_for_each(|ending| fs::write(folder.join(format!("lib{name}.{ending}")), &text))
    };
    lead("gcc_s", "")?;
    archives.iter().try_for_each(|(name, archive)| lead(name, archive))?;
    println!("cargo::rustc-link-arg-bins=-L{}", folder.display());
    println!("cargo::rustc-link-arg-bins=-static");
    Ok(())
}

/// The parts of the C library that rustc links to.
const C_LIBRARIES: [&str; 6] = ["c", "m", "rt", "pthread", "util", "dl"];

/// Where an archive is, if the C compiler has it.
fn archive(name: &str) -> Option<String> {
    let output = Command::new("cc").arg(format!("-print-file-name=lib{name}.a")).output().ok()?;
    let path = String::from_utf8(output.stdout).ok()?.trim_end().to_owned();
    (output.status.success() && path.starts_with('/')).then_some(path)
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
