//! The compiler behind one small front: contracts and history of an API in, programs out, each
//! made at its first use. It serves nothing and reads no disk.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use thiserror::Error;

use super::route::Route;
use crate::compile::{self, Link, Root};
use crate::contract::{self, Contract, Operation, Use};
use crate::diagnostic::{Diagnostic, Severity, Sources};
use crate::loss::RuleId;
use crate::mapping::{self, Block, History, Mapping};
use crate::plan::Plan;
use crate::version::{ApiVersion, Direction};

/// From one version to another, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Way {
    /// The version that the message is in.
    pub from: usize,
    /// The version that it goes to.
    pub to: usize,
}

/// Which body of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// What the client sends.
    Request,
    /// An answer with this status.
    Answer(u16),
}

/// A message that the other version has no place for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoCounterpart {
    /// The operation is missing in a version on the way.
    #[error("version {0} has no such operation")]
    Operation(ApiVersion),
    /// The body is declared on one side only.
    #[error("version {0} declares no such body")]
    Body(ApiVersion),
    /// The compiler cannot do it yet.
    #[error("the mapping to {0} cannot be fused yet")]
    Unsupported(ApiVersion),
}

/// The texts of one API's files, by path.
pub(super) type Texts = BTreeMap<PathBuf, String>;

type Key = (Box<str>, Box<str>, Way, Part);
type Made = Result<Option<Arc<Plan>>, NoCounterpart>;

/// One API, loaded.
#[derive(Debug)]
pub(super) struct Engine {
    versions: Vec<ApiVersion>,
    contracts: Vec<Contract>,
    mappings: Vec<Mapping>,
    made: Mutex<HashMap<Key, Made>>,
}

impl Engine {
    /// Loads an API: groups of mapping files, and the contracts beneath `schemas`. `lone` are
    /// the versions of an API without mappings.
    pub(super) fn load(
        sources: &mut Sources,
        groups: &[Vec<(&Path, &str)>],
        (schemas, texts): (&Path, &Texts),
        lone: &[ApiVersion],
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut found = Vec::new();
        let mut mappings = Vec::new();
        for group in groups {
            let ids: Vec<_> =
                group.iter().map(|(p, text)| sources.add(&p.display().to_string(), text)).collect();
            let (mapping, more) = mapping::parse(sources, &ids);
            found.extend(more);
            mappings.extend(mapping);
        }
        stop(&mut found)?;
        let (versions, mappings) = if mappings.is_empty() {
            (lone.to_vec(), mappings)
        } else {
            let history = History::new(mappings)?;
            (history.versions, history.mappings)
        };
        let mut contracts = Vec::new();
        for version in &versions {
            let files = ["yaml", "yml", "json"].map(|e| schemas.join(format!("{version}.{e}")));
            let Some((path, text)) = files.iter().find_map(|p| texts.get_key_value(p)) else {
                let [yaml, ..] = &files;
                found.push(missing(version, yaml));
                continue;
            };
            let mut sibling = |name: &str| {
                let text = texts.get(&schemas.join(name)).cloned();
                text.ok_or_else(|| String::from("no such file"))
            };
            let name = path.display().to_string();
            let (contract, more) =
                contract::load(sources, version.clone(), (&name, text), &mut sibling);
            found.extend(more);
            contracts.extend(contract);
        }
        stop(&mut found)?;
        Ok(Self { versions, contracts, mappings, made: Mutex::default() })
    }

    pub(super) fn versions(&self) -> &[ApiVersion] {
        &self.versions
    }

    pub(super) fn operations(&self, version: usize) -> &[Operation] {
        self.contracts.get(version).map_or(&[], |c| &c.operations)
    }

    /// The name of a rule: where it stands in its mapping.
    pub(super) fn rule(&self, rule: RuleId) -> String {
        let mapping = self.mappings.get(usize::from(rule.mapping));
        let at = usize::try_from(rule.rule).unwrap_or(usize::MAX);
        let info = mapping.and_then(|m| m.rules.get(at)).filter(|i| !i.name.is_empty());
        let name = info.map_or("unmapped", |i| &i.name);
        let version = mapping.map(|m| m.to.to_string()).unwrap_or_default();
        format!("{name} of {version}")
    }

