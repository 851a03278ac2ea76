//! The types of whole messages: an object with a member for each part, of which rules of operations
//! name places. Texts have types of their own, in which every scalar is a string.

use std::collections::HashMap;

use super::build::unknown;
use super::{Additional, Bodies, Kinds, Literals, Operations, Parameter, Type, TypeId, Use};
use crate::diagnostic::Span;
use crate::json::{Text, Value};
use crate::message::media::Content;
use crate::message::{Template, Texts, param};

/// The types of one kind of message.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shapes {
    /// The message.
    pub own: Message,
    /// Of an answer: the same beside the head of its `request`.
    pub asked: Message,
}

/// The type of a message without its body, and with it.
#[derive(Clone, Copy, Debug)]
pub struct Message {
    /// Every part but the body.
    pub head: Use,
    /// Every part.
    pub whole: Use,
}

impl Default for Message {
    fn default() -> Self {
        let nothing = Use { ty: TypeId(0), nullable: false };
        Self { head: nothing, whole: nothing }
    }
}

/// Makes the types of all messages.
pub(super) fn shape(types: &mut Vec<Type>, operations: &mut Operations) {
    let mut shaping = Shaping { types, texts: HashMap::new(), anything: None, plain: None };
    for operation in operations.all_mut() {
        let span = operation.span;
        for parameter in &mut operation.parameters {
            parameter.of = shaping.parameter(parameter);
        }
        let template = Template::new(&operation.path);
        let path = |shaping: &mut Shaping<'_>, required| {
            shaping.path((&template, required), &operation.parameters, span)
        };
        let mut parts = vec![("path", path(&mut shaping, true))];
        // Where an answer looks at it, what came from the body is not there.
        let asked_path = path(&mut shaping, false);
        for part in [Texts::Query, Texts::Header, Texts::Cookie] {
            parts.push((part.as_str(), shaping.texts(part, &operation.parameters, span)));
        }
        shaping.bodies(&mut operation.request, (&parts, None), span);
        let asked = [("path", asked_path)].into_iter().chain(parts.into_iter().skip(1));
        let asked = shaping.object(asked.collect(), span);
        for answer in &mut operation.answers {
            for field in &mut answer.headers {
                field.of = shaping.parameter(field);
            }
            let fields = shaping.texts(Texts::Header, &answer.headers, span);
            let status = Type { kinds: Kinds::INTEGER, ..unknown(span) };
            let parts = vec![("status", shaping.add(status)), ("header", fields)];
            shaping.bodies(&mut answer.body, (&parts, Some(asked)), span);
        }
    }
}

/// The types, while those of messages are made.
struct Shaping<'t> {
    types: &'t mut Vec<Type>,
    /// The texts of types.
    texts: HashMap<TypeId, TypeId>,
    anything: Option<Use>,
    /// A text that is a body.
    plain: Option<Use>,
}

