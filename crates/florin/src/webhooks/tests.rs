//! The vectors, and every way in which a request is no event.

use std::error::Error;

use florin_wire::Token;

use super::*;

const KEY_ID: &str = "wh-key-7f3a";
const SECRET: &str = "hZ0mN3qK8sT1vX6yB9cE2gJ5lP7rU4wA";
const EVENT: &str = concat!(
    r#"{"apiVersion":"v1","id":"8ee793f6-4553-4749-85dc-f2ef095c5ab0","#,
    r#""created":"2023-03-14T09:26:53.123+01:00","merchantId":"1234","type":"payment.paid","#,
    r#""payment":{"id":"000000123400000012340000100001","status":"PAID","#,
    r#""paymentOutput":{"amountOfMoney":{"amount":1000,"currencyCode":"EUR"}}}}"#
);
const SIGNATURE: &str = "pjgpk2N37MbJRZZp1ktF/tdZmZz7fqre7aSmYkLiMYA=";

fn helper() -> WebhooksHelper {
    let keys = InMemorySecretKeyStore::new();
    keys.store(KEY_ID, SECRET).unwrap();
    WebhooksHelper::new(keys)
}

async fn unmarshal(body: &str, headers: &[(&str, &str)]) -> Result<Event, WebhookError> {
    helper().unmarshal(body.as_bytes(), headers).await
}

async fn signed(body: &str) -> Result<Event, WebhookError> {
    let headers = sign_for_tests(KEY_ID, SECRET, body.as_bytes());
    helper().unmarshal(body.as_bytes(), &headers).await
}

#[tokio::test]
async fn an_event_is_accepted_with_headers_in_any_case() {
    for headers in [
        [("X-GCS-Signature", SIGNATURE), ("X-GCS-KeyId", KEY_ID)],
        [("x-gcs-keyid", KEY_ID), ("x-gcs-signature", SIGNATURE)],
        [
            ("X-GCS-SIGNATURE", " pjgpk2N37MbJRZZp1ktF/tdZmZz7fqre7aSmYkLiMYA=\t"),
            ("X-Gcs-Keyid", " wh-key-7f3a "),
        ],
    ] {
        let event = unmarshal(EVENT, &headers).await.unwrap();
        assert_eq!(event.id(), Some("8ee793f6-4553-4749-85dc-f2ef095c5ab0"));
        assert_eq!(event.created(), Some("2023-03-14T09:26:53.123+01:00"));
        assert_eq!(event.merchant_id(), Some("1234"));
        assert_eq!(event.event_type(), Some(&WebhooksEventType::PaymentPaid));
        assert!(!event.is_test());
        assert_eq!(event.raw_body(), EVENT.as_bytes());
        let Payload::Payment(payment) = event.payload() else { panic!("{event:?}") };
        assert_eq!(payment.status.as_ref().unwrap().as_str(), "PAID");
        assert!(event.into_message().payment.is_some());
    }
}

#[tokio::test]
async fn headers_of_many_kinds_are_taken() {
    let helper = helper();
    let body = EVENT.as_bytes();
    let strings = vec![
        ("X-GCS-Signature".to_owned(), SIGNATURE.to_owned()),
        ("X-GCS-KeyId".to_owned(), KEY_ID.to_owned()),
    ];
    helper.unmarshal(body, &strings).await.unwrap();
    helper.unmarshal(body, strings.iter().map(|(name, value)| (name, value))).await.unwrap();
    let bytes = [("X-GCS-Signature", SIGNATURE.as_bytes()), ("X-GCS-KeyId", KEY_ID.as_bytes())];
    helper.unmarshal(body, bytes).await.unwrap();
    let map: std::collections::HashMap<String, String> = strings.into_iter().collect();
    helper.unmarshal(body, &map).await.unwrap();
    let mut headers = crate::transport::Headers::default();
    headers.push("X-GCS-Signature", SIGNATURE);
    headers.push("X-GCS-KeyId", KEY_ID);
    // Events are received by tasks of a runtime with several threads.
    let task = async move { helper.unmarshal(EVENT.as_bytes(), headers.iter()).await.is_ok() };
    assert!(tokio::spawn(task).await.unwrap());
}

/// Body, headers, and the text of the error.
type Refusal<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

