//! What a program is made of. Ids index the tables of the [`Plan`](super::Plan) or of the
//! function that they stand in.

use super::{Keys, Label, Lazy, ReporterId};
use crate::codec::Repr;
use crate::json;
use crate::loss::LossKind;

/// Index into [`super::Plan::functions`].
pub type FuncId = u32;
/// Index into [`super::Plan::lists`].
pub type ListId = u32;
/// Index into [`ObjectOps::nodes`]; 0 is the object itself.
pub type NodeId = u32;
/// Index into [`ObjectOps::values`].
pub type ValueId = u32;
/// Index into [`ObjectOps::exprs`].
pub type ExprId = u32;

/// What one hop (or several that only call) does to a value; a run of them is done in order. The
/// first that finds the value unfit ends them all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// First: a listed value is replaced, and nothing else is done to it.
    pub list: Option<ListId>,
    /// Else: another representation.
    pub convert: Option<Convert>,
    /// Else: a function.
    pub call: Option<FuncId>,
    /// For an array or object of the message: the function that stands for all steps up to this
    /// one.
    pub nested: Option<FuncId>,
    /// An array or object came through an unconstrained schema: no list or conversion is tried.
    pub sealed: bool,
    /// All of it on the tape instead; then all of the above is empty.
    pub taped: Option<super::TapedId>,
}

/// A change of representation.
#[derive(Clone, Debug, PartialEq)]
pub struct Convert {
    /// How the value is written.
    pub from: Repr,
    /// How it is to be written.
    pub to: Repr,
    /// Who reports what does not fit or narrows.
    pub reporter: ReporterId,
}

impl Convert {
    /// Whether it makes a list or a dictionary of something else, or the reverse.
    pub fn regroups(&self) -> bool {
        matches!((&self.from, &self.to), (Repr::List(_), Repr::List(_)))
    }
}

/// Values that are replaced.
#[derive(Clone, Debug, PartialEq)]
pub struct List {
    /// A value, what it becomes (`None`: absent), and whether that narrows it.
    pub entries: Vec<(json::Value, Option<json::Value>, bool)>,
    /// What stands for a value that is absent; whoever reads the value puts it there.
    pub absent: Option<json::Value>,
    /// What happens to others, but for null, which is kept.
    pub miss: Miss,
    /// What the way back gives.
    pub back: Back,
    /// What the contract lists, where it does.
    pub known: Option<Vec<json::Value>>,
    /// A null that is not listed is narrowed: the way back changes it.
    pub null: bool,
    /// An array or object can equal one of its values. If not, none need be read.
    pub nests: bool,
    /// Who reports.
    pub reporter: ReporterId,
}

impl List {
    /// What there is to say of an unlisted value and what has become of it: `is` compares with that
    /// (which may be a `null`), `was` with what came, which is none.
    pub fn kept(
        &self,
        null: bool,
        is: impl Fn(&json::Value) -> bool,
        was: impl Fn(&json::Value) -> bool,
    ) -> Option<LossKind> {
        if !self.back.returns(null, &is, was) {
            return Some(LossKind::Narrowed);
        }
        let known = self.known.as_ref().filter(|_| !null);
        known.is_some_and(|known| !known.iter().any(&is)).then_some(LossKind::Unknown)
    }

    /// The entry of a text that is written just like it. There may be one without that, too.
    pub fn written(&self, text: &[u8]) -> Option<&(json::Value, Option<json::Value>, bool)> {
        let inner = text.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
        let is = |key: &json::Value| matches!(key, json::Value::String(key) if key.raw().as_bytes() == inner);
        self.entries.iter().find(|(key, ..)| is(key))
    }

    /// Whether an array or object is among the values that it compares with.
    pub fn has_nested(&self) -> bool {
        let keys = self.entries.iter().map(|(key, ..)| key);
        let again = match &self.miss {
            Miss::Become(_, again) => again.as_slice(),
            Miss::Keep | Miss::Refuse => &[],
        };
        let others = self.known.iter().flatten().chain(again);
        let back = self.back.entries.iter().map(|(key, _)| key);
        let mut all = keys.chain(others).chain(back);
        all.any(|value| matches!(value, json::Value::Array(_) | json::Value::Object(_)))
    }
}

