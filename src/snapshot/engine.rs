//! The compiler behind one small front: contracts and history of an API in, programs out, each
//! made at its first use. It serves nothing and reads no disk.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::route::Route;
use crate::compile::{self, NoCounterpart, Part, Series, Status, Subject, Way};
use crate::contract::Operation;
use crate::loss::RuleId;
use crate::plan::Plan;
use crate::version::ApiVersion;

type Key = (Box<str>, Box<str>, Way, Part);
type Made = Result<Option<Arc<Plan>>, NoCounterpart>;

/// One API, loaded.
#[derive(Debug)]
pub(super) struct Engine {
    series: Series,
    made: Mutex<HashMap<Key, Made>>,
}

impl Engine {
    pub(super) fn new(series: Series) -> Self {
        Self { series, made: Mutex::default() }
    }

    pub(super) fn versions(&self) -> &[ApiVersion] {
        &self.series.versions
    }

    pub(super) fn operations(&self, version: usize) -> &[Operation] {
        self.series.contracts.get(version).map_or(&[], |c| &c.operations)
    }

    /// The name of a rule: where it stands in its mapping.
    pub(super) fn rule(&self, rule: RuleId) -> String {
        let mapping = self.series.mappings.get(usize::from(rule.mapping));
        let at = usize::try_from(rule.rule).unwrap_or(usize::MAX);
        let info = mapping.and_then(|m| m.rules.get(at)).filter(|i| !i.name.is_empty());
        let name = info.map_or("unmapped", |i| &i.name);
        let version = mapping.map(|m| m.to.to_string()).unwrap_or_default();
        format!("{name} of {version}")
    }

    /// Every status that an operation of a version lists.
    pub(super) fn statuses(&self, route: &Route<'_>, version: usize) -> Vec<Status> {
        let Some(operation) = self.operation(route, version) else { return Vec::new() };
        operation.answers.iter().filter_map(|a| Status::parse(&a.status)).collect()
    }

    pub(super) fn program(&self, route: &Route<'_>, way: Way, part: Part) -> Made {
        if way.from == way.to || route.preflight {
            return Ok(None);
        }
        let key = (route.method.into(), route.template.as_str().into(), way, part);
        // Made under the lock: two exchanges that need the same program make it once.
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.entry(key).or_insert_with(|| self.make(route, way, part)).clone()
    }

    fn make(&self, route: &Route<'_>, way: Way, part: Part) -> Made {
        let named = |version| {
            let version = self.series.versions.get(version);
            version.cloned().unwrap_or_else(|| ApiVersion::new("?"))
        };
        let operation = self
            .operation(route, way.from)
            .ok_or_else(|| NoCounterpart::Operation(named(way.from)))?;
        let Some(travel) = self.series.travel(Subject::Body(operation, part), way)? else {
            return Ok(None);
        };
        match compile::program(&travel.links, &travel.roots, travel.direction) {
            Ok(plan) => Ok((!plan.is_empty()).then(|| Arc::new(plan))),
            Err(unsupported) => {
                let mapping = travel.links.get(unsupported.hop).map(|l| l.mapping.to.clone());
                Err(NoCounterpart::Unsupported(mapping.unwrap_or_else(|| named(way.to))))
            }
        }
    }

    fn operation(&self, route: &Route<'_>, version: usize) -> Option<&Operation> {
        let wanted = route.template.as_str();
        let same = |o: &&Operation| *o.method == *route.method && *o.path == *wanted;
        self.operations(version)
            .iter()
            .find(same)
            .or_else(|| self.series.operation(version, &format!("{} {wanted}", route.method)))
    }
}
