//! Deferred work: deliveries, timers and recovery, in one outbox.
//!
//! **Invariant:** work is done at least once; its effect, committed together with [`Batch::finish`], once.

use std::fmt;

#[cfg(doc)]
use super::Batch;

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
    /// Unique within the owner, across kinds. Names that sort by time are inserted fastest.
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
