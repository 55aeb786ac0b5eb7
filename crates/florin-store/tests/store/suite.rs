//! What every store must do.

use std::collections::HashSet;

use florin_store::{
    Batch, CommitError, Index, Key, MAX_BATCH_BYTES, Query, ReadError, Record, Store, Table, Work,
    WorkId, WorkKind,
};

pub(crate) fn payment(id: &str) -> Record {
    Record::new(Key::new(Table::Payment, "1226", id), format!("body of {id}"))
}

pub(crate) fn token(id: &str, lookup: &str) -> Record {
    let index = Index { lookup: Some(lookup.into()), ..Index::default() };
    Record::new(Key::new(Table::Token, "1226", id), "token").with_index(index)
}

pub(crate) fn timer(name: &str, due_ms: i64) -> Work {
    Work::new(WorkKind::Timer, WorkId::new("1226", name), due_ms, "timer")
}

pub(crate) async fn insert(store: &dyn Store, records: impl IntoIterator<Item = Record>) {
    let mut batch = Batch::new();
    for record in records {
        batch.insert(record);
    }
    store.commit(batch).await.unwrap();
}

pub(crate) async fn enqueue(store: &dyn Store, works: impl IntoIterator<Item = Work>) {
    let mut batch = Batch::new();
    for work in works {
        batch.enqueue(work);
    }
    store.commit(batch).await.unwrap();
}

fn batch(fill: impl FnOnce(&mut Batch)) -> Batch {
    let mut batch = Batch::new();
    fill(&mut batch);
    batch
}

async fn ids(store: &dyn Store, query: Query) -> (u64, Vec<String>) {
    let page = store.find(query).await.unwrap();
    (page.total, page.records.into_iter().map(|record| record.key.id.into()).collect())
}

async fn timers(store: &dyn Store, now_ms: i64) -> Vec<(String, i64)> {
    let work = store.claim_due(WorkKind::Timer, now_ms, 0, 100).await.unwrap();
    work.into_iter().map(|work| (work.id.name.into(), work.due_ms)).collect()
}

pub(crate) async fn insert_get_update_delete(store: &dyn Store) {
    let mut record = payment("1").with_index(Index {
        reference: Some("ref".into()),
        parent: Some("parent".into()),
        lookup: Some("lookup".into()),
        extra: Some("extra".into()),
        order: Some(-7),
        sort: 1_700_000_000_000,
    });
    record.version = 99;
    insert(store, [record.clone()]).await;
    record.version = 1;
    assert_eq!(store.get(record.key.clone()).await.unwrap(), Some(record.clone()));

    record.body = b"changed".to_vec();
    store.commit(batch(|b| _ = b.update(record.clone()))).await.unwrap();
    record.version = 2;
    assert_eq!(store.get(record.key.clone()).await.unwrap(), Some(record.clone()));

    record.index = Index { reference: Some("other".into()), ..Index::default() };
    store.commit(batch(|b| _ = b.update(record.clone()))).await.unwrap();
    record.version = 3;
    assert_eq!(store.get(record.key.clone()).await.unwrap(), Some(record.clone()));

    store.commit(batch(|b| _ = b.delete(record.key.clone(), 3))).await.unwrap();
    assert_eq!(store.get(record.key).await.unwrap(), None);
}

pub(crate) async fn a_batch_is_atomic(store: &dyn Store) {
    insert(store, [payment("old"), token("card", "pan")]).await;
    let last_fails: [(Batch, CommitError); 4] = [
        (
            batch(|b| _ = b.insert(payment("new")).insert(payment("old"))),
            CommitError::Duplicate(payment("old").key),
        ),
        (
            batch(|b| _ = b.insert(payment("new")).insert(token("second", "pan"))),
            CommitError::DuplicateLookup(token("card", "").key),
        ),
        (
            batch(|b| _ = b.insert(payment("new")).delete(payment("old").key, 2)),
            CommitError::Conflict(payment("old").key),
        ),
        (
            batch(|b| {
                let mut changed = payment("old");
                changed.version = 1;
                b.insert(payment("new")).update(changed).delete(token("card", "").key, 1);
                b.enqueue(timer("t", 0)).finish(WorkId::new("1226", "none"));
            }),
            CommitError::Gone(WorkId::new("1226", "none")),
        ),
    ];
    for (batch, error) in last_fails {
        assert_eq!(store.commit(batch).await, Err(error));
        assert_eq!(store.get(payment("new").key).await.unwrap(), None);
        assert_eq!(store.get(payment("old").key).await.unwrap().unwrap().version, 1);
        assert!(store.get(token("card", "").key).await.unwrap().is_some());
    }
}

