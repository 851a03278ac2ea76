//! Finds an order in which the members of an object are likely to come, by what came behind each name when
//! it was read by names last; it need not be one that came. It runs nothing.

use crate::json::scan::Expected;
use crate::plan::{Edge, Gap, KeyOp, Leg, NodeId, NodeOps, ObjectOps, Open, Order};

/// Members of an order.
const MOST: usize = 128;

/// The order that is likely now; `None`: some names would come twice, or there are too many, or none in some
/// object: such a one is as soon read by names.
pub(super) fn order(ops: &ObjectOps) -> Option<Order> {
    let mut walk = Walk {
        ops,
        legs: Vec::new(),
        levels: 0,
        text: Vec::new(),
        edges: Vec::new(),
        open: Vec::new(),
        since: Box::new([Open::NOTHING]),
    };
    walk.object(0)?;
    let end = walk.gap();
    Some(Order { legs: walk.legs.into(), end, levels: walk.levels })
}

fn table(ops: &ObjectOps, node: NodeId) -> Option<&NodeOps> {
    ops.nodes.get(usize::try_from(node).ok()?)
}

struct Walk<'o> {
    ops: &'o ObjectOps,
    legs: Vec<Leg>,
    levels: usize,
    /// What stands behind the last value, and the edges in it, by how far behind.
    text: Vec<u8>,
    edges: Vec<Edge>,
    /// The objects around, and what they were at the last value.
    open: Vec<Open>,
    since: Box<[Open]>,
}

impl Walk<'_> {
    /// Goes through an object, down to its closing brace.
    fn object(&mut self, node: NodeId) -> Option<()> {
        let table = table(self.ops, node)?;
        self.open.push(Open { node, ..Open::NOTHING });
        self.levels = self.levels.max(self.open.len() - 1);
        let (mut next, mut before) = (table.keys.first(), b'{');
        while let Some((index, name)) = table.keys.likely(next.get()).map(|name| (next.get(), name))
        {
            self.text.push(std::mem::replace(&mut before, b','));
            let at = self.text.len();
            self.text.extend_from_slice(name.text.text().get(1..).unwrap_or_default());
            let open = self.open.last_mut()?;
            if open.known & name.bit != 0 || self.legs.len() >= MOST {
                return None;
            }
            (open.known, open.last) = (open.known | name.bit, Some(index));
            match &name.op {
                KeyOp::Hold(inner) if self.is_looked_into(*inner) => {
                    self.edge(*inner, true);
                    self.object(*inner)?;
                }
                op => {
                    let (op, name) = (op.clone(), self.text.len() - at);
                    let gap = self.gap();
                    self.legs.push(Leg { gap, name, op });
                }
            }
            next = &name.next;
        }
        if before == b'{' {
            return None;
        }
        self.text.push(b'}');
        self.open.pop();
        if node > 0 {
            self.edge(node, false);
        }
        Some(())
    }

    /// Whether a node has members, all of which are held back: none would have to be told of.
    fn is_looked_into(&self, node: NodeId) -> bool {
        let holds = |table: &NodeOps| {
            table.keys.likely(table.keys.first().get()).is_some()
                && table.keys.iter().all(|(_, op)| matches!(op, KeyOp::Hold(_)))
        };
        table(self.ops, node).is_some_and(holds)
    }

    fn edge(&mut self, node: NodeId, begins: bool) {
        self.edges.push(Edge { node, begins, back: self.text.len() });
    }

    /// What stands between the last value and here.
    fn gap(&mut self) -> Gap {
        let text = std::mem::take(&mut self.text);
        let back = |edge: Edge| Edge { back: text.len() - edge.back, ..edge };
        let edges = self.edges.drain(..).map(back).collect();
        let open = std::mem::replace(&mut self.since, self.open.as_slice().into());
        Gap { text: Expected::of(text), edges, open }
    }
}
