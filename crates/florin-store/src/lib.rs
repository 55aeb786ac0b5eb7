//! Durable state behind one small trait: SQLite with group commit, and an in-memory model.
//!
//! The contract is [`Store`]: a [`Batch`] of changes becomes durable all or not at all; records are found by [`Key`] or by
//! a few [indexed](Index) values; [`Work`] (deliveries, timers, recovery) is enqueued in the same batch as the change
//! that causes it, and claimed under a lease. [`SqliteStore`] keeps it on a disk, [`MemoryStore`] in memory; both pass
//! the same suite.
//!
//! What holds, whatever the store:
//! - whoever is answered `Ok` will find the change after a crash;
//! - a refused batch changes nothing, and disturbs no other batch;
//! - a caller that stops waiting cancels nothing;
//! - every queue and page is bounded.
//!
//! [`KeyVault`] seals what must not lie in the clear. The store itself never looks into a body.

mod contract;
mod keys;
mod memory;
mod owner_only;
mod sqlite;
mod vault;

pub use contract::{
    Batch, CommitError, Direction, Index, Key, MAX_BATCH_BYTES, MAX_LIMIT, Page, Query, ReadError,
    Record, Stats, Store, StoreFuture, Table, Work, WorkId, WorkKind,
};
pub use keys::{KeyEnvironment, KeyError, KeyFile, KeyProvider, Keys};
pub use memory::MemoryStore;
pub use sqlite::{OpenError, Options, SqliteStore};
pub use vault::{KeyCheckError, KeyVault};
