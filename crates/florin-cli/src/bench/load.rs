//! The load: connections that send the next request when the last one is answered.
//!
//! It runs on the same cores as the server, so it does as little as it can: HTTP/1.1 by hand, and one signature a
//! second for each connection, because the signature covers neither the body nor anything else that changes.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail};
use florin_auth::v1hmac::{ApiKey, Request};
use http::Method;
use indicatif::ProgressBar;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::child::Child;
use super::report::Measured;
use crate::call::call;

const PATH: &str = "/v1/1226/payments";

/// What the official SDKs say about themselves, in length: base64 of a small JSON object.
const META_INFO: &str = "eyJwbGF0Zm9ybUlkZW50aWZpZXIiOiJMaW51eCIsInNka0lkZW50aWZpZXIiOiJGbG9yaW4gYmVuY2giLCJzZGtDcmVhdG9yIjoiRmxvcmluIn0=";

/// How long a head stays signed.
const SIGNED_FOR: Duration = Duration::from_secs(1);

/// What is run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) connections: usize,
    pub(super) warmup: Duration,
    pub(super) seconds: u32,
    pub(super) idempotence_keys: bool,
}

/// What the connections share.
struct Shared {
    key: ApiKey,
    address: String,
    idempotence_keys: bool,
    number: AtomicU64,
    measuring: AtomicBool,
    stop: AtomicBool,
}

/// What one connection saw while it was measured.
#[derive(Default)]
struct Seen {
    latencies_us: Vec<u32>,
    refused: u64,
}

/// Loads a child and measures it.
pub(super) async fn run(child: &Child, plan: &Plan, progress: &ProgressBar) -> Result<Measured> {
    let shared = Arc::new(Shared {
        key: child.key.clone(),
        address: child.address.clone(),
        idempotence_keys: plan.idempotence_keys,
        number: AtomicU64::new(0),
        measuring: AtomicBool::new(false),
        stop: AtomicBool::new(false),
    });
    let connections: Vec<_> =
        (0..plan.connections).map(|_| tokio::spawn(connection(Arc::clone(&shared)))).collect();
    tick(plan.warmup.as_secs(), progress).await;
    let (usage, commits) = (child.usage()?, commits(&child.address).await?);
    shared.measuring.store(true, Ordering::Relaxed);
    let start = Instant::now();
    tick(u64::from(plan.seconds), progress).await;
    shared.measuring.store(false, Ordering::Relaxed);
    let elapsed = start.elapsed();
    let (usage_after, commits_after) = (child.usage()?, self::commits(&child.address).await?);
    shared.stop.store(true, Ordering::Relaxed);
    let mut measured = Measured {
        elapsed,
        latencies_us: Vec::new(),
        refused: 0,
        cpu_us: usage_after.cpu_us - usage.cpu_us,
        written_bytes: usage_after.written_bytes - usage.written_bytes,
        fsyncs: commits_after - commits,
    };
    for connection in connections {
        let seen = connection.await??;
        measured.latencies_us.extend(seen.latencies_us);
        measured.refused += seen.refused;
    }
    measured.latencies_us.sort_unstable();
    Ok(measured)
}

async fn tick(seconds: u64, progress: &ProgressBar) {
    for _ in 0..seconds {
        tokio::time::sleep(Duration::from_secs(1)).await;
        progress.inc(1);
    }
}

/// Transactions of the store so far, each made durable by one fsync of its log.
async fn commits(address: &str) -> Result<u64> {
    let answer = call(Method::GET, &format!("http://{address}/healthz"), None, None).await?;
    answer.body["commits"].as_u64().context("the server does not say how often it committed")
}

