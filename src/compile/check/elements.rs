//! Single elements that a rule carries out of a list which the other side has too: an element of that
//! list's own stands in their place there, and is taken for them when it comes back.

use super::Checking;
use super::walk::{Visit, Walk};
use crate::compile::resolve::bind::Cut;
use crate::compile::resolve::place::lead;
use crate::compile::resolve::{What, is_item};
use crate::diagnostic::Diagnostic;
use crate::json::Path;

pub(super) fn elements(of: &Checking<'_, '_>, walk: &Walk) -> Vec<Diagnostic> {
    // Without contracts F505 says what nothing proves.
    if of.link.old.open {
        return Vec::new();
    }
    let lists = walk.visits.iter().filter(|visit| visit.binding.items.is_some());
    lists
        .flat_map(|visit| {
            let cuts = visit.context.exports.iter();
            cuts.filter_map(move |cut| displaced(of, (walk, visit), cut))
        })
        .collect()
}

fn displaced(
    of: &Checking<'_, '_>,
    (walk, visit): (&Walk, &Visit),
    cut: &Cut,
) -> Option<Diagnostic> {
    let hop = of.hop;
    let rule = hop.rules.get(cut.at).filter(|rule| matches!(rule.what, What::Move(_)))?;
    let path = rule.src.0.get(cut.cut..).filter(|path| path.first().is_some_and(is_item))?;
    // What the other side's list has there too is what comes back.
    lead(hop.target, visit.context.target, path)?;
    let side = hop.direction.source();
    let (version, next) = (of.version(side), of.version(side.other()));
    let (place, taken) = (Path(path.to_vec()), walk.place(visit));
    let message = format!("`{place}` of the list of {next} is `{}` when it comes back", rule.dst);
    Some(
        Diagnostic::warning("F627", of.span(cut.at), message)
            .label(format!("of {version} it is taken out of the list, at {taken}"))
            .help(format!(
                "if a message of {next} can lack `{}` where its list has such an element, relate the list as a whole",
                rule.dst
            )),
    )
}
