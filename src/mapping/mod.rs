//! The mapping language as data: one [`Mapping`] is one change of one API. It does not know the
//! contracts; binding rules to them is the compiler's.

mod example;
mod history;
mod message;
mod only;
mod parse;
pub mod path;
mod refuse;
mod source;

pub use example::{Example, ExampleOf};
pub use history::History;
pub use message::{Answers, OperationBlock, Rules, asked};
pub use only::{Carrier, Only};
pub use parse::parse;
pub use refuse::{Answer, Gone, Lone, Predicate, Refuse, asks_nothing};
pub use source::{Alias, Piece, Prefer, Source};

use crate::codec::{Items, Repr};
use crate::diagnostic::{Diagnostic, Span};
use crate::json::{Path, Segment, Value};
pub use crate::loss::Loses;
use crate::version::{ApiVersion, Direction, Side};

/// One change: from a version to the next.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// Name of the API.
    pub api: Box<str>,
    /// Where that stands.
    pub api_span: Span,
    /// The old version.
    pub from: ApiVersion,
    /// Where that stands.
    pub from_span: Span,
    /// The new version.
    pub to: ApiVersion,
    /// Where that stands.
    pub to_span: Span,
    /// What changed, in the author's words.
    pub summary: Option<Box<str>>,
    /// `strict: true`: an unfit value refuses the message.
    pub strict: bool,
    /// `unmapped` of the mapping; `None` where it says nothing.
    pub unmapped: Option<Unmapped>,
    /// `nulls` of the mapping; `None` where it says nothing.
    pub nulls: Option<Nulls>,
    /// Blocks under `types`, one per pair of names, in the order of the files.
    pub types: Vec<TypeBlock>,
    /// Blocks under `operations`.
    pub operations: Vec<OperationBlock>,
    /// Operations of one side that have no counterpart.
    pub gone: Vec<Gone>,
    /// Schemas of one side that have none, where they are branches of a union.
    pub lone: Vec<Lone>,
    /// Rules of answers from 400 on, of every operation.
    pub errors: Answers,
    /// Types whose fields texts name, by their names as they are written.
    pub named: Vec<(Box<str>, Span)>,
    /// Documents that must translate as written.
    pub examples: Vec<Example>,
    /// What is wrong with those that cannot be read; the rest of the mapping is good without.
    pub unread: Vec<Diagnostic>,
    /// Rules are missing that could not be read: nothing follows from what is not here.
    pub partial: bool,
    /// Every rule and block, in order of file, line and column; `RuleId::rule` is the index.
    /// The first is the mapping itself.
    pub rules: Vec<RuleInfo>,
    /// The entry under which texts are reported that do not say what their place wants.
    pub text: u32,
    /// Where the mapping's head stands.
    pub span: Span,
}

impl Mapping {
    /// The names of a type on the two sides, by what an example says of it.
    pub fn pair<'m>(&'m self, name: &'m str) -> (&'m str, &'m str) {
        if let Some((old, new)) = name.split_once("->") {
            return (old.trim(), new.trim());
        }
        let block = self.types.iter().find(|block| *block.old == *name);
        (name, block.map_or(name, |block| &block.new))
    }
}

/// What there is to say about a rule or block beside its meaning.
#[derive(Clone, Debug)]
pub struct RuleInfo {
    /// Its name in reports: `types.Order.fields.customer`; of the mapping itself, empty.
    pub name: Box<str>,
    /// Where it is written.
    pub span: Span,
    /// What its losses do.
    pub loses: Loses,
    /// The author's reason.
    pub why: Option<Box<str>>,
    /// What it says to the client of a message that it refuses.
    pub answer: Answer,
    /// Places that it names beside the one that is its key, and where each is written.
    pub places: Vec<(Path, Span)>,
    /// Constants of its tests, and where each is written.
    pub tested: Vec<(Value, Span)>,
}

impl Mapping {
    /// The rules of every kind of message.
    pub fn messages(&self) -> impl Iterator<Item = &Rules> {
        self.operations.iter().flat_map(OperationBlock::all).chain(self.errors.all())
    }

    fn rules_mut(&mut self) -> impl Iterator<Item = &mut Rules> {
        let Self { operations, errors, .. } = self;
        operations.iter_mut().flat_map(OperationBlock::all_mut).chain(errors.all_mut())
    }

