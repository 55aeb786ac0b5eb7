//! Payments: what each call makes of them.

use serde_json::{Value, json};

use crate::harness::{CAREFUL, MERCHANT, Reply, Sandbox, VISA, card_payment};
use crate::support::text;

/// Status, code, category and the flags authorised, cancellable, refundable.
type State = (&'static str, u32, &'static str, [bool; 3]);

const PENDING_APPROVAL: State = ("PENDING_APPROVAL", 600, "PENDING_MERCHANT", [true, true, false]);
const CAPTURE_REQUESTED: State =
    ("CAPTURE_REQUESTED", 800, "PENDING_CONNECT_OR_3RD_PARTY", [true, true, false]);
const CHALLENGED: State = ("PENDING_FRAUD_APPROVAL", 525, "PENDING_MERCHANT", [true, true, false]);
const CANCELLED: State = ("CANCELLED", 99_999, "UNSUCCESSFUL", [false, false, false]);

#[track_caller]
fn is(payment: &Value, (status, code, category, flags): State) {
    let output = &payment["statusOutput"];
    assert_eq!(payment["status"], status, "{payment:#}");
    assert_eq!(output["statusCode"], code, "{payment:#}");
    assert_eq!(output["statusCategory"], category, "{payment:#}");
    let found = ["isAuthorized", "isCancellable", "isRefundable"].map(|name| &output[name]);
    assert_eq!(found.map(|flag| flag.as_bool().unwrap()), flags, "{payment:#}");
    let stamp = text(output, "/statusCodeChangeDateTime");
    assert!(stamp.len() == 14 && stamp.bytes().all(|byte| byte.is_ascii_digit()), "{stamp}");
}

/// A card payment with other members in its card input.
fn card_with(amount: i64, members: Value) -> Value {
    let mut body = card_payment(amount, "EUR");
    let input = body["cardPaymentMethodSpecificInput"].as_object_mut().unwrap();
    let Value::Object(members) = members else { panic!("members") };
    input.extend(members);
    body
}

/// A card payment whose customer lives in that city.
fn from_city(city: &str) -> Value {
    let mut body = card_payment(1000, "EUR");
    body["order"]["customer"] = json!({"billingAddress": {"city": city}});
    body
}

fn redirect_payment() -> Value {
    json!({
        "order": {"amountOfMoney": {"amount": 1000, "currencyCode": "EUR"}},
        "redirectPaymentMethodSpecificInput": {
            "paymentProductId": 809, "redirectionData": {"returnUrl": "https://shop.example.org/back"}
        }
    })
}

async fn act(sandbox: &Sandbox, id: &str, action: &str, body: Value) -> Reply {
    sandbox.post(&format!("/payments/{id}/{action}"), body).await
}

#[track_caller]
fn not_pending(reply: &Reply) {
    reply.expect_error(402, "410110", "UNKNOWN ORDER OR NOT PENDING", None);
}

#[tokio::test]
async fn a_card_payment_goes_where_its_request_says() {
    let sandbox = Sandbox::start().await;
    let maestro = json!({"paymentProductId": 117, "card": {
        "cardNumber": "6331101999990073", "cvv": "321", "expiryDate": "1230"}});
    let verified = ("ACCOUNT_VERIFIED", 300, "ACCOUNT_VERIFIED", [false, false, false]);
    let redirected = ("REDIRECTED", 50, "PENDING_PAYMENT", [false, false, false]);
    for (body, state) in [
        (card_payment(1000, "EUR"), PENDING_APPROVAL),
        (card_with(1000, json!({"requiresApproval": true})), PENDING_APPROVAL),
        (card_with(1000, json!({"requiresApproval": false})), CAPTURE_REQUESTED),
        (card_with(1000, json!({"authorizationMode": "SALE"})), CAPTURE_REQUESTED),
        (card_with(1000, json!({"authorizationMode": "PRE_AUTHORIZATION"})), PENDING_APPROVAL),
        (card_with(0, json!({})), verified),
        (card_with(0, json!({"requiresApproval": false})), verified),
        (card_with(1000, maestro), redirected),
        (redirect_payment(), ("REDIRECTED", 20, "PENDING_PAYMENT", [false, false, false])),
        (from_city("Amsterdam"), PENDING_APPROVAL),
        (from_city("Calais"), CHALLENGED),
        (from_city(" calais "), CHALLENGED),
        (from_city("Utrecht"), PENDING_APPROVAL),
    ] {
        let reply = sandbox.post("/payments", body).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        let payment = &reply.body["payment"];
        is(payment, state);
        assert!(payment["statusOutput"].get("errors").is_none());
        // What is read back is what was answered, at once.
        let id = text(payment, "/id");
        let read = sandbox.get(&format!("/payments/{id}")).await;
        assert_eq!((read.status, &read.body), (200, payment));
    }
}

