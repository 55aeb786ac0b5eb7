//! Applies one batch, or one claim, inside the writer's transaction.
//!
//! **Invariant:** a change that is refused has changed nothing itself; whether earlier changes of its batch must be
//! undone is in [`Fault::Refused`].

use rusqlite::{Connection, OptionalExtension, params};

use super::rows::{self, WORK_COLUMNS, kind_code, sql};
use crate::contract::{
    Batch, CommitError, Key, MAX_LIMIT, Record, RecordOp, Work, WorkKind, WorkOp,
};

/// Why a batch was not applied.
pub(super) enum Fault {
    /// The contract says no. `dirty`: earlier changes of the batch are applied and must be undone.
    Refused { why: CommitError, dirty: bool },
    /// The database says no: the whole transaction is lost.
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

/// One change: `Err(Ok(why))` is a refusal, `Err(Err(_))` a failure of the database.
type Step = Result<(), Result<CommitError, rusqlite::Error>>;

/// Applies the changes of an [arranged](Batch::arrange) batch.
pub(super) fn batch(db: &Connection, batch: &Batch) -> Result<(), Fault> {
    let mut dirty = false;
    for op in &batch.records {
        settle(record_op(db, op), dirty)?;
        dirty = true;
    }
    for op in &batch.work {
        settle(work_op(db, op), dirty)?;
        dirty = true;
    }
    Ok(())
}

fn settle(step: Step, dirty: bool) -> Result<(), Fault> {
    step.map_err(|error| match error {
        Ok(why) => Fault::Refused { why, dirty },
        Err(error) => Fault::Database(error),
    })
}

fn record_op(db: &Connection, op: &RecordOp) -> Step {
    match op {
        RecordOp::Insert(record) => {
            if write(db, &sql(record.key.table).insert, record, None).map_err(Err)? {
                return Ok(());
            }
            if version(db, &record.key).map_err(Err)?.is_some() {
                return Err(Ok(CommitError::Duplicate(record.key.clone())));
            }
            Err(same_lookup(db, record))
        }
        RecordOp::Update(record) => {
            let texts = sql(record.key.table);
            let Ok(expected) = i64::try_from(record.version) else {
                return Err(Ok(CommitError::Conflict(record.key.clone())));
            };
            if write(db, &texts.update_body, record, Some(expected)).map_err(Err)?
                || write(db, &texts.update_all, record, Some(expected)).map_err(Err)?
            {
                return Ok(());
            }
            if version(db, &record.key).map_err(Err)? != Some(expected) {
                return Err(Ok(CommitError::Conflict(record.key.clone())));
            }
            Err(same_lookup(db, record))
        }
        RecordOp::Delete(key, version) => {
            let deleted = i64::try_from(*version).map_or(Ok(0), |version| {
                let mut statement = db.prepare_cached(&sql(key.table).delete)?;
                statement.execute(params![key.owner, key.id, version])
            });
            match deleted.map_err(Err)? {
                0 => Err(Ok(CommitError::Conflict(key.clone()))),
                _ => Ok(()),
            }
        }
    }
}

/// Runs an insert or update. `false`: no row was written.
fn write(
    db: &Connection,
    text: &str,
    record: &Record,
    expected: Option<i64>,
) -> rusqlite::Result<bool> {
    let mut statement = db.prepare_cached(text)?;
    let Record { key, index, body, .. } = record;
    let written = match expected {
        None => statement.execute(params![
            key.owner,
            key.id,
            index.sort,
            index.reference,
            index.parent,
            index.lookup,
            index.extra,
            index.order,
            body,
        ]),
        Some(version) => statement.execute(params![
            key.owner,
            key.id,
            index.sort,
            index.reference,
            index.parent,
            index.lookup,
            index.extra,
            index.order,
            body,
            version,
        ]),
    };
    Ok(written? > 0)
}

fn version(db: &Connection, key: &Key) -> rusqlite::Result<Option<i64>> {
    let mut statement = db.prepare_cached(&sql(key.table).version)?;
    statement.query_row(params![key.owner, key.id], |row| row.get(0)).optional()
}

/// Names the record that holds the look-up value.
fn same_lookup(db: &Connection, record: &Record) -> Result<CommitError, rusqlite::Error> {
    let mut statement = db.prepare_cached(&sql(record.key.table).by_lookup)?;
    let id: Box<str> =
        statement.query_row(params![record.key.owner, record.index.lookup], |row| row.get(0))?;
    let holder = Key { table: record.key.table, owner: record.key.owner.clone(), id };
    Ok(CommitError::DuplicateLookup(holder))
}

fn work_op(db: &Connection, op: &WorkOp) -> Step {
    match op {
        WorkOp::Finish(id) => {
            let text = "DELETE FROM work WHERE owner = ?1 AND name = ?2";
            let gone = run(db, text, params![id.owner, id.name])? == 0;
            if gone { Err(Ok(CommitError::Gone(id.clone()))) } else { Ok(()) }
        }
        WorkOp::Reschedule { id, due_ms, attempts } => {
            let text = "UPDATE work SET due_ms = ?3, attempts = ?4, lease_until_ms = 0 \
                        WHERE owner = ?1 AND name = ?2";
            let gone = run(db, text, params![id.owner, id.name, due_ms, attempts])? == 0;
            if gone { Err(Ok(CommitError::Gone(id.clone()))) } else { Ok(()) }
        }
        WorkOp::Cancel { kind, owner, target } => {
            let text = "DELETE FROM work WHERE owner = ?1 AND target = ?2 AND kind = ?3";
            run(db, text, params![owner, target, kind_code(*kind)]).map(drop)
        }
        WorkOp::Shift { kind, owner, by_ms } => shift(db, *kind, owner, *by_ms).map_err(Err),
        WorkOp::Enqueue(work) => {
            let text = "INSERT OR IGNORE INTO work \
                        (kind, owner, name, due_ms, lease_until_ms, attempts, target, body) \
                        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
            let values = params![
                kind_code(work.kind),
                work.id.owner,
                work.id.name,
                work.due_ms,
                work.lease_until_ms,
                work.attempts,
                work.target,
                work.body,
            ];
            let refused = run(db, text, values)? == 0;
            if refused { Err(Ok(CommitError::DuplicateWork(work.id.clone()))) } else { Ok(()) }
        }
    }
}

fn run(
    db: &Connection,
    text: &str,
    values: &[&dyn rusqlite::ToSql],
) -> Result<usize, Result<CommitError, rusqlite::Error>> {
    db.prepare_cached(text).and_then(|mut statement| statement.execute(values)).map_err(Err)
}

/// Row by row, because SQL would turn an overflow into a floating-point number. Moving a clock is rare.
fn shift(db: &Connection, kind: WorkKind, owner: &str, by_ms: i64) -> rusqlite::Result<()> {
    let mut select =
        db.prepare_cached("SELECT rowid, due_ms FROM work WHERE owner = ?1 AND kind = ?2")?;
    let found = select
        .query_map(params![owner, kind_code(kind)], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<Vec<(i64, i64)>>>()?;
    let mut update = db.prepare_cached("UPDATE work SET due_ms = ?2 WHERE rowid = ?1")?;
    for (rowid, due_ms) in found {
        update.execute(params![rowid, due_ms.saturating_sub(by_ms)])?;
    }
    Ok(())
}

/// Leases what is ready.
pub(super) fn claim(
    db: &Connection,
    kind: WorkKind,
    now_ms: i64,
    lease_ms: i64,
    limit: u32,
) -> rusqlite::Result<Vec<Work>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT {WORK_COLUMNS}, rowid FROM work \
         WHERE kind = ?1 AND max(due_ms, lease_until_ms) <= ?2 \
         ORDER BY max(due_ms, lease_until_ms), rowid LIMIT ?3"
    ))?;
    let found = select
        .query_map(params![kind_code(kind), now_ms, limit.min(MAX_LIMIT)], |row| {
            Ok((row.get::<_, i64>(7)?, rows::work(kind, row)?))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let mut update = db.prepare_cached("UPDATE work SET lease_until_ms = ?2 WHERE rowid = ?1")?;
    let lease_until_ms = now_ms.saturating_add(lease_ms);
    let mut claimed = Vec::with_capacity(found.len());
    for (rowid, mut work) in found {
        update.execute(params![rowid, lease_until_ms])?;
        work.lease_until_ms = lease_until_ms;
        claimed.push(work);
    }
    Ok(claimed)
}
