//! Functions of fused hops: the table of an object, and what is built and looked for at its end.

use std::collections::{BTreeMap, BTreeSet};

use super::lines::{Row, Text, table};
use super::staged::splits;
use super::{AS_IT_IS, Listing, enclosed, name};
use crate::plan::{
    Build, Call, Choice, Expr, ExprId, FuncId, Function, Group, KeyOp, LossOp, NodeId, NodeOps,
    ObjectOps, Parted, ReporterId, Test, Value, ValueId,
};

/// An object whose ops are listed.
pub(super) struct Within<'o> {
    ops: &'o ObjectOps,
    /// Place of the object in the message.
    at: &'o str,
    /// Where each node is, from the object.
    nodes: Vec<String>,
    /// How often each expression is said.
    uses: BTreeMap<ExprId, usize>,
}

impl Within<'_> {
    /// A node as the end of the object speaks of it.
    fn node(&self, id: NodeId) -> String {
        format!("${}", self.suffix(id))
    }

    fn suffix(&self, id: NodeId) -> &str {
        usize::try_from(id).ok().and_then(|at| self.nodes.get(at)).map_or("", String::as_str)
    }

    fn place(&self, id: NodeId) -> String {
        format!("{}{}", self.at, self.suffix(id))
    }

    /// Whether an expression is said in several places and is more than a value: it has a name.
    fn is_shared(&self, id: ExprId) -> bool {
        let simple = matches!(self.expr(id), Expr::Absent | Expr::Value(_) | Expr::Placeholder(..));
        !simple && self.uses.get(&id).is_some_and(|uses| *uses > 1)
    }

    fn carries(&self, node: NodeId) -> bool {
        self.uses.keys().any(|id| matches!(self.expr(*id), Expr::Object(c) if c.node == Some(node)))
    }

    pub(super) fn expr(&self, id: ExprId) -> &Expr {
        usize::try_from(id).ok().and_then(|at| self.ops.exprs.get(at)).unwrap_or(&Expr::Absent)
    }
}