#[tokio::test]
async fn ids_and_addresses_have_their_layouts() {
    let sandbox = Sandbox::start().await;
    let mut before = String::new();
    for _ in 0..3 {
        let reply = sandbox.post("/payments", card_payment(1000, "EUR")).await;
        let id = text(&reply.body, "/payment/id");
        assert!(id.len() == 30 && id.bytes().all(|byte| byte.is_ascii_digit()), "{id}");
        assert!(id.starts_with("0000001226") && id.ends_with("0000100001"), "{id}");
        assert!(*id > *before, "{id} after {before}");
        id.clone_into(&mut before);
        let location = format!("https://pay.example.com/v1/{MERCHANT}/payments/{id}");
        assert_eq!(reply.header("location"), Some(location.as_str()));
        let creation = &reply.body["creationOutput"];
        assert_eq!(*creation, json!({"additionalReference": &id[..20], "externalReference": id}));
        let output = &reply.body["payment"]["paymentOutput"];
        assert_eq!(output["references"], json!({"paymentReference": "0"}));
    }
    let mut body = card_payment(1000, "EUR");
    body["order"]["references"] =
        json!({"merchantReference": "order-1", "merchantOrderId": 123_456_789_012_i64});
    let reply = sandbox.post("/payments", body).await;
    let creation = json!({"additionalReference": "order-1", "externalReference": "order-1"});
    assert_eq!(reply.body["creationOutput"], creation);
    let expected = json!({
        "merchantReference": "order-1", "merchantOrderId": 123_456_789_012_i64,
        "paymentReference": "0"
    });
    assert_eq!(reply.body["payment"]["paymentOutput"]["references"], expected);
}

#[tokio::test]
async fn an_answer_shows_of_the_card_what_it_may() {
    let sandbox = Sandbox::start().await;
    let reply = sandbox.post("/payments", card_payment(2000, "USD")).await;
    let output = &reply.body["payment"]["paymentOutput"];
    assert_eq!(output["amountOfMoney"], json!({"amount": 2000, "currencyCode": "USD"}));
    assert_eq!(output["paymentMethod"], "card");
    let shown = &output["cardPaymentMethodSpecificOutput"];
    assert_eq!(shown["paymentProductId"], 1);
    assert_eq!(shown["authorisationCode"], "OK2331");
    assert_eq!(shown["fraudResults"], json!({"avsResult": "Y", "cvvResult": "0"}));
    let card = json!({
        "cardNumber": "************0026", "expiryDate": "1230", "cardholderName": "Wile E. Coyote"
    });
    assert_eq!(shown["card"], card);
    assert!(!reply.body.to_string().contains(VISA));
    let challenged = sandbox.post("/payments", from_city("Calais")).await;
    let pointer =
        "/payment/paymentOutput/cardPaymentMethodSpecificOutput/fraudResults/fraudServiceResult";
    assert_eq!(text(&challenged.body, pointer), "challenged");
    let accepted = sandbox.post("/payments", from_city("Amsterdam")).await;
    assert_eq!(text(&accepted.body, pointer), "accepted");
}