    /// Where a rule stands.
    pub fn span_of(&self, rule: u32) -> Span {
        let at = usize::try_from(rule).unwrap_or(usize::MAX);
        self.rules.get(at).map_or(self.span, |info| info.span)
    }
}

impl RuleInfo {
    /// Where it is written, and each of its places that is not its key.
    pub fn spans(&self) -> impl Iterator<Item = Span> {
        std::iter::once(self.span).chain(self.places.iter().map(|(_, span)| *span))
    }

    /// Where a constant of a test is written, or else the place that is tested.
    pub fn tested(&self, place: &Path, value: &Value) -> Span {
        let own = self.tested.iter().find(|(own, _)| own == value);
        own.map_or_else(|| self.written(place), |(_, span)| *span)
    }

    /// Where a place that is not its key is written.
    pub fn written(&self, place: &Path) -> Span {
        let own = self.places.iter().find(|(path, _)| path == place);
        // Rules about the body alone have it as their root.
        let within = |(path, _): &&(Path, Span)| {
            let Some((Segment::Name(part), rest)) = path.0.split_first() else { return false };
            **part == *"body" && *rest == *place.0
        };
        let own = own.or_else(|| self.places.iter().find(within));
        own.map_or(self.span, |(_, span)| *span)
    }
}

/// What happens to members without a counterpart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmapped {
    /// They are carried on, opaque.
    Pass,
    /// They are dropped and reported.
    Drop,
}

/// What rules read where a member is null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// null, which is a value.
    Value,
    /// Nothing: it is as if the member were absent.
    Absent,
}

/// The block of a pair of named schemas.
#[derive(Clone, Debug)]
pub struct TypeBlock {
    /// Name in the old contract.
    pub old: Box<str>,
    /// Name in the new contract.
    pub new: Box<str>,
    /// Where the key stands.
    pub span: Span,
    /// Its rules.
    pub block: Block,
}

/// Rules with one root.
#[derive(Clone, Debug)]
pub struct Block {
    /// Index of the block's own entry in [`Mapping::rules`]: unfit roots are reported under it.
    pub rule: u32,
    /// In the order of the files; order has no meaning.
    pub rules: Vec<Rule>,
    /// `unmapped` of the block.
    pub unmapped: Option<Unmapped>,
    /// `nulls` of the block; `None` where it says nothing.
    pub nulls: Option<Nulls>,
}

impl Block {
    /// Whether it says nothing at all.
    fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.unmapped.is_none() && self.nulls.is_none()
    }

    /// The places that its rules claim, and which rule does. An `in` is a prefix and no more: its
    /// rules claim places of the block that it stands in.
    pub fn claims(&self) -> Vec<(Side, Path, u32)> {
        self.rules.iter().flat_map(Rule::claims).collect()
    }

    /// Tells its rules what they read where a member is null, unless it says so itself.
    fn settle(&mut self, around: Nulls) {
        let nulls = self.nulls.unwrap_or(around);
        for rule in &mut self.rules {
            rule.nulls = nulls;
            match &mut rule.kind {
                RuleKind::In { block, .. } => block.settle(nulls),
                RuleKind::Field(field) => field.settle(nulls),
                RuleKind::Only { .. } | RuleKind::Alias(_) | RuleKind::Refuse(_) => {}
            }
        }
    }
}

/// One rule.
#[derive(Clone, Debug)]
#[expect(clippy::struct_field_names, reason = "the index of a rule has this name everywhere")]
pub struct Rule {
    /// Index of its entry in [`Mapping::rules`].
    pub rule: u32,
    /// What it reads where a member is null: as its block says, or what that is in.
    pub nulls: Nulls,
    /// For which messages it holds; `None`: all.
    pub only: Option<Only>,
    /// What it says.
    pub kind: RuleKind,
}

impl Rule {
    /// A rule to which null is a value, until its block is complete.
    pub fn new(rule: u32, kind: RuleKind) -> Self {
        Self { rule, nulls: Nulls::Value, only: None, kind }
    }

