//! Programs before they are asked for: what the routes of the generation in force can reach is made
//! by a thread of its own, so that first requests need not wait. It answers nothing, and nobody
//! waits for it.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread;

use super::{Api, Route, Snapshot, Store, Way};

/// Operations whose programs are made ahead at most, of all APIs together: programs are held as
/// long as their generation.
const MOST: usize = 2_000;

/// What is made ahead of an API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Programs {
    /// Operations that clients of another version than the backend's can reach.
    pub reachable: usize,
    /// Those of them whose programs are made.
    pub made: usize,
}

impl Api {
    /// The operations that routes lead to a backend of another version, for each client version.
    fn reachable(&self) -> impl Iterator<Item = (Route<'_>, Way)> {
        let routes = self.routers.iter().flat_map(super::route::Router::routes);
        routes.filter_map(|route| {
            let own = self.versions().get(route.version)?;
            let backend = self.config.backend(own, Some(route.method), route.template)?;
            let to = self.version(backend.version.as_str())?;
            (to != route.version).then_some((route, Way { from: route.version, to }))
        })
    }

    /// How much of what its routes can reach is made.
    pub fn programs(&self) -> Programs {
        let mut programs = Programs::default();
        for (route, way) in self.reachable() {
            programs.reachable = programs.reachable.saturating_add(1);
            if self.made(&route, way).is_some() {
                programs.made = programs.made.saturating_add(1);
            }
        }
        programs
    }
}

/// Begins to make the programs of the generation in force, and of each one after it until the store
/// is gone.
pub fn ahead(store: &Store) -> io::Result<()> {
    let (sender, news) = channel();
    thread::Builder::new().name(String::from("ahead")).spawn(move || follow(&news))?;
    store.tell(sender);
    Ok(())
}

/// Who is told of each generation that is published.
pub(super) type Listener = Sender<Arc<Snapshot>>;

fn follow(news: &Receiver<Arc<Snapshot>>) {
    let mut next = news.recv().ok();
    while let Some(snapshot) = next {
        next = match make(&snapshot, news) {
            Ok(()) => news.recv().ok(),
            Err(news) => news,
        };
    }
}

/// Makes the programs of a generation, unless there is news: another one, or the end.
fn make(snapshot: &Snapshot, news: &Receiver<Arc<Snapshot>>) -> Result<(), Option<Arc<Snapshot>>> {
    let all = snapshot.apis.iter().flat_map(|api| api.reachable().map(move |one| (api, one)));
    for (api, (route, way)) in all.take(MOST) {
        match news.try_recv() {
            Ok(newer) => return Err(Some(newer)),
            Err(TryRecvError::Disconnected) => return Err(None),
            Err(TryRecvError::Empty) => {}
        }
        #[expect(clippy::disallowed_types, reason = "a thread sleeps by the clock of the machine")]
        let began = std::time::Instant::now();
        drop(api.course(&route, way));
        // Half the time of one core at most: those who serve go first.
        thread::sleep(began.elapsed());
    }
    Ok(())
}
