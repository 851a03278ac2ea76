//! Finds the straight lines of an object's end: for what its places turned out to be, what
//! `eval` would write and `lost` would look for. Where that depends on anything else there is no
//! line, and they do it themselves.

mod draft;
mod support;

use self::draft::Draft;
use self::support::Support;
use super::eval::Is;
use crate::json::Value as Json;
use crate::plan::{
    Build, Call, Check, Expr, ExprId, Group, IN_SIGHT, Item, KeyOp, Known, Line, LossOp, NodeId,
    ObjectOps, Orders, Parted, Piece, Plan, Recipes, Sight, Test, Value, ValueId, Whole, Writes,
    Written,
};

/// Recipes of an object, with no line yet.
pub(super) fn recipes(ops: &ObjectOps) -> Recipes {
    let mask = |collect: &dyn Fn(&mut Support<'_>)| {
        let mut support = Support::new(ops);
        collect(&mut support);
        support.mask
    };
    let steps = |op: &KeyOp| match op {
        KeyOp::Emit { steps, .. } | KeyOp::Collide(_, steps) | KeyOp::Drop(_, steps) => {
            !steps.is_empty()
        }
        KeyOp::Hold(_) => false,
    };
    let carried = ops.exprs.iter().any(|expr| match expr {
        Expr::Object(Call { node: Some(node), .. }) => {
            at(&ops.nodes, *node).is_none_or(|node| node.keys.is_empty() || node.all().any(steps))
        }
        _ => false,
    });
    let loud = |id: &ValueId| match at(&ops.values, *id) {
        Some(Value::Const(..)) => false,
        _ => plain(ops, *id).is_none(),
    };
    let build: Vec<Item<Option<Line>>> =
        ops.build.iter().map(|b| item(mask(&|s| s.expr(b.value)))).collect();
    let losses: Vec<Item<Check>> =
        ops.losses.iter().map(|op| item(mask(&|s| s.loss(op)))).collect();
    let masks = build.iter().map(|i| i.mask).chain(losses.iter().map(|i| i.mask));
    let all = masks.reduce(|a, b| Some(a? | b?)).unwrap_or(Some(0));
    Recipes {
        whole: item(all),
        build,
        losses,
        loud: (0..).take(ops.values.len()).filter(loud).collect(),
        carried,
        plain: ops.values.is_empty()
            && ops.build.is_empty()
            && ops.losses.is_empty()
            && ops
                .nodes
                .first()
                .is_some_and(|node| !node.all().any(|op| matches!(op, KeyOp::Hold(_)))),
        orders: Orders::default(),
    }
}

fn item<T>(mask: Option<Sight>) -> Item<T> {
    Item { mask, known: Known::default() }
}

/// The bits of a place in a sight.
pub(super) fn bits(node: NodeId, is: Is) -> Sight {
    let (half, bits) = half(node, is);
    match half {
        0 => bits.into(),
        1 => Sight::from(bits) << u64::BITS,
        _ => 0,
    }
}

/// In which half of a sight they are, and where: a shift of all by any number takes many
/// instructions.
#[inline]
pub(super) fn half(node: NodeId, is: Is) -> (usize, u64) {
    const HALF: NodeId = IN_SIGHT / 2;
    let bits: u64 = match is {
        Is::Absent => 0,
        Is::Null => 1,
        Is::Object => 2,
        Is::Other => 3,
    };
    (usize::try_from(node / HALF).unwrap_or(usize::MAX), bits << (2 * (node % HALF)))
}

/// The line of a member.
pub(super) fn line(plan: &Plan, ops: &ObjectOps, build: &Build, sight: Sight) -> Option<Line> {
    draft(plan, ops, build, sight).map(Draft::line)
}

fn draft(plan: &Plan, ops: &ObjectOps, build: &Build, sight: Sight) -> Option<Draft> {
    let mut sketch = Sketch::new(plan, ops, sight);
    if let Some(id) = sketch.decide(build.value)? {
        sketch.text.push(b',');
        sketch.name(build);
        sketch.emit(id)?;
        sketch.piece(Piece::End);
    }
    let at_once = sketch.looks.iter().all(|id| sketch.is_at_once(*id));
    Some(Draft { looks: sketch.looks, at_once, text: sketch.text, pieces: sketch.pieces })
}

