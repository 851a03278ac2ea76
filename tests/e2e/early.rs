//! Backends that answer before they have read the request: their answer reaches the client, be the body one
//! that streams or one that was gathered, and be the connection at its end or not.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::{Gateway, between, orders, wire};
use crate::through::read_until;

/// More than the sockets between hold.
const LENGTH: usize = 7 << 20;
const REFUSED: &str = "HTTP/1.1 413 Content Too Large\r\ncontent-type: text/plain\r\n";

/// When a backend answers.
#[derive(Clone, Copy, Debug, PartialEq)]
enum When {
    /// With the head there.
    Head,
    /// With a part of the body there.
    Part,
}

/// What it does with the rest of the body.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Then {
    /// It says that the connection ends, sends no more, and waits for the other side to see that.
    Closes,
    /// It reads it to its end.
    Reads,
}

/// Answers one request early.
async fn answer(listener: &TcpListener, when: When, then: Then) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let asked = read_until(&mut stream, "\r\n\r\n").await;
    let length: usize = between(&asked, "content-length: ", "\r\n").parse().unwrap();
    let mut came = asked.len() - asked.find("\r\n\r\n").unwrap() - 4;
    if when == When::Part {
        let mut part = (&mut stream).take(100_000);
        let read = tokio::io::copy(&mut part, &mut tokio::io::sink()).await.unwrap();
        came += usize::try_from(read).unwrap();
    }
    let close = if then == Then::Closes { "connection: close\r\n" } else { "" };
    let head = format!("{REFUSED}{close}content-length: 5\r\n\r\nearly");
    stream.write_all(head.as_bytes()).await.unwrap();
    if then == Then::Closes {
        stream.shutdown().await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        return;
    }
    // The gateway may end what it sends with the answer, as nobody needs the rest.
    let rest = u64::try_from(length - came).unwrap();
    drop(tokio::io::copy(&mut (&mut stream).take(rest), &mut tokio::io::sink()).await);
}

/// A request with a document of this length, which is sent as fast as it is taken.
async fn ask(gateway: &Gateway, line: &str) -> String {
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    let head = format!(
        "{line} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
         content-length: {LENGTH}\r\n\r\n"
    );
    let body = format!("{{\"customer\":\"{}\"}}", "x".repeat(LENGTH - 15));
    assert_eq!(body.len(), LENGTH);
    let (mut from, mut to) = client.split();
    let sending = async {
        drop(to.write_all(head.as_bytes()).await);
        drop(to.write_all(body.as_bytes()).await);
        std::future::pending::<()>().await;
    };
    let mut told = Vec::new();
    let reading = async {
        let mut piece = [0; 1024];
        while !String::from_utf8_lossy(&told).contains("early") {
            match from.read(&mut piece).await {
                Ok(n @ 1..) => told.extend_from_slice(&piece[..n]),
                _ => break,
            }
        }
    };
    tokio::select! {
        () = sending => {}
        () = reading => {}
        () = tokio::time::sleep(Duration::from_secs(10)) => {}
    }
    String::from_utf8_lossy(&told).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_early_answer_is_an_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = orders("", &listener.local_addr().unwrap().to_string(), "v2");
    let gateway = Gateway::start(&place.0);
    for line in ["PUT /files/a", "POST /v2/orders", "POST /orders"] {
        for when in [When::Head, When::Part] {
            for then in [Then::Closes, Then::Reads] {
                for _ in 0..3 {
                    let what = format!("{line} {when:?} {then:?}");
                    let (told, ()) =
                        tokio::join!(ask(&gateway, line), answer(&listener, when, then));
                    assert!(told.starts_with("HTTP/1.1 413 "), "{what}: {told:?}");
                    assert!(told.ends_with("early"), "{what}: {told:?}");
                    assert_eq!(gateway.outcome(), "foreign", "{what}");
                }
            }
        }
    }
}

/// An answer to nothing is none: who sends it before anything was asked has broken the protocol, or has
/// answered somebody else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_before_the_question_is_nobodys_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = orders("", &listener.local_addr().unwrap().to_string(), "v2");
    let gateway = Gateway::start(&place.0);
    let backend = tokio_util::task::TaskTracker::new().spawn(async move {
        // On a connection that rests in the pool.
        let (mut stream, _) = listener.accept().await.unwrap();
        read_until(&mut stream, "\r\n\r\n").await;
        let good = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n";
        stream.write_all(format!("{good}good").as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        drop(stream.write_all(format!("{good}evil").as_bytes()).await);
        let (mut next, _) = listener.accept().await.unwrap();
        read_until(&mut next, "\r\n\r\n").await;
        next.write_all(format!("{good}next").as_bytes()).await.unwrap();
        (stream, next)
    });
    let get = "GET /files/a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    assert!(wire(&gateway.listen, get).await.ends_with("good"));
    tokio::time::sleep(Duration::from_millis(300)).await;
    let answer = wire(&gateway.listen, get).await;
    assert!(answer.ends_with("next"), "{answer}");
    drop(backend.await.unwrap());
}
