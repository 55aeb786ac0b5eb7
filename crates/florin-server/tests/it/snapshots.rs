//! The members that each answer carries, by operation and resulting status. An answer that merely fits its type is not
//! enough: clients read these.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::harness::{CAREFUL, Reply, Sandbox, card_payment, has_null, member_paths};
use crate::support::{events, text};

/// The answers of one operation, each under what it shows.
#[derive(Default)]
struct Answers(String);

impl Answers {
    fn add(&mut self, what: &str, reply: &Reply) {
        assert!(reply.status == 204 || !has_null(&reply.body), "{reply:?}");
        let _ = writeln!(self.0, "{} {what}", reply.status);
        for name in ["location", "x-gcs-idempotence-request-timestamp"] {
            if reply.header(name).is_some() {
                let _ = writeln!(self.0, "  ({name})");
            }
        }
        if reply.body != Value::Null {
            self.paths(&reply.body);
        }
    }

    fn paths(&mut self, body: &Value) {
        for path in member_paths(body) {
            let _ = writeln!(self.0, "  {path}");
        }
    }
}

macro_rules! matches_snapshot {
    ($name:literal, $answers:expr) => {
        insta::assert_snapshot!($name, $answers.0)
    };
}

const REQUIRED: [&str; 12] = [
    "/id",
    "/status",
    "/paymentOutput/amountOfMoney/amount",
    "/paymentOutput/amountOfMoney/currencyCode",
    "/paymentOutput/paymentMethod",
    "/paymentOutput/references/paymentReference",
    "/statusOutput/isAuthorized",
    "/statusOutput/isCancellable",
    "/statusOutput/isRefundable",
    "/statusOutput/statusCategory",
    "/statusOutput/statusCode",
    "/statusOutput/statusCodeChangeDateTime",
];

/// What every payment shows, wherever it is shown.
#[track_caller]
fn whole(payment: &Value) {
    for pointer in REQUIRED {
        assert!(payment.pointer(pointer).is_some(), "no {pointer} in {payment:#}");
    }
    let method = text(payment, "/paymentOutput/paymentMethod");
    let output = &payment["paymentOutput"][format!("{method}PaymentMethodSpecificOutput")];
    assert!(output["paymentProductId"].is_i64(), "{payment:#}");
    let status = text(payment, "/status");
    let shows = |name: &str| payment["statusOutput"].get(name).is_some();
    assert_eq!(shows("isRetriable"), matches!(status, "REJECTED" | "ACCOUNT_VERIFIED"));
    assert_eq!(shows("errors"), status == "REJECTED");
    if method == "card" {
        let number = text(output, "/card/cardNumber");
        assert!(number.contains("****") && output["card"]["expiryDate"].is_string(), "{output:#}");
    }
}

fn from_city(city: &str) -> Value {
    let mut body = card_payment(1000, "EUR");
    body["order"]["customer"] = json!({"billingAddress": {"city": city}});
    body
}

fn sale() -> Value {
    let mut body = card_payment(1000, "EUR");
    body["cardPaymentMethodSpecificInput"]["requiresApproval"] = json!(false);
    body
}

/// Everything that a create call can be asked for at once.
fn rich() -> Value {
    let mut body = from_city("Amsterdam");
    body["order"]["references"] = json!({"merchantReference": "order", "merchantOrderId": 7});
    body["cardPaymentMethodSpecificInput"]["tokenize"] = json!(true);
    body
}

fn redirect() -> Value {
    json!({
        "order": {"amountOfMoney": {"amount": 100, "currencyCode": "EUR"}},
        "redirectPaymentMethodSpecificInput": {"paymentProductId": 809}
    })
}

fn maestro() -> Value {
    let mut body = card_payment(8300, "GBP");
    body["cardPaymentMethodSpecificInput"] = json!({"paymentProductId": 117, "card": {
        "cardNumber": "6331101999990073", "cvv": "321", "expiryDate": "1230"}});
    body
}

