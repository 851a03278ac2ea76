//! Starts the log. What is logged, and when, is every room's own.

use tracing_subscriber::fmt::format::FmtSpan;

/// Starts the log: one JSON object a line on standard output. A second start does nothing.
pub fn start() {
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_span_events(FmtSpan::NONE)
        .with_max_level(tracing::Level::INFO)
        .finish();
    if tracing::subscriber::set_global_default(subscriber).is_err() {
        tracing::debug!("the log runs already");
    }
}
