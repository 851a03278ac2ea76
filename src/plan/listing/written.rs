//! Values into which rules write.

use super::Listing;
use super::fused::Within;
use super::staged::shown;
use crate::plan::{Expr, ItemWrite, Writes, Written};

impl Listing<'_> {
    /// A value, and what is written into it.
    pub(super) fn written(&mut self, within: &Within<'_>, written: &Written) -> String {
        let Written { hop: _, base, writes } = written;
        let there = match within.expr(*base) {
            Expr::Absent => None,
            _ => Some(self.inline(within, *base)),
        };
        match writes {
            Writes::Items(writes) => self.item_writes(within, there, writes),
            Writes::Second { value, first, agreement } => {
                let second = self.inline(within, *value);
                let agreement = self.agreement(&second, agreement);
                let place = if first.is_empty() { "" } else { &format!("{} ", shown(first)) };
                format!("{} filled {place}({agreement})", there.as_deref().unwrap_or("absent"))
            }
        }
    }

    /// A list, and what is written into its elements.
    fn item_writes(
        &mut self,
        within: &Within<'_>,
        there: Option<String>,
        writes: &[ItemWrite],
    ) -> String {
        let mut text = there.unwrap_or_else(|| String::from("a list"));
        for (at, ItemWrite { place, value, reporter, made }) in writes.iter().enumerate() {
            let (before, what) = (if at == 0 { " with" } else { "," }, shown(place));
            let value = self.inline(within, *value);
            let value = self.reported(value, *reporter);
            let made = if *made { "made " } else { "" };
            text = format!("{text}{before} {made}{what} = {value}");
        }
        text
    }
}
