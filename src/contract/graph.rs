//! The graph of schemas of one contract, normalised: `$ref` followed, `allOf` merged, the way to
//! tell the branches of a union decided, nullability at the use. What a schema says beyond shape
//! (bounds, patterns of values) is not kept.

use std::collections::{BTreeMap, HashMap};

use crate::diagnostic::{Diagnostic, Span};
use crate::json::{Text, Value};

/// Index of a type in its [`TypeGraph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeId(pub u32);

/// A place where a type is used: the type, and whether null may stand there instead
/// (`oneOf [X, null]`, `nullable`, `type: [X, "null"]` are all a nullable use of X).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Use {
    /// What stands there.
    pub ty: TypeId,
    /// Whether null may stand there; always true for an unconstrained type.
    pub nullable: bool,
}

/// All schemas of a contract. Every [`TypeId`] inside is an index into it.
#[derive(Clone, Debug, Default)]
pub struct TypeGraph {
    types: Vec<Type>,
    names: BTreeMap<Box<str>, TypeId>,
    /// Properties of types that have many, by their decoded names.
    wide: HashMap<TypeId, HashMap<String, Use>>,
}

/// Properties that are looked through one by one.
const FEW: usize = 32;

impl TypeGraph {
    /// A graph of these types; `names` are the named schemas.
    pub fn new(types: Vec<Type>, names: BTreeMap<Box<str>, TypeId>) -> Self {
        let mut wide = HashMap::new();
        for (at, ty) in (0..).zip(&types).filter(|(_, ty)| ty.properties.len() > FEW) {
            let mut names = HashMap::new();
            for (name, of) in &ty.properties {
                if let Some(name) = name.decode() {
                    names.entry(name).or_insert(*of);
                }
            }
            wide.insert(TypeId(at), names);
        }
        Self { types, names, wide }
    }

    /// The use of the property of that name of a type, if it is declared by name.
    pub fn property(&self, ty: TypeId, name: &Text) -> Option<Use> {
        // A name that no string can hold is not in the index.
        match self.wide.get(&ty).zip(name.decode()) {
            Some((names, name)) => names.get(&name).copied(),
            None => self.get(ty).property(name),
        }
    }

    /// The type of an id of this graph.
    #[expect(clippy::indexing_slicing, reason = "ids are made with the graph that they index")]
    pub fn get(&self, id: TypeId) -> &Type {
        &self.types[usize::try_from(id.0).unwrap_or(usize::MAX)]
    }

    /// A type, or the one of which it is the text: the one that rules are about.
    pub fn meant(&self, id: TypeId) -> TypeId {
        self.get(id).text.unwrap_or(id)
    }

    /// The named schema of that name.
    pub fn named(&self, name: &str) -> Option<TypeId> {
        self.names.get(name).copied()
    }

    /// Named schemas, by name.
    pub fn names(&self) -> impl Iterator<Item = (&str, TypeId)> {
        self.names.iter().map(|(name, id)| (&**name, *id))
    }

    /// The use of the member of that name: by `properties`, else what is let through. `None` where
    /// the contract does not declare it.
    pub fn resolve_property(&self, ty: TypeId, name: &Text) -> Option<Use> {
        self.property(ty, name).or_else(|| self.get(ty).let_through())
    }

    /// What a value of a type holds: the elements of a list, else the values of a dictionary; of a
    /// union what the first branch says that says it.
    pub fn held(&self, ty: TypeId) -> Option<Use> {
        let of = self.get(ty);
        let branches = of.branches.iter().flat_map(|branches| &branches.of);
        let mut all = std::iter::once(ty).chain(branches.copied());
        all.find_map(|ty| self.get(ty).items.or_else(|| self.get(ty).let_through()))
    }

