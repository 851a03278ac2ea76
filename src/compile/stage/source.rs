//! Rules with one place: what is filled, made, repeated and taken, and what a source gives.

use super::{Making, place};
use crate::compile::list;
use crate::compile::resolve::bind::{Binding, Context, Move, Single};
use crate::compile::resolve::items as resolve;
use crate::compile::resolve::live::further;
use crate::compile::resolve::place::lead;
use crate::compile::resolve::{What, is_item, is_many};
use crate::contract::{Kinds, TypeGraph, Use};
use crate::json::{Path, Segment, Text, Value, writing};
use crate::mapping::{Alias, Piece, Prefer, Source};
use crate::plan::{
    self, Agreement, Fill, From, Gather, Given, Items, Make, Many, Named, Place, Repeat,
    ReporterId, Singles, Take, TextPiece,
};

/// What else there is in a context beside a value that is taken.
#[derive(Clone, Copy, Default)]
pub(super) struct Beside<'b> {
    /// What is carried.
    moves: &'b [Move],
    /// What is taken.
    takes: &'b [Single],
    /// Places that rules claim.
    claimed: &'b [(Vec<Segment>, u32)],
}

/// What a source is relative to.
struct Around<'s> {
    /// The hop, which runs backwards for what is taken.
    hop: usize,
    uses: (Use, Use),
    /// Where the value goes.
    dst: &'s [Segment],
    /// Before the source's own paths.
    root: &'s Path,
    /// Segments that the context cuts off them.
    cut: usize,
    /// A null member is absent.
    voids: bool,
    reporter: ReporterId,
}

