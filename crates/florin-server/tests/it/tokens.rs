//! Tokens: one for each card of a merchant, and never the card itself.

use serde_json::{Value, json};

use crate::harness::{CAREFUL, Reply, Sandbox, VISA, card_payment};
use crate::support::{events, text, together, types};

const OTHER: &str = "4567350000427977";

fn card(number: &str) -> Value {
    json!({
        "paymentProductId": 1,
        "card": {
            "alias": "my card",
            "customer": {
                "merchantCustomerId": "c-1",
                "billingAddress": {"city": "Utrecht", "countryCode": "NL"}
            },
            "data": {"cardWithoutCvv": {
                "cardNumber": number, "expiryDate": "1230", "cardholderName": "Wile E. Coyote"
            }}
        }
    })
}

/// The token of an answer, and whether it is new.
#[track_caller]
fn token(reply: &Reply) -> (String, bool) {
    assert_eq!(reply.status, if reply.body["isNewToken"] == true { 201 } else { 200 }, "{reply:?}");
    (text(&reply.body, "/token").to_owned(), reply.body["isNewToken"].as_bool().unwrap())
}

async fn created(sandbox: &Sandbox, number: &str) -> String {
    token(&sandbox.post("/tokens", card(number)).await).0
}

fn paying_with(token: &str) -> Value {
    json!({
        "order": {"amountOfMoney": {"amount": 1000, "currencyCode": "EUR"}},
        "cardPaymentMethodSpecificInput": {"token": token}
    })
}

fn keeping(number: &str, amount: i64) -> Value {
    let mut body = card_payment(amount, "EUR");
    body["cardPaymentMethodSpecificInput"]["tokenize"] = json!(true);
    body["cardPaymentMethodSpecificInput"]["card"]["cardNumber"] = json!(number);
    body
}

#[track_caller]
fn unknown(reply: &Reply) {
    reply.expect_error(404, "1404", "UNKNOWN_TOKEN_ID", Some("tokenId"));
}

#[tokio::test]
async fn the_same_card_is_the_same_token_and_its_data_stays() {
    let sandbox = Sandbox::start().await;
    let (first, new) = token(&sandbox.post("/tokens", card(VISA)).await);
    assert!(new && first.len() == 36 && first.as_bytes()[14] == b'4', "{first}");
    let mut again = card(VISA);
    again["card"]["alias"] = json!("another name");
    again["card"]["data"]["cardWithoutCvv"]["expiryDate"] = json!("1131");
    assert_eq!(token(&sandbox.post("/tokens", again).await), (first.clone(), false));
    let shown = sandbox.get(&format!("/tokens/{first}")).await.body;
    assert_eq!(text(&shown, "/card/alias"), "my card");
    assert_eq!(text(&shown, "/card/data/cardWithoutCvv/expiryDate"), "1230");
    assert_ne!(created(&sandbox, OTHER).await, first);
    // Another merchant's token for the card is another one, even within the account.
    let path = format!("/v1/{CAREFUL}/tokens");
    let theirs = sandbox.raw("POST", &path).json(&card(VISA)).send().await;
    let (theirs, new) = token(&theirs);
    assert!(new && theirs != first);
    unknown(&sandbox.raw("GET", &format!("{path}/{first}")).send().await);
}

#[tokio::test]
async fn a_token_shows_its_card_masked() {
    let sandbox = Sandbox::start().await;
    let id = created(&sandbox, VISA).await;
    let reply = sandbox.get(&format!("/tokens/{id}")).await;
    let mut expected = card("************0026");
    expected["id"] = json!(id);
    assert_eq!((reply.status, reply.body), (200, expected));
    let mut bare = card(OTHER);
    let details = bare["card"].as_object_mut().unwrap();
    details.remove("alias");
    details.remove("customer");
    let (id, _) = token(&sandbox.post("/tokens", bare).await);
    let shown = sandbox.get(&format!("/tokens/{id}")).await.body;
    assert_eq!(text(&shown, "/card/alias"), "************7977");
    assert!(shown["card"].get("customer").is_none());
}

