//! Two answers, field by field, and the table of `examples/alertmanager/README.md` that lists what
//! may differ. It asks nothing.

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

    pub(crate) fn post(path: &str, what: &str, body: &str) -> Self {
        Self {
            name: format!("POST {path}: {what}"),
            kind: Some("application/json"),
            body: body.to_owned(),
            ..Self::of("POST", path)
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

const FRAMING: [&str; 7] =
    ["content-length", "transfer-encoding", "connection", "content-type", "date", "vary", "via"];

/// Where something is so in whatever answer has the place.
const EVERY: &str = "every answer";

/// A client, at `http://address/api/…`.
pub(crate) struct Clients(
    tokio::runtime::Runtime,
    Client<hyper_util::client::legacy::connect::HttpConnector, Full<bytes::Bytes>>,
);

impl Clients {
    pub(crate) fn new() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        Self(runtime.unwrap(), Client::builder(TokioExecutor::new()).build_http())
    }

    pub(crate) fn ask(&self, address: &str, version: &str, ask: &Ask<'_>) -> Answer {
        let mut request = http::Request::builder()
            .method(Method::from_bytes(ask.method.as_bytes()).unwrap())
            .uri(format!("http://{address}/api/{version}{}", ask.path));
        if let Some(kind) = ask.kind {
            request = request.header("content-type", kind);
        }
        let request = request.body(Full::from(ask.body.clone())).unwrap();
        #[expect(clippy::disallowed_methods, reason = "bodies of tests are small")]
        let (head, body) = self.0.block_on(async {
            let (head, body) = self.1.request(request).await.unwrap().into_parts();
            (head, body.collect().await.unwrap().to_bytes())
        });
        let text = String::from_utf8(body.to_vec()).unwrap();
        let kind = head.headers.get("content-type").map_or("", |kind| kind.to_str().unwrap());
        let headers = head
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        Answer {
            headers: headers.filter(|(name, _)| !FRAMING.contains(&name.as_str())).collect(),
            status: head.status.as_u16(),
            kind: kind.split(';').next().unwrap().to_owned(),
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        }
    }
}

/// What differs: the request, the place, the answer of version 1 itself, the gateway's.
pub(crate) type Row = (String, String, String, String);

/// Adds what differs between the two.
pub(crate) fn answers(name: &str, native: &Answer, gateway: &Answer, rows: &mut BTreeSet<Row>) {
    let mut differ = |place: &str, native: &str, gateway: &str| {
        if native != gateway {
            rows.insert(row(name, place, native, gateway));
        }
    };
    differ("HTTP status", &native.status.to_string(), &gateway.status.to_string());
    let kind = |kind: &str| if kind.is_empty() { "none" } else { kind }.to_owned();
    differ("Content-Type", &kind(&native.kind), &kind(&gateway.kind));
    if gateway.kind == "application/problem+json" {
        let gateway = gateway.body["type"].as_str().unwrap();
        rows.insert(row(name, "body", &shown(Some(&native.body)), gateway));
        return;
    }
    if native.status < 400 && gateway.status >= 400 {
        rows.insert(row(name, "body", &shown(Some(&native.body)), &shown(Some(&gateway.body))));
        return;
    }
    for (key, value) in &native.headers {
        if !gateway.headers.iter().any(|(name, other)| (name, other) == (key, value)) {
            let name = if key.starts_with("access-control-") { EVERY } else { name };
            rows.insert(row(name, key, value, "absent"));
        }
    }
    values(name, "", (&native.body, &gateway.body), rows);
}

fn row(name: &str, place: &str, native: &str, gateway: &str) -> Row {
    // Neither has a place in a cell; and the order of methods is another each time.
    let cell = |text: &str| {
        text.trim().replace('`', "'").replace('|', "/").replace("[POST,GET]", "[GET,POST]")
    };
    (cell(name), cell(place), cell(native), cell(gateway))
}

pub(crate) fn values(
    name: &str,
    place: &str,
    (native, gateway): (&Value, &Value),
    rows: &mut BTreeSet<Row>,
) {
    match (native, gateway) {
        (Value::Object(one), Value::Object(two)) => {
            let keys: BTreeSet<&String> = one.keys().chain(two.keys()).collect();
            for key in keys {
                let place = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
                match (one.get(key), two.get(key)) {
                    (Some(one), Some(two)) => values(name, &place, (one, two), rows),
                    (one, two) => {
                        rows.insert(row(name, &place, &shown(one), &shown(two)));
                    }
                }
            }
        }
        (Value::Array(one), Value::Array(two)) if one.len() == two.len() => {
            for both in one.iter().zip(two) {
                values(name, &format!("{place}[]"), both, rows);
            }
        }
        (one, two) if one == two => {}
        // Each version of the API looks at the clock when it begins.
        (Value::String(one), Value::String(two)) if place == "data.uptime" && near(one, two) => {
            rows.insert(row(EVERY, "uptime", "to the nanosecond", "to the millisecond"));
        }
        (Value::String(one), Value::String(two)) if milliseconds(one, two) => {
            let member = place.rsplit('.').next().unwrap();
            rows.insert(row(EVERY, member, "to the nanosecond", "to the millisecond"));
        }
        (Value::Object(none), Value::Null) if none.is_empty() => {
            rows.insert(row(EVERY, place.rsplit('.').next().unwrap(), "{}", "null"));
        }
        (one, two) => {
            let place = if place.is_empty() { "body" } else { place };
            rows.insert(row(name, place, &shown(Some(one)), &shown(Some(two))));
        }
    }
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

fn near(one: &str, two: &str) -> bool {
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    at(one).abs_diff(at(two)) < 1000
}

/// Whether the second is the first, cut off behind the milliseconds, in the same offset.
fn milliseconds(one: &str, two: &str) -> bool {
    let cut = |text: &str| {
        let parsed: jiff::Timestamp = text.parse().ok()?;
        let offset = text
            .trim_start_matches(|c: char| c != 'T')
            .trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, 'T' | ':' | '.'));
        Some((parsed.as_millisecond(), offset.to_owned()))
    };
    matches!((cut(one), cut(two)), (Some(one), Some(two)) if one == two)
}

/// The rows of the table: `| request | place | version 1 | the gateway | why |`.
pub(crate) fn listed(page: &str) -> BTreeSet<Row> {
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