    /// The property that tells some branches of a union apart, with the values of each: the
    /// union's own, where that has values of one of them; else the first property with distinct
    /// constants or enums. One that a branch does not declare has no values there.
    pub fn telling(&self, union: TypeId, of: &[TypeId]) -> Option<(Text, Vec<Vec<Value>>)> {
        let own = self.get(union).branches.as_ref().and_then(|branches| {
            let (name, cases) = branches.tag.as_ref()?;
            let values = |ty: &TypeId| -> Vec<Value> {
                let declared = self.property(*ty, name).is_some();
                let is_its = |at: usize| declared && branches.of.get(at) == Some(ty);
                cases.iter().filter(|(_, at)| is_its(*at)).map(|(v, _)| v.clone()).collect()
            };
            let values: Vec<Vec<Value>> = of.iter().map(values).collect();
            values.iter().any(|v| !v.is_empty()).then(|| (name.clone(), values))
        });
        own.or_else(|| {
            let names = self.get(*of.first()?).properties.iter().map(|(name, _)| name);
            let values =
                |name| -> Option<Vec<_>> { of.iter().map(|ty| self.literals(*ty, name)).collect() };
            let mut all = names.filter_map(|name| Some((name, values(name)?)));
            let found = all.find(|(_, values): &(_, Vec<Vec<Value>>)| are_distinct(values));
            found.map(|(name, values)| (name.clone(), values))
        })
    }

    /// The values of a property that has constants or an enum.
    fn literals(&self, ty: TypeId, name: &Text) -> Option<Vec<Value>> {
        let of = self.property(ty, name)?;
        self.get(of.ty).literals.as_ref().map(|literals| literals.0.clone())
    }

    /// Warnings about objects whose members beyond the properties are of several schemas.
    pub(super) fn mixed(&self) -> Vec<Diagnostic> {
        let several = |ty: &&Type| !ty.patterns.is_empty() && ty.let_through().is_none();
        let warning = |ty: &Type| {
            let message = "the patterns of an object do not all say the same";
            Diagnostic::warning("F214", ty.span, message)
                .label("its members beyond the properties are carried unread")
                .help("name those that mappings are about among the `properties`")
        };
        self.types.iter().filter(several).map(warning).collect()
    }

    /// How many types there are.
    pub fn len(&self) -> usize {
        self.types.len()
    }

    /// Whether there is no type at all.
    pub fn is_empty(&self) -> bool {
        self.types.is_empty()
    }
}

/// Whether no value is in two of the lists.
fn are_distinct(all: &[Vec<Value>]) -> bool {
    all.iter().enumerate().all(|(at, own)| {
        let others = || all.iter().skip(at.saturating_add(1)).flatten();
        own.iter().all(|value| !others().any(|other| other.same(value)))
    })
}

/// A set of JSON types.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Kinds(pub u8);

impl Kinds {
    /// No type.
    pub const NONE: Self = Self(0);
    /// `boolean`
    pub const BOOLEAN: Self = Self(1);
    /// `integer`
    pub const INTEGER: Self = Self(2);
    /// `number`, integers included
    pub const NUMBER: Self = Self(6);
    /// `string`
    pub const STRING: Self = Self(8);
    /// `array`
    pub const ARRAY: Self = Self(16);
    /// `object`
    pub const OBJECT: Self = Self(32);
    /// Every type but null, which is the use's.
    pub const ANY: Self = Self(63);
    /// Boolean, number, string.
    pub const SCALARS: Self = Self(15);

    /// Whether all of `other` are in it.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any of `other` is in it.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether its numbers are integers alone.
    pub fn is_whole(self) -> bool {
        self.and(Self::NUMBER) == Self::INTEGER
    }

    /// Both together.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Kinds {
    /// The JSON types by their names.
    fn names(self) -> Vec<&'static str> {
        let all = [
            (Self::BOOLEAN, "boolean"),
            (Self::NUMBER, "number"),
            (Self::INTEGER, "integer"),
            (Self::STRING, "string"),
            (Self::ARRAY, "array"),
            (Self::OBJECT, "object"),
        ];
        let named = |(kind, name): &(Self, &str)| {
            self.has(*kind) && !(*name == "integer" && self.has(Self::NUMBER))
        };
        all.into_iter().filter(named).map(|(_, name)| name).collect()
    }
}

/// For people: `string`, `integer or string`.
impl std::fmt::Display for Kinds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.names().as_slice() {
            [] => f.write_str("nothing"),
            [one] => f.write_str(one),
            [rest @ .., last] => write!(f, "{} or {last}", rest.join(", ")),
        }
    }
}

impl std::fmt::Debug for Kinds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.names().join("|"))
    }
}