#[tokio::test]
async fn a_payment_that_fraud_screening_denies_is_declined() {
    let sandbox = Sandbox::start().await;
    let reply = sandbox.post("/payments", from_city("Denver")).await;
    assert_eq!(reply.status, 402, "{reply:?}");
    let payment = &reply.body["paymentResult"]["payment"];
    is(payment, ("REJECTED", 160, "UNSUCCESSFUL", [false, false, false]));
    assert_eq!(reply.faults(), [("430421".to_owned(), String::new())]);
    assert_eq!(payment["statusOutput"]["errors"], reply.body["errors"]);
    let id = text(payment, "/id");
    assert_eq!(sandbox.get(&format!("/payments/{id}")).await.body, *payment);
    for action in ["approve", "cancel", "cancelapproval", "processchallenged"] {
        not_pending(&act(&sandbox, id, action, json!({})).await);
    }
    let mut skipped = from_city("Denver");
    skipped["cardPaymentMethodSpecificInput"]["skipFraudService"] = json!(true);
    is(&sandbox.post("/payments", skipped).await.body["payment"], PENDING_APPROVAL);
}

#[tokio::test]
async fn an_account_can_have_what_is_challenged_declined() {
    let sandbox = Sandbox::start().await;
    let path = format!("/v1/{CAREFUL}/payments");
    let reply = sandbox.raw("POST", &path).json(&from_city("Calais")).send().await;
    assert_eq!(reply.status, 402, "{reply:?}");
    assert_eq!(reply.faults(), [("430410".to_owned(), String::new())]);
    let payment = &reply.body["paymentResult"]["payment"];
    is(payment, ("REJECTED", 160, "UNSUCCESSFUL", [false, false, false]));
}

#[tokio::test]
async fn a_challenged_payment_is_accepted_by_the_merchant() {
    let sandbox = Sandbox::start().await;
    for (sale, state) in [(false, PENDING_APPROVAL), (true, CAPTURE_REQUESTED)] {
        let mut body = from_city("Calais");
        body["cardPaymentMethodSpecificInput"]["requiresApproval"] = json!(!sale);
        let id = sandbox.pay(body).await;
        not_pending(&act(&sandbox, &id, "approve", json!({})).await);
        let reply = act(&sandbox, &id, "processchallenged", json!({})).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        // The payment stands alone in this answer.
        assert_eq!(text(&reply.body, "/id"), id);
        is(&reply.body, state);
        not_pending(&act(&sandbox, &id, "processchallenged", json!({})).await);
    }
    let id = sandbox.pay(from_city("Calais")).await;
    is(&act(&sandbox, &id, "cancel", json!({})).await.body["payment"], CANCELLED);
}

#[tokio::test]
async fn a_payment_is_approved_whole_or_in_part_and_never_for_more() {
    let sandbox = Sandbox::start().await;
    let money = |payment: &Value| payment["paymentOutput"]["amountOfMoney"]["amount"].clone();
    for (body, amount, gives_back) in [
        (json!({}), 1000, false),
        (json!({"amount": 1000}), 1000, false),
        (json!({"amount": 1}), 1, true),
        (json!({"amount": "400"}), 400, true),
    ] {
        let id = sandbox.pay(card_payment(1000, "EUR")).await;
        let reply = act(&sandbox, &id, "approve", body).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        is(&reply.body["payment"], CAPTURE_REQUESTED);
        assert_eq!(money(&reply.body["payment"]), amount);
        let void = reply.body.get("cardPaymentMethodSpecificOutput");
        assert_eq!(void, gives_back.then(|| json!({"voidResponseId": "00"})).as_ref());
        not_pending(&act(&sandbox, &id, "approve", json!({})).await);
    }
    let id = sandbox.pay(card_payment(1000, "EUR")).await;
    for amount in [1001, 999_999_999_999_i64] {
        let reply = act(&sandbox, &id, "approve", json!({"amount": amount})).await;
        reply.expect_error(400, "21000050", "EXCEEDS 1000", Some("amount"));
    }
    is(&sandbox.get(&format!("/payments/{id}")).await.body, PENDING_APPROVAL);
    let body = json!({"order": {"references": {"merchantReference": "later"}}});
    let reply = act(&sandbox, &id, "approve", body).await;
    let pointer = "/payment/paymentOutput/references/merchantReference";
    assert_eq!(text(&reply.body, pointer), "later");
    let found = sandbox.get("/payments?merchantReference=later").await;
    assert_eq!(text(&found.body, "/payments/0/id"), id);
}

