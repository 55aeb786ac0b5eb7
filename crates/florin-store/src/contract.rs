//! The store contract: records, batches, work and the [`Store`] trait.
//!
//! **Invariant:** a batch is applied all or not at all, and a caller is answered only when its batch is durable. The
//! suite in `tests/` states the rest of the contract and runs on every implementation.

mod batch;
mod record;
mod work;

use std::pin::Pin;

pub use self::batch::Batch;
pub(crate) use self::batch::{RecordOp, WorkOp};
pub use self::record::{Index, Key, Record, Table};
pub use self::work::{Work, WorkId, WorkKind};

/// The most records or work items that one call returns; larger limits are cut to it.
pub const MAX_LIMIT: u32 = 1_000;

/// The most bytes that the bodies of one batch may hold.
pub const MAX_BATCH_BYTES: usize = 16 << 20;

/// What every method of [`Store`] returns. It borrows nothing, so it can be spawned.
pub type StoreFuture<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'static>>;

/// Which page is first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Highest `sort` first.
    #[default]
    NewestFirst,
    /// Lowest `sort` first.
    OldestFirst,
}

/// Asks for the records of one owner that match every filter that is set.
///
/// Equal `sort`s come in the order of their inserts (or its reverse). Filters are fast on the payment tables (payment,
/// refund, token, session) and read all of the owner's records on the small ones.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Query {
    /// The kind of record.
    pub table: Table,
    /// The owner.
    pub owner: Box<str>,
    /// Equals [`Index::reference`].
    pub reference: Option<String>,
    /// Equals [`Index::parent`].
    pub parent: Option<String>,
    /// Equals [`Index::lookup`].
    pub lookup: Option<String>,
    /// Equals [`Index::extra`].
    pub extra: Option<String>,
    /// Equals [`Index::order`].
    pub order: Option<i64>,
    /// Newest or oldest first.
    pub direction: Direction,
    /// How many matches to skip.
    pub offset: u64,
    /// How many matches to return, at most [`MAX_LIMIT`].
    pub limit: u32,
}

impl Query {
    /// All records of an owner: newest first, 100 a page.
    pub fn new(table: Table, owner: impl Into<Box<str>>) -> Self {
        Self {
            table,
            owner: owner.into(),
            reference: None,
            parent: None,
            lookup: None,
            extra: None,
            order: None,
            direction: Direction::NewestFirst,
            offset: 0,
            limit: 100,
        }
    }

    /// Only records with this reference.
    pub fn reference(mut self, value: impl Into<String>) -> Self {
        self.reference = Some(value.into());
        self
    }

    /// Only records of this parent.
    pub fn parent(mut self, value: impl Into<String>) -> Self {
        self.parent = Some(value.into());
        self
    }

    /// Only the record with this fingerprint.
    pub fn lookup(mut self, value: impl Into<String>) -> Self {
        self.lookup = Some(value.into());
        self
    }

    /// Only records with this second id.
    pub fn extra(mut self, value: impl Into<String>) -> Self {
        self.extra = Some(value.into());
        self
    }

    /// Only records with this order number.
    pub fn order(mut self, value: i64) -> Self {
        self.order = Some(value);
        self
    }

    /// Lowest `sort` first.
    pub fn oldest_first(mut self) -> Self {
        self.direction = Direction::OldestFirst;
        self
    }

    /// Skips `offset` matches and returns at most `limit`.
    pub fn page(mut self, offset: u64, limit: u32) -> Self {
        self.offset = offset;
        self.limit = limit;
        self
    }
}

/// A page of matches, and how many matches there are on all pages. Both are of one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// All matches.
    pub total: u64,
    /// The matches of this page.
    pub records: Vec<Record>,
}

