//! `fishplate check`: loads everything, runs the examples, prints what is wrong.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::files::{self, Read};
use super::{render, serve};
use crate::authoring;
use crate::diagnostic::{Diagnostic, Severity, Sources, nearest};
use crate::json::{Text, Value};
use crate::snapshot::{self, Finding, Named};

/// Shown under `--help`.
pub(super) const EXAMPLES: &str = "\
Examples:
  fishplate check
  fishplate check --mappings mappings --schemas schemas
  fishplate check --config fishplate.yaml --format json
  fishplate check --config fishplate.yaml --deny warnings
  fishplate check --api orders --api claims

Exit code: 0 nothing is wrong (there may be warnings), 1 something is, 2 misused.";

/// The configuration where nothing else is named, as that of `serve`.
const CONFIG: &str = "fishplate.yaml";

/// What to do where it is not there.
const NAMED: &str =
    "name the file with `--config`, or directories with `--mappings DIR --schemas DIR`";

/// Arguments of `fishplate check`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The configuration of a gateway: it and every API that it names is checked; `fishplate.yaml`
    /// where no directories are named either
    #[arg(long, value_name = "FILE", conflicts_with_all = ["mappings", "schemas"])]
    config: Option<PathBuf>,
    /// Directory of mappings: DIR/<api>/<version>.yaml
    #[arg(long, value_name = "DIR", requires = "schemas")]
    mappings: Option<PathBuf>,
    /// Directory of contracts: DIR/<api>/<version>.yaml
    #[arg(long, value_name = "DIR", requires = "mappings")]
    schemas: Option<PathBuf>,
    /// Only this API; may be said several times
    #[arg(long, value_name = "NAME")]
    api: Vec<String>,
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
    /// What cannot be read at all, by API (`None`: of all).
    unread: Vec<(Option<String>, Finding)>,
}

impl Report {
    fn all(&self) -> impl Iterator<Item = (&Sources, &Diagnostic)> {
        self.parts.iter().flat_map(|(_, sources, found)| found.iter().map(move |d| (sources, d)))
    }

    fn count(&self, severity: Severity) -> usize {
        let unread = self.unread.iter().filter(|(_, finding)| finding.severity == severity);
        self.all().filter(|(_, d)| d.severity == severity).count().saturating_add(unread.count())
    }

