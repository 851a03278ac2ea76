//! `fishplate check`: loads everything, runs the examples, prints what is wrong.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::files::{self, Read, Wrong};
use super::{render, serve};
use crate::authoring;
use crate::diagnostic::{Diagnostic, Severity, Sources};
use crate::json::{Text, Value};
use crate::snapshot::Finding;

/// Shown under `--help`.
pub(super) const EXAMPLES: &str = "\
Examples:
  fishplate check --mappings mappings --schemas schemas
  fishplate check --config fishplate.yaml --format json
  fishplate check --config fishplate.yaml --deny warnings

Exit code: 0 nothing is wrong (there may be warnings), 1 something is, 2 misused.";

/// Arguments of `fishplate check`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["config", "mappings"]))]
pub(super) struct Arguments {
    /// The configuration of a gateway: it and every API that it names is checked
    #[arg(long, value_name = "FILE", conflicts_with_all = ["mappings", "schemas"])]
    config: Option<PathBuf>,
    /// Directory of mappings: DIR/<api>/<version>.yaml
    #[arg(long, value_name = "DIR", requires = "schemas")]
    mappings: Option<PathBuf>,
    /// Directory of contracts: DIR/<api>/<version>.yaml
    #[arg(long, value_name = "DIR", requires = "mappings")]
    schemas: Option<PathBuf>,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
    /// What else makes the exit code 1 than errors
    #[arg(long, value_name = "WHAT")]
    deny: Option<Deny>,
}

/// What is denied beside errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Deny {
    /// Every warning
    Warnings,
}

/// How diagnostics are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// With the offending text
    Human,
    /// One JSON document
    Json,
}

/// Whether the examples of mappings are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Examples {
    Run,
    Left,
}

/// What was found, by API, in the order that it is printed in.
#[derive(Default)]
struct Report {
    /// `None`: of the configuration.
    parts: Vec<(Option<String>, Sources, Vec<Diagnostic>)>,
    /// What cannot be read at all, as lines for a terminal.
    unread: Vec<String>,
}

impl Report {
    fn all(&self) -> impl Iterator<Item = (&Sources, &Diagnostic)> {
        self.parts.iter().flat_map(|(_, sources, found)| found.iter().map(move |d| (sources, d)))
    }

    fn count(&self, severity: Severity) -> usize {
        self.all().filter(|(_, d)| d.severity == severity).count()
    }

    fn is_wrong(&self) -> bool {
        self.count(Severity::Error) > 0 || !self.unread.is_empty()
    }
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let done = report(arguments).and_then(|report| {
        let printed = match arguments.format {
            Format::Human => human(&report),
            Format::Json => json(&report),
        };
        printed.map_err(|error| Wrong::new(format!("cannot write: {error}")))?;
        for line in &report.unread {
            serve::complain(line);
        }
        let denied = match arguments.deny {
            Some(Deny::Warnings) => report.count(Severity::Warning),
            None => 0,
        };
        Ok(!report.is_wrong() && denied == 0)
    });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(Wrong(lines)) => {
            for line in lines {
                serve::complain(&line);
            }
            ExitCode::FAILURE
        }
    }
}

/// Says why a configuration is not served: all that is wrong with it, with the offending text.
pub(super) fn refuse(file: &Path, found: &[Finding]) -> ExitCode {
    let lines = match of_config(file, Examples::Left) {
        Ok(report) if report.is_wrong() => {
            let errors = report.all().filter(|(_, d)| d.severity == Severity::Error);
            let mut lines = render::first(errors, render::stderr_style());
            lines.extend(report.unread);
            lines
        }
        // It is another one by now, or cannot be read.
        Ok(_) | Err(_) => found.iter().map(Finding::to_string).collect(),
    };
    for line in lines {
        serve::complain(&line);
    }
    ExitCode::FAILURE
}

fn report(arguments: &Arguments) -> Result<Report, Wrong> {
    match (&arguments.config, &arguments.mappings, &arguments.schemas) {
        (Some(config), ..) => of_config(config, Examples::Run),
        (None, Some(mappings), Some(schemas)) => {
            let apis = files::apis(mappings, schemas)?;
            if apis.is_empty() {
                let folder = mappings.display();
                let what = format!("no API in {folder}: expected a directory for each");
                return Err(Wrong::new(what));
            }
            let mut report = Report::default();
            for api in apis {
                let read = files::read(mappings, schemas, &api)?;
                report.add(api, read, Examples::Run);
            }
            Ok(report)
        }
        (None, ..) => Err(Wrong::new("expected --config, or --mappings and --schemas")),
    }
}

fn of_config(file: &Path, examples: Examples) -> Result<Report, Wrong> {
    let serve::Settings { sources, config, apis, mut found } = serve::settings(file)?;
    let mut report = Report::default();
    for (config, api) in config.iter().flat_map(|config| apis.iter().map(move |api| (config, api)))
    {
        match files::read_configured(&config.mappings, &config.schemas, api) {
            Ok(read) => {
                found.extend(read.series.iter().flat_map(|series| api.check(series)));
                report.add(api.config.name.to_string(), read, examples);
            }
            // Of a directory that is not there every API says the same.
            Err(Wrong(lines)) => {
                report.unread.extend(lines);
                report.unread.dedup();
            }
        }
    }
    if !found.is_empty() {
        found.sort_by_key(|d| (d.severity, d.span.map(|s| s.start)));
        report.parts.insert(0, (None, sources, found));
    }
    Ok(report)
}

impl Report {
    fn add(&mut self, api: String, read: Read, examples: Examples) {
        let Read { sources, series, mut found } = read;
        if let Some(series) = series.filter(|_| examples == Examples::Run) {
            found.extend(authoring::examples(&series));
        }
        found.sort_by_key(|d| (d.severity, d.span.map(|s| (s.file, s.start))));
        self.parts.push((Some(api), sources, found));
    }
}

fn human(report: &Report) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for text in render::first(report.all(), render::stdout_style()) {
        writeln!(out, "{text}")?;
    }
    let apis: Vec<&str> = report.parts.iter().filter_map(|(api, ..)| api.as_deref()).collect();
    let count = |severity, one: &str| {
        let n = report.count(severity);
        format!("{n} {one}{}", if n == 1 { "" } else { "s" })
    };
    writeln!(
        out,
        "checked {}: {}, {}, {}",
        if apis.is_empty() { String::from("the configuration") } else { apis.join(", ") },
        count(Severity::Error, "error"),
        count(Severity::Warning, "warning"),
        count(Severity::Note, "note"),
    )?;
    out.flush()
}

fn json(report: &Report) -> io::Result<()> {
    let all = report.parts.iter().flat_map(|(api, sources, found)| {
        found.iter().map(move |diagnostic| render::json(sources, api.as_deref(), diagnostic))
    });
    let number = |severity| Value::Number(report.count(severity).to_string().into());
    let members = [
        ("errors", number(Severity::Error)),
        ("warnings", number(Severity::Warning)),
        ("notes", number(Severity::Note)),
        ("diagnostics", Value::Array(all.collect())),
    ];
    let members = members.into_iter().map(|(name, value)| (Text::from_plain(name), value));
    writeln!(io::stdout().lock(), "{}", Value::Object(members.collect()))
}