    /// Every status that an operation of a version lists, as one that it stands for.
    pub(super) fn statuses(&self, route: &Route<'_>, version: usize) -> Vec<u16> {
        let Some(operation) = self.operation(route, version) else { return Vec::new() };
        let stands = |status: &str| match status {
            "default" => Some(599),
            "1XX" => Some(199),
            "2XX" => Some(299),
            "3XX" => Some(399),
            "4XX" => Some(499),
            "5XX" => Some(598),
            exact => exact.parse().ok(),
        };
        operation.answers.iter().filter_map(|a| stands(&a.status)).collect()
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
        let (direction, hops): (_, Vec<usize>) = if way.from < way.to {
            (Direction::Upgrade, (way.from..way.to).collect())
        } else {
            (Direction::Downgrade, (way.to..way.from).rev().collect())
        };
        let (mut links, mut roots) = (Vec::new(), Vec::new());
        for hop in hops {
            let next = hop.saturating_add(1);
            let (Some(mapping), Some(old), Some(new)) =
                (self.mappings.get(hop), self.contracts.get(hop), self.contracts.get(next))
            else {
                return Ok(None);
            };
            let (from, to) = match direction {
                Direction::Upgrade => (hop, next),
                Direction::Downgrade => (next, hop),
            };
            let (source, target) = (self.body(route, from, part)?, self.body(route, to, part)?);
            let (source, target) = match (source, target) {
                (Some(source), Some(target)) => (source, target),
                // Neither side says anything of a body: it is none of the mapping's business.
                (None, None) => return Ok(None),
                (Some(_), None) => return Err(NoCounterpart::Body(self.named(to))),
                (None, Some(_)) => return Err(NoCounterpart::Body(self.named(from))),
            };
            let index = u16::try_from(hop).unwrap_or(u16::MAX);
            links.push(Link { mapping, index, old, new });
            let blocks = self.blocks(mapping, route, hop, part);
            roots.push(Root { source, target, blocks });
        }
        match compile::program(&links, &roots, direction) {
            Ok(plan) => Ok((!plan.is_empty()).then(|| Arc::new(plan))),
            Err(unsupported) => {
                let mapping = links.get(unsupported.hop).map(|l| l.mapping.to.clone());
                Err(NoCounterpart::Unsupported(mapping.unwrap_or_else(|| self.named(way.to))))
            }
        }
    }

    fn named(&self, version: usize) -> ApiVersion {
        self.versions.get(version).cloned().unwrap_or_else(|| ApiVersion::new("?"))
    }

    fn operation(&self, route: &Route<'_>, version: usize) -> Option<&Operation> {
        let wanted = route.template.as_str();
        self.operations(version)
            .iter()
            .find(|o| *o.method == *route.method && same_path(&o.path, wanted))
    }

    /// The schema of a body in one version; `None` where it declares none.
    fn body(
        &self,
        route: &Route<'_>,
        version: usize,
        part: Part,
    ) -> Result<Option<Use>, NoCounterpart> {
        let Some(operation) = self.operation(route, version) else {
            return Err(NoCounterpart::Operation(self.named(version)));
        };
        Ok(match part {
            Part::Request => operation.request,
            Part::Answer(status) => {
                let by = |listed: &str| operation.answers.iter().find(|a| *a.status == *listed);
                let class = format!("{}XX", status / 100);
                let answer = by(&status.to_string()).or_else(|| by(&class));
                answer.or_else(|| by("default")).and_then(|a| a.body)
            }
        })
    }

    /// An operation's own blocks of one mapping, most special first.
    fn blocks<'m>(
        &self,
        mapping: &'m Mapping,
        route: &Route<'_>,
        old: usize,
        part: Part,
    ) -> Vec<&'m Block> {
        let id = self.operation(route, old).and_then(|o| o.id.as_deref());
        let own = |name: &str| {
            id == Some(name)
                || name.split_once(' ').is_some_and(|(method, path)| {
                    method == route.method && same_path(path, route.template.as_str())
                })
        };
        let mut blocks = Vec::new();
        for block in mapping.operations.iter().filter(|o| own(&o.old)) {
            match part {
                Part::Request => blocks.extend(&block.request),
                Part::Answer(status) => {
                    for listed in [status.to_string(), format!("{}XX", status / 100)] {
                        let statuses = block.statuses.iter().filter(|(s, _)| **s == *listed);
                        blocks.extend(statuses.map(|(_, b)| b));
                    }
                    if status < 400 {
                        blocks.extend(&block.response);
                    }
                }
            }
        }
        blocks
    }
}

/// Whether two templates are the same but for names of parameters.
fn same_path(a: &str, b: &str) -> bool {
    use crate::message::Template;
    a == b || Template::new(a).covers(&Template::new(b))
}

fn missing(version: &ApiVersion, path: &Path) -> Diagnostic {
    Diagnostic {
        code: "F501",
        severity: Severity::Error,
        message: format!("no contract of version {version}: expected {}", path.display()),
        span: None,
        label: String::new(),
        related: Vec::new(),
        help: None,
    }
}

fn stop(found: &mut Vec<Diagnostic>) -> Result<(), Vec<Diagnostic>> {
    if found.iter().any(|d| d.severity == Severity::Error) {
        return Err(std::mem::take(found));
    }
    Ok(())
}