/// A normalised schema. `allOf` is merged into it; a union has its members in `branches`, and
/// what the schema says beside `oneOf`/`anyOf` is merged into every branch.
#[derive(Clone, Debug)]
pub struct Type {
    /// Its name in `components/schemas` or `$defs`; `None` for an anonymous one.
    pub name: Option<Box<str>>,
    /// Where it is written.
    pub span: Span,
    /// JSON types that may stand here (null is the use's affair).
    pub kinds: Kinds,
    /// Named schemas that it is `allOf`, nearest first, transitively, without itself; a named
    /// schema that is only a `$ref` to another is `allOf` that one.
    pub bases: Vec<TypeId>,
    /// Declared properties in the order of the document, own before inherited.
    pub properties: Vec<(Text, Use)>,
    /// Where the schema of each property stands.
    pub places: Vec<Span>,
    /// Properties that servers alone write (`readOnly` beside their schema).
    pub read_only: Vec<Text>,
    /// Names that must be there.
    pub required: Vec<Text>,
    /// Members beyond `properties`.
    pub additional: Additional,
    /// `patternProperties`: pattern and schema of each.
    pub patterns: Vec<(Box<str>, Use)>,
    /// Elements of an array; `None` where the contract does not say.
    pub items: Option<Use>,
    /// `enum` or `const`, where there is one.
    pub literals: Option<Literals>,
    /// `oneOf`/`anyOf`, and how to tell the branches apart.
    pub branches: Option<Branches>,
    /// The type of which this is the text, as a parameter has it: scalars are strings.
    pub text: Option<TypeId>,
    /// A message, or the parameters of a path: what has no counterpart has no other place, and is
    /// dropped.
    pub sealed: bool,
}

impl Type {
    /// The use of the property of that name, if it is declared by name.
    pub fn property(&self, name: &Text) -> Option<Use> {
        self.properties.iter().find(|(n, _)| n.same(name)).map(|(_, u)| *u)
    }

    /// The use of members that are declared without being named: by a written
    /// `additionalProperties` or by `patternProperties`, if all of these say the same. (A name that
    /// fits no pattern is taken for one that does; where they say different things, none is let
    /// through.)
    pub fn let_through(&self) -> Option<Use> {
        let additional = match self.additional {
            Additional::Yes(of) => Some(of),
            Additional::Unwritten | Additional::No => None,
        };
        let mut all = additional.into_iter().chain(self.patterns.iter().map(|(_, of)| *of));
        let first = all.next()?;
        all.all(|other| other == first).then_some(first)
    }

    /// Whether the schema says nothing at all (`{}` or `true`).
    pub fn is_unconstrained(&self) -> bool {
        self.kinds == Kinds::ANY
            && self.properties.is_empty()
            && self.patterns.is_empty()
            && self.items.is_none()
            && self.literals.is_none()
            && self.branches.is_none()
            && matches!(self.additional, Additional::Unwritten)
    }
}

/// How scalars become others where a text becomes a value of a document, or the reverse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crossing {
    /// A text says what is no string.
    Read,
    /// What is no string becomes its text.
    Write,
}

impl Crossing {
    /// Of values that are of the one type and become such of the other.
    pub fn of(from: &Type, to: &Type) -> Option<Self> {
        let others = Kinds::BOOLEAN.or(Kinds::NUMBER);
        let nested = Kinds::ARRAY.or(Kinds::OBJECT);
        match (from.text.is_some(), to.text.is_some()) {
            (true, false) => (to.kinds.meets(others) && !to.kinds.meets(Kinds::STRING.or(nested)))
                .then_some(Self::Read),
            (false, true) => {
                (from.kinds.meets(others) && !from.kinds.meets(nested)).then_some(Self::Write)
            }
            _ => None,
        }
    }
}

/// What `additionalProperties` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Additional {
    /// Nothing: members beyond the declared ones are extras.
    Unwritten,
    /// `false`
    No,
    /// A written `true` or a schema: any name is declared, with this schema.
    Yes(Use),
}

/// The values of an `enum` (one for a `const`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literals(pub Vec<Value>);

/// The branches of a `oneOf`/`anyOf`, with null taken out, and how a value tells its branch.
/// Decided once here, by the first of these that tells: discriminator; a property with distinct
/// constants or enums; JSON type; among branches of one JSON type, required properties.
#[derive(Clone, Debug)]
pub struct Branches {
    /// The branches, two at least.
    pub of: Vec<TypeId>,
    /// The property that tells the branches which are objects, with the values of each branch
    /// (index into `of`). A value not listed fits none of the listed branches.
    pub tag: Option<(Text, Vec<(Value, usize)>)>,
}
