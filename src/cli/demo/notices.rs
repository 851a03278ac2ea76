//! What an edit of the files came to, told in the terminal while the demo is up. It reloads
//! nothing.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::say;
use crate::snapshot::{Finding, Report, Store};

/// How often it looks whether there is news.
const LOOK: Duration = Duration::from_millis(100);

/// Tells the news until it is stopped.
pub(super) async fn tell(store: Arc<Store>, stop: CancellationToken) {
    let mut last = store.report();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        let now = store.report();
        for line in news(&last, &now) {
            say(&line);
        }
        last = now;
    }
}

/// What is to be said of a report after another.
fn news(last: &Report, now: &Report) -> Vec<String> {
    let generation = now.snapshot.generation;
    let (changed, errors) = (generation != last.snapshot.generation, now.errors != last.errors);
    let mut lines = Vec::new();
    if errors {
        lines.extend(now.errors.values().flatten().map(Finding::to_string));
    }
    if changed {
        lines.extend(now.snapshot.warnings().map(Finding::to_string));
    }
    if errors && !now.errors.is_empty() {
        lines.push(format!("Not reloaded: the last good files stay in force ({generation})."));
    } else if changed || errors {
        lines.push(format!("Reloaded: what the files say is in force ({generation})."));
    }
    lines
}
