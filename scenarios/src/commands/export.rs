//! `postfix-conformance export`: writes the cases, the clauses and the description of their formats into a folder.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use postfix_process::suite_command::{quoted, suite_command};

use crate::catalogue::clause;
use crate::catalogue::contents::{DESCRIPTION, FILES};
use crate::commands::error::CannotJudge;
use crate::commands::list;
use crate::judge::result::CONFORMS;
use crate::report::formats::json;
use crate::report::terminal::Stdout;

/// The JSON Schema of a case file.
pub const CASE_SCHEMA: &str = include_str!("../../schema/case-1.json");

/// The JSON Schema of a file of expected failures.
pub const EXPECTED_FAILURES_SCHEMA: &str = include_str!("../../schema/expected-failures-1.json");

/// Where to write.
#[derive(Debug, Args)]
pub struct ExportOptions {
    /// A folder that is empty or not there yet
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,
}

/// Writes everything. The result is the exit status.
pub(crate) fn run(out: &mut Stdout<'_>, options: &ExportOptions) -> Result<u8, CannotJudge> {
    let folder = &options.folder;
    if folder.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(CannotJudge::NotEmpty(folder.clone()));
    }
    for (name, text) in FILES {
        write(folder, &format!("cases/{name}.toml"), text)?;
    }
    for (name, text) in clause::FILES {
        write(folder, name, text)?;
    }
    write(folder, "cases/README.md", DESCRIPTION)?;
    write(folder, "schema/case-1.json", CASE_SCHEMA)?;
    write(folder, "schema/expected-failures-1.json", EXPECTED_FAILURES_SCHEMA)?;
    write(folder, "schema/list-1.json", list::SCHEMA)?;
    write(folder, "schema/report-1.json", json::SCHEMA)?;
    let (suite, folder) = (suite_command(), quoted(&folder.display().to_string()));
    writeln!(out, "wrote {} cases, the clauses and the schemas below {folder}\n", FILES.len())?;
    writeln!(out, "what the keys mean   {folder}/cases/README.md")?;
    writeln!(out, "judge a copy         {suite} run {folder}/cases/enable")?;
    Ok(CONFORMS)
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), CannotJudge> {
    let path = folder.join(name);
    let write = || {
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(&path, text)
    };
    write().map_err(|error| CannotJudge::Export(path.clone(), error))
}
