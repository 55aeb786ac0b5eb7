//! What becomes of a payment in time: the capture run, the clock of a sandbox, and the events on the way.

use std::time::Duration;

use florin_store::{Batch, Key, Table};
use serde_json::{Value, json};

use crate::harness::{ADMIN, CAREFUL, MERCHANT, Sandbox, card_payment};
use crate::support::{events, eventually, text, types};

const MINUTE_MS: i64 = 60_000;

fn sale(amount: i64) -> Value {
    let mut body = card_payment(amount, "EUR");
    body["cardPaymentMethodSpecificInput"]["requiresApproval"] = json!(false);
    body
}

/// Status, code and whether it can be cancelled and refunded.
fn seen(payment: &Value) -> (String, u64, bool, bool) {
    let output = &payment["statusOutput"];
    (
        text(payment, "/status").to_owned(),
        output["statusCode"].as_u64().unwrap(),
        output["isCancellable"].as_bool().unwrap(),
        output["isRefundable"].as_bool().unwrap(),
    )
}

const RUN: [(&str, u64, bool, bool); 4] = [
    ("CAPTURE_REQUESTED", 800, true, false),
    ("CAPTURE_REQUESTED", 900, false, false),
    ("CAPTURE_REQUESTED", 975, false, false),
    ("PAID", 1000, false, true),
];

fn step(number: usize) -> (String, u64, bool, bool) {
    let (status, code, cancellable, refundable) = RUN[number];
    (status.to_owned(), code, cancellable, refundable)
}

async fn read(sandbox: &Sandbox, id: &str) -> Value {
    sandbox.get(&format!("/payments/{id}")).await.body
}

#[tokio::test]
async fn a_payment_is_stepped_through_the_capture_run() {
    let sandbox = Sandbox::start().await;
    let id = sandbox.pay(sale(1000)).await;
    assert_eq!(seen(&read(&sandbox, &id).await), step(0));
    for number in 1..4 {
        let moved = sandbox.sandbox(&format!("/payments/{id}/advance"), json!({})).await;
        assert_eq!((moved.status, seen(&moved.body)), (200, step(number)));
        assert_eq!(read(&sandbox, &id).await, moved.body);
    }
    let paid = read(&sandbox, &id).await;
    assert_eq!(paid["paymentOutput"]["amountPaid"], 1000);
    // There it stays.
    let moved = sandbox.sandbox(&format!("/payments/{id}/advance"), json!({})).await;
    assert_eq!(moved.body, paid);
    let events = events(&sandbox).await;
    assert_eq!(types(&events), ["payment.capture_requested", "payment.created", "payment.paid"]);
}

#[tokio::test]
async fn the_capture_run_takes_an_hour_of_the_merchants_time() {
    let sandbox = Sandbox::start().await;
    let id = sandbox.pay(sale(1000)).await;
    let advance = |minutes: i64| {
        let sandbox = &sandbox;
        async move {
            let body = json!({"byMilliseconds": minutes * MINUTE_MS});
            let reply = sandbox.sandbox("/advance", body).await;
            assert_eq!(reply.status, 200, "{reply:?}");
            reply.body["offsetMilliseconds"].as_i64().unwrap()
        }
    };
    assert_eq!(advance(19).await, 19 * MINUTE_MS);
    assert_eq!(seen(&read(&sandbox, &id).await), step(0));
    let before = read(&sandbox, &id).await;
    for (minutes, number) in [(2, 1), (20, 2), (20, 3)] {
        advance(minutes).await;
        eventually(async || seen(&read(&sandbox, &id).await) == step(number)).await;
    }
    let after = read(&sandbox, &id).await;
    let stamp =
        |payment: &Value| text(payment, "/statusOutput/statusCodeChangeDateTime").to_owned();
    assert!(stamp(&after) > stamp(&before), "{} {}", stamp(&before), stamp(&after));

    // A long step passes several stations at once, and the clock of others stands still.
    let next = sandbox.pay(sale(500)).await;
    let path = format!("/v1/{CAREFUL}/payments");
    let reply = sandbox.raw("POST", &path).json(&sale(700)).send().await;
    let theirs = text(&reply.body, "/payment/id").to_owned();
    advance(24 * 60).await;
    eventually(async || seen(&read(&sandbox, &next).await) == step(3)).await;
    let theirs = sandbox.raw("GET", &format!("{path}/{theirs}")).send().await;
    assert_eq!(seen(&theirs.body), step(0));
}

