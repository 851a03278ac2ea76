//! One schema: what it says, `allOf` merged in, as a [`Type`]. Finding schemas is `load`'s.

use super::load::{At, Loader};
use super::{Additional, Branches, Kinds, Literals, Type, TypeId, Use};
use crate::diagnostic::{Diagnostic, Span};
use crate::document::{self, Node};
use crate::json::{Text, Value};

/// What a schema and everything that it is `allOf` say together.
#[derive(Clone, Debug)]
pub(super) struct Flat<'n> {
    pub(super) name: Option<Box<str>>,
    span: Span,
    kinds: Kinds,
    nullable: bool,
    bases: Vec<At<'n>>,
    properties: Vec<(Text, At<'n>)>,
    required: Vec<Text>,
    additional: Option<At<'n>>,
    patterns: Vec<(Box<str>, At<'n>)>,
    items: Option<At<'n>>,
    literals: Option<Vec<Value>>,
    union: Option<(Vec<At<'n>>, Option<At<'n>>)>,
}

/// The type of a schema that says nothing.
pub(super) fn unknown(span: Span) -> Type {
    Type {
        name: None,
        span,
        kinds: Kinds::ANY,
        bases: Vec::new(),
        properties: Vec::new(),
        required: Vec::new(),
        additional: Additional::Unwritten,
        patterns: Vec::new(),
        items: None,
        literals: None,
        branches: None,
    }
}

impl<'n> Loader<'n> {
    /// The use of a schema where it stands.
    pub(super) fn use_of(&mut self, at: At<'n>) -> Use {
        let plain_reference = at.node.get("$ref").is_some() && self.name_of(at).is_none();
        let nullable_here = self.says_nullable(at.node);
        let at = if plain_reference && !self.has_siblings(at.node) {
            self.follow_one(at).unwrap_or(at)
        } else {
            at
        };
        let flat = self.flatten(at, &mut Vec::new());
        if let Some((branches, _)) = &flat.union {
            let real: Vec<At<'n>> = branches.iter().copied().filter(|b| !is_null(b.node)).collect();
            let alone = self.name_of(at).is_none() && flat.properties.is_empty();
            if let ([one], true) = (real.as_slice(), alone) {
                let inner = self.use_of(*one);
                let null = real.len() < branches.len() || flat.nullable && nullable_here;
                return Use { ty: inner.ty, nullable: inner.nullable || null };
            }
        }
        let nullable = flat.nullable || nullable_here;
        Use { ty: self.type_of(at), nullable }
    }

    /// One step of a reference: a named schema that is a reference itself keeps its name.
    fn follow_one(&mut self, at: At<'n>) -> Option<At<'n>> {
        let mut at = at;
        for _ in 0..64 {
            let reference = at.node.get("$ref")?;
            at = self.lookup(at.file, reference.as_str()?, reference.span)?;
            if self.name_of(at).is_some() || at.node.get("$ref").is_none() {
                return Some(at);
            }
        }
        self.found.push(Diagnostic::error("F206", at.node.span, "a `$ref` that leads to itself"));
        None
    }

    fn has_siblings(&self, node: &Node) -> bool {
        let notes = ["$ref", "description", "title", "summary", "example", "examples", "default"];
        !self.nullable_word
            && node.members().iter().any(|m| !notes.contains(&&*m.key) && &*m.key != "deprecated")
    }

    fn says_nullable(&self, node: &Node) -> bool {
        self.nullable_word && node.get("nullable").and_then(Node::as_bool) == Some(true)
    }

    /// What a schema says, with everything that it is `allOf`.
    pub(super) fn flatten(&mut self, at: At<'n>, way: &mut Vec<Span>) -> Flat<'n> {
        let mut flat = self.own(at);
        if way.contains(&at.node.span) || way.len() > 64 {
            self.found.push(
                Diagnostic::error("F208", at.node.span, "a schema that is part of itself")
                    .help("`allOf` and `$ref` must not lead back to where they stand"),
            );
            return flat;
        }
        way.push(at.node.span);
        if let Some(reference) = at.node.get("$ref") {
            match reference.as_str() {
                Some(text) => {
                    if let Some(target) = self.lookup(at.file, text, reference.span) {
                        self.merge(&mut flat, target, way);
                    }
                }
                None => self.found.push(Diagnostic::error(
                    "F205",
                    reference.span,
                    "`$ref` must be a string",
                )),
            }
        }
        for part in at.node.get("allOf").map(Node::items).unwrap_or_default() {
            self.merge(&mut flat, At { file: at.file, node: part }, way);
        }
        way.pop();
        flat
    }

    fn merge(&mut self, flat: &mut Flat<'n>, at: At<'n>, way: &mut Vec<Span>) {
        if self.name_of(at).is_some() {
            flat.bases.push(at);
        }
        let other = self.flatten(at, way);
        combine(flat, other);
    }

    /// What a schema says itself.
    fn own(&mut self, at: At<'n>) -> Flat<'n> {
        let node = at.node;
        let here = |node: &'n Node| At { file: at.file, node };
        if !node.is_object() && node.as_bool().is_none() {
            self.found.push(
                Diagnostic::error("F209", node.span, "not a schema")
                    .label("expected an object, `true` or `false`"),
            );
        }
        let (kinds, null) = self.kinds(node);
        let literals = match (node.get("const"), node.get("enum")) {
            (Some(one), _) => Some(vec![one.to_json()]),
            (None, Some(many)) => Some(many.items().iter().map(Node::to_json).collect()),
            (None, None) => None,
        };
        let union = ["oneOf", "anyOf"].iter().find_map(|word| node.get(word)).map(|list| {
            let branches = list.items().iter().map(here).collect::<Vec<_>>();
            (branches, node.get("discriminator").map(here))
        });
        if let Some((branches, _)) = &union
            && branches.is_empty()
        {
            self.found.push(Diagnostic::error("F210", node.span, "a union without branches"));
        }
        let properties = node.get("properties").map(Node::members).unwrap_or_default();
        let required = node.get("required").map(Node::items).unwrap_or_default();
        let patterns = node.get("patternProperties").map(Node::members).unwrap_or_default();
        Flat {
            name: None,
            span: node.span,
            kinds,
            nullable: null || self.says_nullable(node),
            bases: Vec::new(),
            properties: properties
                .iter()
                .map(|m| (Text::from_plain(&m.key), here(&m.value)))
                .collect(),
            required: required.iter().filter_map(Node::as_str).map(Text::from_plain).collect(),
            additional: node.get("additionalProperties").map(here),
            patterns: patterns.iter().map(|m| (m.key.clone(), here(&m.value))).collect(),
            items: node.get("items").map(here),
            literals,
            union,
        }
    }

    /// JSON types of a schema, and whether null is one.
    fn kinds(&mut self, node: &Node) -> (Kinds, bool) {
        let Some(types) = node.get("type") else {
            let free = !self.nullable_word || node.members().is_empty();
            let object = node.get("properties").is_some();
            let literals = node.get("enum").map(Node::items).unwrap_or_default();
            let null = literals.iter().any(|n| n.kind == document::Kind::Null);
            let other = node.get("enum").is_some() || node.get("const").is_some();
            let _ = object;
            return (Kinds::ANY, if other { null } else { free });
        };
        let mut kinds = Kinds::NONE;
        let mut null = false;
        let one = std::slice::from_ref(types);
        for item in if types.items().is_empty() { one } else { types.items() } {
            match item.as_str() {
                Some("null") => null = true,
                Some("boolean") => kinds = kinds.or(Kinds::BOOLEAN),
                Some("integer") => kinds = kinds.or(Kinds::INTEGER),
                Some("number") => kinds = kinds.or(Kinds::NUMBER),
                Some("string") => kinds = kinds.or(Kinds::STRING),
                Some("array") => kinds = kinds.or(Kinds::ARRAY),
                Some("object") => kinds = kinds.or(Kinds::OBJECT),
                _ => self.found.push(
                    Diagnostic::error("F211", item.span, "unknown type")
                        .label("expected null, boolean, integer, number, string, array or object"),
                ),
            }
        }
        (kinds, null)
    }

    /// The type of what schemas say together.
    pub(super) fn build(&mut self, flat: Flat<'n>) -> Type {
        let mut bases = Vec::new();
        for base in &flat.bases {
            let id = self.type_of(*base);
            if !bases.contains(&id) {
                bases.push(id);
            }
        }
        let properties =
            flat.properties.iter().map(|(n, at)| (n.clone(), self.use_of(*at))).collect();
        let patterns = flat.patterns.iter().map(|(p, at)| (p.clone(), self.use_of(*at))).collect();
        let additional = match flat.additional {
            None => Additional::Unwritten,
            Some(at) if at.node.as_bool() == Some(false) => Additional::No,
            Some(at) => Additional::Yes(self.use_of(at)),
        };
        let items = flat.items.map(|at| self.use_of(at));
        let branches = flat.union.clone().map(|union| self.branches(&flat, union));
        Type {
            name: flat.name,
            span: flat.span,
            kinds: flat.kinds,
            bases,
            properties,
            required: flat.required,
            additional,
            patterns,
            items,
            literals: flat.literals.map(Literals),
            branches,
        }
    }

    fn branches(
        &mut self,
        flat: &Flat<'n>,
        (union, discriminator): (Vec<At<'n>>, Option<At<'n>>),
    ) -> Branches {
        let mut of: Vec<TypeId> = Vec::new();
        let mut names: Vec<Option<Box<str>>> = Vec::new();
        for branch in union.into_iter().filter(|b| !is_null(b.node)) {
            let at = self.follow_one(branch).unwrap_or(branch);
            names.push(self.name_of(at).map(Box::from));
            let siblings = !flat.properties.is_empty() || !flat.required.is_empty();
            if siblings {
                let mut merged = self.flatten(at, &mut Vec::new());
                if self.name_of(at).is_some() {
                    merged.bases.insert(0, at);
                }
                combine(&mut merged, Flat { union: None, ..flat.clone() });
                of.push(self.type_of_flat(merged, at.node.span));
            } else {
                of.push(self.type_of(at));
            }
        }
        let tag = discriminator.and_then(|at| {
            let property = at.node.get("propertyName")?.as_str()?;
            let mapping = at.node.get("mapping").map(Node::members).unwrap_or_default();
            let mut cases = Vec::new();
            for (index, name) in names.iter().enumerate() {
                let Some(name) = name else { continue };
                let mapped = mapping.iter().filter(|m| {
                    m.value
                        .as_str()
                        .is_some_and(|r| r == &**name || r.ends_with(&format!("/{name}")))
                });
                let keys: Vec<Value> = mapped.map(|m| Value::string(&m.key)).collect();
                if keys.is_empty() {
                    cases.push((Value::string(name), index));
                }
                cases.extend(keys.into_iter().map(|key| (key, index)));
            }
            Some((Text::from_plain(property), cases))
        });
        Branches { of, tag }
    }
}

/// Adds what another schema says; what the first says comes before.
fn combine<'n>(flat: &mut Flat<'n>, other: Flat<'n>) {
    let numbers = flat.kinds.and(other.kinds);
    flat.kinds = numbers;
    flat.nullable = flat.nullable && other.nullable;
    flat.bases.extend(other.bases);
    for (name, at) in other.properties {
        if !flat.properties.iter().any(|(n, _)| n.same(&name)) {
            flat.properties.push((name, at));
        }
    }
    flat.required.extend(other.required);
    flat.additional = flat.additional.or(other.additional);
    flat.patterns.extend(other.patterns);
    flat.items = flat.items.or(other.items);
    flat.literals = flat.literals.take().or(other.literals);
    flat.union = flat.union.take().or(other.union);
}

fn is_null(node: &Node) -> bool {
    node.get("type").and_then(Node::as_str) == Some("null")
        || node
            .get("enum")
            .is_some_and(|e| matches!(e.items(), [one] if one.kind == document::Kind::Null))
}