#[tokio::test]
async fn an_update_replaces_what_it_names() {
    let sandbox = Sandbox::start().await;
    let path = format!("/tokens/{}", created(&sandbox, VISA).await);
    let put = async |body: Value| sandbox.call("PUT", &path).json(&body).send().await;
    let clear = |member: &'static str, value: &'static str| json!({"card": {"data": {"cardWithoutCvv": {member: value}}}});
    let shown = async || sandbox.get(&path).await.body["card"].clone();
    for body in [json!({"card": {"alias": "b"}}), clear("expiryDate", "0635")] {
        let reply = put(body).await;
        assert_eq!((reply.status, reply.body), (204, Value::Null));
    }
    let mut expected = card("************0026")["card"].clone();
    expected["alias"] = json!("b");
    expected["data"]["cardWithoutCvv"]["expiryDate"] = json!("0635");
    assert_eq!(shown().await, expected);

    let mut whole = card(OTHER);
    whole["card"]["customer"] = json!({"merchantCustomerId": "c-2"});
    assert_eq!(put(whole.clone()).await.status, 204);
    whole["card"]["data"]["cardWithoutCvv"]["cardNumber"] = json!("************7977");
    assert_eq!(shown().await, whole["card"]);
    // The old card is free again, the new one is taken.
    assert!(token(&sandbox.post("/tokens", card(VISA)).await).1);
    assert!(!token(&sandbox.post("/tokens", card(OTHER)).await).1);

    let number = "card.data.cardWithoutCvv.cardNumber";
    put(clear("cardNumber", "4567350000427978")).await.expect_error(
        400,
        "21000020",
        "LUHN",
        Some(number),
    );
    let expiry = "card.data.cardWithoutCvv.expiryDate";
    put(clear("expiryDate", "0120")).await.expect_error(400, "21000120", "PAST", Some(expiry));
    let product = json!({"paymentProductId": 99_999, "card": {"alias": "c"}});
    put(product).await.expect_error(404, "1007", "UNKNOWN_PRODUCT_ID", Some("paymentProductId"));
    assert_eq!(shown().await, whole["card"]);
}

#[tokio::test]
async fn a_deleted_token_is_gone() {
    let sandbox = Sandbox::start().await;
    let id = created(&sandbox, VISA).await;
    let path = format!("/tokens/{id}");
    let reply = sandbox.call("DELETE", &path).send().await;
    assert_eq!((reply.status, reply.body), (204, Value::Null));
    unknown(&sandbox.get(&path).await);
    unknown(&sandbox.call("DELETE", &path).send().await);
    unknown(&sandbox.call("PUT", &path).json(&json!({"card": {"alias": "b"}})).send().await);
    let reply = sandbox.post("/payments", paying_with(&id)).await;
    let property = Some("cardPaymentMethodSpecificInput.token");
    reply.expect_error(404, "1404", "UNKNOWN_TOKEN_ID", property);
    // The card can be kept again, under another id.
    let (again, new) = token(&sandbox.post("/tokens", card(VISA)).await);
    assert!(new && again != id);
    let events = events(&sandbox).await;
    assert_eq!(types(&events), ["token.created", "token.created", "token.deleted"]);
}

#[tokio::test]
async fn a_token_pays() {
    let sandbox = Sandbox::start().await;
    let id = created(&sandbox, VISA).await;
    let reply = sandbox.post("/payments", paying_with(&id)).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    let output = &reply.body["payment"]["paymentOutput"]["cardPaymentMethodSpecificOutput"];
    assert_eq!((text(output, "/token"), &output["paymentProductId"]), (id.as_str(), &json!(1)));
    assert_eq!(text(output, "/card/cardNumber"), "************0026");
    assert_eq!(text(output, "/card/expiryDate"), "1230");
    // It was there before, so nothing was made.
    assert!(reply.body["creationOutput"].get("token").is_none());
    assert!(reply.body["creationOutput"].get("isNewToken").is_none());
    // The card behind it decides, with the verification value of the moment.
    let mut body = paying_with(&id);
    body["order"]["amountOfMoney"]["amount"] = json!(360);
    body["cardPaymentMethodSpecificInput"]["card"] = json!({"cvv": "123", "expiryDate": "0731"});
    let reply = sandbox.post("/payments", body).await;
    assert_eq!(reply.faults(), [("430360".to_owned(), String::new())]);
    let output = &reply.body["paymentResult"]["payment"]["paymentOutput"];
    let expiry = "/cardPaymentMethodSpecificOutput/card/expiryDate";
    assert_eq!(text(output, expiry), "0731");
}

#[tokio::test]
async fn a_payment_can_leave_a_token() {
    let sandbox = Sandbox::start().await;
    let reply = sandbox.post("/payments", keeping(OTHER, 1000)).await;
    let creation = &reply.body["creationOutput"];
    let id = text(creation, "/token").to_owned();
    assert_eq!(
        (&creation["isNewToken"], &creation["tokenizationSucceeded"]),
        (&json!(true), &json!(true))
    );
    let pointer = "/payment/paymentOutput/cardPaymentMethodSpecificOutput/token";
    assert_eq!(text(&reply.body, pointer), id);
    let shown = sandbox.get(&format!("/tokens/{id}")).await.body;
    assert_eq!(text(&shown, "/originalPaymentId"), text(&reply.body, "/payment/id"));
    assert_eq!(text(&shown, "/card/data/cardWithoutCvv/cardholderName"), "Wile E. Coyote");

    let again = sandbox.post("/payments", keeping(OTHER, 1000)).await;
    let creation = &again.body["creationOutput"];
    assert_eq!((text(creation, "/token"), &creation["isNewToken"]), (id.as_str(), &json!(false)));

    let declined = sandbox.post("/payments", keeping(VISA, 360)).await;
    assert_eq!(declined.status, 402);
    assert!(declined.body["paymentResult"]["creationOutput"].get("token").is_none());
    assert!(token(&sandbox.post("/tokens", card(VISA)).await).1, "nothing was kept of it");

    // The first of a series leaves one unasked.
    let mut first = card_payment(1000, "EUR");
    first["cardPaymentMethodSpecificInput"]["isRecurring"] = json!(true);
    first["cardPaymentMethodSpecificInput"]["recurring"] =
        json!({"recurringPaymentSequenceIndicator": "first"});
    let reply = sandbox.post("/payments", first).await;
    assert!(reply.body["creationOutput"]["token"].is_string(), "{reply:?}");
}

