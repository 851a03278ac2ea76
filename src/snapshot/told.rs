//! What the log is told of a reload. It decides nothing about what is loaded.

use super::{Api, Cause, Reloaded, Report};

/// Tells the log what a reload did, whoever asked for it: what changed, errors that are others than
/// before, and what is worth a look in what changed. Who reads of it is served by it already.
pub(super) fn log(cause: Cause, reloaded: &Reloaded, (old, now): (&Report, &Report)) {
    let Reloaded { generation, changed, errors, .. } = reloaded;
    if !changed.is_empty() {
        let changed = changed.join(",");
        let (by, of) = (cause.as_str(), cause.of());
        tracing::info!(generation, changed, by, of, "reloaded");
    }
    for (api, found) in errors.iter().filter(|_| old.errors != *errors) {
        let api = (!api.is_empty()).then_some(api);
        for finding in found {
            let (file, line, column) = finding.place();
            let (code, reason) = (finding.code, &finding.message);
            let expected = finding.expected.as_deref();
            tracing::error!(
                generation,
                api,
                code,
                file,
                line,
                column,
                reason,
                expected,
                "not reloaded"
            );
        }
    }
    if errors.is_empty() && !old.errors.is_empty() {
        if now.waiting.is_empty() {
            tracing::info!(generation, "all files are in force again");
        } else {
            tracing::info!(
                generation,
                "nothing is wrong any more; a changed setting needs a restart"
            );
        }
    }
    for api in
        now.snapshot.apis.iter().filter(|api| changed.iter().any(|c| **c == *api.config.name))
    {
        doubtful(api);
    }
}

/// Tells the log what does not stop an API, but is worth a look.
pub(super) fn doubtful(api: &Api) {
    for finding in &api.warnings {
        let (file, line, column) = finding.place();
        let (api, code, reason) = (&*api.config.name, finding.code, &finding.message);
        let expected = finding.expected.as_deref();
        tracing::warn!(api, code, file, line, column, reason, expected, "a mapping is doubtful");
    }
}
