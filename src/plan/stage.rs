//! Stages: what one hop does to a value on the tape, for functions that cannot be fused. Ids
//! index the tables of the [`Plan`](super::Plan). Data only, like all of this room.

use super::{Convert, From, List, Many, Naming, ReporterId, Singles};
use crate::json::{Test, Text, Value};

/// Index into [`super::Plan::stages`].
pub type StageId = u32;

/// Index into [`super::Plan::taped`].
pub type TapedId = u32;

/// What one hop does to one value of an object whose hops are fused, where that takes the tape.
#[derive(Clone, Debug)]
pub struct Taped {
    /// Its hop, in order of travel, from 1.
    pub hop: usize,
    /// What it does.
    pub does: Does,
}

/// What a step on the tape does to a value. Nothing becomes of one that is absent.
#[derive(Clone, Debug)]
pub enum Does {
    /// The parts of a field (if it has any), and what its type does.
    Work(Option<Box<Work>>, Option<StageId>),
    /// What a source on the way back gives, of which this is the place; nothing is lost of what is
    /// only compared.
    Back(Box<From>),
    /// A copy that no message brought.
    Copy,
    /// What the second is, where this is the first; who reports that nothing is.
    Repeat(Vec<(Value, Value)>, ReporterId),
    /// A source, of which this is the place.
    From(Box<From>),
    /// What stands at a place of it; a null on the way is null, if it is said so.
    Read(Place, bool),
}

/// One step of a place on the tape.
#[derive(Clone, Debug, PartialEq)]
pub enum Seg {
    /// A member.
    Name(Text),
    /// An element by its position.
    Index(u32),
    /// The first element with these fields.
    Select(Vec<(Vec<Text>, Value)>),
}

/// A place relative to a value; empty is the value itself.
pub type Place = Vec<Seg>;

/// What one hop does to a value. The first that applies is done: its own list or conversion, a
/// rule across its root, its branch, and then what belongs to its JSON type.
#[derive(Clone, Debug, Default)]
pub struct Stage {
    /// What is refused of the values that come; asked before all else.
    pub refuses: Vec<Refusing>,
    /// Members that are as if they had not come where they are null; done before what follows.
    pub voids: Option<Box<Voids>>,
    /// A rule about the value itself.
    pub itself: Option<Itself>,
    /// A rule that leads out of the value, or makes one of its places the value.
    pub cross: Option<Cross>,
    /// An array or object goes on as it is, and nothing looks into it any more.
    pub sealed: bool,
    /// The branches, where either contract has a union.
    pub union: Option<Union>,
    /// Who reports values of a JSON type that the rules are not about.
    pub unfit: Unfit,
    /// What happens to an object's members.
    pub object: Option<Box<Members>>,
    /// What happens to an array's elements.
    pub elements: Elements,
    /// Single elements of an array that rules name.
    pub items: Option<Box<Items>>,
    /// Leaves every value that was not looked into as it is.
    pub idle: bool,
}

/// An entry of `refuse`.
#[derive(Clone, Debug)]
pub struct Refusing {
    /// Who refuses.
    pub reporter: ReporterId,
    /// What holds of a value that is refused, all of it.
    pub tests: Vec<(Looked, Test)>,
    /// A null member is absent.
    pub voids: bool,
}

/// A place that a test is about.
#[derive(Clone, Debug)]
pub struct Looked {
    /// Where; `None`: the contract has no such place.
    pub place: Option<Place>,
    /// It holds for some value of the list or dictionary there, at this place of it.
    pub each: Option<(Many, Box<Looked>)>,
}

/// Members that rules read as absent where they are null.
#[derive(Clone, Debug, Default)]
pub struct Voids {
    /// Members at these places.
    pub places: Vec<Place>,
    /// All members beyond these properties.
    pub values: Option<Vec<Text>>,
}

/// What happens to the elements of an array.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Elements {
    /// Neither contract says what they are.
    #[default]
    Unknown,
    /// Only one contract does: they are carried unseen.
    Unseen,
    /// They go through this.
    Each(StageId),
}

/// An array of which rules name single elements.
#[derive(Clone, Debug, Default)]
pub struct Items {
    /// The elements that are named.
    pub named: Vec<Named>,
    /// What happens to an element that is these of `named` (as bits); 0: none of them.
    pub stages: Vec<(u64, StageId)>,
    /// What absence means at places of it.
    pub meanings: Vec<(Place, Value)>,
    /// What is carried from element to element.
    pub carries: Vec<Carry>,
    /// What is made and taken.
    pub singles: Singles,
}

