//! The program of a whole message: of its head and its body apart where no rule relates the two, else
//! of both as one document.

use std::sync::Arc;

use super::message::{Names, View, layout, named};
use super::series::{NoCounterpart, Part, Series, Subject, Track, Travel};
use crate::contract::Operation;
use crate::message::Texts;
use crate::plan::{Head, Message, Plan};

impl Series {
    /// The program of a message of an exchange on its way. `Err`: the other version has no place for
    /// it.
    pub fn program(&self, track: &Track, part: Part) -> Result<Message, NoCounterpart> {
        if track.pairs.is_empty() {
            return Ok(Message::nothing());
        }
        if self.crosses(track, part) {
            let travel = self.travel(Subject::Message(track, part, View::Whole), track.way)?;
            let Some(travel) = travel else { return Ok(Message::nothing()) };
            let plan = program(&travel)?;
            return Ok(Message::Whole(Arc::new(self.head(track, part, (&travel, plan)))));
        }
        let body = self.travel(Subject::Message(track, part, View::Body), track.way)?;
        let body = body.map(|travel| program(&travel)).transpose()?;
        let head = match self.travel(Subject::Message(track, part, View::Head), track.way) {
            Ok(Some(travel)) => {
                let plan = program(&travel)?;
                Some(self.head(track, part, (&travel, plan)))
            }
            // Of an answer that one contract does not list nothing is said.
            Ok(None) | Err(NoCounterpart::Answer(_)) => None,
            Err(other) => return Err(other),
        };
        let head = head.filter(|head| !head.plan.is_empty() || moves(head)).map(Arc::new);
        let body = body.filter(|plan| !plan.is_empty()).map(Arc::new);
        Ok(Message::Apart { head, body })
    }

    fn head(&self, track: &Track, part: Part, (travel, plan): (&Travel<'_>, Plan)) -> Head {
        let (mut names, mut asked) = (Names::new(), Names::new());
        for root in &travel.roots {
            named(&root.blocks, false, &mut names);
            named(&root.blocks, true, &mut asked);
        }
        let told = self.told(track, part);
        let after = told.last().map_or(part, super::message::Told::becomes);
        for (version, at) in versions(track).into_iter().zip(&track.operations) {
            // What any version declares may be written by a rule of it, or have its name taken.
            let of = self.contracts.get(version).and_then(|c| c.operations.get(*at));
            let own = of.filter(|_| part == Part::Request).map(|o| o.parameters.as_slice());
            for own in own.unwrap_or_default().iter().filter(|own| own.part != Texts::Path) {
                names.insert((own.part, own.param.name.clone()));
            }
        }
        let ends = (track.operations.first(), track.operations.last());
        let operation = |version: usize, at: Option<&usize>| -> Option<&Operation> {
            self.contracts.get(version)?.operations.get(*at?)
        };
        let (first, last) = (operation(track.way.from, ends.0), operation(track.way.to, ends.1));
        let look = |of: Option<&Operation>, part, names, before| {
            of.map(|of| layout(of, part, names, before)).unwrap_or_default()
        };
        let asks = self.asks(track, part);
        let request = asks.then(|| look(first, Part::Request, &asked, None));
        let from = look(first, part, &names, None);
        let to = look(last, after, &names, Some(&from));
        Head { plan, from, to, request }
    }
}

/// The versions on a track, in order of travel.
fn versions(track: &Track) -> Vec<usize> {
    let (from, to) = (track.way.from, track.way.to);
    if from <= to { (from..=to).collect() } else { (to..=from).rev().collect() }
}

/// Whether the path is another one afterwards.
fn moves(head: &Head) -> bool {
    match (&head.from.template, &head.to.template) {
        (Some(from), Some(to)) => from.shape() != to.shape(),
        _ => false,
    }
}

fn program(travel: &Travel<'_>) -> Result<Plan, NoCounterpart> {
    Ok(super::program(&travel.links, &travel.roots, travel.direction)?)
}
