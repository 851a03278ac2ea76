//! Places that take their value from another one: whether what `$from` and `alias` name can stand
//! there, and whether the values that they list can. Constants are `given`'s.

use super::Checking;
use super::fits::{misfit, said, unlike};
use super::parts::unlisted;
use super::reach::union_on;
use super::walk::{Visit, Walk};
use crate::compile::resolve::bind::Single;
use crate::compile::resolve::live::further;
use crate::compile::resolve::place::lead;
use crate::compile::resolve::{What, is_many};
use crate::contract::{Kinds, TypeGraph, TypeId, Use};
use crate::diagnostic::Diagnostic;
use crate::json::Path;
use crate::mapping::{Alias, Cell, Piece, Source};
use crate::version::Side;

/// Looks at every `$from`, in the direction that makes its value, and at every alias, on its side.
pub(super) fn sources(of: &Checking<'_, '_>, walk: &Walk) -> Vec<Diagnostic> {
    let mut looking = Looking { of, walk, found: Vec::new() };
    for visit in &walk.visits {
        let items = visit.binding.items.as_ref();
        let makes = visit.binding.makes.iter().chain(items.iter().flat_map(|i| &i.makes));
        // What is behind a `[]` or `{}` is the affair of its elements.
        for make in makes.filter(|make| !make.place.iter().any(is_many)) {
            let to = lead(of.hop.target, visit.context.target, &make.place);
            let rule = of.hop.rules.get(make.rule);
            if let (Some(to), Some(What::Make(source))) = (to, rule.map(|r| r.what)) {
                looking.source(visit, make, (source, to));
            }
        }
        for repeat in &visit.binding.repeats {
            if let Some(What::Repeat(alias)) = of.hop.rules.get(repeat.rule).map(|r| r.what) {
                looking.alias(visit, repeat, alias);
            }
        }
    }
    looking.found
}

struct Looking<'c, 'x, 'a> {
    of: &'c Checking<'x, 'a>,
    walk: &'c Walk,
    found: Vec<Diagnostic>,
}

