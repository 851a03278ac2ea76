//! Which of several types a value becomes, where its branch may become several.

use super::Tape;
use super::val::{Data, Val};
use crate::json::scan::Kind;
use crate::plan::{Itself, StageId, Tag, Told};
use crate::translate::Stop;

/// Tests of one kind, in the order in which they are asked.
#[derive(Clone, Copy)]
enum Asked {
    Tag,
    Kind,
    Constants,
    Required,
}

impl Asked {
    /// Whether a test that holds says more than none: of the JSON type there is none where a rule
    /// leads across the root, which says nothing against it.
    fn counts(self) -> bool {
        !matches!(self, Self::Kind)
    }
}

impl<'r> Tape<'r> {
    /// The stage of the type that the value shows.
    pub(super) fn told(
        &mut self,
        value: &Val<'r>,
        several: &'r [(StageId, Told)],
    ) -> Result<Option<StageId>, Stop> {
        let mut left: Vec<&(StageId, Told)> = several.iter().collect();
        for asked in [Asked::Tag, Asked::Kind, Asked::Constants, Asked::Required] {
            if left.len() < 2 {
                break;
            }
            let mut held = Vec::with_capacity(left.len());
            for (stage, told) in &left {
                let tests = self.tests(value, (*stage, told), asked)?;
                let most = if asked.counts() { tests.iter().filter(|t| **t).count() } else { 0 };
                held.push((tests.iter().all(|t| *t), most));
            }
            let most = held.iter().max().copied();
            let mut held = held.into_iter();
            left.retain(|_| held.next() == most || mutant!("tape-nothing-tells"));
        }
        Ok(left.first().map(|(stage, _)| *stage))
    }

    /// Whether each test of a kind holds; none where there is nothing to ask.
    fn tests(
        &mut self,
        value: &Val<'r>,
        (stage, told): (StageId, &'r Told),
        asked: Asked,
    ) -> Result<Vec<bool>, Stop> {
        let voids = self.stage(stage).and_then(|stage| stage.voids.as_ref());
        let value = &match voids {
            Some(voids) => self.without_nulls(value.clone(), voids)?,
            None => value.clone(),
        };
        let object = self.kind(value) == Kind::Object;
        Ok(match asked {
            Asked::Tag => match told.tag.as_ref().filter(|_| object) {
                Some(tag) => vec![self.has_tag(value, tag)?],
                None => Vec::new(),
            },
            Asked::Kind => self.has_kind(value, stage, told)?.into_iter().collect(),
            Asked::Constants => {
                let is = |place, wanted| {
                    self.read(value, place, false).is_some_and(|found| self.same(&found, wanted))
                };
                told.constants.iter().map(|(place, wanted)| is(place, wanted)).collect()
            }
            Asked::Required if object => {
                let all = told.required.iter();
                all.map(|(place, nullable)| self.read(value, place, *nullable).is_some()).collect()
            }
            Asked::Required => Vec::new(),
        })
    }

    fn has_tag(&mut self, value: &Val<'r>, tag: &'r Tag) -> Result<bool, Stop> {
        let Tag { carry, meaning, values } = tag;
        let mut found = self.read(value, &carry.src, carry.nullable);
        if let (None, Some(meaning), Some(object)) = (&found, meaning, self.open(value)) {
            let mut object = Val::made(Data::Object(object));
            self.put(&mut object, &carry.src, meaning);
            found = self.read(&object, &carry.src, carry.nullable);
        }
        let nested = |found: &Val<'r>| matches!(self.kind(found), Kind::Array | Kind::Object);
        if found.as_ref().is_some_and(nested) {
            return Ok(false);
        }
        let made = self.tried(|tape| tape.carried(found, carry))?;
        Ok(made.is_some_and(|made| values.iter().any(|value| self.same(&made, value))))
    }

    fn has_kind(
        &mut self,
        value: &Val<'r>,
        stage: StageId,
        told: &Told,
    ) -> Result<Option<bool>, Stop> {
        let Some(kinds) = told.kinds else { return Ok(None) };
        let nested = matches!(self.kind(value), Kind::Array | Kind::Object);
        let made = match (told.turned, nested) {
            (false, _) => value.clone(),
            (true, false) => self.tried(|tape| tape.value(value.clone(), stage))?,
            (true, true) => {
                let own = self.stage(stage).filter(|stage| stage.cross.is_none());
                match own.and_then(|stage| stage.itself.as_ref()) {
                    Some(Itself::Alter(alter)) => {
                        let done = self.tried(|tape| tape.alter(value, alter))?;
                        done.map_or_else(|| value.clone(), |made| made.unwrap_or_else(Val::null))
                    }
                    Some(Itself::Work(..)) => {
                        self.tried(|tape| tape.value(value.clone(), stage))?
                    }
                    None => return Ok(None),
                }
            }
        };
        Ok(Some(!made.frozen && self.bits(&made) & kinds != 0))
    }

    /// What is tried loses nothing.
    fn tried<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> T {
        let reports = std::mem::take(&mut self.reports);
        let made = act(self);
        self.reports = reports;
        made
    }
}