    fn is_wrong(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    fn unread(&mut self, api: Option<&str>, found: Vec<Finding>) {
        self.unread.extend(found.into_iter().map(|finding| (api.map(String::from), finding)));
    }
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let report = report(arguments);
    let printed = match arguments.format {
        Format::Human => human(&report),
        Format::Json => json(&report),
    };
    if let Err(error) = printed {
        serve::complain(&format!("error: cannot write: {error}"));
        return ExitCode::FAILURE;
    }
    let denied = match arguments.deny {
        Some(Deny::Warnings) => report.count(Severity::Warning),
        None => 0,
    };
    if report.is_wrong() || denied > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Says why a configuration is not served: all that is wrong with it, with the offending text.
pub(super) fn refuse(file: &Path, found: &[Finding]) -> ExitCode {
    let report = of_config(file, Examples::Left, &[]);
    let errors = report.all().filter(|(_, d)| d.severity == Severity::Error);
    let mut lines = render::first(errors, render::stderr_style());
    lines.extend(report.unread.iter().map(|(_, finding)| finding.to_string()));
    if lines.is_empty() {
        // It is another one by now.
        lines.extend(found.iter().map(Finding::to_string));
    }
    for line in lines {
        serve::complain(&line);
    }
    ExitCode::FAILURE
}

fn report(arguments: &Arguments) -> Report {
    match (&arguments.config, &arguments.mappings, &arguments.schemas) {
        (None, Some(mappings), Some(schemas)) => of_directories(mappings, schemas, &arguments.api),
        (Some(config), ..) => of_config(config, Examples::Run, &arguments.api),
        (None, ..) => {
            let mut report = of_config(Path::new(CONFIG), Examples::Run, &arguments.api);
            // Nobody has said that there is one.
            for (_, finding) in report.unread.iter_mut().filter(|_| report.parts.is_empty()) {
                *finding = finding.clone().help(NAMED);
            }
            report
        }
    }
}

/// That there is no API of a name that is asked for.
fn unknown(wanted: &[String], known: &[&str]) -> Vec<Finding> {
    let missing = wanted.iter().filter(|name| !known.contains(&name.as_str()));
    let all: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    let told = missing.map(|name| {
        let near = nearest(name, known.iter().copied());
        let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        let there = if all.is_empty() { String::from("none") } else { all.join(", ") };
        Finding::file("", &format!("no API `{name}`")).help(&format!("{near}there are {there}"))
    });
    told.collect()
}

fn of_directories(mappings: &Path, schemas: &Path, wanted: &[String]) -> Report {
    let mut report = Report::default();
    let mut apis = files::apis(mappings, schemas).unwrap_or_else(|missing| {
        report.unread(None, missing);
        Vec::new()
    });
    if report.unread.is_empty() {
        let known: Vec<&str> = apis.iter().map(String::as_str).collect();
        report.unread(None, unknown(wanted, &known));
    }
    apis.retain(|api| wanted.is_empty() || wanted.contains(api));
    for api in apis {
        match files::read(mappings, schemas, &api) {
            Ok(read) => report.add(api, read, Examples::Run),
            Err(unread) => report.unread(Some(&api), unread),
        }
    }
    report
}

fn of_config(file: &Path, examples: Examples, wanted: &[String]) -> Report {
    let mut report = Report::default();
    let serve::Settings { sources, config, mut apis, mut found } = match serve::settings(file) {
        Ok(settings) => settings,
        Err(unread) => {
            report.unread(None, unread);
            return report;
        }
    };
    let known: Vec<&str> = apis.iter().map(|api| &*api.config.name).collect();
    report.unread(None, unknown(wanted, &known));
    apis.retain(|api| wanted.is_empty() || wanted.iter().any(|name| *name == *api.config.name));
    let places = config.as_ref().map(|c| (&*c.mappings, &*c.schemas));
    let missing = places.map(|all| snapshot::directories(all, Named::Keys)).unwrap_or_default();
    // Of a directory that is not there every API would say the same.
    let readable = places.filter(|_| missing.is_empty());
    report.unread(None, missing);
    for (all, api) in readable.iter().flat_map(|all| apis.iter().map(move |api| (*all, api))) {
        match files::read_configured(all, (api, &sources)) {
            Ok(read) => {
                found.extend(read.series.iter().flat_map(|series| api.check(series, &read.files)));
                report.add(api.config.name.to_string(), read, examples);
            }
            Err(unread) => report.unread(Some(&api.config.name), unread),
        }
    }
    found.sort_by_key(|d| (d.severity, d.span.map(|s| s.start)));
    report.parts.insert(0, (None, sources, found));
    report
}

impl Report {
    fn add(&mut self, api: String, read: Read, examples: Examples) {
        let Read { sources, series, mut found, examples: unread, .. } = read;
        if examples == Examples::Run {
            found.extend(series.iter().flat_map(authoring::examples));
            found.extend(unread);
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
    for (_, finding) in &report.unread {
        writeln!(out, "{finding}\n")?;
    }
    let parts = report.parts.iter().map(|(api, ..)| api);
    let mut apis: Vec<&str> = parts
        .chain(report.unread.iter().map(|(api, _)| api))
        .filter_map(Option::as_deref)
        .collect();
    apis.dedup();
    let count = |severity, one: &str| {
        let n = report.count(severity);
        format!("{n} {one}{}", if n == 1 { "" } else { "s" })
    };
    writeln!(
        out,
        "checked {}: {}, {}, {}",
        if !apis.is_empty() {
            apis.join(", ")
        } else if report.parts.is_empty() {
            String::from("nothing")
        } else {
            String::from("the configuration")
        },
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
    let unread = report.unread.iter().map(|(api, finding)| render::unread(api.as_deref(), finding));
    let number = |severity| Value::Number(report.count(severity).to_string().into());
    let members = [
        ("errors", number(Severity::Error)),
        ("warnings", number(Severity::Warning)),
        ("notes", number(Severity::Note)),
        ("diagnostics", Value::Array(unread.chain(all).collect())),
    ];
    let members = members.into_iter().map(|(name, value)| (Text::from_plain(name), value));
    writeln!(io::stdout().lock(), "{}", Value::Object(members.collect()))
}
