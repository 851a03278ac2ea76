//! What `translate` and `explain` are about: one API, from one of its versions to another. Finds
//! what the arguments name, and says what there is instead.

use std::path::PathBuf;

use super::files::{self, Wrong};
use crate::authoring;
use crate::compile::{Series, Status, Track, Way};
use crate::contract::Operation;
use crate::diagnostic::{Sources, Span, nearest};
use crate::loss::RuleId;
use crate::version::Side;

/// Arguments that several commands share.
#[derive(Debug, clap::Args)]
#[group(id = "chain")]
pub(super) struct Arguments {
    /// Directory of mappings: DIR/<api>/<version>.yaml
    #[arg(long, value_name = "DIR")]
    mappings: PathBuf,
    /// Directory of contracts: DIR/<api>/<version>.yaml
    #[arg(long, value_name = "DIR")]
    schemas: PathBuf,
    /// Name of the API
    #[arg(long, value_name = "NAME")]
    api: String,
    /// Version that the messages are in
    #[arg(long, value_name = "VERSION")]
    from: String,
    /// Version that they are translated to
    #[arg(long, value_name = "VERSION")]
    to: String,
}

/// A body of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Part {
    /// What the client sends
    Request,
    /// What it is answered
    Response,
}

/// An API of which everything is right, and the way through it.
pub(super) struct Chain {
    pub(super) sources: Sources,
    pub(super) series: Series,
    pub(super) way: Way,
}

/// Names that are listed where none is near.
const MOST_NAMES: usize = 12;

impl Chain {
    pub(super) fn load(arguments: &Arguments) -> Result<Self, Wrong> {
        let Arguments { mappings, schemas, api, from, to } = arguments;
        let (sources, series) = files::load(mappings, schemas, api)?;
        let position = |version: &String| {
            series.position(version).ok_or_else(|| {
                let known: Vec<&str> = series.versions.iter().map(|v| v.as_str()).collect();
                Wrong::new(format!("no version {version}; there are {}", known.join(", ")))
            })
        };
        let way = Way { from: position(from)?, to: position(to)? };
        if way.from != way.to && series.mappings.is_empty() {
            let folder = mappings.join(api);
            let what = format!("no mapping in {} leads from {from} to {to}", folder.display());
            return Err(Wrong::new(what));
        }
        Ok(Self { sources, series, way })
    }

    /// The text of a version by its number.
    pub(super) fn version(&self, at: usize) -> &str {
        self.series.versions.get(at).map_or("", |version| version.as_str())
    }

    /// The texts of the first and the last version.
    pub(super) fn versions(&self) -> (&str, &str) {
        (self.version(self.way.from), self.version(self.way.to))
    }

    /// An operation of the first version.
    pub(super) fn operation(&self, name: &str) -> Result<&Operation, Wrong> {
        self.series.operation(self.way.from, name).ok_or_else(|| {
            let contract = self.series.contracts.get(self.way.from);
            let all = contract.into_iter().flat_map(|c| &c.operations);
            // A name without a space is an `operationId`.
            let ids = all.clone().filter_map(|o| o.id.as_deref().map(String::from));
            let mut known: Vec<String> = ids.filter(|_| !name.contains(' ')).collect();
            if nearest(name, known.iter().map(String::as_str)).is_none() {
                known = all.map(Operation::name).collect();
            }
            self.unknown("operation", name, &known)
        })
    }

    /// What an operation becomes: the way that is wanted, by the name of what is at its end, or the one
    /// that is taken where nothing decides; with what there is to say of several.
    pub(super) fn becomes(
        &self,
        operation: &Operation,
        wanted: Option<&str>,
    ) -> Result<(Result<Track, String>, Vec<String>), Wrong> {
        let ways = match authoring::ways(&self.series, self.way, operation) {
            Ok(ways) => ways,
            Err(reason) => {
                return Ok((Err(self.ends(operation, reason)), Vec::new()));
            }
        };
        let own = format!("`{}`", operation.name());
        let named = |name: &str| {
            let end = self.series.operation(self.way.to, name)?.name();
            ways.iter().position(|way| way.name == end)
        };
        let at = match wanted {
            None => 0,
            Some(name) => named(name).ok_or_else(|| {
                let all: Vec<String> = ways.iter().map(|way| format!("`{}`", way.name)).collect();
                let (from, to) = self.versions();
                Wrong::new(format!(
                    "{own} of {from} does not become `{name}` of {to}: it becomes {}",
                    all.join(" or ")
                ))
            })?,
        };
        let (from, to) = self.versions();
        let mut lines = Vec::new();
        if ways.len() > 1 {
            lines.push(format!("{own} of {from} becomes one of several operations of {to}:"));
            for (n, way) in ways.iter().enumerate() {
                let told = way.told_by.join(", ");
                let told = if told.is_empty() { told } else { format!(", told by {told}") };
                let mark = if n == at { "  (this one)" } else { "" };
                lines.push(format!("  {}{told}{mark}", way.name));
            }
            lines.push(String::from("`--as` names another one."));
        }
        let track = ways.into_iter().nth(at).map(|way| way.track);
        Ok((track.ok_or_else(|| String::from("it becomes nothing")), lines))
    }

