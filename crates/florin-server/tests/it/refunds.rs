//! Refunds: of what was paid, never of more.

use serde_json::{Value, json};

use crate::harness::{CAREFUL, MERCHANT, Reply, Sandbox, card_payment};
use crate::support::{events, text, together, types};

/// One merchant's side of a sandbox.
struct Shop<'a> {
    sandbox: &'a Sandbox,
    merchant: &'static str,
}

impl Shop<'_> {
    async fn post(&self, path: &str, body: Value) -> Reply {
        let path = format!("/v1/{}{path}", self.merchant);
        self.sandbox.raw("POST", &path).json(&body).send().await
    }

    async fn get(&self, path: &str) -> Reply {
        self.sandbox.raw("GET", &format!("/v1/{}{path}", self.merchant)).send().await
    }

    async fn settle(&self, payment: &str) -> Value {
        let path = format!("/sandbox/v1/{}/payments/{payment}/settle", self.merchant);
        let token = format!("Bearer {}", crate::harness::ADMIN);
        let call = self.sandbox.raw("POST", &path).unsigned().header("Authorization", &token);
        call.send().await.body
    }

    async fn paid(&self, amount: i64) -> String {
        self.paid_for(amount, None).await
    }

    /// A paid payment of an order.
    async fn paid_for(&self, amount: i64, order: Option<i64>) -> String {
        let mut body = card_payment(amount, "EUR");
        body["cardPaymentMethodSpecificInput"]["requiresApproval"] = json!(false);
        body["order"]["references"] =
            json!({"merchantReference": "order", "merchantOrderId": order});
        let id = text(&self.post("/payments", body).await.body, "/payment/id").to_owned();
        assert_eq!(self.settle(&id).await["status"], "PAID");
        id
    }

    async fn refund(&self, payment: &str, body: Value) -> Reply {
        self.post(&format!("/payments/{payment}/refund"), body).await
    }

    /// A refund that must succeed: its id.
    async fn refunded(&self, payment: &str, amount: i64) -> String {
        let reply = self.refund(payment, of(amount)).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        text(&reply.body, "/id").to_owned()
    }

    /// Approves, cancels or un-approves a refund.
    async fn act(&self, refund: &str, action: &str) -> Reply {
        self.post(&format!("/refunds/{refund}/{action}"), json!({})).await
    }

    /// Status and code of a refund, and whether it can be cancelled.
    async fn state(&self, refund: &str) -> (String, u64, bool) {
        let reply = self.get(&format!("/refunds/{refund}")).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let output = &reply.body["statusOutput"];
        assert!(output.get("isAuthorized").is_none() && output.get("isRefundable").is_none());
        let code = output["statusCode"].as_u64().unwrap();
        let cancellable = output["isCancellable"].as_bool().unwrap();
        (text(&reply.body, "/status").to_owned(), code, cancellable)
    }
}

fn shop(sandbox: &Sandbox) -> Shop<'_> {
    Shop { sandbox, merchant: MERCHANT }
}

fn careful(sandbox: &Sandbox) -> Shop<'_> {
    Shop { sandbox, merchant: CAREFUL }
}

fn of(amount: i64) -> Value {
    json!({"amountOfMoney": {"amount": amount, "currencyCode": "EUR"}})
}

fn state(status: &str, code: u64, cancellable: bool) -> (String, u64, bool) {
    (status.to_owned(), code, cancellable)
}

#[track_caller]
fn not_refundable(reply: &Reply, property: Option<&str>) {
    reply.expect_error(400, "300450", "ORDER WITHOUT REFUNDABLE PAYMENTS", property);
}

#[track_caller]
fn not_pending(reply: &Reply) {
    reply.expect_error(402, "410110", "UNKNOWN ORDER OR NOT PENDING", None);
}

#[track_caller]
fn void(reply: &Reply) {
    assert_eq!((reply.status, &reply.body), (204, &Value::Null), "{reply:?}");
    assert_eq!(reply.header("content-type"), None);
}

