//! Contracts and mappings of one API as the benches need them: loaded from text, and fused into
//! programs for a list that operations answer with. It measures nothing.

use fishplate::compile::{self, Link, Root};
use fishplate::contract::{self, Contract};
use fishplate::diagnostic::Sources;
use fishplate::mapping::{self, Carrier, Mapping};
use fishplate::plan::Plan;
use fishplate::version::{ApiVersion, Direction};

/// One API: contracts and, between each and the next, a mapping.
pub(crate) struct Api {
    contracts: Vec<Contract>,
    mappings: Vec<Mapping>,
}

impl Api {
    /// Loads texts of contracts (with their versions) and mappings.
    pub(crate) fn load(contracts: &[(String, String)], mappings: &[String]) -> Self {
        let contracts = contracts.iter().map(|(version, text)| {
            let mut sources = Sources::default();
            let mut none = |_: &str| Err(String::from("no other file"));
            let loaded =
                contract::load(&mut sources, ApiVersion::new(version), (version, text), &mut none);
            loaded.0.unwrap_or_else(|| panic!("{version}: {:#?}", loaded.1))
        });
        let mappings = mappings.iter().map(|text| {
            let mut sources = Sources::default();
            let file = sources.add("mapping", text);
            let (mapping, found) = mapping::parse(("orders", &[]), &sources, &[file]);
            mapping.unwrap_or_else(|| panic!("{text}: {found:#?}"))
        });
        Self { contracts: contracts.collect(), mappings: mappings.collect() }
    }

    /// The program for the answer of the operation at this place of the contracts.
    pub(crate) fn answer(&self, operation: usize, direction: Direction) -> Plan {
        self.part(direction, &|contract| {
            contract.operations[operation].answers[0].body.schema().unwrap()
        })
    }

    fn part(&self, direction: Direction, of: &dyn Fn(&Contract) -> contract::Use) -> Plan {
        let pairs: Vec<_> = self
            .mappings
            .iter()
            .zip(self.contracts.windows(2))
            .map(|(mapping, ends)| compile::Pairs::new(mapping, (&ends[0], &ends[1])))
            .collect();
        let mut links = Vec::new();
        let mut roots = Vec::new();
        for (at, (mapping, ends)) in self.mappings.iter().zip(self.contracts.windows(2)).enumerate()
        {
            let index = u16::try_from(at).unwrap();
            let pairs = &pairs[at];
            links.push(Link { mapping, index, old: &ends[0], new: &ends[1], pairs });
            let (old, new) = (of(&ends[0]), of(&ends[1]));
            let (source, target) = match direction {
                Direction::Upgrade => (old, new),
                Direction::Downgrade => (new, old),
            };
            roots.push(Root {
                source,
                target,
                blocks: vec![],
                carrier: Carrier::Unknown,
                named: None,
            });
        }
        if direction == Direction::Downgrade {
            links.reverse();
            roots.reverse();
        }
        compile::program(&links, &roots, direction).unwrap()
    }
}
