//! Which of several operations a request is one of, where a version has several for what is one in
//! another: told by the constants that mappings add, in the head or in the body. It compiles nothing.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use http::HeaderName;

use crate::compile::{Constant, Message, Series, Track};
use crate::contract::Operation;
use crate::loss::{Loses, LossKind, Refusal, RuleId};
use crate::message as messages;
use crate::message::{Known, Layout, Param, Template, envelope, look, param};
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
    /// The pairs, with the constants that tell that a request is of one, as they stand in it.
    pairs: Vec<(usize, Vec<Constant>)>,
    /// Whether anything in the body may tell.
    asks: bool,
    /// Headers in which a client may have said what tells.
    varies: Vec<HeaderName>,
    /// The rule of a constant of the first pair, and where that is.
    first: Option<(RuleId, Loses, String)>,
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
        let mut pairs: Vec<(usize, Vec<Constant>)> = several.iter().filter_map(of).collect();
        let first = pairs.first().and_then(|(_, all)| all.first()).and_then(|constant| {
            let loses = link.mapping.rules.get(usize::try_from(constant.rule).ok()?)?.loses;
            let rule = RuleId { mapping: link.index, rule: constant.rule };
            Some((rule, loses, constant.place()))
        });
        for constant in pairs.iter_mut().flat_map(|(_, all)| all) {
            if !is_in_body(constant) {
                constant.value = param::texted(constant.value.clone());
            }
        }
        let all = || pairs.iter().flat_map(|(_, all)| all);
        let behind = all().flat_map(|constant| series.behind(track, &constant.whole()));
        let varies = names(behind.collect());
        let layout = operation.map(|operation| layout(operation, all())).unwrap_or_default();
        Self { begun, layout, asks: all().any(is_in_body), varies, first, pairs }
    }

    /// Headers in which a client may have said what tells, whatever a request has.
    pub(super) fn varies(&self) -> &[HeaderName] {
        &self.varies
    }

    /// The pair that a request takes: of those whose constants it all has, the one with the most.
    /// Beside it whether the body, which was not read, might tell more.
    pub(super) fn pick(&self, seen: &Seen<'_>) -> (Option<usize>, bool) {
        let unread = matches!(seen.body, SeenBody::Unread);
        let unsure = unread && self.asks;
        let Some((head, body)) = self.there(seen) else { return (None, unsure) };
        let Ok(document) = self.layout.read(&head) else { return (None, unsure) };
        let has = |constant: &Constant| match (constant.part, &body) {
            (Some(part), _) => {
                let part = envelope::member(&document, part.as_str());
                let own = part.zip(constant.names().next());
                let own = own.and_then(|(part, name)| envelope::member(part, name));
                own.is_some_and(|own| own.same(&constant.value))
            }
            (None, Some(body)) => {
                let own = look::at(body, constant.names(), seen.limits.depth);
                own.is_some_and(|own| own.same(&constant.value))
            }
            (None, None) => false,
        };
        let mut best: Option<(usize, usize)> = None;
        for (at, all) in &self.pairs {
            // Of a body that is not read nothing is known.
            let known = all.iter().filter(|constant| !unread || !is_in_body(constant));
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
            Some((rule, Loses::Refuse, place)) => Err(Refusal {
                rule: *rule,
                kind: LossKind::Narrowed,
                place: place.clone(),
                words: None,
            }),
            Some((rule, Loses::Report, _)) => Ok(Some(*rule)),
            Some((_, Loses::Allow, _)) | None => Ok(None),
        }
    }
}

/// The names of headers that can be some.
pub(super) fn names(texts: BTreeSet<Box<str>>) -> Vec<HeaderName> {
    texts.into_iter().filter_map(|name| HeaderName::from_bytes(name.as_bytes()).ok()).collect()
}

fn is_in_body(constant: &Constant) -> bool {
    constant.part.is_none()
}

/// What of the head of an operation's requests may tell.
fn layout<'s>(operation: &Operation, constants: impl Iterator<Item = &'s Constant>) -> Layout {
    let known = |constant: &Constant| {
        let (part, name) = (constant.part?, constant.names().next()?);
        let mut declared = operation.parameters.iter();
        let said = declared.find(|p| p.part == part && *p.param.name == *name);
        let param = said.map_or_else(|| Param::unsaid(name, part), |own| own.param.clone());
        // One that cannot be read has no constant.
        Some(Known { part, param, is_said: said.is_some(), is_named: false })
    };
    Layout {
        template: Some(Template::new(&operation.path)),
        params: constants.filter_map(known).collect(),
    }
}

/// The pairs that a request takes, hop by hop.
#[derive(Clone, Debug, Default)]
pub struct Picked {
    /// The number of each.
    pub pairs: Vec<usize>,
    /// Rules whose constants the request did not have, though it was taken for one that has, by their
    /// names, with the kind of loss that this is.
    pub guessed: Vec<(Arc<str>, &'static str)>,
    /// It shows of none of several that it is one, and a rule refuses to take it for the first.
    pub refused: Option<Refusal>,
    /// What is in its body, which was not read, might tell.
    pub unsure: bool,
    /// Headers of the client that may have told, whatever this request has.
    pub varies: Vec<HeaderName>,
}
