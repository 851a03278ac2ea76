//! Clients that try to have one request taken for two: what reaches the backend is one request whose
//! framing nobody can read otherwise, or none. What a contract says of it is not looked at.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::frames::{DATA, END_HEADERS, END_STREAM, HEADERS, block, connect, frame};
use crate::harness::{Gateway, orders, wire};

/// A backend that reads requests without any leniency, and notes what is wrong with them.
struct Strict {
    address: String,
    seen: Arc<Mutex<Vec<Result<String, String>>>>,
    task: JoinHandle<()>,
}

impl Drop for Strict {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Strict {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let seen: Arc<Mutex<Vec<_>>> = Arc::default();
        let notes = Arc::clone(&seen);
        let task = tokio_util::task::TaskTracker::new().spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, Arc::clone(&notes)));
            }
        });
        Self { address, seen, task }
    }
}

async fn serve(mut stream: TcpStream, seen: Arc<Mutex<Vec<Result<String, String>>>>) {
    let (mut all, mut piece) = (String::new(), [0; 4096]);
    loop {
        match first(&all) {
            Ok(Some((line, rest))) => {
                seen.lock().unwrap().push(Ok(line));
                all = rest.to_owned();
                let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
                              content-length: 2\r\n\r\n{}";
                drop(stream.write_all(answer.as_bytes()).await);
                continue;
            }
            Ok(None) => {}
            Err(wrong) => return seen.lock().unwrap().push(Err(wrong)),
        }
        match stream.read(&mut piece).await {
            Ok(read @ 1..) => all.push_str(std::str::from_utf8(&piece[..read]).unwrap()),
            _ => return,
        }
    }
}

/// The first line of the first request, and what stands behind it; `None` while it is not whole.
fn first(all: &str) -> Result<Option<(String, &str)>, String> {
    let wrong = || Err(format!("{all:?}"));
    let Some((head, rest)) = all.split_once("\r\n\r\n") else { return Ok(None) };
    let mut lines = head.split("\r\n");
    let line = lines.next().unwrap();
    if line.split(' ').count() != 3 || !line.ends_with(" HTTP/1.1") || head.contains('\0') {
        return wrong();
    }
    let (mut lengths, mut codings, mut hosts) = (Vec::new(), Vec::new(), 0);
    for line in lines {
        let Some((name, value)) = line.split_once(": ") else { return wrong() };
        let odd = |c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c);
        if name.contains(odd) || value.contains(['\r', '\n']) {
            return wrong();
        }
        match name.to_ascii_lowercase().as_str() {
            "content-length" => lengths.push(value),
            "transfer-encoding" => codings.push(value),
            "host" => hosts += 1,
            _ => {}
        }
    }
    if hosts != 1 {
        return wrong();
    }
    let end = match (&*lengths, &*codings) {
        ([], []) => Some(rest),
        ([length], []) if length.bytes().all(|b| b.is_ascii_digit()) => {
            rest.get(length.parse::<usize>().unwrap()..)
        }
        ([], ["chunked"]) => return chunks(rest).map(|end| end.map(|rest| (line.into(), rest))),
        _ => return wrong(),
    };
    Ok(end.map(|rest| (line.into(), rest)))
}

/// What stands behind chunks that have no extensions and no trailers.
fn chunks(mut rest: &str) -> Result<Option<&str>, String> {
    loop {
        let Some((size, more)) = rest.split_once("\r\n") else { return Ok(None) };
        if size.is_empty() || !size.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(format!("chunk {size:?}"));
        }
        let size = usize::from_str_radix(size, 16).unwrap();
        let Some(end) = more.get(size..) else { return Ok(None) };
        if end.len() < 2 {
            return Ok(None);
        }
        let Some(next) = end.strip_prefix("\r\n") else { return Err(format!("behind it {end:?}")) };
        if size == 0 {
            return Ok(Some(next));
        }
        rest = next;
    }
}

const HIDDEN: &str = "GET /orders/hidden HTTP/1.1\r\nhost: x\r\n\r\n";

