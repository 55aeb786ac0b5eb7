//! Connections that wait for their next request, and the limit on how many there are.
//!
//! hyper-util has a pool as well. This one exists because three promises are made that the other cannot keep: a hard
//! limit on connections, closing those that have been idle for a given time, and knowing for certain whether a
//! request was sent.
//!
//! **Invariant:** a connection is in the pool only between answers, when it could take a request at once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::connector::Sender;

pub(super) struct Pool {
    idle_timeout: Duration,
    permits: Arc<Semaphore>,
    state: Mutex<State>,
    weak: Weak<Self>,
}

#[derive(Default)]
struct State {
    /// The one that was used last stands last.
    idle: Vec<Idle>,
    closed: bool,
    is_watched: bool,
}

struct Idle {
    origin: String,
    sender: Sender,
    since: Instant,
}

impl Pool {
    pub(super) fn new(max_connections: usize, idle_timeout: Duration) -> Arc<Self> {
        let permits = max_connections.clamp(1, Semaphore::MAX_PERMITS);
        Arc::new_cyclic(|weak| Self {
            idle_timeout,
            permits: Arc::new(Semaphore::new(permits)),
            state: Mutex::default(),
            weak: weak.clone(),
        })
    }

    /// Waits until one more connection may be in use. It fails once the pool is closed.
    pub(super) async fn permit(&self) -> Result<OwnedSemaphorePermit, AcquireError> {
        Arc::clone(&self.permits).acquire_owned().await
    }

    /// Takes the connection to an origin that was used last and is alive.
    pub(super) fn take(&self, origin: &str) -> Option<Sender> {
        let mut state = self.state();
        state.drop_idle_since(Instant::now(), self.idle_timeout);
        let at = state.idle.iter().rposition(|idle| idle.origin == origin)?;
        Some(state.idle.remove(at).sender)
    }

    /// Keeps a connection for later.
    pub(super) fn put(&self, origin: String, sender: Sender) {
        let mut state = self.state();
        if state.closed || self.idle_timeout.is_zero() {
            return;
        }
        state.idle.push(Idle { origin, sender, since: Instant::now() });
        if !state.is_watched {
            state.is_watched = true;
            tokio::spawn(watch(self.weak.clone(), self.idle_timeout));
        }
    }

    pub(super) fn close_idle(&self, idle_for: Duration) {
        self.state().drop_idle_since(Instant::now(), idle_for);
    }

    pub(super) fn close(&self) {
        self.permits.close();
        let mut state = self.state();
        state.closed = true;
        state.idle.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that holds the lock can leave it half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn drop_idle_since(&mut self, now: Instant, idle_for: Duration) {
        self.idle.retain(|idle| {
            idle.sender.is_ready() && now.saturating_duration_since(idle.since) < idle_for
        });
    }
}

/// Drops connections when their time is over, until there are none.
async fn watch(pool: Weak<Pool>, idle_timeout: Duration) {
    let mut pause = idle_timeout;
    loop {
        tokio::time::sleep(pause).await;
        let Some(pool) = pool.upgrade() else { return };
        let now = Instant::now();
        let mut state = pool.state();
        state.drop_idle_since(now, idle_timeout);
        let Some(oldest) = state.idle.iter().map(|idle| idle.since).min() else {
            state.is_watched = false;
            return;
        };
        pause = idle_timeout.saturating_sub(now.saturating_duration_since(oldest));
    }
}
