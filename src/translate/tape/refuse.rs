//! Values that a rule refuses as they come.

use super::Tape;
use super::lose::origins;
use super::val::Val;
use crate::json::scan::Kind;
use crate::json::{Test, same_text};
use crate::loss::LossKind;
use crate::plan::{Looked, Many, Refusing, ReporterId, Seg};

impl<'r> Tape<'r> {
    /// Asks the entries about a value that comes. null is none of the values that they are about.
    pub(super) fn refused(&mut self, value: &Val<'r>, entries: &'r [Refusing]) {
        if entries.is_empty() || self.is_null(value) || mutant!("tape-refuses-nothing") {
            return;
        }
        for entry in entries {
            let asked =
                |(at, test): &(Looked, Test)| self.holds((value, false), at, (test, entry.voids));
            if entry.tests.iter().all(asked)
                && let Some(at) = self.refuse_whole(entry.reporter, value)
                && self.reports.wants(entry.reporter, at)
                && let Some(words) = self.words(value, entry)
            {
                self.reports.tell(entry.reporter, at, words);
            }
        }
    }

    /// What an entry tells of a value, if it says that.
    fn words(&self, value: &Val<'r>, entry: &'r Refusing) -> Option<Box<str>> {
        let mut words: Option<String> = None;
        for (Looked { place, .. }, test) in entry.tests.iter().filter(|(_, test)| test.is_told()) {
            let found = place.as_ref().and_then(|place| self.read(value, place, false));
            let words = words.get_or_insert_default();
            test.tell(found.map(|found| self.plain(&found)).as_ref(), words);
        }
        words.map(Box::from)
    }

    /// Refuses a value, where it or the first in it came from, which it gives. What the message did not
    /// bring is not refused.
    pub(super) fn refuse_whole(&mut self, reporter: ReporterId, value: &Val<'r>) -> Option<usize> {
        let mut came = Vec::new();
        origins(value, None, &mut came);
        let at = came.into_iter().min()?;
        self.reports.refuse(reporter, LossKind::Dropped, at);
        Some(at)
    }

    /// Whether a test holds at a place of a value, which is a member or is not.
    fn holds(
        &self,
        (value, is_member): (&Val<'r>, bool),
        Looked { place, each }: &'r Looked,
        (test, voids): (&Test, bool),
    ) -> bool {
        let found = place.as_ref().and_then(|place| self.read(value, place, false));
        let Some((of, inner)) = each else {
            let last = place.as_ref().and_then(|place| place.last());
            let is_member = last.map_or(is_member, |seg| matches!(seg, Seg::Name(_)));
            let found = found.filter(|found| !(voids && is_member && self.is_null(found)));
            return test.holds(found.map(|found| self.plain(&found)).as_ref());
        };
        let Some(found) = found.filter(|found| !found.frozen) else { return false };
        match of {
            Many::Elements => {
                let items = self.items(&found).unwrap_or_default();
                items.iter().any(|item| self.holds((item, false), inner, (test, voids)))
            }
            Many::Values(properties) if self.kind(&found) == Kind::Object => {
                let is_value = |name: &str| !properties.iter().any(|n| same_text(n.raw(), name));
                let object = self.open(&found).unwrap_or_default();
                let mut values = object.live.iter().filter(|(name, _)| is_value(name));
                values.any(|(_, value)| self.holds((value, true), inner, (test, voids)))
            }
            Many::Values(_) => false,
        }
    }
}
