//! What one schema says itself, keyword by keyword, and what schemas say together. Following
//! references and building types is done elsewhere.

use std::rc::Rc;

use super::Kinds;
use super::files::At;
use super::load::Loader;
use crate::diagnostic::Diagnostic;
use crate::document::{Kind, Member, Node};
use crate::json::Value;

/// Whether null may stand where a schema holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Null {
    /// It says so.
    Yes,
    /// It says otherwise.
    No,
    /// It says nothing about JSON types.
    Unsaid,
}

impl Null {
    /// Both hold.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::Unsaid, Self::Unsaid) => Self::Unsaid,
        }
    }

    /// One of them holds.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::Unsaid, _) | (_, Self::Unsaid) => Self::Unsaid,
            (Self::No, Self::No) => Self::No,
        }
    }
}

/// A `oneOf` or `anyOf`.
#[derive(Clone, Debug)]
pub(super) struct Union<'n> {
    pub(super) branches: Vec<At<'n>>,
    pub(super) discriminator: Option<At<'n>>,
}

/// What schemas say together, `allOf` merged in; unions stand beside it, unmerged.
#[expect(clippy::struct_excessive_bools, reason = "each is a word of JSON Schema, said or not")]
#[derive(Clone, Debug)]
pub(super) struct Flat<'n> {
    pub(super) kinds: Kinds,
    pub(super) null: Null,
    /// Named schemas that it is `allOf`, with their distance.
    pub(super) bases: Vec<(u32, At<'n>)>,
    pub(super) properties: Vec<(&'n str, Vec<At<'n>>)>,
    pub(super) required: Vec<&'n str>,
    pub(super) additional: Vec<At<'n>>,
    /// `additionalProperties: false`
    pub(super) closed: bool,
    pub(super) patterns: Vec<(&'n str, Vec<At<'n>>)>,
    pub(super) items: Vec<At<'n>>,
    /// `prefixItems`: elements differ, so nothing is said of each.
    pub(super) tuple: bool,
    pub(super) literals: Option<Rc<Vec<Value>>>,
    pub(super) unions: Vec<Union<'n>>,
    /// Parts that nothing fits together.
    pub(super) conflict: bool,
}

impl<'n> Flat<'n> {
    /// What `{}` says.
    pub(super) fn nothing() -> Self {
        Self {
            kinds: Kinds::ANY,
            null: Null::Unsaid,
            bases: Vec::new(),
            properties: Vec::new(),
            required: Vec::new(),
            additional: Vec::new(),
            closed: false,
            patterns: Vec::new(),
            items: Vec::new(),
            tuple: false,
            literals: None,
            unions: Vec::new(),
            conflict: false,
        }
    }

    /// Whether it says nothing of members, elements or values, unions and JSON types aside.
    pub(super) fn is_shapeless(&self) -> bool {
        self.bases.is_empty()
            && self.properties.is_empty()
            && self.additional.is_empty()
            && !self.closed
            && self.patterns.is_empty()
            && self.items.is_empty()
            && !self.tuple
            && self.literals.is_none()
    }

    /// The schemas of a property.
    pub(super) fn property(&self, name: &str) -> Option<&[At<'n>]> {
        self.properties.iter().find(|(n, _)| *n == name).map(|(_, parts)| parts.as_slice())
    }

    /// Adds what another schema says; what the first says comes before. Bases are `further` away.
    pub(super) fn combine(&mut self, other: &Self, further: u32) {
        let kinds = self.kinds.and(other.kinds);
        let emptied = kinds == Kinds::NONE && self.kinds != kinds && other.kinds != kinds;
        self.kinds = kinds;
        self.null = self.null.and(other.null);
        self.conflict |= other.conflict || (emptied && self.null != Null::Yes);
        for (distance, base) in &other.bases {
            self.base(*base, distance.saturating_add(further));
        }
        merge(&mut self.properties, &other.properties);
        merge(&mut self.patterns, &other.patterns);
        merge_names(&mut self.required, &other.required);
        add(&mut self.additional, &other.additional);
        self.closed |= other.closed;
        add(&mut self.items, &other.items);
        self.tuple |= other.tuple;
        self.literals = match (self.literals.take(), &other.literals) {
            (Some(own), Some(others)) if !Rc::ptr_eq(&own, others) => {
                let both = own.iter().filter(|v| others.iter().any(|o| o.same(v)));
                let both: Vec<Value> = both.cloned().collect();
                self.conflict |= both.is_empty();
                Some(Rc::new(both))
            }
            (own, others) => own.or_else(|| others.clone()),
        };
        self.unions.extend(other.unions.iter().cloned());
    }

