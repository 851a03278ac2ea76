//! Requests that write what is there already. A partial one has no document of its schema: what is absent
//! is to be left alone, so the gateway refuses those that rules would change. One that replaces a whole
//! resource (`PUT`: RFC 9110, 9.3.4) erases what its client does not know.

use std::collections::{BTreeSet, HashMap};

use super::needs::Needs;
use super::required::called;
use super::walk::{Visit, Walk};
use super::{Checking, Start};
use crate::compile::resolve::What;
use crate::compile::resolve::bind::segment;
use crate::compile::resolve::live::looks;
use crate::contract::{Kinds, Operation, Type, Use};
use crate::diagnostic::{Diagnostic, Span};
use crate::json::{Path, Segment, Text};
use crate::version::Side;

/// Names that are shown of one object.
const MOST_NAMES: usize = 8;

/// Objects in objects that rules make.
const DEEPEST: usize = 64;

/// The bodies of all requests.
pub(super) struct Writes<'w, 'c, 'a> {
    of: &'w Checking<'c, 'a>,
    walk: &'w Walk,
    bodies: Vec<Body<'a>>,
}

/// The body of a request that is not refused.
struct Body<'a> {
    /// As it comes.
    from: &'a Operation,
    /// As it is sent on.
    to: &'a Operation,
    /// The visit of the body, or of the message that it is a part of.
    at: usize,
    /// It is a part of that.
    is_part: bool,
}

