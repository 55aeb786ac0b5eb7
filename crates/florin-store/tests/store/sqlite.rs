//! What is particular to the store on a disk: group commit, bounds, locks, recovery.

use std::path::Path;
use std::time::Duration;

use florin_store::{
    Batch, CommitError, Key, OpenError, Options, Record, SqliteStore, Store, Table, WorkKind,
};
use rusqlite::Connection;

use crate::suite::{enqueue, insert, payment, timer, token};

pub(crate) fn open(dir: &Path) -> SqliteStore {
    SqliteStore::open(dir, Options::default()).unwrap()
}

fn one(record: Record) -> Batch {
    let mut batch = Batch::new();
    batch.insert(record);
    batch
}

/// Another program holds the database until this is dropped: what is queued meanwhile ends up in one group.
struct Held(Connection);

impl Held {
    fn new(dir: &Path) -> Self {
        let db = Connection::open(dir.join("florin.db")).unwrap();
        db.busy_timeout(Duration::from_secs(5)).unwrap();
        db.execute_batch("BEGIN IMMEDIATE").unwrap();
        Self(db)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.execute_batch("ROLLBACK").unwrap();
    }
}

#[tokio::test]
async fn neighbours_in_a_group_do_not_disturb_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    insert(&store, [payment("old"), token("card", "pan")]).await;
    let before = store.stats();
    let held = Held::new(dir.path());
    // The first is taken alone and waits for the lock; the others wait behind it.
    let first = store.commit(one(payment("first")));
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut stale = payment("old");
    stale.version = 7;
    let (mut halfway, mut lookup, mut late_work, mut good) =
        (one(payment("a")), one(payment("b")), one(payment("c")), one(payment("d")));
    halfway.insert(payment("old"));
    lookup.insert(token("second", "pan"));
    late_work.enqueue(timer("t", 0)).finish(timer("none", 0).id);
    good.insert(payment("e")).enqueue(timer("t", 0));
    let mut conflict = Batch::new();
    conflict.update(stale);
    let answers: Vec<_> =
        [one(payment("x")), halfway, lookup, conflict, late_work, good, one(payment("x"))]
            .into_iter()
            .map(|batch| store.commit(batch))
            .collect();
    let claim = store.claim_due(WorkKind::Timer, 0, 10, 9);
    assert_eq!(store.stats().queue_depth, 8);
    drop(held);

    first.await.unwrap();
    let mut results = Vec::new();
    for answer in answers {
        results.push(answer.await);
    }
    let expected = [
        Ok(()),
        Err(CommitError::Duplicate(payment("old").key)),
        Err(CommitError::DuplicateLookup(token("card", "").key)),
        Err(CommitError::Conflict(payment("old").key)),
        Err(CommitError::Gone(timer("none", 0).id)),
        Ok(()),
        Err(CommitError::Duplicate(payment("x").key)),
    ];
    assert_eq!(results, expected);
    assert_eq!(claim.await.unwrap().len(), 1, "the good batch's timer, of the same group");
    let after = store.stats();
    assert_eq!(after.commits - before.commits, 2, "the first, and the group");
    assert_eq!((after.batches - before.batches, after.refused - before.refused), (3, 5));
    for (id, there) in [("a", false), ("b", false), ("c", false), ("d", true), ("e", true)] {
        assert_eq!(store.get(payment(id).key).await.unwrap().is_some(), there, "{id}");
    }
}

#[tokio::test]
async fn a_full_queue_is_busy() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = Options::default();
    options.queue = 2;
    let store = SqliteStore::open(dir.path(), options).unwrap();
    let held = Held::new(dir.path());
    let taken = store.commit(one(payment("0")));
    while store.stats().queue_depth > 0 {
        tokio::task::yield_now().await;
    }
    let queued = [store.commit(one(payment("1"))), store.commit(one(payment("2")))];
    assert_eq!(store.commit(one(payment("3"))).await, Err(CommitError::Busy));
    drop(held);
    taken.await.unwrap();
    for answer in queued {
        answer.await.unwrap();
    }
    assert_eq!(store.get(payment("3").key).await.unwrap(), None);
    store.commit(one(payment("3"))).await.unwrap();
}

