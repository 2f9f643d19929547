//! `postfix-conformance new`: writes a case to begin with, with comments that say what its keys mean.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use postfix_process::suite_command::{quoted, suite_command};

use crate::commands::error::CannotJudge;
use crate::judge::result::CONFORMS;
use crate::report::terminal::Stdout;

/// The case that is written. It is a good one.
pub const TEMPLATE: &str = include_str!("../../templates/case.toml");

/// Which case to write.
#[derive(Debug, Args)]
pub struct NewOptions {
    /// The path of the case file, such as mycases/stop-in-reverse; `.toml` may be left out
    #[arg(value_name = "NAME")]
    pub name: PathBuf,
}

/// Writes the case. The result is the exit status.
pub(crate) fn run(out: &mut Stdout<'_>, options: &NewOptions) -> Result<u8, CannotJudge> {
    let path = case_path(&options.name);
    write(&path).map_err(|source| CannotJudge::NewCase(path.clone(), source))?;
    let (suite, path) = (suite_command(), quoted(&path.display().to_string()));
    writeln!(out, "wrote {path}, a case that passes; change it to what you want to know\n")?;
    writeln!(out, "judge it         {suite} run {path}")?;
    writeln!(out, "with a manager   {suite} run --manager VALUE {path}")?;
    writeln!(out, "all keys         {suite} export FOLDER; then read FOLDER/cases/README.md")?;
    Ok(CONFORMS)
}

/// Where a case of this name is. A path that cannot be taken for the name of a case of the suite.
fn case_path(name: &Path) -> PathBuf {
    let mut path = name.as_os_str().to_owned();
    if name.extension().is_none_or(|extension| extension != "toml") {
        path.push(".toml");
    }
    let path = PathBuf::from(path);
    if path.is_absolute() || path.starts_with(".") || path.starts_with("..") {
        path
    } else {
        Path::new(".").join(path)
    }
}

fn write(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    File::create_new(path)?.write_all(TEMPLATE.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::{TEMPLATE, case_path};
    use crate::catalogue::{case_reader, clause};
    use std::path::Path;

    #[test]
    fn a_name_becomes_the_path_of_a_case_file() {
        for (name, path) in [
            ("x", "./x.toml"),
            ("mine/x.toml", "./mine/x.toml"),
            ("../x", "../x.toml"),
            ("/tmp/x.1", "/tmp/x.1.toml"),
            ("./x", "./x.toml"),
        ] {
            assert_eq!(case_path(Path::new(name)), Path::new(path));
        }
    }

    #[test]
    fn the_template_is_a_case() {
        case_reader::parse("./x.toml", TEMPLATE, &clause::all().unwrap()).unwrap();
    }
}
