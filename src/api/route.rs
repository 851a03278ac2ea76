//! Reads one rule of `route:`. Which of them a request meets is decided elsewhere.

use super::split::{By, Share, Split};
use super::{Key, OperationPattern, Rule, To};
use crate::diagnostic::{Diagnostic, Span};
use crate::document::{Fields, Kind, Member, Node};
use crate::message::Template;
use crate::version::ApiVersion;

/// What rules name, and what is noted of it.
#[derive(Debug)]
pub(super) struct Said<'n> {
    pub(super) backends: &'n [Member],
    pub(super) named: &'n mut Vec<(ApiVersion, Span)>,
    /// Where `by: client` stands first.
    pub(super) by_client: Option<Span>,
}

/// With one backend there is nothing to decide.
pub(super) fn default(span: Span) -> Rule {
    Rule { operations: Vec::new(), versions: Vec::new(), to: To::One(0), span }
}

pub(super) fn rule(node: &Node, said: &mut Said<'_>, found: &mut Vec<Diagnostic>) -> Rule {
    let mut fields = Fields::new(node, "a rule of the route");
    let mut operations = Vec::new();
    for (text, span) in fields.texts("operations") {
        match operation(text, span) {
            Some(pattern) => operations.push(pattern),
            None => {
                fields.wrong(span, format!("`{text}` is no operation; write `GET /orders/{{id}}`"));
            }
        }
    }
    let versions: Vec<_> = fields
        .texts("versions")
        .into_iter()
        .map(|(text, span)| (ApiVersion::new(text), span))
        .collect();
    said.named.extend(versions.iter().cloned());
    let versions = versions.into_iter().map(|(version, _)| version).collect();
    let by = by(&mut fields, said);
    let to = if let Some(split) = fields.node("split") {
        if let Some(to) = node.member("to") {
            fields.wrong(to.key_span, "a rule has either `to` or `split`");
        }
        fields.node("to");
        shares(split, said.backends, &mut fields).map(|shares| To::Split(Split { shares, by }))
    } else {
        if let Some(own) = node.member("by") {
            fields.wrong(own.key_span, "`by` belongs to a `split`");
        }
        let to = fields.required("to").and_then(|to| place(to, said.backends, &mut fields));
        to.map(To::One)
    };
    fields.finish(found);
    // Without a backend it is not served; what it says of operations is looked at all the same.
    let to = to.unwrap_or(To::One(said.backends.len()));
    Rule { operations, versions, to, span: node.span }
}

fn by(fields: &mut Fields<'_>, said: &mut Said<'_>) -> By {
    let Some((text, span)) = fields.text("by") else { return By::Peer };
    if text == "client" {
        said.by_client.get_or_insert(span);
        return By::Client;
    }
    Key::parse(text).map_or_else(
        || {
            let known = "`header.X-Tenant`, `cookie.session`, `query.tenant` or `client`";
            fields.wrong(span, format!("`by` must be such as {known}"));
            By::Peer
        },
        By::Key,
    )
}

/// The weights of `split`.
fn shares(node: &Node, backends: &[Member], fields: &mut Fields<'_>) -> Option<Vec<Share>> {
    if !node.is_object() {
        fields.wrong(node.span, "`split` must be an object such as `{ old: 90, new: 10 }`");
        return None;
    }
    let mut shares = Some(Vec::new());
    for member in node.members() {
        let to = place((&member.key, member.key_span), backends, fields);
        let weight = match &member.value.kind {
            Kind::Number(text) => text.parse::<u32>().ok(),
            Kind::Null
            | Kind::Bool(_)
            | Kind::String(_)
            | Kind::Raw(_)
            | Kind::Array(_)
            | Kind::Object(_) => None,
        };
        if weight.is_none() {
            fields.wrong(
                member.value.span,
                format!("a weight is a whole number from 0 to {}", u32::MAX),
            );
        }
        let share =
            to.zip(weight).map(|(to, weight)| Share { to, name: member.key.clone(), weight });
        shares = shares.zip(share).map(|(mut shares, share)| {
            shares.push(share);
            shares
        });
    }
    if shares.as_ref().is_some_and(|all| all.iter().all(|share| share.weight == 0)) {
        fields.wrong(node.span, "one weight at least must be more than 0");
    }
    shares
}

fn place(
    (name, span): (&str, Span),
    backends: &[Member],
    fields: &mut Fields<'_>,
) -> Option<usize> {
    let at = backends.iter().position(|b| *b.key == *name);
    // That there is none at all is said already.
    if at.is_none() && !backends.is_empty() {
        let known: Vec<_> = backends.iter().map(|b| &*b.key).collect();
        let message = format!("there is no backend `{name}`");
        fields.report(
            Diagnostic::error("F405", span, message)
                .help(format!("backends: {}", known.join(", "))),
        );
    }
    at
}

fn operation(text: &str, span: Span) -> Option<OperationPattern> {
    let (method, path) = text.trim().split_once(' ')?;
    let path = path.trim();
    let starred = |segment: &str| segment == "*";
    let inner = path.rsplit_once('/').map_or("", |(before, _)| before);
    let lower = method.contains(|c: char| c.is_ascii_lowercase());
    if !path.starts_with('/') || method.is_empty() || lower || inner.split('/').any(starred) {
        return None;
    }
    let method = (method != "*").then(|| method.into());
    Some(OperationPattern { method, path: Template::new(path), span })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Sources;

    #[test]
    fn operations_of_routes() {
        let mut sources = Sources::default();
        let span = Span { file: sources.add("", ""), start: 0, end: 0 };
        let is = |text: &str| operation(text, span).is_some();
        assert!(is("GET /a/*") && is("* /a/{b}") && is("GET /a*b/c"));
        for wrong in ["GET", "GET a", "get /a", "/a", "GET /a/*/b", " /a"] {
            assert!(!is(wrong), "{wrong}");
        }
    }
}