impl Looking<'_, '_, '_> {
    fn source(&mut self, visit: &Visit, make: &Single, (source, to): (&Source, Use)) {
        if let Source::Text(pieces) = source {
            return self.text(visit, make, (pieces, to));
        }
        let Source::From { path, map, otherwise } = source else { return };
        let hop = self.of.hop;
        let root = hop.rules.get(make.rule).map(|r| r.root.clone()).unwrap_or_default();
        let place = further(&root, path, make.cut);
        let gathers = place.iter().any(is_many);
        // Of a list that is gathered, a `map` is about single values.
        let each = if gathers { hop.target.get(to.ty).items } else { Some(to) };
        let inner = if map.is_empty() { Some(to) } else { each };
        for source in map.iter().map(|(_, source)| source).chain(otherwise.as_deref()) {
            if let Some(to) = inner {
                self.source(visit, make, (source, to));
            }
        }
        let Some(from) = lead(hop.source, visit.context.source, &place) else {
            let union = union_on(hop.source, visit.context.source, &place);
            self.found.extend(union.map(|union| self.within(visit, make, (path, &union))));
            return;
        };
        for (cell, _) in map {
            self.listed((visit, make), hop.direction.source(), (hop.source, from, cell));
        }
        let carried = map.is_empty()
            || (otherwise.is_none() && !lists_all(hop.source, from, map.iter().map(|(c, _)| c)));
        if !carried {
            return;
        }
        let changes = |one: TypeId, other: TypeId| self.of.changes(one, other);
        let target = hop.target.get(to.ty);
        let list = target.kinds.meets(Kinds::ARRAY) || target.branches.is_some();
        let pair = if !gathers {
            unlike((hop.source, from), (hop.target, to), &changes)
        } else if !list && target.kinds != Kinds::NONE {
            Some((said((hop.source, from), 0), said((hop.target, to), 0)))
        } else {
            each.and_then(|each| unlike((hop.source, from), (hop.target, each), &changes))
        };
        let Some((one, other)) = pair else { return };
        let what = if gathers { format!("a list of {one}") } else { one };
        let other = if list { said((hop.target, to), 0) } else { other };
        let (source, target) =
            (self.of.version(hop.direction.source()), self.of.version(hop.direction.target()));
        let message =
            format!("`$from: {path}` gives {what} of {source}, where {target} says {other}");
        self.found.push(
            Diagnostic::warning("F629", self.of.span(make.rule), message)
                .label(format!("it would stand at {} as it is", self.walk.place_in(visit, &make.place)))
                .help("name a place of the same type, say what each value becomes with `map` and `else`, or mend the contract"),
        );
    }

    /// A place of which a union on the way knows nothing.
    fn within(&self, visit: &Visit, make: &Single, (path, union): (&Path, &Path)) -> Diagnostic {
        let place = self.walk.place_in(visit, &make.place);
        let message = format!("`$from: {path}` finds nothing for {place}");
        let version = self.of.version(self.of.hop.direction.source());
        Diagnostic::warning("F641", self.of.span(make.rule), message)
            .label(format!("it is within the union `{union}` of {version}, and rules do not go through a union"))
            .help("name a place that is not, or write the rule in a block about the branch, under `types`, if what it writes is in the counterpart of that")
    }

    /// A text where none can stand, or with what is none to be in one.
    fn text(&mut self, visit: &Visit, make: &Single, (pieces, to): (&[Piece], Use)) {
        let hop = self.of.hop;
        let rule = hop.rules.get(make.rule);
        let (source, target) =
            (self.of.version(hop.direction.source()), self.of.version(hop.direction.target()));
        let open = |types: &TypeGraph, of: Use| types.get(of.ty).branches.is_some();
        let mut wrong = Vec::new();
        if !open(hop.target, to) && !hop.target.get(to.ty).kinds.meets(Kinds::STRING) {
            let other = said((hop.target, to), 0);
            wrong.push(format!("`$text` gives a text, where {target} says {other}"));
        }
        for piece in pieces {
            let Piece::Place(path) = piece else { continue };
            let root = rule.map(|r| r.root.clone()).unwrap_or_default();
            let from = lead(hop.source, visit.context.source, &further(&root, path, make.cut));
            let scalar = Kinds::STRING.or(Kinds::NUMBER).or(Kinds::BOOLEAN);
            let none =
                |of: &Use| !open(hop.source, *of) && !hop.source.get(of.ty).kinds.meets(scalar);
            let from = from.filter(none).map(|of| said((hop.source, of), 0));
            wrong.extend(
                from.map(|one| {
                    format!("`{path}` is {one} in {source}, which no text can have in it")
                }),
            );
        }
        let place = self.walk.place_in(visit, &make.place);
        self.found.extend(wrong.into_iter().map(|message| {
            Diagnostic::warning("F629", self.of.span(make.rule), message)
                .label(format!("nothing right is made at {place}"))
                .help("name places of texts, numbers or truth values, for a place of a text")
        }));
    }

    fn alias(&mut self, visit: &Visit, repeat: &Single, alias: &Alias) {
        let hop = self.of.hop;
        let side = hop.direction.target();
        let (types, own) = (hop.target, visit.context.target);
        let root = hop.rules.get(repeat.rule).map(|r| r.root.clone()).unwrap_or_default();
        let first = further(&root, &alias.first, repeat.cut);
        let (Some(second), Some(first)) =
            (lead(types, own, &repeat.place), lead(types, own, &first))
        else {
            return;
        };
        for (key, value) in &alias.map {
            self.listed((visit, repeat), side, (types, second, key));
            let value = Cell::Value(value.clone());
            self.listed((visit, repeat), side, (types, first, &value));
        }
        if !alias.map.is_empty() {
            return;
        }
        if let Some((one, other)) = unread(types, (second, first)) {
            let version = self.of.version(side);
            let second = Path(repeat.place.clone());
            let message = format!(
                "the alias `{second}` is {one} in {version}, and `{}` is {other}",
                alias.first
            );
            self.found.push(
                Diagnostic::error("F647", self.of.span(repeat.rule), message)
                    .label("an alias copies what stands there: no text is read as a value, and none is written as one")
                    .help("relate the two under `fields`, or with `$from` under `added` or `removed`; or say with `map` which text is which value"),
            );
            return;
        }
        let Some((one, other)) = unlike((types, second), (types, first), &|_, _| false) else {
            return;
        };
        let message = format!(
            "the alias `{}` is {one} in {}, and `{}`, which it repeats, is {other}",
            Path(repeat.place.clone()),
            self.of.version(side),
            alias.first,
        );
        self.found.push(
            Diagnostic::warning("F629", self.of.span(repeat.rule), message)
                .label(format!("no value can stand at both places, at {}", self.walk.place(visit)))
                .help("say with `map` which value of the second place is which of the first"),
        );
    }

    fn listed(
        &mut self,
        (visit, at): (&Visit, &Single),
        side: Side,
        (types, of, cell): (&TypeGraph, Use, &Cell),
    ) {
        let Some(wrong) = misfit(types, of, cell) else { return };
        let place = self.walk.place_in(visit, &at.place);
        let (rule, version) = (self.of.span(at.rule), self.of.version(side));
        let (what, label, help) = unlisted((side, version), &wrong);
        let label = format!("{label}, at {place}");
        self.found.push(Diagnostic::warning("F626", rule, what).label(label).help(help));
    }
}

/// A text of a head and a value of a document that is no text: an alias copies, and reads none as the other.
fn unread(types: &TypeGraph, (second, first): (Use, Use)) -> Option<(String, String)> {
    let is_text = |of: Use| types.get(of.ty).text.is_some();
    let value = if is_text(second) { first } else { second };
    let ty = types.get(value.ty);
    let inner = ty.items.filter(|_| ty.kinds.meets(Kinds::ARRAY));
    let has_values = [Some(value), inner].into_iter().flatten().any(|of| {
        let ty = types.get(of.ty);
        ty.branches.is_none() && !ty.kinds.meets(Kinds::STRING) && ty.kinds.meets(Kinds::SCALARS)
    });
    let said = |of: Use| {
        if is_text(of) { String::from("a text") } else { said((types, of), 0) }
    };
    (is_text(second) != is_text(first) && has_values).then(|| (said(second), said(first)))
}

/// Whether every value of an enum is listed.
fn lists_all<'m>(types: &TypeGraph, of: Use, cells: impl Iterator<Item = &'m Cell>) -> bool {
    let kinds = types.get(of.ty).kinds;
    let listed: Vec<_> = cells.filter_map(|c| crate::compile::list::value(c, kinds)).collect();
    match &types.get(of.ty).literals {
        Some(literals) => literals.0.iter().all(|l| listed.iter().any(|v| v.same(l))),
        None => kinds == Kinds::BOOLEAN && listed.len() > 1,
    }
}
