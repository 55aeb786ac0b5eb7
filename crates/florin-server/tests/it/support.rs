//! What several tests need beside the sandbox: processors that keep callers waiting, and patience.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use florin_engine::authorisation::{Authorisation, Outcome};
use florin_engine::vault::{Place, Sealed, Vault as _};
use florin_processor::{BoxFuture, Inquiry, Nature, Processor, ProcessorError, Simulator};
use florin_store::WorkKind;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::harness::{Call, Reply, Sandbox, send};

/// Longer than anything takes here, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until something holds.
#[track_caller]
pub fn eventually<F: Future<Output = bool>>(
    mut holds: impl FnMut() -> F,
) -> impl Future<Output = ()> {
    let place = std::panic::Location::caller();
    async move {
        let deadline = std::time::Instant::now() + PATIENCE;
        while !holds().await {
            assert!(std::time::Instant::now() < deadline, "it never came true, at {place}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// A call that runs beside the test.
pub fn start(sandbox: &Sandbox, call: Call<'_>) -> JoinHandle<Reply> {
    let (address, request) = (sandbox.address.clone(), call.into_request());
    tokio::spawn(async move { send(&address, request).await })
}

/// Runs calls at the same time.
pub async fn together(sandbox: &Sandbox, calls: Vec<Call<'_>>) -> Vec<Reply> {
    let started: Vec<_> = calls.into_iter().map(|call| start(sandbox, call)).collect();
    let mut replies = Vec::new();
    for call in started {
        replies.push(call.await.unwrap());
    }
    replies
}

/// The text at a JSON pointer.
#[track_caller]
pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    let found = value.pointer(pointer).unwrap_or_else(|| panic!("no {pointer} in {value:#}"));
    found.as_str().unwrap_or_else(|| panic!("{pointer} is no text in {value:#}"))
}

/// The simulator behind a gate, which counts and remembers what it decided.
pub struct Gated {
    simulator: Simulator,
    nature: Nature,
    gate: Semaphore,
    asked: AtomicUsize,
    decided: Mutex<HashMap<String, Outcome>>,
    lost: Mutex<Option<ProcessorError>>,
}

impl Gated {
    /// One whose gate is closed.
    pub fn closed(nature: Nature) -> Self {
        Self {
            simulator: Simulator::new().unwrap(),
            nature,
            gate: Semaphore::new(0),
            asked: AtomicUsize::new(0),
            decided: Mutex::default(),
            lost: Mutex::default(),
        }
    }

    /// A remote one that lets everyone through.
    pub fn remote() -> Self {
        let gated = Self::closed(Nature::Remote);
        gated.open();
        gated
    }

    /// The same memory, as a process that starts later would find it.
    pub fn reopened(&self) -> Self {
        let mut next = Self::remote();
        next.decided = Mutex::new(self.decided.lock().unwrap().clone());
        next
    }

    /// Opens the gate for good.
    pub fn open(&self) {
        self.gate.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    /// How many authorisations came this far.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Answers the next authorisation with this error.
    pub fn lose(&self, error: ProcessorError) {
        *self.lost.lock().unwrap() = Some(error);
    }
}

impl Processor for Gated {
    fn authorise<'a>(
        &'a self,
        authorisation: &'a Authorisation,
    ) -> BoxFuture<'a, Result<Outcome, ProcessorError>> {
        Box::pin(async move {
            let lost = self.lost.lock().unwrap().take();
            if !matches!(lost, Some(ProcessorError::NotSent(_))) {
                let outcome = self.simulator.authorise(authorisation).await?;
                let reference = authorisation.reference.clone();
                self.decided.lock().unwrap().insert(reference, outcome);
            }
            self.asked.fetch_add(1, Ordering::SeqCst);
            self.gate.acquire().await.unwrap().forget();
            if let Some(error) = lost {
                return Err(error);
            }
            Ok(self.decided.lock().unwrap()[&authorisation.reference].clone())
        })
    }

    fn inquire<'a>(&'a self, reference: &'a str) -> BoxFuture<'a, Result<Inquiry, ProcessorError>> {
        let known = self.decided.lock().unwrap().get(reference).cloned();
        Box::pin(async move { Ok(known.map_or(Inquiry::Unknown, Inquiry::Known)) })
    }

    fn nature(&self) -> Nature {
        self.nature
    }
}

/// The events that are queued for merchants, opened. They are leased to this test from then on.
pub async fn events(sandbox: &Sandbox) -> Vec<Value> {
    let far = 1 << 52;
    let mut events = Vec::new();
    loop {
        let claimed = sandbox.store.claim_due(WorkKind::Delivery, far, 1 << 50, 1_000).await;
        let claimed = claimed.unwrap();
        if claimed.is_empty() {
            return events;
        }
        for work in claimed {
            let place =
                Place { table: WorkKind::Delivery.as_str(), id: &work.id.name, column: "body" };
            let sealed = Sealed::from_text(String::from_utf8(work.body).unwrap());
            let clear = sandbox.vault.open(place, &sealed).unwrap();
            events.push(serde_json::from_slice(&clear).unwrap());
        }
    }
}

/// The types of events, sorted.
pub fn types(events: &[Value]) -> Vec<&str> {
    let mut types: Vec<_> = events.iter().map(|event| text(event, "/type")).collect();
    types.sort_unstable();
    types
}