/// An unlisted value.
#[derive(Clone, Debug, PartialEq)]
pub enum Miss {
    /// Is kept, or converted. What becomes of it is reported as narrowed if the way back gives
    /// something else for it, else as unknown if the contract does not list it.
    Keep,
    /// Refuses the message.
    Refuse,
    /// Becomes this: reported as narrowed unless it is what the way back gives for that.
    Become(json::Value, Option<json::Value>),
}

/// What the way back gives for what a list keeps or lets be converted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Back {
    /// What it lists; `None`: absent.
    pub entries: Vec<(json::Value, Option<json::Value>)>,
    /// What it gives for what is not listed; `None`: the value again.
    pub other: Option<json::Value>,
}

impl Back {
    /// Whether it gives what came (which `was` compares with) for the result (`is`).
    pub fn returns(
        &self,
        null: bool,
        is: impl Fn(&json::Value) -> bool,
        was: impl Fn(&json::Value) -> bool,
    ) -> bool {
        match self.entries.iter().find(|(key, _)| is(key)) {
            Some((_, again)) => again.as_ref().is_some_and(was),
            None => null || self.other.as_ref().is_none_or(was),
        }
    }
}

/// A function: what happens to a value, by what it turns out to be. null stays null.
#[derive(Clone, Debug, Default)]
pub struct Function {
    /// To an object; `None`: nothing.
    pub object: Option<ObjectOps>,
    /// To each element of an array.
    pub elements: Vec<Group>,
    /// A scalar is unfit, and this rule reports it.
    pub unfit_scalar: Option<ReporterId>,
    /// Likewise for an array, after what is done to its elements.
    pub unfit_array: Option<ReporterId>,
    /// To anything else, null too.
    pub scalar: Vec<Group>,
    /// Hop by hop, on the tape, where the hops cannot be fused; then all of the above is empty.
    pub stages: Vec<super::StageId>,
    /// Why they cannot.
    pub why: Option<super::Why>,
    /// Before that is tried: objects whose branch of a union is decided for all hops.
    pub choice: Option<Choice>,
}

/// Which function an object goes through, by the branch of the first union that it is of.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// By the value of this member; `None`, or another value: hop by hop.
    Tag(json::Text, Vec<(json::Value, Option<FuncId>)>),
    /// Any object.
    Object(FuncId),
}

/// What happens to an object.
#[derive(Clone, Debug, Default)]
pub struct ObjectOps {
    /// Places that are looked at; the first is the object itself.
    pub nodes: Vec<NodeOps>,
    /// Values that are held back.
    pub values: Vec<Value>,
    /// What is built of them.
    pub exprs: Vec<Expr>,
    /// Members that are made when the object ends.
    pub build: Vec<Build>,
    /// Losses that are looked for when the object ends.
    pub losses: Vec<LossOp>,
    /// Both in straight lines; found by the executor.
    pub recipes: Lazy,
}

/// What happens to the members of one object.
#[derive(Clone, Debug, Default)]
pub struct NodeOps {
    /// By name.
    pub keys: Keys<KeyOp>,
    /// What happens to members of any other name; `None`: copied.
    pub other: Option<KeyOp>,
}

impl NodeOps {
    /// What happens to members of any name.
    pub fn all(&self) -> impl Iterator<Item = &KeyOp> {
        self.keys.iter().map(|(_, op)| op).chain(&self.other)
    }

    /// Likewise, to be changed.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut KeyOp> {
        self.keys.ops_mut().chain(&mut self.other)
    }
}

/// What happens to one member. Which it is, is asked for each member of a message: by one byte.
#[derive(Clone, Debug, PartialEq)]
#[repr(u8)]
pub enum KeyOp {
    /// Written at once: under another name, if there is one, and after these steps.
    Emit {
        /// The new name.
        name: Option<Label>,
        /// The steps.
        steps: Vec<Group>,
    },
    /// Held back under a node; an object is looked into if the node has keys.
    Hold(NodeId),
    /// Dropped: its name is taken, after these steps.
    Collide(ReporterId, Vec<Group>),
    /// Dropped: it has no counterpart, after these steps.
    Drop(ReporterId, Vec<Group>),
}

/// A value that is held back.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// What stands at a node.
    Node(NodeId),
    /// Another value after a step.
    Step(ValueId, Group),
    /// A constant after steps; it has no origin.
    Const(json::Value, Vec<Group>),
    /// A value that is written into, on the tape.
    Written(Written),
}