    /// The places that it claims, and of an `in` those that its rules do, with which rule does.
    pub(super) fn claims(&self) -> Vec<(Side, Path, u32)> {
        let claim = |side: Side, place: &Path| (side, place.clone(), self.rule);
        match &self.kind {
            RuleKind::Field(field) => {
                vec![claim(Side::Old, &field.old), claim(Side::New, &field.new)]
            }
            RuleKind::Only { side, place, .. } => vec![claim(*side, place)],
            RuleKind::Alias(alias) => {
                let sides = [Side::Old, Side::New].into_iter();
                let sides = sides.filter(|side| alias.side.is_none_or(|of| of == *side));
                sides.map(|side| claim(side, &alias.second)).collect()
            }
            RuleKind::Refuse(_) => Vec::new(),
            RuleKind::In { old, new, block } => {
                let claims = block.claims().into_iter().map(|(side, place, rule)| {
                    let root = if side == Side::Old { old } else { new };
                    (side, root.join(&place), rule)
                });
                claims.collect()
            }
        }
    }
}

/// What a rule says.
#[derive(Clone, Debug)]
pub enum RuleKind {
    /// `fields`: one place to one place.
    Field(Box<Field>),
    /// `added`: a place of the new side; `removed`: of the old side.
    Only {
        /// The side that has the place.
        side: Side,
        /// The place.
        place: Path,
        /// What stands there when a message comes from the other side.
        source: Source,
    },
    /// `alias`: two places of one side that say the same.
    Alias(Box<Alias>),
    /// `refuse`: messages that have no counterpart.
    Refuse(Box<Refuse>),
    /// `in`: a block whose paths begin at these places.
    In {
        /// Root on the old side.
        old: Path,
        /// Root on the new side.
        new: Path,
        /// Its rules.
        block: Block,
    },
}

/// An entry of `fields`.
#[derive(Clone, Debug)]
pub struct Field {
    /// Place on the old side.
    pub old: Path,
    /// Place on the new side.
    pub new: Path,
    /// `absent: { old, new }`: what absence means on each side.
    pub absent_old: Option<Value>,
    /// See `absent_old`.
    pub absent_new: Option<Value>,
    /// What happens to the value.
    pub parts: Parts,
}

impl Field {
    /// Tells its parts where null is as good as absent.
    fn settle(&mut self, nulls: Nulls) {
        let parts = &mut self.parts;
        let is_member = |(path, side): &(&Path, Side)| {
            let element = parts.wrap == Some(*side) && !path.0.contains(&Segment::Each);
            matches!(path.0.last(), Some(Segment::Name(_))) && !element && !parts.set
        };
        if nulls == Nulls::Absent {
            let sides = [(&self.old, Side::Old), (&self.new, Side::New)];
            parts.voids = sides.into_iter().filter(is_member).map(|(_, side)| side).collect();
        }
    }

    /// What is left behind on a side where the rule does not hold: the place there, or the list that
    /// `wrap` makes around it. `None`: the same place is on the other side.
    pub fn left(&self, side: Side) -> Option<Path> {
        let (own, other) =
            if side == Side::Old { (&self.old, &self.new) } else { (&self.new, &self.old) };
        let wraps = self.parts.wrap == Some(side);
        let list = own
            .0
            .iter()
            .rposition(|s| *s == Segment::Each)
            .filter(|_| wraps && many(own) > many(other));
        let place = Path(own.0.iter().take(list.unwrap_or(own.0.len())).cloned().collect());
        (own != other).then_some(place)
    }

    /// The literal that absence means on a side.
    pub fn meaning(&self, side: Side) -> Option<&Value> {
        match side {
            Side::Old => self.absent_old.as_ref(),
            Side::New => self.absent_new.as_ref(),
        }
    }

    /// Whether something stands in the message that goes where nothing came: what absence means where
    /// it came from, or what is listed for it.
    pub fn fills(&self, direction: Direction) -> bool {
        let listed = || self.parts.absent(direction).is_some_and(|cell| *cell != Cell::Absent);
        self.meaning(direction.source()).is_some() || listed()
    }
}

/// How many `[]` and `{}` a path goes through.
fn many(path: &Path) -> usize {
    path.0.iter().filter(|s| matches!(s, Segment::Each | Segment::Values)).count()
}

