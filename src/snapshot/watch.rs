//! Notices changes of the files and reloads: directory watch, a look at the content now and then
//! as a fallback, and whoever asks. It decides nothing about what is loaded.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;

use super::{Reloaded, Store};

/// How long files must be quiet before they are read: editors and copies write in pieces.
const QUIET: Duration = Duration::from_millis(100);
/// How long one waits for quiet at most.
const IMPATIENCE: Duration = Duration::from_secs(2);
/// How often the content is looked at without a sign of change.
const LOOK: Duration = Duration::from_secs(5);

/// Whose turn it is to reload.
#[derive(Clone, Debug, Default)]
pub(super) struct Turn(Arc<Mutex<()>>);

impl Store {
    /// Reads the files again and compiles what changed, beside the threads that serve and one
    /// reload at a time: who comes second waits without holding a thread. One that has begun ends
    /// even if nobody waits for it any more.
    pub async fn reload(self: &Arc<Self>) -> Result<Reloaded, JoinError> {
        let turn = Arc::clone(&self.turn.0).lock_owned().await;
        let store = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            store.renew()
        })
        .await
    }
}

/// Watches until it is cancelled. `nudge` asks for a reload.
pub async fn watch(store: Arc<Store>, mut nudge: mpsc::Receiver<()>, stop: CancellationToken) {
    let (sender, mut events) = mpsc::channel(1);
    let mut watcher = start(sender);
    let unseen = watcher.as_mut().map(|watcher| follow(watcher, &store));
    for (directory, error) in unseen.into_iter().flatten() {
        let directory = directory.display();
        tracing::warn!(%directory, reason = %error, "a directory cannot be watched");
    }
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    // The first tick comes at once.
    look.tick().await;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            Some(()) = events.recv() => {
                settle(&mut events).await;
            }
            Some(()) = nudge.recv() => {}
            _ = look.tick() => {}
        }
        // A directory may be another one by now, or a link lead into another one, also where no
        // watch sees that: the link itself may be anywhere. What cannot be watched is looked at now
        // and then.
        drop(watcher.as_mut().map(|watcher| follow(watcher, &store)));
        if let Err(error) = store.reload().await {
            tracing::error!(reason = %error, "reload failed");
        }
    }
}

/// Waits until nothing has happened for a moment.
async fn settle(events: &mut mpsc::Receiver<()>) {
    let quiet =
        async { while let Ok(Some(())) = tokio::time::timeout(QUIET, events.recv()).await {} };
    // Files that never rest are read as they are; what is half written stays out by its errors.
    if tokio::time::timeout(IMPATIENCE, quiet).await.is_err() {
        tracing::debug!("files keep changing");
    }
}

fn start(sender: mpsc::Sender<()>) -> Option<RecommendedWatcher> {
    let changed = move |event: notify::Result<notify::Event>| {
        // Reading the files is an event too, and must not cause the next reading. A full channel
        // has the news already.
        if event.is_ok_and(|e| !e.kind.is_access()) && sender.try_send(()).is_err() {
            tracing::trace!("a change is known already");
        }
    };
    match notify::recommended_watcher(changed) {
        Ok(watcher) => Some(watcher),
        Err(error) => {
            tracing::warn!(reason = %error, "directories cannot be watched; looking now and then");
            None
        }
    }
}

/// Watches the directories as they are now; gives those that cannot be. One that is watched already
/// stays so.
fn follow(watcher: &mut RecommendedWatcher, store: &Store) -> Vec<(PathBuf, notify::Error)> {
    let places = store.places();
    let parent = places.config.parent().filter(|p| !p.as_os_str().is_empty());
    let config = (parent.unwrap_or(Path::new(".")), RecursiveMode::NonRecursive);
    let mappings = (&*places.mappings, RecursiveMode::Recursive);
    let schemas = (&*places.schemas, RecursiveMode::Recursive);
    let current = store.current();
    let beside: Vec<_> = current.apis.iter().filter_map(|api| places.beside(api)).collect();
    // To watch one again by another mode would end its watch of what is beneath.
    let beneath = |own: &Path| own.starts_with(mappings.0) || own.starts_with(schemas.0);
    let beside = beside.iter().filter(|own| **own != config.0 && !beneath(own));
    let beside = beside.map(|own| (&**own, RecursiveMode::NonRecursive));
    let all = [config, mappings, schemas].into_iter().chain(beside);
    all.filter(|(directory, _)| directory.exists())
        .filter_map(|(directory, mode)| {
            Some((directory.to_path_buf(), watcher.watch(directory, mode).err()?))
        })
        .collect()
}