/// A value into which one hop writes.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// The hop, in order of travel, from 1.
    pub hop: usize,
    /// What stood there.
    pub base: ExprId,
    /// What is written.
    pub writes: Writes,
}

/// What is written into a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Writes {
    /// Into elements of a list, in order; where that is absent, what rules carry makes one.
    Items(Vec<ItemWrite>),
    /// The second of two places that say the same, where the first is absent.
    Second {
        /// The second.
        value: ExprId,
        /// Where the first is, from the value that is written into.
        first: super::Place,
        /// What happens otherwise.
        agreement: super::Agreement,
    },
}

/// What is written into a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemWrite {
    /// Where, from the list.
    pub place: super::Place,
    /// What.
    pub value: ExprId,
    /// Who reports.
    pub reporter: ReporterId,
    /// The hop makes it: it is written only if its parent is there.
    pub made: bool,
}

/// A member to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct Build {
    /// Its name, as raw text between quotes.
    pub name: Box<str>,
    /// Its value; not written where that is absent.
    pub value: ExprId,
}

/// An expression over held values.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// Nothing.
    Absent,
    /// A held value.
    Value(ValueId),
    /// An invented constant, reported.
    Placeholder(json::Value, ReporterId),
    /// An object, or what stands there instead; see [`Call`].
    Object(Call),
    /// null if the first is null, else the second.
    NullOr(ExprId, ExprId),
    /// The second, unless the first is neither an object, null nor absent, or both are null:
    /// then the third goes nowhere.
    Guard(ExprId, ExprId, ExprId),
    /// The second, if the first is an object.
    When(ExprId, ExprId),
    /// The first, if present, else the second.
    Else(ExprId, ExprId),
    /// The second if the first is present, else the third.
    Either(ExprId, ExprId, ExprId),
}

/// An object that is made, or carried and written into.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Call {
    /// What stood there: if it is neither an object, null nor absent, it stands there still.
    pub base: Option<ExprId>,
    /// Known to be an object.
    pub known: bool,
    /// The node whose members it goes on carrying.
    pub node: Option<NodeId>,
    /// Hop by hop, what makes it an object where it was absent, or null.
    pub layers: Vec<Vec<ExprId>>,
    /// Members to write.
    pub members: Vec<Build>,
    /// What collides if it is written.
    pub losses: Vec<LossOp>,
}

/// A condition of a loss.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// Present.
    Present,
    /// Present and not equal to this.
    Not(json::Value),
    /// Present, and this too.
    With(ExprId),
    /// Present, and this is absent or not equal to it.
    Differs(ExprId),
}

/// Something that may be lost.
#[derive(Clone, Debug, PartialEq)]
pub enum LossOp {
    /// A value that goes nowhere.
    Drop {
        /// The value.
        value: ExprId,
        /// When it is a loss.
        test: Test,
        /// What kind of loss.
        kind: LossKind,
        /// Who reports.
        reporter: ReporterId,
    },
    /// What this reports when it is made, wherever it goes.
    Made(ExprId),
    /// A place that stays absent where that means something, which the absence that came did not:
    /// the object is narrowed.
    Unsaid {
        /// The object before.
        object: ExprId,
        /// What came.
        found: ExprId,
        /// What the place is in; `None`: the object.
        parent: Option<ExprId>,
        /// What stands at the place.
        value: ExprId,
        /// Who reports.
        reporter: ReporterId,
    },
    /// What is written into something that is no object (dropped), or null (that is narrowed).
    Into {
        /// What stood there.
        base: ExprId,
        /// What would be written, with who reports; in order of rules.
        writes: Vec<(ExprId, ReporterId)>,
    },
    /// An object that is taken apart.
    Apart(Parted, ReporterId),
    /// Members of a node beyond these names are dropped.
    Extras(NodeId, Vec<Box<str>>, ReporterId),
}

/// A member of an object that is taken apart.
#[derive(Clone, Debug, PartialEq)]
pub enum Parted {
    /// Carried out by a rule.
    Carried(ExprId),
    /// Lost.
    Lost(ExprId),
    /// Gone through.
    Through {
        /// The member.
        value: ExprId,
        /// Its members.
        tree: Vec<(Box<str>, Parted)>,
        /// The node whose members beyond these names are lost.
        extras: Option<(NodeId, Vec<Box<str>>)>,
    },
    /// A list of which rules name elements.
    Items(ExprId, Vec<(super::Seg, super::Split)>),
}
