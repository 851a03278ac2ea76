//! Processes of real servers, and of the gateway with a shipped example before one. They end with
//! their values. It asserts nothing about answers.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file of what `tests/run` fetched.
pub(crate) fn tool(name: &str) -> PathBuf {
    let path = root().join("target/tools").join(name);
    assert!(path.exists(), "there is no {}: run tests/run once, it fetches it", path.display());
    path
}

/// A directory that goes with the test.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("fishplate-{}-{}-{next}", env!("CARGO_CRATE_NAME"), std::process::id());
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

/// A server, with a directory of its own.
pub(crate) struct Server {
    pub(crate) address: String,
    // Ends before its directory goes.
    _process: Process,
    _directory: Directory,
}

impl Server {
    /// `launch` says how it is started in a directory, at a port.
    pub(crate) fn start(launch: &dyn Fn(&Path, u16) -> Command) -> Self {
        let mut said = String::new();
        // Whoever takes the port in between makes this one end: then it is tried with another.
        for _ in 0..5 {
            let directory = Directory::new();
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let log = File::create(directory.0.join("log")).unwrap();
            let mut command = launch(&directory.0, port);
            command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
            let mut process = Process(command.spawn().unwrap());
            if answers(&mut process.0, port) {
                let address = format!("127.0.0.1:{port}");
                return Self { address, _process: process, _directory: directory };
            }
            said = fs::read_to_string(directory.0.join("log")).unwrap();
        }
        panic!("it does not start: {said}");
    }
}

fn answers(process: &mut Child, port: u16) -> bool {
    for _ in 0..400 {
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

/// The gateway with the configuration of an example, at a free port.
pub(crate) struct Gateway {
    pub(crate) address: String,
    _process: Process,
    _directory: Directory,
}

impl Gateway {
    /// With other texts in the places of those of its `backends`.
    pub(crate) fn start(example: &str, others: &[(&str, &str)]) -> Self {
        let shipped = root().join("examples").join(example).join("fishplate.yaml");
        let mut config = String::new();
        for line in fs::read_to_string(shipped).unwrap().lines() {
            let line = match line.split_once(':') {
                Some((key @ ("listen" | "admin"), _)) => format!("{key}: 127.0.0.1:0"),
                _ => line.replace("../..", root().to_str().unwrap()),
            };
            config.push_str(&line);
            config.push('\n');
        }
        for (text, other) in others {
            assert!(config.contains(text), "{text}");
            config = config.replace(text, other);
        }
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