#[tokio::test]
async fn an_approval_can_be_taken_back_while_it_is_queued() {
    let sandbox = Sandbox::start().await;
    let id = sandbox.pay(card_payment(1000, "EUR")).await;
    not_pending(&act(&sandbox, &id, "cancelapproval", json!({})).await);
    act(&sandbox, &id, "approve", json!({"amount": 300})).await;
    let reply = act(&sandbox, &id, "cancelapproval", json!({})).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    is(&reply.body["payment"], PENDING_APPROVAL);
    assert_eq!(reply.body["payment"]["paymentOutput"]["amountOfMoney"]["amount"], 1000);
    assert_eq!(reply.body.as_object().unwrap().len(), 1);
    // The whole authorisation is there again.
    let reply = act(&sandbox, &id, "approve", json!({"amount": 1000})).await;
    is(&reply.body["payment"], CAPTURE_REQUESTED);
    sandbox.sandbox(&format!("/payments/{id}/advance"), json!({})).await;
    not_pending(&act(&sandbox, &id, "cancelapproval", json!({})).await);
}

#[tokio::test]
async fn a_payment_is_cancelled_once_and_not_after_it_was_sent() {
    let sandbox = Sandbox::start().await;
    for queued in [false, true] {
        let id = sandbox.pay(card_with(1000, json!({"requiresApproval": !queued}))).await;
        let reply = act(&sandbox, &id, "cancel", json!({})).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        is(&reply.body["payment"], CANCELLED);
        let void = json!({"voidResponseId": "00"});
        assert_eq!(reply.body["cardPaymentMethodSpecificOutput"], void);
        for action in ["cancel", "approve", "cancelapproval"] {
            not_pending(&act(&sandbox, &id, action, json!({})).await);
        }
        // It left the capture run.
        sandbox.sandbox(&format!("/payments/{id}/settle"), json!({})).await;
        is(&sandbox.get(&format!("/payments/{id}")).await.body, CANCELLED);
    }
    let id = sandbox.pay(card_with(1000, json!({"requiresApproval": false}))).await;
    sandbox.sandbox(&format!("/payments/{id}/advance"), json!({})).await;
    not_pending(&act(&sandbox, &id, "cancel", json!({})).await);
    let verified = sandbox.pay(card_with(0, json!({}))).await;
    not_pending(&act(&sandbox, &verified, "cancel", json!({})).await);
}

#[tokio::test]
async fn a_consumer_who_must_go_elsewhere_is_sent_there() {
    let sandbox = Sandbox::start().await;
    let maestro = card_with(
        8300,
        json!({"paymentProductId": 117, "returnUrl": "https://shop.example.org/back", "card": {
            "cardNumber": "6331101999990073", "cvv": "321", "expiryDate": "1230"}}),
    );
    let mut macs = Vec::new();
    for (body, method) in [(redirect_payment(), "redirect"), (maestro, "card")] {
        let reply = sandbox.post("/payments", body).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        let id = text(&reply.body, "/payment/id");
        assert_eq!(text(&reply.body, "/payment/paymentOutput/paymentMethod"), method);
        let action = &reply.body["merchantAction"];
        assert_eq!(action["actionType"], "REDIRECT");
        let address = text(action, "/redirectData/redirectURL");
        assert!(address.starts_with("https://pay.example.com/"), "{address}");
        let mac = text(action, "/redirectData/RETURNMAC");
        assert_eq!(mac.len(), 36, "{mac}");
        assert!(!address.contains(mac), "who only has the address must not know the MAC");
        macs.push(mac.to_owned());
        // Nothing has been authorised that could be taken, given back or kept.
        for name in ["approve", "cancel", "cancelapproval", "tokenize"] {
            not_pending_or_not_enabled(&act(&sandbox, id, name, json!({})).await);
        }
        let reply = act(&sandbox, id, "refund", json!({})).await;
        reply.expect_error(400, "300450", "ORDER WITHOUT REFUNDABLE PAYMENTS", None);
        let read = sandbox.get(&format!("/payments/{id}")).await;
        assert!(read.body.get("merchantAction").is_none());
        assert!(!read.body.to_string().contains(mac), "only the first answer has the MAC");
    }
    assert_ne!(macs[0], macs[1]);
}

