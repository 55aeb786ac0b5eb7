//! Calls that wait in place: from where they may come, and what becomes of their thread.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::error::Error as _;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use florin::blocking::{Blocking as _, Client};
use florin::connect::types::*;
use florin::connect::{Config, Error, Polled};
use florin::retry::RetryPolicy;
use florin::testing::{Answer, FakeTransport};
use florin::transport::{Request, Response, Sending, Transport};

fn platform() -> (FakeTransport, Client) {
    let platform = FakeTransport::new();
    let payment = Payment::default().id("p-1");
    platform.play("payments.create", move |_| {
        // Some answers take longer than others.
        let created = CreatePaymentResponse::default().payment(payment.clone());
        Answer::created(&created).after(Duration::from_millis(u64::from(rand_ms())))
    });
    let client = platform.client().unwrap();
    (platform, client)
}

fn rand_ms() -> u8 {
    use std::hash::{BuildHasher, RandomState};
    u8::try_from(RandomState::new().hash_one(()) % 8).unwrap()
}

fn pay(client: &Client, key: &str) -> Result<String, Error> {
    let payments = client.merchant("1").payments();
    let created = payments.create(&CreatePaymentRequest::default()).idempotence_key(key).send()?;
    Ok(created.payment_id()?.to_owned())
}