impl<'w, 'c, 'a> Writes<'w, 'c, 'a> {
    pub(super) fn new(of: &'w Checking<'c, 'a>, walk: &'w Walk, starts: &[&Start<'a>]) -> Self {
        let side = of.hop.direction.source();
        let passed = walk.roots.iter().filter(|root| walk.is_passed(root.at));
        let bodies = passed.filter_map(|root| {
            let start = starts.get(root.start)?;
            let (old, new) = start.asks?;
            let (from, to) = if side == Side::Old { (old, new) } else { (new, old) };
            let visit = walk.visits.get(root.at)?;
            // A head by itself has no body.
            let is_part = !start.is_body;
            (!is_part || has_body(of, visit.context.source)).then_some(())?;
            Some(Body { from, to, at: root.at, is_part })
        });
        Self { of, walk, bodies: bodies.collect() }
    }

    /// Requests that are partial by their method.
    pub(super) fn partial(&self) -> Vec<Diagnostic> {
        let patches = || self.bodies.iter().filter(|body| &*body.from.method == "PATCH");
        if patches().next().is_none() {
            return Vec::new();
        }
        let needs = Needs::new(self.of, self.walk);
        let (version, other) = self.versions();
        let mut seen = BTreeSet::new();
        let ruled = patches().filter(|body| needs.rules(body.at));
        let ruled = ruled.filter(|body| seen.insert((&body.from.method, &body.from.path)));
        let told = ruled.map(|body| {
            let (method, path) = (&body.from.method, &body.from.path);
            let message = format!(
                "a body of `{method} {path}` of {version} is refused where it would have to become one of {other}: it is a partial write"
            );
            Diagnostic::warning("F644", body.from.span, message)
                .label("answered with 415")
                .help("only whole documents are translated: let clients send them by `PUT`, or no rule be about this body")
        });
        told.collect()
    }

    /// Requests that replace a resource without what only the other version knows of it.
    pub(super) fn erasing(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for body in self.bodies.iter().filter(|body| &*body.to.method == "PUT") {
            let mut todo = vec![body.at];
            if body.is_part {
                let parts = self.walk.visits.get(body.at).map(|visit| self.walk.inside(visit));
                let is_body = |dst: &[Segment]| dst.first() == Some(&Segment::Name("body".into()));
                let parts = parts.into_iter().flatten().filter(|(_, dst, _)| is_body(dst));
                todo = parts.map(|(_, _, at)| at).collect();
            }
            let mut seen = BTreeSet::new();
            while let Some(at) = todo.pop() {
                let passed = self.walk.is_passed(at) && seen.insert(at);
                let Some(visit) = self.walk.visits.get(at).filter(|_| passed) else { continue };
                found.extend(self.erased(body, visit));
                let target = self.of.hop.target.get(visit.context.target.ty);
                let is_read = |dst: &[Segment]| matches!(dst.first(), Some(Segment::Name(name)) if target.read_only.contains(&Text::from_plain(name)));
                let inside = self.walk.inside(visit).into_iter();
                todo.extend(inside.filter(|(_, dst, _)| !is_read(dst)).map(|(_, _, at)| at));
            }
        }
        found
    }

    /// What such a request erases in one object.
    fn erased(&self, body: &Body<'_>, visit: &Visit) -> Vec<Diagnostic> {
        let hop = self.of.hop;
        let (source, target) =
            (hop.source.get(visit.context.source.ty), hop.target.get(visit.context.target.ty));
        let is_object = |kinds: Kinds| kinds.has(Kinds::OBJECT);
        if source.branches.is_some()
            || target.branches.is_some()
            || !is_object(source.kinds)
            || !is_object(target.kinds)
            || source.is_unconstrained()
            || visit.binding.cross.is_some()
        {
            return Vec::new();
        }
        let given = self.given(visit);
        let given: Vec<_> = given.iter().map(|(place, what)| (&**place, *what)).collect();
        let mut lacks = Lacks::default();
        self.lacking((target, &Path::default()), &given, &mut lacks);
        let Lacks { erased, set } = lacks;
        let word = if hop.direction.target() == Side::New { "added" } else { "removed" };
        let owner = called(target.name.as_deref());
        let mut found = Vec::new();
        let (version, other) = self.versions();
        let does = format!("`{} {}` of {version}", body.from.method, body.from.path);
        if let Some((_, place)) = erased.first() {
            let names = listed(&erased);
            let message =
                format!("{does} erases {names} of {owner} of {other}: nothing in it becomes that");
            found.push(
                Diagnostic::warning("F646", *place, message)
                    .label("a whole resource is written, without this")
                    .help(format!("say under `{word}` what it is to clients of {version} (`$absent`: nothing), or let them write by an operation that replaces less")),
            );
        }
        if let Some((_, place)) = set.first() {
            let names = listed(&set);
            let message =
                format!("{does} sets {names} of {owner} to what `{word}` says, whatever it was");
            found.push(
                Diagnostic::note("F646", *place, message)
                    .label(format!("no client of {version} can say what stands there")),
            );
        }
        found
    }

    /// What an object lacks, and what rules always set, by what is given to places in it.
    fn lacking(&self, (ty, at): (&Type, &Path), given: &[(&[Segment], Given)], lacks: &mut Lacks) {
        let mut by_name: HashMap<&Segment, Vec<(&[Segment], Given)>> = HashMap::new();
        for (place, what) in given {
            if let Some((name, rest)) = place.split_first() {
                by_name.entry(name).or_default().push((rest, *what));
            }
        }
        for ((name, of), place) in ty.properties.iter().zip(&ty.places) {
            let own = at.join(&Path(vec![segment(name)]));
            let inside = by_name.get(&segment(name)).map_or(&[][..], Vec::as_slice);
            let whole = inside.iter().filter(|(rest, _)| rest.is_empty()).map(|(_, what)| *what);
            let whole: Vec<Given> = whole.collect();
            if ty.read_only.contains(name) || whole.contains(&Given::Value) {
                continue;
            }
            match whole.first() {
                Some(Given::Constant(rule)) if inside.len() == whole.len() => {
                    lacks.set.push((own, self.of.span(*rule)));
                }
                None if inside.is_empty() => lacks.erased.push((own, *place)),
                // An object that rules make.
                _ => {
                    let inner = self.of.hop.target.get(of.ty);
                    if inner.branches.is_none() && own.0.len() < DEEPEST {
                        self.lacking((inner, &own), inside, lacks);
                    }
                }
            }
        }
    }

    /// What is given to places in an object: a value of the message, or a constant.
    fn given(&self, visit: &Visit) -> Vec<(Vec<Segment>, Given)> {
        let hop = self.of.hop;
        let binding = &visit.binding;
        let constant = |rule: usize| {
            let Some(What::Make(source)) = hop.rules.get(rule).map(|rule| rule.what) else {
                return Given::Value;
            };
            let mut looked = Vec::new();
            looks(source, &mut looked);
            if looked.is_empty() { Given::Constant(rule) } else { Given::Value }
        };
        let moves = binding.moves.iter().map(|moved| (moved.dst.clone(), Given::Value));
        let repeats = binding.repeats.iter().map(|single| (single.place.clone(), Given::Value));
        let late = binding.late.iter().map(|(single, _)| single);
        let makes = binding.makes.iter().chain(late);
        let makes = makes.map(|single| (single.place.clone(), constant(single.rule)));
        let imports = visit.context.imports.iter().filter_map(|cut| {
            let place = hop.rules.get(cut.at)?.dst.0.get(cut.cut..)?;
            Some((place.to_vec(), constant(cut.at)))
        });
        moves.chain(repeats).chain(makes).chain(imports).collect()
    }

    /// The version that messages come in, and the one that they leave in.
    fn versions(&self) -> (&crate::version::ApiVersion, &crate::version::ApiVersion) {
        let side = self.of.hop.direction.source();
        (self.of.version(side), self.of.version(side.other()))
    }
}

/// Members of an object, and where they are written: those that nothing gives, and those that a rule gives
/// whatever comes.
#[derive(Default)]
struct Lacks {
    erased: Vec<(Path, Span)>,
    set: Vec<(Path, Span)>,
}

/// What gives a member its value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    /// A rule, whatever comes.
    Constant(usize),
    /// Something in the message.
    Value,
}

/// Names for people.
fn listed(names: &[(Path, Span)]) -> String {
    let shown: Vec<String> =
        names.iter().take(MOST_NAMES).map(|(name, _)| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(MOST_NAMES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// Whether a message begins with its body, or has one among its parts.
fn has_body(of: &Checking<'_, '_>, root: Use) -> bool {
    let ty = of.hop.source.get(root.ty);
    !ty.sealed || ty.property(&Text::from_plain("body")).is_some()
}
