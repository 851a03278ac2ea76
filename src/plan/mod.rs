//! The fused program as plain data: functions over values, driven by the input. It knows neither
//! mappings nor contracts, and does not run anything.

mod keys;
mod label;
mod listing;
mod message;
mod naming;
mod op;
mod order;
mod recipe;
mod single;
mod stage;
mod why;

pub use keys::{Keys, Likely, Next, SHARED};
pub use label::{CHUNK, Label, Literal};
pub use listing::{listing, of_body, of_head};
pub use message::{Asked, Body, Head};
pub use naming::{
    Longest, NameId, NameInner, NameMembers, NameMove, NameNode, Names, NamesOf, Naming,
};
pub use op::{
    Back, Build, Call, Choice, Convert, Expr, ExprId, FuncId, Function, Group, ItemWrite, KeyOp,
    List, ListId, LossOp, Miss, NodeId, NodeOps, ObjectOps, Parted, Test, Value, ValueId, Writes,
    Written,
};
pub use order::{Edge, Gap, Leg, Open, Order, Orders};
pub use recipe::{Check, IN_SIGHT, Item, Known, Lazy, Line, Piece, Recipes, Sight, Whole};
pub use single::{
    Agreement, Around, Fill, From, Gather, Given, Make, Many, Piece as TextPiece, Prefer, Repeat,
    Singles, Take,
};
pub use stage::{
    Alter, Becomes, Branch, Carry, Cross, Crossing, Declared, Does, Elements, Invented, Items,
    Itself, Left, Looked, Members, Named, Place, Refusing, Seg, Set, Split, Stage, StageId, Tag,
    Taped, TapedId, Told, Turn, Unfit, Union, Unsaid, Voids, Work, Wrap,
};
pub use why::Why;

use crate::loss::Loses;
use crate::loss::RuleId;

/// One program: for one root, one direction, one pair of versions.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// What happens to the message itself; empty: nothing.
    pub root: Vec<Group>,
    /// Functions by [`FuncId`].
    pub functions: Vec<Function>,
    /// Lists of values by [`ListId`].
    pub lists: Vec<List>,
    /// What becomes of the places that texts name, by hop in order of travel; empty: none does.
    pub names: Vec<Vec<Names>>,
    /// Stages by [`StageId`].
    pub stages: Vec<Stage>,
    /// Steps on the tape by [`TapedId`].
    pub taped: Vec<Taped>,
    /// Rules that may report, by index.
    pub rules: Vec<Reporter>,
}

impl Plan {
    /// Whether the message goes through as it came.
    pub fn is_empty(&self) -> bool {
        self.root.is_empty()
    }
}

/// Index into [`Plan::rules`].
pub type ReporterId = u32;

/// A rule that may report a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reporter {
    /// Its hop, in order of travel.
    pub hop: u16,
    /// The rule.
    pub rule: RuleId,
    /// What its losses do.
    pub loses: Loses,
    /// Unfit values refuse the message.
    pub strict: bool,
}
