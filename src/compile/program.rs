//! The program of a whole message: of its head and its body apart where no rule relates the two, else
//! of both as one document.

use std::sync::Arc;

use super::message::{Names, View, layout, named};
use super::series::{NoCounterpart, Part, Series, Subject, Track, Travel};
use crate::contract::Operation;
use crate::message::Texts;
use crate::plan::{Head, Plan};

/// What is done to one kind of message; what stays as it came has no program.
#[derive(Clone, Debug)]
pub enum Message {
    /// Head and body know nothing of each other.
    Apart {
        /// Of the head.
        head: Option<Arc<Head>>,
        /// Of the body; `Err`: the other version has no place for one.
        body: Result<Option<Arc<Plan>>, NoCounterpart>,
    },
    /// One document of all parts.
    Whole(Arc<Head>),
}

impl Message {
    /// What is done to a message of which nothing changes.
    pub fn nothing() -> Self {
        Self::Apart { head: None, body: Ok(None) }
    }

    /// Whether everything stays as it came.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Apart { head: None, body: Ok(None) })
    }

    /// Whether a body does not go through as it came.
    pub fn reads_body(&self) -> bool {
        !matches!(self, Self::Apart { body: Ok(None), .. })
    }
}

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
        let body = self.body(track, part);
        let head = match self.travel(Subject::Message(track, part, View::Head), track.way) {
            Ok(Some(travel)) => {
                let plan = program(&travel)?;
                Some(self.head(track, part, (&travel, plan)))
            }
            // Of an answer that one contract does not list nothing is said.
            Ok(None) | Err(NoCounterpart::Answer(_)) => None,
            Err(other) => return Err(other),
        };
        let head =
            head.filter(|head| !head.plan.is_empty() || head.from.differs(&head.to)).map(Arc::new);
        Ok(Message::Apart { head, body })
    }

    fn body(&self, track: &Track, part: Part) -> Result<Option<Arc<Plan>>, NoCounterpart> {
        let travel = self.travel(Subject::Message(track, part, View::Body), track.way)?;
        let plan = travel.map(|travel| program(&travel)).transpose()?;
        Ok(plan.filter(|plan| !plan.is_empty()).map(Arc::new))
    }

    fn head(&self, track: &Track, part: Part, (travel, plan): (&Travel<'_>, Plan)) -> Head {
        let (mut names, mut asked, mut others) = (Names::new(), Names::new(), Names::new());
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
                others.insert((own.part, own.param.name.clone()));
            }
        }
        let ends = (track.operations.first(), track.operations.last());
        let operation = |version: usize, at: Option<&usize>| -> Option<&Operation> {
            self.contracts.get(version)?.operations.get(*at?)
        };
        let from = operation(track.way.from, ends.0);
        let to = operation(track.way.to, ends.1);
        let look = |of: Option<&Operation>, part, names: &Names, others: &Names| {
            of.map(|of| layout(of, part, (names, others))).unwrap_or_default()
        };
        let asks = self.asks(track, part);
        let request = asks.then(|| look(from, Part::Request, &asked, &Names::new()));
        let (from, to) = (look(from, part, &names, &others), look(to, after, &names, &others));
        Head { plan, from, to, request }
    }
}

/// The versions on a track, in order of travel.
fn versions(track: &Track) -> Vec<usize> {
    let (from, to) = (track.way.from, track.way.to);
    if from <= to { (from..=to).collect() } else { (to..=from).rev().collect() }
}

fn program(travel: &Travel<'_>) -> Result<Plan, NoCounterpart> {
    Ok(super::program(&travel.links, &travel.roots, travel.direction)?)
}
