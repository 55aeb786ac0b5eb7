//! The bytes on the wire, and what becomes of connections that misbehave.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod played;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use florin::connect::types::*;
use florin::connect::{AttemptOutcome, Error};
use florin::retry::RetryPolicy;
use tokio::net::TcpListener;

use played::{OK, Server, config, header, header_names, read_request, write};

const SHORT: Duration = Duration::from_millis(150);

type Seen = Arc<Mutex<Vec<String>>>;

/// A server that keeps the requests and answers each with the same text.
async fn recording(answer: &'static str) -> (Server, Seen) {
    let seen = Seen::default();
    let kept = Arc::clone(&seen);
    let server = Server::start(move |_, mut stream| {
        let kept = Arc::clone(&kept);
        async move {
            while let Some(request) = read_request(&mut stream).await {
                kept.lock().unwrap().push(request);
                write(&mut stream, answer).await;
            }
        }
    })
    .await;
    (server, seen)
}

#[tokio::test]
async fn requests_byte_by_byte() {
    let (server, seen) = recording(OK).await;
    let merchant = server.client().merchant("1234");
    merchant
        .tokens()
        .create(&CreateTokenRequest::default().payment_product_id(1))
        .idempotence_key("idé-1")
        .client_meta_info("{}")
        .await
        .unwrap();
    merchant.disputes().submit("d").await.unwrap();
    merchant.tokens().get("t 1").await.unwrap();
    merchant.tokens().delete("t", &DeleteTokenParams::default()).await.unwrap();

    let seen = seen.lock().unwrap();
    let host = format!("127.0.0.1:{}", server.port);
    assert!(seen[0].starts_with("POST /v1/1234/tokens HTTP/1.1\r\n"), "{}", seen[0]);
    assert!(seen[0].ends_with("\r\n\r\n{\"paymentProductId\":1}"), "{}", seen[0]);
    assert_eq!(
        header_names(&seen[0]),
        [
            "host",
            "x-gcs-clientmetainfo",
            "content-type",
            "x-gcs-servermetainfo",
            "date",
            "x-gcs-idempotence-key",
            "authorization",
            "content-length",
            "user-agent",
        ]
    );
    assert_eq!(header(&seen[0], "host"), Some(&*host));
    assert_eq!(header(&seen[0], "x-gcs-idempotence-key"), Some("idé-1"));
    assert_eq!(header(&seen[0], "content-length"), Some("22"));

    assert!(seen[1].starts_with("POST /v1/1234/disputes/d/submit HTTP/1.1\r\n"));
    assert_eq!(header(&seen[1], "content-length"), Some("0"));
    assert_eq!(header(&seen[1], "content-type"), None);

    assert!(seen[2].starts_with("GET /v1/1234/tokens/t%201 HTTP/1.1\r\n"));
    assert!(seen[3].starts_with("DELETE /v1/1234/tokens/t HTTP/1.1\r\n"));
    for bodiless in &seen[2..] {
        assert_eq!(header(bodiless, "content-length"), None);
        assert_eq!(header(bodiless, "transfer-encoding"), None);
    }
    // One after the other, they took one connection.
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (elsewhere, seen) = recording(OK).await;
    let port = elsewhere.port;
    let server = Server::start(move |_, mut stream| async move {
        while read_request(&mut stream).await.is_some() {
            let location = format!("http://127.0.0.1:{port}/v1/1/tokens/t");
            let answer =
                format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
            write(&mut stream, &answer).await;
        }
    })
    .await;
    let error = server.client().merchant("1").tokens().get("t").await.unwrap_err();
    assert!(matches!(error, Error::Api(_)) && error.status() == Some(302), "{error}");
    assert!(error.headers().unwrap().get("location").is_some());
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn nobody_listens() {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let config = config()
        .endpoint(format!("http://127.0.0.1:{port}"))
        .retry(RetryPolicy::default().first_pause(Duration::from_millis(1)));
    let client = florin::connect::Client::new(config).unwrap();
    let create = CreatePaymentRequest::default();
    let error = client.merchant("1").payments().create(&create).await.unwrap_err();
    assert!(matches!(error, Error::Communication(_)) && error.is_retryable(), "{error}");
    let outcomes: Vec<_> = error.attempts().iter().map(|attempt| attempt.outcome).collect();
    assert_eq!(outcomes, [AttemptOutcome::NeverSent; 3]);
    let mut source = std::error::Error::source(&error);
    let mut chain = String::new();
    while let Some(error) = source {
        chain.push_str(&error.to_string());
        source = error.source();
    }
    assert!(chain.contains("refused"), "{chain}");
}

#[tokio::test]
async fn silence_runs_into_the_read_timeout() {
    let server = Server::start(|_, mut stream| async move {
        read_request(&mut stream).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
    })
    .await;
    let client = florin::connect::Client::new(server.config().read_timeout(SHORT)).unwrap();
    let create = CreatePaymentRequest::default();
    let started = Instant::now();
    let error = client.merchant("1").payments().create(&create).await.unwrap_err();
    assert!(error.is_timeout() && !error.is_retryable(), "{error}");
    assert_eq!(error.attempts()[0].outcome, AttemptOutcome::MaybeProcessed);
    assert!(started.elapsed() >= SHORT && started.elapsed() < 20 * SHORT);
}

#[tokio::test]
async fn a_slow_answer_is_no_silence() {
    let server = Server::start(|_, mut stream| async move {
        read_request(&mut stream).await;
        write(&mut stream, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n").await;
        for piece in ["{", " ", " ", " ", " ", "}"] {
            tokio::time::sleep(SHORT / 3).await;
            write(&mut stream, piece).await;
        }
        tokio::time::sleep(Duration::from_secs(60)).await;
    })
    .await;
    let patient = florin::connect::Client::new(server.config().read_timeout(SHORT)).unwrap();
    patient.merchant("1").tokens().get("t").await.unwrap();
    // The whole of it may still take too long.
    let config = server.config().read_timeout(SHORT).total_timeout(SHORT);
    let error = florin::connect::Client::new(config).unwrap().merchant("1").tokens().get("t").await;
    assert!(error.unwrap_err().is_timeout());
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_an_error() {
    let server = Server::start(|_, mut stream| async move {
        read_request(&mut stream).await;
        write(&mut stream, "HTTP/1.1 201 Created\r\nContent-Length: 60\r\n\r\n{\"pay").await;
    })
    .await;
    let create = CreatePaymentRequest::default();
    let error = server.client().merchant("1").payments().create(&create).await.unwrap_err();
    assert!(matches!(error, Error::Communication(_)) && !error.is_retryable(), "{error}");
    assert_eq!(error.attempts().len(), 1);
}

#[tokio::test]
async fn what_may_have_been_processed_is_repeated_only_with_a_key() {
    let server = Server::start(|number, mut stream| async move {
        read_request(&mut stream).await;
        // The first connection of each call hangs up without an answer.
        if number % 2 == 1 {
            write(
                &mut stream,
                "HTTP/1.1 201 Created\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
            )
            .await;
        }
    })
    .await;
    let retry = RetryPolicy::default().first_pause(Duration::from_millis(1));
    let client = florin::connect::Client::new(server.config().retry(retry)).unwrap();
    let payments = client.merchant("1").payments();
    let create = CreatePaymentRequest::default();
    let response = payments.create(&create).idempotence_key("k").response().await.unwrap();
    assert_eq!(response.attempts()[0].outcome, AttemptOutcome::MaybeProcessed);
    assert_eq!((response.attempts().len(), server.connections()), (2, 2));
    let error = payments.create(&create).await.unwrap_err();
    assert_eq!((error.attempts().len(), server.connections()), (1, 3));
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn a_kept_connection_that_died_costs_nothing() {
    let server = Server::start(|_, mut stream| async move {
        // One answer each, with the promise of more.
        read_request(&mut stream).await;
        write(&mut stream, OK).await;
    })
    .await;
    let client = florin::connect::Client::new(server.config().retry(RetryPolicy::none())).unwrap();
    let payments = client.merchant("1").payments();
    for _ in 0..5 {
        payments.create(&CreatePaymentRequest::default()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(server.connections(), 5);
}

#[tokio::test]
async fn connections_are_limited_and_kept() {
    let server = Server::start(|_, mut stream| async move {
        while read_request(&mut stream).await.is_some() {
            tokio::time::sleep(Duration::from_millis(40)).await;
            write(&mut stream, OK).await;
        }
    })
    .await;
    let client = florin::connect::Client::new(server.config().max_connections(2)).unwrap();
    let started = Instant::now();
    let calls: Vec<_> = (0..6)
        .map(|_| tokio::spawn(client.merchant("1").tokens().get("t").into_future()))
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(server.connections(), 2);
    assert!(started.elapsed() >= Duration::from_millis(120), "{:?}", started.elapsed());

    // Idle ones go when they are told to, and not before.
    client.close_idle(Duration::from_secs(60));
    client.merchant("1").tokens().get("t").await.unwrap();
    assert_eq!(server.connections(), 2);
    client.close_idle(Duration::ZERO);
    client.merchant("1").tokens().get("t").await.unwrap();
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn waiting_for_a_connection_ends_in_time_and_is_never_sent() {
    let server = Server::start(|_, mut stream| async move {
        read_request(&mut stream).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
    })
    .await;
    let client = florin::connect::Client::new(server.config().max_connections(1)).unwrap();
    let _holds_it = tokio::spawn(client.merchant("1").tokens().get("t").into_future());
    tokio::time::sleep(SHORT / 3).await;
    let create = CreatePaymentRequest::default();
    let error = client.merchant("1").payments().create(&create).timeout(SHORT).await.unwrap_err();
    assert!(error.is_timeout() && error.is_retryable(), "{error}");
    assert_eq!(error.attempts()[0].outcome, AttemptOutcome::NeverSent);
}

#[tokio::test]
async fn unused_connections_are_closed_after_a_while() {
    let hung_up = Arc::new(tokio::sync::Notify::new());
    let notify = Arc::clone(&hung_up);
    let server = Server::start(move |_, mut stream| {
        let notify = Arc::clone(&notify);
        async move {
            while read_request(&mut stream).await.is_some() {
                write(&mut stream, OK).await;
            }
            notify.notify_one();
        }
    })
    .await;
    let client = florin::connect::Client::new(server.config().idle_timeout(SHORT)).unwrap();
    client.merchant("1").tokens().get("t").await.unwrap();
    tokio::time::timeout(10 * SHORT, hung_up.notified()).await.unwrap();

    // Zero keeps none.
    let client =
        florin::connect::Client::new(server.config().idle_timeout(Duration::ZERO)).unwrap();
    client.merchant("1").tokens().get("t").await.unwrap();
    tokio::time::timeout(10 * SHORT, hung_up.notified()).await.unwrap();
}

#[tokio::test]
async fn a_closed_client_lets_go_of_its_connections() {
    let server = Server::answering(OK).await;
    let client = server.client();
    let told = client.with_client_meta_info("{}").unwrap();
    client.merchant("1").tokens().get("t").await.unwrap();
    told.close();
    told.close();
    let error = client.merchant("1").tokens().get("t").await.unwrap_err();
    assert!(matches!(error, Error::Closed), "{error}");
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_call_that_is_dropped_frees_its_connection() {
    let server = Server::start(|number, mut stream| async move {
        read_request(&mut stream).await;
        if number == 0 {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        write(&mut stream, OK).await;
    })
    .await;
    let client = florin::connect::Client::new(server.config().max_connections(1)).unwrap();
    let tokens = client.merchant("1").tokens();
    let dropped = tokio::time::timeout(SHORT, tokens.get("t").into_future()).await;
    assert!(dropped.is_err());
    tokens.get("t").await.unwrap();
}

#[tokio::test]
async fn plain_http_goes_through_a_proxy_in_absolute_form() {
    let (proxy, seen) = recording(OK).await;
    let through = florin::transport::Proxy::new(&format!("http://127.0.0.1:{}", proxy.port))
        .unwrap()
        .credentials("user", "pass:word");
    let config = config().endpoint("http://api.domain.com").proxy(through);
    let client = florin::connect::Client::new(config).unwrap();
    client.merchant("1").tokens().get("t").await.unwrap();
    let seen = seen.lock().unwrap();
    assert!(
        seen[0].starts_with("GET http://api.domain.com/v1/1/tokens/t HTTP/1.1\r\n"),
        "{}",
        seen[0]
    );
    assert_eq!(header(&seen[0], "host"), Some("api.domain.com"));
    assert_eq!(header(&seen[0], "proxy-authorization"), Some("Basic dXNlcjpwYXNzOndvcmQ="));
}