/// Lines of a head that say how long the body is, and the body.
fn framings() -> Vec<(String, String)> {
    let chunked = format!("0\r\n\r\n{HIDDEN}");
    let mut all = Vec::new();
    for coding in [
        "transfer-encoding: xchunked",
        "transfer-encoding: chunked, identity",
        "transfer-encoding: identity",
        "transfer-encoding: chunked\r\ntransfer-encoding: x",
        "transfer-encoding: \"chunked\"",
        "transfer-encoding : chunked",
        "transfer-encoding\t: chunked",
        " transfer-encoding: chunked",
        "x: y\r\n transfer-encoding: chunked",
        "transfer-encoding:\r\n chunked",
        "transfer-encoding: chunked\0",
        "x: y\rtransfer-encoding: chunked",
    ] {
        let length = format!("{coding}\r\ncontent-length: {}\r\n", chunked.len());
        all.push((length, chunked.clone()));
        all.push((format!("{coding}\r\n"), chunked.clone()));
    }
    for lengths in [
        "content-length: 2\r\ncontent-length: 3\r\n",
        "content-length: 2, 3\r\n",
        "content-length: +2\r\n",
        "content-length: -2\r\n",
        "content-length: 2 2\r\n",
        "content-length: 0x2\r\n",
        "content-length:\r\n",
        "content-length: 99999999999999999999999\r\n",
        "content-length : 2\r\n",
        "content-length: 1\r\n 2\r\n",
    ] {
        all.push((lengths.into(), format!("{{}}{HIDDEN}")));
    }
    for size in ["+2", "-2", "0x2", " 2", "2 2", "g", "", "ffffffffffffffff2", "2;\n", "2\r", "2\n"]
    {
        let body = format!("{size}\r\n{{}}\r\n0\r\n\r\n{HIDDEN}");
        all.push(("transfer-encoding: chunked\r\n".into(), body));
    }
    for body in
        ["2\r\n{}0\r\n\r\n", "2\r\n{}xx0\r\n\r\n", "2\n{}\n0\n\n", "2\r\n{}\r\n0\r\nx\r\n\r\n"]
    {
        all.push(("transfer-encoding: chunked\r\n".into(), format!("{body}{HIDDEN}")));
    }
    all
}

