//! Clients that hang up right after they asked: what they asked for happens wholly or not at all.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::Arc;

use florin_processor::Nature;
use florin_store::{Options, SqliteStore, Table};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::harness::{Call, Sandbox, Setup, card_payment};
use crate::support::{Gated, events, eventually, text, types};

/// Sends a call as bytes and closes the connection, without a look at the answer.
async fn ask_and_leave(sandbox: &Sandbox, call: Call<'_>, body: &str) {
    let (parts, _) = call.into_request().into_parts();
    let mut bytes = format!("{} {} HTTP/1.1\r\n", parts.method, parts.uri);
    for (name, value) in &parts.headers {
        let _ = write!(bytes, "{name}: {}\r\n", value.to_str().unwrap());
    }
    let _ = write!(bytes, "Content-Length: {}\r\n\r\n{body}", body.len());
    let mut stream = TcpStream::connect(&sandbox.address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
}

fn create(sandbox: &Sandbox, number: usize) -> Call<'_> {
    let body = card_payment(1000, "EUR");
    sandbox.call("POST", "/payments").json(&body).idempotent(&format!("key {number}"))
}

/// Asks each key for its answer and checks that exactly that payment is there, whole.
async fn every_key_answers(sandbox: &Sandbox, keys: usize) {
    let mut ids = HashSet::new();
    for number in 0..keys {
        eventually(async || create(sandbox, number).send().await.status != 409).await;
        let reply = create(sandbox, number).send().await;
        assert_eq!(reply.status, 201, "{reply:?}");
        let payment = &reply.body["payment"];
        let id = text(payment, "/id").to_owned();
        assert_eq!(sandbox.get(&format!("/payments/{id}")).await.body, *payment);
        assert!(ids.insert(id), "two keys have one payment");
    }
    let mut found = HashSet::new();
    for offset in (0..keys).step_by(100) {
        let page = sandbox.get(&format!("/payments?limit=100&offset={offset}")).await.body;
        assert_eq!(page["totalCount"], keys, "there are payments that no key knows");
        for payment in page["payments"].as_array().unwrap() {
            assert_eq!(text(payment, "/status"), "PENDING_APPROVAL");
            found.insert(text(payment, "/id").to_owned());
        }
    }
    assert_eq!(found, ids);
    let events = events(sandbox).await;
    assert_eq!(events.len(), 2 * keys);
    let created = types(&events).iter().filter(|it| **it == "payment.created").count();
    assert_eq!(created, keys);
    let intents = sandbox.store.scan(Table::Intent, None, 10).await.unwrap();
    assert!(intents.is_empty(), "{intents:?}");
}

fn on_disk(folder: &tempfile::TempDir) -> Setup {
    let store = SqliteStore::open(folder.path(), Options::default()).unwrap();
    Setup { store: Arc::new(store), ..Setup::default() }
}

async fn hang_up(sandbox: &Sandbox, clients: usize) {
    let body = card_payment(1000, "EUR").to_string();
    for number in 0..clients {
        ask_and_leave(sandbox, create(sandbox, number), &body).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_clients_hang_up_on_a_fast_processor() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::with(on_disk(&folder)).await;
    hang_up(&sandbox, 100).await;
    every_key_answers(&sandbox, 100).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_clients_hang_up_on_a_slow_processor() {
    for nature in [Nature::Local, Nature::Remote] {
        let folder = tempfile::tempdir().unwrap();
        let gated = Arc::new(Gated::closed(nature));
        let setup = Setup { processor: gated.clone(), ..on_disk(&folder) };
        let sandbox = Sandbox::with(setup).await;
        hang_up(&sandbox, 100).await;
        // All that got so far wait at the gate, and their clients are gone.
        eventually(async || gated.asked() > 0).await;
        let listed = sandbox.get("/payments").await;
        assert_eq!(listed.body["totalCount"], 0);
        gated.open();
        every_key_answers(&sandbox, 100).await;
        assert_eq!(gated.asked(), 100, "the processor was asked once for each key");
    }
}
