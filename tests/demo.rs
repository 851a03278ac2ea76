//! `fishplate demo` as a user runs it: the tour, ports that are taken, and a mapping edited while
//! it is up.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

fn fishplate(arguments: &[&str], directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fishplate"));
    command.args(arguments).current_dir(directory).stdout(Stdio::piped());
    command
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_tour_ends_and_shows_both_sides() {
    // Another may hold the usual ports already; one is taken here for sure.
    let taken = TcpListener::bind(("127.0.0.1", 9001));
    let output = fishplate(&["demo", "--once"], &root()).output().unwrap();
    drop(taken);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    for part in [
        "Port 9001 is taken",
        r#""buyer": {"name":"Ben Okri"}"#,
        r#""customer": "Ben Okri""#,
        "the backend answers (2025-03-01)",
        "the client gets (2023-01-15)",
        "the backend gets (2025-03-01)",
        r#""price": {"amount":990,"currency":"EUR"}"#,
        "/2024-06-01/orders/1001",
        "the client gets (2024-06-01)",
    ] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
}

#[test]
fn without_the_shipped_files_it_says_where_to_run() {
    let output =
        fishplate(&["demo"], &std::env::temp_dir()).stderr(Stdio::piped()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(text.contains("there is no `mappings/orders`"), "{text}");
}

/// A copy of the shipped files that goes with the test.
struct Copy(PathBuf);

impl Copy {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("fishplate-demo-test-{}-{next}", std::process::id());
        let to = std::env::temp_dir().join(name);
        for kind in ["mappings", "schemas"] {
            let from = root().join(kind).join("orders");
            let to = to.join(kind).join("orders");
            fs::create_dir_all(&to).unwrap();
            for entry in fs::read_dir(from).unwrap() {
                let entry = entry.unwrap();
                fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
            }
        }
        Self(to)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// A demo that stays up.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn ask(address: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = "GET /orders HTTP/1.0\r\nhost: demo\r\nx-api-version: 2024-06-01\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn an_edited_mapping_changes_the_next_answer() {
    let copy = Copy::new();
    let mut child = Demo(fishplate(&["demo"], &copy.0).spawn().unwrap());
    let mut lines = BufReader::new(child.0.stdout.take().unwrap()).lines();
    let mut address = None;
    for line in &mut lines {
        let line = line.unwrap();
        if let Some(rest) = line.strip_prefix("The gateway") {
            address = rest.split_whitespace().next().map(|a| a.replace("http://", ""));
        }
        if line.starts_with("It stays up") {
            break;
        }
    }
    let address = address.unwrap();
    assert!(ask(&address).contains(r#""customer_name":"Ben Okri""#));
    let file = copy.0.join("mappings/orders/2025-03-01.yaml");
    let text = fs::read_to_string(&file).unwrap();
    let edited = text.replace(
        "customer_name: buyer.name",
        "customer_name: { to: buyer.name, map: { Benjamin: Ben Okri } }",
    );
    assert_ne!(edited, text);
    fs::write(&file, edited).unwrap();
    // The watcher is told by the system, or sees it within its own interval.
    let changed = (0..200).any(|_| {
        std::thread::park_timeout(Duration::from_millis(50));
        ask(&address).contains(r#""customer_name":"Benjamin""#)
    });
    assert!(changed, "{}", ask(&address));
}

#[test]
fn a_broken_edit_is_told_and_its_mending_too() {
    let copy = Copy::new();
    let mut child = Demo(fishplate(&["demo"], &copy.0).spawn().unwrap());
    let (sender, lines) = std::sync::mpsc::sync_channel(1024);
    let stdout = BufReader::new(child.0.stdout.take().unwrap());
    std::thread::spawn(move || {
        let all = stdout.lines().map_while(Result::ok);
        all.take_while(|line| sender.send(line.clone()).is_ok()).for_each(drop);
    });
    // Everything to the next line that begins so.
    let until = |begin: &str| -> String {
        let mut text = String::new();
        loop {
            let line = lines.recv_timeout(Duration::from_secs(30)).expect(begin);
            text = format!("{text}{line}\n");
            if line.starts_with(begin) {
                return text;
            }
        }
    };
    until("It stays up");
    let file = copy.0.join("mappings/orders/2025-03-01.yaml");
    let good = fs::read_to_string(&file).unwrap();
    let broken = good.replacen("fields:", "feilds:", 1);
    let at = good.lines().position(|line| line.contains("fields:")).unwrap() + 1;
    // At once: a file that is half written would be another mistake.
    let other = copy.0.join("mappings/orders/.other");
    fs::write(&other, broken).unwrap();
    fs::rename(&other, &file).unwrap();
    let said = until("Not reloaded");
    assert!(said.contains("error[F302]: "), "{said}");
    assert!(said.contains(&format!("mappings/orders/2025-03-01.yaml:{at}:")), "{said}");
    assert!(said.contains("help: ") && said.contains("last good files stay in force"), "{said}");
    fs::write(&other, good).unwrap();
    fs::rename(&other, &file).unwrap();
    let said = until("Reloaded");
    assert_eq!(said.lines().count(), 1, "{said}");
}