    /// Notes a named schema that it is `allOf`.
    pub(super) fn base(&mut self, base: At<'n>, distance: u32) {
        match self.bases.iter_mut().find(|(_, known)| *known == base) {
            Some((known, _)) => *known = distance.min(*known),
            None => self.bases.push((distance, base)),
        }
    }
}

fn add<'n>(to: &mut Vec<At<'n>>, more: &[At<'n>]) {
    for at in more {
        if !to.contains(at) {
            to.push(*at);
        }
    }
}

type Named<'n> = (&'n str, Vec<At<'n>>);

fn merge<'n>(to: &mut Vec<Named<'n>>, more: &[Named<'n>]) {
    if to.is_empty() {
        to.extend(more.iter().cloned());
        return;
    }
    let known: std::collections::HashMap<&str, usize> =
        to.iter().enumerate().map(|(at, (name, _))| (*name, at)).collect();
    for (name, parts) in more {
        match known.get(name).and_then(|at| to.get_mut(*at)) {
            Some((_, own)) => add(own, parts),
            None => to.push((name, parts.clone())),
        }
    }
}

/// Keywords that say something about shape.
pub(super) const SHAPE: &[&str] = &[
    "type",
    "properties",
    "required",
    "additionalProperties",
    "unevaluatedProperties",
    "patternProperties",
    "items",
    "prefixItems",
    "enum",
    "const",
    "allOf",
    "oneOf",
    "anyOf",
    "discriminator",
];

impl<'n> Loader<'n> {
    /// What a schema says itself, and the schemas that it is `allOf` (its `$ref` first).
    pub(super) fn own(&mut self, at: At<'n>) -> (Flat<'n>, Vec<At<'n>>) {
        let mut flat = Flat::nothing();
        let mut parts = Vec::new();
        match &at.node.kind {
            Kind::Bool(true) => {}
            Kind::Bool(false) => {
                flat.kinds = Kinds::NONE;
                flat.null = Null::No;
            }
            Kind::Object(_) => {
                if at.node.get("$ref").is_some() {
                    parts.extend(self.reference(at));
                    if self.nullable_word {
                        // Before 3.1 nothing beside a `$ref` counts.
                        return (flat, parts);
                    }
                }
                self.keywords(at, &mut flat, &mut parts);
            }
            Kind::Null | Kind::Number(_) | Kind::String(_) | Kind::Raw(_) | Kind::Array(_) => {
                self.found.push(
                    Diagnostic::error("F209", at.node.span, "not a schema")
                        .label("expected an object, `true` or `false`"),
                );
            }
        }
        (flat, parts)
    }

    fn keywords(&mut self, at: At<'n>, flat: &mut Flat<'n>, parts: &mut Vec<At<'n>>) {
        let here = |node: &'n Node| At { file: at.file, node };
        let discriminator = at.node.get("discriminator").map(here);
        for Member { key, value, .. } in at.node.members() {
            match &**key {
                "type" => self.types(value, flat),
                "properties" => {
                    let members = self.members(value, key);
                    flat.properties =
                        members.iter().map(|m| (&*m.key, vec![here(&m.value)])).collect();
                }
                "patternProperties" => {
                    let members = self.members(value, key);
                    flat.patterns =
                        members.iter().map(|m| (&*m.key, vec![here(&m.value)])).collect();
                }
                // A boolean is the habit of an old draft, where it said so of the property.
                "required" if value.as_bool().is_none() => {
                    let names: Vec<&str> =
                        self.list(value, key).iter().filter_map(Node::as_str).collect();
                    if names.len() < value.items().len() {
                        self.wrong(value, "required", "expected a list of names");
                    }
                    merge_names(&mut flat.required, &names);
                }
                "additionalProperties" => additional(flat, here(value)),
                "unevaluatedProperties" if at.node.get("additionalProperties").is_none() => {
                    additional(flat, here(value));
                }
                "items" if matches!(value.kind, Kind::Array(_)) => flat.tuple = true,
                "items" => flat.items.push(here(value)),
                "prefixItems" => flat.tuple = true,
                "enum" => {
                    let values = self.list(value, key).iter().map(Node::to_json).collect();
                    literals(flat, values);
                }
                "const" => literals(flat, vec![value.to_json()]),
                "allOf" => parts.extend(self.list(value, key).iter().map(here)),
                "oneOf" | "anyOf" => {
                    let branches: Vec<At<'n>> = self.list(value, key).iter().map(here).collect();
                    if matches!(&value.kind, Kind::Array(items) if items.is_empty()) {
                        self.found.push(
                            Diagnostic::error("F210", value.span, "a union without branches")
                                .label("nothing fits an empty list"),
                        );
                    }
                    if !branches.is_empty() {
                        flat.unions.push(Union { branches, discriminator });
                    }
                }
                "discriminator" => self.is_discriminator(here(value)),
                "nullable" if value.as_bool().is_none() => {
                    self.wrong(value, "nullable", "expected true or false");
                }
                _ => {}
            }
        }
        if self.says_nullable(at.node) {
            flat.null = Null::Yes;
        }
    }

