//! A processor elsewhere: the intention is durable before it is asked, and a crash in between is found and resolved.

use std::sync::Arc;

use florin_processor::{Nature, ProcessorError};
use florin_store::Table;
use serde_json::{Value, json};

use crate::harness::{Call, Reply, Sandbox, Setup, card_payment};
use crate::support::{Gated, eventually, start, text};

const TIMESTAMP: &str = "x-gcs-idempotence-request-timestamp";

fn create<'a>(sandbox: &'a Sandbox, body: &Value) -> Call<'a> {
    sandbox.call("POST", "/payments").json(body).idempotent("k")
}

async fn with(processor: Arc<Gated>) -> Sandbox {
    Sandbox::with(Setup { processor, ..Setup::default() }).await
}

/// A process that starts on what another one left.
async fn restarted(before: &Sandbox, processor: Gated) -> Sandbox {
    let (store, vault) = (Arc::clone(&before.store), Arc::clone(&before.vault));
    let clock = Arc::clone(&before.clock);
    let processor = Arc::new(processor);
    Sandbox::with(Setup { store, vault, processor, clock, ..Setup::default() }).await
}

async fn intentions(sandbox: &Sandbox) -> usize {
    sandbox.store.scan(Table::Intent, None, 10).await.unwrap().len()
}

async fn count(sandbox: &Sandbox) -> u64 {
    sandbox.get("/payments").await.body["totalCount"].as_u64().unwrap()
}

/// Leaves a payment half made: the processor has decided, nobody has heard it.
async fn crashed(body: &Value) -> (Sandbox, Arc<Gated>) {
    let gated = Arc::new(Gated::closed(Nature::Remote));
    let sandbox = with(gated.clone()).await;
    start(&sandbox, create(&sandbox, body));
    eventually(async || gated.asked() == 1).await;
    assert_eq!((intentions(&sandbox).await, count(&sandbox).await), (1, 0));
    (sandbox, gated)
}

#[tokio::test]
async fn a_remote_processor_is_asked_once_and_the_intention_is_gone_afterwards() {
    let gated = Arc::new(Gated::remote());
    let sandbox = with(gated.clone()).await;
    for (amount, status) in [(1000, 201), (360, 402)] {
        let body = card_payment(amount, "EUR");
        let call = || sandbox.call("POST", "/payments").json(&body).idempotent(&amount.to_string());
        let first = call().send().await;
        assert_eq!((first.status, first.header(TIMESTAMP)), (status, None), "{first:?}");
        let again = call().send().await;
        assert_eq!((again.status, again.header(TIMESTAMP).is_some()), (status, true));
    }
    assert_eq!(gated.asked(), 2);
    assert_eq!(intentions(&sandbox).await, 0);
    assert_eq!(sandbox.post("/payments", card_payment(1000, "EUR")).await.status, 201);
    assert_eq!(intentions(&sandbox).await, 0);
}

#[tokio::test]
async fn a_payment_that_the_processor_knows_exists_after_a_crash() {
    for (amount, status, state) in [(1000, 201, "PENDING_APPROVAL"), (360, 402, "REJECTED")] {
        let body = card_payment(amount, "EUR");
        let (before, gated) = crashed(&body).await;
        let in_use = create(&before, &body).send().await;
        in_use.expect_error(409, "1409", "DUPLICATE_REQUEST_IN_PROGRESS", None);
        assert!(in_use.header(TIMESTAMP).is_some());

        let after = restarted(&before, gated.reopened()).await;
        assert_eq!((intentions(&after).await, count(&after).await), (0, 1));
        let again = create(&after, &body).send().await;
        assert_eq!(again.status, status, "{again:?}");
        assert!(again.header(TIMESTAMP).is_some());
        let payment = payment(&again);
        assert_eq!(text(payment, "/status"), state);
        let path = format!("/payments/{}", text(payment, "/id"));
        assert_eq!(after.get(&path).await.body, *payment);
        assert_eq!(count(&after).await, 1);
    }
}

fn payment(reply: &Reply) -> &Value {
    let declined = reply.body.pointer("/paymentResult/payment");
    declined.or(reply.body.pointer("/payment")).unwrap()
}

#[tokio::test]
async fn a_payment_that_the_processor_does_not_know_leaves_its_key_free() {
    let body = card_payment(1000, "EUR");
    let (before, _) = crashed(&body).await;
    let after = restarted(&before, Gated::remote()).await;
    assert_eq!((intentions(&after).await, count(&after).await), (0, 0));
    let first = create(&after, &body).send().await;
    assert_eq!((first.status, first.header(TIMESTAMP)), (201, None));
    let again = create(&after, &body).send().await;
    assert_eq!(text(&again.body, "/payment/id"), text(&first.body, "/payment/id"));
    assert_eq!(count(&after).await, 1);
}

#[tokio::test]
async fn a_challenge_is_not_taken_up_again_after_a_crash() {
    let mut body = card_payment(8300, "GBP");
    body["cardPaymentMethodSpecificInput"] = json!({"paymentProductId": 117, "card": {
        "cardNumber": "6331101999990073", "cvv": "321", "expiryDate": "1230"}});
    let (before, gated) = crashed(&body).await;
    let after = restarted(&before, gated.reopened()).await;
    let again = create(&after, &body).send().await;
    assert_eq!(again.status, 402, "{again:?}");
    assert_eq!(again.faults(), [("430430".to_owned(), String::new())]);
}

#[tokio::test]
async fn what_was_not_sent_can_be_sent_again_at_once() {
    let gated = Arc::new(Gated::remote());
    let sandbox = with(gated.clone()).await;
    let body = card_payment(1000, "EUR");
    gated.lose(ProcessorError::NotSent("no route".to_owned()));
    let lost = create(&sandbox, &body).send().await;
    lost.expect_error(503, "1503", "TEMPORARILY_UNAVAILABLE", None);
    assert_eq!((intentions(&sandbox).await, count(&sandbox).await), (0, 0));
    let first = create(&sandbox, &body).send().await;
    assert_eq!((first.status, first.header(TIMESTAMP)), (201, None), "{first:?}");
}

#[tokio::test]
async fn what_was_not_answered_is_not_sent_again_until_it_is_inquired_after() {
    let gated = Arc::new(Gated::remote());
    let sandbox = with(gated.clone()).await;
    let body = card_payment(1000, "EUR");
    gated.lose(ProcessorError::NoAnswer("time-out".to_owned()));
    let lost = create(&sandbox, &body).send().await;
    lost.expect_error(503, "1503", "TEMPORARILY_UNAVAILABLE", None);
    let conflict = create(&sandbox, &body).send().await;
    conflict.expect_error(409, "1409", "DUPLICATE_REQUEST_IN_PROGRESS", None);
    assert_eq!(gated.asked(), 1);
    let after = restarted(&sandbox, gated.reopened()).await;
    let again = create(&after, &body).send().await;
    assert_eq!((again.status, again.header(TIMESTAMP).is_some()), (201, true));
    assert_eq!(count(&after).await, 1);
}