/// One element that rules name.
#[derive(Clone, Debug)]
pub struct Named {
    /// Which: by position or by fields.
    pub which: Seg,
    /// Who reports further elements with these fields; `None`: rules only write there.
    pub reporter: Option<ReporterId>,
    /// A rule takes it as a whole.
    pub taken: bool,
    /// Places in it out of which rules carry something: one of which nothing but its fields is left
    /// then goes.
    pub moved: Vec<Place>,
    /// Places in it whose values rules take away and give to nobody.
    pub removed: Vec<Place>,
}

/// By JSON type, who reports that a value is unfit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unfit {
    /// Booleans, numbers and strings.
    pub scalar: Option<ReporterId>,
    /// Arrays.
    pub array: Option<ReporterId>,
    /// Objects.
    pub object: Option<ReporterId>,
}

/// Branches of the source's union (one, if only the target is a union).
#[derive(Clone, Debug, Default)]
pub struct Union {
    /// Property and values that tell branches which are objects.
    pub tag: Option<(Text, Vec<(Value, usize)>)>,
    /// The branches.
    pub branches: Vec<Branch>,
    /// The source is no union: any value is of the only branch.
    pub single: bool,
    /// Who reports a value that fits none; `None`: it is carried.
    pub none: Option<ReporterId>,
}

/// One branch.
#[derive(Clone, Debug)]
pub struct Branch {
    /// The JSON types that it takes, as bits of `contract::Kinds`.
    pub kinds: u8,
    /// Names that must be there.
    pub required: Vec<Text>,
    /// What happens to its values.
    pub becomes: Becomes,
}

/// What happens to the values of a branch.
#[derive(Clone, Debug)]
pub enum Becomes {
    /// It has no counterpart, and nothing sees them again.
    Unseen,
    /// It has none, and they are refused, by this.
    Refused(ReporterId),
    /// It has none, and they are dropped: this stands in their stead, and who says so.
    Instead(Value, Invented, ReporterId),
    /// They go through this.
    One(StageId),
    /// They may become several types: tests of one kind after the other leave those of which all
    /// hold, or else most; of what is left it is the first.
    Told(Vec<(StageId, Told)>),
}

/// Whether a constant is what it says, or only stands for what nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invented {
    /// It is what it says.
    No,
    /// It is a placeholder.
    Yes,
}

impl Becomes {
    /// The stages that they may go through.
    pub fn stages(&self) -> Vec<StageId> {
        match self {
            Self::Unseen | Self::Refused(_) | Self::Instead(..) => Vec::new(),
            Self::One(stage) => vec![*stage],
            Self::Told(several) => several.iter().map(|(stage, _)| *stage).collect(),
        }
    }
}

/// What tells that a value becomes one type and none of the others, in the order in which it is asked.
#[derive(Clone, Debug)]
pub struct Told {
    /// The property that tells the branches of the result apart.
    pub tag: Option<Tag>,
    /// The JSON types of the result, as bits of `contract::Kinds`; `None`: that is not asked.
    pub kinds: Option<u8>,
    /// A rule about the value itself makes the result: it is tried on a scalar, and of an array or
    /// object the JSON type is not asked.
    pub turned: bool,
    /// What stands at places of the value.
    pub constants: Vec<(Place, Value)>,
    /// Places where something stands (a null on the way too, if it is said so).
    pub required: Vec<(Place, bool)>,
}

/// A property that tells branches apart.
#[derive(Clone, Debug)]
pub struct Tag {
    /// What comes there; only scalars are asked.
    pub carry: Carry,
    /// What its absence means.
    pub meaning: Option<Value>,
    /// One of these is there.
    pub values: Vec<Value>,
}

/// A rule across the root of a value.
#[derive(Clone, Debug)]
pub enum Cross {
    /// The value stands somewhere in an object that is made.
    Outward(Crossing),
    /// A place of the value takes its stead.
    Inward(Crossing),
}

/// What stands where, when a root is crossed.
#[derive(Clone, Debug, Default)]
pub struct Crossing {
    /// Who reports a value that is no object, or that becomes null (inward).
    pub reporter: ReporterId,
    /// null may stand for the whole on both sides: there it stays null.
    pub nullable: bool,
    /// What the result's contract declares.
    pub contract: Declared,
    /// What is carried.
    pub carries: Vec<Carry>,
    /// What is made, repeated and taken.
    pub singles: Singles,
    /// What is taken apart (inward), and who reports it.
    pub apart: (Vec<(Seg, Split)>, ReporterId),
}

/// What a contract declares of an object that a hop has made.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// Its properties.
    pub properties: Vec<Text>,
    /// It lets any other name through.
    pub open: bool,
    /// Who reports opaque members that collide.
    pub reporter: ReporterId,
}

