//! Debian's Alertmanager as `tests/run` unpacked it, and the gateway before it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::shared_servers::{Gateway, Server, tool as fetched};

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

/// A program of the package.
pub(crate) fn tool(name: &str) -> PathBuf {
    fetched("alertmanager").join("usr/bin").join(name)
}

/// An Alertmanager alone, or as the one member of a cluster.
pub(crate) fn alertmanager(cluster: &str) -> Server {
    Server::start(&|directory, port| launch(directory, port, cluster))
}

/// The binary reads its template under /usr/share, where an unpacked package is not: it sees the
/// package's files there, in a mount namespace of its own.
fn launch(directory: &Path, port: u16, cluster: &str) -> Command {
    fs::write(directory.join("rules.yaml"), RULES).unwrap();
    let root = String::from_utf8(Command::new("id").arg("-u").output().unwrap().stdout).unwrap();
    let share = tool("prometheus-alertmanager").ancestors().nth(2).unwrap().join("share");
    let script = "mount -t overlay overlay -o lowerdir=\"$0\":/usr/share /usr/share && exec \"$@\"";
    let mut command = Command::new("unshare");
    command
        .arg(if root.trim() == "0" { "-m" } else { "-rm" })
        .args(["sh", "-c", script])
        .arg(share)
        .arg(tool("prometheus-alertmanager"))
        .arg(format!("--config.file={}", directory.join("rules.yaml").display()))
        .arg(format!("--storage.path={}", directory.join("data").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .arg(format!("--cluster.listen-address={cluster}"));
    command
}

/// The gateway with `examples/alertmanager/fishplate.yaml`, before this one.
pub(crate) fn before(backend: &Server) -> Gateway {
    Gateway::start("alertmanager", &[("127.0.0.1:9093", &backend.address)])
}
