//! Losses and refusals as they turn up: by byte offset, named by place only at the end.

use std::collections::{BTreeMap, BTreeSet};

use super::Failure;
use crate::json::place;
use crate::loss::{Loses, Loss, LossKind, Refusal, RuleId};
use crate::plan::{Plan, Reporter, ReporterId};

/// One report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Report {
    reporter: ReporterId,
    kind: LossKind,
    at: usize,
    /// About a copy of a value: nothing new if it is said of the value itself.
    again: bool,
}

/// All reports of one translation.
#[derive(Debug, Default)]
pub(super) struct Reports {
    losses: Vec<Report>,
    refused: Vec<Report>,
    /// What is told of the first value that a rule refuses, of copies of one the least; no other counts.
    told: BTreeMap<ReporterId, (usize, Box<str>)>,
}

impl Reports {
    /// Notes a loss at an offset (of a placeholder: in the result).
    pub(super) fn note(&mut self, plan: &Plan, reporter: ReporterId, kind: LossKind, at: usize) {
        let Some(rule) = usize::try_from(reporter).ok().and_then(|r| plan.rules.get(r)) else {
            return;
        };
        let report = Report { reporter, kind, at, again: false };
        if rule.loses == Loses::Refuse || (rule.strict && kind == LossKind::Unfit) {
            self.refused.push(report);
        } else if rule.loses == Loses::Report {
            self.losses.push(report);
        }
    }

    /// Notes a refusal.
    pub(super) fn refuse(&mut self, reporter: ReporterId, kind: LossKind, at: usize) {
        self.refused.push(Report { reporter, kind, at, again: false });
    }

    /// Whether what is told of a value that is refused there may count.
    pub(super) fn wants(&self, reporter: ReporterId, at: usize) -> bool {
        self.told.get(&reporter).is_none_or(|(first, _)| at <= *first)
    }

    /// Notes what is told of it.
    pub(super) fn tell(&mut self, reporter: ReporterId, at: usize, words: Box<str>) {
        let told = (at, words);
        match self.told.get_mut(&reporter) {
            Some(first) if *first <= told => {}
            Some(first) => *first = told,
            None => drop(self.told.insert(reporter, told)),
        }
    }

    /// How many losses and refusals there are.
    pub(super) fn len(&self) -> (usize, usize) {
        (self.losses.len(), self.refused.len())
    }

    /// Marks the reports since `from` as those of a copy.
    pub(super) fn again(&mut self, from: (usize, usize)) {
        let refused = self.refused.iter_mut().skip(from.1);
        for report in self.losses.iter_mut().skip(from.0).chain(refused) {
            report.again = true;
        }
    }

    /// Forgets what is said of copies and was said of the values themselves, or of copies before.
    fn forget_again(&mut self) {
        if !self.losses.iter().any(|r| r.again) || mutant!("fused-copies-lose-again") {
            return;
        }
        let key = |r: &Report| (r.reporter, r.at, r.kind);
        let mut known: BTreeSet<_> = self.losses.iter().filter(|r| !r.again).map(key).collect();
        self.losses.retain(|r| !r.again || known.insert(key(r)));
    }

    /// Takes over what was invented in a constant.
    pub(super) fn invented(&mut self, other: Self) {
        self.losses.extend(other.losses.into_iter().filter(Report::is_of_result));
        self.refused.extend(other.refused.into_iter().filter(Report::is_of_result));
    }

    /// The losses, or the refusal that counts.
    pub(super) fn finish(
        mut self,
        plan: &Plan,
        documents: (&[u8], &[u8]),
    ) -> Result<Vec<Report>, Failure> {
        if let Some(refusal) = self.refusal(plan, documents) {
            return Err(Failure::Refused(refusal));
        }
        self.forget_again();
        Ok(self.losses)
    }

    /// The first refusal about the message, else the first about the result.
    fn refusal(&self, plan: &Plan, (input, output): (&[u8], &[u8])) -> Option<Refusal> {
        let by = |r: &Report| r.rule(plan).map(|rule| (r.is_of_result(), rule.hop, rule.rule));
        let first = self.refused.iter().filter_map(by).min()?;
        let all = self.refused.iter().filter(|r| by(r) == Some(first));
        let mut all: Vec<&Report> = all.collect();
        let words = |r: &Report| {
            let told = self.told.get(&r.reporter).filter(|(at, _)| *at == r.at);
            told.map(|(_, words)| words)
        };
        all.sort_by_key(|r| (r.at, words(r)));
        let (of_result, _, rule) = first;
        if !of_result {
            all.truncate(1);
        }
        // Members of the result have no order: the first by its place, as that is written.
        let offsets: Vec<usize> = all.iter().map(|r| r.at).collect();
        let places = place::places(if of_result { output } else { input }, &offsets);
        let (report, place) = all.into_iter().zip(places).min_by(|(_, a), (_, b)| a.cmp(b))?;
        let words = words(report).cloned();
        Some(Refusal { rule, kind: report.kind, place, words })
    }
}

impl Report {
    /// Whether it is placed in the result: nothing of the message stands for it.
    fn is_of_result(&self) -> bool {
        self.kind == LossKind::Placeholder
    }

    fn rule(&self, plan: &Plan) -> Option<Reporter> {
        usize::try_from(self.reporter).ok().and_then(|r| plan.rules.get(r)).copied()
    }
}

/// Notes behind the end that a value was narrowed, unless something is said of it already.
pub(super) fn narrowed(lost: &mut Vec<Report>, reporter: ReporterId, at: usize) {
    if !lost.iter().any(|own| own.at == at && !own.is_of_result()) {
        lost.push(Report { reporter, kind: LossKind::Narrowed, at, again: false });
    }
}

/// How many losses of each kind each rule had.
pub(super) fn tally(lost: &[Report], plan: &Plan) -> Vec<(RuleId, LossKind, usize)> {
    let mut counts: BTreeMap<(RuleId, LossKind), usize> = BTreeMap::new();
    for report in lost {
        if let Some(rule) = report.rule(plan) {
            let count = counts.entry((rule.rule, report.kind)).or_default();
            *count = count.saturating_add(1);
        }
    }
    counts.into_iter().map(|((rule, kind), count)| (rule, kind, count)).collect()
}

/// Losses by place: of what was invented in the result, of all else in the message.
pub(super) fn named(lost: &[Report], plan: &Plan, (input, output): (&[u8], &[u8])) -> Vec<Loss> {
    let mut losses = Vec::with_capacity(lost.len());
    for (document, made) in [(input, false), (output, true)] {
        let mut reports: Vec<&Report> = lost.iter().collect();
        reports.retain(|r| r.is_of_result() == made);
        reports.sort_by_key(|r| r.at);
        let offsets: Vec<usize> = reports.iter().map(|r| r.at).collect();
        for (report, place) in reports.iter().zip(place::places(document, &offsets)) {
            if let Some(rule) = report.rule(plan) {
                losses.push(Loss { rule: rule.rule, kind: report.kind, place });
            }
        }
    }
    losses
}
