//! The files of one contract, and what a `$ref` between them names. It confines names to the
//! contract's directory; the disk is the caller's.

use std::collections::{BTreeMap, HashMap};

use crate::diagnostic::{Diagnostic, Sources, Span, nearest};
use crate::document::{self, Node};

/// Gives the text of a file beside the contract, by its name there (`common/errors.yaml`).
pub type Reader<'r> = &'r mut dyn FnMut(&str) -> Result<String, String>;

/// Members that are looked through one by one.
const FEW: usize = 64;
/// Files that one contract may have.
const MAX_FILES: usize = 1_000;

/// A node and the file that its references are relative to; equal if it is the same node.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'n> {
    pub(super) file: usize,
    pub(super) node: &'n Node,
}

/// Which node of the trees; never read through.
pub(super) type Place = *const Node;

impl At<'_> {
    pub(super) fn place(self) -> Place {
        std::ptr::from_ref(self.node)
    }
}

impl PartialEq for At<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.node, other.node)
    }
}

/// The contract's own file first, then those that it refers to.
pub(super) struct Files {
    all: Vec<(String, Node)>,
    failed: BTreeMap<String, Failed>,
    /// Members of objects that have many, by the object and their name.
    wide: HashMap<Place, HashMap<Box<str>, usize>>,
}

enum Failed {
    Unread(String),
    Broken(Vec<Diagnostic>),
}

impl Files {
    /// Reads every file that a `$ref` names, once, and what those name. What cannot be read is
    /// reported where a reference to it is followed.
    pub(super) fn read(
        sources: &mut Sources,
        (name, text): (&str, &str),
        reader: Reader<'_>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let file = sources.add(name, text);
        let root = document::parse(sources, file)?;
        let own = name.rsplit('/').next().unwrap_or(name).to_owned();
        let (folder, _) = name.rsplit_once('/').unwrap_or(("", name));
        let all = vec![(own, root)];
        let mut files = Self { all, failed: BTreeMap::new(), wide: HashMap::new() };
        let mut at = 0;
        while let Some((from, root)) = files.all.get(at) {
            let mut wanted = Vec::new();
            references(root, from, &mut wanted);
            at += 1;
            for name in wanted {
                let known = files.all.iter().any(|(known, _)| *known == name);
                if known || files.failed.contains_key(&name) {
                    continue;
                }
                if files.all.len() >= MAX_FILES {
                    files.failed.insert(name, Failed::Unread("too many files".to_owned()));
                    continue;
                }
                let text = match reader(&name) {
                    Ok(text) => text,
                    Err(reason) => {
                        files.failed.insert(name, Failed::Unread(reason));
                        continue;
                    }
                };
                let shown =
                    if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
                let file = sources.add(&shown, &text);
                match document::parse(sources, file) {
                    Ok(root) => files.all.push((name, root)),
                    Err(found) => drop(files.failed.insert(name, Failed::Broken(found))),
                }
            }
        }
        // Only now do the roots stay where they are.
        let mut wide = HashMap::new();
        for (_, root) in &files.all {
            index(root, &mut wide);
        }
        files.wide = wide;
        Ok(files)
    }

