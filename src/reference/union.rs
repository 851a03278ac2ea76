//! Unions: which branch a value is of, and which branches of the two sides are counterparts.

use super::bind;
use super::context::Around;
use super::lens::Lens;
use super::value::{Data, Val, plain};
use crate::contract::{Kinds, TypeGraph, TypeId, Use};
use crate::json::Value;
use crate::loss::{LossKind, RuleId};
use crate::mapping::{Lone, Source};

/// How many unions may stand right inside one another: one that is its own branch ends here.
pub(super) const DEEPEST: usize = 16;

impl<'a> Lens<'a> {
    /// A value at a pair of uses of which one is a union: in the context of its branch.
    pub(super) fn union(&mut self, value: Val, uses: (Use, Use), around: Around<'a>) -> Val {
        if value.is_null() || around.unions > DEEPEST {
            return value;
        }
        let branches = branches(self.source, uses.0.ty);
        let Some(branch) = branch_of(self.source, uses.0.ty, &value) else {
            let targets = self::branches(self.target, uses.1.ty);
            let mut pairs = branches.iter().flat_map(|s| targets.iter().map(move |t| (*s, *t)));
            // Whatever it is, it is none of the objects (or lists) that their rules are about.
            let nothing = Data::Scalar(Value::Null);
            let rule =
                pairs.find_map(|(s, t)| self.unfit_block((plain_use(s), plain_use(t)), &nothing));
            let Some(rule) = rule else { return value };
            self.report(rule, LossKind::Unfit, value.origin.as_ref());
            return Val { frozen: true, ..value };
        };
        if let Some(lone) = self.lone(branch) {
            return self.instead(value, lone);
        }
        match self.counterpart(branch, &value, uses, &around) {
            Some(target) => {
                let source = Use { ty: branch, nullable: uses.0.nullable };
                let target = Use { ty: target, nullable: uses.1.nullable };
                self.value(value, (source, target), around)
            }
            // That a branch has no counterpart is for `check` to say; nothing sees its value again.
            None if matches!(value.data, Data::Scalar(_)) => value,
            None => Val { frozen: true, ..value },
        }
    }

    /// What is said of a branch of the source that has no counterpart.
    fn lone(&self, branch: TypeId) -> Option<&'a Lone> {
        let name = self.source.get(branch).name.as_deref()?;
        self.hop.mapping.lone(self.direction.source(), name)
    }

    /// What stands in the stead of a value of a branch without counterpart.
    fn instead(&mut self, value: Val, Lone { of, instead }: &'a Lone) -> Val {
        let made = match instead {
            Some(Source::Literal(literal) | Source::Placeholder(literal)) => Val::made(literal),
            Some(Source::Absent | Source::From { .. } | Source::Text(_)) | None => {
                self.refuse_whole(of.rule, &value);
                return value;
            }
        };
        self.drop(of.rule, &value, None);
        let rule = RuleId { mapping: self.hop.index, rule: of.rule };
        let invented = matches!(instead, Some(Source::Placeholder(_)));
        Val { placeholder: invented.then_some(rule), ..made }
    }

    /// The type that a branch of the source is on the other side.
    fn counterpart(
        &mut self,
        branch: TypeId,
        value: &Val,
        uses: (Use, Use),
        around: &Around<'a>,
    ) -> Option<TypeId> {
        match self.counterparts(branch, uses).as_slice() {
            [] => None,
            [one] => Some(*one),
            several => self.told(value, (branch, several), uses, around),
        }
    }

    /// The branches of two unions that may become each other.
    pub(super) fn branch_pairs(&self, uses: (Use, Use)) -> Vec<(TypeId, TypeId)> {
        let all = branches(self.source, uses.0.ty).into_iter();
        let pairs = |from| self.counterparts(from, uses).into_iter().map(move |to| (from, to));
        all.flat_map(pairs).collect()
    }

    /// The types that a branch of the source may be on the other side.
    fn counterparts(&self, branch: TypeId, uses: (Use, Use)) -> Vec<TypeId> {
        if self.lone(branch).is_some() {
            return Vec::new();
        }
        let (sources, targets) =
            (branches(self.source, uses.0.ty), branches(self.target, uses.1.ty));
        let mut keyed: Vec<(u32, TypeId)> = targets
            .iter()
            .filter_map(|target| Some((self.block_of(branch, *target)?, *target)))
            .collect();
        keyed.sort_unstable();
        let keyed: Vec<TypeId> = keyed.into_iter().map(|(_, target)| target).collect();
        if !keyed.is_empty() {
            return keyed;
        }
        let names = |types: &TypeGraph, id: TypeId| -> Vec<Box<str>> {
            bind::lineage(types, id).iter().filter_map(|t| types.get(*t).name.clone()).collect()
        };
        let own = names(self.source, branch);
        let same_name = own
            .iter()
            .find_map(|name| targets.iter().find(|t| names(self.target, **t).contains(name)));
        let at = sources.iter().position(|s| *s == branch);
        let by_place = at.filter(|_| own.is_empty() && sources.len() == targets.len());
        let same_place =
            by_place.and_then(|at| targets.get(at)).filter(|t| names(self.target, **t).is_empty());
        same_name.or(same_place).copied().into_iter().collect()
    }
}