impl Making<'_, '_, '_> {
    pub(super) fn singles(&mut self, context: &Context, binding: &Binding) -> Singles {
        let mut singles = Singles::default();
        for single in &binding.fills {
            singles.fills.extend(self.fill(context, single));
        }
        let late = binding.late.iter().map(|(single, of)| (single, Some(*of)));
        let mut makes: Vec<(&Single, Option<usize>)> =
            binding.makes.iter().map(|single| (single, None)).chain(late).collect();
        makes.sort_by_key(|(single, _)| writing(&single.place));
        for (single, of) in makes {
            let Some(make) = self.make(context, single) else { continue };
            let around = of.map(|of| binding.moves.get(of).and_then(|moved| place(&moved.dst)));
            match around {
                None => singles.makes.push(make),
                Some(None) => {}
                Some(late) => singles.makes.push(Make { late, ..make }),
            }
        }
        for single in &binding.repeats {
            singles.repeats.extend(self.repeat(context, single));
        }
        for single in &binding.takes {
            let Binding { moves, takes, claimed, .. } = binding;
            let beside = Beside { moves, takes, claimed };
            singles.takes.extend(self.take(context, single, beside));
        }
        singles
    }

    /// Single elements of an array.
    pub(super) fn items(
        &mut self,
        context: &Context,
        (items, binding): (&resolve::Items, &Binding),
    ) -> Items {
        let mut stage = Items::default();
        for (segment, rule, taken) in &items.named {
            let Some(which) = place(std::slice::from_ref(segment)).and_then(|mut p| p.pop()) else {
                continue;
            };
            let reporter = rule.map(|rule| self.reporter(context, rule));
            let here = items.left.iter().filter(|(p, _)| p.first() == Some(segment));
            let inside =
                |(p, carried): &(Vec<Segment>, bool)| Some((place(p.get(1..)?)?, *carried));
            let (moved, removed): (Vec<_>, Vec<_>) =
                here.filter_map(inside).partition(|(_, carried)| *carried);
            let places = |all: Vec<(Place, bool)>| all.into_iter().map(|(p, _)| p).collect();
            let (moved, removed) = (places(moved), places(removed));
            stage.named.push(Named { which, reporter, taken: *taken, moved, removed });
        }
        for (sort, inner) in &items.contexts {
            stage.stages.push((*sort, self.stages.of(inner.clone())));
        }
        let mut moves: Vec<&Move> = items.moves.iter().collect();
        let hop = self.chain.hop(context.hop);
        let rule = |moved: &Move| hop.rules.get(moved.rule?).map(|rule| rule.rule);
        moves.sort_by_key(|moved| (writing(&moved.dst), rule(moved)));
        stage.meanings = super::meanings(hop, &items.moves);
        stage.carries = moves.into_iter().filter_map(|m| self.carry(context, m)).collect();
        for single in &items.fills {
            stage.singles.fills.extend(self.fill(context, single));
        }
        for single in &items.makes {
            stage.singles.makes.extend(self.make(context, single));
        }
        for single in &items.repeats {
            stage.singles.repeats.extend(self.repeat(context, single));
        }
        for single in &items.takes {
            let (moves, takes) = (&*items.moves, &*items.takes);
            let beside = Beside { moves, takes, claimed: &binding.claimed };
            stage.singles.takes.extend(self.take(context, single, beside));
        }
        stage
    }

    pub(super) fn fill(&mut self, context: &Context, single: &Single) -> Option<Fill> {
        let hop = self.chain.hop(context.hop);
        let rule = hop.rules.get(single.rule)?;
        let What::Fill(alias) = rule.what else { return None };
        lead(hop.source, context.source, &single.place)?;
        let first = further(&rule.root, &alias.first, single.cut);
        // Only a null member is as good as absent.
        let voids = rule.voids && matches!(first.last(), Some(Segment::Name(_)));
        let agreement = Agreement {
            voids,
            reporter: self.reporter(context, rule.rule),
            map: pairs(alias, kinds(hop.source, context.source, &single.place)),
            prefer: match alias.prefer {
                Prefer::First => plan::Prefer::First,
                Prefer::Second => plan::Prefer::Second,
                Prefer::Refuse => plan::Prefer::Refuse,
            },
        };
        Some(Fill {
            second: place(&single.place)?,
            declared: lead(hop.source, context.source, &first).is_some(),
            first: place(&first)?,
            agreement,
        })
    }

    pub(super) fn repeat(&mut self, context: &Context, single: &Single) -> Option<Repeat> {
        let hop = self.chain.hop(context.hop);
        let rule = hop.rules.get(single.rule)?;
        let What::Repeat(alias) = rule.what else { return None };
        let first = further(&rule.root, &alias.first, single.cut);
        lead(hop.target, context.target, &first)?;
        let map = pairs(alias, kinds(hop.target, context.target, &single.place));
        Some(Repeat {
            reporter: self.reporter(context, rule.rule),
            dst: place(&single.place)?,
            first: place(&first)?,
            map: map.map(|all| all.into_iter().map(|(second, first)| (first, second)).collect()),
            // Only a null member is as good as absent.
            voids: rule.voids && matches!(first.last(), Some(Segment::Name(_))),
        })
    }

    pub(super) fn make(&mut self, context: &Context, single: &Single) -> Option<Make> {
        let rule = self.chain.hop(context.hop).rules.get(single.rule)?;
        let What::Make(source) = rule.what else { return None };
        let around = Around {
            hop: context.hop,
            uses: (context.source, context.target),
            dst: &single.place,
            root: &rule.root,
            cut: single.cut,
            voids: rule.voids,
            reporter: self.reporter(context, rule.rule),
        };
        let given = self.given(source, &around);
        let dst = place(&single.place)?;
        let reporter = around.reporter;
        (!matches!(given, Given::Absent)).then_some(Make { reporter, dst, given, late: None })
    }

    pub(super) fn take(
        &mut self,
        context: &Context,
        single: &Single,
        beside: Beside<'_>,
    ) -> Option<Take> {
        let hop = self.chain.hop(context.hop);
        let rule = hop.rules.get(single.rule)?;
        let What::Take(source) = rule.what else { return None };
        lead(hop.source, context.source, &single.place)?;
        let around = Around {
            hop: self.chain.back(context.hop),
            uses: (context.target, context.source),
            dst: &single.place,
            root: &rule.root,
            cut: single.cut,
            voids: rule.voids,
            reporter: self.reporter(context, rule.rule),
        };
        let mut unless = self.given(source, &around);
        let beneath =
            beside.claimed.iter().filter_map(|(path, _)| path.strip_prefix(&*single.place));
        let but: Vec<&[Segment]> = beneath.filter(|rest| !rest.is_empty()).collect();
        if let Given::Literal(literal) | Given::Placeholder(literal, _) = &mut unless {
            for rest in &but {
                without(literal, rest);
            }
        }
        let but = but.into_iter().filter_map(place).collect();
        let reporter = around.reporter;
        let around = self.around(context, &single.place, beside);
        Some(Take { reporter, src: place(&single.place)?, but, unless, around })
    }

    /// Where the way back makes what a place stands in; `None`: everywhere.
    fn around(
        &self,
        context: &Context,
        of: &[Segment],
        beside: Beside<'_>,
    ) -> Option<plan::Around> {
        let Beside { moves, takes, .. } = beside;
        let carried = super::around(of, moves)?;
        let (_, around) = of.split_last()?;
        let mut needs = plan::Around::default();
        for moved in carried.into_iter().filter_map(|at| moves.get(at)) {
            needs.carried.extend(place(&moved.src).map(|src| (src, moved.nullable)));
        }
        if let Some(first) = around.first().filter(|s| is_item(s)) {
            needs.element = place(std::slice::from_ref(first)).and_then(|mut p| p.pop());
        }
        for made in takes {
            let rule = self.chain.hop(context.hop).rules.get(made.rule);
            let (Some(What::Take(source)), Some(rest)) =
                (rule.map(|r| r.what), around.strip_prefix(&*made.place))
            else {
                continue;
            };
            if let (Source::From { path, map, .. }, [], [_]) = (source, rest, &*made.place)
                && map.is_empty()
            {
                let root = rule.map(|r| r.root.clone()).unwrap_or_default();
                needs.copied.extend(place(&further(&root, path, made.cut)));
            }
            if source.holds_object(rest) {
                let outer = self.around(context, &made.place, beside)?;
                needs.carried.extend(outer.carried);
                needs.copied.extend(outer.copied);
            }
        }
        Some(needs)
    }

    fn piece(&self, piece: &Piece, around: &Around<'_>) -> TextPiece {
        match piece {
            Piece::Literal(text) => TextPiece::Literal(Text::from_plain(text)),
            Piece::Place(path) => {
                let path = further(around.root, path, around.cut);
                let of = self.chain.hop(around.hop).source;
                TextPiece::Place(lead(of, around.uses.0, &path).and_then(|_| place(&path)))
            }
        }
    }

    fn given(&mut self, source: &Source, around: &Around<'_>) -> Given {
        let (path, map, otherwise) = match source {
            Source::Literal(value) => return Given::Literal(value.clone()),
            Source::Placeholder(value) => {
                return Given::Placeholder(value.clone(), around.reporter);
            }
            Source::Absent => return Given::Absent,
            Source::Text(pieces) => {
                return Given::Text(pieces.iter().map(|piece| self.piece(piece, around)).collect());
            }
            Source::From { path, map, otherwise } => (path, map, otherwise),
        };
        let hop = self.chain.hop(around.hop);
        let path = further(around.root, path, around.cut);
        let from = lead(hop.source, around.uses.0, &path);
        let to = lead(hop.target, around.uses.1, around.dst);
        let kinds = from.map_or(Kinds::ANY, |of| hop.source.get(of.ty).kinds);
        let inside: Vec<Segment> = around.dst.iter().cloned().chain([Segment::Each]).collect();
        // Of a list that is gathered, what is listed is given for single values.
        let of_each = !map.is_empty() && path.iter().any(is_many);
        let inner = Around { dst: if of_each { &inside } else { around.dst }, ..*around };
        let mut listed = Vec::new();
        for (key, source) in map {
            let given = self.given(source, &inner);
            listed.extend(list::value(key, kinds).map(|key| (key, given)));
        }
        let (first, rest) = path.split_at(path.iter().take_while(|s| !is_many(s)).count());
        let src = from.and_then(|_| place(first));
        let list = lead(hop.source, around.uses.0, first);
        let gathers = match list {
            Some(list) => gathers(hop.source, list, rest),
            None if rest.is_empty() => Vec::new(),
            // Nothing is ever found there; what holds for a list that is gathered holds all the same.
            None => vec![Gather { of: Many::Elements, place: Vec::new() }],
        };
        let made = if rest.is_empty() { to } else { to.and_then(|of| hop.target.get(of.ty).items) };
        Given::From(Box::new(From {
            src,
            gathers,
            nullable: to.is_some_and(|of| of.nullable) && !around.voids,
            voids: around.voids,
            map: listed,
            otherwise: otherwise.as_deref().map(|source| self.given(source, &inner)),
            stage: from.zip(made).map(|uses| self.bare(around.hop, uses)),
        }))
    }
}

