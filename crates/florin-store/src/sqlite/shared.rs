//! What the store's threads share: queues, counters and the wake-up of the checkpointer.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Condvar, Mutex};

use rusqlite::Connection;

use super::Options;
use super::queue::Queue;
use super::writer::Job;

/// A read, run by whichever reader is free.
pub(super) type ReadJob = Box<dyn FnOnce(&Connection) + Send>;

/// Size of a page. Bigger than SQLite's default because records are about a kilobyte.
pub(super) const PAGE_BYTES: u64 = 8_192;

/// Shared by all threads of one store.
pub(super) struct Shared {
    pub(super) options: Options,
    pub(super) file: PathBuf,
    pub(super) jobs: Queue<Job>,
    pub(super) reads: Queue<ReadJob>,
    pub(super) counters: Counters,
    pub(super) log: Log,
}

impl Shared {
    pub(super) fn new(options: Options, file: PathBuf) -> Self {
        Self {
            jobs: Queue::new(options.queue, options.queue_bytes),
            reads: Queue::new(options.read_queue, usize::MAX),
            counters: Counters::default(),
            log: Log::default(),
            options,
            file,
        }
    }
}

/// Counted since the store was opened.
#[derive(Default)]
pub(super) struct Counters {
    pub(super) batches: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) commits: AtomicU64,
    pub(super) failures: AtomicU64,
    pub(super) checkpoints: AtomicU64,
}

/// The state of the write-ahead log, as far as checkpoints need it.
#[derive(Default)]
pub(super) struct Log {
    /// Pages in the log, after the last commit.
    pub(super) pages: AtomicU64,
    /// Pages of it that are in the database file as well.
    pub(super) folded: AtomicU64,
    /// Held by whoever checkpoints: SQLite fails the second one instead of waiting.
    pub(super) folding: Mutex<()>,
    pub(super) wanted: Mutex<bool>,
    pub(super) wake: Condvar,
    pub(super) stop: AtomicBool,
}
