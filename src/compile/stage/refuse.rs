//! What is refused of values as they come.

use super::{Making, place};
use crate::compile::resolve::bind::{Binding, Context};
use crate::compile::resolve::place::lead;
use crate::compile::resolve::{What, is_many};
use crate::contract::{TypeGraph, Use};
use crate::json::Segment;
use crate::plan::{Looked, Many, Refusing};

impl Making<'_, '_, '_> {
    pub(super) fn refuses(&mut self, context: &Context, binding: &Binding) -> Vec<Refusing> {
        let hop = self.chain.hop(context.hop);
        let mut found = Vec::new();
        for rule in binding.refuses.iter().filter_map(|at| hop.rules.get(*at)) {
            let What::Refuse(predicate) = rule.what else { continue };
            let tests = predicate.iter().map(|(path, test)| {
                let path = rule.root.join(path);
                (looked(hop.source, Some(context.source), &path.0), test.clone())
            });
            let (tests, voids) = (tests.collect(), rule.voids);
            found.push(Refusing { reporter: self.reporter(context, rule.rule), tests, voids });
        }
        found
    }
}

/// A path from a value, level by level.
fn looked(types: &TypeGraph, of: Option<Use>, path: &[Segment]) -> Looked {
    let (first, rest) = path.split_at(path.iter().take_while(|s| !is_many(s)).count());
    let end = of.and_then(|of| lead(types, of, first));
    let Some((many, rest)) = rest.split_first() else {
        return Looked { place: end.and_then(|_| place(first)), each: None };
    };
    let each = end.and_then(|end| Some((end, lead(types, end, std::slice::from_ref(many))?)));
    let of = match (many, each) {
        (Segment::Values, Some((list, _))) => {
            let properties = &types.get(list.ty).properties;
            Many::Values(properties.iter().map(|(name, _)| name.clone()).collect())
        }
        _ => Many::Elements,
    };
    let inner = looked(types, each.map(|(_, inner)| inner), rest);
    Looked { place: each.and_then(|_| place(first)), each: Some((of, Box::new(inner))) }
}
