//! What a translated message differs in from the contract that it is in afterwards: members
//! without counterpart, required ones that nothing makes, values of another type.

use std::collections::HashMap;

use super::asked::refused;
use super::enums::{enums, replaces, values};
use super::fits::written;
use super::parts::writers;
use super::required::{called, required};
use super::texts::unlike_texts;
use super::walk::{Visit, Walk};
use super::{Checking, heads, objects, told};
use crate::compile::list;
use crate::compile::resolve::bind::segment;
use crate::contract::{Crossing, Kinds, Type, Use};
use crate::diagnostic::{Diagnostic, Span};
use crate::json::{Segment, Text, Value};
use crate::mapping::{Field, Unmapped};
use crate::version::Side;

/// Walks every pair of objects.
pub(super) fn residue(of: &Checking<'_, '_>, walk: &Walk) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let elsewhere = told::elsewhere(of, walk);
    let untaken = told::untaken(of, walk);
    // Of what is refused as a whole nothing arrives.
    let visits = walk.visits.iter().enumerate().filter(|(at, _)| walk.is_passed(*at));
    for (at, visit) in visits {
        let elsewhere = elsewhere.get(&at);
        let (source, target) = (
            of.hop.source.get(visit.context.source.ty),
            of.hop.target.get(visit.context.target.ty),
        );
        let unions = source.branches.is_some() || target.branches.is_some();
        let objects = source.kinds.has(Kinds::OBJECT) && target.kinds.has(Kinds::OBJECT);
        if !unions
            && objects
            && !source.is_unconstrained()
            && !target.is_unconstrained()
            && visit.binding.cross.is_none()
        {
            leftovers(of, visit, &mut found);
            found.extend(heads::unlisted(of, walk, visit));
            renamed(of, visit, &mut found);
            if !untaken.contains(&at) {
                required(of, (walk, visit), &mut found);
            }
        }
        if !unions {
            found.extend(objects::lacking(of, visit));
        }
        for (carried, inner) in visit.binding.moves.iter().zip(&visit.moves) {
            let inner = inner.filter(|at| walk.is_passed(*at));
            let Some(inner) = inner.and_then(|at| walk.visits.get(at)) else { continue };
            let (src, rule) = (carried.src.clone(), carried.rule);
            let elsewhere = elsewhere.filter(|(place, _)| *place == src);
            let mut never = elsewhere.map_or_else(Vec::new, |(_, values)| values.clone());
            never.extend(refused(of, walk, (visit, &src)));
            never.extend(refused(of, walk, (inner, &[])));
            let never = &never;
            let carried = Carried { outer: visit, src, inner, rule, root: false, never };
            types(of, walk, carried, &mut found);
        }
        if let Some(inner) = visit.binding.others.as_ref().and_then(|o| walk.passed(o)) {
            let src = vec![Segment::Values];
            let never = &refused(of, walk, (inner, &[]));
            let carried = Carried { outer: visit, src, inner, rule: None, root: false, never };
            types(of, walk, carried, &mut found);
        }
    }
    for root in walk.roots.iter().filter(|root| walk.is_passed(root.at)) {
        let Some(visit) = walk.visits.get(root.at) else { continue };
        let carried = Carried {
            outer: visit,
            src: Vec::new(),
            inner: visit,
            rule: None,
            root: true,
            never: &refused(of, walk, (visit, &[])),
        };
        types(of, walk, carried, &mut found);
    }
    found
}

