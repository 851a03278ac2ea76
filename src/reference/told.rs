//! Which of several types a value becomes, where several branches of a union have become one type,
//! or one was split: what the union's tests would see of the result, asked of the value as it came.

use super::alias::as_value;
use super::bind::{self, What};
use super::context::{Around, Carry};
use super::cross::crosses;
use super::lens::Lens;
use super::name::path_of;
use super::place::put;
use super::union::accepts;
use super::value::{Data, Object, Val, plain};
use crate::contract::{TypeId, Use};
use crate::json::{Segment, Text, Value};
use crate::mapping::Source;

/// A type that the value may become.
struct Candidate<'a> {
    ty: TypeId,
    uses: (Use, Use),
    rules: Vec<bind::Ruled<'a>>,
    carries: Vec<Carry<'a>>,
    /// Values of the property that tells.
    values: Vec<Value>,
}

/// Tests of one kind, in the order in which they are asked.
#[derive(Clone, Copy)]
enum Asked<'t> {
    /// The counterpart of the property that tells is one of the branch's values.
    Tag(&'t Text),
    /// The result is of a JSON type that the branch takes.
    Kind,
    /// Places have what `added` or `removed` gives them.
    Constants,
    /// The counterparts of what the branch requires are there.
    Required,
}

impl Asked<'_> {
    /// Whether a test that holds says more than that there is none. Of the JSON type there is none
    /// where a rule leads across the root, which says nothing against it.
    fn counts(self) -> bool {
        !matches!(self, Self::Kind)
    }
}

impl<'a> Lens<'a> {
    /// Of several types that a branch may become, the one that the value shows: tests of one kind
    /// after the other leave those of which all hold, or else most; then it is the first.
    pub(super) fn told(
        &mut self,
        value: &Val,
        (branch, several): (TypeId, &[TypeId]),
        uses: (Use, Use),
        around: &Around<'a>,
    ) -> Option<TypeId> {
        let telling = self.target.telling(uses.1.ty, several);
        let mut left = Vec::new();
        for (at, ty) in several.iter().enumerate() {
            let values = telling.as_ref().and_then(|(_, values)| values.get(at).cloned());
            let source = Use { ty: branch, nullable: uses.0.nullable };
            let target = Use { ty: *ty, nullable: uses.1.nullable };
            left.push(self.candidate(value, (source, target), (values, around)));
        }
        let kinds = [Asked::Kind, Asked::Constants, Asked::Required];
        for asked in telling.as_ref().map(|(name, _)| Asked::Tag(name)).into_iter().chain(kinds) {
            let held: Vec<(bool, usize)> = left
                .iter()
                .map(|candidate| {
                    let tests = self.tests(value, candidate, (asked, around));
                    let most =
                        if asked.counts() { tests.iter().filter(|t| **t).count() } else { 0 };
                    (tests.iter().all(|t| *t), most)
                })
                .collect();
            let most = held.iter().max().copied();
            let mut held = held.into_iter();
            left.retain(|_| held.next() == most || mutant!("plain-nothing-tells"));
        }
        left.first().map(|candidate| candidate.ty)
    }

    fn candidate(
        &self,
        value: &Val,
        uses: (Use, Use),
        (values, around): (Option<Vec<Value>>, &Around<'a>),
    ) -> Candidate<'a> {
        let rules = self.rules(uses, around);
        let carries = match &value.data {
            Data::Object(object) if crosses(&rules).is_none() && !self.is_union(uses) => {
                self.carries(object, uses, &rules, around)
            }
            _ => Vec::new(),
        };
        Candidate { ty: uses.1.ty, uses, rules, carries, values: values.unwrap_or_default() }
    }

    fn is_union(&self, uses: (Use, Use)) -> bool {
        self.source.get(uses.0.ty).branches.is_some()
            || self.target.get(uses.1.ty).branches.is_some()
    }

    /// Whether each test of a kind holds; none where there is nothing to ask.
    fn tests(
        &self,
        value: &Val,
        candidate: &Candidate<'a>,
        (asked, around): (Asked<'_>, &Around<'a>),
    ) -> Vec<bool> {
        let rules = (candidate.rules.as_slice(), around);
        let value = &self.trial().without_nulls(value.clone(), candidate.uses, rules);
        match (asked, &value.data) {
            (Asked::Tag(name), Data::Object(object)) if !candidate.values.is_empty() => {
                self.tag(object, candidate, (name, around)).into_iter().collect()
            }
            (Asked::Kind, _) => self.kind(value, candidate, around).into_iter().collect(),
            (Asked::Constants, _) => self.constants(value, candidate),
            (Asked::Required, Data::Object(object)) => self.required(object, candidate),
            (Asked::Tag(_) | Asked::Required, _) => Vec::new(),
        }
    }

