//! Programs before they are asked for: what the routes of the generation in force can reach is made
//! by a thread of its own, so that first requests need not wait. It answers nothing, and nobody
//! waits for it.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::{Api, Route, Snapshot, Store, Way};
use crate::version::ApiVersion;

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
        routes.flat_map(|route| {
            let own = self.versions().get(route.version);
            let rule =
                own.and_then(|own| self.config.rule(own, Some(route.method), route.template));
            let backends = rule.into_iter().flat_map(|rule| self.config.reached(rule));
            let mut versions: Vec<_> =
                backends.filter_map(|backend| self.version(backend.version.as_str())).collect();
            versions.sort_unstable();
            versions.dedup();
            versions.retain(|to| *to != route.version);
            versions.into_iter().map(move |to| (route, Way { from: route.version, to }))
        })
    }

    /// The versions of a client and of the backend that a route leads it to, where they are two.
    pub(super) fn needs_mapping(&self) -> Option<(&str, &str)> {
        let name = |at: usize| self.versions().get(at).map(ApiVersion::as_str);
        self.reachable().find_map(|(_, way)| Some((name(way.from)?, name(way.to)?)))
    }

    /// How much of what its routes can reach is made.
    pub fn programs(&self) -> Programs {
        let mut programs = Programs::default();
        for (route, way) in self.reachable() {
            programs.reachable = programs.reachable.saturating_add(1);
            if self.engine.is_made(&route, way) {
                programs.made = programs.made.saturating_add(1);
            }
        }
        programs
    }
}

/// Begins to make the programs of the generation in force, and of each one after it until the store
/// is gone.
pub fn ahead(store: &Store) -> io::Result<()> {
    let news = Arc::new(News::default());
    let told = Arc::clone(&news);
    thread::Builder::new().name(String::from("ahead")).spawn(move || follow(&told))?;
    store.tell(Listener(news));
    Ok(())
}

/// Who is told of each generation that is published, until this is dropped.
#[derive(Debug)]
pub(super) struct Listener(Arc<News>);

impl Listener {
    /// The newest generation takes the place of one that was not looked at yet: none is held for
    /// nothing, however fast they come.
    pub(super) fn tell(&self, snapshot: Arc<Snapshot>) {
        self.0.state().newest = Some(snapshot);
        self.0.told.notify_one();
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.state().over = true;
        self.0.told.notify_one();
    }
}

/// What the thread does not know yet.
#[derive(Debug, Default)]
struct News {
    state: Mutex<Unknown>,
    told: Condvar,
}

#[derive(Debug, Default)]
struct Unknown {
    newest: Option<Arc<Snapshot>>,
    /// There will be no more.
    over: bool,
}

impl News {
    fn state(&self) -> MutexGuard<'_, Unknown> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next generation; `None`: there will be none.
    fn next(&self) -> Option<Arc<Snapshot>> {
        let state = self.told.wait_while(self.state(), |s| s.newest.is_none() && !s.over);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        if state.over { None } else { state.newest.take() }
    }

    fn is_any(&self) -> bool {
        let state = self.state();
        state.over || state.newest.is_some()
    }
}

fn follow(news: &News) {
    while let Some(snapshot) = news.next() {
        make(&snapshot, news);
    }
}

/// Makes the programs of a generation, until there is news.
fn make(snapshot: &Snapshot, news: &News) {
    let all = snapshot.apis.iter().flat_map(|api| api.reachable().map(move |one| (api, one)));
    for (api, (route, way)) in all.take(MOST) {
        if news.is_any() {
            return;
        }
        #[expect(clippy::disallowed_types, reason = "a thread sleeps by the clock of the machine")]
        let began = std::time::Instant::now();
        // Where a request decides between several, the first is made.
        let pairs = api.first_pairs(&route, way);
        drop(api.course(&route, way, &pairs));
        // Half the time of one core at most: those who serve go first.
        thread::sleep(began.elapsed());
    }
}