/// Declared members that have no counterpart.
fn leftovers(of: &Checking<'_, '_>, visit: &Visit, found: &mut Vec<Diagnostic>) {
    let side = of.hop.direction.source();
    let ty = of.hop.source.get(visit.context.source.ty);
    let names = ty.properties.iter().map(|(name, _)| name).zip(&ty.places);
    let places: HashMap<&Text, Span> = names.map(|(name, at)| (name, *at)).collect();
    // Rules from further out write members here too.
    let mut writers = writers(visit);
    for cut in &visit.context.imports {
        let dst = of.hop.rules.get(cut.at).and_then(|rule| rule.dst.0.get(cut.cut..));
        if let Some([name]) = dst {
            writers.entry(name).or_insert(cut.at);
        }
    }
    for name in &visit.binding.leftover {
        if of.hop.source.property(visit.context.source.ty, name).is_none() {
            continue;
        }
        let dropped = visit.binding.unmapped || of.link.mapping.unmapped == Some(Unmapped::Drop);
        let at = places.get(name).copied().unwrap_or(ty.span);
        if !dropped && let Some(rule) = writers.get(&segment(name)) {
            found.push(displaced(of, ty.name.as_deref(), name, (of.span(*rule), at)));
            continue;
        }
        let message = format!(
            "`{}` of {} of {} has no counterpart in {}",
            name.raw(),
            called(ty.name.as_deref()),
            of.version(side),
            of.version(side.other())
        );
        let what = if dropped {
            "it is dropped, and reported"
        } else {
            "it goes through under its own name"
        };
        found.push(Diagnostic::note("F610", at, message).label(what));
    }
}

/// Entries of a dictionary whose name a rule gives to another entry: on the way back they are that one.
fn renamed(of: &Checking<'_, '_>, visit: &Visit, found: &mut Vec<Diagnostic>) {
    // What holds of one direction holds of the other; without contracts F505 says what nothing proves.
    let side = of.hop.direction.source();
    // Nor is a parameter or a field that nobody declares an entry of anything.
    let entries = visit.binding.others.as_ref().map(|others| of.hop.source.get(others.source.ty));
    let is_text = entries.is_none_or(|entries| entries.text.is_some());
    if is_text || side == Side::New || of.link.old.open {
        return;
    }
    let (version, next) = (of.version(side), of.version(side.other()));
    for moved in &visit.binding.moves {
        let ([Segment::Name(from)], [Segment::Name(to)], Some(rule)) =
            (&*moved.src, &*moved.dst, moved.rule)
        else {
            continue;
        };
        let named = Text::from_plain(to);
        let declared = of.hop.source.property(visit.context.source.ty, &named).is_some()
            || of.hop.target.property(visit.context.target.ty, &named).is_some();
        let claimed = visit.binding.claimed.iter().any(|(p, _)| p.first() == moved.dst.first());
        if from == to || declared || claimed {
            continue;
        }
        let message = format!(
            "an entry `{to}` of {version} stays `{to}` in {next}, and is `{from}` when it comes back"
        );
        found.push(
            Diagnostic::warning("F627", of.span(rule), message)
                .label(format!("this rule is about `{from}` of {version} alone"))
                .help(format!(
                    "if {version} can have an entry `{to}`, give it another name under `fields`, or say under `removed` that it goes"
                )),
        );
    }
}

/// A declared member without counterpart, whose name a rule gives to something else.
fn displaced(
    of: &Checking<'_, '_>,
    owner: Option<&str>,
    name: &Text,
    (rule, place): (Span, Span),
) -> Diagnostic {
    let side = of.hop.direction.source();
    let (version, next) = (of.version(side), of.version(side.other()));
    let (name, owner) = (name.raw(), called(owner));
    let message = format!(
        "`{name}` of {owner} of {version} is lost on the way to {next}, where this rule writes `{name}`"
    );
    let word = if side == Side::Old { "removed" } else { "added" };
    Diagnostic::warning("F627", rule, message)
        .label("two values for one name: that of the message is dropped as a collision")
        .also(place, format!("`{name}` of {version} has no other counterpart"))
        .help(format!(
            "relate `{name}` of {version} to a place of {next} under `fields`, or say under `{word}` that it is gone"
        ))
}

/// A value that is carried: which visit it is, where from, by which rule.
struct Carried<'v> {
    /// The visit around it.
    outer: &'v Visit,
    /// The path from there.
    src: Vec<Segment>,
    /// Its own.
    inner: &'v Visit,
    rule: Option<usize>,
    /// It is a whole message.
    root: bool,
    /// Values that never come there.
    never: &'v [Value],
}