/// What a store can say about itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Batches and claims waiting for the writer.
    pub queue_depth: u64,
    /// Batches committed since the store was opened.
    pub batches: u64,
    /// Batches refused: duplicate, conflict, gone.
    pub refused: u64,
    /// Transactions that wrote, each made durable by one fsync.
    pub commits: u64,
    /// Transactions that failed on the disk.
    pub failures: u64,
    /// Checkpoints of the write-ahead log.
    pub checkpoints: u64,
    /// Size of the store's files, write-ahead log included.
    pub bytes: u64,
    /// Size of the write-ahead log.
    pub wal_bytes: u64,
}

/// Why a batch was not committed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// A record with this key exists. Nothing was changed.
    #[error("{0} exists already")]
    Duplicate(Key),
    /// The record named here, of the same table and owner, has the same [`Index::lookup`]. Nothing was changed.
    #[error("{0} has the same look-up value")]
    DuplicateLookup(Key),
    /// Work with this id exists. Nothing was changed.
    #[error("work {0} exists already")]
    DuplicateWork(WorkId),
    /// The record has another version, or is missing. Nothing was changed; load it and decide again.
    #[error("{0} was changed meanwhile")]
    Conflict(Key),
    /// The work was finished or cancelled meanwhile. Nothing was changed.
    #[error("work {0} is gone")]
    Gone(WorkId),
    /// The queue is full, or the database is locked by another program. Nothing was changed; answer 503 early.
    #[error("the store is busy")]
    Busy,
    /// The batch is bigger than [`MAX_BATCH_BYTES`]. Nothing was changed.
    #[error("the batch is too large")]
    TooLarge,
    /// The disk failed. The change is not visible now; after an error of the disk itself it may turn up after a restart.
    #[error("the store failed: {0}")]
    Failed(String),
    /// The store is closed. Nothing was changed.
    #[error("the store is closed")]
    Closed,
}

/// Why a read failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Too many reads are waiting.
    #[error("the store is busy")]
    Busy,
    /// The disk failed, or the record is not readable.
    #[error("the store failed: {0}")]
    Failed(String),
    /// The store is closed.
    #[error("the store is closed")]
    Closed,
}

/// Durable state. Cheap to share as `Arc<dyn Store>`.
///
/// Every method queues its request when it is **called**; the future only waits for the answer. A batch is therefore
/// committed whether or not its future is polled, and dropping the future cancels nothing.
///
/// A read sees every batch whose commit was answered before the read was asked for.
pub trait Store: Send + Sync {
    /// Applies a batch, all or nothing, and answers when it is durable. A batch that is refused does not disturb others.
    fn commit(&self, batch: Batch) -> StoreFuture<(), CommitError>;

    /// The record with this key.
    fn get(&self, key: Key) -> StoreFuture<Option<Record>, ReadError>;

    /// A page of the records that match.
    fn find(&self, query: Query) -> StoreFuture<Page, ReadError>;

    /// Records of all owners, ordered by owner and id, starting behind `after`; at most [`MAX_LIMIT`].
    fn scan(
        &self,
        table: Table,
        after: Option<Key>,
        limit: u32,
    ) -> StoreFuture<Vec<Record>, ReadError>;

    /// Leases work that is ready at `now_ms` until `now_ms + lease_ms`, longest ready first, at most `limit` (and
    /// [`MAX_LIMIT`]). No two claimers get the same item while its lease lasts; when the lease runs out without
    /// [`Batch::finish`] or [`Batch::reschedule`], the item is ready again.
    fn claim_due(
        &self,
        kind: WorkKind,
        now_ms: i64,
        lease_ms: i64,
        limit: u32,
    ) -> StoreFuture<Vec<Work>, CommitError>;

    /// When the next work of this kind is ready: due, and no longer leased.
    fn next_due(&self, kind: WorkKind) -> StoreFuture<Option<i64>, ReadError>;

    /// Numbers for metrics. Cheap.
    fn stats(&self) -> Stats;

    /// Waits until everything queued so far is committed, and folds the write-ahead log into the database.
    fn flush(&self) -> StoreFuture<(), CommitError>;

    /// Like [`flush`](Self::flush), and refuses whatever comes later.
    fn close(&self) -> StoreFuture<(), CommitError>;
}
