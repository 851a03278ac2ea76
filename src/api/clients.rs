//! The file of pins: who a client is, and which version it is pinned to. It opens no file.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::{Asks, Key};
use crate::diagnostic::{Diagnostic, FileId, Sources, Span};
use crate::document::{Fields, Kind, Node, parse};
use crate::version::ApiVersion;

/// The file as the configuration names it, and what stands there once it is read.
#[derive(Clone, Debug)]
pub struct Clients {
    /// The name of the file.
    pub file: Box<str>,
    /// Where it is named.
    pub span: Span,
    /// What it says.
    pub pins: Option<Arc<Pins>>,
}

/// What the file says.
#[derive(Debug)]
pub struct Pins {
    /// Where requests say of whom they are.
    pub identity: Key,
    /// The versions of clients, by who they are.
    of: HashMap<Box<str>, ApiVersion>,
    /// Where that stands, or else all of the file.
    pub span: Span,
    /// Every version that it names, where it does so first, and how often.
    pub named: Vec<(ApiVersion, Span, usize)>,
}

impl Clients {
    pub(super) fn new(file: &str, span: Span) -> Self {
        Self { file: file.into(), span, pins: None }
    }
}

impl Pins {
    /// Reads the file, and says what is wrong with it.
    pub fn parse(sources: &Sources, file: FileId) -> (Option<Self>, Vec<Diagnostic>) {
        let root = match parse(sources, file) {
            Ok(root) => root,
            Err(found) => return (None, found),
        };
        let mut found = Vec::new();
        let mut fields = Fields::new(&root, "the file of clients");
        let identity = fields.required("identity").and_then(|(text, span)| {
            let key = Key::parse(text);
            if key.is_none() {
                let known = "`header.X-Client-Id`, `cookie.session` or `query.key`";
                fields.wrong(span, format!("`identity` must be such as {known}"));
            }
            key
        });
        let mut of = HashMap::new();
        let mut named: Vec<(ApiVersion, Span, usize)> = Vec::new();
        let clients = fields.node("clients");
        if let Some(wrong) = clients.filter(|node| !node.is_object()) {
            fields.wrong(wrong.span, "`clients` must be an object such as `{ acme: v1 }`");
        }
        for member in clients.map_or(&[][..], Node::members) {
            let (Kind::String(text) | Kind::Number(text)) = &member.value.kind else {
                let message = format!("the version of `{}` must be a text", member.key);
                fields.wrong(member.value.span, message);
                continue;
            };
            let before = named.iter_mut().find(|(own, ..)| own.as_str() == &**text);
            let version = if let Some((own, _, times)) = before {
                *times = times.saturating_add(1);
                own.clone()
            } else {
                let own = ApiVersion::new(text);
                named.push((own.clone(), member.value.span, 1));
                own
            };
            of.insert(member.key.clone(), version);
        }
        fields.finish(&mut found);
        let span = clients.map_or(root.span, |node| node.span);
        let pins = identity.map(|identity| Self { identity, of, span, named });
        (pins.filter(|_| found.is_empty()), found)
    }

    /// Who a request is of.
    pub fn who<'p>(&'p self, asks: &Asks<'p>) -> Vec<Cow<'p, str>> {
        self.identity.values(asks)
    }

    /// The version of a client.
    pub fn of(&self, who: &str) -> Option<&ApiVersion> {
        self.of.get(who)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<Pins>, Vec<String>) {
        let mut sources = Sources::default();
        let file = sources.add("clients.yaml", text);
        let (pins, found) = Pins::parse(&sources, file);
        (pins, found.into_iter().map(|d| d.message).collect())
    }

    #[test]
    fn pins_are_by_who_a_client_is() {
        let (pins, found) =
            read("identity: header.X-Client-Id\nclients: { acme: 2023-01-15, 7: 1, x: 1 }\n");
        assert_eq!(found, [""; 0]);
        let pins = pins.unwrap();
        assert_eq!(pins.of("acme").unwrap().as_str(), "2023-01-15");
        assert_eq!(pins.of("7").unwrap().as_str(), "1");
        assert!(pins.of("Acme").is_none());
        let named: Vec<_> = pins.named.iter().map(|(v, _, times)| (v.as_str(), *times)).collect();
        assert_eq!(named, [("2023-01-15", 1), ("1", 2)]);
        assert!(read("identity: cookie.c\n").0.is_some(), "nobody is pinned yet");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let (pins, found) = read("identity: X\nclients: { a: [], b: ~ }\npins: {}\n");
        assert!(pins.is_none());
        assert_eq!(found.len(), 4, "{found:?}");
        assert_eq!(read("clients: []\n").1.len(), 2);
        assert_eq!(read("").1.len(), 1);
    }
}
