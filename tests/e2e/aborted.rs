//! Clients that go in the middle of anything: nothing of them is left behind. A thousand of them, or
//! ten thousand where `FISHPLATE_LONG` is set.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use http::Response;
use http_body_util::Full;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Asked, Backend, Gateway, json, orders};
use crate::scrape::scrape;

/// How many at once.
const AT_ONCE: usize = 50;

/// Open descriptors of a process, and the memory that it has, in KiB.
pub(crate) fn held(gateway: &Gateway) -> (usize, usize) {
    let process = format!("/proc/{}", gateway.child.id());
    let descriptors = fs::read_dir(format!("{process}/fd")).unwrap().count();
    let status = fs::read_to_string(format!("{process}/status")).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    (descriptors, resident.trim().trim_end_matches(" kB").parse().unwrap())
}

/// Whether a test is to be thorough.
pub(crate) fn is_long() -> bool {
    std::env::var_os("FISHPLATE_LONG").is_some_and(|value| !value.is_empty() && value != "0")
}

fn answer(asked: &Asked) -> Response<Full<bytes::Bytes>> {
    match asked.path.as_str() {
        "/files/large" => Response::new(Full::from(vec![b'x'; 4 << 20])),
        _ => json(r#"{"buyer":"x"}"#),
    }
}

/// One client, which goes in the middle of something.
async fn abort(listen: &str, number: usize) {
    let mut client = TcpStream::connect(listen).await.unwrap();
    let post = "POST /orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let put = "PUT /files/a HTTP/1.1\r\nhost: x\r\n";
    let begun = match number % 8 {
        0 => String::new(),
        1 => "GET /orders/1 HT".to_owned(),
        2 => "GET /orders/1 HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
        3 => format!("{post}content-length: 5000\r\n\r\n{{\"customer\":"),
        4 => format!("{post}transfer-encoding: chunked\r\n\r\n5\r\n{{\"cus"),
        5 => format!("{put}transfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n"),
        6 => "GET /files/large HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
        _ => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0".to_owned(),
    };
    client.write_all(begun.as_bytes()).await.unwrap();
    if number % 8 == 6 {
        // Some of the answer has come.
        drop(client.read(&mut [0; 1 << 10]).await);
    }
    if number.is_multiple_of(3) {
        tokio::task::yield_now().await;
    }
    if number % 16 < 8 {
        client.set_zero_linger().unwrap();
    }
}

/// So many clients go, `AT_ONCE` at a time.
async fn go(gateway: &Arc<Gateway>, many: usize) {
    let mut clients = tokio::task::JoinSet::new();
    for number in 0..many {
        if clients.len() >= AT_ONCE {
            clients.join_next().await.unwrap().unwrap();
        }
        let gateway = Arc::clone(gateway);
        clients.spawn(async move { abort(&gateway.listen, number).await });
    }
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }
}

/// Waits until nothing is left of them, and gives what is held then; there were so many descriptors before.
async fn settled(gateway: &Gateway, before: usize) -> (usize, usize) {
    let mut left = (0.0, 0.0, 0.0, 0);
    for _ in 0..400 {
        let seen = scrape(gateway).await;
        let gauge = |name: &str| seen.sum(&format!("fishplate_{name}"), &[]);
        // Those to the backend are closed when they were idle for a second.
        let open = gauge("client_connections") + gauge("backend_connections");
        let gauges = (gauge("exchanges_in_flight"), gauge("buffered_bytes"), open);
        left = (gauges.0, gauges.1, gauges.2, held(gateway).0);
        if gauges == (0.0, 0.0, 0.0) && left.3 <= before + 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!((left.0, left.1, left.2), (0.0, 0.0, 0.0), "{left:?}");
    // The operator's own connection may be one more.
    assert!(left.3 <= before + 2, "{left:?}, before {before}");
    (left.3, held(gateway).1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_of_who_goes() {
    let many = if is_long() { 10_000 } else { 1_000 };
    let backend = Backend::start(answer).await;
    // Connections to backends that nobody needs go within a second too.
    let place = orders("timeouts: { idle: 1s, body: 2s, header: 2s }", &backend.address, "v2");
    let gateway = Arc::new(Gateway::start(&place.0));
    gateway.ask(gateway.get("/orders/1"), "").await;
    let (before, resident) = held(&gateway);
    println!("{before} descriptors and {resident} KiB before");
    let mut after = Vec::new();
    for _ in 0..3 {
        go(&gateway, many).await;
        let (descriptors, now) = settled(&gateway, before).await;
        println!("{many} clients went: {descriptors} descriptors and {now} KiB are held");
        after.push(now);
    }
    assert!(after[0] < resident + (64 << 10), "{resident} KiB before, {after:?} after");
    // What the first ones took is taken by the next ones again.
    assert!(after[2] < after[0] + (16 << 10), "{after:?}");
    assert_eq!(gateway.ask(gateway.get("/orders/1"), "").await.text, r#"{"customer":"x"}"#);
}
