//! Starts the log. What is logged, and when, is every room's own; how it gets out is `queue`'s.

mod queue;

use std::io;
use std::sync::Arc;

use self::queue::Queue;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The environment variable that says how much is logged.
const VARIABLE: &str = "FISHPLATE_LOG";

/// Targets of our own lines.
const OWN: [&str; 3] = ["fishplate", "access", "losses"];

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

/// Starts the log: one JSON object a line on standard output, which holds nobody up that logs. A
/// second start does nothing.
pub fn start() -> io::Result<Log> {
    let queue = Arc::new(queue::start(io::stdout())?);
    let said = std::env::var(VARIABLE).unwrap_or_default();
    let wanted = levels(&said);
    let line = tracing_subscriber::fmt::layer()
        .json()
        .with_writer(Arc::clone(&queue))
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false);
    let targets = wanted.clone().unwrap_or_else(|| own(LevelFilter::INFO));
    if tracing_subscriber::registry().with(targets).with(line).try_init().is_err() {
        tracing::debug!("the log runs already");
    }
    if wanted.is_none() {
        tracing::warn!(variable = VARIABLE, "not understood: it is logged as by `info`");
    }
    Ok(Log(queue))
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