impl Listing<'_> {
    pub(super) fn function(&mut self, id: FuncId, at: &str) -> Vec<String> {
        let plan = self.plan;
        let Some(function) = usize::try_from(id).ok().and_then(|at| plan.functions.get(at)) else {
            return Vec::new();
        };
        let Function { object, elements, unfit_scalar, unfit_array, scalar, stages, why, choice } =
            function;
        let mut rows = Vec::new();
        if let Some(by) = unfit_scalar {
            rows.push(Row::new("scalar", format!("unfit by {}", self.by(*by))));
        } else if !scalar.is_empty() {
            rows.push(Row::new("scalar", self.steps(scalar, at)));
        }
        if let Some(by) = unfit_array {
            rows.push(Row::new("array", format!("unfit by {}", self.by(*by))));
        }
        if !elements.is_empty() {
            rows.push(Row::new("each element", self.steps(elements, &format!("{at}[]"))));
        }
        match choice {
            Some(Choice::Tag(tag, cases)) => {
                for (value, call) in cases {
                    let Some(call) = call else { continue };
                    let branch = format!("{} is {value}", tag.raw());
                    rows.push(Row::new(&branch, self.functions.name(*call, at)));
                }
            }
            Some(Choice::Object(call)) => {
                rows.push(Row::new("object", self.functions.name(*call, at)));
            }
            None => {}
        }
        if !stages.is_empty() {
            let idle = || String::from("nothing");
            let stages = stages.iter().map(|id| self.through(*id, at).unwrap_or_else(idle));
            let stages: Vec<String> = stages.collect();
            let when = if choice.is_some() { "else hop by hop" } else { "hop by hop" };
            rows.push(Row::new(when, stages.join(", then ")));
            rows.extend(why.map(|why| Row::new("since", why.to_string())));
        }
        let mut lines = table(1, &rows);
        if let Some(object) = object {
            lines.extend(self.object(object, at));
        }
        if lines.is_empty() {
            lines.push(String::from("  nothing"));
        }
        lines
    }

    fn object(&mut self, ops: &ObjectOps, at: &str) -> Vec<String> {
        // Recipes say nothing that the ops do not.
        let ObjectOps { nodes, values: _, exprs: _, build, losses, recipes: _ } = ops;
        if is_idle(ops) {
            return Vec::new();
        }
        let within = Within { ops, at, nodes: node_places(nodes), uses: uses(ops) };
        let mut rows = Vec::new();
        self.node(&within, 0, 0, &mut rows);
        let mut lines = vec![String::from("  object")];
        lines.extend(table(2, &rows));
        if build.is_empty() && losses.is_empty() {
            return lines;
        }
        rows = self.builds(&within, build);
        for loss in losses {
            rows.push(self.loss(&within, loss));
        }
        for id in within.uses.keys().filter(|id| within.is_shared(**id)) {
            let text = self.whole(&within, *id);
            rows.push(Row::new(format!("e{id}"), text.after("=")));
        }
        lines.push(String::from("  end"));
        lines.extend(table(2, &rows));
        lines
    }

    /// What happens to each member beneath a node, in the order of the table.
    fn node(&mut self, within: &Within<'_>, id: NodeId, depth: usize, rows: &mut Vec<Row>) {
        let ops = within.ops;
        let Some(node) = usize::try_from(id).ok().and_then(|at| ops.nodes.get(at)) else { return };
        let NodeOps { keys, other } = node;
        let mut together: Vec<(Vec<String>, String)> = Vec::new();
        let flush = |together: &mut Vec<(Vec<String>, String)>, rows: &mut Vec<Row>| {
            for (names, text) in together.drain(..) {
                rows.push(Row::new(names.join(", "), text).beneath(depth));
            }
        };
        for (key, action) in keys.iter() {
            let key = name(&String::from_utf8_lossy(key));
            let place = format!("{}.{key}", within.place(id));
            let text = self.action(action, &place);
            match (action, together.last_mut()) {
                (KeyOp::Hold(inner), _) => {
                    flush(&mut together, rows);
                    rows.push(Row::new(key, text).beneath(depth));
                    self.node(within, *inner, depth.saturating_add(1), rows);
                }
                (_, Some((names, known))) if *known == text => names.push(key),
                _ => together.push((vec![key], text)),
            }
        }
        flush(&mut together, rows);
        if id == 0 || other.is_some() || within.carries(id) {
            let text = match other {
                None => String::from("copy"),
                Some(action) => self.action(action, &format!("{}{{}}", within.place(id))),
            };
            rows.push(Row::new("*", text).beneath(depth));
        }
    }

    fn action(&mut self, action: &KeyOp, place: &str) -> String {
        match action {
            KeyOp::Emit { name: new, steps } => {
                let new =
                    new.as_ref().map(|new| format!(" as {}", name(new.name()))).unwrap_or_default();
                let word = match steps.as_slice() {
                    [] => return format!("copy{new}"),
                    [Group { list: None, convert: None, call: Some(_), .. }] => "descend",
                    _ => "step",
                };
                format!("{word} {}{new}", self.steps(steps, place))
            }
            KeyOp::Hold(_) => String::from("hold"),
            KeyOp::Collide(by, steps) => self.gone("collide", *by, steps, place),
            KeyOp::Drop(by, steps) => self.gone("drop", *by, steps, place),
        }
    }

    fn gone(&mut self, word: &str, by: ReporterId, steps: &[Group], place: &str) -> String {
        let after = if steps.is_empty() {
            String::new()
        } else {
            format!(" after {}", self.steps(steps, place))
        };
        format!("{word} by {}{after}", self.by(by))
    }

    fn builds(&mut self, within: &Within<'_>, build: &[Build]) -> Vec<Row> {
        let row = |this: &mut Self, b: &Build| Row::new(name(&b.name), this.expr(within, b.value));
        build.iter().map(|b| row(self, b)).collect()
    }

    /// An expression, by its name if it has one.
    fn expr(&mut self, within: &Within<'_>, id: ExprId) -> Text {
        if within.is_shared(id) {
            return Text::from(format!("e{id}"));
        }
        self.whole(within, id)
    }

    pub(super) fn inline(&mut self, within: &Within<'_>, id: ExprId) -> String {
        self.expr(within, id).line()
    }

    /// An expression in full.
    fn whole(&mut self, within: &Within<'_>, id: ExprId) -> Text {
        match within.expr(id) {
            Expr::Absent => Text::from("absent"),
            Expr::Value(value) => Text::from(self.value(within, *value).0),
            Expr::Placeholder(value, by) => {
                Text::from(format!("placeholder {value} by {}", self.by(*by)))
            }
            Expr::Object(call) => self.call(within, call),
            Expr::NullOr(on, inner) => {
                let on = self.inline(within, *on);
                self.expr(within, *inner).after(&format!("null with {on}, else"))
            }
            Expr::Guard(on, inner, at) => {
                let on = self.inline(within, *on);
                let what = if inner == at { String::from("it") } else { self.inline(within, *at) };
                self.expr(within, *inner).after(&format!("unless {on} bars {what}:"))
            }
            Expr::When(on, inner) => {
                let on = self.inline(within, *on);
                self.expr(within, *inner).after(&format!("if {on} is an object:"))
            }
            Expr::Else(first, second) => {
                let first = enclosed(self.inline(within, *first));
                self.expr(within, *second).after(&format!("{first}, else"))
            }
            Expr::Either(on, first, second) => {
                let (on, first) = (self.inline(within, *on), self.inline(within, *first));
                let same = on == first;
                let first = enclosed(first);
                let first = if same { first } else { format!("if there is {on}: {first}") };
                self.expr(within, *second).after(&format!("{first}, else"))
            }
        }
    }

    /// A value, and the node that it comes from.
    fn value(&mut self, within: &Within<'_>, id: ValueId) -> (String, NodeId) {
        match usize::try_from(id).ok().and_then(|at| within.ops.values.get(at)) {
            None => (String::from("absent"), 0),
            Some(Value::Node(node)) => (within.node(*node), *node),
            Some(Value::Step(of, step)) => {
                let (text, node) = self.value(within, *of);
                let step = self.step(step, &within.place(node));
                let nothing = step.is_empty() || step == AS_IT_IS;
                (if nothing { text } else { format!("{text} | {step}") }, node)
            }
            Some(Value::Const(value, steps)) => {
                let steps: Vec<String> =
                    steps.iter().map(|step| format!(" | {}", self.step(step, within.at))).collect();
                (format!("{value}{}", steps.join("")), 0)
            }
            Some(Value::Written(written)) => (self.written(within, written), 0),
        }
    }

    /// An object. Without a word it is made if one of its members is there.
    fn call(&mut self, within: &Within<'_>, call: &Call) -> Text {
        let Call { base, known, node, layers, members, losses } = call;
        let mut head = Vec::new();
        if *known {
            head.push(String::from("always"));
        }
        if let Some(base) = base {
            head.push(format!("over {}", self.inline(within, *base)));
        }
        if let Some(node) = node {
            head.push(format!("with the rest of {}", within.node(*node)));
        }
        if !known && !made_of_members(call) {
            for (at, layer) in layers.iter().enumerate() {
                let parts: Vec<String> = layer.iter().map(|id| self.inline(within, *id)).collect();
                let parts =
                    if parts.is_empty() { String::from("nothing") } else { parts.join(" or ") };
                head.push(if at == 0 { format!("if {parts}") } else { format!("then if {parts}") });
            }
        }
        let mut inner = Vec::new();
        for Build { name: own, value } in members {
            inner.push((name(own), self.expr(within, *value)));
        }
        for loss in losses {
            let (what, text) = self.lost(within, loss);
            inner.push((what.to_owned(), text));
        }
        Text { head: head.join(" "), inner: Some(inner) }
    }

    fn loss(&mut self, within: &Within<'_>, loss: &LossOp) -> Row {
        let (what, text) = self.lost(within, loss);
        Row::new(what, text)
    }

    /// What may be lost: the kind of op, and the op.
    fn lost(&mut self, within: &Within<'_>, loss: &LossOp) -> (&'static str, Text) {
        match loss {
            LossOp::Drop { value, test, kind, reporter } => {
                let value = self.inline(within, *value);
                let test = match test {
                    Test::Present => String::new(),
                    Test::Not(expected) => format!(" unless it is {expected}"),
                    Test::With(other) => format!(" if there is {}", self.inline(within, *other)),
                    Test::Differs(other) => {
                        format!(" unless it is {}", enclosed(self.inline(within, *other)))
                    }
                };
                let what = format!("{kind} {value}{test}");
                ("lost", Text::from(self.reported(what, *reporter)))
            }
            LossOp::Into { base, writes } => {
                let mut inner = Vec::new();
                for (value, by) in writes {
                    let value = self.inline(within, *value);
                    inner.push((String::new(), Text::from(self.reported(value, *by))));
                }
                let head = format!("written into {}", self.inline(within, *base));
                ("lost", Text { head, inner: Some(inner) })
            }
            LossOp::Apart(part, by) => {
                let by = format!("by {}:", self.by(*by));
                let text = self.parted(within, part).after(&by);
                ("apart", text)
            }
            LossOp::Made(value) => ("made", Text::from(self.inline(within, *value))),
            LossOp::Unsaid { object, found, parent, value, reporter } => {
                let object = self.inline(within, *object);
                let (found, value) = (self.inline(within, *found), self.inline(within, *value));
                let within = parent.map(|parent| self.inline(within, parent));
                let within = within.map_or_else(String::new, |parent| format!(" in {parent}"));
                let by = self.by(*reporter);
                let text =
                    format!("{object} narrowed by {by} without {found}, and {value}{within}");
                ("unsaid", Text::from(text))
            }
            LossOp::Extras(node, names, by) => {
                let (node, names) = (within.node(*node), listed(names));
                (
                    "lost",
                    Text::from(format!("members of {node} beyond {names} by {}", self.by(*by))),
                )
            }
        }
    }

    fn parted(&mut self, within: &Within<'_>, part: &Parted) -> Text {
        match part {
            Parted::Carried(_) => Text::from("carried"),
            Parted::Lost(_) => Text::from("lost"),
            Parted::Items(value, split) => {
                let head = self.inline(within, *value);
                Text { head, inner: Some(splits(split)) }
            }
            Parted::Through { value, tree, extras } => {
                let mut inner = Vec::new();
                for (own, part) in tree {
                    inner.push((name(own), self.parted(within, part)));
                }
                // Their names are those above.
                if extras.is_some() {
                    inner.push((String::from("*"), Text::from("lost")));
                }
                let head = match within.expr(*value) {
                    Expr::Object(Call { node: Some(node), .. }) => within.node(*node),
                    _ => self.inline(within, *value),
                };
                Text { head, inner: Some(inner) }
            }
        }
    }
}

