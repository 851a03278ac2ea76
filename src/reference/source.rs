//! Values that the message does not bring, and those that go because they are made on the way back
//! (steps 8 and 9).

use super::bind::{self, Ruled, What, strictly};
use super::context::{Around, Carry};
use super::item;
use super::lens::Lens;
use super::parts::cell;
use super::place::see;
use super::value::{Data, Object, Val, plain};
use crate::contract::Use;
use crate::json::{Segment, Text, Value, writing};
use crate::loss::RuleId;
use crate::mapping::{Piece, Source};

impl<'a> Lens<'a> {
    /// Step 8. Runs when the result is made, since a source may look at it.
    pub(super) fn take(
        &mut self,
        (source, next): (&Val, &Val),
        (rules, around): (&[Ruled<'a>], &Around<'a>),
        uses: (Use, Use),
        carries: &[Carry<'a>],
    ) {
        let outer = around.read.iter().map(|(path, _)| path);
        let claimed: Vec<&Vec<Segment>> =
            rules.iter().filter_map(|r| r.src.as_ref()).chain(outer).collect();
        for rule in rules {
            let (Some(src), None, What::Source(given)) = (&rule.src, &rule.dst, rule.what) else {
                continue;
            };
            if carries.iter().any(|c| rule.is_beneath((&c.src, &c.dst))) {
                continue;
            }
            let Some(mut value) = self.see(source, src, uses.0, false) else { continue };
            // What deeper rules take is theirs.
            let deeper = claimed.iter().filter_map(|path| path.strip_prefix(src.as_slice()));
            let deeper: Vec<&[Segment]> = deeper.filter(|rest| !rest.is_empty()).collect();
            let without = |mut value: Val| {
                for rest in &deeper {
                    remove(&mut value, rest);
                }
                value
            };
            value = without(value);
            let same = match given {
                Source::Literal(literal) | Source::Placeholder(literal) => {
                    plain(&value).same(&plain(&without(Val::made(literal))))
                }
                Source::Absent => false,
                Source::From { .. } | Source::Text(_) => {
                    // What the way back would make of the result; what that loses is not lost.
                    let mut back = Self::new(
                        (self.hop, self.at),
                        (self.direction.reverse(), self.carrier),
                        self.message,
                    );
                    let made = back.given(given, rule, (next, (uses.1, uses.0)), src);
                    self.duplicate |= back.duplicate;
                    made.is_some_and(|made| plain(&without(made)).same(&plain(&value)))
                }
            };
            if !same || !self.is_around_back(src, (source, next), (rules, uses), carries) {
                self.drop(rule.rule, &value, None);
            }
        }
    }

    /// Whether the way back makes what a value that is taken stands in: a source gives its value
    /// only there.
    fn is_around_back(
        &self,
        src: &[Segment],
        (source, next): (&Val, &Val),
        (rules, uses): (&[Ruled<'a>], (Use, Use)),
        carries: &[Carry<'a>],
    ) -> bool {
        let around = src.split_last().map_or(&[][..], |(_, around)| around);
        let Some(first) = around.first() else { return true };
        if let (true, Data::Array(items)) = (bind::is_item(first), &next.data)
            && item::locate(items, first).is_some()
        {
            return true;
        }
        let moved = carries.iter().any(|c| {
            let to = bind::at(self.target, uses.1, &c.dst);
            let nullable = to.is_some_and(|to| to.nullable);
            let carries = to.is_some() && bind::at(self.source, uses.0, &c.src).is_some();
            let comes = || self.see(source, &c.src, uses.0, nullable).is_some();
            let is_in = around.starts_with(&c.src);
            carries && (is_in || (strictly(around, &c.src) && comes()))
        });
        moved
            || rules.iter().any(|r| {
                let (Some(made), None, What::Source(given)) = (&r.src, &r.dst, r.what) else {
                    return false;
                };
                let rest = around.strip_prefix(made.as_slice());
                let holds = rest.is_some_and(|rest| given.holds_object(rest));
                (holds && self.is_around_back(made, (source, next), (rules, uses), carries))
                    || (around == made && made.len() == 1 && self.copies((given, r), next, uses.1))
            })
    }

    /// Whether a source copies an object of the result on the way back.
    fn copies(&self, (given, rule): (&Source, &Ruled<'_>), next: &Val, of: Use) -> bool {
        let Source::From { path, map, .. } = given else { return false };
        let found = see(self.target, next, &rule.place(path), (of, false));
        map.is_empty() && found.is_some_and(|v| !v.frozen && matches!(v.data, Data::Object(_)))
    }

    /// Step 9.
    pub(super) fn make(
        &mut self,
        (source, next): (&Val, &mut Object),
        rules: &[Ruled<'a>],
        uses: (Use, Use),
        (carries, empty): (&[Carry<'a>], &[Vec<Segment>]),
    ) {
        let mut makes: Vec<&Ruled<'a>> = rules.iter().filter(|r| r.src.is_none()).collect();
        makes.sort_by_key(|r| r.dst.as_deref().map(writing));
        for rule in makes {
            let (Some(dst), What::Source(given)) = (&rule.dst, rule.what) else { continue };
            // In an object that only other rules have made, the counterpart's context made nothing.
            let inner = carries.iter().filter(|c| rule.is_beneath((&c.src, &c.dst)));
            let names = dst.iter().all(|s| matches!(s, Segment::Name(_)));
            if inner.max_by_key(|c| c.dst.len()).is_some_and(|c| !names || !empty.contains(&c.dst))
            {
                continue;
            }
            if let Some(value) = self.given(given, rule, (source, uses), dst) {
                self.write_made(next, dst, (rule.rule, value));
            }
        }
    }

    /// The value that a source gives for a place of the target.
    pub(super) fn given(
        &mut self,
        given: &Source,
        rule: &Ruled<'a>,
        (source, uses): (&Val, (Use, Use)),
        dst: &[Segment],
    ) -> Option<Val> {
        let (path, map, otherwise) = match given {
            Source::Literal(literal) => return Some(Val::made(literal)),
            Source::Placeholder(literal) => {
                let rule = RuleId { mapping: self.hop.index, rule: rule.rule };
                return Some(Val { placeholder: Some(rule), ..Val::made(literal) });
            }
            Source::Absent => return None,
            Source::Text(pieces) => return self.text(pieces, rule, (source, uses.0)),
            Source::From { path, map, otherwise } => (path, map, otherwise),
        };
        let path = rule.place(path);
        if path.iter().any(is_many) {
            let list = self.gathered((given, rule), (source, uses), (&path, dst));
            return match (list, otherwise) {
                (None, Some(other)) if map.is_empty() => {
                    self.given(other, rule, (source, uses), dst)
                }
                (list, _) => list,
            };
        }
        let from = bind::at(self.source, uses.0, &path);
        let nullable = bind::at(self.target, uses.1, dst).is_some_and(|u| u.nullable);
        let found = self.see(source, &path, uses.0, nullable && !rule.voids);
        let found = found.filter(|found| !(rule.voids && is_null_member(found, &path))).zip(from);
        let Some((found, from)) = found else {
            let otherwise = otherwise.as_ref()?;
            return self.given(otherwise, rule, (source, uses), dst);
        };
        if let Some(next) = self.listed(given, &found, from) {
            return self.given(next, rule, (source, uses), dst);
        }
        let to = bind::at(self.target, uses.1, dst)?;
        let before = self.lost.len();
        let value = self.value(found, (from, to), super::context::Around::default());
        self.forget_known(before);
        Some(value)
    }

    /// A text with values in it as they stand there; nothing where one of them is none to be in a text.
    fn text(&self, pieces: &[Piece], rule: &Ruled<'_>, (source, of): (&Val, Use)) -> Option<Val> {
        let mut text = String::new();
        let mut placeholder = None;
        for piece in pieces {
            let path = match piece {
                Piece::Literal(literal) => {
                    text.push_str(Text::from_plain(literal).raw());
                    continue;
                }
                Piece::Place(path) => path,
            };
            let found = self.see(source, &rule.place(path), of, false)?;
            match &found.data {
                Data::Scalar(Value::String(own)) => text.push_str(own.raw()),
                Data::Scalar(scalar @ (Value::Number(_) | Value::Bool(_))) => {
                    text.push_str(&scalar.to_string());
                }
                Data::Scalar(_) | Data::Array(_) | Data::Object(_) => return None,
            }
            placeholder = placeholder.or(found.placeholder);
        }
        let made = Val::made(&Value::String(Text::from_raw(&text)));
        Some(Val { placeholder, ..made })
    }

    /// The value itself is carried elsewhere, or was dropped there: what both lose is one loss.
    fn forget_known(&mut self, before: usize) {
        let again = self.lost.split_off(before);
        for lost in again {
            let known = self
                .lost
                .iter()
                .any(|l| l.rule == lost.rule && l.kind == lost.kind && l.place == lost.place);
            if !known {
                self.lost.push(lost);
            }
        }
    }

    /// What a source with a `map` gives for a value, if that is listed or there is an `else`.
    fn listed<'s>(&self, given: &'s Source, found: &Val, from: Use) -> Option<&'s Source> {
        let Source::From { map, otherwise, .. } = given else { return None };
        if map.is_empty() {
            return None;
        }
        let json = plain(found);
        let kinds = self.source.get(from.ty).kinds;
        let is = |(key, _): &&(_, Source)| cell(key, kinds).is_some_and(|k| k.same(&json));
        map.iter().find(is).map(|(_, source)| source).or(otherwise.as_deref())
    }

    /// The list of the values at a path that goes through elements, or through a dictionary.
    fn gathered(
        &mut self,
        (given, rule): (&Source, &Ruled<'a>),
        (source, uses): (&Val, (Use, Use)),
        (path, dst): (&[Segment], &[Segment]),
    ) -> Option<Val> {
        let from = bind::at(self.source, uses.0, path)?;
        let to = bind::at(self.target, uses.1, dst);
        let nullable = to.is_some_and(|to| to.nullable) && !rule.voids;
        let first = path.split(is_many).next().unwrap_or_default();
        let list = if first.is_empty() {
            source.clone()
        } else {
            self.see(source, first, uses.0, nullable)?
        };
        if list.is_null() {
            return Some(list).filter(|_| nullable);
        }
        let of = bind::at(self.source, uses.0, first)?;
        let mut found = Vec::new();
        let rest = path.get(first.len()..).unwrap_or_default();
        if !self.gather((&list, of), (rest, rule.voids), &mut found) {
            return None;
        }
        let item = to.and_then(|to| self.target.get(to.ty).items);
        let inner: Vec<Segment> = dst.iter().cloned().chain([Segment::Each]).collect();
        let mut all = Vec::new();
        for value in found {
            if let Some(next) = self.listed(given, &value, from) {
                all.extend(self.given(next, rule, (source, uses), &inner));
                continue;
            }
            let before = self.lost.len();
            all.push(match item {
                Some(to) => self.value(value, (from, to), super::context::Around::default()),
                None => value,
            });
            self.forget_known(before);
        }
        Some(Val { data: Data::Array(all), ..Val::made(&Value::Null) })
    }

    /// What stands at a path beneath each of a list's or a dictionary's values; `false`: it is none
    /// to look into.
    fn gather(
        &mut self,
        (value, of): (&Val, Use),
        (path, voids): (&[Segment], bool),
        into: &mut Vec<Val>,
    ) -> bool {
        let Some((many, rest)) = path.split_first() else { return false };
        let place = rest.split(is_many).next().unwrap_or_default();
        let deeper = rest.get(place.len()..).unwrap_or_default();
        let Some(inner) = bind::at(self.source, of, std::slice::from_ref(many)) else {
            return false;
        };
        let all: Vec<&Val> = match (&value.data, many) {
            _ if value.frozen => return false,
            (Data::Array(items), Segment::Each) => items.iter().collect(),
            (Data::Object(object), Segment::Values) => {
                self.duplicates(object);
                let is_value = |name| self.source.get(of.ty).property(name).is_none();
                object.live.iter().filter(|(n, _)| is_value(n)).map(|(_, v)| v).collect()
            }
            _ => return false,
        };
        for value in all {
            let found = if place.is_empty() {
                Some(value.clone())
            } else if value.frozen {
                None
            } else {
                self.see(value, place, inner, false)
            };
            let here = path.get(..=place.len()).unwrap_or_default();
            let Some(found) = found.filter(|v| !(voids && is_null_member(v, here))) else {
                continue;
            };
            if deeper.is_empty() {
                into.push(found);
            } else if let Some(of) = bind::at(self.source, inner, place) {
                self.gather((&found, of), (deeper, voids), into);
            }
        }
        true
    }
}

/// Whether a path goes through all values of a list or dictionary here.
fn is_many(segment: &Segment) -> bool {
    matches!(segment, Segment::Each | Segment::Values)
}

/// Whether what stands at a path is a member of an object, and null.
fn is_null_member(value: &Val, path: &[Segment]) -> bool {
    value.is_null() && matches!(path.last(), Some(Segment::Name(_) | Segment::Values))
}

/// Takes what stands at a place of names out of a value.
fn remove(value: &mut Val, place: &[Segment]) {
    let (Some((Segment::Name(name), rest)), Data::Object(object), false) =
        (place.split_first(), &mut value.data, value.frozen)
    else {
        return;
    };
    let name = crate::json::Text::from_plain(name);
    if rest.is_empty() {
        object.live.retain(|(n, _)| !n.same(&name));
    } else if let Some((_, member)) = object.live.iter_mut().find(|(n, _)| n.same(&name)) {
        remove(member, rest);
    }
}
