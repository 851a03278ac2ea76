//! Examples: documents in both versions. Running them is not this room's.

use super::head::Head;
use super::words::{Word, names, now};
use super::{Parser, keys};
use crate::diagnostic::{Diagnostic, Span};
use crate::document::{Kind, Member, Node};
use crate::json::{Text, Value};
use crate::mapping::message::media_type;
use crate::mapping::{Answer, Example, ExampleOf};
use crate::message::{Texts, param};

const WORDS: &[Word<Draft>] = &[
    now("type", |p, m, draft| draft.ty = p.text(&m.value, "`type`").map(Box::from)),
    now("operation", |p, m, draft| {
        draft.operation = p.text(&m.value, "`operation`").map(Box::from);
    }),
    now("request", |p, m, draft| {
        draft.request = true;
        p.words("`request` of an example", MESSAGES, &m.value, &mut draft.sides);
    }),
    now("response", |p, m, draft| {
        draft.response = true;
        p.words("`response` of an example", MESSAGES, &m.value, &mut draft.sides);
    }),
];
/// The sides of an example of a type.
const DOCUMENTS: &[Word<Sides>] = &[
    now("old", |p, m, sides| sides.old.body = Some(p.literal(&m.value))),
    now("new", |p, m, sides| sides.new.body = Some(p.literal(&m.value))),
    now("up", |p, m, sides| sides.up = p.outcome(&m.value)),
    now("down", |p, m, sides| sides.down = p.outcome(&m.value)),
    now("refused", |p, m, to| p.refused(m, to)),
];
/// Those of an example of an operation.
const MESSAGES: &[Word<Sides>] = &[
    now("old", |p, m, sides| p.message(m, &mut sides.old)),
    now("new", |p, m, sides| p.message(m, &mut sides.new)),
    now("up", |p, m, sides| sides.up = p.message_outcome(m)),
    now("down", |p, m, sides| sides.down = p.message_outcome(m)),
    now("refused", |p, m, to| p.refused(m, to)),
];
/// What is said to who sends a message that is refused.
const REFUSED: &[Word<Answer>] = &[
    now("status", |p, m, answer| answer.status = p.error_status(&m.value)),
    now("detail", |p, m, answer| {
        answer.detail = p.text(&m.value, "`detail`").map(Box::from);
    }),
];
const MESSAGE: &[Word<Message>] = &[
    now("status", |p, m, to| p.example_status(m, to)),
    now("body", |p, m, message| message.body = Some(p.literal(&m.value))),
    now("headers", |p, m, to| p.example_texts(m, Texts::Header, to)),
    now("header", |p, m, to| p.example_texts(m, Texts::Header, to)),
    now("path", |p, m, to| p.example_texts(m, Texts::Path, to)),
    now("query", |p, m, to| p.example_texts(m, Texts::Query, to)),
    now("cookie", |p, m, to| p.example_texts(m, Texts::Cookie, to)),
];

#[derive(Default)]
struct Draft {
    ty: Option<Box<str>>,
    operation: Option<Box<str>>,
    request: bool,
    response: bool,
    sides: Sides,
}

#[derive(Default)]
struct Sides {
    old: Message,
    new: Message,
    up: Option<Value>,
    down: Option<Value>,
    refused: Option<(Answer, Span)>,
}

#[derive(Default)]
struct Message {
    /// It stands there, maybe without a word in it.
    stands: bool,
    status: Option<Box<str>>,
    texts: Vec<(Texts, Value)>,
    body: Option<Value>,
}

impl Message {
    /// Whether anything but its status is said of it.
    fn is_told(&self) -> bool {
        self.body.is_some() || !self.texts.is_empty()
    }

