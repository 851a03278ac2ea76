//! `nulls: absent`: null members are as if they had not come to the rules that read them.

use std::rc::Rc;

use super::Tape;
use super::val::{Data, Val};
use crate::json::same_text;
use crate::json::scan::Kind;
use crate::plan::{Seg, Voids};
use crate::translate::Stop;

impl<'r> Tape<'r> {
    /// A value without the null members that rules read as absent.
    pub(super) fn without_nulls(
        &mut self,
        value: Val<'r>,
        voids: &'r Voids,
    ) -> Result<Val<'r>, Stop> {
        let mut value = value;
        for place in &voids.places {
            // Looked at first: what is not changed stays as it came.
            if self.read(&value, place, false).is_some_and(|found| self.is_null(&found)) {
                self.void(&mut value, place)?;
            }
        }
        if let (Some(properties), Kind::Object) = (&voids.values, self.kind(&value)) {
            let is_value = |name: &str| !properties.iter().any(|n| same_text(n.raw(), name));
            let mut object = self.entered(&value)?;
            if object.live.iter().any(|(n, v)| is_value(n) && self.is_null(v)) {
                let inner = Rc::make_mut(&mut object);
                inner.live.retain(|(n, v)| !(is_value(n) && self.is_null(v)));
                value.data = Data::Object(object);
            }
        }
        Ok(value)
    }

    /// Takes out the null member that stands at a place.
    fn void(&mut self, value: &mut Val<'r>, place: &[Seg]) -> Result<(), Stop> {
        let Some((segment, rest)) = place.split_first() else { return Ok(()) };
        let Seg::Name(name) = segment else {
            let Some(mut items) = self.items(value) else { return Ok(()) };
            let found = self.locate(&items, segment);
            if let Some(there) = found.and_then(|at| Rc::make_mut(&mut items).get_mut(at)) {
                self.void(there, rest)?;
            }
            value.data = Data::Array(items);
            return Ok(());
        };
        let mut object = self.entered(value)?;
        let inner = Rc::make_mut(&mut object);
        if rest.is_empty() {
            inner.live.retain(|(n, _)| !same_text(n, name.raw()));
        } else if let Some((_, there)) =
            inner.live.iter_mut().find(|(n, _)| same_text(n, name.raw()))
        {
            self.void(there, rest)?;
        }
        value.data = Data::Object(object);
        Ok(())
    }
}