/// The whole end in one line.
pub(super) fn whole(
    plan: &Plan,
    ops: &ObjectOps,
    recipes: &Recipes,
    sight: Sight,
) -> Option<Whole> {
    let mut all = Draft { at_once: true, ..Draft::default() };
    for (build, item) in ops.build.iter().zip(&recipes.build) {
        let one = draft(plan, ops, build, sight & item.mask?)?;
        for id in one.looks {
            if !all.looks.contains(&id) {
                all.looks.push(id);
            }
        }
        all.at_once &= one.at_once;
        let behind = |(to, piece): (usize, Piece)| (to + all.text.len(), piece);
        let pieces = one.pieces.into_iter().map(behind);
        all.pieces.extend(pieces.filter(|(_, piece)| *piece != Piece::End));
        all.text.extend_from_slice(&one.text);
    }
    if !all.text.is_empty() {
        all.pieces.push((all.text.len(), Piece::End));
    }
    let (mut more, mut texts) = (0, Vec::new());
    for (op, item) in ops.losses.iter().zip(&recipes.losses) {
        match check(plan, ops, op, sight & item.mask?) {
            Check::Nothing => {}
            Check::More(places) => more |= places,
            text @ Check::Text(..) => texts.push(text),
            Check::Look => return None,
        }
    }
    let silent = all.at_once && recipes.loud.iter().all(|id| all.looks.contains(id));
    Some(Whole { line: all.line(), more, texts: texts.into(), silent })
}

/// The line of a loss.
pub(super) fn check(plan: &Plan, ops: &ObjectOps, op: &LossOp, sight: Sight) -> Check {
    let mut sketch = Sketch::new(plan, ops, sight);
    sketch.check(op).filter(|_| sketch.looks.is_empty()).unwrap_or(Check::Look)
}

fn at<T>(all: &[T], id: u32) -> Option<&T> {
    usize::try_from(id).ok().and_then(|at| all.get(at))
}

/// The place whose value this is, as it stands.
fn plain(ops: &ObjectOps, id: ValueId) -> Option<NodeId> {
    match at(&ops.values, id)? {
        Value::Node(node) => Some(*node),
        Value::Step(
            of,
            Group { list: None, convert: None, call: None, nested: None, taped: None, .. },
        ) => plain(ops, *of),
        Value::Step(..) | Value::Const(..) | Value::Written(_) => None,
    }
}

/// The place of which this value is one conversion away, and the step that does it.
fn one_step(ops: &ObjectOps, id: ValueId) -> Option<(NodeId, &Group)> {
    match at(&ops.values, id)? {
        Value::Step(of, step) if step.convert.is_some() => Some((plain(ops, *of)?, step)),
        _ => None,
    }
}

/// What is known of an object by its sight alone. Of `None` there is more to know.
struct Sketch<'o> {
    plan: &'o Plan,
    ops: &'o ObjectOps,
    sight: Sight,
    looks: Vec<ValueId>,
    text: Vec<u8>,
    pieces: Vec<(usize, Piece)>,
}

impl<'o> Sketch<'o> {
    fn new(plan: &'o Plan, ops: &'o ObjectOps, sight: Sight) -> Self {
        Self { plan, ops, sight, looks: Vec::new(), text: Vec::new(), pieces: Vec::new() }
    }

    fn place(&self, node: NodeId) -> Option<Is> {
        let bits = self.sight >> (2 * Some(node).filter(|node| *node < IN_SIGHT)?) & 3;
        Some(match bits {
            0 => Is::Absent,
            1 => Is::Null,
            2 => Is::Object,
            _ => Is::Other,
        })
    }

    fn value(&mut self, id: ValueId) -> Option<Is> {
        if let Some(node) = plain(self.ops, id) {
            return self.place(node);
        }
        if let Some(base) = self.unfilled(id) {
            return self.is(base);
        }
        let made =
            matches!(at(&self.ops.values, id), Some(Value::Const(_, steps)) if steps.is_empty());
        if !made && !self.looks.contains(&id) {
            self.looks.push(id);
        }
        self.kind(id)
    }

    /// Whether a value is absent, or written one step away from a place.
    fn is_at_once(&self, id: ValueId) -> bool {
        let is = |(node, _): (NodeId, &Group)| {
            let written = |(_, piece): &(usize, Piece)| matches!(piece, Piece::Step(_, expr) if *self.expr(*expr) == Expr::Value(id));
            self.place(node) == Some(Is::Absent) || self.pieces.iter().any(written)
        };
        one_step(self.ops, id).is_some_and(is)
    }

    /// What stands where the second of two places that say the same is absent, so that it fills
    /// nothing.
    fn unfilled(&mut self, id: ValueId) -> Option<ExprId> {
        match at(&self.ops.values, id)? {
            Value::Written(Written { base, writes: Writes::Second { value, .. }, .. })
                if self.is(*value)? == Is::Absent =>
            {
                Some(*base)
            }
            _ => None,
        }
    }