impl<'v> Carried<'v> {
    /// The elements of a list that is carried as it is.
    fn elements(&self, walk: &'v Walk) -> Option<Self> {
        let inner = walk.passed(self.inner.binding.elements.as_ref()?)?;
        let src = self.src.iter().cloned().chain([Segment::Each]).collect();
        Some(Self { src, inner, never: &[], ..*self })
    }
}

/// Values that are of another type afterwards, and those that an enum lacks.
fn types<'v>(
    of: &Checking<'_, '_>,
    walk: &'v Walk,
    carried: Carried<'v>,
    found: &mut Vec<Diagnostic>,
) {
    let mut next = Some(carried);
    for _ in 0..DEEPEST {
        let Some(carried) = next.take() else { return };
        if types_of(of, walk, &carried, found) {
            next = carried.elements(walk);
        }
    }
}

/// Lists right inside one another.
const DEEPEST: u8 = 16;

/// The same of the value itself; whether its elements go through as they are.
fn types_of(
    of: &Checking<'_, '_>,
    walk: &Walk,
    carried: &Carried<'_>,
    found: &mut Vec<Diagnostic>,
) -> bool {
    let uses = (carried.inner.context.source, carried.inner.context.target);
    let (source, target) = (of.hop.source.get(uses.0.ty), of.hop.target.get(uses.1.ty));
    let crosses = carried.inner.binding.cross.is_some();
    if source.branches.is_some() || target.branches.is_some() || crosses {
        return false;
    }
    let field = |rule: usize| of.hop.field(rule);
    let (rule, own) = (carried.rule.and_then(field), carried.inner.binding.itself.and_then(field));
    let fields: Vec<&Field> = rule.into_iter().chain(own).collect();
    // What a rule of the place wraps is seen here without its list.
    let wraps = rule.is_some_and(|f| f.parts.wrap.is_some());
    let nests = own.is_some_and(|f| f.parts.wrap.is_some())
        || fields.iter().any(|f| f.parts.set || f.parts.each.is_some());
    let changes = nests || fields.iter().any(|f| f.parts.convert.is_some());
    let list = fields.iter().any(|f| !f.parts.list.is_empty());
    let place = || walk.place_in(carried.outer, &carried.src);
    let span = carried.rule.map_or(source.span, |at| of.span(at));
    let empty = source.kinds == Kinds::NONE || target.kinds == Kinds::NONE;
    let reads = Crossing::of(source, target).is_some();
    if undescribed(of, source, target) || (reads && !changes && !list) {
        return false;
    }
    let apart = (!source.kinds.meets(target.kinds)).then_some((source.kinds, target.kinds));
    let apart = apart.or_else(|| unlike_texts((of.hop.source, source), (of.hop.target, target)));
    if let Some((own, other)) = apart.filter(|_| !empty && !changes && !list) {
        let versions =
            (of.version(of.hop.direction.source()), of.version(of.hop.direction.target()));
        let message = format!(
            "{own} of {} becomes {other} of {} unchanged, at {}",
            versions.0,
            versions.1,
            place()
        );
        let lists = |kinds: Kinds| kinds.meets(Kinds::ARRAY);
        let help = if wraps && (lists(source.kinds) || lists(target.kinds)) {
            "`wrap` is about one value that stands in a list on the other side: take it out where both sides have a list"
        } else if carried.root && (lists(source.kinds) || lists(target.kinds)) {
            "relate the list to its place on the other side: `fields: { body: body.items }`, or `\".\": items` in a block of a type"
        } else {
            "say how it is written with `convert`, `map` or `wrap`"
        };
        found.push(
            Diagnostic::warning("F621", span, message)
                .label("the contract of the other side wants another type")
                .help(help),
        );
        return false;
    }
    if let Some((own, other)) = apart.filter(|_| !empty && !changes) {
        found.extend(unlisted(of, (uses, (own, other)), &fields, (span, &place)));
    }
    if !changes && !wraps {
        found.extend(strays(of, (source, target), &fields, (carried, &place)));
    }
    if !nests && !carried.root {
        enums(of, (uses, carried.never), &fields, (span, &place), found);
    }
    !changes && !list
}

