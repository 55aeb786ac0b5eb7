//! The store contract: records, batches, work and the [`Store`] trait.
//!
//! **Invariant:** a batch is applied all or not at all, and a caller is answered only when its batch is durable. The
//! suite in `tests/` states the rest of the contract and runs on every implementation.

use std::fmt;
use std::pin::Pin;

/// The most records or work items that one call returns; larger limits are cut to it.
pub const MAX_LIMIT: u32 = 1_000;

/// The most bytes that the bodies of one batch may hold.
pub const MAX_BATCH_BYTES: usize = 16 << 20;

/// What every method of [`Store`] returns. It borrows nothing, so it can be spawned.
pub type StoreFuture<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'static>>;

/// The kinds of record, one table each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Table {
    /// Payments and payouts. Owner: merchant.
    Payment,
    /// Refunds. Owner: merchant; parent: payment.
    Refund,
    /// Card tokens and mandates. Owner: merchant.
    Token,
    /// Client sessions, hosted checkouts, hosted mandate pages. Owner: merchant.
    Session,
    /// Answers kept for replay. Owner: merchant.
    Idempotence,
    /// Reserved blocks of numbers. Owner: merchant.
    Sequence,
    /// What a remote processor is about to be asked. Owner: merchant.
    Intent,
    /// Accounts. Owner: "".
    Account,
    /// Merchants. Owner: account; parent: account.
    Merchant,
    /// API keys. Owner: account or merchant.
    ApiKey,
    /// Webhook keys. Owner: merchant or account.
    WebhookKey,
    /// Webhook endpoints. Owner: merchant.
    Endpoint,
    /// Merchants of the Acquiring API. Owner: account.
    Acquirer,
    /// OAuth2 clients. Owner: account.
    OauthClient,
    /// Offsets of the sandbox clock. Owner: merchant.
    Clock,
    /// What the store or the platform notes about itself. Owner: "".
    Meta,
}

impl Table {
    /// Every table, in declaration order.
    pub const ALL: [Self; 16] = [
        Self::Payment,
        Self::Refund,
        Self::Token,
        Self::Session,
        Self::Idempotence,
        Self::Sequence,
        Self::Intent,
        Self::Account,
        Self::Merchant,
        Self::ApiKey,
        Self::WebhookKey,
        Self::Endpoint,
        Self::Acquirer,
        Self::OauthClient,
        Self::Clock,
        Self::Meta,
    ];

    /// The stable name: the SQL table, and the `table` of a vault's place.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Refund => "refund",
            Self::Token => "token",
            Self::Session => "session",
            Self::Idempotence => "idempotence",
            Self::Sequence => "sequence",
            Self::Intent => "intent",
            Self::Account => "account",
            Self::Merchant => "merchant",
            Self::ApiKey => "api_key",
            Self::WebhookKey => "webhook_key",
            Self::Endpoint => "endpoint",
            Self::Acquirer => "acquirer",
            Self::OauthClient => "oauth_client",
            Self::Clock => "clock",
            Self::Meta => "meta",
        }
    }
}

/// Names one record.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The kind of record.
    pub table: Table,
    /// The merchant for payment tables; the account, or "", for directory tables.
    pub owner: Box<str>,
    /// Unique within table and owner.
    pub id: Box<str>,
}

impl Key {
    /// Names a record.
    pub fn new(table: Table, owner: impl Into<Box<str>>, id: impl Into<Box<str>>) -> Self {
        Self { table, owner: owner.into(), id: id.into() }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.table.as_str(), self.owner, self.id)
    }
}

/// What a record can be found by, besides its key. Never holds anything secret: it is stored in the clear.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// The merchant's own reference.
    pub reference: Option<String>,
    /// The id of the record this one belongs to, for example the payment of a refund.
    pub parent: Option<String>,
    /// A keyed fingerprint. When present it is **unique** within table and owner.
    pub lookup: Option<String>,
    /// A second id, for example the hosted checkout of a payment.
    pub extra: Option<String>,
    /// The merchant's order number.
    pub order: Option<i64>,
    /// What pages are sorted by: created, epoch milliseconds.
    pub sort: i64,
}

