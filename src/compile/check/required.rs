//! Members that a contract requires and nothing makes.

use std::collections::HashSet;

use super::walk::{Visit, Walk};
use super::{Checking, heads};
use crate::compile::resolve::What;
use crate::compile::resolve::bind::{Single, segment};
use crate::diagnostic::Diagnostic;
use crate::json::{Path, Segment, Text};
use crate::mapping::Source;
use crate::version::Side;

/// Required members that nothing makes.
pub(super) fn required(
    of: &Checking<'_, '_>,
    (walk, visit): (&Walk, &Visit),
    found: &mut Vec<Diagnostic>,
) {
    let side = of.hop.direction.target();
    let ty = of.hop.target.get(visit.context.target.ty);
    let binding = &visit.binding;
    let imports = visit
        .context
        .imports
        .iter()
        .filter_map(|cut| of.hop.rules.get(cut.at).and_then(|r| r.dst.0.get(cut.cut..)));
    let gives = |rule: usize| {
        !matches!(of.hop.rules.get(rule).map(|r| r.what), Some(What::Make(Source::Absent)))
    };
    // A constant makes nothing of what it stands in.
    let (made, nothing): (Vec<&Single>, Vec<&Single>) =
        binding.makes.iter().filter(|s| s.place.len() == 1).partition(|s| gives(s.rule));
    let singles = made.into_iter().chain(&binding.repeats).map(|s| &*s.place);
    let part = heads::part(of.hop, walk, visit);
    // What nobody lists is let through, if it comes at all.
    let moves = binding.moves.iter().filter(|m| part.is_none() || heads::lists(of.hop, visit, m));
    let places = moves.map(|m| &*m.dst).chain(singles).chain(imports);
    let written: HashSet<&Segment> = places.filter_map(|place| place.first()).collect();
    for name in &ty.required {
        if written.contains(&segment(name)) {
            continue;
        }
        let word = if side == Side::New { "added" } else { "removed" };
        let (before, after) = walk.within(of.hop, visit);
        let here = after.join(&Path(vec![segment(name)]));
        let owner = match (after.0.as_slice(), part) {
            ([Segment::Name(part)], _) if &**part == "path" => String::from("the path"),
            (_, Some(_)) => String::from("its contract"),
            _ => called(ty.name.as_deref()),
        };
        let message =
            format!("messages to {} lack `{here}`, which {owner} requires", of.version(side));
        let (at, version) = (walk.place(visit), of.version(side.other()));
        let named =
            ty.properties.iter().position(|(own, _)| own.same(name)).filter(|_| part.is_some());
        let span = named.and_then(|at| ty.places.get(at)).map_or(ty.span, |span| *span);
        let warning = Diagnostic::warning("F620", span, message)
            .label(format!("required in what becomes of {at} of {version}"));
        let absent = nothing.iter().find(|s| s.place.first() == Some(&segment(name)));
        found.push(match absent {
            Some(rule) => warning
                .also(of.span(rule.rule), "this rule says that it is absent")
                .help(format!("give it a value: `{word}: {{ {here}: … }}`")),
            None => warning.help(format!(
                "{}add a rule such as `{word}: {{ {here}: … }}`",
                related(of, (walk, visit), (&before, &here)),
            )),
        });
    }
}

/// That a member which the other contract lacks may be one of those that this one lacks.
fn related(
    of: &Checking<'_, '_>,
    (walk, visit): (&Walk, &Visit),
    (before, here): (&Path, &Path),
) -> String {
    let declared = |left: &&Text| of.hop.source.property(visit.context.source.ty, left).is_some();
    let mut left = visit.binding.leftover.iter().filter(declared).map(segment);
    let part = heads::part(of.hop, walk, visit);
    let texts = heads::alone(of.hop, visit).filter(|_| part.is_some());
    let texts = &mut texts.filter_map(|moved| moved.src.first().cloned());
    let Some(left) = left.next().or_else(|| texts.next()) else { return String::new() };
    let left = before.join(&Path(vec![left]));
    let (old, new) = match of.hop.direction.source() {
        Side::Old => (&left, here),
        Side::New => (here, &left),
    };
    format!(
        "if it is what `{left}` is on the other side, relate them: `fields: {{ {old}: {new} }}`; else "
    )
}

/// How a schema is called in a message.
pub(super) fn called(name: Option<&str>) -> String {
    name.map_or_else(|| String::from("an object"), |name| format!("`{name}`"))
}
