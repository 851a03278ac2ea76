//! The bodies of one message by their media types: which of the other side is the counterpart of which, and
//! what a message says that it is after a hop. It compiles nothing.

use std::collections::BTreeSet;

use super::Link;
use super::message::{Told, text};
use super::pairs::Pair;
use super::series::Part;
use crate::contract::{Bodies, Body, Kinds, TypeGraph};
use crate::json::Path;
use crate::mapping::{RuleKind, Source};
use crate::message::media::{Content, Range, Retype, Retyped};
use crate::message::param;
use crate::version::{Direction, Side};

/// The number of a body among those that are listed; `None`: it is none of them.
pub type Medium = Option<usize>;

/// The counterpart of a body, or of what is none that is listed.
pub(super) fn counterpart(told: &Told<'_>, medium: Medium) -> Medium {
    let (from, to) = told.listed();
    let to = to?;
    let Some((at, own)) = medium.and_then(|at| Some((at, from?.all.get(at)?))) else {
        let is_made = told.makes_body() || (told.crosses() && relates(told));
        return if is_made { to.first() } else { to.main() };
    };
    let said = ruled(told, own.range.as_str()).and_then(|said| named(to, &Range::new(&said)));
    let direct = said.or_else(|| direct(own, to));
    direct.or_else(|| left((told, from?), (at, own), to))
}

/// The body of a media type: of its name, else of a range around it, else any JSON of JSON.
fn named(bodies: &Bodies, range: &Range) -> Medium {
    let own = bodies.saying(range.as_str());
    own.or_else(|| bodies.main().filter(|_| range.content() == Content::Json))
}

/// The body that is another one's counterpart without anybody saying so.
fn direct(own: &Body, bodies: &Bodies) -> Medium {
    let is = |same: &dyn Fn(&Body) -> bool| bodies.all.iter().position(same);
    let named = is(&|body| body.range == own.range && body.content == own.content)
        .or_else(|| is(&|body| body.range == own.range));
    let around = || {
        let mut all: Vec<(u8, usize)> = Vec::new();
        for (at, body) in bodies.all.iter().enumerate() {
            let like = own.content == Content::Opaque || body.content == own.content;
            let covers =
                body.range.covers(own.range.as_str()).filter(|_| like && own.range.is_one());
            all.extend(covers.map(|covers| (covers, at)));
        }
        all.into_iter().rev().max_by_key(|(covers, _)| *covers).map(|(_, at)| at)
    };
    let alike = || match own.content {
        Content::Json => bodies.main(),
        Content::Text => is(&|body| body.content == Content::Text),
        Content::Opaque => None,
    };
    named.or_else(around).or_else(alike)
}

/// The only body that is left on the other side, where this is the only one that is left on its own: if a
/// rule is about the body as a whole, or both are single values.
fn left((told, from): (&Told<'_>, &Bodies), (at, own): (usize, &Body), to: &Bodies) -> Medium {
    let lone = |bodies: &Bodies, others: &Bodies| {
        let read = |body: &Body| body.of.is_some() && direct(body, others).is_none();
        let mut all = bodies.all.iter().enumerate().filter(|(_, body)| read(body));
        let one = all.next().map(|(at, _)| at);
        one.filter(|_| all.next().is_none())
    };
    lone(from, to).filter(|lone| *lone == at)?;
    let other = lone(to, from)?;
    let (old, new) = (&told.link.old.types, &told.link.new.types);
    let (source, target) = match told.direction {
        Direction::Upgrade => (old, new),
        Direction::Downgrade => (new, old),
    };
    let single = is_scalar(source, own) && is_scalar(target, to.all.get(other)?);
    (single || relates(told)).then_some(other)
}

fn is_scalar(types: &TypeGraph, body: &Body) -> bool {
    let nested = Kinds::ARRAY.or(Kinds::OBJECT);
    let ty = body.of.map(|of| types.get(of.ty));
    ty.is_some_and(|ty| ty.branches.is_none() && !ty.kinds.meets(nested))
}

/// Whether a rule is about the body as a whole.
fn relates(told: &Told<'_>) -> bool {
    let body = Path::names(&["body"]);
    told.rules.iter().any(|rules| rules.whole.claims().iter().any(|(_, place, _)| *place == body))
}

/// The bodies of either side that are read; of one that is not, or whose counterpart is not, nothing is.
pub(super) fn read<'a>(told: &Told<'a>) -> (Option<&'a Body>, Option<&'a Body>) {
    let (own, other) = told.bodies();
    let main = || told.listed().1.and_then(|all| all.get(all.main()));
    match (own.map(|body| body.content), other.map(|body| body.content)) {
        // Rules take such a body away, or it is refused.
        (Some(Content::Text), None) if is_alone(told) => (own, None),
        // One that nobody lists on the other side is none that is translated.
        (Some(Content::Text | Content::Opaque), None) => (None, main()),
        (Some(Content::Opaque), _) | (Some(Content::Text), Some(Content::Opaque)) => (None, None),
        (Some(Content::Json), Some(Content::Opaque)) => (own, None),
        _ => (own, other),
    }
}

