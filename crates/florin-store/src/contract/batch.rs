//! Batches: changes that become durable together or not at all.
//!
//! **Invariant:** every store applies the same changes in the same order, see [`Batch::arrange`].

#[cfg(doc)]
use super::CommitError;
use super::{Key, Record, Work, WorkId, WorkKind};

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