/// A versioned body under a key. The store never looks into the body.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// Names the record.
    pub key: Key,
    /// 1 after the insert, one more with every update. In [`Batch::update`]: the version that was read.
    pub version: u64,
    /// The serialized state, with every secret sealed.
    pub body: Vec<u8>,
    /// What it can be found by.
    pub index: Index,
}

impl Record {
    /// A record that isn't stored yet (version 0), without secondary indexes.
    pub fn new(key: Key, body: impl Into<Vec<u8>>) -> Self {
        Self { key, version: 0, body: body.into(), index: Index::default() }
    }

    /// The same record with these indexes.
    pub fn with_index(mut self, index: Index) -> Self {
        self.index = index;
        self
    }
}

/// Shows the length of the body, not the body: bodies hold personal data.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("key", &self.key)
            .field("version", &self.version)
            .field("body_bytes", &self.body.len())
            .field("index", &self.index)
            .finish()
    }
}

/// The kinds of deferred work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum WorkKind {
    /// A webhook to deliver (the outbox).
    Delivery,
    /// A change of state that is due at a time.
    Timer,
    /// A call to a remote processor whose outcome must be found out.
    Recovery,
}

impl WorkKind {
    /// Every kind, in declaration order.
    pub const ALL: [Self; 3] = [Self::Delivery, Self::Timer, Self::Recovery];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivery => "delivery",
            Self::Timer => "timer",
            Self::Recovery => "recovery",
        }
    }
}

/// Names one work item, whatever its kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WorkId {
    /// The merchant.
    pub owner: Box<str>,
    /// Unique within the owner, across kinds.
    pub name: Box<str>,
}

impl WorkId {
    /// Names a work item.
    pub fn new(owner: impl Into<Box<str>>, name: impl Into<Box<str>>) -> Self {
        Self { owner: owner.into(), name: name.into() }
    }
}

impl fmt::Display for WorkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// Something to do later, at least once. All times are real time, epoch milliseconds.
#[derive(Clone, PartialEq, Eq)]
pub struct Work {
    /// Names the item; `id.owner` is its owner.
    pub id: WorkId,
    /// What it is.
    pub kind: WorkKind,
    /// Not before this time.
    pub due_ms: i64,
    /// How often it was tried, as the worker counts it.
    pub attempts: u32,
    /// Nobody else may claim it before this time; 0 when it was never claimed.
    pub lease_until_ms: i64,
    /// The object it is about, so that [`Batch::cancel_work`] can find it.
    pub target: Option<String>,
    /// What the worker needs to know.
    pub body: Vec<u8>,
}

impl Work {
    /// Work that is due at a time, never tried, about no particular object.
    pub fn new(kind: WorkKind, id: WorkId, due_ms: i64, body: impl Into<Vec<u8>>) -> Self {
        Self { id, kind, due_ms, attempts: 0, lease_until_ms: 0, target: None, body: body.into() }
    }

    /// The same work, about this object.
    pub fn with_target(mut self, target: impl Into<String>) -> Self {
        self.target = Some(target.into());
        self
    }

    /// When it can be claimed: due, and no longer leased.
    pub fn ready_ms(&self) -> i64 {
        self.due_ms.max(self.lease_until_ms)
    }
}

/// Shows the length of the body, not the body.
impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("due_ms", &self.due_ms)
            .field("attempts", &self.attempts)
            .field("lease_until_ms", &self.lease_until_ms)
            .field("target", &self.target)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

/// One change to one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RecordOp {
    Insert(Record),
    Update(Record),
    Delete(Key, u64),
}

/// One change to work. Declared in the order in which a batch applies them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WorkOp {
    Finish(WorkId),
    Reschedule { id: WorkId, due_ms: i64, attempts: u32 },
    Cancel { kind: WorkKind, owner: Box<str>, target: String },
    Shift { kind: WorkKind, owner: Box<str>, by_ms: i64 },
    Enqueue(Work),
}

impl WorkOp {
    const fn phase(&self) -> u8 {
        match self {
            Self::Finish(_) | Self::Reschedule { .. } => 0,
            Self::Cancel { .. } => 1,
            Self::Shift { .. } => 2,
            Self::Enqueue(_) => 3,
        }
    }
}