#[tokio::test]
async fn what_can_be_read_in_two_ways_reaches_no_backend_so() {
    let backend = Strict::start().await;
    let place = orders("timeouts: { body: 1s, header: 1s }", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let mut wrong = Vec::new();
    for (lines, body) in framings() {
        for line in ["POST /orders", "PUT /files/a"] {
            backend.seen.lock().unwrap().clear();
            let head = format!("{line} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n");
            let answer = wire(&gateway.listen, &format!("{head}{lines}\r\n{body}")).await;
            let seen = backend.seen.lock().unwrap().clone();
            let odd = seen.iter().any(Result::is_err);
            let hidden = seen.iter().flatten().any(|line| line.contains("hidden"));
            let answers = answer.matches("HTTP/1.1 ").count();
            if odd || hidden || answers > 1 || answer.starts_with("HTTP/1.1 5") {
                let begin = answer.get(..12).unwrap_or(&answer);
                wrong.push(format!("{line} {lines:?} {body:?}: {begin} {answers} {seen:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(gateway.ask(gateway.get("/orders/1"), "").await.status, 200);
}

#[tokio::test]
async fn targets_and_hosts_that_are_odd() {
    let backend = Strict::start().await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    for (request, reaches) in [
        ("GET http://y/orders/1 HTTP/1.1\r\nhost: x\r\n\r\n", true),
        ("GET y:80 HTTP/1.1\r\nhost: y:80\r\n\r\n", false),
        ("CONNECT y:80 HTTP/1.1\r\nhost: y:80\r\n\r\n", false),
        ("GET * HTTP/1.1\r\nhost: x\r\n\r\n", false),
        ("OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n", false),
        ("GET orders/1 HTTP/1.1\r\nhost: x\r\n\r\n", false),
        ("GET /orders/1 /x HTTP/1.1\r\nhost: x\r\n\r\n", false),
        ("GET /orders/\u{1} HTTP/1.1\r\nhost: x\r\n\r\n", false),
        ("GET /orders/1 HTTP/1.1\r\nhost: a b\r\n\r\n", false),
        ("GET /orders/1 HTTP/1.1\r\nhost: a/b\r\n\r\n", false),
        ("GET /orders/1 HTTP/1.1\r\nhost: a@b:x\r\n\r\n", false),
    ] {
        backend.seen.lock().unwrap().clear();
        let answer = wire(&gateway.listen, request).await;
        let seen = backend.seen.lock().unwrap().clone();
        assert!(seen.iter().all(Result::is_ok), "{request}: {seen:?}");
        assert_eq!(seen.len(), usize::from(reaches), "{request}: {answer} {seen:?}");
        let expected = if reaches { "HTTP/1.1 2" } else { "HTTP/1.1 4" };
        assert!(answer.starts_with(expected), "{request}: {answer}");
    }
}

/// HTTP/2 has lengths for everything: what stands within them must not become a line of HTTP/1.1.
#[tokio::test]
async fn heads_of_http2_that_would_be_two_requests() {
    const EVIL: &str = "x\r\n\r\nGET /orders/hidden HTTP/1.1\r\nhost: x";
    const PUT: [(&str, &str); 4] =
        [(":method", "PUT"), (":scheme", "http"), (":path", "/files/a"), (":authority", "x")];
    let backend = Strict::start().await;
    let place = orders("timeouts: { body: 1s }", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let mut cases: Vec<(Vec<(&str, &str)>, &str)> = Vec::new();
    for at in 0..PUT.len() {
        for text in [EVIL, "", "a b", "/files/a HTTP/1.1", "/files/a\n", "\0", "//x/orders/1", "*"]
        {
            let mut own = PUT.to_vec();
            own[at].1 = text;
            cases.push((own, ""));
        }
        cases.push((PUT.iter().copied().filter(|field| field.0 != PUT[at].0).collect(), ""));
        cases.push(([&PUT[..], &[PUT[at]]].concat(), ""));
    }
    for field in [
        ("transfer-encoding", "chunked"),
        ("content-length", "0"),
        ("content-length", "5"),
        ("content-length", "+9"),
        ("connection", "close"),
        ("host", "y"),
        ("host", EVIL),
        ("x", EVIL),
        ("x", "a\nb: c"),
        ("x", "a\0"),
        ("x: y\r\nhost", "z"),
        ("x y", "z"),
        ("X", "y"),
        ("", "y"),
        (":path", "/orders/hidden"),
        (":status", "200"),
        ("te", "chunked"),
        ("upgrade", "h2c"),
    ] {
        cases.push((
            [&PUT[..], &[field]].concat(),
            "0\r\n\r\nGET /orders/hidden HTTP/1.1\r\nhost: x\r\n\r\n",
        ));
    }
    let mut wrong = Vec::new();
    for (fields, body) in cases {
        backend.seen.lock().unwrap().clear();
        let mut client = connect(&gateway).await;
        let end = if body.is_empty() { END_STREAM } else { 0 };
        let head = frame(HEADERS, END_HEADERS | end, 1, &block(&fields));
        let body = if end == 0 { frame(DATA, END_STREAM, 1, body.as_bytes()) } else { Vec::new() };
        drop(client.write_all(&[head, body].concat()).await);
        let wait = tokio::time::Duration::from_millis(60);
        let mut came = Vec::new();
        drop(tokio::time::timeout(wait, client.read_to_end(&mut came)).await);
        let seen = backend.seen.lock().unwrap().clone();
        let odd = seen.iter().any(Result::is_err) || seen.len() > 1;
        if odd || seen.iter().flatten().any(|line| line.contains("hidden")) {
            wrong.push(format!("{fields:?}: {seen:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    backend.seen.lock().unwrap().clear();
    let mut client = connect(&gateway).await;
    let good = frame(HEADERS, END_HEADERS | END_STREAM, 1, &block(&PUT));
    client.write_all(&good).await.unwrap();
    while backend.seen.lock().unwrap().is_empty() {
        tokio::time::sleep(tokio::time::Duration::from_millis(5)).await;
    }
}