impl Field {
    /// What is said of a value itself where nothing is said of it.
    pub fn nothing() -> &'static Self {
        static NOTHING: std::sync::LazyLock<Field> = std::sync::LazyLock::new(|| Field {
            old: Path::default(),
            new: Path::default(),
            absent_old: None,
            absent_new: None,
            parts: Parts::default(),
        });
        &NOTHING
    }
}

/// The parts of a field that change or place its value.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// `map` (both directions, inverse of several: the first wins), `back` (downgrade only) and
    /// `pairs` (both directions) as one list, in the order of the file.
    pub list: Vec<Listed>,
    /// `else`
    pub otherwise: Otherwise,
    /// `set: true`: the place is a list and `list` holds for each element, without repetition.
    pub set: bool,
    /// `text`: it names a field of a message, or of a type.
    pub names: Option<Named>,
    /// `convert: { old, new }`
    pub convert: Option<(Repr, Repr)>,
    /// `wrap`: the side on which the value is a list.
    pub wrap: Option<Side>,
    /// `each`: the parts of each element of the list that now stands there.
    pub each: Option<Box<Parts>>,
    /// `$absent` is a key of `list` too: the parts are those of a member's own value, which may be
    /// absent, as an element, or what `wrap` takes out of a list, is not.
    pub absence: bool,
    /// `nulls: absent`: the sides on which the value is a member, so that null is as good as absent
    /// to who reads it.
    pub voids: Vec<Side>,
}

impl Parts {
    /// Whether null on a side is as good as absent to who reads it.
    pub fn voids(&self, side: Side) -> bool {
        self.voids.contains(&side)
    }

    /// Whether they place the value, or do something to its elements, or to what it names: what has no
    /// place of its own but `.` then becomes of another kind.
    pub fn place(&self) -> bool {
        self.set
            || self.wrap.is_some()
            || self.each.is_some()
            || self.regroups()
            || self.names.is_some()
    }

    /// Whether they make a list or a dictionary of something else, or the reverse.
    pub fn regroups(&self) -> bool {
        matches!(&self.convert, Some((Repr::List(_), Repr::List(_))))
    }

    /// What the elements are that `convert` reads in a text, or writes into one, where `each` says it:
    /// it has its turn after that, or before.
    pub fn elements(&self) -> Option<Items> {
        let (old, _) = self.each.as_ref()?.convert.as_ref()?;
        Some(Items::written(old))
    }

    /// Whether a null that is carried reads as absent on the way back, and came as a null.
    pub fn loses_null(&self, direction: Direction) -> bool {
        let wraps = self.wrap.is_some() || self.each.is_some();
        self.voids(direction.target()) && !self.voids(direction.source()) && !wraps
    }

    /// What an absent value is listed to become.
    pub fn absent(&self, direction: Direction) -> Option<&Cell> {
        let mut cells = self.list.iter().filter_map(|listed| match direction {
            Direction::Upgrade => listed.up.then_some((&listed.old, &listed.new)),
            Direction::Downgrade => listed.down.then_some((&listed.new, &listed.old)),
        });
        cells.find(|(key, _)| self.absence && **key == Cell::Absent).map(|(_, result)| result)
    }
}

/// What a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// A field of the body of the request.
    Request,
    /// A field of the document that the text is in.
    Document,
    /// Fields of a type, with commas between them: its name, as a key of `types` would have it.
    Fields(Box<str>),
}

/// One entry of a `map`, `back` or `pairs`. The key of a `map` is a scalar whose JSON type is
/// the place's: [`Cell::Key`] until the contract is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Value on the old side.
    pub old: Cell,
    /// Value on the new side.
    pub new: Cell,
    /// Holds for upgrade.
    pub up: bool,
    /// Holds for downgrade.
    pub down: bool,
}

/// A value of a list of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// The text of a key, read as a JSON scalar of the place's type (`true`, `204`, `shipped`).
    Key(Box<str>),
    /// JSON.
    Value(Value),
    /// `$absent`
    Absent,
}

/// `else`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Otherwise {
    /// An unlisted value is the same on both sides.
    #[default]
    Keep,
    /// An unlisted value refuses the message.
    Refuse,
    /// An unlisted value becomes `new` in upgrade, `old` in downgrade.
    Value {
        /// Result of downgrade; `None`: keep.
        old: Option<Value>,
        /// Result of upgrade; `None`: keep.
        new: Option<Value>,
    },
}
