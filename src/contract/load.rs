//! A contract file, and the sibling files that it refers to, into a [`Contract`]: names, the way
//! from a reference to its schema, and which schemas are one type. What a schema says is
//! `schema`'s, what becomes of it `build`'s; the disk is the caller's.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::rc::Rc;

use super::files::{At, Files, Place, Reader};
use super::schema::{Flat, Null, SHAPE};
use super::{Contract, Operations, Type, TypeGraph, TypeId};
use crate::diagnostic::{Diagnostic, Severity, Sources, Span, sort};
use crate::document::{Kind, Node};
use crate::version::ApiVersion;

/// Schemas that may stand one within another by `allOf` and `$ref`.
const MAX_LEVELS: usize = 200;
/// References that may lead from one to the next.
const MAX_REFERENCES: usize = 256;
/// Properties that all merged schemas of a contract may have together.
const MAX_PROPERTIES: usize = 4_000_000;
/// Types that a contract may have.
const MAX_TYPES: usize = 1_000_000;

/// Loads the contract of one version; `name` is the file's name for diagnostics and `text` its
/// content. There is a contract unless a diagnostic is an error. Every fault of the contract is
/// among the diagnostics, in the order of its files.
pub fn load(
    sources: &mut Sources,
    version: ApiVersion,
    file: (&str, &str),
    reader: Reader<'_>,
) -> (Option<Contract>, Vec<Diagnostic>) {
    let files = match Files::read(sources, file, reader) {
        Ok(files) => files,
        Err(mut found) => {
            sort(&mut found);
            return (None, found);
        }
    };
    let mut loader = Loader::new(&files);
    if !loader.dialect() {
        return (None, loader.found);
    }
    loader.names();
    loader.heirs();
    let operations = loader.operations();
    let named = loader.named();
    loader.build_all();
    loader.endless();
    let Loader { mut types, mut found, .. } = loader;
    let mut operations = Operations::new(operations);
    super::message::shape(&mut types, &mut operations);
    let types = TypeGraph::new(types, named);
    found.extend(types.mixed());
    sort(&mut found);
    if found.iter().any(|d| d.severity == Severity::Error) {
        return (None, found);
    }
    (Some(Contract { version, types, operations, open: false }), found)
}

/// Where a file says that it is a contract; `None` where it does not. Asks for the files that it
/// refers to, as [`load`] does.
pub fn said(sources: &mut Sources, file: (&str, &str), reader: Reader<'_>) -> Option<Span> {
    let files = Files::read(sources, file, reader).ok()?;
    let root = files.roots().next()?.node;
    let words = ["openapi", "swagger", "$defs", "definitions"];
    words.iter().find_map(|word| root.member(word)).map(|member| member.key_span)
}

/// A schema that is part of a type; `bare` is it without its unions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'n> {
    pub(super) at: At<'n>,
    pub(super) bare: bool,
}

enum Flattened<'n> {
    Open,
    Done(Rc<Flat<'n>>),
}