/// Changes that become durable together or not at all.
///
/// Changes to records are applied in the order of the calls. Changes to work come after them, in a fixed order whatever
/// the order of the calls: finish and reschedule, cancel, shift, enqueue. So a timer's worker can finish its item in
/// the batch that cancels all timers of the payment, and a cancelled timer can be set anew in one batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a batch does nothing until it is committed"]
pub struct Batch {
    pub(crate) records: Vec<RecordOp>,
    pub(crate) work: Vec<WorkOp>,
}

impl Batch {
    /// An empty batch. Committing it does nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a record as version 1, whatever its `version` says.
    /// Fails with [`Duplicate`](CommitError::Duplicate) or [`DuplicateLookup`](CommitError::DuplicateLookup).
    ///
    /// Put the insert that is likely to lose (the idempotence record) first: a batch that fails at its first change is
    /// cheapest.
    pub fn insert(&mut self, record: Record) -> &mut Self {
        self.records.push(RecordOp::Insert(record));
        self
    }

    /// Replaces body and indexes of the record whose stored version is `record.version`; the new version is one more.
    /// Fails with [`Conflict`](CommitError::Conflict) when the version differs or the record is missing, and with
    /// [`DuplicateLookup`](CommitError::DuplicateLookup).
    pub fn update(&mut self, record: Record) -> &mut Self {
        self.records.push(RecordOp::Update(record));
        self
    }

    /// Deletes a record of this version. Fails with [`Conflict`](CommitError::Conflict) like [`update`](Self::update).
    pub fn delete(&mut self, key: Key, version: u64) -> &mut Self {
        self.records.push(RecordOp::Delete(key, version));
        self
    }

    /// Adds work. Fails with [`DuplicateWork`](CommitError::DuplicateWork).
    pub fn enqueue(&mut self, work: Work) -> &mut Self {
        self.work.push(WorkOp::Enqueue(work));
        self
    }

    /// Removes work that is done. Fails with [`Gone`](CommitError::Gone) when it was finished or cancelled meanwhile, so
    /// that the effect of a timer, committed in the same batch, happens once.
    pub fn finish(&mut self, id: WorkId) -> &mut Self {
        self.work.push(WorkOp::Finish(id));
        self
    }

    /// Gives work back: ends its lease, to be claimed again at `due_ms`. Fails with [`Gone`](CommitError::Gone).
    pub fn reschedule(&mut self, id: WorkId, due_ms: i64, attempts: u32) -> &mut Self {
        self.work.push(WorkOp::Reschedule { id, due_ms, attempts });
        self
    }

    /// Removes all work of this kind about one object, leased or not. No such work is not an error.
    pub fn cancel_work(
        &mut self,
        kind: WorkKind,
        owner: impl Into<Box<str>>,
        target: impl Into<String>,
    ) -> &mut Self {
        self.work.push(WorkOp::Cancel { kind, owner: owner.into(), target: target.into() });
        self
    }

    /// Makes all stored work of this kind and owner due `by_ms` earlier: the owner's clock moved ahead. Leases stay, and
    /// so does work that this batch enqueues.
    pub fn shift_due(
        &mut self,
        kind: WorkKind,
        owner: impl Into<Box<str>>,
        by_ms: i64,
    ) -> &mut Self {
        self.work.push(WorkOp::Shift { kind, owner: owner.into(), by_ms });
        self
    }

    /// Whether there is nothing to commit.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.work.is_empty()
    }

    /// The number of changes.
    pub fn len(&self) -> usize {
        self.records.len() + self.work.len()
    }

    /// Puts work into the order in which it is applied.
    pub(crate) fn arrange(&mut self) {
        self.work.sort_by_key(WorkOp::phase);
    }

    /// What the batch adds to the store, roughly, in bytes.
    pub(crate) fn weight(&self) -> usize {
        let records = self.records.iter().map(|op| match op {
            RecordOp::Insert(record) | RecordOp::Update(record) => record.body.len(),
            RecordOp::Delete(..) => 0,
        });
        let work = self.work.iter().map(|op| match op {
            WorkOp::Enqueue(work) => work.body.len(),
            _ => 0,
        });
        records.chain(work).sum()
    }
}

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
