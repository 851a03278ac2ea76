//! What browsers ask and are told of methods, headers and cookies where the counterpart of an operation is
//! another: a page of an old version notices nothing (Fetch, 4.8 and 4.9).

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response};
use http_body_util::Full;

use crate::harness::{Answer, Asked, Backend, Gateway, json};
use crate::messages::place;

const ANY: &str = "responses: { '200': {} }";

/// Answers that have these headers.
fn says(
    headers: &'static [(&'static str, &'static str)],
) -> impl Fn(&Asked) -> Response<Full<Bytes>> + Send + Sync {
    move |_| {
        let mut answer = json("");
        for (name, value) in headers {
            let name = HeaderName::from_static(name);
            answer.headers_mut().append(name, HeaderValue::from_static(value));
        }
        answer
    }
}

/// A preflight of a page.
async fn preflight(gateway: &Gateway, path: &str, asked: &[(&str, &str)]) -> Answer {
    let mut request = gateway.get(path).method("OPTIONS").header("origin", "https://x");
    for (name, value) in asked {
        request = request.header(*name, *value);
    }
    gateway.ask(request, "").await
}

/// All values of a header, each by itself.
fn all(answer: &Answer, name: &str) -> Vec<String> {
    let values = answer.headers.get_all(name).iter();
    values.map(|value| value.to_str().unwrap().to_owned()).collect()
}

const METHOD: &str = "access-control-request-method";
const METHODS: &str = "access-control-allow-methods";
const CREDENTIALS: (&str, &str) = ("access-control-allow-credentials", "true");
const ORIGIN: &str = "access-control-allow-origin";

