//! Requests of a client to two servers, their answers compared field by field, and the table of a
//! page that lists what may differ. It starts nothing.

use std::collections::BTreeSet;

use http::Method;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// One request of a client.
pub(crate) struct Ask<'a> {
    /// What the table calls it.
    pub(crate) name: String,
    pub(crate) method: &'a str,
    pub(crate) path: String,
    pub(crate) kind: Option<&'a str>,
    pub(crate) body: String,
}

impl Ask<'_> {
    pub(crate) fn get(path: &str) -> Self {
        let path = path.to_owned();
        Self { name: format!("GET {path}"), method: "GET", path, kind: None, body: String::new() }
    }

    pub(crate) fn named(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }
}

impl<'a> Ask<'a> {
    pub(crate) fn of(method: &'a str, path: &str) -> Self {
        Self { name: format!("{method} {path}"), method, ..Self::get(path) }
    }

    pub(crate) fn with(method: &'a str, path: &str, what: &str, body: &str) -> Self {
        Self {
            name: format!("{method} {path}: {what}"),
            kind: Some("application/json"),
            body: body.to_owned(),
            ..Self::of(method, path)
        }
    }
}

/// An answer, read: a body that is no JSON is a text.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) kind: String,
    /// Those that say something to a client, and are not about the connection.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
}

const FRAMING: [&str; 8] = [
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "content-type",
    "date",
    "vary",
    "via",
];

/// A client; it sends these headers.
pub(crate) struct Clients(
    tokio::runtime::Runtime,
    Client<hyper_util::client::legacy::connect::HttpConnector, Full<bytes::Bytes>>,
    &'static [(&'static str, &'static str)],
);

impl Clients {
    pub(crate) fn new(headers: &'static [(&'static str, &'static str)]) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        Self(runtime.unwrap(), Client::builder(TokioExecutor::new()).build_http(), headers)
    }

    /// `base` is the address, and perhaps a path.
    pub(crate) fn ask(&self, base: &str, ask: &Ask<'_>) -> Answer {
        let mut request = http::Request::builder()
            .method(Method::from_bytes(ask.method.as_bytes()).unwrap())
            .uri(format!("http://{base}{}", ask.path));
        let kind = ask.kind.map(|kind| ("content-type", kind));
        for (name, value) in self.2.iter().copied().chain(kind) {
            request = request.header(name, value);
        }
        let request = request.body(Full::from(ask.body.clone())).unwrap();
        #[expect(clippy::disallowed_methods, reason = "bodies of tests are small")]
        let (head, body) = self.0.block_on(async {
            let (head, body) = self.1.request(request).await.unwrap().into_parts();
            (head, body.collect().await.unwrap().to_bytes())
        });
        let text = String::from_utf8(body.to_vec()).unwrap();
        let kind = head.headers.get("content-type").map_or("", |kind| kind.to_str().unwrap());
        // The address is another one each time; that of the one who answers is none to tell.
        let own = format!("http://{base}");
        let headers = head
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().replace(&own, "")));
        // What servers say to people, with places in their source, is nothing to compare.
        let page = kind.starts_with("text/html").then(|| String::from("a page"));
        Answer {
            headers: headers.filter(|(name, _)| !FRAMING.contains(&name.as_str())).collect(),
            status: head.status.as_u16(),
            kind: kind.split(';').next().unwrap().to_owned(),
            body: serde_json::from_str(&text)
                .unwrap_or_else(|_| Value::String(page.unwrap_or(text))),
        }
    }
}

/// What differs: the request, the place, the answer of the server itself, the gateway's.
pub(crate) type Row = (String, String, String, String);

/// Where something is so in whatever answer has the place.
pub(crate) const EVERY: &str = "every answer";

/// What differs in every answer that has the place: of these two values, or headers, at this place
/// the name of the place and what the table says of both.
pub(crate) type Everywhere = fn(&str, Option<&Value>, Option<&Value>) -> Option<[String; 3]>;

/// All that differs.
pub(crate) struct Differences {
    rows: BTreeSet<Row>,
    everywhere: Everywhere,
}

impl Differences {
    pub(crate) fn new(everywhere: Everywhere) -> Self {
        Self { rows: BTreeSet::new(), everywhere }
    }