/// What is known while a contract is loaded.
pub(super) struct Loader<'n> {
    pub(super) files: &'n Files,
    pub(super) types: Vec<Type>,
    pub(super) found: Vec<Diagnostic>,
    /// `nullable: true` counts, as in `OpenAPI` 3.0.
    pub(super) nullable_word: bool,
    /// It is a document of Swagger 2.0.
    pub(super) swagger: bool,
    /// Every named schema, by file and key.
    pub(super) schemas: Vec<(usize, &'n str, At<'n>)>,
    names: HashMap<Place, (Box<str>, &'n str)>,
    /// Named schemas that are the same as another one: `Order: {$ref: order.yaml}`.
    same: HashMap<Place, At<'n>>,
    pub(super) heirs: HashMap<Place, Vec<At<'n>>>,
    references: HashMap<(usize, &'n str), At<'n>>,
    /// Where names that are only references lead in the end.
    meant: HashMap<Place, Option<At<'n>>>,
    flats: HashMap<Place, Flattened<'n>>,
    /// Whether null may stand where a schema holds.
    pub(super) nulls: HashMap<Place, Null>,
    levels: usize,
    properties: usize,
    ids: HashMap<Vec<(Place, bool)>, TypeId>,
    todo: VecDeque<(TypeId, Vec<Part<'n>>)>,
}

impl<'n> Loader<'n> {
    fn new(files: &'n Files) -> Self {
        Self {
            files,
            types: Vec::new(),
            found: Vec::new(),
            nullable_word: false,
            swagger: false,
            schemas: Vec::new(),
            names: HashMap::new(),
            same: HashMap::new(),
            heirs: HashMap::new(),
            references: HashMap::new(),
            meant: HashMap::new(),
            flats: HashMap::new(),
            nulls: HashMap::new(),
            levels: 0,
            properties: 0,
            ids: HashMap::new(),
            todo: VecDeque::new(),
        }
    }

    /// Notes what kind of document it is; says whether it is one to go on with.
    fn dialect(&mut self) -> bool {
        let Some(At { node: root, .. }) = self.files.roots().next() else { return false };
        let diagnostic = if let Some(swagger) = root.get("swagger") {
            if matches!(&swagger.kind, Kind::String(text) | Kind::Number(text) if &**text == "2.0")
            {
                (self.swagger, self.nullable_word) = (true, true);
                return true;
            }
            Diagnostic::error("F202", swagger.span, "unknown version of Swagger")
                .label("expected `swagger: \"2.0\"`, or `openapi:` and 3.0.x or 3.1.x")
        } else if let Some(version) = root.get("openapi") {
            let text = match &version.kind {
                Kind::String(text) | Kind::Number(text) => &**text,
                Kind::Null | Kind::Bool(_) | Kind::Raw(_) | Kind::Array(_) | Kind::Object(_) => "",
            };
            let is = |known: &str| text == known || text.starts_with(&format!("{known}."));
            self.nullable_word = is("3.0");
            if is("3.0") || is("3.1") {
                return true;
            }
            Diagnostic::error("F202", version.span, "unknown version of OpenAPI")
                .label("expected 3.0.x or 3.1.x")
        } else if ["$defs", "definitions"].iter().any(|key| root.get(key).is_some()) {
            return true;
        } else {
            let span = Span { end: root.span.start.saturating_add(1), ..root.span };
            Diagnostic::error("F201", span, "not a contract")
                .label("expected `openapi:` or `$defs:`")
                .help("a contract is an OpenAPI document or a JSON Schema document with `$defs`")
        };
        self.found.push(diagnostic);
        false
    }

    /// Finds every named schema of every file, and the name that it goes by.
    fn names(&mut self) {
        for at in self.files.roots() {
            let components = at.node.get("components");
            let sections = [
                components.and_then(|c| c.get("schemas")),
                at.node.get("$defs"),
                at.node.get("definitions"),
            ];
            for section in sections.into_iter().flatten() {
                if !section.is_object() {
                    self.wrong(section, "schemas", "expected an object of schemas");
                }
                let members = section.members().iter();
                self.schemas.extend(members.map(|m| {
                    let node = At { file: at.file, node: &m.value };
                    (at.file, &*m.key, node)
                }));
            }
        }
        let all = self.schemas.clone();
        let keys: HashMap<Place, &str> =
            all.iter().map(|(_, key, at)| (at.place(), *key)).collect();
        let mut taken: HashMap<Place, &str> = HashMap::new();
        for (_, key, at) in &all {
            let Some(end) = self.end(*at, &keys) else { continue };
            let known = keys.get(&end.place()).copied();
            // A name for what has none yet, or the same name once more.
            let name = known.unwrap_or_else(|| taken.entry(end.place()).or_insert(key));
            if name == *key && end != *at {
                self.same.insert(at.place(), end);
            }
        }
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for (file, key, at) in &all {
            if *file > 0 && !self.same.contains_key(&at.place()) {
                *counts.entry(key).or_default() += 1;
            } else if *file == 0 {
                *counts.entry(key).or_default() += 2;
            }
        }
        for (file, key, at) in all {
            let at = self.same.get(&at.place()).copied().unwrap_or(at);
            let clashes = file > 0 && counts.get(key).is_some_and(|count| *count > 1);
            let shown = if clashes {
                format!("{}#{key}", self.files.name(file)).into()
            } else {
                Box::from(key)
            };
            self.names.entry(at.place()).or_insert((shown, key));
        }
    }

    /// Where a named schema that is only a reference leads, up to the next named one.
    fn end(&mut self, at: At<'n>, keys: &HashMap<Place, &str>) -> Option<At<'n>> {
        let mut end = at;
        for _ in 0..MAX_REFERENCES {
            if !self.is_reference(end.node) || (end != at && keys.contains_key(&end.place())) {
                return Some(end);
            }
            let text = end.node.get("$ref")?.as_str()?;
            end = self.files.lookup(end.file, text, end.node.span).ok()?;
        }
        None
    }

    /// The types of the named schemas.
    fn named(&mut self) -> BTreeMap<Box<str>, TypeId> {
        let mut named = BTreeMap::new();
        for (_, _, at) in self.schemas.clone() {
            let at = self.same.get(&at.place()).copied().unwrap_or(at);
            let id = self.intern(vec![Part { at, bare: false }]);
            if let Some((name, _)) = self.names.get(&at.place()) {
                named.entry(name.clone()).or_insert(id);
            }
        }
        named
    }

    /// The name that a named schema goes by.
    pub(super) fn name(&self, at: At<'_>) -> Option<&str> {
        self.names.get(&at.place()).map(|(name, _)| &**name)
    }

    /// The key of a named schema in its file.
    pub(super) fn key(&self, at: At<'_>) -> Option<&'n str> {
        self.names.get(&at.place()).map(|(_, key)| *key)
    }

    /// Whether a schema is nothing but a reference.
    pub(super) fn is_reference(&self, node: &Node) -> bool {
        let shaped = |key: &str| !self.nullable_word && SHAPE.contains(&key);
        node.get("$ref").is_some() && !node.members().iter().any(|m| shaped(&m.key))
    }

    /// The schema that another one's `$ref` names.
    pub(super) fn reference(&mut self, at: At<'n>) -> Option<At<'n>> {
        let reference = at.node.get("$ref")?;
        let Some(text) = reference.as_str() else {
            let message = "`$ref` must be a string";
            self.found.push(Diagnostic::error("F205", reference.span, message));
            return None;
        };
        if let Some(known) = self.references.get(&(at.file, text)) {
            return Some(*known);
        }
        match self.files.lookup(at.file, text, reference.span) {
            Ok(target) => {
                self.references.insert((at.file, text), target);
                Some(target)
            }
            Err(found) => {
                self.found.extend(found);
                None
            }
        }
    }

    /// The schema that is meant: through references, up to the first that has a name.
    pub(super) fn target(&mut self, at: At<'n>) -> At<'n> {
        let mut target = at;
        for _ in 0..MAX_REFERENCES {
            if let Some(same) = self.same.get(&target.place()) {
                target = *same;
            }
            if self.names.contains_key(&target.place()) || !self.is_reference(target.node) {
                return target;
            }
            let Some(next) = self.reference(target) else { return target };
            target = next;
        }
        self.endless_reference(at);
        at
    }

    /// What a `$ref` of anything but a schema leads to.
    pub(super) fn follow(&mut self, at: At<'n>) -> Option<At<'n>> {
        let mut target = at;
        for _ in 0..MAX_REFERENCES {
            if target.node.get("$ref").is_none() {
                return Some(target);
            }
            target = self.reference(target)?;
        }
        self.endless_reference(at);
        None
    }

    /// The schema that says something, through names that are only references to it. `None`: they
    /// lead nowhere, or round.
    pub(super) fn meant(&mut self, at: At<'n>) -> Option<At<'n>> {
        let (mut end, mut way) = (Some(at), Vec::new());
        while let Some(here) = end.filter(|here| self.is_reference(here.node)) {
            if let Some(known) = self.meant.get(&here.place()) {
                end = *known;
                break;
            }
            // Until it is known better, so that who comes here again has gone round.
            self.meant.insert(here.place(), None);
            way.push(here.place());
            end = self.reference(here).map(|next| self.target(next));
        }
        self.meant.extend(way.into_iter().map(|place| (place, end)));
        end
    }

    fn endless_reference(&mut self, at: At<'n>) {
        self.found.push(
            Diagnostic::error("F206", at.node.span, "a `$ref` that leads back to itself")
                .help("let one of the schemas on the way say what it is"),
        );
    }

    /// What a schema says, with everything that it is `allOf`.
    pub(super) fn flat(&mut self, at: At<'n>) -> Rc<Flat<'n>> {
        match self.flats.get(&at.place()) {
            Some(Flattened::Done(flat)) => return Rc::clone(flat),
            Some(Flattened::Open) if self.is_reference(at.node) => self.endless_reference(at),
            Some(Flattened::Open) => self.found.push(
                Diagnostic::error("F208", at.node.span, "a schema that is part of itself")
                    .help("`allOf` and `$ref` must not lead back to where they stand"),
            ),
            None if self.levels >= MAX_LEVELS => self.too_large(
                at.node.span,
                &format!("at most {MAX_LEVELS} schemas within each other by `allOf` and `$ref`"),
            ),
            None => return self.flatten(at),
        }
        Rc::new(Flat::nothing())
    }

    fn flatten(&mut self, at: At<'n>) -> Rc<Flat<'n>> {
        self.flats.insert(at.place(), Flattened::Open);
        self.levels += 1;
        let (mut flat, parts) = self.own(at);
        for part in parts {
            let part = self.target(part);
            if self.names.contains_key(&part.place()) && part != at {
                flat.base(part, 1);
            }
            let mut other = self.flat(part);
            // A union that lists the schema which is `allOf` it says nothing about that schema.
            let back = |loader: &mut Self, union: &super::schema::Union<'n>| {
                union.branches.iter().any(|b| loader.target(*b) == at)
            };
            if other.unions.iter().any(|union| back(self, union)) {
                let mut less = Flat::clone(&other);
                less.unions.retain(|union| !back(self, union));
                other = Rc::new(less);
            }
            if self.spend(other.properties.len(), at.node.span) {
                flat.combine(&other, 1);
            }
        }
        self.levels -= 1;
        let flat = Rc::new(flat);
        self.flats.insert(at.place(), Flattened::Done(Rc::clone(&flat)));
        flat
    }

    /// Whether there is room for so many properties more.
    pub(super) fn spend(&mut self, properties: usize, span: Span) -> bool {
        let before = self.properties;
        self.properties = before.saturating_add(properties);
        if self.properties > MAX_PROPERTIES && before <= MAX_PROPERTIES {
            let most = format!("at most {MAX_PROPERTIES} properties, those of `allOf` counted");
            self.too_large(span, &most);
        }
        self.properties <= MAX_PROPERTIES
    }

    fn too_large(&mut self, span: Span, most: &str) {
        let large = Diagnostic::error("F216", span, "a contract that is too large");
        self.found.push(large.label(most));
    }

    /// The type of these schemas together; to be built if it is new.
    pub(super) fn intern(&mut self, parts: Vec<Part<'n>>) -> TypeId {
        let key: Vec<(Place, bool)> = parts.iter().map(|p| (p.at.place(), p.bare)).collect();
        if let Some(id) = self.ids.get(&key) {
            return *id;
        }
        let first = parts.first().map(|p| p.at);
        let span = first
            .map_or(Span { file: crate::diagnostic::FileId(0), start: 0, end: 0 }, |at| {
                at.node.span
            });
        if self.types.len() == MAX_TYPES {
            self.too_large(span, &format!("at most {MAX_TYPES} types"));
        } else if self.types.len() > MAX_TYPES {
            return TypeId(0);
        }
        let id = TypeId(u32::try_from(self.types.len()).unwrap_or(u32::MAX));
        self.types.push(super::build::unknown(span));
        self.ids.insert(key, id);
        self.todo.push_back((id, parts));
        id
    }

    fn build_all(&mut self) {
        while let Some((id, parts)) = self.todo.pop_front() {
            let ty = self.build(id, parts);
            if let Some(slot) = usize::try_from(id.0).ok().and_then(|at| self.types.get_mut(at)) {
                *slot = ty;
            }
        }
    }
}