#[tokio::test]
async fn what_is_not_signed_is_refused() {
    let sign = ("X-GCS-Signature", SIGNATURE);
    let key = ("X-GCS-KeyId", KEY_ID);
    let mismatch = format!("failed to validate signature '{SIGNATURE}'");
    let (changed, longer) = (EVENT.replace("1000", "1001"), format!("{EVENT}\n"));
    #[rustfmt::skip]
    let table: &[Refusal<'_>] = &[
        (EVENT, &[], "could not find header 'X-GCS-Signature'"),
        (EVENT, &[key], "could not find header 'X-GCS-Signature'"),
        (EVENT, &[sign], "could not find header 'X-GCS-KeyId'"),
        (EVENT, &[sign, key, sign], "encountered multiple occurrences of header 'X-GCS-Signature'"),
        (EVENT, &[sign, ("x-gcs-signature", SIGNATURE), key], "encountered multiple occurrences of header 'X-GCS-Signature'"),
        (EVENT, &[sign, sign, sign], "encountered multiple occurrences of header 'X-GCS-Signature'"),
        (EVENT, &[sign, key, ("X-GCS-KEYID", "other")], "encountered multiple occurrences of header 'X-GCS-KeyId'"),
        (EVENT, &[key, key], "could not find header 'X-GCS-Signature'"),
        (&changed, &[sign, key], &mismatch),
        (&longer, &[sign, key], &mismatch),
        ("", &[sign, key], &mismatch),
        ("{", &[sign, key], &mismatch),
        (EVENT, &[("X-GCS-Signature", ""), key], "failed to validate signature ''"),
        (EVENT, &[("X-GCS-Signature", "é"), key], "failed to validate signature 'é'"),
    ];
    for (body, headers, message) in table {
        let error = unmarshal(body, headers).await.unwrap_err();
        assert!(matches!(error, WebhookError::SignatureValidation(_)), "{error:?}");
        assert!(error.is_signature_validation());
        assert_eq!(error.to_string(), *message);
    }

    let keys = InMemorySecretKeyStore::new();
    keys.store(KEY_ID, "another secret").unwrap();
    let error =
        WebhooksHelper::new(keys).unmarshal(EVENT.as_bytes(), [sign, key]).await.unwrap_err();
    assert_eq!(error.to_string(), mismatch);
}

#[tokio::test]
async fn unknown_keys() {
    for key_id in ["nope", ""] {
        let headers = [("X-GCS-Signature", SIGNATURE), ("X-GCS-KeyId", key_id)];
        let error = unmarshal(EVENT, &headers).await.unwrap_err();
        assert_eq!(error.to_string(), format!("could not find secret key for key id {key_id}"));
        assert!(error.is_signature_validation() && error.source().is_none());
        let WebhookError::SecretKeyNotAvailable { key_id: found, .. } = error else { panic!() };
        assert_eq!(found, key_id);
    }
}

struct Down;

impl SecretKeyStore for Down {
    fn secret_key<'a>(&'a self, _: &'a str) -> KeyLookup<'a> {
        Box::pin(async {
            tokio::task::yield_now().await;
            Err("no connection".into())
        })
    }
}

#[tokio::test]
async fn a_store_that_fails_says_why() {
    let headers = sign_for_tests(KEY_ID, SECRET, b"");
    let helper = WebhooksHelper::new(std::sync::Arc::new(Down));
    let error = helper.unmarshal(b"", &headers).await.unwrap_err();
    assert!(matches!(error, WebhookError::SecretKeyNotAvailable { .. }));
    assert_eq!(error.source().unwrap().to_string(), "no connection");
}

#[tokio::test]
async fn keys_are_stored_replaced_removed_and_cleared() {
    let keys = InMemorySecretKeyStore::new();
    let helper = WebhooksHelper::new(keys.clone());
    let accepts = async |key_id: &str, secret: &str| {
        let headers = sign_for_tests(key_id, secret, EVENT.as_bytes());
        helper.unmarshal(EVENT.as_bytes(), &headers).await.is_ok()
    };
    assert!(!accepts("a", "1").await);
    keys.store("a", "1").unwrap();
    keys.store("b", "2").unwrap();
    assert!(accepts("a", "1").await && accepts("b", "2").await && !accepts("a", "2").await);
    keys.store("a", "3").unwrap();
    assert!(accepts("a", "3").await && !accepts("a", "1").await);
    keys.remove("a");
    keys.remove("unknown");
    assert!(!accepts("a", "3").await && accepts("b", "2").await);
    keys.clear();
    assert!(!accepts("b", "2").await);

    for blank in ["", " \t"] {
        assert_eq!(keys.store(blank, "1").unwrap_err().to_string(), "keyId is required");
        assert_eq!(keys.store("a", blank).unwrap_err().to_string(), "secretKey is required");
    }
    keys.store("a", "top secret").unwrap();
    assert!(!format!("{keys:?}{helper:?}").contains("top secret"));
}

