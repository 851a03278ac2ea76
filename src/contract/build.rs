//! Schemas into types of the graph: which type a use is of, whether null may stand there, and
//! what a type says. Unions are `union`'s.

use std::rc::Rc;

use super::files::At;
use super::load::{Loader, Part};
use super::schema::{Flat, Null, SHAPE};
use super::{Additional, Kinds, Literals, Type, TypeId, Use};
use crate::diagnostic::{Diagnostic, Span};
use crate::document::{Kind, Node};
use crate::json::Text;

/// How often a wrapper may stand around another.
const MAX_WRAPPERS: usize = 64;

/// The type of a schema that says nothing.
pub(super) fn unknown(span: Span) -> Type {
    Type {
        name: None,
        span,
        kinds: Kinds::ANY,
        bases: Vec::new(),
        properties: Vec::new(),
        places: Vec::new(),
        read_only: Vec::new(),
        required: Vec::new(),
        additional: Additional::Unwritten,
        patterns: Vec::new(),
        items: None,
        literals: None,
        branches: None,
        text: None,
        sealed: false,
    }
}

impl<'n> Loader<'n> {
    /// The use of schemas where they stand; of several, all hold.
    pub(super) fn use_of(&mut self, ats: &[At<'n>]) -> Use {
        let mut targets: Vec<At<'n>> = Vec::new();
        let mut said = false;
        for at in ats {
            let target = self.target(*at);
            said |= self.says_nullable(at.node) || self.says_nullable(target.node);
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
        let null = if let ([_], true) = (targets.as_slice(), said) {
            // The habit of 3.0: `nullable` beside an `allOf` or a `$ref` whose schema is not.
            Null::Yes
        } else {
            let nulls: Vec<Null> = targets.iter().map(|at| self.null(*at)).collect();
            nulls.into_iter().fold(Null::Unsaid, Null::and)
        };
        let nullable = match null {
            Null::No => false,
            Null::Unsaid if self.nullable_word => {
                targets.iter().all(|at| self.is_unconstrained(*at))
            }
            Null::Yes | Null::Unsaid => true,
        };
        Use { ty: self.type_of(targets), nullable }
    }

    /// The type of schemas that all hold.
    fn type_of(&mut self, mut targets: Vec<At<'n>>) -> TypeId {
        if targets.len() > 1 {
            let all = targets.clone();
            // A schema is implied by one that is `allOf` it.
            targets.retain(|at| {
                !all.iter().any(|other| {
                    other != at && self.flat(*other).bases.iter().any(|(_, base)| base == at)
                })
            });
        }
        let parts = match targets.as_slice() {
            [one] => vec![Part { at: self.unwrap(*one), bare: false }],
            many => many.iter().map(|at| Part { at: *at, bare: false }).collect(),
        };
        self.intern(parts)
    }

    fn is_unconstrained(&mut self, at: At<'n>) -> bool {
        let flat = self.flat(at);
        flat.is_shapeless() && flat.kinds == Kinds::ANY && flat.unions.is_empty()
    }

    /// The schema that an anonymous `allOf`, `oneOf` or `anyOf` of one only wraps.
    pub(super) fn unwrap(&mut self, at: At<'n>) -> At<'n> {
        let mut at = self.target(at);
        for _ in 0..MAX_WRAPPERS {
            if self.name(at).is_some() {
                break;
            }
            let words = at.node.members().iter().map(|m| &*m.key);
            let words: Vec<&str> = words.filter(|key| SHAPE.contains(key)).collect();
            let inner = match words.as_slice() {
                ["allOf"] | ["allOf", "type"] | ["type", "allOf"] => {
                    match at.node.get("allOf").map(crate::document::Node::items) {
                        Some([one]) => self.target(At { file: at.file, node: one }),
                        Some(_) | None => break,
                    }
                }
                _ if words.iter().any(|w| matches!(*w, "oneOf" | "anyOf"))
                    && words
                        .iter()
                        .all(|w| matches!(*w, "oneOf" | "anyOf" | "type" | "discriminator")) =>
                {
                    let flat = self.flat(at);
                    match (flat.unions.as_slice(), words.len()) {
                        ([union], _) => match self.real(union).as_slice() {
                            [one] => *one,
                            _ => break,
                        },
                        _ => break,
                    }
                }
                _ => break,
            };
            let inner_kinds = self.flat(inner).kinds;
            let (own, _) = self.own(at);
            if !own.kinds.has(inner_kinds) {
                break;
            }
            at = inner;
        }
        at
    }

    /// Whether null may stand where a schema holds: what it says, and what its unions' branches
    /// say, each of them looked at once.
    pub(super) fn null(&mut self, at: At<'n>) -> Null {
        let mut todo = vec![(at, false)];
        while let Some((at, branches_are_known)) = todo.pop() {
            let flat = self.flat(at);
            if branches_are_known {
                let null = self.null_of(&flat);
                self.nulls.insert(at.place(), null);
                continue;
            }
            if self.nulls.contains_key(&at.place()) {
                continue;
            }
            // Of a branch that leads back here, which is an error, it is what stands.
            self.nulls.insert(at.place(), flat.null);
            if flat.null != Null::No && !flat.unions.is_empty() {
                todo.push((at, true));
                for branch in flat.unions.iter().flat_map(|union| &union.branches) {
                    todo.push((self.target(*branch), false));
                }
            }
        }
        self.nulls.get(&at.place()).copied().unwrap_or(Null::Unsaid)
    }

    fn null_of(&mut self, flat: &Flat<'n>) -> Null {
        let mut null = flat.null;
        for union in &flat.unions {
            let mut any = Null::No;
            for branch in &union.branches {
                let branch = self.target(*branch);
                any = any.or(self.nulls.get(&branch.place()).copied().unwrap_or(Null::Unsaid));
            }
            null = null.and(any);
        }
        null
    }

    /// What parts say together.
    pub(super) fn together(&mut self, parts: &[Part<'n>]) -> Rc<Flat<'n>> {
        if let [Part { at, bare: false }] = parts {
            return self.flat(*at);
        }
        let mut all = Flat::nothing();
        for part in parts {
            let flat = self.flat(part.at);
            if !part.bare && self.name(part.at).is_some() {
                all.base(part.at, 0);
            }
            if !self.spend(flat.properties.len(), part.at.node.span) {
                break;
            }
            if part.bare {
                all.combine(&Flat { unions: Vec::new(), ..Flat::clone(&flat) }, 1);
            } else {
                all.combine(&flat, 1);
            }
        }
        Rc::new(all)
    }

    /// The type of what parts say together.
    pub(super) fn build(&mut self, id: TypeId, mut parts: Vec<Part<'n>>) -> Type {
        let own = parts.first().map(|part| part.at);
        let span = own.map_or(unknown_span(), |at| at.node.span);
        let name = match parts.as_slice() {
            [Part { at, bare: false }] => self.name(*at).map(Box::from),
            _ => None,
        };
        let (flat, branches) = self.unions(&mut parts);
        let is_false = own.is_some_and(|at| at.node.kind == Kind::Bool(false));
        if flat.conflict && !is_false {
            self.found.push(
                Diagnostic::warning("F213", span, "no value fits this schema")
                    .label("its parts contradict each other")
                    .help("compare `type` and `enum` of the schemas that it is `allOf`"),
            );
        }
        let mut near = flat.bases.clone();
        near.sort_by_key(|(distance, _)| *distance);
        let mut bases = Vec::new();
        for (_, base) in near {
            let base = self.intern(vec![Part { at: base, bare: false }]);
            if base != id && !bases.contains(&base) {
                bases.push(base);
            }
        }
        let place = |of: &Vec<At<'n>>| of.first().map_or(span, |at| at.node.span);
        let places = flat.properties.iter().map(|(_, of)| place(of)).collect();
        let says = |at: At<'n>| at.node.get("readOnly").and_then(Node::as_bool) == Some(true);
        let mut read_only = Vec::new();
        for (name, of) in &flat.properties {
            // Beside a reference, or where that leads.
            if of.iter().any(|at| says(*at) || says(self.target(*at))) {
                read_only.push(Text::from_plain(name));
            }
        }
        let properties = flat.properties.iter();
        let properties =
            properties.map(|(name, of)| (Text::from_plain(name), self.use_of(of))).collect();
        let patterns = flat.patterns.iter();
        let patterns =
            patterns.map(|(pattern, of)| (Box::from(*pattern), self.use_of(of))).collect();
        let additional = match flat.additional.as_slice() {
            _ if flat.closed => Additional::No,
            [] => Additional::Unwritten,
            of => Additional::Yes(self.use_of(of)),
        };
        let items = (!flat.tuple && !flat.items.is_empty()).then(|| self.use_of(&flat.items));
        Type {
            name,
            span,
            kinds: flat.kinds,
            bases,
            properties,
            places,
            read_only,
            required: flat.required.iter().map(|name| Text::from_plain(name)).collect(),
            additional,
            patterns,
            items,
            literals: flat.literals.as_ref().map(|values| Literals(values.to_vec())),
            branches,
            text: None,
            sealed: false,
        }
    }
}

fn unknown_span() -> Span {
    Span { file: crate::diagnostic::FileId(0), start: 0, end: 0 }
}
