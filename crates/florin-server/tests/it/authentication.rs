//! Who is let in, and what the others are told.

use std::time::Duration;

use florin_engine::clock::Clock as _;
use florin_server::Mode;
use http::{HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::harness::{
    CAREFUL, Call, FOREIGN, MERCHANT, OTHER_KEY, Reply, Sandbox, Setup, card_payment, send,
};

const TEST: &str = "/services/testconnection";

#[track_caller]
fn refused(reply: &Reply, why: &str) {
    reply.expect_error(403, "9002", "MISSING_OR_INVALID_AUTHORIZATION", None);
    assert_eq!(reply.body["errors"][0]["id"], "MISSING_OR_INVALID_AUTHORIZATION");
    let explanation = reply.header("x-florin-explain").unwrap_or_default();
    assert!(explanation.contains(why), "{explanation}");
}

/// A date of HTTP that is so many seconds away.
fn date(sandbox: &Sandbox, seconds: i64) -> String {
    let now = sandbox.clock.now_ms() / 1_000 + seconds;
    let since = Duration::from_secs(u64::try_from(now).unwrap());
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + since)
}

/// Sends a signed call after something was done to it.
async fn bent(
    sandbox: &Sandbox,
    call: Call<'_>,
    bend: impl FnOnce(&mut http::request::Parts),
) -> Reply {
    let (mut parts, body) = call.into_request().into_parts();
    bend(&mut parts);
    send(&sandbox.address, hyper::Request::from_parts(parts, body)).await
}

#[tokio::test]
async fn a_request_without_one_of_its_headers_is_refused() {
    let sandbox = Sandbox::start().await;
    for name in ["authorization", "date"] {
        let reply = bent(&sandbox, sandbox.call("GET", TEST), |parts| {
            parts.headers.remove(name);
        })
        .await;
        refused(&reply, &format!("header {name} is missing"));
    }
}

#[tokio::test]
async fn a_header_that_is_there_twice_is_refused() {
    let sandbox = Sandbox::start().await;
    for name in ["authorization", "date"] {
        let reply = bent(&sandbox, sandbox.call("GET", TEST), |parts| {
            let value = parts.headers[name].clone();
            parts.headers.append(name, value);
        })
        .await;
        refused(&reply, &format!("header {name} is there more than once"));
    }
    for name in ["x-gcs-idempotence-key", "x-gcs-servermetainfo", "X-GCS-ClientMetaInfo"] {
        let call = sandbox.call("GET", TEST).header(name, "one").header(name, "two");
        let name = name.to_lowercase();
        refused(&call.send().await, &format!("header {name} is there more than once"));
    }
}

#[tokio::test]
async fn an_authorization_that_is_no_credential_is_refused() {
    let sandbox = Sandbox::start().await;
    for value in
        ["", "GCS", "GCS v1HMAC:", "GCS v1HMAC:demo-key", "GCS v1HMAC::x", "Bearer x", "Basic eDp4"]
    {
        let reply = bent(&sandbox, sandbox.call("GET", TEST), |parts| {
            parts.headers.insert("authorization", HeaderValue::from_static(value));
        })
        .await;
        refused(&reply, "header authorization is not GCS v1HMAC");
    }
}

#[tokio::test]
async fn a_date_is_fresh_for_five_minutes_both_ways() {
    let sandbox = Sandbox::start().await;
    for seconds in [-280, -1, 0, 280] {
        let date = date(&sandbox, seconds);
        assert_eq!(sandbox.call("GET", TEST).dated(&date).send().await.status, 200, "{seconds}");
    }
    for seconds in [-86_400 * 400, -320, 320, 86_400] {
        let date = date(&sandbox, seconds);
        refused(&sandbox.call("GET", TEST).dated(&date).send().await, "seconds off");
    }
    for date in ["", "now", "2026-11-21T10:00:00Z", "Fri, 99 Nov 2026 10:00:00 GMT"] {
        let reply = sandbox.call("GET", TEST).dated(date).send().await;
        refused(&reply, "header date is not a date of HTTP");
    }
}

#[tokio::test]
async fn the_day_of_a_date_may_have_one_digit() {
    let sandbox = Sandbox::start().await;
    while date(&sandbox, 0).as_bytes()[5] != b'0' {
        sandbox.clock.advance(Duration::from_hours(24));
    }
    let padded = date(&sandbox, 0);
    let short = padded.replacen(", 0", ", ", 1);
    assert_eq!(short.len() + 1, padded.len());
    assert_eq!(sandbox.call("GET", TEST).dated(&short).send().await.status, 200);
}