/// What is gathered at a path beneath a list or dictionary.
fn gathers(types: &TypeGraph, list: Use, path: &[Segment]) -> Vec<Gather> {
    let Some((many, rest)) = path.split_first() else { return Vec::new() };
    let (here, deeper) = rest.split_at(rest.iter().take_while(|s| !is_many(s)).count());
    let of = match many {
        Segment::Values => {
            let properties = &types.get(list.ty).properties;
            Many::Values(properties.iter().map(|(name, _)| name.clone()).collect())
        }
        Segment::Each | Segment::Name(_) | Segment::Index(_) | Segment::Select(_) => Many::Elements,
    };
    let mut found = vec![Gather { of, place: place(here).unwrap_or_default() }];
    let inner = path.get(..=here.len()).and_then(|inner| lead(types, list, inner));
    found.extend(inner.into_iter().flat_map(|inner| gathers(types, inner, deeper)));
    found
}

/// From values of the second place to values of the first.
fn pairs(alias: &Alias, kinds: Kinds) -> Option<Vec<(Value, Value)>> {
    let pair = |(key, first): &(_, Value)| Some((list::value(key, kinds)?, first.clone()));
    (!alias.map.is_empty()).then(|| alias.map.iter().filter_map(pair).collect())
}

fn kinds(types: &TypeGraph, of: Use, path: &[Segment]) -> Kinds {
    lead(types, of, path).map_or(Kinds::ANY, |u| types.get(u.ty).kinds)
}

/// Takes what stands at a place of names out of a literal.
fn without(literal: &mut Value, place: &[Segment]) {
    let (Some((Segment::Name(name), rest)), Value::Object(members)) =
        (place.split_first(), literal)
    else {
        return;
    };
    let name = Text::from_plain(name);
    if rest.is_empty() {
        members.retain(|(n, _)| !n.same(&name));
    } else if let Some((_, member)) = members.iter_mut().find(|(n, _)| n.same(&name)) {
        without(member, rest);
    }
}