/// The payments that create can make, by what they are.
fn created() -> [(&'static str, Value); 9] {
    [
        ("PENDING_APPROVAL", card_payment(1000, "EUR")),
        ("PENDING_APPROVAL, with everything", rich()),
        ("CAPTURE_REQUESTED", sale()),
        ("ACCOUNT_VERIFIED", card_payment(0, "EUR")),
        ("PENDING_FRAUD_APPROVAL", from_city("Calais")),
        ("REDIRECTED, at a third party", redirect()),
        ("REDIRECTED, for 3-D Secure", maestro()),
        ("REJECTED by the issuer", card_payment(360, "EUR")),
        ("REJECTED by fraud screening", from_city("Denver")),
    ]
}

#[tokio::test]
async fn creating_and_reading_payments() {
    let sandbox = Sandbox::start().await;
    let (mut creates, mut gets) = (Answers::default(), Answers::default());
    let get = async |id: &str| sandbox.get(&format!("/payments/{id}")).await;
    for (what, body) in created() {
        let reply = sandbox.post("/payments", body).await;
        creates.add(what, &reply);
        let root = if reply.status == 402 { &reply.body["paymentResult"] } else { &reply.body };
        for name in ["additionalReference", "externalReference"] {
            assert!(root["creationOutput"][name].is_string(), "{name} in {reply:?}");
        }
        assert_eq!(root.get("merchantAction").is_some(), what.starts_with("REDIRECTED"));
        assert_eq!(reply.header("location").is_some(), reply.status == 201);
        whole(&root["payment"]);
        assert!(what.starts_with(text(root, "/payment/status")), "{what}");
        let read = get(text(root, "/payment/id")).await;
        whole(&read.body);
        gets.add(what, &read);
    }
    creates.add("a refused request", &sandbox.post("/payments", json!({})).await);
    let call = || sandbox.call("POST", "/payments").json(&sale()).idempotent("k");
    call().send().await;
    creates.add("CAPTURE_REQUESTED, repeated", &call().send().await);
    matches_snapshot!("payments.create", creates);

    let cancelled = sandbox.pay(card_payment(1000, "EUR")).await;
    sandbox.post(&format!("/payments/{cancelled}/cancel"), json!({})).await;
    let paid = sandbox.paid(1000).await;
    let refunded = sandbox.paid(1000).await;
    sandbox.post(&format!("/payments/{refunded}/refund"), json!({})).await;
    sandbox.sandbox(&format!("/payments/{refunded}/settle"), json!({})).await;
    for (what, id) in [("CANCELLED", cancelled), ("PAID", paid), ("REFUNDED", refunded)] {
        let read = get(&id).await;
        assert_eq!(text(&read.body, "/status"), what);
        whole(&read.body);
        gets.add(what, &read);
    }
    gets.add("an unknown payment", &get("1").await);
    matches_snapshot!("payments.get", gets);

    let mut finds = Answers::default();
    finds.add("some", &sandbox.get("/payments?limit=100").await);
    finds.add("none", &sandbox.get("/payments?offset=1000").await);
    matches_snapshot!("payments.find", finds);
}

#[tokio::test]
async fn changing_payments() {
    let sandbox = Sandbox::start().await;
    let mut answers: BTreeMap<&str, Answers> = BTreeMap::new();
    let mut act = async |id: &str, action: &'static str, what: &str, body: Value| {
        let reply = sandbox.post(&format!("/payments/{id}/{action}"), body).await;
        if reply.status == 200 && action != "tokenize" {
            whole(reply.body.get("payment").unwrap_or(&reply.body));
        }
        answers.entry(action).or_default().add(what, &reply);
    };
    let id = sandbox.pay(card_payment(1000, "EUR")).await;
    act(&id, "cancelapproval", "not pending", json!({})).await;
    act(&id, "approve", "CAPTURE_REQUESTED, a part", json!({"amount": 1})).await;
    act(&id, "cancelapproval", "PENDING_APPROVAL", json!({})).await;
    act(&id, "approve", "CAPTURE_REQUESTED, the whole", json!({})).await;
    act(&id, "approve", "not pending", json!({})).await;
    act(&id, "cancel", "CANCELLED", json!({})).await;
    act(&id, "cancel", "not pending", json!({})).await;
    let id = sandbox.pay(from_city("Calais")).await;
    act(&id, "processchallenged", "PENDING_APPROVAL", json!({})).await;
    act(&id, "tokenize", "a new token", json!({})).await;
    act(&id, "tokenize", "a token that was there", json!({})).await;
    let mut challenged = from_city("Calais");
    challenged["cardPaymentMethodSpecificInput"]["requiresApproval"] = json!(false);
    let id = sandbox.pay(challenged).await;
    act(&id, "processchallenged", "CAPTURE_REQUESTED", json!({})).await;
    act(&id, "processchallenged", "not pending", json!({})).await;
    matches_snapshot!("payments.approve", answers["approve"]);
    matches_snapshot!("payments.cancelapproval", answers["cancelapproval"]);
    matches_snapshot!("payments.cancel", answers["cancel"]);
    matches_snapshot!("payments.processchallenged", answers["processchallenged"]);
    matches_snapshot!("payments.tokenize", answers["tokenize"]);
}

/// Makes a paid payment of a merchant and refunds it: the merchant's path, the payment and the answer.
async fn refunded(sandbox: &Sandbox, merchant: &str) -> (String, String, Reply) {
    let base = format!("/v1/{merchant}");
    let mut body = sale();
    body["order"]["references"] = json!({"merchantReference": "order"});
    let paid = sandbox.raw("POST", &format!("{base}/payments")).json(&body).send().await;
    let id = text(&paid.body, "/payment/id").to_owned();
    let authorization = format!("Bearer {}", crate::harness::ADMIN);
    let settle = format!("/sandbox/v1/{merchant}/payments/{id}/settle");
    let call = sandbox.raw("POST", &settle).unsigned();
    assert_eq!(call.header("Authorization", &authorization).send().await.status, 200);
    let path = format!("{base}/payments/{id}/refund");
    let reply = sandbox.raw("POST", &path).json(&json!({})).send().await;
    (base, id, reply)
}

