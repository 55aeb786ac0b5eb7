//! The embedded store: SQLite with one writer, a few readers and a checkpointer, each on a thread of its own.
//!
//! **Invariant:** one process per data folder; one writer per process; whoever is answered has been synced to the disk.
//!
//! Choices that aren't obvious:
//! - `synchronous = FULL`: every commit is one fsync of the log. The group commit pays for it, not the durability.
//! - no memory map: an error of the disk in a mapped page kills the process instead of failing a read.
//! - `temp_store = MEMORY`: no temporary file with records outside the data folder.
//! - `secure_delete = FAST`: deleted content is overwritten in pages that are written anyway. Secrets are sealed before
//!   they get here, so pages need not be written for this alone.

mod apply;
mod checkpoint;
mod queue;
mod reader;
mod rows;
mod schema;
mod shared;
mod writer;

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use tokio::sync::oneshot;

use self::queue::Refused;
use self::shared::{PAGE_BYTES, Shared};
use self::writer::{Job, Reply, Writer};
use crate::contract::{
    Batch, CommitError, Key, MAX_BATCH_BYTES, Page, Query, ReadError, Record, Stats, Store,
    StoreFuture, Table, Work, WorkKind,
};
use crate::owner_only;

/// Prepared statements per connection: all fixed ones, and the usual queries.
const STATEMENTS: usize = 160;

/// Bounds and sizes. The defaults suit one busy machine.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Batches and claims that may wait for the writer; more are refused as busy.
    pub queue: usize,
    /// Bytes of waiting batches; more are refused as busy.
    pub queue_bytes: usize,
    /// Batches and claims in one transaction, at most.
    pub group: usize,
    /// Bytes in one transaction, at most (and one batch).
    pub group_bytes: usize,
    /// Threads that read.
    pub readers: usize,
    /// Reads that may wait; more are refused as busy.
    pub read_queue: usize,
    /// Page cache of the writer, and of each reader, in KiB.
    pub cache_kib: u32,
    /// A passive checkpoint is made when the log has grown by this much.
    pub checkpoint_at_bytes: u64,
    /// A passive checkpoint is made at least this often while there are commits.
    pub checkpoint_every: Duration,
    /// The log is started over when it is larger than this. The file keeps about this size until a flush or a shutdown.
    pub restart_at_bytes: u64,
    /// How long to wait for another program that holds the database (a backup, an administrator's shell).
    pub busy_timeout: Duration,
    /// The database's size, at most. Beyond it commits fail, and the store goes on.
    pub max_bytes: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            queue: 4_096,
            queue_bytes: 64 << 20,
            group: 512,
            group_bytes: 8 << 20,
            readers: 2,
            read_queue: 4_096,
            cache_kib: 32 << 10,
            checkpoint_at_bytes: 32 << 20,
            checkpoint_every: Duration::from_secs(5),
            restart_at_bytes: 64 << 20,
            busy_timeout: Duration::from_secs(5),
            max_bytes: None,
        }
    }
}

/// Why a data folder could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process has the folder open.
    #[error("{} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// The database was written by a newer version of this program.
    #[error(
        "the database has schema version {found}, this program knows {supported}: use a newer one"
    )]
    Newer {
        /// The version found.
        found: i64,
        /// The newest version this program knows.
        supported: usize,
    },
    /// A file could not be created or opened.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// SQLite refused.
    #[error("the database can't be opened: {0}")]
    Database(String),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.to_string())
    }
}

/// The embedded store. Dropping it commits what is queued and waits for that.
pub struct SqliteStore {
    shared: Arc<Shared>,
    threads: Mutex<Option<Threads>>,
    /// Held for as long as the store is open.
    _lock: File,
}

struct Threads {
    readers: Vec<JoinHandle<()>>,
    checkpointer: JoinHandle<()>,
    writer: JoinHandle<()>,
}

