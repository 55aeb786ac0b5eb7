//! Bodies that are not as they should be, and those that are strange but good.

use std::fmt::Write as _;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::{CAREFUL, Call, Reply, Sandbox, card_payment};

const CARD: &str = "cardPaymentMethodSpecificInput";

/// A valid card payment in which the member at a pointer is another.
fn with(pointer: &str, value: Value) -> Value {
    let mut body = card_payment(1000, "EUR");
    put(&mut body, pointer, value);
    body
}

fn put(body: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[name] = value;
}

#[track_caller]
fn faults(reply: &Reply, expected: &[(&str, &str)]) {
    assert_eq!(reply.status, 400, "{reply:?}");
    reply.expect_envelope();
    let owned = |(code, name): &(&str, &str)| ((*code).to_owned(), (*name).to_owned());
    let mut expected: Vec<_> = expected.iter().map(owned).collect();
    expected.sort();
    assert_eq!(reply.faults(), expected, "{reply:?}");
}

/// Nothing was stored of what was refused.
async fn stored(sandbox: &Sandbox) -> u64 {
    sandbox.get("/payments").await.body["totalCount"].as_u64().unwrap()
}

#[tokio::test]
async fn what_is_no_json_object_is_a_bad_request() {
    let sandbox = Sandbox::start().await;
    let deep_array = "[".repeat(100_000);
    let bodies: [&[u8]; 13] = [
        b"{",
        b"nonsense",
        b"{\"order\": }",
        b"{\"order\": {}} trailing",
        b"{'order': {}}",
        b"[]",
        b"\"text\"",
        b"5",
        b"true",
        b"{\"order\": \"\xff\xfe\"}",
        b"{\"order\": {\"amountOfMoney\": {\"amount\": 1e999}}}",
        b"\xef\xbb\xbf{}",
        deep_array.as_bytes(),
    ];
    for body in bodies {
        let reply = sandbox.call("POST", "/payments").bytes(body.to_vec()).send().await;
        reply.expect_error(400, "1400", "", None);
        assert_eq!(reply.body["errors"][0]["id"], "BAD_REQUEST");
    }
    assert_eq!(stored(&sandbox).await, 0);
}

#[tokio::test]
async fn a_body_of_a_mebibyte_is_read_and_a_longer_one_is_not() {
    let sandbox = Sandbox::start().await;
    let mut body = card_payment(1000, "EUR").to_string();
    body.push_str(&" ".repeat((1 << 20) - body.len()));
    assert_eq!(sandbox.call("POST", "/payments").bytes(body.clone()).send().await.status, 201);
    for more in [1, 100_000, 8 << 20] {
        let body = format!("{body}{}", " ".repeat(more));
        let reply = sandbox.call("POST", "/payments").bytes(body).send().await;
        reply.expect_error(400, "1400", "too long", None);
    }
    let reply = sandbox.call("POST", "/payments").bytes(" ".repeat(2 << 20)).unsigned();
    reply.send().await.expect_error(403, "9002", "MISSING_OR_INVALID", None);
    assert_eq!(stored(&sandbox).await, 1);
}

#[tokio::test]
async fn a_body_may_come_in_chunks() {
    let sandbox = Sandbox::start().await;
    let body = card_payment(1000, "EUR").to_string();
    let reply = in_chunks(&sandbox, sandbox.call("POST", "/payments").bytes(""), &body, 7).await;
    assert!(reply.starts_with("HTTP/1.1 201"), "{reply}");
    let long = " ".repeat(3 << 20);
    let reply =
        in_chunks(&sandbox, sandbox.call("POST", "/payments").bytes(""), &long, 65_536).await;
    assert!(reply.starts_with("HTTP/1.1 400") && reply.contains("1400"), "{reply}");
}