    /// Whether a schema of `OpenAPI` 3.0 says `nullable: true`; of Swagger 2.0, which has no such word,
    /// the `x-nullable` that everybody writes.
    pub(super) fn says_nullable(&self, node: &Node) -> bool {
        let word = if self.swagger { "x-nullable" } else { "nullable" };
        self.nullable_word && node.get(word).and_then(Node::as_bool) == Some(true)
    }

    /// JSON types of a schema, and whether null is one.
    fn types(&mut self, types: &Node, flat: &mut Flat<'_>) {
        let mut kinds = Kinds::NONE;
        let mut null = Null::No;
        let one = std::slice::from_ref(types);
        let list = if matches!(types.kind, Kind::Array(_)) { types.items() } else { one };
        if list.is_empty() {
            kinds = Kinds::ANY;
            self.wrong(types, "type", "expected at least one type");
        }
        for item in list {
            match item.as_str() {
                Some("null") => null = Null::Yes,
                Some("boolean") => kinds = kinds.or(Kinds::BOOLEAN),
                Some("integer") => kinds = kinds.or(Kinds::INTEGER),
                Some("number") => kinds = kinds.or(Kinds::NUMBER),
                Some("string") => kinds = kinds.or(Kinds::STRING),
                Some("array") => kinds = kinds.or(Kinds::ARRAY),
                // A body that is no JSON.
                Some("file") if self.swagger => kinds = Kinds::ANY,
                Some("object") => kinds = kinds.or(Kinds::OBJECT),
                // `type: null` without quotes is YAML's null, and means the same to its author.
                None if item.kind == Kind::Null => null = Null::Yes,
                _ => {
                    kinds = Kinds::ANY;
                    self.found.push(
                        Diagnostic::error("F211", item.span, "unknown type").label(
                            "expected null, boolean, integer, number, string, array or object",
                        ),
                    );
                }
            }
        }
        flat.kinds = flat.kinds.and(kinds);
        flat.null = match (flat.null, null) {
            // `type: [string, "null"]` with an `enum` that lists no null allows none.
            (Null::No, _) | (_, Null::No) => Null::No,
            _ => null,
        };
    }

    fn members(&mut self, node: &'n Node, keyword: &str) -> &'n [Member] {
        if !node.is_object() {
            self.wrong(node, keyword, "expected an object");
        }
        node.members()
    }

    fn list(&mut self, node: &'n Node, keyword: &str) -> &'n [Node] {
        if !matches!(node.kind, Kind::Array(_)) {
            self.wrong(node, keyword, "expected a list");
        }
        node.items()
    }

    /// Reports a keyword whose value is of the wrong type.
    pub(super) fn wrong(&mut self, node: &Node, keyword: &str, expected: &str) {
        let message = format!("`{keyword}` cannot be this");
        self.found.push(Diagnostic::error("F212", node.span, message).label(expected));
    }
}

fn merge_names<'n>(to: &mut Vec<&'n str>, names: &[&'n str]) {
    let mut known: std::collections::HashSet<&str> = to.iter().copied().collect();
    to.extend(names.iter().filter(|name| known.insert(name)));
}

fn additional<'n>(flat: &mut Flat<'n>, at: At<'n>) {
    match at.node.as_bool() {
        Some(false) => flat.closed = true,
        Some(true) | None => flat.additional.push(at),
    }
}

/// `enum` or `const`: they restrict JSON types too.
fn literals(flat: &mut Flat<'_>, mut values: Vec<Value>) {
    let null = values.contains(&Value::Null);
    values.retain(|v| *v != Value::Null);
    let kinds = values.iter().fold(Kinds::NONE, |kinds, value| kinds.or(kind_of(value)));
    let own = Flat {
        kinds,
        null: if null { Null::Yes } else { Null::No },
        literals: Some(Rc::new(values)),
        ..Flat::nothing()
    };
    flat.combine(&own, 0);
}

fn kind_of(value: &Value) -> Kinds {
    match value {
        Value::Null => Kinds::NONE,
        Value::Bool(_) => Kinds::BOOLEAN,
        Value::Number(text) if text.contains(['.', 'e', 'E']) => Kinds::NUMBER,
        Value::Number(_) => Kinds::INTEGER,
        Value::String(_) => Kinds::STRING,
        Value::Array(_) => Kinds::ARRAY,
        Value::Object(_) => Kinds::OBJECT,
    }
}
