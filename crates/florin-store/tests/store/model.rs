//! Random batches on SQLite and on the model: equal answers, equal reads, equal end states.

use florin_store::{
    Batch, Index, Key, MemoryStore, Query, Record, Store, Table, Work, WorkId, WorkKind,
};
use proptest::collection::vec;
use proptest::prelude::*;

/// Small domains, so that keys, versions and look-ups collide.
#[derive(Clone, Debug)]
enum Step {
    Insert(Record),
    Update(Record),
    Delete(Key, u64),
    Enqueue(Work),
    Finish(WorkId),
    Reschedule(WorkId, i64, u32),
    Cancel(WorkKind, String, String),
    Shift(WorkKind, String, i64),
}

#[derive(Clone, Debug)]
enum Action {
    Commit(Vec<Step>),
    Claim { kind: WorkKind, now_ms: i64, lease_ms: i64, limit: u32 },
    Find(Query),
}

fn owner() -> impl Strategy<Value = String> {
    prop_oneof![3 => Just("1".to_owned()), 1 => Just("2".to_owned())]
}

fn key() -> impl Strategy<Value = Key> {
    let table = prop_oneof![Just(Table::Payment), Just(Table::Token), Just(Table::Idempotence)];
    (table, owner(), 0..4_u8).prop_map(|(table, owner, id)| Key::new(table, owner, id.to_string()))
}

fn text() -> impl Strategy<Value = Option<String>> {
    prop_oneof![3 => Just(None), 1 => Just(Some("x".into())), 1 => Just(Some("y".into()))]
}

fn record() -> impl Strategy<Value = Record> {
    let index = (text(), text(), text(), text(), proptest::option::of(0..2_i64), 0..4_i64);
    let index = index.prop_map(|(reference, parent, lookup, extra, order, sort)| Index {
        reference,
        parent,
        lookup,
        extra,
        order,
        sort,
    });
    (key(), 0..4_u64, vec(any::<u8>(), 0..4), index)
        .prop_map(|(key, version, body, index)| Record { key, version, body, index })
}

fn kind() -> impl Strategy<Value = WorkKind> {
    prop_oneof![2 => Just(WorkKind::Timer), 1 => Just(WorkKind::Delivery)]
}

fn work_id() -> impl Strategy<Value = WorkId> {
    (owner(), 0..6_u8).prop_map(|(owner, name)| WorkId::new(owner, name.to_string()))
}

fn work() -> impl Strategy<Value = Work> {
    (kind(), work_id(), 0..50_i64, 0..3_u32, text(), 0..3_i64).prop_map(
        |(kind, id, due_ms, attempts, target, lease)| {
            let mut work = Work::new(kind, id, due_ms, "w");
            (work.attempts, work.target, work.lease_until_ms) = (attempts, target, lease * 20);
            work
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    let target = || prop_oneof![Just("x".to_owned()), Just("y".to_owned())];
    prop_oneof![
        6 => record().prop_map(Step::Insert),
        6 => record().prop_map(Step::Update),
        2 => (key(), 0..4_u64).prop_map(|(key, version)| Step::Delete(key, version)),
        5 => work().prop_map(Step::Enqueue),
        2 => work_id().prop_map(Step::Finish),
        2 => (work_id(), 0..50_i64, 0..5_u32).prop_map(|(id, due, n)| Step::Reschedule(id, due, n)),
        1 => (kind(), owner(), target()).prop_map(|(k, owner, t)| Step::Cancel(k, owner, t)),
        1 => (kind(), owner(), -9..9_i64).prop_map(|(k, owner, by)| Step::Shift(k, owner, by)),
    ]
}

fn query() -> impl Strategy<Value = Query> {
    let filters = (text(), text(), text(), text(), proptest::option::of(0..2_i64));
    (key(), filters, any::<bool>(), 0..3_u64, 0..5_u32).prop_map(
        |(key, (reference, parent, lookup, extra, order), oldest, offset, limit)| {
            let mut query = Query::new(key.table, key.owner).page(offset, limit);
            query.reference = reference;
            query.parent = parent;
            query.lookup = lookup;
            query.extra = extra;
            query.order = order;
            if oldest { query.oldest_first() } else { query }
        },
    )
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        8 => vec(step(), 1..5).prop_map(Action::Commit),
        2 => (kind(), 0..80_i64, 0..30_i64, 0..4_u32).prop_map(
            |(kind, now_ms, lease_ms, limit)| Action::Claim { kind, now_ms, lease_ms, limit }
        ),
        2 => query().prop_map(Action::Find),
    ]
}

fn batch(steps: Vec<Step>) -> Batch {
    let mut batch = Batch::new();
    for step in steps {
        match step {
            Step::Insert(record) => batch.insert(record),
            Step::Update(record) => batch.update(record),
            Step::Delete(key, version) => batch.delete(key, version),
            Step::Enqueue(work) => batch.enqueue(work),
            Step::Finish(id) => batch.finish(id),
            Step::Reschedule(id, due_ms, attempts) => batch.reschedule(id, due_ms, attempts),
            Step::Cancel(kind, owner, target) => batch.cancel_work(kind, owner, target),
            Step::Shift(kind, owner, by_ms) => batch.shift_due(kind, owner, by_ms),
        };
    }
    batch
}

/// Everything in a store.
async fn contents(store: &dyn Store) -> (Vec<Record>, Vec<Work>) {
    let (mut records, mut work) = (Vec::new(), Vec::new());
    for table in Table::ALL {
        records.extend(store.scan(table, None, 1_000).await.unwrap());
    }
    for kind in WorkKind::ALL {
        work.extend(store.claim_due(kind, i64::MAX, 0, 1_000).await.unwrap());
    }
    (records, work)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Queued all at once, so that SQLite commits them in groups, including the redone ones.
    #[test]
    fn sqlite_is_the_model(actions in vec(action(), 1..60), at_once in any::<bool>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let dir = tempfile::tempdir().unwrap();
        runtime.block_on(async {
            let (sqlite, model) = (crate::sqlite::open(dir.path()), MemoryStore::new());
            let mut commits = Vec::new();
            for action in actions {
                match action {
                    Action::Commit(steps) => {
                        let expected = model.commit(batch(steps.clone()));
                        commits.push((sqlite.commit(batch(steps)), expected.await));
                    }
                    Action::Claim { kind, now_ms, lease_ms, limit } => {
                        let real = sqlite.claim_due(kind, now_ms, lease_ms, limit).await;
                        let expected = model.claim_due(kind, now_ms, lease_ms, limit).await;
                        prop_assert_eq!(real, expected);
                        let (real, expected) = (sqlite.next_due(kind), model.next_due(kind));
                        prop_assert_eq!(real.await, expected.await);
                    }
                    Action::Find(query) => {
                        // Reads don't wait for the queue.
                        for (real, expected) in commits.drain(..) {
                            prop_assert_eq!(real.await, expected);
                        }
                        let real = sqlite.find(query.clone()).await;
                        prop_assert_eq!(real, model.find(query).await);
                    }
                }
                if !at_once {
                    for (real, expected) in commits.drain(..) {
                        prop_assert_eq!(real.await, expected);
                    }
                }
            }
            for (real, expected) in commits {
                prop_assert_eq!(real.await, expected);
            }
            prop_assert_eq!(contents(&sqlite).await, contents(&model).await);
            drop(sqlite);
            prop_assert_eq!(contents(&crate::sqlite::open(dir.path())).await, contents(&model).await);
            Ok(())
        })?;
    }
}
