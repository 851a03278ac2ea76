//! A contract file, and the sibling files that it refers to, into a [`Contract`]: finds schemas
//! and operations. What one schema says is `schema`'s; the disk is the caller's.

use std::collections::{BTreeMap, HashMap};

use super::schema::Flat;
use super::{Answer, Contract, Operation, Type, TypeGraph, TypeId, Use};
use crate::diagnostic::{Diagnostic, Severity, Sources, Span};
use crate::document::{self, Member, Node};
use crate::version::ApiVersion;

/// Gives the text of a file beside the contract, by its name there.
pub type Reader<'r> = &'r mut dyn FnMut(&str) -> Result<String, String>;

/// Loads the contract of one version; `name` is the file's name for diagnostics and `text` its
/// content. There is a contract unless a diagnostic is an error.
pub fn load(
    sources: &mut Sources,
    version: ApiVersion,
    (name, text): (&str, &str),
    reader: Reader<'_>,
) -> (Option<Contract>, Vec<Diagnostic>) {
    let file = sources.add(name, text);
    let root = match document::parse(sources, file) {
        Ok(root) => root,
        Err(found) => return (None, found),
    };
    let mut files = vec![(String::new(), root)];
    let mut found = Vec::new();
    read_siblings(sources, &mut files, reader, &mut found);
    let mut loader = Loader::new(&files, found);
    loader.dialect();
    loader.names();
    let operations = loader.operations();
    loader.finish_types();
    let Loader { types, named, found, .. } = loader;
    if found.iter().any(|d| d.severity == Severity::Error) {
        return (None, found);
    }
    let types = TypeGraph::new(types, named);
    (Some(Contract { version, types, operations }), found)
}

/// Reads every file that a `$ref` names, once, and what those name.
fn read_siblings(
    sources: &mut Sources,
    files: &mut Vec<(String, Node)>,
    reader: Reader<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let mut at = 0;
    while let Some((_, root)) = files.get(at) {
        let mut wanted = Vec::new();
        references(root, &mut wanted);
        at += 1;
        for (name, span) in wanted {
            if files.iter().any(|(known, _)| *known == name) {
                continue;
            }
            if name.contains("://") || name.starts_with('/') || name.split('/').any(|s| s == "..") {
                found.push(
                    Diagnostic::error("F203", span, "a `$ref` must stay beside the contract")
                        .help("copy the file into the directory of the contracts"),
                );
                continue;
            }
            match reader(&name) {
                Ok(text) => {
                    let file = sources.add(&name, &text);
                    match document::parse(sources, file) {
                        Ok(root) => files.push((name, root)),
                        Err(more) => found.extend(more),
                    }
                }
                Err(reason) => found.push(Diagnostic::error(
                    "F204",
                    span,
                    format!("the file `{name}` cannot be read: {reason}"),
                )),
            }
        }
    }
}

fn references(node: &Node, wanted: &mut Vec<(String, Span)>) {
    for member in node.members() {
        if &*member.key == "$ref"
            && let Some(text) = member.value.as_str()
        {
            let name = text.split('#').next().unwrap_or_default().trim_start_matches("./");
            if !name.is_empty() {
                wanted.push((name.to_owned(), member.value.span));
            }
        }
        references(&member.value, wanted);
    }
    node.items().iter().for_each(|item| references(item, wanted));
}

/// A schema node and the file that its references are relative to.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'n> {
    pub(super) file: usize,
    pub(super) node: &'n Node,
}

/// What is known while a contract is loaded.
pub(super) struct Loader<'n> {
    files: &'n [(String, Node)],
    pub(super) types: Vec<Type>,
    pub(super) named: BTreeMap<Box<str>, TypeId>,
    by_place: HashMap<(usize, Span), TypeId>,
    names_of: HashMap<(usize, Span), Box<str>>,
    todo: Vec<(TypeId, Flat<'n>)>,
    pub(super) found: Vec<Diagnostic>,
    /// `nullable: true` counts, as in `OpenAPI` 3.0.
    pub(super) nullable_word: bool,
}

impl<'n> Loader<'n> {
    fn new(files: &'n [(String, Node)], found: Vec<Diagnostic>) -> Self {
        Self {
            files,
            types: Vec::new(),
            named: BTreeMap::new(),
            by_place: HashMap::new(),
            names_of: HashMap::new(),
            todo: Vec::new(),
            found,
            nullable_word: false,
        }
    }

