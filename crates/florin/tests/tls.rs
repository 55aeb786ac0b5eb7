//! HTTPS: trust, tunnels, and who gets to see which credentials.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod played;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use florin::connect::{AttemptOutcome, Client, Error};
use florin::retry::RetryPolicy;
use florin::transport::Proxy;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

use played::{OK, Server, config, header, read_request, write};

/// An acceptor for `localhost`, and the certificate to trust.
fn acceptor() -> (TlsAcceptor, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = rustls::crypto::ring::default_provider();
    let config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), made.cert.pem())
}

type Seen = Arc<Mutex<Vec<String>>>;

/// An HTTPS server that keeps the requests, and the certificate to trust.
async fn secure() -> (Server, Seen, String) {
    let (acceptor, certificate) = acceptor();
    let seen = Seen::default();
    let kept = Arc::clone(&seen);
    let server = Server::start(move |_, stream| {
        let (acceptor, kept) = (acceptor.clone(), Arc::clone(&kept));
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            while let Some(request) = read_request(&mut stream).await {
                kept.lock().unwrap().push(request);
                write(&mut stream, OK).await;
            }
        }
    })
    .await;
    (server, seen, certificate)
}

#[tokio::test]
async fn certificates_are_trusted_when_told_so_and_only_then() {
    let (server, seen, certificate) = secure().await;
    let endpoint = format!("https://localhost:{}", server.port);
    let config = config().endpoint(&endpoint).retry(RetryPolicy::none());
    let client = Client::new(config.clone().trusted_certificates(certificate)).unwrap();
    client.merchant("1").tokens().get("t").await.unwrap();
    client.merchant("1").tokens().get("t").await.unwrap();
    assert_eq!((seen.lock().unwrap().len(), server.connections()), (2, 1));

    let error = Client::new(config.clone()).unwrap().merchant("1").tokens().get("t").await;
    let error = error.unwrap_err();
    assert!(matches!(error, Error::Communication(_)), "{error}");
    assert_eq!(error.attempts()[0].outcome, AttemptOutcome::NeverSent);
    assert_eq!(seen.lock().unwrap().len(), 2);

    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(Client::new(config.trusted_certificates(broken)).is_err());
}

#[tokio::test]
async fn https_goes_through_a_tunnel_that_alone_sees_the_proxy_credentials() {
    let (server, seen, certificate) = secure().await;
    let seen_by_proxy = Seen::default();
    let kept = Arc::clone(&seen_by_proxy);
    let proxy = Server::start(move |_, mut stream| {
        let kept = Arc::clone(&kept);
        async move {
            let Some(request) = read_request(&mut stream).await else { return };
            let target = request.split(' ').nth(1).unwrap().to_owned();
            kept.lock().unwrap().push(request);
            let mut onward = TcpStream::connect(target).await.unwrap();
            write(&mut stream, "HTTP/1.1 200 Connection established\r\n\r\n").await;
            let _ = tokio::io::copy_bidirectional(&mut stream, &mut onward).await;
        }
    })
    .await;
    let through = Proxy::new(&format!("http://user:pass@127.0.0.1:{}", proxy.port)).unwrap();
    let config = config()
        .endpoint(format!("https://localhost:{}", server.port))
        .trusted_certificates(certificate)
        .proxy(through);
    let client = Client::new(config).unwrap();
    client.merchant("1").tokens().get("t").await.unwrap();
    client.merchant("1").tokens().get("t").await.unwrap();

    let seen_by_proxy = seen_by_proxy.lock().unwrap();
    assert_eq!(seen_by_proxy.len(), 1);
    let connect = format!("CONNECT localhost:{} HTTP/1.1\r\n", server.port);
    assert!(seen_by_proxy[0].starts_with(&connect), "{}", seen_by_proxy[0]);
    assert_eq!(header(&seen_by_proxy[0], "proxy-authorization"), Some("Basic dXNlcjpwYXNz"));
    assert_eq!(header(&seen_by_proxy[0], "authorization"), None);
    let seen = seen.lock().unwrap();
    assert!(seen[0].starts_with("GET /v1/1/tokens/t HTTP/1.1\r\n"), "{}", seen[0]);
    assert_eq!(header(&seen[0], "proxy-authorization"), None);
}

#[tokio::test]
async fn a_proxy_that_refuses_is_an_error_and_nothing_was_sent() {
    let proxy = Server::answering("HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n").await;
    let through = Proxy::new(&format!("127.0.0.1:{}", proxy.port)).unwrap();
    let config =
        config().endpoint("https://api.domain.com").proxy(through).retry(RetryPolicy::none());
    let error = Client::new(config).unwrap().merchant("1").tokens().get("t").await.unwrap_err();
    assert!(matches!(error, Error::Communication(_)), "{error}");
    assert_eq!(error.attempts()[0].outcome, AttemptOutcome::NeverSent);
}

#[tokio::test]
async fn a_handshake_that_stalls_runs_into_the_connect_timeout() {
    let server = Server::start(|_, stream| async move {
        tokio::time::sleep(Duration::from_secs(60)).await;
        drop(stream);
    })
    .await;
    let limit = Duration::from_millis(150);
    let config = config()
        .endpoint(format!("https://localhost:{}", server.port))
        .connect_timeout(limit)
        .retry(RetryPolicy::none());
    let started = Instant::now();
    let error = Client::new(config).unwrap().merchant("1").tokens().get("t").await.unwrap_err();
    assert!(error.is_timeout() && error.is_retryable(), "{error}");
    assert_eq!(error.attempts()[0].outcome, AttemptOutcome::NeverSent);
    assert!(started.elapsed() < 10 * limit);
}