fn listed(names: &[Box<str>]) -> String {
    let names: Vec<String> = names.iter().map(|n| name(n)).collect();
    if names.is_empty() { String::from("none") } else { names.join(", ") }
}

/// Where each node is, from the object.
fn node_places(nodes: &[NodeOps]) -> Vec<String> {
    let mut places = vec![String::new(); nodes.len()];
    for (at, node) in nodes.iter().enumerate() {
        for (key, op) in node.keys.iter() {
            let KeyOp::Hold(inner) = op else { continue };
            let parent = places.get(at).cloned().unwrap_or_default();
            let place = format!("{parent}.{}", name(&String::from_utf8_lossy(key)));
            if let Some(own) = usize::try_from(*inner).ok().and_then(|at| places.get_mut(at)) {
                *own = place;
            }
        }
    }
    places
}

/// Whether an object that is made is there if one of its members is: then nothing is said of it.
fn made_of_members(call: &Call) -> bool {
    let [layer] = call.layers.as_slice() else { return false };
    let members: BTreeSet<ExprId> = call.members.iter().map(|m| m.value).collect();
    layer.iter().copied().collect::<BTreeSet<ExprId>>() == members
}

/// Whether every member goes out as it came.
fn is_idle(ops: &ObjectOps) -> bool {
    let copied = |op: &KeyOp| matches!(op, KeyOp::Emit { name: None, steps } if steps.is_empty());
    let all = |node: &NodeOps| node.all().all(copied);
    ops.build.is_empty() && ops.losses.is_empty() && ops.nodes.iter().all(all)
}