pub(crate) async fn a_refused_batch_leaves_no_work_behind(store: &dyn Store) {
    enqueue(store, [timer("kept", 5).with_target("p"), timer("leased", 6)]).await;
    let refused = batch(|b| {
        b.cancel_work(WorkKind::Timer, "1226", "p").shift_due(WorkKind::Timer, "1226", 3);
        b.reschedule(WorkId::new("1226", "leased"), 77, 9).enqueue(timer("new", 1));
        b.enqueue(timer("leased", 1));
    });
    let error = CommitError::DuplicateWork(WorkId::new("1226", "leased"));
    assert_eq!(store.commit(refused).await, Err(error));
    assert_eq!(timers(store, 100).await, [("kept".into(), 5), ("leased".into(), 6)]);
}

pub(crate) async fn changes_of_one_batch_see_each_other(store: &dyn Store) {
    let mut second = payment("1");
    second.version = 1;
    second.body = b"second".to_vec();
    let all = batch(|b| {
        b.insert(payment("1")).update(second.clone()).insert(token("a", "pan"));
        b.delete(token("a", "").key, 1).insert(token("b", "pan"));
    });
    store.commit(all).await.unwrap();
    let stored = store.get(second.key.clone()).await.unwrap().unwrap();
    assert_eq!((stored.version, stored.body), (2, b"second".to_vec()));
    assert_eq!(store.get(token("a", "").key).await.unwrap(), None);
    let twice = batch(|b| _ = b.insert(payment("2")).insert(payment("2")));
    assert_eq!(store.commit(twice).await, Err(CommitError::Duplicate(payment("2").key)));
}

pub(crate) async fn versions_must_match(store: &dyn Store) {
    insert(store, [payment("1")]).await;
    let key = payment("1").key;
    for version in [0, 2, u64::MAX] {
        let mut record = payment("1");
        record.version = version;
        let update = store.commit(batch(|b| _ = b.update(record))).await;
        assert_eq!(update, Err(CommitError::Conflict(key.clone())));
        let delete = store.commit(batch(|b| _ = b.delete(key.clone(), version))).await;
        assert_eq!(delete, Err(CommitError::Conflict(key.clone())));
    }
    let mut missing = payment("missing");
    missing.version = 1;
    let update = store.commit(batch(|b| _ = b.update(missing.clone()))).await;
    assert_eq!(update, Err(CommitError::Conflict(missing.key)));
}

pub(crate) async fn look_ups_are_unique_per_table_and_owner(store: &dyn Store) {
    insert(store, [token("1", "pan"), token("2", "other")]).await;
    let second = store.commit(batch(|b| _ = b.insert(token("3", "pan")))).await;
    assert_eq!(second, Err(CommitError::DuplicateLookup(token("1", "").key)));
    let mut moved = token("2", "pan");
    moved.version = 1;
    let update = store.commit(batch(|b| _ = b.update(moved.clone()))).await;
    assert_eq!(update, Err(CommitError::DuplicateLookup(token("1", "").key)));
    moved.version = 9;
    let update = store.commit(batch(|b| _ = b.update(moved))).await;
    assert_eq!(update, Err(CommitError::Conflict(token("2", "").key)));
    let same_key = store.commit(batch(|b| _ = b.insert(token("2", "pan")))).await;
    assert_eq!(same_key, Err(CommitError::Duplicate(token("2", "").key)));

    let (mut other_owner, mut other_table) = (token("1", "pan"), token("1", "pan"));
    other_owner.key.owner = "99".into();
    other_table.key.table = Table::Idempotence;
    insert(store, [other_owner, other_table]).await;
}

pub(crate) async fn an_update_keeps_its_own_look_up(store: &dyn Store) {
    insert(store, [token("1", "pan")]).await;
    let mut record = token("1", "pan");
    record.version = 1;
    record.index.sort = 5;
    store.commit(batch(|b| _ = b.update(record))).await.unwrap();
    let found = ids(store, Query::new(Table::Token, "1226").lookup("pan")).await;
    assert_eq!(found, (1, vec!["1".into()]));
}