    /// Why an operation does not get to the end of its way: in the words of the mapping, where that has
    /// some.
    fn ends(&self, operation: &Operation, reason: String) -> String {
        let ends = authoring::operation_ends(&self.series, self.way, operation);
        let Some(authoring::Ends { name, version, next, side, gone }) = ends else { return reason };
        let by = self.by(gone.as_ref());
        if gone.as_ref().is_some_and(|gone| gone.info.answer.detail.is_some()) {
            return reason + &by;
        }
        let what = format!("`{name}` of {version} has no counterpart in {next}{by}");
        if gone.is_some() {
            return what;
        }
        let other = format!("{} /…", operation.method);
        let (pair, none) = match side {
            Side::Old => (format!("{name} -> {other}"), format!("{name} -> $none")),
            Side::New => (format!("{other} -> {name}"), format!("$none -> {name}")),
        };
        format!(
            "{what}\nhelp: relate it to the operation of {next} that it is there, under `operations` (`{pair}: {{}}`); where it is none, `{none}` says what its clients are told"
        )
    }

    /// By which rule something has no counterpart, where a mapping says so.
    fn by(&self, said: Option<&authoring::Gone<'_>>) -> String {
        let Some(authoring::Gone { info, version, .. }) = said else { return String::new() };
        let why = info.why.as_deref().map(authoring::on_one_line);
        let why = why.map(|why| format!("; why: {why}")).unwrap_or_default();
        format!("{why} (by {} of {version}, {})", info.name, self.at(info.span))
    }

    /// Why values of a schema of the first version have no counterpart on the way.
    pub(super) fn no_type(&self, name: &str, reason: &str) -> String {
        let hops = authoring::type_rules(&self.series, self.way, name);
        let said = hops.last().and_then(|hop| hop.lone.as_ref());
        let becomes = said.map(|said| {
            format!(": where a value of it is a branch of a union, {}", said.becomes())
        });
        format!("{reason}{}{}", becomes.unwrap_or_default(), self.by(said))
    }

    /// A place as `mappings/orders/v2.yaml:9`.
    pub(super) fn at(&self, span: Span) -> String {
        let (line, _) = self.sources.position(span);
        format!("{}:{line}", self.sources.name(span.file))
    }

    /// A named schema of the first version, or what to say of it.
    pub(super) fn has_type(&self, name: &str) -> Result<(), Wrong> {
        let Some(contract) = self.series.contracts.get(self.way.from) else { return Ok(()) };
        if contract.types.named(name).is_some() {
            return Ok(());
        }
        let known: Vec<String> = contract.types.names().map(|(n, _)| n.to_owned()).collect();
        Err(self.unknown("schema", name, &known))
    }

    fn unknown(&self, what: &str, name: &str, known: &[String]) -> Wrong {
        let hint = match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => format!("; did you mean `{near}`?"),
            None if known.is_empty() => format!("; it has no {what} at all"),
            None => {
                let more = known.len().saturating_sub(MOST_NAMES);
                let first: Vec<String> =
                    known.iter().take(MOST_NAMES).map(|k| format!("`{k}`")).collect();
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                format!("; there are {}{more}", first.join(", "))
            }
        };
        let version = self.version(self.way.from);
        Wrong::new(format!("no {what} `{name}` in version {version}{hint}"))
    }

    /// A rule by its name, with the version that its mapping leads to.
    pub(super) fn rule(&self, rule: RuleId) -> (String, String) {
        authoring::rule_name(&self.series, rule)
    }
}

/// A status by its text.
pub(super) fn status(text: &str) -> Result<Status, Wrong> {
    let misspelt = || Wrong::new(format!("no status `{text}`: expected 200, 2XX or default"));
    Status::parse(text).ok_or_else(misspelt)
}
