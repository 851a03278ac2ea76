//! Unions: what tells the branches of the source apart, and the counterpart of each.

use super::{Making, place};
use crate::compile::resolve::bind::{Binding, Context, bind};
use crate::compile::resolve::told::{Candidate, Tells, candidates, kinds, meaning};
use crate::compile::resolve::union::{DEEPEST, branches, counterparts, lone, of_branch};
use crate::contract::{TypeId, Use};
use crate::mapping::{Lone, Source};
use crate::plan::{Becomes, Branch, Invented, StageId, Tag, Told, Union};

impl Making<'_, '_, '_> {
    /// The branches of a pair of which one is a union.
    pub(super) fn union(&mut self, context: &Context, binding: &Binding) -> Union {
        let hop = self.chain.hop(context.hop);
        let own = hop.source.get(context.source.ty).branches.as_ref();
        let single = Union { single: true, ..Union::default() };
        if context.unions >= DEEPEST {
            return single;
        }
        let sources = branches(hop.source, context.source.ty);
        let mut union = Union {
            tag: own.and_then(|own| own.tag.clone()),
            single: own.is_none(),
            none: self.nobody(context, &sources),
            ..Union::default()
        };
        for branch in sources {
            union.branches.push(Branch {
                kinds: kinds(hop.source, branch, &mut Vec::new()).0,
                required: hop.source.get(branch).required.clone(),
                becomes: self.becomes((context, binding), branch),
            });
        }
        union
    }

    fn becomes(&mut self, (context, binding): (&Context, &Binding), branch: TypeId) -> Becomes {
        let hop = self.chain.hop(context.hop);
        let all = counterparts(hop, branch, (context.source, context.target));
        if let Some(Lone { of, instead }) = lone(hop, branch) {
            let reporter = self.reporter(context, of.rule);
            return match instead {
                Some(Source::Literal(value)) => {
                    Becomes::Instead(value.clone(), Invented::No, reporter)
                }
                Some(Source::Placeholder(value)) => {
                    Becomes::Instead(value.clone(), Invented::Yes, reporter)
                }
                Some(Source::Absent | Source::From { .. } | Source::Text(_)) | None => {
                    Becomes::Refused(reporter)
                }
            };
        }
        match all.as_slice() {
            [] => Becomes::Unseen,
            [one] => Becomes::One(self.stages.of(of_branch(context, binding, (branch, *one)))),
            several => {
                let found = candidates(hop, (context, binding), branch, several);
                Becomes::Told(found.into_iter().map(|one| self.told(one)).collect())
            }
        }
    }

    fn told(&mut self, Candidate { context, tells }: Candidate) -> (StageId, Told) {
        let hop = self.chain.hop(context.hop);
        let Tells { tag, kinds, turned, constants, required } = tells;
        let tag = tag.and_then(|(moved, values)| {
            let carry = self.carry(&context, &moved)?;
            Some(Tag { carry, meaning: meaning(hop, &moved).cloned(), values })
        });
        let constants = constants.into_iter().filter_map(|(at, value)| Some((place(&at)?, value)));
        let required =
            required.iter().filter_map(|moved| Some((place(&moved.src)?, moved.nullable)));
        let told = Told {
            tag,
            kinds: kinds.map(|kinds| kinds.0),
            turned,
            constants: constants.collect(),
            required: required.collect(),
        };
        (self.stages.of(context), told)
    }

    /// Who reports a value that is of no branch: the first block of a pair of branches with a path
    /// beneath the root.
    fn nobody(&mut self, context: &Context, sources: &[TypeId]) -> Option<u32> {
        let hop = self.chain.hop(context.hop);
        let targets = branches(hop.target, context.target.ty);
        let plain = |ty: &TypeId| Use { ty: *ty, nullable: false };
        let rule = sources.iter().find_map(|source| {
            targets.iter().find_map(|target| {
                let uses = (plain(source), plain(target));
                bind(hop, &Context::bare(context.hop, uses)).unfit.scalar
            })
        });
        rule.map(|rule| self.reporter(context, rule))
    }
}