/// Sends a body in chunks of that many bytes over a bare socket.
async fn in_chunks(sandbox: &Sandbox, call: Call<'_>, body: &str, size: usize) -> String {
    let (parts, _) = call.into_request().into_parts();
    let mut head = format!("{} {} HTTP/1.1\r\n", parts.method, parts.uri);
    for (name, value) in &parts.headers {
        let _ = write!(head, "{name}: {}\r\n", value.to_str().unwrap());
    }
    head.push_str("Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
    let mut stream = TcpStream::connect(&sandbox.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    for chunk in body.as_bytes().chunks(size) {
        let mut framed = format!("{:x}\r\n", chunk.len()).into_bytes();
        framed.extend_from_slice(chunk);
        framed.extend_from_slice(b"\r\n");
        if stream.write_all(&framed).await.is_err() {
            break;
        }
    }
    let _ = stream.write_all(b"0\r\n\r\n").await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn text_numbers_nulls_and_unknown_members_are_understood() {
    let sandbox = Sandbox::start().await;
    let body = json!({
        "order": {
            "amountOfMoney": {"amount": "2345", "currencyCode": "EUR", "x": null},
            "references": {"merchantOrderId": "77", "merchantReference": 4711},
            "customer": null,
            "shoppingCart": {}
        },
        "cardPaymentMethodSpecificInput": {
            "paymentProductId": "1",
            "requiresApproval": "false",
            "skipFraudService": "1",
            "tokenize": 0,
            "isRecurring": "False",
            "card": {"cardNumber": 4_012_000_033_330_026_u64, "cvv": 123, "expiryDate": "1230",
                     "cardholderName": null, "issueNumber": null}
        },
        "redirectPaymentMethodSpecificInput": null,
        "futureMember": {"deep": [1, {"deeper": null}], "deepest": "x"}
    });
    let reply = sandbox.post("/payments", body).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    let payment = &reply.body["payment"];
    assert_eq!(payment["status"], "CAPTURE_REQUESTED");
    assert_eq!(payment["paymentOutput"]["amountOfMoney"]["amount"], 2345);
    assert_eq!(payment["paymentOutput"]["references"]["merchantOrderId"], 77);
    assert_eq!(payment["paymentOutput"]["references"]["merchantReference"], "4711");
}

#[tokio::test]
async fn deep_nesting_in_a_member_that_nobody_knows_is_skipped() {
    let sandbox = Sandbox::start().await;
    let mut body = card_payment(1000, "EUR").to_string();
    body.truncate(body.len() - 1);
    let body = format!("{body},\"other\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let reply = sandbox.call("POST", "/payments").bytes(body).send().await;
    assert_eq!(reply.status, 201, "{reply:?}");
}

#[tokio::test]
async fn calls_whose_members_are_all_optional_take_an_empty_body() {
    let sandbox = Sandbox::start().await;
    let path = format!("/payments/{}/approve", sandbox.pay(card_payment(1000, "EUR")).await);
    let approved = sandbox.call("POST", &path).send().await;
    assert_eq!(approved.body["payment"]["status"], "CAPTURE_REQUESTED");
    for body in ["", "  \r\n", "{}", "null"] {
        let path = format!("/payments/{}/refund", sandbox.paid(500).await);
        let reply = sandbox.call("POST", &path).bytes(body).send().await;
        assert_eq!(reply.body["refundOutput"]["amountOfMoney"]["amount"], 500, "{reply:?}");
    }
    assert_eq!(sandbox.call("POST", "/sessions").send().await.status, 200);
}

#[tokio::test]
async fn a_create_call_without_a_body_names_what_is_missing() {
    let sandbox = Sandbox::start().await;
    let missing = [
        ("20000000", "order.amountOfMoney.amount"),
        ("20000000", "order.amountOfMoney.currencyCode"),
        ("20000000", CARD),
    ];
    for body in ["", "{}", "null", r#"{"order":{}}"#, r#"{"order":{"amountOfMoney":{}}}"#] {
        faults(&sandbox.call("POST", "/payments").bytes(body).send().await, &missing);
    }
}

#[tokio::test]
async fn wrong_types_are_named_one_by_one() {
    let sandbox = Sandbox::start().await;
    for (pointer, value) in [
        ("/order/amountOfMoney/amount", json!("50.3")),
        ("/order/amountOfMoney/amount", json!(50.3)),
        ("/order/amountOfMoney/amount", json!(true)),
        ("/order/amountOfMoney/amount", json!({})),
        ("/order/amountOfMoney/amount", json!(u64::MAX)),
        ("/order/amountOfMoney/amount", json!("")),
        ("/order/amountOfMoney/currencyCode", json!(["EUR"])),
        ("/order/amountOfMoney/currencyCode", json!(1.5)),
        ("/order/amountOfMoney", json!("1000 EUR")),
        ("/order", json!([])),
        ("/order", json!(false)),
        ("/cardPaymentMethodSpecificInput/card", json!("4012000033330026")),
        ("/cardPaymentMethodSpecificInput/card/cardNumber", json!({})),
        ("/cardPaymentMethodSpecificInput/card/cardNumber", json!(true)),
        ("/cardPaymentMethodSpecificInput/card/cardNumber", json!(1.5)),
        ("/cardPaymentMethodSpecificInput/card/cvv", json!([1, 2, 3])),
        ("/cardPaymentMethodSpecificInput/card/cvv", json!(false)),
        ("/cardPaymentMethodSpecificInput/card/expiryDate", json!(true)),
        ("/cardPaymentMethodSpecificInput/card/cardholderName", json!(false)),
        ("/cardPaymentMethodSpecificInput/paymentProductId", json!("visa")),
        ("/cardPaymentMethodSpecificInput/paymentProductId", json!(5_000_000_000_u64)),
        ("/cardPaymentMethodSpecificInput/requiresApproval", json!("maybe")),
        ("/cardPaymentMethodSpecificInput/requiresApproval", json!(2)),
        ("/cardPaymentMethodSpecificInput/authorizationMode", json!([])),
        ("/cardPaymentMethodSpecificInput/authorizationMode", json!(true)),
        ("/cardPaymentMethodSpecificInput/authorizationMode", json!(1.5)),
    ] {
        let reply = sandbox.post("/payments", with(pointer, value.clone())).await;
        let name = pointer[1..].replace('/', ".");
        assert_eq!(reply.status, 400, "{pointer} {value}: {reply:?}");
        let named = reply.faults().contains(&("1099".to_owned(), name.clone()));
        assert!(named, "{pointer} {value}: {reply:?}");
        // What is wrong below it is not said again.
        assert_eq!(reply.faults().len(), 1, "{pointer} {value}: {reply:?}");
    }
    let reply = sandbox.post("/payments", with("/order/amountOfMoney/amount", json!("50.3"))).await;
    let message = "INVALID_VALUE: '50.3' is not a valid value for field 'amount'";
    reply.expect_error(400, "1099", message, Some("order.amountOfMoney.amount"));
    assert_eq!(stored(&sandbox).await, 0);
}

#[tokio::test]
async fn an_answer_does_not_repeat_card_data() {
    let sandbox = Sandbox::start().await;
    for (pointer, value) in [
        ("/cardPaymentMethodSpecificInput/card/cardNumber", "4012000033330027"),
        ("/cardPaymentMethodSpecificInput/card/cardNumber", "4012 0000 3333 0026"),
        ("/cardPaymentMethodSpecificInput/card/cardNumber", "40120000333300264012000033330026"),
        ("/cardPaymentMethodSpecificInput/card/cvv", "98765"),
        ("/cardPaymentMethodSpecificInput/card/cvv", "98x"),
        ("/cardPaymentMethodSpecificInput/card/expiryDate", "1397"),
        ("/cardPaymentMethodSpecificInput/card/expiryDate", "0119"),
        ("/cardPaymentMethodSpecificInput/card/expiryDate", "2030-12"),
    ] {
        let reply = sandbox.post("/payments", with(pointer, json!(value))).await;
        assert_eq!(reply.status, 400, "{value}: {reply:?}");
        assert!(!reply.body.to_string().contains(value), "{reply:?}");
        let name = pointer[1..].replace('/', ".");
        assert!(reply.faults().iter().all(|(_, found)| *found == name), "{reply:?}");
    }
    let bad = json!({"cardNumber": {"4012000033330026": 1}, "cvv": ["987"], "expiryDate": [1230]});
    let reply = sandbox.post("/payments", with(&format!("/{CARD}/card"), bad)).await;
    let whole = reply.body.to_string();
    assert!(!whole.contains("4012000033330026") && !whole.contains("987"), "{whole}");
}

#[tokio::test]
async fn amounts_have_one_to_twelve_digits_and_no_sign() {
    let sandbox = Sandbox::start().await;
    let path = "order.amountOfMoney.amount";
    for amount in [-1_i64, -1000, i64::MIN, 1_000_000_000_000, 9_999_999_999_999, i64::MAX] {
        for value in [json!(amount), json!(amount.to_string())] {
            let reply = sandbox.post("/payments", with("/order/amountOfMoney/amount", value)).await;
            let message = format!("VALUE {amount} OF FIELD AMOUNT IS NOT A NUMBER WITH MINLENGTH");
            reply.expect_error(400, "21000050", &message, Some(path));
        }
    }
    for amount in [0, 1, 999_999_999_999_i64] {
        let body = with("/order/amountOfMoney/amount", json!(amount));
        assert_eq!(sandbox.post("/payments", body).await.status, 201, "{amount}");
    }
    let id = sandbox.pay(card_payment(1000, "EUR")).await;
    for amount in [-1, 0, 1001] {
        let reply =
            sandbox.post(&format!("/payments/{id}/approve"), json!({"amount": amount})).await;
        reply.expect_error(400, "21000050", "AMOUNT", Some("amount"));
    }
    let paid = sandbox.paid(1000).await;
    for amount in [-1_i64, 0, 1_000_000_000_000] {
        let body = json!({"amountOfMoney": {"amount": amount, "currencyCode": "EUR"}});
        let reply = sandbox.post(&format!("/payments/{paid}/refund"), body).await;
        reply.expect_error(400, "21000050", "AMOUNT", Some("amountOfMoney.amount"));
    }
}

#[tokio::test]
async fn a_currency_is_one_of_the_world() {
    let sandbox = Sandbox::start().await;
    for currency in ["XXX", "EURO", "EU", "eur", "ZZZ", "E R", "978"] {
        let body = with("/order/amountOfMoney/currencyCode", json!(currency));
        let reply = sandbox.post("/payments", body).await;
        let message =
            format!("INVALID_VALUE: '{currency}' is not a valid value for field 'currencyCode'");
        reply.expect_error(400, "1099", &message, Some("order.amountOfMoney.currencyCode"));
    }
    for currency in ["EUR", "USD", "JPY", "BHD", "EEK", "HRK", "BGN", "TRY", "XOF"] {
        let body = with("/order/amountOfMoney/currencyCode", json!(currency));
        assert_eq!(sandbox.post("/payments", body).await.status, 201, "{currency}");
    }
}

#[tokio::test]
async fn tokens_of_lists_are_checked() {
    let sandbox = Sandbox::start().await;
    for (pointer, value) in [
        ("/cardPaymentMethodSpecificInput/authorizationMode", "SOMETHING_NEW"),
        ("/cardPaymentMethodSpecificInput/transactionChannel", "ecommerce"),
        ("/cardPaymentMethodSpecificInput/unscheduledCardOnFileRequestor", ""),
    ] {
        let reply = sandbox.post("/payments", with(pointer, json!(value))).await;
        let path = pointer[1..].replace('/', ".");
        let message = format!("INVALID_VALUE: '{value}' is not a valid value");
        reply.expect_error(400, "1099", &message, Some(&path));
    }
}

#[tokio::test]
async fn a_list_has_at_most_a_thousand_items() {
    let sandbox = Sandbox::start().await;
    for (items, fine) in [(1_000, true), (1_001, false), (10_000, false)] {
        let items = vec![json!({"amountOfMoney": {"amount": 1, "currencyCode": "EUR"}}); items];
        let mut body = card_payment(1000, "EUR");
        body["order"]["shoppingCart"] = json!({"items": items});
        let reply = sandbox.post("/payments", body).await;
        if fine {
            assert_eq!(reply.status, 201, "{reply:?}");
        } else {
            let path = Some("order.shoppingCart.items");
            reply.expect_error(400, "1099", "more than 1000 items", path);
        }
    }
    let reply = sandbox.post("/sessions", json!({"tokens": vec!["t"; 10_000]})).await;
    reply.expect_error(400, "1099", "more than 1000 items", Some("tokens"));
    // A wrong item far beyond the bound costs no more than the bound.
    let mut items = vec![json!(null); 10_000];
    items.push(json!(5));
    let mut body = card_payment(1000, "EUR");
    body["order"]["shoppingCart"] = json!({"items": items});
    let reply = sandbox.post("/payments", body).await;
    assert_eq!(reply.status, 400, "{reply:?}");
    reply.expect_envelope();
}

#[tokio::test]
async fn one_answer_names_every_fault() {
    let sandbox = Sandbox::start().await;
    let body = json!({
        "order": {
            "amountOfMoney": {"amount": "x", "currencyCode": "XXX"},
            "references": {"merchantReference": "x".repeat(31)}
        },
        "cardPaymentMethodSpecificInput": {
            "paymentProductId": 1,
            "authorizationMode": "NEVER",
            "card": {"cardNumber": "4012000033330027", "cvv": "12", "expiryDate": "0120"}
        }
    });
    let expected = [
        ("1099", "order.amountOfMoney.amount"),
        ("1099", "order.amountOfMoney.currencyCode"),
        ("21000050", "order.references.merchantReference"),
        ("1099", "cardPaymentMethodSpecificInput.authorizationMode"),
        ("21000050", "cardPaymentMethodSpecificInput.card.cvv"),
        ("21000020", "cardPaymentMethodSpecificInput.card.cardNumber"),
        ("21000120", "cardPaymentMethodSpecificInput.card.expiryDate"),
    ];
    faults(&sandbox.post("/payments", body.clone()).await, &expected);
    let mut body = body;
    put(&mut body, "/order/amountOfMoney/amount", json!(1000));
    faults(&sandbox.post("/payments", body).await, &expected[1..]);
    assert_eq!(stored(&sandbox).await, 0);
}

#[tokio::test]
async fn ids_of_another_shape_are_unknown() {
    let sandbox = Sandbox::start().await;
    let payment = sandbox.pay(card_payment(1000, "EUR")).await;
    let other = payment.replace('1', "2");
    let long = "1".repeat(5_000);
    let ids = ["1", &payment[1..], &format!("{payment}0"), &other, "x", "%00", "%ff", &long];
    for id in ids {
        for (method, path, code, token, name) in [
            ("GET", format!("/payments/{id}"), "1002", "UNKNOWN_PAYMENT_ID", "paymentId"),
            ("POST", format!("/payments/{id}/approve"), "1002", "UNKNOWN_PAYMENT_ID", "paymentId"),
            ("POST", format!("/payments/{id}/refund"), "1002", "UNKNOWN_PAYMENT_ID", "paymentId"),
            ("GET", format!("/payments/{id}/refunds"), "1002", "UNKNOWN_PAYMENT_ID", "paymentId"),
            ("POST", format!("/payments/{id}/tokenize"), "1002", "UNKNOWN_PAYMENT_ID", "paymentId"),
            ("GET", format!("/refunds/{id}"), "1404", "UNKNOWN_REFUND_ID", "refundId"),
            ("POST", format!("/refunds/{id}/cancel"), "1404", "UNKNOWN_REFUND_ID", "refundId"),
            ("GET", format!("/tokens/{id}"), "1404", "UNKNOWN_TOKEN_ID", "tokenId"),
            ("DELETE", format!("/tokens/{id}"), "1404", "UNKNOWN_TOKEN_ID", "tokenId"),
        ] {
            let reply = sandbox.call(method, &path).send().await;
            reply.expect_error(404, code, token, Some(name));
        }
    }
    let reply = sandbox.get(&format!("/refunds/{payment}")).await;
    reply.expect_error(404, "1404", "UNKNOWN_REFUND_ID", Some("refundId"));
    let elsewhere = sandbox.raw("GET", &format!("/v1/{CAREFUL}/payments/{payment}")).send().await;
    elsewhere.expect_error(404, "1002", "UNKNOWN_PAYMENT_ID", Some("paymentId"));
}