#[test]
fn outside_of_a_runtime() {
    let (platform, client) = platform();
    assert_eq!(pay(&client, "k").unwrap(), "p-1");
    assert_eq!(platform.requests()[0].idempotence_key(), Some("k"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn in_a_worker_of_a_runtime() {
    let (_platform, client) = platform();
    // This thread and the only worker, both inside of the runtime.
    assert_eq!(pay(&client, "k").unwrap(), "p-1");
    let same = client.clone();
    assert_eq!(tokio::spawn(async move { pay(&same, "k").unwrap() }).await.unwrap(), "p-1");
    let same = client.clone();
    let inside = tokio::task::spawn_blocking(move || pay(&same, "k").unwrap());
    assert_eq!(inside.await.unwrap(), "p-1");
    assert_eq!(tokio::task::block_in_place(|| pay(&client, "k").unwrap()), "p-1");
    // The same client can be awaited.
    let call = client.merchant("1").payments().create(&CreatePaymentRequest::default());
    assert_eq!(call.await.unwrap().payment_id().unwrap(), "p-1");
}

#[tokio::test]
async fn in_a_runtime_of_one_thread() {
    let (_platform, client) = platform();
    assert_eq!(pay(&client, "k").unwrap(), "p-1");
    // What is the last to go may go here.
    drop(client);
}

#[test]
fn from_many_threads_at_once() {
    let (platform, client) = platform();
    let threads: Vec<_> = (0..16)
        .map(|thread| {
            let client = client.clone();
            thread::spawn(move || {
                for turn in 0..20 {
                    assert_eq!(pay(&client, &format!("{thread}-{turn}")).unwrap(), "p-1");
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let requests = platform.requests();
    let mut keys: Vec<_> = requests.iter().map(|it| it.idempotence_key().unwrap()).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 320);
}

#[test]
fn after_close() {
    let (platform, client) = platform();
    pay(&client, "k").unwrap();
    client.close();
    assert!(matches!(pay(&client, "k"), Err(Error::Closed)));
    assert!(matches!(pay(&client.clone(), "k"), Err(Error::Closed)));
    assert!(platform.is_closed());
    assert_eq!(platform.requests().len(), 1);
    // Closed before the first call as well.
    let fresh = platform.client().unwrap();
    fresh.close();
    assert!(matches!(pay(&fresh, "k"), Err(Error::Closed)));
}

#[test]
fn errors_limits_and_retries_are_those_of_other_calls() {
    let platform = FakeTransport::new();
    let client = platform.client().unwrap();
    let tokens = client.merchant("1").tokens();
    platform.answer(Answer::silence());
    let started = std::time::Instant::now();
    let error = tokens.get("t").timeout(Duration::from_millis(50)).send().unwrap_err();
    assert!(error.is_timeout() && started.elapsed() >= Duration::from_millis(50));
    platform.answer(Answer::lost()).answer(Answer::html(502)).answer(Answer::error(403, []));
    let error = tokens.get("t").send().unwrap_err();
    assert!(matches!(error, Error::Authorization(_)) && error.attempts().len() == 3);
    assert!(matches!(tokens.get("").send(), Err(Error::Local(_))));
    platform.answer(Answer::no_content());
    tokens.delete("t", &DeleteTokenParams::default()).send().unwrap();
}

#[test]
fn whatever_is_awaited_can_be_waited_for() {
    let platform = FakeTransport::new();
    let client = platform.client().unwrap();
    let payments = client.merchant("1").payments();
    platform.always("payments.get", Answer::ok(&PaymentResponse::default().status("PAID")));
    let polled = payments.poll_until_final("p").send().unwrap();
    assert!(matches!(polled, Polled::Done(_)));
    let response = client.block_on(payments.get("p", &GetPaymentParams::default()).response());
    assert_eq!(response.unwrap().status(), 200);
    let both = async move {
        let first = payments.get("p", &GetPaymentParams::default()).await?;
        let second = payments.get("p", &GetPaymentParams::default()).await?;
        Ok((first.status, second.status))
    };
    assert_eq!(client.block_on(both).unwrap().0, Some(PaymentStatus::Paid));
}

#[test]
fn searches_are_iterators() {
    let platform = FakeTransport::new();
    let client = platform.client().unwrap();
    platform.play("refunds.find", |request| {
        let start: usize = request.query_parameter("offset").unwrap().parse().unwrap();
        let items =
            (start..(start + 10).min(25)).map(|at| RefundResult::default().id(at.to_string()));
        let page = FindRefundsResponse::default().refunds(items.collect::<Vec<_>>());
        Answer::ok(&page.total_count(25))
    });
    let refunds = client.merchant("1").refunds();
    let all = refunds.find_all(&FindRefundsParams::default().limit(10));
    let ids: Vec<_> = all.blocking().map(|refund| refund.unwrap().id.unwrap()).collect();
    assert_eq!(ids, (0..25).map(|at| at.to_string()).collect::<Vec<_>>());

    platform.answer(Answer::error(403, []));
    let mut none = refunds.find_all(&FindRefundsParams::default()).blocking();
    assert!(matches!(none.next(), Some(Err(Error::Authorization(_)))));
    assert!(none.next().is_none());
}

/// Does what the id says, in the thread that makes the calls.
#[derive(Default)]
struct Odd {
    client: OnceLock<Client>,
    gone: Mutex<Option<Sender<()>>>,
    nested: Mutex<Vec<String>>,
}

/// Tells when it goes.
struct Guard(Sender<()>);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

impl Transport for Odd {
    fn send(&self, request: Request) -> Sending<'_> {
        Box::pin(async move {
            match request.url().rsplit_once('/').unwrap().1 {
                "panic" => panic!("as was asked for"),
                "nested" => {
                    let inner = self.client.get().unwrap().merchant("1").tokens().get("t").send();
                    self.nested.lock().unwrap().push(reason(&inner.unwrap_err()));
                }
                "leave" => {
                    let guard = Guard(self.gone.lock().unwrap().take().unwrap());
                    tokio::spawn(async move {
                        let _guard = guard;
                        std::future::pending::<()>().await;
                    });
                }
                _ => {}
            }
            Ok(Response::new(200))
        })
    }
}

fn odd() -> (Arc<Odd>, Client) {
    let odd = Arc::new(Odd::default());
    let transport: Arc<dyn Transport> = Arc::<Odd>::clone(&odd);
    (odd, Client::with_transport(FakeTransport::config(), transport).unwrap())
}

fn reason(error: &Error) -> String {
    error.source().unwrap().to_string()
}

#[test]
fn a_panic_ends_one_call_and_no_more() {
    let (_odd, client) = odd();
    let tokens = client.merchant("1").tokens();
    let error = tokens.get("panic").send().unwrap_err();
    assert!(reason(&error).contains("panicked"), "{error:?}");
    tokens.get("t").send().unwrap();
}

#[test]
fn it_does_not_wait_for_itself() {
    let (odd, client) = odd();
    odd.client.set(client.clone()).unwrap();
    client.merchant("1").tokens().get("nested").send().unwrap();
    let nested = odd.nested.lock().unwrap().clone();
    assert!(nested.len() == 1 && nested[0].contains("cannot wait for one itself"), "{nested:?}");
}

#[test]
fn the_thread_ends_with_the_client() {
    let (odd, client) = odd();
    let (tell, told) = channel();
    *odd.gone.lock().unwrap() = Some(tell);
    let tokens = client.merchant("1").tokens();
    tokens.get("leave").send().unwrap();
    drop(client);
    // Whatever came from the client keeps it.
    tokens.get("t").send().unwrap();
    assert!(told.try_recv().is_err());
    drop(tokens);
    told.recv_timeout(Duration::from_secs(10)).unwrap();
}

#[test]
fn over_a_real_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        for _ in 0..3 {
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") {
                stream.read_exact(&mut byte).unwrap();
                head.push(byte[0]);
            }
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\
                          Content-Type: application/json\r\n\r\n{}";
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    let config = Config::new("id", "secret", "Tests")
        .endpoint(format!("http://127.0.0.1:{port}"))
        .retry(RetryPolicy::none());
    let client = Client::new(config).unwrap();
    // One connection serves all three, kept between them by the client's own thread.
    for _ in 0..2 {
        client.merchant("1").tokens().get("t").send().unwrap();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { client.merchant("1").tokens().get("t").await }).unwrap();
    server.join().unwrap();
}