    /// The message as an object of its parts; `None`: there is none.
    fn document(self) -> Option<Value> {
        let part = |(of, texts): (Texts, Value)| (Text::from_plain(of.as_str()), texts);
        let status = self.status.map(|status| (Text::from_plain("status"), Value::Number(status)));
        let body = self.body.map(|body| (Text::from_plain("body"), body));
        let texts = self.texts.into_iter().map(part);
        let members: Vec<(Text, Value)> = status.into_iter().chain(texts).chain(body).collect();
        (self.stands || !members.is_empty()).then_some(Value::Object(members))
    }
}

impl Parser<'_> {
    pub(super) fn examples(&mut self, member: &Member, head: &mut Head) {
        let before = self.found.len();
        if !matches!(member.value.kind, Kind::Array(_)) {
            self.kind(member.value.span, "`examples` is not a list", "expected a list of examples");
        }
        for node in member.value.items() {
            head.examples.extend(self.example(node));
        }
        self.unread.extend(self.found.split_off(before));
    }

    fn example(&mut self, node: &Node) -> Option<Example> {
        let (draft, strange) = self.draft(node);
        let Sides { mut old, mut new, up, down, refused } = draft.sides;
        let alone = refused.is_some();
        let of = match (draft.ty, draft.operation, draft.request, draft.response) {
            (Some(name), None, false, false) => ExampleOf::Type(name),
            (None, Some(name), true, false) => ExampleOf::Request(name),
            (None, Some(name), false, true) => {
                // What only one of them says is the same of both.
                let status = old.status.clone().or_else(|| new.status.clone());
                let Some(status) = status else {
                    self.shape(
                        node.span,
                        "an example of an answer without a status",
                        "expected `response: { old: { status: 200, … }, new: … }`",
                        Some("where only one side says a status, it is that of both"),
                    );
                    return None;
                };
                for message in [&mut old, &mut new] {
                    if !alone || message.is_told() {
                        message.status.get_or_insert_with(|| status.clone());
                    }
                }
                ExampleOf::Response(name)
            }
            // What is missing is the word that is not known.
            _ if strange => return None,
            (ty, operation, request, response) => {
                let (what, help) = match (ty.is_some(), operation.is_some()) {
                    (_, true) if request && response => (
                        "an example of a request and of an answer",
                        Some("write two examples, one with `request` and one with `response`"),
                    ),
                    (true, true) => ("an example of a type and of an operation", None),
                    (true, false) => ("an example of a type has no messages", None),
                    (false, true) => ("an example of no message of its operation", None),
                    (false, false) => ("an example of nothing", None),
                };
                let expected = "expected `type`, or `operation` with `request` or with `response`";
                self.shape(node.span, what, expected, help);
                return None;
            }
        };
        let is_type = matches!(of, ExampleOf::Type(_));
        let document = |message: Message| {
            if is_type { message.body } else { message.document() }
        };
        if let Some((answer, span)) = refused {
            let outcomes = up.is_some() || down.is_some();
            return self.refusal(
                node,
                (of, answer, span),
                (document(old), document(new)),
                outcomes,
            );
        }
        let both = is_type || old.is_told() || new.is_told() || old.status != new.status;
        let (Some(old), Some(new), true) = (document(old), document(new), both) else {
            if strange {
                return None;
            }
            let expected = if is_type {
                "expected `old: …` and `new: …`"
            } else {
                "expected `old: { body: … }` and `new: { body: … }`"
            };
            self.shape(node.span, "an example lacks one of its documents", expected, None);
            return None;
        };
        let (old, new) = (Some(old), Some(new));
        Some(Example { of, old, new, up, down, refused: None, span: node.span })
    }

    /// What the words of an example say, and whether one of them is none.
    fn draft(&mut self, node: &Node) -> (Draft, bool) {
        let mut draft = Draft::default();
        let own = node.get("type").is_some();
        let mut strange = false;
        for member in self.table(node, "an example") {
            // In an example of an operation, what becomes of it may stand beside the message too.
            let read = self.word(WORDS, member, &mut draft)
                || match (own, &*member.key) {
                    (true, _) => self.word(DOCUMENTS, member, &mut draft.sides),
                    (false, "up" | "down" | "refused") => {
                        self.word(MESSAGES, member, &mut draft.sides)
                    }
                    (false, _) => false,
                };
            if read || (!own && names(DOCUMENTS).any(|side| *side == *member.key)) {
                // Beside `operation` the documents stand elsewhere; without any of the words nobody
                // knows what the example is of, which is said below.
                if !read && node.get("operation").is_some() {
                    self.outside(member);
                }
            } else {
                strange = true;
                let known: Vec<&str> = names(WORDS).chain(names(DOCUMENTS)).collect();
                self.unknown("an example", member, &known);
            }
        }
        (draft, strange)
    }

    /// An example of what is refused: of one side alone.
    fn refusal(
        &mut self,
        node: &Node,
        (of, answer, span): (ExampleOf, Answer, Span),
        (old, new): (Option<Value>, Option<Value>),
        outcomes: bool,
    ) -> Option<Example> {
        if old.is_some() == new.is_some() || outcomes {
            let what = "what is refused has no counterpart";
            let wrong = Diagnostic::error("F307", span, what);
            self.report(wrong.label("expected one document beside it, `old` or `new`"));
            return None;
        }
        let refused = Some(answer);
        Some(Example { of, old, new, up: None, down: None, refused, span: node.span })
    }

    /// A document of an operation that does not say which message it is.
    fn outside(&mut self, member: &Member) {
        let key = &member.key;
        let what = format!("`{key}` stands beside `operation`");
        self.report(
            Diagnostic::error("F302", member.key_span, what)
                .label("expected under `request` or `response`")
                .help(format!("write `response: {{ {key}: {{ status: 200, body: … }} }}` or `request: {{ {key}: {{ body: … }} }}`")),
        );
    }

    fn shape(&mut self, span: Span, what: &str, expected: &str, help: Option<&str>) {
        self.report(Diagnostic::error("F307", span, what).label(expected).helped(help));
    }

    fn message(&mut self, member: &Member, message: &mut Message) {
        message.stands = true;
        self.words("a message", MESSAGE, &member.value, message);
    }

    fn example_status(&mut self, member: &Member, message: &mut Message) {
        let span = member.value.span;
        let (Kind::Number(text) | Kind::String(text)) = &member.value.kind else {
            return self.kind(span, "not a status", "expected a status such as 200");
        };
        match keys::status(text) {
            keys::Status::Is(status, _) if status.bytes().all(|b| b.is_ascii_digit()) => {
                message.status = Some(status);
            }
            keys::Status::Is(..) | keys::Status::No => {
                self.kind(span, "not a status", "expected a status such as 200");
            }
        }
    }

    /// The texts of a part, each as its text; names of fields ignore case.
    fn example_texts(&mut self, member: &Member, of: Texts, message: &mut Message) {
        let mut members = Vec::new();
        for entry in self.table(&member.value, &format!("`{}`", member.key)) {
            let key = self.literal_key(entry);
            let name = if of == Texts::Header { key.to_ascii_lowercase().into() } else { key };
            let mut value = param::texted(self.literal(&entry.value));
            if of == Texts::Header && *name == *"content-type" {
                media_type(&mut value);
            }
            members.push((Text::from_plain(&name), value));
        }
        message.texts.push((of, Value::Object(members)));
    }

    fn refused(&mut self, member: &Member, sides: &mut Sides) {
        let mut answer = Answer::default();
        self.words("`refused`", REFUSED, &member.value, &mut answer);
        sides.refused = Some((answer, member.key_span));
    }

    /// `same`, or the document that comes out instead.
    fn outcome(&mut self, node: &Node) -> Option<Value> {
        if node.as_str() == Some("same") { None } else { Some(self.literal(node)) }
    }

    fn message_outcome(&mut self, member: &Member) -> Option<Value> {
        if member.value.as_str() == Some("same") {
            return None;
        }
        let mut message = Message::default();
        self.message(member, &mut message);
        message.document()
    }
}
