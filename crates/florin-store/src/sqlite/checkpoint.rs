//! Folds the write-ahead log into the database, beside the commits.
//!
//! **Invariant:** the log stays near [`restart_at_bytes`](super::Options::restart_at_bytes), whatever the load: passive
//! checkpoints never wait for anybody, and when they don't keep up, the writer folds in the rest between two groups.
//!
//! Under load the log is started over in place. Truncating it would make the commits after it allocate the file
//! anew: on one cloud disk that cost a third of the throughput and doubled the 99th percentile of the wait. A flush and a
//! shutdown truncate.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use rusqlite::Connection;

use super::shared::{PAGE_BYTES, Shared};
use super::writer::Job;

/// How long commits may wait for readers when the log is started over in passing.
const PATIENCE: Duration = Duration::from_millis(20);

/// Notes the size of the log after each commit and wakes the checkpointer when there is enough to do.
pub(super) fn watch(db: &mut Connection, shared: &Arc<Shared>) -> rusqlite::Result<()> {
    let shared = Arc::clone(shared);
    db.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
        let log = &shared.log;
        let pages = u64::try_from(pages).unwrap_or(0);
        if pages < log.pages.swap(pages, Relaxed) {
            // The log started over.
            log.folded.store(0, Relaxed);
        }
        let fresh = pages.saturating_sub(log.folded.load(Relaxed));
        if fresh * PAGE_BYTES >= shared.options.checkpoint_at_bytes {
            wake(&shared);
        }
        Ok(())
    }))
}

/// Asks the checkpointer to look now.
pub(super) fn wake(shared: &Shared) {
    let mut wanted = shared.log.wanted.lock().unwrap_or_else(PoisonError::into_inner);
    if !*wanted {
        *wanted = true;
        shared.log.wake.notify_one();
    }
}

/// The checkpointer's thread: until [`Log::stop`](super::shared::Log::stop).
pub(super) fn run(db: &Connection, shared: &Shared) {
    let log = &shared.log;
    while !log.stop.load(Acquire) {
        let wanted = log.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        let interval = shared.options.checkpoint_every;
        let (mut wanted, _) = log
            .wake
            .wait_timeout_while(wanted, interval, |wanted| !*wanted)
            .unwrap_or_else(PoisonError::into_inner);
        *wanted = false;
        drop(wanted);
        if log.stop.load(Acquire) || log.pages.load(Relaxed) == log.folded.load(Relaxed) {
            continue;
        }
        match passive(db, shared) {
            Ok(pages) if pages * PAGE_BYTES >= shared.options.restart_at_bytes => {
                _ = shared.jobs.push_control(Job::Fold { reply: None });
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "a checkpoint failed"),
        }
    }
}

/// Ends the checkpointer's thread.
pub(super) fn stop(shared: &Shared) {
    shared.log.stop.store(true, Release);
    wake(shared);
}

/// Folds in what can be folded without waiting. Returns the pages in the log.
fn passive(db: &Connection, shared: &Shared) -> rusqlite::Result<u64> {
    let _folding = shared.log.folding.lock().unwrap_or_else(PoisonError::into_inner);
    let (pages, folded) = db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
        Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
    })?;
    shared.log.folded.store(u64::try_from(folded).unwrap_or(0), Relaxed);
    shared.counters.checkpoints.fetch_add(1, Relaxed);
    Ok(u64::try_from(pages).unwrap_or(0))
}

/// Folds in everything, so that the log starts over. For the writer only: nobody writes meanwhile. With `insist`, waits
/// for readers and truncates the file; otherwise gives up soon when readers are in the way.
pub(super) fn fold(db: &Connection, shared: &Shared, insist: bool) -> rusqlite::Result<()> {
    let _folding = shared.log.folding.lock().unwrap_or_else(PoisonError::into_inner);
    let (text, patience) = if insist {
        ("PRAGMA wal_checkpoint(TRUNCATE)", shared.options.busy_timeout)
    } else {
        ("PRAGMA wal_checkpoint(RESTART)", PATIENCE)
    };
    db.busy_timeout(patience)?;
    let result = db.query_row(text, [], |row| row.get::<_, bool>(0));
    db.busy_timeout(shared.options.busy_timeout)?;
    let busy = result?;
    if !busy {
        shared.log.pages.store(0, Relaxed);
        shared.log.folded.store(0, Relaxed);
        shared.counters.checkpoints.fetch_add(1, Relaxed);
    }
    if busy && insist {
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
        return Err(rusqlite::Error::SqliteFailure(code, Some("a reader is in the way".into())));
    }
    Ok(())
}
