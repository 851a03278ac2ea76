//! Which of several operations a request is one of, where a version has several for what is one in
//! another: told by the constants that mappings add, in the head or in the body. It compiles nothing.

use std::borrow::Cow;
use std::fmt;

use crate::compile::{Constant, Message, Series, Track};
use crate::contract::Operation;
use crate::loss::{Loses, LossKind, Refusal, RuleId};
use crate::message as messages;
use crate::message::{Known, Layout, Param, Texts, envelope, look, param};
use crate::translate::{self, Limits};
use crate::version::{Direction, Side};

/// A request, as far as it is known where it comes in.
#[derive(Clone, Copy)]
pub struct Seen<'s> {
    /// Its head.
    pub head: &'s dyn Fn() -> messages::Head,
    /// Its body.
    pub body: SeenBody<'s>,
    /// Of what is looked at, and made on the way.
    pub limits: Limits,
}

/// What is known of a body.
#[derive(Clone, Copy, Debug)]
pub enum SeenBody<'s> {
    /// Nothing: it has not been read.
    Unread,
    /// There is none.
    None,
    /// It is this document.
    Read(&'s [u8]),
}

impl fmt::Debug for Seen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = match self.body {
            SeenBody::Unread => None,
            SeenBody::None => Some(0),
            SeenBody::Read(bytes) => Some(bytes.len()),
        };
        f.debug_struct("Seen").field("body", &bytes).finish_non_exhaustive()
    }
}

/// The pair that a request takes among several of a hop: of those whose constants it all has, the one
/// with the most; else the first. `begun` is the program up to this hop. Beside it whether the body, which
/// was not read, might tell more.
pub(super) fn pick(
    (series, hop): (&Series, usize),
    (track, several): (&Track, &[usize]),
    seen: &Seen<'_>,
    begun: Option<&Message>,
) -> (Option<usize>, bool) {
    let Some(candidates) = candidates((series, hop), (track, several)) else {
        return (None, false);
    };
    let in_body = |constant: &Constant<'_>| constant.part.is_none();
    let asks = candidates.constants.iter().flat_map(|(_, all)| all).any(in_body);
    let unread = matches!(seen.body, SeenBody::Unread);
    let unsure = unread && asks;
    let Some(there) = there((&candidates, asks), seen, begun) else { return (None, unsure) };
    let Ok(document) = there.layout.read(&there.head) else { return (None, unsure) };
    let has = |constant: &Constant<'_>| {
        let own = match (constant.part, &there.body) {
            (Some(part), _) => {
                let part = envelope::member(&document, part.as_str());
                let own = part.zip(constant.names().next());
                own.and_then(|(part, name)| envelope::member(part, name)).cloned()
            }
            (None, Some(body)) => look::at(body, constant.names(), seen.limits.depth),
            (None, None) => None,
        };
        let texts = constant.part.is_some();
        let wanted = constant.value.clone();
        let wanted = if texts { param::texted(wanted) } else { wanted };
        own.is_some_and(|own| own.same(&wanted))
    };
    let mut best: Option<(usize, usize)> = None;
    for (at, all) in &candidates.constants {
        // Of a body that is not read nothing is known.
        let known = all.iter().filter(|constant| !unread || !in_body(constant));
        let (mut number, mut fits) = (0_usize, true);
        for constant in known {
            number = number.saturating_add(1);
            fits &= has(constant);
        }
        if fits && best.is_none_or(|(_, most)| number > most) {
            best = Some((*at, number));
        }
    }
    (best.map(|(at, _)| at), unsure)
}

/// The pairs of a hop among which a request is one of, with their constants.
struct Candidates<'s> {
    operation: &'s Operation,
    constants: Vec<(usize, Vec<Constant<'s>>)>,
}

fn candidates<'s>(
    (series, hop): (&'s Series, usize),
    (track, several): (&Track, &[usize]),
) -> Option<Candidates<'s>> {
    let link = series.link(hop)?;
    let direction = direction(track, hop);
    let contract = if direction.source() == Side::Old { link.old } else { link.new };
    let operation = contract.operations.get(*track.operations.last()?)?;
    let own = |at: &usize| Some((*at, link.pairs.get(*at)?.constants(link.mapping, direction)));
    Some(Candidates { operation, constants: several.iter().filter_map(own).collect() })
}

