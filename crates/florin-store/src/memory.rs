//! The contract in memory: for tests, and as the model that SQLite is compared with.
//!
//! **Invariant:** the plainest possible reading of the contract. Look-ups walk the owner's records.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::contract::{
    Batch, CommitError, Direction, Key, MAX_BATCH_BYTES, MAX_LIMIT, Page, Query, ReadError, Record,
    RecordOp, Stats, Store, StoreFuture, Table, Work, WorkId, WorkKind, WorkOp,
};

/// A store that forgets everything when it is dropped.
#[derive(Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// With the number of the insert, which orders what is otherwise equal.
    records: BTreeMap<Key, (u64, Record)>,
    work: BTreeMap<WorkId, (u64, Work)>,
    inserts: u64,
    batches: u64,
    refused: u64,
    closed: bool,
}

/// What a change replaced, to be put back if a later one of its batch is refused.
enum Undo {
    Record(Key, Option<(u64, Record)>),
    Work(WorkId, Option<(u64, Work)>),
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T: Send + 'static>(&self, read: impl FnOnce(&State) -> T) -> StoreFuture<T, ReadError> {
        let state = self.state();
        let answer = if state.closed { Err(ReadError::Closed) } else { Ok(read(&state)) };
        Box::pin(async move { answer })
    }

    fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&mut State) -> Result<T, CommitError>,
    ) -> StoreFuture<T, CommitError> {
        let mut state = self.state();
        let answer = if state.closed { Err(CommitError::Closed) } else { write(&mut state) };
        Box::pin(async move { answer })
    }
}

impl Store for MemoryStore {
    fn commit(&self, batch: Batch) -> StoreFuture<(), CommitError> {
        self.write(|state| state.commit(batch))
    }

    fn get(&self, key: Key) -> StoreFuture<Option<Record>, ReadError> {
        self.read(|state| state.records.get(&key).map(|(_, record)| record.clone()))
    }

    fn find(&self, query: Query) -> StoreFuture<Page, ReadError> {
        self.read(|state| state.find(&query))
    }

    fn scan(
        &self,
        table: Table,
        after: Option<Key>,
        limit: u32,
    ) -> StoreFuture<Vec<Record>, ReadError> {
        self.read(|state| {
            let of_table = state.records.values().map(|(_, record)| record);
            of_table
                .filter(|record| record.key.table == table)
                .filter(|record| after.as_ref().is_none_or(|after| record.key > *after))
                .take(limit.min(MAX_LIMIT) as usize)
                .cloned()
                .collect()
        })
    }

    fn claim_due(
        &self,
        kind: WorkKind,
        now_ms: i64,
        lease_ms: i64,
        limit: u32,
    ) -> StoreFuture<Vec<Work>, CommitError> {
        self.write(|state| {
            let ready = |work: &Work| work.kind == kind && work.ready_ms() <= now_ms;
            let mut found: Vec<_> =
                state.work.values_mut().filter(|(_, work)| ready(work)).collect();
            found.sort_by_key(|(place, work)| (work.ready_ms(), *place));
            found.truncate(limit.min(MAX_LIMIT) as usize);
            let lease = |(_, work): &mut (u64, Work)| {
                work.lease_until_ms = now_ms.saturating_add(lease_ms);
                work.clone()
            };
            Ok(found.into_iter().map(lease).collect())
        })
    }

    fn next_due(&self, kind: WorkKind) -> StoreFuture<Option<i64>, ReadError> {
        self.read(|state| {
            let work = state.work.values().map(|(_, work)| work);
            work.filter(|work| work.kind == kind).map(Work::ready_ms).min()
        })
    }

    fn stats(&self) -> Stats {
        let state = self.state();
        Stats {
            batches: state.batches,
            refused: state.refused,
            commits: state.batches,
            ..Stats::default()
        }
    }

    fn flush(&self) -> StoreFuture<(), CommitError> {
        self.write(|_| Ok(()))
    }

    fn close(&self) -> StoreFuture<(), CommitError> {
        self.write(|state| {
            state.closed = true;
            Ok(())
        })
    }
}

impl State {
    fn commit(&mut self, mut batch: Batch) -> Result<(), CommitError> {
        if batch.is_empty() {
            return Ok(());
        }
        if batch.weight() > MAX_BATCH_BYTES {
            return Err(CommitError::TooLarge);
        }
        batch.arrange();
        let mut undo = Vec::new();
        let apply = || {
            batch.records.into_iter().try_for_each(|op| self.record(op, &mut undo))?;
            batch.work.into_iter().try_for_each(|op| self.work(op, &mut undo))
        };
        let result = apply();
        if result.is_ok() {
            self.batches += 1;
        } else {
            self.refused += 1;
            for step in undo.into_iter().rev() {
                self.put_back(step);
            }
        }
        result
    }

    fn put_back(&mut self, step: Undo) {
        match step {
            Undo::Record(key, Some(old)) => _ = self.records.insert(key, old),
            Undo::Record(key, None) => _ = self.records.remove(&key),
            Undo::Work(id, Some(old)) => _ = self.work.insert(id, old),
            Undo::Work(id, None) => _ = self.work.remove(&id),
        }
    }