    /// What a value is after its steps.
    fn kind(&self, id: ValueId) -> Option<Is> {
        match at(&self.ops.values, id)? {
            Value::Node(node) => self.place(*node),
            Value::Step(of, step) => self.kind(*of).filter(|_| self.keeps(step)),
            Value::Const(value, steps) => {
                let is = match value {
                    Json::Null => Is::Null,
                    Json::Object(_) => Is::Object,
                    Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => Is::Other,
                };
                steps.iter().all(|s| self.keeps(s)).then_some(is)
            }
            Value::Written(_) => None,
        }
    }

    /// Whether a value is of the same kind after a step.
    fn keeps(&self, step: &Group) -> bool {
        let keeps = |id: u32| {
            at(&self.plan.functions, id).is_some_and(|f| f.scalar.is_empty() && f.stages.is_empty())
        };
        step.list.is_none()
            && step.taped.is_none()
            && step.call.into_iter().chain(step.nested).all(keeps)
    }

    fn expr(&self, id: ExprId) -> &'o Expr {
        at(&self.ops.exprs, id).unwrap_or(&Expr::Absent)
    }

    fn is(&mut self, id: ExprId) -> Option<Is> {
        Some(match self.expr(id) {
            Expr::Absent => Is::Absent,
            Expr::Value(value) => self.value(*value)?,
            Expr::Placeholder(value, _) => match value {
                Json::Null => Is::Null,
                Json::Object(_) => Is::Object,
                _ => Is::Other,
            },
            Expr::Object(call) => self.is_object(call)?,
            Expr::NullOr(on, inner) => match self.is(*on)? {
                Is::Null => Is::Null,
                Is::Absent | Is::Object | Is::Other => self.is(*inner)?,
            },
            Expr::Guard(on, inner, at) => {
                if self.passes(*on, *at)? {
                    self.is(*inner)?
                } else {
                    Is::Absent
                }
            }
            Expr::When(on, inner) => match self.is(*on)? {
                Is::Object => self.is(*inner)?,
                Is::Absent | Is::Null | Is::Other => Is::Absent,
            },
            Expr::Else(first, second) => match self.is(*first)? {
                Is::Absent => self.is(*second)?,
                is => is,
            },
            Expr::Either(on, first, second) => {
                let taken = if self.is(*on)? == Is::Absent { second } else { first };
                self.is(*taken)?
            }
        })
    }

    fn passes(&mut self, on: ExprId, at: ExprId) -> Option<bool> {
        Some(match self.is(on)? {
            Is::Other => false,
            Is::Null => self.is(at)? != Is::Null,
            Is::Absent | Is::Object => true,
        })
    }

    fn is_object(&mut self, call: &Call) -> Option<Is> {
        if call.known {
            return Some(Is::Object);
        }
        let mut is = match call.base {
            Some(base) => self.is(base)?,
            None => Is::Absent,
        };
        for layer in &call.layers {
            if !matches!(is, Is::Absent | Is::Null) {
                break;
            }
            for member in layer {
                match (is, self.is(*member)?) {
                    (_, Is::Absent) | (Is::Null, Is::Null) => {}
                    _ => is = Is::Object,
                }
            }
        }
        Some(is)
    }

    #[expect(clippy::option_option, reason = "not known, and known to be absent, are two answers")]
    fn decide(&mut self, id: ExprId) -> Option<Option<ExprId>> {
        if self.is(id)? == Is::Absent {
            return Some(None);
        }
        match self.expr(id) {
            Expr::NullOr(on, inner) => match self.is(*on)? {
                Is::Null => self.decide(*on),
                Is::Absent | Is::Object | Is::Other => self.decide(*inner),
            },
            Expr::Guard(_, inner, _) | Expr::When(_, inner) => self.decide(*inner),
            Expr::Else(first, second) => match self.is(*first)? {
                Is::Absent => self.decide(*second),
                Is::Null | Is::Object | Is::Other => self.decide(*first),
            },
            Expr::Either(on, first, second) => {
                let taken = if self.is(*on)? == Is::Absent { second } else { first };
                self.decide(*taken)
            }
            Expr::Object(call) if self.is_object(call)? != Is::Object => match call.base {
                Some(base) => self.decide(base),
                None => Some(None),
            },
            Expr::Absent | Expr::Value(_) | Expr::Placeholder(..) | Expr::Object(_) => {
                Some(Some(id))
            }
        }
    }

    fn name(&mut self, build: &Build) {
        self.text.push(b'"');
        self.text.extend_from_slice(build.name.as_bytes());
        self.text.extend_from_slice(b"\":");
    }

    fn piece(&mut self, piece: Piece) {
        self.pieces.push((self.text.len(), piece));
    }

    /// Writes a decided expression.
    fn emit(&mut self, id: ExprId) -> Option<()> {
        let ops = self.ops;
        match self.expr(id) {
            Expr::Value(value) => match (plain(ops, *value), at(&ops.values, *value)) {
                (Some(node), _) => self.piece(Piece::Place(node)),
                (None, Some(Value::Const(value, steps))) if steps.is_empty() => {
                    self.text.extend_from_slice(value.to_string().as_bytes());
                }
                (None, _) => self.piece(match one_step(ops, *value) {
                    Some((node, _)) => Piece::Step(node, id),
                    None => Piece::Emit(id),
                }),
            },
            Expr::Object(call) if call.node.is_none() && call.losses.is_empty() => {
                self.text.push(b'{');
                let mut first = true;
                for member in &call.members {
                    if let Some(id) = self.decide(member.value)? {
                        if !std::mem::take(&mut first) {
                            self.text.push(b',');
                        }
                        self.name(member);
                        self.emit(id)?;
                    }
                }
                self.text.push(b'}');
            }
            Expr::Object(_) | Expr::Placeholder(..) => self.piece(Piece::Emit(id)),
            Expr::Absent
            | Expr::NullOr(..)
            | Expr::Guard(..)
            | Expr::When(..)
            | Expr::Else(..)
            | Expr::Either(..) => {}
        }
        Some(())
    }

    fn check(&mut self, op: &LossOp) -> Option<Check> {
        Some(match op {
            LossOp::Drop { value, test, .. } => {
                let Some(id) = self.decide(*value)? else { return Some(Check::Nothing) };
                match test {
                    Test::With(other) if self.is(*other)? == Is::Absent => Check::Nothing,
                    Test::Not(expected) => match self.expr(id) {
                        Expr::Value(value) => Check::Text(
                            plain(self.ops, *value)?,
                            expected.to_string().into_bytes().into(),
                        ),
                        _ => Check::Look,
                    },
                    Test::With(_) | Test::Differs(_) | Test::Present => Check::Look,
                }
            }
            LossOp::Made(value) => match self.expr(*value) {
                Expr::Value(value) if self.unfilled(*value).is_some() => Check::Nothing,
                _ => Check::Look,
            },
            LossOp::Unsaid { found, value, .. } => {
                let absent = self.is(*found)? == Is::Absent && self.is(*value)? == Is::Absent;
                if absent { Check::Look } else { Check::Nothing }
            }
            LossOp::Into { base, .. } => match self.is(*base)? {
                Is::Absent | Is::Object => Check::Nothing,
                Is::Null | Is::Other => Check::Look,
            },
            LossOp::Apart(part, _) => {
                let mut more = 0;
                self.apart(part, &mut more)?;
                Check::More(more)
            }
            LossOp::Extras(node, names, _) => {
                let mut more = 0;
                self.extras(*node, names, &mut more)?;
                Check::More(more)
            }
        })
    }

    /// Whether anything comes out of something that is taken apart; `None`: if nothing is lost
    /// cannot be said. `more`: as long as these places have no members that were not held.
    fn apart(&mut self, part: &Parted, more: &mut u64) -> Option<bool> {
        let (value, tree, extras) = match part {
            Parted::Carried(id) => return Some(self.is(*id)? != Is::Absent),
            Parted::Lost(id) => {
                let nothing = match self.expr(*id) {
                    Expr::Else(first, second) => {
                        self.is(*first)? == Is::Absent && self.is(*second)? == Is::Absent
                    }
                    _ => self.is(*id)? == Is::Absent,
                };
                return nothing.then_some(false);
            }
            Parted::Items(id, _) => return (self.is(*id)? == Is::Absent).then_some(false),
            Parted::Through { value, tree, extras } => (*value, tree, extras),
        };
        let Some(decided) = self.decide(value)? else { return Some(false) };
        match self.is(decided)? {
            Is::Absent => return Some(false),
            Is::Null | Is::Other => return None,
            Is::Object => {}
        }
        let mut came = false;
        for (_, part) in tree {
            came |= self.apart(part, more)?;
        }
        if let Some((node, names)) = extras {
            self.extras(*node, names, more)?;
        }
        came.then_some(true)
    }

    /// Whether a place has no members beyond some names, as long as none was not held.
    fn extras(&self, node: NodeId, names: &[Box<str>], more: &mut u64) -> Option<()> {
        if self.place(node)? != Is::Object {
            return Some(());
        }
        let table = at(&self.ops.nodes, node).filter(|table| !table.keys.is_empty() && node > 0)?;
        let held = |(name, op): (&[u8], &KeyOp)| {
            !matches!(op, KeyOp::Hold(_)) || names.iter().any(|n| n.as_bytes() == name)
        };
        table.keys.iter().all(held).then(|| *more |= 1 << node)
    }
}
