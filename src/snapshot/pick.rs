//! Which of several operations a request is one of, where a version has several for what is one in
//! another: told by the constants that mappings add. It compiles nothing.

use crate::compile::{Series, Track};
use crate::json::Value;
use crate::message::{Known, Layout, Param, Texts, envelope, param};
use crate::plan::Head;
use crate::translate::{Limits, message};
use crate::{message as messages, version::Side};

/// A text that every request of a pair has.
type Constant<'m> = (Texts, &'m str, &'m Value);

/// The pair that a request takes among several of a hop: of those whose constants it all has, the one
/// with the most; else the first. `begun` is the program up to this hop.
pub(super) fn pick(
    (series, hop): (&Series, usize),
    (track, several): (&Track, &[usize]),
    mut there: messages::Head,
    begun: Option<&Head>,
) -> Option<usize> {
    let link = series.link(hop)?;
    let up = track.way.to <= hop;
    let direction =
        if up { crate::version::Direction::Upgrade } else { crate::version::Direction::Downgrade };
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
    let params = named.map(|(part, name, _)| own(*part, name)).collect();
    let layout = Layout { template: Some(messages::Template::new(&operation.path)), params };
    if let Some(begun) = begun {
        message(begun, &mut there, (None, None), &Limits::default()).ok()?;
    }
    let document = layout.read(&there).ok()?;
    let has = |(part, name, value): &Constant<'_>| {
        let part = envelope::member(&document, part.as_str());
        let own = part.and_then(|part| envelope::member(part, name));
        own.is_some_and(|own| own.same(&param::texted((*value).clone())))
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