#[tokio::test]
async fn a_database_that_stays_locked_is_busy_and_recovers() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = Options::default();
    options.busy_timeout = Duration::from_millis(20);
    let store = SqliteStore::open(dir.path(), options).unwrap();
    let held = Held::new(dir.path());
    assert_eq!(store.commit(one(payment("1"))).await, Err(CommitError::Busy));
    drop(held);
    store.commit(one(payment("1"))).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_fails_the_group_and_the_store_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = Options::default();
    options.max_bytes = Some(2 << 20);
    let store = SqliteStore::open(dir.path(), options).unwrap();
    insert(&store, [payment("small")]).await;
    let huge = Record::new(payment("huge").key, vec![7; 3 << 20]);
    let result = store.commit(one(huge.clone())).await;
    assert!(matches!(result, Err(CommitError::Failed(_))), "{result:?}");
    assert_eq!(store.get(huge.key).await.unwrap(), None);
    insert(&store, [payment("after")]).await;
    assert_eq!(store.stats().failures, 1);
}

#[tokio::test]
async fn reopening_keeps_everything() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    insert(&store, [payment("1"), token("card", "pan")]).await;
    enqueue(&store, [timer("t", 5).with_target("1")]).await;
    // Queued, not awaited: dropping the store commits it.
    drop(store.commit(one(payment("2"))));
    drop(store);
    let log = dir.path().join("florin.db-wal");
    assert!(log.metadata().map_or(0, |data| data.len()) == 0, "the log is folded in");

    let store = open(dir.path());
    for id in ["1", "2"] {
        assert!(store.get(payment(id).key).await.unwrap().is_some());
    }
    let work = store.claim_due(WorkKind::Timer, 5, 10, 9).await.unwrap();
    assert_eq!(work[0].target.as_deref(), Some("1"));
}

#[tokio::test]
async fn what_was_answered_survives_a_crash() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    insert(&store, (0..50).map(|number| payment(&number.to_string()))).await;
    // The files as they are now, without any shutdown: what a crash of the process would leave.
    let copy = tempfile::tempdir().unwrap();
    for name in ["florin.db", "florin.db-wal"] {
        std::fs::copy(dir.path().join(name), copy.path().join(name)).unwrap();
    }
    let recovered = open(copy.path());
    for number in 0..50 {
        let key = payment(&number.to_string()).key;
        assert!(recovered.get(key).await.unwrap().is_some());
    }
}

#[test]
fn a_second_opener_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path());
    let second = SqliteStore::open(dir.path(), Options::default());
    assert!(matches!(second.err(), Some(OpenError::InUse(path)) if path == dir.path()));
    drop(first);
    open(dir.path());
}

#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    let db = Connection::open(dir.path().join("florin.db")).unwrap();
    db.pragma_update(None, "user_version", 999).unwrap();
    drop(db);
    let refused = SqliteStore::open(dir.path(), Options::default());
    assert!(matches!(refused.err(), Some(OpenError::Newer { found: 999, .. })));
    let db = Connection::open(dir.path().join("florin.db")).unwrap();
    let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, 999);
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("florin.db"), "not a database ".repeat(1_000)).unwrap();
    let refused = SqliteStore::open(dir.path(), Options::default());
    assert!(matches!(refused.err(), Some(OpenError::Database(_))));
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("new/data");
    let store = open(&data);
    insert(&store, [payment("1")]).await;
    assert_eq!(data.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    for file in ["florin.db", "florin.db-wal", "florin.db-shm", "florin.lock"] {
        let mode = data.join(file).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[tokio::test]
async fn the_log_stays_bounded_under_load() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = Options::default();
    options.checkpoint_at_bytes = 1 << 20;
    options.restart_at_bytes = 4 << 20;
    let store = SqliteStore::open(dir.path(), options).unwrap();
    let mut largest = 0;
    for round in 0..60 {
        let body = vec![u8::try_from(round).unwrap(); 512 << 10];
        let key = Key::new(Table::Payment, "1226", round.to_string());
        insert(&store, [Record::new(key, body)]).await;
        let key = payment(&round.to_string()).key;
        assert!(store.get(key).await.unwrap().is_some());
        largest = largest.max(store.stats().wal_bytes);
    }
    assert!(largest < 12 << 20, "{largest}");
    assert!(store.stats().checkpoints > 3, "{:?}", store.stats());
    store.flush().await.unwrap();
    assert_eq!(store.stats().wal_bytes, 0);
}
