//! Which of several operations a request is one of, where a version has several for what is one in
//! another: told by the constants that mappings add. It compiles nothing.

use crate::compile::{Constant, Series, Track};
use crate::loss::{Loses, LossKind, Refusal, RuleId};
use crate::message as messages;
use crate::message::{Known, Layout, Param, Texts, envelope, param};
use crate::plan::Head;
use crate::translate::{Limits, message};
use crate::version::{Direction, Side};

/// The pair that a request takes among several of a hop: of those whose constants it all has, the one
/// with the most; else the first. `begun` is the program up to this hop.
pub(super) fn pick(
    (series, hop): (&Series, usize),
    (track, several): (&Track, &[usize]),
    mut there: messages::Head,
    begun: Option<&Head>,
) -> Option<usize> {
    let link = series.link(hop)?;
    let direction = direction(track, hop);
    let contract = if direction.source() == Side::Old { link.old } else { link.new };
    let operation = contract.operations.get(*track.operations.last()?)?;
    let constants: Vec<(usize, Vec<Constant<'_>>)> = several
        .iter()
        .filter_map(|at| Some((*at, link.pairs.get(*at)?.constants(link.mapping, direction))))
        .collect();
    let own = |part: Texts, name: &str| {
        let mut declared = operation.parameters.iter();
        let said = declared.find(|p| p.part == part && *p.param.name == *name);
        let param = said.map_or_else(|| Param::unsaid(name, part), |own| own.param.clone());
        // One that cannot be read has no constant.
        Known { part, param, is_said: said.is_some(), is_named: false }
    };
    let named = constants.iter().flat_map(|(_, all)| all);
    let params = named.map(|constant| own(constant.part, constant.name)).collect();
    let layout = Layout { template: Some(messages::Template::new(&operation.path)), params };
    if let Some(begun) = begun {
        message(begun, &mut there, (None, None), &Limits::default()).ok()?;
    }
    let document = layout.read(&there).ok()?;
    let has = |constant: &Constant<'_>| {
        let part = envelope::member(&document, constant.part.as_str());
        let own = part.and_then(|part| envelope::member(part, constant.name));
        own.is_some_and(|own| own.same(&param::texted(constant.value.clone())))
    };
    let fits = constants.iter().filter(|(_, all)| all.iter().all(has));
    let mut best: Option<(usize, usize)> = None;
    for (at, all) in fits {
        if best.is_none_or(|(_, most)| all.len() > most) {
            best = Some((*at, all.len()));
        }
    }
    best.map(|(at, _)| at)
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
        let constant = constants.first().copied()?;
        let loses = link.mapping.rules.get(usize::try_from(constant.rule).ok()?)?.loses;
        let rule = RuleId { mapping: link.index, rule: constant.rule };
        Some((rule, loses, format!("/{}/{}", constant.part.as_str(), constant.name)))
    };
    match first() {
        Some((rule, Loses::Refuse, place)) => {
            Err(Refusal { rule, kind: LossKind::Narrowed, place })
        }
        Some((rule, Loses::Report, _)) => Ok(Some(rule)),
        Some((_, Loses::Allow, _)) | None => Ok(None),
    }
}