#[tokio::test]
async fn a_key_that_is_unknown_or_has_another_secret_is_refused() {
    let sandbox = Sandbox::start().await;
    let reply = sandbox.call("GET", TEST).signed_by(("demo-key", "wrong")).send().await;
    refused(&reply, "the signature does not match");
    let reply = sandbox.call("GET", TEST).signed_by(("demo-key", OTHER_KEY.1)).send().await;
    refused(&reply, "the signature does not match");
    let reply = sandbox.call("GET", TEST).signed_by(("no-key", "demo-secret")).send().await;
    refused(&reply, "the key id is unknown");
}

#[tokio::test]
async fn a_signature_over_other_bytes_is_refused() {
    let sandbox = Sandbox::start().await;
    let created = sandbox.pay(card_payment(1000, "EUR")).await;
    let call = || sandbox.call("GET", TEST).header("X-GCS-ServerMetaInfo", "e30=");
    let replies = [
        bent(&sandbox, call(), |parts| {
            parts.uri = format!("/v1/{CAREFUL}/services/testconnection").parse().unwrap();
        })
        .await,
        bent(&sandbox, call(), |parts| {
            parts.uri = format!("/v1/{MERCHANT}/services/testconnection?a=b").parse().unwrap();
        })
        .await,
        bent(&sandbox, call(), |parts| {
            parts.headers.insert("content-type", HeaderValue::from_static("application/json"));
        })
        .await,
        bent(&sandbox, call(), |parts| {
            parts.headers.insert("x-gcs-servermetainfo", HeaderValue::from_static("e31="));
        })
        .await,
        bent(&sandbox, call(), |parts| {
            parts.headers.remove("x-gcs-servermetainfo");
        })
        .await,
        bent(&sandbox, call(), |parts| {
            let name = HeaderName::from_static("x-gcs-idempotence-key");
            parts.headers.insert(name, HeaderValue::from_static("k"));
        })
        .await,
        bent(&sandbox, call(), |parts| {
            let date = HeaderValue::from_str(&date(&sandbox, 7)).unwrap();
            parts.headers.insert("date", date);
        })
        .await,
        bent(&sandbox, sandbox.call("GET", &format!("/payments/{created}/refunds")), |parts| {
            parts.method = http::Method::POST;
            let path = format!("/v1/{MERCHANT}/payments/{created}/cancel");
            parts.uri = path.parse().unwrap();
        })
        .await,
    ];
    for reply in &replies {
        refused(reply, "the signature does not match");
    }
    let after = sandbox.get(&format!("/payments/{created}")).await;
    assert_eq!(after.body["status"], "PENDING_APPROVAL");
}

#[tokio::test]
async fn a_key_reaches_only_the_merchants_of_its_account() {
    let sandbox = Sandbox::start().await;
    for merchant in [FOREIGN, "9", "12345678901", "1226x", "0000001226", "%31226x"] {
        let reply = sandbox.raw("GET", &format!("/v1/{merchant}{TEST}")).send().await;
        reply.expect_error(403, "9007", "ACCESS_TO_MERCHANT_NOT_ALLOWED", Some("merchantId"));
    }
    let reply = sandbox.call("GET", TEST).signed_by(OTHER_KEY).send().await;
    reply.expect_error(403, "9007", "ACCESS_TO_MERCHANT_NOT_ALLOWED", Some("merchantId"));
    let reply = sandbox.raw("GET", &format!("/v1/{FOREIGN}{TEST}")).signed_by(OTHER_KEY);
    assert_eq!(reply.send().await.status, 200);
    let reply = sandbox.raw("GET", &format!("/v1/{CAREFUL}{TEST}")).send().await;
    assert_eq!(reply.status, 200, "an account's key serves all its merchants");
}