pub(crate) async fn find_filters_and_pages(store: &dyn Store) {
    let record = |number: i64| {
        let index = Index {
            reference: Some(if number % 2 == 0 { "even" } else { "odd" }.into()),
            parent: (number % 3 == 0).then(|| "three".into()),
            extra: Some(format!("checkout {}", number / 4)),
            order: Some(number / 2),
            sort: number * 10,
            lookup: None,
        };
        payment(&number.to_string()).with_index(index)
    };
    insert(store, (0..12).map(record)).await;
    let all = || Query::new(Table::Payment, "1226");
    let strings = |ids: &[&str]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();

    assert_eq!(ids(store, all().page(0, 3)).await, (12, strings(&["11", "10", "9"])));
    assert_eq!(ids(store, all().page(10, 3)).await, (12, strings(&["1", "0"])));
    assert_eq!(ids(store, all().page(12, 3)).await, (12, vec![]));
    assert_eq!(ids(store, all().page(u64::MAX, 3)).await, (12, vec![]));
    assert_eq!(ids(store, all().page(0, 0)).await, (12, vec![]));
    assert_eq!(ids(store, all().page(0, u32::MAX)).await.1.len(), 12);
    assert_eq!(ids(store, all().oldest_first().page(1, 2)).await, (12, strings(&["1", "2"])));
    assert_eq!(ids(store, all().reference("even").page(1, 2)).await, (6, strings(&["8", "6"])));
    assert_eq!(ids(store, all().parent("three")).await, (4, strings(&["9", "6", "3", "0"])));
    let both = all().parent("three").reference("odd").oldest_first();
    assert_eq!(ids(store, both).await, (2, strings(&["3", "9"])));
    assert_eq!(ids(store, all().extra("checkout 1").order(3)).await, (2, strings(&["7", "6"])));
    assert_eq!(ids(store, all().extra("checkout 1").order(4)).await, (0, vec![]));
    assert_eq!(ids(store, all().lookup("none")).await, (0, vec![]));
    let page = store.find(all().order(0).page(0, 1)).await.unwrap();
    let mut expected = record(1);
    expected.version = 1;
    assert_eq!(page.records, [expected]);
}

pub(crate) async fn find_sorts_equal_times_by_insert(store: &dyn Store) {
    for id in ["b", "a", "c"] {
        insert(store, [payment(id)]).await;
    }
    let all = || Query::new(Table::Payment, "1226");
    assert_eq!(ids(store, all().oldest_first()).await.1, ["b", "a", "c"]);
    assert_eq!(ids(store, all()).await.1, ["c", "a", "b"]);
}

pub(crate) async fn find_follows_updates(store: &dyn Store) {
    let index = Index { reference: Some("old".into()), ..Index::default() };
    let mut record = payment("1").with_index(index);
    insert(store, [record.clone()]).await;
    record.version = 1;
    record.index.reference = Some("new".into());
    store.commit(batch(|b| _ = b.update(record))).await.unwrap();
    let by = |reference: &str| Query::new(Table::Payment, "1226").reference(reference);
    assert_eq!(ids(store, by("old")).await.0, 0);
    assert_eq!(ids(store, by("new")).await.0, 1);
}

pub(crate) async fn owners_and_tables_are_apart(store: &dyn Store) {
    for table in Table::ALL {
        for owner in ["", "1226", "12267"] {
            let index = Index { reference: Some("r".into()), ..Index::default() };
            let body = format!("{} {owner}", table.as_str());
            insert(store, [Record::new(Key::new(table, owner, "1"), body).with_index(index)]).await;
        }
    }
    for table in Table::ALL {
        for owner in ["", "1226", "12267"] {
            let record = store.get(Key::new(table, owner, "1")).await.unwrap().unwrap();
            assert_eq!(record.body, format!("{} {owner}", table.as_str()).into_bytes());
            assert_eq!(ids(store, Query::new(table, owner).reference("r")).await.0, 1);
        }
    }
}

pub(crate) async fn scan_walks_all_owners(store: &dyn Store) {
    let keys: Vec<_> = [("", ""), ("", "2"), ("a", "1"), ("a", "2"), ("b", "0"), ("b", "9")]
        .map(|(owner, id)| Key::new(Table::ApiKey, owner, id))
        .into();
    insert(store, keys.iter().rev().map(|key| Record::new(key.clone(), "x"))).await;
    insert(store, [Record::new(Key::new(Table::WebhookKey, "a", "1"), "x")]).await;
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let page = store.scan(Table::ApiKey, after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
        seen.extend(page.into_iter().map(|record| record.key));
    }
    assert_eq!(seen, keys);
}