/// What a backend says of methods, and what the page is told that may ask with its own: `own` at a path where
/// its version has another operation by `POST`, `DELETE` at one without.
async fn methods(said: &'static [(&'static str, &'static str)]) -> [Vec<String>; 2] {
    let backend = Backend::start(says(said)).await;
    let old = format!(
        "paths: {{ /a: {{ patch: {{ {ANY} }}, put: {{ {ANY} }} }}, /b: {{ delete: {{ {ANY} }} }} }}"
    );
    let new = format!(
        "paths: {{ /a: {{ put: {{ {ANY} }} }}, /c: {{ put: {{ {ANY} }} }}, /d: {{ put: {{ {ANY} }} }} }}"
    );
    let rules = "operations: { 'PATCH /a -> PUT /c': {}, 'DELETE /b -> PUT /d': {} }";
    let place = place(&old, &new, rules, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    let mut told = Vec::new();
    for (path, method, there) in [("/api/a", "PATCH", "/c"), ("/api/b", "DELETE", "/d")] {
        let answer = preflight(&gateway, path, &[(METHOD, method)]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let last = backend.last();
        assert_eq!((last.method.as_str(), &*last.path), ("OPTIONS", there));
        assert_eq!(last.headers[METHOD], "PUT");
        told.push(all(&answer, METHODS));
    }
    told.try_into().unwrap()
}

#[tokio::test]
async fn a_backend_is_asked_for_its_own_method() {
    for (said, [beside, instead]) in [
        // Where the client's version has the backend's method too, both stand there.
        (
            &[(METHODS, "GET, PUT,HEAD")][..],
            [&["GET, PUT, PATCH, HEAD"][..], &["GET, DELETE, HEAD"]],
        ),
        (&[(METHODS, "GET"), (METHODS, "PUT")], [&["GET, PUT, PATCH"], &["GET, DELETE"]]),
        (&[(METHODS, "PUT, DELETE, PATCH")], [&["PUT, DELETE, PATCH"], &["DELETE, PATCH"]]),
        (&[(METHODS, "*")], [&["*"], &["*"]]),
        (&[(METHODS, "*, PUT")], [&["*, PUT, PATCH"], &["*, DELETE"]]),
        // Another one of the same letters is another one.
        (&[(METHODS, "put, GET")], [&["put, GET"], &["put, GET"]]),
        // The client's own is here that of another operation.
        (&[(METHODS, "GET, PATCH"), (METHODS, "DELETE")], [&["GET, DELETE"], &["GET, PATCH"]]),
        (&[(METHODS, "")], [&[""], &[""]]),
        (&[(ORIGIN, "*")], [&[], &[]]),
    ] {
        assert_eq!(methods(said).await, [beside, instead], "{said:?}");
    }
}

/// `GET`, `HEAD` and `POST` need not be listed, and others need be.
#[tokio::test]
async fn a_method_that_needs_no_leave_gives_leave_to_its_counterpart() {
    let old = format!("paths: {{ /a: {{ delete: {{ {ANY} }} }} }}");
    let new = format!("paths: {{ /b: {{ post: {{ {ANY} }} }} }}");
    let rules = "operations: { 'DELETE /a -> POST /b': {} }";
    for (said, told) in [
        (&[(ORIGIN, "*")][..], &["DELETE"][..]),
        (&[(ORIGIN, "*"), (METHODS, "PATCH, POST")], &["PATCH, DELETE"]),
        (&[(ORIGIN, "*"), (METHODS, "PATCH")], &["PATCH, DELETE"]),
        (&[(ORIGIN, "*"), (METHODS, "*")], &["*"]),
        // Of a request with credentials it is no more than its letter.
        (&[(ORIGIN, "https://x"), (METHODS, "*"), CREDENTIALS], &["*, DELETE"]),
        // The page may not ask at all.
        (&[], &[]),
    ] {
        let backend = Backend::start(says(said)).await;
        let place = place(&old, &new, rules, (&backend.address, "v2"));
        let gateway = Gateway::start(&place.0);
        let answer = preflight(&gateway, "/api/a", &[(METHOD, "DELETE")]).await;
        assert_eq!(backend.last().headers[METHOD], "POST");
        assert_eq!(all(&answer, METHODS), told, "{said:?}");
        // One that is about no operation, or says no method, goes and comes as it is.
        for asked in [&[][..], &[(METHOD, "PATCH")]] {
            let answer = preflight(&gateway, "/api/a", asked).await;
            let own = backend.last().headers.get(METHOD).map(|v| v.to_str().unwrap().to_owned());
            assert_eq!(own.as_deref(), asked.first().map(|(_, method)| *method));
            let listed: Vec<_> = said.iter().filter(|(name, _)| *name == METHODS).collect();
            assert_eq!(all(&answer, METHODS), listed.iter().map(|(_, v)| *v).collect::<Vec<_>>());
        }
    }
}

const HEADERS: &str = "access-control-allow-headers";
const ASKS: &str = "access-control-request-headers";
const EXPOSED: &str = "access-control-expose-headers";

/// Headers that are others at the backend, or none.
const RENAMED: &str = "operations: { POST /a: {
  request: {
    fields: { header.X-Tenant: header.X-Org, header.X-Lang: header.Accept-Language, header.X-Session: cookie.session, header.X-Page: query.page },
    added: { header.X-Full: { $from: header.X-Name }, header.X-Short: { $from: header.X-Name } },
    removed: { header.X-Name: { $from: header.X-Full } },
    alias: { header.X-Room: header.X-House, header.X-Seat: { of: header.X-Place, side: both } } },
  response: { fields: { header.X-Left: header.X-Rest, header.X-Stale: header.X-Old } } } }";

fn renamed(parameters: &str, headers: &str) -> String {
    let list = |names: &str, before: &str, after: &str| {
        let all = names.split_whitespace().map(|own| format!("{before}{own}{after}"));
        all.collect::<Vec<_>>().join(", ")
    };
    let parameters = list(parameters, "{ schema: { type: string }, ", " }")
        .replace(":header.", "in: header, name: ")
        .replace(":cookie.", "in: cookie, name: ")
        .replace(":query.", "in: query, name: ");
    let headers = list(headers, "", ": { schema: { type: string } }");
    format!(
        "paths: {{ /a: {{ post: {{ parameters: [{parameters}], responses: {{ '200': {{ headers: {{ {headers} }} }} }} }} }} }}"
    )
}

fn contracts() -> [String; 2] {
    let old = ":header.X-Tenant :header.X-Lang :header.X-Session :header.X-Page :header.X-Name :header.X-Room :header.X-House :header.X-Seat :header.X-Place";
    let new = ":header.X-Org :header.Accept-Language :cookie.session :query.page :header.X-Full :header.X-Short :header.X-House :header.X-Seat :header.X-Place";
    [renamed(old, "X-Left X-Stale"), renamed(new, "X-Rest X-Old")]
}