impl Shaping<'_> {
    fn add(&mut self, ty: Type) -> Use {
        let id = TypeId(u32::try_from(self.types.len()).unwrap_or(u32::MAX));
        self.types.push(ty);
        Use { ty: id, nullable: false }
    }

    fn get(&self, id: TypeId) -> Option<&Type> {
        self.types.get(usize::try_from(id.0).ok()?)
    }

    /// The type of a message without a body.
    fn message(&mut self, parts: &[(&str, Use)], span: Span) -> Message {
        let head = self.object(parts.to_vec(), span);
        Message { head, whole: head }
    }

    /// An object of these members and no others.
    fn object(&mut self, parts: Vec<(&str, Use)>, span: Span) -> Use {
        let properties: Vec<(Text, Use)> =
            parts.into_iter().map(|(name, of)| (Text::from_plain(name), of)).collect();
        self.add(Type {
            kinds: Kinds::OBJECT,
            places: vec![span; properties.len()],
            properties,
            additional: Additional::No,
            sealed: true,
            ..unknown(span)
        })
    }

    /// The types of the messages of one kind, by their bodies; `request` is the head of what an answer
    /// is asked by.
    fn bodies(
        &mut self,
        bodies: &mut Bodies,
        (parts, request): (&[(&str, Use)], Option<Use>),
        span: Span,
    ) {
        let more: Vec<_> = parts.iter().copied().chain(request.map(|r| ("request", r))).collect();
        let own = self.message(parts, span);
        let asked = if request.is_some() { self.message(&more, span) } else { own };
        bodies.bare = Shapes { own, asked };
        let mut known: Vec<(Use, Shapes)> = Vec::new();
        for body in &mut bodies.all {
            if body.content == Content::Text {
                (body.content, body.of) = self.body_text(body.of, span);
            }
            let Some(of) = body.of else { continue };
            let same = known.iter().find(|(before, _)| *before == of).map(|(_, shapes)| *shapes);
            body.shapes = same.unwrap_or_else(|| {
                let body = [("body", of)];
                let mut whole = |parts: &[(&str, Use)]| self.object([parts, &body].concat(), span);
                let own = Message { whole: whole(parts), ..own };
                let asked = request.map_or(own, |_| Message { whole: whole(&more), ..asked });
                Shapes { own, asked }
            });
            known.push((of, body.shapes));
        }
    }

    /// A body that is a text: the text of its schema, if that is one of scalars.
    fn body_text(&mut self, of: Option<Use>, span: Span) -> (Content, Option<Use>) {
        let Some(of) = of else {
            let plain = self.plain.unwrap_or_else(|| {
                let string = self.add(Type { kinds: Kinds::STRING, ..unknown(span) });
                Use { ty: self.text(string.ty), nullable: true }
            });
            self.plain = Some(plain);
            return (Content::Text, self.plain);
        };
        let nested = Kinds::ARRAY.or(Kinds::OBJECT);
        let scalar =
            |ty: &Type| ty.branches.is_none() && ty.kinds != Kinds::NONE && !ty.kinds.meets(nested);
        if self.get(of.ty).is_some_and(scalar) {
            (Content::Text, Some(Use { ty: self.text(of.ty), nullable: true }))
        } else if self.get(of.ty).is_some_and(Type::is_unconstrained) {
            self.body_text(None, span)
        } else {
            // How a list or an object is written there nobody says.
            (Content::Opaque, None)
        }
    }

    /// What a text is of which nobody says anything.
    fn anything(&mut self, span: Span) -> Use {
        if let Some(known) = self.anything {
            return known;
        }
        let meant = self.add(unknown(span)).ty;
        let id = TypeId(u32::try_from(self.types.len()).unwrap_or(u32::MAX));
        let own = Use { ty: id, nullable: true };
        self.add(Type {
            kinds: Kinds::STRING.or(Kinds::ARRAY).or(Kinds::OBJECT),
            additional: Additional::Yes(own),
            items: Some(own),
            text: Some(meant),
            ..unknown(span)
        });
        self.anything = Some(own);
        own
    }

    /// What stands at a parameter: the text of its schema, if that is not a document.
    fn parameter(&mut self, parameter: &Parameter) -> Use {
        if parameter.param.style == param::Style::Json {
            return Use { nullable: true, ..parameter.of };
        }
        Use { ty: self.text(parameter.of.ty), nullable: true }
    }

    /// The type of the texts of a type.
    fn text(&mut self, of: TypeId) -> TypeId {
        if let Some(known) = self.texts.get(&of) {
            return *known;
        }
        let Some(meant) = self.get(of).cloned() else { return of };
        let (span, anything) = (meant.span, self.anything(meant.span));
        let text = self.add(unknown(span)).ty;
        self.texts.insert(of, text);
        let open = meant.is_unconstrained() || meant.branches.is_some();
        let scalars = Kinds::BOOLEAN.or(Kinds::NUMBER).or(Kinds::STRING);
        let string = if meant.kinds.meets(scalars) { Kinds::STRING } else { Kinds::NONE };
        let kinds = meant.kinds.and(Kinds::ARRAY.or(Kinds::OBJECT)).or(string);
        let mut inner = |of: Use| Use { ty: self.text(of.ty), nullable: true };
        let properties = meant.properties.iter().map(|(name, of)| (name.clone(), inner(*of)));
        let properties: Vec<(Text, Use)> = properties.collect();
        let items = meant.items.map(&mut inner);
        let additional = match meant.additional {
            Additional::Yes(of) => Additional::Yes(inner(of)),
            Additional::Unwritten if open => Additional::Yes(anything),
            other => other,
        };
        let literals = meant.literals.as_ref().filter(|_| !open).map(|literals| {
            let texts = literals.0.iter().filter_map(param::text);
            Literals(texts.map(|text| Value::string(&text)).collect())
        });
        let ty = Type {
            kinds,
            properties,
            items: items.or(open.then_some(anything)),
            additional,
            literals,
            patterns: Vec::new(),
            branches: None,
            text: Some(of),
            ..meant
        };
        if let Some(place) = usize::try_from(text.0).ok().and_then(|at| self.types.get_mut(at)) {
            *place = ty;
        }
        text
    }

    /// The parameters of a path: those that its template names.
    fn path(
        &mut self,
        (template, required): (&Template, bool),
        parameters: &[Parameter],
        span: Span,
    ) -> Use {
        let mut properties = Vec::new();
        let mut places = Vec::new();
        for name in template.names() {
            let own = |p: &&Parameter| p.part == Texts::Path && *p.param.name == *name;
            let own = parameters.iter().find(own);
            places.push(own.map_or(span, |own| own.span));
            let of = own.map_or_else(|| self.anything(span), |own| own.of);
            properties.push((Text::from_plain(name), of));
        }
        let required = properties.iter().filter(|_| required).map(|(name, _)| name.clone());
        let required = required.collect();
        self.add(Type {
            kinds: Kinds::OBJECT,
            properties,
            places,
            required,
            additional: Additional::No,
            sealed: true,
            ..unknown(span)
        })
    }

    /// The parameters of another part: nobody lists all.
    fn texts(&mut self, part: Texts, parameters: &[Parameter], span: Span) -> Use {
        let own = parameters.iter().filter(|p| p.part == part);
        let name = |p: &Parameter| Text::from_plain(&p.param.name);
        let additional = Additional::Yes(self.anything(span));
        self.add(Type {
            kinds: Kinds::OBJECT,
            properties: own.clone().map(|p| (name(p), p.of)).collect(),
            places: own.clone().map(|p| p.span).collect(),
            required: own.filter(|p| p.required).map(name).collect(),
            additional,
            ..unknown(span)
        })
    }
}
