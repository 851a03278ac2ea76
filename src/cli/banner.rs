//! What `serve` says before it serves: what is served where, or, without a configuration, what to
//! write. It decides nothing.

use std::path::Path;

use crate::config::Config;
use crate::snapshot::{Api, Store};

/// The least that serves something.
const CONFIGURATION: &str = "\
listen: 127.0.0.1:8080
admin: 127.0.0.1:8081
apis:
  orders:
    version: { from: [{ header: X-Api-Version }], default: v1 }
    backends:
      main: { url: \"http://127.0.0.1:9000\", version: v2 }
";

/// What it needs beside it.
const MAPPING: &str = "\
mapping: 1
api: orders
from: v1
to: v2
operations:
  GET /orders/{id}:
    response: { fields: { body.customer: body.buyer } }
";

/// What is written where there is no configuration yet.
pub(super) fn without(file: &Path) -> String {
    let place = std::path::absolute(file).unwrap_or_else(|_| file.to_path_buf());
    let directory = place.parent().unwrap_or(Path::new("")).display();
    let indented = |text: &str| {
        let lines: Vec<_> = text.lines().map(|line| format!("    {line}")).collect();
        lines.join("\n")
    };
    let (configuration, mapping) = (indented(CONFIGURATION), indented(MAPPING));
    format!(
        "error: there is no configuration at {}

It says where clients connect, and which backend speaks which version of an API. To begin with, make

    mkdir -p {directory}/mappings/orders {directory}/schemas

and write to {}

{configuration}

and what differs between two versions to {directory}/mappings/orders/v2.yaml

{mapping}

Then clients of v1 see a member `customer` where the backend at 127.0.0.1:9000 has `buyer`, and all else
passes. Contracts, which prove a mapping, are {directory}/schemas/orders/<version>.yaml; `fishplate check`
says what is wrong. Another file is named by `--config FILE`; `fishplate demo` shows it all without any.",
        place.display(),
        place.display(),
    )
}

/// Tells the log what is served where.
pub(super) fn tell(config: &Config, store: &Store) {
    let snapshot = store.current();
    for api in &snapshot.apis {
        serving(api);
    }
    let (version, generation) = (env!("CARGO_PKG_VERSION"), snapshot.generation);
    let (warnings, apis) = (snapshot.warnings().count(), snapshot.apis.len());
    let admin = config.admin.as_deref().unwrap_or("none");
    tracing::info!(version, generation, apis, warnings, admin, "serving");
}

fn serving(api: &Api) {
    let or = |text: String, none: &str| if text.is_empty() { none.to_owned() } else { text };
    let versions: Vec<_> = api.versions().iter().map(|version| version.as_str()).collect();
    let backends = api.config.backends.iter().map(|backend| {
        let (name, target) = (&backend.name, &backend.target);
        format!(
            "{name} http://{}{} ({})",
            target.authority(),
            target.base(),
            backend.version.as_str()
        )
    });
    let (backends, versions) = (backends.collect::<Vec<_>>().join(", "), versions.join(", "));
    let hosts = or(api.config.hosts.join(", "), "all");
    let prefix = or(api.config.prefix.to_string(), "/");
    // As it is written: that is how a client says a version.
    let said = api.setting("version").unwrap_or("{}");
    let (api, warnings) = (&*api.config.name, api.warnings.len());
    tracing::info!(api, hosts, prefix, versions, said, backends, warnings, "serving an API");
}