impl SqliteStore {
    /// Opens the store in a folder, which is created if it is missing, and brings its schema up to date.
    ///
    /// Blocks: call it before serving, or on a thread for blocking work.
    pub fn open(dir: &Path, options: Options) -> Result<Self, OpenError> {
        owner_only::create_dir(dir).map_err(|source| at(dir, source))?;
        let lock = lock(dir)?;
        let file = dir.join("florin.db");
        // SQLite gives its other files the permissions of this one.
        let created = owner_only::options().append(true).create(true).open(&file);
        created.map_err(|source| at(&file, source))?;

        let mut db = connect(&file, OpenFlags::SQLITE_OPEN_READ_WRITE, &options)?;
        configure_writer(&db, &options)?;
        schema::migrate(&mut db)?;
        owner_only::sync_dir(dir).map_err(|source| at(dir, source))?;

        let shared = Arc::new(Shared::new(options, file.clone()));
        checkpoint::watch(&mut db, &shared)?;
        let mut readers = Vec::new();
        for number in 0..options.readers.max(1) {
            let db = connect(&file, OpenFlags::SQLITE_OPEN_READ_ONLY, &options)?;
            db.pragma_update(None, "query_only", true)?;
            let shared = Arc::clone(&shared);
            readers.push(spawn(dir, &format!("store-read-{number}"), move || {
                reader::run(&db, &shared);
            })?);
        }
        let checkpoints = connect(&file, OpenFlags::SQLITE_OPEN_READ_WRITE, &options)?;
        checkpoints.pragma_update(None, "synchronous", "FULL")?;
        checkpoints.pragma_update(None, "wal_autocheckpoint", 0)?;
        let checkpointer = spawn(dir, "store-fold", {
            let shared = Arc::clone(&shared);
            move || checkpoint::run(&checkpoints, &shared)
        })?;
        let writer = Writer::new(db, Arc::clone(&shared));
        let writer = spawn(dir, "store-write", move || writer.run())?;
        let threads = Mutex::new(Some(Threads { readers, checkpointer, writer }));
        Ok(Self { shared, threads, _lock: lock })
    }

    /// Queues a job for the writer; the future waits for its answer.
    fn ask<T: Send + 'static>(
        &self,
        bytes: usize,
        job: impl FnOnce(Reply<T>) -> Job,
    ) -> StoreFuture<T, CommitError> {
        let (reply, answer) = oneshot::channel();
        let pushed = self.shared.jobs.push(job(reply), bytes);
        Box::pin(async move {
            match pushed {
                Ok(()) => answer.await.unwrap_or_else(|_| Err(lost())),
                Err(Refused::Full) => Err(CommitError::Busy),
                Err(Refused::Closed) => Err(CommitError::Closed),
            }
        })
    }

    /// Queues a read; the future waits for its answer.
    fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> StoreFuture<T, ReadError> {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(move |db: &Connection| _ = reply.send(read(db)));
        let pushed = self.shared.reads.push(job, 0);
        Box::pin(async move {
            match pushed {
                Ok(()) => match answer.await {
                    Ok(result) => result.map_err(|error| ReadError::Failed(error.to_string())),
                    Err(_) => Err(ReadError::Failed("the reader is gone".into())),
                },
                Err(Refused::Full) => Err(ReadError::Busy),
                Err(Refused::Closed) => Err(ReadError::Closed),
            }
        })
    }
}

impl Store for SqliteStore {
    fn commit(&self, mut batch: Batch) -> StoreFuture<(), CommitError> {
        if batch.is_empty() {
            return Box::pin(async { Ok(()) });
        }
        let bytes = batch.weight();
        if bytes > MAX_BATCH_BYTES {
            return Box::pin(async { Err(CommitError::TooLarge) });
        }
        batch.arrange();
        self.ask(bytes, |reply| Job::Commit { batch, reply })
    }

    fn get(&self, key: Key) -> StoreFuture<Option<Record>, ReadError> {
        self.read(move |db| reader::get(db, &key))
    }

    fn find(&self, query: Query) -> StoreFuture<Page, ReadError> {
        self.read(move |db| reader::find(db, &query))
    }