#[tokio::test]
async fn nothing_is_refunded_before_it_is_paid() {
    let sandbox = Sandbox::start().await;
    let shop = shop(&sandbox);
    let id = sandbox.pay(card_payment(1000, "EUR")).await;
    not_refundable(&shop.refund(&id, json!({})).await, None);
    shop.post(&format!("/payments/{id}/approve"), json!({})).await;
    for code in [800, 900, 975] {
        let payment = shop.get(&format!("/payments/{id}")).await;
        assert_eq!(payment.body["statusOutput"]["statusCode"], code);
        assert_eq!(payment.body["statusOutput"]["isRefundable"], false);
        not_refundable(&shop.refund(&id, json!({})).await, None);
        sandbox.sandbox(&format!("/payments/{id}/advance"), json!({})).await;
    }
    assert_eq!(shop.refund(&id, json!({})).await.status, 201);
    let cancelled = sandbox.pay(card_payment(1000, "EUR")).await;
    shop.post(&format!("/payments/{cancelled}/cancel"), json!({})).await;
    not_refundable(&shop.refund(&cancelled, json!({})).await, None);
}

#[tokio::test]
async fn a_payment_is_refunded_in_parts_until_nothing_is_left() {
    let sandbox = Sandbox::start().await;
    let shop = shop(&sandbox);
    let id = shop.paid(1000).await;
    let reply = shop.refund(&id, of(600)).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    let first = text(&reply.body, "/id").to_owned();
    assert_eq!(first, format!("{}000-1{}", &id[..20], &id[25..]));
    assert_eq!(first.replace('-', "0"), id, "clients find the payment so");
    let location = format!("https://pay.example.com/v1/{MERCHANT}/refunds/{first}");
    assert_eq!(reply.header("location"), Some(location.as_str()));
    assert_eq!(reply.body["status"], "REFUND_REQUESTED");
    let output = &reply.body["refundOutput"];
    assert_eq!(output["amountOfMoney"], json!({"amount": 600, "currencyCode": "EUR"}));
    assert_eq!(output["references"]["merchantReference"], "order");
    let totals = &output["cardRefundMethodSpecificOutput"];
    assert_eq!(
        (&totals["totalAmountPaid"], &totals["totalAmountRefunded"]),
        (&json!(1000), &json!(0))
    );

    not_refundable(&shop.refund(&id, of(401)).await, Some("amountOfMoney.amount"));
    let other = json!({"amountOfMoney": {"amount": 1, "currencyCode": "USD"}});
    let reply = shop.refund(&id, other).await;
    reply.expect_error(400, "1099", "INVALID_VALUE", Some("amountOfMoney.currencyCode"));

    let mut rest = json!({"refundReferences": {"merchantReference": "the rest"}});
    rest["refundDate"] = json!("20301231");
    let reply = shop.refund(&id, rest).await;
    let output = &reply.body["refundOutput"];
    assert_eq!(text(&reply.body, "/id"), format!("{}000-2{}", &id[..20], &id[25..]));
    assert_eq!(output["amountOfMoney"]["amount"], 400);
    assert_eq!(output["references"]["merchantReference"], "the rest");
    assert_eq!(output["cardRefundMethodSpecificOutput"]["totalAmountRefunded"], 600);
    for body in [json!({}), of(1)] {
        not_refundable(&shop.refund(&id, body).await, None);
    }
    let payment = shop.get(&format!("/payments/{id}")).await.body;
    assert_eq!(payment["status"], "PAID");
    assert_eq!(payment["statusOutput"]["isRefundable"], false);

    let payment = shop.settle(&id).await;
    assert_eq!(payment["status"], "REFUNDED");
    assert_eq!(payment["statusOutput"]["statusCode"], 1800);
    assert_eq!(payment["paymentOutput"]["amountRefunded"], 1000);
    assert_eq!(shop.state(&first).await, state("REFUNDED", 1800, false));
    let events = events(&sandbox).await;
    let refunds: Vec<_> = types(&events).into_iter().filter(|it| !it.contains("paid")).collect();
    let expected = [
        "payment.capture_requested",
        "payment.created",
        "payment.refunded",
        "refund.created",
        "refund.created",
        "refund.refund_requested",
        "refund.refund_requested",
        "refund.refunded",
        "refund.refunded",
    ];
    assert_eq!(refunds, expected);
}

