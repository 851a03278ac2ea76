//! Which of several operations a request is one of, where a version has several for what is one in
//! another: told by the constants that mappings add, in the head or in the body. It compiles nothing.

use std::borrow::Cow;
use std::fmt;

use crate::compile::{Constant, Message, Series, Track};
use crate::contract::Operation;
use crate::json::Value;
use crate::loss::{Loses, LossKind, Refusal, RuleId};
use crate::message as messages;
use crate::message::{Known, Layout, Param, Template, Texts, envelope, look, param};
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

impl Seen<'_> {
    /// One of which nothing is known.
    pub(super) fn nothing() -> Self {
        let (body, limits) = (SeenBody::Unread, Limits::default());
        Self { head: &messages::Head::default, body, limits }
    }
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

/// A place on the way where a request is one of several operations, and what tells which: made once.
#[derive(Debug, Default)]
pub(super) struct Fork {
    /// The program up to there.
    begun: Option<Message>,
    /// What of the head may tell, as it is there.
    layout: Layout,
    /// The pairs, with what tells that a request is of one.
    pairs: Vec<(usize, Vec<Sign>)>,
    /// Whether anything in the body may tell.
    asks: bool,
    /// The rule of a constant of the first pair, and where that is.
    first: Option<(RuleId, Loses, String)>,
}

/// A constant that the requests of a pair have.
#[derive(Debug)]
struct Sign {
    /// The part of the head that it is in; `None`: it is in the body.
    part: Option<Texts>,
    /// The names that lead to it there.
    names: Box<[Box<str>]>,
    /// As it stands there.
    value: Value,
}

impl Sign {
    fn new(constant: &Constant<'_>) -> Self {
        let (part, value) = (constant.part, constant.value.clone());
        let value = if part.is_some() { param::texted(value) } else { value };
        Self { part, names: constant.names().map(Box::from).collect(), value }
    }

    fn is_in_body(&self) -> bool {
        self.part.is_none()
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }
}

impl Fork {
    /// The one where a track comes to several pairs of a hop; `begun` is the program up to there.
    pub(super) fn new(
        (series, hop): (&Series, usize),
        (track, several): (&Track, &[usize]),
        begun: Option<Message>,
    ) -> Self {
        let Some(link) = series.link(hop) else { return Self::default() };
        let up = track.way.to <= hop;
        let direction = if up { Direction::Upgrade } else { Direction::Downgrade };
        let contract = if direction.source() == Side::Old { link.old } else { link.new };
        let operation = track.operations.last().and_then(|at| contract.operations.get(*at));
        let of = |at: &usize| Some((*at, link.pairs.get(*at)?.constants(link.mapping, direction)));
        let constants: Vec<(usize, Vec<Constant<'_>>)> = several.iter().filter_map(of).collect();
        let first = constants.first().and_then(|(_, all)| all.first()).and_then(|constant| {
            let loses = link.mapping.rules.get(usize::try_from(constant.rule).ok()?)?.loses;
            let rule = RuleId { mapping: link.index, rule: constant.rule };
            Some((rule, loses, constant.place()))
        });
        let signs = |(at, all): &(usize, Vec<_>)| (*at, all.iter().map(Sign::new).collect());
        let pairs: Vec<(usize, Vec<Sign>)> = constants.iter().map(signs).collect();
        let all = || pairs.iter().flat_map(|(_, all)| all);
        let layout = operation.map(|operation| layout(operation, all())).unwrap_or_default();
        Self { begun, layout, asks: all().any(Sign::is_in_body), first, pairs }
    }

    /// The pair that a request takes: of those whose constants it all has, the one with the most.
    /// Beside it whether the body, which was not read, might tell more.
    pub(super) fn pick(&self, seen: &Seen<'_>) -> (Option<usize>, bool) {
        let unread = matches!(seen.body, SeenBody::Unread);
        let unsure = unread && self.asks;
        let Some((head, body)) = self.there(seen) else { return (None, unsure) };
        let Ok(document) = self.layout.read(&head) else { return (None, unsure) };
        let has = |sign: &Sign| match (sign.part, &body) {
            (Some(part), _) => {
                let part = envelope::member(&document, part.as_str());
                let own = part.zip(sign.names().next());
                let own = own.and_then(|(part, name)| envelope::member(part, name));
                own.is_some_and(|own| own.same(&sign.value))
            }
            (None, Some(body)) => {
                let own = look::at(body, sign.names(), seen.limits.depth);
                own.is_some_and(|own| own.same(&sign.value))
            }
            (None, None) => false,
        };
        let mut best: Option<(usize, usize)> = None;
        for (at, all) in &self.pairs {
            // Of a body that is not read nothing is known.
            let known = all.iter().filter(|sign| !unread || !sign.is_in_body());
            let (mut number, mut fits) = (0_usize, true);
            for sign in known {
                number = number.saturating_add(1);
                fits &= has(sign);
            }
            if fits && best.is_none_or(|(_, most)| number > most) {
                best = Some((*at, number));
            }
        }
        (best.map(|(at, _)| at), unsure)
    }

    /// The head of a request as it is there, and its body, only if it is asked.
    fn there<'s>(&self, seen: &Seen<'s>) -> Option<(messages::Head, Option<Cow<'s, [u8]>>)> {
        let (mut head, limits) = ((seen.head)(), seen.limits);
        let mut body = match seen.body {
            SeenBody::Read(body) => Some(Cow::Borrowed(body)),
            SeenBody::Unread | SeenBody::None => None,
        };
        match &self.begun {
            None => {}
            Some(Message::Whole(program)) => {
                let done = translate::message(program, &mut head, (body.as_deref(), None), &limits);
                body = done.ok()?.body.map(Cow::Owned);
            }
            Some(Message::Apart { head: program, body: of_body }) => {
                if let Some(program) = program {
                    translate::message(program, &mut head, (None, None), &limits).ok()?;
                }
                if let (true, Some(bytes), Ok(Some(program))) = (self.asks, &body, of_body) {
                    body = translate::body(program, bytes, &limits).ok()?.0.map(Cow::Owned);
                }
            }
        }
        Some((head, body))
    }

    /// The rule of a constant that a request did not have and its pair, the first of several, has: what is
    /// asked of that is less than what was asked. `Err`: its author refuses that.
    pub(super) fn guessed(&self) -> Result<Option<RuleId>, Refusal> {
        match &self.first {
            Some((rule, Loses::Refuse, place)) => {
                Err(Refusal { rule: *rule, kind: LossKind::Narrowed, place: place.clone() })
            }
            Some((rule, Loses::Report, _)) => Ok(Some(*rule)),
            Some((_, Loses::Allow, _)) | None => Ok(None),
        }
    }
}

/// What of the head of an operation's requests may tell.
fn layout<'s>(operation: &Operation, signs: impl Iterator<Item = &'s Sign>) -> Layout {
    let known = |sign: &Sign| {
        let (part, name) = (sign.part?, sign.names().next()?);
        let mut declared = operation.parameters.iter();
        let said = declared.find(|p| p.part == part && *p.param.name == *name);
        let param = said.map_or_else(|| Param::unsaid(name, part), |own| own.param.clone());
        // One that cannot be read has no constant.
        Some(Known { part, param, is_said: said.is_some(), is_named: false })
    };
    Layout {
        template: Some(Template::new(&operation.path)),
        params: signs.filter_map(known).collect(),
    }
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
