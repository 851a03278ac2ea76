//! What rules do to one value in hand: another one that a list names, another representation.

use super::Run;
use super::frame::Slot;
use super::value::{Bytes, Held};
use crate::codec::{self, Converted};
use crate::json::scan::Kind;
use crate::json::{self, Value};
use crate::loss::LossKind;
use crate::plan::{Convert, Group, List, Miss};

impl Run<'_> {
    /// Writes what one step makes of a value of the message, where there is nothing to say of it.
    /// `false`: there may be, and nothing was written.
    #[inline]
    pub(super) fn at_once(&mut self, span: Slot, step: &Group) -> bool {
        let value = self.input.get(span.start..span.end).unwrap_or_default();
        match (step.list, &step.convert) {
            (Some(id), _) => {
                let list = usize::try_from(id).ok().and_then(|at| self.plan.lists.get(at));
                let Some((_, Some(result), false)) = list.and_then(|list| list.written(value))
                else {
                    return false;
                };
                result.write(self.out.bytes());
                true
            }
            (None, Some(convert)) if !convert.regroups() => {
                codec::quick(&convert.from, &convert.to, value, self.out.bytes())
            }
            (None, _) => false,
        }
    }

    /// In another representation.
    pub(super) fn convert(&mut self, held: Held, step: &Group, convert: &Convert) -> Held {
        let start = self.made.len();
        if let (Bytes::Input(from, to), None) = (held.bytes, step.list) {
            let value = self.input.get(from..to).unwrap_or_default();
            if codec::quick(&convert.from, &convert.to, value, &mut self.made) {
                return self.made_since(held, start);
            }
        }
        let at = held.origin.map_or(0, |(start, _)| start);
        let quiet = held.origin.is_none();
        let text = String::from_utf8_lossy(self.bytes(held)).into_owned();
        match codec::convert(&convert.from, &convert.to, &text) {
            Converted::Done { text, narrowed } => {
                let narrowed = narrowed.then_some(LossKind::Narrowed);
                let lost = narrowed.or_else(|| self.converted(held, step, &text));
                if let (Some(kind), false) = (lost, quiet) {
                    self.reports.note(self.plan, convert.reporter, kind, at);
                }
                self.make(held, text.as_bytes())
            }
            Converted::Unfit => {
                if !quiet {
                    self.reports.note(self.plan, convert.reporter, LossKind::Unfit, at);
                }
                Held { frozen: !mutant!("fused-unfit-thaws"), ..held }
            }
        }
    }

    /// What a list has to say of what a conversion made.
    fn converted(&self, held: Held, step: &Group, made: &str) -> Option<LossKind> {
        let list = self.plan.lists.get(usize::try_from(step.list?).ok()?)?;
        let came = json::parse(self.bytes(held), usize::MAX).ok()?;
        let made = json::parse(made.as_bytes(), usize::MAX).ok()?;
        list.kept(false, |value| value.same(&made), |value| value.same(&came))
    }

    /// A value that is listed, or for which another stands; `None`: it is kept, or `converts` later.
    pub(super) fn listed(&mut self, held: Held, list: &List, converts: bool) -> Option<Held> {
        if let Some((_, result, narrowed)) = list.written(self.bytes(held)) {
            return Some(self.stands(held, list, (result.as_ref(), *narrowed)));
        }
        let value = match held.kind {
            // Whatever is in it, it is none of them.
            Some(Kind::Array | Kind::Object) if !list.nests => Value::Object(Vec::new()),
            _ => json::parse(self.bytes(held), usize::MAX).ok()?,
        };
        let at = held.origin.map(|(start, _)| start);
        if let Some((_, result, narrowed)) = list.entries.iter().find(|(k, ..)| k.same(&value)) {
            return Some(self.stands(held, list, (result.as_ref(), *narrowed)));
        }
        if value == Value::Null {
            if let (true, Some(at)) = (list.null, at) {
                self.reports.note(self.plan, list.reporter, LossKind::Narrowed, at);
            }
            return None;
        }
        match &list.miss {
            Miss::Become(other, again) => {
                let narrowed = !again.as_ref().is_some_and(|again| again.same(&value));
                if let (true, Some(at)) = (narrowed, at) {
                    self.reports.note(self.plan, list.reporter, LossKind::Narrowed, at);
                }
                return Some(self.make_value(held, other));
            }
            Miss::Refuse => {
                if let Some(at) = at {
                    self.reports.refuse(list.reporter, LossKind::Unknown, at);
                }
            }
            Miss::Keep => {}
        }
        let same = |known: &Value| known.same(&value);
        if let (false, Some(at)) = (converts, at)
            && let Some(kind) = list.kept(false, same, same)
        {
            self.reports.note(self.plan, list.reporter, kind, at);
        }
        None
    }

    /// What stands for a listed value.
    fn stands(
        &mut self,
        held: Held,
        list: &List,
        (result, narrowed): (Option<&Value>, bool),
    ) -> Held {
        if let (true, Some((at, _))) = (narrowed, held.origin) {
            self.reports.note(self.plan, list.reporter, LossKind::Narrowed, at);
        }
        match result {
            Some(result) => self.make_value(held, result),
            None => Held { kind: None, ..held },
        }
    }
}
