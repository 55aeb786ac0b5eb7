//! The platform that is played, as tests of other crates use it.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::error::Error as _;
use std::time::Duration;

use florin::Method;
use florin::connect::types::*;
use florin::connect::{Client, DeclinedResult, Error, UploadableFile};
use florin::testing::{Answer, FakeTransport};
use florin::transport::Response;
use tokio::time::Instant;

fn platform() -> (FakeTransport, Client) {
    let platform = FakeTransport::new();
    let client = platform.client().unwrap();
    (platform, client)
}

#[tokio::test]
async fn answers_go_to_whom_they_were_given_for() {
    let (platform, client) = platform();
    let token = |id: &str| TokenResponse::default().id(id);
    platform
        .always("tokens.get", Answer::ok(&token("always")))
        .always("tokens.get", Answer::ok(&token("later")))
        .answer_to("GET /v1/*/tokens/b", Answer::ok(&token("once")))
        .answer_to("tokens.delete", Answer::no_content())
        .answer(Answer::ok(&token("any")));
    let tokens = client.merchant("1").tokens();
    for (id, answered) in [("b", "once"), ("b", "any"), ("b", "later"), ("a", "later")] {
        assert_eq!(tokens.get(id).await.unwrap().id.as_deref(), Some(answered));
    }
    assert_eq!(platform.unused(), 1);
    tokens.delete("a", &DeleteTokenParams::default()).await.unwrap();
    assert_eq!(platform.unused(), 0);
    assert_eq!(platform.requests().len(), 5);
    assert_eq!(platform.requests_to("DELETE /v1/1/tokens/a").len(), 1);
    assert_eq!(platform.requests_to("tokens.get").len(), 4);
}

#[tokio::test]
async fn requests_are_kept_as_they_were_sent() {
    let (platform, client) = platform();
    platform.always("*", Answer::ok(&serde_json::json!({})));
    let merchant = client.merchant("12 26");
    let card = Card::default().card_number("4567350000427977");
    let input = CardPaymentMethodSpecificInput::default().card(card);
    let request = CreatePaymentRequest::default().card_payment_method_specific_input(input);
    merchant.payments().create(&request).idempotence_key("k").await.unwrap();
    merchant
        .payments()
        .get("a/b", &GetPaymentParams::default().return_operations(true))
        .await
        .unwrap();
    let file = UploadableFile::new("a.txt", "text/plain", "text");
    merchant.disputes().upload_file("d", file).await.unwrap();
    merchant.raw(Method::Get, "frobs").await.unwrap();

    let sent = platform.requests();
    assert_eq!(sent[0].operation(), Some("payments.create"));
    assert_eq!((sent[0].method(), sent[0].path()), ("POST", "/v1/12%2026/payments"));
    assert_eq!(sent[0].path_parameter("merchantId").as_deref(), Some("12 26"));
    assert_eq!(sent[0].idempotence_key(), Some("k"));
    let input = &sent[0].json()["cardPaymentMethodSpecificInput"];
    assert_eq!(input["card"]["cardNumber"], "4567350000427977");
    assert_eq!(sent[0].body_as::<CreatePaymentRequest>().unwrap(), request);
    assert!(sent[0].body_as::<Vec<String>>().is_err());
    assert!(sent[0].headers().get("Authorization").unwrap().starts_with("GCS v1HMAC:fakeKeyId:"));

    assert_eq!(sent[1].path_parameter("paymentId").as_deref(), Some("a/b"));
    assert_eq!(sent[1].query_parameter("returnOperations").as_deref(), Some("true"));
    assert!(sent[1].body().is_empty() && sent[1].json().is_null());
    assert_eq!(sent[2].operation(), Some("disputes.uploadFile"));
    assert!(String::from_utf8_lossy(sent[2].body()).contains("\r\n\r\ntext\r\n"));
    assert_eq!(sent[3].operation(), None);
    // What is printed of them holds no card.
    let shown = format!("{sent:?} {platform:?}");
    assert!(shown.contains("POST /v1/12%2026/payments (payments.create)"), "{shown}");
    assert!(!shown.contains("4567350000427977"));
}

