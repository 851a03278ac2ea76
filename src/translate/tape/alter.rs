//! The parts of a field: what changes its value (a list, a set, a conversion), and what places it
//! (`wrap`, `each`).

use std::collections::BTreeSet;
use std::rc::Rc;

use super::Tape;
use super::place::{Narrowed, Write};
use super::regroup::placed;
use super::val::{Data, Val};
use crate::codec;
use crate::json::scan::Kind;
use crate::loss::LossKind;
use crate::plan::{Alter, List, Miss, ReporterId, Set, StageId, Turn, Work, Wrap};
use crate::translate::Stop;

impl<'r> Tape<'r> {
    /// All parts over a value that was read; without a stage its type's rules had their turn
    /// already. `None`: it is absent now.
    pub(super) fn work(
        &mut self,
        value: Val<'r>,
        work: &'r Work,
        stage: Option<StageId>,
    ) -> Result<Option<Val<'r>>, Stop> {
        let mut value = value;
        if let Some((each, Turn::First)) = &work.each {
            value = self.each(value, each)?;
        }
        if let Some(Wrap::Unwrap { nullable }) = work.wrap {
            let list = self.items(&value).is_some();
            match self.unwrap(value, nullable, work.reporter) {
                Some(first) => value = first,
                None => return Ok(None),
            }
            if list && !work.below.0.is_empty() {
                match self.out_of_element(&value, work)? {
                    Some(found) => value = found,
                    None => return Ok(None),
                }
            }
        }
        match self.change(value, work, stage)? {
            Some(changed) => value = changed,
            None => return Ok(None),
        }
        if let Some(Wrap::Wrap { narrows }) = work.wrap {
            value = self.wrap(value, narrows, work)?;
        }
        if let Some((each, Turn::Last)) = &work.each {
            value = self.each(value, each)?;
        }
        Ok(Some(value))
    }

    /// What stands for an absent value that is listed.
    pub(super) fn inserted(&mut self, work: &'r Work) -> Result<Option<Val<'r>>, Stop> {
        let listed = work.alter.list.as_ref().and_then(|list| list.absent.as_ref());
        let Some(listed) = listed.filter(|_| !mutant!("tape-absence-is-not-listed")) else {
            return Ok(None);
        };
        let value = Val::made(Data::Const(listed));
        match &work.each {
            Some((each, Turn::Last)) => self.each(value, each).map(Some),
            Some((_, Turn::First)) | None => Ok(Some(value)),
        }
    }

    fn change(
        &mut self,
        value: Val<'r>,
        work: &'r Work,
        stage: Option<StageId>,
    ) -> Result<Option<Val<'r>>, Stop> {
        if value.frozen {
            return Ok(Some(value));
        }
        if let Some(set) = &work.alter.set {
            return self.set_of(value, work, set).map(Some);
        }
        if work.narrows && self.is_null(&value) {
            self.report(work.reporter, LossKind::Narrowed, &value);
        }
        if let Some(done) = self.alter(&value, &work.alter)? {
            return Ok(done);
        }
        let done = match stage {
            Some(stage) if !mutant!("tape-types-have-no-rules") => {
                self.value(value.clone(), stage)?
            }
            Some(_) | None => value.clone(),
        };
        self.kept(&value, &done, &work.alter);
        Ok(Some(done))
    }

    /// What is to be said of an unlisted value and what has become of it.
    pub(super) fn kept(&mut self, value: &Val<'r>, done: &Val<'r>, alter: &'r Alter) {
        let Some(list) = &alter.list else { return };
        let null = self.is_null(done);
        let loss = if null && self.is_null(value) {
            list.null.then_some(LossKind::Narrowed)
        } else {
            list.kept(null, |v| self.same(done, v), |v| self.same(value, v))
        };
        if let Some(kind) = loss {
            self.report(list.reporter, kind, value);
        }
    }

    /// List and conversion. `None`: neither took the value, and [`kept`](Self::kept) says what is to be
    /// said of what its type makes of it; `Some(None)`: it is absent now.
    #[expect(clippy::option_option, reason = "not taken, and absent, are two answers")]
    pub(super) fn alter(
        &mut self,
        value: &Val<'r>,
        alter: &'r Alter,
    ) -> Result<Option<Option<Val<'r>>>, Stop> {
        if let Some(list) = &alter.list
            && let Some(listed) = self.listed(value, list)
        {
            return Ok(Some(listed));
        }
        if let Some(naming) = alter.names {
            return Ok(Some(Some(self.renamed(value, naming)?)));
        }
        let Some(convert) = &alter.convert else { return Ok(None) };
        let converted = match (codec::regroup(&convert.from, &convert.to), self.kind(value)) {
            (_, Kind::Null) => {
                self.kept(value, value, alter);
                return Ok(Some(Some(value.clone())));
            }
            (Some(how), _) => self.regrouped(value, how).map(|done| (done, false)),
            (None, _) => self.converted(value, convert)?,
        };
        // A list that a mapping made has no place, but what is in it may.
        let told = if convert.regroups() { &placed(value) } else { value };
        Ok(Some(Some(match converted {
            Some((done, true)) => {
                self.report(convert.reporter, LossKind::Narrowed, told);
                done
            }
            Some((done, false)) => {
                self.kept(told, &done, alter);
                done
            }
            None => {
                self.report(convert.reporter, LossKind::Unfit, told);
                Val { frozen: true, ..value.clone() }
            }
        })))
    }

    #[expect(clippy::option_option, reason = "not listed, and absent, are two answers")]
    fn listed(&mut self, value: &Val<'r>, list: &'r List) -> Option<Option<Val<'r>>> {
        let entry = list.entries.iter().find(|(key, ..)| self.same(value, key));
        if let Some((_, result, narrowed)) = entry {
            if *narrowed && !mutant!("tape-lists-never-narrow") {
                self.report(list.reporter, LossKind::Narrowed, value);
            }
            return Some(result.as_ref().map(|result| value.with(Data::Const(result))));
        }
        match &list.miss {
            _ if self.is_null(value) => {}
            Miss::Become(other, again) => {
                if !again.as_ref().is_some_and(|again| self.same(value, again)) {
                    self.report(list.reporter, LossKind::Narrowed, value);
                }
                return Some(Some(value.with(Data::Const(other))));
            }
            Miss::Refuse => self.refuse(list.reporter, LossKind::Unknown, value),
            Miss::Keep => {}
        }
        None
    }

    /// A value becomes a list of one, null an empty one.
    fn wrap(&mut self, value: Val<'r>, narrows: bool, work: &'r Work) -> Result<Val<'r>, Stop> {
        if !self.is_null(&value) {
            let mut element = value;
            let dst = &*work.below.0;
            if !dst.is_empty() {
                let write = Write { dst, reporter: work.reporter, value: element };
                element = self.write_new(write, &mut Narrowed::new())?;
            }
            return Ok(Val::made(Data::Array(Rc::new(vec![element]))));
        }
        if narrows {
            // On the way back the empty list is absent.
            self.report(work.reporter, LossKind::Narrowed, &value);
        }
        Ok(value.with(Data::Array(Rc::default())))
    }

    /// A list becomes its first element.
    fn unwrap(&mut self, value: Val<'r>, nullable: bool, reporter: ReporterId) -> Option<Val<'r>> {
        let Some(all) = self.items(&value) else {
            if self.is_null(&value) {
                // It would come back as an empty list.
                self.report(reporter, LossKind::Narrowed, &value);
                return Some(value);
            }
            return Some(self.unfit(value, reporter));
        };
        let Some((first, tail)) = all.split_first() else {
            if nullable {
                return Some(Val { data: Val::null().data, ..value });
            }
            self.report(reporter, LossKind::Narrowed, &value);
            return None;
        };
        let tail = if mutant!("tape-tail-is-unsaid") { &[] } else { tail };
        for lost in tail {
            self.dropped(reporter, lost);
        }
        if self.is_null(first) {
            self.report(reporter, LossKind::Narrowed, first);
        }
        Some(Val { frozen: first.frozen || value.frozen, ..first.clone() })
    }

    /// What a rule takes out of the element that it took; the rest of that is lost.
    fn out_of_element(
        &mut self,
        element: &Val<'r>,
        work: &'r Work,
    ) -> Result<Option<Val<'r>>, Stop> {
        if self.is_null(element) {
            return Ok(Some(element.clone()));
        }
        let found = self.read(element, &work.below.0, false);
        self.take_apart(element, &work.below.1, work.reporter)?;
        if let Some(null) = found.as_ref().filter(|found| self.is_null(found)) {
            // It would come back as an empty list.
            self.report(work.reporter, LossKind::Narrowed, null);
        }
        Ok(found)
    }

    /// The parts for each element of a list.
    fn each(&mut self, value: Val<'r>, each: &'r Work) -> Result<Val<'r>, Stop> {
        let Some(all) = self.items(&value) else {
            let null = self.is_null(&value);
            return Ok(if null { value } else { self.unfit(value, each.reporter) });
        };
        self.spend(all.len())?;
        let mut done = Vec::with_capacity(all.len());
        for item in all.iter() {
            let item = Val { frozen: item.frozen || value.frozen, ..item.clone() };
            done.extend(self.work(item, each, None)?);
        }
        Ok(value.with(Data::Array(Rc::new(done))))
    }

    /// A list used as a set: each listed element gives all that it maps to, without repetition.
    fn set_of(&mut self, value: Val<'r>, work: &'r Work, set: &'r Set) -> Result<Val<'r>, Stop> {
        let Some(all) = self.items(&value) else {
            let null = self.is_null(&value);
            return Ok(if null { value } else { self.unfit(value, work.reporter) });
        };
        let (mut done, mut known) = (Vec::new(), BTreeSet::new());
        let mut returned: BTreeSet<Vec<u8>> = BTreeSet::new();
        let mut came: BTreeSet<Vec<u8>> = BTreeSet::new();
        for item in all.iter() {
            let json = self.plain(item);
            let mut results: Vec<Val<'r>> = Vec::new();
            for (_, result) in set.there.iter().filter(|(key, _)| key.same(&json)) {
                let back = set.back.iter().filter(|(k, _)| k.same(result));
                returned.extend(back.map(|(_, again)| again.canonical()));
                results.push(item.with(Data::Const(result)));
            }
            if results.is_empty() {
                if item.frozen {
                    results.push(item.clone());
                } else if let Some(other) = self.alter(item, &work.alter)? {
                    results.extend(other);
                } else {
                    self.kept(item, item, &work.alter);
                    results.push(item.clone());
                }
                let mut again = false;
                for result in &results {
                    let result = self.plain(result);
                    for (_, back) in set.back.iter().filter(|(key, _)| key.same(&result)) {
                        again = true;
                        returned.insert(back.canonical());
                    }
                }
                if !again {
                    returned.insert(json.canonical());
                }
            }
            came.insert(json.canonical());
            for result in results {
                let new = known.insert(self.plain(&result).canonical());
                if new || mutant!("tape-sets-repeat") {
                    done.push(result);
                }
            }
        }
        if came.len() < all.len() || came != returned {
            self.report(work.reporter, LossKind::Narrowed, &value);
        }
        Ok(value.with(Data::Array(Rc::new(done))))
    }
}
