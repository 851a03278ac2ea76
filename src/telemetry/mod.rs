//! Starts the log, and offers `metrics`. What is logged or measured, and when, is every room's own;
//! how the log gets out is `queue`'s.

mod form;
pub mod metrics;
mod now;
mod queue;

use std::io::Write as _;
use std::io::{self, IsTerminal as _};
use std::sync::{Arc, OnceLock};

use self::form::Form;
use self::queue::Queue;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The environment variable that says how much is logged.
const VARIABLE: &str = "FISHPLATE_LOG";

/// The environment variable that says how lines look.
const FORM: &str = "FISHPLATE_LOG_FORMAT";

/// Targets of our own lines.
const OWN: [&str; 3] = ["fishplate", "access", "losses"];

/// Where lines of exchanges go, and how they look, if they are logged.
static EXCHANGES: OnceLock<(Arc<Queue>, Form)> = OnceLock::new();

/// The line of an exchange, which is written field by field; it is logged when it is dropped.
#[derive(Debug)]
pub struct Line(Option<form::Line>);

impl Line {
    /// A line without fields yet; `None`: none is wanted.
    pub fn begin() -> Option<Self> {
        let (_, form) = EXCHANGES.get()?;
        Some(Self(Some(form::Line::begin(*form))))
    }

    /// A field, where there is a value for it.
    pub fn text(&mut self, name: &'static str, value: Option<&str>) {
        if let Some((line, value)) = self.0.as_mut().zip(value) {
            line.text(name, value);
        }
    }

    /// The same with a text in which nothing has to be escaped: no control character, quote or backslash.
    pub fn word(&mut self, name: &'static str, value: Option<&str>) {
        if let Some((line, value)) = self.0.as_mut().zip(value) {
            line.word(name, value);
        }
    }

    /// The same with a number.
    pub fn number(&mut self, name: &'static str, value: Option<u64>) {
        if let Some((line, value)) = self.0.as_mut().zip(value) {
            line.number(name, value);
        }
    }

    /// The same with what is JSON already, on one line.
    pub fn json(&mut self, name: &'static str, value: Option<&str>) {
        if let Some((line, value)) = self.0.as_mut().zip(value) {
            line.json(name, value);
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some((line, (queue, _))) = self.0.take().zip(EXCHANGES.get()) {
            // What cannot be taken is counted there.
            drop((&**queue).write(line.end().as_bytes()));
        }
    }
}

/// The log that has been started.
#[derive(Debug)]
pub struct Log(Arc<Queue>);

impl Log {
    /// Waits, for a short time, until what was logged is written.
    pub fn finish(&self) {
        if !self.0.drain() {
            tracing::debug!("nobody reads the log");
        }
    }
}

/// Starts the log on standard output, which holds nobody up that logs: for people where that is a
/// terminal, else one JSON object a line. Lines go to a file in larger pieces. The first start counts: nothing
/// is logged by what a later one gives.
pub fn start(to_file: bool) -> io::Result<Log> {
    let asked = std::env::var(FORM).unwrap_or_default();
    let known = form(&asked, io::stdout().is_terminal());
    let form = known.unwrap_or(Form::Json);
    let piece = if to_file { queue::FILE } else { queue::PIPE };
    let queue = Arc::new(queue::start(io::stdout(), (form, piece))?);
    let said = std::env::var(VARIABLE).unwrap_or_default();
    let wanted = levels(&said);
    let line = tracing_subscriber::fmt::layer().with_writer(Arc::clone(&queue)).event_format(form);
    let targets = wanted.clone().unwrap_or_else(|| own(LevelFilter::INFO));
    if targets.would_enable(form::ACCESS, &tracing::Level::INFO) {
        EXCHANGES.get_or_init(|| (Arc::clone(&queue), form));
    }
    if tracing_subscriber::registry().with(targets).with(line).try_init().is_err() {
        tracing::debug!("the log runs already");
    }
    if wanted.is_none() {
        tracing::warn!(variable = VARIABLE, "not understood: it is logged as by `info`");
    }
    if known.is_none() {
        tracing::warn!(
            variable = FORM,
            "not understood: it is `json` or `text`; it is taken for `json`"
        );
    }
    Ok(Log(queue))
}

/// The form that a value of the variable means; nothing: as who reads it would have it.
fn form(said: &str, is_terminal: bool) -> Option<Form> {
    match said.trim() {
        "" if is_terminal => Some(Form::Text),
        "" | "json" => Some(Form::Json),
        "text" => Some(Form::Text),
        _ => None,
    }
}

/// One level for our own lines.
fn own(level: LevelFilter) -> Targets {
    // The libraries beneath say much that only who knows them can use.
    let targets = Targets::new().with_default(level.min(LevelFilter::INFO));
    targets.with_targets(OWN.map(|target| (target, level)))
}

/// What a value says: a level, or a list such as `info,losses=debug`.
fn levels(said: &str) -> Option<Targets> {
    if said.trim().is_empty() {
        return Some(own(LevelFilter::INFO));
    }
    if let Ok(level) = said.trim().parse() {
        return Some(own(level));
    }
    let parts: Vec<_> = said.split(',').map(str::trim).collect();
    // A word alone that is no level would be a target, of which everything is logged, and of all
    // others nothing: it is a slip.
    let level = |part: &&str| !part.is_empty() && part.parse::<LevelFilter>().is_ok();
    let fit = parts.iter().all(|part| part.contains('=') || level(part));
    if fit { parts.join(",").parse().ok() } else { None }
}

#[cfg(test)]
mod tests;
