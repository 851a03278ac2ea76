//! Texts that name fields, rewritten by what becomes of these fields.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use super::Tape;
use super::val::{Data, Val};
use crate::codec::naming::{Known, MOST_VALUES, Renamed, Step, position, rename};
use crate::json::Value;
use crate::loss::LossKind;
use crate::plan::{NameId, NameInner, NameMembers, NameMove, NameNode, Names, NamesOf, Naming};
use crate::translate::Stop;

/// Values that are looked at for one text, and for each of its bytes: unions may have very many ways.
const FREE: usize = 4_096;
const EACH: usize = 16;

impl<'r> Tape<'r> {
    /// A text, or a list of segments, that names fields.
    pub(super) fn renamed(&mut self, value: &Val<'r>, naming: Naming) -> Result<Val<'r>, Stop> {
        let hop = self.hop.checked_sub(1).and_then(|at| self.plan.names.get(at));
        let known = hop.and_then(|hop| hop.get(naming.names));
        let names = known.filter(|_| !self.is_null(value) && !mutant!("tape-names-stay"));
        let Some(names) = names else { return Ok(value.clone()) };
        let before = self.text(value).len();
        let left = before.saturating_mul(EACH).saturating_add(FREE);
        let mut places = Places { names, cells: Vec::new(), left };
        let several = (naming.of == NamesOf::Type).then_some(self.limits.output);
        let done = rename(&self.plain(value), several, &mut |steps, after| {
            places.after(steps, after).is_some()
        });
        let (after, unknown) = match done {
            Renamed::Unfit => return Ok(self.unfit(value.clone(), naming.reporter)),
            Renamed::TooLong => return Err(Stop::TooLarge),
            Renamed::Done { value, unknown } => (value, unknown),
        };
        if unknown {
            self.report(naming.reporter, LossKind::Unknown, value);
        }
        let mut written = 0_usize;
        let mut text = |value: &Value| {
            let text: Rc<str> = value.to_string().into();
            written = written.saturating_add(text.len());
            Data::Text(text)
        };
        let done = match after {
            Some(Value::Array(items)) => {
                let items = items.iter().map(|item| Val::made(text(item))).collect();
                value.with(Data::Array(Rc::new(items)))
            }
            Some(other) => value.with(text(&other)),
            None => value.clone(),
        };
        self.grow(written.saturating_sub(before))?;
        Ok(done)
    }

    /// Counts what texts grow by in a hop, which is no more than the result may be.
    fn grow(&mut self, bytes: usize) -> Result<(), Stop> {
        self.grown = self.grown.saturating_add(bytes);
        if self.grown > self.limits.output { Err(Stop::TooLarge) } else { Ok(()) }
    }
}

/// Where places are on the other side.
struct Places<'n> {
    names: &'n Names,
    /// Steps of places there, each with what follows it.
    cells: Vec<(Step<'n>, Tail)>,
    /// Values that may still be looked at.
    left: usize,
}

/// What is left of a place on the other side.
#[derive(Clone, Copy)]
enum Tail {
    /// The steps of the text from this one on.
    Own(usize),
    /// A cell.
    Cell(usize),
}

/// What one way to look says of a place.
#[derive(Clone, Copy)]
struct Found {
    known: Known,
    /// `None`: it has no counterpart.
    place: Option<Tail>,
}

impl Found {
    fn none(known: Known) -> Self {
        Self { known, place: None }
    }

    /// Whether it says more than another way.
    fn is_better(self, other: Self) -> bool {
        (self.known, self.place.is_none()) < (other.known, other.place.is_none())
    }

    /// The same of what is in a value of which so much is known.
    fn within(self, known: Known) -> Self {
        Self { known: self.known.max(known), ..self }
    }
}

/// What is left of the steps of a place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Rest<'n> {
    /// Steps that stand for some of the text's own.
    before: Vec<&'n str>,
    /// The first of the text's own that follows them.
    at: usize,
}

