//! One operation in several versions: its contract, its places, and the bodies of its messages.

use super::generate::Random;

/// Schemas of parameters and members.
pub(crate) const TYPES: [&str; 7] = [
    "{type: string}",
    "{type: integer}",
    "{type: boolean}",
    "{type: number}",
    "{$ref: '#/components/schemas/State'}",
    "{type: array, items: {type: integer}}",
    "{type: array, items: {$ref: '#/components/schemas/State'}}",
];

pub(crate) const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// Names and schemas of one part of a message.
pub(crate) type Members = Vec<(&'static str, &'static str)>;

/// One version of the operation.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) path: Vec<&'static str>,
    pub(crate) query: Members,
    pub(crate) header: Members,
    pub(crate) cookie: Members,
    pub(crate) body: Option<Members>,
    pub(crate) answer: Option<Members>,
    pub(crate) fields: Members,
    /// What the body of requests and of answers is, where it is a plain text.
    pub(crate) texts: [Option<&'static str>; 2],
}

fn members(random: &mut Random, percent: u64) -> Members {
    let names = NAMES.iter().filter(|_| random.chance(percent)).copied().collect::<Vec<_>>();
    names.into_iter().map(|name| (name, *random.of(&TYPES))).collect()
}

impl Version {
    pub(crate) fn new(random: &mut Random) -> Self {
        let mut names = NAMES.to_vec();
        let first = names.remove(random.below(4));
        Self {
            path: vec![first, names.remove(random.below(3))],
            query: members(random, 60),
            header: members(random, 40),
            cookie: members(random, 30),
            body: random.chance(85).then(|| members(random, 60)),
            answer: random.chance(85).then(|| members(random, 60)),
            fields: members(random, 40),
            texts: [None; 2],
        }
    }

    /// The body of a kind of message.
    pub(crate) fn body(&self, kind: Kind) -> (&Option<Members>, Option<&'static str>) {
        let [request, answer] = self.texts;
        if kind == Kind::Request { (&self.body, request) } else { (&self.answer, answer) }
    }

    /// Whether a kind of message has a body.
    pub(crate) fn has_body(&self, kind: Kind) -> bool {
        self.body(kind) != (&None, None)
    }

    /// A constant that is the body of a kind of message.
    pub(crate) fn whole_body(&self, kind: Kind) -> String {
        let (_, text) = self.body(kind);
        format!("body: {}", if text.is_some() { "x" } else { "{a: 1}" })
    }

    /// The template of the path, which is another one in each version.
    pub(crate) fn template(&self, at: usize) -> String {
        format!("/v{at}/{{{}}}/{{{}}}", self.path[0], self.path[1])
    }

    pub(crate) fn contract(&self, at: usize) -> String {
        let parameter = |part: &str, own: &Members| -> Vec<String> {
            let one = |(name, schema): &(&str, &str)| {
                format!("{{in: {part}, name: {name}, schema: {schema}}}")
            };
            own.iter().map(one).collect()
        };
        let mut parameters = parameter("query", &self.query);
        parameters.extend(parameter("header", &self.header));
        parameters.extend(parameter("cookie", &self.cookie));
        let properties = |own: &Members| {
            let one = |(name, schema): &(&str, &str)| format!("{name}: {schema}");
            let all: Vec<String> = own.iter().map(one).collect();
            format!("{{type: object, properties: {{{}}}}}", all.join(", "))
        };
        let content = |kind: Kind| match self.body(kind) {
            (_, Some(text)) => format!("content: {{text/plain: {{schema: {text}}}}}"),
            (Some(own), None) => {
                format!("content: {{application/json: {{schema: {}}}}}", properties(own))
            }
            (None, None) => String::new(),
        };
        let fields: Vec<String> = self
            .fields
            .iter()
            .map(|(name, schema)| format!("{name}: {{schema: {schema}}}"))
            .collect();
        let answer = format!("{{headers: {{{}}}, {}}}", fields.join(", "), content(Kind::Answer));
        let request = content(Kind::Request);
        let request =
            if request.is_empty() { request } else { format!("requestBody: {{{request}}}, ") };
        format!(
            "openapi: 3.1.0\npaths: {{'{}': {{post: {{parameters: [{}], {request}responses: {{'200': {answer}, '202': {answer}, '404': {answer}}}}}}}}}\n\
             components: {{schemas: {{State: {{type: string, enum: [x, y, z]}}}}}}\n",
            self.template(at),
            parameters.join(", "),
        )
    }

    /// Every place of a message.
    pub(crate) fn places(&self, kind: Kind) -> Vec<String> {
        let all = |part: &str, own: &Members| -> Vec<String> {
            own.iter().map(|(name, _)| format!("{part}.{name}")).collect()
        };
        let mut places = Vec::new();
        if kind == Kind::Request {
            places.extend(self.path.iter().map(|name| format!("path.{name}")));
            places.extend(all("query", &self.query));
            places.extend(all("cookie", &self.cookie));
            places.extend(all("header", &self.header));
            places.push(String::from("query.free"));
        } else {
            places.extend(all("header", &self.fields));
        }
        places.push(String::from("header.x-free"));
        match self.body(kind) {
            (_, Some(_)) => places.push(String::from("body")),
            (body, None) => places.extend(body.iter().flat_map(|own| all("body", own))),
        }
        places
    }
}

/// Which message a case is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Request,
    Answer,
    Error,
}

/// Makes the bodies of some versions plain texts; by numbers of their own, so that all other chains are what
/// they are without them.
pub(crate) fn texts(seed: u64, versions: &mut [Version]) {
    let mut random = Random::new(seed ^ 0x7465_7874_626f_6479);
    if random.chance(80) {
        return;
    }
    for version in versions {
        version.texts = [(); 2].map(|()| random.chance(60).then(|| TYPES[random.below(5)]));
    }
}