    fn scan(
        &self,
        table: Table,
        after: Option<Key>,
        limit: u32,
    ) -> StoreFuture<Vec<Record>, ReadError> {
        self.read(move |db| reader::scan(db, table, after.as_ref(), limit))
    }

    fn claim_due(
        &self,
        kind: WorkKind,
        now_ms: i64,
        lease_ms: i64,
        limit: u32,
    ) -> StoreFuture<Vec<Work>, CommitError> {
        self.ask(0, |reply| Job::Claim { kind, now_ms, lease_ms, limit, reply })
    }

    fn next_due(&self, kind: WorkKind) -> StoreFuture<Option<i64>, ReadError> {
        self.read(move |db| reader::next_due(db, kind))
    }

    fn stats(&self) -> Stats {
        let size = |path: &Path| path.metadata().map_or(0, |data| data.len());
        let mut log = self.shared.file.clone().into_os_string();
        log.push("-wal");
        let wal_bytes = size(Path::new(&log));
        let counters = &self.shared.counters;
        Stats {
            queue_depth: self.shared.jobs.len() as u64,
            batches: counters.batches.load(Relaxed),
            refused: counters.refused.load(Relaxed),
            commits: counters.commits.load(Relaxed),
            failures: counters.failures.load(Relaxed),
            checkpoints: counters.checkpoints.load(Relaxed),
            bytes: size(&self.shared.file) + wal_bytes,
            wal_bytes,
        }
    }

    fn flush(&self) -> StoreFuture<(), CommitError> {
        let (reply, answer) = oneshot::channel();
        let pushed = self.shared.jobs.push_control(Job::Fold { reply: Some(reply) });
        Box::pin(async move {
            pushed.map_err(|_| CommitError::Closed)?;
            answer.await.unwrap_or_else(|_| Err(lost()))
        })
    }

    fn close(&self) -> StoreFuture<(), CommitError> {
        let flushed = self.flush();
        self.shared.jobs.close();
        self.shared.reads.close();
        flushed
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        let threads = self.threads.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        let Some(threads) = threads else { return };
        // The writer last: it empties the log, which nobody may be using.
        self.shared.reads.close();
        checkpoint::stop(&self.shared);
        for thread in threads.readers.into_iter().chain([threads.checkpointer]) {
            _ = thread.join();
        }
        self.shared.jobs.close();
        _ = threads.writer.join();
    }
}

fn lost() -> CommitError {
    CommitError::Failed("the writer is gone".into())
}

fn at(path: &Path, source: io::Error) -> OpenError {
    OpenError::File { path: path.to_owned(), source }
}

/// Takes the folder for this process. The lock ends with the process, however that ends.
fn lock(dir: &Path) -> Result<File, OpenError> {
    let path = dir.join("florin.lock");
    let file = owner_only::options().append(true).create(true).open(&path);
    let file = file.map_err(|source| at(&path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(dir.to_owned())),
        Err(TryLockError::Error(source)) => Err(at(&path, source)),
    }
}

fn connect(file: &Path, access: OpenFlags, options: &Options) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(file, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(options.busy_timeout)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    db.pragma_update(None, "temp_store", "MEMORY")?;
    db.pragma_update(None, "mmap_size", 0)?;
    db.pragma_update(None, "trusted_schema", false)?;
    db.pragma_update(None, "cache_size", -i64::from(options.cache_kib))?;
    Ok(db)
}

fn configure_writer(db: &Connection, options: &Options) -> rusqlite::Result<()> {
    // Takes effect in a new database only, and only before the journal mode is set.
    db.pragma_update(None, "page_size", PAGE_BYTES)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "wal_autocheckpoint", 0)?;
    db.pragma_update(None, "secure_delete", "FAST")?;
    if let Some(bytes) = options.max_bytes {
        db.pragma_update(None, "max_page_count", bytes.div_ceil(PAGE_BYTES))?;
    }
    Ok(())
}

fn spawn(
    dir: &Path,
    name: &str,
    run: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<()>, OpenError> {
    thread::Builder::new().name(name.into()).spawn(run).map_err(|source| at(dir, source))
}