#[tokio::test]
async fn a_request_without_an_answer_says_so() {
    let (platform, client) = platform();
    platform.answer_to("tokens.get", Answer::no_content());
    let call = client.merchant("1").payments().create(&CreatePaymentRequest::default());
    let error = call.await.unwrap_err();
    let source = error.source().unwrap();
    assert_eq!(source.to_string(), "FakeTransport was given no answer for the request");
    let detail = source.source().unwrap().to_string();
    assert_eq!(detail, "POST /v1/1/payments (payments.create); answers are left for: [tokens.get]");
    assert_eq!(platform.requests().len(), 1);
}

#[tokio::test]
async fn every_failure_can_be_played() {
    let (platform, client) = platform();
    let payments = client.merchant("1").payments();
    let declined = |error: Error| match error {
        Error::Declined(declined) => declined.result().clone(),
        other => panic!("{other}"),
    };
    let create = || payments.create(&CreatePaymentRequest::default());

    let payment = Payment::default().id("p").status("REJECTED");
    platform.answer(Answer::declined_payment(CreatePaymentResult::default().payment(payment)));
    assert!(matches!(declined(create().await.unwrap_err()), DeclinedResult::Payment(_)));
    platform.answer(Answer::declined_refund(RefundResult::default().id("r")));
    let refund = payments.refund("p", &RefundRequest::default()).await;
    assert!(matches!(declined(refund.unwrap_err()), DeclinedResult::Refund(_)));
    platform.answer(Answer::declined_payout(PayoutResult::default().id("o")));
    let payout = client.merchant("1").payouts().create(&CreatePayoutRequest::default()).await;
    assert!(matches!(declined(payout.unwrap_err()), DeclinedResult::Payout(_)));

    let error = ApiError::default().code("1007").property_name("paymentProductId");
    platform.answer(Answer::error(400, [error]));
    let error = create().await.unwrap_err();
    assert!(matches!(error, Error::Validation(_)) && error.errors().len() == 1);
    for (answer, is_retryable, is_timeout) in [
        (Answer::never_sent(), true, false),
        (Answer::lost(), false, false),
        (Answer::timeout(), false, true),
        (Answer::html(502), false, false),
    ] {
        // Three, since what was never sent is sent again.
        platform.always("payments.create", answer);
        let error = create().await.unwrap_err();
        assert!(matches!(error, Error::Communication(_)), "{error}");
        assert_eq!((error.is_retryable(), error.is_timeout()), (is_retryable, is_timeout));
    }
    platform.always("payments.create", Answer::in_progress().first_requested_at(1_393_336_000_000));
    let error = create().idempotence_key("k").await.unwrap_err();
    assert!(matches!(error, Error::Idempotence(_)), "{error}");
    assert_eq!(error.idempotence_request_timestamp(), Some(1_393_336_000_000));
}

#[tokio::test(start_paused = true)]
async fn answers_may_take_their_time() {
    let (platform, client) = platform();
    let tokens = client.merchant("1").tokens();
    let started = Instant::now();
    platform.answer(Answer::no_content().after(Duration::from_secs(60)));
    tokens.get("t").await.unwrap();
    assert_eq!(started.elapsed().as_secs(), 60);
    platform.answer(Answer::silence());
    let error = tokens.get("t").timeout(Duration::from_secs(5)).await.unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(started.elapsed().as_secs(), 65);
}

#[tokio::test]
async fn answers_can_be_made_of_requests_and_of_anything() {
    let (platform, client) = platform();
    let again = platform.clone();
    platform.play("payments.get", move |request| {
        assert_eq!(again.requests().len(), 1);
        let id = request.path_parameter("paymentId").unwrap_or_default();
        Answer::ok(&PaymentResponse::default().id(id)).header("X-Mine", "yes")
    });
    let get = client.merchant("1").payments().get("p 1", &GetPaymentParams::default());
    let response = get.response().await.unwrap();
    assert_eq!(response.value().id.as_deref(), Some("p 1"));
    assert_eq!(response.headers().get("x-mine"), Some("yes"));

    platform.answer(Answer::file("application/pdf", "%PDF"));
    let file = client.merchant("1").files().get_file("f").await.unwrap();
    assert_eq!((file.bytes(), file.content_type()), (&b"%PDF"[..], Some("application/pdf")));
    platform.answer(Response::new(200).body("{"));
    assert!(matches!(client.merchant("1").tokens().get("t").await, Err(Error::Malformed(_))));

    assert!(!platform.is_closed());
    client.close();
    assert!(platform.is_closed());
}
