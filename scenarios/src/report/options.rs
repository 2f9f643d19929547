//! The options about reports.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::report::terminal::Colour;

/// How to report.
#[derive(Debug, Args)]
pub struct ReportOptions {
    /// Write the report as JSON, for `postfix-conformance report`; here and below, `-` is standard output, and the text
    /// then goes to standard error
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Write the report as JUnit's XML, for Jenkins, GitLab and others
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,

    /// Write the report in the Test Anything Protocol; on standard output as the cases are judged
    #[arg(long, value_name = "FILE")]
    pub tap: Option<PathBuf>,

    /// Write the report as one page for a browser
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,

    /// Write a summary in Markdown
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,

    /// Write a badge: JSON for the endpoint of shields.io
    #[arg(long, value_name = "FILE")]
    pub badge: Option<PathBuf>,

    /// The version of the Test Anything Protocol
    #[arg(long, value_enum, default_value_t, value_name = "VERSION")]
    pub tap_version: TapVersion,

    /// Below the text, annotate a GitHub workflow with what failed, and add the Markdown to the step's summary
    #[arg(long)]
    pub github: bool,

    /// The format on standard output: `--format tap` is `--tap -`
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,

    /// How many failures to print in full
    #[arg(long, value_enum, default_value_t, value_name = "WHICH")]
    pub show: Show,

    /// When to use colours
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Colour,

    /// Print what failed and what it comes to, nothing else
    #[arg(long, short, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Print a line for each case
    #[arg(long, short)]
    pub verbose: bool,
}

/// What `FILE` stands for standard output.
pub const STANDARD_OUTPUT: &str = "-";

impl ReportOptions {
    /// Every report that is asked for beside the text, and where it goes.
    pub fn wanted(&self) -> Vec<(Form, &Path)> {
        let by_option = [
            (Form::Json, &self.json),
            (Form::JUnit, &self.junit),
            (Form::Tap, &self.tap),
            (Form::Html, &self.html),
            (Form::Markdown, &self.markdown),
            (Form::Badge, &self.badge),
        ];
        let by_format = match self.format {
            Format::Human => None,
            Format::Tap => Some(Form::Tap),
            Format::JUnit => Some(Form::JUnit),
            Format::Json => Some(Form::Json),
        };
        let printed = by_format.map(|form| (form, Path::new(STANDARD_OUTPUT)));
        by_option
            .into_iter()
            .filter_map(|(form, path)| Some((form, path.as_deref()?)))
            .chain(printed)
            .collect()
    }

    /// Whether the text has standard output for itself.
    pub fn prints_text(&self) -> bool {
        !self.wanted().iter().any(|(_, path)| *path == Path::new(STANDARD_OUTPUT))
    }
}

/// A form of a report beside the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// All of it.
    Json,
    /// JUnit's XML.
    JUnit,
    /// The Test Anything Protocol.
    Tap,
    /// A page.
    Html,
    /// A summary.
    Markdown,
    /// A badge.
    Badge,
}

impl Form {
    /// The option that asks for it.
    pub fn option(self) -> &'static str {
        match self {
            Self::Json => "--json",
            Self::JUnit => "--junit",
            Self::Tap => "--tap",
            Self::Html => "--html",
            Self::Markdown => "--markdown",
            Self::Badge => "--badge",
        }
    }
}

/// A format on standard output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people
    #[default]
    Human,
    /// The Test Anything Protocol
    Tap,
    /// JUnit's XML
    #[value(name = "junit")]
    JUnit,
    /// One JSON document; `postfix-conformance report --schema` describes it
    Json,
}

/// A version of the Test Anything Protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TapVersion {
    /// Which every reader knows
    #[default]
    #[value(name = "13")]
    Thirteen,
    /// Which newer readers know
    #[value(name = "14")]
    Fourteen,
}

impl TapVersion {
    /// As it is written.
    pub fn number(self) -> u8 {
        match self {
            Self::Thirteen => 13,
            Self::Fourteen => 14,
        }
    }
}

/// How many failures are printed in full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Show {
    /// All
    All,
    /// The first three that count, or only one of more than 20; if none counts, the same of the others
    #[default]
    First,
    /// None: their names alone
    Names,
}
