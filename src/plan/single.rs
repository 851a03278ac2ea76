//! Rules with one place, for the tape: what is filled, made, repeated and taken, and what a source
//! gives. Data only, like all of this room.

use super::{Place, ReporterId, Seg, StageId};
use crate::json::{Text, Value};

/// Rules with one place.
#[derive(Clone, Debug, Default)]
pub struct Singles {
    /// Aliases of the source, in order of rules.
    pub fills: Vec<Fill>,
    /// Made values, shorter places first.
    pub makes: Vec<Make>,
    /// Aliases of the target.
    pub repeats: Vec<Repeat>,
    /// Values that are taken out.
    pub takes: Vec<Take>,
}

/// The second of two places that say the same, and the first.
#[derive(Clone, Debug)]
pub struct Fill {
    /// The second.
    pub second: Place,
    /// The first.
    pub first: Place,
    /// The contract has the first.
    pub declared: bool,
    /// What the second says, and what counts.
    pub agreement: Agreement,
}

/// What the second of two places says of the first, and what happens where that says otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreement {
    /// Who reports.
    pub reporter: ReporterId,
    /// From values of the second to values of the first; `None`: they are the same.
    pub map: Option<Vec<(Value, Value)>>,
    /// What counts where they disagree.
    pub prefer: Prefer,
    /// A null that the second says is as good as absent at the first, to the way back.
    pub voids: bool,
}

/// Which of two places counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefer {
    /// The first.
    First,
    /// The second.
    Second,
    /// Neither: the message is refused.
    Refuse,
}

/// A made value.
#[derive(Clone, Debug)]
pub struct Make {
    /// Who reports elements that are missing before it.
    pub reporter: ReporterId,
    /// Where.
    pub dst: Place,
    /// What.
    pub given: Given,
    /// Only where no value, or null, is carried to this place, around it: else it is made in the
    /// context of that.
    pub late: Option<Place>,
}

/// A repeated value.
#[derive(Clone, Debug)]
pub struct Repeat {
    /// Who reports.
    pub reporter: ReporterId,
    /// Where it stands again.
    pub dst: Place,
    /// Where it stands.
    pub first: Place,
    /// From values of the first to values of the second; `None`: they are the same.
    pub map: Option<Vec<(Value, Value)>>,
    /// A first that is null says nothing.
    pub voids: bool,
}

/// A value that is taken out.
#[derive(Clone, Debug)]
pub struct Take {
    /// Who reports.
    pub reporter: ReporterId,
    /// Where.
    pub src: Place,
    /// Places beneath, from there, that other rules take.
    pub but: Vec<Place>,
    /// Nothing is lost if it equals this, which the way back gives.
    pub unless: Given,
    /// Where the way back makes what it stands in, without which it gives nothing; `None`:
    /// everywhere.
    pub around: Option<Around>,
}

/// Where the way back makes what a value stood in that is taken: where any of this is.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// Something at one of these places of the source (null on the way counts for some).
    pub carried: Vec<(Place, bool)>,
    /// An object at one of these places of the result, which the way back copies there.
    pub copied: Vec<Place>,
    /// This element of the result.
    pub element: Option<Seg>,
}

/// What a source gives.
#[derive(Clone, Debug)]
pub enum Given {
    /// Nothing.
    Absent,
    /// A constant.
    Literal(Value),
    /// An invented constant, and who reports it.
    Placeholder(Value, ReporterId),
    /// A place of the other side.
    From(Box<From>),
    /// A text with values of the other side in it: nothing where one of them is none to be in a text.
    Text(Vec<Piece>),
}

/// A piece of a text that is made.
#[derive(Clone, Debug)]
pub enum Piece {
    /// As it is.
    Literal(Text),
    /// What stands here; `None`: the contract has no such place.
    Place(Option<Place>),
}

/// A place of the other side as a source.
#[derive(Clone, Debug)]
pub struct From {
    /// Where; `None`: the contract has no such place.
    pub src: Option<Place>,
    /// The list of what stands beneath it, level by level; empty: the value itself.
    pub gathers: Vec<Gather>,
    /// A null on the way to it is null.
    pub nullable: bool,
    /// A null member is absent.
    pub voids: bool,
    /// Listed values; of a list that is gathered, each one.
    pub map: Vec<(Value, Given)>,
    /// Where it is absent, or not listed.
    pub otherwise: Option<Given>,
    /// What its type does to it (to each one, of a list that is gathered); `None`: the contracts do
    /// not say what it becomes. Of a gathered list each goes as it is, else nothing is made.
    pub stage: Option<StageId>,
}

/// What is gathered of a list or a dictionary.
#[derive(Clone, Debug)]
pub struct Gather {
    /// Of which.
    pub of: Many,
    /// The place of what is gathered in each of them.
    pub place: Place,
}

/// Values that a path goes through, all of them.
#[derive(Clone, Debug)]
pub enum Many {
    /// Elements of a list.
    Elements,
    /// Members of a dictionary, beyond these properties.
    Values(Vec<Text>),
}