    /// Adds what differs between the two.
    pub(crate) fn answers(&mut self, name: &str, native: &Answer, gateway: &Answer) {
        let kind = |kind: &str| if kind.is_empty() { "none" } else { kind }.to_owned();
        for (place, one, two) in [
            ("HTTP status", native.status.to_string(), gateway.status.to_string()),
            ("Content-Type", kind(&native.kind), kind(&gateway.kind)),
        ] {
            if one != two {
                self.row(name, place, &one, &two);
            }
        }
        if gateway.kind == "application/problem+json" {
            let gateway = gateway.body["type"].as_str().unwrap();
            self.row(name, "body", &shown(Some(&native.body)), gateway);
            return;
        }
        if native.status < 400 && gateway.status >= 400 {
            let (one, two) = (shown(Some(&native.body)), shown(Some(&gateway.body)));
            if one != two {
                self.row(name, "body", &one, &two);
            }
            return;
        }
        for (key, value) in &native.headers {
            let other = gateway.headers.iter().find(|(name, _)| name == key);
            let (one, two) = (text(value), other.map(|(_, value)| text(value)));
            if two.as_ref() != Some(&one) {
                self.differ(name, key, (Some(&one), two.as_ref()));
            }
        }
        self.values(name, "", (&native.body, &gateway.body));
    }

    pub(crate) fn values(&mut self, name: &str, place: &str, (one, two): (&Value, &Value)) {
        match (one, two) {
            (Value::Object(one), Value::Object(two)) => {
                let keys: BTreeSet<&String> = one.keys().chain(two.keys()).collect();
                for key in keys {
                    let place =
                        if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
                    match (one.get(key), two.get(key)) {
                        (Some(one), Some(two)) => self.values(name, &place, (one, two)),
                        both => self.differ(name, &place, both),
                    }
                }
            }
            (Value::Array(one), Value::Array(two)) if one.len() == two.len() => {
                for both in one.iter().zip(two) {
                    self.values(name, &format!("{place}[]"), both);
                }
            }
            (one, two) if one == two => {}
            (one, two) => {
                let place = if place.is_empty() { "body" } else { place };
                self.differ(name, place, (Some(one), Some(two)));
            }
        }
    }

    fn differ(&mut self, name: &str, place: &str, (one, two): (Option<&Value>, Option<&Value>)) {
        if let Some([place, one, two]) = (self.everywhere)(place, one, two) {
            self.row(EVERY, &place, &one, &two);
            return;
        }
        let mut both = [one, two].map(shown);
        // A text and a number look alike.
        if both[0] == both[1] {
            both = [one, two].map(|value| value.map_or(String::new(), Value::to_string));
        }
        self.row(name, place, &both[0], &both[1]);
    }

    fn row(&mut self, name: &str, place: &str, native: &str, gateway: &str) {
        // Neither has a place in a cell; and the order of methods is another each time.
        let cell = |text: &str| {
            text.trim().replace('`', "'").replace('|', "/").replace("[POST,GET]", "[GET,POST]")
        };
        self.rows.insert((cell(name), cell(place), cell(native), cell(gateway)));
    }

    /// Whether it is exactly what the tables of a page say.
    pub(crate) fn are_listed(&self, page: &str) {
        let said = listed(page);
        let show = |rows: &BTreeSet<Row>, other: &BTreeSet<Row>| -> String {
            let row = |(a, b, c, d): &Row| format!("| `{a}` | {b} | {c} | {d} |\n");
            rows.difference(other).map(row).collect()
        };
        assert!(
            self.rows == said,
            "found, and not on the page:\n{}on the page, and not found:\n{}",
            show(&self.rows, &said),
            show(&said, &self.rows)
        );
    }
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn shown(value: Option<&Value>) -> String {
    match value {
        None => "absent".to_owned(),
        Some(Value::String(text)) if text.is_empty() => "empty".to_owned(),
        Some(Value::String(text)) => text.clone(),
        // What servers make themselves is in these: a configuration, times.
        Some(Value::Object(all)) => ["error", "message", "status"]
            .iter()
            .find_map(|key| all.get(*key)?.as_str())
            .map_or_else(|| "an object".to_owned(), str::to_owned),
        Some(Value::Array(all)) => format!("a list of {}", all.len()),
        Some(value) => value.to_string(),
    }
}

/// The rows of tables: `| request | place | the server itself | the gateway | why |`.
fn listed(page: &str) -> BTreeSet<Row> {
    let mut rows = BTreeSet::new();
    for line in page.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 5, "{line}");
        assert!(!cells[4].is_empty(), "no reason: {line}");
        let cell = |at: usize| cells[at].trim_matches('`').to_owned();
        rows.insert((cell(0), cell(1), cell(2), cell(3)));
    }
    rows
}