    /// The member of that name.
    fn member<'f>(&self, node: &'f Node, name: &str) -> Option<&'f Node> {
        match self.wide.get(&std::ptr::from_ref(node)) {
            Some(names) => names.get(name).and_then(|at| node.members().get(*at)).map(|m| &m.value),
            None => node.get(name),
        }
    }

    /// Roots, in order.
    pub(super) fn roots(&self) -> impl Iterator<Item = At<'_>> {
        self.all.iter().enumerate().map(|(file, (_, node))| At { file, node })
    }

    /// The name of a file in the contract's directory.
    pub(super) fn name(&self, file: usize) -> &str {
        self.all.get(file).map_or("", |(name, _)| name)
    }

    /// The node that a reference names.
    pub(super) fn lookup(
        &self,
        from: usize,
        text: &str,
        span: Span,
    ) -> Result<At<'_>, Vec<Diagnostic>> {
        let (path, pointer) = text.split_once('#').unwrap_or((text, ""));
        let file = if path.is_empty() { from } else { self.file(from, path, span)? };
        let missing = |label: String| {
            let message = format!("`{text}` leads nowhere");
            Diagnostic::error("F207", span, message).label(label)
        };
        let root = self.all.get(file).ok_or_else(Vec::new)?;
        let mut node = &root.1;
        if !pointer.is_empty() && !pointer.starts_with('/') {
            let anchor = missing("anchors are not followed".to_owned());
            return Err(vec![anchor.help("write a JSON Pointer: `#/components/schemas/Order`")]);
        }
        for token in pointer.split('/').skip(1) {
            let token = percent(token).replace("~1", "/").replace("~0", "~");
            let item = || index_of(&token).and_then(|at| node.items().get(at));
            let Some(next) = self.member(node, &token).or_else(item) else {
                let mut diagnostic = missing(format!("there is no `{token}` at that place"));
                let keys = node.members().iter().map(|m| &*m.key).take(10_000);
                if let Some(near) = nearest(&token, keys) {
                    diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
                }
                return Err(vec![diagnostic]);
            };
            node = next;
        }
        Ok(At { file, node })
    }

    fn file(&self, from: usize, path: &str, span: Span) -> Result<usize, Vec<Diagnostic>> {
        let Some(name) = beside(self.name(from), path) else {
            return Err(vec![
                Diagnostic::error("F203", span, "a `$ref` must stay beside the contract")
                    .label("expected a file in the contract's directory")
                    .help("copy what it names into that directory"),
            ]);
        };
        if let Some(at) = self.all.iter().position(|(known, _)| *known == name) {
            return Ok(at);
        }
        Err(match self.failed.get(&name) {
            Some(Failed::Broken(found)) => found.clone(),
            Some(Failed::Unread(reason)) => {
                let message = format!("the file `{name}` cannot be read: {reason}");
                vec![Diagnostic::error("F204", span, message)]
            }
            None => vec![Diagnostic::error("F204", span, format!("the file `{name}` is not read"))],
        })
    }
}

/// The name that a relative reference means, unless it leaves the directory.
fn beside(from: &str, path: &str) -> Option<String> {
    let path = percent(path);
    if path.starts_with('/') || path.contains([':', '\\', '\0', '?']) {
        return None;
    }
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|s| !s.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/")).filter(|name| !name.is_empty())
}

/// The index that a token of a JSON Pointer writes: digits, without leading zeros.
fn index_of(token: &str) -> Option<usize> {
    let plain = token == "0" || !token.starts_with('0');
    let digits = plain && token.bytes().all(|b| b.is_ascii_digit());
    if digits { token.parse().ok() } else { None }
}

/// Notes the members of every object of a tree that has many.
fn index(node: &Node, wide: &mut HashMap<Place, HashMap<Box<str>, usize>>) {
    let members = node.members();
    if members.len() > FEW {
        let names = members.iter().enumerate().map(|(at, m)| (m.key.clone(), at));
        wide.insert(std::ptr::from_ref(node), names.collect());
    }
    for member in members {
        index(&member.value, wide);
    }
    for item in node.items() {
        index(item, wide);
    }
}

/// The files that a tree's references name, as names in the contract's directory.
fn references(node: &Node, from: &str, wanted: &mut Vec<String>) {
    for member in node.members() {
        if &*member.key == "$ref"
            && let Some(text) = member.value.as_str()
        {
            let path = text.split('#').next().unwrap_or_default();
            if !path.is_empty() {
                wanted.extend(beside(from, path).filter(|name| !wanted.contains(name)));
            }
        }
        references(&member.value, from, wanted);
    }
    node.items().iter().for_each(|item| references(item, from, wanted));
}

fn percent(token: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = token.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|h| *first == b'%' && h.iter().all(u8::is_ascii_hexdigit));
        let hex = hex.and_then(|h| std::str::from_utf8(h).ok());
        if let Some(byte) = hex.and_then(|h| u8::from_str_radix(h, 16).ok()) {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