async fn connection(shared: Arc<Shared>) -> Result<Seen> {
    let mut stream = TcpStream::connect(&shared.address).await?;
    stream.set_nodelay(true)?;
    let mut seen = Seen::default();
    let mut head = String::new();
    let mut signed_at = None::<Instant>;
    let (mut request, mut answer) = (String::new(), Vec::with_capacity(8 << 10));
    while !shared.stop.load(Ordering::Relaxed) {
        let number = shared.number.fetch_add(1, Ordering::Relaxed);
        let start = Instant::now();
        if shared.idempotence_keys || signed_at.is_none_or(|at| start - at > SIGNED_FOR) {
            sign(&shared, number, &mut head);
            signed_at = Some(start);
        }
        request.clear();
        request.push_str(&head);
        body(number, &mut request);
        stream.write_all(request.as_bytes()).await?;
        let status = read(&mut stream, &mut answer).await?;
        // What was sent before the measurement counts when it ends within it, and the other way round.
        if shared.measuring.load(Ordering::Relaxed) {
            let elapsed_us = start.elapsed().as_micros();
            seen.latencies_us.push(u32::try_from(elapsed_us).unwrap_or(u32::MAX));
            seen.refused += u64::from(status != 201);
        }
    }
    Ok(seen)
}

/// Writes the head of a request.
fn sign(shared: &Shared, number: u64, head: &mut String) {
    let date = httpdate::fmt_http_date(SystemTime::now());
    let key = format!("bench-{number:012}");
    let mut headers = vec![("X-GCS-ServerMetaInfo", META_INFO)];
    if shared.idempotence_keys {
        headers.push(("X-GCS-Idempotence-Key", &key));
    }
    let authorization = shared.key.sign(Request {
        method: "POST",
        content_type: "application/json",
        date: &date,
        headers: headers.iter().copied(),
        path: PATH,
        query: None,
    });
    let mut length = String::new();
    body(number, &mut length);
    head.clear();
    _ = write!(
        head,
        "POST {PATH} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nDate: {date}\r\n\
         Authorization: {authorization}\r\nContent-Length: {}\r\n",
        shared.address,
        length.len(),
    );
    for (name, value) in headers {
        _ = write!(head, "{name}: {value}\r\n");
    }
    head.push_str("\r\n");
}

/// Writes a body. All have the same length.
fn body(number: u64, to: &mut String) {
    _ = write!(
        to,
        r#"{{"order":{{"amountOfMoney":{{"amount":2345,"currencyCode":"EUR"}},"customer":{{"merchantCustomerId":"1234","billingAddress":{{"city":"Monument Valley","countryCode":"NL","street":"Desertroad","houseNumber":"13","zip":"84536"}}}},"references":{{"merchantReference":"bench-{number:012}"}}}},"cardPaymentMethodSpecificInput":{{"paymentProductId":1,"card":{{"cardNumber":"4567350000427977","cardholderName":"Wile E. Coyote","expiryDate":"1239","cvv":"123"}}}}}}"#
    );
}

/// Reads an answer, which has a `Content-Length`. Gives its status.
async fn read(stream: &mut TcpStream, answer: &mut Vec<u8>) -> Result<u16> {
    answer.clear();
    loop {
        if stream.read_buf(answer).await? == 0 {
            bail!("the server hung up");
        }
        let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let (status, length) = parse(&answer[..end]).context("the answer is not understood")?;
        let whole = end + 4 + length;
        while answer.len() < whole {
            if stream.read_buf(answer).await? == 0 {
                bail!("the server hung up");
            }
        }
        return Ok(status);
    }
}

/// Status and length of the body.
fn parse(head: &[u8]) -> Option<(u16, usize)> {
    let head = str::from_utf8(head).ok()?;
    let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    let length = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then_some(value.trim())
    })?;
    Some((status, length.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_understood() {
        let head = b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\nContent-Length: 42";
        assert_eq!(parse(head), Some((201, 42)));
        assert_eq!(parse(b"HTTP/1.1 204 No Content"), None);
    }

    #[test]
    fn bodies_are_json_of_one_length() {
        let text = |number| {
            let mut text = String::new();
            body(number, &mut text);
            text
        };
        assert!(serde_json::from_str::<serde_json::Value>(&text(1)).is_ok());
        assert_eq!(text(0).len(), text(999_999_999_999).len());
    }
}