#[track_caller]
fn not_pending_or_not_enabled(reply: &Reply) {
    let refused = [("410110".to_owned(), String::new()), ("400530".to_owned(), String::new())];
    assert!(refused.contains(&reply.faults()[0]), "{reply:?}");
}

#[tokio::test]
async fn methods_that_are_not_served_yet_say_so() {
    let sandbox = Sandbox::start().await;
    let order = json!({"amountOfMoney": {"amount": 1000, "currencyCode": "EUR"}});
    for method in ["mobile", "bankTransfer", "cash", "directDebit", "sepaDirectDebit", "invoice"] {
        let name = format!("{method}PaymentMethodSpecificInput");
        let reply = sandbox.post("/payments", json!({"order": order, name: {}})).await;
        assert!(reply.status == 501 || reply.status == 400, "{reply:?}");
        reply.expect_envelope();
    }
    let reply = sandbox.post("/payments", json!({"order": order, "encryptedCustomerInput": "x"}));
    reply.await.expect_error(501, "1501", "not served yet", None);
    let path = "/v1/1300/payments";
    let reply = sandbox.raw("POST", path).json(&card_payment(1000, "EUR")).send().await;
    reply.expect_error(501, "1501", "only GlobalCollect is served yet", None);
}

#[tokio::test]
async fn payments_are_found_by_reference_and_order_newest_first() {
    let sandbox = Sandbox::start().await;
    let mut ids = Vec::new();
    for number in 0..25 {
        let mut body = card_payment(1000 + number, "SEK");
        body["order"]["references"] = json!({
            "merchantReference": format!("shop {}&é", number % 5), "merchantOrderId": number % 3
        });
        ids.push(sandbox.pay(body).await);
    }
    ids.reverse();
    let listed = |reply: &Reply| {
        let payments = reply.body["payments"].as_array().unwrap();
        payments.iter().map(|it| text(it, "/id").to_owned()).collect::<Vec<_>>()
    };
    let reply = sandbox.get("/payments").await;
    assert_eq!(reply.status, 200);
    assert_eq!(listed(&reply), ids[..10]);
    let page = ["offset", "limit", "totalCount"].map(|name| reply.body[name].as_i64().unwrap());
    assert_eq!(page, [0, 10, 25]);
    let reply = sandbox.get("/payments?offset=20&limit=7").await;
    assert_eq!(listed(&reply), ids[20..]);
    assert_eq!(reply.body["totalCount"], 25);
    let reply = sandbox.get("/payments?limit=1000").await;
    assert_eq!((listed(&reply).len(), &reply.body["limit"]), (25, &json!(100)));
    assert!(listed(&sandbox.get("/payments?offset=25").await).is_empty());
    let reply = sandbox.get("/payments?merchantReference=shop+2%26%C3%A9").await;
    assert_eq!((listed(&reply).len(), &reply.body["totalCount"]), (5, &json!(5)));
    let reply = sandbox.get("/payments?merchantOrderId=1&limit=3").await;
    assert_eq!((listed(&reply).len(), &reply.body["totalCount"]), (3, &json!(8)));
    let reply = sandbox.get("/payments?merchantOrderId=1&merchantReference=shop%201%26%C3%A9");
    assert_eq!(reply.await.body["totalCount"], 2);
    for nothing in ["merchantReference=none", "hostedCheckoutId=none", "merchantOrderId=99"] {
        let reply = sandbox.get(&format!("/payments?{nothing}")).await;
        assert_eq!((reply.status, listed(&reply).len()), (200, 0), "{nothing}");
    }
    for (query, name) in [
        ("limit=0", "limit"),
        ("limit=x", "limit"),
        ("offset=-1", "offset"),
        ("merchantOrderId=x", "merchantOrderId"),
    ] {
        let reply = sandbox.get(&format!("/payments?{query}")).await;
        reply.expect_error(400, "1099", "INVALID_VALUE", Some(name));
    }
    let elsewhere = sandbox.raw("GET", &format!("/v1/{CAREFUL}/payments")).send().await;
    assert_eq!(elsewhere.body["totalCount"], 0);
}
