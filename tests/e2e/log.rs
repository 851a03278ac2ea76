//! The log: it holds nothing up, and says what it left out.

use std::io::{BufRead, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Gateway, between, orders, rest, wire};

/// A gateway whose log is read when the test wants it.
struct Unread {
    child: Child,
    log: BufReader<ChildStdout>,
    listen: String,
    admin: String,
}

impl Drop for Unread {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Unread {
    fn start(config: &std::path::Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_fishplate"))
            .args(["serve", "--config"])
            .arg(config)
            .env("FISHPLATE_LOG", "info")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(child.stdout.take().unwrap());
        let mut gateway = Self { child, log, listen: String::new(), admin: String::new() };
        while gateway.listen.is_empty() || gateway.admin.is_empty() {
            let line = gateway.line();
            if line["message"] == "listening" {
                let address = line["address"].as_str().unwrap().to_owned();
                let admin = line["listener"] == "admin";
                *(if admin { &mut gateway.admin } else { &mut gateway.listen }) = address;
            }
        }
        gateway
    }

    /// The next line, which is whole.
    fn line(&mut self) -> serde_json::Value {
        let mut line = String::new();
        self.log.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"))
    }

    /// Makes so many exchanges, one line each.
    async fn exchanges(&self, count: usize) {
        let stream = TcpStream::connect(&self.listen).await.unwrap();
        let (mut read, mut write) = stream.into_split();
        let long = "x".repeat(200);
        let ask = async {
            for n in 0..count {
                let request = format!("GET /{n}/{long} HTTP/1.1\r\nhost: x\r\n\r\n");
                write.write_all(request.as_bytes()).await.unwrap();
            }
        };
        let answered = async {
            let (mut seen, mut piece) = (0, vec![0; 1 << 16]);
            while seen < count {
                let n = read.read(&mut piece).await.unwrap();
                assert!(n > 0, "ended after {seen}");
                seen += String::from_utf8_lossy(&piece[..n]).matches('}').count();
            }
        };
        let both = async { tokio::join!(ask, answered) };
        tokio::time::timeout(Duration::from_mins(1), both).await.expect("answers");
    }

    /// Reads the lines of so many exchanges: those that are there, and how many are not.
    fn read(&mut self, count: usize) -> (Vec<usize>, usize) {
        let (mut there, mut lost) = (Vec::new(), 0);
        while there.len() + lost < count {
            let line = self.line();
            if line["target"] == "access" {
                let path = line["path"].as_str().unwrap();
                there.push(between(path, "/", "/").parse().unwrap());
            } else if line["message"] == "lines of the log were lost" {
                assert_eq!(line["level"], "WARN");
                lost += usize::try_from(line["lines"].as_u64().unwrap()).unwrap();
            }
        }
        (there, lost)
    }
}

#[tokio::test]
async fn a_log_that_nobody_reads_holds_nothing_up() {
    const MANY: usize = 12_000;
    let place = orders("", "127.0.0.1:9", "v2");
    let mut gateway = Unread::start(&place.0.join("fishplate.yaml"));
    // A reader who looks away for a moment misses nothing.
    gateway.exchanges(2_000).await;
    let (there, lost) = gateway.read(2_000);
    assert_eq!((there, lost), ((0..2_000).collect(), 0));
    // Who looks away for longer is told how much went by.
    gateway.exchanges(MANY).await;
    let health = "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let mut operator = TcpStream::connect(&gateway.admin).await.unwrap();
    operator.write_all(health.as_bytes()).await.unwrap();
    assert!(rest(&mut operator).await.starts_with("HTTP/1.1 200 "));
    let (there, lost) = gateway.read(MANY);
    assert!(lost > 0 && there.len() > 4_000, "{lost} of {MANY}");
    assert!(there.is_sorted(), "in order");
    // What is lost is told once.
    gateway.exchanges(1).await;
    assert_eq!(gateway.read(1), (vec![0], 0));
    // Nor does it hold up the end.
    gateway.exchanges(MANY).await;
    let pid = gateway.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let ended = tokio::task::spawn_blocking(move || (gateway.child.wait().unwrap(), gateway));
    let ended = tokio::time::timeout(Duration::from_secs(10), ended).await;
    let (status, mut gateway) = ended.expect("an end").unwrap();
    assert_eq!(status.code(), Some(0));
    let mut rest = String::new();
    gateway.log.read_to_string(&mut rest).unwrap();
    assert!(rest.ends_with("}\n"), "{:?}", rest.lines().last());
}

/// A word that is no level would be the name of a target, and silence everything else.
#[tokio::test]
async fn a_level_that_is_none_counts_as_info() {
    let place = orders("", "127.0.0.1:9", "v2");
    for said in ["inof", "verbose", "warning", "info,access"] {
        let gateway = Gateway::start_logging(&place.0, said);
        assert!(gateway.first("FISHPLATE_LOG").contains("\"level\":\"WARN\""), "{said}");
        wire(&gateway.listen, "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        assert_eq!(gateway.outcome(), "unmatched");
    }
}

/// Lines for people: an exchange is one line too, and what a client says cannot make another.
#[tokio::test]
async fn lines_can_be_for_people() {
    let place = orders("", "127.0.0.1:9", "v2");
    let mut child = Command::new(env!("CARGO_BIN_EXE_fishplate"))
        .args(["serve", "--config"])
        .arg(place.0.join("fishplate.yaml"))
        .env("FISHPLATE_LOG_FORMAT", "text")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut next = |wanted: &str| lines.find(|line| line.contains(wanted)).expect(wanted);
    let listening = next("  INFO listening listener=listen address=");
    let address = listening.rsplit_once('=').unwrap().1.to_owned();
    let served = next("serving an API");
    assert!(served.contains(" api=orders hosts=all prefix=/ versions=\"v1, v2\""), "{served}");
    wire(&address, "GET /a%0Ab HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    let line = next("unmatched");
    assert!(line.contains("Z  INFO GET /a%0Ab 404 unmatched api=orders "), "{line}");
    assert!(line.contains(" peer=127.0.0.1:") && line.contains(" host=x "), "{line}");
    child.kill().unwrap();
    child.wait().unwrap();
}
