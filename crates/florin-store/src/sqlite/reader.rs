//! Reads: each one statement on one of a few read-only connections.
//!
//! **Invariant:** no read transaction outlives a statement, so that no reader holds back a checkpoint for long.

use std::fmt::Write as _;

use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

use super::rows::{self, COLUMNS, kind_code, sql};
use super::shared::Shared;
use crate::contract::{Direction, Key, MAX_LIMIT, Page, Query, Record, Table, WorkKind};

/// How many reads a reader takes at once: few, so that its colleagues get some.
const SHARE: usize = 4;

/// A reader's thread: until the queue is closed and empty.
pub(super) fn run(db: &Connection, shared: &Shared) {
    let mut jobs = Vec::new();
    while shared.reads.take(&mut jobs, SHARE, usize::MAX) {
        for job in jobs.drain(..) {
            job(db);
        }
    }
}

pub(super) fn get(db: &Connection, key: &Key) -> rusqlite::Result<Option<Record>> {
    let mut statement = db.prepare_cached(&sql(key.table).get)?;
    statement
        .query_row(params![key.owner, key.id], |row| rows::record(key.table, row, 0))
        .optional()
}

pub(super) fn scan(
    db: &Connection,
    table: Table,
    after: Option<&Key>,
    limit: u32,
) -> rusqlite::Result<Vec<Record>> {
    let limit = limit.min(MAX_LIMIT);
    let read = |row: &Row<'_>| rows::record(table, row, 0);
    let texts = sql(table);
    match after {
        Some(key) => db
            .prepare_cached(&texts.scan_after)?
            .query_map(params![limit, key.owner, key.id], read)?
            .collect(),
        None => db.prepare_cached(&texts.scan)?.query_map([limit], read)?.collect(),
    }
}

/// One statement gives the page and the total, so that both are of one moment.
pub(super) fn find(db: &Connection, query: &Query) -> rusqlite::Result<Page> {
    let limit = query.limit.min(MAX_LIMIT);
    let offset = i64::try_from(query.offset).unwrap_or(i64::MAX);
    let mut values: Vec<&dyn ToSql> = vec![&query.owner, &limit, &offset];
    let mut filter = String::from("owner = ?1");
    let filters: [(&str, Option<&dyn ToSql>); 5] = [
        ("lookup", query.lookup.as_ref().map(|value| value as &dyn ToSql)),
        ("reference", query.reference.as_ref().map(|value| value as &dyn ToSql)),
        ("parent", query.parent.as_ref().map(|value| value as &dyn ToSql)),
        ("extra", query.extra.as_ref().map(|value| value as &dyn ToSql)),
        ("order_no", query.order.as_ref().map(|value| value as &dyn ToSql)),
    ];
    for (column, value) in filters {
        if let Some(value) = value {
            values.push(value);
            _ = write!(filter, " AND {column} = ?{}", values.len());
        }
    }
    let table = query.table.as_str();
    let order = match query.direction {
        Direction::NewestFirst => "DESC",
        Direction::OldestFirst => "ASC",
    };
    let text = format!(
        "WITH whole(total) AS (SELECT count(*) FROM {table} WHERE {filter}) \
         SELECT whole.total, page.* FROM whole LEFT JOIN ( \
           SELECT {COLUMNS}, rowid AS place FROM {table} WHERE {filter} \
           ORDER BY sort {order}, rowid {order} LIMIT ?2 OFFSET ?3 \
         ) AS page ORDER BY page.sort {order}, page.place {order}"
    );
    let mut statement = db.prepare_cached(&text)?;
    let mut found = statement.query(values.as_slice())?;
    let mut page = Page::default();
    while let Some(row) = found.next()? {
        page.total = row.get(0)?;
        if row.get_ref(2)? != rusqlite::types::ValueRef::Null {
            page.records.push(rows::record(query.table, row, 1)?);
        }
    }
    Ok(page)
}

pub(super) fn next_due(db: &Connection, kind: WorkKind) -> rusqlite::Result<Option<i64>> {
    let mut statement = db.prepare_cached(
        "SELECT max(due_ms, lease_until_ms) FROM work WHERE kind = ?1 \
         ORDER BY max(due_ms, lease_until_ms) LIMIT 1",
    )?;
    statement.query_row([kind_code(kind)], |row| row.get(0)).optional()
}
