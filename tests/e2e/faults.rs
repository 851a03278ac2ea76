//! Backends that break the rules of HTTP, or the connection, at every point of an answer: the client
//! gets a problem in time, or sees that the answer broke off; nobody else is held up. What a contract
//! says of an answer is not looked at.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::aborted::held;
use crate::harness::{Gateway, Place, between, orders, wire};
use crate::hostile::peak;
use crate::through::read_until;

/// What a backend does next on a connection.
#[derive(Clone, Debug)]
enum Step {
    Send(String),
    /// So many bytes at once, with a pause behind each.
    Drip(String, usize),
    /// The same again until nobody takes it any more.
    Flood(&'static str),
    Pause(u64),
    Stall,
    Reset,
    Close,
}

use Step::{Close, Drip, Flood, Pause, Reset, Send, Stall};

/// A backend that follows a script, and that answers those well that ask for `good`.
struct Faulty {
    address: String,
    script: Arc<Mutex<Vec<Step>>>,
    task: JoinHandle<()>,
}

impl Drop for Faulty {
    fn drop(&mut self) {
        self.task.abort();
    }
}

const GOOD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n\
                    {\"buyer\":\"good\"}";

impl Faulty {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let script: Arc<Mutex<Vec<Step>>> = Arc::default();
        let steps = Arc::clone(&script);
        let task = tokio_util::task::TaskTracker::new().spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, Arc::clone(&steps)));
            }
        });
        Self { address, script, task }
    }

    fn set(&self, steps: &[Step]) {
        *self.script.lock().unwrap() = steps.to_vec();
    }
}