pub(crate) async fn claims_are_leased_in_order(store: &dyn Store) {
    enqueue(store, [timer("late", 30), timer("b", 10), timer("a", 10), timer("first", 5)]).await;
    enqueue(store, [Work::new(WorkKind::Delivery, WorkId::new("1226", "d"), 1, "x")]).await;
    assert_eq!(store.next_due(WorkKind::Timer).await.unwrap(), Some(5));
    assert_eq!(store.next_due(WorkKind::Recovery).await.unwrap(), None);

    let claimed = store.claim_due(WorkKind::Timer, 10, 100, 2).await.unwrap();
    let names: Vec<_> = claimed.iter().map(|work| &*work.id.name).collect();
    assert_eq!(names, ["first", "b"]);
    assert_eq!(claimed[0].lease_until_ms, 110);
    assert_eq!((claimed[0].due_ms, &*claimed[0].body), (5, &b"timer"[..]));

    let claimed = store.claim_due(WorkKind::Timer, 10, 100, 9).await.unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!(store.next_due(WorkKind::Timer).await.unwrap(), Some(30));
    assert!(store.claim_due(WorkKind::Timer, 29, 100, 9).await.unwrap().is_empty());
    // The leases run out; what waits longest comes first.
    let again = store.claim_due(WorkKind::Timer, 110, i64::MAX, 9).await.unwrap();
    let names: Vec<_> = again.iter().map(|work| &*work.id.name).collect();
    assert_eq!(names, ["late", "b", "a", "first"]);
    assert_eq!(store.next_due(WorkKind::Timer).await.unwrap(), Some(i64::MAX));
}

pub(crate) async fn finish_and_reschedule(store: &dyn Store) {
    enqueue(store, [timer("done", 0), timer("retry", 0)]).await;
    store.claim_due(WorkKind::Timer, 0, 1_000, 9).await.unwrap();
    let ends = batch(|b| {
        b.finish(WorkId::new("1226", "done")).reschedule(WorkId::new("1226", "retry"), 50, 3);
    });
    store.commit(ends.clone()).await.unwrap();
    let gone = CommitError::Gone(WorkId::new("1226", "done"));
    assert_eq!(store.commit(ends).await, Err(gone));
    let missing = WorkId::new("9", "retry");
    let reschedule = store.commit(batch(|b| _ = b.reschedule(missing.clone(), 0, 0))).await;
    assert_eq!(reschedule, Err(CommitError::Gone(missing)));

    assert!(store.claim_due(WorkKind::Timer, 49, 10, 9).await.unwrap().is_empty());
    let work = store.claim_due(WorkKind::Timer, 50, 10, 9).await.unwrap();
    assert_eq!((work.len(), work[0].attempts, work[0].lease_until_ms), (1, 3, 60));
}

pub(crate) async fn cancel_by_target(store: &dyn Store) {
    let mut other_owner = timer("c", 0).with_target("p1");
    other_owner.id.owner = "9".into();
    let mut delivery = timer("d", 0).with_target("p1");
    delivery.kind = WorkKind::Delivery;
    let p1 = |name| timer(name, 0).with_target("p1");
    enqueue(store, [p1("a"), p1("a2"), timer("b", 0).with_target("p2"), timer("n", 0)]).await;
    enqueue(store, [other_owner, delivery]).await;
    store.claim_due(WorkKind::Timer, 0, 10, 1).await.unwrap();
    let cancel = batch(|b| _ = b.cancel_work(WorkKind::Timer, "1226", "p1"));
    store.commit(cancel.clone()).await.unwrap();
    store.commit(cancel).await.unwrap();
    let left: Vec<_> = timers(store, 100).await.into_iter().map(|(name, _)| name).collect();
    assert_eq!(left, ["b", "n", "c"]);
    assert_eq!(store.claim_due(WorkKind::Delivery, 0, 10, 9).await.unwrap().len(), 1);
}

pub(crate) async fn shift_moves_one_owner(store: &dyn Store) {
    let mut other = timer("other", 100);
    other.id.owner = "9".into();
    enqueue(store, [timer("a", 100), timer("b", 200), other, timer("min", i64::MIN)]).await;
    let shift = batch(|b| _ = b.shift_due(WorkKind::Timer, "1226", 60));
    store.commit(shift).await.unwrap();
    let min = store.claim_due(WorkKind::Timer, 0, 1_000, 9).await.unwrap();
    assert_eq!((min.len(), min[0].due_ms), (1, i64::MIN));
    let expected = [("a".into(), 40), ("other".into(), 100), ("b".into(), 140)];
    assert_eq!(timers(store, 999).await, expected);
}

pub(crate) async fn work_changes_have_a_fixed_order(store: &dyn Store) {
    enqueue(store, [timer("fired", 0).with_target("p")]).await;
    // Cancelled before it is finished, enqueued before it is cancelled and shifted: none of it matters.
    let all = batch(|b| {
        b.enqueue(timer("next", 50).with_target("p"));
        b.shift_due(WorkKind::Timer, "1226", 7).cancel_work(WorkKind::Timer, "1226", "p");
        b.finish(WorkId::new("1226", "fired"));
    });
    store.commit(all).await.unwrap();
    assert_eq!(timers(store, 99).await, [("next".into(), 50)]);
    let replace = batch(|b| {
        b.enqueue(timer("next", 60).with_target("p")).cancel_work(WorkKind::Timer, "1226", "p");
    });
    store.commit(replace).await.unwrap();
    assert_eq!(timers(store, 99).await, [("next".into(), 60)]);
}

