//! Clients of json-server 0.17 before a real json-server 1.0, by `examples/json-server`, and the
//! reverse: what the gateway answers is compared with what the version that the client knows answers
//! itself, and what differs must be exactly what the README beside the example lists, with reasons.
//! `tests/run` installs both; nothing here needs the network.

#[path = "../shared/answers.rs"]
mod answers;
mod servers;
#[path = "../shared/servers.rs"]
mod shared_servers;

use std::fs;

use serde_json::Value;

use answers::{Ask, Clients, Differences};
use servers::Version;
use shared_servers::root;

/// What both kinds of clients write, but for their own ids.
fn writes() -> Vec<Ask<'static>> {
    let posts = |what, body: &str| Ask::with("POST", "/posts", what, body);
    vec![
        posts("a post", r#"{"title":"Buffers","views":1,"author":{"name":"ada"},"more":[1.50]}"#),
        posts("nothing", "{}"),
        posts("a list", "[1]"),
        posts("no JSON", "{"),
        Ask { kind: None, ..posts("no Content-Type", r#"{"title":"Nameless"}"#) },
        Ask::with("PUT", "/posts/1", "a post", r#"{"title":"Steel","views":1}"#),
        Ask::with("PUT", "/posts/99", "unknown", r#"{"title":"Steel"}"#),
        Ask::with("PATCH", "/posts/4", "a title", r#"{"title":"Seams"}"#),
        Ask::with("PUT", "/profile", "a profile", r#"{"name":"line two","more":true}"#),
        Ask::with("PATCH", "/profile", "a name", r#"{"name":"line three"}"#),
        Ask::get("/profile").named("GET /profile: written"),
        Ask::of("DELETE", "/comments/2"),
        Ask::of("DELETE", "/posts/1"),
        Ask::of("DELETE", "/posts/99"),
        Ask::get("/comments").named("GET /comments: after"),
        Ask::get("/posts").named("GET /posts: after"),
    ]
}

/// What clients of version 0 write.
fn old_writes() -> Vec<Ask<'static>> {
    let mut all = vec![
        Ask::with("POST", "/posts", "an id", r#"{"id":40,"title":"Own"}"#),
        Ask::with("POST", "/posts", "an id that is taken", r#"{"id":1}"#),
        Ask::with("PUT", "/posts/3", "another id", r#"{"id":7,"title":"Ties"}"#),
        Ask::with("POST", "/comments", "a comment", r#"{"text":"fourth","postId":2}"#),
        Ask::with("PUT", "/comments/3", "a comment", r#"{"text":"fifth","postId":1}"#),
        Ask::with("POST", "/posts/2/comments", "a comment", r#"{"text":"sixth","postId":9}"#),
        Ask::get("/posts/2/comments").named("GET /posts/2/comments: written"),
        Ask::with("POST", "/profile", "a profile", r#"{"name":"line four"}"#),
    ];
    all.extend(writes());
    all
}

/// What clients of version 1 write.
fn new_writes() -> Vec<Ask<'static>> {
    let mut all = vec![
        Ask::with("POST", "/posts", "an id", r#"{"id":"x","title":"Own"}"#),
        Ask::with("PUT", "/posts/3", "another id", r#"{"id":"7","title":"Ties"}"#),
        Ask::with("POST", "/comments", "a comment", r#"{"text":"fourth","postId":"2"}"#),
        Ask::with("PUT", "/comments/3", "a comment", r#"{"text":"fifth","postId":"1"}"#),
        Ask::of("DELETE", "/posts/2?_dependent=comments"),
    ];
    all.extend(writes());
    all
}

/// What clients of both versions read.
const READS: [&str; 13] = [
    "/posts",
    "/posts/1",
    "/posts/99",
    "/posts/1?_embed=comments",
    "/posts?_embed=comments",
    "/posts?_page=1",
    "/posts?_sort=title",
    "/posts?title=Rails",
    "/posts?author.name=bo",
    "/comments",
    "/comments/1",
    "/profile",
    "/nope",
];

/// What clients of version 0 read.
fn old_reads() -> Vec<Ask<'static>> {
    let paths = [
        "/posts?_page=2",
        "/posts?_page=2&_limit=5",
        "/posts?_page=9&_limit=5",
        "/posts?_page=0&_limit=5",
        "/posts?_page=1&_limit=5&_sort=title",
        "/posts?_limit=3",
        "/posts?_start=2&_end=4",
        "/posts?_start=2&_limit=2",
        "/posts?_sort=views,title",
        "/posts?_sort=author.name,views",
        "/posts?_sort=views&_order=asc",
        "/posts?_sort=views&_order=desc",
        "/posts?_sort=views,title&_order=desc,asc",
        "/posts?_sort=views&_order=desc&_limit=3",
        "/posts?_sort=id&_order=desc&_limit=1",
        "/posts?id=1",
        "/posts?id=1&id=3",
        "/posts?id=01",
        "/posts?id_ne=1",
        "/posts?title=Rails&title=Joints&views_gte=101",
        "/posts?title_ne=Rails",
        "/posts?title_like=BALL",
        "/posts?title_like=^B",
        "/posts?views=250",
        "/posts?views=250&views=5",
        "/posts?views=x",
        "/posts?views_ne=250",
        "/posts?views_gte=100",
        "/posts?views_gte=100&views_lte=250",
        "/posts?views_gte=100&_sort=views&_page=1&_limit=2",
        "/posts?q=ada",
        "/posts?unknown=1",
        "/comments/1?_expand=post",
        "/comments?_expand=post",
        "/comments?postId=1",
        "/comments?text_like=IR",
        "/comments?_page=1&_limit=2",
        "/posts/1/comments",
        "/posts/5/comments",
        "/posts/99/comments",
        "/db",
        "/nope/1",
    ];
    reads(&paths)
}

/// What clients of version 1 read.
fn new_reads() -> Vec<Ask<'static>> {
    let paths = [
        "/posts?_page=2&_per_page=5",
        "/posts?_per_page=5",
        "/posts?_sort=-views",
        "/posts?_sort=-views,title&views:gte=250",
        "/posts?views=250",
        "/posts?id=1",
        "/posts?title:contains=BALL",
        "/posts?title:startsWith=b",
        "/posts?views:gte=100",
        "/posts?views:gte=100&views:lte=250",
        "/posts?views:gt=100",
        r#"/posts?_where={"views":{"gte":"100"}}"#,
        r#"/posts?_where={"or":[{"title":{"in":["Rails"]}}]}"#,
        "/comments/1?_embed=post",
        "/comments?_embed=post",
        "/comments?text:contains=IR",
    ];
    reads(&paths)
}

/// What both read, and these.
fn reads(paths: &[&str]) -> Vec<Ask<'static>> {
    let encode = |path: &str| {
        path.replace('{', "%7B").replace('}', "%7D").replace('"', "%22").replace('^', "%5E")
    };
    let mut all: Vec<Ask<'static>> = READS
        .iter()
        .chain(paths)
        .map(|path| Ask::get(&encode(path)).named(&format!("GET {path}")))
        .collect();
    all.extend([Ask::of("HEAD", "/posts"), Ask::of("OPTIONS", "/posts")]);
    all
}

/// What differs in every answer.
fn everywhere(place: &str, one: Option<&Value>, two: Option<&Value>) -> Option<[String; 3]> {
    let said = |place: &str, one: &str, two: &str| Some([place, one, two].map(str::to_owned));
    match (one?, two) {
        // Headers that a server sends whatever it is asked.
        (Value::String(one), _)
            if place.starts_with("access-control-allow-")
                || ["x-powered-by", "x-content-type-options"].contains(&place) =>
        {
            said(place, one, "the other server's, or absent")
        }
        (Value::String(_), None)
            if ["access-control-expose-headers", "etag", "link", "location", "x-total-count"]
                .contains(&place) =>
        {
            said(place, "where it has one", "absent")
        }
        (Value::Number(_), Some(Value::String(_))) if place.ends_with("id") => {
            said("id of what is made", "a number", "a random text")
        }
        (Value::String(_), Some(Value::String(_))) if place.ends_with("id") => {
            said("id of what is made", "a random text", "the text of a number")
        }
        _ => None,
    }
}

/// The part of the page under a title.
fn part(title: &str) -> String {
    let page = fs::read_to_string(root().join("examples/json-server/README.md")).unwrap();
    let rest = page.split_once(title).unwrap_or_else(|| panic!("no {title}")).1;
    rest.split("\n## ").next().unwrap().to_owned()
}

/// A client that knows a version, before that version itself, and by the gateway before the other.
fn compare(clients: &Clients, own: Version, other: Version, asks: &[Ask<'_>]) -> Differences {
    let (native, behind) = (own.start(), other.start());
    let gateway = other.behind(&behind);
    let mut differences = Differences::new(everywhere);
    for ask in asks {
        let one = clients.ask(&native.address, ask);
        let two = clients.ask(&gateway.address, ask);
        differences.answers(&ask.name, &one, &two);
    }
    differences
}

#[test]
fn clients_of_v0_see_what_the_page_says() {
    let asks: Vec<Ask<'_>> = old_reads().into_iter().chain(old_writes()).collect();
    compare(&Clients::new(&[]), Version::V0, Version::V1, &asks)
        .are_listed(&part("\n## What is not as 0.17 itself answers\n"));
}

#[test]
fn clients_of_v1_see_what_the_page_says() {
    let clients = Clients::new(&[("x-api-version", "v1")]);
    let asks: Vec<Ask<'_>> = new_reads().into_iter().chain(new_writes()).collect();
    compare(&clients, Version::V1, Version::V0, &asks)
        .are_listed(&part("\n## The other way: what is not as 1.0 itself answers\n"));
}
