//! `fishplate demo`: an old and a new backend in the process, the gateway with the shipped
//! mappings before both, and a tour through it. The backends are `backend`'s, what is shown
//! `tour`'s, how it looks `columns`'s, and what is said of edited files `notices`'s.

mod backend;
mod columns;
mod notices;
mod tour;

use std::io::{Error, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::backend::{Backend, NEW, OLD};
use super::check;
use super::serve::{Ended, complain, load, serve_on};
use crate::json::Value;

/// Examples, behind the help text.
pub(super) const EXAMPLES: &str = "\
Examples:
  fishplate demo           starts, shows the tour, and stays up until Ctrl-C
  fishplate demo --once    ends after the tour

While it is up, edit a file under `mappings/orders`: the next answer is translated by it, or the demo
says what is wrong with it.";

/// Arguments of `fishplate demo`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// End after the tour
    #[arg(long)]
    once: bool,
    /// Directory that has the shipped `mappings` and `schemas`
    #[arg(long, value_name = "DIR", default_value = ".")]
    directory: PathBuf,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    for name in ["mappings/orders", "schemas/orders"] {
        if !arguments.directory.join(name).is_dir() {
            complain(&format!(
                "error: there is no `{name}` in `{}`; run the demo where the repository is, or \
                 name that with --directory",
                arguments.directory.display()
            ));
            return ExitCode::FAILURE;
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime.and_then(|runtime| runtime.block_on(demo(arguments))) {
        Ok(code) => code,
        Err(error) => {
            complain(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Where everything listens.
struct Places {
    gateway: SocketAddr,
    admin: SocketAddr,
    old: SocketAddr,
    new: SocketAddr,
}

async fn demo(arguments: &Arguments) -> Result<ExitCode, Error> {
    let tasks = TaskTracker::new();
    let stop = CancellationToken::new();
    let public = listen("the gateway", 8080).await?;
    let admin = listen("the admin listener", 8081).await?;
    let (old, new) =
        (listen("the old backend", 9001).await?, listen("the new backend", 9002).await?);
    let places = Places {
        gateway: public.local_addr()?,
        admin: admin.local_addr()?,
        old: old.local_addr()?,
        new: new.local_addr()?,
    };
    let (old_backend, new_backend) = (Backend::new(&OLD), Backend::new(&NEW));
    tasks.spawn(old_backend.clone().serve(old, stop.clone()));
    tasks.spawn(new_backend.clone().serve(new, stop.clone()));
    let file = ConfigFile::write(&arguments.directory, &places)?;
    let (config, store) = match load(&file.0) {
        Ok(loaded) => loaded,
        Err(found) => return Ok(check::refuse(&file.0, &found)),
    };
    let draining = CancellationToken::new();
    let store = Arc::new(store);
    tasks.spawn(notices::tell(Arc::clone(&store), stop.clone()));
    let serving = serve_on(config, store, (public, Some(admin)), draining.clone());
    let serving = tasks.spawn(async move { serving.await.is_ok_and(|e| e == Ended::Finished) });
    let shown = tour::run(&places, &arguments.directory, [&old_backend, &new_backend]).await;
    if let Err(error) = &shown {
        complain(&format!("error: the tour failed: {error}"));
    }
    if arguments.once || shown.is_err() {
        draining.cancel();
    } else {
        say("\nIt stays up: try the lines above, edit a mapping, stop with Ctrl-C.");
    }
    let finished = serving.await.unwrap_or(false);
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    Ok(if finished && shown.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints a line.
fn say(line: &str) {
    // A reader that went away misses nothing but the tour.
    drop(writeln!(std::io::stdout(), "{line}"));
}

/// The port that is meant, or another where that is taken.
async fn listen(what: &str, port: u16) -> Result<TcpListener, Error> {
    if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)).await {
        return Ok(listener);
    }
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let other = listener.local_addr()?.port();
    say(&format!("Port {port} is taken: {what} is at {other} instead."));
    Ok(listener)
}

/// The configuration, in a directory that goes with the demo.
struct ConfigFile(PathBuf);

impl ConfigFile {
    fn write(directory: &Path, places: &Places) -> Result<Self, Error> {
        let directory = directory.canonicalize()?;
        let own = std::env::temp_dir().join(format!("fishplate-demo-{}", std::process::id()));
        std::fs::create_dir_all(&own)?;
        let file = own.join("fishplate.yaml");
        let quoted = |name| Value::string(&directory.join(name).display().to_string());
        let text = format!(
            "listen: {}
admin: {}
mappings: {}
schemas: {}
apis:
  orders:
    version:
      from: [{{ header: X-Api-Version }}, {{ path: \"/{{version}}\" }}]
      default: \"{}\"
    backends:
      orders-old: {{ url: \"http://{}\", version: \"{}\" }}
      orders-new: {{ url: \"http://{}\", version: \"{}\" }}
    route:
      - {{ operations: [\"GET /orders/{{id}}\"], to: orders-old }}
      - {{ to: orders-new }}
",
            places.gateway,
            places.admin,
            quoted("mappings"),
            quoted("schemas"),
            OLD.version,
            places.old,
            OLD.version,
            places.new,
            NEW.version,
        );
        std::fs::write(&file, text)?;
        Ok(Self(file))
    }
}

impl Drop for ConfigFile {
    fn drop(&mut self) {
        if let Some(own) = self.0.parent() {
            drop(std::fs::remove_dir_all(own));
        }
    }
}