pub(crate) async fn work_ids_are_unique(store: &dyn Store) {
    enqueue(store, [timer("a", 0)]).await;
    let mut same_id = timer("a", 5);
    same_id.kind = WorkKind::Delivery;
    let result = store.commit(batch(|b| _ = b.enqueue(same_id.clone()))).await;
    assert_eq!(result, Err(CommitError::DuplicateWork(same_id.id.clone())));
    same_id.id.owner = "9".into();
    enqueue(store, [same_id]).await;
}

pub(crate) async fn concurrent_claimers_never_share(store: &dyn Store) {
    enqueue(store, (0..100).map(|number| timer(&number.to_string(), number))).await;
    let claims: Vec<_> = (0..30).map(|_| store.claim_due(WorkKind::Timer, 1_000, 10, 7)).collect();
    let mut seen = HashSet::new();
    for claim in claims {
        for work in claim.await.unwrap() {
            assert!(seen.insert(work.id), "claimed twice");
        }
    }
    assert_eq!(seen.len(), 100);
}

pub(crate) async fn concurrent_updates_are_won_once(store: &dyn Store) {
    insert(store, [payment("1")]).await;
    let mut record = payment("1");
    record.version = 1;
    let commits: Vec<_> = (0..20)
        .map(|number| {
            let own = payment(&format!("of {number}"));
            store.commit(batch(|b| _ = b.insert(own).update(record.clone())))
        })
        .collect();
    let mut won = Vec::new();
    for (number, commit) in commits.into_iter().enumerate() {
        match commit.await {
            Ok(()) => won.push(number),
            Err(error) => assert_eq!(error, CommitError::Conflict(record.key.clone())),
        }
    }
    assert_eq!(won.len(), 1);
    let all = store.find(Query::new(Table::Payment, "1226")).await.unwrap();
    assert_eq!(all.total, 2, "the record, and what the winner inserted beside it");
}

pub(crate) async fn a_dropped_future_still_commits(store: &dyn Store) {
    drop(store.commit(batch(|b| _ = b.insert(payment("1")))));
    store.flush().await.unwrap();
    assert!(store.get(payment("1").key).await.unwrap().is_some());
}

pub(crate) async fn empty_and_oversized_batches(store: &dyn Store) {
    assert_eq!(store.commit(Batch::new()).await, Ok(()));
    let huge = Record::new(payment("1").key, vec![0; MAX_BATCH_BYTES + 1]);
    let result = store.commit(batch(|b| _ = b.insert(huge))).await;
    assert_eq!(result, Err(CommitError::TooLarge));
    let large = Record::new(payment("1").key, vec![0; MAX_BATCH_BYTES]);
    assert_eq!(store.commit(batch(|b| _ = b.insert(large))).await, Ok(()));
}

pub(crate) async fn a_closed_store_refuses(store: &dyn Store) {
    let last = store.commit(batch(|b| _ = b.insert(payment("1"))));
    let closed = store.close();
    let late = store.commit(batch(|b| _ = b.insert(payment("2"))));
    assert_eq!(last.await, Ok(()));
    assert_eq!(closed.await, Ok(()));
    assert_eq!(late.await, Err(CommitError::Closed));
    assert_eq!(store.get(payment("1").key).await, Err(ReadError::Closed));
    assert_eq!(store.claim_due(WorkKind::Timer, 0, 0, 1).await, Err(CommitError::Closed));
    assert_eq!(store.close().await, Err(CommitError::Closed));
}

pub(crate) async fn odd_strings_are_kept(store: &dyn Store) {
    for id in ["", "a\0b", "a", "Ä", "ä", "%", "'; DROP TABLE payment; --", "💶"] {
        let index = Index { reference: Some(id.into()), ..Index::default() };
        let record = Record::new(Key::new(Table::Payment, "1226", id), vec![0, 255]);
        insert(store, [record.with_index(index)]).await;
        let stored = store.get(Key::new(Table::Payment, "1226", id)).await.unwrap().unwrap();
        assert_eq!((&*stored.key.id, stored.body), (id, vec![0, 255]));
        let query = Query::new(Table::Payment, "1226").reference(id);
        assert_eq!(ids(store, query).await, (1, vec![id.into()]));
    }
}
