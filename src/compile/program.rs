//! The program of a whole message: of its head and its body apart where no rule relates the two, else
//! of both as one document.

use std::sync::Arc;

use super::called::{came, goes};
use super::media::{self, Medium};
use super::message::{Names, Told, View, answers, layout, named};
use super::series::{NoCounterpart, Part, Series, Subject, Track, Travel};
use crate::contract::Operation;
use crate::loss::{Loses, RuleId};
use crate::mapping::Answers;
use crate::message::Texts;
use crate::message::media::{Content, Retype};
use crate::plan::{Asked, Body, Head, Plan, Reporter, ReporterId};

/// What is done to one kind of message; what stays as it came has no program.
#[derive(Clone, Debug)]
pub enum Message {
    /// Head and body know nothing of each other.
    Apart {
        /// Of the head.
        head: Option<Arc<Head>>,
        /// Of the body; `Err`: the other version has no place for one.
        body: Result<Option<Arc<Body>>, NoCounterpart>,
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
    /// The program of a message of an exchange on its way, with the body that it has where nobody says
    /// which. `Err`: the other version has no place for it.
    pub fn program(&self, track: &Track, part: Part) -> Result<Message, NoCounterpart> {
        self.program_of(track, (part, self.first(track, part)))
    }

    /// The same with one of the bodies that its contract lists, or one that is none of them.
    pub fn program_of(&self, track: &Track, of: (Part, Medium)) -> Result<Message, NoCounterpart> {
        if track.pairs.is_empty() {
            return Ok(Message::nothing());
        }
        let (part, medium) = of;
        let told = self.told(track, part, medium);
        if told.iter().any(Told::crosses) {
            let subject = Subject::Typed(track, part, medium, View::Whole);
            let Some(travel) = self.travel(subject, track.way)? else {
                return Ok(Message::nothing());
            };
            let plan = program(&travel)?;
            return Ok(Message::Whole(Arc::new(self.head(track, (&told, part), (&travel, plan)))));
        }
        let body = self.body(track, of, &told);
        let head = match self.travel(Subject::Typed(track, part, medium, View::Head), track.way) {
            Ok(Some(travel)) => {
                let plan = program(&travel)?;
                Some(self.head(track, (&told, part), (&travel, plan)))
            }
            // Of an answer that one contract does not list nothing is said.
            Ok(None) | Err(NoCounterpart::Answer(_)) => None,
            Err(other) => return Err(other),
        };
        let head = head.filter(|head| !head.is_nothing()).map(Arc::new);
        Ok(Message::Apart { head, body })
    }

    fn body(
        &self,
        track: &Track,
        (part, medium): (Part, Medium),
        told: &[Told<'_>],
    ) -> Result<Option<Arc<Body>>, NoCounterpart> {
        let body = self.document_of(track, (part, medium), told)?;
        Ok(body.filter(|body| !body.is_nothing()).map(Arc::new))
    }

    /// The program of the body that a message has where nobody says which, as a document by itself; `None`:
    /// no version says anything of it.
    pub fn document(&self, track: &Track, part: Part) -> Result<Option<Body>, NoCounterpart> {
        let medium = self.first(track, part);
        self.document_of(track, (part, medium), &self.told(track, part, medium))
    }

    fn document_of(
        &self,
        track: &Track,
        (part, medium): (Part, Medium),
        told: &[Told<'_>],
    ) -> Result<Option<Body>, NoCounterpart> {
        let subject = Subject::Typed(track, part, medium, View::Body);
        let Some(travel) = self.travel(subject, track.way)? else { return Ok(None) };
        let (mut plan, content) = (program(&travel)?, media::contents(told));
        let emptied = emptied(&mut plan, &travel, content);
        Ok(Some(Body { plan, content, emptied }))
    }

    /// What rules of any answer look at in a request, as it is at the end of its way; `None`: at nothing.
    pub fn asked(&self, track: &Track) -> Option<Asked> {
        let told = self.told(track, Part::Request, None);
        let (mut names, mut asks) = (Names::new(), false);
        for own in &told {
            let all = [false, true].map(|error| answers(own.link, own.pair, error));
            for rules in all.into_iter().flatten().flat_map(Answers::all) {
                asks |= rules.asks;
                named(&[&rules.whole], true, &mut names);
            }
            named(&own.asked(), true, &mut names);
        }
        let operation = self.contracts.get(track.way.to)?.operations.get(*track.operations.last()?);
        let layout = layout(operation?, Part::Request, (&names, &Names::new()));
        asks.then(|| Asked { called: came(&told, &layout), layout })
    }

    /// What a message says that it is at the end of its way, where no rule about its head says it.
    pub fn retype(&self, track: &Track, (part, medium): (Part, Medium)) -> Option<Retype> {
        media::retype(&self.told(track, part, medium))
    }

    /// The same of one whose body rules make, where none came.
    pub fn made(&self, track: &Track, (part, medium): (Part, Medium)) -> Option<Retype> {
        media::made(&self.told(track, part, medium))
    }

    fn head(
        &self,
        track: &Track,
        (told, part): (&[Told<'_>], Part),
        (travel, mut plan): (&Travel<'_>, Plan),
    ) -> Head {
        let (mut names, mut asked, mut others) = (Names::new(), Names::new(), Names::new());
        for root in &travel.roots {
            named(&root.blocks, false, &mut names);
            named(&root.blocks, true, &mut asked);
        }
        let after = told.last().map_or(part, Told::becomes);
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
        let asks = told.iter().any(Told::asks);
        let request = asks.then(|| look(from, Part::Request, &asked, &Names::new()));
        let (from, to) = (look(from, part, &names, &others), look(to, after, &names, &others));
        let (content, retype) = (media::contents(told), media::retype(told));
        let called = match part {
            Part::Request => came(told, &to),
            Part::Answer(_) => goes(told, &from),
        };
        // By itself a head makes no body.
        let made = told.iter().any(Told::crosses).then(|| media::made(told)).flatten();
        let emptied = emptied(&mut plan, travel, content);
        Head { plan, from, to, request, content, emptied, retype, made, called }
    }

    /// As what the body of a message is read where its way begins, and as what it is written at the end.
    pub fn contents(&self, track: &Track, (part, medium): (Part, Medium)) -> (Content, Content) {
        media::contents(&self.told(track, part, medium))
    }
}

/// What says that nothing is left of a body, as an empty text is none.
fn emptied(
    plan: &mut Plan,
    travel: &Travel<'_>,
    content: (Content, Content),
) -> Option<ReporterId> {
    let last = travel.links.len().checked_sub(1)?;
    let link = travel.links.get(last).filter(|_| content.1 == Content::Text)?;
    let rule = RuleId { mapping: link.index, rule: link.mapping.text };
    let id = ReporterId::try_from(plan.rules.len()).ok()?;
    let hop = u16::try_from(last).ok()?;
    plan.rules.push(Reporter { hop, rule, loses: Loses::Report, strict: false });
    Some(id)
}

/// The versions on a track, in order of travel.
fn versions(track: &Track) -> Vec<usize> {
    let (from, to) = (track.way.from, track.way.to);
    if from <= to { (from..=to).collect() } else { (to..=from).rev().collect() }
}

fn program(travel: &Travel<'_>) -> Result<Plan, NoCounterpart> {
    Ok(super::program(&travel.links, &travel.roots, travel.direction)?)
}
