//! Partial writes whose bodies rules would change: what is absent there is to be left alone, so they are no
//! documents of their schema, and the gateway refuses them.

use super::Checking;
use super::needs::Needs;
use super::walk::Walk;
use crate::contract::{Operation, Use};
use crate::diagnostic::Diagnostic;
use crate::json::Text;
use crate::version::Side;

/// Requests that are partial by their method.
pub(super) fn partial(of: &Checking<'_, '_>, walk: &Walk) -> Vec<Diagnostic> {
    let side = of.hop.direction.source();
    let contract = if side == Side::Old { of.link.old } else { of.link.new };
    let patches = contract.operations.iter().filter(|own| &*own.method == "PATCH");
    let patches: Vec<(String, &Operation)> =
        patches.map(|own| (format!("{} {} request", own.method, own.path), own)).collect();
    if patches.is_empty() {
        return Vec::new();
    }
    let needs = Needs::new(of, walk);
    let mut found = Vec::new();
    for (name, own) in &patches {
        let begins = |begin: &str| {
            begin
                .strip_prefix(name.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        // A head by itself has no body.
        let bodies = walk.roots.iter().filter(|(begin, at)| {
            begins(begin)
                && walk.visits.get(*at).is_some_and(|visit| has_body(of, visit.context.source))
        });
        let mut ruled = bodies.filter(|(_, at)| walk.is_passed(*at) && needs.rules(*at));
        if ruled.next().is_some() {
            let (version, other) = (of.version(side), of.version(side.other()));
            let message = format!(
                "a body of `{} {}` of {version} is refused where it would have to become one of {other}: it is a partial write",
                own.method, own.path
            );
            found.push(
                Diagnostic::warning("F644", own.span, message)
                    .label("answered with 415")
                    .help("only whole documents are translated: let clients send them by `PUT`, or no rule be about this body"),
            );
        }
    }
    found
}

/// Whether a message begins with its body, or has one among its parts.
fn has_body(of: &Checking<'_, '_>, root: Use) -> bool {
    let ty = of.hop.source.get(root.ty);
    !ty.sealed || ty.property(&Text::from_plain("body")).is_some()
}
