//! `fishplate serve`: reads the configuration, starts the listeners, and stops them in order.

use std::fs::File;
use std::io::{self, Write};
use std::num::NonZero;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{banner, check};
use crate::config::Config;
use crate::diagnostic::{self, Diagnostic, Sources};
use crate::gateway::{self, Gateway};
use crate::snapshot::{self, Configured, Finding, Places, Store};
use crate::upstream::Upstream;
use crate::{admin, telemetry};

/// Shown under `--help`.
pub(super) const EXAMPLES: &str = "\
Examples:
  fishplate serve
  fishplate serve --config /etc/fishplate/fishplate.yaml --threads 2
  fishplate check --config fishplate.yaml    says beforehand what is wrong with it

It reloads mappings, contracts and `apis:` when their files change, on SIGHUP, and when the admin
listener is asked to; SIGTERM and Ctrl-C end it when what is in flight has ended, a second one at once.

Exit code: 0 everything in flight ended, 1 something did not or it could not start, 2 misused.";

/// How long exchanges that are cut off have to say so.
const CUT: Duration = Duration::from_millis(100);

/// How long the last word waits for a reader.
const LAST: Duration = Duration::from_secs(1);

/// Arguments of `fishplate serve`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The configuration; every path in it is relative to it
    #[arg(long, value_name = "FILE", default_value = "fishplate.yaml")]
    config: PathBuf,
    /// Threads that serve, one for each core if it is not said; large bodies are translated beside them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=MOST_THREADS))]
    threads: Option<u16>,
}

/// Threads that a machine may have a use for.
const MOST_THREADS: i64 = 1024;