/// Whether a text has no counterpart, as the other side lists no body at all.
pub(super) fn is_alone(told: &Told<'_>) -> bool {
    let (own, other) = (told.bodies().0, told.listed().1);
    own.is_some_and(|own| own.content == Content::Text)
        && other.is_none_or(|all| all.all.is_empty())
}

/// What a media type becomes by the rules about `Content-Type`; `None`: they say nothing of it.
fn ruled(told: &Told<'_>, own: &str) -> Option<String> {
    told.ruled(&content_type(), |from| from.eq_ignore_ascii_case(own))
}

/// The place of the media type in a message.
fn content_type() -> Path {
    Path::names(&["header", "content-type"])
}

/// The types that rules about `Content-Type` name on a side.
pub(super) fn rule_types(told: &Told<'_>, side: Side) -> Vec<String> {
    let place = content_type();
    let mut found = Vec::new();
    for rule in told.rules.iter().flat_map(|rules| &rules.whole.rules) {
        match &rule.kind {
            RuleKind::Field(field) if field.old == place && field.new == place => {
                let cells = field.parts.list.iter();
                let cells = cells.map(|l| if side == Side::Old { &l.old } else { &l.new });
                found.extend(cells.filter_map(text));
            }
            RuleKind::Only { side: own, place: at, source: Source::Literal(value) }
                if *at == place && *own == side =>
            {
                found.extend(param::text(value));
            }
            _ => {}
        }
    }
    found
}

/// A message of the old side on its way to the new one with each body that either lists: first the one that
/// it has where nobody says which.
pub(super) fn all<'a>(link: Link<'a>, pair: &'a Pair, part: Part) -> Vec<Told<'a>> {
    let first = Told::first(link, pair, (Direction::Upgrade, part));
    let number = |of: Option<&Bodies>| of.map_or(0, |bodies| bodies.all.len());
    let (old, new) = first.listed();
    let (old, new) = (number(old), number(new));
    if old <= 1 && new <= 1 {
        return vec![first];
    }
    let after = first.becomes();
    let mut all = vec![first];
    let told = |medium| Told::new(link, pair, (Direction::Upgrade, part), Some(medium));
    all.extend((0..old).map(told));
    // Of several that are one on the old side, each comes back as it is.
    for medium in 0..new {
        let back = Told::new(link, pair, (Direction::Downgrade, after), Some(medium));
        let (own, other) = back.mediums;
        if other.is_some() && !all.iter().any(|told| told.mediums == (other, own)) {
            all.push(Told { mediums: (other, own), ..told(0) });
        }
    }
    let mut seen = BTreeSet::new();
    all.retain(|told| seen.insert(told.mediums));
    all
}

