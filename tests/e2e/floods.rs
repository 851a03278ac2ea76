//! Clients that flood: frames of HTTP/2 that cost them next to nothing, requests of HTTP/1.1 without an end, and
//! answers that they do not take.
//! What it costs the gateway is bounded, and others are served meanwhile.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, timeout};

use crate::aborted::held;
use crate::frames::{
    DATA, END_HEADERS, END_STREAM, HEADERS, PING, RESET, SETTINGS, begin, connect, fields, frame,
};
use crate::harness::{Asked, Backend, Gateway, Place, orders};
use crate::scrape::scrape;
use crate::through::read_until;

const GO_AWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const JSON: [(&str, &str); 1] = [("content-type", "application/json")];
/// What the memory of the process may grow by, in KiB: far less than any flood sends.
const GROWTH: usize = 24 << 10;
/// More than any of them gets rid of.
const ENOUGH: usize = 64 << 20;

fn answer(asked: &Asked) -> Response<Full<Bytes>> {
    let size = if asked.path == "/orders/large" { 400_000 } else { 1 };
    let body = format!("{{\"buyer\":\"{}\"}}", "x".repeat(size));
    Response::builder().header("content-type", "application/json").body(Full::from(body)).unwrap()
}

struct Flooded {
    gateway: Gateway,
    /// Memory before the flood, in KiB.
    before: usize,
    _backend: Backend,
    _place: Place,
}

impl Flooded {
    async fn start(extra: &str) -> Self {
        let backend = Backend::start(answer).await;
        let place = orders(extra, &backend.address, "v2");
        let gateway = Gateway::start(&place.0);
        let one = gateway.ask(gateway.get("/orders/1"), "").await;
        assert_eq!(one.status, 200);
        let before = held(&gateway).1;
        Self { gateway, before, _backend: backend, _place: place }
    }

