//! Calls of operations that the specification does not know.

use serde_json::{Value, json as value};

use super::*;
use crate::Method;
use crate::connect::Error;

fn merchant(
    answers: impl IntoIterator<Item = Result<Response, TransportError>>,
) -> (Arc<Player>, crate::connect::v1::Merchant) {
    let player = Player::playing(answers);
    let merchant = client(config(), &player).merchant("1 2");
    (player, merchant)
}

fn lost() -> Result<Response, TransportError> {
    Err(TransportError::unknown("the connection failed", "reset"))
}

#[tokio::test]
async fn any_method_path_query_and_body_is_signed_and_sent() {
    let (player, merchant) = merchant([json(200, "\u{feff}{\"n\": 1.50}"), json(204, " ")]);
    let call = merchant
        .raw(Method::Put, "/payments/a b{merchantId}?/frobs")
        .query("a b", "é&")
        .query("a b", "")
        .json(&value!({"b": 1, "a": [null]}))
        .idempotence_key("k")
        .client_meta_info("{}");
    assert_eq!(format!("{call:?}"), "Call { operation: \"raw\", .. }");
    assert_eq!(call.await.unwrap(), value!({"n": 1.5}));
    let nothing = merchant.raw(Method::Delete, "frobs").response().await.unwrap();
    assert_eq!((nothing.status(), nothing.value()), (204, &Value::Null));

    let requests = player.requests();
    assert_eq!(requests[0].method(), "PUT");
    assert_eq!(
        requests[0].url(),
        "https://api.domain.com/v1/1%202/payments/a%20b%7BmerchantId%7D%3F/frobs?a%20b=%C3%A9%26&a%20b="
    );
    assert_eq!(requests[0].body(), Some(&br#"{"a":[null],"b":1}"#[..]));
    let header = |at: usize, name| requests[at].headers().get(name);
    assert_eq!(header(0, "Content-Type"), Some("application/json"));
    assert_eq!(header(0, "X-GCS-Idempotence-Key"), Some("k"));
    assert_eq!(header(0, "X-GCS-ClientMetaInfo"), Some("e30="));
    assert!(header(0, "Authorization").unwrap().starts_with("GCS v1HMAC:a1b2c3d4e5f60718:"));
    assert_eq!(requests[1].url(), "https://api.domain.com/v1/1%202/frobs");
    assert_eq!((header(1, "Content-Type"), requests[1].body()), (None, None));
}

#[tokio::test]
async fn it_is_signed_like_the_call_that_it_stands_for() {
    let player = Player::playing([json(200, "{}"), json(200, "{}"), json(200, "{}")]);
    let client = client(config(), &player);
    client.merchant("1").tokens().get("t").await.unwrap();
    client.merchant("1").raw(Method::Get, "tokens/t").await.unwrap();
    client.raw(Method::Get, "/v1/1/tokens/t").await.unwrap();
    let requests = player.requests();
    for raw in &requests[1..] {
        assert_eq!(raw.url(), requests[0].url());
        assert_eq!(raw.headers(), requests[0].headers());
    }
}

#[tokio::test]
async fn what_is_no_path_is_not_sent() {
    let (player, merchant) = merchant([]);
    for path in ["", "/", "a//b", "a/", "//a", "a/../b", "./a", "a/ /b"] {
        let error = merchant.raw(Method::Get, path).json(&value!(1)).await.unwrap_err();
        assert!(matches!(error, Error::Local(_)), "{path}: {error}");
    }
    let error = client(config(), &player).merchant("").raw(Method::Get, "a").await.unwrap_err();
    assert_eq!(error.to_string(), "merchantId is empty");
    assert_eq!(player.count(), 0);
}

#[tokio::test]
async fn errors_are_those_of_other_calls() {
    let (_, merchant) = merchant([
        json(400, r#"{"errorId":"e","errors":[{"code":"1"}]}"#),
        json(402, r#"{"paymentResult":{"payment":{"id":"p"}}}"#),
        json(402, r#"{"payoutResult":{"id":"o"}}"#),
        json(402, r#"{"refundResult":{"id":"r"}}"#),
        json(200, "{"),
        Ok(Response::new(404).header("Content-Type", "text/html").body("<p>")),
    ]);
    let mut errors = Vec::new();
    for _ in 0..6 {
        errors.push(merchant.raw(Method::Post, "frobs").await.unwrap_err());
    }
    assert!(matches!(&errors[0], Error::Validation(failure) if failure.errors().len() == 1));
    let ids: Vec<_> = errors
        .iter()
        .map(|error| if let Error::Declined(declined) = error { declined.id() } else { None })
        .collect();
    assert_eq!(ids, [None, Some("p"), Some("o"), Some("r"), None, None]);
    assert!(matches!(errors[4], Error::Malformed(_)), "{}", errors[4]);
    assert!(matches!(errors[5], Error::NotFound(_)), "{}", errors[5]);
}

#[tokio::test(start_paused = true)]
async fn only_a_get_or_what_is_said_to_honour_its_key_is_repeated() {
    for (method, key, honoured, attempts) in [
        (Method::Get, false, false, 3),
        (Method::Post, false, false, 1),
        (Method::Post, true, false, 1),
        (Method::Post, false, true, 1),
        (Method::Post, true, true, 3),
        (Method::Put, true, true, 3),
        (Method::Delete, true, false, 1),
        (Method::Delete, true, true, 3),
    ] {
        let (player, merchant) = merchant([lost(), lost(), lost()]);
        let mut call = merchant.raw(method, "frobs");
        if key {
            call = call.idempotence_key("k");
        }
        if honoured {
            call = call.honours_idempotence_key();
        }
        let error = call.await.unwrap_err();
        assert_eq!(player.count(), attempts, "{method:?} {key} {honoured}");
        assert_eq!(error.is_retryable(), attempts > 1);
    }
}
