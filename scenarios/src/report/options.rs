//! The options about reports.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::report::terminal::Colour;

/// How to report.
#[derive(Debug, Args)]
pub struct ReportOptions {
    /// The format on standard output
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,

    /// Also write the report to this file, as JSON, for `postfix-conformance report`
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Also write the report to this file, as one page for a browser
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,

    /// When to use colours
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Colour,

    /// Print what failed and the last line, nothing else
    #[arg(long, short, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Print a line for each case
    #[arg(long, short)]
    pub verbose: bool,
}

/// A format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Human,
    /// The Test Anything Protocol, version 14
    Tap,
    /// JUnit's XML, as Jenkins and GitLab read it
    #[value(name = "junit")]
    JUnit,
    /// One JSON document; `postfix-conformance report --schema` describes it
    Json,
}
