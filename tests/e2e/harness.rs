//! Directories, backends, clients and the gateway's process. It asserts nothing about answers.

use std::convert::Infallible;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A directory that goes with the test.
pub(crate) struct Place(pub(crate) PathBuf);

impl Place {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "fishplate-e2e-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

pub(crate) const V1: &str = "
openapi: 3.1.0
info: { title: Orders, version: v1 }
paths:
  /orders:
    post:
      requestBody:
        content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } }
      responses:
        '201':
          description: made
          content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } }
  /orders/{id}:
    get:
      responses:
        '200':
          description: one
          content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } }
  /files/{name}:
    get: { responses: { '200': { description: bytes } } }
    put: { responses: { '200': { description: bytes } } }
components:
  schemas:
    Order: { type: object, properties: { id: { type: integer }, customer: { type: string } } }
";

pub(crate) fn v2() -> String {
    V1.replace("version: v1", "version: v2").replace("customer:", "buyer:")
}

pub(crate) const MAPPING: &str = "
mapping: 1
api: orders
from: v1
to: v2
types:
  Order:
    fields: { customer: buyer }
";

/// The files of one API in two versions, v2 behind.
pub(crate) fn orders(extra: &str, backend: &str, version: &str) -> Place {
    let place = Place::new();
    place.write("schemas/orders/v1.yaml", V1);
    place.write("schemas/orders/v2.yaml", &v2());
    place.write("mappings/orders/v2.yaml", MAPPING);
    place.write("fishplate.yaml", &config(extra, backend, version));
    place
}

pub(crate) fn config(extra: &str, backend: &str, version: &str) -> String {
    format!(
        "listen: 127.0.0.1:0
admin: 127.0.0.1:0
{extra}
apis:
  orders:
    version: {{ from: [{{ header: X-Api-Version }}, {{ path: '/{{version}}' }}], default: v1 }}
    backends: {{ one: {{ url: 'http://{backend}', version: {version} }} }}
"
    )
}

/// What a backend was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A backend that answers by a function and remembers what it was asked.
pub(crate) struct Backend {
    pub(crate) address: String,
    pub(crate) asked: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Backend {
    pub(crate) async fn start(
        answer: impl Fn(&Asked) -> Response<Full<Bytes>> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let seen = Arc::clone(&asked);
        let answer: Answerer = Arc::new(answer);
        let task = tokio_util::task::TaskTracker::new().spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                let service = service_fn(move |request| {
                    handle(request, Arc::clone(&seen), Arc::clone(&answer))
                });
                connections.spawn(async move {
                    let io = TokioIo::new(stream);
                    drop(
                        hyper::server::conn::http1::Builder::new()
                            .serve_connection(io, service)
                            .await,
                    );
                });
            }
        });
        Self { address, asked, task }
    }

    pub(crate) fn last(&self) -> Asked {
        self.asked.lock().unwrap().last().cloned().expect("asked")
    }

    pub(crate) fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

type Answerer = Arc<dyn Fn(&Asked) -> Response<Full<Bytes>> + Send + Sync>;

async fn handle(
    request: Request<Incoming>,
    seen: Arc<Mutex<Vec<Asked>>>,
    answer: Answerer,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let one = Asked {
        method: head.method,
        path: head.uri.to_string(),
        headers: head.headers,
        body: read(body).await,
    };
    let response = answer(&one);
    seen.lock().unwrap().push(one);
    Ok(response)
}

#[expect(clippy::disallowed_methods, reason = "bodies of tests are small")]
pub(crate) async fn read(body: Incoming) -> Bytes {
    body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default()
}

pub(crate) fn json(body: &'static str) -> Response<Full<Bytes>> {
    Response::builder().header("content-type", "application/json").body(Full::from(body)).unwrap()
}

