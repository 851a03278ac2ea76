//! Runs a program over the bytes of a message, in one pass that validates, copies what nothing
//! names and writes the rest. It knows plans, not mappings. No tree of a message is built; of single
//! values one is, where a list, a constant or another place is compared with them.

mod choice;
mod end;
mod eval;
mod frame;
mod lost;
mod message;
mod names;
mod object;
mod order;
mod out;
mod passed;
mod recipe;
mod report;
mod scalar;
mod tape;
mod value;

use thiserror::Error;

pub use message::{Done, body, document, message, readable};

use crate::json::scan::{self, Malformed, Scanner};
use crate::loss::{Loss, LossKind, Refusal, RuleId};
use crate::plan::{Plan, ReporterId};

/// Bounds of one translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Levels of arrays and objects.
    pub depth: usize,
    /// Bytes of the result.
    pub output: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 128, output: 32 << 20 }
    }
}

/// A translated message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translated {
    /// The document.
    pub bytes: Vec<u8>,
    lost: Vec<report::Report>,
}

impl Translated {
    /// How many losses there were on the way.
    pub fn lost(&self) -> usize {
        self.lost.len()
    }

    /// Notes that nothing is left of what stood at an offset, unless that is said already.
    fn emptied(&mut self, reporter: ReporterId, at: usize) {
        report::narrowed(&mut self.lost, reporter, at);
    }

    /// How many losses of each kind each rule had; of the same program.
    pub fn tally(&self, plan: &Plan) -> Vec<(RuleId, LossKind, usize)> {
        report::tally(&self.lost, plan)
    }

    /// The losses, in order of place; of the same program and message. The text of a place may be
    /// as long as the message, so that they are named only when they are asked for.
    pub fn losses(&self, plan: &Plan, input: &[u8]) -> Vec<Loss> {
        report::named(&self.lost, plan, (input, &self.bytes))
    }
}

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Failure {
    /// The message is no JSON, too deep, or has a name twice.
    #[error("malformed document: {0}")]
    Malformed(#[from] Malformed),
    /// A rule refuses it.
    #[error("refused: {} at {:?}", .0.kind, .0.place)]
    Refused(Refusal),
    /// The head cannot be read, or cannot say what it would have to.
    #[error("{0}")]
    Head(#[from] crate::message::BadHead),
    /// The result is larger than allowed.
    #[error("the translated document is larger than allowed")]
    TooLarge,
}

/// What ends a run before its end. It fits where functions give back their results; most of what a
/// [`Failure`] may be besides turns up behind the end.
#[derive(Clone, Copy, Debug)]
enum Stop {
    Malformed(Malformed),
    TooLarge,
}

impl From<Malformed> for Stop {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Malformed(malformed) => Self::Malformed(malformed),
            Stop::TooLarge => Self::TooLarge,
        }
    }
}

/// Translates a whole message.
pub fn translate(plan: &Plan, input: &[u8], limits: &Limits) -> Result<Translated, Failure> {
    if input.len() > tape::MOST {
        return Err(Failure::TooLarge);
    }
    let mut run = Run {
        plan,
        input,
        out: out::Out::new(input, input.len().saturating_add(input.len() / 3)),
        made: Vec::new(),
        reports: report::Reports::default(),
        discard: 0,
        collided: false,
        nested: limits.depth,
        slots: frame::Slots::default(),
        rooms: Vec::new(),
        laid: tape::Laid::default(),
        passed: passed::Passed::default(),
        taped: tape::Taped::default(),
        limits,
    };
    // What is read is found valid where it is read; else it is said first of all.
    let mut scanner = Scanner::at(input, 0, limits.depth);
    let read = run.steps(&mut scanner, &plan.root).and_then(|()| Ok(scanner.finish()?));
    if read.is_err() {
        scan::valid(input, 0..input.len())?;
    }
    read?;
    run.finish()
}

/// The state of one translation.
struct Run<'r> {
    plan: &'r Plan,
    input: &'r [u8],
    out: out::Out<'r>,
    /// Scalars that steps have made.
    made: Vec<u8>,
    reports: report::Reports,
    /// Above 0: what is written now goes nowhere, so what only an arriving document reports is
    /// not reported.
    discard: u32,
    /// Something would have collided in what went nowhere.
    collided: bool,
    /// Levels of constants inside constants that are left.
    nested: usize,
    /// The places of the objects that are being read.
    slots: frame::Slots,
    /// Room for the values of objects to come.
    #[expect(clippy::vec_box, reason = "taken out and put back by pointer")]
    rooms: Vec<Box<frame::Room>>,
    /// The part of the message that was laid on the tape to find a tag.
    laid: tape::Laid,
    /// Where values end that were passed.
    passed: passed::Passed,
    /// Values on the tape that fused functions have in hand.
    taped: tape::Taped<'r>,
    limits: &'r Limits,
}

impl Run<'_> {
    #[inline]
    fn room(&self) -> Result<(), Stop> {
        let held = self.out.len().saturating_add(self.made.len());
        if held > self.limits.output { Err(Stop::TooLarge) } else { Ok(()) }
    }

    #[inline]
    fn copy(&mut self, start: usize, end: usize) {
        self.out.keep(start, end);
    }

    fn finish(self) -> Result<Translated, Failure> {
        self.room()?;
        let bytes = self.out.into_vec();
        let lost = self.reports.finish(self.plan, (self.input, &bytes))?;
        Ok(Translated { bytes, lost })
    }
}
