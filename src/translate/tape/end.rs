//! The end: values are written, and opaque members go back under their own names.

use std::collections::BTreeSet;

use super::Tape;
use super::lose::origins;
use super::val::{Data, Obj, Val};
use crate::json::{Text, same_text};
use crate::loss::LossKind;
use crate::translate::{Run, Stop};

/// Beyond so many opaque members, names are looked up in a set.
const FEW: usize = 16;

/// Names of an object that are written.
enum Taken<'r> {
    /// Beside the live ones, these.
    Few(Vec<&'r str>),
    /// All of them, by their canonical forms.
    Many(BTreeSet<Vec<u8>>),
}

impl<'r> Taken<'r> {
    /// The live ones of an object, which so many more may come to.
    fn of(object: &Obj<'r>, more: usize) -> Self {
        if more <= FEW {
            return Self::Few(Vec::new());
        }
        Self::Many(object.live.iter().map(|(n, _)| Text::from_raw(n).canonical()).collect())
    }

    /// Takes a name; `false`: it is taken already.
    fn take(&mut self, object: &Obj<'r>, name: &'r str) -> bool {
        match self {
            Self::Few(taken) => {
                let free = object.get(name).is_none() && !taken.iter().any(|n| same_text(n, name));
                if free {
                    taken.push(name);
                }
                free
            }
            Self::Many(taken) => taken.insert(Text::from_raw(name).canonical()),
        }
    }
}

impl<'r> Run<'r> {
    /// Writes a value that went through all its hops.
    pub(super) fn emit_val(&mut self, tape: &Tape<'r>, value: &Val<'r>) -> Result<(), Stop> {
        if let (Some(reporter), 0) = (value.placeholder, self.discard) {
            self.reports.note(self.plan, reporter, LossKind::Placeholder, self.out.len());
        }
        match &value.data {
            Data::Token(_) | Data::Const(_) | Data::Text(_) => {
                self.out.extend_from_slice(tape.text(value).as_bytes());
            }
            Data::Array(items) => {
                self.out.push(b'[');
                let begin = self.out.len();
                for item in items.iter() {
                    if self.out.len() > begin {
                        self.out.push(b',');
                    }
                    self.emit_val(tape, item)?;
                }
                self.out.push(b']');
            }
            Data::Object(object) => self.emit_object(tape, object)?,
        }
        self.room()
    }

    fn emit_object(&mut self, tape: &Tape<'r>, object: &Obj<'r>) -> Result<(), Stop> {
        let begin = self.out.len();
        self.out.push(b'{');
        for (name, value) in &object.live {
            self.separate(begin);
            self.name(name);
            self.emit_val(tape, value)?;
        }
        let mut opaque: Vec<_> = object.opaque.iter().collect();
        opaque.sort_by_key(|(_, _, hop)| *hop);
        let mut taken = Taken::of(object, opaque.len());
        for (name, value, _) in opaque {
            if object.declares(name) || !taken.take(object, name) {
                self.collide(object, value);
                continue;
            }
            self.separate(begin);
            self.name(name);
            self.emit_val(tape, value)?;
        }
        self.out.push(b'}');
        Ok(())
    }

    fn collide(&mut self, object: &Obj<'r>, value: &Val<'r>) {
        if self.discard > 0 {
            self.collided = true;
            return;
        }
        let mut found = Vec::new();
        origins(value, None, &mut found);
        let Some(seen) = object.seen else { return };
        for at in found {
            self.reports.note(self.plan, seen.reporter, LossKind::Collision, at);
        }
    }
}
