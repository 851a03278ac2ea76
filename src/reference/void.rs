//! `nulls: absent`: null members are as if they had not come to the rules that read them.

use super::bind::{self, Ruled, What};
use super::context::Around;
use super::cross::{Cross, crosses};
use super::item::locate;
use super::lens::Lens;
use super::value::{Data, Val};
use crate::contract::Use;
use crate::json::{Segment, Text};

impl<'a> Lens<'a> {
    /// Step 0: a value without the null members that rules read as absent, and without those on the
    /// way to them that are taken apart.
    pub(super) fn without_nulls(
        &mut self,
        value: Val,
        uses: (Use, Use),
        (rules, around): (&[Ruled<'a>], &Around<'a>),
    ) -> Val {
        let mut value = value;
        let own = rules.iter().filter(|r| r.voids).flat_map(|r| self.reads(r));
        let mut paths: Vec<Vec<Segment>> = own.chain(around.voided.iter().cloned()).collect();
        // What the contract does not declare here, rules do not see.
        paths.retain(|path| bind::at(self.source, uses.0, path).is_some());
        for path in &paths {
            self.void(&mut value, path, uses.0);
        }
        let crossed = crosses(rules);
        let claims = Self::claims(rules, around);
        for path in &paths {
            let Some((Segment::Name(name), _)) = path.split_first() else { continue };
            let name = Text::from_plain(name);
            let apart = match crossed {
                Some(Cross::Inward) => true,
                // That is for the value's own context.
                Some(Cross::Outward) => false,
                None => self.is_alone(&name, uses, &claims) && claims.through(&name).is_some(),
            };
            if apart {
                for length in 1..path.len() {
                    self.void(&mut value, path.get(..length).unwrap_or_default(), uses.0);
                }
            }
        }
        value
    }

    /// The places of the source that a rule reads here.
    fn reads(&self, rule: &Ruled<'_>) -> Vec<Vec<Segment>> {
        let Some(src) = &rule.src else { return Vec::new() };
        let mut found = vec![src.clone()];
        match rule.what {
            What::Field(field) if field.parts.wrap == Some(self.direction.source()) => {
                let first = src.iter().cloned().chain([Segment::Index(0)]);
                found.push(first.chain(rule.below.iter().cloned()).collect());
            }
            What::Alias(alias) => found.push(rule.place(&alias.first)),
            What::Field(_) | What::Source(_) => {}
        }
        found
    }

    /// Takes out what stands at a path, if it is a null member.
    fn void(&mut self, value: &mut Val, path: &[Segment], of: Use) {
        let Some((segment, rest)) = path.split_first() else { return };
        if value.frozen {
            return;
        }
        match (segment, &mut value.data) {
            (Segment::Name(name), Data::Object(object)) => {
                self.duplicates(object);
                let name = Text::from_plain(name);
                if rest.is_empty() {
                    object.live.retain(|(n, v)| !(n.same(&name) && v.is_null()));
                } else if let Some((_, there)) = object.live.iter_mut().find(|(n, _)| n.same(&name))
                {
                    self.void(there, rest, of);
                }
            }
            (Segment::Values, Data::Object(object)) if rest.is_empty() => {
                self.duplicates(object);
                let types = self.source;
                let is_value = |name: &Text| types.get(of.ty).property(name).is_none();
                object.live.retain(|(n, v)| !(is_value(n) && v.is_null()));
            }
            (Segment::Index(_) | Segment::Select(_), Data::Array(items)) => {
                let found = locate(items, segment).and_then(|at| items.get_mut(at));
                if let Some(there) = found {
                    self.void(there, rest, of);
                }
            }
            _ => {}
        }
    }
}