/// What happens to the members of an object.
#[derive(Clone, Debug, Default)]
pub struct Members {
    /// Properties that the source's contract declares.
    pub properties: Vec<Text>,
    /// It lets any other name through.
    pub open: bool,
    /// Extras and members without counterpart are dropped, and who reports that.
    pub unmapped: Option<ReporterId>,
    /// What the result's contract declares.
    pub contract: Declared,
    /// What absent places mean.
    pub meanings: Vec<(Place, Value)>,
    /// What is carried.
    pub carries: Vec<Carry>,
    /// What happens to members that both contracts let through without naming them; `None`: the
    /// target does not let them through.
    pub others: Option<StageId>,
    /// Names that rules or properties name, and what is left of them.
    pub left: Vec<(Text, Left)>,
    /// What is filled, made, repeated and taken.
    pub singles: Singles,
    /// Places that mean something where they are absent.
    pub unsaid: Vec<Unsaid>,
}

/// A place after the hop whose absence means something, in an object that only other rules make
/// where its counterpart is not there.
#[derive(Clone, Debug)]
pub struct Unsaid {
    /// The place.
    pub dst: Place,
    /// That of the counterpart's value, around it.
    pub around: Place,
    /// Who reports.
    pub reporter: ReporterId,
}

/// A value that stands somewhere after the hop.
#[derive(Clone, Debug)]
pub struct Carry {
    /// Where it is read.
    pub src: Place,
    /// Where it is written.
    pub dst: Place,
    /// A null on the way to it is null.
    pub nullable: bool,
    /// It is narrowed if it is absent and stays so: there, that means something.
    pub unsaid: bool,
    /// The rule; `None`: a pair of names.
    pub reporter: Option<ReporterId>,
    /// What the rule does to it.
    pub work: Option<Box<Work>>,
    /// What its type does to it; `None`: the contracts do not say what it is.
    pub stage: Option<StageId>,
}

impl Carry {
    /// Whether it leads out of an element of a list and into the same one again.
    pub fn stays(&self) -> bool {
        let within = self.src.len() > 1 && self.dst.len() > 1;
        within && self.src.first() == self.dst.first()
    }
}

/// What a rule about the value itself does to it.
#[derive(Clone, Debug)]
pub enum Itself {
    /// Its list or conversion, if one of these takes it.
    Alter(Box<Alter>),
    /// All of its parts; and what the type does to what they are about, where the contracts say
    /// what that is.
    Work(Box<Work>, Option<StageId>),
}

/// The parts of a field.
#[derive(Clone, Debug)]
pub struct Work {
    /// Who reports.
    pub reporter: ReporterId,
    /// Parts of each element, first or last.
    pub each: Option<(Box<Work>, Turn)>,
    /// From or to a list of one.
    pub wrap: Option<Wrap>,
    /// A null that nothing else changes is narrowed: on the way back it reads as absent.
    pub narrows: bool,
    /// The place of the value within that one, and what is lost of its element otherwise.
    pub below: (Place, Vec<(Seg, Split)>),
    /// What changes the value.
    pub alter: Alter,
}

/// When something has its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Before everything else.
    First,
    /// After everything else.
    Last,
}

/// From or to a list of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrap {
    /// The first element is taken; an empty list becomes null (or absent, narrowed).
    Unwrap {
        /// null may stand there.
        nullable: bool,
    },
    /// A list is made; null gives an empty one.
    Wrap {
        /// Which is narrowed: the way back would give something else.
        narrows: bool,
    },
}

/// What changes a value.
#[derive(Clone, Debug, Default)]
pub struct Alter {
    /// Values that are replaced.
    pub list: Option<List>,
    /// Another representation.
    pub convert: Option<Convert>,
    /// Element by element, as a set: entries there and back.
    pub set: Option<Set>,
    /// It names fields.
    pub names: Option<Naming>,
}

/// A list used as a set.
#[derive(Clone, Debug, Default)]
pub struct Set {
    /// Entries of this direction, several to a key.
    pub there: Vec<(Value, Value)>,
    /// Entries of the other direction.
    pub back: Vec<(Value, Value)>,
}

/// A member that is known by name, after the carries.
#[derive(Clone, Debug)]
pub enum Left {
    /// It has a counterpart, or a rule took it.
    Done,
    /// It has none.
    Alone,
    /// Rules go through it.
    Apart(Vec<(Seg, Split)>, ReporterId),
}

/// A member or element of what is taken apart; one not named is lost.
#[derive(Clone, Debug, PartialEq)]
pub enum Split {
    /// A rule takes it.
    Carried,
    /// Rules go through it.
    Through(Vec<(Seg, Split)>),
    /// Fields of a selector are beneath it: all else in it is lost.
    Beside(Vec<(Seg, Split)>),
    /// A field of a selector: if it is this, the way back makes it again; else what follows.
    Selector(Value, Option<Box<Split>>),
}