fn plain_use(ty: TypeId) -> Use {
    Use { ty, nullable: false }
}

/// The branches of a union; any other type is its own only one.
fn branches(types: &TypeGraph, of: TypeId) -> Vec<TypeId> {
    types.get(of).branches.as_ref().map_or_else(|| vec![of], |b| b.of.clone())
}

/// The branch that a value is of: by tag, else by JSON type, else by the required properties.
fn branch_of(types: &TypeGraph, of: TypeId, value: &Val) -> Option<TypeId> {
    let Some(union) = types.get(of).branches.as_ref() else { return Some(of) };
    let mut left: Vec<TypeId> = union.of.clone();
    if let (Some((name, cases)), Data::Object(object)) = (&union.tag, &value.data) {
        let tag = object.get(name).map(plain);
        let case = tag.and_then(|tag| cases.iter().find(|(v, _)| v.same(&tag)));
        if let Some((_, at)) = case {
            return union.of.get(*at).copied();
        }
        let listed = |at: usize| cases.iter().any(|(_, of)| *of == at);
        left = (0..).zip(&union.of).filter(|(at, _)| !listed(*at)).map(|(_, t)| *t).collect();
    }
    left.retain(|branch| accepts(types, *branch, value, &mut Vec::new()));
    let Data::Object(object) = &value.data else { return left.first().copied() };
    if let [one] = left.as_slice() {
        return Some(*one);
    }
    left.retain(|branch| types.get(*branch).required.iter().all(|name| object.get(name).is_some()));
    let most = left.iter().map(|branch| types.get(*branch).required.len()).max()?;
    left.into_iter().find(|branch| types.get(*branch).required.len() == most)
}

/// Whether a type, or a branch of it, takes values of the JSON type.
pub(super) fn accepts(types: &TypeGraph, of: TypeId, value: &Val, seen: &mut Vec<TypeId>) -> bool {
    let ty = types.get(of);
    if let Some(union) = &ty.branches {
        if seen.contains(&of) {
            return false;
        }
        seen.push(of);
        return union.of.iter().any(|branch| accepts(types, *branch, value, seen));
    }
    ty.kinds.meets(match &value.data {
        Data::Array(_) => Kinds::ARRAY,
        Data::Object(_) => Kinds::OBJECT,
        Data::Scalar(Value::Bool(_)) => Kinds::BOOLEAN,
        Data::Scalar(Value::String(_)) => Kinds::STRING,
        Data::Scalar(Value::Number(text)) if is_integer(text) => Kinds::INTEGER,
        // The half of `number` that is not `integer`.
        Data::Scalar(Value::Number(_)) => Kinds(Kinds::NUMBER.0 & !Kinds::INTEGER.0),
        Data::Scalar(Value::Null | Value::Array(_) | Value::Object(_)) => Kinds::NONE,
    })
}

/// Whether the text of a number is that of an integer: `1`, `1.0`, `1e2`.
fn is_integer(text: &str) -> bool {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{}{fraction}", whole.trim_start_matches('-'));
    let zeros = digits.len() - digits.trim_end_matches('0').len();
    if zeros == digits.len() {
        return true;
    }
    let negative = exponent.starts_with('-');
    let exponent = exponent.trim_start_matches(['+', '-']);
    match exponent.parse::<i64>() {
        Ok(exponent) => {
            let exponent = if negative { -exponent } else { exponent };
            let length = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
            exponent.saturating_add(length(zeros)) >= length(fraction.len())
        }
        Err(_) => !negative,
    }
}