/// How often each expression is said at the end of an object.
fn uses(ops: &ObjectOps) -> BTreeMap<ExprId, usize> {
    let mut uses: BTreeMap<ExprId, usize> = BTreeMap::new();
    let mut todo: Vec<ExprId> = ops.build.iter().map(|b| b.value).collect();
    let expr = |id: ExprId| usize::try_from(id).ok().and_then(|at| ops.exprs.get(at));
    for loss in &ops.losses {
        of_loss(loss, &expr, &mut todo);
    }
    while let Some(id) = todo.pop() {
        let count = uses.entry(id).or_default();
        *count = count.saturating_add(1);
        if *count > 1 {
            continue;
        }
        match expr(id) {
            None | Some(Expr::Absent | Expr::Value(_) | Expr::Placeholder(..)) => {}
            Some(Expr::NullOr(a, b) | Expr::When(a, b) | Expr::Else(a, b)) => todo.extend([*a, *b]),
            Some(Expr::Guard(a, b, c)) => {
                todo.extend([*a, *b]);
                todo.extend(Some(*c).filter(|c| c != b));
            }
            Some(Expr::Either(on, a, b)) => {
                todo.extend([*a, *b]);
                todo.extend(Some(*on).filter(|on| on != a));
            }
            Some(Expr::Object(call)) => {
                todo.extend(call.base);
                if !call.known && !made_of_members(call) {
                    todo.extend(call.layers.iter().flatten());
                }
                todo.extend(call.members.iter().map(|m| m.value));
                for loss in &call.losses {
                    of_loss(loss, &expr, &mut todo);
                }
            }
        }
    }
    uses
}