    fn record(&mut self, op: RecordOp, undo: &mut Vec<Undo>) -> Result<(), CommitError> {
        match op {
            RecordOp::Insert(mut record) => {
                if self.records.contains_key(&record.key) {
                    return Err(CommitError::Duplicate(record.key));
                }
                self.check_lookup(&record)?;
                record.version = 1;
                self.inserts += 1;
                undo.push(Undo::Record(record.key.clone(), None));
                self.records.insert(record.key.clone(), (self.inserts, record));
            }
            RecordOp::Update(mut record) => {
                let place = self.expect(&record.key, record.version)?;
                self.check_lookup(&record)?;
                record.version += 1;
                let key = record.key.clone();
                let old = self.records.insert(key.clone(), (place, record));
                undo.push(Undo::Record(key, old));
            }
            RecordOp::Delete(key, version) => {
                self.expect(&key, version)?;
                let old = self.records.remove(&key);
                undo.push(Undo::Record(key, old));
            }
        }
        Ok(())
    }

    /// The place of the record, if it has this version.
    fn expect(&self, key: &Key, version: u64) -> Result<u64, CommitError> {
        match self.records.get(key) {
            Some((place, record)) if record.version == version => Ok(*place),
            _ => Err(CommitError::Conflict(key.clone())),
        }
    }

    fn check_lookup(&self, record: &Record) -> Result<(), CommitError> {
        let Some(lookup) = &record.index.lookup else { return Ok(()) };
        let holder = self
            .of_owner(record.key.table, &record.key.owner)
            .find(|(_, other)| other.index.lookup.as_ref() == Some(lookup))
            .filter(|(_, other)| other.key != record.key);
        match holder {
            Some((_, other)) => Err(CommitError::DuplicateLookup(other.key.clone())),
            None => Ok(()),
        }
    }

    fn of_owner(&self, table: Table, owner: &str) -> impl Iterator<Item = &(u64, Record)> {
        self.records
            .range(Key::new(table, owner, "")..)
            .take_while(move |(key, _)| key.table == table && *key.owner == *owner)
            .map(|(_, entry)| entry)
    }

    fn work(&mut self, op: WorkOp, undo: &mut Vec<Undo>) -> Result<(), CommitError> {
        match op {
            WorkOp::Finish(id) => {
                let old = self.work.remove(&id).ok_or_else(|| CommitError::Gone(id.clone()))?;
                undo.push(Undo::Work(id, Some(old)));
            }
            WorkOp::Reschedule { id, due_ms, attempts } => {
                let entry = self.work.get_mut(&id).ok_or_else(|| CommitError::Gone(id.clone()))?;
                undo.push(Undo::Work(id, Some(entry.clone())));
                let work = &mut entry.1;
                (work.due_ms, work.attempts, work.lease_until_ms) = (due_ms, attempts, 0);
            }
            WorkOp::Cancel { kind, owner, target } => {
                let cancelled = |(id, (_, work)): &(&WorkId, &(u64, Work))| {
                    id.owner == owner && work.kind == kind && work.target.as_ref() == Some(&target)
                };
                let found: Vec<_> =
                    self.work.iter().filter(cancelled).map(|(id, _)| id.clone()).collect();
                for id in found {
                    let old = self.work.remove(&id);
                    undo.push(Undo::Work(id, old));
                }
            }
            WorkOp::Shift { kind, owner, by_ms } => {
                for (id, entry) in &mut self.work {
                    if id.owner == owner && entry.1.kind == kind {
                        undo.push(Undo::Work(id.clone(), Some(entry.clone())));
                        entry.1.due_ms = entry.1.due_ms.saturating_sub(by_ms);
                    }
                }
            }
            WorkOp::Enqueue(work) => {
                if self.work.contains_key(&work.id) {
                    return Err(CommitError::DuplicateWork(work.id));
                }
                self.inserts += 1;
                undo.push(Undo::Work(work.id.clone(), None));
                self.work.insert(work.id.clone(), (self.inserts, work));
            }
        }
        Ok(())
    }

    fn find(&self, query: &Query) -> Page {
        let mut found: Vec<_> = self
            .of_owner(query.table, &query.owner)
            .filter(|(_, record)| matches(query, record))
            .collect();
        found.sort_by_key(|(place, record)| (record.index.sort, *place));
        if query.direction == Direction::NewestFirst {
            found.reverse();
        }
        let total = found.len() as u64;
        let skip = usize::try_from(query.offset).unwrap_or(usize::MAX);
        let take = query.limit.min(MAX_LIMIT) as usize;
        let page = found.into_iter().skip(skip).take(take);
        Page { total, records: page.map(|(_, record)| record.clone()).collect() }
    }
}

fn matches(query: &Query, record: &Record) -> bool {
    fn passes<T: PartialEq>(wanted: Option<&T>, value: Option<&T>) -> bool {
        wanted.is_none() || wanted == value
    }
    let index = &record.index;
    passes(query.reference.as_ref(), index.reference.as_ref())
        && passes(query.parent.as_ref(), index.parent.as_ref())
        && passes(query.lookup.as_ref(), index.lookup.as_ref())
        && passes(query.extra.as_ref(), index.extra.as_ref())
        && passes(query.order.as_ref(), index.order.as_ref())
}