#[tokio::test]
async fn an_approved_part_is_what_is_paid() {
    let sandbox = Sandbox::start().await;
    let id = sandbox.pay(card_payment(1000, "EUR")).await;
    sandbox.post(&format!("/payments/{id}/approve"), json!({"amount": 400})).await;
    let paid = sandbox.sandbox(&format!("/payments/{id}/settle"), json!({})).await.body;
    assert_eq!(seen(&paid), step(3));
    let output = &paid["paymentOutput"];
    assert_eq!(
        (&output["amountPaid"], &output["amountOfMoney"]["amount"]),
        (&json!(400), &json!(400))
    );
    let body = json!({"amountOfMoney": {"amount": 401, "currencyCode": "EUR"}});
    let reply = sandbox.post(&format!("/payments/{id}/refund"), body).await;
    let property = Some("amountOfMoney.amount");
    reply.expect_error(400, "300450", "ORDER WITHOUT REFUNDABLE PAYMENTS", property);
}

#[tokio::test]
async fn everything_that_is_on_its_way_is_settled_at_once() {
    let sandbox = Sandbox::start().await;
    let (one, two) = (sandbox.pay(sale(100)).await, sandbox.pay(sale(200)).await);
    let waiting = sandbox.pay(card_payment(300, "SEK")).await;
    let settled = sandbox.sandbox("/settle", json!({})).await;
    assert_eq!((settled.status, settled.body), (200, json!({"moved": 2})));
    for id in [&one, &two] {
        assert_eq!(read(&sandbox, id).await["status"], "PAID");
    }
    assert_eq!(read(&sandbox, &waiting).await["status"], "PENDING_APPROVAL");
    let refund = sandbox.post(&format!("/payments/{one}/refund"), json!({})).await;
    assert_eq!(sandbox.sandbox("/settle", json!({})).await.body, json!({"moved": 1}));
    let path = format!("/refunds/{}", text(&refund.body, "/id"));
    assert_eq!(sandbox.get(&path).await.body["status"], "REFUNDED");
    assert_eq!(read(&sandbox, &one).await["status"], "REFUNDED");
    assert_eq!(sandbox.sandbox("/settle", json!({})).await.body, json!({"moved": 0}));
}

#[tokio::test]
async fn every_change_is_one_event_with_the_payment_as_it_was_then() {
    let sandbox = Sandbox::start().await;
    let id = sandbox.pay(card_payment(1000, "EUR")).await;
    sandbox.post(&format!("/payments/{id}/approve"), json!({})).await;
    sandbox.post(&format!("/payments/{id}/cancelapproval"), json!({})).await;
    sandbox.post(&format!("/payments/{id}/cancel"), json!({})).await;
    sandbox.post(&format!("/payments/{id}/cancel"), json!({})).await;
    let events = events(&sandbox).await;
    let expected = [
        "payment.cancelled",
        "payment.capture_requested",
        "payment.created",
        "payment.pending_approval",
        "payment.pending_approval",
    ];
    assert_eq!(types(&events), expected);
    for event in &events {
        assert_eq!(text(event, "/apiVersion"), "v1");
        assert_eq!(text(event, "/merchantId"), "1226");
        assert_eq!(text(event, "/id").len(), 36);
        assert_eq!(text(event, "/payment/id"), id);
        let status = text(event, "/payment/status").to_lowercase();
        assert_eq!(text(event, "/type"), format!("payment.{status}"));
        let created = text(event, "/created");
        assert!(created.len() == 28 && created.as_bytes()[10] == b'T', "{created}");
    }
    let mut ids: Vec<_> = events.iter().map(|event| text(event, "/id")).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), events.len());
}

