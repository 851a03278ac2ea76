//! The processes: Debian's Alertmanager as `tests/run` unpacked it, and the gateway with the shipped
//! example before it. Both end with their values. It asserts nothing about answers.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// The receivers, routes and inhibitions of every Alertmanager here.
const RULES: &str = "
route:
  receiver: team
  group_by: [alertname]
  routes:
    - { receiver: pager, matchers: [severity=\"critical\"] }
inhibit_rules:
  - { source_matchers: [severity=\"critical\"], target_matchers: [severity=\"warning\"], equal: [cluster] }
receivers: [{ name: team }, { name: pager }]
";

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A program of the package.
pub(crate) fn tool(name: &str) -> PathBuf {
    let path = root().join("target/tools/alertmanager/usr/bin").join(name);
    assert!(path.exists(), "there is no {}: run tests/run once, it fetches it", path.display());
    path
}

/// A directory that goes with the test.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("fishplate-alertmanager-{}-{next}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// A process that ends with this.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// An Alertmanager of its own.
pub(crate) struct Alertmanager {
    pub(crate) port: u16,
    // Ends before its directory goes.
    _process: Process,
    _directory: Directory,
}

impl Alertmanager {
    /// Alone, or as the one member of a cluster.
    pub(crate) fn start(cluster: &str) -> Self {
        let mut said = String::new();
        // Whoever takes the port in between makes this one end: then it is tried with another.
        for _ in 0..5 {
            let directory = Directory::new();
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let mut process = Process(launch(&directory.0, port, cluster));
            if answers(&mut process.0, port) {
                return Self { port, _process: process, _directory: directory };
            }
            said = fs::read_to_string(directory.0.join("log")).unwrap();
        }
        panic!("Alertmanager does not start: {said}");
    }
}

fn answers(process: &mut Child, port: u16) -> bool {
    for _ in 0..200 {
        if process.try_wait().unwrap().is_some() {
            return false;
        }
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    false
}

/// The binary reads its template under /usr/share, where an unpacked package is not: it sees the
/// package's files there, in a mount namespace of its own.
fn launch(directory: &Path, port: u16, cluster: &str) -> Child {
    fs::write(directory.join("rules.yaml"), RULES).unwrap();
    let log = File::create(directory.join("log")).unwrap();
    let root = String::from_utf8(Command::new("id").arg("-u").output().unwrap().stdout).unwrap();
    let share = tool("prometheus-alertmanager").ancestors().nth(2).unwrap().join("share");
    let script = "mount -t overlay overlay -o lowerdir=\"$0\":/usr/share /usr/share && exec \"$@\"";
    Command::new("unshare")
        .arg(if root.trim() == "0" { "-m" } else { "-rm" })
        .args(["sh", "-c", script])
        .arg(share)
        .arg(tool("prometheus-alertmanager"))
        .arg(format!("--config.file={}", directory.join("rules.yaml").display()))
        .arg(format!("--storage.path={}", directory.join("data").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .arg(format!("--cluster.listen-address={cluster}"))
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

/// The gateway with `examples/alertmanager/fishplate.yaml`, at a free port and before this one.
pub(crate) struct Gateway {
    pub(crate) address: String,
    _process: Process,
    _directory: Directory,
}

impl Gateway {
    pub(crate) fn before(backend: &Alertmanager) -> Self {
        let shipped =
            fs::read_to_string(root().join("examples/alertmanager/fishplate.yaml")).unwrap();
        let config = shipped
            .replace("127.0.0.1:8094", "127.0.0.1:0")
            .replace("127.0.0.1:8095", "127.0.0.1:0")
            .replace("127.0.0.1:9093", &format!("127.0.0.1:{}", backend.port))
            .replace("../..", root().to_str().unwrap());
        let directory = Directory::new();
        let file = directory.0.join("fishplate.yaml");
        fs::write(&file, config).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_fishplate"))
            .args(["serve", "--config"])
            .arg(file)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let process = Process(child);
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .map(|line| serde_json::from_str::<serde_json::Value>(&line).unwrap())
            .find(|line| line["message"] == "listening" && line["listener"] == "listen")
            .expect("it listens");
        // Who does not read its log holds nothing up, but the end of the process.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let address = address["address"].as_str().unwrap().to_owned();
        Self { address, _process: process, _directory: directory }
    }
}
