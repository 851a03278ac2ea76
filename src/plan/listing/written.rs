//! Lists into whose elements rules write.

use super::Listing;
use super::fused::Within;
use super::staged::shown;
use crate::plan::{Expr, ItemWrite, Written};

impl Listing<'_> {
    /// A list, and what is written into it.
    pub(super) fn written(&mut self, within: &Within<'_>, written: &Written) -> String {
        let Written { hop: _, base, writes } = written;
        let mut text = match within.expr(*base) {
            Expr::Absent => String::from("a list"),
            _ => self.inline(within, *base),
        };
        for (at, ItemWrite { place, value, reporter, made }) in writes.iter().enumerate() {
            let (before, what) = (if at == 0 { " with" } else { "," }, shown(place));
            let (value, by) = (self.inline(within, *value), self.by(*reporter));
            let made = if *made { "made " } else { "" };
            text = format!("{text}{before} {made}{what} = {value} by {by}");
        }
        text
    }
}