#[tokio::test]
async fn nothing_is_queued_for_a_merchant_without_an_endpoint() {
    let sandbox = Sandbox::start().await;
    let path = format!("/v1/{CAREFUL}/payments");
    assert_eq!(sandbox.raw("POST", &path).json(&sale(700)).send().await.status, 201);
    assert!(events(&sandbox).await.is_empty());
}

#[tokio::test]
async fn the_sandbox_refuses_what_it_does_not_understand() {
    let sandbox = Sandbox::start().await;
    for body in [
        json!({}),
        json!([]),
        json!({"byMilliseconds": 0}),
        json!({"byMilliseconds": -1}),
        json!({"byMilliseconds": "1000"}),
        json!({"byMilliseconds": 1.5}),
        json!({"byMilliseconds": i64::MAX}),
    ] {
        let reply = sandbox.sandbox("/advance", body).await;
        reply.expect_error(400, "1099", "INVALID_VALUE", Some("byMilliseconds"));
    }
    let id = "000000122699999999990000100001";
    for action in ["settle", "advance"] {
        let reply = sandbox.sandbox(&format!("/payments/{id}/{action}"), json!({})).await;
        reply.expect_error(404, "1002", "UNKNOWN_PAYMENT_ID", Some("paymentId"));
    }
    sandbox.sandbox("/nothing", json!({})).await.expect_error(
        404,
        "1404",
        "UNKNOWN_RESOURCE",
        None,
    );
    let authorization = format!("Bearer {ADMIN}");
    let call =
        |method, path| sandbox.raw(method, path).unsigned().header("Authorization", &authorization);
    let reply = call("GET", "/sandbox/v1/1226/settle").send().await;
    reply.expect_error(405, "1405", "METHOD_NOT_ALLOWED", None);
    let reply = call("POST", "/sandbox/v1/9/settle").send().await;
    reply.expect_error(403, "9007", "ACCESS_TO_MERCHANT_NOT_ALLOWED", Some("merchantId"));
    let reply = call("POST", "/sandbox/v1/1226/advance").bytes("{").send().await;
    reply.expect_error(400, "1400", "BAD_REQUEST", None);
    let reply = call("POST", "/sandbox/v1/1226/advance").bytes(" ".repeat(2 << 20)).send().await;
    reply.expect_error(400, "1400", "BAD_REQUEST", None);
}

#[tokio::test]
async fn timers_come_due_in_real_time_as_well() {
    let sandbox = Sandbox::start().await;
    let id = sandbox.pay(sale(1000)).await;
    sandbox.clock.advance(Duration::from_mins(61));
    eventually(async || seen(&read(&sandbox, &id).await) == step(3)).await;
}

#[tokio::test]
async fn a_record_that_does_not_read_holds_up_no_other() {
    let sandbox = Sandbox::start().await;
    let ids = [sandbox.pay(sale(100)).await, sandbox.pay(sale(200)).await];
    let key = Key::new(Table::Payment, MERCHANT, ids[0].as_str());
    let mut damaged = sandbox.store.get(key).await.unwrap().unwrap();
    damaged.body = b"damaged".to_vec();
    let mut batch = Batch::new();
    batch.update(damaged);
    sandbox.store.commit(batch).await.unwrap();
    let hour = json!({"byMilliseconds": 61 * MINUTE_MS});
    let reply = sandbox.sandbox("/advance", hour).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    eventually(async || seen(&read(&sandbox, &ids[1]).await) == step(3)).await;
    let reply = sandbox.get(&format!("/payments/{}", ids[0])).await;
    reply.expect_error(500, "9999", "UNKNOWN_SERVER_ERROR", None);
}
