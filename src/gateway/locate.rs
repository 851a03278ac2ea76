//! Where the targets of an answer are in the client's version: the rules of their operations, backwards.
//! It changes no header.

use std::sync::Arc;

use http::HeaderMap;

use super::headers::{self, Inside, Moved};
use super::negotiate::Choice;
use super::problem::Problem;
use crate::snapshot::Way;

/// Targets of one answer that are looked up: a page has few.
const MOST: usize = 64;

/// What the targets of an answer are called in the client's version, where that is known.
pub(super) async fn moved(
    choice: &Choice<'_>,
    headers: &HeaderMap,
    inside: Inside<'_>,
) -> Result<Moved, Problem> {
    let back = Way { from: choice.way.to, to: choice.way.from };
    let targets = headers::targets(headers, inside);
    if targets.is_empty() || back.from == back.to {
        return Ok(Moved::new());
    }
    let api = Arc::clone(choice.api);
    let look = move || {
        let mut moved = Moved::new();
        for target in targets.into_iter().take(MOST) {
            let (path, query) = match target.split_once('?') {
                Some((path, query)) => (path, Some(query)),
                None => (&*target, None),
            };
            let Some(head) = api.moved(back, path, query) else { continue };
            let whole = match head.query {
                Some(query) => format!("{}?{query}", head.path),
                None => head.path,
            };
            moved.insert(target, whole);
        }
        moved
    };
    // Programs may have to be made.
    tokio::task::spawn_blocking(look).await.map_err(|_| Problem::Failed)
}