#[tokio::test]
async fn the_content_type_is_signed_as_sent() {
    let sandbox = Sandbox::start().await;
    let body = card_payment(1000, "EUR").to_string();
    for content_type in ["application/json; charset=utf-8", "application/json;charset=UTF-8"] {
        let call = sandbox.call("POST", "/payments").bare(body.clone());
        let reply = call.header("Content-Type", content_type).send().await;
        assert_eq!(reply.status, 201, "{reply:?}");
    }
    assert_eq!(sandbox.call("POST", "/payments").bare(body).send().await.status, 201, "without");
    let reply = sandbox.call("GET", TEST).header("Content-Type", "application/json").send().await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn a_query_may_be_signed_as_sent_percent_decoded_or_form_decoded() {
    let sandbox = Sandbox::start().await;
    let mut body = card_payment(1000, "EUR");
    body["order"]["references"] = json!({"merchantReference": "a b c&d=é"});
    let id = sandbox.pay(body).await;
    let sent = "/payments?merchantReference=a%20b+c%26d%3D%C3%A9&limit=5";
    for signed in [
        sent,
        "/payments?merchantReference=a b+c&d=é&limit=5",
        "/payments?merchantReference=a b c&d=é&limit=5",
    ] {
        let signed = format!("/v1/{MERCHANT}{signed}");
        let reply = sandbox.call("GET", sent).signing(&signed).send().await;
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(reply.body["payments"][0]["id"], id.as_str());
    }
    let other = format!("/v1/{MERCHANT}/payments?merchantReference=a");
    refused(&sandbox.call("GET", sent).signing(&other).send().await, "does not match");
}

#[tokio::test]
async fn a_sandbox_shows_what_it_signed_and_a_live_platform_never_does() {
    let sandbox = Sandbox::start().await;
    let now = date(&sandbox, 0);
    let wrong = ("demo-key", "wrong");
    let call = sandbox.call("GET", "/payments?limit=5").header("X-GCS-ServerMetaInfo", "e30=");
    let reply = call.dated(&now).signed_by(wrong).send().await;
    let shown = reply.header("x-florin-explain").unwrap();
    for part in ["GET", &now, "x-gcs-servermetainfo:e30=", "/v1/1226/payments?limit=5"] {
        assert!(shown.contains(part), "{part} in {shown}");
    }

    let live = Sandbox::with(Setup { mode: Mode::Live, ..Setup::default() }).await;
    assert_eq!(live.get(TEST).await.status, 200);
    let stale = date(&live, 9_999);
    let replies = [
        live.call("GET", TEST).signed_by(wrong).send().await,
        live.call("GET", TEST).unsigned().send().await,
        live.call("GET", TEST).dated(&stale).send().await,
        live.call("GET", TEST).signed_by(("no-key", "x")).send().await,
    ];
    for reply in &replies {
        reply.expect_error(403, "9002", "MISSING_OR_INVALID_AUTHORIZATION", None);
        assert_eq!(reply.header("x-florin-explain"), None);
        // One refusal looks like the other.
        assert_eq!(reply.body["errors"], replies[0].body["errors"]);
        let names = |reply: &Reply| reply.headers.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(reply), names(&replies[0]));
    }
}

#[tokio::test]
async fn a_live_platform_has_no_sandbox_calls() {
    let live = Sandbox::with(Setup { mode: Mode::Live, ..Setup::default() }).await;
    let reply = live.sandbox("/settle", json!({})).await;
    reply.expect_error(404, "1404", "UNKNOWN_RESOURCE", None);
    let reply = live.get("/services/convert/amount?source=EUR&target=USD&amount=1").await;
    reply.expect_error(403, "102020", "NOT ALLOWED FOR MERCHANT", None);
}

#[tokio::test]
async fn a_forged_host_reaches_no_answer() {
    let sandbox = Sandbox::start().await;
    let forged = |call: Call<'_>| {
        let mut call = call.into_request();
        for (name, value) in [
            ("host", "evil.example.org"),
            ("x-forwarded-host", "evil.example.org"),
            ("x-forwarded-proto", "gopher"),
            ("forwarded", "host=evil.example.org"),
            ("x-original-host", "evil.example.org"),
        ] {
            call.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        call
    };
    let redirect = json!({
        "order": {"amountOfMoney": {"amount": 100, "currencyCode": "EUR"}},
        "redirectPaymentMethodSpecificInput": {"paymentProductId": 809}
    });
    let card = card_payment(100, "SEK");
    let calls = [
        ("/payments", card, 201),
        ("/payments", redirect, 201),
        ("/sessions", json!({}), 200),
        ("/payments", json!({}), 400),
    ];
    let mut addresses = Vec::new();
    for (path, body, status) in calls {
        let request = forged(sandbox.call("POST", path).json(&body));
        let reply = send(&sandbox.address, request).await;
        assert_eq!(reply.status, status, "{reply:?}");
        let whole = format!("{:?} {}", reply.headers, reply.body);
        assert!(!whole.contains("evil") && !whole.contains("gopher"), "{whole}");
        addresses.extend(reply.header("location").map(str::to_owned));
        for pointer in ["/merchantAction/redirectData/redirectURL", "/clientApiUrl", "/assetUrl"] {
            let found = reply.body.pointer(pointer).and_then(Value::as_str);
            addresses.extend(found.map(str::to_owned));
        }
    }
    assert_eq!(addresses.len(), 5, "{addresses:?}");
    assert!(addresses.iter().all(|it| it.starts_with("https://pay.example.com/")), "{addresses:?}");
}
