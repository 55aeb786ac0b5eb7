//! Durable state behind one small trait: SQLite with group commit, and an in-memory model.

mod contract;

pub use contract::{
    Batch, CommitError, Direction, Index, Key, MAX_LIMIT, Page, Query, ReadError, Record, Stats,
    Store, StoreFuture, Table, Work, WorkId, WorkKind,
};