#[tokio::test]
async fn a_payment_that_was_authorised_can_be_tokenized() {
    let sandbox = Sandbox::start().await;
    let payment = sandbox.pay(card_payment(1000, "EUR")).await;
    let path = format!("/payments/{payment}/tokenize");
    let reply = sandbox.post(&path, json!({"alias": "kept"})).await;
    let (id, new) = token(&reply);
    assert!(new);
    assert_eq!(text(&reply.body, "/originalPaymentId"), payment);
    let shown = sandbox.get(&format!("/tokens/{id}")).await.body;
    assert_eq!(text(&shown, "/card/alias"), "kept");
    assert_eq!(token(&sandbox.post(&path, json!({})).await), (id, false));
    assert_eq!(
        sandbox.get(&format!("/payments/{payment}")).await.body["status"],
        "PENDING_APPROVAL"
    );

    let declined = sandbox.post("/payments", card_payment(360, "EUR")).await;
    let declined = text(&declined.body, "/paymentResult/payment/id").to_owned();
    let reply = sandbox.post(&format!("/payments/{declined}/tokenize"), json!({})).await;
    reply.expect_error(402, "410110", "UNKNOWN ORDER OR NOT PENDING", None);
}

#[tokio::test]
async fn a_card_that_is_kept_many_times_at_once_has_one_token() {
    let sandbox = Sandbox::start().await;
    for number in [VISA, OTHER, "4111111111111111"] {
        let payment = sandbox.pay(keeping("4063651370499176", 1000)).await;
        assert!(!payment.is_empty());
        let mut calls: Vec<_> =
            (0..12).map(|_| sandbox.call("POST", "/tokens").json(&card(number))).collect();
        let payments =
            (0..12).map(|_| sandbox.call("POST", "/payments").json(&keeping(number, 1000)));
        calls.extend(payments);
        let replies = together(&sandbox, calls).await;
        let output = |reply: &Reply| {
            let output = reply.body.get("creationOutput").unwrap_or(&reply.body);
            (text(output, "/token").to_owned(), output["isNewToken"].as_bool().unwrap())
        };
        let mut kept: Vec<_> = replies.iter().map(output).collect();
        assert_eq!(kept.iter().filter(|(_, new)| *new).count(), 1, "{kept:?}");
        kept.dedup_by(|one, other| one.0 == other.0);
        assert_eq!(kept.len(), 1, "{kept:?}");
    }
}

#[tokio::test]
async fn what_a_token_needs_is_named() {
    let sandbox = Sandbox::start().await;
    let named = async |body: Value, status: u16, expected: &[(&str, &str)]| {
        let reply = sandbox.post("/tokens", body).await;
        assert_eq!(reply.status, status, "{reply:?}");
        reply.expect_envelope();
        let owned = |(code, name): &(&str, &str)| ((*code).to_owned(), (*name).to_owned());
        assert_eq!(reply.faults(), expected.iter().map(owned).collect::<Vec<_>>(), "{reply:?}");
    };
    let (number, expiry) =
        ("card.data.cardWithoutCvv.cardNumber", "card.data.cardWithoutCvv.expiryDate");
    let missing = "20000000";
    named(json!({}), 400, &[(missing, "card"), (missing, "paymentProductId")]).await;
    named(
        json!({"paymentProductId": 1, "card": {"alias": "a"}}),
        400,
        &[(missing, number), (missing, expiry)],
    )
    .await;
    let mut bad = card("4567350000427978");
    bad["card"]["data"]["cardWithoutCvv"]["expiryDate"] = json!("0120");
    named(bad, 400, &[("21000020", number), ("21000120", expiry)]).await;
    let mut other = card(VISA);
    other["paymentProductId"] = json!(809);
    named(other.clone(), 400, &[("400530", "paymentProductId")]).await;
    other["paymentProductId"] = json!(99_999);
    named(other, 404, &[("1007", "paymentProductId")]).await;
    let wallet = json!({"paymentProductId": 840, "eWallet": {"data": {"billingAgreementId": "x"}}});
    named(wallet, 501, &[("1501", "")]).await;
}