async fn serve(mut stream: TcpStream, script: Arc<Mutex<Vec<Step>>>) {
    loop {
        let mut asked = String::new();
        while !asked.contains("\r\n\r\n") {
            let mut piece = [0; 4096];
            match stream.read(&mut piece).await {
                Ok(read @ 1..) => asked.push_str(&String::from_utf8_lossy(&piece[..read])),
                _ => return,
            }
        }
        if asked.contains("good") {
            drop(stream.write_all(GOOD.as_bytes()).await);
            continue;
        }
        let steps = script.lock().unwrap().clone();
        for step in steps {
            match step {
                Send(text) => drop(stream.write_all(text.as_bytes()).await),
                Drip(text, bytes) => {
                    for piece in text.as_bytes().chunks(bytes) {
                        drop(stream.write_all(piece).await);
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                }
                Flood(text) => {
                    let many = text.repeat(100);
                    while stream.write_all(many.as_bytes()).await.is_ok() {}
                }
                Pause(time) => tokio::time::sleep(Duration::from_millis(time)).await,
                Stall => std::future::pending().await,
                Reset => return stream.set_zero_linger().unwrap(),
                Close => return,
            }
        }
    }
}

/// What a client got: status and problem, or the body; `cut` where it did not come to its end.
fn told(answer: &str) -> String {
    let Some((head, body)) = answer.split_once("\r\n\r\n") else { return format!("cut {answer}") };
    assert!(head.starts_with("HTTP/1.1 "), "{answer}");
    let status = head.get(9..12).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let whole = match length {
        Some(length) => body.len() == length.parse::<usize>().unwrap(),
        None if head.contains("transfer-encoding: chunked") => body.ends_with("0\r\n\r\n"),
        None => body.is_empty(),
    };
    if !whole {
        return format!("{status} cut");
    }
    if head.contains("application/problem+json") {
        let kind = between(body, "\"type\":\"urn:fishplate:", "\"");
        return format!("{status} {kind}");
    }
    let text = body.trim_end_matches("\r\n0\r\n\r\n");
    let text = text.rsplit("\r\n").next().unwrap_or(text);
    format!("{status} {}", text.get(..20).unwrap_or(text))
}

async fn ask(gateway: &Gateway, method: &str, path: &str) -> String {
    let request = format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    wire(&gateway.listen, &request).await
}

/// Of a script: what the client of a translated operation gets, and that of another.
type Case = (&'static str, Vec<Step>, &'static str, &'static str);

async fn start() -> (Faulty, Place, Gateway) {
    let backend = Faulty::start().await;
    let place = orders("timeouts: { answer: 500ms, body: 500ms }", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    (backend, place, gateway)
}

async fn check(method: &str, cases: Vec<Case>) {
    let (backend, _place, gateway) = start().await;
    let mut wrong = Vec::new();
    for (name, steps, translated, passed) in cases {
        backend.set(&steps);
        for (path, expected) in [("/orders/bad", translated), ("/files/bad", passed)] {
            let began = Instant::now();
            // Somebody else asks meanwhile, before the other's answer is there and behind it.
            let good = async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                ask(&gateway, "GET", "/orders/good").await
            };
            let (answer, good) = tokio::join!(ask(&gateway, method, path), good);
            assert_eq!(told(&good), "200 {\"customer\":\"good\"}", "{name}");
            let line = gateway.line(&format!("\"path\":\"{path}\""));
            let outcome = between(&line, "\"outcome\":\"", "\"");
            let got = format!("{} {outcome}", told(&answer));
            if got != expected {
                wrong.push(format!("{name} {path}: {got:?} instead of {expected:?}"));
            }
            assert!(began.elapsed() < Duration::from_secs(15), "{name}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(peak(&gateway) < 256 << 10, "{} KiB", peak(&gateway));
    assert_eq!(told(&ask(&gateway, "GET", "/orders/good").await), "200 {\"customer\":\"good\"}");
}

const BROKEN: &str = "502 backend-broken backend_error";
const SLOW: &str = "504 backend-too-slow timed_out";
const BODY: &str = "502 body-broken backend_error";
const SLOW_BODY: &str = "504 body-too-slow timed_out";
const CUT: &str = "200 cut backend_error";
const PLAIN: &str = "200 {\"buyer\":\"x\"} passed";
const MADE: &str = "200 {\"customer\":\"x\"} translated";

/// An answer with these lines in its head, and behind it.
fn answer(lines: &str, body: &str) -> Step {
    Send(format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{lines}\r\n{body}"))
}

fn chunked(body: &str) -> Step {
    answer("transfer-encoding: chunked\r\n", body)
}

const JSON: &str = "{\"buyer\":\"x\"}";

#[tokio::test]
async fn answers_that_end_at_any_point() {
    let length = |bytes: usize| format!("content-length: {bytes}\r\n");
    let half = || Send("HTTP/1.1 200 OK\r\ncontent-ty".into());
    check(
        "GET",
        vec![
            ("reset before the head", vec![Reset], BROKEN, BROKEN),
            ("reset in the head", vec![half(), Pause(30), Reset], BROKEN, BROKEN),
            ("stall in the head", vec![half(), Stall], SLOW, SLOW),
            ("reset behind the head", vec![answer(&length(13), ""), Pause(60), Reset], BODY, CUT),
            (
                "reset in the body",
                vec![answer(&length(13), "{\"buyer"), Pause(60), Reset],
                BODY,
                CUT,
            ),
            ("reset in chunks", vec![chunked("5\r\n{\"buy"), Pause(60), Reset], BODY, CUT),
            ("too short", vec![answer(&length(14), JSON), Close], BODY, CUT),
            (
                "too short, and stall",
                vec![answer(&length(14), JSON), Stall],
                SLOW_BODY,
                "200 cut timed_out",
            ),
            ("no last chunk", vec![chunked("d\r\n{\"buyer\":\"x\"}\r\n"), Close], BODY, CUT),
            (
                "half a last chunk",
                vec![chunked("d\r\n{\"buyer\":\"x\"}\r\n0\r\n"), Close],
                BODY,
                CUT,
            ),
            (
                "a head that drips",
                vec![Drip(format!("HTTP/1.1 200 OK\r\nx: {}\r\n", "y".repeat(40)), 2), Stall],
                SLOW,
                SLOW,
            ),
            (
                "a body that drips",
                vec![answer(&length(13), ""), Drip(JSON.into(), 1)],
                SLOW_BODY,
                PLAIN,
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn answers_whose_framing_is_wrong() {
    let one = |lines: &str| vec![answer(lines, JSON), Close];
    let chunk = |body: &str| vec![chunked(body), Close];
    let long = "f".repeat(17);
    check(
        "GET",
        vec![
            (
                "two lengths that differ",
                one("content-length: 13\r\ncontent-length: 5\r\n"),
                BROKEN,
                BROKEN,
            ),
            ("a list of lengths", one("content-length: 13, 5\r\n"), BROKEN, BROKEN),
            (
                "the same length twice",
                one("content-length: 13\r\ncontent-length: 13\r\n"),
                MADE,
                PLAIN,
            ),
            ("a length with a sign", one("content-length: +13\r\n"), BROKEN, BROKEN),
            ("a negative length", one("content-length: -1\r\n"), BROKEN, BROKEN),
            ("a length that is none", one("content-length: 0xd\r\n"), BROKEN, BROKEN),
            (
                "a length that overflows",
                one("content-length: 99999999999999999999\r\n"),
                BROKEN,
                BROKEN,
            ),
            (
                "chunks beside a length",
                vec![
                    answer(
                        "content-length: 3\r\ntransfer-encoding: chunked\r\n",
                        "d\r\n{\"buyer\":\"x\"}\r\n0\r\n\r\n",
                    ),
                    Close,
                ],
                MADE,
                PLAIN,
            ),
            ("a chunk that overflows", chunk(&format!("{long}\r\n{JSON}\r\n0\r\n\r\n")), BODY, CUT),
            ("a chunk with a sign", chunk("+d\r\n{\"buyer\":\"x\"}\r\n0\r\n\r\n"), BODY, CUT),
            ("a chunk with no size", chunk("\r\n{\"buyer\":\"x\"}\r\n0\r\n\r\n"), BODY, CUT),
            (
                "a chunk that is longer than it says",
                chunk("5\r\n{\"buyer\":\"x\"}\r\n0\r\n\r\n"),
                BODY,
                CUT,
            ),
            (
                "a chunk of the wrong base",
                chunk("xyz\r\n{\"buyer\":\"x\"}\r\n0\r\n\r\n"),
                BODY,
                CUT,
            ),
            ("an extension without an end", vec![chunked("d;"), Flood("x"), Close], BODY, CUT),
            (
                "trailers without an end",
                vec![chunked("d\r\n{\"buyer\":\"x\"}\r\n0\r\n"), Flood("x: y\r\n"), Close],
                BODY,
                CUT,
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn heads_that_are_no_http() {
    let raw = |text: &str| vec![Send(text.into()), Close];
    let head = |line: &str| raw(&format!("{line}\r\ncontent-length: 2\r\n\r\n{{}}"));
    let line = |line: &str| vec![answer(&format!("content-length: 13\r\n{line}"), JSON), Close];
    check(
        "GET",
        vec![
            ("garbage", raw("\u{0}\u{1}\u{2}\u{fffd} garbage\n\n"), BROKEN, BROKEN),
            ("another protocol", raw("SSH-2.0-OpenSSH_9.6\r\n"), BROKEN, BROKEN),
            ("a body without a head", raw("<html>HTTP/0.9</html>\r\n"), BROKEN, BROKEN),
            ("a letter in the status", head("HTTP/1.1 2x0 OK"), BROKEN, BROKEN),
            ("a status that is too short", head("HTTP/1.1 20 OK"), BROKEN, BROKEN),
            ("a status that is too long", head("HTTP/1.1 2000 OK"), BROKEN, BROKEN),
            ("a status below all", head("HTTP/1.1 099 OK"), BROKEN, BROKEN),
            ("no status", head("HTTP/1.1"), BROKEN, BROKEN),
            ("a version that is none", head("HTTP/9.9 200 OK"), BROKEN, BROKEN),
            ("a folded line", line("x: a\r\n b\r\n"), BROKEN, BROKEN),
            ("a name with a space", line("x : a\r\n"), BROKEN, BROKEN),
            ("a NUL in a value", line("x: a\u{0}b\r\n"), BROKEN, BROKEN),
            ("a return in a value", line("x: a\rset-cookie: b\r\n"), BROKEN, BROKEN),
            ("a line without a colon", line("hello\r\n"), BROKEN, BROKEN),
            ("too many lines", line(&"x: y\r\n".repeat(101)), BROKEN, BROKEN),
            ("a head without an end", vec![Send("HTTP/1.1 200 OK\r\n".into()), Flood("x: y\r\n"), Close], BROKEN, BROKEN),
            ("line feeds alone", raw(&format!("HTTP/1.1 200 OK\ncontent-type: application/json\ncontent-length: 13\n\n{JSON}")), MADE, PLAIN),
            ("another protocol than asked", raw("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n"), BROKEN, BROKEN),
        ],
    )
    .await;
}

#[tokio::test]
async fn answers_before_the_answer() {
    let told = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n\
                HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n";
    let some = |count: usize| {
        vec![Send(told.repeat(count)), answer("content-length: 13\r\n", JSON), Close]
    };
    check(
        "GET",
        vec![
            ("some", some(1), MADE, PLAIN),
            ("many", some(30), MADE, PLAIN),
            ("more than anybody needs", some(500), BROKEN, BROKEN),
            ("without an end", vec![Flood("HTTP/1.1 103 Early Hints\r\n\r\n")], BROKEN, BROKEN),
            ("and then nothing", vec![Send(told.into()), Stall], SLOW, SLOW),
            ("and then the end", vec![Send(told.into()), Close], BROKEN, BROKEN),
        ],
    )
    .await;
}

/// A body where there is none is not one, and not the beginning of the next answer either.
#[tokio::test]
async fn bodies_where_there_are_none() {
    let evil = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n\
                {\"buyer\":\"evil\"}";
    let (backend, _place, gateway) = start().await;
    let json = "content-type: application/json\r\n";
    for (method, head, status) in [
        ("HEAD", format!("HTTP/1.1 200 OK\r\n{json}content-length: {}\r\n", evil.len()), "200"),
        ("HEAD", format!("HTTP/1.1 200 OK\r\n{json}transfer-encoding: chunked\r\n"), "200"),
        (
            "GET",
            format!("HTTP/1.1 204 No Content\r\n{json}content-length: {}\r\n", evil.len()),
            "204",
        ),
        (
            "GET",
            format!("HTTP/1.1 304 Not Modified\r\n{json}content-length: {}\r\n", evil.len()),
            "304",
        ),
        ("GET", format!("HTTP/1.1 200 OK\r\n{json}content-length: 2\r\n"), "200"),
    ] {
        let body = if head.contains("length: 2\r\n") { "{}" } else { "" };
        for steps in [
            vec![Send(format!("{head}\r\n{body}{evil}"))],
            vec![Send(format!("{head}\r\n{body}")), Pause(5), Send(evil.into())],
        ] {
            backend.set(&steps);
            for path in ["/orders/bad", "/files/bad"].repeat(5) {
                let got = ask(&gateway, method, path).await;
                assert!(got.starts_with(&format!("HTTP/1.1 {status} ")), "{head}: {got}");
                assert!(!got.contains("evil"), "{head}: {got}");
                let (_, rest) = got.split_once("\r\n\r\n").unwrap();
                assert!(rest == body || rest.is_empty(), "{head}: {got}");
                if steps.len() > 1 {
                    // Behind the next request it would be that one's answer, for all that can be known.
                    tokio::time::sleep(Duration::from_millis(60)).await;
                }
                // What was sent too much is nobody's answer.
                let next = told(&ask(&gateway, "GET", "/orders/good").await);
                let broken = next == "502 backend-broken";
                assert!(broken || next == "200 {\"customer\":\"good\"}", "{head}: {next}");
            }
        }
    }
}

/// An answer that does not wait for the request's body is one all the same.
#[tokio::test]
async fn an_answer_before_the_body_of_the_request() {
    let (backend, _place, gateway) = start().await;
    let refused =
        "HTTP/1.1 413 Content Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    backend.set(&[Send(refused.into()), Pause(2000), Close]);
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    let head = "PUT /files/bad HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf";
    client.write_all(head.as_bytes()).await.unwrap();
    let answer = read_until(&mut client, "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    drop(client);
    assert_eq!(told(&ask(&gateway, "GET", "/orders/good").await), "200 {\"customer\":\"good\"}");
}

/// Backends that hold what they were asked do not hold others, and leave nothing behind.
#[tokio::test]
async fn many_that_stall_hold_nobody() {
    let (backend, _place, gateway) = start().await;
    backend.set(&[Stall]);
    ask(&gateway, "GET", "/orders/good").await;
    let (before, _) = held(&gateway);
    let many = (0..100).map(|n| {
        let path = if n % 2 == 0 { "/orders/bad" } else { "/files/bad" };
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let listen = gateway.listen.clone();
        async move { wire(&listen, &request).await }
    });
    let mut asked: tokio::task::JoinSet<String> = many.collect();
    assert_eq!(told(&ask(&gateway, "GET", "/orders/good").await), "200 {\"customer\":\"good\"}");
    while let Some(answer) = asked.join_next().await {
        assert_eq!(told(&answer.unwrap()), "504 backend-too-slow");
    }
    for _ in 0..200 {
        if held(&gateway).0 <= before + 2 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{before} descriptors before, {} after", held(&gateway).0);
}
