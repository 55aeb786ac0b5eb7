//! Idempotence: the same key means the same request, for a day.

use std::sync::Arc;
use std::time::Duration;

use florin_engine::clock::Clock as _;
use florin_processor::Nature;
use serde_json::{Value, json};

use crate::harness::{CAREFUL, Call, MERCHANT, Reply, Sandbox, Setup, VISA, card_payment};
use crate::support::{Gated, eventually, start, text, together};

const TIMESTAMP: &str = "x-gcs-idempotence-request-timestamp";

fn create<'a>(sandbox: &'a Sandbox, key: &str) -> Call<'a> {
    sandbox.call("POST", "/payments").json(&card_payment(1000, "EUR")).idempotent(key)
}

fn id(reply: &Reply) -> &str {
    text(&reply.body, "/payment/id")
}

async fn count(sandbox: &Sandbox) -> u64 {
    sandbox.get("/payments").await.body["totalCount"].as_u64().unwrap()
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_and_the_time_of_the_first_request() {
    let sandbox = Sandbox::start().await;
    let before = sandbox.clock.now_ms();
    let first = create(&sandbox, "k").send().await;
    let after = sandbox.clock.now_ms();
    assert_eq!((first.status, first.header(TIMESTAMP)), (201, None));
    sandbox.clock.advance(Duration::from_secs(5));
    // Whatever it says: the key decides.
    let bodies = [card_payment(1000, "EUR").to_string(), card_payment(5, "USD").to_string()];
    for body in bodies.into_iter().chain(["{".to_owned(), String::new()]) {
        let call = sandbox.call("POST", "/payments").bytes(body).idempotent("k");
        let again = call.send().await;
        assert_eq!((again.status, &again.body), (201, &first.body));
        assert_eq!(again.header("location"), first.header("location"));
        let at: i64 = again.header(TIMESTAMP).unwrap().parse().unwrap();
        assert!((before..=after).contains(&at), "{before} {at} {after}");
    }
    assert_eq!(count(&sandbox).await, 1);
}

#[tokio::test]
async fn a_repeat_of_a_declined_payment_is_declined_again() {
    let sandbox = Sandbox::start().await;
    let call =
        || sandbox.call("POST", "/payments").json(&card_payment(360, "EUR")).idempotent("declined");
    let first = call().send().await;
    assert_eq!((first.status, first.header(TIMESTAMP)), (402, None));
    let again = call().send().await;
    assert_eq!(again.status, 402);
    assert!(again.header(TIMESTAMP).is_some());
    assert_eq!(again.body["paymentResult"], first.body["paymentResult"]);
    assert_eq!(again.body["errors"], first.body["errors"]);
    assert_eq!(count(&sandbox).await, 1);
}

#[tokio::test]
async fn every_call_that_changes_something_is_repeated_without_effect() {
    let sandbox = Sandbox::start().await;
    let twice = async |method, path: String, body: Value, status: u16| {
        let call = || sandbox.call(method, &path).json(&body).idempotent("same everywhere");
        let first = call().send().await;
        assert_eq!((first.status, first.header(TIMESTAMP)), (status, None), "{path} {first:?}");
        let again = call().send().await;
        assert_eq!((again.status, &again.body), (status, &first.body), "{path}");
        assert!(again.header(TIMESTAMP).is_some(), "{path}");
        first.body
    };
    let payment = sandbox.pay(card_payment(1000, "EUR")).await;
    let path = |action: &str| format!("/payments/{payment}/{action}");
    twice("POST", path("approve"), json!({"amount": 900}), 200).await;
    twice("POST", path("cancelapproval"), json!({}), 200).await;
    twice("POST", path("tokenize"), json!({}), 201).await;
    twice("POST", path("cancel"), json!({}), 200).await;
    let mut challenged = card_payment(1000, "EUR");
    challenged["order"]["customer"] = json!({"billingAddress": {"city": "Calais"}});
    let challenged = sandbox.pay(challenged).await;
    twice("POST", format!("/payments/{challenged}/processchallenged"), json!({}), 200).await;
    let paid = sandbox.paid(1000).await;
    let refund = twice("POST", format!("/payments/{paid}/refund"), json!({}), 201).await;
    let refund = text(&refund, "/id").to_owned();
    let path = |action: &str| format!("/refunds/{refund}/{action}");
    twice("POST", path("cancelapproval"), json!({}), 204).await;
    twice("POST", path("approve"), json!({}), 204).await;
    twice("POST", path("cancel"), json!({}), 204).await;
    let card = json!({"paymentProductId": 1, "card": {"alias": "a", "data": {"cardWithoutCvv": {
        "cardNumber": "4111111111111111", "expiryDate": "1230"}}}});
    let token = twice("POST", "/tokens".to_owned(), card.clone(), 201).await;
    let path = format!("/tokens/{}", text(&token, "/token"));
    twice("PUT", path.clone(), json!({"card": {"alias": "b"}}), 204).await;
    twice("DELETE", path, json!({}), 204).await;
    twice("POST", "/sessions".to_owned(), json!({}), 200).await;
    twice("POST", "/payments".to_owned(), card_payment(1000, "EUR"), 201).await;
}

#[tokio::test]
async fn a_repeat_shows_the_object_as_it_is_now() {
    let sandbox = Sandbox::start().await;
    let first = create(&sandbox, "k").send().await;
    sandbox.post(&format!("/payments/{}/cancel", id(&first)), json!({})).await;
    let again = create(&sandbox, "k").send().await;
    assert_eq!((again.status, id(&again)), (201, id(&first)));
    assert_eq!(text(&again.body, "/payment/status"), "CANCELLED");
}

#[tokio::test]
async fn a_key_is_one_only_within_its_merchant_path_and_method() {
    let sandbox = Sandbox::start().await;
    let first = create(&sandbox, "k").send().await;
    let theirs = sandbox.raw("POST", &format!("/v1/{CAREFUL}/payments"));
    let theirs = theirs.json(&card_payment(1000, "EUR")).idempotent("k").send().await;
    assert_ne!(id(&theirs), id(&first));
    for key in ["K", "k2", "k k"] {
        let other = create(&sandbox, key).send().await;
        assert_eq!((other.status, other.header(TIMESTAMP)), (201, None));
        assert_ne!(id(&other), id(&first));
    }
    let path = format!("/payments/{}/approve", id(&first));
    let approved = sandbox.call("POST", &path).json(&json!({})).idempotent("k").send().await;
    assert_eq!((approved.status, approved.header(TIMESTAMP)), (200, None));
    // The doubled slash is the same path, and blanks around a key are not part of it.
    let path = format!("//v1/{MERCHANT}/payments");
    let same = sandbox.raw("POST", &path).json(&json!({})).idempotent(" k ").send().await;
    assert_eq!(id(&same), id(&first));
}

#[tokio::test]
async fn a_key_may_be_any_text() {
    let sandbox = Sandbox::start().await;
    for key in ["ü-42", "日本", &"x".repeat(300), "a:b/c?d=e&f \"g\""] {
        let first = create(&sandbox, key).send().await;
        assert_eq!(first.status, 201, "{key}: {first:?}");
        let again = create(&sandbox, key).send().await;
        assert_eq!(id(&again), id(&first), "{key}");
    }
}

#[tokio::test]
async fn a_key_means_nothing_where_nothing_is_changed() {
    let sandbox = Sandbox::start().await;
    let payment = sandbox.pay(card_payment(1000, "EUR")).await;
    for path in [format!("/payments/{payment}"), "/services/testconnection".to_owned()] {
        for _ in 0..2 {
            let reply = sandbox.call("GET", &path).idempotent("k").send().await;
            assert_eq!((reply.status, reply.header(TIMESTAMP)), (200, None));
        }
    }
    // An empty key is none.
    for key in ["", " "] {
        let replies = [create(&sandbox, key).send().await, create(&sandbox, key).send().await];
        assert_ne!(id(&replies[0]), id(&replies[1]));
        assert_eq!(replies[1].header(TIMESTAMP), None);
    }
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    let sandbox = Sandbox::start().await;
    let first = create(&sandbox, "k").send().await;
    sandbox.clock.advance(Duration::from_hours(24) - Duration::from_mins(1));
    assert_eq!(id(&create(&sandbox, "k").send().await), id(&first));
    sandbox.clock.advance(Duration::from_mins(2));
    let second = create(&sandbox, "k").send().await;
    assert_eq!((second.status, second.header(TIMESTAMP)), (201, None));
    assert_ne!(id(&second), id(&first));
    assert_eq!(id(&create(&sandbox, "k").send().await), id(&second));
    // The merchant's own clock has no say in it.
    sandbox.sandbox("/advance", json!({"byMilliseconds": 48 * 3_600_000})).await;
    assert_eq!(id(&create(&sandbox, "k").send().await), id(&second));
}

#[tokio::test]
async fn what_came_to_nothing_leaves_the_key_free() {
    let sandbox = Sandbox::start().await;
    let bad = sandbox.call("POST", "/payments").json(&json!({})).idempotent("k").send().await;
    assert_eq!((bad.status, bad.header(TIMESTAMP)), (400, None));
    let bad = create(&sandbox, "k").signed_by(("demo-key", "wrong")).send().await;
    assert_eq!((bad.status, bad.header(TIMESTAMP)), (403, None));
    let first = create(&sandbox, "k").send().await;
    assert_eq!((first.status, first.header(TIMESTAMP)), (201, None));

    let path = format!("/payments/{}/cancelapproval", id(&first));
    let call = || sandbox.call("POST", &path).json(&json!({})).idempotent("k");
    let refused = call().send().await;
    assert_eq!((refused.status, refused.header(TIMESTAMP)), (402, None));
    sandbox.post(&format!("/payments/{}/approve", id(&first)), json!({})).await;
    let undone = call().send().await;
    assert_eq!((undone.status, undone.header(TIMESTAMP)), (200, None));

    let path = "/payments/000000122699999999990000100001/cancel";
    for _ in 0..2 {
        let unknown = sandbox.call("POST", path).json(&json!({})).idempotent("k").send().await;
        assert_eq!((unknown.status, unknown.header(TIMESTAMP)), (404, None));
    }
    let path = format!("/payments/{}/refund", id(&first));
    let refund = || sandbox.call("POST", &path).json(&json!({})).idempotent("early");
    assert_eq!(refund().send().await.status, 400);
    sandbox.post(&format!("/payments/{}/approve", id(&first)), json!({})).await;
    sandbox.sandbox(&format!("/payments/{}/settle", id(&first)), json!({})).await;
    assert_eq!(refund().send().await.status, 201);
}

#[tokio::test]
async fn a_key_in_use_is_a_conflict_until_its_request_is_done() {
    let gated = Arc::new(Gated::closed(Nature::Local));
    let setup = Setup { processor: gated.clone(), ..Setup::default() };
    let sandbox = Sandbox::with(setup).await;
    let first = start(&sandbox, create(&sandbox, "k"));
    eventually(async || gated.asked() == 1).await;
    for _ in 0..3 {
        let conflict = create(&sandbox, "k").send().await;
        conflict.expect_error(409, "1409", "DUPLICATE_REQUEST_IN_PROGRESS", None);
        assert!(conflict.header(TIMESTAMP).is_some());
    }
    let other = start(&sandbox, create(&sandbox, "other"));
    eventually(async || gated.asked() == 2).await;
    gated.open();
    let (first, other) = (first.await.unwrap(), other.await.unwrap());
    assert_eq!((first.status, other.status), (201, 201));
    let again = create(&sandbox, "k").send().await;
    assert_eq!(id(&again), id(&first));
    assert_eq!(gated.asked(), 2, "the processor was asked once for each key");
}

#[tokio::test]
async fn of_many_at_once_one_is_first() {
    let sandbox = Sandbox::start().await;
    for round in 0..10 {
        let key = format!("k{round}");
        let calls = (0..20).map(|_| create(&sandbox, &key)).collect();
        let replies = together(&sandbox, calls).await;
        let stored = create(&sandbox, &key).send().await;
        let first = replies.iter().filter(|it| it.status == 201 && it.header(TIMESTAMP).is_none());
        assert_eq!(first.count(), 1);
        for reply in &replies {
            match reply.status {
                201 => assert_eq!(id(reply), id(&stored)),
                _ => reply.expect_error(409, "1409", "DUPLICATE_REQUEST_IN_PROGRESS", None),
            }
        }
    }
    assert_eq!(count(&sandbox).await, 10);
}

#[tokio::test]
async fn keys_and_sealed_answers_outlive_the_process() {
    let sandbox = Sandbox::start().await;
    let first = create(&sandbox, "k").send().await;
    let session = || {
        |sandbox: &Sandbox| {
            start(sandbox, sandbox.call("POST", "/sessions").json(&json!({})).idempotent("s"))
        }
    };
    let started = session()(&sandbox).await.unwrap();
    let (store, vault) = (Arc::clone(&sandbox.store), Arc::clone(&sandbox.vault));
    let later = Sandbox::with(Setup { store, vault, ..Setup::default() }).await;
    let again = create(&later, "k").send().await;
    assert_eq!((id(&again), again.header(TIMESTAMP).is_some()), (id(&first), true));
    assert_eq!(session()(&later).await.unwrap().body, started.body);
    // Another payment gets another id, although the numbers are handed out from memory.
    assert_ne!(id(&create(&later, "k2").send().await), id(&first));
    assert!(!first.body.to_string().contains(VISA));
}