#[tokio::test]
async fn refunding() {
    let sandbox = Sandbox::start().await;
    let (mut creates, mut gets, mut acts) =
        (Answers::default(), Answers::default(), Answers::default());
    for (merchant, status) in [("1226", "REFUND_REQUESTED"), (CAREFUL, "PENDING_APPROVAL")] {
        let (base, payment, reply) = refunded(&sandbox, merchant).await;
        creates.add(status, &reply);
        let refund = format!("{base}/refunds/{}", text(&reply.body, "/id"));
        let mut read = async |what: &str| {
            let reply = sandbox.raw("GET", &refund).send().await;
            assert_eq!(text(&reply.body, "/status"), what);
            for name in
                ["isCancellable", "statusCategory", "statusCode", "statusCodeChangeDateTime"]
            {
                assert!(reply.body["statusOutput"].get(name).is_some(), "{name} in {reply:?}");
            }
            assert!(reply.body["statusOutput"].get("isAuthorized").is_none());
            gets.add(what, &reply);
        };
        read(status).await;
        let mut act = async |action: &str| {
            let reply =
                sandbox.raw("POST", &format!("{refund}/{action}")).json(&json!({})).send().await;
            acts.add(action, &reply);
        };
        if merchant == CAREFUL {
            act("approve").await;
            act("cancelapproval").await;
            act("cancel").await;
            act("cancel").await;
            read("CANCELLED").await;
        } else {
            sandbox.sandbox(&format!("/payments/{payment}/settle"), json!({})).await;
            read("REFUNDED").await;
            let path = format!("/payments/{payment}/refund");
            creates.add("nothing left", &sandbox.post(&path, json!({})).await);
        }
    }
    matches_snapshot!("payments.refund", creates);
    matches_snapshot!("refunds.get", gets);
    matches_snapshot!("refunds.changes", acts);

    let mut lists = Answers::default();
    let (_, payment, _) = refunded(&sandbox, "1226").await;
    lists.add("of a payment", &sandbox.get(&format!("/payments/{payment}/refunds")).await);
    lists.add("found", &sandbox.get("/refunds").await);
    lists.add("none found", &sandbox.get("/refunds?merchantReference=none").await);
    matches_snapshot!("refunds.lists", lists);
}

#[tokio::test]
async fn tokens_sessions_and_services() {
    let sandbox = Sandbox::start().await;
    let mut answers = Answers::default();
    let card = json!({"paymentProductId": 1, "card": {
        "alias": "mine",
        "customer": {"merchantCustomerId": "c", "billingAddress": {"city": "Utrecht", "countryCode": "NL"}},
        "data": {"cardWithoutCvv": {
            "cardNumber": "4111111111111111", "expiryDate": "1230", "cardholderName": "Wile E. Coyote"}}}});
    let reply = sandbox.post("/tokens", card.clone()).await;
    answers.add("create, a new token", &reply);
    let path = format!("/tokens/{}", text(&reply.body, "/token"));
    answers.add("create, a token that was there", &sandbox.post("/tokens", card.clone()).await);
    answers.add("get", &sandbox.get(&path).await);
    answers.add("update", &sandbox.call("PUT", &path).json(&card).send().await);
    answers.add("delete", &sandbox.call("DELETE", &path).send().await);
    answers.add("get, deleted", &sandbox.get(&path).await);
    let paid = sandbox.post("/payments", rich()).await;
    let path = format!("/tokens/{}", text(&paid.body, "/creationOutput/token"));
    answers.add("get, made by a payment", &sandbox.get(&path).await);
    matches_snapshot!("tokens", answers);

    let mut answers = Answers::default();
    answers.add("sessions.create", &sandbox.post("/sessions", json!({})).await);
    let unknown = json!({"tokens": ["none"]});
    answers.add("sessions.create, unknown tokens", &sandbox.post("/sessions", unknown).await);
    let test = sandbox.get("/services/testconnection").await;
    answers.add("services.testconnection", &test);
    let convert = "/services/convert/amount?source=EUR&target=USD&amount=1";
    answers.add("services.convertAmount", &sandbox.get(convert).await);
    matches_snapshot!("sessions_and_services", answers);
}

#[tokio::test]
async fn events_for_merchants() {
    let sandbox = Sandbox::start().await;
    for (_, body) in created() {
        sandbox.post("/payments", body).await;
    }
    refunded(&sandbox, "1226").await;
    sandbox.sandbox("/settle", json!({})).await;
    let mut by_type: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for event in events(&sandbox).await {
        if let Some(payment) = event.get("payment") {
            whole(payment);
        }
        by_type.entry(text(&event, "/type").to_owned()).or_default().push(event);
    }
    let mut answers = Answers::default();
    for (kind, events) in by_type {
        let _ = writeln!(answers.0, "{kind}");
        answers.paths(&Value::Array(events));
    }
    matches_snapshot!("events", answers);
}
