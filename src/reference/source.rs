//! Values that the message does not bring, and those that go because they are made on the way back
//! (steps 8 and 9).

use super::bind::{self, Ruled, What};
use super::context::{Carry, strictly};
use super::lens::Lens;
use super::place::make;
use super::value::{Object, Val, plain};
use crate::contract::Use;
use crate::json::{Segment, Text};
use crate::loss::RuleId;
use crate::mapping::Source;

impl<'a> Lens<'a> {
    /// Step 8.
    pub(super) fn take(
        &mut self,
        source: &Object,
        rules: &[Ruled<'a>],
        uses: (Use, Use),
        carries: &[Carry<'a>],
    ) {
        for rule in rules {
            let (Some(src), None, What::Source(given)) = (&rule.src, &rule.dst, rule.what) else {
                continue;
            };
            if carries.iter().any(|c| strictly(&c.src, src)) {
                continue;
            }
            let mut at = source.clone();
            let mut of = Some(uses.0);
            let mut found = None;
            for (index, segment) in src.iter().enumerate() {
                let Segment::Name(name) = segment else { break };
                let name = Text::from_plain(name);
                of = of.and_then(|of| bind::member(self.source, of, &name));
                let Some(value) = at.get(&name).filter(|_| of.is_some()).cloned() else { break };
                if index + 1 == src.len() {
                    found = Some(value);
                    break;
                }
                match value.object().filter(|_| !value.frozen) {
                    Some(inner) => at = inner.clone(),
                    None => break,
                }
            }
            let Some(value) = found else { continue };
            let same = match given {
                Source::Literal(literal) | Source::Placeholder(literal) => {
                    plain(&value).same(literal)
                }
                Source::Absent | Source::From { .. } => false,
            };
            if !same {
                self.drop(rule.rule, &value, None);
            }
        }
    }

    /// Step 9.
    pub(super) fn make(&mut self, next: &mut Object, rules: &[Ruled<'a>], carries: &[Carry<'a>]) {
        let mut makes: Vec<&Ruled<'a>> = rules.iter().filter(|r| r.src.is_none()).collect();
        makes.sort_by_key(|r| r.dst.as_ref().map_or(0, Vec::len));
        for rule in makes {
            let (Some(dst), What::Source(given)) = (&rule.dst, rule.what) else { continue };
            if carries.iter().any(|c| strictly(&c.dst, dst)) {
                continue;
            }
            let value = match given {
                Source::Literal(literal) => Val::made(literal),
                Source::Placeholder(literal) => Val {
                    placeholder: Some(RuleId { mapping: self.hop.index, rule: rule.rule }),
                    ..Val::made(literal)
                },
                Source::Absent | Source::From { .. } => continue,
            };
            make(next, dst, value);
        }
    }
}