/// The way of one place through the table.
struct Way<'p, 'n, 't> {
    places: &'p mut Places<'n>,
    steps: &'t [Cow<'t, str>],
    /// What is known of values with what is left of the steps, where there are several ways to look:
    /// each is looked through once. One that leads to itself is none of its own ways.
    known: HashMap<(NameId, Rest<'n>), Found>,
}

impl<'n> Places<'n> {
    /// Adds the steps of a place on the other side; `None`: it has none there.
    fn after(&mut self, steps: &[Cow<'_, str>], into: &mut Vec<Step<'n>>) -> Option<()> {
        self.cells.clear();
        let of_body = self.names.of_body;
        let before = if of_body { vec!["body"] } else { Vec::new() };
        let mut way = Way { places: self, steps, known: HashMap::new() };
        let mut next = way.place(0, &Rest { before, at: 0 }, 0).place?;
        if self.left == 0 {
            // Nobody knows what else there is to find.
            return None;
        }
        let own = loop {
            match next {
                Tail::Own(at) => break at,
                Tail::Cell(at) => {
                    let (step, tail) = self.cells.get(at)?;
                    into.push(step.clone());
                    next = *tail;
                }
            }
        };
        into.extend((own..steps.len()).map(Step::Own));
        if of_body {
            into.first().filter(|part| part.said(steps) == "body")?;
            into.remove(0);
        }
        Some(())
    }
}

impl<'n> Way<'_, 'n, '_> {
    /// The step of what is left that has this number.
    fn step<'s>(&'s self, rest: &'s Rest<'n>, at: usize) -> Option<&'s str> {
        match at.checked_sub(rest.before.len()) {
            None => rest.before.get(at).copied(),
            Some(beyond) => self.steps.get(rest.at.saturating_add(beyond)).map(|step| &**step),
        }
    }

    /// What is left behind so many steps.
    fn beyond(rest: &Rest<'n>, count: usize) -> Rest<'n> {
        let own = count.saturating_sub(rest.before.len());
        let before = rest.before.get(count..).unwrap_or_default().to_vec();
        Rest { before, at: rest.at.saturating_add(own) }
    }

    /// The place on the other side of one in a value, so deep on the way.
    fn place(&mut self, at: NameId, rest: &Rest<'n>, depth: usize) -> Found {
        let Some(first) = self.step(rest, 0) else { return self.same(rest, Known::Declared) };
        let names = self.places.names;
        let node = names.nodes.get(at).filter(|_| depth <= MOST_VALUES && self.places.left > 0);
        let Some(node) = node else { return Found::none(Known::Not) };
        let positioned = position(first).is_some();
        self.places.left = self.places.left.saturating_sub(1);
        let several = match node {
            NameNode::Nothing => return Found::none(Known::Not),
            NameNode::Same(known) => return self.same(rest, *known),
            NameNode::Branches(_) => true,
            NameNode::Nested(members) => {
                members.list || !members.copies.is_empty() || !members.seconds.is_empty()
            }
        };
        let key = several.then(|| (at, rest.clone()));
        if let Some(key) = &key {
            if let Some(found) = self.known.get(key) {
                return *found;
            }
            self.known.insert(key.clone(), Found::none(Known::Not));
        }
        let deeper = depth.saturating_add(1);
        let found = match node {
            NameNode::Nothing | NameNode::Same(_) => Found::none(Known::Not),
            NameNode::Branches(all) => self.branches(all, rest, deeper),
            NameNode::Nested(members) => match members.elements {
                Some(NameInner::Node(inner)) if positioned => self.beneath(inner, rest, deeper),
                Some(NameInner::Node(inner)) if members.list => self.place(inner, rest, deeper),
                Some(_) if positioned || members.list => self.same(rest, Known::Allowed),
                _ => self.member((at, members), rest, deeper),
            },
        };
        self.known.extend(key.map(|key| (key, found)));
        found
    }

    /// What the branch knows that knows the place best; of several the first.
    fn branches(&mut self, all: &[NameId], rest: &Rest<'n>, depth: usize) -> Found {
        let mut best = Found::none(Known::Not);
        for at in all {
            let found = self.place(*at, rest, depth);
            if found.is_better(best) {
                best = found;
            }
            if best.known == Known::Declared && best.place.is_some() {
                break;
            }
        }
        best
    }

    /// A place with these steps before it.
    fn behind(&mut self, found: Found, steps: impl DoubleEndedIterator<Item = Step<'n>>) -> Found {
        let mut place = found.place;
        if let Some(tail) = &mut place {
            for step in steps.rev() {
                self.places.cells.push((step, *tail));
                *tail = Tail::Cell(self.places.cells.len().saturating_sub(1));
            }
        }
        Found { place, ..found }
    }

    /// The place that has the same steps.
    fn same(&mut self, rest: &Rest<'n>, known: Known) -> Found {
        let found = Found { known, place: Some(Tail::Own(rest.at)) };
        self.behind(found, rest.before.iter().map(|step| Step::Other(Cow::Borrowed(*step))))
    }

    /// A place whose first step is the same on both sides.
    fn beneath(&mut self, inner: NameId, rest: &Rest<'n>, depth: usize) -> Found {
        let own = Step::Own(rest.at);
        let first = rest.before.first().map_or(own, |step| Step::Other(Cow::Borrowed(*step)));
        let found = self.place(inner, &Self::beyond(rest, 1), depth);
        self.behind(found, std::iter::once(first))
    }

    fn member(
        &mut self,
        (at, members): (NameId, &'n NameMembers),
        rest: &Rest<'n>,
        depth: usize,
    ) -> Found {
        let moved = members.moves.find(|at| self.step(rest, at));
        let second = members.seconds.find(|at| self.step(rest, at));
        let second = second.filter(|(length, _)| *length > moved.map_or(0, |(length, _)| length));
        let own = if let Some((length, first)) = second {
            let Rest { before, at: own } = Self::beyond(rest, length);
            let before = first.iter().map(|step| &**step).chain(before).collect();
            self.place(at, &Rest { before, at: own }, depth)
        } else if let Some(moved) = moved {
            self.moved(moved, rest, depth)
        } else {
            self.unmoved(members, rest, depth)
        };
        if own.place.is_some() {
            return own;
        }
        // What has no other counterpart may be copied somewhere.
        let copy = members.copies.find(|at| self.step(rest, at));
        let copy = copy.map(|copy| self.moved(copy, rest, depth));
        copy.filter(|copy| copy.place.is_some()).unwrap_or(own)
    }

    /// A member without a rule.
    fn unmoved(&mut self, members: &NameMembers, rest: &Rest<'n>, depth: usize) -> Found {
        if let Some((_, known)) = members.lost.find(|at| self.step(rest, at)) {
            return Found::none(*known);
        }
        match members.others {
            Some(inner) => self.beneath(inner, rest, depth).within(Known::Allowed),
            None if members.open => Found::none(Known::Allowed),
            // An extra has the same name everywhere.
            None => self.same(rest, Known::Not),
        }
    }

    /// What stands behind a counterpart's own steps.
    fn moved(
        &mut self,
        (length, moved): (usize, &'n NameMove),
        rest: &Rest<'n>,
        depth: usize,
    ) -> Found {
        let rest = Self::beyond(rest, length);
        let ends = self.step(&rest, 0).is_none();
        let found = match moved.inner {
            NameInner::Node(inner) => self.place(inner, &rest, depth),
            NameInner::Same if !ends => self.same(&rest, Known::Allowed),
            NameInner::Nothing if !ends => Found::none(Known::Declared),
            NameInner::Same | NameInner::Nothing => self.same(&rest, Known::Declared),
        };
        let found = found.within(moved.known);
        match &moved.dst {
            Some(dst) => {
                self.behind(found, dst.iter().map(|step| Step::Other(Cow::Borrowed(&**step))))
            }
            None => Found::none(found.known),
        }
    }
}