    /// Waits until so many exchanges are under way.
    async fn in_flight(&self, wanted: f64) {
        let mut open = -1.0;
        for _ in 0..2000 {
            open = scrape(&self.gateway).await.sum("fishplate_exchanges_in_flight", &[]);
            if (open - wanted).abs() < 0.5 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("{open} exchanges instead of {wanted}");
    }

    /// Others are served, in time.
    async fn serves(&self) {
        for _ in 0..20 {
            let began = Instant::now();
            let answer = self.gateway.ask(self.gateway.get("/orders/1"), "").await;
            assert_eq!(answer.text, r#"{"customer":"x"}"#);
            assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Writes the same until the gateway takes no more of it, while others are served; how many bytes
    /// that was.
    async fn flood(&self, client: &mut TcpStream, first: &[u8], again: &[u8]) -> usize {
        let many = again.repeat((64 << 10) / again.len() + 1);
        let sending = async {
            let mut sent = first.len();
            client.write_all(first).await.unwrap();
            while sent < ENOUGH {
                let write = timeout(Duration::from_secs(10), client.write_all(&many)).await;
                if write.expect("it is let go").is_err() {
                    break;
                }
                sent += many.len();
            }
            sent
        };
        let (sent, ()) = tokio::join!(sending, self.serves());
        sent
    }

    /// Nothing of it is left, and what it took was little.
    async fn ends(self, what: &str) {
        let after = held(&self.gateway).1;
        assert!(after < self.before + GROWTH, "{what}: {} KiB, then {after}", self.before);
        let mut left = Vec::new();
        for _ in 0..400 {
            let seen = scrape(&self.gateway).await;
            let names = ["exchanges_in_flight", "buffered_bytes"];
            left = names.map(|name| seen.sum(&format!("fishplate_{name}"), &[])).to_vec();
            if left.iter().all(|gauge| *gauge < 0.5) {
                return self.serves().await;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{what}: {left:?}");
    }
}

/// The code with which the gateway ends a connection; `None`: it just closes it.
async fn code(client: &mut TcpStream) -> Option<u32> {
    let mut bytes = Vec::new();
    drop(timeout(Duration::from_secs(10), client.read_to_end(&mut bytes)).await.expect("an end"));
    let (mut code, mut rest) = (None, &bytes[..]);
    while let Some((head, more)) = rest.split_at_checked(9) {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let (payload, more) = more.split_at_checked(usize::try_from(length).unwrap())?;
        if head[3] == GO_AWAY {
            code = Some(u32::from_be_bytes(payload[4..8].try_into().unwrap()));
        }
        rest = more;
    }
    code
}

/// A request that is taken back before anybody looks at it costs more than it takes to send.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_that_are_reset_at_once() {
    let flooded = Flooded::start("").await;
    let mut client = connect(&flooded.gateway).await;
    let block = fields("GET", "/orders/1", &[]);
    let pairs = (1..20_000_u32).step_by(2).flat_map(|stream| {
        let get = frame(HEADERS, END_HEADERS | END_STREAM, stream, &block);
        [get, frame(RESET, 0, stream, &[0, 0, 0, 8])].concat()
    });
    let all: Vec<u8> = pairs.collect();
    let (written, ()) = tokio::join!(client.write_all(&all), flooded.serves());
    // Who gets to write all of it may be told by what comes back alone.
    drop(written);
    let code = code(&mut client).await;
    assert!(code.is_none_or(|code| code == 11), "calm is what it lacks: {code:?}");
    flooded.ends("resets").await;

    // One by one, when they have been looked at: that is a client which changes its mind.
    let flooded = Flooded::start("").await;
    let mut client = connect(&flooded.gateway).await;
    let block = fields("POST", "/orders", &JSON);
    for stream in (1..100_u32).step_by(2) {
        let head = frame(HEADERS, END_HEADERS, stream, &block);
        client.write_all(&[head, frame(DATA, 0, stream, b"{")].concat()).await.unwrap();
        flooded.in_flight(1.0).await;
        client.write_all(&frame(RESET, 0, stream, &[0, 0, 0, 8])).await.unwrap();
        flooded.in_flight(0.0).await;
    }
    flooded.serves().await;
    flooded.ends("resets one by one").await;
}

/// A head that does not end is given up, be its pieces large or of no bytes at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_that_go_on_for_ever() {
    let field = [&b"\0\x01x\x7f\x81\x1e"[..], &vec![b'y'; 127 + 0x1e * 128 + 1]].concat();
    for (what, piece) in
        [("large", field.repeat(3)), ("small", b"\0\x01x\x01y".to_vec()), ("none", vec![])]
    {
        let flooded = Flooded::start("").await;
        let mut client = connect(&flooded.gateway).await;
        let first = frame(HEADERS, 0, 1, &fields("GET", "/orders/1", &[]));
        let again = frame(CONTINUATION, 0, 1, &piece);
        let sent = flooded.flood(&mut client, &first, &again).await;
        assert!(sent < ENOUGH, "{what}: {sent}");
        flooded.ends(what).await;
    }
}

/// Frames that ask for an answer, from a client that reads none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_whose_answers_nobody_reads() {
    for (what, question) in [
        ("pings", frame(PING, 0, 0, &[7; 8])),
        ("settings", frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0xff, 0xff])),
        ("settings without any", frame(SETTINGS, 0, 0, &[])),
    ] {
        let flooded = Flooded::start("timeouts: { body: 1s }").await;
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let client = socket.connect(flooded.gateway.listen.parse().unwrap()).await.unwrap();
        let mut client = begin(client, &[]).await;
        let sent = flooded.flood(&mut client, &[], &question).await;
        assert!(sent < ENOUGH, "{what}: {sent}");
        flooded.ends(what).await;
    }
}

/// More streams than may be open at once, none of which comes to its end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_streams_on_one_connection() {
    let flooded = Flooded::start("timeouts: { body: 3s }").await;
    let mut client = connect(&flooded.gateway).await;
    // With a length, so that no more memory is put by for it.
    let block = fields("POST", "/orders", &[JSON[0], ("content-length", "9")]);
    let open = |number: u32| {
        let head = frame(HEADERS, END_HEADERS, 2 * number + 1, &block);
        [head, frame(DATA, 0, 2 * number + 1, b"{")].concat()
    };
    for number in 0..100 {
        client.write_all(&open(number)).await.unwrap();
    }
    flooded.in_flight(100.0).await;
    flooded.serves().await;
    for number in 100..2000 {
        // Who goes on may be let go.
        if client.write_all(&open(number)).await.is_err() {
            break;
        }
        if number % 100 == 0 {
            let seen = scrape(&flooded.gateway).await;
            let open = seen.sum("fishplate_exchanges_in_flight", &[]);
            assert!(open <= 200.0, "{open}");
        }
    }
    flooded.serves().await;
    drop(client);
    flooded.ends("streams").await;
}

/// A small head that stands for a large one, by a table that both sides keep.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_is_large_when_it_is_read() {
    let flooded = Flooded::start("").await;
    let mut client = connect(&flooded.gateway).await;
    // A field of 3,900 bytes goes into the table, and is said ten thousand times more.
    let mut block = fields("GET", "/orders/1", &[]);
    block.extend_from_slice(b"\x40\x01x\x7f\xbd\x1d");
    block.extend_from_slice(&[b'y'; 3900]);
    block.extend_from_slice(&[0xbe; 10_000]);
    for stream in (1..100).step_by(2) {
        let head = frame(HEADERS, END_HEADERS | END_STREAM, stream, &block);
        if client.write_all(&head).await.is_err() {
            break;
        }
        // After the first one it is in the table.
        block = fields("GET", "/orders/1", &[]);
        block.extend_from_slice(&[0xbe; 14_000]);
    }
    flooded.serves().await;
    drop(client);
    flooded.ends("large heads").await;
}