fn of_loss<'o>(loss: &LossOp, expr: &dyn Fn(ExprId) -> Option<&'o Expr>, into: &mut Vec<ExprId>) {
    match loss {
        LossOp::Drop { value, test, .. } => {
            into.push(*value);
            match test {
                Test::With(other) | Test::Differs(other) => into.push(*other),
                Test::Present | Test::Not(_) => {}
            }
        }
        LossOp::Into { base, writes } => {
            into.push(*base);
            into.extend(writes.iter().map(|(value, _)| *value));
        }
        LossOp::Apart(part, _) => of_part(part, expr, into),
        LossOp::Made(value) => into.push(*value),
        LossOp::Unsaid { object, found, parent, value, .. } => {
            into.extend([*object, *found, *value].into_iter().chain(*parent));
        }
        LossOp::Extras(..) => {}
    }
}

fn of_part<'o>(part: &Parted, expr: &dyn Fn(ExprId) -> Option<&'o Expr>, into: &mut Vec<ExprId>) {
    let (value, tree) = match part {
        Parted::Carried(_) | Parted::Lost(_) => return,
        Parted::Items(value, _) => return into.push(*value),
        Parted::Through { value, tree, .. } => (value, tree),
    };
    if !matches!(expr(*value), Some(Expr::Object(Call { node: Some(_), .. }))) {
        into.push(*value);
    }
    for (_, part) in tree {
        of_part(part, expr, into);
    }
}