    fn root(&self) -> Option<&'n Node> {
        self.files.first().map(|(_, root)| root)
    }

    fn dialect(&mut self) {
        let Some(root) = self.root() else { return };
        if !root.is_object() {
            self.found.push(
                Diagnostic::error("F201", root.span, "not a contract")
                    .label("expected an OpenAPI document or a JSON Schema with `$defs`"),
            );
            return;
        }
        if let Some(swagger) = root.get("swagger") {
            let not_yet = "Swagger 2.0 is not supported yet";
            self.found.push(
                Diagnostic::error("F202", swagger.span, not_yet)
                    .help("convert it to OpenAPI 3.0 or 3.1"),
            );
        } else if let Some(version) = root.get("openapi") {
            let text = match &version.kind {
                document::Kind::String(t) | document::Kind::Number(t) => &**t,
                _ => "",
            };
            self.nullable_word = text.starts_with("3.0");
            if !text.starts_with("3.0") && !text.starts_with("3.1") {
                self.found.push(
                    Diagnostic::error("F202", version.span, "unknown version of OpenAPI")
                        .label("expected 3.0.x or 3.1.x"),
                );
            }
        } else if root.get("$defs").is_none() {
            self.found.push(
                Diagnostic::error("F201", root.span, "not a contract")
                    .label("expected `openapi:` or `$defs:`"),
            );
        }
    }

    /// Every named schema, of every file.
    fn names(&mut self) {
        let mut all = Vec::new();
        for (file, (_, root)) in self.files.iter().enumerate() {
            let components = root.get("components").and_then(|c| c.get("schemas"));
            let sections = [components, root.get("$defs"), root.get("definitions")];
            for member in sections.into_iter().flatten().flat_map(Node::members) {
                self.names_of.insert((file, member.value.span), member.key.clone());
                all.push((file, member));
            }
        }
        for (file, Member { key, value, .. }) in all {
            let id = self.type_of(At { file, node: value });
            self.named.entry(key.clone()).or_insert(id);
        }
    }

    fn finish_types(&mut self) {
        while let Some((id, flat)) = self.todo.pop() {
            let ty = self.build(flat);
            if let Some(slot) = usize::try_from(id.0).ok().and_then(|at| self.types.get_mut(at)) {
                *slot = ty;
            }
        }
    }

    /// The type of a schema itself; a name makes it a type of its own.
    pub(super) fn type_of(&mut self, at: At<'n>) -> TypeId {
        let place = (at.file, at.node.span);
        if let Some(id) = self.by_place.get(&place) {
            return *id;
        }
        let id = self.reserve(at.node.span);
        self.by_place.insert(place, id);
        let mut flat = self.flatten(at, &mut Vec::new());
        flat.name = self.names_of.get(&place).cloned();
        self.todo.push((id, flat));
        id
    }

    /// A type made of what several schemas say.
    pub(super) fn type_of_flat(&mut self, flat: Flat<'n>, span: Span) -> TypeId {
        let id = self.reserve(span);
        self.todo.push((id, flat));
        id
    }

    fn reserve(&mut self, span: Span) -> TypeId {
        let id = TypeId(u32::try_from(self.types.len()).unwrap_or(u32::MAX));
        self.types.push(super::schema::unknown(span));
        id
    }

    /// The name of the schema at a place.
    pub(super) fn name_of(&self, at: At<'_>) -> Option<&str> {
        self.names_of.get(&(at.file, at.node.span)).map(|name| &**name)
    }

    /// What a `$ref` leads to, through as many references as there are.
    pub(super) fn follow(&mut self, at: At<'n>) -> Option<At<'n>> {
        let mut at = at;
        for _ in 0..64 {
            let Some(reference) = at.node.get("$ref") else { return Some(at) };
            let Some(text) = reference.as_str() else {
                self.found.push(Diagnostic::error(
                    "F205",
                    reference.span,
                    "`$ref` must be a string",
                ));
                return None;
            };
            if self.name_of(at).is_some() && at.node.members().len() > 1 {
                return Some(at);
            }
            at = self.lookup(at.file, text, reference.span)?;
        }
        self.found.push(Diagnostic::error("F206", at.node.span, "a `$ref` that leads to itself"));
        None
    }

    /// The node that a reference names.
    pub(super) fn lookup(&mut self, file: usize, text: &str, span: Span) -> Option<At<'n>> {
        let (name, pointer) = text.split_once('#').unwrap_or((text, ""));
        let name = name.trim_start_matches("./");
        let file = if name.is_empty() {
            file
        } else {
            self.files.iter().position(|(known, _)| known == name)?
        };
        let mut node = &self.files.get(file)?.1;
        for token in pointer.split('/').skip(1) {
            let token = percent(token).replace("~1", "/").replace("~0", "~");
            let next = match token.parse::<usize>() {
                Ok(index) => node.get(&token).or_else(|| node.items().get(index)),
                Err(_) => node.get(&token),
            };
            let Some(next) = next else {
                let missing = format!("`{text}` leads nowhere");
                self.found.push(
                    Diagnostic::error("F207", span, missing)
                        .label(format!("there is no `{token}` at that place")),
                );
                return None;
            };
            node = next;
        }
        Some(At { file, node })
    }

    fn operations(&mut self) -> Vec<Operation> {
        let mut operations = Vec::new();
        let Some(root) = self.root() else { return operations };
        for path in root.get("paths").map(Node::members).unwrap_or_default() {
            let Some(item) = self.follow(At { file: 0, node: &path.value }) else { continue };
            for member in item.node.members() {
                let methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
                if methods.contains(&&*member.key) {
                    operations.push(self.operation(&path.key, item.file, member));
                }
            }
        }
        operations
    }

    fn operation(&mut self, path: &str, file: usize, member: &'n Member) -> Operation {
        let node = &member.value;
        let request = node.get("requestBody").and_then(|body| self.body(At { file, node: body }));
        let mut answers = Vec::new();
        for answer in node.get("responses").map(Node::members).unwrap_or_default() {
            let body = self.body(At { file, node: &answer.value });
            answers.push(Answer { status: answer.key.clone(), body });
        }
        Operation {
            method: member.key.to_uppercase().into(),
            path: path.into(),
            id: node.get("operationId").and_then(Node::as_str).map(Box::from),
            span: member.key_span,
            request,
            answers,
        }
    }

    /// The schema of the JSON body of a request or an answer.
    fn body(&mut self, at: At<'n>) -> Option<Use> {
        let at = self.follow(at)?;
        let media = at.node.get("content")?.members().iter().find(|m| is_json(&m.key))?;
        let schema = media.value.get("schema")?;
        Some(self.use_of(At { file: at.file, node: schema }))
    }
}

fn is_json(media: &str) -> bool {
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media == "application/json" || media.ends_with("+json") || media == "*/*"
}

fn percent(token: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = token.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|h| std::str::from_utf8(h).ok());
        if let Some(byte) =
            hex.and_then(|h| u8::from_str_radix(h, 16).ok()).filter(|_| *first == b'%')
        {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