/// The gateway's process.
pub(crate) struct Gateway {
    pub(crate) child: Child,
    pub(crate) listen: String,
    pub(crate) admin: String,
    log: Mutex<std::sync::mpsc::Receiver<String>>,
    /// What it logged before it listened.
    early: Vec<String>,
    client: Client<hyper_util::client::legacy::connect::HttpConnector, Full<Bytes>>,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Threads of a gateway: one has another reactor than several. About half of the tests have it, and each
/// always the same, as its name says.
fn threads() -> &'static str {
    let thread = std::thread::current();
    let odd =
        thread.name().unwrap_or_default().bytes().fold(false, |odd, byte| odd ^ (byte & 1 == 1));
    if odd { "1" } else { "2" }
}

impl Gateway {
    pub(crate) fn start(place: &Path) -> Self {
        Self::start_with(place, "")
    }

    /// With a value of `FISHPLATE_LOG`.
    pub(crate) fn start_logging(place: &Path, log: &str) -> Self {
        Self::start_with(place, log)
    }

    fn start_with(place: &Path, log: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_fishplate"))
            .arg("serve")
            .arg("--config")
            .arg(place.join("fishplate.yaml"))
            .args(["--threads", threads()])
            .env("FISHPLATE_LOG", log)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        #[expect(clippy::disallowed_methods, reason = "who does not read it must not be held up")]
        let (sender, log) = std::sync::mpsc::channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let client = Client::builder(TokioExecutor::new()).build_http();
        let log = Mutex::new(log);
        let (listen, admin, early) = (String::new(), String::new(), Vec::new());
        let mut gateway = Self { child, listen, admin, log, early, client };
        while gateway.listen.is_empty() || gateway.admin.is_empty() {
            let line = gateway.line("{");
            if !line.contains("\"message\":\"listening\"") {
                gateway.early.push(line);
                continue;
            }
            let address = between(&line, "\"address\":\"", "\"").to_owned();
            match between(&line, "\"listener\":\"", "\"") {
                "admin" => gateway.admin = address,
                _ => gateway.listen = address,
            }
        }
        gateway
    }

    /// The first line that it logged before it listened, and that has this.
    pub(crate) fn first(&self, wanted: &str) -> String {
        let found = self.early.iter().find(|line| line.contains(wanted));
        found.unwrap_or_else(|| panic!("{wanted} not in {:?}", self.early)).clone()
    }

    /// The next line of the log that has this.
    pub(crate) fn line(&self, wanted: &str) -> String {
        loop {
            let line =
                self.log.lock().unwrap().recv_timeout(Duration::from_secs(20)).expect(wanted);
            if line.contains(wanted) {
                return line;
            }
        }
    }

    /// The outcome of the next exchange.
    pub(crate) fn outcome(&self) -> String {
        between(&self.line("\"target\":\"access\""), "\"outcome\":\"", "\"").to_owned()
    }

    pub(crate) async fn ask(&self, request: http::request::Builder, body: &str) -> Answer {
        let request = request.body(Full::from(body.to_owned())).unwrap();
        let (head, body) = self.client.request(request).await.unwrap().into_parts();
        let text = String::from_utf8_lossy(&read(body).await).into_owned();
        Answer { status: head.status, headers: head.headers, text }
    }

    pub(crate) fn get(&self, path: &str) -> http::request::Builder {
        Request::builder().uri(format!("http://{}{path}", self.listen))
    }

    pub(crate) async fn operator(&self, method: &str, path: &str) -> Answer {
        let uri = format!("http://{}{path}", self.admin);
        self.ask(Request::builder().method(method).uri(uri), "").await
    }
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|v| v.to_str().unwrap())
    }
}

pub(crate) fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let rest = text.split_once(before).unwrap_or_else(|| panic!("{before} in {text}")).1;
    rest.split_once(after).unwrap_or_else(|| panic!("{after} in {text}")).0
}

/// What comes back for these bytes, to the end of the connection.
pub(crate) async fn wire(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // Who is refused early may be cut off while it still writes.
    drop(stream.write_all(request.as_bytes()).await);
    drop(stream.shutdown().await);
    rest(&mut stream).await
}

/// What still comes, to the end of the connection.
pub(crate) async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer));
    drop(read.await.expect("an end"));
    String::from_utf8_lossy(&answer).into_owned()
}
