//! The store contract as tests: `suite` runs on every implementation, `sqlite` is about files, threads and locks,
//! `model` compares SQLite with the model on random batches.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests as well")]

mod model;
mod sqlite;
mod suite;

/// Runs every function of the suite on every store.
macro_rules! on_every_store {
    ($($name:ident)*) => {
        mod on_memory {
            $(#[tokio::test]
            async fn $name() {
                crate::suite::$name(&florin_store::MemoryStore::new()).await;
            })*
        }
        mod on_sqlite {
            $(#[tokio::test]
            async fn $name() {
                let dir = tempfile::tempdir().unwrap();
                crate::suite::$name(&crate::sqlite::open(dir.path())).await;
            })*
        }
    };
}

on_every_store! {
    insert_get_update_delete
    a_batch_is_atomic
    a_refused_batch_leaves_no_work_behind
    changes_of_one_batch_see_each_other
    versions_must_match
    look_ups_are_unique_per_table_and_owner
    an_update_keeps_its_own_look_up
    find_filters_and_pages
    find_sorts_equal_times_by_insert
    find_follows_updates
    owners_and_tables_are_apart
    scan_walks_all_owners
    claims_are_leased_in_order
    finish_and_reschedule
    cancel_by_target
    shift_moves_one_owner
    work_changes_have_a_fixed_order
    work_ids_are_unique
    concurrent_claimers_never_share
    concurrent_updates_are_won_once
    a_dropped_future_still_commits
    empty_and_oversized_batches
    a_closed_store_refuses
    odd_strings_are_kept
}
