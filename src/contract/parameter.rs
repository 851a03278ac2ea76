//! Parameters of operations and fields of answers: `OpenAPI` 3, "Parameter Object" and "Header
//! Object"; Swagger 2.0, with `collectionFormat`. What their schemas say is `schema`'s.

use super::files::At;
use super::load::Loader;
use super::{Parameter, Use};
use crate::diagnostic::Diagnostic;
use crate::document::{Kind, Member, Node};
use crate::message::header::{self, Media};
use crate::message::param::{Form, Param, Style, Texts};

/// Fields that no parameter of the head describes (`OpenAPI` 3.1, "Parameter Object").
const UNDESCRIBED: [&str; 3] = ["accept", "content-type", "authorization"];

impl<'n> Loader<'n> {
    /// The parameters of an operation: its own, and those of its path that it does not have.
    pub(super) fn parameters(&mut self, lists: [Option<At<'n>>; 2]) -> Vec<Parameter> {
        let mut found: Vec<Parameter> = Vec::new();
        for list in lists.into_iter().flatten() {
            if !matches!(list.node.kind, Kind::Array(_)) {
                self.wrong(list.node, "parameters", "expected a list of parameters");
            }
            let before = found.len();
            for node in list.node.items() {
                let Some(at) = self.follow(At { file: list.file, node }) else { continue };
                for own in self.parameter(at) {
                    let same = |p: &Parameter| p.part == own.part && p.param.name == own.param.name;
                    let twice = found.iter().skip(before).find(|p| same(p));
                    if let Some(first) = twice {
                        let message = format!("`{}` stands twice", own.param.name);
                        let twice = Diagnostic::error("F221", own.span, message);
                        self.found.push(twice.also(first.span, "first here"));
                    }
                    if !found.iter().any(same) {
                        found.push(own);
                    }
                }
            }
        }
        found
    }

    /// One parameter; none of a body, and several of an object whose members stand by themselves.
    fn parameter(&mut self, at: At<'n>) -> Vec<Parameter> {
        let text = |key: &str| at.node.get(key).and_then(Node::as_str);
        let part = match text("in") {
            Some("path") => Texts::Path,
            Some("query") => Texts::Query,
            Some("header") => Texts::Header,
            Some("cookie") => Texts::Cookie,
            // Of Swagger 2.0; the first is read as what it is, the second is no JSON.
            Some("body" | "formData") if self.swagger => return Vec::new(),
            Some(_) | None => {
                let expected = "expected `in: path`, `query`, `header` or `cookie`";
                self.wrong(at.node, "parameter", expected);
                return Vec::new();
            }
        };
        let Some(name) = text("name").filter(|name| !name.is_empty()) else {
            self.wrong(at.node, "parameter", "expected `name:` and the name of the parameter");
            return Vec::new();
        };
        if !self.can_be_sent(at.node, part, name) {
            return Vec::new();
        }
        let name = if part == Texts::Header { name.to_ascii_lowercase() } else { name.to_owned() };
        if part == Texts::Header && UNDESCRIBED.contains(&&*name) {
            return Vec::new();
        }
        self.described(at, (part, &name))
    }

    /// Whether a message can have a text of this name.
    fn can_be_sent(&mut self, node: &Node, part: Texts, name: &str) -> bool {
        let (is, expected) = match part {
            Texts::Header => (
                header::is_field_name(name),
                "its name may have letters, digits and any of !#$%&'*+-.^_`|~",
            ),
            Texts::Cookie => {
                (header::is_cookie_name(name), "its name may not have spaces, `=`, `;` or `,`")
            }
            Texts::Path | Texts::Query => (true, ""),
        };
        if !is {
            self.wrong(node, "parameter", expected);
        }
        is
    }

    /// The fields of an answer.
    pub(super) fn fields(&mut self, at: At<'n>) -> Vec<Parameter> {
        let Some(headers) = at.node.get("headers") else { return Vec::new() };
        if !headers.is_object() {
            self.wrong(headers, "headers", "expected an object of headers");
        }
        let mut found = Vec::new();
        for Member { key, value, .. } in headers.members() {
            let name = key.to_ascii_lowercase();
            let Some(at) = self.follow(At { file: at.file, node: value }) else { continue };
            if name != "content-type" && self.can_be_sent(value, Texts::Header, &name) {
                found.extend(self.described(at, (Texts::Header, &name)));
            }
        }
        found
    }

    fn described(&mut self, at: At<'n>, (part, name): (Texts, &str)) -> Vec<Parameter> {
        let span = at.node.span;
        let required = at.node.get("required").and_then(Node::as_bool) == Some(true);
        let content = at.node.get("content").and_then(|content| content.members().first());
        let is_json = content.map(|content| header::media(&content.key) != Media::Other);
        let of = if let Some(media) = content {
            let media = self.follow(At { file: at.file, node: &media.value });
            media.map(|media| {
                let own = media.node.get("schema").map(|node| At { file: media.file, node });
                // The schema of a document that is no JSON says nothing of its text.
                self.use_of(&[own.filter(|_| is_json == Some(true)).unwrap_or(media)])
            })
        } else if self.swagger {
            Some(self.use_of(&[at]))
        } else {
            let schema = at.node.get("schema").map(|node| At { file: at.file, node });
            schema.map(|at| self.use_of(&[at]))
        };
        let Some(of) = of else {
            self.wrong(at.node, "parameter", "expected `schema:` or `content:`");
            return Vec::new();
        };
        let schema = if self.swagger {
            at
        } else {
            let own = at.node.get("schema").map(|node| At { file: at.file, node });
            own.and_then(|own| {
                let own = self.target(own);
                self.meant(own)
            })
            .unwrap_or(at)
        };
        let (style, explode) = match is_json {
            Some(true) => (Style::Json, false),
            _ => self.style(at.node, part),
        };
        let flat = self.flat(schema);
        let form = {
            use super::Kinds;
            let scalars = Kinds::BOOLEAN.or(Kinds::NUMBER).or(Kinds::STRING);
            let union = !flat.unions.is_empty();
            match (flat.kinds.meets(Kinds::ARRAY), flat.kinds.meets(Kinds::OBJECT)) {
                _ if is_json == Some(false) => Form::Scalar,
                (false, false) if !union => Form::Scalar,
                (true, false) if !flat.kinds.meets(scalars) && !union => Form::List,
                (false, true) if !flat.kinds.meets(scalars) && !union => Form::Object,
                _ => Form::Any,
            }
        };
        let param = |name: &str, form| Param { name: name.into(), style, explode, form };
        let own = param(name, form);
        let spread =
            matches!(part, Texts::Query | Texts::Cookie) && (form == Form::Object && own.repeats());
        if !spread {
            return vec![Parameter { part, param: own, of, required, span }];
        }
        // Its members stand by themselves, and its own name nowhere.
        let members: Vec<(&str, Use)> =
            flat.properties.iter().map(|(name, schemas)| (*name, self.use_of(schemas))).collect();
        let member = |(name, of)| {
            let required = required && flat.required.contains(&name);
            Parameter { part, param: param(name, Form::Scalar), of, required, span }
        };
        members.into_iter().map(member).collect()
    }

    fn style(&mut self, node: &Node, part: Texts) -> (Style, bool) {
        let plain = Param::unsaid("", part);
        if self.swagger {
            let format = node.get("collectionFormat").and_then(Node::as_str).unwrap_or("csv");
            return match (format, part) {
                ("multi", Texts::Query) => (Style::Form, true),
                ("csv", Texts::Query) => (Style::Form, false),
                ("csv", _) => (Style::Simple, false),
                ("ssv", _) => (Style::Space, false),
                ("tsv", _) => (Style::Tab, false),
                ("pipes", _) => (Style::Pipe, false),
                _ => {
                    self.wrong(node, "collectionFormat", "expected csv, ssv, tsv, pipes or multi");
                    (plain.style, plain.explode)
                }
            };
        }
        let style = match (node.get("style").map(|node| (node, node.as_str())), part) {
            (None, _) => plain.style,
            (Some((_, Some("simple"))), Texts::Path | Texts::Header) => Style::Simple,
            (Some((_, Some("label"))), Texts::Path) => Style::Label,
            (Some((_, Some("matrix"))), Texts::Path) => Style::Matrix,
            (Some((_, Some("form"))), Texts::Query | Texts::Cookie) => Style::Form,
            (Some((_, Some("spaceDelimited"))), Texts::Query) => Style::Space,
            (Some((_, Some("pipeDelimited"))), Texts::Query) => Style::Pipe,
            (Some((_, Some("deepObject"))), Texts::Query) => Style::Deep,
            (Some((at, _)), _) => {
                let expected = match part {
                    Texts::Path => "expected simple, label or matrix",
                    Texts::Query => "expected form, spaceDelimited, pipeDelimited or deepObject",
                    Texts::Header => "expected simple",
                    Texts::Cookie => "expected form",
                };
                self.wrong(at, "style", expected);
                plain.style
            }
        };
        let explode = node.get("explode").and_then(Node::as_bool);
        (style, explode.unwrap_or(style == Style::Form))
    }
}
