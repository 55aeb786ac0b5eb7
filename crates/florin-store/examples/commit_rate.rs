//! How many payments a second can be made durable in a folder, and what one costs in CPU time.
//!
//! ```sh
//! cargo run --release -p florin-store --example commit_rate -- /path/on/the/disk [seconds] [callers] [merchants]
//! ```
//!
//! Each caller commits a payment, its idempotence record and one webhook event, waits, and commits the next.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for people, not a library"
)]

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use florin_store::{
    Batch, Index, Key, Options, Record, SqliteStore, Store, Table, Work, WorkId, WorkKind,
};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let dir = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let seconds = arguments.next().map_or(5, |text| text.parse().unwrap());
    let callers: u64 = arguments.next().map_or(64, |text| text.parse().unwrap());
    let merchants: u64 = arguments.next().map_or(10, |text| text.parse().unwrap());
    let dir = dir.join(format!("florin-commit-rate-{}", std::process::id()));

    let store = Arc::new(SqliteStore::open(&dir, Options::default()).unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let written_before = written_bytes();
    let (cpu_before, stats_before, start) = (cpu_ns(), store.stats(), Instant::now());
    let end = start + Duration::from_secs(seconds);
    let mut waits: Vec<Duration> = runtime.block_on(async {
        let callers: Vec<_> = (0..callers)
            .map(|caller| {
                tokio::spawn(run_caller(Arc::clone(&store), 1_226 + caller % merchants, end))
            })
            .collect();
        let mut waits = Vec::new();
        for caller in callers {
            waits.extend(caller.await.unwrap());
        }
        waits
    });
    let wall_ms = start.elapsed().as_millis();
    let (cpu_after, stats) = (cpu_ns(), store.stats());
    let written_after = written_bytes();

    let batches = u128::from(stats.batches - stats_before.batches);
    let commits = u128::from(stats.commits - stats_before.commits);
    waits.sort_unstable();
    let wait_us = |percent: usize| waits[(waits.len() - 1) * percent / 100].as_micros();
    println!("batches/s        {:>8}", batches * 1_000 / wall_ms);
    println!("commits/s        {:>8}", commits * 1_000 / wall_ms);
    println!("batches a commit {:>8}", batches / commits.max(1));
    println!("wait p50 us      {:>8}", wait_us(50));
    println!("wait p99 us      {:>8}", wait_us(99));
    println!("wait max us      {:>8}", wait_us(100));
    println!("checkpoints      {:>8}", stats.checkpoints);
    println!("bytes a batch    {:>8}", u128::from(stats.bytes) / batches.max(1));
    println!("written a batch  {:>8}", (written_after - written_before) / batches.max(1));
    println!("CPU ns a batch, by thread (total {}):", total(&cpu_after, &cpu_before) / batches);
    for (name, ns) in &cpu_after {
        let before = cpu_before.iter().find(|(other, _)| other == name).map_or(0, |(_, ns)| *ns);
        println!("  {name:<16} {:>7}", u128::from(ns - before) / batches);
    }
    drop(runtime);
    drop(store);
    fs::remove_dir_all(&dir).unwrap();
}

async fn run_caller(store: Arc<SqliteStore>, merchant: u64, end: Instant) -> Vec<Duration> {
    /// The next order number, shared by all.
    static ORDER: AtomicU64 = AtomicU64::new(1);
    let mut waits = Vec::new();
    let owner = merchant.to_string();
    loop {
        let start = Instant::now();
        if start >= end {
            return waits;
        }
        // Payments and events are numbered as they come; merchants choose idempotence keys at random.
        let order = ORDER.fetch_add(1, Relaxed);
        let id = format!("{owner:0>10}{order:0>10}0000100001");
        let random = order.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let index = Index {
            reference: Some(format!("order-{order}")),
            order: i64::try_from(order).ok(),
            sort: 1_700_000_000_000 + i64::try_from(order).unwrap(),
            ..Index::default()
        };
        let idempotence =
            Key::new(Table::Idempotence, owner.as_str(), format!("POST payments {random:032x}"));
        let payment = Key::new(Table::Payment, owner.as_str(), id.as_str());
        let event = WorkId::new(owner.as_str(), format!("event-{order:020}"));
        let mut batch = Batch::new();
        batch.insert(Record::new(idempotence, vec![b'i'; 300]));
        batch.insert(Record::new(payment, vec![b'p'; 900]).with_index(index));
        batch.enqueue(Work::new(WorkKind::Delivery, event, 1_700_000_000_000, vec![b'e'; 900]));
        store.commit(batch).await.unwrap();
        waits.push(start.elapsed());
    }
}

/// CPU time of each thread, where the system tells (Linux).
fn cpu_ns() -> Vec<(String, u64)> {
    let mut times: Vec<(String, u64)> = Vec::new();
    let Ok(tasks) = fs::read_dir("/proc/self/task") else { return times };
    for task in tasks.flatten() {
        let Ok(name) = fs::read_to_string(task.path().join("comm")) else { continue };
        let Ok(stat) = fs::read_to_string(task.path().join("schedstat")) else { continue };
        let ns = stat.split_whitespace().next().and_then(|text| text.parse().ok()).unwrap_or(0);
        match times.iter_mut().find(|(other, _)| other == name.trim()) {
            Some((_, sum)) => *sum += ns,
            None => times.push((name.trim().to_owned(), ns)),
        }
    }
    times
}

/// Bytes that this process handed to the system to write, where the system tells (Linux).
fn written_bytes() -> u128 {
    let text = fs::read_to_string("/proc/self/io").unwrap_or_default();
    let written = text.lines().find_map(|line| line.strip_prefix("wchar: "));
    written.and_then(|bytes| bytes.parse().ok()).unwrap_or(0)
}

fn total(after: &[(String, u64)], before: &[(String, u64)]) -> u128 {
    let sum = |times: &[(String, u64)]| times.iter().map(|(_, ns)| u128::from(*ns)).sum::<u128>();
    sum(after) - sum(before)
}