#[tokio::test]
async fn other_versions() {
    let event = EVENT.replace(r#""v1""#, r#""v2""#);
    let error = signed(&event).await.unwrap_err();
    assert_eq!(error.to_string(), "event API version v2 is not compatible with SDK API version v1");
    let WebhookError::ApiVersionMismatch { event, sdk } = error else { panic!() };
    assert_eq!((event.as_deref(), sdk), (Some("v2"), API_VERSION));

    for body in ["{\"apiVersion\":\"v1\",\"merchantId\":\"café €\"}", "{\"apiVersion\":\"v1\"}"]
    {
        signed(body).await.unwrap();
    }
    for body in
        ["{}", "null", r#"{"apiVersion":null}"#, r#"{"apiVersion":""}"#, r#"{"apiVersion":1}"#]
    {
        let error = signed(body).await.unwrap_err();
        assert!(matches!(error, WebhookError::ApiVersionMismatch { .. }), "{body}: {error:?}");
        assert!(!error.is_signature_validation());
    }
}

#[tokio::test]
async fn what_is_signed_and_no_event_is_a_syntax_error() {
    for body in [
        "",
        " ",
        "{",
        "[]",
        "1",
        "\"v1\"",
        r#"{"apiVersion":"v1"}}"#,
        r#"{"apiVersion":"v1","payment":4567350000427977}"#,
    ] {
        let error = signed(body).await.unwrap_err();
        assert!(matches!(error, WebhookError::Syntax(_)), "{body}: {error:?}");
        let shown = format!("{error}{error:?}{}", error.source().unwrap());
        assert!(!shown.contains("4567350000427977"), "{shown}");
    }
    let body = [b'\xFF'];
    let headers = sign_for_tests(KEY_ID, SECRET, &body);
    let error = helper().unmarshal(&body, &headers).await.unwrap_err();
    assert!(matches!(error, WebhookError::Syntax(_)));
}

#[tokio::test]
async fn every_kind_of_event_is_typed() {
    assert_eq!(WebhooksEventType::KNOWN.len(), 47);
    for kind in WebhooksEventType::KNOWN {
        let object = kind.split('.').next().unwrap();
        let body = format!(
            r#"{{"apiVersion":"v1","id":"TEST-1","type":"{kind}","{object}":{{"id":"o-1"}},"later":[1]}}"#
        );
        let event = signed(&body).await.unwrap();
        assert!(event.is_test());
        let event_type = event.event_type().unwrap();
        assert!(!matches!(event_type, WebhooksEventType::Unknown(_)));
        assert_eq!(event_type.as_str(), *kind);
        let (name, id) = match event.payload() {
            Payload::Payment(payment) => ("payment", &payment.id),
            Payload::Refund(refund) => ("refund", &refund.id),
            Payload::Payout(payout) => ("payout", &payout.id),
            Payload::Token(token) => ("token", &token.id),
            Payload::Dispute(dispute) => ("dispute", &dispute.id),
            Payload::Capture(capture) => ("capture", &capture.id),
            Payload::Other => panic!("{kind}"),
        };
        assert_eq!((name, id.as_deref()), (object, Some("o-1")));
    }
}

#[tokio::test]
async fn what_came_later_is_kept_raw() {
    let body =
        r#"{"apiVersion":"v1","type":"mandate.signed","mandate":{"iban":"NL53INGB0000000036"}}"#;
    let event = signed(body).await.unwrap();
    assert_eq!(event.event_type(), Some(&WebhooksEventType::Unknown("mandate.signed".into())));
    assert!(matches!(event.payload(), Payload::Other));
    let raw: serde_json::Value = serde_json::from_slice(event.raw_body()).unwrap();
    assert_eq!(raw["mandate"]["iban"], "NL53INGB0000000036");
    assert!(!format!("{event:?}").contains("NL53INGB0000000036"));

    let event = signed(r#"{"apiVersion":"v1","capture":{"id":"c"}}"#).await.unwrap();
    assert!(matches!(event.payload(), Payload::Capture(_)));
    assert_eq!(event.event_type(), None);
}

#[test]
fn signatures_of_tests_are_those_of_the_platform() {
    for (body, signature) in [
        (EVENT, SIGNATURE),
        (
            "{\"apiVersion\":\"v1\",\"merchantId\":\"café €\"}",
            "aQc25OVGD+Cd5MwKBRcouLqG3dvnZt9lsqBiPitAinQ=",
        ),
        ("", "IlHutpIs9EpPGEI8Sw8MsVSGUxF7lQC6uWjfk5amXUY="),
    ] {
        let [sign, key] = sign_for_tests(KEY_ID, SECRET, body.as_bytes());
        assert_eq!(sign, ("X-GCS-Signature", signature.to_owned()));
        assert_eq!(key, ("X-GCS-KeyId", KEY_ID.to_owned()));
    }
}

#[test]
fn endpoints_are_verified_by_the_value_of_the_header() {
    for name in [VERIFICATION_HEADER, "x-gcs-webhooks-endpoint-verification"] {
        let response = verification_response([("Host", "shop"), (name, " a1b2 ")]).unwrap();
        assert_eq!((response.status, response.content_type), (200, "text/plain"));
        assert_eq!(response.body, "a1b2");
    }
    assert_eq!(verification_response([("Host", "shop")]), None);
}