#[tokio::test]
async fn of_two_refunds_that_do_not_fit_together_exactly_one_succeeds() {
    let sandbox = Sandbox::start().await;
    let shop = shop(&sandbox);
    for _ in 0..50 {
        let id = shop.paid(100).await;
        let path = format!("/payments/{id}/refund");
        let calls = [0; 2].map(|_| sandbox.call("POST", &path).json(&of(60)));
        let replies = together(&sandbox, calls.into()).await;
        let mut statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 400], "{replies:?}");
        for reply in replies.iter().filter(|reply| reply.status == 400) {
            not_refundable(reply, Some("amountOfMoney.amount"));
        }
        let list = shop.get(&format!("/payments/{id}/refunds")).await;
        assert_eq!(list.body["refunds"].as_array().unwrap().len(), 1);
        assert_eq!(shop.settle(&id).await["paymentOutput"]["amountRefunded"], 60);
    }
}

#[tokio::test]
async fn an_account_can_have_its_refunds_approved() {
    let sandbox = Sandbox::start().await;
    let shop = careful(&sandbox);
    let id = shop.paid(1000).await;
    let refund = shop.refunded(&id, 600).await;
    assert_eq!(shop.state(&refund).await, state("PENDING_APPROVAL", 600, true));
    not_pending(&shop.act(&refund, "cancelapproval").await);
    not_refundable(&shop.refund(&id, of(401)).await, Some("amountOfMoney.amount"));
    // What waits for an approval is not in the refund run.
    shop.settle(&id).await;
    assert_eq!(shop.state(&refund).await, state("PENDING_APPROVAL", 600, true));
    for amount in [0, -1, 601] {
        let path = format!("/refunds/{refund}/approve");
        let reply = shop.post(&path, json!({"amount": amount})).await;
        reply.expect_error(400, "21000050", "AMOUNT", Some("amount"));
    }
    let path = format!("/refunds/{refund}/approve");
    void(&shop.post(&path, json!({"amount": 500})).await);
    assert_eq!(shop.state(&refund).await, state("REFUND_REQUESTED", 800, true));
    not_pending(&shop.act(&refund, "approve").await);
    void(&shop.act(&refund, "cancelapproval").await);
    assert_eq!(shop.state(&refund).await, state("PENDING_APPROVAL", 600, true));
    void(&shop.act(&refund, "approve").await);
    // The part that was not approved is free again.
    let second = shop.refunded(&id, 500).await;
    void(&shop.act(&second, "approve").await);
    assert_eq!(shop.settle(&id).await["status"], "REFUNDED");
    for refund in [&refund, &second] {
        assert_eq!(shop.state(refund).await, state("REFUNDED", 1800, false));
        for action in ["approve", "cancel", "cancelapproval"] {
            not_pending(&shop.act(refund, action).await);
        }
    }
}

