//! The tour: what is where, lines to try, and each of them run once.

use std::fmt::Write as _;
use std::io::Error;
use std::path::Path;
use std::time::Duration;

use http::{Method, Request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::backend::Backend;
use super::columns::side_by_side;
use super::{Places, say};

/// A request of the tour.
struct Stop {
    title: &'static str,
    /// The version of the client.
    version: &'static str,
    /// Where it says that.
    says: Says,
    method: Method,
    path: &'static str,
    body: Option<&'static str>,
    /// Index of the backend that answers: old, new.
    backend: usize,
}

/// Where a client says its version.
#[derive(Clone, Copy)]
enum Says {
    Header,
    Path,
}

impl Stop {
    /// The path that the client asks for.
    fn target(&self) -> String {
        match self.says {
            Says::Header => self.path.to_owned(),
            Says::Path => format!("/{}{}", self.version, self.path),
        }
    }
}

const STOPS: [Stop; 5] = [
    Stop {
        title: "An old client reads the list that the new backend has",
        version: "2023-01-15",
        says: Says::Header,
        method: Method::GET,
        path: "/orders",
        body: None,
        backend: 1,
    },
    Stop {
        title: "A client in between reads the same list",
        version: "2024-06-01",
        says: Says::Header,
        method: Method::GET,
        path: "/orders",
        body: None,
        backend: 1,
    },
    Stop {
        title: "A new client reads an order that only the old backend has",
        version: "2025-03-01",
        says: Says::Header,
        method: Method::GET,
        path: "/orders/1002",
        body: None,
        backend: 0,
    },
    Stop {
        title: "An old client places an order with the new backend",
        version: "2023-01-15",
        says: Says::Header,
        method: Method::POST,
        path: "/orders",
        body: Some(
            r#"{"id":1003,"customer":"Ada","total_cents":990,"currency":"EUR","gift":true}"#,
        ),
        backend: 1,
    },
    Stop {
        title: "A client in between says its version in the path",
        version: "2024-06-01",
        says: Says::Path,
        method: Method::GET,
        path: "/orders/1001",
        body: None,
        backend: 0,
    },
];

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Shows everything once.
pub(super) async fn run(
    places: &Places,
    directory: &Path,
    backends: [&Backend; 2],
) -> Result<(), Error> {
    introduce(places, directory, backends);
    for stop in &STOPS {
        say(&format!("\n{}\n  {}\n", stop.title, curl(stop, places)));
        let mut request = Request::builder()
            .method(stop.method.clone())
            .uri(stop.target())
            .header("host", places.gateway.to_string())
            .header("content-type", "application/json");
        if let Says::Header = stop.says {
            request = request.header("x-api-version", stop.version);
        }
        let request = request.body(stop.body.unwrap_or_default()).map_err(Error::other)?;
        let asked = tokio::time::timeout(PATIENCE, ask(places, &request));
        let answer = asked.await.map_err(|_| Error::other("no answer within 10 s"))??;
        let [old, new] = backends;
        let backend = if stop.backend == 0 { old } else { new };
        let last = backend.last();
        if let Some(body) = stop.body {
            let left = format!("the client sends ({})", stop.version);
            let right = format!("the backend gets ({})", backend.data.version);
            show((&left, body.as_bytes()), (&right, &last.request));
            say("");
        }
        let left = format!("the backend answers ({})", backend.data.version);
        let right = format!("the client gets ({})", stop.version);
        show((&left, &last.answer), (&right, &answer));
    }
    Ok(())
}

fn introduce(places: &Places, directory: &Path, [old, new]: [&Backend; 2]) {
    say(&format!(
        "\
The gateway         http://{}    (X-Api-Version: {} is the default)
  its admin plane   http://{}/snapshot
The old backend     http://{}    speaks {}, answers GET /orders/{{id}}
The new backend     http://{}    speaks {}, answers everything else
Mappings            {}    edit one: the next answer changes
",
        places.gateway,
        old.data.version,
        places.admin,
        places.old,
        old.data.version,
        places.new,
        new.data.version,
        directory.join("mappings/orders").display(),
    ));
    say("To try:");
    for stop in &STOPS {
        say(&format!("  {}", curl(stop, places)));
    }
}

fn curl(stop: &Stop, places: &Places) -> String {
    let body = match stop.body {
        Some(body) => format!(" -H 'Content-Type: application/json' -d '{body}'"),
        None => String::new(),
    };
    let version = match stop.says {
        Says::Header => format!(" -H 'X-Api-Version: {}'", stop.version),
        Says::Path => String::new(),
    };
    format!("curl{version}{body} http://{}{}", places.gateway, stop.target())
}

fn show(left: (&str, &[u8]), right: (&str, &[u8])) {
    for line in side_by_side(left, right) {
        say(&line);
    }
}

/// Asks the gateway over a connection of its own, and reads the body of the answer, which must be
/// a success.
async fn ask(places: &Places, request: &Request<&str>) -> Result<Vec<u8>, Error> {
    let mut stream = TcpStream::connect(places.gateway).await?;
    let mut text = format!("{} {} HTTP/1.0\r\n", request.method(), request.uri());
    for (name, value) in request.headers() {
        write!(text, "{name}: {}\r\n", value.to_str().map_err(Error::other)?)
            .map_err(Error::other)?;
    }
    let body = request.body();
    write!(text, "content-length: {}\r\n\r\n{body}", body.len()).map_err(Error::other)?;
    stream.write_all(text.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(1 << 20).read_to_end(&mut answer).await?;
    let head = answer.windows(4).position(|w| w == b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
    let body = answer.split_off(head);
    let status = answer.get(b"HTTP/1.1 ".len()..).unwrap_or_default();
    if !status.starts_with(b"2") {
        let said = [answer, body].concat();
        return Err(Error::other(format!("the tour stops: {}", String::from_utf8_lossy(&said))));
    }
    Ok(body)
}