/// Runs the command.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let runtime = reactor(arguments.threads).enable_all().build();
    let runtime = runtime.and_then(|runtime| hear_hangup(&runtime).map(|()| runtime));
    if !arguments.config.try_exists().unwrap_or(true) {
        complain(&banner::without(&arguments.config));
        return ExitCode::FAILURE;
    }
    let loaded = load(&arguments.config);
    let (config, store) = match loaded {
        Ok(loaded) => loaded,
        Err(found) => return check::refuse(&arguments.config, &found),
    };
    let log = match telemetry::start(is_file(&io::stdout())) {
        Ok(log) => log,
        Err(error) => {
            complain(&format!("error: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.and_then(|runtime| {
        let ended = runtime.block_on(serve(config, store));
        // What is cut off says so in the log. A thread that still translates holds nobody up: who
        // waited for it is gone.
        runtime.shutdown_timeout(CUT);
        ended
    });
    let code = match ended {
        Ok(ended) => ended.code(),
        Err(error) => {
            complain(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    };
    log.finish();
    code
}

/// Of so many threads. One alone, as beside a service in a container of one core, needs nobody to hand over to:
/// that costs a sixth of an exchange.
fn reactor(threads: Option<u16>) -> tokio::runtime::Builder {
    let cores = || std::thread::available_parallelism().map_or(1, NonZero::get);
    match threads.map_or_else(cores, usize::from) {
        1 => tokio::runtime::Builder::new_current_thread(),
        threads => {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            builder.worker_threads(threads);
            builder
        }
    }
}

/// Takes SIGHUP, which ends a process that does not ask for it: whoever sends it at a change of the files
/// does not wait for the start.
fn hear_hangup(runtime: &Runtime) -> std::io::Result<()> {
    let _inside = runtime.enter();
    // The process is told for good, whoever listens.
    signal(SignalKind::hangup()).map(drop)
}

/// How serving ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Everything in flight ended.
    Finished,
    /// Something did not within the time for it.
    CutOff,
    /// A second signal did not let it.
    Abandoned,
}

impl Ended {
    /// Says what did not end, and is the exit code.
    pub(super) fn code(self) -> ExitCode {
        match self {
            Self::Finished => return ExitCode::SUCCESS,
            Self::CutOff => {
                last("error: not everything in flight ended within `timeouts.drain`");
            }
            Self::Abandoned => last("error: a second signal ended what was in flight"),
        }
        ExitCode::FAILURE
    }
}

/// Says the last word, and waits for a moment only until somebody reads it: standard error may be
/// the same full pipe as the log.
fn last(text: &'static str) {
    let (done, said) = sync_channel::<()>(1);
    let thread = thread::Builder::new().spawn(move || {
        complain(text);
        drop(done);
    });
    if thread.is_ok() && said.recv_timeout(LAST) == Err(RecvTimeoutError::Timeout) {
        tracing::debug!("nobody reads standard error");
    }
}

pub(super) fn complain(text: &str) {
    // Nobody is left to tell when standard error is gone.
    drop(writeln!(std::io::stderr(), "{text}"));
}

pub(super) fn load(file: &Path) -> Result<(Config, Store), Vec<Finding>> {
    let name = file.display().to_string();
    let text = snapshot::text(file).map_err(|error| vec![unread(&name, &error)])?;
    let mut sources = Sources::default();
    let id = sources.add(&name, &text);
    let directory = file.parent().unwrap_or(Path::new(""));
    let (config, found) = Config::read(&sources, id, directory);
    let config = config.filter(|_| found.is_empty());
    let config = config.ok_or_else(|| Finding::all(&sources, &found))?;
    let (mappings, schemas) = (config.mappings.clone(), config.schemas.clone());
    let places = Places { config: file.to_path_buf(), mappings, schemas };
    let store = Store::open(places, Config::settings)?;
    store.keep(config.generations);
    Ok((config, store))
}

/// A configuration that is not there, or cannot be read.
fn unread(name: &str, error: &std::io::Error) -> Finding {
    let what = format!("the configuration cannot be read: {error}");
    Finding::file(name, &what).help("name the file with `--config`")
}

/// A configuration, read without the files of its APIs.
pub(super) struct Settings {
    pub(super) sources: Sources,
    /// What the process is told, with defaults for what is wrong; `None` where it does not say where
    /// the files are.
    pub(super) config: Option<Config>,
    pub(super) apis: Vec<Configured>,
    pub(super) found: Vec<Diagnostic>,
}

/// Reads a configuration.
pub(super) fn settings(file: &Path) -> Result<Settings, Vec<Finding>> {
    let name = file.display().to_string();
    let text = snapshot::text(file).map_err(|error| vec![unread(&name, &error)])?;
    let mut sources = Sources::default();
    let id = sources.add(&name, &text);
    let directory = file.parent().unwrap_or(Path::new(""));
    let (apis, mut found) = snapshot::apis(&mut sources, id, directory);
    let (config, more) = Config::read(&sources, id, directory);
    found.extend(more);
    // Both have read the same text.
    diagnostic::sort(&mut found);
    Ok(Settings { sources, config, apis, found })
}

async fn serve(config: Config, store: Store) -> std::io::Result<Ended> {
    store.announce();
    let public = bind("listen", &config.listen).await?;
    let admin = match &config.admin {
        Some(address) => Some(bind("admin", address).await?),
        None => None,
    };
    banner::tell(&config, &store);
    serve_on(config, Arc::new(store), (public, admin), CancellationToken::new()).await
}

/// Serves until the process is told to stop, or `draining` is cancelled.
pub(super) async fn serve_on(
    config: Config,
    store: Arc<Store>,
    (public, admin): (TcpListener, Option<TcpListener>),
    draining: CancellationToken,
) -> std::io::Result<Ended> {
    let (stop, at_once) = (CancellationToken::new(), CancellationToken::new());
    let tasks = TaskTracker::new();
    let (nudge, nudged) = mpsc::channel(1);
    // Before anybody is answered, so that who is may stop it as it should be; and to the end: a second
    // signal is heard while what is left comes to its end.
    let heard = TaskTracker::new().spawn(signals(nudge, (draining.clone(), at_once.clone()))?);
    let upstream = Upstream::new(config.upstream);
    let gateway = Arc::new(Gateway::new(Arc::clone(&store), upstream, config.gateway));
    if let Some(listener) = admin {
        let asked = (Arc::clone(&store), Arc::clone(&gateway));
        tasks.spawn(admin::serve(asked, listener, draining.clone(), stop.clone()));
    }
    snapshot::ahead(&store)?;
    tasks.spawn(snapshot::watch(Arc::clone(&store), nudged, stop.clone()));
    let ended = tokio::select! {
        () = at_once.cancelled() => Ended::Abandoned,
        finished = gateway::serve(Arc::clone(&gateway), public, draining) => {
            if finished { Ended::Finished } else { Ended::CutOff }
        }
    };
    if ended != Ended::Finished {
        gateway.cut_off();
    }
    stop.cancel();
    tasks.close();
    let ended = tokio::select! {
        biased;
        () = at_once.cancelled() => Ended::Abandoned,
        () = tasks.wait() => ended,
    };
    heard.abort();
    tracing::info!(in_flight = gateway.in_flight(), uploads = gateway.uploads(), "stopped");
    Ok(ended)
}

async fn bind(what: &str, address: &str) -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        std::io::Error::new(error.kind(), format!("`{what}` {address}: {error}"))
    })?;
    let address = listener.local_addr()?;
    tracing::info!(listener = what, %address, "listening");
    Ok(listener)
}

/// `SIGTERM` and `SIGINT` drain, a second one ends at once; `SIGHUP` reloads.
fn signals(
    nudge: mpsc::Sender<()>,
    (draining, at_once): (CancellationToken, CancellationToken),
) -> std::io::Result<impl Future<Output = ()>> {
    let mut term = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let end = move || {
        let second = draining.is_cancelled();
        if second { at_once.cancel() } else { draining.cancel() }
    };
    Ok(async move {
        loop {
            tokio::select! {
                _ = term.recv() => end(),
                _ = interrupt.recv() => end(),
                _ = hangup.recv() => {
                    if nudge.try_send(()).is_err() {
                        tracing::debug!("a reload is on its way already");
                    }
                }
            }
        }
    })
}

/// Whether what is written there goes to a file; what cannot be known does not.
fn is_file(out: &io::Stdout) -> bool {
    let own = out.as_fd().try_clone_to_owned();
    own.map(File::from).and_then(|own| own.metadata()).is_ok_and(|own| own.is_file())
}
