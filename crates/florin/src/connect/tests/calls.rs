//! What is sent, and what its answer becomes.

use florin_auth::v1hmac::{self, parse_authorization, verify};

use super::*;
use crate::connect::types::*;
use crate::connect::{Error, UploadableFile};

fn header_names(request: &Request) -> Vec<&str> {
    request.headers().iter().map(|(name, _)| name).collect()
}

/// Verifies as a server would.
fn assert_signed(request: &Request) {
    let authorization = request.headers().get("authorization").unwrap();
    let credential = parse_authorization(authorization).unwrap();
    assert_eq!(credential.key_id, "a1b2c3d4e5f60718");
    let target = request.url().strip_prefix("https://api.domain.com").unwrap();
    let (path, query) =
        target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let received = v1hmac::Request {
        method: request.method(),
        content_type: request.headers().get("content-type").unwrap_or_default(),
        date: request.headers().get("date").unwrap(),
        headers: request.headers().iter(),
        path,
        query,
    };
    let secret = "0t9Zk3rQ7wXvB1mNcL5pJ2hG8fD4sA6yU+eWiOqTzRk=".into();
    verify(&secret, received, credential.signature).unwrap();
}

#[tokio::test]
async fn a_post_in_full() {
    let player = Player::playing([json(201, r#"{"payment":{"id":"p-1","new":1}}"#)]);
    let config = config().header("X-Additional", "one").header("X-GCS-Extra", "two");
    let client = client(config, &player);
    let response = client
        .merchant("1234")
        .payments()
        .create(
            &CreatePaymentRequest::default().order(
                Order::default()
                    .amount_of_money(AmountOfMoney::default().amount(2345).currency_code("EUR")),
            ),
        )
        .idempotence_key(" order\n 5391 ")
        .client_meta_info(r#"{"screenSize":"800x600"}"#)
        .response()
        .await
        .unwrap();

    assert_eq!(response.status(), 201);
    assert_eq!(response.value().payment_id().unwrap(), "p-1");
    assert!(response.raw_body().ends_with(br#""new":1}}"#));
    assert_eq!(response.idempotence_request_timestamp(), None);
    assert_eq!(response.attempts().len(), 1);

    let [request] = &player.requests()[..] else { panic!() };
    assert_eq!(request.method(), "POST");
    assert_eq!(request.url(), "https://api.domain.com/v1/1234/payments");
    assert_eq!(
        request.body(),
        Some(&br#"{"order":{"amountOfMoney":{"amount":2345,"currencyCode":"EUR"}}}"#[..])
    );
    assert_eq!(
        header_names(request),
        [
            "X-GCS-ClientMetaInfo",
            "Content-Type",
            "X-GCS-ServerMetaInfo",
            "X-Additional",
            "X-GCS-Extra",
            "Date",
            "X-GCS-Idempotence-Key",
            "Authorization"
        ]
    );
    let header = |name| request.headers().get(name).unwrap();
    assert_eq!(header("x-gcs-clientmetainfo"), "eyJzY3JlZW5TaXplIjoiODAweDYwMCJ9");
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("date"), "Tue, 14 Mar 2023 09:26:53 GMT");
    assert_eq!(header("x-gcs-idempotence-key"), "order 5391");
    assert_signed(request);
}

#[tokio::test]
async fn a_get_has_no_body_and_its_query_in_order() {
    let player = Player::playing([json(200, "{}")]);
    let query = FindPaymentsParams::default().limit(5).merchant_reference("order no. 1&é+");
    client(config(), &player).v1().merchant("12/34").payments().find(&query).await.unwrap();
    let request = &player.requests()[0];
    assert_eq!(
        request.url(),
        "https://api.domain.com/v1/12%2F34/payments?merchantReference=order%20no.%201%26%C3%A9%2B&limit=5"
    );
    assert_eq!(request.body(), None);
    assert_eq!(header_names(request), ["X-GCS-ServerMetaInfo", "Date", "Authorization"]);
    assert_signed(request);
}

#[tokio::test]
async fn a_post_without_a_body_has_no_content_type() {
    let player = Player::playing([json(200, "{}")]);
    client(config(), &player).merchant("1").disputes().submit("dispute-1").await.unwrap();
    let request = &player.requests()[0];
    assert_eq!((request.method(), request.body()), ("POST", None));
    assert_eq!(header_names(request), ["X-GCS-ServerMetaInfo", "Date", "Authorization"]);
    assert_signed(request);
}

#[tokio::test]
async fn an_upload_is_signed_with_its_boundary() {
    let player = Player::playing([json(201, "{}")]);
    let file = UploadableFile::new("a.pdf", "application/pdf", b"%PDF");
    client(config(), &player).merchant("1").disputes().upload_file("d", file).await.unwrap();
    let request = &player.requests()[0];
    assert_eq!(request.url(), "https://api.domain.com/files/v1/1/disputes/d");
    let content_type = request.headers().get("Content-Type").unwrap();
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    assert!(request.body().unwrap().starts_with(format!("--{boundary}\r\n").as_bytes()));
    assert_signed(request);
}

#[tokio::test]
async fn answers_without_a_type_and_with_bytes() {
    let player = Player::playing([
        json(204, ""),
        json(200, "<this is ignored>"),
        Ok(Response::new(200).header("Content-Type", "application/pdf").body("%PDF")),
    ]);
    let merchant = client(config(), &player).merchant("1");
    merchant.payouts().cancel("p").await.unwrap();
    merchant.payouts().cancel("p").await.unwrap();
    let file = merchant.files().get_file("f").await.unwrap();
    assert_eq!((file.bytes(), file.content_type()), (&b"%PDF"[..], Some("application/pdf")));
}

#[tokio::test]
async fn a_success_with_an_empty_body_leaves_everything_unset() {
    let player = Player::playing([json(200, ""), json(204, ""), json(200, "\u{feff}{}")]);
    let tokens = client(config(), &player).merchant("1").tokens();
    for _ in 0..3 {
        assert!(tokens.get("t").await.unwrap() == TokenResponse::default());
    }
}

#[tokio::test]
async fn a_success_that_cannot_be_read_keeps_what_came() {
    let player = Player::playing([json(200, "<html>"), json(201, "{} {}")]);
    let merchant = client(config(), &player).merchant("1");
    let error = merchant.tokens().get("t").await.unwrap_err();
    assert!(matches!(error, Error::Malformed(_)), "{error}");
    assert_eq!((error.status(), error.raw_body()), (Some(200), Some(&b"<html>"[..])));
    assert_eq!(error.attempts().len(), 1);
    let error = merchant.payments().create(&CreatePaymentRequest::default()).await.unwrap_err();
    assert!(matches!(error, Error::Malformed(_)) && !error.is_retryable(), "{error}");
}

#[tokio::test]
async fn redirects_are_errors() {
    let player = Player::playing([Ok(Response::new(302).header("Location", "https://e.example/"))]);
    let create = CreatePaymentRequest::default();
    let error = client(config(), &player).merchant("1").payments().create(&create).await;
    let error = error.unwrap_err();
    assert!(matches!(error, Error::Api(_)) && error.status() == Some(302), "{error}");
    assert_eq!(player.count(), 1);
}

#[tokio::test]
async fn the_time_of_the_first_request_is_told() {
    let answer = |status, time: &str, body: &str| {
        Ok(Response::new(status)
            .header("x-gcs-idempotence-request-timestamp", time)
            .header("content-type", "application/json")
            .body(body))
    };
    let player = Player::playing([
        answer(201, "1458306084427", "{}"),
        answer(201, "yesterday", "{}"),
        answer(402, "1458306084427", r#"{"paymentResult":{"payment":{"id":"p"}}}"#),
        answer(409, "1458306084427", r#"{"errors":[{"code":"1409"}]}"#),
    ]);
    let config = config().retry(RetryPolicy::none());
    let payments = client(config, &player).merchant("1").payments();
    let create =
        || payments.create(&CreatePaymentRequest::default()).idempotence_key("k").response();
    assert_eq!(create().await.unwrap().idempotence_request_timestamp(), Some(1_458_306_084_427));
    assert_eq!(create().await.unwrap().idempotence_request_timestamp(), None);
    let declined = create().await.unwrap_err();
    assert!(declined.is_declined());
    assert_eq!(declined.idempotence_request_timestamp(), Some(1_458_306_084_427));
    let duplicate = create().await.unwrap_err();
    assert!(matches!(duplicate, Error::Idempotence(_)));
    assert_eq!(duplicate.idempotence_key(), Some("k"));
    assert_eq!(duplicate.idempotence_request_timestamp(), Some(1_458_306_084_427));
}

#[tokio::test]
async fn what_cannot_be_asked_is_not_sent() {
    let player = Player::playing([]);
    let client = client(config(), &player);
    let tokens = client.merchant("1").tokens();
    let file = UploadableFile::new("", "a/b", "x");
    let errors = [
        tokens.get("").await.unwrap_err(),
        tokens.get("..").await.unwrap_err(),
        client.merchant(" ").tokens().get("t").await.unwrap_err(),
        tokens.get("t").idempotence_key(" ").await.unwrap_err(),
        tokens.get("t").idempotence_key("a\u{1}b").await.unwrap_err(),
        tokens.get("t").client_meta_info("[]").await.unwrap_err(),
        tokens.get("t").client_meta_info("").await.unwrap_err(),
        client.merchant("1").disputes().upload_file("d", file).await.unwrap_err(),
        client.with_client_meta_info("abc").unwrap_err(),
        Client::new(Config::default()).unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, Error::Local(_)), "{error}");
    }
    // The first reason is the one that is told.
    let error = tokens.get("").idempotence_key("").await.unwrap_err();
    assert_eq!(error.to_string(), "tokenId is empty");
    assert_eq!(player.count(), 0);
}

#[tokio::test]
async fn client_meta_info_belongs_to_the_client_it_was_given_to() {
    let player = Player::playing((0..4).map(|_| json(200, "{}")));
    let plain = client(config().header("X-GCS-ClientMetaInfo", "e30="), &player);
    let told = plain.with_client_meta_info(r#"{"a":"é"}"#).unwrap();
    for client in [&plain, &told, &told.without_client_meta_info()] {
        client.merchant("1").services().testconnection().await.unwrap();
    }
    told.merchant("1").services().testconnection().client_meta_info("{}").await.unwrap();
    let sent: Vec<_> = player
        .requests()
        .iter()
        .map(|request| {
            let mut values = request.headers().iter().filter(|it| it.0 == "X-GCS-ClientMetaInfo");
            let value = values.next().map(|it| it.1.to_owned());
            assert!(values.next().is_none());
            value.unwrap()
        })
        .collect();
    assert_eq!(sent, ["e30=", "eyJhIjoiw6kifQ==", "e30=", "e30="]);
}

#[tokio::test]
async fn closing_one_client_closes_all_that_share_it() {
    let player = Player::playing([]);
    let client = client(config(), &player);
    let told = client.with_client_meta_info("{}").unwrap();
    let call = client.merchant("1").tokens().get("t");
    told.close();
    told.close();
    assert!(matches!(call.await, Err(Error::Closed)));
    assert!(matches!(client.merchant("1").tokens().get("t").await, Err(Error::Closed)));
    assert_eq!(player.count(), 0);
    assert!(*player.closed.lock().unwrap() >= 1);
}

#[test]
fn calls_and_clients_can_be_shared() {
    fn shared<T: Send + Sync + 'static>(_: &T) {}
    fn sent<T: Send + 'static>(_: &T) {}
    let client = client(config(), &Player::playing([]));
    let call = client.merchant("1").tokens().get("t");
    shared(&client);
    shared(&client.merchant("1"));
    shared(&call);
    sent(&call.into_future());
    assert!(!format!("{client:?}").contains("0t9Z"));
}
