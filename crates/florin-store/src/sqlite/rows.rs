//! How records and work look as rows: the SQL texts, and the way back.
//!
//! **Invariant:** every table of records has the same columns, so one text per table and purpose serves them all.

use std::sync::LazyLock;

use rusqlite::Row;

use crate::contract::{Index, Key, Record, Table, Work, WorkId, WorkKind};

/// The columns that [`record`] reads, in its order.
pub(super) const COLUMNS: &str =
    "owner, id, version, sort, reference, parent, lookup, extra, order_no, body";

/// The columns that [`work`] reads, in its order.
pub(super) const WORK_COLUMNS: &str = "owner, name, due_ms, lease_until_ms, attempts, target, body";

/// The fixed SQL texts of one table of records.
pub(super) struct Sql {
    pub(super) insert: String,
    /// Touches no index: applies when only the body changed.
    pub(super) update_body: String,
    pub(super) update_all: String,
    pub(super) delete: String,
    pub(super) version: String,
    pub(super) by_lookup: String,
    pub(super) get: String,
    pub(super) scan: String,
    pub(super) scan_after: String,
}

/// The SQL texts of a table.
pub(super) fn sql(table: Table) -> &'static Sql {
    static TEXTS: LazyLock<Vec<Sql>> =
        LazyLock::new(|| Table::ALL.iter().map(|table| texts(table.as_str())).collect());
    &TEXTS[table as usize]
}

fn texts(t: &str) -> Sql {
    Sql {
        insert: format!(
            "INSERT OR IGNORE INTO {t} ({COLUMNS}) VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
        ),
        update_body: format!(
            "UPDATE {t} SET version = version + 1, body = ?9 WHERE owner = ?1 AND id = ?2 \
             AND version = ?10 AND sort = ?3 AND reference IS ?4 AND parent IS ?5 \
             AND lookup IS ?6 AND extra IS ?7 AND order_no IS ?8"
        ),
        update_all: format!(
            "UPDATE OR IGNORE {t} SET version = version + 1, sort = ?3, reference = ?4, \
             parent = ?5, lookup = ?6, extra = ?7, order_no = ?8, body = ?9 \
             WHERE owner = ?1 AND id = ?2 AND version = ?10"
        ),
        delete: format!("DELETE FROM {t} WHERE owner = ?1 AND id = ?2 AND version = ?3"),
        version: format!("SELECT version FROM {t} WHERE owner = ?1 AND id = ?2"),
        by_lookup: format!("SELECT id FROM {t} WHERE owner = ?1 AND lookup = ?2"),
        get: format!("SELECT {COLUMNS} FROM {t} WHERE owner = ?1 AND id = ?2"),
        scan: format!("SELECT {COLUMNS} FROM {t} ORDER BY owner, id LIMIT ?1"),
        scan_after: format!(
            "SELECT {COLUMNS} FROM {t} WHERE (owner, id) > (?2, ?3) ORDER BY owner, id LIMIT ?1"
        ),
    }
}

/// Reads [`COLUMNS`], starting at column `at`.
pub(super) fn record(table: Table, row: &Row<'_>, at: usize) -> rusqlite::Result<Record> {
    Ok(Record {
        key: Key { table, owner: row.get(at)?, id: row.get(at + 1)? },
        version: row.get(at + 2)?,
        index: Index {
            sort: row.get(at + 3)?,
            reference: row.get(at + 4)?,
            parent: row.get(at + 5)?,
            lookup: row.get(at + 6)?,
            extra: row.get(at + 7)?,
            order: row.get(at + 8)?,
        },
        body: row.get(at + 9)?,
    })
}

/// Reads [`WORK_COLUMNS`].
pub(super) fn work(kind: WorkKind, row: &Row<'_>) -> rusqlite::Result<Work> {
    Ok(Work {
        kind,
        id: WorkId { owner: row.get(0)?, name: row.get(1)? },
        due_ms: row.get(2)?,
        lease_until_ms: row.get(3)?,
        attempts: row.get(4)?,
        target: row.get(5)?,
        body: row.get(6)?,
    })
}

/// The stored form of a kind.
pub(super) const fn kind_code(kind: WorkKind) -> i64 {
    match kind {
        WorkKind::Delivery => 0,
        WorkKind::Timer => 1,
        WorkKind::Recovery => 2,
    }
}