    /// One that the pair's rules have no place for says nothing.
    fn tag(
        &self,
        object: &Object,
        candidate: &Candidate<'a>,
        (name, around): (&Text, &Around<'a>),
    ) -> Option<bool> {
        let carry = candidate.carries.iter().find(|c| c.dst == path_of(name))?;
        let mut source = object.clone();
        if let Some(meaning) = self.meaning(carry) {
            as_value(&mut source, |source| put(source, &carry.src, meaning));
        }
        let uses = candidate.uses;
        let found = self.read(&source, carry, uses);
        if found.as_ref().is_some_and(|found| !matches!(found.data, Data::Scalar(_))) {
            return Some(false);
        }
        let from = bind::at(self.source, uses.0, &carry.src)?;
        let to = bind::at(self.target, uses.1, &carry.dst)?;
        let own = carry.rule.as_ref().map(|r| r.rule);
        let inner = Self::inside(&candidate.rules, around, (&carry.src, &carry.dst), own);
        let made = self.trial().carried(found, (from, to), carry, inner);
        Some(made.is_some_and(|made| candidate.values.iter().any(|v| v.same(&plain(&made)))))
    }

    /// Rules about the value itself are tried; what one across the root makes of an object or a list
    /// is not asked.
    fn kind(&self, value: &Val, candidate: &Candidate<'a>, around: &Around<'a>) -> Option<bool> {
        let rules = &candidate.rules;
        let itself = rules.iter().find(|rule| rule.is_itself());
        let turns = itself.is_some() || crosses(rules).is_some();
        let scalar = matches!(value.data, Data::Scalar(_));
        let places = itself.is_some_and(|rule| match rule.what {
            What::Field(field) => field.parts.place(),
            What::Source(_) | What::Alias(_) => false,
        });
        let places = places && crosses(rules).is_none();
        let uses = candidate.uses;
        let made = match (turns, self.is_union(uses), itself.map(|rule| (rule.rule, rule.what))) {
            (false, ..) => value.clone(),
            (true, false, _) if scalar || places => {
                self.trial().value(value.clone(), uses, around.clone())
            }
            (true, false, Some((rule, What::Field(field)))) if crosses(rules).is_none() => {
                let sides = (Some(uses.0), Some(uses.1));
                let done = self.trial().parts(value, sides, (rule, &field.parts));
                done.map_or_else(
                    || value.clone(),
                    |made| made.unwrap_or_else(|| Val::made(&Value::Null)),
                )
            }
            (true, ..) => return None,
        };
        Some(!made.frozen && accepts(self.target, candidate.ty, &made, &mut Vec::new()))
    }

    fn constants(&self, value: &Val, candidate: &Candidate<'a>) -> Vec<bool> {
        let of = candidate.uses.0;
        let test = |rule: &bind::Ruled<'a>| {
            let (Some(src), None) = (&rule.src, &rule.dst) else { return None };
            let What::Source(Source::Literal(literal)) = rule.what else { return None };
            let many = src.iter().any(|s| matches!(s, Segment::Each | Segment::Values));
            bind::at(self.source, of, src).filter(|_| !many)?;
            let found = self.see(value, src, of, false);
            Some(found.is_some_and(|found| plain(&found).same(literal)))
        };
        candidate.rules.iter().filter_map(test).collect()
    }

    /// What is there in any case, since its absence means or becomes something, says nothing.
    fn required(&self, object: &Object, candidate: &Candidate<'a>) -> Vec<bool> {
        let test = |name: &Text| {
            self.target.property(candidate.ty, name)?;
            let carry = candidate.carries.iter().find(|c| c.dst == path_of(name))?;
            let field = carry.rule.as_ref().map(|r| r.what);
            let listed = match field {
                Some(What::Field(field)) => field.parts.absent(self.direction).is_some(),
                _ => false,
            };
            if listed || self.meaning(carry).is_some() {
                return None;
            }
            Some(self.read(object, carry, candidate.uses).is_some())
        };
        self.target.get(candidate.ty).required.iter().filter_map(test).collect()
    }

    fn meaning(&self, carry: &Carry<'a>) -> Option<&'a Value> {
        match carry.rule.as_ref()?.what {
            What::Field(field) => bind::meaning(field, self.direction),
            What::Source(_) | What::Alias(_) => None,
        }
    }

    /// What is tried loses nothing.
    fn trial(&self) -> Self {
        Self::new((self.hop, self.at), self.facing(), self.message)
    }
}