/// Whether nobody says what a text of the message is.
fn undescribed(of: &Checking<'_, '_>, source: &Type, target: &Type) -> bool {
    [(source, of.hop.source), (target, of.hop.target)]
        .iter()
        .any(|(ty, types)| ty.text.is_some_and(|meant| types.get(meant).is_unconstrained()))
}

/// Values that no list names, of a JSON type that the other side does not take. Where there are but a few of
/// them, `enums` names them.
fn unlisted(
    of: &Checking<'_, '_>,
    (uses, (own, other)): ((Use, Use), (Kinds, Kinds)),
    fields: &[&Field],
    (span, place): (Span, &dyn Fn() -> String),
) -> Option<Diagnostic> {
    let side = of.hop.direction.source();
    if replaces(of.hop.direction, fields) || values(of.hop.source, uses.0).is_some() {
        return None;
    }
    let message = format!(
        "{own} of {} that is not listed stays what it is, where {} takes {other}, at {}",
        of.version(side),
        of.version(side.other()),
        place()
    );
    let help =
        format!("say what others become: `else: {{ {}: … }}`, or `else: refuse`", side.other());
    let label = "it goes through as it is";
    Some(Diagnostic::warning("F621", span, message).label(label).help(help))
}

/// Values of a JSON type that the other side does not take, of a place that takes others too.
fn strays(
    of: &Checking<'_, '_>,
    (source, target): (&Type, &Type),
    fields: &[&Field],
    (carried, place): (&Carried<'_>, &dyn Fn() -> String),
) -> Option<Diagnostic> {
    let (own, other) = (source.kinds, target.kinds);
    // Whether a number is whole is a question of the value.
    let numbers = if other.meets(Kinds::NUMBER) { Kinds::NUMBER } else { Kinds::NONE };
    let strange = Kinds(own.0 & !other.or(numbers).0);
    // Of a text that the contract does not declare there is nothing to say.
    let any =
        source.text.map_or(own == Kinds::ANY, |meant| of.hop.source.get(meant).is_unconstrained());
    let said = !any && own.meets(other) && source.literals.is_none();
    if strange == Kinds::NONE || !said {
        return None;
    }
    let upgrade = of.hop.direction == crate::version::Direction::Upgrade;
    let handled = fields.iter().any(|field| {
        let listed = field.parts.list.iter().any(|entry| {
            let (holds, key) =
                if upgrade { (entry.up, &entry.old) } else { (entry.down, &entry.new) };
            // Of which other values there are, the author knows more than the contract.
            holds && list::value(key, own).is_some_and(|key| strange.meets(kind(&key)))
        });
        listed || replaces(of.hop.direction, &[field])
    });
    if handled {
        return None;
    }
    let side = of.hop.direction.source();
    let (from, to) = (of.version(side), of.version(side.other()));
    let message = format!("{strange} of {from} goes where {to} takes {other}, at {}", place());
    let (around, inner) = (carried.outer.context.source.ty, carried.inner.context.source.ty);
    let span = match carried.rule {
        Some(rule) => of.span(rule),
        None if carried.root => source.span,
        None => written(of.hop.source, around, &carried.src, inner),
    };
    Some(
        Diagnostic::warning("F621", span, message)
            .label("it goes through as it is")
            .help("list what it becomes under `pairs`, say `else`, or mend the contract"),
    )
}

/// The JSON type of a value.
pub(super) fn kind(value: &Value) -> Kinds {
    match value {
        Value::Null => Kinds::NONE,
        Value::Bool(_) => Kinds::BOOLEAN,
        Value::Number(_) => Kinds::NUMBER,
        Value::String(_) => Kinds::STRING,
        Value::Array(_) => Kinds::ARRAY,
        Value::Object(_) => Kinds::OBJECT,
    }
}
