//! Values that go hop by hop: laid on a tape of members by one validating pass, rebuilt only where
//! a hop changes them, and written at the end; what no hop looks into stays a range of the
//! message. It runs [stages](crate::plan::Stage); fused functions are the rest of this room.

mod alter;
mod cross;
mod end;
mod hop;
mod items;
mod lay;
mod lose;
mod naming;
mod place;
mod refuse;
mod regroup;
mod single;
mod step;
mod told;
mod union;
mod val;
mod void;
mod written;

use super::report::Reports;
use super::{Limits, Run, Stop};
use crate::json::scan::Scanner;
use crate::loss::LossKind;
use crate::plan::{Plan, ReporterId, Stage, StageId};
use lay::Token;
pub(super) use lay::{Laid, MOST};
pub(super) use step::Taped;
use val::{Data, Val};

/// How often a hop may make each value that was laid.
const EACH: usize = 64;
/// Values that a hop may make beside those.
const FREE: usize = 16_384;

/// One value on its way through the hops.
struct Tape<'r> {
    plan: &'r Plan,
    input: &'r [u8],
    tokens: Vec<Token>,
    reports: Reports,
    limits: &'r Limits,
    /// The hop that runs, from 1.
    hop: usize,
    /// Members and elements that it has made.
    spent: usize,
    /// Bytes that its texts have grown by.
    grown: usize,
    /// Stages inside one another.
    level: usize,
    /// Rules of the stage that runs read null members as absent.
    voids: bool,
}

impl<'r> Run<'r> {
    /// Reads the value that comes and writes what the stages make of it, one after the other.
    /// Says whether the value was unfit.
    pub(super) fn stages(
        &mut self,
        scanner: &mut Scanner<'_>,
        stages: &'r [StageId],
    ) -> Result<bool, Stop> {
        let mut tape = Tape {
            plan: self.plan,
            input: self.input,
            tokens: lay::lay(scanner)?,
            reports: std::mem::take(&mut self.reports),
            limits: self.limits,
            hop: 0,
            spent: 0,
            grown: 0,
            level: 0,
            voids: false,
        };
        let value = tape.hops(stages);
        self.reports = std::mem::take(&mut tape.reports);
        let value = value?;
        self.emit_val(&tape, &value)?;
        Ok(value.frozen)
    }
}

impl<'r> Tape<'r> {
    fn hops(&mut self, stages: &[StageId]) -> Result<Val<'r>, Stop> {
        let mut value = self.token(0, true);
        for id in stages {
            self.hop += 1;
            self.spent = 0;
            self.grown = 0;
            value = self.value(value, *id)?;
        }
        Ok(value)
    }

    fn stage(&self, id: StageId) -> Option<&'r Stage> {
        usize::try_from(id).ok().and_then(|at| self.plan.stages.get(at))
    }

    /// Counts what a hop makes: so much of each value that was laid, and no more than half of what
    /// the result may be; else copies of copies would grow with each level.
    fn spend(&mut self, count: usize) -> Result<(), Stop> {
        self.spent = self.spent.saturating_add(count);
        let most = self.tokens.len().saturating_mul(EACH).saturating_add(FREE);
        if self.spent > most.min(self.limits.output / 4) { Err(Stop::TooLarge) } else { Ok(()) }
    }

    fn report(&mut self, reporter: ReporterId, kind: LossKind, value: &Val<'_>) {
        if let Some((at, _)) = value.origin {
            self.reports.note(self.plan, reporter, kind, at);
        }
    }

    fn refuse(&mut self, reporter: ReporterId, kind: LossKind, value: &Val<'_>) {
        if let Some((at, _)) = value.origin {
            self.reports.refuse(reporter, kind, at);
        }
    }

    /// The place of a rule in its mapping.
    fn rank(&self, reporter: ReporterId) -> u32 {
        let rule = usize::try_from(reporter).ok().and_then(|at| self.plan.rules.get(at));
        rule.map_or(u32::MAX, |r| r.rule.rule)
    }

    /// A value that a hop found unfit.
    fn unfit(&mut self, value: Val<'r>, reporter: ReporterId) -> Val<'r> {
        if !value.frozen {
            self.report(reporter, LossKind::Unfit, &value);
        }
        Val { frozen: true, ..value }
    }

    /// Whether nothing has looked into a value yet.
    fn is_whole(value: &Val<'_>) -> bool {
        matches!(value.data, Data::Token(_) | Data::Const(_) | Data::Text(_))
    }
}