/// Pieces of a body that are none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_of_empty_pieces() {
    for path in ["/orders", "/v2/orders"] {
        let flooded = Flooded::start("timeouts: { body: 2s }").await;
        let mut client = connect(&flooded.gateway).await;
        let first = frame(HEADERS, END_HEADERS, 1, &fields("POST", path, &JSON));
        let sent = flooded.flood(&mut client, &first, &frame(DATA, 0, 1, &[])).await;
        assert!(sent < ENOUGH, "{path}: {sent}");
        drop(client);
        flooded.ends(path).await;
    }
}

/// Answers that are asked for and not taken: what they hold is within `limits.buffered`, and is given back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_nobody_takes() {
    let extra = "limits: { body: 1MiB, buffered: 4MiB }\ntimeouts: { body: 1s }";
    let flooded = Flooded::start(extra).await;
    let stream = TcpStream::connect(&flooded.gateway.listen).await.unwrap();
    // No byte of a body may come.
    let mut client = begin(stream, &[0, 4, 0, 0, 0, 0]).await;
    let block = fields("GET", "/orders/large", &[]);
    for number in 0..150 {
        let get = frame(HEADERS, END_HEADERS | END_STREAM, 2 * number + 1, &block);
        client.write_all(&get).await.unwrap();
    }
    let mut most: f64 = 0.0;
    for _ in 0..20 {
        let seen = scrape(&flooded.gateway).await;
        most = most.max(seen.sum("fishplate_buffered_bytes", &[]));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(most > 0.0 && most <= f64::from(4 << 20), "{most}");
    // A stream that is not read is let go, and at last the connection.
    code(&mut client).await;
    flooded.ends("answers").await;
}

const GET: &[u8] = b"GET /orders/1 HTTP/1.1\r\nhost: x\r\n\r\n";

/// Requests one behind the other on one connection of HTTP/1.1, for whose answers nobody waits: all are
/// answered, in their order and one at a time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_wait_for_no_answer() {
    const MANY: usize = 5_000;
    let flooded = Flooded::start("").await;
    let client = TcpStream::connect(&flooded.gateway.listen).await.unwrap();
    let (mut read, mut write) = client.into_split();
    let mut all = Vec::new();
    for number in 0..MANY {
        let end = if number + 1 == MANY { "connection: close\r\n" } else { "" };
        let get =
            format!("GET /orders/1 HTTP/1.1\r\nhost: x\r\nx-request-id: n{number}.\r\n{end}\r\n");
        all.extend_from_slice(get.as_bytes());
    }
    let writing = async { write.write_all(&all).await.unwrap() };
    let reading = async {
        let mut answers = Vec::new();
        let read = timeout(Duration::from_mins(1), read.read_to_end(&mut answers));
        read.await.expect("in time").unwrap();
        String::from_utf8(answers).unwrap()
    };
    let ((), answers, ()) = tokio::join!(writing, reading, flooded.serves());
    let heads: Vec<&str> = answers.split("HTTP/1.1 ").skip(1).collect();
    assert_eq!(heads.len(), MANY);
    for (number, answer) in heads.into_iter().enumerate() {
        assert!(answer.starts_with("200 ") && answer.ends_with(r#"{"customer":"x"}"#), "{answer}");
        assert!(answer.contains(&format!("x-request-id: n{number}.\r\n")), "{number} {answer}");
    }
    flooded.ends("requests").await;
}

/// The same from a client that reads no answer: it is not asked for more, and let go.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_whose_answers_nobody_reads() {
    let flooded = Flooded::start("timeouts: { body: 1s }").await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut client = socket.connect(flooded.gateway.listen.parse().unwrap()).await.unwrap();
    let sent = flooded.flood(&mut client, &[], GET).await;
    assert!(sent < ENOUGH, "{sent}");
    flooded.ends("unread").await;
}

/// A request on each of many connections, all at once, and again: a connection has what it needs, and the next
/// ones have what those before gave back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_connections_at_once() {
    const MANY: usize = 1_000;
    /// Of a client's connection and the backend's, in KiB.
    const BOTH: usize = 64;
    let mut flooded = Flooded::start("").await;
    for round in 0..3 {
        let mut clients = Vec::new();
        for _ in 0..MANY {
            clients.push(TcpStream::connect(&flooded.gateway.listen).await.unwrap());
        }
        let asking = async {
            for client in &mut clients {
                client.write_all(GET).await.unwrap();
            }
            for client in &mut clients {
                let answer = read_until(client, "}").await;
                // Who finds no room is told so.
                let whole =
                    answer.starts_with("HTTP/1.1 200 ") && answer.ends_with(r#"{"customer":"x"}"#);
                assert!(whole || answer.starts_with("HTTP/1.1 503 "), "{answer}");
            }
        };
        let ((), ()) = tokio::join!(asking, flooded.serves());
        if round == 0 {
            let after = held(&flooded.gateway).1;
            assert!(after < flooded.before + BOTH * MANY, "{} KiB, then {after}", flooded.before);
            flooded.before = after;
        }
    }
    flooded.ends("connections").await;
}
