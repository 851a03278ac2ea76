//! `fishplate check`: loads everything, runs the examples, prints what is wrong.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::files::{self, Read, Wrong};
use super::{render, serve};
use crate::authoring;
use crate::diagnostic::{Diagnostic, Severity, Sources};
use crate::json::{Text, Value};

/// Shown under `--help`.
pub(super) const EXAMPLES: &str = "\
Examples:
  fishplate check --mappings mappings --schemas schemas
  fishplate check --config fishplate.yaml --format json
  fishplate check --config fishplate.yaml --deny warnings

Exit code: 0 nothing is wrong (there may be warnings), 1 something is, 2 misused.";

/// Arguments of `fishplate check`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The configuration of a gateway: it and every API that it names is checked
    #[arg(long, value_name = "FILE", conflicts_with_all = ["mappings", "schemas"], required_unless_present = "mappings")]
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

/// What was found, by API, in the order that it is printed in.
#[derive(Default)]
struct Report {
    parts: Vec<(String, Sources, Vec<Diagnostic>)>,
}

impl Report {
    fn count(&self, severity: Severity) -> usize {
        self.parts.iter().flat_map(|(_, _, found)| found).filter(|d| d.severity == severity).count()
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
        let denied = match arguments.deny {
            Some(Deny::Warnings) => report.count(Severity::Warning),
            None => 0,
        };
        Ok(report.count(Severity::Error) == 0 && denied == 0)
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

fn report(arguments: &Arguments) -> Result<Report, Wrong> {
    match (&arguments.config, &arguments.mappings, &arguments.schemas) {
        (Some(config), ..) => of_config(config),
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
                report.add(api, read);
            }
            Ok(report)
        }
        (None, ..) => Err(Wrong::new("expected --config, or --mappings and --schemas")),
    }
}

fn of_config(file: &Path) -> Result<Report, Wrong> {
    let serve::Settings { sources, config, apis, mut found } = serve::settings(file)?;
    let mut report = Report::default();
    for api in config.iter().flat_map(|_| &apis) {
        let Some(config) = &config else { continue };
        let read = files::read(&config.mappings, &config.schemas, &api.config.name)?;
        if let Some(series) = &read.series {
            found.extend(api.unknown(series));
        }
        report.add(api.config.name.to_string(), read);
    }
    if !found.is_empty() {
        report.parts.insert(0, (String::new(), sources, found));
    }
    Ok(report)
}

impl Report {
    fn add(&mut self, api: String, read: Read) {
        let Read { sources, series, mut found } = read;
        if let Some(series) = series {
            found.extend(authoring::examples(&series));
        }
        found.sort_by_key(|d| (d.severity, d.span.map(|s| (s.file, s.start))));
        self.parts.push((api, sources, found));
    }
}

fn human(report: &Report) -> io::Result<()> {
    let style = render::stdout_style();
    let mut out = io::BufWriter::new(io::stdout().lock());
    for (_, sources, found) in &report.parts {
        for diagnostic in found {
            writeln!(out, "{}", render::human(sources, diagnostic, style))?;
        }
    }
    let apis: Vec<&str> =
        report.parts.iter().map(|(api, ..)| api.as_str()).filter(|a| !a.is_empty()).collect();
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
        found.iter().map(move |diagnostic| render::json(sources, api, diagnostic))
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
