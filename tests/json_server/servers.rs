//! Both versions of json-server as `tests/run` installed them, with the data of the example, and the
//! gateway before one.

use std::fs;
use std::process::Command;

use super::shared_servers::{Gateway, Server, root, tool};

/// A version of the example.
#[derive(Clone, Copy)]
pub(crate) enum Version {
    /// 0.17.
    V0,
    /// 1.0.
    V1,
}

impl Version {
    fn name(self) -> &'static str {
        match self {
            Self::V0 => "v0",
            Self::V1 => "v1",
        }
    }

    pub(crate) fn start(self) -> Server {
        let program = match self {
            Self::V0 => "lib/cli/bin.js",
            Self::V1 => "lib/bin.js",
        };
        let program = tool("json-server/node_modules").join(self.name()).join(program);
        let data = root().join(format!("examples/json-server/db-{}.json", self.name()));
        Server::start(&|directory, port| {
            fs::copy(&data, directory.join("db.json")).unwrap();
            // In production version 1 wants this.
            fs::create_dir(directory.join("public")).unwrap();
            let mut node = Command::new("node");
            node.current_dir(directory)
                // Else version 1 reads its file again after it has written it, and what came meanwhile
                // would be lost.
                .env("NODE_ENV", "production")
                .arg(&program)
                .args(["--host", "127.0.0.1", "--port", &port.to_string(), "db.json"]);
            node
        })
    }

    /// The gateway of the example before a server of this version.
    pub(crate) fn behind(self, server: &Server) -> Gateway {
        let version = format!("version: {} }}", self.name());
        Gateway::start(
            "json-server",
            &[("127.0.0.1:3000", &server.address), ("version: v1 }", &version)],
        )
    }
}