#[tokio::test]
async fn a_cancelled_refund_gives_its_amount_back() {
    let sandbox = Sandbox::start().await;
    for (shop, waits) in [(shop(&sandbox), false), (careful(&sandbox), true)] {
        let id = shop.paid(1000).await;
        let refund = shop.refunded(&id, 1000).await;
        not_refundable(&shop.refund(&id, of(1)).await, None);
        void(&shop.act(&refund, "cancel").await);
        assert_eq!(shop.state(&refund).await, state("CANCELLED", 99_999, false));
        for action in ["cancel", "approve", "cancelapproval"] {
            not_pending(&shop.act(&refund, action).await);
        }
        let payment = shop.settle(&id).await;
        assert_eq!(
            (&payment["status"], payment["paymentOutput"].get("amountRefunded")),
            (&json!("PAID"), None)
        );
        assert_eq!(payment["statusOutput"]["isRefundable"], true);
        let again = shop.refunded(&id, 1000).await;
        assert_eq!(again, format!("{}000-2{}", &id[..20], &id[25..]));
        if waits {
            void(&shop.act(&again, "approve").await);
        }
        assert_eq!(shop.settle(&id).await["status"], "REFUNDED");
    }
}

#[tokio::test]
async fn a_refund_that_was_sent_is_not_cancelled() {
    let sandbox = Sandbox::start().await;
    let shop = shop(&sandbox);
    let id = shop.paid(1000).await;
    let refund = shop.refunded(&id, 1000).await;
    assert_eq!(shop.state(&refund).await, state("REFUND_REQUESTED", 800, true));
    let half = json!({"byMilliseconds": 31 * 60 * 1000});
    assert_eq!(sandbox.sandbox("/advance", half.clone()).await.status, 200);
    let sent = || async { shop.state(&refund).await == state("REFUND_REQUESTED", 900, false) };
    crate::support::eventually(sent).await;
    for action in ["cancel", "cancelapproval"] {
        not_pending(&shop.act(&refund, action).await);
    }
    sandbox.sandbox("/advance", half).await;
    let booked = || async { shop.state(&refund).await == state("REFUNDED", 1800, false) };
    crate::support::eventually(booked).await;
    assert_eq!(shop.get(&format!("/payments/{id}")).await.body["status"], "REFUNDED");
}

#[tokio::test]
async fn refunds_are_listed_by_payment_and_found_by_reference() {
    let sandbox = Sandbox::start().await;
    let shop = shop(&sandbox);
    let id = shop.paid_for(1000, Some(12)).await;
    let empty = shop.get(&format!("/payments/{id}/refunds")).await;
    assert_eq!((empty.status, empty.body), (200, json!({"refunds": []})));
    let mut ids = Vec::new();
    for amount in [100, 200, 300] {
        ids.push(shop.refunded(&id, amount).await);
    }
    let other = shop.paid(500).await;
    let mut named = of(50);
    named["refundReferences"] = json!({"merchantReference": "named"});
    let named = text(&shop.refund(&other, named).await.body, "/id").to_owned();

    let listed = |reply: &Reply| {
        let refunds = reply.body["refunds"].as_array().unwrap();
        refunds.iter().map(|it| text(it, "/id").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed(&shop.get(&format!("/payments/{id}/refunds")).await), ids);
    ids.push(named.clone());
    ids.reverse();
    let all = shop.get("/refunds").await;
    assert_eq!(listed(&all), ids);
    let page = ["offset", "limit", "totalCount"].map(|name| all.body[name].as_i64().unwrap());
    assert_eq!(page, [0, 10, 4]);
    let second = shop.get("/refunds?offset=1&limit=2").await;
    assert_eq!((listed(&second), &second.body["totalCount"]), (ids[1..3].to_vec(), &json!(4)));
    assert_eq!(listed(&shop.get("/refunds?merchantReference=named").await), [named]);
    assert_eq!(listed(&shop.get("/refunds?merchantOrderId=12").await), ids[1..]);
    assert!(listed(&shop.get("/refunds?merchantOrderId=13").await).is_empty());
    assert!(listed(&careful(&sandbox).get("/refunds").await).is_empty());
    let reply = careful(&sandbox).get(&format!("/refunds/{}", ids[0])).await;
    reply.expect_error(404, "1404", "UNKNOWN_REFUND_ID", Some("refundId"));
}