/// The media type of a message's body, where its operation lists several.
pub(super) fn name(told: &Told<'_>) -> Option<Range> {
    let several = told.listed().0?.all.iter().filter(|body| body.of.is_some()).count() > 1;
    told.bodies().0.map(|body| body.range.clone()).filter(|_| several)
}

/// What a message of a media type says that it is after a hop, and whether no rule says so.
pub(super) fn retyped(told: &Told<'_>, name: Option<&str>) -> (Option<String>, bool) {
    if let Some(said) = name.and_then(|name| ruled(told, name)) {
        return (Some(said), false);
    }
    let same = (name.map(str::to_owned), false);
    let (Some(own), Some(other)) = told.bodies() else { return same };
    if own.content == Content::Opaque || other.content == Content::Opaque {
        return same;
    }
    let is_own = name.is_some_and(|name| own.range.covers(name) == Some(3));
    if other.range.is_one() && (own.content != other.content || is_own) {
        let implied = own.range != other.range;
        return (Some(other.range.as_str().to_owned()), implied);
    }
    if own.content != other.content {
        let plain = if other.content == Content::Text { "text/plain" } else { "application/json" };
        return (Some(plain.to_owned()), true);
    }
    same
}

/// As what the body of a message is read that goes through these hops, and as what it is written.
pub(super) fn contents(told: &[Told<'_>]) -> (Content, Content) {
    let own = told.first().and_then(|first| first.bodies().0);
    let other = told.last().and_then(|last| last.bodies().1);
    let content = |body: Option<&Body>| body.map(|body| body.content).unwrap_or_default();
    (content(own), content(other))
}

/// What a document says in the end that may have said anything of itself: what its counterpart is.
fn unsaid(own: &Body, told: &[Told<'_>]) -> Option<Retype> {
    let other = told.last()?.bodies().1.filter(|_| own.any)?;
    let to = if other.range.is_one() { other.range.as_str() } else { "application/json" };
    let said = other.content == Content::Json && !other.any;
    said.then(|| Retype { of: Retyped::Unlike, to: to.into() })
}

/// What such a message says that it is in the end, where no rule says it.
pub(super) fn retype(told: &[Told<'_>]) -> Option<Retype> {
    let own = told.first()?.bodies().0?;
    // Of what the other version lists no body, one without a byte says nothing.
    told.last()?.bodies().1?;
    if let Some(retype) = unsaid(own, told) {
        return Some(retype);
    }
    let came = Some(&own.range).filter(|range| range.is_one());
    let mut name = came.map(|range| range.as_str().to_owned());
    let mut implied = false;
    for told in told {
        let (next, own) = retyped(told, name.as_deref());
        (name, implied) = (next, implied || own);
    }
    let (from, content) = contents(told);
    if from == content {
        let (from, to) = (came?.clone(), name.filter(|_| implied)?);
        return (from.as_str() != to).then(|| Retype { of: Retyped::Saying(from), to: to.into() });
    }
    let name = name.filter(|name| implied || Range::new(name).content() == content);
    Some(sorted(content, name.as_deref(), told))
}

/// What a message says that it is whose body rules make, where none came.
pub(super) fn made(told: &[Told<'_>]) -> Option<Retype> {
    told.last()?.bodies().1?;
    Some(sorted(contents(told).1, None, told))
}

/// What is said of a body that is of this sort in the end, and perhaps has a name.
fn sorted(content: Content, name: Option<&str>, told: &[Told<'_>]) -> Retype {
    // What is said of no text is ASCII.
    let (plain, charset) = match content {
        Content::Text => ("text/plain", "; charset=utf-8"),
        Content::Json | Content::Opaque => ("application/json", ""),
    };
    // A rule may say something of the type that is listed, and nothing of the one that came.
    let counterpart = told.last().and_then(|last| last.bodies().1).map(|body| &body.range);
    let counterpart = counterpart.filter(|range| range.is_one()).map(Range::as_str);
    let to = name.or(counterpart).unwrap_or(plain);
    Retype { of: Retyped::Sort(content), to: format!("{to}{charset}").into() }
}