/// A request before a hop.
struct There<'s> {
    /// What of its head may tell.
    layout: Layout,
    head: messages::Head,
    /// Only if it is asked.
    body: Option<Cow<'s, [u8]>>,
}

/// A request as it is before a hop.
fn there<'s>(
    (candidates, asks): (&Candidates<'_>, bool),
    seen: &Seen<'s>,
    begun: Option<&Message>,
) -> Option<There<'s>> {
    let operation = candidates.operation;
    let own = |part: Texts, name: &str| {
        let mut declared = operation.parameters.iter();
        let said = declared.find(|p| p.part == part && *p.param.name == *name);
        let param = said.map_or_else(|| Param::unsaid(name, part), |own| own.param.clone());
        // One that cannot be read has no constant.
        Known { part, param, is_said: said.is_some(), is_named: false }
    };
    let named = candidates.constants.iter().flat_map(|(_, all)| all);
    let params = named.filter_map(|constant| Some(own(constant.part?, constant.names().next()?)));
    let layout = Layout {
        template: Some(messages::Template::new(&operation.path)),
        params: params.collect(),
    };
    let (mut head, limits) = ((seen.head)(), seen.limits);
    let mut body = match seen.body {
        SeenBody::Read(body) => Some(Cow::Borrowed(body)),
        SeenBody::Unread | SeenBody::None => None,
    };
    match begun {
        None => {}
        Some(Message::Whole(program)) => {
            let done = translate::message(program, &mut head, (body.as_deref(), None), &limits);
            body = done.ok()?.body.map(Cow::Owned);
        }
        Some(Message::Apart { head: program, body: of_body }) => {
            if let Some(program) = program {
                translate::message(program, &mut head, (None, None), &limits).ok()?;
            }
            if let (true, Some(bytes), Ok(Some(program))) = (asks, &body, of_body) {
                body = translate::body(program, bytes, &limits).ok()?.0.map(Cow::Owned);
            }
        }
    }
    Some(There { layout, head, body })
}

/// Which way a track goes on through a mapping.
fn direction(track: &Track, hop: usize) -> Direction {
    if track.way.to <= hop { Direction::Upgrade } else { Direction::Downgrade }
}

/// The pairs that a request takes, hop by hop.
#[derive(Clone, Debug, Default)]
pub struct Picked {
    /// The number of each.
    pub pairs: Vec<usize>,
    /// Rules whose constants the request did not have, though it was taken for one that has, by their
    /// names, with the kind of loss that this is.
    pub guessed: Vec<(String, &'static str)>,
    /// It shows of none of several that it is one, and a rule refuses to take it for the first.
    pub refused: Option<Refusal>,
    /// What is in its body, which was not read, might tell.
    pub unsure: bool,
}

/// The rule of a constant that a request did not have and its pair, the first of several, has: what is
/// asked of that is less than what was asked. `Err`: its author refuses that.
pub(super) fn guessed(
    (series, hop): (&Series, usize),
    (track, several): (&Track, &[usize]),
) -> Result<Option<RuleId>, Refusal> {
    let first = || {
        let (link, at) = (series.link(hop)?, several.first()?);
        let constants = link.pairs.get(*at)?.constants(link.mapping, direction(track, hop));
        let constant = constants.into_iter().next()?;
        let loses = link.mapping.rules.get(usize::try_from(constant.rule).ok()?)?.loses;
        let rule = RuleId { mapping: link.index, rule: constant.rule };
        Some((rule, loses, constant.place()))
    };
    match first() {
        Some((rule, Loses::Refuse, place)) => {
            Err(Refusal { rule, kind: LossKind::Narrowed, place })
        }
        Some((rule, Loses::Report, _)) => Ok(Some(rule)),
        Some((_, Loses::Allow, _)) | None => Ok(None),
    }
}