/// What the backend is asked for, and what the page is told, by what the page asks for and the backend says.
#[tokio::test]
async fn headers_are_asked_for_as_the_backend_calls_them() {
    let [old, new] = contracts();
    for (asked, sent, said, told) in [
        (
            "content-type,x-tenant",
            Some("content-type,x-org"),
            &[(HEADERS, "Content-Type, X-Org")][..],
            &["Content-Type, x-tenant"][..],
        ),
        ("x-tenant", Some("x-org"), &[(HEADERS, "A"), (HEADERS, "X-ORG,B")], &["A, B, x-tenant"]),
        // What was listed for the backend's own is nothing of the client's.
        ("x-tenant", Some("x-org"), &[(HEADERS, "A, X-Tenant")], &["A"]),
        ("x-tenant", Some("x-org"), &[(ORIGIN, "*"), (HEADERS, "*")], &["*"]),
        ("x-tenant", Some("x-org"), &[(HEADERS, "*"), CREDENTIALS], &["*"]),
        // Who asks for the backend's own name has a header of that name.
        ("x-org", Some("x-org"), &[(HEADERS, "X-Org")], &["X-Org, x-tenant"]),
        // Where several are made of one, all need leave.
        (
            "x-name,x-z",
            Some("x-full,x-short,x-z"),
            &[(HEADERS, "x-full, x-short, x-z")],
            &["x-z, x-name"],
        ),
        ("x-name", Some("x-full,x-short"), &[(ORIGIN, "*"), (HEADERS, "x-full")], &[""]),
        // What is no header there, or one that nobody is asked about, needs no leave but that of the origin.
        (
            "x-lang,x-page,x-session",
            None,
            &[(ORIGIN, "*"), (HEADERS, "x-z")],
            &["x-z, x-lang, x-page, x-session"],
        ),
        // An alias goes as its first place; one of both sides as both.
        ("x-house,x-room", Some("x-house"), &[(HEADERS, "x-house")], &["x-house, x-room"]),
        ("x-seat", Some("x-place,x-seat"), &[(HEADERS, "x-place, x-seat")], &["x-place, x-seat"]),
        ("x-page", None, &[(ORIGIN, "*")], &["x-page"]),
        ("x-page", None, &[(HEADERS, "x-z")], &["x-z"]),
        ("x-page", None, &[], &[]),
        ("x-z", Some("x-z"), &[(ORIGIN, "*"), (HEADERS, "X-Z,y")], &["X-Z,y"]),
    ] {
        let backend = Backend::start(says(said)).await;
        let place = place(&old, &new, RENAMED, (&backend.address, "v2"));
        let gateway = Gateway::start(&place.0);
        let answer = preflight(&gateway, "/api/a", &[(METHOD, "POST"), (ASKS, asked)]).await;
        let own = backend.last().headers.get(ASKS).map(|v| v.to_str().unwrap().to_owned());
        assert_eq!(own.as_deref(), sent, "{asked}");
        assert_eq!(all(&answer, HEADERS), told, "{asked} {said:?}");
    }
}

#[tokio::test]
async fn headers_that_a_page_may_see_are_named_as_its_version_has_them() {
    let [old, new] = contracts();
    for (said, told) in [
        (&[(EXPOSED, "X-Rest, Y"), ("x-rest", "1")][..], &["x-left, Y"][..]),
        (&[(EXPOSED, "Y"), (EXPOSED, "X-Rest, x-old, y")], &["Y, x-left, x-stale, y"]),
        (&[(EXPOSED, "*")], &["*"]),
        (&[(EXPOSED, "Y,Z")], &["Y,Z"]),
    ] {
        let backend = Backend::start(says(said)).await;
        let place = place(&old, &new, RENAMED, (&backend.address, "v2"));
        let gateway = Gateway::start(&place.0);
        let answer = gateway.ask(gateway.get("/api/a").method("POST"), "").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(all(&answer, EXPOSED), told, "{said:?}");
        let left = said.iter().find(|(name, _)| *name == "x-rest").map(|(_, value)| *value);
        assert_eq!(answer.header("x-left"), left, "{answer:?}");
    }
}
